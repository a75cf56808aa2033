"""What notebook 02 found about the scales and what follows for levels and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench.analysis.dependence import variance_ratios
from workbench.analysis.gates import HOLD, Gate
from workbench.analysis.subscores import ADDS
from workbench.i18n import _, format_number
from workbench.policy import kinerja_sentence, scale_titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.policy import Policy
    from workbench.talent.posterior import Posterior
    from workbench.workspace import Workspace

__all__ = ["ScaleFindings", "scale_findings", "scale_notes", "subscale_gate"]


# Chance alone finds pairs of items that hang together; what they cost below this, in error variance, changes no figure.
WORTH_SAYING = 1.05


@dataclass(frozen=True)
class ScaleFindings:
    """Findings by scale.

    Attributes
    ----------
    variance_ratios : dict of str to float
        By how much the error variance is really larger, where items hang together.
    doubtful : dict of str to str
        Why no probability may rest on a scale: items that hang together too much, or a model that does not fit.
    total_better : dict of str to str
        Why a scale is not reported on its own: the total of its instrument tells at least as much.
    """

    variance_ratios: dict[str, float]
    doubtful: dict[str, str]
    total_better: dict[str, str]


def scale_findings(workspace: Workspace) -> ScaleFindings:
    """Read what the scores of this round were found to be worth; nothing where it was not examined."""
    dependence, gates, value = (
        pd.read_parquet(path) if (path := workspace.table_path(name, "scores")).is_file() else pd.DataFrame()
        for name in ("local_dependence", "gates", "subscore_value")
    )
    titles = scale_titles()
    why = {
        "kebergantungan": _("butir skala {scale} terlalu saling bergantung"),
        "kecocokan model": _("model skala {scale} tidak cocok"),
    }
    held = gates[gates["gate"].isin(list(why)) & (gates["status"] == HOLD)] if len(gates) else gates
    doubtful: dict[str, list[str]] = {}
    for gate, scale in zip(held.get("gate", ()), held.get("scope", ()), strict=True):
        doubtful.setdefault(str(scale), []).append(why[gate].format(scale=titles.get(scale, scale)))
    return ScaleFindings(
        variance_ratios(dependence),
        {scale: "; ".join(reasons) for scale, reasons in doubtful.items()},
        _not_separate(value),
    )


def _not_separate(value: pd.DataFrame) -> dict[str, str]:
    """Return why a scale is held, unless its own items tell more about it than the total does (Haberman 2008)."""
    if value.empty:
        return {}
    rows = value[(value["verdict"] != ADDS) & ~(value["gain"] > 0)]
    words = _("ditahan: skor total instrumen menebak skala ini sama baik atau lebih baik")
    return dict.fromkeys(rows["scale"].astype(str), words)


def subscale_gate(cohort: str, levels: pd.DataFrame) -> Gate:
    """Say how many scales are held; such a scale holds itself and not the round, which passes."""
    titles = scale_titles()
    names = sorted({str(s) for s in levels.loc[levels["held"] != "", "competency"]})
    found = _("Tiap skala memberi tahu lebih banyak daripada skor total instrumennya, atau belum diperiksa.")
    if names:
        found = _(
            "{n} skala ditahan, levelnya hanya dicetak bersama peluangnya, karena skor total menebaknya sama baik atau "
            "lebih baik: {names}."
        ).format(n=format_number(len(names)), names=", ".join(titles.get(n, n) for n in names))
    return Gate("nilai tambah skala", cohort, True, found)


def scale_notes(policy: Policy, findings: ScaleFindings, posterior: Posterior) -> tuple[str, ...]:
    """Return in sentences what was done about kinerja records, dependent items and skewed posteriors."""
    titles = scale_titles()
    notes = [kinerja_sentence(policy)]
    wider = {s: r for s, r in findings.variance_ratios.items() if r >= WORTH_SAYING and s in policy.used_scales}
    if wider:
        notes.append(
            _("Ragam galat skala yang butirnya saling bergantung diperbesar: {scales}.").format(
                scales=", ".join(f"{titles.get(s, s)} × {format_number(r, 2)}" for s, r in wider.items())
            )
        )
    skewed = _skewed(posterior, policy.used_scales)
    if skewed:
        notes.append(
            _(
                "Pada {n} orang, posterior sedikitnya satu skala miring; di sana dipakai posterior kisi, bukan kurva "
                "normal."
            ).format(n=format_number(skewed))
        )
    return tuple(notes)


def _skewed(posterior: Posterior, scales: Sequence[str]) -> int:
    return int(posterior.skewed(tuple(scales)).sum())
