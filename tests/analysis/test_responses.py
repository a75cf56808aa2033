"""Answers of all forms on one list of items, and what becomes of those that are missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.curves import THETA, fitted_curves, observed_curves
from workbench.analysis.items import calibrate_scales
from workbench.analysis.responses import missing_answers, read_instrument
from workbench.psychometrics import irt


@pytest.fixture(scope="module")
def kaltim(taken_in):
    workspace = taken_in("kaltim-2024", 2500)
    return workspace, {name: read_instrument(workspace, name) for name in ("literasi-digital", "mansoskul")}


@pytest.mark.parametrize("instrument", ["literasi-digital", "mansoskul"])
def test_the_matrix_is_the_stored_answers_scored(instrument: str, kaltim) -> None:
    """Cell by cell for one scale, from the stored options by the rule of the blanks."""
    workspace, all_responses = kaltim
    responses = all_responses[instrument]
    scale = responses.scales[0]
    own = list(responses.items_of(scale))
    matrices = {purpose: responses.matrix(scale, purpose) for purpose in ("calibration", "people")}
    checked = 0
    for form in responses.forms:
        stored = workspace.read_responses(instrument, form.form).set_index("participant_id")
        for item in [name for name in own if name in form.item_ids]:
            row = responses.items.loc[item]
            options = row["options"].split("|")
            if row["format"] == "mc":
                score = {option: int(option == responses.keys[item]) for option in options}
                people, calibration = score | {".": 0, "-": 0}, score | {".": 0, "-": -1}
            else:
                points = [float(text) for text in row["option_scores"].split("|")]
                score = {option: sorted(points).index(point) for option, point in zip(options, points, strict=True)}
                people = calibration = score | {".": -1, "-": -1}
            place = np.searchsorted(responses.participant_id, stored.index.to_numpy(object))
            given = stored[item].astype(object)
            for purpose, rule in (("people", people), ("calibration", calibration)):
                expected = given.map(rule).to_numpy()
                np.testing.assert_array_equal(matrices[purpose][place, own.index(item)], expected)
            checked += 1
    assert checked >= len(own)
    # Nobody has an answer to an item of a form that was not taken.
    holders = sum(form.persons.size for form in responses.forms for item in form.item_ids if item in own)
    assert (matrices["people"] >= 0).sum() <= holders
    assert list(responses.participant_id) == sorted(responses.participant_id)


def test_the_policy_on_missing_answers_is_stated(kaltim) -> None:
    workspace, all_responses = kaltim
    for instrument, word in (("literasi-digital", "salah"), ("mansoskul", "kosong")):
        table = missing_answers(all_responses[instrument])
        assert list(table["form"]) == [form.form for form in all_responses[instrument].forms]
        assert table["treatment"].str.contains(word).all()
        for row in table.to_dict("records"):
            stored = workspace.read_responses(instrument, row["form"]).drop(columns="participant_id").astype(object)
            assert row["omitted"] == pytest.approx((stored == ".").to_numpy().mean())
            assert row["not_reached"] == pytest.approx((stored == "-").to_numpy().mean())
            assert row["items"] == stored.shape[1]


def test_an_instrument_without_answers_is_refused(kaltim) -> None:
    workspace, _all = kaltim
    with pytest.raises(ValueError, match="Tidak ada jawaban untuk instrumen 'lain'"):
        read_instrument(workspace, "lain")


def test_observed_curves_lie_near_the_fitted_ones(taken_in) -> None:
    """Ten groups of about 100 people: the mean score of each within chance of what the model says there."""
    workspace = taken_in("cirebon-2024")
    responses = read_instrument(workspace, "potensi")
    said: list[str] = []
    scale = "kemampuan_intelektual"
    calibration = calibrate_scales(responses, said)[scale]
    item = str(calibration.items.sort_values("a")["item_id"].iloc[-1])
    fitted, observed = fitted_curves(calibration)[item], observed_curves(responses, calibration, scale)[item]
    assert fitted.shape == THETA.shape
    row = calibration.items.set_index("item_id").loc[item]
    np.testing.assert_allclose(fitted, 1 / (1 + np.exp(-row["a"] * (THETA - row["b"]))), rtol=1e-9)
    assert observed["n"].sum() == responses.participant_id.size
    assert (np.diff(observed["theta"]) > 0).all()
    # A group's thetas are estimates of spread-out people, so the line is met only roughly.
    expected = np.interp(observed["theta"], THETA, fitted)
    assert np.abs(observed["observed"] - expected).max() < 0.25, workspace.settings.seed
    assert np.corrcoef(observed["observed"], expected)[0, 1] > 0.9, workspace.settings.seed


def test_a_curve_of_an_ordered_item_runs_from_nothing_to_everything() -> None:
    calibration = irt.Calibration.from_items(
        pd.DataFrame({"item_id": ["A"], "model": "GRM", "a": [3.0], "b1": [-1.0], "b2": [0.0], "b3": [1.0]})
    )
    curve = fitted_curves(calibration)["A"]
    assert curve[0] == pytest.approx(0, abs=0.01)
    assert curve[-1] == pytest.approx(1, abs=0.01)
    assert (np.diff(curve) > 0).all()
