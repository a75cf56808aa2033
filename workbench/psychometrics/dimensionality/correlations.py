"""Polychoric and tetrachoric correlations of all pairs of items at once.

Sources: Olsson (1979, Psychometrika 44, 443-460) for the two-step estimate; Plackett (1954) and Drezner and Wesolowsky
(1990) for the bivariate normal distribution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers, column_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["bivariate_normal", "ordered_codes", "pairwise_polychoric", "polychoric", "smoothed"]

MOST_CATEGORIES = 12
SMALLEST_ROOT = 1e-10  # of a smoothed matrix
LIMIT = 0.9999  # of a correlation: beyond, nearly every table is perfect
STEPS = 60
CONVERGED = 1e-7
QUADRATURE = np.polynomial.legendre.leggauss(32)


def polychoric(scored: object, *, empty_cell: float = 0.0, smooth: bool = True) -> NDArray[np.float64]:
    """Return polychoric correlations (tetrachoric for two categories) of all pairs of items.

    Two steps: thresholds from the shares of each item, then the correlation of each pair by maximum likelihood
    (Olsson 1979), by Fisher scoring on Fisher's z of all pairs at once. Missing answers are left out pair by pair. With
    an empty cell in a two-by-two table the likelihood rises to a plateau that ends at one; the value is where it stops
    rising, unless `empty_cell` says otherwise.

    Parameters
    ----------
    scored : frame or array, persons x items
        Ordered categories, NaN where missing; at most 12 values an item.
    empty_cell : float
        Persons to put into empty cells of two-by-two tables; half a person is a usual, cautious choice.
    smooth : bool
        Make the matrix positive definite where it is not, by raising its negative roots to nearly zero.

    Returns
    -------
    ndarray of float, shape (items, items)

    Raises
    ------
    ValueError
        On text, infinite values, an item without variation or with too many values, or a pair that nobody answered.
    """
    if not 0 <= empty_cell <= 1:
        raise ValueError(_("Isi sel kosong harus antara 0 dan 1 orang."))
    codes, names = ordered_codes(scored)
    matrix = pairwise_polychoric(codes, names, empty_cell)
    return smoothed(matrix, SMALLEST_ROOT) if smooth else matrix


def ordered_codes(scored: object) -> tuple[NDArray[np.int8], list[str]]:
    """Return places of the values among those seen in each item, -1 where missing, and names of the items."""
    values = as_numbers(scored).astype(float)
    if values.ndim != 2 or values.shape[0] < 3 or values.shape[1] < 2:
        raise ValueError(_("Tabel skor harus orang x butir, sedikitnya 3 orang dan 2 butir."))
    if np.isinf(values).any():
        raise ValueError(_("Tabel skor memuat nilai tak hingga; periksa berkasnya."))
    names = list(column_names(scored, values.shape[1]))
    codes = np.full(values.shape, -1, dtype=np.int8)
    for j, name in enumerate(names):
        answered = ~np.isnan(values[:, j])
        kinds, place = np.unique(values[answered, j], return_inverse=True)
        if not 2 <= kinds.size <= MOST_CATEGORIES:
            raise ValueError(
                _("Butir {item} berisi {n} nilai berbeda; korelasi polikorik memerlukan 2 sampai {most}.").format(
                    item=name, n=kinds.size, most=MOST_CATEGORIES
                )
            )
        codes[answered, j] = place
    return codes, names


def pairwise_polychoric(codes: NDArray[np.int8], names: list[str], empty_cell: float = 0.0) -> NDArray[np.float64]:
    """Return polychoric correlations from `ordered_codes`, not smoothed; see `polychoric`."""
    sizes = codes.max(0).astype(np.int64) + 1
    largest = int(sizes.max())
    items = sizes.size
    # Thresholds, padded with infinity, so that items with fewer categories have empty last ones.
    edges = np.full((items, largest + 1), np.inf)
    edges[:, 0] = -np.inf
    for j, size in enumerate(sizes):
        counts = np.bincount(codes[codes[:, j] >= 0, j], minlength=size)
        edges[j, 1:size] = ndtri(np.cumsum(counts)[:-1] / counts.sum())
    indicators = np.concatenate([codes == k for k in range(largest)], axis=1).astype(np.float32)
    joint = (indicators.T @ indicators).astype(float).reshape(largest, items, largest, items)
    first, second = np.triu_indices(items, 1)
    tables = joint[:, first, :, second]
    alone = np.flatnonzero(tables.sum((1, 2)) < 1)
    if alone.size:
        i, j = int(first[alone[0]]), int(second[alone[0]])
        raise ValueError(
            _("Butir {first} dan {second} tidak pernah dijawab oleh orang yang sama.").format(
                first=names[i], second=names[j]
            )
        )
    if empty_cell > 0:
        two = (sizes[first] == 2) & (sizes[second] == 2)
        corner = tables[:, :2, :2]
        tables[:, :2, :2] = np.where(two[:, None, None] & (corner == 0), empty_cell, corner)
    result = np.eye(items)
    rho = _correlations(tables, edges[first], edges[second])
    result[first, second] = result[second, first] = rho
    return result


def _correlations(
    tables: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Maximum-likelihood correlation of each table for given thresholds.

    Parameters
    ----------
    tables : ndarray, shape (pairs, categories, categories)
    first, second : ndarray, shape (pairs, categories + 1)
        Thresholds from minus to plus infinity.
    """
    h, k = np.broadcast_arrays(first[:, :, None], second[:, None, :])
    count = tables.sum((1, 2))
    z = np.zeros(count.size)
    moving = np.arange(count.size)
    top = np.arctanh(LIMIT)
    for _step in range(STEPS):
        rho = np.tanh(z[moving])[:, None, None]
        hm, km = h[moving], k[moving]
        cell = _differences(bivariate_normal(hm, km, rho))
        change = _differences(_density(hm, km, rho))
        cell = np.maximum(cell, 1e-12)
        gradient = (tables[moving] / cell * change).sum((1, 2))
        information = count[moving] * (change**2 / cell).sum((1, 2))
        scale = 1 - rho[:, 0, 0] ** 2
        step = np.clip(gradient / np.maximum(information * scale, 1e-12), -0.5, 0.5)
        new = np.clip(z[moving] + step, -top, top)
        moved = np.abs(np.tanh(new) - np.tanh(z[moving]))
        z[moving] = new
        moving = moving[moved > CONVERGED]
        if not moving.size:
            break
    result: NDArray[np.float64] = np.tanh(z)
    return result


def _differences(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Amount in each rectangle from values at its corners."""
    return corners[:, 1:, 1:] - corners[:, :-1, 1:] - corners[:, 1:, :-1] + corners[:, :-1, :-1]


def _density(h: NDArray[np.float64], k: NDArray[np.float64], rho: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bivariate normal density, which is the derivative of the distribution function by the correlation."""
    finite = np.isfinite(h) & np.isfinite(k)
    x, y = np.where(finite, h, 0.0), np.where(finite, k, 0.0)
    rest = 1 - rho**2
    value = np.exp(-(x**2 - 2 * rho * x * y + y**2) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    return np.where(finite, value, 0.0)


def bivariate_normal(h: NDArray[np.float64], k: NDArray[np.float64], rho: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return P(X <= h, Y <= k) of standard normals with correlation rho, for broadcastable arrays.

    Plackett's (1954) integral of the density over the correlation, in the angle asin(rho), by Gauss and Legendre
    (Drezner and Wesolowsky 1990).
    """
    finite = np.isfinite(h) & np.isfinite(k)
    x, y = np.where(finite, h, 0.0), np.where(finite, k, 0.0)
    half = np.arcsin(rho) / 2
    total = np.zeros(np.broadcast_shapes(x.shape, half.shape))
    squares, product = (x**2 + y**2) / 2, x * y
    for node, weight in zip(*QUADRATURE, strict=True):
        sine = np.sin(half * (node + 1))
        total += weight * np.exp(-(squares - sine * product) / (1 - sine**2))
    result: NDArray[np.float64] = ndtr(h) * ndtr(k) + np.where(finite, half * total / (2 * np.pi), 0.0)
    return result


def smoothed(matrix: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Raise roots below the floor to it and rescale to a unit diagonal; a matrix without such roots stays as it is."""
    roots, vectors = np.linalg.eigh(matrix)
    if roots[0] >= floor:
        return matrix
    raised = (vectors * np.maximum(roots, floor)) @ vectors.T
    scale = np.sqrt(np.diag(raised))
    result: NDArray[np.float64] = raised / np.outer(scale, scale)
    return result
