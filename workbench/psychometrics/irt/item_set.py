"""The items of one calibration: each with its model, arranged in batches that are computed at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.psychometrics.irt.families import model_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.families import Family, Model, ThetaTerms

    Parameters: TypeAlias = Sequence[NDArray[np.float64]]

__all__ = ["Batch", "ItemSet"]


@dataclass(frozen=True)
class Batch:
    """Items of one family with the same number of categories.

    Attributes
    ----------
    family : Family
    categories : int
    items : ndarray of int
        Places of the items in the set.
    """

    family: Family
    categories: int
    items: NDArray[np.int64]


@dataclass(frozen=True)
class ItemSet:
    """Models and numbers of categories of a list of items.

    Attributes
    ----------
    models : tuple of Model
    categories : tuple of int
    """

    models: tuple[Model, ...]
    categories: tuple[int, ...]

    @classmethod
    def of(cls, names: Sequence[str], categories: Sequence[int]) -> ItemSet:
        """Make a set from names of models."""
        return cls(tuple(model_of(name) for name in names), tuple(int(k) for k in categories))

    def __len__(self) -> int:
        return len(self.models)

    def part(self, items: Sequence[int] | NDArray[np.int64]) -> ItemSet:
        """Return the set of some of the items."""
        return ItemSet(tuple(self.models[j] for j in items), tuple(self.categories[j] for j in items))

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Number of parameters of each item."""
        return np.array([m.family.size(k) for m, k in zip(self.models, self.categories, strict=True)], dtype=np.int64)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Number of categories of each item, as an array."""
        return np.array(self.categories, dtype=np.int64)

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """Items grouped by family and number of categories."""
        found: dict[tuple[int, int], list[int]] = {}
        for j, (model, k) in enumerate(zip(self.models, self.categories, strict=True)):
            found.setdefault((id(model.family), k), []).append(j)
        return tuple(Batch(self.models[items[0]].family, k, np.array(items)) for (_family, k), items in found.items())

    @cached_property
    def common_slope(self) -> NDArray[np.int64]:
        """Items that share one slope (1PL)."""
        return np.array([j for j, m in enumerate(self.models) if m.slope == "common"], dtype=np.int64)

    def _by_batch(self, parameters: Parameters) -> Iterator[tuple[Batch, NDArray[np.float64]]]:
        for batch in self.batches:
            yield batch, np.stack([parameters[j] for j in batch.items])

    def probabilities_by_batch(
        self, parameters: Parameters, theta: NDArray[np.float64]
    ) -> Iterator[tuple[Batch, NDArray[np.float64]]]:
        """Yield each batch with its category probabilities, shape (items, categories, nodes)."""
        for batch, values in self._by_batch(parameters):
            yield batch, batch.family.probabilities(values, theta)

    def probabilities(self, parameters: Parameters, theta: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the category probabilities of each item, shape (categories, nodes)."""
        result: list[NDArray[np.float64]] = [np.empty(0)] * len(self)
        for batch, tables in self.probabilities_by_batch(parameters, theta):
            for j, table in zip(batch.items, tables, strict=True):
                result[j] = table
        return result

    def scores(self, parameters: Parameters, theta: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the derivative of each log-probability by each parameter, shape (parameters, categories, nodes)."""
        result: list[NDArray[np.float64]] = [np.empty(0)] * len(self)
        for batch, values in self._by_batch(parameters):
            curves = batch.family.curves(values, theta)
            tables = curves.first / curves.probability[:, None]
            for j, table in zip(batch.items, tables, strict=True):
                result[j] = table
        return result

    def negative_hessians(
        self, parameters: Parameters, theta: NDArray[np.float64], counts: Parameters
    ) -> list[NDArray[np.float64]]:
        """Return minus the second derivative of each item's expected complete-data log-likelihood."""
        result: list[NDArray[np.float64]] = [np.empty(0)] * len(self)
        for batch, values in self._by_batch(parameters):
            table = np.stack([counts[j] for j in batch.items])
            for j, block in zip(batch.items, batch.family.negative_hessian(values, theta, table), strict=True):
                result[j] = block
        return result

    def theta_terms(
        self, parameters: Parameters, theta: NDArray[np.float64]
    ) -> tuple[list[NDArray[np.float64]], NDArray[np.float64], NDArray[np.float64]]:
        """Return derivatives by theta (categories, nodes) an item; information and Warm's term (items, nodes)."""
        scores: list[NDArray[np.float64]] = [np.empty(0)] * len(self)
        information = np.empty((len(self), theta.size))
        bias = np.empty((len(self), theta.size))
        for batch, values in self._by_batch(parameters):
            terms: ThetaTerms = batch.family.theta_terms(values, theta)
            information[batch.items], bias[batch.items] = terms.information, terms.bias
            for j, table in zip(batch.items, terms.score, strict=True):
                scores[j] = table
        return scores, information, bias
