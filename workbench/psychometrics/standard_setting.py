"""Cuts on theta from the judgements of a panel: bookmark and modified Angoff.

Sources: Lewis, Mitzel and Green (1996) and Cizek and Bunch (2007, chapters 6 and 10) for the bookmark method, Reckase
(2006) for placing its cut between two entries; Angoff (1971), Hambleton and Plake (1995) for ordered items, Brandon
(2004) and Cizek and Bunch (2007, chapter 6) for the Angoff method; Brennan (2002) for errors over panels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtri, stdtrit

from workbench.i18n import _
from workbench.psychometrics import irt
from workbench.psychometrics.agreement import icc
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "FEWEST_RATERS",
    "PANELS_FOR_ERROR",
    "RECOMMENDED_RATERS",
    "RESPONSE_PROBABILITY",
    "RULES",
    "StandardSetting",
    "angoff",
    "bookmark",
    "changes",
    "ordered_booklet",
]

RESPONSE_PROBABILITY = 2 / 3
RULES = ("midpoint", "location")
FEWEST_RATERS = 3  # two raters have one difference: no error can be stated from it
RECOMMENDED_RATERS = 10  # Cizek and Bunch 2007, chapter 3; below, the error is stated and said to be uncertain
PANELS_FOR_ERROR = 3  # from here on panels, and not raters, are what the error is estimated from
THETA = np.linspace(-8.0, 8.0, 3201)  # where curves are inverted; linear between, error below 1e-5
BOOKMARK, ANGOFF = "bookmark", "angoff"
CONFIDENCE = 0.95
CUTS = (
    *("level", "theta", "standard_error", "low", "high"),
    *("raters", "panels", "rater_sd", "rater_sd_low", "rater_sd_high", "icc", "icc_low", "icc_high", "error_from"),
)


@dataclass(frozen=True)
class StandardSetting:
    """The cuts that a panel has set on one scale in one round of judgements.

    Attributes
    ----------
    method : str
        ``bookmark`` or ``angoff``.
    cuts : pandas.DataFrame
        A row a level: theta, standard_error, 95 % interval (t distribution), number of raters and panels, standard
        deviation of the raters on theta with its interval, intraclass correlation of single ratings over the items
        (Angoff only), and what the error comes from (``raters`` or ``panels``).
    by_rater : pandas.DataFrame
        panel, rater, level, theta: the cut of each rater alone.
    sentences : tuple of str
        What a reader must know: few raters, one panel, raters whose own cuts do not rise.
    """

    method: str
    cuts: pd.DataFrame
    by_rater: pd.DataFrame
    sentences: tuple[str, ...]


def ordered_booklet(items: pd.DataFrame, response_probability: float = RESPONSE_PROBABILITY) -> pd.DataFrame:
    """Order the items, and each step of an ordered item, by where a person masters them.

    Parameters
    ----------
    items : pandas.DataFrame
        As `irt.Calibration.items`.
    response_probability : float
        Probability of the answer that counts as mastery.

    Returns
    -------
    pandas.DataFrame
        page (from 1), item_id, step (score that is reached), theta: where P(score >= step) meets the response
        probability. Entries that never reach it stand at the end without page and theta.

    Raises
    ------
    ValueError
        On a response probability outside 0 to 1, or items without parameters or with a slope that is not positive.
    """
    rp = _number(response_probability)
    if not 0 < rp < 1:
        raise ValueError(_("Peluang jawaban buklet harus di antara 0 dan 1, misalnya 2/3."))
    calibration = _calibration(items)
    rows = []
    for item, curve in zip(calibration.item_ids, irt.category_probabilities(calibration, THETA), strict=True):
        reached = np.cumsum(curve[::-1], axis=0)[::-1][1:]  # P(score >= step), shape (steps, thetas)
        for step, probability in enumerate(reached, start=1):
            inside = probability[0] < rp < probability[-1]
            theta = float(np.interp(rp, probability, THETA)) if inside else float("nan")
            rows.append({"item_id": item, "step": step, "theta": theta})
    table = pd.DataFrame(rows).sort_values("theta", kind="stable", na_position="last", ignore_index=True)
    placed = table["theta"].notna()
    page = pd.array(np.where(placed, np.arange(1, len(table) + 1), 0), dtype="Int64")
    page[~placed.to_numpy(bool)] = pd.NA
    table.insert(0, "page", page)
    return table


def bookmark(ratings: pd.DataFrame, booklet: pd.DataFrame, rule: str = "midpoint") -> StandardSetting:
    """Set cuts from bookmarks.

    Parameters
    ----------
    ratings : pandas.DataFrame
        panel, rater, level, value: the last page that a person who just reaches the level still masters.
    booklet : pandas.DataFrame
        As `ordered_booklet`.
    rule : str
        ``midpoint`` between the entry of that page and the next (the person masters one and not the other, so that the
        location alone is too low by half a gap), or ``location`` of the entry itself.

    Returns
    -------
    StandardSetting

    Raises
    ------
    ValueError
        On an unknown rule, pages that the booklet does not have, a rater who rates a level twice or leaves one out,
        fewer than three raters, or cuts that do not rise.
    """
    if rule not in RULES:
        raise ValueError(
            _("Aturan penempatan '{name}' tidak dikenal; pilih: {known}.").format(name=rule, known=", ".join(RULES))
        )
    theta = booklet["theta"].dropna().to_numpy(float)
    last = theta.size - (1 if rule == "midpoint" else 0)
    rows = _ratings(ratings, ("panel", "rater", "level", "value"))
    pages = rows["value"].to_numpy(float)
    wrong = ~((pages >= 1) & (pages <= last) & (pages == np.round(pages)))
    if wrong.any():
        row = rows[wrong].iloc[0]
        raise ValueError(
            _("Penanda buku {rater} pada level {level}: halaman {page} tidak ada; pakai 1 sampai {last}.").format(
                rater=row["rater"], level=row["level"], page=row["value"], last=last
            )
        )
    place = pages.astype(int) - 1
    own = (theta[place] + theta[place + 1]) / 2 if rule == "midpoint" else theta[place]
    table = _by_rater(rows.assign(theta=own), "theta")
    cuts = [_cut(level, table[level], None, None) for level in table.columns]
    return _result(BOOKMARK, cuts, table)


def angoff(ratings: pd.DataFrame, items: pd.DataFrame) -> StandardSetting:
    """Set cuts from expected scores of a person who just reaches a level.

    The cut is the theta at which the expected score on the items equals the mean of the raters' sums.

    Parameters
    ----------
    ratings : pandas.DataFrame
        panel, rater, level, item_id, value: probability of the right answer, or expected score of an ordered item.
    items : pandas.DataFrame
        As `irt.Calibration.items`, exactly the items that were rated.

    Returns
    -------
    StandardSetting

    Raises
    ------
    ValueError
        On a value outside 0 to the highest score of its item, an item that is unknown or rated twice or left out by
        somebody, a sum that no theta is expected to reach, fewer than three raters, or cuts that do not rise.
    """
    calibration = _calibration(items)
    rows = _ratings(ratings, ("panel", "rater", "level", "item_id", "value"))
    highest = dict(zip(items["item_id"], items["categories"].astype(int) - 1, strict=True))
    _check_scores(rows, highest)
    expected = irt.expected_score(calibration, THETA)
    table = rows.set_index(["panel", "rater", "level", "item_id"])["value"].unstack(["level", "item_id"])
    table = table.sort_index()
    levels = sorted(rows["level"].unique())
    wanted = [(level, item) for level in levels for item in highest]
    lacking = table.reindex(columns=pd.MultiIndex.from_tuples(wanted)).isna()
    if lacking.to_numpy().any():
        i, j = np.argwhere(lacking.to_numpy())[0]
        raise ValueError(
            _("Penilai {rater} belum menilai butir {item} pada level {level}; setiap penilai menilai semuanya.").format(
                rater=table.index[i][1], item=wanted[j][1], level=wanted[j][0]
            )
        )
    sums = pd.DataFrame({level: table[level][list(highest)].sum(axis=1) for level in levels})
    _check_raters(sums)
    own = sums.apply(lambda column: np.interp(column, expected, THETA))
    cuts = [_cut(level, sums[level], expected, table[level][list(highest)]) for level in levels]
    return _result(ANGOFF, cuts, own)


def changes(rounds: Mapping[int, StandardSetting]) -> pd.DataFrame:
    """Return how the cuts and the spread of the raters changed from one round of judgements to the next.

    Parameters
    ----------
    rounds : mapping of int to StandardSetting
        By number of the round.

    Returns
    -------
    pandas.DataFrame
        level, from_round, to_round, change, change_se (over the raters of both rounds), low, high, sd_before, sd_after,
        raters (those who rated in both).
    """
    columns = [
        "level",
        "from_round",
        "to_round",
        "change",
        "change_se",
        "low",
        "high",
        "sd_before",
        "sd_after",
        "raters",
    ]
    order = sorted(rounds)
    rows = []
    for before, after in pairwise(order):
        first, second = (_matrix(rounds[number].by_rater) for number in (before, after))
        both = first.index.intersection(second.index)
        for level in [level for level in first.columns if level in second.columns]:
            gap = (second.loc[both, level] - first.loc[both, level]).to_numpy(float)
            n = gap.size
            se = float(gap.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
            half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) * se if n > 1 else float("nan")
            mean = float(gap.mean()) if n else float("nan")
            spreads = (float(table[level].std(ddof=1)) for table in (first, second))
            rows.append((level, before, after, mean, se, mean - half, mean + half, *spreads, n))
    return pd.DataFrame(rows, columns=columns)


def _number(value: object) -> float:
    array = as_numbers(value).astype(float)
    if array.ndim or not np.isfinite(array):
        raise ValueError(_("Nilai ini harus satu bilangan terhingga."))
    return float(array)


def _calibration(items: pd.DataFrame) -> irt.Calibration:
    calibration = irt.Calibration.from_items(items)
    slopes = calibration.items["a"].to_numpy(float)
    if not (slopes > 0).all():
        item = calibration.item_ids[int(np.flatnonzero(~(slopes > 0))[0])]
        raise ValueError(
            _("Butir {item} tidak berdaya beda positif, sehingga tidak dapat dipakai menetapkan batas.").format(
                item=item
            )
        )
    return calibration


def _ratings(ratings: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the columns that are needed, with numbers where numbers belong, and nobody twice."""
    lacking = [c for c in columns if not isinstance(ratings, pd.DataFrame) or c not in ratings.columns]
    if lacking or ratings.empty:
        raise ValueError(
            _("Tabel penilaian kosong atau tanpa kolom {column}.").format(column=lacking[0] if lacking else columns[-1])
        )
    rows = ratings[list(columns)].reset_index(drop=True)
    values, levels = as_numbers(rows["value"]).astype(float), as_numbers(rows["level"]).astype(float)
    if not np.isfinite(values).all() or not np.isfinite(levels).all() or rows[["panel", "rater"]].isna().any(axis=None):
        raise ValueError(
            _("Tabel penilaian memuat sel kosong; setiap penilaian perlu panel, penilai, level, dan nilai.")
        )
    rows = rows.assign(value=values, level=levels.astype(int))
    keys = [c for c in columns if c != "value"]
    twice = rows.duplicated(keys)
    if twice.any():
        raise ValueError(
            _("Penilai {rater} menilai hal yang sama dua kali pada level {level}; sisakan satu.").format(
                rater=rows.loc[twice, "rater"].iloc[0], level=rows.loc[twice, "level"].iloc[0]
            )
        )
    return rows


def _check_scores(rows: pd.DataFrame, highest: dict[str, int]) -> None:
    unknown = ~rows["item_id"].isin(list(highest))
    if unknown.any():
        raise ValueError(
            _("Butir {item} dinilai tetapi tidak ada di bank.").format(item=rows.loc[unknown, "item_id"].iloc[0])
        )
    top = rows["item_id"].map(highest).to_numpy(float)
    wrong = ~((rows["value"].to_numpy(float) >= 0) & (rows["value"].to_numpy(float) <= top))
    if wrong.any():
        row = rows[wrong].iloc[0]
        raise ValueError(
            _("Penilai {rater}, butir {item}: {value} di luar 0 sampai {top}.").format(
                rater=row["rater"], item=row["item_id"], value=row["value"], top=highest[row["item_id"]]
            )
        )


def _by_rater(rows: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return raters by levels; whoever left a level out is named."""
    table = rows.set_index(["panel", "rater", "level"])[value].unstack("level").sort_index()
    if table.isna().to_numpy().any():
        i, j = np.argwhere(table.isna().to_numpy())[0]
        raise ValueError(
            _("Penilai {rater} belum menetapkan batas level {level}; setiap penilai menetapkan semuanya.").format(
                rater=table.index[i][1], level=table.columns[j]
            )
        )
    _check_raters(table)
    return table


def _matrix(by_rater: pd.DataFrame) -> pd.DataFrame:
    return by_rater.set_index(["panel", "rater", "level"])["theta"].unstack("level")


def _check_raters(table: pd.DataFrame) -> None:
    if len(table) < FEWEST_RATERS:
        raise ValueError(
            _("Hanya {n} penilai; batas level memerlukan sedikitnya {fewest}, sebaiknya {many} atau lebih.").format(
                n=len(table), fewest=FEWEST_RATERS, many=RECOMMENDED_RATERS
            )
        )


def _cut(
    level: int, values: pd.Series, expected: NDArray[np.float64] | None, items: pd.DataFrame | None
) -> dict[str, object]:
    """Return the cut of one level from what each rater gave: thetas, or sums that `expected` turns into thetas."""
    mean, error, df, source = _mean_and_error(values)
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * error
    ends = np.array([mean, mean - half, mean + half])
    slope = 1.0
    thetas = values.to_numpy(float)
    if expected is not None:
        if not expected[0] < mean < expected[-1]:
            raise ValueError(
                _(
                    "Level {level}: rata-rata jumlah nilai penilai {sum} tidak dapat dicapai pada theta mana pun; "
                    "periksa nilainya."
                ).format(level=level, sum=round(mean, 2))
            )
        ends = np.interp(ends, expected, THETA)
        slope = float(np.interp(ends[0], THETA, np.gradient(expected, THETA)))
        thetas = np.interp(thetas, expected, THETA)
    n = thetas.size
    sd = float(thetas.std(ddof=1))
    tail = (1 - CONFIDENCE) / 2
    low, high = (sd * np.sqrt((n - 1) / float(chdtri(n - 1, p))) for p in (tail, 1 - tail))
    panels = int(values.index.get_level_values("panel").nunique())
    row = (level, *ends[:1], error / slope, *ends[1:], n, panels, sd, low, high, *_agreement(items), source)
    return dict(zip(CUTS, row, strict=True))


def _mean_and_error(values: pd.Series) -> tuple[float, float, int, str]:
    """Return the mean over raters, its standard error, the degrees of freedom, and what the error comes from.

    From three panels on, panels are what was sampled: with p panels of n_p raters,
    SE^2 = P / (P - 1) sum_p (n_p / n)^2 (m_p - m)^2, the error of a mean over clusters. With two, half their difference
    is one more estimate of the error with one degree of freedom; the larger of both is stated.
    """
    numbers = values.to_numpy(float)
    n, mean = numbers.size, float(numbers.mean())
    of_raters = float(numbers.std(ddof=1) / np.sqrt(n))
    groups = values.groupby(level="panel")
    sizes, means = groups.size().to_numpy(float), groups.mean().to_numpy(float)
    panels = sizes.size
    if panels < 2:
        return mean, of_raters, n - 1, "raters"
    of_panels = float(np.sqrt(panels / (panels - 1) * ((sizes / n) ** 2 * (means - mean) ** 2).sum()))
    if panels >= PANELS_FOR_ERROR:
        return mean, of_panels, panels - 1, "panels"
    return (mean, of_panels, n - 1, "panels") if of_panels > of_raters else (mean, of_raters, n - 1, "raters")


def _agreement(items: pd.DataFrame | None) -> tuple[float, float, float]:
    """Intraclass correlation of single ratings over the items, absolute agreement; none where there are no items."""
    if items is None or items.shape[1] < 2:
        return (float("nan"),) * 3
    try:
        found = icc(items.T.to_numpy(float))
    except ValueError:  # everybody gave every item the same value: there is nothing to agree on
        return (float("nan"),) * 3
    row = found.set_index("type").loc["ICC2"]
    return float(row["icc"]), float(row["low"]), float(row["high"])


def _result(method: str, cuts: list[dict[str, object]], table: pd.DataFrame) -> StandardSetting:
    frame = pd.DataFrame(cuts, columns=list(CUTS))
    theta = frame["theta"].to_numpy(float)
    if (np.diff(theta) <= 0).any():
        level = int(frame["level"].iloc[int(np.flatnonzero(np.diff(theta) <= 0)[0]) + 1])
        raise ValueError(
            _(
                "Batas level {level} tidak lebih tinggi daripada batas level di bawahnya; panel perlu menilai lagi."
            ).format(level=level)
        )
    own = table.rename_axis(columns="level").stack().rename("theta").reset_index()
    return StandardSetting(method, frame, own, tuple(_notes(frame, table)))


def _notes(frame: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    sentences = []
    raters, panels = int(frame["raters"].iloc[0]), int(frame["panels"].iloc[0])
    if raters < RECOMMENDED_RATERS:
        sentences.append(
            _("Hanya {n} penilai (dianjurkan {many} atau lebih): galat bakunya sendiri belum pasti.").format(
                n=raters, many=RECOMMENDED_RATERS
            )
        )
    if not frame["rater_sd"].all():
        sentences.append(
            _("Semua penilai memberi nilai yang sama pada sedikitnya satu level: galat 0 bukan kepastian.")
        )
    if panels == 1:
        sentences.append(_("Satu panel: selisih antarpanel tidak diketahui dan tidak ikut dalam galat."))
    elif panels < PANELS_FOR_ERROR:
        sentences.append(_("Dua panel: selisih antarpanel hanya diketahui dari satu perbandingan."))
    crossed = table.index[(np.diff(table.to_numpy(float), axis=1) <= 0).any(axis=1)] if table.shape[1] > 1 else []
    if len(crossed):
        names = ", ".join(str(rater) for _panel, rater in crossed)
        sentences.append(_("Batas penilai sendiri tidak naik dari level ke level: {names}.").format(names=names))
    return sentences
