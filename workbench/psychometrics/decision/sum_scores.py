"""Accuracy and consistency of cuts on sum scores and composites.

Sources: Lee (2010, Journal of Educational Measurement 47, 1-17); Livingston and Lewis (1995, Journal of Educational
Measurement 32, 179-197) with the moments of Hanson (1991, ACT 91-5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, betainc, betaincinv

from workbench.i18n import _
from workbench.psychometrics.decision.classification import Classification, classified, finite, rising
from workbench.psychometrics.irt.grid import Grid
from workbench.psychometrics.irt.inspection import category_probabilities, log_priors, usable
from workbench.psychometrics.irt.sumscore import sum_score_distribution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration

__all__ = ["lee", "livingston_lewis"]

FINE_GRID = Grid(601, -6.0, 6.0)  # true categories change at a point, so the grid is finer than for calibration
CHUNK = 8192
SMALLEST_SPREAD = 1e-3  # of scores, as a share of their range
QUADRATURE = np.polynomial.legendre.leggauss(64)


def lee(calibration: Calibration, raw_cuts: object, *, theta: object | None = None) -> Classification:
    """Return expected accuracy and consistency of cuts on the sum score under an item response model (Lee 2010).

    At each theta the sum score has its exact distribution (Lord and Wingersky 1984); the true category is that of the
    expected sum score. Averaged over the latent distribution of the calibration, or over given people.

    Parameters
    ----------
    calibration : Calibration
    raw_cuts : array of float, shape (cuts,)
        Rising, above 0 and at most the highest score; a score on a cut belongs to the upper side.
    theta : array of float, shape (persons,), optional
        Estimates of people to average over.

    Returns
    -------
    Classification

    Raises
    ------
    ValueError
        When cuts do not rise or lie outside the scores, theta is not finite, or the calibration has several groups and
        no theta is given.
    """
    chosen = usable(calibration)
    cuts = rising(raw_cuts)
    highest = int((chosen.items["categories"] - 1).sum())
    if cuts[0] <= 0 or cuts[-1] > highest:
        raise ValueError(_("Batas skor mentah harus di atas 0 dan paling tinggi {top}.").format(top=highest))
    if theta is None:
        if len(chosen.groups) > 1:
            raise ValueError(_("Kalibrasi berisi beberapa kelompok; berikan theta peserta yang dinilai."))
        points = FINE_GRID.theta
        weight = np.exp(log_priors(chosen, FINE_GRID)[0])
    else:
        points = finite(theta)
        weight = np.full(points.size, 1 / points.size)
    edges = [0, *np.ceil(cuts - 1e-9).astype(int).tolist()]
    scores = np.arange(highest + 1)
    shares, true = [], []
    for start in range(0, points.size, CHUNK):
        table = sum_score_distribution(category_probabilities(chosen, points[start : start + CHUNK]))
        shares.append(np.add.reduceat(table, edges, axis=0).T)
        true.append(np.searchsorted(cuts, scores @ table, side="right"))
    return classified(np.concatenate(shares), np.concatenate(true), weight, cuts)


def livingston_lewis(
    scores: object, reliability: float, score_range: tuple[float, float], cuts: object
) -> Classification:
    """Return expected accuracy and consistency for any kind of score (Livingston and Lewis 1995).

    The score is taken as one on an effective test of n = ((m - min)(max - m) - r s^2) / (s^2 (1 - r)) equal items. True
    scores have a four-parameter beta distribution with the first four moments of the true score, or, where these are
    not possible, a two-parameter one on the whole range; errors are binomial. A cut between two scores of the effective
    test is interpolated, half a unit of the score (the smallest difference that occurs) below it, since a score on the
    cut still belongs to the upper side; with this a weighted composite is as well served as a number of items.

    Parameters
    ----------
    scores : array of float, shape (persons,)
    reliability : float
        Between 0 and 1.
    score_range : tuple of float
        Lowest and highest possible (not observed) score.
    cuts : array of float, shape (cuts,)
        Rising, inside the range; a score on a cut belongs to the upper side.

    Returns
    -------
    Classification
        ``model`` says which beta distribution was fitted: ``beta-4`` or ``beta-2``.

    Raises
    ------
    ValueError
        On scores outside the range or without variation, a reliability that is none, cuts outside the range, or a
        score so variable that no effective test has it.
    """
    x, c = finite(scores), rising(cuts)
    low, high = (float(v) for v in score_range)
    slack = 1e-9 * abs(high - low)
    if not np.isfinite([low, high]).all() or low >= high or x.min() < low - slack or x.max() > high + slack:
        raise ValueError(
            _("Skor harus berada dalam rentang {low} sampai {high} yang mungkin dicapai.").format(low=low, high=high)
        )
    if c[0] <= low or c[-1] > high:
        raise ValueError(
            _("Batas keputusan harus di dalam rentang skor {low} sampai {high}.").format(low=low, high=high)
        )
    share = np.clip((x - low) / (high - low), 0.0, 1.0)
    if x.size < 10 or share.std() < SMALLEST_SPREAD or not 0 < reliability < 1:
        raise ValueError(_("Perlu sedikitnya 10 skor yang bervariasi dan reliabilitas antara 0 dan 1."))
    mean, variance = float(share.mean()), float(share.var(ddof=1))
    length = (mean * (1 - mean) - reliability * variance) / (variance * (1 - reliability))
    items = round(length)
    if items < 2:
        raise ValueError(_("Skor terlalu bervariasi untuk rentang dan reliabilitas itu; periksa rentang skornya."))
    alpha, beta, lower, upper, model = _true_scores(share * length, length, mean, reliability * variance)
    # Gauss and Legendre within each true category, in the probability of the true score.
    inner = np.clip(((c - low) / (high - low) - lower) / (upper - lower), 0.0, 1.0)
    edges = np.concatenate([[0.0], betainc(alpha, beta, inner), [1.0]])
    nodes, weights = QUADRATURE
    width = np.diff(edges)[:, None]
    rank = (edges[:-1, None] + width * (nodes + 1) / 2).ravel()
    tau = lower + (upper - lower) * betaincinv(alpha, beta, rank)
    gaps = np.diff(np.unique(share))
    unit = min(items * float(gaps[gaps > 1e-9].min()), 1.0)
    at = items * (c - low) / (high - low) + (1 - unit) / 2
    first = np.ceil(at - 1e-9)
    part = first - at

    def up_to(score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chance of at most this score at each true score; none is below zero."""
        return np.where(score >= 0, bdtr(np.maximum(score, 0), items, tau[:, None]), 0.0)

    below = (1 - part) * up_to(first - 1) + part * up_to(first - 2)
    table = np.diff(np.concatenate([np.zeros((tau.size, 1)), below, np.ones((tau.size, 1))], axis=1), axis=1)
    true = np.repeat(np.arange(c.size + 1), nodes.size)
    found = classified(table, true, (width * weights / 2).ravel(), c)
    return Classification(found.accuracy, found.consistency, found.by_cut, found.kappa, model)


def _true_scores(
    x: NDArray[np.float64], length: float, mean: float, variance: float
) -> tuple[float, float, float, float, str]:
    """Shape and ends of the beta distribution of true scores as shares (Lord 1965; Hanson 1991)."""
    third = float((x * (x - 1) * (x - 2)).mean()) / (length * (length - 1) * (length - 2)) if length > 3 else np.nan
    fourth = (
        float((x * (x - 1) * (x - 2) * (x - 3)).mean()) / (length * (length - 1) * (length - 2) * (length - 3))
        if length > 3
        else np.nan
    )
    second = variance + mean**2
    skewness = (third - 3 * mean * second + 2 * mean**3) / variance**1.5
    kurtosis = (fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4) / variance**2
    with np.errstate(all="ignore"):
        r = 6 * (kurtosis - skewness**2 - 1) / (6 + 3 * skewness**2 - 2 * kurtosis)
        inside = 1 - 24 * (r + 1) / ((r + 2) * (r + 3) * kurtosis - 3 * (r - 6) * (r + 1))
        spread = np.sqrt(inside) * np.sign(skewness)
        alpha, beta = r / 2 * (1 - spread), r / 2 * (1 + spread)
        width = np.sqrt(variance * (alpha + beta + 1) / (alpha * beta)) * (alpha + beta)
        lower = mean - width * alpha / (alpha + beta)
        upper = lower + width
    found = np.array([alpha, beta, lower, upper])
    if np.isfinite(found).all() and alpha > 0 and beta > 0 and lower >= 0 and upper <= 1:
        return float(alpha), float(beta), float(lower), float(upper), "beta-4"
    total = mean * (1 - mean) / variance - 1
    return mean * total, (1 - mean) * total, 0.0, 1.0, "beta-2"
