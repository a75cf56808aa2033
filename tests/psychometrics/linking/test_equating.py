"""Observed-score equating: what each method keeps, second ways to the same numbers, refusals. R: test_references.py."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.reference_data import results
from workbench.psychometrics import linking

NEAT = ("tucker", "levine", "chained-linear", "frequency-estimation", "chained-equipercentile")
COUNTS = st.lists(st.integers(0, 40), min_size=3, max_size=25).filter(lambda f: sum(n > 0 for n in f) > 1)


@settings(max_examples=60, deadline=None)
@given(COUNTS, COUNTS, st.sampled_from(["mean", "linear", "equipercentile"]))
def test_what_each_method_keeps(x: list[int], y: list[int], method: str) -> None:
    ours = linking.equate(x, y, method)
    assert ours["score_x"].tolist() == list(range(len(x)))
    equated = ours["score_y"].to_numpy()
    assert (np.diff(equated) >= -1e-9).all()
    if method == "equipercentile":
        assert equated.min() >= -0.5
        assert equated.max() <= len(y) - 0.5
        return
    people = np.repeat(equated, x)
    of_y = np.repeat(np.arange(len(y)), y)
    assert people.mean() == pytest.approx(of_y.mean(), abs=1e-9)
    if method == "linear":
        assert people.std(ddof=1) == pytest.approx(of_y.std(ddof=1), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=3, max_size=25), st.lists(st.integers(1, 40), min_size=3, max_size=25))
def test_percentile_ranks_are_equal(x: list[int], y: list[int]) -> None:
    """By definition, with uniform spread around whole scores: the rank of the equated score is that of the score."""

    def rank(score: float, f: list[int]) -> float:
        below = 0.0
        for value, n in enumerate(f):
            below += n * min(max(score - (value - 0.5), 0.0), 1.0)
        return below / sum(f)

    for score, equated in linking.equate(x, y).itertuples(index=False):
        assert rank(equated, y) == pytest.approx(rank(score, x), abs=1e-9)
    same = linking.equate(x, x)
    np.testing.assert_allclose(same["score_y"], same["score_x"], atol=1e-9)


def test_presmoothing_keeps_moments_and_is_log_linear() -> None:
    """A positive polynomial in the exponent with the moments of the data is the maximum: both are looked at."""
    frequencies = np.array(results("equating_act_math")["freq_x"], dtype=float)
    scores = np.arange(frequencies.size)
    for degree in (2, 4, 6):
        fitted = linking.observed._smoothed(frequencies, degree)
        for power in range(degree + 1):
            kept = (fitted * scores**power).sum()
            assert kept == pytest.approx((frequencies * scores**power).sum(), rel=1e-7), (degree, power)
        z = (scores - 20) / 20
        left = np.log(fitted) - np.polyval(np.polyfit(z, np.log(fitted), degree), z)
        assert np.abs(left).max() < 1e-6, degree
    assert fitted.max() < frequencies.max()


def groups(seed: int, shift: float, people: int = 4000, unique: int = 20, common: int = 12) -> tuple[np.ndarray, ...]:
    """Total and anchor scores of two groups on forms of equal difficulty; the second group is better by `shift`."""
    rng = np.random.default_rng(seed)
    own, anchor = np.linspace(-1.5, 1.5, unique), np.linspace(-1.2, 1.2, common)
    scores: list[np.ndarray] = []
    for mean in (0.0, shift):
        theta = rng.normal(mean, 1, (people, 1))
        v = (rng.random((people, common)) < 1 / (1 + np.exp(anchor - theta))).sum(1)
        x = (rng.random((people, unique)) < 1 / (1 + np.exp(own - theta))).sum(1) + v
        scores += [x, v]
    return tuple(scores)


@pytest.mark.parametrize("method", NEAT)
def test_with_one_group_every_method_is_that_of_equivalent_groups(method: str, seed: int) -> None:
    """The anchor then says nothing: the two forms are only compared by their own distributions."""
    x, v, y, _w = groups(seed, 0.0)
    del y, _w
    harder = np.maximum(x - 2, 0)
    harder[: v.size // 2] = np.maximum(x[: v.size // 2] - 3, 0)
    ours = linking.equate_neat(x, v, harder, v, method).set_index("score_x")["score_y"]
    kind = "linear" if method in ("tucker", "levine", "chained-linear") else "equipercentile"
    there = linking.equate(np.bincount(x), np.bincount(harder), kind).set_index("score_x")["score_y"]
    # Going through the coarse scores of an anchor and back costs a part of a score.
    atol = 0.35 if method == "chained-equipercentile" else 1e-9
    np.testing.assert_allclose(ours.loc[8:26], there.loc[8:26], atol=atol, err_msg=str(seed))


def test_tucker_by_regression(seed: int) -> None:
    """Y given the anchor is taken to be the same in both groups: predicted for the first, plus what is left over."""
    x, v, y, w = groups(seed, 0.5)
    slope, intercept = np.polyfit(w, y, 1)
    left = (y - slope * w - intercept).var(ddof=0) * y.size / (y.size - 1)
    mean, sd = (slope * v + intercept).mean(), np.sqrt(slope**2 * v.var(ddof=1) + left)
    ours = linking.equate_neat(x, v, y, w, "tucker")
    expected = mean + sd / x.std(ddof=1) * (ours["score_x"] - x.mean())
    np.testing.assert_allclose(ours["score_y"], expected, atol=1e-9, err_msg=str(seed))


@pytest.mark.parametrize("internal", [True, False])
def test_levine_by_true_scores(internal: bool, seed: int) -> None:
    """Angoff's effective lengths of total and anchor under the classical congeneric model."""
    x, v, y, w = groups(seed, 0.5)
    if not internal:
        x, y = x - v, y - w
    covariance = np.cov(y, w)
    # The anchor as a part of the total is regressed on it; beside the total both are regressed on their sum.
    gamma = 1 / np.polyfit(y, w, 1)[0] if internal else np.polyfit(y + w, y, 1)[0] / np.polyfit(y + w, w, 1)[0]
    mean = y.mean() + gamma * (v.mean() - w.mean())
    sd = np.sqrt(covariance[0, 0] + gamma**2 * (v.var(ddof=1) - w.var(ddof=1)))
    ours = linking.equate_neat(x, v, y, w, "levine", internal=internal)
    expected = mean + sd / x.std(ddof=1) * (ours["score_x"] - x.mean())
    np.testing.assert_allclose(ours["score_y"], expected, atol=1e-9, err_msg=str(seed))


def test_chained_linear_is_two_linear_equatings(seed: int) -> None:
    x, v, y, w = groups(seed, 0.5)
    ours = linking.equate_neat(x, v, y, w, "chained-linear")
    to_anchor = linking.equate(np.bincount(x), np.bincount(v), "linear")["score_y"]
    back = linking.equate(np.bincount(w), np.bincount(y), "linear")["score_y"]
    slope = back[1] - back[0]
    np.testing.assert_allclose(ours["score_y"], back[0] + slope * to_anchor, atol=1e-9, err_msg=str(seed))


def test_frequency_estimation_by_counting_people(seed: int) -> None:
    x, v, y, w = groups(seed, 0.3)
    keep = np.isin(v, w)
    x, v = x[keep], v[keep]
    in_first, in_second, synthetic = Counter(v.tolist()), Counter(w.tolist()), Counter()
    for total, anchor in zip(y.tolist(), w.tolist(), strict=True):
        synthetic[total] += in_first[anchor] / in_second[anchor]
    f = [synthetic[score] for score in range(max(synthetic) + 1)]
    ours = linking.equate_neat(x, v, y, w, "frequency-estimation")
    there = linking.equate(np.bincount(x), f)
    np.testing.assert_allclose(ours["score_y"], there["score_y"], atol=1e-9, err_msg=str(seed))


@pytest.mark.parametrize("method", NEAT)
def test_equal_forms_equate_to_themselves_though_groups_differ(method: str, seed: int) -> None:
    """Methods that hold the regression on an anchor equal leave a part of the difference; Levine and chains little."""
    x, v, y, w = groups(seed, 0.5, 20_000)
    ours = linking.equate_neat(x, v, y, w, method).set_index("score_x")["score_y"]
    unadjusted = linking.equate(np.bincount(x), np.bincount(y), "mean").set_index("score_x")["score_y"]
    middle = slice(8, 24)
    gap = (ours - ours.index.to_numpy()).loc[middle].abs().max()
    assert gap < (0.5 if method in ("levine", "chained-linear", "chained-equipercentile") else 1.2), (seed, gap)
    assert (unadjusted - unadjusted.index.to_numpy()).loc[middle].abs().max() > 2, seed


X, V, Y, W = groups(1, 0.3, 300)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: linking.equate([3, 4], [1, 2], "levine"), "tidak dikenal"),
        (lambda: linking.equate([1], [1, 2]), "daftar bilangan"),
        (lambda: linking.equate([0, 5, 0], [1, 2]), "skor yang sama"),
        (lambda: linking.equate([0.2, 0.8], [1, 2]), "dua orang"),
        (lambda: linking.equate([-1, 5], [1, 2]), "daftar bilangan"),
        (lambda: linking.equate([np.inf, 5], [1, 2]), "daftar bilangan"),
        (lambda: linking.equate(["a", "b"], [1, 2]), "bukan angka"),
        (lambda: linking.equate(np.ones(1_000_000), [1, 2]), "daftar bilangan"),
        (lambda: linking.equate([1, 2, 3], [1, 2, 3], presmooth=0), "Derajat"),
        (lambda: linking.equate([1, 2, 3], [1, 2, 3], presmooth=3), "Derajat"),
        (lambda: linking.equate([1, 2, 3], [1, 2, 3], presmooth=1.0), "Derajat"),  # type: ignore[arg-type]
        (lambda: linking.equate_neat(X, V, Y, W, "haebara"), "tidak dikenal"),
        (lambda: linking.equate_neat(X, V[1:], Y, W), "Setiap orang"),
        (lambda: linking.equate_neat(X + 0.5, V, Y, W), "bilangan bulat"),
        (lambda: linking.equate_neat(X * 1_000_000, V, Y, W), "bilangan bulat"),
        (lambda: linking.equate_neat(X, V, -Y, W), "bilangan bulat"),
        (lambda: linking.equate_neat(X, V, Y, np.ones_like(W)), "skor yang sama"),
        (lambda: linking.equate_neat(X, V, Y, W.max() - W), "tidak berhubungan positif"),
        (lambda: linking.equate_neat(X[:2], V[:2], Y, W), "sedikitnya 3 orang"),
        (lambda: linking.equate_neat(X, V, Y, np.minimum(W, 3), "frequency-estimation"), "metode berantai"),
        (lambda: linking.equate_neat([1, 2, 3], [4, 5, 6], [1, 2, 3, 4], [0, 9, 1, 10], "levine"), "terlalu berbeda"),
    ],
)
def test_refusals(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=3, max_size=12), st.integers(1, 4))
def test_smoothing_gives_positive_frequencies_or_a_sentence(f: list[int], degree: int) -> None:
    assume(sum(n > 0 for n in f) > 1 and sum(f) > 2)
    said, ours = "", None
    try:
        ours = linking.equate(f, [3, 4, 5, 2, 1], presmooth=degree)
    except ValueError as error:
        said = str(error)
    assert "ulus" in said if ours is None else np.isfinite(ours["score_y"]).all()
