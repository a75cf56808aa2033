"""Models that divide by a total: ``P_k = exp(s_k theta + d_k) / sum_m exp(s_m theta + d_m)`` with ``s_0 = d_0 = 0``.

Nominal response model (Bock 1972): a slope and an intercept for every category above the lowest. Generalised partial
credit model (Muraki 1992): ``s_k = k a``; partial credit model (Masters 1982): ``a = 1``. Their boundaries are
``b_k = (d_{k-1} - d_k) / a``. These are multinomial logits, so the log-likelihood of an item is concave given theta and
its second derivative does not depend on the answers.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from workbench.psychometrics.irt.families.family import SMALLEST, Curves, Family, ThetaTerms

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Nominal", "PartialCredit"]


class DivideByTotal(Family):
    """What the two models share."""

    @abstractmethod
    def category_slopes(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return s_k of each category, shape (items, categories)."""

    @abstractmethod
    def design(self, categories: int, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivative of s_k theta + d_k by each parameter, shape (parameters, categories, nodes)."""

    def intercepts(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return d_k of each category, shape (items, categories)."""
        slopes = self.category_slopes(parameters)
        above = slopes.shape[1] - 1
        return np.concatenate([np.zeros((parameters.shape[0], 1)), parameters[:, -above:]], axis=1)

    @override
    def probabilities(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> NDArray[np.float64]:
        z = self.category_slopes(parameters)[..., None] * theta + self.intercepts(parameters)[..., None]
        z -= z.max(1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(1, keepdims=True)
        return np.maximum(z, SMALLEST)

    @override
    def curves(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> Curves:
        probability = self.probabilities(parameters, theta)
        design = self.design(probability.shape[1], theta)
        mean = np.einsum("ikq,pkq->ipq", probability, design)
        return Curves(probability, probability[:, None] * (design[None] - mean[:, :, None]))

    @override
    def negative_hessian(
        self, parameters: NDArray[np.float64], theta: NDArray[np.float64], counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        probability = self.probabilities(parameters, theta)
        design = self.design(probability.shape[1], theta)
        mean = np.einsum("ikq,pkq->ipq", probability, design)
        people = counts.sum(1)
        second = np.einsum("ikq,pkq,rkq,iq->ipr", probability, design, design, people, optimize=True)
        result: NDArray[np.float64] = second - np.einsum("ipq,irq,iq->ipr", mean, mean, people, optimize=True)
        return result

    @override
    def moved(self, values: NDArray[np.float64], slope: float, intercept: float) -> NDArray[np.float64]:
        """Return the parameters of one item on another metric."""
        result = values.copy()
        above = self.category_slopes(values[None])[0, 1:] / slope
        result[: values.size - above.size] /= slope
        result[-above.size :] = values[-above.size :] - above * intercept
        return result

    @override
    def theta_terms(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> ThetaTerms:
        probability = self.probabilities(parameters, theta)
        slopes = self.category_slopes(parameters)[..., None]
        score = slopes - (probability * slopes).sum(1, keepdims=True)
        information = (probability * score**2).sum(1)
        # P'' / P = score^2 - information, so that Warm's term is the third central moment of the slopes.
        return ThetaTerms(score, information, (probability * score**3).sum(1))


class PartialCredit(DivideByTotal):
    """Generalised partial credit model; with the slope fixed at one, the partial credit model."""

    @override
    def start(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate([[0.7], np.log(shares[1:] / shares[0])])

    @override
    def category_slopes(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = parameters[:, :1] * np.arange(parameters.shape[1])
        return result

    @override
    def design(self, categories: int, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        result = np.zeros((categories, categories, theta.size))
        result[0] = np.arange(categories)[:, None] * theta
        for k in range(1, categories):
            result[k, k] = 1.0
        return result


class Nominal(DivideByTotal):
    """Nominal response model: slopes of the higher categories, then their intercepts."""

    @override
    def size(self, categories: int) -> int:
        return 2 * (categories - 1)

    @override
    def slopes(self, categories: int) -> int:
        return categories - 1

    @override
    def start(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        above = shares.size - 1
        return np.concatenate([np.arange(1, above + 1) / max(above, 1), np.log(shares[1:] / shares[0])])

    @override
    def category_slopes(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        above = parameters.shape[1] // 2
        return np.concatenate([np.zeros((parameters.shape[0], 1)), parameters[:, :above]], axis=1)

    @override
    def design(self, categories: int, theta: NDArray[np.float64]) -> NDArray[np.float64]:
        above = categories - 1
        result = np.zeros((2 * above, categories, theta.size))
        for k in range(1, categories):
            result[k - 1, k] = theta
            result[above + k - 1, k] = 1.0
        return result

    @override
    def turned(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        result = values.copy()
        result[: values.size // 2] *= -1
        return result

    @override
    def direction(self, values: NDArray[np.float64]) -> float:
        slopes = np.concatenate([[0.0], values[: values.size // 2]])
        order = np.arange(slopes.size) - (slopes.size - 1) / 2
        return float((order * slopes).sum() / (order**2).sum())
