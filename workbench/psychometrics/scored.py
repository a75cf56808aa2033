"""Scored tables as classical test theory takes them: what is refused, what a missing answer means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers, column_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ScoredTable", "correlations", "pairwise_moments", "scored_table"]

FEWEST_PERSONS = 3
FEWEST_ITEMS = 2
LARGEST_SCORE = 1e6
# Below this a score is a zero that went through rounding.
SMALLEST_SCORE = 1e-9


@dataclass(frozen=True)
class ScoredTable:
    """Item scores of a group of people.

    Attributes
    ----------
    names : tuple of str
    values : ndarray of float, shape (persons, items)
        NaN where missing.
    complete : ndarray of float, shape (complete persons, items)
        Rows without a missing answer: only these have a total.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    complete: NDArray[np.float64]


def scored_table(scored: object) -> ScoredTable:
    """Check a table of item scores.

    Parameters
    ----------
    scored : frame or array, persons x items
        Numbers; empty or NaN where an answer is missing.

    Raises
    ------
    ValueError
        On text, infinite values or values beyond a million, a wrong shape, a name used twice, fewer than three people
        with every answer, fewer than two items, or a total that is the same for everybody.
    """
    values = as_numbers(scored)
    if values.ndim != 2:
        raise ValueError(_("Tabel skor harus orang x butir, bukan {n} dimensi.").format(n=values.ndim))
    names = column_names(scored, values.shape[1])
    table = values.astype(float)
    if (np.abs(table) > LARGEST_SCORE).any():
        raise ValueError(_("Tabel skor memuat nilai tak hingga atau di luar sejuta; periksa berkasnya."))
    table = np.where(np.abs(table) < SMALLEST_SCORE, 0.0, table)
    complete = table[~np.isnan(table).any(axis=1)]
    if len(complete) < FEWEST_PERSONS or table.shape[1] < FEWEST_ITEMS:
        raise ValueError(
            _("Tabel skor berisi {n} orang lengkap dan {k} butir; perlu sedikitnya 3 orang dan 2 butir.").format(
                n=len(complete), k=table.shape[1]
            )
        )
    total = complete.sum(axis=1)
    if total.max() == total.min():
        raise ValueError(_("Skor total semua orang sama; daya beda dan reliabilitas tidak dapat dihitung."))
    return ScoredTable(names, table, complete)


def correlations(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlation of each column of x with the same column of y; NaN without variation."""
    a = x - x.mean(axis=0)
    b = y - y.mean(axis=0)
    # A column of equal values has a mean that may be off by rounding: call that no variation.
    varies = (np.ptp(x, axis=0) > 0) & (np.ptp(y, axis=0) > 0)
    scale = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    result: NDArray[np.float64] = np.where(varies, (a * b).sum(axis=0) / np.where(varies, scale, 1.0), np.nan)
    return result


def pairwise_moments(table: ScoredTable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return covariance (divisor n - 1) and correlation of the items, each pair over the people who answered both.

    Returns
    -------
    covariance, correlation : ndarray, shape (items, items)
        The correlation is NaN where an item does not vary among those people.
    """
    seen = (~np.isnan(table.values)).astype(float)
    # Around the mean of each item first: sums of squares of large numbers lose digits.
    values = np.where(seen > 0, table.values - np.nanmean(table.values, axis=0), 0.0)
    n = seen.T @ seen
    sums = values.T @ seen  # of the row's item over the people who answered the column's
    products = values.T @ values - sums * sums.T / n
    squares = (values**2).T @ seen - sums**2 / n
    spread = squares > 1e-10 * (values**2).sum(axis=0)[:, None]
    varies = spread & spread.T
    scale = np.sqrt(np.where(varies, squares * squares.T, 1.0))
    return products / (n - 1), np.where(varies, products / scale, np.nan)
