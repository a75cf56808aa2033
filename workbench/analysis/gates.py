"""Release gates: what must hold before results leave the house, each PASS or HOLD with a sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.workspace import Workspace

__all__ = ["HOLD", "PASS", "Gate", "gate_frame", "gate_titles", "read_gates"]

PASS = "PASS"  # noqa: S105 - a verdict, not a password
HOLD = "HOLD"


@dataclass(frozen=True)
class Gate:
    """One gate of one scope.

    Attributes
    ----------
    gate : str
        What is checked: one of `gate_titles`.
    scope : str
        Instrument, scale or cohort it was checked for.
    passed : bool
    sentence : str
        What was found, with its figures.
    """

    gate: str
    scope: str
    passed: bool
    sentence: str


def gate_frame(gates: list[Gate]) -> pd.DataFrame:
    """Return the table of gates: gate, scope, status, sentence."""
    rows = [{**asdict(gate), "status": PASS if gate.passed else HOLD} for gate in gates]
    return pd.DataFrame(rows, columns=["gate", "scope", "status", "sentence"])


def gate_titles() -> dict[str, str]:
    """Return the gates with their names in the locale in force."""
    return {
        "kalibrasi": _("kalibrasi"),
        "kunci": _("kunci"),
        "reliabilitas": _("reliabilitas"),
        "kecocokan model": _("kecocokan model"),
        "dimensi": _("dimensi"),
        "kebergantungan": _("kebergantungan butir"),
        "pergeseran": _("pergeseran butir jangkar"),
        "rekonsiliasi": _("rekonsiliasi"),
        "kelengkapan": _("kelengkapan"),
        "kolom kisi": _("kolom kisi"),
        "nilai tambah skala": _("nilai tambah skala"),
    }


def read_gates(workspace: Workspace, stages: Sequence[str]) -> list[tuple[str, Gate]]:
    """Return the gates that the finished stages of a round left, each with its stage."""
    paths = [(stage, workspace.table_path("gates", stage)) for stage in stages]
    return [
        (stage, Gate(str(row["gate"]), str(row["scope"]), row["status"] == PASS, str(row["sentence"])))
        for stage, path in paths
        if path.is_file()
        for row in pd.read_parquet(path).to_dict("records")
    ]
