"""Maximum-likelihood factors of a correlation matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["likelihood_factors"]

SMALLEST_UNIQUENESS = 0.005


def likelihood_factors(
    correlation: NDArray[np.float64], factors: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unrotated loadings and uniquenesses by maximum likelihood (Joereskog 1967, Psychometrika 32, 443-482).

    For given uniquenesses the best loadings are known from the roots and vectors of the scaled matrix, so that only the
    uniquenesses are searched; they stay above .005.

    Parameters
    ----------
    correlation : ndarray, shape (variables, variables)
        Positive definite.
    factors : int

    Returns
    -------
    loadings : ndarray, shape (variables, factors)
        Factors by size, loadings / sqrt(uniqueness) of different factors orthogonal.
    uniquenesses : ndarray, shape (variables,)
    """
    from scipy.optimize import minimize

    def loadings(unique: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        scale = 1 / np.sqrt(unique)
        roots, vectors = np.linalg.eigh(correlation * np.outer(scale, scale))
        kept = vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(roots[::-1][:factors] - 1, 0.0))
        return kept / scale[:, None], np.maximum(roots[: roots.size - factors], 1e-12)

    def distance(unique: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        table, rest = loadings(unique)
        residual = (table**2).sum(1) + unique - np.diag(correlation)
        return float((rest - np.log(rest) - 1).sum()), residual / unique**2

    alone = 1 / np.diag(np.linalg.pinv(correlation, hermitian=True))
    start = np.clip((1 - 0.5 * factors / correlation.shape[0]) * alone, 0.05, 0.95)
    found = minimize(
        distance,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(SMALLEST_UNIQUENESS, 1.0)] * correlation.shape[0],
        options={"ftol": 1e-16, "gtol": 1e-10, "maxiter": 5000, "maxfun": 50_000},
    )
    return loadings(found.x)[0], found.x
