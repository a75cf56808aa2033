"""Shares, matched differences and effects of raters, against other methods and against what is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.psychometrics.agreement import fleiss, kappa, krippendorff
from workbench.psychometrics.intervals import exact, numbers_of_events, weighted_sum, wilson
from workbench.psychometrics.matched import matched_difference
from workbench.psychometrics.raters import rater_effects


def test_exact_intervals_are_those_of_scipy() -> None:
    for k, n in ((0, 7), (3, 7), (7, 7), (41, 200)):
        other = stats.binomtest(k, n).proportion_ci(method="exact")
        assert exact(k, n) == pytest.approx((other.low, other.high), abs=1e-12)
    assert exact(0, 0) == (0.0, 1.0)
    for k, n in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="of 3"):
            exact(k, n)


def test_exact_intervals_hold_what_a_bootstrap_says(seed: int) -> None:
    drawn = np.random.default_rng(seed).binomial(200, 41 / 200, 20_000) / 200
    low, high = exact(41, 200)
    assert low == pytest.approx(np.quantile(drawn, 0.025), abs=0.015)
    assert high == pytest.approx(np.quantile(drawn, 0.975), abs=0.015)


def test_the_difference_of_two_shares_is_newcombes() -> None:
    # Newcombe (1998), table II, method 10: 56/70 less 48/80 is .2000 (.0524 to .3339).
    shares, n = np.array([56 / 70, 48 / 80]), np.array([70.0, 80.0])
    value, low, high = weighted_sum(np.array([1.0, -1.0]), shares, *wilson(shares, n))
    assert (value, low, high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_numbers_of_events_are_poisson_binomial(seed: int) -> None:
    risk = np.sort(np.random.default_rng(seed).uniform(0, 0.5, 300))[::-1]
    mean, low, high = numbers_of_events(risk)
    chance = np.array([1.0])
    for k, p in enumerate(risk):
        chance = np.convolve(chance, [1 - p, p])
        inside = chance[int(np.ceil(low[k])) : int(np.floor(high[k])) + 1].sum()
        assert inside > 0.93
        below, above = np.searchsorted(np.cumsum(chance), [0.025, 0.975])
        assert abs(low[k] - min(below, mean[k])) <= 1
        assert abs(high[k] - max(above, mean[k])) <= 1


def test_a_matched_difference_is_mantel_haenszels() -> None:
    # Two strata: 8/10 against 3/10, and 4/20 against 1/20; weights 5 and 10.
    outcome = np.repeat([True, False] * 4, [8, 2, 3, 7, 4, 16, 1, 19])
    first = np.repeat([True, False, True, False], [10, 10, 20, 20])
    stratum = np.repeat([0, 1], [20, 40])
    found = matched_difference(outcome, first, stratum, np.arange(60))
    assert found.value == pytest.approx((5 * 0.5 + 10 * 0.15) / 15)
    assert (found.first, found.second) == (30, 30)
    assert found.low < found.value < found.high
    twice = matched_difference(*(np.repeat(part, 2) for part in (outcome, first, stratum, np.arange(60))))
    assert twice.value == pytest.approx(found.value)
    assert twice.high - twice.low == pytest.approx(found.high - found.low, rel=0.1)  # no new cases, no new knowledge


def test_where_everybody_agrees_little_is_known_all_the_same() -> None:
    first = np.arange(30) < 10
    found = matched_difference(np.ones(30, bool), first, np.zeros(30, np.int64), np.arange(30))
    assert found.value == 0
    assert found.high > 0.1
    nothing = matched_difference(np.ones(30, bool), first, first.astype(np.int64), np.arange(30))
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
    empty = np.zeros(0, np.int64)
    assert np.isnan(matched_difference(empty.astype(bool), empty.astype(bool), empty, empty).value)


def test_effects_of_raters_are_the_blups_of_a_mixed_model(seed: int) -> None:
    """With many raters the grid has little to average over, and REML of statsmodels must agree."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    random = np.random.default_rng(seed)
    people, each = 40, 30
    rater = np.repeat(np.arange(people), each)
    fixed = np.column_stack([np.ones(rater.size), random.standard_normal(rater.size)])
    truth = random.normal(0, 0.5, people)
    outcome = fixed @ [0.3, -0.2] + truth[rater] + random.normal(0, 1, rater.size)
    found = rater_effects(outcome, fixed, rater)
    other = MixedLM(outcome, fixed, rater).fit(reml=True)
    blups = np.array([float(np.ravel(other.random_effects[k])[0]) for k in range(people)])
    assert found.value == pytest.approx(blups - blups.mean(), abs=0.02)
    assert found.spread == pytest.approx(float(np.sqrt(np.ravel(other.cov_re)[0])), abs=0.05)
    assert found.residual == pytest.approx(float(np.sqrt(other.scale)), abs=0.01)
    assert found.value.sum() == pytest.approx(0, abs=1e-9)
    apart = truth - truth.mean()
    assert np.mean((found.low < apart) & (apart < found.high)) > 0.8
    assert (found.low_all <= found.low).all()
    assert (found.high_all >= found.high).all()


def test_a_slope_of_each_rater_is_found_beside_levels_of_their_own(seed: int) -> None:
    random = np.random.default_rng(seed)
    rater = np.repeat(np.arange(6), 200)
    place = np.tile(np.linspace(-0.5, 0.5, 200), 6)
    slopes = np.array([-2.0, 0.0, 0.0, 0.0, 0.0, 2.0])
    outcome = 3.0 * np.eye(6)[rater] @ np.arange(6) + slopes[rater] * place + random.normal(0, 0.5, rater.size)
    fixed = np.column_stack([np.eye(6)[rater], place])
    found = rater_effects(outcome, fixed, rater, place)
    assert found.value == pytest.approx(slopes, abs=0.5)
    assert found.high_all[0] < 0 < found.low_all[5]


def test_columns_that_say_nothing_new_change_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    rater = np.repeat(np.arange(4), 10)
    outcome, fixed = random.standard_normal(40), np.ones((40, 1))
    found = rater_effects(outcome, fixed, rater)
    again = rater_effects(outcome, np.column_stack([fixed, 2 * fixed, 0 * fixed]), rater)
    assert again.value == pytest.approx(found.value)
    assert again.high == pytest.approx(found.high)
    with pytest.raises(ValueError, match="not more outcomes"):
        rater_effects(outcome[:2], np.eye(2), np.array([0, 1]))


def test_alpha_is_krippendorffs() -> None:
    """The example of Krippendorff (2011), four observers of twelve units with missing ratings."""
    none = np.nan
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, none, none, none],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, none, 3],
        [none, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, none],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, none],
    ]
    ratings = np.array(observers).T
    for level, alpha in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)):
        found = krippendorff(ratings, level)
        assert found.value == pytest.approx(alpha, abs=5e-4)
        assert found.low < alpha < found.high <= 1
    assert krippendorff(np.repeat(ratings, 50, axis=0)).low > 0.65  # many alike: the same alpha, better known


def test_kappas_are_those_of_statsmodels(seed: int) -> None:
    from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

    random = np.random.default_rng(seed)
    first = random.integers(1, 6, 80)
    second = np.where(random.random(80) < 0.6, first, random.integers(1, 6, 80))
    table = np.zeros((5, 5))
    np.add.at(table, (first - 1, second - 1), 1)
    for weights in ("none", "linear", "quadratic"):
        other = cohens_kappa(table, wt=None if weights == "none" else weights)
        found = kappa(first, second, weights)
        assert (found.value, found.low, found.high) == pytest.approx((other.kappa, other.kappa_low, other.kappa_upp))
    ratings = np.column_stack([first, second, random.integers(1, 6, 80)])
    assert fleiss(ratings).value == pytest.approx(fleiss_kappa(aggregate_raters(ratings)[0]))
