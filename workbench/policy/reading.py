"""Reading rule files: TOML into a checked model, faults as one sentence with file and field."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workbench.i18n import _

__all__ = ["DATA", "checked", "read_toml"]

DATA = Path(__file__).parent / "data"
M = TypeVar("M", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a rule file.

    Raises
    ------
    ValueError
        When it is no TOML: one sentence with file and place.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        place = re.search(r"line (\d+), column (\d+)", str(problem))
        where = _("baris {line}, kolom {column}").format(line=place[1], column=place[2]) if place else _("akhir berkas")
        raise ValueError(
            _("{file}: bukan TOML yang sah pada {where}; perbaiki tulisannya.").format(file=path.name, where=where)
        ) from None
    except UnicodeDecodeError:
        raise ValueError(_("{file}: bukan teks UTF-8; simpan ulang sebagai UTF-8.").format(file=path.name)) from None


def checked(model: type[M], content: dict[str, Any], file: str) -> M:
    """Return the content as a model.

    Raises
    ------
    ValueError
        At its first fault: one sentence with file and field.
    """
    try:
        return model(**content)
    except ValidationError as problem:
        raise ValueError(_sentence(problem, file)) from None


def _sentence(problem: ValidationError, file: str) -> str:
    """Return the first fault in one sentence: file, field, what is wrong with it."""
    first = problem.errors()[0]
    field = ""
    for part in first["loc"]:
        # Places in a list are counted from one, as people count.
        field += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if field else ''}{part}"
    kind, context = str(first["type"]), first.get("ctx", {})
    bounds = {
        "greater_than": _("harus lebih dari {limit}"),
        "greater_than_equal": _("paling kecil {limit}"),
        "less_than_equal": _("paling besar {limit}"),
    }
    if kind == "value_error":
        what = str(first["msg"]).removeprefix("Value error, ")
    elif kind == "missing":
        what = _("isian ini wajib ada tetapi tidak ditemukan")
    elif kind == "extra_forbidden":
        what = _("isian ini tidak dikenal; hapus atau perbaiki ejaannya")
    elif kind == "literal_error":
        what = _("harus salah satu dari {values}").format(values=str(context["expected"]).replace(" or ", ", "))
    elif kind in ("string_too_short", "string_pattern_mismatch"):
        what = _("tulisannya kosong atau tidak menurut bentuknya")
    elif kind in bounds:
        what = bounds[kind].format(limit=next(iter(context.values())))
    else:
        what = _("isinya bukan jenis yang diminta (teks, bilangan, atau daftar)")
    return _("{file}: {field}: {what}.").format(file=file, field=field or _("seluruh berkas"), what=what)
