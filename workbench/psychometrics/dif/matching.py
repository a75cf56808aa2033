"""What every comparison of two groups checks first, and what all tables of many tests end with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers, column_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["adjusted", "checked", "dichotomous"]

LARGEST_SCORE = 1e6


def checked(scored: object, focal: object) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[str]]:
    """Return scores, membership of the focal group, and names of items.

    Raises
    ------
    ValueError
        When scores are text, infinite or missing, shapes differ, or a group is empty.
    """
    x, group = as_numbers(scored).astype(float), as_numbers(focal).astype(float)
    if x.ndim != 2 or group.shape != (x.shape[0],) or x.shape[1] < 2:
        raise ValueError(
            _("DIF memerlukan tabel orang x butir dengan sedikitnya 2 butir, dan satu tanda kelompok per orang.")
        )
    if not (np.abs(x) <= LARGEST_SCORE).all():
        raise ValueError(_("DIF memerlukan skor lengkap dan terhingga; buang baris dengan sel kosong."))
    if not np.isin(group, [0.0, 1.0]).all():
        raise ValueError(_("Tanda kelompok fokal harus benar atau salah untuk setiap orang."))
    inside = group == 1
    if inside.all() or not inside.any():
        raise ValueError(_("DIF memerlukan dua kelompok; salah satunya kosong."))
    return x, inside, list(column_names(scored, x.shape[1]))


def dichotomous(x: NDArray[np.float64]) -> None:
    """Refuse scores that are not 0 or 1."""
    if not np.isin(x, [0.0, 1.0]).all():
        raise ValueError(_("Metode ini hanya untuk skor 0/1 lengkap; untuk butir bertingkat pakai dif.mantel."))


def adjusted(p: object) -> pd.DataFrame:
    """Return p values that allow for the number of items tested.

    Parameters
    ----------
    p : array of float, shape (items,)
        NaN where an item was not tested: it does not count.

    Returns
    -------
    pandas.DataFrame
        p_holm (Holm 1979: the chance of any false alarm) and p_bh (Benjamini and Hochberg 1995: the share of false
        alarms among the alarms).
    """
    values = np.asarray(p, dtype=float)
    known = np.flatnonzero(np.isfinite(values))
    result = pd.DataFrame({"p_holm": np.nan, "p_bh": np.nan}, index=range(values.size))
    if known.size:
        order = known[np.argsort(values[known], kind="stable")]
        rank = np.arange(1, order.size + 1)
        # Holm steps down from the smallest p, Benjamini and Hochberg step up from the largest.
        holm = np.maximum.accumulate(values[order] * (order.size - rank + 1))
        hochberg = np.minimum.accumulate((values[order] * order.size / rank)[::-1])[::-1]
        adjusted_values = np.full((values.size, 2), np.nan)
        adjusted_values[order] = np.minimum(np.stack([holm, hochberg], axis=1), 1.0)
        result[["p_holm", "p_bh"]] = adjusted_values
    return result
