"""Where a normal curve does not describe a likelihood: the likelihood itself on a grid, for these people and scales.

The normal summary has mean and variance of the exact posterior under a standard normal prior. For most people the shape
agrees too; with guessing, and for those who have nearly everything right or wrong, the posterior is skewed. How far a
summary is off is the total variation distance between it and the exact posterior; beyond `FAR` the likelihood on the
grid is kept, and draws from the normal posterior are weighted by it (importance weights).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "FAR", "NODES", "GridLikelihood", "check_grid", "departures", "read_grid"]

NODES = np.linspace(-4.0, 4.0, 33)
COLUMNS = tuple(f"l_{k}" for k in range(NODES.size))
# Below it no level probability was off by more than .03 on simulated tests; docs/methods/joint-posterior.md has them.
FAR = 0.03
FINE = np.linspace(-5.0, 5.0, 201)
LOWEST = -60.0
CHUNK = 4096


def departures(
    log_likelihood: NDArray[np.floating], eap: NDArray[np.float64], eap_se: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far the normal summary of each posterior is from the exact one, between 0 and 1.

    Parameters
    ----------
    log_likelihood : ndarray, shape (n, 33)
        At `NODES`.
    eap, eap_se : ndarray, shape (n,)
        Under a standard normal prior.

    Returns
    -------
    ndarray, shape (n,)
        Total variation distance; 1 where the variance is one or more, which no normal likelihood leaves.
    """
    exact = _normalised(log_likelihood - NODES**2 / 2)
    summary = _normalised(-(((NODES - eap[:, None]) / eap_se[:, None]) ** 2) / 2)
    result: NDArray[np.float64] = np.where(eap_se >= 1, 1.0, np.abs(exact - summary).sum(axis=1) / 2)
    return result


def _normalised(log_density: NDArray[np.floating]) -> NDArray[np.float64]:
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = density / density.sum(axis=1, keepdims=True)
    return result


@dataclass(frozen=True)
class GridLikelihood:
    """Likelihoods on the grid of some people on one scale.

    Attributes
    ----------
    place : ndarray of int, shape (n,)
        Row of each person in the table; -1 for those whom the normal summary describes.
    log_ratio : ndarray, shape (m, 33)
        Logarithm of the likelihood over the normal curve that stands for it, at `NODES`.
    """

    place: NDArray[np.int64]
    log_ratio: NDArray[np.float64]

    def of(self, rows: NDArray[np.int64], found: NDArray[np.bool_]) -> GridLikelihood:
        """Return those of other rows; nobody's where a person was not found."""
        return GridLikelihood(np.where(found, self.place[rows], -1), self.log_ratio)

    def at(self, place: NDArray[np.int64], theta: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the logarithm of the ratio at theta, shape (m, draws), for rows of the table, shape (m,).

        Between nodes it is interpolated; beyond the ends of the grid it stays as it is there.
        """
        step = NODES[1] - NODES[0]
        where = np.clip((np.asarray(theta, dtype=np.float64) - NODES[0]) / step, 0, NODES.size - 1 - 1e-9)
        below = where.astype(np.int64)
        share = where - below
        table, line = self.log_ratio, place[:, None]
        result: NDArray[np.float64] = table[line, below] * (1 - share) + table[line, below + 1] * share
        return result

    def level_probabilities(
        self, place: NDArray[np.int64], mean: NDArray[np.float64], sd: NDArray[np.float64], cuts: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return level probabilities from the exact posterior on the scale's own evidence, shape (m, cuts + 1).

        Parameters
        ----------
        place : ndarray of int, shape (m,)
            Rows of the table.
        mean, sd : ndarray, shape (m,)
            Of the normal posterior that the ratio corrects.
        cuts : ndarray, shape (cuts,)
        """
        result = np.empty((place.size, cuts.size + 1))
        for start in range(0, place.size, CHUNK):
            part = slice(start, start + CHUNK)
            theta = mean[part, None] + sd[part, None] * FINE
            density = _normalised(self.at(place[part], theta) - FINE**2 / 2)
            # Half of a node's share lies below the node.
            below = np.cumsum(density, axis=1) - density / 2
            at = (cuts[None, :] - mean[part, None]) / sd[part, None]
            ends = np.stack([np.interp(z, FINE, line, 0.0, 1.0) for z, line in zip(at, below, strict=True)])
            edges = np.concatenate([np.zeros((len(ends), 1)), ends, np.ones((len(ends), 1))], axis=1)
            result[part] = np.diff(edges, axis=1)
        return result


def check_grid(table: pd.DataFrame) -> None:
    """Refuse a table of likelihoods that is none.

    Raises
    ------
    ValueError
        When a column is absent, a value is none, or a person has a scale twice.
    """
    lacking = [c for c in ("participant_id", "scale", *COLUMNS) if c not in table.columns]
    if lacking:
        raise ValueError(
            _("Tabel grid_likelihoods tanpa kolom {column}; jalankan ulang tahap skor.").format(column=lacking[0])
        )
    if table.duplicated(["participant_id", "scale"]).any() or not np.isfinite(table[list(COLUMNS)].to_numpy()).all():
        raise ValueError(_("Tabel grid_likelihoods memuat isi kosong atau kembar; jalankan ulang tahap skor."))


def read_grid(
    table: pd.DataFrame,
    people: NDArray[np.object_],
    scales: tuple[str, ...],
    location: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> dict[str, GridLikelihood]:
    """Return the likelihoods on the grid by scale.

    Parameters
    ----------
    table : pandas.DataFrame
        participant_id, scale, l_0 .. l_32; a row a person and scale.
    people : ndarray of str, shape (n,)
        Sorted.
    scales : tuple of str
    location, precision : ndarray, shape (n, scales)
        Of the normal summaries.

    Raises
    ------
    ValueError
        When a column is absent, a value is none, or a person has a scale twice.
    """
    check_grid(table)
    result = {}
    for scale, rows in table.groupby("scale"):
        if scale not in scales:
            continue
        j = scales.index(str(scale))
        at = pd.Index(people).get_indexer(rows["participant_id"])
        rows, at = rows[at >= 0], at[at >= 0]
        # A likelihood of practically nothing must not make a ratio of infinities.
        values = np.maximum(rows[list(COLUMNS)].to_numpy(float), LOWEST)
        lam, y = precision[at, j, None], location[at, j, None]
        ratio = np.clip(values + lam * (NODES - y) ** 2 / 2, LOWEST, None)
        place = np.full(people.size, -1, dtype=np.int64)
        place[at] = np.arange(at.size)
        result[str(scale)] = GridLikelihood(place, ratio)
    return result
