"""Options of multiple-choice items, and keys that look wrong.

Sources: Haladyna and Rodriguez (2013) for options by score group; Angoff (1989) and the ITC quality-control guidelines
(2014) for the comparison of options with the key; Steiger and Hakstian (1982) for the asymptotic distribution of
dependent correlations without normality; Spjotvoll (1972) for the control of the expected number of false findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.i18n import _
from workbench.psychometrics.intervals import fisher
from workbench.psychometrics.scored import correlations, scored_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EXPECTED_FALSE", "FEWEST_FOR_MISKEY", "category_table", "fifths", "miskey", "options"]

SCORE_GROUPS = 5
# Wrong proposals that would be expected in one table if every unkeyed option were as good as its key. Options of sound
# items are far worse than their keys, so that in truth far fewer are made.
EXPECTED_FALSE = 2.0
# Fewer people say too little: the comparison of two correlations leans on the normal distribution.
FEWEST_FOR_MISKEY = 30


def options(raw: pd.DataFrame, key: Mapping[str, object]) -> pd.DataFrame:
    """Return how often each option was chosen, by whom, and how it goes with the rest score.

    Parameters
    ----------
    raw : pandas.DataFrame, persons x items
        Options as given, text or whole numbers; an empty or missing cell is no choice.
    key : mapping of item to option, or to a tuple of options
        The right option of each item; several where choosing any of them is right.

    Returns
    -------
    pandas.DataFrame
        item_id, option, is_key, n, chosen, share, option_rest with low and high (correlation of choosing the option
        with the number of other items right, over everybody), p_above_key (one-sided p that the option does not go with
        the rest score any better than a right answer; empty for the key), and share_1 .. share_5: the share in each
        fifth of the rest score, equal scores shared out in proportion.

    Raises
    ------
    ValueError
        When an item has no key, fewer than three persons or two items are given, nobody chose anything, or a cell is no
        option.
    """
    if not isinstance(raw, pd.DataFrame) or raw.shape[0] < 3 or raw.shape[1] < 2:
        raise ValueError(_("Tabel opsi perlu sedikitnya 3 orang dan 2 butir."))
    if not raw.columns.is_unique:
        raise ValueError(_("Tabel opsi memuat kode butir yang sama dua kali; setiap kolom harus berkode sendiri."))
    if not isinstance(key, Mapping | pd.Series):
        raise ValueError(_("Kunci harus berupa pasangan butir dan opsi."))
    keyed = {item: _right(key[item]) if item in key else () for item in raw.columns}
    for item, right_ones in keyed.items():
        if not all(right_ones) or not right_ones:
            raise ValueError(_("Butir {item} tidak punya kunci; lengkapi tabel kunci.").format(item=item))
    chosen = {item: _labels(raw[item]) for item in raw.columns}
    if not any((column != "").any() for column in chosen.values()):
        raise ValueError(_("Tabel opsi tidak memuat satu jawaban pun; periksa berkas jawaban."))
    right = np.stack([np.isin(chosen[item], keyed[item]) for item in raw.columns], axis=1).astype(float)
    total = right.sum(axis=1)
    tables = [
        _item_options(str(item), chosen[item], keyed[item], total - right[:, j]) for j, item in enumerate(raw.columns)
    ]
    return pd.concat(tables, ignore_index=True)


def _item_options(
    item: str, chosen: NDArray[np.object_], key: tuple[str, ...], rest: NDArray[np.float64]
) -> pd.DataFrame:
    found = sorted({*np.unique(chosen).tolist(), *key} - {""})
    chose = np.stack([chosen == option for option in found], axis=1).astype(float)
    is_key = np.array([option in key for option in found])
    return _option_rows(item, found, chose, rest, is_key)


def _option_rows(
    item: str,
    found: list[str],
    chose: NDArray[np.float64],
    rest: NDArray[np.float64],
    is_key: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Rows of one item; without a key (ordered items) nothing is compared with one."""
    groups = fifths(rest)
    shares = chose.T @ groups / groups.sum(axis=0)
    r = correlations(chose, np.repeat(rest[:, None], len(found), axis=1))
    low, high = fisher(r, np.full(len(found), float(rest.size)))
    return pd.DataFrame(
        {
            "item_id": item,
            "option": found,
            "is_key": False if is_key is None else is_key,
            "n": rest.size,
            "chosen": chose.sum(axis=0).astype(int),
            "share": chose.mean(axis=0),
            "option_rest": r,
            "option_rest_low": low,
            "option_rest_high": high,
            "p_above_key": np.nan if is_key is None else _above_key(chose, is_key, rest),
            **{f"share_{g + 1}": shares[:, g] for g in range(SCORE_GROUPS)},
        }
    )


def category_table(scored: pd.DataFrame) -> pd.DataFrame:
    """Return how often each category of an ordered item was chosen, by whom, and how it goes with the rest score.

    Parameters
    ----------
    scored : pandas.DataFrame, persons x items
        Categories; NaN or negative where missing. Only people with every answer count: only they have a rest score.

    Returns
    -------
    pandas.DataFrame
        The columns of `options`, with the category as option, no key and no ``p_above_key``.

    Raises
    ------
    ValueError
        As `classical.item_statistics`.
    """
    table = scored_table(scored.astype(float).where(scored >= 0))
    total = table.complete.sum(axis=1)
    tables = []
    for name, values in zip(table.names, table.complete.T, strict=True):
        found = np.arange(int(values.max()) + 1)
        chose = (values[:, None] == found).astype(float)
        tables.append(_option_rows(name, found.astype(str).tolist(), chose, total - values))
    return pd.concat(tables, ignore_index=True)


def _above_key(chose: NDArray[np.float64], is_key: NDArray[np.bool_], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """One-sided p that an option's correlation with the rest score is no higher than that of a right answer.

    The two choices exclude each other and are far from normal. The standard error of the difference is the larger of
    two: from the influence of each person on both correlations (Steiger and Hakstian 1982: with z-scores ``x`` and
    ``y`` the influence on r is ``x y - r (x^2 + y^2) / 2``), right in large groups; and from exchanging the rest scores
    between people, ``(2 - 2 r_options) / (n - 1)``, exact in small ones when neither option goes with the score. A key
    that nobody chose has the correlation zero.
    """
    # The last column is a right answer: the key, or any of several.
    chose = np.column_stack([chose, chose[:, is_key].sum(axis=1)])
    r = correlations(chose, np.repeat(rest[:, None], chose.shape[1], axis=1))
    varies = np.isfinite(r)
    if not varies.any():
        return np.full(is_key.size, np.nan)
    n = rest.size
    x = (chose - chose.mean(axis=0)) / np.where(varies, chose.std(axis=0), 1.0)
    y = ((rest - rest.mean()) / rest.std())[:, None]
    value = np.where(varies, r, 0.0)
    influence = np.where(varies, x * y - value * (x**2 + y**2) / 2, 0.0)
    large = (influence - influence[:, [-1]]).var(axis=0) / n
    small = (x - x[:, [-1]]).var(axis=0) / (n - 1)
    error = np.sqrt(np.maximum(large, small))[:-1]
    compared = varies[:-1] & ~is_key
    return np.where(compared, ndtr((value[-1] - value[:-1]) / np.where(compared, error, 1.0)), np.nan)


def fifths(rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each person that belongs to each fifth of the rest score, shape (persons, 5)."""
    _scores, place, count = np.unique(rest, return_inverse=True, return_counts=True)
    above = np.cumsum(count) / rest.size * SCORE_GROUPS
    below = above - count / rest.size * SCORE_GROUPS
    edge = np.arange(SCORE_GROUPS)
    inside = np.minimum(above[:, None], edge + 1) - np.maximum(below[:, None], edge)
    shares: NDArray[np.float64] = np.maximum(inside, 0.0) / (above - below)[:, None]
    return shares[place]


def _labels(column: pd.Series) -> NDArray[np.object_]:
    """Return the chosen option of each person as text, empty where none was chosen."""
    place, found = pd.factorize(column.astype(object), use_na_sentinel=True)
    labels = np.array([*(_label(value) for value in found), ""], dtype=object)
    result: NDArray[np.object_] = labels[place]
    return result


def _right(key: object) -> tuple[str, ...]:
    """Return the right options of an item as texts."""
    return tuple(map(_label, key)) if isinstance(key, tuple) else (_label(key),)


def _label(value: object) -> str:
    """Return an option as text: 3 and 3.0 are the option "3"."""
    if isinstance(value, str):
        return value
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real) and float(value).is_integer():
        return str(int(float(value)))
    raise ValueError(_("Opsi '{value}' bukan huruf atau bilangan bulat; periksa tabel jawaban.").format(value=value))


def miskey(table: pd.DataFrame, *, expected_false: float = EXPECTED_FALSE) -> pd.DataFrame:
    """Find items whose key looks wrong, and the option that behaves like one.

    An unkeyed option is proposed when it goes up with the rest score and goes with it better than the key does, beyond
    chance. A table holds hundreds of such comparisons, so each is made at the level ``expected_false / comparisons``:
    even if every unkeyed option were exactly as good as its key, no more than `expected_false` wrong proposals would be
    expected in the whole table (per-family error rate, Spjotvoll 1972).

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of `options`, possibly of several forms and scales (columns ``form`` and ``scale`` are kept).
    expected_false : float
        Positive.

    Returns
    -------
    pandas.DataFrame
        form, scale (where given), item_id, key, proposed, option_rest_key, option_rest_proposed, share_proposed, p,
        level. Items answered by fewer than 30 people are not judged. Of several right options the key is written as
        ``A|C``, and ``option_rest_key`` is that of the one which goes with the rest score best.

    Raises
    ------
    ValueError
        When the table lacks a column of `options`.
    """
    keep = [c for c in ("form", "scale") if c in table.columns]
    needed = ["item_id", "option", "is_key", "n", "share", "option_rest", "p_above_key"]
    missing = [name for name in needed if name not in table.columns]
    if missing or not expected_false > 0:
        raise ValueError(
            _("Diagnosis kunci memerlukan hasil options, lengkap dengan kolom {column}.").format(
                column=(missing or needed)[0]
            )
        )
    is_key = table["is_key"].astype(bool)
    compared = table[~is_key & table["p_above_key"].notna() & (table["n"] >= FEWEST_FOR_MISKEY)]
    level = expected_false / max(len(compared), 1)
    found = compared[(compared["p_above_key"] < level) & (compared["option_rest"] > 0)]
    where = [*keep, "item_id"]
    best = found.sort_values("option_rest", ascending=False).drop_duplicates(where)
    right = table[is_key].groupby(where, sort=False)
    keys = right.agg(option=("option", "|".join), option_rest=("option_rest", "max"))
    labels = pd.MultiIndex.from_frame(best[where]) if keep else pd.Index(best["item_id"])
    key = keys.loc[labels]
    result = best[where].assign(
        key=key["option"].to_numpy(),
        proposed=best["option"],
        option_rest_key=key["option_rest"].to_numpy(),
        option_rest_proposed=best["option_rest"],
        share_proposed=best["share"],
        p=best["p_above_key"],
        level=level,
    )
    return result.sort_index().reset_index(drop=True)
