"""Levels as received: their likelihood against quadrature and against scores that were really cut."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from workbench.records.bank import Bank, assumed_level_cuts
from workbench.talent import standing
from workbench.talent.grid_posterior import NODES
from workbench.talent.levels import own_level_probabilities, place_levels, printed_levels
from workbench.talent.received_levels import level_log_likelihood, level_summaries, score_levels

CUTS = np.array([-0.4, 0.7, 1.6, 2.4])
SCALES = ("satu", "dua")


def bank(correlation: float = 0.6) -> Bank:
    population = pd.DataFrame({"scale": SCALES, "mean": 0.0, "satu": [1, correlation], "dua": [correlation, 1]})
    return Bank("uji", False, pd.DataFrame(), assumed_level_cuts(SCALES, "uji"), pd.DataFrame(), population)


errors = st.floats(0.05, 3)
rising = (
    st.lists(st.floats(-3, 3), min_size=4, max_size=4, unique=True)
    .map(sorted)
    .filter(lambda cuts: min(np.diff(cuts)) > 0.05)
)


@given(cuts=rising, error=errors)
@settings(max_examples=60, deadline=None)
def test_the_levels_share_out_everybody_at_every_theta(cuts, error):
    likelihood = np.exp(level_log_likelihood(np.array(cuts), error, NODES))
    assert likelihood.sum(axis=0) == pytest.approx(1, abs=1e-12)
    assert np.isfinite(level_log_likelihood(np.array(cuts), error, np.array([-9.0, 9.0]))).all()


@given(cuts=rising, error=errors)
@settings(max_examples=60, deadline=None)
def test_the_closed_form_is_what_quadrature_gives(cuts, error):
    theta = np.linspace(-8, 8, 16_001)
    density = np.exp(level_log_likelihood(np.array(cuts), error, theta) - theta**2 / 2)
    density /= density.sum(axis=1, keepdims=True)
    mean = density @ theta
    sd = np.sqrt(density @ theta**2 - mean**2)
    found = level_summaries(np.array(cuts), error)
    assert found[0] == pytest.approx(mean, abs=2e-4)
    assert found[1] == pytest.approx(sd, abs=2e-4)
    assert (np.diff(found[0]) > 0).all()
    assert (found[1] < 1).all()


def test_without_error_theta_lies_within_its_level():
    mean, sd = level_summaries(CUTS, 0.0)
    assert (np.searchsorted(CUTS, mean) == np.arange(5)).all()
    draws = np.random.default_rng(5).standard_normal(400_000)
    middle = draws[(draws >= CUTS[0]) & (draws < CUTS[1])]
    assert (mean[1], sd[1]) == pytest.approx((middle.mean(), middle.std()), abs=0.005)


@pytest.mark.parametrize("error", [-0.1, float("nan"), float("inf")])
def test_an_error_that_is_none_is_refused(error):
    with pytest.raises(ValueError, match="Galat baku"):
        level_summaries(CUTS, error)
    with pytest.raises(ValueError, match="Galat baku"):
        level_log_likelihood(CUTS, error, NODES)


def received(error: float, n: int, seed: int) -> tuple[np.ndarray, pd.DataFrame]:
    """People of the population, and the levels that an owner with this error gives them."""
    rng = np.random.default_rng(seed)
    population = bank().population[list(SCALES)].to_numpy(float)
    theta = rng.multivariate_normal(np.zeros(2), population, size=n)
    levels = np.digitize(theta + error * rng.standard_normal(theta.shape), CUTS) + 1
    names = [f"P{i:06d}" for i in range(n)]
    return theta, pd.DataFrame({"participant_id": names, **dict(zip(SCALES, levels.T, strict=True))})


@pytest.mark.parametrize("reliability", [0.6, 0.85])
def test_levels_made_with_that_error_are_at_their_true_level_as_often_as_stated(reliability, seed):
    # No tolerance for the method: the shares of 60,000 people err by .002.
    error = float(np.sqrt((1 - reliability) / reliability))
    theta, levels = received(error, 60_000, seed)
    scores, grid = score_levels(levels, dict.fromkeys(SCALES, error), bank())
    posterior = standing.posterior(scores, bank().population, grid)
    mean, sd = posterior.own()
    stated = own_level_probabilities(posterior, "satu", mean[:, 0], sd[:, 0], CUTS)
    true = np.digitize(theta[:, 0], CUTS) + 1
    for level in range(1, 6):
        here = (levels["satu"] == level).to_numpy()
        for other in range(1, 6):
            share = float((true[here] == other).mean())
            spread = 3.5 * np.sqrt(max(share * (1 - share), 0.001) / here.sum())
            assert stated[here, other - 1].mean() == pytest.approx(share, abs=0.015 + spread), (level, other)


def test_a_received_level_is_printed_as_it_is_and_its_probability_is_that_of_the_level(seed):
    _theta, levels = received(1.0, 300, seed)
    scores, grid = score_levels(levels, dict.fromkeys(SCALES, 1.0), bank())
    posterior = standing.posterior(scores, bank().population, grid)
    found = {scale: levels[scale].to_numpy(np.int8) for scale in SCALES}
    known = standing.Posterior(**{**posterior.__dict__, "received": found})
    people = levels[["participant_id"]]
    assert (printed_levels(known, bank(), SCALES) == levels[list(SCALES)].to_numpy()).all()
    table = place_levels(known, people, bank(), SCALES)
    other = place_levels(posterior, people, bank(), SCALES)
    assert (table["level"] != other["level"]).any()
    assert table.filter(like="p_level").equals(other.filter(like="p_level"))
    few = known.of(np.array(["P000003", "P999999"], dtype=object))
    assert few.received["satu"].tolist() == [int(levels["satu"].iloc[3]), 0]


def test_scales_that_a_person_was_not_measured_on_have_no_row_and_others_no_wle(seed):
    _theta, levels = received(0.5, 40, seed)
    levels = levels.astype({"satu": "Int64"})
    levels.loc[:9, "satu"] = pd.NA
    scores, _grid = score_levels(levels, {"satu": 0.5}, bank())
    assert scores.groupby("scale").size().to_dict() == {"satu": 30, "dua": 40}
    assert scores[["wle", "wle_se", "scale_score"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="empat batas level"):
        score_levels(levels.rename(columns={"satu": "lain"}), {}, bank())


def test_the_likelihood_is_the_share_of_scores_between_the_cuts(seed):
    rng = np.random.default_rng(seed)
    for theta in (-1.0, 0.3, 2.0):
        levels = np.digitize(theta + 0.6 * rng.standard_normal(200_000), CUTS)
        share = np.bincount(levels, minlength=5) / levels.size
        assert np.exp(level_log_likelihood(CUTS, 0.6, np.array([theta])))[:, 0] == pytest.approx(share, abs=0.006)
    assert np.exp(level_log_likelihood(CUTS, 0.6, np.array([0.3])))[0, 0] == pytest.approx(ndtr(-0.7 / 0.6))
