"""True ability: one row a person, one column a scale.

Scales of one instrument correlate by the figure of that instrument, scales of different instruments by the common one;
the marginal distribution has standard deviation 1. Jenjang, klaster and instansi shift all scales of a person alike.
What those shifts explain is taken out of the covariance of the rest, so that the correlations hold for the round as a
whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv, ndtr

from workbench.simulation.designs import INSTRUMENTS, CohortDesign, PopulationDesign, load_instrument

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["correlations", "person_shifts", "true_ability"]


def correlations(population: PopulationDesign) -> NDArray[np.float64]:
    """Return the correlation matrix of the true scores, scales x scales."""
    designs = [load_instrument(name) for name in INSTRUMENTS]
    block = np.repeat(np.arange(len(designs)), [len(design.scales) for design in designs])
    within = np.array([design.correlation for design in designs])[block]
    matrix = np.where(block[:, None] == block[None, :], within[:, None], population.ability.between)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def person_shifts(
    design: CohortDesign,
    population: PopulationDesign,
    instansi: NDArray[np.int64],
    jenjang: NDArray[np.str_],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the shift of each person's mean ability, in SD of the population.

    Parameters
    ----------
    design, population
        What is assumed.
    instansi : array of int, shape (people,)
        Place of each person's instansi in the design.
    jenjang : array of str, shape (people,)
        Jenjang of each person.
    random : numpy.random.Generator
        Draws the mean of each instansi; it is not in the design because the instansi carry real names.

    Returns
    -------
    array of float, shape (people,)
    """
    tiers = population.jenjang
    centre = sum(tiers.share[name] * tiers.shift[name] for name in tiers.share) / sum(tiers.share.values())
    by_jenjang = np.array([tiers.shift[name] - centre for name in jenjang])
    by_instansi = random.normal(0.0, population.ability.instansi_sd, len(design.instansi))
    by_instansi += [design.klaster_shift.get(one.klaster, 0.0) for one in design.instansi]
    by_instansi -= by_instansi[instansi].mean()
    shifts: NDArray[np.float64] = by_jenjang + by_instansi[instansi]
    return shifts


def true_ability(
    shifts: NDArray[np.float64],
    population: PopulationDesign,
    streams: Callable[..., np.random.Generator],
    *,
    norm: bool = False,
    skewness: float = 0.0,
    shift: float = 0.0,
    spread: float = 1.0,
) -> NDArray[np.float64]:
    """Draw the true ability of every person on every scale.

    Parameters
    ----------
    shifts : array of float, shape (people,)
        From `person_shifts`.
    population : PopulationDesign
        What is assumed.
    streams : callable
        Returns the generator of a named concern.
    norm : bool
        Whether these people are the norm group: theta is then measured from their own mean in units of their own
        standard deviation, exactly, as level cuts and item banks speak of it.
    skewness : float
        Of every scale; the normal distribution is bent to a gamma distribution of this skewness, rank by rank.
    shift, spread : float
        What other people these are than those that the bank knows: their mean, and their standard deviation.

    Returns
    -------
    array of float, shape (people, scales)
    """
    matrix = correlations(population)
    # The same shift on all scales adds its variance to every entry of the covariance matrix.
    root = np.linalg.cholesky(matrix - shifts.var())
    noise = streams("ability").standard_normal((len(shifts), len(matrix)))
    ability: NDArray[np.float64] = shifts[:, None] + noise @ root.T
    if skewness:
        ability = _bent(ability, skewness)
    if norm:
        ability = (ability - ability.mean(axis=0)) / ability.std(axis=0)
    return shift + spread * ability


def _bent(ability: NDArray[np.float64], skewness: float) -> NDArray[np.float64]:
    """Return standard gamma values of a skewness in the place of standard normal ones, rank by rank."""
    shape = 4 / skewness**2
    rank = ndtr(np.sign(skewness) * ability)
    bent: NDArray[np.float64] = np.sign(skewness) * (gammaincinv(shape, rank) - shape) / np.sqrt(shape)
    return bent
