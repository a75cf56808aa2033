"""Polychoric correlations, factors, local dependence: against R, a second method, and structures known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal

from workbench.psychometrics import classical, dimensionality, irt
from workbench.psychometrics.dimensionality.correlations import bivariate_normal
from workbench.psychometrics.dimensionality.likelihood import likelihood_factors
from workbench.psychometrics.irt.inspection import category_probabilities

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("lsat7", "sat12", "science", "math_exam", "verbal_aggression", "icar_ability_missing", "bfi_agreeableness")
Q3 = [
    ("lsat7", "Rasch"),
    ("lsat7", "2PL"),
    ("sat12", "2PL"),
    ("math_exam", "2PL"),
    ("verbal_aggression", "Rasch"),
    ("science", "graded"),
    ("bfi_agreeableness", "graded"),
]


def ordered(values: np.ndarray, categories: int) -> np.ndarray:
    return np.digitize(values, np.quantile(values, np.arange(1, categories) / categories))


@settings(max_examples=60, deadline=None)
@given(st.floats(-4, 4), st.floats(-4, 4), st.floats(-0.99, 0.99))
def test_bivariate_normal_against_scipy(h: float, k: float, rho: float) -> None:
    expected = multivariate_normal.cdf([h, k], [0, 0], [[1, rho], [rho, 1]], abseps=1e-12)
    ours = bivariate_normal(np.array(h), np.array(k), np.array(rho))
    assert float(ours) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_polychoric_agrees_with_r(name: str, reference: Callable, responses: Callable) -> None:
    expected = reference(name)["dimensionality"]
    ours = dimensionality.polychoric(responses(name))
    assert np.abs(np.linalg.eigvalsh(ours)[::-1] - expected["tetra_poly_eigen"]).max() < 0.01
    # One empty cell of SAT12 leaves its correlation open between .93 and 1.
    assert np.abs(ours - np.array(expected["polychoric"])).max() < (0.01 if name == "sat12" else 1e-4)


def test_one_pair_by_direct_maximisation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    latent = rng.multivariate_normal([0, 0], [[1, -0.55], [-0.55, 1]], 700)
    x = np.column_stack([ordered(latent[:, 0], 4), latent[:, 1] > 0.8]).astype(float)
    x[:50, 0] = np.nan
    x[50:80, 1] = np.nan
    edges = []
    for column, size in ((x[:, 0], 4), (x[:, 1], 2)):
        seen = column[~np.isnan(column)]
        shares = np.cumsum([(seen == k).mean() for k in range(size)])[:-1]
        edges.append(np.array([-8.0, *[float(pd.Series(shares).map(_quantile).iloc[k]) for k in range(size - 1)], 8.0]))
    table = np.zeros((4, 2))
    for a, b in x[~np.isnan(x).any(1)].astype(int):
        table[a, b] += 1

    def loss(rho: float) -> float:
        normal = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
        corner = np.array([[normal.cdf([h, k]) for k in edges[1]] for h in edges[0]])
        cell = np.diff(np.diff(corner, axis=0), axis=1)
        return -float((table * np.log(np.maximum(cell, 1e-12))).sum())

    best = minimize_scalar(loss, bounds=(-0.95, 0.95), method="bounded", options={"xatol": 1e-6}).x
    assert dimensionality.polychoric(x)[0, 1] == pytest.approx(best, abs=2e-3), seed


def _quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(2, 6), st.integers(2, 6))
def test_polychoric_symmetries(seed: int, first: int, second: int) -> None:
    rng = np.random.default_rng(seed)
    latent = rng.multivariate_normal([0, 0, 0], [[1, 0.5, 0.3], [0.5, 1, 0.2], [0.3, 0.2, 1]], 300)
    x = np.column_stack([ordered(latent[:, 0], first), ordered(latent[:, 1], second), ordered(latent[:, 2], 3)])
    ours = dimensionality.polychoric(x)
    np.testing.assert_allclose(ours, ours.T)
    assert np.abs(ours).max() <= 1
    turned = x.copy()
    turned[:, 0] = first - 1 - turned[:, 0]
    np.testing.assert_allclose(dimensionality.polychoric(turned)[0, 1:], -ours[0, 1:], atol=1e-5)
    renamed = x * 7.5 - 3
    np.testing.assert_allclose(dimensionality.polychoric(renamed), ours, atol=1e-9)


def test_empty_cell_and_smoothing() -> None:
    x = np.vstack([np.tile([0, 0], (40, 1)), np.tile([1, 0], (30, 1)), np.tile([1, 1], (30, 1))])
    plain, cautious = dimensionality.polychoric(x)[0, 1], dimensionality.polychoric(x, empty_cell=0.5)[0, 1]
    assert plain > 0.9 > cautious > 0.5
    impossible = np.array([[0, 0, 1], [1, 1, 1], [0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1], [0, 0, 0]])
    raw = dimensionality.polychoric(np.repeat(impossible, 3, axis=0), smooth=False)
    smooth = dimensionality.polychoric(np.repeat(impossible, 3, axis=0))
    assert np.linalg.eigvalsh(smooth)[0] > 0
    np.testing.assert_allclose(np.diag(smooth), 1)
    assert raw.shape == smooth.shape


@pytest.mark.parametrize("dimensions", [1, 2])
def test_parallel_analysis_counts_dimensions(dimensions: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(900, dimensions))
    x = np.column_stack([ordered(theta[:, j % dimensions] * 0.75 + rng.normal(size=900) * 0.66, 3) for j in range(10)])
    ours = dimensionality.parallel_analysis(x, simulations=20, seed=1)
    assert ours["retained"].sum() == dimensions, seed
    assert ours["eigenvalue"].sum() == pytest.approx(10)
    pearson = dimensionality.parallel_analysis(x, simulations=20, seed=1, polychorics=False)
    assert pearson["retained"].sum() == dimensions, seed
    pd.testing.assert_frame_equal(ours, dimensionality.parallel_analysis(x, simulations=20, seed=1))
    noise = rng.integers(0, 3, (900, 10)).astype(float)
    noise[rng.random(noise.shape) < 0.1] = np.nan
    assert dimensionality.parallel_analysis(noise, simulations=20)["retained"].sum() <= 1, seed


@pytest.mark.parametrize("name", ["lsat7", "sat12", "science", "math_exam", "verbal_aggression"])
def test_one_factor_gives_the_omega_of_r(name: str, reference: Callable, responses: Callable) -> None:
    correlation = responses(name).corr()
    solution = dimensionality.efa(correlation, 1)
    common = float(solution.loadings["F1"].sum()) ** 2
    omega = common / (common + float(solution.uniquenesses.sum()))
    assert omega == pytest.approx(reference(name)["classical"]["omega_total_1factor_ml"], abs=1e-4)
    assert solution.explained.sum() == pytest.approx(1 - solution.uniquenesses.mean())


PATTERN = np.zeros((12, 3))
PATTERN[:4, 0], PATTERN[4:8, 1], PATTERN[8:, 2] = [0.7, 0.8, 0.6, 0.75], [0.65, 0.7, 0.8, 0.6], [0.7, 0.6, 0.75, 0.8]
HIGHER = np.array([0.8, 0.7, 0.6])
BETWEEN = np.outer(HIGHER, HIGHER) + np.diag(1 - HIGHER**2)
STRUCTURED = PATTERN @ BETWEEN @ PATTERN.T
np.fill_diagonal(STRUCTURED, 1.0)


def test_oblique_factors_are_recovered() -> None:
    solution = dimensionality.efa(STRUCTURED, 3)
    found = solution.loadings.to_numpy()
    place = np.abs(found.T @ PATTERN).argmax(1)
    np.testing.assert_allclose(found, PATTERN[:, place], atol=1e-3)
    np.testing.assert_allclose(solution.correlations, BETWEEN[np.ix_(place, place)], atol=1e-3)
    model = found @ solution.correlations.to_numpy() @ found.T + np.diag(solution.uniquenesses)
    np.testing.assert_allclose(model, STRUCTURED, atol=1e-5)
    for rotation in ("varimax", "none"):
        orthogonal = dimensionality.efa(pd.DataFrame(STRUCTURED), 3, rotation)
        np.testing.assert_array_equal(orthogonal.correlations, np.eye(3))
        np.testing.assert_allclose(orthogonal.uniquenesses, solution.uniquenesses, atol=1e-4)
        assert (np.diff(orthogonal.explained) <= 1e-9).all()


def test_likelihood_is_not_beaten_nearby(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sample = np.corrcoef(rng.multivariate_normal(np.zeros(12), STRUCTURED, 150), rowvar=False)

    def loss(table: np.ndarray, unique: np.ndarray) -> float:
        model = table @ table.T + np.diag(unique)
        return float(np.linalg.slogdet(model)[1] + np.trace(sample @ np.linalg.inv(model)))

    table, unique = likelihood_factors(sample, 2)
    best = loss(table, unique)
    for _try in range(50):
        step = rng.normal(0, 0.02, table.shape)
        other = np.clip(unique * np.exp(rng.normal(0, 0.02, unique.shape)), 0.005, 1)
        assert loss(table + step, other) > best - 1e-9, seed


def test_schmid_leiman_of_a_known_structure() -> None:
    ours = dimensionality.schmid_leiman(STRUCTURED, 3)
    general = PATTERN @ HIGHER
    groups = PATTERN * np.sqrt(1 - HIGHER**2)
    np.testing.assert_allclose(ours.loadings["general"], general, atol=1e-3)
    assert ours.ecv == pytest.approx((general**2).sum() / ((general**2).sum() + (groups**2).sum()), abs=1e-4)
    assert ours.omega_hierarchical == pytest.approx(general.sum() ** 2 / STRUCTURED.sum(), abs=1e-4)
    assert ours.omega_total == pytest.approx(
        (general.sum() ** 2 + (groups.sum(0) ** 2).sum()) / STRUCTURED.sum(), abs=1e-4
    )
    two = dimensionality.schmid_leiman(STRUCTURED[:8, :8], 2)
    assert two.loadings.shape == (8, 3)
    opposed = STRUCTURED[:8, :8].copy()
    opposed[:4, 4:] *= -1
    opposed[4:, :4] *= -1
    np.fill_diagonal(opposed, 1.0)
    with pytest.raises(ValueError, match="faktor umum"):
        dimensionality.schmid_leiman(opposed, 2)


# local dependence


@pytest.mark.parametrize(("name", "model"), Q3)
def test_q3_agrees_with_r(
    name: str, model: str, reference: Callable, responses: Callable, calibrated: Callable
) -> None:
    expected = np.array(reference(name)["irt"][model]["Q3"])
    ours = dimensionality.q3(calibrated(name, model), responses(name), simulations=0)
    np.testing.assert_allclose(ours["q3"], expected[np.triu_indices(expected.shape[0], 1)], atol=1e-4)
    assert ours["critical"].isna().all()
    assert not ours["flagged"].any()


def test_q3_with_missing_answers_by_plain_loops(responses: Callable, calibrated: Callable) -> None:
    calibration, x = calibrated("science", "graded"), responses("science").iloc[:150].astype(float)
    x.iloc[:40, 0] = np.nan
    x.iloc[30:60, 2] = np.nan
    ours = dimensionality.q3(calibration, x, simulations=0)
    theta = irt.score(calibration, x, "EAP")["theta"].to_numpy()
    curves = category_probabilities(calibration, theta)
    residual = x.to_numpy() - np.stack([np.arange(4) @ curve for curve in curves], axis=1)
    for row in ours.to_dict("records"):
        pair = residual[:, [x.columns.get_loc(row["first"]), x.columns.get_loc(row["second"])]]
        pair = pair[~np.isnan(pair).any(1)]
        assert row["n"] == len(pair)
        assert row["q3"] == pytest.approx(np.corrcoef(pair.T)[0, 1], abs=1e-6)


def test_critical_value_knows_of_missing_answers(bank: Callable, answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = bank(np.full(10, 1.2), np.linspace(-1, 1, 10))
    x = answers(truth, rng.normal(size=800), rng).astype(float)
    complete = dimensionality.q3(truth, x, simulations=60)["critical"][0]
    x[rng.random(x.shape) < 0.5] = np.nan
    holes = dimensionality.q3(truth, x, simulations=60)["critical"][0]
    # A quarter of the people is left for a pair, so that noise doubles.
    assert 1.3 < holes / complete < 3, seed


def test_q3_finds_a_testlet_and_spares_independent_items(bank: Callable, answers: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = bank(np.full(12, 1.4), np.linspace(-1, 1, 12))
    theta = rng.normal(size=1500)
    x = answers(truth, theta, rng)
    tied = answers(bank(np.full(3, 1.4), [-0.5, 0.0, 0.5]), theta + rng.normal(0, 1.2, 1500), rng)
    x[:, [2, 5, 8]] = tied
    ours = dimensionality.q3(irt.calibrate(x, "2PL", standard_errors=False), x, simulations=60, seed=3)
    inside = ours["first"].isin(["item3", "item6", "item9"]) & ours["second"].isin(["item3", "item6", "item9"])
    assert ours.loc[inside, "flagged"].all(), seed
    assert ours.loc[inside, "q3_star"].min() > ours.loc[~inside, "q3_star"].max(), seed
    alarms = 0
    for _round in range(12):
        y = answers(truth, rng.normal(size=300), rng)
        found = dimensionality.q3(irt.calibrate(y, "2PL", standard_errors=False), y, simulations=60)
        alarms += int(found["flagged"].any())
    # At 5 % a round: five or more of twelve happen twice in ten thousand.
    assert alarms < 5, seed


def test_testlets_and_reliability(seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta, extra = rng.normal(size=6000), rng.normal(size=6000)
    error = rng.normal(size=(6000, 15))
    labels = [""] * 8 + ["x"] * 4 + ["y"] * 3
    independent = theta[:, None] + error
    ours = dimensionality.testlet_reliability(independent, labels)
    assert ours.alpha_items == pytest.approx(classical.reliability(independent).alpha, abs=1e-12)
    assert abs(ours.inflation) < 0.005, seed
    assert ours.parts == 10
    # True score 15 theta, everything else is error: the testlet's common part belongs to it.
    tied = independent.copy()
    tied[:, 8:12] += 0.8 * extra[:, None]
    ours = dimensionality.testlet_reliability(tied, labels)
    truth = 15**2 / (15**2 + 15 + (4 * 0.8) ** 2)
    assert ours.alpha_testlets == pytest.approx(truth, abs=0.006), seed
    assert ours.inflation > 0.005, seed
    assert ours.sem_ratio == pytest.approx(np.sqrt((1 - ours.alpha_testlets) / (1 - ours.alpha_items)))


# hostile input

TABLES = {
    "empty": np.zeros((0, 3)),
    "one person": np.zeros((1, 3)),
    "one item": np.tile([[0], [1]], (9, 1)),
    "one dimension": np.zeros(9),
    "text": [["a", "b"]] * 5,
    "infinite": np.full((5, 2), np.inf),
    "constant": np.column_stack([np.ones(9), np.arange(9) % 2]),
    "all missing": np.full((9, 2), np.nan),
    "continuous": np.random.default_rng(0).normal(size=(50, 2)),
    "never together": np.array([[0, np.nan], [1, np.nan], [np.nan, 0], [np.nan, 1]] * 3),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("function", [dimensionality.polychoric, dimensionality.parallel_analysis])
def test_bad_tables_give_a_sentence(function: Callable, kind: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*[.;]"):
        function(TABLES[kind])


@pytest.mark.parametrize(
    ("matrix", "factors", "rotation"),
    [
        (STRUCTURED, 0, "oblimin"),
        (STRUCTURED, 6, "oblimin"),
        (STRUCTURED, 2.0, "oblimin"),
        (STRUCTURED, 2, "geomin"),
        (STRUCTURED[:5, :5], 3, "oblimin"),
        (STRUCTURED[:, :5], 1, "oblimin"),
        (STRUCTURED * 2, 1, "oblimin"),
        (np.triu(STRUCTURED), 1, "oblimin"),
        (np.full((4, 4), np.nan), 1, "oblimin"),
        ([["a"] * 3] * 3, 1, "oblimin"),
    ],
)
def test_bad_matrices_give_a_sentence(matrix: object, factors: int, rotation: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*[.;]"):
        dimensionality.efa(matrix, factors, rotation)


def test_bad_settings_give_a_sentence(responses: Callable, calibrated: Callable) -> None:
    calibration, x = calibrated("lsat7", "2PL"), responses("lsat7")
    with pytest.raises(ValueError, match="dua faktor"):
        dimensionality.schmid_leiman(STRUCTURED, 1)
    with pytest.raises(ValueError, match="permutasi"):
        dimensionality.parallel_analysis(x, simulations=1)
    with pytest.raises(ValueError, match="sel kosong"):
        dimensionality.polychoric(x, empty_cell=-1)
    for arguments in ({"simulations": -1}, {"quantile": 1.0}, {"people": 3}):
        with pytest.raises(ValueError, match="Q3"):
            dimensionality.q3(calibration, x, **arguments)
    with pytest.raises(ValueError, match="3 butir"):
        dimensionality.q3(calibration, x.iloc[:, :2])
    with pytest.raises(ValueError, match="30 orang"):
        dimensionality.q3(calibration, x.iloc[:10])
    with pytest.raises(ValueError, match="label testlet"):
        dimensionality.testlet_reliability(x, ["a"])
    with pytest.raises(ValueError, match="dua testlet"):
        dimensionality.testlet_reliability(x, ["a"] * 5)
    with pytest.raises(ValueError, match="teks"):
        dimensionality.testlet_reliability([["x", "y"]] * 4, ["a", "b"])
