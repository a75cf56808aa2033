"""Adverse impact: selection rates of groups with exact intervals, and what a ratio at such numbers can say.

The four-fifths rule (Uniform Guidelines on Employee Selection Procedures 1978, 29 CFR 1607.4 D) calls a selection rate
below four fifths of another one adverse impact. Among few people it says so often where nothing is the matter
(Morris & Lobsenz 2000; Roth, Bobko & Switzer 2006), so its false-alarm rate at the numbers at hand stands beside it.
Everything here counts decisions as they are; nothing enters a score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number, format_percent
from workbench.psychometrics.intervals import Z

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "COLUMNS",
    "FEWEST",
    "STRATIFIED",
    "adverse_impact",
    "clopper_pearson",
    "common_ratio",
    "false_alarm",
    "fisher_exact",
    "impact_sentence",
    "people_needed",
    "ratio_interval",
    "tier_sentence",
]

POWER = 0.8416212335729143  # normal quantile of 80 %
FEWEST = 5  # a group below this has no rate: one person more would change it by twenty points or more
COLUMNS = (
    *("group", "reference", "n", "selected", "rate", "rate_low", "rate_high", "n_reference", "selected_reference"),
    *("rate_reference", "ratio", "ratio_low", "ratio_high", "p_fisher", "four_fifths", "false_alarm"),
    *("needed_rule", "needed_power", "not_computed"),
)
# Of the ratio within tiers.
STRATIFIED = ("tiers", "ratio_tier", "ratio_tier_low", "ratio_tier_high", "tier_not_computed")


def _counts(k: object, n: object) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return counts as whole numbers.

    Raises
    ------
    ValueError
        When they are none, or more are selected than there are.
    """
    numbers = [np.atleast_1d(np.asarray(value)) for value in (k, n)]
    for values in numbers:
        if values.dtype.kind not in "iuf" or not np.isfinite(values.astype(float)).all() or (values % 1 != 0).any():
            raise ValueError(_("Jumlah terpilih dan jumlah orang harus bilangan bulat; periksa hitungannya."))
    chosen, people = np.broadcast_arrays(*(values.astype(np.int64) for values in numbers))
    if (people < 1).any() or (chosen < 0).any() or (chosen > people).any():
        raise ValueError(_("Jumlah terpilih harus antara 0 dan jumlah orang, dan ada sedikitnya satu orang."))
    return chosen, people


def clopper_pearson(k: object, n: object) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the exact 95 % interval of a share (Clopper & Pearson 1934).

    Parameters
    ----------
    k, n : array of int
        How many of how many.

    Returns
    -------
    tuple of ndarray
        Low and high ends.

    Raises
    ------
    ValueError
        When the counts are none.
    """
    from workbench.psychometrics.intervals import exact_shares

    return exact_shares(*_counts(k, n))


def ratio_interval(k: int, n: int, k_reference: int, n_reference: int) -> tuple[float, float]:
    """Return the 95 % score interval of a ratio of two shares (Koopman 1984; Miettinen & Nurminen 1985).

    It holds where a group has none or all selected, unlike the interval on the logarithm of the ratio.

    Returns
    -------
    tuple of float
        (0, inf) where neither group has anybody selected: the data say nothing of the ratio.

    Raises
    ------
    ValueError
        When the counts are none.
    """
    (x1, x0), (n1, n0) = _counts([k, k_reference], [n, n_reference])
    if not x1 and not x0:
        return 0.0, np.inf

    def beyond(log_ratio: float) -> float:
        """Score statistic at a ratio; falls with the ratio."""
        ratio = np.exp(log_ratio)
        a, b, c = (n1 + n0) * ratio, ratio * (n1 + x0) + x1 + n0, x1 + x0
        p0 = (b - np.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)
        p1 = min(ratio * p0, 1.0)
        variance = p1 * (1 - p1) / n1 + ratio**2 * p0 * (1 - p0) / n0
        difference = x1 / n1 - ratio * x0 / n0
        if variance <= 1e-15:
            return 0.0 if abs(difference) < 1e-12 else float(np.copysign(np.inf, difference))
        return float(difference / np.sqrt(variance))

    def root(target: float) -> float:
        low, high = -25.0, 25.0
        for _step in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if beyond(middle) > target else (low, middle)
        return float(np.exp((low + high) / 2))

    return (root(Z) if x1 else 0.0), (root(-Z) if x0 else np.inf)


def fisher_exact(k: int, n: int, k_reference: int, n_reference: int) -> float:
    """Return the two-sided p of Fisher's exact test: all tables that are no more likely than the one at hand.

    Raises
    ------
    ValueError
        When the counts are none.
    """
    from scipy.special import gammaln

    (x, x0), (n1, n0) = _counts([k, k_reference], [n, n_reference])
    total = x + x0
    here = np.arange(max(0, total - n0), min(n1, total) + 1)

    there = total - here
    # The number of ways to choose, less what does not depend on the table.
    log_mass = -gammaln(here + 1) - gammaln(n1 - here + 1) - gammaln(there + 1) - gammaln(n0 - there + 1)
    mass = np.exp(log_mass - log_mass.max())
    mass /= mass.sum()
    # Tables equally likely on paper may differ in the last digits.
    return float(min(mass[mass <= mass[x - here[0]] * (1 + 1e-7)].sum(), 1.0))


def false_alarm(n: int, n_reference: int, rate: float) -> float:
    """Return how often the four-fifths rule raises an alarm where both groups are selected at the same rate.

    Exact: over all pairs of counts that two binomial draws can give. An alarm is raised where either group's rate lies
    below four fifths of the other's; where nobody is selected there is no ratio and no alarm.

    Parameters
    ----------
    n, n_reference : int
    rate : float
        The common rate that is presumed; the answer depends on it strongly.

    Raises
    ------
    ValueError
        When counts or rate are none.
    """
    from scipy.special import bdtr, gammaln, xlog1py, xlogy

    _counts([0, 0], [n, n_reference])
    if not 0 <= rate <= 1:
        raise ValueError(_("Tingkat terpilih harus antara 0 dan 1; periksa hitungannya."))
    k = np.arange(n + 1, dtype=np.int64)
    mass = np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, rate) + xlog1py(n - k, -rate))
    # In whole numbers, so that a rate of exactly four fifths raises no alarm.
    below = (4 * k * n_reference - 1) // (5 * n)
    above = (5 * k * n_reference) // (4 * n)
    under = np.where(below >= 0, bdtr(np.maximum(below, 0), n_reference, rate), 0.0)
    over = np.where(above < n_reference, 1 - bdtr(np.minimum(above, n_reference), n_reference, rate), 0.0)
    return float(min((mass * (under + over)).sum(), 1.0))


def people_needed(rate: float, share: float) -> tuple[float, float]:
    """Return how many people of both groups together a statement needs, by normal approximation.

    Parameters
    ----------
    rate : float
        Common selection rate.
    share : float
        Share of the focal group among both.

    Returns
    -------
    tuple of float
        For a false-alarm rate of the four-fifths rule of 5 %; and for finding a true ratio of .8 with a power of 80 %
        at the 5 % level (Morris 2001). NaN where the rate is 0 or 1.
    """
    if not 0 < rate < 1 or not 0 < share < 1:
        return np.nan, np.nan
    spread = (1 - rate) / rate * (1 / share + 1 / (1 - share))
    for_rule = spread * (Z / np.log(1.25)) ** 2
    focal = 0.8 * rate
    mean = share * focal + (1 - share) * rate
    null = np.sqrt(mean * (1 - mean) * (1 / share + 1 / (1 - share)))
    real = np.sqrt(focal * (1 - focal) / share + rate * (1 - rate) / (1 - share))
    return float(np.ceil(for_rule)), float(np.ceil(((Z * null + POWER * real) / (rate - focal)) ** 2))


def adverse_impact(selected: NDArray[np.bool_], groups: NDArray[np.object_], reference: str) -> pd.DataFrame:
    """Count decisions by group and compare each group with a reference group.

    Parameters
    ----------
    selected : ndarray of bool, shape (n,)
        Decisions as they are.
    groups : ndarray of str, shape (n,)
        Group of each person; None or empty where it is not known.
    reference : str

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, a row a group but the reference; where a group has fewer than five people counts and rates
        are empty and ``not_computed`` says why.

    Raises
    ------
    ValueError
        When lengths differ or the reference group has nobody.
    """
    selected, groups = np.asarray(selected), np.asarray(groups, dtype=object)
    if selected.shape != groups.shape or selected.ndim != 1 or selected.dtype != bool:
        raise ValueError(_("Keputusan dan kelompok harus disebut untuk orang yang sama; periksa panjang kedua daftar."))
    names = np.where(pd.isna(groups), "", groups).astype(str)
    n0, k0 = int((names == reference).sum()), int((selected & (names == reference)).sum())
    if not n0:
        raise ValueError(_("Kelompok acuan '{group}' tidak punya anggota; pilih yang lain.").format(group=reference))
    rows = []
    for group in sorted(set(names) - {"", reference}):
        mine = names == group
        rows.append(_compared(group, reference, int((selected & mine).sum()), int(mine.sum()), k0, n0))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    # Where nothing could be computed a column holds no number, and is one of numbers all the same.
    numbers = dict.fromkeys([c for c in COLUMNS if c.startswith(("rate", "ratio", "p_", "false_"))], float)
    kinds = {"four_fifths": "boolean", "selected": "Int64", "selected_reference": "Int64"}
    return frame.astype({**numbers, **kinds})


def _compared(group: str, reference: str, k: int, n: int, k0: int, n0: int) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
    row |= {"group": group, "reference": reference, "n": n, "selected": k}
    row |= {"n_reference": n0, "selected_reference": k0, "four_fifths": pd.NA, "not_computed": ""}
    if min(n, n0) < FEWEST:
        words = _("tidak dihitung: {n} orang pada kelompok terkecil, sedikitnya {fewest}")
        # What happened to one or two people is not told either: everybody would know whom it is about.
        hidden = {"selected": pd.NA, "selected_reference": pd.NA}
        return row | hidden | {"not_computed": words.format(n=min(n, n0), fewest=FEWEST)}
    low, high = clopper_pearson([k, k0], [n, n0])
    row |= {"rate": k / n, "rate_low": low[0], "rate_high": high[0], "rate_reference": k0 / n0}
    pooled = (k + k0) / (n + n0)
    rule, power = people_needed(pooled, n / (n + n0))
    row |= {"false_alarm": false_alarm(n, n0, pooled), "needed_rule": rule, "needed_power": power}
    if not k and not k0:
        return row | {"not_computed": _("tidak dihitung: tidak seorang pun terpilih, perbandingan tidak ada")}
    if k == n and k0 == n0:
        return row | {"not_computed": _("tidak dihitung: semua orang terpilih, tidak ada yang dapat dibandingkan")}
    ratio_low, ratio_high = ratio_interval(k, n, k0, n0)
    row |= {"ratio": (k * n0) / (k0 * n) if k0 else np.inf, "ratio_low": ratio_low, "ratio_high": ratio_high}
    row["four_fifths"] = 5 * k * n0 < 4 * k0 * n or 5 * k0 * n < 4 * k * n0
    row["p_fisher"] = fisher_exact(k, n, k0, n0)
    return row


def common_ratio(
    selected: NDArray[np.bool_], focal: NDArray[np.bool_], strata: NDArray[np.object_]
) -> dict[str, object]:
    """Return the ratio of two selection rates that is common to all strata (Mantel & Haenszel 1959).

    People are compared with people of the same stratum only, so that a group with more people in strata from which few
    are selected does not read as treated otherwise. The variance of its logarithm (Greenland & Robins 1985) holds for
    many small strata as for few large ones.

    Parameters
    ----------
    selected : ndarray of bool, shape (n,)
        Decisions as they are.
    focal : ndarray of bool, shape (n,)
        True for the focal group, False for the reference group.
    strata : ndarray of str, shape (n,)
        Tier of each person.

    Returns
    -------
    dict
        `STRATIFIED`: strata that hold both groups, the ratio with its 95 % interval, and why there is none.

    Raises
    ------
    ValueError
        When lengths differ.
    """
    if not selected.shape == focal.shape == strata.shape or selected.ndim != 1:
        raise ValueError(_("Keputusan dan kelompok harus disebut untuk orang yang sama; periksa panjang kedua daftar."))
    names, place = np.unique(strata.astype(str), return_inverse=True)

    def counted(who: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(place[who], minlength=names.size).astype(np.float64)

    n1, n0 = counted(focal), counted(~focal)
    both = (n1 > 0) & (n0 > 0)
    n1, n0 = n1[both], n0[both]
    x1, x0 = counted(focal & selected)[both], counted(~focal & selected)[both]
    row: dict[str, object] = dict.fromkeys(STRATIFIED, np.nan)
    row |= {"tiers": int(both.sum()), "tier_not_computed": ""}
    if not both.any() or min(n1.sum(), n0.sum()) < FEWEST:
        words = _("kurang dari {fewest} orang salah satu kelompok berada di jenjang yang memuat keduanya")
        return row | {"tier_not_computed": words.format(fewest=FEWEST)}
    total = n1 + n0
    one, other = float((x1 * n0 / total).sum()), float((x0 * n1 / total).sum())
    if not one or not other:
        return row | {"tier_not_computed": _("di jenjang yang memuat keduanya salah satu kelompok tanpa yang terpilih")}
    variance = float(((n1 * n0 * (x1 + x0) - x1 * x0 * total) / total**2).sum()) / (one * other)
    if variance <= 0:
        return row | {"tier_not_computed": _("semua orang terpilih, tidak ada yang dapat dibandingkan")}
    half = Z * np.sqrt(variance)
    ratio = one / other
    ends = {"ratio_tier_low": ratio * np.exp(-half), "ratio_tier_high": ratio * np.exp(half)}
    return row | {"ratio_tier": ratio} | ends


def tier_sentence(row: pd.Series) -> str:
    """Return in words what the comparison within tiers says beside that over all tiers together.

    Parameters
    ----------
    row : pandas.Series
        A row of `adverse_impact` with the columns `STRATIFIED`.
    """
    if row["not_computed"]:
        return ""
    if row["tier_not_computed"]:
        return _("Di dalam jenjang: tidak dihitung, {why}.").format(why=row["tier_not_computed"])
    low, high = float(row["ratio_tier_low"]), float(row["ratio_tier_high"])
    if low > 1 or high < 1:
        return _("Di antara orang sejenjang pun berbeda.")
    if row["ratio_low"] > 1 or row["ratio_high"] < 1:
        return _("Di antara orang sejenjang tidak terbukti berbeda; susunan jenjang dapat menjelaskan beda itu.")
    if low >= 0.8 and high <= 1.25:
        return _("Di antara orang sejenjang pun tidak berbeda lebih dari seperlima.")
    return _("Di antara orang sejenjang pun tidak dapat dikatakan.")


def impact_sentence(row: pd.Series) -> str:
    """Return in words what a comparison can and cannot say.

    Parameters
    ----------
    row : pandas.Series
        A row of `adverse_impact`.
    """
    if row["not_computed"]:
        return str(row["not_computed"])
    alarm = format_percent(float(row["false_alarm"]))
    if row["ratio_low"] > 1 or row["ratio_high"] < 1:
        return _("Berbeda: perbandingan 1 berada di luar rentangnya. Telaah sebabnya; ini bukan bukti perlakuan.")
    if row["ratio_low"] >= 0.8 and row["ratio_high"] <= 1.25:
        return _("Tidak berbeda lebih dari seperlima: seluruh rentang berada di antara 0,8 dan 1,25.")
    if bool(row["four_fifths"]):
        words = _(
            "Aturan empat perlima menyala, tetapi pada jumlah ini ia menyala dengan peluang {alarm} walaupun tidak ada "
            "beda; untuk alarm palsu 5 % perlu kira-kira {n} orang."
        )
        return words.format(alarm=alarm, n=_about(row["needed_rule"]))
    words = _(
        "Tidak dapat dikatakan: beda besar maupun tidak ada beda sama-sama cocok. Untuk menemukan perbandingan 0,8 "
        "perlu kira-kira {n} orang."
    )
    return words.format(n=_about(row["needed_power"]))


def _about(value: float) -> str:
    """Return a number of people to two significant digits: it rests on an approximation."""
    digits = max(int(np.floor(np.log10(max(value, 1.0)))) - 1, 0)
    return format_number(round(float(value), -digits))
