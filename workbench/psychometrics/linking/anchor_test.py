"""Observed-score equating of nonequivalent groups with an anchor test (Kolen and Brennan 2014, chapters 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_percent
from workbench.psychometrics.linking.observed import HIGHEST_SCORE, equivalent_scores
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["equate_neat"]

LINEAR = ("tucker", "levine", "chained-linear")
METHODS = (*LINEAR, "frequency-estimation", "chained-equipercentile")
FEWEST = 3


@dataclass(frozen=True)
class _Group:
    """Total and anchor scores of the people of one group."""

    total: NDArray[np.int64]
    anchor: NDArray[np.int64]

    @property
    def covariance(self) -> NDArray[np.float64]:
        return np.asarray(np.cov(self.total, self.anchor))


def equate_neat(
    x: object, anchor_x: object, y: object, anchor_y: object, method: str = "tucker", *, internal: bool = True
) -> pd.DataFrame:
    """Equate X to Y through an anchor taken by both groups, for the population that took X (weights 1 and 0).

    Parameters
    ----------
    x, anchor_x : array, shape (people of the first group,)
        Total score on X and score on the anchor.
    y, anchor_y : array, shape (people of the second group,)
    method : str
        ``tucker``, ``levine`` (observed score), ``chained-linear``, ``frequency-estimation``,
        ``chained-equipercentile`` (Kolen and Brennan 2014, chapters 4 and 5).
    internal : bool
        Whether the anchor counts in the total; Levine's method differs.

    Returns
    -------
    pandas.DataFrame
        score_x (0 to the highest that occurs), score_y.

    Raises
    ------
    ValueError
        When scores are not whole numbers, lengths differ, the method is unknown, or anchor and total are unrelated.
    """
    if method not in METHODS:
        raise ValueError(
            _("Metode penyetaraan '{name}' tidak dikenal; pilih: {known}.").format(
                name=method, known=", ".join(METHODS)
            )
        )
    first, second = _group(x, anchor_x), _group(y, anchor_y)
    scores = np.arange(int(first.total.max()) + 1, dtype=float)
    if method in LINEAR:
        equated = _linear(first, second, scores, method, internal=internal)
    elif method == "frequency-estimation":
        equated = _frequency_estimation(first, second, scores)
    else:
        top = int(max(first.anchor.max(), second.anchor.max())) + 1
        on_anchor = equivalent_scores(scores, _shares(first.total), _shares(first.anchor, top))
        equated = equivalent_scores(on_anchor, _shares(second.anchor, top), _shares(second.total))
    return pd.DataFrame({"score_x": scores, "score_y": equated})


def _group(total: object, anchor: object) -> _Group:
    group = _Group(_scores(total), _scores(anchor))
    if group.total.shape != group.anchor.shape:
        raise ValueError(_("Setiap orang harus punya skor total dan skor jangkar."))
    if group.covariance[0, 1] <= 0:
        raise ValueError(_("Skor jangkar tidak berhubungan positif dengan skor total; penyetaraan ditolak."))
    return group


def _scores(values: object) -> NDArray[np.int64]:
    v = as_numbers(values).astype(float)
    if v.ndim != 1 or v.size < FEWEST or not ((v >= 0) & (v <= HIGHEST_SCORE) & (v == np.round(v))).all():
        raise ValueError(
            _("Skor harus berupa bilangan bulat 0 sampai {most}, satu untuk tiap orang, sedikitnya {n} orang.").format(
                most=HIGHEST_SCORE, n=FEWEST
            )
        )
    if v.min() == v.max():
        raise ValueError(_("Semua orang mendapat skor yang sama; skor tidak dapat disetarakan."))
    return v.astype(np.int64)


def _shares(scores: NDArray[np.int64], size: int = 0) -> NDArray[np.float64]:
    return np.bincount(scores, minlength=size) / scores.size


def _linear(
    first: _Group, second: _Group, scores: NDArray[np.float64], method: str, *, internal: bool
) -> NDArray[np.float64]:
    cx, cy = first.covariance, second.covariance
    from_mean = scores - first.total.mean()
    gap = first.anchor.mean() - second.anchor.mean()
    if method == "chained-linear":
        chained: NDArray[np.float64] = second.total.mean() + np.sqrt(cy[0, 0] / cy[1, 1]) * (
            gap + np.sqrt(cx[1, 1] / cx[0, 0]) * from_mean
        )
        return chained
    if method == "tucker":
        gamma = cy[0, 1] / cy[1, 1]
    elif internal:
        gamma = cy[0, 0] / cy[0, 1]
    else:
        gamma = (cy[0, 0] + cy[0, 1]) / (cy[1, 1] + cy[0, 1])
    variance = cy[0, 0] + gamma**2 * (cx[1, 1] - cy[1, 1])
    if variance <= 0:
        raise ValueError(_("Kelompok terlalu berbeda pada jangkar; ragam setara menjadi negatif, penyetaraan ditolak."))
    result: NDArray[np.float64] = second.total.mean() + gamma * gap + np.sqrt(variance / cx[0, 0]) * from_mean
    return result


def _frequency_estimation(first: _Group, second: _Group, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Y as the first group would have had it: its distribution given the anchor is taken to be the same in both."""
    top = int(max(first.anchor.max(), second.anchor.max())) + 1
    h1, h2 = _shares(first.anchor, top), _shares(second.anchor, top)
    unseen = float(h1[h2 == 0].sum())
    if unseen > 0:
        raise ValueError(
            _(
                "{share} kelompok pertama mendapat skor jangkar yang tidak ada pada kelompok kedua; pakai metode "
                "berantai."
            ).format(share=format_percent(unseen, 1))
        )
    ratio = h1[second.anchor] / h2[second.anchor]
    q = np.bincount(second.total, weights=ratio / second.total.size).astype(np.float64)
    return equivalent_scores(scores, _shares(first.total), q)
