"""Accuracy and consistency from posterior draws."""

from __future__ import annotations

import numpy as np

from workbench.i18n import _
from workbench.psychometrics.decision.classification import Classification, beyond_chance, of_people, rising
from workbench.psychometrics.matrix import as_numbers

__all__ = ["from_draws"]


def from_draws(draws: object, replicate: object, cuts: object, *, stated: object | None = None) -> Classification:
    """Return accuracy and consistency from posterior draws and from what a second administration would state.

    Nothing is assumed about the shape of the posterior. For consistency a second administration must be simulated: for
    each draw of theta new answers, and their estimate; squared posterior probabilities would not do, since they mix
    the spread of the truth with that of the measurement.

    Parameters
    ----------
    draws : array of float, shape (persons, draws)
        Draws of each person's true value.
    replicate : array of float, shape (persons, draws)
        Estimate of a second administration for each draw, made like the first.
    cuts : array of float, shape (cuts,)
        Rising; a value on a cut belongs to the upper side.
    stated : array of int, shape (persons,), optional
        Category stated by the first administration; by default that of the mean of the draws.

    Returns
    -------
    Classification

    Raises
    ------
    ValueError
        When shapes differ, a draw is not finite, or a stated category does not exist.
    """
    d, r = (as_numbers(v).astype(float) for v in (draws, replicate))
    if d.ndim != 2 or d.shape != r.shape or not d.size or not np.isfinite(d).all() or not np.isfinite(r).all():
        raise ValueError(_("Tarikan dan ulangan harus berupa tabel orang x tarikan berukuran sama tanpa nilai kosong."))
    c = rising(cuts)
    if stated is None:
        said = np.searchsorted(c, d.mean(1), side="right")
    else:
        said = np.asarray(stated)
        if said.shape != (d.shape[0],) or said.dtype.kind not in "iu" or said.min() < 0 or said.max() > c.size:
            raise ValueError(_("Kategori yang dinyatakan harus bilangan bulat 0 sampai {top}.").format(top=c.size))
    true, again = np.searchsorted(c, d, side="right"), np.searchsorted(c, r, side="right")
    first = said[:, None]
    levels = np.arange(c.size)
    true_above, again_above, said_above = (v[..., None] > levels for v in (true, again, first))
    same = (again == first).mean(axis=1)
    chance = float(
        np.bincount(said, minlength=c.size + 1)
        / said.size
        @ np.bincount(again.ravel(), minlength=c.size + 1)
        / again.size
    )
    return of_people(
        (true == first).mean(axis=1),
        same,
        (said_above & ~true_above).mean(axis=1),
        (~said_above & true_above).mean(axis=1),
        (again_above == said_above).mean(axis=1),
        c,
        beyond_chance(float(same.mean()), chance),
    )
