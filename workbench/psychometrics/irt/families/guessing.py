"""The three-parameter logistic model (Birnbaum 1968): ``P = c + (1 - c) / (1 + exp(-(a theta + d)))``.

Parameters: slope, intercept, and the logit of the lower asymptote c, so that c stays between 0 and 1. A prior on c is
what makes its estimate exist in samples of ordinary size; the default is Beta(5, 17), whose mode is .20.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit
from typing_extensions import override

from workbench.psychometrics.irt.families.family import (
    INTERCEPT_BOUND,
    SLOPE_BOUND,
    SMALLEST,
    Curves,
    Family,
    ThetaTerms,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BetaPrior", "Guessing"]

LOGIT_BOUND = 12.0
# Nothing in any data tells a lower asymptote below .0001 from zero.
LOGIT_OF_ZERO = -9.0


@dataclass(frozen=True)
class BetaPrior:
    """Beta density of the lower asymptote.

    Attributes
    ----------
    alpha, beta : float
        Both at least 1, so that the density has a mode.
    """

    alpha: float = 5.0
    beta: float = 17.0

    def log_density(self, logit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log density of c (without its constant) at the logit of c."""
        result: NDArray[np.float64] = -(self.alpha - 1) * np.logaddexp(0, -logit) - (self.beta - 1) * np.logaddexp(
            0, logit
        )
        return result

    def gradient(self, logit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivative of `log_density` by the logit."""
        c = expit(logit)
        result: NDArray[np.float64] = (self.alpha - 1) * (1 - c) - (self.beta - 1) * c
        return result

    def information(self, logit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return minus the second derivative of `log_density` by the logit."""
        c = expit(logit)
        result: NDArray[np.float64] = (self.alpha + self.beta - 2) * c * (1 - c)
        return result


class Guessing(Family):
    """Three-parameter logistic model."""

    @override
    def size(self, categories: int) -> int:
        return 3

    @override
    def start(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        c = 0.15
        above = min(max((shares[1] - c) / (1 - c), 0.05), 0.95)
        return np.array([1.0, 1.2 * np.log(above / (1 - above)), np.log(c / (1 - c))])

    @override
    def bounds(self, categories: int) -> NDArray[np.float64]:
        return np.array([SLOPE_BOUND, INTERCEPT_BOUND, LOGIT_BOUND])

    @override
    def at_bound(self, parameters: NDArray[np.float64], categories: int) -> NDArray[np.bool_]:
        result = super().at_bound(parameters, categories)
        result[..., 2] |= parameters[..., 2] < LOGIT_OF_ZERO
        return result

    @override
    def moved(self, values: NDArray[np.float64], slope: float, intercept: float) -> NDArray[np.float64]:
        """Return the parameters of one item on another metric; the asymptote stays."""
        return np.array([values[0] / slope, values[1] - values[0] / slope * intercept, values[2]])

    def _terms(
        self, parameters: NDArray[np.float64], theta: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Logistic curve, lower asymptote and probability, each (items, nodes)."""
        logistic = expit(parameters[:, :1] * theta + parameters[:, 1:2])
        c = expit(parameters[:, 2:3])
        return logistic, c, np.clip(c + (1 - c) * logistic, SMALLEST, 1 - SMALLEST)

    @override
    def probabilities(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> NDArray[np.float64]:
        _logistic, _c, p = self._terms(parameters, theta)
        return np.stack([1 - p, p], axis=1)

    @override
    def curves(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> Curves:
        logistic, c, p = self._terms(parameters, theta)
        slope = (1 - c) * logistic * (1 - logistic)
        first = np.stack([slope * theta, slope, c * (1 - c) * (1 - logistic)], axis=1)
        return Curves(np.stack([1 - p, p], axis=1), np.stack([-first, first], axis=2))

    @override
    def negative_hessian(
        self, parameters: NDArray[np.float64], theta: NDArray[np.float64], counts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        logistic, c, p = self._terms(parameters, theta)
        q = 1 - p
        slope = (1 - c) * logistic * (1 - logistic)
        bend = slope * (1 - 2 * logistic)
        asymptote = c * (1 - c)
        first = np.stack([slope * theta, slope, asymptote * (1 - logistic)], axis=1)
        mixed = -asymptote * logistic * (1 - logistic)
        last = asymptote * (1 - 2 * c) * (1 - logistic)
        second = np.empty((parameters.shape[0], 3, 3, theta.size))
        second[:, 0, 0], second[:, 0, 1], second[:, 1, 1] = bend * theta**2, bend * theta, bend
        second[:, 0, 2], second[:, 1, 2], second[:, 2, 2] = mixed * theta, mixed, last
        second[:, 1, 0], second[:, 2, 0], second[:, 2, 1] = second[:, 0, 1], second[:, 0, 2], second[:, 1, 2]
        curvature = counts[:, 1] / p**2 + counts[:, 0] / q**2
        gradient = counts[:, 1] / p - counts[:, 0] / q
        result: NDArray[np.float64] = np.einsum("iaq,ibq,iq->iab", first, first, curvature, optimize=True)
        result -= np.einsum("iabq,iq->iab", second, gradient)
        return result

    @override
    def theta_terms(self, parameters: NDArray[np.float64], theta: NDArray[np.float64]) -> ThetaTerms:
        logistic, c, p = self._terms(parameters, theta)
        a = parameters[:, :1]
        first = a * (1 - c) * logistic * (1 - logistic)
        second = a * first * (1 - 2 * logistic)
        variance = p * (1 - p)
        # P' / Q = a L holds exactly and stays finite where Q underflows.
        score = np.stack([-a * logistic, first / p], axis=1)
        return ThetaTerms(score, first**2 / variance, first * second / variance)
