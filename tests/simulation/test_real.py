from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.records.tables import TABLES
from workbench.simulation import new_workspace, read_iqitems


@pytest.fixture(scope="module")
def iqitems():
    return read_iqitems()


def test_1525_people_and_16_items_in_order(iqitems):
    responses = iqitems.inputs["responses_iqitems__A"]
    assert responses.shape == (1525, 17)
    kinds = [name.split(".")[0] for name in responses.columns[1:]]
    assert kinds == ["reason"] * 4 + ["letter"] * 4 + ["matrix"] * 4 + ["rotate"] * 4
    assert list(iqitems.inputs["items"]["item_id"]) == list(responses.columns[1:])


def test_unanswered_is_empty_and_blank_rows_stay_in(iqitems):
    answers = iqitems.inputs["responses_iqitems__A"].iloc[:, 1:]
    assert answers.isna().all(axis=1).sum() == 16
    options = iqitems.inputs["items"].set_index("item_id")["options"].str.split("|")
    for name in answers:
        assert set(answers[name].dropna()) == set(options[name])


def test_every_key_is_the_option_that_goes_with_the_rest(iqitems):
    # No item is mis-keyed: the key correlates with the rest score, and more than any other option does.
    answers = iqitems.inputs["responses_iqitems__A"].iloc[:, 1:]
    key = dict(iqitems.inputs["keys"][["item_id", "key"]].to_numpy())
    scored = pd.DataFrame({name: answers[name] == key[name] for name in answers})
    for name in answers:
        rest = scored.drop(columns=name).sum(axis=1)
        by_option = {
            option: np.corrcoef(answers[name] == option, rest)[0, 1] for option in answers[name].dropna().unique()
        }
        assert max(by_option, key=by_option.get) == key[name]


def test_numbers_have_the_shape_of_a_nip_and_belong_to_nobody(iqitems):
    nip = iqitems.inputs["participants"]["nip"]
    assert nip.is_unique
    assert nip.str.fullmatch(r"195001011975(01|02)1\d{3}").all()


def test_tables_have_the_headings_of_the_input_files(iqitems):
    for name, frame in iqitems.inputs.items():
        if name.startswith("responses_"):
            continue
        headings = TABLES[name].input_columns
        assert list(frame.columns) == [column for column in headings if column in frame.columns]
        missing = set(headings) - set(frame.columns)
        assert not any(TABLES[name].schema.columns[column].required for column in missing)


def test_a_workspace_of_real_responses_ends_with_the_scores(tmp_path):
    workspace = new_workspace(tmp_path / "iqitems", real="iqitems")
    assert workspace.settings.ends_after == "scores"
    assert "tanpa catatan kinerja" in workspace.settings.ends_because
    assert workspace.settings.policy == workspace.settings.simulated == workspace.settings.bank == ""
    written = pd.read_csv(workspace.inputs / "responses_iqitems__A.csv", dtype="str")
    assert written.equals(read_iqitems().inputs["responses_iqitems__A"].astype("str"))
    assert not (workspace.path / "truth").exists()


def test_options_of_simulated_rounds_do_not_apply_to_real_data(tmp_path):
    for wrong in ({"size": 10}, {"policy": "kepka-bkn-411-2025"}, {"defects": "ordinary"}):
        with pytest.raises(ValueError, match="hanya berlaku untuk kohor simulasi"):
            new_workspace(tmp_path / "w", real="iqitems", **wrong)
    with pytest.raises(ValueError, match=r"Data nyata 'sat12' tidak dikenal; pilih salah satu: iqitems\."):
        new_workspace(tmp_path / "w", real="sat12")
    assert not (tmp_path / "w").exists()
