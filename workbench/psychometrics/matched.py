"""Difference of two shares on like cases: over strata, with an interval that knows what belongs to one case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from workbench.psychometrics.intervals import CONFIDENCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MatchedDifference", "matched_difference"]


@dataclass(frozen=True)
class MatchedDifference:
    """Share in the first group less share in the second, within strata.

    Attributes
    ----------
    value, low, high : float
        NaN where no stratum holds both groups.
    first, second : int
        Clusters with an outcome in each group.
    """

    value: float
    low: float
    high: float
    first: int
    second: int


def matched_difference(
    outcome: NDArray[np.bool_],
    first: NDArray[np.bool_],
    stratum: NDArray[np.int64],
    cluster: NDArray[np.int64],
) -> MatchedDifference:
    """Return the Mantel-Haenszel difference of two shares (Greenland and Robins 1985).

    The error is that of the jackknife over clusters, but never smaller than that of two shares of independent outcomes
    to which one success and one failure were added (Agresti and Caffo 2000): where everybody agrees nothing varies, and
    yet little is known.

    Parameters
    ----------
    outcome, first : ndarray of bool, shape (n,)
        What happened, and who belongs to the first group.
    stratum, cluster : ndarray of int, shape (n,)
        Like cases, and what is not independent of each other; from 0.

    Returns
    -------
    MatchedDifference
    """
    size = (int(cluster.max()) + 1 if cluster.size else 0, int(stratum.max()) + 1 if stratum.size else 0)
    counts = np.zeros((4, *size))  # outcomes and numbers of the first group, then of the second
    for row, chosen in enumerate((first & outcome, first, ~first & outcome, ~first)):
        np.add.at(counts[row], (cluster[chosen], stratum[chosen]), 1)
    total = counts.sum(1)
    groups = int((counts[1].sum(1) > 0).sum()), int((counts[3].sum(1) > 0).sum())
    value = float(_difference(total))
    if not np.isfinite(value):
        return MatchedDifference(value, np.nan, np.nan, *groups)
    left = _difference(total[:, None, :] - counts)
    left = left[np.isfinite(left) & (counts[1] + counts[3]).sum(1).astype(bool)]
    jackknife = (left.size - 1) / left.size * ((left - left.mean()) ** 2).sum() if left.size > 1 else np.inf
    happened, of = total[[0, 2]].sum(1) + 1, total[[1, 3]].sum(1) + 2
    floor = (happened / of * (1 - happened / of) / of).sum()
    half = float(stdtrit(max(min(groups) - 1, 1), 0.5 + CONFIDENCE / 2)) * np.sqrt(max(jackknife, floor))
    return MatchedDifference(value, max(value - half, -1.0), min(value + half, 1.0), *groups)


def _difference(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difference of the groups; counts has shape (4, ..., strata)."""
    x1, n1, x0, n0 = counts
    n = np.maximum(n1 + n0, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: NDArray[np.float64] = ((x1 * n0 - x0 * n1) / n).sum(-1) / (n1 * n0 / n).sum(-1)
    return result
