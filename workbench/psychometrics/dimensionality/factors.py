"""Parallel analysis, exploratory factors and the share of a general factor.

Sources: Horn (1965, Psychometrika 30, 179-185) and Buja and Eyuboglu (1992) for
parallel analysis on permuted columns; Schmid and Leiman (1957, Psychometrika 22, 53-61); Reise (2012, Multivariate
Behavioral Research 47, 667-696) for explained common variance and omega hierarchical.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.dimensionality.correlations import ordered_codes, pairwise_polychoric, smoothed
from workbench.psychometrics.dimensionality.likelihood import likelihood_factors
from workbench.psychometrics.matrix import as_numbers, column_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Bifactor",
    "Factors",
    "efa",
    "parallel_analysis",
    "schmid_leiman",
]

MOST_FACTORS = 5
ROTATIONS = ("oblimin", "varimax", "none")
INVERTIBLE_ROOT = 1e-3  # of a matrix to be factored


@dataclass(frozen=True)
class Factors:
    """An exploratory factor solution.

    Attributes
    ----------
    loadings : pandas.DataFrame
        Variables x factors (pattern loadings where factors are correlated).
    correlations : pandas.DataFrame
        Factors x factors.
    uniquenesses : pandas.Series
    explained : pandas.Series
        Share of the total variance explained by each factor; its sum is the share explained by all.
    rotation : str
    """

    loadings: pd.DataFrame
    correlations: pd.DataFrame
    uniquenesses: pd.Series
    explained: pd.Series
    rotation: str

    def to_frame(self) -> pd.DataFrame:
        """Return loadings and uniquenesses, a row a variable."""
        return self.loadings.assign(uniqueness=self.uniquenesses)


@dataclass(frozen=True)
class Bifactor:
    """A general factor and orthogonal group factors.

    Attributes
    ----------
    loadings : pandas.DataFrame
        Variables x (general, then the groups).
    ecv : float
        Explained common variance: share of the common variance that is the general factor's.
    omega_hierarchical : float
        Share of the variance of the sum score that is the general factor's.
    omega_total : float
        Share that is common.
    """

    loadings: pd.DataFrame
    ecv: float
    omega_hierarchical: float
    omega_total: float

    def to_frame(self) -> pd.DataFrame:
        """Return the three coefficients in one row."""
        return pd.DataFrame(
            [{"ecv": self.ecv, "omega_hierarchical": self.omega_hierarchical, "omega_total": self.omega_total}]
        )


def parallel_analysis(
    scored: object, *, simulations: int = 50, quantile: float = 0.95, seed: int = 0, polychorics: bool = True
) -> pd.DataFrame:
    """Compare eigenvalues of the items with those of the same items without any relation (Horn 1965).

    Each column is permuted over the people who answered it, which keeps its distribution and its missing cells.

    Parameters
    ----------
    scored : frame or array, persons x items
        Ordered categories, NaN where missing.
    simulations : int
        Permutations.
    quantile : float
        Of the permuted eigenvalues that an eigenvalue must exceed.
    seed : int
    polychorics : bool
        Use polychoric correlations; Pearson's of the places of the categories in complete rows otherwise.

    Returns
    -------
    pandas.DataFrame
        factor, eigenvalue, mean, quantile (of the permuted ones), retained: true for the first factors, as long as
        each exceeds its quantile.

    Raises
    ------
    ValueError
        On input that `polychoric` refuses, or fewer than five permutations.
    """
    if simulations < 5 or not 0 < quantile < 1:
        raise ValueError(_("Analisis paralel memerlukan sedikitnya 5 permutasi dan kuantil antara 0 dan 1."))
    codes, names = ordered_codes(scored)
    if not polychorics:
        codes = codes[(codes >= 0).all(1)]
        if codes.shape[0] < 3 or (codes.max(0) == codes.min(0)).any():
            raise ValueError(_("Baris lengkap terlalu sedikit untuk korelasi Pearson; pakai korelasi polikorik."))

    def eigenvalues(table: NDArray[np.int8]) -> NDArray[np.float64]:
        matrix = pairwise_polychoric(table, names) if polychorics else np.corrcoef(table.astype(float), rowvar=False)
        return np.asarray(np.linalg.eigvalsh(matrix)[::-1], dtype=np.float64)

    observed = eigenvalues(codes)
    rng = np.random.default_rng(seed)
    drawn = np.empty((simulations, codes.shape[1]))
    for row in range(simulations):
        shuffled = codes.copy()
        for j in range(codes.shape[1]):
            answered = np.flatnonzero(codes[:, j] >= 0)
            shuffled[answered, j] = codes[rng.permutation(answered), j]
        drawn[row] = eigenvalues(shuffled)
    limit = np.quantile(drawn, quantile, axis=0)
    return pd.DataFrame(
        {
            "factor": np.arange(1, observed.size + 1),
            "eigenvalue": observed,
            "mean": drawn.mean(0),
            "quantile": limit,
            "retained": np.logical_and.accumulate(observed > limit),
        }
    )


def efa(correlation: object, factors: int, rotation: str = "oblimin") -> Factors:
    """Return an exploratory factor solution by maximum likelihood.

    Parameters
    ----------
    correlation : frame or array, items x items
        Positive definite after a small correction: roots of polychoric matrices below .001 are raised to it.
    factors : int
        One to five.
    rotation : str
        ``oblimin`` (direct quartimin), ``varimax`` or ``none``.

    Returns
    -------
    Factors
        Factors by the variance that they explain, each with a positive sum of loadings.

    Raises
    ------
    ValueError
        When the matrix is not a correlation matrix, has too few items for the factors, or the rotation is unknown.
    """
    matrix, names = _correlation_matrix(correlation)
    items = matrix.shape[0]
    if not isinstance(factors, int) or isinstance(factors, bool) or not 1 <= factors <= MOST_FACTORS:
        raise ValueError(_("Jumlah faktor harus bilangan bulat 1 sampai {most}.").format(most=MOST_FACTORS))
    # Ledermann's bound: as many correlations as loadings.
    if items < 3 or (items - factors) ** 2 < items + factors:
        raise ValueError(_("{k} butir terlalu sedikit untuk {n} faktor.").format(k=items, n=factors))
    if rotation not in ROTATIONS:
        raise ValueError(
            _("Rotasi '{name}' tidak dikenal; pilih: {known}.").format(name=rotation, known=", ".join(ROTATIONS))
        )
    loadings, _uniquenesses = likelihood_factors(matrix, factors)
    between: NDArray[np.float64] = np.eye(factors)
    if factors > 1 and rotation != "none":
        loadings, between = _rotated(loadings, rotation)
    structure = loadings @ between
    order = np.argsort(-(structure * loadings).sum(0), kind="stable")
    sign = np.where(loadings[:, order].sum(0) < 0, -1.0, 1.0)
    loadings = loadings[:, order] * sign
    between = between[np.ix_(order, order)] * np.outer(sign, sign)
    labels = [f"F{k + 1}" for k in range(factors)]
    common = (loadings @ between * loadings).sum(1)
    return Factors(
        pd.DataFrame(loadings, names, labels),
        pd.DataFrame(between, labels, labels),
        pd.Series(1 - common, names),
        pd.Series((loadings @ between * loadings).sum(0) / items, labels),
        rotation if factors > 1 else "none",
    )


def _rotated(loadings: NDArray[np.float64], rotation: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rotated pattern loadings and correlations of the factors."""
    from statsmodels.multivariate.factor_rotation import rotate_factors

    arguments = (0, "oblique") if rotation == "oblimin" else ()
    turned, turn = rotate_factors(loadings, rotation, *arguments)
    between = turn.T @ turn if rotation == "oblimin" else np.eye(loadings.shape[1])
    return np.asarray(turned), between


def _correlation_matrix(correlation: object) -> tuple[NDArray[np.float64], list[str]]:
    matrix = as_numbers(correlation).astype(float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(_("Matriks korelasi harus persegi dan terisi lengkap."))
    if (
        np.abs(matrix - matrix.T).max() > 1e-6
        or np.abs(np.diag(matrix) - 1).max() > 1e-6
        or np.abs(matrix).max() > 1 + 1e-6
    ):
        raise ValueError(_("Matriks korelasi harus setangkup, berdiagonal satu, dengan nilai antara -1 dan 1."))
    return smoothed(matrix, INVERTIBLE_ROOT), list(column_names(correlation, matrix.shape[0]))


def schmid_leiman(correlation: object, factors: int = 3) -> Bifactor:
    """Return a general factor and group factors by the transformation of Schmid and Leiman (1957).

    Oblique factors are themselves given one common factor; what it explains becomes the general factor, what is left
    of each becomes a group factor.

    Parameters
    ----------
    correlation : frame or array, items x items
    factors : int
        Group factors, two to five. Two share their correlation equally.

    Returns
    -------
    Bifactor

    Raises
    ------
    ValueError
        As `efa`; with one factor only; or when the factors do not correlate positively, so that nothing is general.
    """
    if factors == 1:
        raise ValueError(_("Transformasi Schmid-Leiman memerlukan sedikitnya dua faktor."))
    matrix, _names = _correlation_matrix(correlation)
    solution = efa(correlation, factors, "oblimin")
    between = solution.correlations.to_numpy(float)
    if (between[np.triu_indices(factors, 1)] <= 0).any():
        raise ValueError(_("Faktor-faktor tidak berkorelasi positif; tidak ada faktor umum."))
    if factors == 2:
        higher = np.sqrt(np.array([between[0, 1]] * 2))
    else:
        higher = np.clip(efa(between, 1, "none").loadings.to_numpy(float)[:, 0], 0.0, 0.999)
    pattern = solution.loadings.to_numpy(float)
    table = np.column_stack([pattern @ higher, pattern * np.sqrt(1 - higher**2)])
    names = ["general", *(f"group{k + 1}" for k in range(factors))]
    total = float(matrix.sum())
    common = float((table**2).sum())
    return Bifactor(
        pd.DataFrame(table, solution.loadings.index, names),
        float((table[:, 0] ** 2).sum() / common),
        float(table[:, 0].sum() ** 2 / total),
        float((table.sum(0) ** 2).sum() / total),
    )
