"""The typed parameters of a notebook, checked before it runs.

Papermill only warns about a name that the notebook does not know and checks no type; a misspelt ``instansi`` would then
quietly report on another one.
"""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, ValidationError, create_model

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["check_parameters", "declared_parameters"]

_TYPES = {"str": str, "int": int, "float": float, "bool": bool}


def declared_parameters(notebook: Path) -> dict[str, tuple[type, Any]]:
    """Return name, type and default of each parameter in the cell tagged ``parameters``.

    Raises
    ------
    ValueError
        When there is not exactly one such cell, or a line of it is not ``name: type = value``.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise ValueError(_("{notebook}: harus ada tepat satu sel 'parameters'.").format(notebook=notebook.name))
    result: dict[str, tuple[type, Any]] = {}
    for row, line in enumerate("".join(tagged[0]["source"]).splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            declared = _declaration(line)
            if declared is None:
                raise ValueError(
                    _(
                        "{notebook}: baris {row} sel parameters harus 'nama: tipe = nilai' dengan tipe str, int, "
                        "float, atau bool."
                    ).format(notebook=notebook.name, row=row)
                )
            name, kind, default = declared
            result[name] = (kind, default)
    return result


def _declaration(line: str) -> tuple[str, type, Any] | None:
    """Return name, type and default of one line, or None: papermill reads one assignment a line and no more."""
    try:
        parsed = ast.parse(line.strip()).body
        (statement,) = parsed
        if not (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(statement.annotation, ast.Name)
            and statement.value is not None
        ):
            return None
        kind = _TYPES[statement.annotation.id]
        default = ast.literal_eval(statement.value)
    except (SyntaxError, ValueError, KeyError):
        return None
    return (statement.target.id, kind, default) if type(default) is kind else None


def check_parameters(notebook: Path, values: Mapping[str, object]) -> dict[str, Any]:
    """Return the values, and the defaults of those that are not given, with their declared types.

    Raises
    ------
    ValueError
        On an unknown name or a value of another type.
    """
    declared = declared_parameters(notebook)
    fields: dict[str, Any] = {name: (kind, default) for name, (kind, default) in declared.items()}
    model = create_model("Parameters", __config__=ConfigDict(extra="forbid", strict=True), **fields)
    try:
        checked: dict[str, Any] = model(**values).model_dump()
    except ValidationError as problem:
        first = problem.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            raise ValueError(
                _("{notebook}: parameter '{name}' tidak dikenal; yang ada: {known}.").format(
                    notebook=notebook.name, name=name, known=", ".join(declared)
                )
            ) from None
        raise ValueError(
            _("{notebook}: parameter '{name}' harus bertipe {kind}.").format(
                notebook=notebook.name, name=name, kind=declared[name][0].__name__
            )
        ) from None
    return checked
