"""IRT scale linking: known lines come back, criteria are least, errors are those of other anchors, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from workbench.psychometrics import irt, linking

METHODS = ("mean-mean", "mean-sigma", "haebara", "stocking-lord")
# Formats that one calibration may hold.
MIXED = irt.Calibration.from_items(
    pd.DataFrame(
        {
            "item_id": list("ABCDEF"),
            "model": ["2PL", "3PL", "GRM", "GPCM", "2PL", "GRM"],
            "a": [1.2, 0.9, 1.5, 0.7, 1.1, 0.8],
            "b": [0.3, -0.7, np.nan, np.nan, 1.4, np.nan],
            "c": [np.nan, 0.2, np.nan, np.nan, np.nan, np.nan],
            "b1": [np.nan, np.nan, -1.0, 0.6, np.nan, -0.4],
            "b2": [np.nan, np.nan, 0.2, -0.3, np.nan, 0.9],
            "b3": [np.nan, np.nan, 1.1, np.nan, np.nan, np.nan],
        }
    )
)


def noisy(seed: int, n: int = 10) -> tuple[pd.DataFrame, pd.DataFrame]:
    """2PL items on two metrics, with errors of estimation."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0.7, 1.8, n), rng.normal(0, 1, n)
    x = pd.DataFrame({"item_id": [f"i{k}" for k in range(n)], "model": "2PL", "a": a, "b": b})
    y = x.assign(a=a / 1.2 * np.exp(rng.normal(0, 0.1, n)), b=1.2 * b - 0.4 + rng.normal(0, 0.1, n))
    return x, y.sample(frac=1, random_state=np.random.default_rng(seed))


@settings(max_examples=15, deadline=None)
@given(st.floats(0.4, 2.5), st.floats(-2, 2), st.sampled_from(METHODS))
def test_a_known_line_comes_back_from_mixed_formats(slope: float, intercept: float, method: str) -> None:
    ours = linking.link(MIXED.items, MIXED.moved(slope, intercept).items, method)
    assert ours.slope == pytest.approx(slope, rel=1e-5)
    assert ours.intercept == pytest.approx(intercept, abs=1e-5)
    assert ours.anchors == 6
    assert ours.slope_se < 1e-5 > ours.intercept_se


def test_moments_by_hand(seed: int) -> None:
    x, y = noisy(seed)
    y_sorted = y.set_index("item_id").loc[x["item_id"]]
    means, sigmas = (linking.link(x, y, method) for method in ("mean-mean", "mean-sigma"))
    assert means.slope == pytest.approx(x["a"].mean() / y["a"].mean(), rel=1e-12), seed
    assert sigmas.slope == pytest.approx(y_sorted["b"].std() / x["b"].std(), rel=1e-12), seed
    for ours in (means, sigmas):
        assert ours.intercept == pytest.approx(y["b"].mean() - ours.slope * x["b"].mean(), rel=1e-9), seed


@pytest.mark.parametrize("method", ["haebara", "stocking-lord"])
def test_characteristic_curves_by_a_plain_search(method: str, seed: int) -> None:
    x, y = noisy(seed)
    y_sorted = y.set_index("item_id").loc[x["item_id"]]
    theta = np.linspace(-4, 4, 41)
    weight = np.exp(-(theta**2) / 2)
    weight /= weight.sum()
    (ax, bx), (ay, by) = ((side[["a"]].to_numpy(), side[["b"]].to_numpy()) for side in (x, y_sorted))

    def criterion(line: np.ndarray) -> float:
        moved = 1 / (1 + np.exp(-ax / line[0] * (theta - line[0] * bx - line[1])))
        gap = moved - 1 / (1 + np.exp(-ay * (theta - by)))
        squares = (gap**2).sum(0) if method == "haebara" else gap.sum(0) ** 2
        return float(weight @ squares)

    ours = linking.link(x, y, method)
    options = {"xatol": 1e-7, "fatol": 1e-16, "maxiter": 5000, "maxfev": 20_000}
    found = minimize(criterion, [1.0, 0.0], method="Nelder-Mead", options=options)
    assert found.success, seed
    np.testing.assert_allclose([ours.slope, ours.intercept], found.x, atol=1e-4, err_msg=str(seed))


@pytest.mark.parametrize("method", METHODS)
def test_errors_are_those_of_leaving_anchors_out(method: str, seed: int) -> None:
    x, y = noisy(seed, 6)
    ours = linking.link(x, y, method)
    lines = []
    for item in x["item_id"]:
        without = linking.link(x[x["item_id"] != item], y[y["item_id"] != item], method)
        lines.append([without.slope, without.intercept])
    covariance = np.cov(np.array(lines).T, bias=True) * 5  # (n - 1) / n times the sum of squares
    assert ours.slope_se**2 == pytest.approx(covariance[0, 0], rel=1e-6), seed
    assert ours.intercept_se**2 == pytest.approx(covariance[1, 1], rel=1e-6), seed
    assert ours.covariance == pytest.approx(covariance[0, 1], rel=1e-6), seed


def test_the_shared_shift_is_what_draws_of_the_link_do(seed: int) -> None:
    """Everybody at one theta moves together; the spread of the draws is the error that is stated."""
    ours = linking.link(*noisy(seed), "stocking-lord")
    drawn = ours.draw(20_000, seed)
    for theta in (-2.0, 0.0, 1.5):
        spread = (drawn[:, 0] * theta + drawn[:, 1]).std()
        assert ours.shift_error(theta) == pytest.approx(spread, rel=0.04), seed  # 20,000 draws: SD of .5 %
    assert drawn.mean(0) == pytest.approx([ours.slope, ours.intercept], abs=5 * ours.intercept_se / 100), seed
    np.testing.assert_array_equal(ours.draw(5, 3), ours.draw(5, 3))
    x, y = noisy(seed, 2)
    two = linking.link(x, y)
    assert np.isnan(two.shift_error([0.0, 1.0])).all()
    with pytest.raises(ValueError, match=r"hanya 2 butir jangkar"):
        two.draw(10)


def test_items_on_the_other_metric_say_the_same() -> None:
    x, y = MIXED.items, MIXED.moved(1.3, 0.5).items
    ours = linking.link(x, y)
    unfitted = pd.concat(
        [x.iloc[:2], pd.DataFrame({"item_id": ["Z"], "model": ["2PL"]}), x.iloc[2:]], ignore_index=True
    )
    moved = ours.items(unfitted)
    assert list(moved["item_id"]) == list("ABZCDEF")
    assert moved.set_index("item_id").loc["Z", ["a", "b", "d"]].isna().all()
    there = irt.Calibration.from_items(moved.dropna(subset="a"))
    theta = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(
        irt.expected_by_item(there, ours.theta(theta)), irt.expected_by_item(MIXED, theta), atol=1e-4
    )


def test_errors_of_items_move_with_the_metric(draw_links, seed: int) -> None:
    first, _second = draw_links(seed)
    ours = linking.Link(1.5, 0.2, 0.0, 0.0, "mean-mean", 9)
    moved = ours.items(first.items)
    np.testing.assert_allclose(moved["a_se"], first.items["a_se"] / 1.5, rtol=1e-12)
    np.testing.assert_allclose(moved["b_se"], first.items["b_se"] * 1.5, rtol=1e-12)
    assert "d_se" not in moved  # would need covariances that the table does not hold


@pytest.fixture(scope="module")
def draw_links():
    """Two calibrations of one test, the second by a group half a unit better and less spread."""

    def draw(seed: int, shifted: float = 0.0) -> tuple[irt.Calibration, irt.Calibration]:
        rng = np.random.default_rng(seed)
        a, b = rng.uniform(0.9, 1.8, 15), np.linspace(-1.5, 1.5, 15)
        calibrations = []
        for mean, sd, moved in ((0.0, 1.0, 0.0), (0.5, 0.8, shifted)):
            theta = rng.normal(mean, sd, 4000)
            difficulty = b + moved * (np.arange(15) == 7)
            right = rng.random((4000, 15)) < 1 / (1 + np.exp(-a * (theta[:, None] - difficulty)))
            calibrations.append(irt.calibrate(pd.DataFrame(right.astype(int), columns=[f"B{j}" for j in range(15)])))
        return calibrations[0], calibrations[1]

    return draw


@pytest.mark.parametrize("method", METHODS)
def test_groups_that_differ_are_put_on_one_metric(method: str, draw_links, seed: int) -> None:
    """Theta of the second group is (theta - .5) / .8 on its own metric."""
    first, second = draw_links(seed)
    ours = linking.link(first.items, second.items, method)
    # The jackknife over anchors holds no error of estimation that all anchors share: .1 is some four of those.
    assert abs(ours.slope - 1.25) < 5 * ours.slope_se + 0.1, (seed, ours)
    assert abs(ours.intercept + 0.625) < 5 * ours.intercept_se + 0.1, (seed, ours)


def test_rasch_keeps_its_unit(draw_links) -> None:
    rng = np.random.default_rng(3)
    b = np.linspace(-1, 1, 8)
    sides = [
        irt.calibrate((rng.random((3000, 8)) < 1 / (1 + np.exp(b - rng.normal(m, s, (3000, 1))))).astype(int), "Rasch")
        for m, s in ((0.0, 1.0), (0.4, 1.3))
    ]
    for method in METHODS:
        ours = linking.link(sides[0].items, sides[1].items, method)
        assert ours.slope == 1.0
        assert ours.slope_se == 0.0
        assert abs(ours.intercept + 0.4) < 0.15


def test_drift_finds_the_anchor_that_moved(draw_links, binomial_bounds, seed: int) -> None:
    first, second = draw_links(seed, shifted=0.9)
    ours = linking.link(first.items, second.items, "stocking-lord")
    table = linking.drift(first.items, second.items, ours).set_index("item_id")
    assert table["difference"].abs().idxmax() == "B7", seed
    assert table.loc["B7", "drifted"], seed
    # The others lie beyond 1.96 errors once in twenty, as nothing of them moved.
    others = table["drifted"].drop("B7")
    assert others.sum() <= binomial_bounds(others.size, 0.05)[1], (seed, table)
    x, y = (side.items.set_index("item_id").loc["B7"] for side in (first, second))
    assert table.loc["B7", "difference"] == pytest.approx(y["b"] - ours.slope * x["b"] - ours.intercept, rel=1e-9)
    assert table.loc["B7", "se"] == pytest.approx(np.hypot(y["b_se"], ours.slope * x["b_se"]), rel=1e-9)
    bare = linking.drift(first.items[["item_id", "model", "a", "b"]], second.items, ours)
    assert bare[["se", "z"]].isna().all(axis=None)
    assert bare["drifted"].sum() >= 1, seed


def test_a_purified_line_is_not_bent_by_what_moved() -> None:
    b = np.linspace(-1.5, 1.5, 12)
    x = pd.DataFrame(
        {"item_id": [f"i{k:02}" for k in range(12)], "model": "2PL", "a": 1.2, "b": b, "a_se": 0.05, "b_se": 0.05}
    )
    y = x.assign(a=1.2 / 1.25, b=1.25 * b - 0.3)
    moved = ["i01", "i04", "i05", "i09"]
    y.loc[y["item_id"].isin(moved), "b"] += 0.5
    plain = linking.link(x, y)
    assert abs(plain.intercept + 0.3) > 0.1  # all anchors together lie between
    line, table = linking.purified_link(x, y)
    assert line.slope == pytest.approx(1.25, rel=1e-4)
    assert line.intercept == pytest.approx(-0.3, abs=1e-4)
    assert line.anchors == 8
    assert table.loc[table["drifted"], "item_id"].tolist() == moved
    assert table.set_index("item_id").loc[moved, "difference"].to_numpy() == pytest.approx(0.5, abs=1e-3)
    # When most have moved nobody can say which side did; half of the anchors stay.
    y.loc[:8, "b"] += np.linspace(0.5, 3, 9)
    assert linking.purified_link(x, y)[0].anchors >= 6


def test_a_line_the_other_way(seed: int) -> None:
    x, y = noisy(seed)
    ours = linking.link(x, y, "mean-sigma")
    other, back = ours.inverse(), linking.link(y, x, "mean-sigma")
    assert other.slope == pytest.approx(back.slope, rel=1e-12), seed
    assert other.intercept == pytest.approx(back.intercept, rel=1e-9, abs=1e-12), seed
    assert other.slope_se == pytest.approx(back.slope_se, rel=0.1), seed  # jackknife anew against the delta method
    assert other.intercept_se == pytest.approx(back.intercept_se, rel=0.1), seed
    theta = np.linspace(-2, 2, 5)
    assert other.theta(ours.theta(theta)) == pytest.approx(theta, abs=1e-12)


def test_drift_of_ordered_items_is_the_mean_over_boundaries() -> None:
    x, y = MIXED.items, MIXED.items.copy()
    y.loc[2, ["b1", "b2", "b3"]] += [0.6, 0.3, 0.3]
    y = irt.Calibration.from_items(y.drop(columns=[c for c in y if c[0] == "d"])).items
    line = linking.Link(1.0, 0.0, 0.0, 0.0, "mean-mean", 6)
    table = linking.drift(x, y, line)
    assert table["difference"][2] == pytest.approx(0.4)
    assert table["difference"].drop(2).abs().max() == pytest.approx(0, abs=1e-12)
    assert table["drifted"].tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (MIXED.items, MIXED.items.assign(item_id=list("UVWXYZ")), "Hanya 0 butir jangkar"),
        (MIXED.items, MIXED.items.iloc[:1], "Hanya 1 butir jangkar"),
        (MIXED.items, MIXED.items.assign(a=np.nan), "Hanya 0 butir jangkar"),
        (MIXED.items.iloc[2:4], MIXED.items.iloc[[5, 3]].assign(item_id=["C", "D"]), "berbeda jumlah kategorinya"),
        (MIXED.items.iloc[:2], MIXED.items.iloc[[0, 4]].assign(item_id=["A", "B"]), "memakai model"),
        (pd.concat([MIXED.items, MIXED.items]), MIXED.items, "dua kali"),
        (MIXED.items.drop(columns="a"), MIXED.items, "kolom item_id dan a"),
        (MIXED.items.assign(a="x"), MIXED.items, "bukan angka"),
        (MIXED.items.assign(model="4PL"), MIXED.items, "tidak tersedia"),
        (MIXED.items, MIXED.items.to_numpy(), "kolom item_id dan a"),
        (None, MIXED.items, "kolom item_id dan a"),
        (MIXED.items.iloc[[0, 4]], MIXED.items.iloc[[0, 4]].assign(a=-1.0, b=[0.3, 1.4], d=np.nan), "positif"),
    ],
    ids=range(12),
)
def test_what_cannot_be_linked_is_refused(x: object, y: object, words: str) -> None:
    for call in (
        lambda: linking.link(x, y, "mean-mean"),  # type: ignore[arg-type]
        lambda: linking.drift(x, y, linking.link(x, y, "mean-mean")),  # type: ignore[arg-type]
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_equal_difficulties_tell_no_unit() -> None:
    items = pd.DataFrame({"item_id": ["A", "B"], "model": "2PL", "a": [1.0, 1.5], "b": [0.5, 0.5]})
    with pytest.raises(ValueError, match="kemiringan"):
        linking.link(items, items, "mean-sigma")
    assert linking.link(items, items.assign(a=items["a"] * 2), "mean-mean").slope == pytest.approx(0.5)
    with pytest.raises(ValueError, match="tidak dikenal; pilih: mean-mean"):
        linking.link(items, items, "tucker")
