"""Observed-score equating for equivalent groups (Kolen and Brennan 2014, chapters 2 and 3)."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HIGHEST_SCORE", "equate", "equivalent_scores"]

METHODS = ("mean", "linear", "equipercentile")
HIGHEST_SCORE = 5_000
MOST_PEOPLE = 1e12
HIGHEST_DEGREE = 10


def equate(
    freq_x: object, freq_y: object, method: str = "equipercentile", presmooth: int | None = None
) -> pd.DataFrame:
    """Equate scores of form X to form Y for equivalent groups (Kolen and Brennan 2014, chapter 2).

    Parameters
    ----------
    freq_x, freq_y : array, shape (highest score + 1,)
        Number of people with each score 0, 1, 2, ...
    method : str
        ``mean``, ``linear`` or ``equipercentile``.
    presmooth : int, optional
        Degree of a log-linear model that keeps as many moments of each distribution (Holland and Thayer 1987).

    Returns
    -------
    pandas.DataFrame
        score_x, score_y.

    Raises
    ------
    ValueError
        On frequencies that are not, an unknown method, or a degree that the scores do not carry.
    """
    if method not in METHODS:
        raise ValueError(
            _("Metode penyetaraan '{name}' tidak dikenal; pilih: {known}.").format(
                name=method, known=", ".join(METHODS)
            )
        )
    x, y = _frequencies(freq_x), _frequencies(freq_y)
    if presmooth is not None:
        x, y = _smoothed(x, presmooth), _smoothed(y, presmooth)
    scores = np.arange(x.size, dtype=float)
    if method == "equipercentile":
        return pd.DataFrame({"score_x": scores, "score_y": equivalent_scores(scores, x / x.sum(), y / y.sum())})
    mean_x, sd_x = _moments(x)
    mean_y, sd_y = _moments(y)
    slope = sd_y / sd_x if method == "linear" else 1.0
    return pd.DataFrame({"score_x": scores, "score_y": mean_y + slope * (scores - mean_x)})


def equivalent_scores(
    scores: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the scores under distribution q with the percentile ranks that scores have under p.

    Each whole score is spread evenly half a point to each side, so that any score has a rank. Ranks of 0 and 100 per
    cent go half a point beyond the ends of the scale (Kolen and Brennan 2014, page 42).

    Parameters
    ----------
    scores : ndarray, shape (points,)
        Need not be whole.
    p, q : ndarray, shape (highest score + 1,)
        Shares of people with each score.
    """
    edges = np.concatenate([[0.0], np.cumsum(p)])
    edges[-1] = 1.0
    rank = np.interp(scores + 0.5, np.arange(edges.size), edges)
    below = np.concatenate([[0.0], np.cumsum(q)])
    below[-1] = 1.0
    upper = np.searchsorted(below[1:], rank + 1e-12, side="right").clip(0, q.size - 1)
    share = np.clip((rank - below[upper]) / np.where(q[upper] > 0, q[upper], 1.0), 0.0, 1.0)
    result: NDArray[np.float64] = upper - 0.5 + share
    result[rank <= 0] = -0.5
    result[rank >= 1 - 1e-12] = q.size - 0.5
    return result


def _frequencies(values: object) -> NDArray[np.float64]:
    f = as_numbers(values).astype(float)
    if f.ndim != 1 or not 2 <= f.size <= HIGHEST_SCORE + 1 or not np.isfinite(f).all() or (f < 0).any():
        raise ValueError(_("Frekuensi skor harus berupa daftar bilangan tak negatif, satu untuk tiap skor sejak nol."))
    if not 2 <= f.sum() <= MOST_PEOPLE:
        raise ValueError(_("Frekuensi skor harus berjumlah sedikitnya dua orang."))
    if (f > 0).sum() < 2:
        raise ValueError(_("Semua orang mendapat skor yang sama; skor tidak dapat disetarakan."))
    return f


def _moments(f: NDArray[np.float64]) -> tuple[float, float]:
    scores = np.arange(f.size)
    mean = float((f * scores).sum() / f.sum())
    return mean, float(np.sqrt((f * (scores - mean) ** 2).sum() / (f.sum() - 1)))


def _smoothed(frequencies: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
    """Return expected frequencies of a log-linear model: a Poisson regression on powers of the score."""
    most = min(HIGHEST_DEGREE, int((frequencies > 0).sum()) - 1)
    if not isinstance(degree, int) or isinstance(degree, bool) or not 1 <= degree <= most:
        raise ValueError(_("Derajat pemulusan harus bilangan bulat 1 sampai {most}.").format(most=most))
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    # Orthogonal polynomials span the same powers and keep the regression well conditioned.
    design = np.polynomial.legendre.legvander(np.linspace(-1, 1, frequencies.size), degree)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fitted = np.asarray(GLM(frequencies, design, family=Poisson()).fit(tol=1e-12, maxiter=200).fittedvalues)
    except (Warning, ValueError, np.linalg.LinAlgError):
        fitted = np.full(frequencies.size, np.nan)
    # At the maximum the model keeps its moments: whatever keeps them is the maximum, however it was reached.
    gap = np.abs(design.T @ (fitted - frequencies)).max()
    if not gap <= 1e-6 * frequencies.sum():
        raise ValueError(
            _("Pemulusan derajat {degree} tidak konvergen untuk sebaran ini; turunkan derajatnya.").format(
                degree=degree
            )
        )
    return fitted
