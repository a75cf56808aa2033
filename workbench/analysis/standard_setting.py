"""From the ratings of a panel to level cuts of a bank, and what they do to people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from workbench.i18n import _, format_number
from workbench.psychometrics import standard_setting
from workbench.psychometrics.standard_setting import RESPONSE_PROBABILITY
from workbench.records.ratings import BOOKMARK, booklet_of
from workbench.talent import standing
from workbench.talent.levels import level_probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.psychometrics.standard_setting import StandardSetting
    from workbench.records.bank import Bank
    from workbench.workspace import Workspace

__all__ = ["PanelCuts", "bank_with_cuts", "impact", "set_cuts"]

PEOPLE_FOR_INTERVALS = 4_000  # the interval comes from the error of the cuts alone, which more people do not change
CUT_DRAWS = 60
NAMED = 5  # scales that a sentence names
IMPACT = ("scale", "level", "n", "before", "after", "after_low", "after_high")


@dataclass(frozen=True)
class PanelCuts:
    """What a panel has set.

    Attributes
    ----------
    cuts : pandas.DataFrame
        A row a scale and level: before (theta in the bank), and the columns of `standard_setting.StandardSetting.cuts`
        with method, panel, date and rounds.
    by_rater, changes : pandas.DataFrame
        With scale, as `standard_setting.StandardSetting.by_rater` and `standard_setting.changes`.
    sentences : tuple of str
    """

    cuts: pd.DataFrame
    by_rater: pd.DataFrame
    changes: pd.DataFrame
    sentences: tuple[str, ...]


def set_cuts(
    ratings: pd.DataFrame, bank: Bank, response_probability: float = RESPONSE_PROBABILITY, rule: str = "midpoint"
) -> PanelCuts:
    """Set the level cuts of every scale that was rated, from the last round of judgements.

    Parameters
    ----------
    ratings : pandas.DataFrame
        As `records.ratings.read_ratings`.
    bank : Bank
    response_probability, rule
        As `standard_setting.ordered_booklet` and `standard_setting.bookmark`.

    Returns
    -------
    PanelCuts

    Raises
    ------
    ValueError
        As `standard_setting.bookmark` and `standard_setting.angoff`, naming the scale.
    """
    cuts, raters, changed = [], [], []
    said: dict[str, list[str]] = {}
    for scale, rows in ratings.groupby("scale", sort=False):
        rounds = {
            int(number): _one(part, bank, str(scale), response_probability, rule)
            for number, part in rows.groupby("round")
        }
        last = max(rounds)
        found, final = rounds[last], rows[rows["round"] == last]
        before = bank.level_cuts[bank.level_cuts["scale"] == scale].set_index("level")["theta"]
        cuts.append(
            found.cuts.assign(
                scale=scale,
                before=[float(before[level]) for level in found.cuts["level"]],
                method=found.method,
                panel="; ".join(sorted(set(final["panel"]))),
                date=max(final["date"]),
                rounds=len(rounds),
            )
        )
        raters.append(found.by_rater.assign(scale=scale))
        changed.append(standard_setting.changes(rounds).assign(scale=scale))
        for sentence in found.sentences:
            said.setdefault(sentence, []).append(str(scale))
    table = pd.concat(cuts, ignore_index=True)
    first = ["scale", "level", "before"]
    kept = [scale for scale in bank.scales if scale not in set(table["scale"])]
    sentences = [_headline(table), *(f"{sentence} ({', '.join(scales)})" for sentence, scales in said.items())]
    if kept:
        sentences.append(
            _("{n} skala tidak dinilai panel ini dan tetap memakai batas lamanya: {scales}.").format(
                n=len(kept), scales=", ".join(kept[:NAMED]) + (", ..." if len(kept) > NAMED else "")
            )
        )
    return PanelCuts(
        table[[*first, *[c for c in table.columns if c not in first]]],
        pd.concat(raters, ignore_index=True)[["scale", "panel", "rater", "level", "theta"]],
        pd.concat([c for c in changed if len(c)] or changed[:1], ignore_index=True),
        tuple(sentences),
    )


def _one(rows: pd.DataFrame, bank: Bank, scale: str, response_probability: float, rule: str) -> StandardSetting:
    try:
        if rows["method"].iloc[0] == BOOKMARK:
            return standard_setting.bookmark(rows, booklet_of(bank, scale, response_probability), rule)
        return standard_setting.angoff(rows, bank.items(scale, reference=True))
    except ValueError as reason:
        raise ValueError(_("Skala {scale}: {reason}").format(scale=scale, reason=reason)) from None


def _headline(table: pd.DataFrame) -> str:
    largest = table.loc[(table["theta"] - table["before"]).abs().idxmax()]
    return _(
        "{n} batas level pada {k} skala dari {raters} penilai; galat baku {low} sampai {high} theta. Perubahan "
        "terbesar: skala {scale} level {level}, {a} menjadi {b}."
    ).format(
        n=len(table),
        k=table["scale"].nunique(),
        raters=format_number(int(table["raters"].max())),
        low=format_number(float(table["standard_error"].min()), 2),
        high=format_number(float(table["standard_error"].max()), 2),
        scale=largest["scale"],
        level=int(largest["level"]),
        a=format_number(float(largest["before"]), 2),
        b=format_number(float(largest["theta"]), 2),
    )


def bank_with_cuts(bank: Bank, version: str, found: PanelCuts, origin: Mapping[str, Any]) -> Bank:
    """Return a version of the bank whose level cuts are those of the panel; all else stays.

    Parameters
    ----------
    bank : Bank
    version : str
    found : PanelCuts
    origin : mapping
        What is to be written down of where the cuts come from.

    Raises
    ------
    ValueError
        When the cuts of the panel do not fit the levels of the bank.
    """
    rows = bank.level_cuts.astype({"standard_error": float}).set_index(["scale", "level"])
    for cut in found.cuts.to_dict("records"):
        place = (cut["scale"], int(cut["level"]))
        if place not in rows.index:
            raise ValueError(
                _("Bank {bank} tidak punya batas level {level} pada skala {scale}.").format(
                    bank=bank.version, level=place[1], scale=place[0]
                )
            )
        for column in ("theta", "standard_error", "method", "panel", "date"):
            rows.loc[place, column] = cut[column]
    cuts = rows.reset_index().assign(bank_version=version)[list(bank.level_cuts.columns)]
    return replace(bank, version=version, level_cuts=cuts, origin=dict(origin))


def impact(workspace: Workspace, before: Bank, after: Bank, scales: tuple[str, ...]) -> tuple[pd.DataFrame, str]:
    """Return how many people stand at each level by the old and by the new cuts.

    People stand at the most probable level by a scale's own evidence, as it is printed. The interval of the new number
    is the spread that the standard errors of the cuts leave, all cuts of a panel moving together; the error of the
    tests is in the probabilities of levels and not in it.

    Returns
    -------
    table : pandas.DataFrame
        scale, level, n, before, after, after_low, after_high.
    sentence : str
        Why there are no numbers, or how they are to be read.
    """
    nothing = pd.DataFrame(columns=list(IMPACT))
    if not workspace.table_path("scores", "scores").is_file():
        return nothing, _("Dampak pada orang tidak dihitung: putaran ini belum diskor.")
    if not workspace.settings.bank or _metric(workspace) != before.metric:
        return nothing, _(
            "Dampak pada orang tidak dihitung: putaran ini diskor pada metrik lain, sehingga batasnya tidak berlaku."
        )
    summaries = workspace.read("scores", ["participant_id", "scale", "eap", "eap_se"])
    posterior = standing.posterior(summaries, before.population)
    mean, sd = posterior.own()
    z = np.clip(ndtri((np.arange(CUT_DRAWS) + 0.5) / CUT_DRAWS), -3, 3)
    rows = []
    for scale in scales:
        j = posterior.scales.index(scale)
        taken = np.flatnonzero(posterior.taken[:, j])
        if not taken.size:
            continue
        counts = [_counts(mean[taken, j], sd[taken, j], bank.cuts(scale)) for bank in (before, after)]
        chosen = taken[np.linspace(0, taken.size - 1, min(taken.size, PEOPLE_FOR_INTERVALS)).round().astype(int)]
        errors = after.level_cuts[after.level_cuts["scale"] == scale].sort_values("level")
        errors = errors["standard_error"].to_numpy(float)
        drawn = np.stack([_counts(mean[chosen, j], sd[chosen, j], after.cuts(scale) + errors * one) for one in z])
        drawn = drawn * (taken.size / chosen.size)
        low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
        for level, (old, new) in enumerate(zip(*counts, strict=True), start=1):
            rows.append((scale, level, taken.size, int(old), int(new), low[level - 1], high[level - 1]))
    return pd.DataFrame(rows, columns=list(IMPACT)), _(
        "Rentang 95 % berasal dari galat baku batas saja: seluruh batas satu panel bergeser bersama."
    )


def _metric(workspace: Workspace) -> str:
    from workbench.records.bank import load_bank

    return load_bank(workspace.bank_source).metric


def _counts(mean: Any, sd: Any, cuts: Any) -> Any:
    """Return how many people have each level as their most probable one."""
    level = level_probabilities(mean, sd, cuts).argmax(axis=1)
    return np.bincount(level, minlength=cuts.size + 1)
