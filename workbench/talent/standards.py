"""How probable it is that somebody meets a competency standard, all competencies taken together.

The errors of nine competencies are not independent: a person who is underrated on one is likely underrated on others.
The standard is therefore asked of draws from the joint posterior, not multiplied together from level probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.i18n import _
from workbench.talent.draws import normal_draws, person_shifts
from workbench.talent.levels import category_of, jpm, level_of, printed_levels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import CategoryScale
    from workbench.talent.bank import BankLike
    from workbench.talent.posterior import Posterior

__all__ = ["Met", "Standard", "standards_met"]

CHUNK = 1024
DRAWS = 200


@dataclass(frozen=True)
class Standard:
    """Required levels, and of whom they are asked.

    Attributes
    ----------
    required : ndarray of int, shape (competencies,)
    rows : ndarray of int
        People, as rows of the posterior.
    """

    required: NDArray[np.int64]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Met:
    """What people reach of one standard, each of the rows of the `Standard`; NaN (or -1) without all competencies.

    Attributes
    ----------
    jpm : ndarray
        At the printed levels.
    category : ndarray of int
        Place of the category of the printed JPM, falling.
    p_category : ndarray, shape (n, categories)
        Probability of each category, joint over competencies.
    p_all : ndarray
        Probability that every single competency reaches its level.
    """

    jpm: NDArray[np.float64]
    category: NDArray[np.int64]
    p_category: NDArray[np.float64]
    p_all: NDArray[np.float64]


def standards_met(
    posterior: Posterior,
    bank: BankLike,
    competencies: tuple[str, ...],
    standards: Mapping[str, Standard],
    categories: CategoryScale,
    *,
    capping: str = "none",
    seed: int = 0,
) -> dict[str, Met]:
    """Return what people reach of each standard.

    Parameters
    ----------
    posterior : Posterior
    bank : BankLike
    competencies : tuple of str
        Scales, in the order of the required levels.
    standards : mapping of str to Standard
    categories : CategoryScale
        Scale on which the JPM is read.
    capping : str
        As `levels.jpm`.
    seed : int

    Returns
    -------
    dict of str to Met

    Raises
    ------
    ValueError
        When a competency is not in the posterior, or a required level is none.
    """
    lacking = [c for c in competencies if c not in posterior.scales]
    if lacking:
        raise ValueError(
            _("Kompetensi '{scale}' tidak ada pada posterior; periksa bank butir.").format(scale=lacking[0])
        )
    for name, standard in standards.items():
        if standard.required.shape != (len(competencies),) or not np.isin(standard.required, (1, 2, 3, 4, 5)).all():
            raise ValueError(
                _(
                    "Standar '{name}' harus menyebut level 1 sampai 5 untuk tiap kompetensi; periksa tabel positions."
                ).format(name=name)
            )
    columns = [posterior.scales.index(c) for c in competencies]
    complete: NDArray[np.bool_] = np.asarray(posterior.taken[:, columns].all(axis=1))
    printed = printed_levels(posterior, bank, competencies)
    found = {name: _at_printed(one, printed, complete, categories, capping) for name, one in standards.items()}
    asked = np.zeros(complete.size, dtype=bool)
    for one in standards.values():
        asked[one.rows] = True
    who = np.flatnonzero(asked & complete)
    cuts = [bank.cuts(c).astype(np.float32) for c in competencies]
    place = {name: _places(one.rows, complete.size) for name, one in standards.items()}
    for start in range(0, who.size, CHUNK):
        rows = who[start : start + CHUNK]
        mean, covariance = posterior.moments(rows)
        factor = np.linalg.cholesky(covariance[:, columns][:, :, columns]).astype(np.float32)
        base = normal_draws(person_shifts(posterior.participant_id[rows], seed, len(columns)), DRAWS)
        theta = factor @ base + mean[:, columns].astype(np.float32)[:, :, None]
        levels = [level_of(theta[:, j], cuts[j]) for j in range(len(columns))]
        for name, one in standards.items():
            here = np.flatnonzero(place[name][rows] >= 0)
            if here.size:
                _at_draws(found[name], place[name][rows[here]], [x[here] for x in levels], one, categories, capping)
    return found


def _places(rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    place = np.full(n, -1, dtype=np.int64)
    place[rows] = np.arange(rows.size)
    return place


def _needs(required: NDArray[np.int64], n: int) -> list[NDArray[np.int64]]:
    return [np.full(n, level, dtype=np.int64) for level in required]


def _at_printed(
    one: Standard,
    printed: NDArray[np.int8],
    complete: NDArray[np.bool_],
    categories: CategoryScale,
    capping: str,
) -> Met:
    n = one.rows.size
    levels = [np.maximum(printed[one.rows, j], 1) for j in range(one.required.size)]
    known = complete[one.rows]
    value = np.where(known, jpm(levels, _needs(one.required, n), capping), np.nan)
    category = np.where(known, category_of(np.nan_to_num(value), categories), -1)
    return Met(value, category, np.full((n, len(categories.categories)), np.nan), np.full(n, np.nan))


def _at_draws(
    met: Met,
    place: NDArray[np.int64],
    levels: list[NDArray[np.int8]],
    one: Standard,
    categories: CategoryScale,
    capping: str,
) -> None:
    value = jpm(levels, _needs(one.required, place.size), capping)
    category = category_of(value, categories)
    for c in range(met.p_category.shape[1]):
        met.p_category[place, c] = (category == c).mean(axis=1)
    reached = np.logical_and.reduce([level >= need for level, need in zip(levels, one.required, strict=True)])
    met.p_all[place] = reached.mean(axis=1)
