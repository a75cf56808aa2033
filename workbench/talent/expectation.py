"""How many people to expect in a box, and how sure that number is.

Pages count with this too, and their kernels must be usable in a few seconds: nothing here may import pandas before
there is a frame to make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["expected_counts", "expected_people", "people_by_draw"]

BOXES = tuple(range(1, 10))
# Half of a 95 % interval in standard deviations.
WIDTH = 1.959964


def expected_people(p: NDArray[np.float64], by_draw: NDArray[np.float64] | None = None) -> tuple[float, float, float]:
    """Return the expected number of people of whom something is true, and the ends of its 95 % interval.

    Where errors are shared, people are not independent, and the interval comes from the spread of the count over draws
    that carry one shared error each. Where nothing is shared, people are independent given the item bank: the count is
    a sum of independent indicators (Poisson-binomial). Either interval is a normal approximation, cut at nobody and at
    everybody, and never narrower than that of independent people.

    Parameters
    ----------
    p : ndarray, shape (n,)
        Probability of each person.
    by_draw : ndarray, shape (draws,), optional
        How many of these people it is true of in each draw.
    """
    expected = float(p.sum())
    variance = float((p * (1 - p)).sum())
    if by_draw is not None and by_draw.size > 1:
        variance = max(variance, float(np.var(by_draw, ddof=1)))
    half = WIDTH * float(np.sqrt(variance))
    return expected, max(0.0, expected - half), min(float(p.size), expected + half)


def expected_counts(boxes: pd.DataFrame, draw_counts: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the expected number of people in each box with a 95 % interval, as `expected_people`.

    Parameters
    ----------
    boxes : pandas.DataFrame
        Rows of `place`; withheld people are left out.
    draw_counts : pandas.DataFrame, optional
        Of the same people, as in `Placement`; without them people count as independent.

    Returns
    -------
    pandas.DataFrame
        box, stated, expected, low, high.
    """
    import pandas as pd

    known = boxes[boxes["withheld_reason"] == ""]
    rows = []
    for b in BOXES:
        expected, low, high = expected_people(known[f"p_box_{b}"].to_numpy(float), people_by_draw(draw_counts, (b,)))
        stated = int((known["box"] == b).sum())
        rows.append({"box": b, "stated": stated, "expected": expected, "low": low, "high": high})
    return pd.DataFrame(rows)


def people_by_draw(draw_counts: pd.DataFrame | None, boxes: Iterable[int]) -> NDArray[np.float64] | None:
    """Return how many people stand in some of the boxes in each draw, or None where draws were not counted.

    Parameters
    ----------
    draw_counts : pandas.DataFrame or None
        Rows of `Placement.draw_counts`: of the groups that are meant.
    boxes : iterable of int
    """
    if draw_counts is None or draw_counts.empty:
        return None
    names = [f"box_{b}" for b in boxes]
    totals: NDArray[np.float64] = draw_counts.groupby("draw")[names].sum().sum(axis=1).to_numpy(float)
    return totals
