"""The rule applied to draws from everybody's posterior, and the answers counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.talent.draws import normal_draws, person_shifts
from workbench.talent.levels import category_of
from workbench.talent.normal_path import NormalPath
from workbench.talent.shared import draw_shared_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.talent.axes import Rule
    from workbench.talent.posterior import Posterior
    from workbench.talent.shared import SharedErrors

__all__ = ["MORE", "OPEN", "Counts", "Drawn", "Tally", "count", "draw"]

CHUNK = 1024
# Sides of the pool line that the first draws leave open are counted again with more draws.
OPEN = (0.02, 0.98)
MORE = 4
# Sides of the pool line that the normal path leaves open are drawn; docs/methods/nine-probabilities.md has the figures.
CERTAIN = 0.005


@dataclass(frozen=True)
class Tally:
    """How many people of each group stand in each box in each of the first draws.

    Attributes
    ----------
    group : ndarray of int, shape (n,)
        Group of each person; -1 for a person who is not counted.
    people : ndarray, shape (draws, groups, 9)
    """

    group: NDArray[np.int64]
    people: NDArray[np.float64]

    def add(self, rows: NDArray[np.int64], box: NDArray[np.int8]) -> None:
        """Count the boxes of some people, shape (n, draws)."""
        here = self.group[rows] >= 0
        draw = np.arange(self.people.shape[0])
        np.add.at(self.people, (draw[None, :], self.group[rows[here]][:, None], box[here].astype(np.intp) - 1), 1.0)

    def add_expected(self, rows: NDArray[np.int64], probabilities: NDArray[np.float64]) -> None:
        """Add people who were not drawn by their probabilities, the same in every draw."""
        here = self.group[rows] >= 0
        total = np.zeros(self.people.shape[1:])
        np.add.at(total, self.group[rows[here]], probabilities[here])
        self.people[:] += total


@dataclass(frozen=True)
class Counts:
    """What the draws say about each person.

    Attributes
    ----------
    boxes : ndarray, shape (n, 9)
        Share of draws in boxes 1 to 9.
    categories : ndarray, shape (n, categories)
        Share of draws in each category of JPM.
    potensial, kinerja : ndarray, shape (n, 2)
        Mean and standard deviation over draws.
    draws : ndarray of float, shape (n,)
        How many draws a person had, less where draws count unequally; none where the normal path was certain.
    """

    boxes: NDArray[np.float64]
    categories: NDArray[np.float64]
    potensial: NDArray[np.float64]
    kinerja: NDArray[np.float64]
    draws: NDArray[np.float64]

    @classmethod
    def empty(cls, n: int, categories: int) -> Counts:
        """Return room for n people."""
        return cls(np.zeros((n, 9)), np.zeros((n, categories)), np.zeros((n, 2)), np.zeros((n, 2)), np.zeros(n))


def count(
    rule: Rule,
    posterior: Posterior,
    draws: int,
    seed: int,
    *,
    shared_errors: bool,
    tally: Tally | None = None,
    only_open: bool = False,
) -> Counts:
    """Apply the rule to draws of everybody; who is near the pool line gets four times as many.

    Parameters
    ----------
    rule : Rule
    posterior : Posterior
        Of the people of the rule, in their order.
    draws, seed : int
    shared_errors : bool
    tally : Tally, optional
        Is filled with the people in each box by draw.
    only_open : bool
        Draw only people whose side of the pool line the normal path leaves open; the others keep its probabilities.

    Returns
    -------
    Counts
    """
    n = posterior.participant_id.size
    result = Counts.empty(n, len(rule.policy.categories.categories))
    drawn = np.arange(n)
    shared = draw_shared_errors(rule.bank, rule.scales, draws, seed) if shared_errors else None
    pool = [box - 1 for box in rule.policy.boxes.pool]
    if only_open:
        _by_normal_path(result, rule, posterior, shared)
        p_pool = result.boxes[:, pool].sum(axis=1)
        certain = ((p_pool < CERTAIN) | (p_pool > 1 - CERTAIN)) & ~posterior.skewed(rule.scales)
        drawn = np.flatnonzero(~certain)
        if tally is not None:
            rest = np.flatnonzero(certain)
            tally.add_expected(rest, result.boxes[rest])
    _count(result, drawn, rule, posterior, draws, seed, shared, tally)
    p_pool = result.boxes[drawn][:, pool].sum(axis=1)
    undecided = drawn[(p_pool > OPEN[0]) & (p_pool < OPEN[1])]
    # Counted afresh, not added to: whoever is chosen by the first draws would otherwise keep their accident.
    _count(result, undecided, rule, posterior, MORE * draws, seed, shared, None)
    return result


def _by_normal_path(result: Counts, rule: Rule, posterior: Posterior, shared: SharedErrors | None) -> None:
    """Fill every row from the normal path."""
    columns = [posterior.scales.index(s) for s in rule.scales]
    size = len(columns)
    path = NormalPath(rule, np.zeros((size, size)) if shared is None else shared.covariance(rule.scales, rule.cuts))
    for part in posterior.chunks():
        rows = np.arange(part.start, part.stop)
        mean, covariance = posterior.moments(part)
        placed = path.place(rows, mean[:, columns], covariance[:, columns][:, :, columns])
        result.boxes[rows], result.categories[rows] = placed.boxes, placed.categories
        result.potensial[rows], result.kinerja[rows] = placed.potensial, placed.kinerja


def _count(
    result: Counts,
    who: NDArray[np.int64],
    rule: Rule,
    posterior: Posterior,
    draws: int,
    seed: int,
    shared: SharedErrors | None,
    tally: Tally | None,
) -> None:
    """Count the draws of some of the people, chunk by chunk, into their rows of the result."""
    for part in draw(rule, posterior, who, draws, seed, shared=shared):
        rows, weights = part.rows, part.weights
        if tally is not None:
            tally.add(rows, part.box)
        for b in range(1, 10):
            result.boxes[rows, b - 1] = _mean(part.box == b, weights)
        category = category_of(
            rule.jpm_of(rule.policy.competency_instrument, part.levels, rows, printed=True), rule.policy.categories
        )
        for c in range(result.categories.shape[1]):
            result.categories[rows, c] = _mean(category == c, weights)
        result.potensial[rows] = _moments(part.potensial, weights)
        result.kinerja[rows] = (
            _moments(part.kinerja, weights)
            if part.kinerja.ndim > 1
            else np.stack([part.kinerja, np.zeros_like(part.kinerja)], axis=1)
        )
        result.draws[rows] = draws if weights is None else 1 / (weights**2).sum(axis=1)


@dataclass(frozen=True)
class Drawn:
    """Draws of some of the people and what the rule says of each.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
    theta : ndarray, shape (n, scales, draws)
        From each person's posterior, without the error that is common to everybody.
    levels : mapping of str to ndarray of int8, shape (n, draws)
    box : ndarray of int8, shape (n, draws)
    potensial, kinerja : ndarray, shape (n, draws)
        Points; kinerja (n,) where nothing of it is drawn.
    weights : ndarray, shape (n, draws), or None
        How much each draw counts, summing to one a person; None where all count alike.
    """

    rows: NDArray[np.int64]
    theta: NDArray[np.float32]
    levels: Mapping[str, NDArray[np.int8]]
    box: NDArray[np.int8]
    potensial: NDArray[np.float64]
    kinerja: NDArray[np.float64]
    weights: NDArray[np.float64] | None


def draw(
    rule: Rule, posterior: Posterior, who: NDArray[np.int64], draws: int, seed: int, *, shared: SharedErrors | None
) -> Iterator[Drawn]:
    """Apply the rule to draws of some of the people, chunk by chunk.

    A person's draws depend on the person, the number of draws and the seed, and on nobody else.

    Parameters
    ----------
    rule : Rule
    posterior : Posterior
        Of the people of the rule, in their order.
    who : ndarray of int
        Rows of these people.
    draws, seed : int
    shared : SharedErrors, optional
        Of a number of draws of which `draws` is a multiple.

    Yields
    ------
    Drawn
    """
    scales = rule.scales
    columns = [posterior.scales.index(s) for s in scales]
    errors = None if shared is None else shared.repeated(draws)
    # The error of the kinerja record has a dimension of its own.
    dimensions = len(scales) + (rule.record_error is not None)
    size = max(1, CHUNK * 200 // draws)
    for start in range(0, who.size, size):
        rows = who[start : start + size]
        mean, covariance = posterior.moments(rows)
        factor = np.linalg.cholesky(covariance[:, columns][:, :, columns]).astype(np.float32)
        z = normal_draws(person_shifts(posterior.participant_id[rows], seed, dimensions), draws)
        own = factor @ z[:, : len(scales)] + mean[:, columns].astype(np.float32)[:, :, None]
        weights = posterior.weights(rows, columns, own)
        drawn = own
        if errors is not None:
            drawn = own + np.stack([errors.theta[s] for s in scales]).astype(np.float32)
        theta = {scale: drawn[:, j] for j, scale in enumerate(scales)}
        levels = rule.levels(theta, None if errors is None else errors.cuts)
        record = z[:, -1] if rule.record_error is not None else None
        box, potensial, kinerja = rule.place(theta, levels, rows, record)
        yield Drawn(rows, own, levels, box, potensial, kinerja, weights)


def _mean(values: NDArray[np.bool_], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    # Weights sum to one only up to rounding, and a probability is none above it.
    result: NDArray[np.float64] = (
        values.mean(axis=1) if weights is None else np.minimum((values * weights).sum(axis=1), 1.0)
    )
    return result


def _moments(values: NDArray[np.float64], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return mean and standard deviation over draws, shape (n, 2)."""
    if weights is None:
        return np.stack([values.mean(axis=1), values.std(axis=1)], axis=1)
    mean = (values * weights).sum(axis=1)
    spread = np.sqrt((weights * (values - mean[:, None]) ** 2).sum(axis=1))
    return np.stack([mean, spread], axis=1)
