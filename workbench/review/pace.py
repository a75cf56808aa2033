"""How fast votes come, and when a number of them will be there if it goes on like that.

Imported by the kernel of a review page, which must be usable in a few seconds: nothing here may import NumPy or pandas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["PAUSE", "Forecast", "Pace", "forecast", "median_seconds", "pace_of"]

PAUSE = 900.0  # seconds without any vote after which people are taken to have stopped working
LATEST = 120  # the present pace is that of the last so many votes
FEWEST = 24  # fewer say nothing about the next ones
# 95th percentiles of Student's t by degrees of freedom: a range that holds nine times out of ten.
_T = {2: 2.920, 3: 2.353, 4: 2.132, 5: 2.015, 6: 1.943, 7: 1.895}


@dataclass(frozen=True)
class Pace:
    """The present pace of an office.

    Attributes
    ----------
    seconds : float
        Working time from one vote to the next, whoever votes; pauses of more than `PAUSE` seconds are left out.
    spread : float
        Coefficient of variation of that time between blocks of votes.
    blocks, block : int
        How many blocks of consecutive votes, and how many votes each has.
    """

    seconds: float
    spread: float
    blocks: int
    block: int

    @property
    def per_hour(self) -> float:
        """Votes in an hour of work."""
        return 3600 / self.seconds


@dataclass(frozen=True)
class Forecast:
    """How long a number of votes will take.

    Attributes
    ----------
    cases, votes : int
        Cases that are still to be voted on, and votes that they still need.
    hours, low, high : float or None
        Hours of work, with a range that holds nine times out of ten if the pace goes on varying as it did; None
        where there are too few votes to tell.
    """

    cases: int
    votes: int
    hours: float | None = None
    low: float | None = None
    high: float | None = None


def pace_of(times: Sequence[datetime]) -> Pace | None:
    """Return the present pace from the moments of all votes, in order; None where too few came without a pause.

    Votes that follow each other are alike (the same people, the same hour), so the spread is taken between blocks of
    consecutive votes and not between single ones.
    """
    gaps = [(b - a).total_seconds() for a, b in pairwise(times[-LATEST - 1 :])]
    worked = [max(gap, 0.0) for gap in gaps if gap <= PAUSE]
    if len(worked) < FEWEST:
        return None
    blocks = min(8, len(worked) // 8)
    size = len(worked) // blocks
    recent = worked[-blocks * size :]
    means = [fmean(recent[i * size : (i + 1) * size]) for i in range(blocks)]
    seconds = fmean(means)
    return Pace(seconds, stdev(means) / seconds, blocks, size) if seconds > 0 else None


def forecast(pace: Pace | None, cases: int, votes: int) -> Forecast:
    """Return how long so many votes take at a pace.

    The range covers both how uncertain the pace is and how it will vary, on a logarithmic scale, so that it stays
    positive and is longer towards late.
    """
    if pace is None:
        return Forecast(cases, votes)
    hours = votes * pace.seconds / 3600
    if not votes:
        return Forecast(cases, votes, 0.0, 0.0, 0.0)
    wide = math.exp(
        _T[pace.blocks - 1] * pace.spread * math.sqrt(1 / pace.blocks + pace.block / max(votes, pace.block))
    )
    return Forecast(cases, votes, hours, hours / wide, hours * wide)


def median_seconds(times: Sequence[datetime], pause: float = PAUSE) -> float | None:
    """Return the median time from one vote of a person to the next, without pauses; None with fewer than three."""
    worked = [gap for a, b in pairwise(times) if 0 <= (gap := (b - a).total_seconds()) <= pause]
    return median(worked) if len(worked) >= 3 else None
