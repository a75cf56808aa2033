"""Agreement of assessors: kappa for two, Fleiss and Krippendorff for many, intraclass correlation for ratings.

All of it in closed form, but for the bootstrap of Krippendorff's alpha: a page that shows agreement must open at once,
and statsmodels takes seconds to import. The tests compare with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import fdtrc, fdtri, ndtri

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Agreement", "fleiss", "icc", "kappa", "krippendorff"]

CONFIDENCE = 0.95
WEIGHTS = ("none", "linear", "quadratic")
LEVELS = ("nominal", "ordinal", "interval")


@dataclass(frozen=True)
class Agreement:
    """One coefficient with its interval.

    Attributes
    ----------
    value : float
    low, high : float
        95 % interval.
    n : int
        Cases compared.
    raters : int
    """

    value: float
    low: float
    high: float
    n: int
    raters: int


def _codes(*columns: object) -> list[NDArray[np.int64]]:
    """Return ratings as places among the values that occur, in rising order.

    Raises
    ------
    ValueError
        When a rating is missing, not finite, or the columns differ in length.
    """
    arrays = [np.asarray(c) for c in columns]
    if any(a.ndim != 1 for a in arrays) or len({a.shape for a in arrays}) != 1 or arrays[0].size < 2:
        raise ValueError(_("Kesepakatan memerlukan penilaian sepanjang sama atas sedikitnya dua kasus."))
    together = pd.Series(np.concatenate([a.astype(object) for a in arrays]))
    if together.isna().any():
        raise ValueError(_("Ada penilaian kosong; bandingkan hanya kasus yang dinilai kedua asesor."))
    try:
        _values, place = np.unique(together.to_numpy(object), return_inverse=True)
    except TypeError:
        raise ValueError(_("Penilaian mencampur teks dan angka; pakai satu jenis saja.")) from None
    return list(np.split(place.astype(np.int64), len(arrays)))


def kappa(first: object, second: object, weights: str = "none") -> Agreement:
    """Return Cohen's kappa of two raters, weighted if asked (Cohen 1960, 1968), with its large-sample interval.

    Parameters
    ----------
    first, second : array, shape (cases,)
        Ratings; categories are ordered as their values are.
    weights : str
        ``none``, ``linear`` or ``quadratic``.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        When ratings are missing, lengths differ, weights are unknown, or both raters used one category only.
    """
    if weights not in WEIGHTS:
        raise ValueError(
            _("Pembobotan '{name}' tidak dikenal; pilih: {known}.").format(name=weights, known=", ".join(WEIGHTS))
        )
    a, b = _codes(first, second)
    size = int(max(a.max(), b.max())) + 1
    if size < 2:
        raise ValueError(_("Kedua asesor hanya memakai satu kategori; kappa tidak terdefinisi."))
    table = np.zeros((size, size))
    np.add.at(table, (a, b), 1)
    share, places = table / a.size, np.arange(size)
    distance = np.abs(places[:, None] - places[None, :]).astype(float)
    agree = 1 - {"none": (distance > 0).astype(float), "linear": distance, "quadratic": distance**2}[weights]
    rows, columns = share.sum(1), share.sum(0)
    chance = float(rows @ agree @ columns)
    value = (float((agree * share).sum()) - chance) / (1 - chance)
    # Fleiss, Cohen and Everitt (1969).
    marginal = (agree @ columns)[:, None] + (rows @ agree)[None, :]
    spread = float((share * (agree - marginal * (1 - value)) ** 2).sum()) - (value - chance * (1 - value)) ** 2
    half = float(ndtri(0.5 + CONFIDENCE / 2)) * np.sqrt(max(spread, 0.0) / a.size) / (1 - chance)
    return Agreement(value, value - half, value + half, int(a.size), 2)


def _table(ratings: object) -> NDArray[np.float64]:
    """Return cases x raters as numbers, NaN where missing."""
    values = as_numbers(ratings).astype(float)
    if values.ndim != 2 or values.shape[0] < 2 or values.shape[1] < 2:
        raise ValueError(_("Penilaian harus berupa tabel kasus x asesor, sedikitnya dua kasus dan dua asesor."))
    if np.isinf(values).any():
        raise ValueError(_("Penilaian memuat nilai tak hingga."))
    return values


def fleiss(ratings: object) -> Agreement:
    """Return Fleiss' kappa of several raters on nominal categories (Fleiss 1971; interval of Fleiss, Nee, Landis 1979).

    Parameters
    ----------
    ratings : array, cases x raters
        No missing ratings.

    Returns
    -------
    Agreement
        The interval uses the standard error under no agreement; it is wide where agreement is high.

    Raises
    ------
    ValueError
        When ratings are missing or only one category occurs.
    """
    values = _table(ratings)
    if np.isnan(values).any():
        raise ValueError(_("Kappa Fleiss memerlukan penilaian lengkap; pakai alpha Krippendorff bila ada yang kosong."))
    kinds = np.unique(values)
    if kinds.size < 2:
        raise ValueError(_("Semua asesor hanya memakai satu kategori; kappa tidak terdefinisi."))
    n, m = values.shape
    counts = np.stack([(values == kind).sum(1) for kind in kinds], axis=1)
    p = counts.sum(0) / (n * m)
    by_chance = float((p**2).sum())
    value = (float((counts * (counts - 1)).sum()) / (n * m * (m - 1)) - by_chance) / (1 - by_chance)
    pq = float((p * (1 - p)).sum())
    variance = 2 / (n * m * (m - 1) * pq**2) * (pq**2 - float((p * (1 - p) * (1 - 2 * p)).sum()))
    half = float(ndtri(0.5 + CONFIDENCE / 2)) * np.sqrt(max(variance, 0.0))
    return Agreement(value, max(value - half, -1.0), min(value + half, 1.0), n, m)


def krippendorff(ratings: object, level: str = "nominal", *, rounds: int = 1000, seed: int = 0) -> Agreement:
    """Return Krippendorff's alpha, missing ratings allowed (Krippendorff 2011), with a bootstrap interval over cases.

    Parameters
    ----------
    ratings : array, cases x raters
        NaN where not rated; cases with fewer than two ratings say nothing and are left out.
    level : str
        ``nominal``, ``ordinal`` or ``interval``.
    rounds : int
        Bootstrap rounds.
    seed : int

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        When the level is unknown, or fewer than two values occur among cases rated twice.
    """
    if level not in LEVELS:
        raise ValueError(
            _("Skala '{level}' tidak dikenal; pilih: {known}.").format(level=level, known=", ".join(LEVELS))
        )
    values = _table(ratings)
    rated = values[(~np.isnan(values)).sum(1) >= 2]
    kinds = np.unique(rated[~np.isnan(rated)]) if rated.size else np.array([])
    if kinds.size < 2:
        raise ValueError(_("Tidak ada dua nilai berbeda pada kasus yang dinilai dua kali; alpha tidak terdefinisi."))
    # Coincidences of one case: ordered pairs of its ratings, each weighted 1 / (ratings - 1).
    # Cases rated alike are counted once, so that a bootstrap round costs the number of patterns, not of cases.
    counts, cases = np.unique(
        np.stack([(rated == k).sum(1) for k in kinds], axis=1).astype(float), axis=0, return_counts=True
    )
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, np.arange(kinds.size), np.arange(kinds.size)] -= counts
    pairs /= (counts.sum(1) - 1)[:, None, None]
    flat, shape = pairs.reshape(cases.size, -1), pairs.shape[1:]
    value = _alpha((cases @ flat).reshape(shape), kinds, level)
    rng = np.random.default_rng(seed)
    n = rated.shape[0]
    samples = rng.multinomial(n, cases / n, rounds) @ flat
    drawn = [_alpha(sample.reshape(shape), kinds, level) for sample in samples]
    known = np.array([v for v in drawn if np.isfinite(v)])
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]) if known.size else (np.nan, np.nan)
    return Agreement(value, float(low), float(high), n, int(values.shape[1]))


def _alpha(coincidence: NDArray[np.float64], kinds: NDArray[np.float64], level: str) -> float:
    """1 - observed / expected disagreement of a coincidence matrix; NaN where only one value occurs."""
    totals = coincidence.sum(0)
    n = totals.sum()
    if level == "nominal":
        distance = 1.0 - np.eye(kinds.size)
    elif level == "interval":
        distance = (kinds[:, None] - kinds[None, :]) ** 2
    else:
        middle = np.cumsum(totals) - totals / 2
        distance = (middle[:, None] - middle[None, :]) ** 2
    expected = float((np.outer(totals, totals) * distance).sum()) / (n - 1)
    if expected == 0:
        return float("nan")
    alpha: float = 1.0 - float((coincidence * distance).sum()) / expected
    return alpha


def icc(ratings: object) -> pd.DataFrame:
    """Return the six intraclass correlations of Shrout and Fleiss (1979) with F tests and intervals.

    Parameters
    ----------
    ratings : array, cases x raters
        Complete.

    Returns
    -------
    pandas.DataFrame
        type (ICC1, ICC2, ICC3: one rater; ICC1k, ICC2k, ICC3k: the mean of the raters), icc, f, df1, df2, p, low, high.

    Raises
    ------
    ValueError
        When a rating is missing or nothing varies.
    """
    x = _table(ratings)
    if np.isnan(x).any():
        raise ValueError(_("ICC memerlukan penilaian lengkap; keluarkan kasus dengan penilaian kosong."))
    n, k = x.shape
    grand = x.mean()
    between = k * float(((x.mean(1) - grand) ** 2).sum()) / (n - 1)
    judges = n * float(((x.mean(0) - grand) ** 2).sum()) / (k - 1)
    within = float(((x - x.mean(1, keepdims=True)) ** 2).sum()) / (n * (k - 1))
    residual = float(((x - x.mean(1, keepdims=True) - x.mean(0) + grand) ** 2).sum()) / ((n - 1) * (k - 1))
    if between <= 0 or within <= 0 or residual <= 0:
        raise ValueError(_("Penilaian tidak bervariasi antarkasus atau antarasesor; ICC tidak terdefinisi."))
    one = (between - within) / (between + (k - 1) * within)
    two = (between - residual) / (between + (k - 1) * residual + k * (judges - residual) / n)
    three = (between - residual) / (between + (k - 1) * residual)
    tail = (1 + CONFIDENCE) / 2
    d1, e1, e3 = n - 1, n * (k - 1), (n - 1) * (k - 1)
    f1, f3 = between / within, between / residual
    l1, u1 = f1 / fdtri(d1, e1, tail), f1 * fdtri(e1, d1, tail)
    l3, u3 = f3 / fdtri(d1, e3, tail), f3 * fdtri(e3, d1, tail)
    # Shrout and Fleiss, formula for ICC(2,1): Satterthwaite's degrees of freedom.
    ratio = judges / residual
    v = (
        (k - 1)
        * (n - 1)
        * (k * two * ratio + n * (1 + (k - 1) * two) - k * two) ** 2
        / ((n - 1) * k**2 * two**2 * ratio**2 + (n * (1 + (k - 1) * two) - k * two) ** 2)
    )
    fu, fl = fdtri(d1, v, tail), fdtri(v, d1, tail)
    l2 = n * (between - fu * residual) / (fu * (k * judges + (k * n - k - n) * residual) + n * between)
    u2 = n * (fl * between - residual) / (k * judges + (k * n - k - n) * residual + n * fl * between)
    rows = [
        ("ICC1", one, f1, d1, e1, (l1 - 1) / (l1 + k - 1), (u1 - 1) / (u1 + k - 1)),
        ("ICC2", two, f3, d1, e3, l2, u2),
        ("ICC3", three, f3, d1, e3, (l3 - 1) / (l3 + k - 1), (u3 - 1) / (u3 + k - 1)),
        ("ICC1k", (between - within) / between, f1, d1, e1, 1 - 1 / l1, 1 - 1 / u1),
        (
            "ICC2k",
            (between - residual) / (between + (judges - residual) / n),
            f3,
            d1,
            e3,
            _average(l2, k),
            _average(u2, k),
        ),
        ("ICC3k", (between - residual) / between, f3, d1, e3, 1 - 1 / l3, 1 - 1 / u3),
    ]
    frame = pd.DataFrame(rows, columns=["type", "icc", "f", "df1", "df2", "low", "high"])
    frame.insert(5, "p", fdtrc(frame["df1"], frame["df2"], frame["f"]))
    return frame


def _average(single: float, raters: int) -> float:
    """Reliability of the mean of several raters (Spearman and Brown)."""
    return single * raters / (1 + single * (raters - 1))
