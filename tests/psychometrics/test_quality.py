"""Response quality: planted cases are found, chosen numbers of false alarms are kept, exact parts are exact."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from workbench.psychometrics import irt, quality
from workbench.psychometrics.irt.inspection import category_probabilities, log_priors, one_hot, posterior, select
from workbench.psychometrics.quality.copying import exact_tail
from workbench.psychometrics.quality.marks import likely_marks
from workbench.simulation import simulate
from workbench.simulation.designs import Defects, load_instrument

if TYPE_CHECKING:
    from collections.abc import Callable

NODES = np.linspace(-5, 5, 41)
LOG_PRIOR = -0.5 * NODES**2 - np.log(np.exp(-0.5 * NODES**2).sum())


def make_curves(rng: np.random.Generator, forms: int = 3, positions: int = 40, options: int = 4) -> quality.FormCurves:
    """Nested logit items; two thirds of them in every form, in another order; two scales."""
    bank, common = [], positions * 2 // 3
    for _item in range(common + forms * (positions - common)):
        right = 1 / (1 + np.exp(-rng.uniform(0.7, 1.6) * (NODES - rng.normal(0, 0.9))))
        wrong = np.exp(rng.normal(0, 0.7, options - 1))
        item = np.insert(wrong[:, None] / wrong.sum() * (1 - right), rng.integers(options), right, axis=0)
        bank.append(item)
    chosen = [
        rng.permutation(
            [*range(common), *range(common + f * (positions - common), common + (f + 1) * (positions - common))]
        )
        for f in range(forms)
    ]
    curves = np.stack([np.stack([bank[i] for i in order]) for order in chosen])
    scale = np.stack([np.asarray(order) % 2 for order in chosen])
    return quality.FormCurves(curves, scale, NODES, LOG_PRIOR)


def draw(curves: quality.FormCurves, form: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    general = rng.normal(size=(form.size, 1))
    theta = np.clip(0.75 * general + 0.66 * rng.normal(size=(form.size, 2)), -5, 5)
    marked = np.zeros((form.size, curves.curves.shape[1]), dtype=int)
    for person, f in enumerate(form):
        for position in range(marked.shape[1]):
            node = round((theta[person, curves.scale[f, position]] + 5) * 4)
            limits = np.cumsum(curves.curves[f, position, :, node])
            marked[person, position] = min(int((rng.random() > limits).sum()), limits.size - 1)
    return marked


@pytest.fixture(scope="module")
def seed(draw_seed: Callable[[str], int]) -> int:
    return draw_seed("quality")


@pytest.fixture(scope="module")
def curves(seed: int) -> quality.FormCurves:
    return make_curves(np.random.default_rng(seed))


@pytest.fixture(scope="module")
def form(seed: int) -> np.ndarray:
    return np.random.default_rng(seed + 1).integers(0, 3, 1500)


@pytest.fixture(scope="module")
def answers(seed: int, curves: quality.FormCurves, form: np.ndarray) -> np.ndarray:
    marked = draw(curves, form, np.random.default_rng(seed + 2))
    marked[np.random.default_rng(seed + 3).random(marked.shape) < 0.02] = -1
    return marked


# wrong form


def test_swapped_people_are_found(seed: int, curves: quality.FormCurves, form: np.ndarray, answers: np.ndarray) -> None:
    declared = form.copy()
    declared[:60] = (form[:60] + 1) % 3
    ours = quality.wrong_form([answers], [curves], declared)
    found = ours["flagged"].to_numpy()
    assert found[:60].mean() > 0.8, seed
    assert found[60:].sum() <= 8, seed
    assert (ours["likely"][:60] == form[:60])[found[:60]].mean() > 0.9, seed
    assert (ours["likely"] != ours["declared"]).all()
    both = quality.wrong_form([answers, answers], [curves, curves], declared)
    np.testing.assert_allclose(both["log_ratio"], 2 * ours["log_ratio"], rtol=1e-4, atol=1e-3)


def test_log_ratio_by_plain_loops(curves: quality.FormCurves, form: np.ndarray, answers: np.ndarray) -> None:
    ours = quality.wrong_form([answers], [curves], form)
    for person in range(0, 60, 7):
        likelihoods = []
        for f in range(3):
            value = 0.0
            for scale in (0, 1):
                density = np.exp(LOG_PRIOR)
                for position in np.flatnonzero(curves.scale[f] == scale):
                    if answers[person, position] >= 0:
                        density = density * np.maximum(curves.curves[f, position, answers[person, position]], 1e-4)
                value += np.log(density.sum())
            likelihoods.append(value)
        own = likelihoods.pop(form[person])
        assert ours["log_ratio"][person] == pytest.approx(max(likelihoods) - own, abs=1e-3)


def test_threshold_keeps_the_chosen_number_of_false_alarms(curves: quality.FormCurves, seed: int) -> None:
    """Many people of the declared form, answers exactly from the curves: the chosen alarms are the expected ones."""
    rng = np.random.default_rng(seed + 4)
    one = quality.FormCurves(curves.curves[:2, :12], np.zeros((2, 12), dtype=int), NODES, LOG_PRIOR)
    people = 20_000
    node = rng.choice(41, people, p=np.exp(LOG_PRIOR))
    marked = np.stack(
        [(rng.random(people) > np.cumsum(one.curves[0, j], axis=0)[:-1, node]).sum(0) for j in range(12)], axis=1
    )
    ours = quality.wrong_form([marked], [one], np.zeros(people, dtype=int), false_alarms=20, simulations=4000)
    assert 8 <= ours["flagged"].sum() <= 36, seed
    strict = quality.wrong_form([marked], [one], np.zeros(people, dtype=int), false_alarms=0.5, simulations=4000)
    assert strict["threshold"][0] > ours["threshold"][0]
    assert strict["flagged"].sum() <= 4, seed


def test_a_simulated_round_with_its_own_curves(seed: int) -> None:
    """The chain as in a real round: curves from the answers themselves, swapped people among them."""
    cohort = simulate(
        "national-2023",
        size=6000,
        seed=seed,
        defects=Defects(wrong_package=0.006, miskeyed_items=3, dif_items=4, rapid_guessers=0.004, copied_pairs=0.002),
    )
    marked, declared, curves, nip = _instrument(cohort, "literasi-digital")
    ours = quality.wrong_form([marked], [curves], declared)
    salted = dict(zip(cohort.inputs["participants"]["nip"], cohort.truth["theta"]["participant_id"], strict=True))
    planted = cohort.truth["planted"]
    swapped = (
        pd.Series(nip).map(salted).isin(planted.loc[planted["kind"] == "wrong_package", "participant_id"]).to_numpy()
    )
    assert swapped.sum() > 25
    assert ours["flagged"][swapped].mean() > 0.85, seed
    assert ours["flagged"][~swapped].sum() <= 6, seed


def _instrument(cohort: object, name: str) -> tuple[np.ndarray, np.ndarray, quality.FormCurves, np.ndarray]:
    items = cohort.truth["items"].set_index("item_id")
    keys = cohort.inputs["keys"].set_index("item_id")["key"]
    frames = [frame for (instrument, _form), frame in sorted(cohort.responses.items()) if instrument == name]
    nip = np.concatenate([frame["nip"].to_numpy() for frame in frames])
    declared = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    columns = [[c for c in frame.columns if c != "nip"] for frame in frames]
    marked = np.concatenate(
        [np.column_stack([f[c].cat.codes for c in cs]) for f, cs in zip(frames, columns, strict=True)]
    )
    scale = np.zeros((len(frames), marked.shape[1]), dtype=int)
    curves = np.zeros((len(frames), marked.shape[1], 4, NODES.size))
    grid = irt.Grid(NODES.size, -5, 5)
    for number, design in enumerate(load_instrument(name).scales):
        mine = [i for i in items.index[items["scale"] == design.key] if any(i in cs for cs in columns)]
        scored = np.full((marked.shape[0], len(mine)), -1)
        for f, cs in enumerate(columns):
            for position, item in enumerate(cs):
                if item in mine:
                    scale[f, position] = number
                    rows = declared == f
                    right = ord(keys[item]) - ord("A")
                    scored[rows, mine.index(item)] = np.where(
                        marked[rows, position] < 0, -1, marked[rows, position] == right
                    )
        categories, chosen = select(irt.calibrate(scored, "2PL", standard_errors=False, tolerance=1e-3), scored)
        probabilities = category_probabilities(chosen, grid.theta)
        sizes = np.array([p.shape[0] for p in probabilities])
        logs = np.log(np.concatenate(probabilities)).astype(np.float32)
        weights = posterior(one_hot(categories, sizes), logs, log_priors(chosen, grid)[0])
        for f in range(len(frames)):
            rows, here = np.flatnonzero(declared == f), np.flatnonzero(scale[f] == number)
            curves[f, here] = quality.option_curves(marked[np.ix_(rows, here)], weights[rows], 4)
    return marked, declared, quality.FormCurves(curves, scale, NODES, LOG_PRIOR), nip


# slipped rows


def test_slipped_rows_are_found(seed: int, curves: quality.FormCurves, form: np.ndarray, answers: np.ndarray) -> None:
    slipped = answers.copy()
    for person in range(40):
        row, start = answers[person].copy(), 4 + person % 8
        if person % 2:
            slipped[person, start + 1 :], slipped[person, start] = row[start:-1], -1
        else:
            slipped[person, start:-1], slipped[person, -1] = row[start + 1 :], -1
    ours = quality.shifted_rows(slipped, curves, form)
    found = ours["flagged"].to_numpy()
    assert found[:40].mean() > 0.5, seed
    assert found[40:].sum() <= 3, seed
    expected = np.where(np.arange(40) % 2, 1, -1)
    assert (ours["shift"][:40] == expected)[found[:40]].mean() > 0.95, seed
    assert np.median(np.abs(ours["start"][:40] - 1 - (4 + np.arange(40) % 8))[found[:40]]) <= 3, seed


def test_slip_ratio_by_plain_loops(curves: quality.FormCurves, form: np.ndarray, answers: np.ndarray) -> None:
    people = np.flatnonzero(form == 0)[:300]
    ours = quality.shifted_rows(answers[people], curves, form[people], shifts=[1])
    closer = ours[ours["log_ratio"] > -0.5].head(2)
    assert len(closer) == 2
    logs = np.log(np.maximum(curves.curves[0], 1e-4))
    scale = curves.scale[0]
    for row in closer.itertuples():
        person = answers[people[row.Index]]

        def marginal(pairs: list[tuple[int, int]]) -> float:
            """Log likelihood of options marked, each with the position of its question; -1 for none."""
            value = 0.0
            for s in (0, 1):
                total = LOG_PRIOR.copy()
                for position, option in pairs:
                    if position >= 0 and scale[position] == s:
                        total = total + logs[position, option]
                value += np.log(np.exp(total).sum())
            return value + sum(-np.log(4) for position, _option in pairs if position < 0)

        straight = [(j, person[j]) for j in range(40) if person[j] >= 0]
        ratios = []
        for start in range(40):
            moved = [(j if j < start else j - 1, option) for j, option in straight]
            ratios.append(marginal(moved) - marginal(straight))
        expected = np.log(np.mean(np.exp(ratios)))
        assert row.log_ratio == pytest.approx(expected, abs=2e-3)
        assert row.start == int(np.argmax(ratios)) + 1


# identical answers


def test_likely_marks_by_plain_loops(curves: quality.FormCurves, form: np.ndarray, answers: np.ndarray) -> None:
    people = np.flatnonzero(form == 1)[:5]
    ours = likely_marks(answers[people].astype(np.int8), curves, 1)
    np.testing.assert_allclose(ours.sum(2), 1, atol=1e-5)
    for row, person in enumerate(people):
        for s in (0, 1):
            here = np.flatnonzero(curves.scale[1] == s)
            density = np.exp(LOG_PRIOR)
            for position in here:
                if answers[person, position] >= 0:
                    density = density * np.maximum(curves.curves[1, position, answers[person, position]], 1e-4)
            theta = NODES @ density / density.sum()
            for position in here:
                expected = [np.interp(theta, NODES, curves.curves[1, position, option]) for option in range(4)]
                np.testing.assert_allclose(ours[row, position], expected, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(0, 8))
def test_exact_tail_against_enumeration(chances: list[float], successes: int) -> None:
    successes = min(successes, len(chances))
    expected = sum(
        np.prod([p if hit else 1 - p for p, hit in zip(chances, pattern, strict=True)])
        for pattern in itertools.product((0, 1), repeat=len(chances))
        if sum(pattern) >= successes
    )
    assert exact_tail(np.array([chances]), np.array([successes]))[0] == pytest.approx(expected, abs=1e-12)


def test_exact_tail_reaches_far() -> None:
    ours = exact_tail(np.full((1, 100), 0.3), np.array([90]))[0]
    assert ours == pytest.approx(binom.sf(89, 100, 0.3), rel=1e-9)


def test_copied_answers_are_found(seed: int, curves: quality.FormCurves, form: np.ndarray, answers: np.ndarray) -> None:
    rng = np.random.default_rng(seed + 5)
    rooms = np.arange(form.size) // 60
    copied = answers.copy()
    pairs = []
    for room in range(0, 24, 2):
        for f in range(3):
            first, second = np.flatnonzero((rooms == room) & (form == f))[:2]
            taken = rng.random(40) < 0.9
            copied[first, taken] = answers[second, taken]
            pairs.append({first, second})
    ours = quality.identical_answers(copied, curves, form, rooms)
    flagged = [{a, b} for a, b in ours.loc[ours["flagged"], ["first", "second"]].to_numpy()]
    assert np.mean([pair in flagged for pair in pairs]) > 0.7, seed
    assert sum(pair not in pairs for pair in flagged) <= 4, seed
    assert (ours["p"].diff().dropna() >= 0).all()
    assert not ours.duplicated(["first", "second"]).any()
    nobody = quality.identical_answers(answers, curves, form, rooms)
    assert nobody["flagged"].sum() <= 4, seed
    row = ours.iloc[0]
    a, b = int(row["first"]), int(row["second"])
    chance = likely_marks(copied[[a]].astype(np.int8), curves, int(form[a]))[0]
    both = (copied[a] >= 0) & (copied[b] >= 0)
    expected = chance[both, copied[b][both]]
    assert row["n"] == both.sum()
    assert row["matches"] == (copied[a] == copied[b])[both].sum()
    assert row["expected"] == pytest.approx(expected.sum(), rel=1e-4)
    spread = np.sqrt((expected * (1 - expected)).sum())
    assert row["omega"] == pytest.approx((row["matches"] - expected.sum()) / spread, rel=1e-3)


def test_people_alone_in_their_rooms_have_no_pairs(
    curves: quality.FormCurves, form: np.ndarray, answers: np.ndarray
) -> None:
    ours = quality.identical_answers(answers[:9], curves, form[:9], list("abcdefghi"))
    assert ours.empty
    assert ours.columns.tolist()[:2] == ["first", "second"]


# curves and times


def test_option_curves_recover_what_people_do(seed: int) -> None:
    rng = np.random.default_rng(seed + 6)
    truth = np.stack([1 / (1 + np.exp(NODES)), 0.7 / (1 + np.exp(-NODES)), 0.3 / (1 + np.exp(-NODES))])
    node = rng.choice(41, 60_000, p=np.exp(LOG_PRIOR))
    marked = (rng.random(60_000) > np.cumsum(truth, axis=0)[:-1, node]).sum(0)[:, None]
    ours = quality.option_curves(marked, np.eye(41)[node], 3)[0]
    np.testing.assert_allclose(ours.sum(0), 1)
    middle = np.abs(NODES) < 2
    assert np.abs(ours - truth)[:, middle].max() < 0.06, seed


def test_rapid_guessing() -> None:
    times = np.array([[20.0, 30, 40, 25], [1.0, 31, 2.0, 1.5], [22.0, np.nan, 39, np.nan], [np.nan] * 4])
    ours = quality.rapid_guessing(times, threshold=3)
    assert ours["rapid_share"].tolist()[:3] == [0.0, 0.75, 0.0]
    assert ours["n"].tolist() == [4, 4, 2, 0]
    assert ours["flagged"].tolist() == [False, True, False, False]
    assert np.isnan(ours["effort"][3])
    # A tenth of the mean times: 1.43, 3.05, 2.7 and 1.325 seconds.
    assert quality.rapid_guessing(times)["rapid_share"].tolist()[:3] == [0.0, 0.5, 0.0]
    assert quality.rapid_guessing([[500.0, 9.0], [300.0, 9.0]])["rapid_share"].tolist() == [0.0, 0.0]


# hostile input

GOOD = quality.FormCurves(
    np.full((2, 3, 4, 5), 0.25), np.zeros((2, 3), dtype=int), np.linspace(-2, 2, 5), np.log(np.full(5, 0.2))
)
MARKS, FORMS = np.zeros((6, 3), dtype=int), np.zeros(6, dtype=int)
BAD_MARKS = {
    "empty": np.zeros((0, 3), dtype=int),
    "one dimension": np.zeros(3, dtype=int),
    "text": [["A", "B", "C"]] * 6,
    "unknown option": np.full((6, 3), 4),
    "below blank": np.full((6, 3), -2),
    "fractions": np.full((6, 3), 0.5),
    "infinite": np.full((6, 3), np.inf),
    "another number of positions": np.zeros((6, 2), dtype=int),
}


@pytest.mark.parametrize("kind", BAD_MARKS)
@pytest.mark.parametrize(
    "function",
    [
        lambda marks: quality.wrong_form([marks], [GOOD], FORMS),
        lambda marks: quality.shifted_rows(marks, GOOD, FORMS),
        lambda marks: quality.identical_answers(marks, GOOD, FORMS, FORMS),
    ],
    ids=["wrong_form", "shifted_rows", "identical_answers"],
)
def test_bad_answers_give_a_sentence(function: Callable, kind: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*[.;]"):
        function(BAD_MARKS[kind])


BAD_CALLS = {
    "no curves": lambda: quality.wrong_form([], [], FORMS),
    "one form": lambda: quality.wrong_form(
        [MARKS], [quality.FormCurves(GOOD.curves[:1], GOOD.scale[:1], GOOD.theta, GOOD.log_prior)], FORMS
    ),
    "declared": lambda: quality.wrong_form([MARKS], [GOOD], np.full(6, 2)),
    "declared too few": lambda: quality.wrong_form([MARKS], [GOOD], np.zeros(5, dtype=int)),
    "declared text": lambda: quality.shifted_rows(MARKS, GOOD, list("abcdef")),
    "no alarms": lambda: quality.wrong_form([MARKS], [GOOD], FORMS, false_alarms=0),
    "few simulations": lambda: quality.wrong_form([MARKS], [GOOD], FORMS, simulations=3),
    "shift zero": lambda: quality.shifted_rows(MARKS, GOOD, FORMS, shifts=[0]),
    "shift none": lambda: quality.shifted_rows(MARKS, GOOD, FORMS, shifts=[]),
    "shift far": lambda: quality.shifted_rows(MARKS, GOOD, FORMS, shifts=[3]),
    "rooms": lambda: quality.identical_answers(MARKS, GOOD, FORMS, [None] * 6),
    "rooms too few": lambda: quality.identical_answers(MARKS, GOOD, FORMS, [1]),
    "curves shape": lambda: quality.FormCurves(GOOD.curves, GOOD.scale[:1], GOOD.theta, GOOD.log_prior),
    "curves above one": lambda: quality.FormCurves(GOOD.curves * 8, GOOD.scale, GOOD.theta, GOOD.log_prior),
    "curves missing": lambda: quality.FormCurves(GOOD.curves * np.nan, GOOD.scale, GOOD.theta, GOOD.log_prior),
    "weights": lambda: quality.option_curves(np.zeros((20, 2)), np.zeros((19, 5)), 4),
    "weights text": lambda: quality.option_curves(np.zeros((20, 2)), [["a"]] * 20, 4),
    "few people": lambda: quality.option_curves(np.zeros((5, 2)), np.zeros((5, 5)), 4),
    "times text": lambda: quality.rapid_guessing([["a"]]),
    "times negative": lambda: quality.rapid_guessing([[-1.0, 2.0]]),
    "times infinite": lambda: quality.rapid_guessing([[np.inf, 2.0]]),
    "times none": lambda: quality.rapid_guessing(np.full((3, 2), np.nan)),
    "times empty": lambda: quality.rapid_guessing(np.zeros((0, 0))),
    "limit": lambda: quality.rapid_guessing([[1.0, 2.0]], threshold=[1.0, 2.0, 3.0]),
    "limit text": lambda: quality.rapid_guessing([[1.0, 2.0]], threshold="a"),
}


@pytest.mark.parametrize("kind", BAD_CALLS)
def test_bad_calls_give_a_sentence(kind: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*[.;]"):
        BAD_CALLS[kind]()


def test_forms_that_say_nothing_raise_nobody() -> None:
    ours = quality.wrong_form([MARKS], [GOOD], FORMS)
    assert ours["log_ratio"].abs().max() < 1e-5
    assert not ours["flagged"].any()
    assert not quality.shifted_rows(MARKS, GOOD, FORMS)["flagged"].any()
