"""EAP and posterior variance of every person without each item, in matrix products.

Dropping item j divides a person's posterior weights by the probability of the answer to j. For each item and category
the sums of weights, weights times theta and weights times theta squared over ``1 / P_jk`` are one matrix product each
over all persons and items, so that millions of re-scorings take about a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.psychometrics.irt.blocks import indicator_columns, make_blocks, posterior_columns
from workbench.psychometrics.irt.expectation import node_tables
from workbench.psychometrics.irt.inspection import matched
from workbench.psychometrics.irt.scoring import prior_grid, prior_moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration

__all__ = ["leave_one_out"]


def leave_one_out(
    calibration: Calibration, responses: object, *, mean: float | None = None, sd: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score every person without each item in turn.

    Parameters
    ----------
    calibration : Calibration
    responses : array or frame, persons x items
        As for `score`.
    mean, sd : float, optional
        Prior; by default the distribution of the reference group, as for `score`.

    Returns
    -------
    theta, variance : ndarray, shape (persons, fitted items)
        EAP and posterior variance without that item; those with all answers where the item was not answered.

    Raises
    ------
    ValueError
        As for `score`.
    """
    centre, spread = prior_moments(calibration, mean, sd)
    categories, _places, items, parameters = matched(calibration, responses)
    grid = prior_grid(centre, spread)
    nodes = grid.theta
    shape = categories.shape
    theta = np.full(shape, centre)
    variance = np.full(shape, spread**2)
    probabilities = items.probabilities(parameters, nodes)
    powers = np.stack([np.ones_like(nodes), nodes, nodes**2])
    log_prior = grid.log_prior(centre, spread)
    for block in make_blocks(categories, np.zeros(shape[0], dtype=np.int64)):
        here = items.part(block.items)
        relative, lowest = node_tables(here, [parameters[j] for j in block.items], nodes, np.float64)
        base = lowest.sum(axis=0) + log_prior
        # Right-hand sides: theta^power / P_jk at every node; items with fewer categories repeat none of the others'.
        most = int(here.counts.max())
        sides = [
            np.stack([probabilities[j][min(k, probabilities[j].shape[0] - 1)] for j in block.items])
            for k in range(most)
        ]
        right = [[(power / table).T for power in powers] for table in sides]
        for part in block.chunks():
            values = block.categories[part]
            columns = relative.T @ indicator_columns(values, here.counts, np.float64).T
            if part.start >= block.complete:
                columns -= lowest.T @ (values < 0).astype(float).T
            posterior_columns(columns, base)
            posterior = columns.T
            whole = posterior @ powers.T
            sums = [np.repeat(whole[:, m : m + 1], block.items.size, axis=1) for m in range(3)]
            for k in range(most):
                answered = values == k
                if answered.any():
                    for m in range(3):
                        np.copyto(sums[m], posterior @ right[k][m], where=answered)
            first = sums[1] / sums[0]
            rows = np.ix_(block.persons[part], block.items)
            theta[rows] = first
            variance[rows] = np.maximum(sums[2] / sums[0] - first**2, 1e-12)
    return theta, variance
