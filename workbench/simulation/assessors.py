"""Assessors whose severity, anchoring, corrections and mistakes are known, to see whether the findings recover them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["GRID", "POOL", "Assessor", "draw_cases", "draw_votes"]

GRID = ((4, 7, 9), (2, 5, 8), (1, 3, 6))
POOL = (7, 8, 9)
SECONDS = 90.0  # mean time a case
A_SESSION = 40  # cases, then an hour of pause


@dataclass(frozen=True)
class Assessor:
    """How somebody votes.

    Attributes
    ----------
    name : str
    severity : float
        Expected steps up the grid that every vote is moved, -1 to 1.
    drift : float
        By how much that rises from the first vote to the last.
    anchoring : float
        Probability of voting for the stated box because it is shown, whatever one thinks.
    corrects : float
        Probability of seeing the true box where the stated side is wrong.
    spoils : float
        Probability of moving a person over the pool line where the stated side is right.
    """

    name: str
    severity: float = 0.0
    drift: float = 0.0
    anchoring: float = 0.0
    corrects: float = 0.0
    spoils: float = 0.0


def draw_cases(
    n: int, rng: np.random.Generator, *, hidden: float = 0.1, random: float = 0.2, known: float = 0.0
) -> pd.DataFrame:
    """Return cases in the order of a queue, the riskiest first.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    hidden, random, known : float
        Shares.

    Returns
    -------
    pandas.DataFrame
        case_id, position, risk, stated (2 to 8, so that everybody can be moved both ways), true_box, true_pool, random,
        hidden, known.
    """
    risk = np.sort(np.where(rng.random(n) < 0.8, rng.uniform(0.05, 0.5, n), rng.uniform(0.0, 0.05, n)))[::-1]
    stated = rng.integers(2, 9, n)
    inside, wrong = np.isin(stated, POOL), rng.random(n) < risk
    over = np.where(inside, rng.choice([2, 3, 4, 5, 6], n), rng.choice(POOL, n))
    truth = np.where(wrong, over, stated)
    return pd.DataFrame(
        {
            "case_id": [f"K{number:05d}" for number in range(1, n + 1)],
            "position": np.arange(1, n + 1),
            "risk": risk,
            "stated": stated,
            "true_box": truth,
            "true_pool": np.isin(truth, POOL),
            "random": rng.random(n) < random,
            "hidden": rng.random(n) < hidden,
            "known": rng.random(n) < known,
        }
    )


def draw_votes(
    cases: pd.DataFrame,
    assessors: Sequence[Assessor],
    rng: np.random.Generator,
    *,
    votes_each: int = 2,
    unrest: float = 0.3,
) -> pd.DataFrame:
    """Return one vote of each of some assessors, drawn at random, on every case.

    Parameters
    ----------
    cases : pandas.DataFrame
        From `draw_cases`.
    assessors : sequence of Assessor
    rng : numpy.random.Generator
    votes_each : int
        Votes a case.
    unrest : float
        Mean probability of a step for reasons of the case, which all its assessors share in part.

    Returns
    -------
    pandas.DataFrame
        case_id, actor, seq, at, box, stated, risk, hidden, first, in_force, random, known, by time.
    """
    n, k = len(cases), len(assessors)
    chosen = np.argsort(rng.random((n, k)), axis=1)[:, :votes_each].ravel()
    case = np.repeat(np.arange(n), votes_each)
    votes = cases.iloc[case].reset_index(drop=True)
    who = pd.Series(chosen)
    turn = who.groupby(who).cumcount().to_numpy(float)
    place = turn / np.maximum(who.groupby(who).transform("size").to_numpy(float) - 1, 1) - 0.5
    value = {name: np.array([getattr(a, name) for a in assessors])[chosen] for name in Assessor.__dataclass_fields__}
    stated, truth = votes["stated"].to_numpy(), votes["true_box"].to_numpy()
    wrong = np.isin(stated, POOL) != votes["true_pool"].to_numpy(bool)
    across = np.where(np.isin(stated, POOL), 5, 7)
    box = np.where(wrong & (rng.random(case.size) < value["corrects"]), truth, stated)
    box = np.where(~wrong & (rng.random(case.size) < value["spoils"]), across, box)
    inclination, direction = rng.uniform(0, 2 * unrest, n)[case], rng.choice([-1, 1], n)[case]
    box = _moved(box, np.where(rng.random(case.size) < inclination, direction, 0))
    push = value["severity"] + value["drift"] * place
    box = _moved(box, np.where(rng.random(case.size) < np.abs(push), np.sign(push), 0).astype(int))
    anchored = ~votes["hidden"].to_numpy(bool) & (rng.random(case.size) < value["anchoring"])
    seconds = turn * SECONDS + (turn // A_SESSION) * 3600
    return votes.assign(
        actor=value["name"].astype(str),
        seq=np.arange(1, case.size + 1),
        at=pd.Timestamp("2024-11-04T01:00:00Z") + pd.to_timedelta(seconds, unit="s"),
        box=np.where(anchored, stated, box).astype("int64"),
        first=True,
        in_force=True,
    )


def _moved(box: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return boxes one step up or down the grid, on the axis that has room, kinerja first."""
    grid = np.array(GRID)
    places = np.zeros((10, 2), dtype=int)
    for row, column in np.ndindex(3, 3):
        places[grid[row, column]] = row, column
    row, column = places[box].T
    on_row = (row - steps >= 0) & (row - steps <= 2)
    row = np.where(on_row, row - steps, row)
    column = np.where(on_row, column, np.clip(column + steps, 0, 2))
    moved: NDArray[np.int64] = grid[row, column]
    return moved
