"""The M-step: Fisher scoring of all items of a batch at once, the slope that items share, the groups' moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.families import BetaPrior, Family
    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = ["improve_all", "moments"]

STEPS = 3
HALVINGS = 8
ROUNDING = 1e-11  # of an expected log-likelihood
LARGEST_STEP = 1.5
# Ordered intercepts are kept at least this far apart.
GAP = 1e-4


def improve_all(
    items: ItemSet,
    parameters: Sequence[NDArray[np.float64]],
    free: Sequence[NDArray[np.bool_]],
    counts: Sequence[NDArray[np.float64]],
    theta: NDArray[np.float64],
    prior: BetaPrior | None,
) -> list[NDArray[np.float64]]:
    """Improve the expected complete-data log-likelihood of every item by a few scoring steps.

    Parameters
    ----------
    items : ItemSet
    parameters, free : sequence of ndarray, one an item
        Values, and which of them may move.
    counts : sequence of ndarray, one an item, shape (categories, nodes)
    theta : ndarray, shape (nodes,)
    prior : BetaPrior, optional
        Of the lower asymptote of 3PL items.

    Returns
    -------
    list of ndarray
    """
    result = list(parameters)
    common = items.common_slope
    for batch in items.batches:
        for here in (np.setdiff1d(batch.items, common), np.intersect1d(batch.items, common)):
            if not here.size:
                continue
            improved = _improve(
                batch.family,
                batch.categories,
                np.stack([parameters[j] for j in here]),
                np.stack([free[j] for j in here]),
                np.stack([counts[j] for j in here]),
                theta,
                prior if batch.family.size(2) == 3 else None,
                tied=bool(np.isin(here, common).all()),
            )
            for j, values in zip(here, improved, strict=True):
                result[j] = values
    return result


def _improve(
    family: Family,
    categories: int,
    current: NDArray[np.float64],
    free: NDArray[np.bool_],
    counts: NDArray[np.float64],
    theta: NDArray[np.float64],
    prior: BetaPrior | None,
    *,
    tied: bool,
) -> NDArray[np.float64]:
    current = current.copy()
    identity = np.eye(current.shape[1])
    people = counts.sum(1)
    limit = family.bounds(categories)
    values = family.curves(current, theta)
    reached = _complete_likelihood(values.probability, counts, current, prior)
    for _step in range(STEPS):
        gradient = np.einsum("ipkq,ikq->ip", values.first, counts / values.probability)
        weighted = values.first * np.sqrt(people[:, None, :] / values.probability)[:, None]
        flat = weighted.reshape(*current.shape, -1)
        information = flat @ flat.transpose(0, 2, 1)
        if prior is not None:
            gradient[:, 2] += prior.gradient(current[:, 2])
            information[:, 2, 2] += prior.information(current[:, 2])
        # What stands at its bound and would go beyond is held there, so that the others find their best beside it.
        outward = family.at_bound(current, categories) & (current * gradient > 0)
        current = np.where(outward & free, np.copysign(limit, current), current)
        movable = free & ~outward
        both = movable[:, :, None] & movable[:, None, :]
        information = np.where(both, information, identity) + 1e-9 * identity
        gradient = np.where(movable, gradient, 0.0)
        if tied and free[:, 0].all():
            step = _tied_step(information, gradient)
        else:
            step = np.linalg.solve(information, gradient[..., None])[..., 0]
        largest = np.abs(step).max(1, keepdims=True)
        if tied:
            largest = np.full_like(largest, largest.max())
        step *= np.minimum(1.0, LARGEST_STEP / np.maximum(largest, 1e-300))
        before, least = current, reached
        current = np.clip(_keep_order(family, before, step), -limit, limit)
        values = family.curves(current, theta)
        reached = _complete_likelihood(values.probability, counts, current, prior)
        for _halving in range(HALVINGS):
            # Items of a shared slope are judged together; what rounding does is no descent.
            loss = least - reached
            slack = ROUNDING * np.abs(least)
            lower = np.full(loss.shape, loss.sum() > slack.sum()) if tied else loss > slack
            if not lower.any():
                break
            current[lower] = 0.5 * (current[lower] + before[lower])
            values = family.curves(current, theta)
            reached = _complete_likelihood(values.probability, counts, current, prior)
        if largest.max() < 1e-7:
            break
    return current


def _complete_likelihood(
    probability: NDArray[np.float64],
    counts: NDArray[np.float64],
    parameters: NDArray[np.float64],
    prior: BetaPrior | None,
) -> NDArray[np.float64]:
    """Return the expected complete-data log-likelihood of each item, with its prior: what an M-step must not lower."""
    value: NDArray[np.float64] = np.einsum("ikq,ikq->i", counts, np.log(probability))
    return value if prior is None else value + prior.log_density(parameters[:, 2])


def _tied_step(information: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scoring step of two-category items that share their slope: one row and column for it, a diagonal for the rest."""
    cross, own = information[:, 0, 1], information[:, 1, 1]
    slope = (gradient[:, 0] - cross * gradient[:, 1] / own).sum() / (information[:, 0, 0] - cross**2 / own).sum()
    return np.stack([np.full(own.shape, slope), (gradient[:, 1] - cross * slope) / own], axis=1)


def _keep_order(family: Family, current: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shorten the step of any item whose parameters would leave their order."""
    share = np.ones((current.shape[0], 1))
    for _halving in range(30):
        proposed = current + share * step
        crossed = family.crossed(proposed, GAP)
        if not crossed.any():
            return proposed
        share[crossed] *= 0.5
    return current + share * step


def moments(
    density: NDArray[np.float64], theta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of the expected distribution of each group.

    Parameters
    ----------
    density : ndarray, shape (groups, nodes)
    theta : ndarray, shape (nodes,)

    Returns
    -------
    mean, sd : ndarray, shape (groups,)
    """
    total = np.maximum(density.sum(1), 1e-300)
    mean = density @ theta / total
    variance = (density * (theta - mean[:, None]) ** 2).sum(1) / total
    return mean, np.sqrt(np.maximum(variance, 1e-4))
