"""Group differences: the common prior shrinks them, the model conditioned on the group does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.policy import load_policy
from workbench.records.bank import Bank
from workbench.talent import standing
from workbench.talent.axes import Rule
from workbench.talent.group_model import group_priors, group_rates

POLICY = "permenpanrb-3-2020"


@pytest.fixture(scope="module")
def correlated(paper_bank) -> Bank:
    """The paper bank with scales that correlate .5."""
    scales = list(paper_bank.population["scale"])
    covariance = 0.5 * np.eye(len(scales)) + 0.5
    population = pd.DataFrame({"scale": scales, "mean": 0.0})
    population = pd.concat([population, pd.DataFrame(covariance, columns=scales)], axis=1)
    return replace(paper_bank, population=population)


def simulated(bank: Bank, n: int, gap: float, seed: int, reliability: float = 0.7):
    """Return posterior, people, labels and true membership of the pool of two groups that differ on every scale."""
    policy = load_policy(POLICY)
    random = np.random.default_rng(seed)
    scales = tuple(bank.population["scale"])
    covariance = bank.population[list(scales)].to_numpy(float)
    labels = np.where(np.arange(n) % 2 == 0, "L", "P").astype(object)
    # The mean over both groups is that of the population; the spread within is smaller by what lies between.
    within = covariance - (gap / 2) ** 2
    centre = np.where(labels == "L", gap / 2, -gap / 2)[:, None]
    theta = centre + random.standard_normal((n, len(scales))) @ np.linalg.cholesky(within).T
    precision = np.full(theta.shape, reliability / (1 - reliability))
    location = theta + random.standard_normal(theta.shape) / np.sqrt(precision)
    names = np.array([f"P{i:06d}" for i in range(n)], dtype=object)
    mean = np.zeros(len(scales))
    posterior = standing.Posterior(names, scales, location, precision, mean, covariance)
    people = pd.DataFrame({"participant_id": names, "instansi": "A", "jenjang": "pengawas", "hasil_kerja": "sesuai"})
    required = {f"required_{s}": 3 for s in policy.used_scales}
    people = pd.concat([people, pd.DataFrame(required, index=people.index)], axis=1)
    rule = Rule(policy, bank, people, {s: np.ones(n, dtype=bool) for s in scales})
    true = {s: theta[:, scales.index(s)] for s in rule.scales}
    box, _potensial, _kinerja = rule.place(true, rule.levels(true), slice(0, n))
    return policy, posterior, people, rule, labels, np.isin(box, policy.boxes.pool), theta


@pytest.fixture(scope="module")
def rounds(correlated, draw_seed):
    """Two rounds of one and the same gap, little told by the test: rates of both models and the true ones."""
    found = []
    for number in (1, 2):
        seed = draw_seed(f"two groups {number}")
        policy, posterior, people, rule, labels, truth, theta = simulated(
            correlated, 5_000, 0.3, seed, reliability=0.12
        )
        boxes = standing.place(posterior, people, policy, correlated, draws=64, shared_errors=False)
        priors = group_priors(posterior, rule.scales, {"sex": labels})["sex"]
        rates = group_rates(rule, posterior, priors, labels, boxes, seed=1, most=1_200).set_index("group")
        true = {g: float(truth[labels == g].mean()) for g in ("L", "P")}
        found.append((rates, true, priors, theta, labels))
    return found


def test_the_common_prior_shrinks_the_gap_and_the_group_model_finds_it(rounds):
    # Chance moves the mean of two ratios by .02; the common prior moves it by about .1.
    common, found = [], []
    for rates, true, *_rest in rounds:
        ratio = true["P"] / true["L"]
        assert 0.4 < ratio < 0.7
        common.append(rates.loc["P", "rate_common"] / rates.loc["L", "rate_common"] - ratio)
        found.append(rates.loc["P", "rate"] / rates.loc["L", "rate"] - ratio)
    assert np.mean(common) > 0.04
    assert abs(np.mean(found)) < 0.06
    assert abs(np.mean(found)) < np.mean(common)


def test_every_true_rate_lies_in_its_interval(rounds):
    for rates, true, *_rest in rounds:
        for group, rate in true.items():
            row = rates.loc[group]
            # Two such half-widths are four standard errors.
            assert abs(row["rate"] - rate) < row["rate_high"] - row["rate_low"]
            assert 0.01 < row["rate_high"] - row["rate_low"] < 0.12
            assert row["expected"] == pytest.approx(row["n"] * row["rate"])


def test_means_and_spread_of_the_groups_are_those_that_were_simulated(rounds):
    _rates, _true, priors, theta, labels = rounds[0]
    for g, name in enumerate(priors.groups):
        error = np.sqrt(np.diagonal(priors.error[g]))
        z = (priors.mean[g] - theta[labels == name].mean(0)) / error
        assert np.abs(z).max() < 4.5
    spread = theta[labels == "L"].std(0)
    assert np.sqrt(np.diagonal(priors.covariance)) == pytest.approx(spread, rel=0.2)


def test_groups_without_a_difference_get_none(correlated, seed):
    policy, posterior, people, rule, labels, _truth, _theta = simulated(correlated, 2_000, 0.0, seed)
    boxes = standing.place(posterior, people, policy, correlated, draws=64, shared_errors=False)
    priors = group_priors(posterior, rule.scales, {"sex": labels})["sex"]
    rates = group_rates(rule, posterior, priors, labels, boxes, most=600).set_index("group")
    difference = rates.loc["P", "rate"] - rates.loc["L", "rate"]
    error = np.hypot(*((rates["rate_high"] - rates["rate_low"]) / 3.92))
    assert abs(difference) < 4 * error


def test_small_groups_are_left_out_with_a_reason(correlated):
    policy, posterior, people, rule, labels, _truth, _theta = simulated(correlated, 60, 0.3, 5)
    boxes = standing.place(posterior, people, policy, correlated, draws=64, shared_errors=False)
    labels = labels.copy()
    labels[:7] = "X"
    labels[7] = None
    priors = group_priors(posterior, rule.scales, {"sex": labels})["sex"]
    assert priors.groups == ("L", "P")
    rates = group_rates(rule, posterior, priors, labels, boxes).set_index("group")
    assert rates.loc["X", "not_computed"] == "tidak dihitung: 7 orang, sedikitnya 20"
    assert np.isnan(rates.loc["X", "rate"])
    assert int(rates["n"].sum()) == 59


def test_hostile_input_gives_a_sentence(correlated):
    policy, posterior, people, rule, labels, _truth, _theta = simulated(correlated, 60, 0.3, 5)
    with pytest.raises(ValueError, match="tidak ada pada posterior"):
        group_priors(posterior, ("lain",), {"sex": labels})
    with pytest.raises(ValueError, match="tidak sepanjang daftar"):
        group_priors(posterior, rule.scales, {"sex": labels[:-1]})
    boxes = standing.place(posterior, people, policy, correlated, draws=64, shared_errors=False)
    priors = group_priors(posterior, rule.scales, {"sex": labels})["sex"]
    with pytest.raises(ValueError, match="orang yang sama"):
        group_rates(rule, posterior, priors, labels, boxes.iloc[:-1])
    boxes.loc[0, "withheld_reason"] = "belum ada data"
    with pytest.raises(ValueError, match="orang yang sama"):
        group_rates(rule, posterior, priors, labels, boxes)
