"""Severity of raters and how it moves: effects of groups in a linear model, pulled towards their mean.

A rater who saw few cases, or differs by no more than chance, is pulled to zero; how strongly is learnt from how much
all raters differ. The interval counts what is not known about that, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from workbench.psychometrics.intervals import CONFIDENCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RaterEffects", "rater_effects"]

# Spread of the raters in units of the residual. The prior, r exp(-r^2 / 2 PRIOR^2), is zero at no spread at all: with
# few raters data say so by chance, and all intervals would shrink to nothing (Chung et al. 2013).
PRIOR = 0.5
GRID = np.linspace(0.02, 2.0, 100)


@dataclass(frozen=True)
class RaterEffects:
    """Effect of each rater, less the mean of all of them.

    Attributes
    ----------
    value, low, high : ndarray, shape (raters,)
        Pulled towards zero, with 95 % intervals.
    low_all, high_all : ndarray, shape (raters,)
        Intervals of which all hold together with 95 % (Bonferroni).
    spread : float
        Standard deviation of the raters, in the unit of the outcome.
    residual : float
        Standard deviation of the rest.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    low_all: NDArray[np.float64]
    high_all: NDArray[np.float64]
    spread: float
    residual: float


def rater_effects(
    outcome: NDArray[np.float64],
    fixed: NDArray[np.float64],
    rater: NDArray[np.int64],
    times: NDArray[np.float64] | None = None,
) -> RaterEffects:
    """Return the effects of raters beside fixed effects, y = X b + z u(rater) + e, less the mean of all raters.

    The variance of the residual and the fixed effects are integrated out (flat priors), the ratio of the standard
    deviations is summed over a grid (Gelman 2006 on why not a point estimate with few groups).

    Parameters
    ----------
    outcome : ndarray, shape (n,)
    fixed : ndarray, shape (n, p)
        What like cases have in common, an intercept among them. Columns that say nothing new are ignored.
    rater : ndarray of int, shape (n,)
        From 0, everyone at least once.
    times : ndarray, shape (n,), optional
        What the effect is multiplied by: 1 for a level, the place in the sequence for a slope.

    Returns
    -------
    RaterEffects

    Raises
    ------
    ValueError
        When there are not more outcomes than fixed effects.
    """
    sums = _sums(outcome, fixed, rater, np.ones_like(outcome) if times is None else times)
    if sums.free <= 0:
        raise ValueError("not more outcomes than fixed effects")
    logs, means, deviations, scales = zip(*(_given(float(ratio), sums) for ratio in GRID), strict=True)
    weight = np.exp(np.array(logs) - max(logs))
    weight /= weight.sum()
    mean, deviation, scale = np.array(means), np.array(deviations), np.array(scales)
    tail, raters = (1 - CONFIDENCE) / 2, sums.squares.size
    return RaterEffects(
        weight @ mean,
        _quantile(weight, mean, deviation, tail),
        _quantile(weight, mean, deviation, 1 - tail),
        _quantile(weight, mean, deviation, tail / raters),
        _quantile(weight, mean, deviation, 1 - tail / raters),
        float(weight @ (GRID * scale)),
        float(weight @ scale),
    )


@dataclass(frozen=True)
class _Sums:
    """What the likelihood needs of the data: z'z, z'X and z'y by rater, X'y and y'y of orthonormal X."""

    squares: NDArray[np.float64]
    zx: NDArray[np.float64]
    zy: NDArray[np.float64]
    xy: NDArray[np.float64]
    yy: float
    free: int


def _sums(
    outcome: NDArray[np.float64], fixed: NDArray[np.float64], rater: NDArray[np.int64], z: NDArray[np.float64]
) -> _Sums:
    basis = _independent(fixed)
    raters = int(rater.max()) + 1
    return _Sums(
        np.bincount(rater, z**2, raters).astype(np.float64),
        np.stack([np.bincount(rater, z * column, raters) for column in basis.T], axis=1),
        np.bincount(rater, z * outcome, raters).astype(np.float64),
        basis.T @ outcome,
        float(outcome @ outcome),
        basis.shape[0] - basis.shape[1],
    )


def _given(ratio: float, sums: _Sums) -> tuple[float, NDArray[np.float64], NDArray[np.float64], float]:
    """Return log posterior of a ratio of spread to residual, and given it the effects, their SD and the residual SD."""
    raters = sums.squares.size
    pull = ratio**2 / (1 + ratio**2 * sums.squares)
    information = np.eye(sums.xy.size) - sums.zx.T @ (pull[:, None] * sums.zx)
    right = sums.xy - sums.zx.T @ (pull * sums.zy)
    slope = np.linalg.solve(information, right)
    rest = max(sums.yy - float(pull @ sums.zy**2) - float(right @ slope), 1e-12)
    determinants = float(np.log1p(ratio**2 * sums.squares).sum() + np.linalg.slogdet(information)[1])
    posterior = -0.5 * (sums.free * np.log(rest) + determinants) + np.log(ratio) - 0.5 * (ratio / PRIOR) ** 2
    effect = pull * (sums.zy - sums.zx @ slope)
    # Variance of an effect less the mean of all: its own part, and that of the fixed effects, which all share.
    unknown = pull[:, None] * sums.zx
    unknown -= unknown.mean(0)
    of_fixed = np.einsum("ij,ij->i", unknown, np.linalg.solve(information, unknown.T).T)
    own = pull * (1 - 2 / raters) + pull.mean() / raters
    scale = np.sqrt(rest / sums.free)
    return float(posterior), effect - effect.mean(), scale * np.sqrt(own + of_fixed), float(scale)


def _independent(fixed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal columns that span the fixed effects."""
    left, sizes, _right = np.linalg.svd(fixed, full_matrices=False)
    basis: NDArray[np.float64] = left[:, sizes > 1e-9 * max(float(sizes.max()), 1e-300)]
    return basis


def _quantile(
    weight: NDArray[np.float64], mean: NDArray[np.float64], deviation: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Quantile of a mixture of normals by bisection; weight (k,), mean and deviation (k, raters)."""
    reach = float(abs(ndtri(share))) + 1
    low, high = (mean - reach * deviation).min(0), (mean + reach * deviation).max(0)
    width = np.maximum(deviation, 1e-12)
    for _step in range(60):
        middle = (low + high) / 2
        under = weight @ ndtr((middle - mean) / width) < share
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    result: NDArray[np.float64] = (low + high) / 2
    return result
