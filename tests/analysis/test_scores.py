"""Scores of whole rounds against the truth; reliability, cuts and gates by hand; rounds of any size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analysis import items, scores
from workbench.analysis.responses import read_instrument
from workbench.analysis.score_reliability import reliability_gate
from workbench.analysis.twin import twin_check
from workbench.psychometrics import irt
from workbench.records.bank import load_bank


@pytest.fixture(scope="module")
def cirebon_round(taken_in):
    workspace = taken_in("cirebon-2024")
    responses = read_instrument(workspace, "potensi")
    return workspace, responses, scores.validate(workspace, responses)


def test_everybody_who_answered_has_a_score_on_every_scale(cirebon_round) -> None:
    _workspace, responses, result = cirebon_round
    assert set(result.scores["scale"]) == set(responses.scales)
    for scale, table in result.scores.groupby("scale"):
        answered = (responses.matrix(scale, "people") >= 0).any(axis=1)
        assert list(table["participant_id"]) == list(responses.participant_id[answered])
    numbers = result.scores.drop(columns=["participant_id", "scale"])
    assert np.isfinite(numbers.to_numpy(float)).all()
    assert (result.gates["status"] == "PASS").all()
    assert result.not_computed == ()
    assert not result.provisional


def test_scores_hold_the_truth_as_often_as_they_say(cirebon_round) -> None:
    """EAP and its posterior deviation over all scales: intervals of 95 % hold in 93 to 97 % of some 7,700 cases."""
    workspace, _responses, result = cirebon_round
    theta = pd.read_parquet(workspace.path / "truth" / "theta.parquet").set_index("participant_id")
    truth = theta.stack().reindex(pd.MultiIndex.from_frame(result.scores[["participant_id", "scale"]])).to_numpy()
    z = (result.scores["eap"].to_numpy() - truth) / result.scores["eap_se"].to_numpy()
    assert 0.93 < (np.abs(z) < 1.96).mean() < 0.97, workspace.settings.seed
    assert abs(z.mean()) < 0.15, workspace.settings.seed
    wle = result.scores[np.abs(truth) < 1.5]
    z = (wle["wle"].to_numpy() - truth[np.abs(truth) < 1.5]) / wle["wle_se"].to_numpy()
    assert 0.92 < (np.abs(z) < 1.96).mean() < 0.98, workspace.settings.seed


def test_reliability_is_that_of_truth_and_score(cirebon_round) -> None:
    """The squared correlation of EAP and theta, within what the interval and 970 people allow."""
    workspace, _responses, result = cirebon_round
    theta = pd.read_parquet(workspace.path / "truth" / "theta.parquet").set_index("participant_id")
    for row in result.reliability.to_dict("records"):
        table = result.scores[result.scores["scale"] == row["scale"]]
        r = np.corrcoef(table["eap"], theta.loc[table["participant_id"], row["scale"]])[0, 1] ** 2
        assert row["reliability_low"] - 0.05 < r < row["reliability_high"] + 0.05, (workspace.settings.seed, row)
        assert row["alpha_low"] < row["alpha"] < row["alpha_high"]
        assert row["lambda2"] >= row["alpha"]


def test_the_sem_at_a_cut_is_that_of_its_items(cirebon_round) -> None:
    workspace, responses, result = cirebon_round
    bank = load_bank(workspace.settings.bank)
    scale = responses.scales[0]
    rows = bank.items(scale)
    rows = rows[rows["item_id"].isin(responses.forms[0].item_ids)]
    cuts = bank.cuts(scale)
    own = result.cuts[result.cuts["scale"] == scale]
    np.testing.assert_allclose(own["theta"], cuts)
    np.testing.assert_allclose(own["sem"], irt.information(irt.Calibration.from_items(rows), cuts)["sem"])
    assert list(own["level"]) == [2, 3, 4, 5]
    # Somebody at the cut has a WLE error of about that size.
    table = result.scores[result.scores["scale"] == scale]
    near = table[(table["wle"] - cuts[0]).abs() < 0.1]
    assert near["wle_se"].median() == pytest.approx(own["sem"].iloc[0], rel=0.1)


def test_accuracy_at_the_cuts_is_what_people_got(cirebon_round) -> None:
    workspace, _responses, result = cirebon_round
    theta = pd.read_parquet(workspace.path / "truth" / "theta.parquet").set_index("participant_id")
    for row in result.cuts.to_dict("records"):
        table = result.scores[result.scores["scale"] == row["scale"]]
        truth = theta.loc[table["participant_id"], row["scale"]].to_numpy() >= row["theta"]
        right = ((table["eap"] >= row["theta"]).to_numpy() == truth).mean()
        assert row["accuracy"] == pytest.approx(right, abs=0.06), (workspace.settings.seed, row)
        assert 0.5 <= row["consistency"] <= 1


def test_scale_scores_follow_the_declared_transformation(cirebon_round) -> None:
    _workspace, _responses, result = cirebon_round
    expected = np.clip(500 + 100 * result.scores["wle"], 200, 800).round()
    np.testing.assert_array_equal(result.scores["scale_score"], expected)


def test_a_gate_holds_only_when_the_whole_interval_lies_below() -> None:
    def gate(point: float, low: float, high: float):
        return reliability_gate(
            "uji", {"n": 40, "reliability": point, "reliability_low": low, "reliability_high": high}
        )

    sure = gate(0.45, 0.35, 0.55)
    assert not sure.passed
    assert sure.sentence == "Reliabilitas 0,45, rentang 95 % 0,35 sampai 0,55 (paling sedikit 0,60)."
    doubtful = gate(0.55, 0.45, 0.65)
    assert doubtful.passed
    assert doubtful.sentence.endswith("jumlah orang terlalu sedikit untuk memastikannya.")
    assert gate(0.7, 0.65, 0.75).passed
    nothing = gate(float("nan"), float("nan"), float("nan"))
    assert nothing.passed
    assert nothing.sentence == "Reliabilitas tidak dihitung: 40 orang."


@pytest.mark.parametrize(
    ("cohort", "size"), [("pekalongan-2024", 1), ("pekalongan-2024", 2), ("pekalongan-2024", 12), ("kaltim-2024", 12)]
)
def test_rounds_of_any_size_are_scored(cohort: str, size: int, taken_in) -> None:
    """A bank needs no crowd: everybody gets a score with an error; what needs a crowd says why it is missing."""
    workspace = taken_in(cohort, size)
    responses = read_instrument(workspace, "potensi")
    result = scores.validate(workspace, responses)
    assert result.scores["participant_id"].nunique() == responses.participant_id.size > 0
    assert np.isfinite(result.scores.drop(columns=["participant_id", "scale"]).to_numpy(float)).all()
    points = ["theta", "sem", "accuracy", "consistency", "false_positive", "false_negative"]
    assert np.isfinite(result.cuts[points].to_numpy(float)).all()
    if size < 2:
        assert result.cuts["accuracy_low"].isna().all()
    if size < 3:
        assert result.reliability[["alpha", "omega"]].isna().all(axis=None)
    if size < 3 or cohort == "kaltim-2024":
        assert any("alfa dan omega tidak dihitung" in sentence for sentence in result.not_computed)


def test_a_twin_is_told_the_truth() -> None:
    """Stated chances of simulated people agree with how often they are true, tenth by tenth."""
    bank = irt.Calibration.from_items(
        pd.DataFrame({"item_id": [f"i{j}" for j in range(20)], "a": 1.2, "b": np.linspace(-2, 2, 20)})
    )
    stated, truth = twin_check(bank, 0.4, people=20_000, seed=7)
    tenth = np.minimum((stated * 10).astype(int), 9)
    for k in np.unique(tenth):
        here = tenth == k
        assert abs(stated[here].mean() - truth[here].mean()) < 0.04, k
    assert (truth.mean() - stated.mean()) == pytest.approx(0, abs=0.01)


def test_a_round_without_a_bank_is_scored_by_its_own_calibration(real_round) -> None:
    responses = read_instrument(real_round, "iqitems")
    found = items.analyse(real_round, responses)
    real_round.write("item_parameters", found.parameters)
    result = scores.validate(real_round, responses)
    assert result.provisional
    assert len(result.scores) == 1509  # 16 people left everything blank
    row = result.reliability.iloc[0]
    # Alpha of these data with unanswered items wrong, and the reliability of scores by the model.
    assert row["alpha"] == pytest.approx(0.84, abs=0.02)
    assert row["reliability_low"] < row["reliability"] < row["reliability_high"]
    assert (result.gates["status"] == "PASS").all()
