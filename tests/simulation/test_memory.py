"""A round in memory is the round that the chain sees: equal answers, scores and boxes, and what it measures is true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.policy import load_policy
from workbench.records.bank import load_bank
from workbench.records.tables import NOT_REACHED, OMITTED
from workbench.simulation import simulate
from workbench.simulation.memory import honesty, stored_records, stored_responses, summaries
from workbench.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(pekalongan) -> Workspace:
    return Workspace(pekalongan)


@pytest.fixture(scope="module")
def cohort(workspace):
    return simulate("pekalongan-2024", seed=workspace.settings.seed)


def test_answers_are_coded_as_intake_codes_them(workspace, cohort):
    blanks = 0
    for (instrument, form), ours in stored_responses(cohort).items():
        theirs = workspace.read_responses(instrument, form).astype("str").set_index("participant_id")
        ours = ours.astype("str").set_index("participant_id").loc[theirs.index]
        pd.testing.assert_frame_equal(ours, theirs[ours.columns], check_dtype=False)
        blanks += int(theirs.isin([OMITTED, NOT_REACHED]).to_numpy().sum())
    assert blanks > 100  # otherwise this test says nothing about blanks


def test_scores_are_those_of_the_chain(workspace, cohort):
    ours = summaries(cohort, load_bank(workspace.settings.bank)).sort_values(["participant_id", "scale"])
    theirs = workspace.read("scores", ["participant_id", "scale", "eap", "eap_se"])
    theirs = theirs.sort_values(["participant_id", "scale"])
    assert (
        ours[["participant_id", "scale"]].to_numpy().tolist() == theirs[["participant_id", "scale"]].to_numpy().tolist()
    )
    for column in ("eap", "eap_se"):
        assert ours[column].to_numpy() == pytest.approx(theirs[column].to_numpy(), abs=1e-5)


def test_records_and_boxes_are_those_of_the_chain(workspace, cohort):
    for name, ours in stored_records(cohort).items():
        if "participant_id" in ours.columns and workspace.has(name):
            theirs = workspace.read(name)
            assert set(theirs["participant_id"]) <= set(ours["participant_id"])
    scores = summaries(cohort, load_bank(workspace.settings.bank))
    measured, placed = honesty(
        cohort, load_policy(workspace.settings.policy), load_bank(workspace.settings.bank), scores, shared_errors=True
    )
    theirs = workspace.read("boxes")
    theirs = theirs[theirs["withheld_reason"] == ""].reset_index(drop=True)
    assert list(placed["participant_id"]) == list(theirs["participant_id"])
    assert (placed["box"] == theirs["box"]).mean() > 0.99
    assert np.abs(placed["p_pool"] - theirs["p_pool"]).max() < 0.02
    truth = pd.read_parquet(workspace.path / "truth" / "standing.parquet").set_index("participant_id")
    assert (placed["truly_in_pool"].to_numpy() == truth.loc[placed["participant_id"], "in_pool"].to_numpy(bool)).all()
    assert measured.n == len(theirs)
