"""Standard errors where no formula is at hand: leaving out one block of people after another.

Source: Efron and Tibshirani (1993, An Introduction to the Bootstrap, chapter 11), with blocks as in Kott (2001, Journal
of Official Statistics 17, 521-526), whose t distribution has one degree of freedom less than blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["BLOCKS", "T", "block_jackknife"]

BLOCKS = 10
FEWEST = 40  # people: four a block
T = float(stdtrit(BLOCKS - 1, 0.975))  # half a 95 % interval, in standard errors


def block_jackknife(
    statistic: Callable[[NDArray[np.int64]], NDArray[np.float64]], persons: int, *, most: int = 0, seed: int = 0
) -> NDArray[np.float64]:
    """Return the standard error of a statistic of people, for the people as a random sample.

    Ten random blocks of people are left out in turn. With `most`, so many people are drawn at random and the error is
    rescaled by the root of their share: the error of a smooth statistic falls with the root of the number of people.

    Parameters
    ----------
    statistic : callable
        Takes row numbers, returns an array of numbers; always of the same shape.
    persons : int
    most : int, optional
        At most so many people are used; 0 for all.
    seed : int

    Returns
    -------
    ndarray of float, shape of the statistic
        NaN where the statistic has no number in some block, or there are fewer than 40 people.
    """
    rows = np.random.default_rng([seed, 1956]).permutation(persons)
    if most and persons > most:
        rows = rows[:most]
    if rows.size < FEWEST:
        return np.full_like(np.asarray(statistic(np.sort(rows)), dtype=float), np.nan)
    place = np.arange(rows.size) % BLOCKS
    left = np.stack([np.asarray(statistic(np.sort(rows[place != block])), dtype=float) for block in range(BLOCKS)])
    spread = np.sqrt((BLOCKS - 1) / BLOCKS * ((left - left.mean(0)) ** 2).sum(0))
    result: NDArray[np.float64] = spread * np.sqrt(rows.size / persons)
    return result
