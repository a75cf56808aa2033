"""The rule applied to draws from everybody's posterior, and the answers counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.talent.draws import normal_draws, person_shifts
from workbench.talent.levels import category_of
from workbench.talent.shared import draw_shared_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.talent.axes import Rule
    from workbench.talent.posterior import Posterior

__all__ = ["OPEN", "Counts", "Drawn", "count", "draw"]

CHUNK = 1024
# Sides of the pool line that the first draws leave open are counted again with more draws.
OPEN = (0.02, 0.98)
MORE = 4


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
    draws : ndarray of int, shape (n,)
        How many draws a person had.
    """

    boxes: NDArray[np.float64]
    categories: NDArray[np.float64]
    potensial: NDArray[np.float64]
    kinerja: NDArray[np.float64]
    draws: NDArray[np.int64]

    @classmethod
    def empty(cls, n: int, categories: int) -> Counts:
        """Return room for n people."""
        return cls(
            np.zeros((n, 9)), np.zeros((n, categories)), np.zeros((n, 2)), np.zeros((n, 2)), np.zeros(n, np.int64)
        )


def count(rule: Rule, posterior: Posterior, draws: int, seed: int, *, shared_errors: bool) -> Counts:
    """Apply the rule to draws of everybody; who is near the pool line gets four times as many.

    Parameters
    ----------
    rule : Rule
    posterior : Posterior
        Of the people of the rule, in their order.
    draws, seed : int
    shared_errors : bool

    Returns
    -------
    Counts
    """
    n = posterior.participant_id.size
    result = Counts.empty(n, len(rule.policy.categories.categories))
    everybody = np.arange(n)
    _count(result, everybody, rule, posterior, draws, seed, shared_errors=shared_errors)
    p_pool = result.boxes[:, [box - 1 for box in rule.policy.boxes.pool]].sum(axis=1)
    undecided = everybody[(p_pool > OPEN[0]) & (p_pool < OPEN[1])]
    # Counted afresh, not added to: whoever is chosen by the first draws would otherwise keep their accident.
    _count(result, undecided, rule, posterior, MORE * draws, seed, shared_errors=shared_errors)
    return result


def _count(
    result: Counts,
    who: NDArray[np.int64],
    rule: Rule,
    posterior: Posterior,
    draws: int,
    seed: int,
    *,
    shared_errors: bool,
) -> None:
    """Count the draws of some of the people, chunk by chunk, into their rows of the result."""
    for part in draw(rule, posterior, who, draws, seed, shared_errors=shared_errors):
        rows, levels, box, potensial, kinerja = part.rows, part.levels, part.box, part.potensial, part.kinerja
        for b in range(1, 10):
            result.boxes[rows, b - 1] = (box == b).mean(axis=1)
        category = category_of(
            rule.jpm_of(rule.policy.competency_instrument, levels, rows, printed=True), rule.policy.categories
        )
        for c in range(result.categories.shape[1]):
            result.categories[rows, c] = (category == c).mean(axis=1)
        result.potensial[rows] = np.stack([potensial.mean(axis=1), potensial.std(axis=1)], axis=1)
        measured = kinerja.ndim > 1
        result.kinerja[rows, 0] = kinerja.mean(axis=1) if measured else kinerja
        result.kinerja[rows, 1] = kinerja.std(axis=1) if measured else 0.0
        result.draws[rows] = draws


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
        Points; kinerja (n,) where it is not measured.
    """

    rows: NDArray[np.int64]
    theta: NDArray[np.float32]
    levels: Mapping[str, NDArray[np.int8]]
    box: NDArray[np.int8]
    potensial: NDArray[np.float64]
    kinerja: NDArray[np.float64]


def draw(
    rule: Rule, posterior: Posterior, who: NDArray[np.int64], draws: int, seed: int, *, shared_errors: bool
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
    shared_errors : bool

    Yields
    ------
    Drawn
    """
    scales = rule.scales
    columns = [posterior.scales.index(s) for s in scales]
    shared = draw_shared_errors(rule.bank, scales, draws, seed) if shared_errors else None
    size = max(1, CHUNK * 200 // draws)
    for start in range(0, who.size, size):
        rows = who[start : start + size]
        mean, covariance = posterior.moments(rows)
        factor = np.linalg.cholesky(covariance[:, columns][:, :, columns]).astype(np.float32)
        shift = person_shifts(posterior.participant_id[rows], seed, len(scales))
        own = factor @ normal_draws(shift, draws) + mean[:, columns].astype(np.float32)[:, :, None]
        drawn = own
        if shared is not None:
            drawn = own + np.stack([shared.theta[s] for s in scales]).astype(np.float32)
        theta = {scale: drawn[:, j] for j, scale in enumerate(scales)}
        levels = rule.levels(theta, None if shared is None else shared.cuts)
        box, potensial, kinerja = rule.place(theta, levels, rows)
        yield Drawn(rows, own, levels, box, potensial, kinerja)
