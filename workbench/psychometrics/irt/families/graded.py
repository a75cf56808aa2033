"""The graded family: graded response model, with 2PL, 1PL and Rasch as its two-category cases.

Samejima (1969): ``P(X >= k | theta) = 1 / (1 + exp(-(a theta + d_k)))`` with ``d_1 > d_2 > ...``. Two categories give
the two-parameter logistic model, slope one the Rasch model. Parameters: the slope, then the intercepts;
``b_k = -d_k / a``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit
from typing_extensions import override

from workbench.psychometrics.irt.families.family import SMALLEST, Curves, Family, ThetaTerms

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Graded"]


def _cumulative(parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(X >= k) for k = 0..categories, shape (items, categories + 1, nodes)."""
    items, categories = parameters.shape
    result = np.empty((items, categories + 1, theta.size))
    result[:, 0] = 1.0
    result[:, -1] = 0.0
    result[:, 1:-1] = expit(parameters[:, :1, None] * theta + parameters[:, 1:, None])
    return result


class Graded(Family):
    """Graded response model (Samejima 1969)."""

    @override
    def start(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        above = shares[::-1].cumsum()[::-1][1:]
        return np.concatenate([[1.0], 1.2 * np.log(above / (1 - above))])

    @override
    def probabilities(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> NDArray[np.float64]:
        cumulative = _cumulative(parameters, theta)
        return np.maximum(cumulative[:, :-1] - cumulative[:, 1:], SMALLEST)

    @override
    def curves(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> Curves:
        items, categories = parameters.shape
        cumulative = _cumulative(parameters, theta)
        slope = cumulative * (1.0 - cumulative)
        first = np.zeros((items, categories, categories, theta.size))
        first[:, 0] = (slope[:, :-1] - slope[:, 1:]) * theta
        for k in range(1, categories):
            first[:, k, k] = slope[:, k]
            first[:, k, k - 1] = -slope[:, k]
        return Curves(np.maximum(cumulative[:, :-1] - cumulative[:, 1:], SMALLEST), first)

    @override
    def negative_hessian(
        self, parameters: NDArray[np.float64], theta: NDArray[np.float64], counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        items, categories = parameters.shape
        values = self.curves(parameters, theta)
        cumulative = _cumulative(parameters, theta)
        bend = cumulative * (1.0 - cumulative) * (1.0 - 2.0 * cumulative)
        ratio = counts / values.probability
        scaled = values.first * np.sqrt(ratio / values.probability)[:, None]
        flat = scaled.reshape(items, categories, -1)
        result: NDArray[np.float64] = flat @ flat.transpose(0, 2, 1)
        result[:, 0, 0] -= ((bend[:, :-1] - bend[:, 1:]) * ratio * theta**2).sum((1, 2))
        for k in range(1, categories):
            weight = bend[:, k] * (ratio[:, k] - ratio[:, k - 1])
            mixed = (weight * theta).sum(1)
            result[:, 0, k] -= mixed
            result[:, k, 0] -= mixed
            result[:, k, k] -= weight.sum(1)
        return result

    @override
    def theta_terms(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> ThetaTerms:
        cumulative = _cumulative(parameters, theta)
        slope = cumulative * (1.0 - cumulative)
        bend = slope * (1.0 - 2.0 * cumulative)
        a = parameters[:, :1, None]
        first = a * (slope[:, :-1] - slope[:, 1:])
        second = a**2 * (bend[:, :-1] - bend[:, 1:])
        # P'/P = a (1 - P*_k - P*_{k+1}) holds exactly and stays finite where P itself underflows.
        score = a * (1.0 - cumulative[:, :-1] - cumulative[:, 1:])
        return ThetaTerms(score, (first * score).sum(1), (second * score).sum(1))

    @override
    def crossed(self, parameters: NDArray[np.float64], gap: float = 0.0) -> NDArray[np.bool_]:
        return np.asarray((np.diff(parameters[:, 1:], axis=1) >= -gap).any(1))
