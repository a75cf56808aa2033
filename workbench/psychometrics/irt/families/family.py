"""What a family of response models tells the engine: probabilities, derivatives, information, limits.

All functions work on a batch of items of one family with the same number of categories, as one array of shape
(items, parameters), and on a grid of theta. The metric is logistic (D = 1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["INTERCEPT_BOUND", "SLOPE_BOUND", "SMALLEST", "Curves", "Family", "ThetaTerms"]

# Probabilities are kept this far from zero, so that their logarithm stays finite on the outermost nodes.
SMALLEST = 1e-12
SLOPE_BOUND = 15.0
INTERCEPT_BOUND = 40.0


@dataclass(frozen=True)
class Curves:
    """Category probabilities of a batch of items and their derivatives.

    Attributes
    ----------
    probability : ndarray, shape (items, categories, nodes)
    first : ndarray, shape (items, parameters, categories, nodes)
        Derivative of the probability with respect to each parameter.
    """

    probability: NDArray[np.float64]
    first: NDArray[np.float64]


@dataclass(frozen=True)
class ThetaTerms:
    """What scoring needs at each theta.

    Attributes
    ----------
    score : ndarray, shape (items, categories, nodes)
        Derivative of the log probability by theta.
    information : ndarray, shape (items, nodes)
        Fisher information of the item (sum of P'^2 / P).
    bias : ndarray, shape (items, nodes)
        Warm's (1989) term, the sum of P' P'' / P.
    """

    score: NDArray[np.float64]
    information: NDArray[np.float64]
    bias: NDArray[np.float64]


class Family(ABC):
    """A family of response models."""

    def size(self, categories: int) -> int:
        """Return the number of parameters of an item: a slope, and an intercept for each category above the lowest."""
        return categories

    def slopes(self, categories: int) -> int:
        """Return how many of them, the first ones, are slopes."""
        return 1

    @abstractmethod
    def start(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return starting values from the shares of answers in each category."""

    @abstractmethod
    def probabilities(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return category probabilities, shape (items, categories, nodes)."""

    @abstractmethod
    def curves(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> Curves:
        """Return category probabilities and their first derivatives by parameter."""

    @abstractmethod
    def negative_hessian(
        self, parameters: NDArray[np.float64], theta: NDArray[np.float64], counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return minus the second derivative of the expected complete-data log-likelihood.

        Parameters
        ----------
        parameters : ndarray, shape (items, parameters)
        theta : ndarray, shape (nodes,)
        counts : ndarray, shape (items, categories, nodes)
            Expected number of answers in each category at each node.

        Returns
        -------
        ndarray, shape (items, parameters, parameters)
        """

    @abstractmethod
    def theta_terms(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> ThetaTerms:
        """Return derivatives by theta, information and Warm's term."""

    def bounds(self, categories: int) -> NDArray[np.float64]:
        """Return the largest absolute value of each parameter."""
        size, slopes = self.size(categories), self.slopes(categories)
        return np.concatenate([np.full(slopes, SLOPE_BOUND), np.full(size - slopes, INTERCEPT_BOUND)])

    def at_bound(self, parameters: NDArray[np.float64], categories: int) -> NDArray[np.bool_]:
        """Return which parameters of an item, or of a batch, lie at an end of what is permitted."""
        result: NDArray[np.bool_] = np.abs(parameters) >= self.bounds(categories) - 1e-6
        return result

    def crossed(self, parameters: NDArray[np.float64], gap: float = 0.0) -> NDArray[np.bool_]:
        """Return which items of a batch have parameters in an order that the model does not permit."""
        return np.zeros(parameters.shape[0], dtype=bool)

    def turned(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the parameters of one item when theta changes its sign."""
        result = values.copy()
        result[0] = -result[0]
        return result

    def moved(self, values: NDArray[np.float64], slope: float, intercept: float) -> NDArray[np.float64]:
        """Return the parameters of one item when theta becomes ``slope * theta + intercept``."""
        result = values.copy()
        result[0] = values[0] / slope
        result[1:] = values[1:] - result[0] * intercept
        return result

    def direction(self, values: NDArray[np.float64]) -> float:
        """Return the slope of one item; positive when higher categories go with higher theta."""
        return float(values[0])
