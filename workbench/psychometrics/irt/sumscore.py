"""Distribution of the sum of categories at each theta, by the recursion of Lord and Wingersky (1984)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["rest_score_distributions", "sum_score_distribution"]


def sum_score_distribution(probabilities: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the probability of each sum score at each node.

    Parameters
    ----------
    probabilities : sequence of ndarray, one an item, shape (categories, nodes)

    Returns
    -------
    ndarray, shape (highest score + 1, nodes)
    """
    table = np.ones((1, probabilities[0].shape[1]))
    for curve in probabilities:
        longer = np.zeros((table.shape[0] + curve.shape[0] - 1, curve.shape[1]))
        for category, row in enumerate(curve):
            longer[category : category + table.shape[0]] += table * row
        table = longer
    return table


def rest_score_distributions(probabilities: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return for each item the distribution of the sum over the other items.

    All items are carried through the recursion at once, each leaving itself out, so that nothing is divided out again.

    Parameters
    ----------
    probabilities : sequence of ndarray, one an item, shape (categories, nodes)

    Returns
    -------
    ndarray, shape (items, highest score + 1, nodes)
        Zero at scores that the other items cannot reach.
    """
    items, nodes = len(probabilities), probabilities[0].shape[1]
    highest = sum(curve.shape[0] - 1 for curve in probabilities)
    table = np.zeros((items, highest + 1, nodes))
    table[:, 0] = 1.0
    reached = 0
    for item, curve in enumerate(probabilities):
        before = table[:, : reached + 1].copy()
        reached += curve.shape[0] - 1
        table[:, : reached + 1] = 0.0
        for category, row in enumerate(curve):
            table[:, category : category + before.shape[1]] += before * row
        table[item, : before.shape[1]] = before[item]
        table[item, before.shape[1] : reached + 1] = 0.0
    return table
