"""What standard errors lose because theta is not seen: the sum over people of E[S S'] - E[S] E[S]'.

S is a person's score: the derivative of the log-likelihood of the answers given theta by the parameters of the items,
and of the log-density of theta by mean and standard deviation of the group. Two-category graded items have a score that
is linear in answer and theta, so that sums over nodes can be taken before sums over people; other items go node by
node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from workbench.psychometrics.irt.families.graded import Graded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.blocks import Block
    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = ["LostInformation", "lost_information"]

# Nodes that hold less than this share of a chunk add nothing that single precision could keep.
NEGLIGIBLE = 1e-7


class LostInformation(Protocol):
    """Adds up what one block of people loses, chunk by chunk."""

    def add(self, block: Block, part: slice, chosen: NDArray[np.floating], posterior: NDArray[np.floating]) -> None:
        """Add a chunk, as a visitor of the E-step."""

    def total(self) -> NDArray[np.float64]:
        """Return the matrix, shape (p, p): the parameters of each item, then the group's mean and deviation."""


def lost_information(
    items: ItemSet,
    scores: Sequence[NDArray[np.float64]],
    group_score: NDArray[np.float64],
    theta: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
) -> LostInformation:
    """Return the collector that fits the items of a block.

    Parameters
    ----------
    items : ItemSet
        Those of the block.
    scores : sequence of ndarray, one an item, shape (parameters, categories, nodes)
        Derivatives of the log-probabilities.
    group_score : ndarray, shape (2, nodes)
    theta : ndarray, shape (nodes,)
    weights : ndarray, shape (persons,), optional
    """
    if all(isinstance(model.family, Graded) for model in items.models) and (items.counts == 2).all():
        return _TwoCategories(scores, group_score, theta, weights)
    return _AnyCategories(scores, group_score, weights)


class _TwoCategories:
    """With x the answer, m whether the item was taken and P its curve, an item's score is ``(x - m P) (theta, 1)``.

    Written with a = 1 - m (absent), every sum over people and nodes but one needs cross products of people alone,
    weighted with posterior moments; the one left, of a with a, goes node by node and only where answers are missing.
    """

    def __init__(
        self,
        scores: Sequence[NDArray[np.float64]],
        group_score: NDArray[np.float64],
        theta: NDArray[np.float64],
        weights: NDArray[np.float64] | None,
    ) -> None:
        items, nodes = len(scores), theta.size
        self.curve = -np.stack([score[1, 0] for score in scores])
        self.group_score, self.weights = group_score, weights
        self.powers = np.stack([np.ones(nodes), theta, theta**2])
        self.tables = np.ascontiguousarray((self.powers[:, None] * self.curve).reshape(-1, nodes).T, dtype=np.float32)
        # Cross products with positive weights are taken as A'A, which costs half; theta itself may be negative, so its
        # moment comes from ((theta + 1)^2 - theta^2 - 1) / 2.
        self.squares = np.stack([np.ones(nodes), theta**2, (theta + 1) ** 2]).astype(np.float32)
        self.answers = np.zeros((3, items, items))  # x x' E[square]
        self.gaps = np.zeros((3, items, items))  # x a' E[theta^t P']
        self.both_absent = np.zeros((nodes, items, items))  # a a' at each node
        self.counts = np.zeros((items, nodes))
        self.absent = np.zeros((items, nodes))
        self.people = np.zeros(nodes)
        self.means = np.zeros((2 * items + 2, 2 * items + 2))

    def add(self, block: Block, part: slice, chosen: NDArray[np.floating], posterior: NDArray[np.floating]) -> None:
        """Add a chunk."""
        n, items = chosen.shape
        share = None if self.weights is None else self.weights[block.persons[part]].astype(np.float32)
        weighted = posterior if share is None else posterior * share
        absent = None if part.start < block.complete else (block.categories[part] < 0).astype(np.float32)
        # E[P], E[theta P] and, needed only where answers are missing, E[theta^2 P] of each person, side by side.
        expected = posterior.T @ self.tables[:, : items * (2 if absent is None else 3)]
        mean_theta = self.powers[1].astype(np.float32) @ posterior
        mean = np.empty((n, 2 * items + 2), dtype=np.float32)
        for first, theta in ((0, None), (items, mean_theta)):
            value = expected[:, first : first + items]
            lacking = value if absent is None else value * (1 - absent)
            mean[:, first : first + items] = (chosen if theta is None else chosen * theta[:, None]) - lacking
        mean[:, 2 * items :] = (self.group_score.astype(np.float32) @ posterior).T
        if share is not None:
            mean *= np.sqrt(share)[:, None]
        self.means += mean.T @ mean
        for index, root in enumerate(np.sqrt(self.squares @ weighted)):
            scaled = chosen * root[:, None]
            self.answers[index] += scaled.T @ scaled
        self.counts += (weighted @ chosen).T
        self.people += weighted.sum(axis=1)
        if absent is None:
            return
        self.absent += (weighted @ absent).T
        for power in range(3):
            value = expected[:, power * items : (power + 1) * items]
            self.gaps[power] += chosen.T @ (absent * (value if share is None else value * share[:, None]))
        for q in _nodes_with_people(weighted):
            self.both_absent[q] += (absent * weighted[q][:, None]).T @ absent

    def total(self) -> NDArray[np.float64]:
        """Return the matrix."""
        items = self.curve.shape[0]
        result = -self.means
        right, left = slice(0, items), slice(items, 2 * items)  # intercepts, slopes
        ones, squares, shifted = self.answers
        answers = (ones, (shifted - squares - ones) / 2, squares)
        for power, places in ((2, ((left, left),)), (1, ((left, right), (right, left))), (0, ((right, right),))):
            weight = self.powers[power]
            taken = (self.counts * weight) @ self.curve.T - self.gaps[power]
            halves = (self.curve * (self.people / 2 - self.absent) * weight) @ self.curve.T
            cross = answers[power] - taken - taken.T + halves + halves.T
            if self.absent.any():
                cross += np.einsum("jq,lq,qjl->jl", self.curve * weight, self.curve, self.both_absent)
            for rows, columns in places:
                result[rows, columns] += cross
        residual = self.counts - self.curve * (self.people - self.absent)
        for rows, power in ((left, 1), (right, 0)):
            value = (residual * self.powers[power]) @ self.group_score.T
            result[rows, 2 * items :] += value
            result[2 * items :, rows] += value.T
        result[2 * items :, 2 * items :] += (self.group_score * self.people) @ self.group_score.T
        order = np.concatenate([np.arange(2 * items).reshape(2, items)[::-1].T.ravel(), [2 * items, 2 * items + 1]])
        lost: NDArray[np.float64] = result[np.ix_(order, order)]
        return lost


class _AnyCategories:
    """Items with any number of categories: cross products of the categories chosen, node by node."""

    def __init__(
        self,
        scores: Sequence[NDArray[np.float64]],
        group_score: NDArray[np.float64],
        weights: NDArray[np.float64] | None,
    ) -> None:
        self.group_score, self.weights = group_score, weights
        parameters = [score.shape[0] for score in scores]
        starts = np.concatenate([[0], np.cumsum(parameters)]).astype(int)
        self.spans = [slice(int(start), int(start) + size) for start, size in zip(starts, parameters, strict=False)]
        self.size = int(starts[-1]) + 2
        # One table an item, (nodes, categories * parameters), for the mean score of whoever chose a category.
        self.tables = [
            np.ascontiguousarray(score.transpose(2, 1, 0).reshape(score.shape[2], -1), dtype=np.float32)
            for score in scores
        ]
        # Row 0: score of somebody in the lowest category everywhere; then what each higher category adds to it; then
        # what a missing answer takes away.
        above = sum(score.shape[1] - 1 for score in scores)
        self.rows = np.zeros((group_score.shape[1], 1 + above + len(scores), self.size), dtype=np.float32)
        self.rows[:, 0, -2:] = group_score.T
        row = 1
        for j, (score, span) in enumerate(zip(scores, self.spans, strict=True)):
            self.rows[:, 0, span] = score[:, 0].T
            for category in range(1, score.shape[1]):
                self.rows[:, row, span] = (score[:, category] - score[:, 0]).T
                row += 1
            self.rows[:, 1 + above + j, span] = -score[:, 0].T
        self.result = np.zeros((self.size, self.size))

    def add(self, block: Block, part: slice, chosen: NDArray[np.floating], posterior: NDArray[np.floating]) -> None:
        """Add a chunk."""
        values = block.categories[part]
        share = None if self.weights is None else self.weights[block.persons[part]].astype(np.float32)
        weighted = posterior if share is None else posterior * share
        mean = self._mean_scores(values, posterior)
        if share is not None:
            mean *= np.sqrt(share)[:, None]
        self.result -= mean.T @ mean
        parts = [np.ones((len(values), 1), dtype=np.float32), chosen]
        if part.start >= block.complete:
            parts.append((values < 0).astype(np.float32))
        answers = np.concatenate(parts, axis=1)
        for q in _nodes_with_people(weighted):
            cross = (answers * weighted[q][:, None]).T @ answers
            rows = self.rows[q, : answers.shape[1]]
            self.result += rows.T @ cross @ rows

    def _mean_scores(self, values: NDArray[np.int8], posterior: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the posterior mean of each person's score, shape (n, p)."""
        mean = np.zeros((len(values), self.size), dtype=np.float32)
        mean[:, -2:] = (self.group_score.astype(np.float32) @ posterior).T
        everybody = np.arange(len(values))
        for j, (table, span) in enumerate(zip(self.tables, self.spans, strict=True)):
            by_category = (posterior.T @ table).reshape(len(values), -1, span.stop - span.start)
            answered = values[:, j] >= 0
            mean[:, span] = by_category[everybody, np.maximum(values[:, j], 0)] * answered[:, None]
        return mean

    def total(self) -> NDArray[np.float64]:
        """Return the matrix."""
        return self.result


def _nodes_with_people(weighted: NDArray[np.floating]) -> list[int]:
    mass = weighted.sum(axis=1)
    return np.flatnonzero(mass > NEGLIGIBLE * mass.sum()).tolist()
