"""Classical statistics against loops in plain Python; nothing depends on the order of people."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.psychometrics import classical
from workbench.psychometrics.reliability import empirical_reliability


def correlation(x: list[float], y: list[float]) -> float:
    mx, my = sum(x) / len(x), sum(y) / len(y)
    sxy = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    sxx, syy = sum((a - mx) ** 2 for a in x), sum((b - my) ** 2 for b in y)
    return sxy / math.sqrt(sxx * syy)


def alpha(columns: list[list[float]]) -> float:
    k = len(columns)
    total = [sum(row) for row in zip(*columns, strict=True)]
    return k / (k - 1) * (1 - sum(statistics.variance(c) for c in columns) / statistics.variance(total))


def random_scores(seed: int, people: int = 157, items: int = 7) -> pd.DataFrame:
    """0/1 items and one with four categories."""
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(people)
    table = (rng.random((people, items)) < 1 / (1 + np.exp(-(theta[:, None] - np.linspace(-1, 1, items))))).astype(
        float
    )
    table[:, -1] = np.clip(np.round(theta + rng.standard_normal(people) + 1.5), 0, 3)
    return pd.DataFrame(table, columns=[f"B{j}" for j in range(items)])


def test_item_statistics_against_a_loop(seed: int) -> None:
    scored = random_scores(seed)
    ours = classical.item_statistics(scored).set_index("item_id")
    columns = {name: [float(v) for v in scored[name]] for name in scored}
    n = len(scored)
    z = statistics.NormalDist().inv_cdf(0.975)
    for name, x in columns.items():
        row, top = ours.loc[name], max(x)
        rest = [sum(values) - own for own, values in zip(x, zip(*columns.values(), strict=True), strict=True)]
        total = [r + own for r, own in zip(rest, x, strict=True)]
        p, sd = sum(x) / n / top, statistics.stdev(x)
        assert row["n"] == row["n_complete"] == n, seed
        assert row["difficulty"] == pytest.approx(p, rel=1e-12), seed
        assert row["sd"] == pytest.approx(sd, rel=1e-12), seed
        r_total, r_rest = correlation(x, total), correlation(x, rest)
        assert row["item_total"] == pytest.approx(r_total, rel=1e-12), seed
        assert row["item_rest"] == pytest.approx(r_rest, rel=1e-12), seed
        for end, side in (("low", -1), ("high", 1)):
            fisher = math.tanh(math.atanh(r_rest) + side * z / math.sqrt(n - 3))
            assert row[f"item_rest_{end}"] == pytest.approx(fisher, rel=1e-9), seed
        others = [columns[other] for other in columns if other != name]
        assert row["alpha_if_deleted"] == pytest.approx(alpha(others), rel=1e-12), seed
        if top == 1:
            # Wilson: the shares whose distance from p is z of their own standard errors.
            for end in ("low", "high"):
                share = row[f"difficulty_{end}"]
                assert abs(p - share) == pytest.approx(z * math.sqrt(share * (1 - share) / n), rel=1e-9), seed
            ordinate = statistics.NormalDist().pdf(statistics.NormalDist().inv_cdf(p))
            assert row["biserial"] == pytest.approx(r_total * math.sqrt(p * (1 - p)) / ordinate, rel=1e-9), seed
        else:
            assert row["difficulty_low"] == pytest.approx(p - z * sd / top / math.sqrt(n), rel=1e-9), seed
            assert math.isnan(row["biserial"]), seed


def test_reliability_against_a_loop(seed: int) -> None:
    scored = random_scores(seed)
    ours = classical.reliability(scored)
    columns = [[float(v) for v in scored[name]] for name in scored]
    total = [sum(row) for row in zip(*columns, strict=True)]
    assert ours.alpha == pytest.approx(alpha(columns), rel=1e-12), seed
    assert ours.sem == pytest.approx(statistics.stdev(total) * math.sqrt(1 - ours.alpha), rel=1e-12), seed
    k = len(columns)
    covariances = [statistics.covariance(columns[i], columns[j]) for i in range(k) for j in range(k) if i != j]
    variance = statistics.variance(total)
    lambda2 = (sum(covariances) + math.sqrt(k / (k - 1) * sum(c**2 for c in covariances))) / variance
    assert ours.lambda2 == pytest.approx(lambda2, rel=1e-12), seed
    odd = [sum(row) for row in zip(*columns[::2], strict=True)]
    even = [sum(row) for row in zip(*columns[1::2], strict=True)]
    r = correlation(odd, even)
    assert ours.split_half == pytest.approx(2 * r / (1 + r), rel=1e-12), seed
    # Lambda-6: what a regression of each item on the others leaves over.
    values = scored.to_numpy()
    left = 0.0
    for j in range(k):
        design = np.column_stack([np.ones(len(values)), np.delete(values, j, axis=1)])
        residual = values[:, j] - design @ np.linalg.lstsq(design, values[:, j], rcond=None)[0]
        left += float(residual @ residual) / (len(values) - 1)
    assert ours.lambda6 == pytest.approx(1 - left / variance, rel=1e-9), seed


def test_omega_is_that_of_the_best_single_factor(seed: int) -> None:
    """Maximise the normal likelihood over loadings and uniquenesses without using eigenvalues."""
    from scipy.optimize import minimize

    scored = random_scores(seed)
    observed = scored.corr().to_numpy()
    k = len(observed)

    def misfit(x: np.ndarray) -> float:
        model = np.outer(x[:k], x[:k]) + np.diag(np.exp(x[k:]))
        return float(np.linalg.slogdet(model)[1] + np.trace(np.linalg.solve(model, observed)))

    start = np.concatenate([np.full(k, 0.5), np.full(k, np.log(0.7))])
    found = minimize(misfit, start, method="BFGS", options={"gtol": 1e-8}).x
    common = found[:k].sum() ** 2
    omega = common / (common + np.exp(found[k:]).sum())
    assert classical.reliability(scored).omega == pytest.approx(omega, abs=1e-5), seed


def test_feldt_interval_holds_the_true_alpha(binomial_bounds, seed: int) -> None:
    """Two parallel items with known reliability, 20 people: the interval misses in 5 % of rounds."""
    rng = np.random.default_rng(seed)
    rounds, truth = 1500, 2 * 0.5 / (1 + 0.5)
    missed = 0
    for _round in range(rounds):
        scored = np.sqrt(0.5) * (rng.standard_normal((20, 1)) + rng.standard_normal((20, 2)))
        found = classical.reliability(scored)
        missed += not found.alpha_low <= truth <= found.alpha_high
    low, high = binomial_bounds(rounds, 0.05)
    assert low <= missed <= high, seed


def test_interval_of_the_reliability_of_scores(binomial_bounds, seed: int) -> None:
    """Posterior means of variance .7 with error .3: the interval holds .7 in 95 % of rounds of 40 people."""
    rng = np.random.default_rng(seed)
    rounds = 1500
    missed = 0
    for _round in range(rounds):
        point, low, high = empirical_reliability(np.sqrt(0.7) * rng.standard_normal(40), np.full(40, np.sqrt(0.3)))
        assert low < point < high
        missed += not low <= 0.7 <= high
    least, most = binomial_bounds(rounds, 0.05)
    # The log of a variance is a little skew in forty people.
    assert least / 1.4 <= missed <= most * 1.4, (seed, missed)


def test_upper_and_lower_27_per_cent(seed: int) -> None:
    """Totals without ties around the cuts: the plain difference of the two groups."""
    rng = np.random.default_rng(seed)
    scored = np.column_stack([rng.integers(0, 2, 100), np.arange(100) * 2.0])
    ours = classical.item_statistics(scored)
    order = np.argsort(scored.sum(axis=1))
    expected = scored[order[-27:], 0].mean() - scored[order[:27], 0].mean()
    assert ours["d27"][0] == pytest.approx(expected, abs=1e-12), seed


def test_missing_answers_count_where_they_can(seed: int) -> None:
    scored = random_scores(seed)
    rng = np.random.default_rng(seed)
    holes = scored.mask(rng.random(scored.shape) < 0.1)
    ours = classical.item_statistics(holes).set_index("item_id")
    complete = classical.item_statistics(holes.dropna()).set_index("item_id")
    for name in scored:
        assert ours.loc[name, "n"] == holes[name].notna().sum(), seed
        assert ours.loc[name, "mean"] == pytest.approx(holes[name].mean(), rel=1e-12), seed
    pd.testing.assert_series_equal(ours["item_rest"], complete["item_rest"])
    covariance = holes.cov().to_numpy()  # pandas takes pairs too
    k = len(covariance)
    pairwise = k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())
    assert classical.reliability(holes).alpha == pytest.approx(pairwise, rel=1e-12), seed


def test_an_item_that_does_not_vary_has_no_discrimination() -> None:
    scored = random_scores(1).assign(B0=1.0)
    ours = classical.item_statistics(scored).set_index("item_id")
    assert ours.loc["B0", "difficulty"] == 1
    assert ours.loc["B0", ["item_rest", "item_total", "biserial"]].isna().all()
    assert ours.drop("B0")[["item_rest", "alpha_if_deleted"]].notna().all(axis=None)
    total = classical.reliability(scored)
    assert math.isnan(total.omega)
    assert math.isnan(total.lambda6)
    assert not math.isnan(total.alpha)


@given(st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_the_order_of_people_does_not_matter(seed: int) -> None:
    scored = random_scores(seed, people=41)
    turned = scored.sample(frac=1, random_state=np.random.default_rng(seed))
    pd.testing.assert_frame_equal(
        classical.item_statistics(scored), classical.item_statistics(turned), check_exact=False, rtol=1e-10
    )
    pd.testing.assert_frame_equal(
        classical.reliability(scored).to_frame(), classical.reliability(turned).to_frame(), check_exact=False, rtol=1e-6
    )


@dataclass(frozen=True)
class Rules:
    difficulty_low: float = 0.15
    difficulty_high: float = 0.85
    item_rest_low: float = 0.20


def test_a_flag_is_raised_only_when_the_whole_interval_lies_beyond_the_line() -> None:
    """Hand-made: sure, doubtful and sound items."""
    rows = pd.DataFrame(
        {
            "item_id": ["sukar", "mungkin sukar", "baik", "mudah", "lemah", "mati"],
            "difficulty": [0.05, 0.14, 0.5, 0.95, 0.5, 1.0],
            "difficulty_low": [0.02, 0.10, 0.4, 0.91, 0.4, 0.9],
            "difficulty_high": [0.10, 0.19, 0.6, 0.97, 0.6, 1.0],
            "item_rest": [0.3, 0.3, 0.3, 0.3, 0.1, np.nan],
            "item_rest_low": [0.25, 0.25, 0.25, 0.25, 0.02, np.nan],
            "item_rest_high": [0.35, 0.35, 0.35, 0.35, 0.18, np.nan],
        }
    )
    flagged = classical.flag(rows, Rules())
    assert list(flagged["flag"]) == ["raised", "watch", "", "raised", "raised", "raised"]
    assert "terlalu sukar (p 0,05 < 0,15)" in flagged["reason"][0]
    assert flagged["reason"][2] == ""
    assert flagged["reason"][5] == "semua jawaban sama"
    none = Rules(float("nan"), float("nan"), float("nan"))
    assert list(classical.flag(rows, none)["flag"]) == ["", "", "", "", "", "watch"]
