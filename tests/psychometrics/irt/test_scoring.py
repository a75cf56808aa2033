"""Scores against plain integration and root finding; information against a numerical derivative."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

from workbench.psychometrics import irt
from workbench.psychometrics.irt.scoring import prior_grid

BANK = pd.DataFrame(
    [
        {"item_id": "A", "model": "2PL", "a": 1.4, "b": 0.3},
        {"item_id": "B", "model": "GRM", "a": 1.1, "b1": -1.2, "b2": 0.4, "b3": 1.5},
        {"item_id": "C", "model": "Rasch", "a": 1.0, "b": -0.8},
        {"item_id": "D", "model": "2PL", "a": -0.7, "b": 1.0},
        {"item_id": "E", "model": "GRM", "a": 1.9, "b1": -0.5, "b2": 0.9},
        {"item_id": "F", "model": "3PL", "a": 1.6, "b": 0.5, "c": 0.2},
        {"item_id": "G", "model": "GPCM", "a": 0.8, "b1": 0.6, "b2": -0.4, "b3": 1.2},
        {"item_id": "H", "model": "NRM", "a1": 0.9, "a2": 1.5, "d1": 0.6, "d2": 0.1},
        {"item_id": "I", "model": "PCM", "a": 1.0, "b1": -0.3, "b2": 0.7},
    ]
)
TOP = {"A": 1, "B": 3, "C": 1, "D": 1, "E": 2, "F": 1, "G": 3, "H": 2, "I": 2}


def curves(item: dict, theta: float) -> np.ndarray:
    """Category probabilities of one item, from a, b and c alone (NRM: slopes and intercepts)."""
    borders = [item[f"b{k}"] for k in (1, 2, 3) if item[f"b{k}"] == item[f"b{k}"]] or [item["b"]]
    if item["model"] == "NRM":
        odds = np.exp([0.0, item["a1"] * theta + item["d1"], item["a2"] * theta + item["d2"]])
        return odds / odds.sum()
    if item["model"] in {"PCM", "GPCM"}:
        odds = np.exp(np.cumsum([0.0, *(item["a"] * (theta - b) for b in borders)]))
        return odds / odds.sum()
    reach = [1.0, *(1 / (1 + np.exp(-item["a"] * (theta - b))) for b in borders), 0.0]
    if item["model"] == "3PL":
        reach[1] = item["c"] + (1 - item["c"]) * reach[1]
    return -np.diff(reach)


def log_likelihood(answers: dict, theta: float) -> float:
    rows = {row["item_id"]: row for row in BANK.to_dict("records")}
    return sum(float(np.log(curves(rows[item], theta)[int(k)])) for item, k in answers.items() if k >= 0)


def random_people(seed: int, people: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    answers = pd.DataFrame({item: rng.integers(0, top + 1, people) for item, top in TOP.items()})
    holes = rng.random(answers.shape) < 0.25
    holes[:, 0] = False
    return answers.mask(holes, -1)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (0.4, 1.6), (-1.0, 0.5)])
def test_eap_against_integration(mean: float, sd: float, seed: int) -> None:
    people = random_people(seed)
    ours = irt.score(irt.Calibration.from_items(BANK), people, "EAP", mean=mean, sd=sd)
    for person, answers in enumerate(people.to_dict("records")):

        def weight(theta: float, power: int, answers: dict = answers) -> float:
            prior = np.exp(-0.5 * ((theta - mean) / sd) ** 2)
            return theta**power * prior * np.exp(log_likelihood(answers, theta))

        # The range of the grid: six units, or four standard deviations of a wider prior. At its ends the sum over nodes
        # and the integral part by up to half a node's weight.
        low, high = min(-6.0, mean - 4 * sd), max(6.0, mean + 4 * sd)
        zero, one, two = (quad(weight, low, high, args=(power,), points=[mean], limit=200)[0] for power in range(3))
        assert ours["theta"][person] == pytest.approx(one / zero, abs=1e-3), seed
        assert ours["se"][person] == pytest.approx(np.sqrt(two / zero - (one / zero) ** 2), abs=1e-3), seed


def weighted_score(answers: dict, theta: float) -> float:
    """Derivative of the log-likelihood plus Warm's (1989) term, by finite differences of the curves."""
    step = 1e-4
    score = (log_likelihood(answers, theta + step) - log_likelihood(answers, theta - step)) / (2 * step)
    information = bias = 0.0
    for row in BANK.to_dict("records"):
        if answers[row["item_id"]] >= 0:
            before, here, after = (curves(row, theta + h) for h in (-step, 0.0, step))
            first, second = (after - before) / (2 * step), (after - 2 * here + before) / step**2
            information += float((first**2 / here).sum())
            bias += float((first * second / here).sum())
    return score + bias / (2 * information)


def test_wle_is_the_root_of_the_weighted_score(seed: int) -> None:
    people = random_people(seed)
    ours = irt.score(irt.Calibration.from_items(BANK), people, "WLE")
    for person, answers in enumerate(people.to_dict("records")):
        theta = ours["theta"][person]
        assert weighted_score(answers, theta - 0.02) > 0 > weighted_score(answers, theta + 0.02), (seed, answers)
        root = brentq(lambda t, answers=answers: weighted_score(answers, t), theta - 0.02, theta + 0.02)
        assert theta == pytest.approx(root, abs=2e-4), (seed, answers)


def test_wle_of_one_item_in_closed_form() -> None:
    """One 2PL item: the weighted score is zero where P is 1/4 or 3/4, however far out that is."""
    for a, b in ((1.2, 0.5), (0.3, 4.0), (0.15, -3.0)):
        calibration = irt.Calibration.from_items(pd.DataFrame({"item_id": ["A"], "a": [a], "b": [b]}))
        ours = irt.score(calibration, [[1], [0]], "WLE")
        np.testing.assert_allclose(ours["theta"], [b + np.log(3) / a, b - np.log(3) / a], atol=1e-3)
        np.testing.assert_allclose(ours["se"], 1 / np.sqrt(a**2 * 3 / 16), rtol=1e-3)


def test_a_wle_beyond_every_grid_is_no_number() -> None:
    calibration = irt.Calibration.from_items(pd.DataFrame({"item_id": ["A"], "a": [0.02], "b": [0.0]}))
    assert irt.score(calibration, [[1], [0]], "WLE").isna().all(axis=None)


def test_few_answers_to_hard_items_among_many_easy_ones() -> None:
    """What people did not take must not disturb their score, however much information it holds elsewhere."""
    rng = np.random.default_rng(5)
    easy = pd.DataFrame({"item_id": [f"e{j}" for j in range(60)], "a": 3.0, "b": rng.uniform(-6, -4, 60)})
    hard = pd.DataFrame({"item_id": ["h1", "h2", "h3"], "a": 3.5, "b": [3.0, 3.5, 4.0]})
    people = pd.DataFrame(-1, index=range(2), columns=[*easy["item_id"], *hard["item_id"]])
    people[hard["item_id"]] = [[1, 1, 0], [0, 0, 0]]
    people.loc[2] = 1  # somebody who took them all
    for method in ("EAP", "WLE"):
        among = irt.score(irt.Calibration.from_items(pd.concat([easy, hard])), people, method)[:2]
        alone = irt.score(irt.Calibration.from_items(hard), people.loc[:1, hard["item_id"]], method)
        np.testing.assert_allclose(among, alone, atol=2e-3)


@pytest.mark.parametrize("method", ["EAP", "WLE"])
def test_the_order_of_people_and_of_columns_does_not_matter(method: str, seed: int) -> None:
    people = random_people(seed, 50)
    calibration = irt.Calibration.from_items(BANK)
    ours = irt.score(calibration, people, method)
    turned = people.sample(frac=1, random_state=np.random.default_rng(seed))[list(reversed(people.columns))]
    again = irt.score(calibration, turned.assign(X=1), method).loc[people.index]
    np.testing.assert_allclose(again, ours, atol=1e-5, err_msg=str(seed))
    np.testing.assert_allclose(irt.score(calibration, people.to_numpy(), method), ours, atol=1e-5, err_msg=str(seed))


def test_somebody_without_an_answer() -> None:
    people = random_people(1, 3).astype(float)
    people.loc[1] = np.nan
    calibration = irt.Calibration.from_items(BANK)
    eap = irt.score(calibration, people, "EAP", mean=0.3, sd=0.8)
    assert tuple(eap.loc[1]) == (0.3, 0.8)
    wle = irt.score(calibration, people, "WLE")
    assert wle.loc[1].isna().all()
    assert wle.drop(1).notna().all(axis=None)


def test_one_person_alone_scores_as_among_others() -> None:
    people = random_people(2, 5)
    calibration = irt.Calibration.from_items(BANK)
    for method in ("EAP", "WLE"):
        together = irt.score(calibration, people, method)
        np.testing.assert_allclose(irt.score(calibration, people.loc[[3]], method), together.loc[[3]], atol=1e-6)


def test_the_prior_is_that_of_the_reference_group(draw_answers) -> None:
    """Rasch frees the variance of theta; scores use it unless told otherwise."""
    rng = np.random.default_rng(11)
    answers = draw_answers(rng, 1.5 * rng.standard_normal(1500), np.ones(6), [np.array([d]) for d in range(-2, 4)])
    calibration = irt.calibrate(answers, "Rasch")
    sd = float(calibration.groups["sd"][0])
    assert 1.3 < sd < 1.7
    own, told, narrow = (irt.score(calibration, answers[:20], sd=value) for value in (None, sd, 1.0))
    pd.testing.assert_frame_equal(own, told)
    assert (narrow["theta"].abs() < own["theta"].abs()).all()


def test_information_is_the_expected_curvature() -> None:
    """Fisher information is the variance of the score, sum of P'^2 / P, from numerical derivatives."""
    theta = np.linspace(-3, 3, 13)
    ours = irt.information(irt.Calibration.from_items(BANK), theta)
    step = 1e-5
    total = np.zeros(theta.size)
    for row in BANK.to_dict("records"):
        expected = []
        for t in theta:
            first = (curves(row, t + step) - curves(row, t - step)) / (2 * step)
            expected.append(float((first**2 / curves(row, t)).sum()))
        np.testing.assert_allclose(ours[row["item_id"]], expected, rtol=1e-6)
        total += expected
    np.testing.assert_allclose(ours["total"], total, rtol=1e-6)
    np.testing.assert_allclose(ours["sem"], 1 / np.sqrt(total), rtol=1e-6)


def test_expected_score() -> None:
    theta = np.linspace(-3, 3, 7)
    calibration = irt.Calibration.from_items(BANK)
    expected = [
        sum(float(np.arange(curves(row, t).size) @ curves(row, t)) for row in BANK.to_dict("records")) for t in theta
    ]
    np.testing.assert_allclose(irt.expected_score(calibration, theta), expected, rtol=1e-9)
    assert irt.maximum_score(calibration) == sum(TOP.values())


def test_errors_of_wle_hold_over_people(draw_answers, seed: int) -> None:
    """Distance of WLE from the truth in its own standard errors has variance one where information is ample."""
    rng = np.random.default_rng(seed)
    slope = rng.uniform(1.0, 2.0, 60)
    intercepts = [np.array([d]) for d in rng.uniform(-2, 2, 60)]
    theta = rng.uniform(-1, 1, 3000)
    answers = draw_answers(rng, theta, slope, intercepts)
    bank = pd.DataFrame({"item_id": [f"item{j + 1}" for j in range(60)], "a": slope, "d": np.concatenate(intercepts)})
    ours = irt.score(irt.Calibration.from_items(bank), answers, "WLE")
    z = (ours["theta"] - theta) / ours["se"]
    # 3,000 people: mean within 4.5 standard errors, variance within 4.5 times sqrt(2 / n) and a little for the bias.
    assert abs(z.mean()) < 4.5 / np.sqrt(3000) + 0.02, seed
    assert abs(z.var() - 1) < 4.5 * np.sqrt(2 / 3000) + 0.05, seed


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (0.5, 1.4)])
def test_map_is_the_mode_of_the_posterior(mean: float, sd: float, seed: int) -> None:
    """By search; its error from a numerical second derivative there."""
    people = random_people(seed)
    ours = irt.score(irt.Calibration.from_items(BANK), people, "MAP", mean=mean, sd=sd)
    for person, answers in enumerate(people.to_dict("records")):

        def loss(theta: float, answers: dict = answers) -> float:
            return 0.5 * ((theta - mean) / sd) ** 2 - log_likelihood(answers, theta)

        theta = ours["theta"][person]
        found = minimize_scalar(loss, bounds=(theta - 0.3, theta + 0.3), method="bounded", options={"xatol": 1e-7}).x
        assert theta == pytest.approx(found, abs=2e-4), (seed, answers)
        assert loss(theta) <= min(loss(t) for t in np.linspace(-6, 6, 241)) + 1e-6, (seed, answers)
        bend = (loss(theta + 1e-3) - 2 * loss(theta) + loss(theta - 1e-3)) / 1e-6
        assert ours["se"][person] == pytest.approx(1 / np.sqrt(bend), rel=0.01), (seed, answers)


def test_eap_by_sum_from_all_patterns() -> None:
    rows = BANK.iloc[[0, 1, 5, 6, 7]]
    nodes = np.linspace(-6, 6, 121)
    tables = [np.stack([curves(row, t) for t in nodes], axis=1) for row in rows.to_dict("records")]
    joint: dict[int, np.ndarray] = {}
    for pattern in itertools.product(*(range(len(table)) for table in tables)):
        likelihood = np.prod([table[k] for table, k in zip(tables, pattern, strict=True)], axis=0)
        joint[sum(pattern)] = joint.get(sum(pattern), 0.0) + likelihood
    calibration = irt.Calibration.from_items(rows)
    people = pd.DataFrame([[1, 3, 1, 3, 2], [0, 0, 0, 0, 0], [1, 1, 0, 2, 1], [0, 3, 1, 0, 1]], columns=rows["item_id"])
    ours = irt.score(calibration, people, "EAPsum", mean=0.2, sd=1.1)
    for person, answers in people.iterrows():
        weight = joint[int(answers.sum())] * np.exp(-0.5 * ((nodes - 0.2) / 1.1) ** 2)
        mean = weight @ nodes / weight.sum()
        assert ours["theta"][person] == pytest.approx(mean, abs=1e-6)
        assert ours["se"][person] == pytest.approx(np.sqrt(weight @ (nodes - mean) ** 2 / weight.sum()), abs=1e-6)
    assert ours.loc[2].equals(ours.loc[3])
    holes = irt.score(calibration, people.assign(F=[1, -1, 0, 1]), "EAPsum")
    assert holes.loc[1].isna().all()
    assert holes.drop(1).notna().all(axis=None)


@pytest.mark.parametrize("kinds", [["A", "C", "D"], ["B", "E"], list(TOP)], ids=["dichotomous", "ordered", "mixed"])
@pytest.mark.parametrize(("mean", "sd"), [(None, None), (-0.4, 0.7)])
def test_leave_one_out_by_brute_force(kinds: list[str], mean: float | None, sd: float | None, seed: int) -> None:
    """Posterior of each person computed anew without each item, in double precision on the same nodes."""
    rows = BANK[BANK["item_id"].isin(kinds)]
    people = random_people(seed, 40)[kinds]
    people.iloc[0] = -1
    calibration = irt.Calibration.from_items(rows)
    theta, variance = irt.leave_one_out(calibration, people, mean=mean, sd=sd)
    centre, spread = mean or 0.0, sd or 1.0
    grid = prior_grid(centre, spread)
    tables = [np.stack([curves(row, t) for t in grid.theta], axis=1) for row in rows.to_dict("records")]
    prior = np.exp(-0.5 * ((grid.theta - centre) / spread) ** 2)
    nothing = (people < 0).all(axis=1).to_numpy()
    assert (theta[nothing] == centre).all()  # no answer at all: the prior itself, not its sum over nodes
    np.testing.assert_allclose(variance[nothing], spread**2, rtol=1e-12)
    for person in np.flatnonzero(~nothing):
        answers = people.to_numpy()[person]
        for left_out in range(len(kinds)):
            weight = prior.copy()
            for j, k in enumerate(answers):
                if j != left_out and k >= 0:
                    weight *= tables[j][k]
            weight /= weight.sum()
            first = weight @ grid.theta
            assert theta[person, left_out] == pytest.approx(first, abs=1e-10), (seed, person, left_out)
            second = weight @ (grid.theta - first) ** 2
            assert variance[person, left_out] == pytest.approx(second, abs=1e-10), (seed, person, left_out)


def test_leave_one_out_takes_the_prior_of_the_reference_group(draw_answers) -> None:
    rng = np.random.default_rng(4)
    answers = draw_answers(rng, 1.6 * rng.standard_normal(900), np.ones(5), [np.array([d]) for d in range(-2, 3)])
    calibration = irt.calibrate(answers, "Rasch")
    holes = answers[:30].copy()
    holes[:, 2] = -1
    theta, variance = irt.leave_one_out(calibration, answers[:30])
    ours = irt.score(calibration, holes)
    np.testing.assert_allclose(theta[:, 2], ours["theta"], atol=1e-4)
    np.testing.assert_allclose(np.sqrt(variance[:, 2]), ours["se"], atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.3, 3), st.floats(-2, 2))
def test_another_metric_says_the_same(slope: float, intercept: float) -> None:
    calibration = irt.Calibration.from_items(BANK)
    moved = calibration.moved(slope, intercept)
    theta = np.linspace(-3, 3, 5)
    for here, there in zip(
        irt.category_probabilities(calibration, theta),
        irt.category_probabilities(moved, slope * theta + intercept),
        strict=True,
    ):
        np.testing.assert_allclose(there, here, atol=1e-10)
    assert moved.groups[["mean", "sd"]].to_numpy().tolist() == [[intercept, slope]]
