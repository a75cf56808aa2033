from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from workbench.simulation import Defects, item_bank, simulate
from workbench.simulation.designs import scale_keys
from workbench.simulation.items import form_items

KINDS = {"miskeyed_item", "dif_item", "wrong_package", "double_sitting", "copied", "rapid_guesser"}


def planted(cohort, kind):
    """What was planted of one kind, with the detail opened."""
    rows = cohort.truth["planted"].query("kind == @kind").reset_index(drop=True)
    return rows.assign(detail=[json.loads(text) for text in rows["detail"]])


def by_person(cohort):
    """NIP by participant_id."""
    return dict(zip(cohort.truth["theta"]["participant_id"], cohort.inputs["participants"]["nip"], strict=True))


def test_nothing_is_planted_by_default(plain_cirebon):
    listed = plain_cirebon.truth["planted"]
    assert list(listed.columns) == ["kind", "instrument", "item_id", "participant_id", "detail"]
    assert listed.empty


def test_ordinary_plants_every_kind_and_lists_it(defective_cirebon):
    assert set(defective_cirebon.truth["planted"]["kind"]) == KINDS
    assert len(planted(defective_cirebon, "miskeyed_item")) == 3
    assert planted(defective_cirebon, "wrong_package")["instrument"].tolist() == ["literasi-digital", "potensi"]


def test_miskeyed_items_have_a_wrong_key_in_the_file_and_nothing_else_changes(plain_cirebon, defective_cirebon):
    rows = planted(defective_cirebon, "miskeyed_item")
    keys = defective_cirebon.inputs["keys"].set_index("item_id")["key"]
    true = item_bank().set_index("item_id")["key"]
    for item_id, detail in zip(rows["item_id"], rows["detail"], strict=True):
        assert keys[item_id] == detail["file_key"] != detail["true_key"] == true[item_id]
    assert keys.drop(rows["item_id"]).equals(true[keys.index].drop(rows["item_id"]))
    assert plain_cirebon.inputs["keys"].set_index("item_id")["key"].equals(true[keys.index])


def test_everybody_else_answers_as_without_defects(plain_cirebon, defective_cirebon):
    persons = by_person(defective_cirebon)
    touched = {persons[one] for one in defective_cirebon.truth["planted"]["participant_id"] if one}
    shifted = set(planted(defective_cirebon, "dif_item")["item_id"])
    for sheet, frame in defective_cirebon.responses.items():
        plain = plain_cirebon.responses[sheet]
        columns = [name for name in plain.columns if name not in shifted]
        assert (
            plain.loc[~plain["nip"].isin(touched), columns]
            .reset_index(drop=True)
            .equals(frame.loc[~frame["nip"].isin(touched), columns].reset_index(drop=True))
        )
    assert plain_cirebon.inputs["participants"].equals(defective_cirebon.inputs["participants"])
    assert plain_cirebon.truth["theta"].equals(defective_cirebon.truth["theta"])


def test_double_sittings_appear_twice_in_both_files(defective_cirebon):
    persons = by_person(defective_cirebon)
    rows = planted(defective_cirebon, "double_sitting")
    for instrument, participant in zip(rows["instrument"], rows["participant_id"], strict=True):
        nip = persons[participant]
        assert (defective_cirebon.responses[instrument, "K1"]["nip"] == nip).sum() == 2
        sat = defective_cirebon.inputs["sittings"].query("nip == @nip and instrument == @instrument")
        assert sat["date"].nunique() == len(sat) == 2


def test_wrong_packages_fit_the_form_really_taken():
    cohort = simulate("kaltim-2024", size=3000, seed=8, defects=Defects(wrong_package=12))
    persons = by_person(cohort)
    bank = item_bank().set_index("item_id")
    theta = cohort.truth["theta"].set_index("participant_id")
    rows = planted(cohort, "wrong_package").query("instrument == 'potensi'")
    assert len(rows) == 12
    better = []
    for participant, detail in zip(rows["participant_id"], rows["detail"], strict=True):
        nip = persons[participant]
        registered = cohort.inputs["participants"].set_index("nip").at[nip, "klaster"]
        assert detail["form_taken"] != registered
        sheet = cohort.responses["potensi", registered].set_index("nip").loc[nip].to_numpy()
        score = {}
        for form in (registered, detail["form_taken"]):
            items = bank.loc[form_items(form).query("instrument == 'potensi'")["item_id"]]
            keyed = (items["format"] == "mc").to_numpy()
            score[form] = (sheet[keyed] == items["key"].to_numpy()[keyed]).mean()
        better.append(score[detail["form_taken"]] - score[registered])
    assert np.mean(better) > 0.1
    assert len(theta) == 3000


def test_dif_items_are_harder_for_women_at_equal_ability():
    cohort = simulate("national-2023", size=12_000, seed=4, defects=Defects(dif_items=6, dif_size=0.8))
    rows = planted(cohort, "dif_item")
    assert len(rows) == 6
    bank = item_bank().set_index("item_id")
    people = cohort.inputs["protected_groups"].set_index("nip")["sex"]
    theta = cohort.truth["theta"][list(scale_keys())].set_index(cohort.inputs["participants"]["nip"])
    for item_id in rows["item_id"]:
        row = bank.loc[item_id]
        answers = pd.concat(
            [f.set_index("nip")[item_id].astype("str") for f in cohort.responses.values() if item_id in f]
        )
        answers = answers[answers.notna()]
        if row["format"] == "mc":
            passed, middle = answers == row["key"], row["b"]
        else:
            high = [
                o for o, s in zip(row["options"].split("|"), row["option_scores"].split("|"), strict=True) if int(s) > 2
            ]
            passed, middle = answers.isin(high), row["b2"]
        for sex, shift in (("L", 0.0), ("P", 0.8)):
            mine = (people[answers.index] == sex).to_numpy()
            expected = 1 / (1 + np.exp(-row["a"] * (theta.loc[answers.index[mine], row["scale"]] - middle - shift)))
            z = (passed[mine].sum() - expected.sum()) / np.sqrt((expected * (1 - expected)).sum())
            assert abs(z) < 4.5


def test_copiers_agree_with_their_neighbour(defective_cirebon):
    persons = by_person(defective_cirebon)
    sittings = defective_cirebon.inputs["sittings"]
    rows = planted(defective_cirebon, "copied")
    assert len(rows) >= 1
    for instrument, participant, detail in rows[["instrument", "participant_id", "detail"]].to_numpy():
        answers = defective_cirebon.responses[instrument, "K1"].set_index("nip")
        copier, source = persons[participant], persons[detail["source"]]
        assert (answers.loc[copier] == answers.loc[source]).mean() > 0.7
        seats = sittings[sittings["instrument"] == instrument].set_index("nip").loc[[copier, source], ["room", "date"]]
        assert seats.nunique().tolist() == [1, 1]


def test_rapid_guessers_are_quick(defective_cirebon):
    persons = by_person(defective_cirebon)
    times = defective_cirebon.inputs["response_times"].set_index(["instrument", "nip"])
    rows = planted(defective_cirebon, "rapid_guesser")
    listed = {
        (instrument, persons[participant])
        for instrument, participant in zip(rows["instrument"], rows["participant_id"], strict=True)
    }
    assert set(times.index[times["rapid_share"] > 0.3]) == listed


def test_nobody_has_two_defects(defective_cirebon):
    rows = defective_cirebon.truth["planted"].query("participant_id != ''")
    kinds = rows.groupby("participant_id")["kind"].nunique()
    assert (kinds == 1).all()
    sources = {detail["source"] for detail in planted(defective_cirebon, "copied")["detail"]}
    assert not sources & set(rows["participant_id"])


def test_drift_and_testlets_change_only_their_items():
    plain = simulate("pekalongan-2024", seed=6)
    changed = simulate(
        "pekalongan-2024", seed=6, defects=Defects(drifted_items=3, drift_size=-2.0, testlets=2, testlet_sd=3.0)
    )
    items = set(changed.truth["planted"]["item_id"])
    assert changed.truth["planted"]["kind"].value_counts().to_dict() == {"testlet": 10, "drifted_item": 3}
    differs = {
        name
        for sheet, frame in plain.responses.items()
        for name in frame.columns[1:]
        if not frame[name].equals(changed.responses[sheet][name])
    }
    assert differs == items


@pytest.mark.parametrize("seed", range(3))
def test_at_least_one_of_each_even_in_the_smallest_round(seed):
    assert set(simulate("pekalongan-2024", seed=seed, defects="ordinary").truth["planted"]["kind"]) == KINDS


def test_guessing_lifts_the_unable_and_nothing_else():
    """With a chance of .25 the truth is a three-parameter model: who would have been wrong is right once in four."""
    plain, guessed = (simulate("cirebon-2024", size=600, seed=8, defects=Defects(guessing=c)) for c in (0.0, 0.25))
    keys = plain.inputs["keys"].set_index("item_id")["key"]
    for place, frame in plain.responses.items():
        keyed = [c for c in frame.columns if c in keys.index]
        ordered = [c for c in frame.columns if c not in keys.index]
        assert frame[ordered].equals(guessed.responses[place][ordered])
        if not keyed:
            continue
        before = frame[keyed].astype(str).to_numpy() == keys[keyed].to_numpy(str)
        after = guessed.responses[place][keyed].astype(str).to_numpy() == keys[keyed].to_numpy(str)
        assert after[before].all()
        share = after[~before].mean()
        assert 0.22 < share < 0.28, share
    assert (guessed.truth["planted"]["kind"] == "guessing").sum() == 1


def test_ability_of_other_people_than_the_bank_knows():
    drawn = simulate("cirebon-2024", size=4000, seed=8, defects=Defects(ability_skewness=1.2)).truth["theta"]
    values = drawn.drop(columns="participant_id").to_numpy(float)
    third = ((values - values.mean(0)) ** 3).mean(0) / values.std(0) ** 3
    assert 0.9 < third.mean() < 1.5
    assert abs(values.std() - 1) < 0.1
    plain, moved = (
        simulate("cirebon-2024", size=400, seed=8, defects=defects).truth["theta"].drop(columns="participant_id")
        for defects in ("none", Defects(ability_shift=-0.5, ability_spread=0.8))
    )
    np.testing.assert_allclose(moved, 0.8 * plain - 0.5, rtol=0, atol=1e-12)
