"""Accuracy and consistency where estimates have normal errors (Rudner 2001, 2005), or posteriors are normal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from workbench.i18n import _
from workbench.psychometrics.decision.classification import Classification, beyond_chance, of_people, rising
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["of_posterior", "rudner"]


def rudner(theta: object, se: object, cuts: object) -> Classification:
    """Return expected accuracy and consistency from estimates and their errors (Rudner 2001, 2005).

    Consistency takes a second, independent estimate to vary around the first with the same error, so the estimates
    should be unbiased at each theta (WLE); for posterior means use `of_posterior`.

    Parameters
    ----------
    theta, se : array of float, shape (persons,)
        Estimates and standard errors; the estimation error is taken as normal.
    cuts : array of float, shape (cuts,)
        Rising; a score on a cut belongs to the upper side.

    Returns
    -------
    Classification

    Raises
    ------
    ValueError
        When shapes differ, an error is not positive, or cuts do not rise.
    """
    t, s, c = _checked(theta, se, cuts)
    share, below = _shares(t, s, c)
    above = t[:, None] >= c
    twice = (share**2).sum(axis=1)
    return of_people(
        share[np.arange(t.size), np.searchsorted(c, t, side="right")],
        twice,
        np.where(above, below, 0.0),
        np.where(above, 0.0, 1 - below),
        below**2 + (1 - below) ** 2,
        c,
        beyond_chance(float(twice.mean()), float((share.mean(axis=0) ** 2).sum())),
    )


def of_posterior(
    mean: object, sd: object, cuts: object, *, prior_mean: float = 0.0, prior_sd: float = 1.0
) -> Classification:
    """Return expected accuracy and consistency of decisions by posterior means.

    Accuracy is the posterior probability of the category that the mean lies in. Consistency compares the mean with that
    of a second test given the same theta: with reliability ``r = 1 - (sd / prior_sd)^2`` the second mean is normal
    about ``prior_mean + r (mean - prior_mean)`` with variance ``r (1 - r^2) prior_sd^2`` (linear regression of theta on
    the mean, and of the second mean on theta: Lord and Novick 1968, section 3.7).

    Parameters
    ----------
    mean, sd : array of float, shape (persons,)
        Of the posterior of each person.
    cuts : array of float, shape (cuts,)
        Rising; a mean on a cut belongs to the upper side.
    prior_mean, prior_sd : float

    Returns
    -------
    Classification

    Raises
    ------
    ValueError
        When shapes differ, a deviation is not positive, or cuts do not rise.
    """
    t, s, c = _checked(mean, sd, cuts)
    if not np.isfinite(prior_mean) or not np.isfinite(prior_sd) or prior_sd <= 0:
        raise ValueError(_("Sebaran awal memerlukan rata-rata terhingga dan simpangan baku positif."))
    share, below = _shares(t, s, c)
    r = np.clip(1 - (s / prior_sd) ** 2, 1e-9, 1.0)
    again, again_below = _shares(prior_mean + r * (t - prior_mean), prior_sd * np.sqrt(r * (1 - r**2)), c)
    above = t[:, None] >= c
    stated = np.searchsorted(c, t, side="right")
    place = (np.arange(t.size), stated)
    chance = float(np.bincount(stated, minlength=c.size + 1) / t.size @ again.mean(axis=0))
    return of_people(
        share[place],
        again[place],
        np.where(above, below, 0.0),
        np.where(above, 0.0, 1 - below),
        np.where(above, 1 - again_below, again_below),
        c,
        beyond_chance(float(again[place].mean()), chance),
    )


def _checked(
    centre: object, spread: object, cuts: object
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    t, s = (np.atleast_1d(as_numbers(values)).astype(float) for values in (centre, spread))
    if t.ndim != 1 or t.shape != s.shape or not t.size or not np.isfinite([t, s]).all() or not (s > 0).all():
        raise ValueError(_("Theta dan galat baku harus sepanjang sama, terhingga, dan galatnya positif."))
    return t, s, rising(cuts)


def _shares(
    centre: NDArray[np.float64], spread: NDArray[np.float64], cuts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return normal probabilities of each category, shape (persons, cuts + 1), and of lying below each cut."""
    below = ndtr((cuts - centre[:, None]) / np.maximum(spread, 1e-12)[:, None])
    edges = np.concatenate([np.zeros((centre.size, 1)), below, np.ones((centre.size, 1))], axis=1)
    return np.diff(edges, axis=1), below
