"""Skewed posteriors: the fall-back to the likelihood on the grid against exact integrals, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.psychometrics import irt
from workbench.talent import grid_posterior, standing
from workbench.talent.draws import normal_draws, person_shifts
from workbench.talent.levels import own_level_probabilities

CUTS = np.array([-0.4, 0.7, 1.6, 2.4])
FINE = np.linspace(-6, 6, 241)
SIGMA = np.array([[1.0, 0.6], [0.6, 1.0]])
POPULATION = pd.DataFrame({"scale": ["x", "y"], "mean": 0.0, "x": SIGMA[0], "y": SIGMA[1]})
PEOPLE = 400


@pytest.fixture(scope="module")
def guessed(draw_seed) -> dict[str, object]:
    """Two scales of 40 hard items with guessing (3PL): summaries, grid rows, and log-likelihoods on a fine grid."""
    rng = np.random.default_rng(draw_seed("guessed"))
    theta = rng.multivariate_normal([0, 0], SIGMA, PEOPLE)
    names = np.array([f"P{k:04d}" for k in range(PEOPLE)], dtype=object)
    scores, rows, fine = [], [], []
    for d, scale in enumerate("xy"):
        items = pd.DataFrame(
            {
                "scale": scale,
                "item_id": [f"{scale}{j}" for j in range(40)],
                "model": "3PL",
                "categories": 2,
                "a": rng.uniform(0.7, 1.5, 40),
                "b": rng.normal(1.1, 0.8, 40),
                "c": 0.2,
            }
        )
        calibration = irt.Calibration.from_items(items)
        answers = irt.draw_answers(calibration, theta[:, d], rng)
        eap = irt.score(calibration, answers, "EAP", mean=0, sd=1)
        scores.append(pd.DataFrame({"participant_id": names, "scale": scale, "eap": eap["theta"], "eap_se": eap["se"]}))
        values = irt.log_likelihood(calibration, answers, grid_posterior.NODES)
        away = grid_posterior.departures(values, eap["theta"].to_numpy(), eap["se"].to_numpy())
        table = pd.DataFrame(values, columns=list(grid_posterior.COLUMNS)).assign(participant_id=names, scale=scale)
        rows.append(table[away > grid_posterior.FAR])
        fine.append(irt.log_likelihood(calibration, answers, FINE).astype(float))
    return {"scores": pd.concat(scores), "grid": pd.concat(rows), "fine": fine, "names": names}


def test_the_log_likelihood_is_the_sum_over_items(seed):
    rng = np.random.default_rng(seed)
    items = pd.DataFrame(
        {"scale": "x", "item_id": ["a", "b", "c"], "model": "2PL", "categories": 2, "a": [1, 1.5, 0.7], "b": [-1, 0, 1]}
    )
    calibration = irt.Calibration.from_items(items)
    answers = rng.integers(-1, 2, (50, 3))
    answers[0] = -1
    answers[1] = [0, 1, -1]
    theta = np.array([-2.0, 0.3, 1.7])
    p = 1 / (1 + np.exp(-items["a"].to_numpy() * (theta[:, None] - items["b"].to_numpy())))
    logs = np.where(answers[:, None] == 1, np.log(p), np.where(answers[:, None] == 0, np.log(1 - p), 0)).sum(axis=2)
    logs -= logs.max(axis=1, keepdims=True)
    assert irt.log_likelihood(calibration, answers, theta) == pytest.approx(logs, abs=1e-5)
    with pytest.raises(ValueError, match="Theta harus berupa daftar bilangan terhingga"):
        irt.log_likelihood(calibration, answers, [0.0, np.nan])


def test_a_normal_likelihood_is_described_and_a_variance_of_one_is_not():
    precision, location = np.array([0.5, 3.0, 12.0]), np.array([1.0, -0.5, 2.0])
    values = -precision[:, None] * (grid_posterior.NODES - location[:, None]) ** 2 / 2
    variance = 1 / (1 + precision)
    eap = variance * precision * location
    assert grid_posterior.departures(values, eap, np.sqrt(variance)).max() < 0.002
    assert (grid_posterior.departures(values, eap, np.ones(3)) == 1).all()


def test_levels_come_from_the_exact_posterior(guessed):
    plain = standing.posterior(guessed["scores"], POPULATION)
    exact_too = standing.posterior(guessed["scores"], POPULATION, guessed["grid"])
    density = np.exp(guessed["fine"][0] - FINE**2 / 2)
    density /= density.sum(axis=1, keepdims=True)
    below = np.cumsum(density, axis=1) - density / 2
    ends = np.stack([np.interp(CUTS, FINE, row) for row in below])
    exact = np.diff(np.concatenate([np.zeros((PEOPLE, 1)), ends, np.ones((PEOPLE, 1))], axis=1), axis=1)
    mean, sd = plain.own()
    gaps = [
        np.abs(own_level_probabilities(one, "x", mean[:, 0], sd[:, 0], CUTS) - exact).max(axis=1)
        for one in (plain, exact_too)
    ]
    on_grid = exact_too.grid["x"].place >= 0
    assert 0.5 < on_grid.mean() < 1
    assert gaps[0].max() > 0.04  # the normal summary is off where items are hard and guessed
    assert gaps[1].max() < 0.03
    assert gaps[1][on_grid].max() < 0.01
    assert gaps[1].mean() < gaps[0].mean() / 3
    # Everybody else is as before.
    assert (gaps[0][~on_grid] == gaps[1][~on_grid]).all()


def test_weighted_draws_come_nearer_to_the_exact_joint_posterior(guessed):
    plain = standing.posterior(guessed["scores"], POPULATION)
    weighed = standing.posterior(guessed["scores"], POPULATION, guessed["grid"])
    inverse = np.linalg.inv(SIGMA)
    x, y = np.meshgrid(FINE, FINE, indexing="ij")
    prior = -(inverse[0, 0] * x**2 + 2 * inverse[0, 1] * x * y + inverse[1, 1] * y**2) / 2
    # A node on the line counts half; sums of decimals miss it by a rounding.
    inside = (x + y > 1.2 + 1e-9) + 0.5 * (np.abs(x + y - 1.2) < 1e-9)
    rows = np.flatnonzero(weighed.skewed(("x", "y")))[:120]
    exact = []
    for i in rows:
        density = np.exp(prior + guessed["fine"][0][i][:, None] + guessed["fine"][1][i][None, :])
        exact.append((density * inside).sum() / density.sum())
    mean, covariance = plain.moments(rows)
    z = normal_draws(person_shifts(guessed["names"][rows], 1, 2), 6400)
    theta = np.linalg.cholesky(covariance) @ z + mean[:, :, None]
    reached = theta.sum(axis=1) > 1.2
    weights = weighed.weights(rows, [0, 1], theta)
    assert weights.sum(axis=1) == pytest.approx(np.ones(rows.size))
    assert plain.weights(rows, [0, 1], theta) is None
    gaps = [np.abs(p - np.array(exact)) for p in (reached.mean(axis=1), (reached * weights).sum(axis=1))]
    means = [float(gap.mean()) for gap in gaps]
    assert means[1] < 0.4 * means[0], means
    assert means[1] < 0.003, means
    assert float(gaps[1].max()) < 0.02


def test_who_has_answered_has_taken_the_scale_even_with_a_variance_of_one():
    scores = pd.DataFrame({"participant_id": ["a", "b"], "scale": ["x", "x"], "eap": [0.1, 0.0], "eap_se": [1.02, 1.0]})
    grid = pd.DataFrame([[0.0] * 33], columns=list(grid_posterior.COLUMNS)).assign(participant_id="a", scale="x")
    found = standing.posterior(scores, POPULATION, grid)
    assert found.taken.tolist() == [[True, False], [False, False]]
    # A flat likelihood leaves the prior.
    p = own_level_probabilities(found, "x", np.zeros(2), np.ones(2), CUTS)
    assert p[0] == pytest.approx(p[1], abs=0.003)
    other = found.of(np.array(["b", "z"], dtype=object))
    assert not other.skewed(("x",)).any()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.drop(columns="l_7"), "grid_likelihoods tanpa kolom l_7"),
        (lambda t: t.assign(l_3=np.nan), "grid_likelihoods memuat isi kosong atau kembar"),
        (lambda t: pd.concat([t, t]), "grid_likelihoods memuat isi kosong atau kembar"),
        (lambda t: t.drop(columns="participant_id"), "grid_likelihoods tanpa kolom participant_id"),
        (lambda t: t.drop(columns="scale"), "grid_likelihoods tanpa kolom scale"),
    ],
)
def test_a_damaged_grid_is_refused(guessed, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        standing.posterior(guessed["scores"], POPULATION, change(guessed["grid"]))


def test_dependent_items_tell_less(guessed):
    found = standing.posterior(guessed["scores"], POPULATION, guessed["grid"])
    wider = found.less_precise({"x": 1.3})
    assert wider.precision[:, 0] == pytest.approx(found.precision[:, 0] / 1.3)
    assert (wider.precision[:, 1] == found.precision[:, 1]).all()
    assert (wider.location == found.location).all()
    assert wider.grid["x"].log_ratio == pytest.approx(found.grid["x"].log_ratio / 1.3)
    assert (wider.own()[1][:, 0] > found.own()[1][:, 0]).all()
    for ratio in (0.9, np.nan, np.inf):
        with pytest.raises(ValueError, match="harus bilangan 1 atau lebih"):
            found.less_precise({"x": ratio})
