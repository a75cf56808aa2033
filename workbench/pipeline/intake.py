"""The first stage: inputs as received become tables, or nothing changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _
from workbench.pipeline.addresses import code_version, digest, input_hashes
from workbench.records import intake
from workbench.records.identities import load_salt, write_identities
from workbench.records.problems import Problem
from workbench.workspace import write_text

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["BadInputsError", "is_taken_in", "take_in"]

MANIFEST = "tables/manifest.json"


class BadInputsError(ValueError):
    """The inputs have problems; nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def take_in(workspace: Workspace, *, fresh: bool = False) -> bool:
    """Make the tables when the inputs have changed; return whether anything was done.

    Raises
    ------
    BadInputsError
        With every problem; the workspace is then unchanged.
    """
    if not fresh and is_taken_in(workspace):
        return False
    manifest = workspace.path / MANIFEST
    hashes = input_hashes(workspace.path, ["inputs/*"])
    report = intake.check(workspace.inputs)
    if not report.problems and report.entry != workspace.settings.entry:
        sentence = _(
            "isi folder masukan berganti dari '{before}' menjadi '{now}'; kembalikan berkasnya, atau buat ruang kerja "
            "baru dengan 'workbench new RUANG --from'"
        )
        text = sentence.format(before=workspace.settings.entry, now=report.entry)
        report.problems.append(Problem(workspace.inputs.name, None, "", text))
    if report.problems:
        raise BadInputsError(report.problems)
    tables, responses, identities = report.to_tables(load_salt(workspace.path))
    manifest.unlink(missing_ok=True)
    for old in (workspace.path / "tables").glob("*.parquet"):
        old.unlink()
    for name, frame in tables.items():
        workspace.write(name, frame)
    for (instrument, form), frame in responses.items():
        workspace.write_responses(instrument, form, frame)
    write_identities(workspace.path, identities)
    workspace.write("flags", _flags(tables["quarantine"]), "quality")
    content = {"address": _address(hashes), "inputs": hashes, "warnings": [str(w) for w in report.warnings]}
    write_text(manifest, json.dumps(content, ensure_ascii=False, indent=1))
    return True


def is_taken_in(workspace: Workspace) -> bool:
    """Return whether the tables are those of the inputs as they lie there now."""
    manifest = workspace.path / MANIFEST
    if not manifest.is_file():
        return False
    known = json.loads(manifest.read_text(encoding="utf-8"))["address"]
    return bool(known == _address(input_hashes(workspace.path, ["inputs/*"])))


def _address(hashes: dict[str, str]) -> str:
    return digest({"inputs": hashes, "code": code_version()})


def _flags(quarantine: pd.DataFrame) -> pd.DataFrame:
    """Quality flags of people: for now what the intake kept back."""
    return pd.DataFrame(
        {
            "participant_id": quarantine["participant_id"],
            "instrument": quarantine["table"].str.removeprefix("responses_").str.split("__").str[0],
            "flag": quarantine["reason"],
            "severity": "hold",
            "detail": quarantine["detail"],
        }
    ).astype("str")
