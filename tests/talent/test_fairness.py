"""Adverse impact: exact intervals, the false alarms of the four-fifths rule, and hostile input."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from workbench.talent import fairness


@pytest.mark.parametrize(("k", "n"), [(0, 12), (12, 12), (1, 3), (17, 87), (412, 6001)])
def test_clopper_pearson_agrees_with_scipy(k, n):
    low, high = fairness.clopper_pearson(k, n)
    other = binomtest(k, n).proportion_ci(method="exact")
    assert (low[0], high[0]) == pytest.approx((other.low, other.high), abs=1e-9)


@pytest.mark.parametrize(
    ("k", "n", "k0", "n0"), [(12, 50, 30, 87), (1, 10, 5, 9), (40, 400, 38, 600), (3, 7, 6, 7), (250, 5000, 300, 4000)]
)
def test_ratio_interval_agrees_with_statsmodels(k, n, k0, n0):
    from statsmodels.stats.proportion import confint_proportions_2indep

    other = confint_proportions_2indep(k, n, k0, n0, compare="ratio", method="score", correction=False)
    assert fairness.ratio_interval(k, n, k0, n0) == pytest.approx(other, rel=1e-4)


@pytest.mark.parametrize(
    ("k", "n", "k0", "n0"), [(12, 50, 30, 87), (0, 10, 5, 9), (7, 7, 0, 3), (400, 4000, 800, 4100), (3, 7, 3, 7)]
)
def test_fisher_agrees_with_scipy(k, n, k0, n0):
    from scipy.stats import fisher_exact

    other = fisher_exact([[k, n - k], [k0, n0 - k0]]).pvalue
    assert fairness.fisher_exact(k, n, k0, n0) == pytest.approx(other, rel=1e-6, abs=1e-12)


STRATA = np.array(["pelaksana"] * 300 + ["pengawas"] * 90 + ["administrator"] * 30, dtype=object)


def tiers_with_gap(ratio: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Selected and focal: women stand in lower tiers more often, and are selected at `ratio` times the rate of men."""
    rng = np.random.default_rng(seed)
    share = {"pelaksana": 0.7, "pengawas": 0.4, "administrator": 0.25}
    rate = {"pelaksana": 0.12, "pengawas": 0.4, "administrator": 0.7}
    focal = rng.random(STRATA.size) < np.array([share[s] for s in STRATA])
    chance = np.array([rate[s] for s in STRATA]) * np.where(focal, ratio, 1.0)
    return rng.random(STRATA.size) < chance, focal


def test_the_common_ratio_agrees_with_statsmodels(seed):
    from statsmodels.stats.contingency_tables import StratifiedTable

    selected, focal = tiers_with_gap(0.8, seed)
    tables = [
        np.array([[(x & f & here).sum(), (~x & f & here).sum()], [(x & ~f & here).sum(), (~x & ~f & here).sum()]])
        for here in (s == STRATA for s in np.unique(STRATA))
        for x, f in ((selected, focal),)
    ]
    found = fairness.common_ratio(selected, focal, STRATA)
    assert found["ratio_tier"] == pytest.approx(StratifiedTable(tables).riskratio_pooled)
    assert found["tiers"] == 3


def test_the_interval_of_one_stratum_is_that_of_a_ratio_of_shares():
    """Katz, Baptista, Azen & Pike (1978): 1/x1 - 1/n1 + 1/x0 - 1/n0."""
    x1, n1, x0, n0 = 12, 50, 30, 87
    selected = np.array([True] * x1 + [False] * (n1 - x1) + [True] * x0 + [False] * (n0 - x0))
    focal = np.arange(n1 + n0) < n1
    found = fairness.common_ratio(selected, focal, np.full(n1 + n0, "pelaksana", dtype=object))
    spread = np.sqrt(1 / x1 - 1 / n1 + 1 / x0 - 1 / n0)
    assert found["ratio_tier"] == pytest.approx((x1 / n1) / (x0 / n0))
    assert np.log(found["ratio_tier_high"] / found["ratio_tier"]) == pytest.approx(1.959964 * spread, rel=1e-6)


def test_tiers_explain_what_is_no_difference_within_them(seed):
    """With equal rates within tiers the crude ratio misses 1, and the interval within tiers holds it as it says."""
    held, crude = [], []
    for k in range(200):
        selected, focal = tiers_with_gap(1.0, seed + k)
        found = fairness.common_ratio(selected, focal, STRATA)
        held.append(found["ratio_tier_low"] <= 1 <= found["ratio_tier_high"])
        crude.append(selected[focal].mean() / selected[~focal].mean())
    assert np.mean(crude) < 0.75
    # 190 of 200 are expected; fewer than 178 come by chance in one of ten thousand.
    assert sum(held) >= 178


def test_tiers_that_hold_one_group_only_say_nothing_and_few_people_get_no_ratio():
    focal = np.array([True] * 20 + [False] * 20)
    apart = np.where(focal, "pelaksana", "administrator").astype(object)
    found = fairness.common_ratio(focal.copy(), focal, apart)
    assert found["tiers"] == 0
    assert "kurang dari 5 orang" in found["tier_not_computed"]
    together = np.full(40, "pelaksana", dtype=object)
    assert "tanpa yang terpilih" in fairness.common_ratio(focal.copy(), focal, together)["tier_not_computed"]
    everybody = fairness.common_ratio(np.ones(40, dtype=bool), focal, together)
    assert "semua orang terpilih" in everybody["tier_not_computed"]
    assert np.isnan(everybody["ratio_tier"])
    with pytest.raises(ValueError, match="untuk orang yang sama"):
        fairness.common_ratio(focal, focal[:-1], together)


def test_the_sentence_does_not_blame_where_tiers_explain():
    row = pd.Series({"not_computed": "", "tier_not_computed": "", "ratio_low": 0.4, "ratio_high": 0.9})
    alike = row.copy()
    alike["ratio_tier_low"], alike["ratio_tier_high"] = 0.7, 1.3
    assert "susunan jenjang dapat menjelaskan" in fairness.tier_sentence(alike)
    apart = row.copy()
    apart["ratio_tier_low"], apart["ratio_tier_high"] = 0.4, 0.9
    assert fairness.tier_sentence(apart) == "Di antara orang sejenjang pun berbeda."


def test_ratio_interval_where_nobody_or_everybody_is_selected():
    low, high = fairness.ratio_interval(0, 20, 10, 20)
    assert low == 0
    assert 0 < high < 0.5
    low, high = fairness.ratio_interval(10, 20, 0, 20)
    assert 2 < low < high == np.inf
    assert fairness.ratio_interval(0, 5, 0, 5) == (0.0, np.inf)
    low, high = fairness.ratio_interval(20, 20, 20, 20)
    assert low < 1 < high
    assert low == pytest.approx(1 / high)


def by_enumeration(n: int, n0: int, rate: float) -> float:
    """Every pair of counts, in whole numbers."""
    total = 0.0
    for k, k0 in itertools.product(range(n + 1), range(n0 + 1)):
        if 5 * k * n0 < 4 * k0 * n or 5 * k0 * n < 4 * k * n0:
            total += binom.pmf(k, n, rate) * binom.pmf(k0, n0, rate)
    return total


@pytest.mark.parametrize(("n", "n0", "rate"), [(5, 5, 0.4), (12, 30, 0.13), (50, 25, 0.8), (3, 3, 0.0), (4, 4, 1.0)])
def test_false_alarm_agrees_with_a_plain_enumeration(n, n0, rate):
    assert fairness.false_alarm(n, n0, rate) == pytest.approx(by_enumeration(n, n0, rate), abs=1e-10)


def test_false_alarm_at_87_against_50_depends_on_the_rate():
    # About 42 % where three in ten are selected; more than 60 % at the 13 % that a pool may hold.
    assert fairness.false_alarm(50, 87, 0.30) == pytest.approx(0.416, abs=0.001)
    assert fairness.false_alarm(50, 87, 0.13) == pytest.approx(0.633, abs=0.001)
    assert fairness.false_alarm(50, 87, 0.50) == pytest.approx(0.212, abs=0.001)


def test_needed_people_bring_the_false_alarms_to_five_percent():
    total, _power = fairness.people_needed(0.3, 0.4)
    alarm = fairness.false_alarm(round(0.4 * total), round(0.6 * total), 0.3)
    assert alarm == pytest.approx(0.05, abs=0.01)


def test_needed_people_find_a_ratio_of_four_fifths_in_four_of_five_rounds(seed):
    from scipy.stats import norm

    _rule, total = fairness.people_needed(0.3, 0.5)
    n = round(total / 2)
    random = np.random.default_rng(seed)
    k, k0 = random.binomial(n, 0.24, 20_000), random.binomial(n, 0.30, 20_000)
    pooled = (k + k0) / (2 * n)
    z = (k0 - k) / n / np.sqrt(pooled * (1 - pooled) * 2 / n)
    assert (np.abs(z) > norm.ppf(0.975)).mean() == pytest.approx(0.80, abs=0.015)


def people(*counts: tuple[str, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return decisions and groups from (group, n, selected)."""
    selected = np.concatenate([np.arange(n) < k for _g, n, k in counts])
    groups = np.concatenate([np.full(n, g, dtype=object) for g, n, _k in counts])
    return selected, groups


def test_a_comparison_worked_by_hand():
    # 12 of 50 are .24, 30 of 87 are .345: ratio .696, below four fifths; Fisher's p by the hypergeometric distribution.
    table = fairness.adverse_impact(*people(("P", 50, 12), ("L", 87, 30)), "L")
    row = table.iloc[0]
    assert row["ratio"] == pytest.approx(0.24 / (30 / 87))
    assert row["four_fifths"]
    from scipy.stats import hypergeom

    mass = hypergeom.pmf(np.arange(51), 137, 42, 50)
    assert row["p_fisher"] == pytest.approx(mass[mass <= mass[12] * (1 + 1e-7)].sum())
    assert row["false_alarm"] == pytest.approx(by_enumeration(50, 87, 42 / 137), abs=1e-9)
    sentence = fairness.impact_sentence(row)
    assert "empat perlima menyala" in sentence
    assert "41\N{NO-BREAK SPACE}%" in sentence


def test_exactly_four_fifths_is_no_alarm():
    assert not fairness.adverse_impact(*people(("P", 50, 20), ("L", 50, 25)), "L")["four_fifths"].iloc[0]


def test_a_large_difference_and_none_are_both_said():
    large = fairness.adverse_impact(*people(("P", 4000, 400), ("L", 4000, 800)), "L").iloc[0]
    assert fairness.impact_sentence(large).startswith("Berbeda")
    none = fairness.adverse_impact(*people(("P", 9000, 2700), ("L", 9000, 2700)), "L").iloc[0]
    assert fairness.impact_sentence(none).startswith("Tidak berbeda")


def test_small_groups_have_no_rate_and_say_why():
    table = fairness.adverse_impact(*people(("P", 3, 1), ("L", 40, 9)), "L")
    assert table["not_computed"].iloc[0] == "tidak dihitung: 3 orang pada kelompok terkecil, sedikitnya 5"
    told = ["selected", "selected_reference", "rate", "ratio", "p_fisher", "false_alarm", "four_fifths"]
    assert table[told].isna().all(axis=None)
    nobody = fairness.adverse_impact(*people(("P", 30, 0), ("L", 40, 0)), "L").iloc[0]
    assert "tidak seorang pun" in nobody["not_computed"]
    assert nobody["rate_high"] == pytest.approx(1 - 0.025 ** (1 / 30))  # rule of three, exactly
    assert np.isnan(nobody["ratio"])
    everybody = fairness.adverse_impact(*people(("P", 30, 30), ("L", 40, 40)), "L").iloc[0]
    assert "semua orang terpilih" in fairness.impact_sentence(everybody)


def test_unknown_groups_are_left_out():
    selected, groups = people(("P", 20, 5), ("L", 20, 5), ("?", 6, 6))
    groups[-6:] = [None, np.nan, pd.NA, "", None, None]
    table = fairness.adverse_impact(selected, groups, "L")
    assert table["group"].tolist() == ["P"]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_intervals_hold_the_estimate_and_turn_round(n, n0, data):
    k, k0 = data.draw(st.integers(0, n)), data.draw(st.integers(0, n0))
    low, high = fairness.ratio_interval(k, n, k0, n0)
    assert 0 <= low <= high
    if k and k0:
        ratio = k * n0 / (k0 * n)
        assert low <= ratio * (1 + 1e-9)
        assert ratio <= high * (1 + 1e-9)
        other_low, other_high = fairness.ratio_interval(k0, n0, k, n)
        assert (1 / other_high, 1 / other_low) == pytest.approx((low, high), rel=1e-6)
    assert 0 <= fairness.false_alarm(n, n0, (k + k0) / (n + n0)) <= 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: fairness.clopper_pearson(3, 2),
        lambda: fairness.clopper_pearson(-1, 2),
        lambda: fairness.clopper_pearson(0.5, 2),
        lambda: fairness.clopper_pearson(float("nan"), 2),
        lambda: fairness.clopper_pearson("satu", 2),
        lambda: fairness.ratio_interval(1, 0, 1, 5),
        lambda: fairness.fisher_exact(3, 2, 1, 5),
        lambda: fairness.false_alarm(0, 5, 0.5),
        lambda: fairness.false_alarm(5, 5, float("nan")),
        lambda: fairness.false_alarm(5, 5, 1.5),
        lambda: fairness.adverse_impact(np.array([True]), np.array(["L", "P"], dtype=object), "L"),
        lambda: fairness.adverse_impact(np.array([1, 0]), np.array(["L", "P"], dtype=object), "L"),
        lambda: fairness.adverse_impact(np.array([True, False]), np.array(["L", "P"], dtype=object), "X"),
    ],
)
def test_hostile_input_gives_a_sentence_and_no_number(call):
    with pytest.raises(ValueError, match=r"[a-z].*\.$"):
        call()


def test_columns_hold_numbers_even_where_no_group_has_any():
    table = fairness.adverse_impact(
        np.array([True, False, True, False]), np.array(["a", "a", "b", "b"], dtype=object), "a"
    )
    assert table["p_fisher"].isna().all()
    assert table.nsmallest(1, "p_fisher")["group"].tolist() == ["b"]
    assert all(pd.api.types.is_float_dtype(table[c]) for c in ("rate", "ratio", "ratio_low", "false_alarm"))
