"""Fit of whole models: against R, against the multinomial distribution of all patterns, and under the model itself."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from workbench.psychometrics import fit, irt
from workbench.psychometrics.irt.inspection import (
    DEFAULT_GRID,
    category_probabilities,
    free_columns,
    free_moments,
    gradients,
    log_priors,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DICHOTOMOUS = ("lsat7", "sat12", "math_exam", "verbal_aggression")
MODELS = [(name, "2PL") for name in DICHOTOMOUS] + [("science", "graded"), ("bfi_agreeableness", "graded")]


@pytest.mark.parametrize("name", DICHOTOMOUS)
@pytest.mark.parametrize("model", ["2PL", "Rasch"])
def test_m2_agrees_with_r(
    name: str, model: str, reference: Callable, responses: Callable, calibrated: Callable
) -> None:
    expected = reference(name)["irt"][model]["M2"]
    ours = fit.model_fit(calibrated(name, model), responses(name))
    assert ours.df == expected["df"]
    assert ours.statistic == "M2"
    # For Rasch R leaves the latent variance out of the derivatives (see the next test), which is worth up to .1 %.
    assert ours.m2 == pytest.approx(expected["M2"], rel=2e-3 if model == "Rasch" else 1e-5)
    assert ours.p == pytest.approx(expected["p"], rel=2e-3, abs=1e-10)
    assert ours.rmsea == pytest.approx(expected["RMSEA"], abs=1e-4)
    assert ours.srmsr == pytest.approx(expected["SRMSR"], abs=5e-6)
    # R divides by n in the interval and by n - 1 in the point.
    assert ours.rmsea_low == pytest.approx(expected["RMSEA_5"], abs=3e-4)
    assert ours.rmsea_high == pytest.approx(expected["RMSEA_95"], abs=3e-4)


def enumerated(
    calibration: irt.Calibration, x: np.ndarray, statistic: str, *, without_variance: bool = False
) -> tuple[float, int]:
    """M2 from the multinomial distribution of all patterns, with derivatives of pattern probabilities."""
    nodes = DEFAULT_GRID.theta
    curves, slopes = category_probabilities(calibration, nodes), gradients(calibration, nodes)
    sizes = [c.shape[0] for c in curves]
    patterns = np.array(list(itertools.product(*(range(size) for size in sizes))))
    weight = np.exp(log_priors(calibration)[0])
    each = np.stack([curves[j][patterns[:, j]] for j in range(len(sizes))])
    product = each.prod(0)
    chance = product @ weight
    columns = []
    for j, slope in enumerate(slopes):
        others = np.delete(each, j, axis=0).prod(0)
        columns += [(others * one[patterns[:, j]]) @ weight for one in slope]
    if free_moments(calibration)[1][0] and not without_variance:
        sd = float(calibration.groups["sd"][0])
        score = nodes**2 / sd**3
        columns.append(product @ (weight * (score - score @ weight)))
    rows = [patterns[:, j] for j in range(len(sizes))]
    observed = [x[:, j] for j in range(len(sizes))]
    if statistic == "C2":
        rows = [(patterns[:, j] == k).astype(int) for j, size in enumerate(sizes) for k in range(1, size)]
        observed = [(x[:, j] == k).astype(int) for j, size in enumerate(sizes) for k in range(1, size)]
    for i, j in itertools.combinations(range(len(sizes)), 2):
        rows.append(patterns[:, i] * patterns[:, j])
        observed.append(x[:, i] * x[:, j])
    table = np.array(rows, dtype=float)
    covariance = (table * chance) @ table.T - np.outer(table @ chance, table @ chance)
    residual = np.array([o.mean() for o in observed]) - table @ chance
    delta = table @ np.column_stack(columns) if columns else np.zeros((len(rows), 0))
    complement = (
        np.linalg.svd(delta, full_matrices=True)[0][:, np.linalg.matrix_rank(delta) :] if columns else np.eye(len(rows))
    )
    inside = complement.T @ residual
    return x.shape[0] * float(
        inside @ np.linalg.solve(complement.T @ covariance @ complement, inside)
    ), complement.shape[1]


@pytest.mark.parametrize(
    ("name", "model", "statistic"), [("lsat7", "2PL", "M2"), ("math_exam", "Rasch", "M2"), ("science", "graded", "C2")]
)
def test_m2_from_all_patterns(
    name: str, model: str, statistic: str, responses: Callable, calibrated: Callable, reference: Callable
) -> None:
    calibration, x = calibrated(name, model), responses(name).to_numpy(int)
    ours = fit.model_fit(calibration, x)
    value, df = enumerated(calibration, x, statistic)
    assert (ours.statistic, ours.df) == (statistic, df)
    assert ours.m2 == pytest.approx(value, rel=1e-6)
    if model == "Rasch":
        theirs = reference(name)["irt"][model]["M2"]["M2"]
        assert enumerated(calibration, x, statistic, without_variance=True)[0] == pytest.approx(theirs, rel=1e-5)


def test_m2_star_from_all_patterns(answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"item_id": [f"i{j}" for j in range(7)], "model": "GRM", "a": rng.uniform(0.8, 1.8, 7), "b1": -0.7, "b2": 0.6}
    )
    truth = irt.Calibration.from_items(frame)
    x = answers(truth, rng.normal(size=800), rng)
    calibration = irt.calibrate(x, "GRM", tolerance=1e-5)
    ours = fit.model_fit(calibration, x)
    value, df = enumerated(calibration, x, "M2*")
    assert (ours.statistic, ours.df) == ("M2*", df), seed
    assert ours.m2 == pytest.approx(value, rel=1e-5), seed
    known, df = enumerated(truth, x, "M2*")
    assert fit.model_fit(truth, x).m2 == pytest.approx(known, rel=1e-6), seed
    assert fit.model_fit(truth, x).df == df == 28


def test_m2_keeps_its_level_and_sees_a_second_dimension(bank: Callable, answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = bank(rng.uniform(0.8, 1.8, 10), rng.normal(0, 1, 10))
    ratios = []
    for _round in range(40):
        x = answers(truth, rng.normal(size=600), rng)
        ours = fit.model_fit(irt.calibrate(x, "2PL", standard_errors=False, tolerance=1e-4), x)
        ratios.append(ours.m2 / ours.df)
    # Mean of m2 / df is 1, its standard error sqrt(2 / 35 / 40) = .038.
    assert abs(np.mean(ratios) - 1) < 0.17, seed
    theta = rng.normal(size=(1500, 2))
    both = np.hstack([answers(bank(np.full(6, 1.5), np.zeros(6)), theta[:, d], rng) for d in (0, 1)])
    assert fit.model_fit(irt.calibrate(both, "2PL"), both).p < 1e-6, seed


def test_groups_with_known_parameters_add_up(bank: Callable, answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = bank(np.full(6, 1.2), np.linspace(-1, 1, 6))
    group = np.repeat(["x", "y"], [300, 500])
    x = answers(one, rng.normal(np.where(group == "y", 0.4, 0.0), 1), rng)
    groups = pd.DataFrame({"group": ["x", "y"], "mean": [0.0, 0.4], "sd": [1.0, 1.0]})
    both = irt.Calibration(one.items, groups)
    parts = [
        fit.model_fit(irt.Calibration(one.items, groups.iloc[[g]]), x[group == name]) for g, name in enumerate("xy")
    ]
    ours = fit.model_fit(both, x, groups=group)
    assert ours.m2 == pytest.approx(sum(p.m2 for p in parts))
    assert ours.df == sum(p.df for p in parts) == 42
    assert ours.n == 800


def test_free_parameters_are_counted(calibrated: Callable, bank: Callable) -> None:
    for name, model in [*MODELS, ("lsat7", "Rasch")]:
        calibration = calibrated(name, model)
        count = sum(c.size for c in free_columns(calibration)) + sum(int(m.sum()) for m in free_moments(calibration))
        assert count == calibration.free_parameters
        without = irt.Calibration(
            calibration.items.drop(columns=[c for c in calibration.items if c.endswith("_se")]),
            calibration.groups,
            free_parameters=calibration.free_parameters,
        )
        assert [c.tolist() for c in free_columns(without)] == [c.tolist() for c in free_columns(calibration)]
    assert sum(c.size for c in free_columns(bank([1.0, 1.2], [0.0, 0.5]))) == 0
