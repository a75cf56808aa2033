"""The component sheet: probabilities against draws, and what contradicts the policy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.policy import load_policy, with_points_received
from workbench.records.received_tables import MEASURED_COMPONENTS, SHEET_COMPONENTS
from workbench.talent import standing
from workbench.talent.component_sheet import NoBank, contradictions, counts_of_sheet, no_evidence

POLICY = with_points_received(load_policy("kepka-bkn-411-2025"), SHEET_COMPONENTS)
ERRORS = dict(zip(MEASURED_COMPONENTS, (6.0, 9.0), strict=True))


def sheet(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    points = {heading: rng.uniform(35, 100, n).round(1) for heading in SHEET_COMPONENTS}
    required = {f"required_{scale}": 2 for scale in POLICY.competencies.competencies}
    people = {"participant_id": [f"P{i:05d}" for i in range(n)], "instansi": "A", "jenjang": "pengawas", "unit": "U"}
    return pd.DataFrame({**people, **required, **points})


def placed(people: pd.DataFrame, errors: dict[str, float] | None) -> pd.DataFrame:
    posterior = no_evidence(people["participant_id"].to_numpy(object), POLICY.used_scales)
    counted = None if errors is None else (lambda rule, everyone: counts_of_sheet(rule, everyone, errors))
    return standing.place_by_counts(posterior, people, POLICY, NoBank(), counted)


def by_hand(people: pd.DataFrame, axis: tuple, moved: dict[str, np.ndarray]) -> np.ndarray:
    """The sum of weight and points, each clipped to 0 to 100: the second method."""
    total = np.zeros((len(people), 1))
    for part in axis:
        points = people[part.measured_by].to_numpy(float)[:, None] + moved.get(part.measured_by, 0.0)
        total = total + part.weight / 100 * np.clip(points, 0, 100)
    return total


@pytest.mark.parametrize("errors", [ERRORS, {"X - Penilaian Potensi": 12.0}], ids=["dua komponen", "satu"])
def test_probabilities_are_those_of_draws_of_the_points(errors, seed):
    people = sheet(60, seed)
    boxes = placed(people, errors)
    rng = np.random.default_rng(seed)
    moved = {heading: error * rng.standard_normal((len(people), 40_000)) for heading, error in errors.items()}
    x = by_hand(people, POLICY.potensial, moved)
    y = by_hand(people, POLICY.kinerja, {})
    column, row = (x >= 60).astype(int) + (x >= 80), ((y >= 60).astype(int) + (y >= 80))[:, 0]
    for i in range(len(people)):
        for c in range(3):
            box = POLICY.boxes.box(c, int(row[i]))
            assert boxes.loc[i, f"p_box_{box}"] == pytest.approx((column[i] == c).mean(), abs=0.012)
    assert boxes["potensial"].to_numpy() == pytest.approx(x.mean(axis=1), abs=0.15)
    assert boxes["potensial_sd"].to_numpy() == pytest.approx(x.std(axis=1), rel=0.03)
    assert boxes[[f"p_box_{b}" for b in range(1, 10)]].sum(axis=1).to_numpy() == pytest.approx(1)
    assert ((boxes["risk"] <= 0.5) & (boxes["p_pool"] <= 1)).all()


def test_without_a_declared_error_there_is_a_box_and_no_probability(seed):
    people = sheet(30, seed)
    boxes = placed(people, None)
    x, y = (by_hand(people, axis, {})[:, 0] for axis in (POLICY.potensial, POLICY.kinerja))
    column, row = (np.searchsorted((60, 80), value, side="right") for value in (x, y))
    expected = [POLICY.boxes.box(int(c), int(r)) for c, r in zip(column, row, strict=True)]
    assert boxes["box"].tolist() == expected
    unknown = [c for c in boxes if c.startswith("p_")] + ["risk", "potensial_sd", "monte_carlo_error", "jpm"]
    assert boxes[unknown].isna().all(axis=None)
    assert boxes["potensial"].to_numpy() == pytest.approx(x)


def test_a_missing_component_withholds_the_box_and_is_never_zero(seed):
    people = sheet(4, seed)
    people.loc[1, "X - Penilaian Potensi"] = np.nan
    boxes = placed(people, ERRORS)
    assert boxes["withheld_reason"].tolist()[1] == "belum ada data: Prediksi potensi"
    assert boxes.loc[1, ["box", "p_pool", "risk", "potensial"]].isna().all()
    assert (boxes["withheld_reason"].drop(1) == "").all()


def test_errors_of_other_components_are_refused(seed):
    with pytest.raises(ValueError, match="satu atau dua komponen"):
        placed(sheet(2, seed), {"Y - Penilaian Kinerja": 3.0})


def test_a_sheet_of_another_policy_is_refused():
    with pytest.raises(ValueError, match="tidak cocok dengan kebijakan permenpanrb-3-2020: komponen 'jpm_potensi'"):
        with_points_received(load_policy("permenpanrb-3-2020"), SHEET_COMPONENTS)


def test_what_the_sheet_says_otherwise_is_listed_by_line_and_rounding_is_not(seed):
    people = sheet(20, seed)
    x, y = (by_hand(people, axis, {})[:, 0] for axis in (POLICY.potensial, POLICY.kinerja))
    box = placed(people, None)["box"].astype(float)
    stated = people.assign(**{"Nilai X": x.round(1), "Nilai Y": y.round(0), "Box": box})
    assert contradictions(stated, POLICY).empty
    stated.loc[4, "Nilai X"] += 0.2
    stated.loc[7, "Nilai Y"] += 1
    stated.loc[9, "Box"] = 1.0 if box[9] != 1 else 2.0
    stated.loc[11, ["Y - Penghargaan", "Nilai Y"]] = [np.nan, 3.0]  # no sum to be compared with
    found = contradictions(stated, POLICY)
    assert list(zip(found["column"], found["line"], strict=True)) == [("Nilai X", 4), ("Nilai Y", 7), ("Box", 9)]
    assert found["computed"].tolist() == pytest.approx([x[4], y[7], box[9]])
