"""Regulations as data: each rule is a TOML table with its source and how sure it is."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workbench.i18n import _
from workbench.policy.explanation import describe, explain, kinerja_label, kinerja_sentence, marks
from workbench.policy.models import (
    BoxGrid,
    CategoryScale,
    Competencies,
    Component,
    InstrumentSpec,
    ItemRules,
    KinerjaError,
    Policy,
)

__all__ = [
    "BoxGrid",
    "CategoryScale",
    "Competencies",
    "Component",
    "InstrumentSpec",
    "ItemRules",
    "KinerjaError",
    "Policy",
    "describe",
    "explain",
    "kinerja_label",
    "kinerja_sentence",
    "list_item_rules",
    "list_policies",
    "load_competencies",
    "load_instruments",
    "load_item_rules",
    "load_policy",
    "marks",
    "policy_path",
    "scale_titles",
]

DATA = Path(__file__).parent / "data"
M = TypeVar("M", bound=BaseModel)


def list_policies() -> tuple[str, ...]:
    """Return the keys of the policies that come with the package."""
    return tuple(sorted(path.stem for path in (DATA / "policies").glob("*.toml")))


def policy_path(key: str | Path) -> Path:
    """Return the file of a policy, by key or by path.

    Raises
    ------
    ValueError
        When there is none.
    """
    path = Path(key) if str(key).endswith(".toml") else DATA / "policies" / f"{key}.toml"
    if not path.is_file():
        raise ValueError(
            _("Kebijakan '{key}' tidak ada; yang tersedia: {known}, atau sebut berkas .toml sendiri.").format(
                key=key, known=", ".join(list_policies())
            )
        )
    return path


@cache
def load_instruments() -> dict[str, InstrumentSpec]:
    """Return every instrument by key."""
    files = sorted((DATA / "instruments").glob("*.toml"))
    return {path.stem: _checked(InstrumentSpec, _toml(path), path.name) for path in files}


def scale_titles() -> dict[str, str]:
    """Return the title of every scale that the instruments know."""
    return {scale.key: scale.title for instrument in load_instruments().values() for scale in instrument.scales}


@cache
def load_competencies() -> Competencies:
    """Return the competency standard (PermenPANRB 38/2017)."""
    return _checked(Competencies, _toml(DATA / "competencies.toml"), "competencies.toml")


def list_item_rules() -> tuple[str, ...]:
    """Return the keys of the rule sets for items that come with the package."""
    return tuple(sorted(path.stem for path in (DATA / "item_rules").glob("*.toml")))


def load_item_rules(name: str) -> ItemRules:
    """Return a named set of limits for items.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    path = DATA / "item_rules" / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(list_item_rules())
        raise ValueError(_("Aturan butir '{name}' tidak ada; yang tersedia: {known}.").format(name=name, known=known))
    return _checked(ItemRules, _toml(path), path.name)


def load_policy(key: str | Path) -> Policy:
    """Return a policy by key, or an instansi's own from a TOML file.

    A file says at least what the shipped ones say; it may give its own ``boxes`` and ``categories`` tables, and takes
    the common ones otherwise.

    Raises
    ------
    ValueError
        When there is none, or it contradicts itself: one sentence with file and field.
    """
    path = policy_path(key)
    content = {"boxes": _toml(DATA / "boxes.toml"), **_toml(path)}
    jpm = content.get("jpm")
    if "categories" not in content and isinstance(jpm, dict):
        # The purpose chooses the scale of categories; an unknown purpose is refused by the policy itself.
        scales = _toml(DATA / "jpm_categories.toml")
        content["categories"] = scales.get(str(jpm.get("purpose")), next(iter(scales.values())))
    return _checked(
        Policy,
        {**content, "competencies": load_competencies(), "instruments": load_instruments()},
        path.name,
    )


def _toml(path: Path) -> dict[str, Any]:
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


def _checked(model: type[M], content: dict[str, Any], file: str) -> M:
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
