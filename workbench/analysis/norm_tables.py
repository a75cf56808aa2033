"""Norms of a round: percentile rank, T and stanine of each scale score, and who the norm group was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number, format_percent
from workbench.psychometrics import decision

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["norm_group_sentence", "norm_tables"]

STEP = 10  # points of the printed scale between two rows
COLUMNS = ("scale", "score", "n", "percentile_rank", "percentile_low", "percentile_high", "t", "stanine")


def norm_tables(scores: pd.DataFrame, left_out: list[str]) -> pd.DataFrame:
    """Return norms of each scale, every ten points of the printed score over the range that occurs.

    Returns
    -------
    pandas.DataFrame
        scale, score, n, percentile_rank with its 95 % interval (Wilson), t, stanine.
    """
    frames = []
    for scale, rows in scores.groupby("scale", sort=False):
        values = rows["scale_score"].to_numpy(float)
        at = np.arange(STEP * np.floor(values.min() / STEP), values.max() + STEP, STEP)
        try:
            frames.append(decision.norms(values, at).assign(scale=scale))
        except ValueError as reason:
            left_out.append(_("Skala {scale}: norma tidak dihitung. {reason}").format(scale=scale, reason=reason))
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)] if frames else pd.DataFrame(columns=list(COLUMNS))


def norm_group_sentence(workspace: Workspace, instrument: str, scores: pd.DataFrame) -> str:
    """Say who the norm group is: how many, when tested, from where, and how it is composed."""
    people = scores["participant_id"].unique()
    known = workspace.read("participants", ["participant_id", "instansi", "jenjang"]).set_index("participant_id")
    known = known.reindex(people)
    parts = [
        _("Kelompok norma: {n} orang dari {k} instansi putaran {name}").format(
            n=format_number(len(people)), k=format_number(known["instansi"].nunique()), name=workspace.settings.name
        )
    ]
    if workspace.has("sittings"):
        sittings = workspace.read("sittings", ["participant_id", "instrument", "date"])
        dates = sittings.loc[(sittings["instrument"] == instrument) & sittings["participant_id"].isin(people), "date"]
        if dates.notna().any():
            parts.append(
                _("diuji {first} sampai {last}").format(first=f"{dates.min():%Y-%m-%d}", last=f"{dates.max():%Y-%m-%d}")
            )
    shares = known["jenjang"].value_counts(normalize=True)
    parts.append(
        _("jenjang {shares}").format(
            shares=", ".join(f"{name} {format_percent(share)}" for name, share in shares.head(5).items())
        )
    )
    if workspace.has("protected_groups"):
        sex = workspace.read("protected_groups", ["participant_id", "sex"]).set_index("participant_id")["sex"]
        women = sex.reindex(people).dropna()
        if len(women):
            parts.append(_("perempuan {share}").format(share=format_percent(float((women == "P").mean()))))
    return "; ".join(parts) + ". " + _("Norma ini milik putaran ini, bukan milik semua aparatur.")
