"""Decisions: against enumeration, against simulated truth, against what is known in closed form."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm, percentileofscore

from workbench.psychometrics import decision, irt
from workbench.psychometrics.irt.inspection import category_probabilities

if TYPE_CHECKING:
    from collections.abc import Callable

MIXED = irt.Calibration.from_items(
    pd.DataFrame(
        {
            "item_id": ["p", "q", "r", "s"],
            "model": ["2PL", "2PL", "GRM", "GRM"],
            "a": [1.2, 0.8, 1.5, 1.0],
            "b": [-0.5, 0.4, np.nan, np.nan],
            "b1": [np.nan, np.nan, -1.0, -0.8],
            "b2": [np.nan, np.nan, 0.7, 0.2],
            "b3": [np.nan, np.nan, np.nan, 1.4],
        }
    )
)


def category(values: np.ndarray, cuts: list[float]) -> np.ndarray:
    return np.searchsorted(cuts, values, side="right")


def test_rudner_against_simulated_estimates(seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta, se, cuts = rng.normal(size=4000), rng.uniform(0.2, 0.5, 4000), [-0.5, 0.8]
    ours = decision.rudner(theta, se, cuts)
    first, second = (theta[:, None] + rng.normal(size=(4000, 60)) * se[:, None] for _replicate in range(2))
    same = category(first, cuts) == category(second, cuts)
    right = category(first, cuts) == category(theta, cuts)[:, None]
    assert ours.accuracy == pytest.approx(right.mean(), abs=0.004), seed
    assert ours.consistency == pytest.approx(same.mean(), abs=0.004), seed
    # Rudner's truth varies about the estimate: what is given is what was stated.
    truly, above = first[..., None] >= cuts, theta[:, None, None] >= cuts
    for column, wrong in (("false_positive", above & ~truly), ("false_negative", ~above & truly)):
        np.testing.assert_allclose(ours.by_cut[column], wrong.mean((0, 1)), atol=0.004, err_msg=str(seed))
    right_at = (above == truly).mean(1)
    np.testing.assert_allclose(ours.by_cut["accuracy"], right_at.mean(0), atol=0.004, err_msg=str(seed))
    parts = [decision.rudner(theta[k::40], se[k::40], cuts).accuracy for k in range(40)]
    spread = np.std(parts, ddof=1) / np.sqrt(40)
    assert ours.accuracy_se == pytest.approx(spread, rel=0.5), seed
    shares = np.bincount(category(first, cuts).ravel(), minlength=3) / first.size
    chance = (shares**2).sum()
    assert ours.kappa == pytest.approx((same.mean() - chance) / (1 - chance), abs=0.01), seed


def test_lee_from_all_patterns() -> None:
    theta = np.array([-1.4, -0.2, 0.3, 1.7])
    cuts = [2, 4.5]
    curves = category_probabilities(MIXED, theta)
    table = np.zeros((theta.size, 3))
    expected = np.zeros(theta.size)
    for pattern in itertools.product(*(range(curve.shape[0]) for curve in curves)):
        chance = np.prod([curve[k] for curve, k in zip(curves, pattern, strict=True)], axis=0)
        table[:, int(sum(pattern) >= 2) + int(sum(pattern) >= 4.5)] += chance
        expected += sum(pattern) * chance
    true = category(expected, cuts)
    ours = decision.lee(MIXED, cuts, theta=theta)
    assert ours.accuracy == pytest.approx(table[np.arange(4), true].mean())
    assert ours.consistency == pytest.approx((table**2).sum(1).mean())
    above = table[:, 1:].sum(1)
    assert ours.by_cut["consistency"][0] == pytest.approx((above**2 + (1 - above) ** 2).mean())
    assert ours.by_cut["false_positive"][0] == pytest.approx((above * (true < 1)).mean())
    assert ours.by_cut["false_negative"][0] == pytest.approx(((1 - above) * (true >= 1)).mean())


def test_lee_and_livingston_lewis_against_simulated_truth(bank: Callable, answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = bank(rng.uniform(0.7, 1.8, 40), rng.normal(0, 1, 40))
    theta = rng.normal(size=40_000)
    first, second = answers(truth, theta, rng).sum(1), answers(truth, theta, rng).sum(1)
    expected = irt.expected_score(truth, theta)
    cuts = [16, 24, 31]
    accuracy = (category(first, cuts) == category(expected, cuts)).mean()
    consistency = (category(first, cuts) == category(second, cuts)).mean()
    lee = decision.lee(truth, cuts)
    assert lee.accuracy == pytest.approx(accuracy, abs=0.012), seed
    assert lee.consistency == pytest.approx(consistency, abs=0.012), seed
    people = decision.lee(truth, cuts, theta=theta[:5000])
    assert people.accuracy == pytest.approx(lee.accuracy, abs=0.02), seed
    reliability = float(np.corrcoef(first, second)[0, 1])
    ll = decision.livingston_lewis(first, reliability, (0, 40), cuts)
    assert ll.accuracy == pytest.approx(accuracy, abs=0.02), seed
    assert ll.consistency == pytest.approx(consistency, abs=0.02), seed
    moved = decision.livingston_lewis(200 + 15 * first, reliability, (200, 800), 200 + 15 * np.array(cuts))
    assert moved.accuracy == pytest.approx(ll.accuracy)
    assert moved.by_cut["accuracy"].tolist() == pytest.approx(ll.by_cut["accuracy"].tolist())


def test_livingston_lewis_serves_a_short_weighted_composite(bank: Callable, answers: Callable, seed: int) -> None:
    """Its scores lie closer than those of the effective test, so that a cut is not on a score."""
    rng = np.random.default_rng(seed)
    truth = bank(np.full(14, 1.3), np.linspace(-1.8, 1.8, 14))
    theta, weights = rng.normal(size=60_000), rng.uniform(0.8, 1.6, 14)
    one, two = (answers(truth, theta, rng) @ weights for _replicate in range(2))
    exact = np.stack([c[1] for c in category_probabilities(truth, theta)], axis=1) @ weights
    cuts = (np.array([0.4, 0.6, 0.78]) * weights.sum()).tolist()
    ours = decision.livingston_lewis(one, float(np.corrcoef(one, two)[0, 1]), (0, weights.sum()), cuts)
    assert ours.accuracy == pytest.approx((category(one, cuts) == category(exact, cuts)).mean(), abs=0.015), seed
    assert ours.consistency == pytest.approx((category(one, cuts) == category(two, cuts)).mean(), abs=0.02), seed


@pytest.mark.parametrize(("lower", "upper"), [(0.15, 0.9), (0.0, 1.0)])
def test_livingston_lewis_of_a_beta_binomial(lower: float, upper: float) -> None:
    """With beta true scores and binomial errors all is known, also the effective length, which is the real one."""
    n, cut = 30, 18
    inner = (np.arange(100_000) + 0.5) / 100_000
    weight = inner**5 * (1 - inner) ** 3
    weight /= weight.sum()
    tau = lower + (upper - lower) * inner
    counts = np.array([np.round(4e5 * float(weight @ binom.pmf(k, n, tau))) for k in range(n + 1)]).astype(int)
    x = np.repeat(np.arange(n + 1), counts)
    reliability = n**2 * float(weight @ (tau - weight @ tau) ** 2) / x.var()
    ours = decision.livingston_lewis(x, reliability, (0, n), [cut])
    above, true = binom.sf(cut - 1, n, tau), tau >= cut / n
    assert ours.model == "beta-4" or lower == 0.0
    assert ours.accuracy == pytest.approx(float(weight @ np.where(true, above, 1 - above)), abs=1e-3)
    assert ours.consistency == pytest.approx(float(weight @ (above**2 + (1 - above) ** 2)), abs=1e-3)
    assert ours.by_cut["false_positive"][0] == pytest.approx(float(weight @ (~true * above)), abs=1e-3)
    assert ours.by_cut["false_negative"][0] == pytest.approx(float(weight @ (true * (1 - above))), abs=1e-3)


def test_livingston_lewis_falls_back_to_two_parameters() -> None:
    x = np.repeat([0, 1, 2, 3, 4, 20], [5, 30, 40, 30, 10, 12])
    ours = decision.livingston_lewis(x, 0.8, (0, 20), [3])
    assert ours.model == "beta-2"
    assert 0.5 < ours.consistency <= ours.accuracy <= 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=10, max_size=60),
    st.floats(0.05, 0.97),
    st.lists(st.floats(0.05, 1.0), min_size=1, max_size=4, unique=True),
)
def test_livingston_lewis_stays_a_probability(scores: list[float], reliability: float, cuts: list[float]) -> None:
    cuts = sorted(cuts)
    if np.std(scores) < 1e-3:
        with pytest.raises(ValueError, match="bervariasi"):
            decision.livingston_lewis(scores, reliability, (0, 1), cuts)
        return
    try:
        ours = decision.livingston_lewis(scores, reliability, (0, 1), cuts)
    except ValueError as problem:
        if "terlalu bervariasi" not in str(problem):
            raise
        return
    assert -1e-9 <= ours.accuracy <= 1 + 1e-9
    assert 0 < ours.consistency <= 1 + 1e-9
    assert ours.by_cut[["accuracy", "consistency"]].stack().between(-1e-9, 1 + 1e-9).all()


def test_draws_need_a_replicate(seed: int) -> None:
    """Normal theory: posterior of the truth, second estimate given the truth; the actual shares are simulated."""
    rng = np.random.default_rng(seed)
    n, d, error, cuts = 20_000, 60, 0.9, [-0.6, 0.5]
    theta = rng.normal(size=n)
    shrink = 1 / (1 + error**2)
    first = shrink * (theta + error * rng.normal(size=n))
    again = shrink * (theta + error * rng.normal(size=n))
    draws = first[:, None] + error * np.sqrt(shrink) * rng.normal(size=(n, d))
    replicate = shrink * (draws + error * rng.normal(size=(n, d)))
    ours = decision.from_draws(draws, replicate, cuts, stated=category(first, cuts))
    assert ours.accuracy == pytest.approx((category(first, cuts) == category(theta, cuts)).mean(), abs=0.012), seed
    assert ours.consistency == pytest.approx((category(first, cuts) == category(again, cuts)).mean(), abs=0.012), seed
    # What one would get from squared posterior probabilities is something else.
    shares = np.stack([(category(draws, cuts) == k).mean(1) for k in range(3)], axis=1)
    assert abs((shares**2).sum(1).mean() - ours.consistency) > 0.01, seed
    default = decision.from_draws(draws, replicate, cuts)
    assert default.accuracy == pytest.approx(ours.accuracy, abs=0.01)
    errors = ours.by_cut["false_positive"] + ours.by_cut["false_negative"]
    np.testing.assert_allclose(ours.by_cut["accuracy"], 1 - errors)


def test_errors_at_the_cuts() -> None:
    theta = [-1.0, 0.2, 1.3]
    ours = decision.conditional_sem(MIXED, theta)
    np.testing.assert_allclose(ours["sem"], irt.information(MIXED, theta)["sem"])
    np.testing.assert_allclose(ours["expected_score"], irt.expected_score(MIXED, theta))
    back = decision.conditional_sem(MIXED, ours["expected_score"], raw=True)
    np.testing.assert_allclose(back["theta"], theta, atol=1e-9)
    variance = np.zeros(3)
    for curve in category_probabilities(MIXED, np.array(theta)):
        points = np.arange(curve.shape[0])
        variance += points**2 @ curve - (points @ curve) ** 2
    np.testing.assert_allclose(ours["raw_sem"], np.sqrt(variance))


def test_subscores_against_regression_on_the_truth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 60_000
    between = np.array([[1, 0.9, 0.3], [0.9, 1, 0.4], [0.3, 0.4, 1]])
    truth = rng.multivariate_normal([0, 0, 0], between, n) * [3, 2, 4]
    noise = np.array([2.5, 3.0, 1.0])
    observed = truth + rng.normal(size=(n, 3)) * noise
    reliability = np.array([9, 4, 16]) / (np.array([9, 4, 16]) + noise**2)
    ours = decision.haberman_prmse(pd.DataFrame(observed, columns=["a", "b", "c"]), reliability)
    for j in range(3):
        total = observed.sum(1)
        by_total = np.corrcoef(total, truth[:, j])[0, 1] ** 2
        design = np.column_stack([np.ones(n), observed[:, j], total])
        weights, residual, *_rest = np.linalg.lstsq(design, truth[:, j])
        both = 1 - residual[0] / ((truth[:, j] - truth[:, j].mean()) ** 2).sum()
        row = ours.iloc[j]
        assert row["prmse_subscore"] == pytest.approx(np.corrcoef(observed[:, j], truth[:, j])[0, 1] ** 2, abs=0.015), (
            seed
        )
        assert row["prmse_total"] == pytest.approx(by_total, abs=0.015), seed
        assert row["prmse_both"] == pytest.approx(both, abs=0.015), seed
        assert row[["weight_subscore", "weight_total"]].tolist() == pytest.approx(weights[1:].tolist(), abs=0.03), seed
    assert ours["added_value"].tolist() == [True, False, True]
    assert (ours["prmse_both"] >= ours[["prmse_subscore", "prmse_total"]].max(axis=1)).all()


def test_norms_against_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(10, 40, 400).astype(float)
    with_holes = np.append(scores, [np.nan, np.nan])
    ours = decision.norms(with_holes)
    assert (ours["n"] == 400).all()
    np.testing.assert_allclose(
        ours["percentile_rank"], [percentileofscore(scores, s, kind="mean") for s in ours["score"]]
    )
    np.testing.assert_allclose(ours["t"], 50 + 10 * norm.ppf(ours["percentile_rank"] / 100))
    assert (ours["percentile_low"] <= ours["percentile_rank"]).all()
    assert (ours["percentile_rank"] <= ours["percentile_high"]).all()
    asked = decision.norms(scores, at=[0, 25.5, 99])
    assert asked["percentile_rank"].iloc[[0, 2]].tolist() == [0.0, 100.0]
    assert np.isfinite(asked["t"]).all()
    assert asked["stanine"].iloc[[0, 2]].tolist() == [1, 9]
    normal = decision.norms(norm.ppf((np.arange(20_000) + 0.5) / 20_000))
    shares = normal["stanine"].value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(shares, [0.04, 0.07, 0.12, 0.17, 0.20, 0.17, 0.12, 0.07, 0.04], atol=1e-3)


# hostile input

GOOD = np.arange(30.0)
BAD_CALLS = {
    "rudner lengths": lambda: decision.rudner([0.0, 1.0], [0.1], [0.0]),
    "rudner error": lambda: decision.rudner([0.0], [0.0], [0.0]),
    "rudner infinite error": lambda: decision.rudner([0.0], [np.inf], [0.0]),
    "rudner text": lambda: decision.rudner(["x"], [0.1], [0.0]),
    "rudner cuts": lambda: decision.rudner([0.0], [0.1], [1.0, 0.0]),
    "rudner no cut": lambda: decision.rudner([0.0], [0.1], []),
    "lee zero": lambda: decision.lee(MIXED, [0]),
    "lee too high": lambda: decision.lee(MIXED, [8]),
    "lee text": lambda: decision.lee(MIXED, ["a"]),
    "lee theta": lambda: decision.lee(MIXED, [2], theta=[np.nan]),
    "lee groups": lambda: decision.lee(
        irt.Calibration(MIXED.items, pd.DataFrame({"group": ["x", "y"], "mean": [0.0, 1.0], "sd": [1.0, 1.0]})), [2]
    ),
    "ll range": lambda: decision.livingston_lewis(GOOD, 0.8, (0, 20), [10]),
    "ll turned range": lambda: decision.livingston_lewis(GOOD, 0.8, (30, 0), [10]),
    "ll cut outside": lambda: decision.livingston_lewis(GOOD, 0.8, (0, 29), [30]),
    "ll reliability": lambda: decision.livingston_lewis(GOOD, 1.0, (0, 29), [10]),
    "ll reliability missing": lambda: decision.livingston_lewis(GOOD, np.nan, (0, 29), [10]),
    "ll constant": lambda: decision.livingston_lewis(np.ones(30), 0.8, (0, 29), [10]),
    "ll few": lambda: decision.livingston_lewis([1, 2], 0.8, (0, 29), [10]),
    "ll two points": lambda: decision.livingston_lewis(np.repeat([0, 1], 20), 0.9, (0, 1), [0.5]),
    "draws shape": lambda: decision.from_draws(np.zeros((3, 2)), np.zeros((2, 3)), [0]),
    "draws missing": lambda: decision.from_draws(np.full((3, 2), np.nan), np.zeros((3, 2)), [0]),
    "draws text": lambda: decision.from_draws([["a"]], [["b"]], [0]),
    "draws stated": lambda: decision.from_draws(np.zeros((3, 2)), np.zeros((3, 2)), [0], stated=[0, 1, 2]),
    "sem cut": lambda: decision.conditional_sem(MIXED, [7.0], raw=True),
    "sem cuts": lambda: decision.conditional_sem(MIXED, [np.inf]),
    "prmse one": lambda: decision.haberman_prmse(np.ones((20, 1)), [0.5]),
    "prmse constant": lambda: decision.haberman_prmse(np.ones((20, 2)), [0.5, 0.5]),
    "prmse reliability": lambda: decision.haberman_prmse(np.random.default_rng(0).normal(size=(20, 2)), [0.5, 1.5]),
    "prmse lengths": lambda: decision.haberman_prmse(np.random.default_rng(0).normal(size=(20, 2)), [0.5]),
    "prmse text": lambda: decision.haberman_prmse([["a", "b"]] * 20, [0.5, 0.5]),
    "prmse few": lambda: decision.haberman_prmse(np.random.default_rng(0).normal(size=(5, 2)), [0.5, 0.5]),
    "norms few": lambda: decision.norms(np.arange(10)),
    "norms constant": lambda: decision.norms(np.ones(50)),
    "norms text": lambda: decision.norms(["a"] * 50),
    "norms infinite": lambda: decision.norms(np.append(GOOD, np.inf)),
    "norms all missing": lambda: decision.norms(np.full(50, np.nan)),
    "norms table": lambda: decision.norms(np.ones((50, 2))),
    "norms at": lambda: decision.norms(GOOD, at=[np.nan]),
}


@pytest.mark.parametrize("kind", BAD_CALLS)
def test_bad_input_gives_a_sentence(kind: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*[.;]"):
        BAD_CALLS[kind]()
