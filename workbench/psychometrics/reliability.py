"""Reliability of a sum score.

Sources: Cronbach (1951) alpha with the interval of Feldt (1965); Guttman (1945) lambda-2 and lambda-6; McDonald (1999)
omega; Spearman (1910) and Brown (1910) split half.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.dimensionality.likelihood import likelihood_factors
from workbench.psychometrics.intervals import Z, feldt
from workbench.psychometrics.matrix import as_numbers
from workbench.psychometrics.scored import pairwise_moments, scored_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Reliability", "alpha_if_deleted", "alpha_of", "empirical_reliability", "reliability"]


@dataclass(frozen=True)
class Reliability:
    """Reliability of a sum score.

    Attributes
    ----------
    n : int
        People with every answer.
    items : int
    alpha, alpha_low, alpha_high : float
        Coefficient alpha with Feldt's 95 % interval.
    lambda2, lambda6 : float
        Guttman's bounds from the covariance matrix; lambda-6 is NaN where that matrix is singular.
    omega : float
        McDonald's omega of one maximum-likelihood factor on the correlations; NaN for fewer than three items or where
        an item does not vary.
    split_half : float
        Odd against even items, stepped up by Spearman and Brown; NaN where a half does not vary.
    sem : float
        Standard error of measurement in score points, ``sd * sqrt(1 - alpha)``.
    """

    n: int
    items: int
    alpha: float
    alpha_low: float
    alpha_high: float
    lambda2: float
    lambda6: float
    omega: float
    split_half: float
    sem: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        return pd.DataFrame([asdict(self)])


def reliability(scored: object) -> Reliability:
    """Return reliability coefficients of the sum score.

    Covariances and correlations are those of the people who answered both items of a pair; the standard deviation of
    the total, and the number of people for the interval of alpha, are those of the people with every answer.

    Parameters
    ----------
    scored : frame or array, persons x items
        Item scores; missing cells empty or NaN.

    Returns
    -------
    Reliability

    Raises
    ------
    ValueError
        On text, infinite values, fewer than three people with every answer, fewer than two items, or a total without
        variation.
    """
    table = scored_table(scored)
    n, k = table.complete.shape
    covariance, correlation = pairwise_moments(table)
    total = float(covariance.sum())
    alpha = alpha_of(covariance)
    low, high = feldt(alpha, n, k)
    off = covariance - np.diag(np.diag(covariance))
    halves = np.array([[1.0, 0.0] if j % 2 == 0 else [0.0, 1.0] for j in range(k)])
    first, between, _between, second = (halves.T @ covariance @ halves).ravel()
    r = between / np.sqrt(first * second) if first > 0 and second > 0 else float("nan")
    return Reliability(
        n=n,
        items=k,
        alpha=alpha,
        alpha_low=low,
        alpha_high=high,
        lambda2=float((off.sum() + np.sqrt(k / (k - 1) * (off**2).sum())) / total) if total > 0 else float("nan"),
        lambda6=_lambda6(covariance),
        omega=_omega(correlation),
        split_half=float(2 * r / (1 + r)) if r > -1 else float("nan"),
        sem=float(table.complete.sum(axis=1).std(ddof=1) * np.sqrt(max(1 - alpha, 0.0))),
    )


def empirical_reliability(theta: object, se: object) -> tuple[float, float, float]:
    """Return the reliability of posterior means in one group of people, with its 95 % interval.

    The variance of the means over itself plus the mean squared error (du Toit 2003; `empirical_rxx` of R mirt). The
    interval is that of the variance on the log scale, standard error ``sqrt(2 / (n - 1))``: the mean squared error is
    known far better.

    Parameters
    ----------
    theta, se : array of float, shape (persons,)
        Means and standard deviations of the posteriors.

    Returns
    -------
    point, low, high : float
        NaN for a single person.

    Raises
    ------
    ValueError
        When shapes differ or a number is not finite, or an error is not positive.
    """
    means, errors = (np.atleast_1d(as_numbers(values)).astype(float) for values in (theta, se))
    fine = means.ndim == 1 and means.shape == errors.shape and means.size > 0 and np.isfinite([means, errors]).all()
    if not fine or (errors <= 0).any():
        raise ValueError(_("Theta dan galat baku harus sepanjang sama, terhingga, dan galatnya positif."))
    if means.size < 2:
        return float("nan"), float("nan"), float("nan")
    variance, error = float(means.var(ddof=1)), float((errors**2).mean())
    spread = float(np.exp(Z * np.sqrt(2 / (means.size - 1))))
    return variance / (variance + error), variance / (variance + error * spread), variance / (variance + error / spread)


def alpha_of(covariance: NDArray[np.float64]) -> float:
    """Return coefficient alpha of a covariance matrix; NaN where the total does not vary."""
    k = covariance.shape[0]
    total = float(covariance.sum())
    return float(k / (k - 1) * (1 - np.trace(covariance) / total)) if total > 0 and k > 1 else float("nan")


def alpha_if_deleted(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return alpha of the other items, for each item; NaN where fewer than two are left."""
    k = covariance.shape[0]
    kept = ~np.eye(k, dtype=bool)
    return np.array([alpha_of(covariance[np.ix_(kept[j], kept[j])]) for j in range(k)])


def _lambda6(covariance: NDArray[np.float64]) -> float:
    """One minus the residual variances of each item given the others, over the variance of the total."""
    if np.linalg.matrix_rank(covariance, hermitian=True) < covariance.shape[0]:
        return float("nan")
    residual = 1 / np.diag(np.linalg.inv(covariance))
    total = float(covariance.sum())
    return float(1 - residual.sum() / total) if total > 0 and (residual > 0).all() else float("nan")


def _omega(correlation: NDArray[np.float64]) -> float:
    """McDonald's omega total of one maximum-likelihood factor on correlations."""
    if correlation.shape[0] < 3 or np.isnan(correlation).any():
        return float("nan")
    loadings, uniquenesses = likelihood_factors(correlation, 1)
    common = float(loadings.sum() ** 2)
    return common / (common + float(uniquenesses.sum()))
