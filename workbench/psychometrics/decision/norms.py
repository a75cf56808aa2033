"""Norms of a reference group: percentile ranks, T scores, stanines (Crocker and Algina 1986, chapter 19)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from workbench.i18n import _
from workbench.psychometrics.intervals import wilson
from workbench.psychometrics.matrix import as_numbers

__all__ = ["norms"]

FEWEST = 30
STANINES = np.array([4, 11, 23, 40, 60, 77, 89, 96]) / 100


def norms(scores: object, at: object | None = None) -> pd.DataFrame:
    """Return norms of a group.

    Parameters
    ----------
    scores : array of float, shape (persons,)
        Scores of the norm group; missing ones are left out.
    at : array of float, shape (points,), optional
        Scores to be normed; by default every score that occurs.

    Returns
    -------
    pandas.DataFrame
        score, n (size of the norm group), percentile_rank (share below plus half the share at the score, in per cent)
        with its 95 % interval percentile_low and percentile_high (Wilson), t (normalised T score: mean 50, SD 10 in a
        normal group) and stanine (1 to 9).

    Raises
    ------
    ValueError
        On text, infinite values, fewer than 30 scores, or scores without variation.
    """
    values = as_numbers(scores).astype(float)
    points = None if at is None else np.atleast_1d(as_numbers(at).astype(float))
    if values.ndim != 1 or np.isinf(values).any():
        raise ValueError(_("Skor kelompok norma harus berupa daftar bilangan terhingga."))
    values = np.sort(values[~np.isnan(values)])
    if values.size < FEWEST or values[0] == values[-1]:
        raise ValueError(
            _("Kelompok norma berisi {n} skor; perlu sedikitnya {least} skor yang bervariasi.").format(
                n=values.size, least=FEWEST
            )
        )
    points = np.unique(values) if points is None else points
    if points.ndim != 1 or not points.size or not np.isfinite(points).all():
        raise ValueError(_("Skor yang dicari normanya harus berupa bilangan terhingga."))
    below, up_to = (np.searchsorted(values, points, side=side) for side in ("left", "right"))
    rank = (below + up_to) / (2 * values.size)
    low, high = wilson(rank, np.full(rank.size, float(values.size)))
    # Nobody of the group lies beyond its ends: a T score there is that of half a person.
    inside = np.clip(rank, 0.5 / values.size, 1 - 0.5 / values.size)
    return pd.DataFrame(
        {
            "score": points,
            "n": values.size,
            "percentile_rank": 100 * rank,
            "percentile_low": 100 * np.maximum(low, 0.0),
            "percentile_high": 100 * np.minimum(high, 1.0),
            "t": 50 + 10 * ndtri(inside),
            "stanine": 1 + np.searchsorted(STANINES, rank, side="right"),
        }
    )
