"""Fit of items, persons and models: against R, against plain enumeration, and under the model itself."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from workbench.psychometrics import fit, irt
from workbench.psychometrics.fit.items import mean_squares
from workbench.psychometrics.irt.inspection import (
    DEFAULT_GRID,
    category_probabilities,
    log_priors,
    select,
)
from workbench.psychometrics.irt.sumscore import rest_score_distributions, sum_score_distribution

if TYPE_CHECKING:
    from collections.abc import Callable

DICHOTOMOUS = ("lsat7", "sat12", "math_exam", "verbal_aggression")
MODELS = [(name, "2PL") for name in DICHOTOMOUS] + [("science", "graded"), ("bfi_agreeableness", "graded")]


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


# S-X2


@pytest.mark.parametrize(("name", "model"), MODELS)
def test_sx2_agrees_with_r(
    name: str, model: str, reference: Callable, responses: Callable, calibrated: Callable
) -> None:
    expected = reference(name)["irt"][model]["itemfit_SX2"]
    ours = fit.item_fit(calibrated(name, model), responses(name))
    np.testing.assert_allclose(ours["sx2"], np.array(expected["S_X2"], dtype=float), rtol=0.01)
    np.testing.assert_array_equal(ours["df"], expected["df.S_X2"])
    np.testing.assert_allclose(ours["p"], np.array(expected["p.S_X2"], dtype=float), atol=0.002)
    np.testing.assert_allclose(ours["rmsea"], np.array(expected["RMSEA.S_X2"], dtype=float), atol=0.001)


@pytest.mark.parametrize("name", DICHOTOMOUS)
def test_rasch_charges_one_parameter_an_item(
    name: str, reference: Callable, responses: Callable, calibrated: Callable
) -> None:
    expected = reference(name)["irt"]["Rasch"]["itemfit_SX2"]
    ours = fit.item_fit(calibrated(name, "Rasch"), responses(name))
    np.testing.assert_allclose(ours["sx2"], np.array(expected["S_X2"], dtype=float), rtol=0.01)
    # R also charges the latent variance to every item.
    np.testing.assert_array_equal(ours["df"], np.array(expected["df.S_X2"]) + 1)


def test_score_distributions_against_all_patterns() -> None:
    theta = np.array([-1.3, 0.0, 0.9])
    curves = category_probabilities(MIXED, theta)
    sizes = [curve.shape[0] for curve in curves]
    total = np.zeros((sum(sizes) - len(sizes) + 1, theta.size))
    rest = np.zeros((len(sizes), *total.shape))
    for pattern in itertools.product(*(range(size) for size in sizes)):
        chance = np.prod([curve[k] for curve, k in zip(curves, pattern, strict=True)], axis=0)
        total[sum(pattern)] += chance
        for j, k in enumerate(pattern):
            if k == 0:  # each pattern of the others once
                others = np.prod([c[m] for i, (c, m) in enumerate(zip(curves, pattern, strict=True)) if i != j], axis=0)
                rest[j, sum(pattern)] += others
    np.testing.assert_allclose(sum_score_distribution(curves), total, atol=1e-14)
    np.testing.assert_allclose(rest_score_distributions(curves), rest, atol=1e-14)


def test_sx2_of_lsat7_from_all_patterns(responses: Callable, calibrated: Callable) -> None:
    """Nothing is collapsed in this table, so that the statistic follows from the 32 patterns."""
    calibration, x = calibrated("lsat7", "2PL"), responses("lsat7").to_numpy(int)
    theta = DEFAULT_GRID.theta
    curves = category_probabilities(calibration, theta)
    weight = np.exp(log_priors(calibration)[0])
    patterns = np.array(list(itertools.product((0, 1), repeat=5)))
    chance = np.array(
        [(np.prod([c[k] for c, k in zip(curves, p, strict=True)], axis=0) * weight).sum() for p in patterns]
    )
    ours = fit.item_fit(calibration, x)
    for j in range(5):
        statistic = 0.0
        for score in range(1, 5):
            of_score = patterns.sum(1) == score
            expected = chance[of_score & (patterns[:, j] == 1)].sum() / chance[of_score].sum()
            people = x[x.sum(1) == score, j]
            statistic += people.size * (people.mean() - expected) ** 2 / (expected * (1 - expected))
        assert ours["sx2"][j] == pytest.approx(statistic, rel=1e-6)
        assert ours["df"][j] == 4 - 2


def test_item_fit_under_the_model_and_against_it(bank: Callable, answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0.8, 1.8, 30), rng.uniform(-1.5, 1.5, 30)
    theta = rng.normal(size=3000)
    truth = bank(a, b)
    x = answers(truth, theta, rng)
    # One item that only half of the people answer by their ability.
    x[:, 7] = np.where(rng.random(theta.size) < 0.5, x[:, 7], rng.integers(0, 2, theta.size))
    ours = fit.item_fit(
        irt.calibrate(x[:, [j for j in range(30) if j != 7]], "2PL"), x[:, [j for j in range(30) if j != 7]]
    )
    assert kstest(ours["p"], "uniform").pvalue > 1e-4, seed
    assert (ours["rmsd"] < 0.03).all(), seed
    assert ours["infit"].between(0.85, 1.1).all(), seed
    known = fit.item_fit(truth, x)
    assert known["p"][7] < 1e-6, seed
    assert known["rmsd"].idxmax() == 7, seed
    assert known["df"][0] >= ours["df"][0] + 1, "items of a bank have no estimated parameter"


def test_mean_squares_agree_with_r_at_eap(reference: Callable, responses: Callable, calibrated: Callable) -> None:
    for name, model in [*MODELS, ("math_exam", "Rasch")]:
        if name == "sat12":
            continue  # R bounds variances below, which matters for its nearly perfect items
        calibration, x = calibrated(name, model), responses(name)
        categories, chosen = select(calibration, x)
        theta = irt.score(calibration, x, "EAP", sd=float(calibration.groups["sd"][0]))["theta"].to_numpy()
        ours = mean_squares(chosen, categories, theta)
        expected = reference(name)["irt"][model]["itemfit_infit"]
        np.testing.assert_allclose(ours["infit"], expected["infit"], atol=5e-4)
        np.testing.assert_allclose(ours["outfit"], expected["outfit"], atol=5e-4)


def test_mean_squares_and_rmsd_by_plain_loops(responses: Callable, calibrated: Callable) -> None:
    calibration = calibrated("science", "graded")
    x = responses("science").iloc[:60].astype(float)
    x.iloc[::7, 1] = np.nan
    ours = fit.item_fit(calibration, x)
    theta = irt.score(calibration, x, "WLE")["theta"].to_numpy()
    nodes, weight = DEFAULT_GRID.theta, np.exp(log_priors(calibration)[0])
    curves, at_theta = category_probabilities(calibration, nodes), category_probabilities(calibration, theta)
    posteriors = []
    for person in range(60):
        density = weight.copy()
        for j, curve in enumerate(curves):
            if not np.isnan(x.iloc[person, j]):
                density = density * curve[int(x.iloc[person, j])]
        posteriors.append(density / density.sum())
    for j in range(4):
        points = np.arange(4)
        squares, variances, standardised, seen, score = [], [], [], np.zeros(61), np.zeros(61)
        for person in range(60):
            value = x.iloc[person, j]
            if np.isnan(value):
                continue
            p = at_theta[j][:, person]
            mean, variance = points @ p, (points - points @ p) ** 2 @ p
            squares.append((value - mean) ** 2)
            variances.append(variance)
            standardised.append((value - mean) ** 2 / variance)
            seen += posteriors[person]
            score += posteriors[person] * value / 3
        assert ours["n"][j] == len(squares)
        assert ours["infit"][j] == pytest.approx(sum(squares) / sum(variances), rel=1e-6)
        assert ours["outfit"][j] == pytest.approx(np.mean(standardised), rel=1e-6)
        gap = score / seen - points @ curves[j] / 3
        assert ours["rmsd"][j] == pytest.approx(np.sqrt(gap**2 @ seen / seen.sum()), rel=1e-3)


def test_missing_answers(responses: Callable, calibrated: Callable) -> None:
    calibration, x = calibrated("lsat7", "2PL"), responses("lsat7").astype(float)
    holes = x.copy()
    holes.iloc[:100, 0] = np.nan
    ours = fit.item_fit(calibration, holes)
    assert ours["n"].tolist() == [900, 1000, 1000, 1000, 1000]
    assert (ours["n_complete"] == 900).all()
    complete = fit.item_fit(calibration, x.iloc[100:])
    np.testing.assert_allclose(ours["sx2"], complete["sx2"])
    designed = x.copy()
    designed.iloc[:500, 0] = np.nan
    designed.iloc[500:, 1] = np.nan
    nobody = fit.item_fit(calibration, designed)
    assert nobody["sx2"].isna().all()
    assert nobody[["infit", "outfit", "rmsd"]].notna().all(axis=None)


def test_groups_are_asked_for_and_show_where_an_item_differs(bank: Callable, answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = bank(np.full(12, 1.3), np.linspace(-1.5, 1.5, 12))
    group = np.repeat(["x", "y"], 2000)
    theta = rng.normal(np.where(group == "y", 0.5, 0.0), 1)
    x = answers(truth, theta, rng)
    harder = 1 / (1 + np.exp(-1.3 * (theta - 1.0)))
    x[group == "y", 5] = (rng.random(4000) < harder)[group == "y"]
    calibration = irt.calibrate(x, "2PL", groups=group)
    with pytest.raises(ValueError, match="kelompok"):
        fit.item_fit(calibration, x)
    with pytest.raises(ValueError, match=r"kelompok|Kelompok"):
        fit.item_fit(calibration, x, groups=np.repeat("z", 4000))
    ours = fit.item_fit(calibration, x, groups=group)
    assert ours[["rmsd_x", "rmsd_y"]].max(axis=1).idxmax() == 5, seed
    assert fit.model_fit(calibration, x, groups=group).p < 0.01, seed


# persons


def test_lz_star_is_standard_normal_under_the_model(bank: Callable, answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = bank(rng.uniform(0.7, 1.8, 50), rng.normal(0, 1.2, 50))
    ours = fit.person_fit(truth, answers(truth, rng.normal(size=8000), rng))
    lz_star = ours["lz_star"]
    assert abs(lz_star.mean()) < 0.12, seed
    assert abs(lz_star.std() - 1) < 0.06, seed
    assert 0.03 < (lz_star < -1.645).mean() < 0.08, seed
    assert ours.loc[lz_star.notna() & ours["u3"].notna(), "reason"].eq("").all()


def test_lz_star_by_its_definition(bank: Callable) -> None:
    """One person, derivatives by differences, the estimating equation of the WLE checked on the way."""
    a, b = np.array([0.8, 1.1, 1.6, 1.3, 0.9, 1.4]), np.array([-1.2, -0.4, 0.0, 0.5, 1.0, 1.5])
    x = np.array([0, 1, 1, 0, 1, 0])
    truth = bank(a, b)
    ours = fit.person_fit(truth, np.vstack([x, 1 - x]))
    theta, h = ours["theta"][0], 1e-4

    def p(t: float) -> np.ndarray:
        return 1 / (1 + np.exp(-a * (t - b)))

    first = (p(theta + h) - p(theta - h)) / (2 * h)
    second = (p(theta + h) - 2 * p(theta) + p(theta - h)) / h**2
    pq = p(theta) * (1 - p(theta))
    r, r0 = first / pq, (first * second / pq).sum() / (2 * (first**2 / pq).sum())
    assert ((x - p(theta)) * r).sum() + r0 == pytest.approx(0, abs=1e-5)
    w = np.log(p(theta) / (1 - p(theta)))
    c = (first * w).sum() / (first * r).sum()
    expected = (((x - p(theta)) * w).sum() + c * r0) / np.sqrt((pq * (w - c * r) ** 2).sum())
    assert ours["lz_star"][0] == pytest.approx(expected, abs=1e-4)


def test_u3_of_known_patterns(bank: Callable) -> None:
    truth = bank(np.ones(6), np.linspace(-1, 1, 6))
    guttman, reverse = np.array([1, 1, 1, 0, 0, 0]), np.array([0, 0, 0, 1, 1, 1])
    ours = fit.person_fit(truth, np.vstack([guttman, reverse, np.ones(6), np.zeros(6)]))
    assert ours["u3"].iloc[:2].tolist() == pytest.approx([0.0, 1.0])
    assert ours["u3"].iloc[2:].isna().all()
    assert ours["reason"].iloc[2:].str.contains("u3").all()
    holes = np.array([[1, np.nan, 0, 1, np.nan, 0], [0, 1, np.nan, np.nan, np.nan, np.nan]], dtype=float)
    ours = fit.person_fit(truth, holes)
    density, nodes = np.exp(log_priors(truth)[0]), DEFAULT_GRID.theta
    p = np.array([c[1] @ density for c in category_probabilities(truth, nodes)])
    logit = np.log(p / (1 - p))[[0, 2, 3, 5]]
    expected = (logit[:2].sum() - logit[[0, 2]].sum()) / (logit[:2].sum() - logit[2:].sum())
    assert ours["u3"].tolist() == pytest.approx([expected, 1.0])


def test_aberrant_people_are_seen_and_ordered_scales_are_not_computed(
    responses: Callable, calibrated: Callable, bank: Callable, answers: Callable, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    truth = bank(rng.uniform(0.8, 1.8, 40), np.linspace(-2, 2, 40))
    x = answers(truth, rng.normal(0.5, 1, 600), rng)
    x[:20] = np.where(np.arange(40) < 20, 0, 1)  # easy ones wrong, hard ones right
    ours = fit.person_fit(truth, x)
    assert (ours["lz_star"][:20] < -4).all(), seed
    assert ours["u3"][:20].min() > ours["u3"][20:].quantile(0.99), seed
    ordered = fit.person_fit(calibrated("science", "graded"), responses("science"))
    assert ordered[["lz_star", "u3"]].isna().all(axis=None)
    assert ordered["reason"].str.startswith("tidak dihitung").all()


# hostile input

GOOD = irt.Calibration.from_items(
    pd.DataFrame({"item_id": ["i0", "i1", "i2"], "model": "2PL", "a": [1.0, 1.2, 0.8], "b": [0.0, 0.5, -0.5]})
)
BAD = {
    "empty": np.zeros((0, 3)),
    "one person": np.zeros((1, 3)),
    "one dimension": np.zeros(3),
    "three dimensions": np.zeros((4, 3, 2)),
    "text": [["a", "b", "c"]] * 4,
    "infinite": np.full((4, 3), np.inf),
    "fractions": np.full((4, 3), 0.5),
    "unknown category": np.full((4, 3), 2),
    "negative": np.full((4, 3), -2),
    "another number of items": np.zeros((4, 2)),
    "unknown names": pd.DataFrame(np.zeros((4, 3)), columns=["x", "y", "z"]),
    "a name twice": pd.DataFrame(np.zeros((4, 3)), columns=["i0", "i0", "i1"]),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("function", [fit.item_fit, fit.person_fit, fit.model_fit])
def test_bad_input_gives_a_sentence(function: Callable, kind: str) -> None:
    if kind == "one person" and function is fit.person_fit:  # who can be scored alone can be looked at alone
        assert fit.person_fit(GOOD, BAD[kind])["lz_star"].notna().all()
        return
    with pytest.raises(ValueError, match=r"\w+ .*[.;]"):
        function(GOOD, BAD[kind])


def test_all_missing_or_too_much(bank: Callable) -> None:
    nothing = np.full((5, 3), np.nan)
    for function in (fit.item_fit, fit.model_fit, fit.person_fit):
        with pytest.raises(ValueError, match=r"kosong|lengkap"):
            function(GOOD, nothing)
    assert fit.person_fit(GOOD, [[0, 1, 1], [np.nan] * 3])["lz_star"].isna().tolist() == [False, True]
    many = bank(np.ones(130), np.zeros(130))
    with pytest.raises(ValueError, match="melebihi"):
        fit.model_fit(many, np.random.default_rng(0).integers(0, 2, (50, 130)))
    with pytest.raises(ValueError, match="terlalu sedikit"):
        fit.model_fit(irt.calibrate(np.random.default_rng(0).integers(0, 2, (90, 3)), "2PL"), np.zeros((9, 3)))
    hopeless = irt.calibrate(np.column_stack([np.ones(40), np.tile([0, 1], 20), np.repeat([0, 1], 20)]), "Rasch")
    assert fit.item_fit(hopeless, np.random.default_rng(0).integers(0, 2, (40, 3)))["item_id"].tolist() == [
        "item2",
        "item3",
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 1, None]), min_size=3, max_size=3), min_size=2, max_size=12))
def test_any_answers_give_numbers_in_range_or_a_sentence(rows: list[list[int | None]]) -> None:
    x = np.array(rows, dtype=float)
    if np.isnan(x).all():
        with pytest.raises(ValueError, match="kosong"):
            fit.item_fit(GOOD, x)
        return
    items = fit.item_fit(GOOD, x)
    assert ((items["p"].dropna() >= 0) & (items["p"].dropna() <= 1)).all()
    assert (items[["sx2", "infit", "outfit", "rmsd"]].fillna(0) >= 0).all(axis=None)
    people = fit.person_fit(GOOD, x)
    assert people["u3"].dropna().between(-1e-9, 1 + 1e-9).all()
    assert np.isfinite(people["lz_star"].dropna()).all()
    assert people.loc[people["lz_star"].isna(), "reason"].ne("").all()
