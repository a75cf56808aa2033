"""The E-step: expected numbers of answers at each node, by two matrix products a chunk of people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from workbench.psychometrics.irt.blocks import indicator_columns, posterior_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.blocks import Block
    from workbench.psychometrics.irt.item_set import ItemSet

    Visit = Callable[[Block, slice, NDArray[np.floating], NDArray[np.floating]], None]

__all__ = ["Expected", "State", "expectation", "node_tables"]


@dataclass(frozen=True)
class State:
    """Parameters of one cycle.

    Attributes
    ----------
    parameters : tuple of ndarray, one an item
        In the order of its family.
    mean, sd : ndarray, shape (groups,)
    """

    parameters: tuple[NDArray[np.float64], ...]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """Result of one E-step.

    Attributes
    ----------
    counts : tuple of ndarray, one an item, shape (categories, nodes)
    density : ndarray, shape (groups, nodes)
        Expected number of people of each group at each node.
    log_likelihood : float
    """

    counts: tuple[NDArray[np.float64], ...]
    density: NDArray[np.float64]
    log_likelihood: float


def node_tables(
    items: ItemSet, parameters: Sequence[NDArray[np.float64]], theta: NDArray[np.float64], dtype: type
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return log-probabilities at the nodes.

    Returns
    -------
    relative : ndarray, shape (sum(categories - 1), nodes)
        Of each category above the lowest, less that of the lowest; by item, then by category.
    lowest : ndarray, shape (items, nodes)
        Of the lowest category.
    """
    ends = np.cumsum(items.counts - 1)
    relative: NDArray[np.floating] = np.empty((int(ends[-1]), theta.size), dtype=dtype)
    lowest: NDArray[np.floating] = np.empty((len(items), theta.size), dtype=dtype)
    for batch, probability in items.probabilities_by_batch(parameters, theta):
        logs = np.log(probability)
        above = batch.categories - 1
        rows = (ends[batch.items] - above)[:, None] + np.arange(above)
        relative[rows] = logs[:, 1:] - logs[:, :1]
        lowest[batch.items] = logs[:, 0]
    return relative, lowest


def expectation(
    blocks: Sequence[Block],
    items: ItemSet,
    state: State,
    theta: NDArray[np.float64],
    log_priors: NDArray[np.float64],
    *,
    weights: NDArray[np.float64] | None = None,
    dtype: type = np.float32,
    executor: Executor | None = None,
    visit: Visit | None = None,
) -> Expected:
    """Run one E-step.

    Parameters
    ----------
    blocks : sequence of Block
    items : ItemSet
    state : State
    theta : ndarray, shape (nodes,)
    log_priors : ndarray, shape (groups, nodes)
    weights : ndarray, shape (persons,), optional
        Sampling weights.
    dtype : type
        ``float32`` while cycling, ``float64`` in the last pass.
    executor : concurrent.futures.Executor, optional
        Blocks are handed to it; results are added in the order of the blocks, so that they do not depend on timing.
    visit : callable, optional
        Without an executor only. Called with block, slice, indicator columns (n, categories above the lowest) and
        posterior weights (nodes, n) of each chunk, for standard errors.

    Returns
    -------
    Expected
    """
    sizes = items.counts
    relative, lowest = node_tables(items, state.parameters, theta, dtype)
    step = partial(
        _block_expectation,
        relative=relative,
        lowest=lowest,
        sizes=sizes,
        log_priors=log_priors.astype(dtype),
        weights=weights,
    )
    if executor is not None:
        results = list(executor.map(step, blocks))
    else:
        results = [step(block, visit=visit) for block in blocks]
    above = np.zeros((relative.shape[0], theta.size))
    taken = np.zeros((sizes.size, theta.size))
    density = np.zeros((log_priors.shape[0], theta.size))
    log_likelihood = 0.0
    for block, part in zip(blocks, results, strict=True):
        above[_columns(block, sizes)] += part.above
        taken[block.items] += part.people - part.missing
        density[block.group] += part.people
        log_likelihood += part.log_likelihood
    counts = []
    for people, upper in zip(taken, np.split(above, np.cumsum(sizes - 1)[:-1]), strict=True):
        counts.append(np.maximum(np.concatenate([(people - upper.sum(axis=0))[None], upper]), 0.0))
    return Expected(tuple(counts), density, log_likelihood)


@dataclass(frozen=True)
class _Part:
    """What one block adds: sums over its people of posterior weights, by category above the lowest, by item missing."""

    above: NDArray[np.float64]
    missing: NDArray[np.float64]
    people: NDArray[np.float64]
    log_likelihood: float


def _columns(block: Block, sizes: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """Return the rows of `node_tables` that belong to the items of a block."""
    if block.items.size == sizes.size:
        return slice(None)
    start = np.cumsum(sizes - 1) - (sizes - 1)
    return np.concatenate([np.arange(start[j], start[j] + sizes[j] - 1) for j in block.items])


def _block_expectation(
    block: Block,
    *,
    relative: NDArray[np.floating],
    lowest: NDArray[np.floating],
    sizes: NDArray[np.int64],
    log_priors: NDArray[np.floating],
    weights: NDArray[np.float64] | None,
    visit: Visit | None = None,
) -> _Part:
    dtype = relative.dtype.type
    steps, floor = relative[_columns(block, sizes)].T, lowest[block.items]
    base = floor.sum(axis=0) + log_priors[block.group]
    here = sizes[block.items]
    above = np.zeros(steps.shape)
    missing = np.zeros((base.size, block.items.size))
    people = np.zeros(base.size)
    log_likelihood = 0.0
    for rows in block.chunks():
        values = block.categories[rows]
        complete = rows.start < block.complete
        chosen = indicator_columns(values, here, dtype)
        posterior = steps @ chosen.T
        if not complete:
            absent = (values < 0).astype(dtype)
            posterior -= floor.T @ absent.T
        marginal = posterior_columns(posterior, base)
        if visit is not None:
            visit(block, rows, chosen, posterior)
        if weights is None:
            log_likelihood += float(marginal.sum(dtype=np.float64))
        else:
            share = weights[block.persons[rows]]
            log_likelihood += float(share @ marginal)
            posterior *= share.astype(dtype)
        above += posterior @ chosen
        people += posterior.sum(axis=1)
        if not complete:
            missing += posterior @ absent
    return _Part(above.T, missing.T, people, log_likelihood)
