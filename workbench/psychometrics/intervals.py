"""Intervals shared by the statistics.

Wilson for shares of many, exact ones for shares of few, Fisher for correlations, Feldt for alpha, and weighted sums of
independent estimates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, fdtri, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Z", "exact", "exact_shares", "feldt", "fisher", "normal", "numbers_of_events", "weighted_sum", "wilson"]

CONFIDENCE = 0.95
Z = float(ndtri(0.5 + CONFIDENCE / 2))


def wilson(
    share: NDArray[np.float64], n: NDArray[np.float64], confidence: float = CONFIDENCE
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the interval of a share of n people (Wilson 1927), of 95 % unless told otherwise."""
    z = float(ndtri(0.5 + confidence / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return centre - half, centre + half


def exact(successes: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of a share that covers at least as often as it says (Clopper and Pearson 1934).

    Parameters
    ----------
    successes, n : int
        From 0 to n; with n = 0 the interval is everything.
    confidence : float

    Raises
    ------
    ValueError
        When `successes` is below 0 or above `n`.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n}")
    low, high = exact_shares(np.array([successes]), np.array([n]), confidence)
    return float(low[0]), float(high[0])


def exact_shares(
    successes: NDArray[np.int64], n: NDArray[np.int64], confidence: float = CONFIDENCE
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the same for many shares, whose counts are known to be counts: two arrays of their shape."""
    tail = (1 - confidence) / 2
    low = np.where(successes > 0, betaincinv(np.maximum(successes, 1), n - successes + 1, tail), 0.0)
    high = np.where(successes < n, betaincinv(successes + 1, np.maximum(n - successes, 1), 1 - tail), 1.0)
    return low, high


def weighted_sum(
    weights: NDArray[np.float64], values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return a weighted sum of independent estimates with the interval that follows from theirs (Zou and Donner 2008).

    Parameters
    ----------
    weights : ndarray, shape (..., estimates)
        May be negative.
    values, low, high : ndarray, shape (estimates,)

    Returns
    -------
    value, low, high : ndarray, shape (...)
    """
    below = np.where(weights >= 0, values - low, high - values)
    above = np.where(weights >= 0, high - values, values - low)
    total = (weights * values).sum(-1)
    return total, total - np.sqrt(((weights * below) ** 2).sum(-1)), total + np.sqrt(((weights * above) ** 2).sum(-1))


def numbers_of_events(
    chance: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return how many of the first 1 to n independent events are expected, and between which numbers 95 % lie.

    The number is Poisson-binomial; its quantiles follow from mean, variance and skewness (Cornish and Fisher 1938).

    Parameters
    ----------
    chance : ndarray, shape (n,)
        Probability of each event, in order.

    Returns
    -------
    mean, low, high : ndarray, shape (n,)
        The limits are whole numbers, unless the mean lies outside them.
    """
    mean = np.cumsum(chance)
    sd = np.sqrt(np.cumsum(chance * (1 - chance)))
    third = np.cumsum(chance * (1 - chance) * (1 - 2 * chance))
    skewness = np.divide(third, sd**3, out=np.zeros_like(sd), where=sd > 0)
    shift = (Z**2 - 1) * skewness / 6
    count = np.arange(1, chance.size + 1)
    low = np.clip(np.floor(mean + sd * (shift - Z) + 0.5), 0, count)
    high = np.clip(np.ceil(mean + sd * (shift + Z) - 0.5), 0, count)
    return mean, np.minimum(low, mean), np.maximum(high, mean)


def normal(mean: NDArray[np.float64], se: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95 % interval of a mean on a scale from 0 to 1, which it does not leave."""
    return np.maximum(mean - Z * se, 0.0), np.minimum(mean + Z * se, 1.0)


def fisher(r: NDArray[np.float64], n: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95 % interval of a correlation by Fisher's (1915) z; no interval for fewer than four people."""
    centre = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    half = Z / np.sqrt(np.where(n > 3, n - 3, np.nan))
    return np.tanh(centre - half), np.tanh(centre + half)


def feldt(alpha: float, n: int, items: int) -> tuple[float, float]:
    """Return the 95 % interval of coefficient alpha (Feldt 1965)."""
    tail = (1 - CONFIDENCE) / 2
    first, second = n - 1, (n - 1) * (items - 1)
    low = 1 - (1 - alpha) * float(fdtri(first, second, 1 - tail))
    high = 1 - (1 - alpha) * float(fdtri(first, second, tail))
    return low, high
