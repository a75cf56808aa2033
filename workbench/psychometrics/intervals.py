"""Intervals shared by the statistics: Wilson for shares, Fisher for correlations, Feldt for alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtri, ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Z", "feldt", "fisher", "normal", "wilson"]

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
