"""Broken input to every public function: one Indonesian sentence in a ValueError, never a number or a warning."""

from __future__ import annotations

import datetime as dt
import json
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.psychometrics import classical, decision, dif, irt
from workbench.psychometrics.reliability import empirical_reliability

NAN, INF = float("nan"), float("inf")
GOOD = (np.random.default_rng(1).random((60, 5)) < np.linspace(0.3, 0.7, 5)).astype(int)
BANK = irt.Calibration.from_items(
    pd.DataFrame({"item_id": [f"item{j + 1}" for j in range(5)], "a": 1.0, "b": np.linspace(-1, 1, 5)})
)
CALIBRATIONS = {
    "2PL": lambda table: irt.calibrate(table),
    "Rasch": lambda table: irt.calibrate(table, "Rasch"),
    "GRM": lambda table: irt.calibrate(table, "GRM"),
}
SCORED: dict[str, Callable[[object], object]] = {
    "item_statistics": classical.item_statistics,
    "reliability": classical.reliability,
    "mantel_haenszel": lambda table: dif.mantel_haenszel(table, np.arange(60) % 2 == 0),
    **CALIBRATIONS,
    "EAP": lambda table: irt.score(BANK, table, "EAP"),
    "WLE": lambda table: irt.score(BANK, table, "WLE"),
}
# What no function may take for a table of scores.
BROKEN: dict[str, object] = {
    "empty": np.empty((0, 0)),
    "no people": np.empty((0, 5)),
    "no items": np.empty((60, 0)),
    "one dimension": np.zeros(60),
    "three dimensions": np.zeros((6, 5, 2)),
    "a number": 3.0,
    "nothing": None,
    "text": pd.DataFrame(GOOD).astype(str),
    "one cell of text": pd.DataFrame(GOOD).astype(object).mask(np.eye(60, 5, dtype=bool), "x"),
    "numbers as text": GOOD.astype(str),
    "dates": np.full((60, 5), dt.datetime(2024, 1, 1)),
    "complex": GOOD.astype(complex),
    "ragged": [[0, 1], [1]],
    "infinite": np.where(np.eye(60, 5, dtype=bool), INF, GOOD),
    "minus infinite": np.where(np.eye(60, 5, dtype=bool), -INF, GOOD),
    "all missing": np.full((60, 5), NAN),
    "all missing objects": pd.DataFrame(np.full((60, 5), None)),
    "a huge whole number": pd.DataFrame(GOOD).astype(object).mask(np.eye(60, 5, dtype=bool), 10**400),
    "a name twice": pd.DataFrame(GOOD, columns=["A", "B", "A", "C", "D"]),
}
# What the estimation of something from these people cannot take either.
TOO_LITTLE: dict[str, object] = {
    "one person": GOOD[:1],
    "one item": GOOD[:, :1],
    "constant": np.ones((60, 5), dtype=int),
}
CATEGORIES: dict[str, object] = {
    "a fraction": np.where(np.eye(60, 5, dtype=bool), 0.5, GOOD),
    "below -1": np.where(np.eye(60, 5, dtype=bool), -2, GOOD),
    "beyond 126": np.where(np.eye(60, 5, dtype=bool), 127, GOOD),
    "a gap between categories": GOOD * 2,
    "the lowest category never chosen": GOOD + 1,
}


def refused(call: Callable[[], object]) -> str:
    """Call, expect the error, and check that it is one sentence."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=r"^[A-Z][^\n]*\.$") as caught:
            call()
    assert type(caught.value) is ValueError
    return str(caught.value)


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("function", SCORED)
def test_broken_tables(function: str, kind: str) -> None:
    refused(lambda: SCORED[function](BROKEN[kind]))


@pytest.mark.parametrize("kind", TOO_LITTLE)
@pytest.mark.parametrize("function", ["item_statistics", "reliability", *CALIBRATIONS])
def test_too_little(function: str, kind: str) -> None:
    refused(lambda: SCORED[function](TOO_LITTLE[kind]))


@pytest.mark.parametrize("kind", CATEGORIES)
@pytest.mark.parametrize("function", CALIBRATIONS)
def test_categories_that_are_none(function: str, kind: str) -> None:
    refused(lambda: SCORED[function](CATEGORIES[kind]))


@pytest.mark.parametrize(
    ("table", "focal"),
    {
        "one person": (GOOD[:1], [True]),
        "one item": (GOOD[:, :1], np.arange(60) < 30),
        "missing cell": (np.where(np.eye(60, 5, dtype=bool), NAN, GOOD), np.arange(60) < 30),
        "three categories": (GOOD * 2, np.arange(60) < 30),
        "too few marks": (GOOD, np.arange(59) < 30),
        "nobody focal": (GOOD, np.zeros(60, dtype=bool)),
        "everybody focal": (GOOD, np.ones(60, dtype=bool)),
        "text marks": (GOOD, np.where(np.arange(60) < 30, "P", "L")),
        "missing mark": (GOOD, [None, *[True, False] * 29, True]),
        "number marks": (GOOD, np.arange(60)),
        "infinite mark": (GOOD, [INF, *[0.0, 1.0] * 29, 1.0]),
        "no marks": (GOOD, None),
    }.values(),
)
def test_mantel_haenszel(table: object, focal: object) -> None:
    refused(lambda: dif.mantel_haenszel(table, focal))


@pytest.mark.parametrize(
    "arguments",
    [
        {"weights": -np.ones(60)},
        {"weights": np.zeros(60)},
        {"weights": np.full(60, NAN)},
        {"weights": np.full(60, INF)},
        {"weights": np.ones(59)},
        {"weights": np.ones((60, 2))},
        {"weights": ["satu"] * 60},
        {"weights": 1.0},
        {"groups": ["A"] * 59},
        {"groups": ["A"] * 59 + [None]},
        {"groups": "A"},
        {"groups": np.zeros((60, 2))},
        {"groups": ["A", "B"] * 30, "reference": "C"},
        {"reference": "A"},
        {"groups": [f"orang {i}" for i in range(60)], "weights": [0.0] + [1.0] * 59},
        {"model": "4PL"},
        {"model": ["2PL"] * 4},
        {"model": ["2PL", "2PL", "2PL", "2PL", 3]},
        {"model": []},
        {"priors": {"a": (1, 1)}},
        {"priors": {"c": (0, 1)}},
        {"priors": {"c": 3}},
        {"model": "3PL", "priors": {"c": (NAN, 2)}},
        {"tolerance": 0},
        {"tolerance": NAN},
        {"tolerance": -1e-4},
        {"max_cycles": 0},
        {"fixed": pd.DataFrame()},
        {"fixed": "bank"},
        {"fixed": pd.DataFrame({"item_id": ["lain"], "a": [1.0], "b": [0.0]})},
        {"fixed": pd.DataFrame({"item_id": ["item1"], "a": [1.0]})},
        {"fixed": pd.DataFrame({"item_id": ["item1"], "a": ["x"], "b": [0.0]})},
        {"fixed": pd.DataFrame({"item_id": ["item1"], "model": "GRM", "a": [1.0], "b1": [0.0], "b2": [1.0]})},
    ],
    ids=str,
)
def test_arguments_of_a_calibration(arguments: dict) -> None:
    refused(lambda: irt.calibrate(GOOD, **arguments))


@pytest.mark.parametrize(
    "grid", [(4, -6, 6), (61, 6, -6), (61, -6, -6), (61, -INF, 6), (61, NAN, 6), (61.5, -6, 6), (10_000, -6, 6)]
)
def test_grids(grid: tuple) -> None:
    refused(lambda: irt.Grid(*grid))


@pytest.mark.parametrize(
    "items",
    [
        {"item_id": ["A"], "a": [1.0]},
        {"item_id": ["A"], "b": [1.0]},
        {"a": [1.0], "b": [1.0]},
        {"item_id": ["A"], "a": [NAN], "b": [0.0]},
        {"item_id": ["A"], "a": [1.0], "b": [INF]},
        {"item_id": ["A"], "a": ["1"], "b": [0.0]},
        {"item_id": ["A", "A"], "a": [1.0, 1.0], "b": [0.0, 1.0]},
        {"item_id": ["A"], "model": ["3PL"], "a": [1.0], "b": [0.0], "c": [1.2]},
        {"item_id": ["A"], "model": ["2PL"], "a": [1.0], "b": [0.0], "c": [0.2]},
        {"item_id": ["A"], "model": ["2PL"], "a": [1.0], "b1": [0.0], "b2": [1.0]},
        {"item_id": ["A"], "model": ["GRM"], "a": [1.0], "b1": [0.0], "b3": [1.0]},
        {"item_id": ["A"], "model": ["GRM"], "a": [1.0], "b1": [1.0], "b2": [0.0]},
        {"item_id": ["A"], "model": ["GRM"], "a": [1.0], "b1": [0.5], "b2": [0.5]},
        {"item_id": ["A"], "model": [None], "a": [1.0], "b": [0.0]},
        {},
    ],
    ids=str,
)
def test_item_parameters(items: dict) -> None:
    refused(lambda: irt.Calibration.from_items(pd.DataFrame(items)))


def test_no_item_parameters_at_all() -> None:
    refused(lambda: irt.Calibration.from_items(None))  # type: ignore[arg-type]


def _spoiled(**changes: object) -> str:
    return json.dumps({**json.loads(BANK.to_json()), **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "3",
        '"a"',
        "{",
        None,
        _spoiled(items=None),
        _spoiled(items=[]),
        _spoiled(items=[{"item_id": "A"}]),
        _spoiled(items=[{"item_id": "A", "model": "2PL", "categories": 2, "a": "x", "b": 0, "d": 0}]),
        _spoiled(items=[{"item_id": "A", "model": "2PL", "categories": "x", "a": 1, "b": 0, "d": 0}]),
        _spoiled(groups=[]),
        _spoiled(groups=[{"group": "A"}]),
        _spoiled(groups=[{"group": "A", "mean": "x", "sd": 1}]),
        _spoiled(n="x"),
        _spoiled(problems=3),
    ],
    ids=repr,
)
def test_text_that_is_no_calibration(text: object) -> None:
    refused(lambda: irt.Calibration.from_json(text))  # type: ignore[arg-type]


@pytest.mark.parametrize("theta", ["x", [], [NAN], [INF], [[0.0]], None, ["1"], [0, None]], ids=repr)
def test_theta(theta: object) -> None:
    refused(lambda: irt.information(BANK, theta))
    refused(lambda: irt.expected_score(BANK, theta))


@pytest.mark.parametrize(
    "arguments",
    [{"method": "ML"}, {"method": "eap"}, {"method": None}, {"sd": 0.0}, {"sd": -1.0}, {"sd": NAN}, {"mean": INF}],
    ids=str,
)
def test_arguments_of_a_score(arguments: dict) -> None:
    refused(lambda: irt.score(BANK, GOOD, **arguments))


def test_answers_that_the_calibration_does_not_know() -> None:
    assert "kategori 2" in refused(lambda: irt.score(BANK, GOOD + 1))
    refused(lambda: irt.score(BANK, GOOD[:, :4]))
    refused(lambda: irt.score(BANK, pd.DataFrame(GOOD, columns=list("ABCDE"))))


KEY = dict.fromkeys("ABCDE", "1")
RAW = pd.DataFrame(GOOD, columns=list("ABCDE")).astype(str)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (RAW.head(0), KEY),
        (RAW.head(1), KEY),
        (RAW[["A"]], KEY),
        (RAW.to_numpy(), KEY),
        (None, KEY),
        (RAW, {"A": "1"}),
        (RAW, {**KEY, "B": ""}),
        (RAW, {**KEY, "B": NAN}),
        (RAW, {**KEY, "B": None}),
        (RAW, ["1"] * 5),
        (RAW, None),
        (RAW.assign(A="").assign(B="").assign(C="").assign(D="").assign(E=""), KEY),
        (RAW.mask(RAW != ""), KEY),
        (RAW.assign(A=INF), KEY),
        (RAW.assign(A=0.5), KEY),
        (RAW.assign(A=dt.datetime(2024, 1, 1)), KEY),
        (pd.concat([RAW, RAW[["A"]]], axis=1), KEY),
    ],
    ids=str,
)
def test_options(raw: object, key: object) -> None:
    refused(lambda: classical.options(raw, key))  # type: ignore[arg-type]


def test_tables_that_are_not_the_ones_asked_for() -> None:
    refused(lambda: classical.miskey(pd.DataFrame({"item_id": ["A"]})))
    refused(lambda: classical.miskey(classical.options(RAW, KEY), expected_false=0))
    refused(lambda: classical.miskey(classical.options(RAW, KEY), expected_false=NAN))
    refused(lambda: classical.flag(pd.DataFrame({"item_id": ["A"]}), None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arguments",
    [
        ([], [], [0.0]),
        ([0.0], [1.0, 1.0], [0.0]),
        ([0.0], [0.0], [0.0]),
        ([0.0], [-1.0], [0.0]),
        ([NAN], [1.0], [0.0]),
        ([0.0], [INF], [0.0]),
        ([[0.0]], [[1.0]], [0.0]),
        (["x"], [1.0], [0.0]),
        ([0.0], [1.0], []),
        ([0.0], [1.0], [1.0, 0.0]),
        ([0.0], [1.0], [0.0, 0.0]),
        ([0.0], [1.0], [NAN]),
        ([0.0], [1.0], None),
    ],
    ids=str,
)
def test_decisions(arguments: tuple) -> None:
    refused(lambda: decision.rudner(*arguments))
    refused(lambda: decision.of_posterior(*arguments))


@pytest.mark.parametrize(
    "arguments",
    [([], []), ([0.0], [1.0, 1.0]), ([NAN], [1.0]), ([0.0], [0.0]), ([0.0], [INF]), ("x", [1.0]), ([[0.0]], [[1.0]])],
    ids=str,
)
def test_reliability_of_scores(arguments: tuple) -> None:
    refused(lambda: empirical_reliability(*arguments))


def test_the_prior_of_a_decision() -> None:
    refused(lambda: decision.of_posterior([0.0], [0.5], [0.0], prior_sd=0.0))
    refused(lambda: decision.of_posterior([0.0], [0.5], [0.0], prior_mean=NAN))


CELLS = st.one_of(st.sampled_from([0.0, 1.0, 2.0, -1.0, NAN]), st.floats(allow_nan=True, allow_infinity=True))
FEW = st.sampled_from([0.0, 1.0, 1.0, 0.0, 2.0, NAN])
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)
TABLES = st.one_of(
    hnp.arrays(float, SHAPES, elements=CELLS),
    hnp.arrays(float, SHAPES, elements=FEW),
    hnp.arrays(np.int8, st.tuples(st.integers(3, 30), st.integers(2, 5)), elements=st.integers(0, 1)),
)


@pytest.mark.parametrize("function", SCORED)
@given(table=TABLES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_gives_an_answer_or_a_sentence(function: str, table: np.ndarray) -> None:
    said, result = "", None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = (
                dif.mantel_haenszel(table, np.arange(len(table)) % 2 == 0)
                if function == "mantel_haenszel"
                else SCORED[function](table)
            )
        except ValueError as error:
            said = str(error)
    if said:
        assert said.endswith(".")
        assert "\n" not in said
    elif isinstance(result, irt.Calibration):
        numbers = result.items.drop(columns=["item_id", "model"]).to_numpy(float)
        assert not np.isinf(numbers).any()
        assert not result.converged or result.items["a"].abs().max() < 15
    elif isinstance(result, pd.DataFrame):
        assert not np.isinf(result.select_dtypes("number").to_numpy(float)).any()
    else:
        assert isinstance(result, classical.Reliability)
        assert not np.isinf(result.to_frame().to_numpy(float)).any()
