"""One joint normal posterior per person over all scales.

Each scale's likelihood is summarised as the normal curve that turns a standard normal prior into the exact grid
posterior: with EAP e and variance v, precision ``1 / v - 1`` and location ``e / (v precision)``. With a population
N(mu, Sigma) over scales, a person's posterior is normal with ``V = (Sigma^-1 + diag(precision))^-1`` and
``m = V (precision * location + Sigma^-1 mu)``. Composites of separately shrunken scores are shrunk too much and their
errors are not independent; the joint posterior is what makes stated probabilities honest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.talent.grid_posterior import GridLikelihood, check_grid, read_grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

__all__ = ["Posterior", "estimate_population", "posterior"]

SUMMARY = ("participant_id", "scale", "eap", "eap_se")
# Below this precision a scale was not taken: it says nothing.
NOT_TAKEN = 1e-6
CHUNK = 2048
POPULATION_SAMPLE = 10_000


@dataclass(frozen=True)
class Posterior:
    """Summaries of all people and the population they come from.

    Attributes
    ----------
    participant_id : ndarray of str, shape (n,)
        Sorted.
    scales : tuple of str
    location, precision : ndarray, shape (n, scales)
        Precision zero where a scale was not taken.
    mean : ndarray, shape (scales,)
    covariance : ndarray, shape (scales, scales)
    grid : dict of str to GridLikelihood
        By scale, the people whom the normal summary does not describe.
    ratios : dict of str to float
        By scale, what its precision was divided by (`less_precise`).
    received : dict of str to ndarray of int8, shape (n,)
        By scale, levels that came as they are and are printed as they are; 0 where none did.
    """

    participant_id: NDArray[np.object_]
    scales: tuple[str, ...]
    location: NDArray[np.float64]
    precision: NDArray[np.float64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    grid: Mapping[str, GridLikelihood] = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)
    received: Mapping[str, NDArray[np.int8]] = field(default_factory=dict)

    @property
    def taken(self) -> NDArray[np.bool_]:
        """Whether each scale was taken, shape (n, scales)."""
        return self.precision > 0

    def skewed(self, scales: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return who has a likelihood on the grid on any of these scales, shape (n,)."""
        result = np.zeros(self.participant_id.size, dtype=bool)
        for scale in scales:
            if scale in self.grid:
                result |= self.grid[scale].place >= 0
        return result

    def weights(
        self, rows: NDArray[np.int64], columns: list[int], theta: NDArray[np.floating]
    ) -> NDArray[np.float64] | None:
        """Return how much each draw counts, shape (n, draws), summing to one a person; None where all count alike.

        Parameters
        ----------
        rows : ndarray of int, shape (n,)
        columns : list of int
            The scales that were drawn.
        theta : ndarray, shape (n, scales drawn, draws)
            Draws from the normal joint posterior; the exact likelihood over the normal one weighs them.
        """
        total: NDArray[np.float64] | None = None
        for k, j in enumerate(columns):
            grid = self.grid.get(self.scales[j])
            at = np.empty(0, dtype=np.int64) if grid is None else np.flatnonzero(grid.place[rows] >= 0)
            if grid is None or not at.size:
                continue
            if total is None:
                total = np.zeros((rows.size, theta.shape[2]))
            total[at] += grid.at(grid.place[rows[at]], theta[at, k])
        if total is None:
            return None
        weight = np.exp(total - total.max(axis=1, keepdims=True))
        result: NDArray[np.float64] = weight / weight.sum(axis=1, keepdims=True)
        return result

    def chunks(self) -> Iterator[slice]:
        """Yield slices of people, always the same ones."""
        for start in range(0, self.participant_id.size, CHUNK):
            yield slice(start, min(start + CHUNK, self.participant_id.size))

    def moments(self, part: slice | NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return joint means (n, scales) and covariances (n, scales, scales) of some of the people."""
        return _moments(self.location[part], self.precision[part], self.mean, self.covariance)

    def own(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard deviation of each scale from its own evidence alone, shape (n, scales).

        Letters and levels use these: an answer on one scale must not move somebody's level on another.
        """
        prior = np.diag(self.covariance)
        variance = 1 / (1 / prior + self.precision)
        return variance * (self.precision * self.location + self.mean / prior), np.sqrt(variance)

    def joint(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard deviation of each scale under the joint posterior, shape (n, scales)."""
        mean = np.empty_like(self.location)
        sd = np.empty_like(self.location)
        for part in self.chunks():
            m, v = self.moments(part)
            mean[part] = m
            sd[part] = np.sqrt(np.diagonal(v, axis1=1, axis2=2))
        return mean, sd

    def of(self, people: NDArray[np.object_]) -> Posterior:
        """Return the posterior of the listed people in their order, without evidence for those who have no score."""
        place = np.searchsorted(self.participant_id, people)
        place = np.minimum(place, self.participant_id.size - 1)
        found = (self.participant_id[place] == people)[:, None]
        location = np.where(found, self.location[place], 0.0)
        precision = np.where(found, self.precision[place], 0.0)
        grid = {scale: one.of(place, found[:, 0]) for scale, one in self.grid.items()}
        received = {scale: np.where(found[:, 0], one[place], 0).astype(np.int8) for scale, one in self.received.items()}
        return replace(
            self, participant_id=people, location=location, precision=precision, grid=grid, received=received
        )

    def scale_by_scale(self) -> Posterior:
        """Return the same summaries with independent scales: what separate scoring amounts to."""
        return replace(self, covariance=np.diag(np.diag(self.covariance)))

    def less_precise(self, ratios: Mapping[str, float]) -> Posterior:
        """Return the posterior with the precision of some scales divided by a ratio.

        Items that hang together tell less than independent ones: the error variance is really larger by the ratio of
        (1 - alpha) over testlets and over items (Sireci, Thissen and Wainer 1991). A likelihood on the grid loses as
        much: its logarithm is divided too.

        Parameters
        ----------
        ratios : mapping of str to float
            By scale; one or more.

        Raises
        ------
        ValueError
            When a ratio is below one or no number.
        """
        if not all(np.isfinite(ratio) and ratio >= 1 for ratio in ratios.values()):
            raise ValueError(_("Pembesaran ragam galat harus bilangan 1 atau lebih; periksa tabel local_dependence."))
        divisor = np.array([ratios.get(scale, 1.0) for scale in self.scales])
        grid = {
            scale: replace(one, log_ratio=one.log_ratio / ratios.get(scale, 1.0)) for scale, one in self.grid.items()
        }
        together = {s: self.ratios.get(s, 1.0) * ratios.get(s, 1.0) for s in {*self.ratios, *ratios}}
        return replace(self, precision=self.precision / divisor, grid=grid, ratios=together)


def _moments(
    location: NDArray[np.float64],
    precision: NDArray[np.float64],
    mean: NDArray[np.float64],
    covariance: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    inverse = np.linalg.inv(covariance)
    size = mean.size
    total = np.broadcast_to(inverse, (location.shape[0], size, size)).copy()
    total[:, np.arange(size), np.arange(size)] += precision
    v = np.linalg.inv(total)
    m = np.einsum("nij,nj->ni", v, precision * location + inverse @ mean)
    return m, v


def _summaries(
    summaries: pd.DataFrame, scales: tuple[str, ...]
) -> tuple[NDArray[np.object_], NDArray[np.float64], NDArray[np.float64]]:
    """Return sorted people, locations and precisions from the long frame of EAPs."""
    lacking = [c for c in SUMMARY if c not in summaries.columns]
    if lacking:
        raise ValueError(
            _("Ringkasan skor tanpa kolom {column}; jalankan tahap skor dahulu.").format(column=lacking[0])
        )
    known = summaries[summaries["scale"].isin(scales)]
    if known.empty:
        raise ValueError(_("Tidak ada skor untuk satu pun skala bank ini; periksa kode skala."))
    row, people = pd.factorize(known["participant_id"], sort=True)
    column = pd.Categorical(known["scale"], categories=list(scales)).codes.astype(np.int64)
    eap = known["eap"].to_numpy(float)
    error = known["eap_se"].to_numpy(float)
    variance = error**2
    if (row < 0).any() or not np.isfinite(eap).all() or not (error > 0).all() or not np.isfinite(error).all():
        raise ValueError(_("Ringkasan skor memuat nilai kosong atau galat nol; jalankan ulang tahap skor."))
    if np.unique(row * len(scales) + column).size != row.size:
        raise ValueError(_("Ringkasan skor memuat orang dan skala yang sama dua kali; periksa tabel scores."))
    precision = np.zeros((people.size, len(scales)))
    location = np.zeros((people.size, len(scales)))
    value = np.maximum(1 / variance - 1, 0.0)
    value[value < NOT_TAKEN] = 0.0
    precision[row, column] = value
    with np.errstate(divide="ignore", invalid="ignore"):
        location[row, column] = np.where(value > 0, eap / (variance * value), 0.0)
    return np.asarray(people, dtype=object), location, precision


def posterior(summaries: pd.DataFrame, population: pd.DataFrame, grid: pd.DataFrame | None = None) -> Posterior:
    """Return the joint posterior of everybody.

    Parameters
    ----------
    summaries : pandas.DataFrame
        participant_id, scale, eap, eap_se under a standard normal prior; a row a person and scale.
    population : pandas.DataFrame
        scale, mean, then one covariance column a scale.
    grid : pandas.DataFrame, optional
        participant_id, scale, l_0 .. l_32: likelihoods of those whom the normal summary does not describe.

    Returns
    -------
    Posterior

    Raises
    ------
    ValueError
        When columns are missing, values are not finite, a person has a scale twice, or the covariance of the population
        is none.
    """
    scales = tuple(str(s) for s in population["scale"])
    if "mean" not in population or not set(scales) <= set(population.columns):
        raise ValueError(_("Tabel populasi harus memuat scale, mean, dan satu kolom kovarians tiap skala."))
    covariance = population[list(scales)].to_numpy(float)
    if (
        not np.isfinite(covariance).all()
        or not np.allclose(covariance, covariance.T, atol=1e-6)
        or np.linalg.eigvalsh(covariance).min() <= 0
    ):
        raise ValueError(_("Kovarians populasi harus simetris dan definit positif; periksa tabel populasi."))
    people, location, precision = _summaries(summaries, scales)
    mean = population["mean"].to_numpy(float)
    if grid is None or grid.empty:
        return Posterior(people, scales, location, precision, mean, covariance)
    check_grid(grid)
    row, column = pd.Index(people).get_indexer(grid["participant_id"]), pd.Index(scales).get_indexer(grid["scale"])
    known = (row >= 0) & (column >= 0)
    # Whoever answered took the scale, even where the answers leave a variance of one or more.
    row, column = row[known], column[known]
    bare = precision[row, column] == 0
    precision[row[bare], column[bare]] = 2 * NOT_TAKEN
    return Posterior(
        people, scales, location, precision, mean, covariance, read_grid(grid, people, scales, location, precision)
    )


def estimate_population(summaries: pd.DataFrame, cycles: int = 30) -> pd.DataFrame:
    """Estimate the population N(mu, Sigma) over scales by EM from the same summaries.

    At most 10,000 people are used, evenly spaced in the order of their pseudonyms.

    Parameters
    ----------
    summaries : pandas.DataFrame
        As for `posterior`.
    cycles : int

    Returns
    -------
    pandas.DataFrame
        scale, mean, then one covariance column a scale.
    """
    scales = tuple(dict.fromkeys(str(s) for s in summaries["scale"]))
    _people, location, precision = _summaries(summaries, scales)
    if location.shape[0] < 10 * len(scales):
        raise ValueError(
            _("{n} orang terlalu sedikit untuk menduga populasi atas {k} skala; pakai bank butir.").format(
                n=location.shape[0], k=len(scales)
            )
        )
    if location.shape[0] > POPULATION_SAMPLE:
        chosen = np.linspace(0, location.shape[0] - 1, POPULATION_SAMPLE).round().astype(int)
        location, precision = location[chosen], precision[chosen]
    mean = np.zeros(len(scales))
    covariance = 0.5 * np.eye(len(scales)) + 0.5
    for _cycle in range(cycles):
        first = np.zeros(len(scales))
        second = np.zeros((len(scales), len(scales)))
        for start in range(0, location.shape[0], CHUNK):
            part = slice(start, start + CHUNK)
            m, v = _moments(location[part], precision[part], mean, covariance)
            first += m.sum(0)
            second += v.sum(0) + m.T @ m
        mean = first / location.shape[0]
        covariance = second / location.shape[0] - np.outer(mean, mean)
        covariance = (covariance + covariance.T) / 2
    frame = pd.DataFrame({"scale": scales, "mean": mean})
    return pd.concat([frame, pd.DataFrame(covariance, columns=list(scales))], axis=1)
