"""Nine probabilities of two axes that are jointly normal: rectangles of the plane between the cut points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, owens_t

from workbench.i18n import _
from workbench.talent.axes import ON_THE_CUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.policy import Policy

__all__ = ["bivariate_normal", "box_probabilities"]

CHUNK = 1 << 15
# In place of zero, where a ratio would be 0 / 0; the limit is the same from both sides.
TINY = 1e-300


def bivariate_normal(
    h: NDArray[np.float64], k: NDArray[np.float64], correlation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability that two standard normal variables both lie below h and k (Owen 1956).

    Parameters
    ----------
    h, k : ndarray, shape (n,)
        Finite.
    correlation : ndarray, shape (n,)
        Strictly between -1 and 1.
    """
    h, k = np.where(h == 0, TINY, h), np.where(k == 0, TINY, k)
    root = np.sqrt(1 - correlation**2)
    with np.errstate(over="ignore"):
        first = owens_t(h, (k / h - correlation) / root)
        second = owens_t(k, (h / k - correlation) / root)
    result: NDArray[np.float64] = (ndtr(h) + ndtr(k)) / 2 - first - second - np.where((h < 0) != (k < 0), 0.5, 0.0)
    return np.clip(result, 0.0, 1.0)


def box_probabilities(
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
    correlation: NDArray[np.float64],
    policy: Policy,
    row: NDArray[np.integer] | None = None,
) -> NDArray[np.float64]:
    """Return the probabilities of boxes 1 to 9 where potensial and kinerja are jointly normal.

    Exact for axes that are linear in normal scores. An axis without spread lies where its mean lies; a mean on a cut
    belongs to the upper side.

    Parameters
    ----------
    mean, sd : ndarray, shape (n, 2)
        Of potensial and kinerja in points.
    correlation : ndarray, shape (n,)
        Of the two; not used where an axis has no spread.
    policy : Policy
    row : ndarray of int, shape (n,), optional
        0 below, 1 as, 2 above expectation, where kinerja is read directly.

    Returns
    -------
    ndarray, shape (n, 9)

    Raises
    ------
    ValueError
        When a mean is not finite, a standard deviation negative, or a correlation not between -1 and 1.
    """
    mean, sd, correlation = (np.asarray(x, dtype=np.float64) for x in (mean, sd, correlation))
    n = mean.shape[0]
    if mean.shape != (n, 2) or sd.shape != (n, 2) or correlation.shape != (n,):
        raise ValueError(_("Rerata, simpangan, dan korelasi sumbu tidak sama panjang; periksa susunannya."))
    # Least and greatest of each array carry every NaN, and make no copies of the size of a nation.
    ends = np.array([[x.min(initial=0.0), x.max(initial=0.0)] for x in (mean, sd, correlation)])
    if not np.isfinite(ends).all() or ends[1, 0] < 0 or np.abs(ends[2]).max() >= 1:
        raise ValueError(
            _("Rerata sumbu harus berhingga, simpangannya 0 atau lebih, dan korelasinya di antara -1 dan 1.")
        )
    result = np.empty((n, 9))
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        cells = _cells(mean[part], sd[part], correlation[part], policy, None if row is None else row[part])
        for column in range(3):
            for place in range(3):
                result[part, policy.boxes.box(column, place) - 1] = cells[:, column, place]
    return result


def _cells(
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
    correlation: NDArray[np.float64],
    policy: Policy,
    row: NDArray[np.integer] | None,
) -> NDArray[np.float64]:
    """Return the probability of each column and row, shape (n, 3, 3)."""
    below = [_below(mean[:, 0], sd[:, 0], policy.cuts.potensial)]
    if row is None:
        below.append(_below(mean[:, 1], sd[:, 1], policy.cuts.kinerja))
    else:
        below.append(np.where(row[:, None] > np.arange(-1, 3)[None, :], 0.0, 1.0))
        below[1][:, 0] = 0.0
    corners = below[0][:, :, None] * below[1][:, None, :]
    both = np.flatnonzero((sd > 0).all(axis=1)) if row is None else np.empty(0, dtype=np.int64)
    if both.size:
        for a, low in enumerate(policy.cuts.potensial, start=1):
            for b, high in enumerate(policy.cuts.kinerja, start=1):
                h, k = (low - mean[both, 0]) / sd[both, 0], (high - mean[both, 1]) / sd[both, 1]
                corners[both, a, b] = bivariate_normal(h, k, correlation[both])
    # What rounding leaves below zero is nothing.
    return np.maximum(np.diff(np.diff(corners, axis=1), axis=2), 0.0)


def _below(mean: NDArray[np.float64], sd: NDArray[np.float64], cuts: tuple[float, float]) -> NDArray[np.float64]:
    """Return the probability of lying below nothing, either cut, and everything, shape (n, 4)."""
    result = np.zeros((mean.size, 4))
    result[:, 3] = 1.0
    spread = np.where(sd > 0, sd, 1.0)
    for c, cut in enumerate(cuts, start=1):
        sure = (mean < cut - ON_THE_CUT).astype(np.float64)
        result[:, c] = np.where(sd > 0, ndtr((cut - mean) / spread), sure)
    return result
