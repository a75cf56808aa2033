"""Classical test theory: items, options, reliability, flags, and keys that look wrong.

Sources: Lord and Novick (1968) for items; Wilson (1927) and Fisher (1915) for intervals; Kelley (1939) for D27. Options
and keys are in `workbench.psychometrics.distractors`, coefficients of the total in
`workbench.psychometrics.reliability`; all are called from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.psychometrics.distractors import FEWEST_FOR_MISKEY, miskey, options
from workbench.psychometrics.intervals import fisher, normal, wilson
from workbench.psychometrics.reliability import Reliability, alpha_if_deleted, reliability
from workbench.psychometrics.scored import correlations, pairwise_moments, scored_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FEWEST_FOR_MISKEY",
    "FlagRules",
    "Reliability",
    "flag",
    "item_statistics",
    "miskey",
    "options",
    "reliability",
]

TAIL = 0.27  # Kelley (1939): the share of people in each tail that separates best


class FlagRules(Protocol):
    """Limits of a named rule set; NaN where a set has no such limit."""

    @property
    def difficulty_low(self) -> float: ...  # noqa: D102
    @property
    def difficulty_high(self) -> float: ...  # noqa: D102
    @property
    def item_rest_low(self) -> float: ...  # noqa: D102


def item_statistics(scored: object) -> pd.DataFrame:
    """Return difficulty and discrimination of each item, with 95 % intervals.

    Parameters
    ----------
    scored : frame or array, persons x items
        Item scores; missing cells empty or NaN.

    Returns
    -------
    pandas.DataFrame
        item_id; over the people who answered the item: n, difficulty (proportion correct for 0/1, else the mean as a
        share of the range of scores seen) with low and high, mean, sd; over the n_complete people with every answer:
        item_total and item_rest with low and high, biserial (item with total, 0/1 only), d27 (difference in difficulty
        between the upper and lower 27 % by total, equal totals shared out in proportion); alpha_if_deleted (pairwise
        covariances). No number where an item does not vary.

    Raises
    ------
    ValueError
        On text, infinite values, fewer than three people with every answer, fewer than two items, or a total without
        variation.
    """
    table = scored_table(scored)
    seen = table.values
    n = (~np.isnan(seen)).sum(axis=0).astype(float)
    mean, sd = np.nanmean(seen, axis=0), np.nanstd(seen, axis=0, ddof=1)
    low, high = np.nanmin(seen, axis=0), np.nanmax(seen, axis=0)
    zero_one = (np.isin(seen, [0.0, 1.0]) | np.isnan(seen)).all(axis=0)
    span = np.where(zero_one | (high == low), 1.0, high - low)
    difficulty = np.where(zero_one, mean, (mean - low) / span)
    share = np.where(zero_one, difficulty, 0.5)
    bounds = np.where(zero_one, wilson(share, n), normal(difficulty, sd / span / np.sqrt(n)))
    values = table.complete
    people = np.full(values.shape[1], float(len(values)))
    total = values.sum(axis=1)
    item_total = correlations(values, np.repeat(total[:, None], values.shape[1], axis=1))
    item_rest = correlations(values, total[:, None] - values)
    total_low, total_high = fisher(item_total, people)
    rest_low, rest_high = fisher(item_rest, people)
    return pd.DataFrame(
        {
            "item_id": list(table.names),
            "n": n.astype(int),
            "difficulty": difficulty,
            "difficulty_low": bounds[0],
            "difficulty_high": bounds[1],
            "mean": mean,
            "sd": sd,
            "n_complete": len(values),
            "item_total": item_total,
            "item_total_low": total_low,
            "item_total_high": total_high,
            "item_rest": item_rest,
            "item_rest_low": rest_low,
            "item_rest_high": rest_high,
            "biserial": np.where(zero_one, _biserial(values.mean(axis=0), item_total), np.nan),
            "d27": _tail_difference(values, total) / span,
            "alpha_if_deleted": alpha_if_deleted(pairwise_moments(table)[0]),
        }
    )


def _biserial(p: NDArray[np.float64], r: NDArray[np.float64]) -> NDArray[np.float64]:
    """Biserial from the point-biserial correlation (Lord and Novick 1968, eq. 15.5.4)."""
    from scipy.special import ndtri

    inside = (p > 0) & (p < 1)
    share = np.where(inside, p, 0.5)
    ordinate = np.exp(-0.5 * ndtri(share) ** 2) / np.sqrt(2 * np.pi)
    result: NDArray[np.float64] = np.where(inside, r * np.sqrt(share * (1 - share)) / ordinate, np.nan)
    return result


def _tail_difference(values: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean score of the upper minus that of the lower tail; people on a tail's last total count in part."""
    _totals, place, count = np.unique(total, return_inverse=True, return_counts=True)
    wanted = TAIL * total.size
    below = np.cumsum(count) - count
    lower = np.clip((wanted - below) / count, 0.0, 1.0)[place]
    above = total.size - np.cumsum(count)
    upper = np.clip((wanted - above) / count, 0.0, 1.0)[place]
    difference: NDArray[np.float64] = (upper - lower) @ values / wanted
    return difference


def flag(statistics: pd.DataFrame, rules: FlagRules) -> pd.DataFrame:
    """Add flag and reason to item statistics by a named rule set.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Rows of `item_statistics`.
    rules : FlagRules
        difficulty_low, difficulty_high, item_rest_low.

    Returns
    -------
    pandas.DataFrame
        The same rows with ``flag``: ``raised`` where a whole interval lies beyond a line, ``watch`` where only the
        point does or all answers are the same, empty otherwise; and ``reason``.

    Raises
    ------
    ValueError
        When a column of `item_statistics` is missing.
    """
    needed = [f"{name}{end}" for name in ("difficulty", "item_rest") for end in ("", "_low", "_high")]
    missing = [name for name in needed if name not in statistics]
    if missing:
        raise ValueError(
            _("Statistik butir tidak memuat kolom {column}; pakai hasil item_statistics.").format(column=missing[0])
        )
    checks = (
        ("difficulty", -1, rules.difficulty_low, _("terlalu sukar (p {value} < {limit})")),
        ("difficulty", 1, rules.difficulty_high, _("terlalu mudah (p {value} > {limit})")),
        ("item_rest", -1, rules.item_rest_low, _("daya beda rendah (r {value} < {limit})")),
    )
    flags, reasons = [], []
    for row in statistics.to_dict("records"):
        worst, why = "", []
        for name, side, limit, text in checks:
            if np.isnan(limit) or np.isnan(row[name]) or side * (row[name] - limit) <= 0:
                continue
            nearest = row[f"{name}_high"] if side < 0 else row[f"{name}_low"]
            certain = side * (nearest - limit) > 0
            worst = "raised" if certain or worst == "raised" else "watch"
            why.append(text.format(value=format_number(row[name], 2), limit=format_number(limit, 2)))
        if np.isnan(row["item_rest"]):
            worst, why = worst or "watch", [_("semua jawaban sama")]
        flags.append(worst)
        reasons.append("; ".join(why))
    return statistics.assign(flag=flags, reason=reasons)
