"""Checks of scores on data whose truth is known: what was planted is found, clean data raise nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analysis import score_checks, score_summary, scores, twin
from workbench.analysis.cut_decisions import FEWEST_IN_INSTANSI, METHODS, by_instansi, by_methods
from workbench.analysis.dependence import dependence_gate, dependence_row, dependent_pairs
from workbench.analysis.dimension_check import dimension_gate, dimension_row
from workbench.analysis.linking_check import check_linking, drift_gate
from workbench.analysis.model_sample import model_sample
from workbench.analysis.norm_tables import norm_tables
from workbench.analysis.responses import FormResponses, InstrumentResponses, read_instrument
from workbench.analysis.subscores import ADDS, TOTAL_BETTER, subscore_value
from workbench.psychometrics import irt
from workbench.psychometrics.jackknife import block_jackknife
from workbench.records.bank import Bank, assumed_level_cuts

ITEMS = 12
SCALE = "uji"
TESTLET = [2, 5, 6, 9]  # of all difficulties, as the coefficient takes them to be


def parameters(scale: str = SCALE, items: int = ITEMS) -> pd.DataFrame:
    """Item parameters of a scale of right or wrong answers, as a bank holds them."""
    return pd.DataFrame(
        {
            "scale": scale,
            "item_id": [f"{scale}{j + 1}" for j in range(items)],
            "model": "2PL",
            "categories": 2,
            "a": np.linspace(1.0, 1.6, items),
            "b": np.linspace(-1.5, 1.5, items),
            "b_se": 0.02,
        }
    )


def bank_of(*tables: pd.DataFrame, provisional: bool = False) -> Bank:
    table = pd.concat(tables, ignore_index=True)
    names = tuple(dict.fromkeys(table["scale"]))
    population = pd.concat(
        [pd.DataFrame({"scale": names, "mean": 0.0}), pd.DataFrame(np.eye(len(names)), columns=list(names))], axis=1
    )
    return Bank(
        "uji-1", provisional, table, assumed_level_cuts(names, "uji-1"), table[["scale", "item_id"]], population
    )


def responses_of(answers: dict[str, np.ndarray]) -> InstrumentResponses:
    """One form of several scales, answered by everybody."""
    categories = np.concatenate(list(answers.values()), axis=1).astype(np.int8)
    names = [f"{scale}{j + 1}" for scale, values in answers.items() for j in range(values.shape[1])]
    people = np.array([f"P{k:06d}" for k in range(len(categories))], dtype=object)
    items = pd.DataFrame(
        {"item_id": names, "scale": [s for s, v in answers.items() for _ in range(v.shape[1])], "format": "mc"}
    ).set_index("item_id")
    nothing = np.zeros(len(names))
    form = FormResponses("A", tuple(names), np.arange(len(people)), categories, categories, {}, nothing, nothing)
    return InstrumentResponses("uji", people, np.full(len(people), "K1", dtype=object), items, {}, (form,))


def drawn(theta: np.ndarray, rng: np.random.Generator, table: pd.DataFrame | None = None) -> np.ndarray:
    """Right or wrong answers; theta of one column, or of one column an item."""
    table = parameters() if table is None else table
    own = theta[:, None] if theta.ndim == 1 else theta
    p = 1 / (1 + np.exp(-table["a"].to_numpy() * (own - table["b"].to_numpy())))
    return (rng.random(p.shape) < p).astype(np.int8)


def with_testlet(theta: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Four items share something besides theta, anew at every administration."""
    own = np.repeat(theta[:, None], ITEMS, axis=1)
    own[:, TESTLET] += strength * rng.standard_normal((theta.size, 1))
    return drawn(own, rng)


@pytest.fixture(scope="module")
def clean() -> tuple[np.ndarray, InstrumentResponses, Bank]:
    rng = np.random.default_rng(20260101)
    theta = rng.standard_normal(3000)
    return theta, responses_of({SCALE: drawn(theta, rng)}), bank_of(parameters())


def test_planted_testlets_are_named_and_their_inflation_is_the_true_one() -> None:
    """The truth: alpha minus the correlation with a second test whose testlet is drawn anew."""
    rng = np.random.default_rng(20260102)
    theta = rng.standard_normal(6000)
    first, second = (with_testlet(theta, 1.2, rng) for _administration in range(2))
    left_out: list[str] = []
    sample = model_sample(responses_of({SCALE: first}), bank_of(parameters()), SCALE, 1)
    pairs = dependent_pairs(sample, 1, left_out)
    assert pairs is not None
    planted = [f"{SCALE}{j + 1}" for j in TESTLET]
    assert {*pairs["first"], *pairs["second"]} == set(planted)
    assert (pairs["q3_low"] < pairs["q3"]).all()
    assert (pairs["q3"] < pairs["q3_high"]).all()
    row = dependence_row(sample, pairs, 1, left_out)
    real = np.corrcoef(first.sum(1), second.sum(1))[0, 1]
    assert row["testlets"] == "+".join(planted)
    assert row["inflation"] == pytest.approx(row["alpha_items"] - real, abs=0.02)
    assert row["inflation_low"] < row["alpha_items"] - real + 0.015
    assert row["inflation"] > 0.04
    assert row["sem_ratio"] == pytest.approx(np.sqrt((1 - real) / (1 - row["alpha_items"])), abs=0.04)
    assert row["sem_ratio_low"] < row["sem_ratio"] < row["sem_ratio_high"]
    assert left_out == []


def test_findings_do_not_depend_on_the_order_of_people() -> None:
    # Pseudonyms are drawn anew in each workspace, and people stand in their order.
    rng = np.random.default_rng(20260103)
    answers = with_testlet(rng.standard_normal(2500), 0.9, rng)
    found = []
    for order in (np.arange(len(answers)), rng.permutation(len(answers))):
        sample = model_sample(responses_of({SCALE: answers[order]}), bank_of(parameters()), SCALE, 1)
        pairs = dependent_pairs(sample, 1, [])
        assert pairs is not None
        found.append((pairs, pd.DataFrame([dependence_row(sample, pairs, 1, [])])))
    for first, second in zip(*found, strict=True):
        pd.testing.assert_frame_equal(first, second, rtol=1e-9)


def test_a_gate_holds_only_for_dependence_that_is_large_and_sure() -> None:
    row = {"scale": SCALE, "testlets": "a+b", "pairs": 1, "sem_ratio": 1.4, "sem_ratio_high": 1.5}
    assert not dependence_gate(row | {"sem_ratio_low": 1.3}).passed
    assert dependence_gate(row | {"sem_ratio_low": 1.2}).passed
    nothing = row | {"testlets": "", "largest_q3": 0.05, "sem_ratio_low": float("nan")}
    assert dependence_gate(nothing).passed


def test_one_dimension_without_dependence_raises_nothing(clean) -> None:
    _theta, responses, bank = clean
    left_out: list[str] = []
    found = score_checks.check_model(responses, bank, (SCALE,), 3, left_out)
    assert found.pairs.empty
    assert list(found.dimensionality["factors"]) == [1]
    assert list(found.dependence["testlets"]) == [""]
    assert found.fit["rmsea_low"].iloc[0] < 0.02
    assert all(gate.passed for gate in found.gates)
    assert {gate.gate for gate in found.gates} == {"kecocokan model", "dimensi", "kebergantungan"}
    assert any("tidak menemukan faktor kedua" in sentence for sentence in left_out)


@pytest.mark.parametrize(("correlation", "holds"), [(0.1, True), (0.7, False)])
def test_two_dimensions_hold_only_where_they_share_little(correlation: float, holds: bool) -> None:
    rng = np.random.default_rng(20260103)
    traits = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], 2500)
    own = np.repeat(traits, ITEMS // 2, axis=1)
    sample = model_sample(responses_of({SCALE: drawn(own, rng)}), bank_of(parameters(), provisional=True), SCALE, 1)
    left_out: list[str] = []
    row = dimension_row(sample, 1, left_out)
    assert row is not None
    assert row["factors"] == 2
    assert row["ecv_low"] < row["ecv"] < row["ecv_high"]
    assert dimension_gate(row).passed is not holds
    assert left_out == []


def test_five_methods_agree_with_each_other_and_with_the_truth(clean) -> None:
    theta, responses, bank = clean
    calibration = irt.Calibration.from_items(parameters())
    table = scores._scores_of(
        calibration, pd.DataFrame(responses.matrix(SCALE, "people"), columns=list(calibration.item_ids)), SCALE,
        responses.participant_id,
    )  # fmt: skip
    cuts = bank.cuts(SCALE)
    left_out: list[str] = []
    found = by_methods(responses, SCALE, table, calibration, cuts, 5, left_out)
    assert left_out == []
    assert set(found["method"]) == set(METHODS)
    again = irt.score(calibration, drawn(theta, np.random.default_rng(9)), "EAP")["theta"].to_numpy()
    for level, cut in enumerate(cuts, start=2):
        rows = found[found["level"] == level].set_index("method")
        said, true = table["eap"].to_numpy() >= cut, theta >= cut
        for method in ("posterior", "draws"):
            assert rows.loc[method, "accuracy"] == pytest.approx((said == true).mean(), abs=0.02), (method, level)
            assert rows.loc[method, "consistency"] == pytest.approx((said == (again >= cut)).mean(), abs=0.025)
            assert rows.loc[method, "false_positive"] == pytest.approx((said & ~true).mean(), abs=0.02)
            assert rows.loc[method, "false_negative"] == pytest.approx((~said & true).mean(), abs=0.02)
        # Sum scores and WLE decide differently, not worse than by some points.
        assert rows["accuracy"].max() - rows["accuracy"].min() < 0.06
        wrong = rows["false_positive"] + rows["false_negative"]
        np.testing.assert_allclose(rows["accuracy"], 1 - wrong, atol=1e-9)
    early = found[found["level"] == 2]
    assert early[["accuracy_low", "accuracy_high"]].notna().all(axis=None)
    width = early["accuracy_high"] - early["accuracy_low"]
    assert width.between(0.001, 0.05).all()


class _Workspace:
    """The tables that a check reads."""

    def __init__(self, **tables: pd.DataFrame) -> None:
        self.tables = tables

    def has(self, name: str) -> bool:
        return name in self.tables

    def read(self, name: str, _columns: object = None) -> pd.DataFrame:
        return self.tables[name]


def test_instansi_add_up_to_everybody(clean) -> None:
    _theta, responses, bank = clean
    people = responses.participant_id
    rng = np.random.default_rng(20260104)
    home = np.array(["Besar", "Sedang", "Kecil A", "Kecil B"], dtype=object)[
        rng.choice(4, people.size, p=[0.7, 0.29, 0.005, 0.005])
    ]
    workspace = _Workspace(participants=pd.DataFrame({"participant_id": people, "instansi": home}))
    table = pd.DataFrame(
        {"participant_id": people, "scale": SCALE, "eap": rng.normal(size=people.size), "eap_se": 0.45}
    )
    cuts = pd.DataFrame({"scale": SCALE, "level": [2, 3, 4, 5], "theta": bank.cuts(SCALE)})
    left_out: list[str] = []
    found = by_instansi(workspace, table, cuts, left_out)
    whole = by_instansi(
        _Workspace(participants=pd.DataFrame({"participant_id": people, "instansi": "Semua"})), table, cuts, []
    )
    assert set(found["instansi"]) == {"Besar", "Sedang", ""}
    assert (found["n"] < FEWEST_IN_INSTANSI).sum() in {0, 4}
    assert len(left_out) == 1
    assert "Kecil A" in left_out[0]
    for measure in ("accuracy", "consistency", "false_positive", "false_negative"):
        summed = (found[measure] * found["n"]).groupby(found["level"]).sum() / people.size
        np.testing.assert_allclose(summed, whole.set_index("level")[measure])
    assert score_summary.weakest_in_instansi(found)["instansi"].iloc[-1] == "instansi kecil bersama-sama"


def moved(shift: float, number: int) -> pd.DataFrame:
    """A round whose first items have become harder."""
    own = parameters().assign(b_se=0.05, d=np.nan)
    own.loc[: number - 1, "b"] += shift
    return own


def test_a_round_links_to_its_bank_and_drift_is_named(clean) -> None:
    _theta, responses, bank = clean
    for number, holds in ((0, False), (1, False), (5, True)):
        left_out: list[str] = []
        found = check_linking(_Workspace(item_parameters=moved(0.9, number)), responses, bank, left_out)
        (row,) = found.lines.to_dict("records")
        assert row["common"] == ITEMS
        assert row["anchors"] == ITEMS - number
        assert row["slope_low"] <= row["slope"] <= row["slope_high"]
        assert row["intercept_low"] <= row["intercept"] <= row["intercept_high"]
        assert row["drifted"] == found.drift["drifted"].sum()
        assert set(found.drift.loc[found.drift["drifted"], "item_id"]) == {f"{SCALE}{j + 1}" for j in range(number)}
        assert drift_gate(row).passed is not holds
        assert "tanpa langkah penyetaraan" in found.sentence
        assert left_out == []
        if number == 1:
            assert row["shift_low"] < row["shift"] < row["shift_high"] < 0  # harder than the bank says: scored too low


def test_linking_is_refused_without_anchors(clean) -> None:
    _theta, responses, bank = clean
    left_out: list[str] = []
    others = bank_of(parameters().assign(item_id=[f"lain{j}" for j in range(ITEMS)]))
    found = check_linking(_Workspace(item_parameters=parameters()), responses, others, left_out)
    assert found.lines.empty
    assert "Hanya 0 butir jangkar" in left_out[0]
    left_out = []
    assert check_linking(_Workspace(), responses, bank, left_out).lines.empty
    assert "tidak punya kalibrasi sendiri" in left_out[0]
    alone = check_linking(_Workspace(), responses, bank_of(parameters(), provisional=True), [])
    assert alone.sentence.startswith("Sementara")
    assert "tidak dapat dibandingkan" in alone.sentence


@pytest.mark.parametrize(("correlation", "verdict"), [(0.2, ADDS), (1.0, TOTAL_BETTER)])
def test_a_scale_adds_something_only_where_it_measures_something_else(correlation: float, verdict: str) -> None:
    rng = np.random.default_rng(20260105)
    one = rng.standard_normal(2000)
    two = correlation * one + np.sqrt(1 - correlation**2) * rng.standard_normal(2000)
    found = subscore_value(responses_of({"satu": drawn(one, rng), "dua": drawn(two, rng)}), 1, [])
    assert set(found["verdict"]) == {verdict}
    assert (found["gain_low"] < found["gain"]).all()
    assert (found["gain"] < found["gain_high"]).all()
    left_out: list[str] = []
    assert subscore_value(responses_of({"satu": drawn(one, rng)}), 1, left_out).empty
    assert "hanya punya satu skala" in left_out[0]


def test_norms_say_how_many_and_how_sure() -> None:
    rng = np.random.default_rng(20260106)
    table = pd.DataFrame({"scale": SCALE, "scale_score": (500 + 100 * rng.standard_normal(400)).round()})
    left_out: list[str] = []
    found = norm_tables(table, left_out)
    assert (found["n"] == 400).all()
    assert found["percentile_rank"].is_monotonic_increasing
    assert (found["percentile_low"] <= found["percentile_rank"] + 1e-9).all()
    middle = found.iloc[(found["percentile_rank"] - 50).abs().argmin()]
    assert middle["stanine"] == 5
    assert norm_tables(table.head(12), left_out).empty
    assert "12 skor" in left_out[0]


def test_a_twin_of_any_model_is_told_the_truth() -> None:
    """Three-parameter, partial-credit and nominal items too: answers are drawn by the model that is scored."""
    categories = {"NRM": 3, "PCM": 3, "GRM": 3, "3PL": 2}
    rows = [
        {
            "item_id": f"{model}{j}",
            "model": model,
            "categories": k,
            "a": 1.0 if model == "PCM" else 1.3,
            "b": b,
            "c": 0.2,
        }
        | {"b1": b - 0.5, "b2": b + 0.5, "a1": 0.0, "a2": 0.8, "a3": 1.6, "d1": 0.0, "d2": 0.3, "d3": -0.2}
        for model, k in categories.items()
        for j, b in enumerate(np.linspace(-1.5, 1.5, 5))
    ]
    wanted = {"NRM": "a1 a2 a3 d1 d2 d3", "PCM": "a b1 b2", "GRM": "a b1 b2", "3PL": "a b c"}
    table = pd.DataFrame(
        [{k: row[k] for k in ("item_id", "model", "categories", *wanted[row["model"]].split())} for row in rows]
    )
    stated, truth = twin.twin_check(irt.Calibration.from_items(table), 0.3, people=12_000, seed=4)
    assert abs(stated.mean() - truth.mean()) < 0.015
    for low in np.arange(0, 1, 0.2):
        here = (stated >= low) & (stated < low + 0.2)
        assert abs(stated[here].mean() - truth[here].mean()) < 0.05, low


def test_the_jackknife_gives_the_error_of_a_mean() -> None:
    values = np.random.default_rng(20260107).normal(size=(4000, 30))
    errors = block_jackknife(lambda rows: values[rows].mean(0), 4000)
    assert errors.mean() == pytest.approx(1 / np.sqrt(4000), rel=0.2)
    part = block_jackknife(lambda rows: values[rows].mean(0), 4000, most=1000)
    assert part.mean() == pytest.approx(1 / np.sqrt(4000), rel=0.25)
    assert np.isnan(block_jackknife(lambda rows: values[rows].mean(0), 39)).all()


@pytest.mark.parametrize(("cohort", "size"), [("pekalongan-2024", 2), ("kaltim-2024", 30)])
def test_small_rounds_say_what_is_not_computed(cohort: str, size: int, taken_in) -> None:
    workspace = taken_in(cohort, size)
    responses = read_instrument(workspace, "literasi-digital")
    result = scores.validate(workspace, responses)
    found = score_checks.check_scores(workspace, responses, result)
    assert (found.gates["status"] == "PASS").all()
    assert found.model.fit.empty
    words = " ".join(found.not_computed)
    assert "Kecocokan model, dimensi, dan kebergantungan butir tidak dihitung" in words
    assert "tidak punya kalibrasi sendiri" in words
    assert "norma tidak dihitung" in words or len(found.norms)
    sentences = score_summary.verdict(result, found, {})
    assert sentences[0].startswith("LOLOS")
    assert all("nan" not in sentence.split() for sentence in sentences)
