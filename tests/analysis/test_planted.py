"""Mis-keyed items planted in rounds of 1,002 people: each found with its right option, hardly anything else accused."""

from __future__ import annotations

import json
import secrets

import pandas as pd
import pytest

from workbench.analysis import items
from workbench.analysis.responses import read_instrument
from workbench.psychometrics import classical
from workbench.simulation import load_defects, simulate
from workbench.simulation.cohort import Cohort

ROUNDS = 5


def planted(truth: pd.DataFrame) -> dict[str, str]:
    """Right option by mis-keyed item."""
    rows = truth[truth["kind"] == "miskeyed_item"]
    return {row.item_id: json.loads(row.detail)["true_key"] for row in rows.itertuples()}


def proposals(cohort: Cohort) -> dict[str, str]:
    """Proposed option by doubtful item, from the answers in memory; one table an instrument, as the notebooks have."""
    known = cohort.inputs["items"].set_index("item_id")
    keys = dict(zip(cohort.inputs["keys"]["item_id"], cohort.inputs["keys"]["key"], strict=True))
    found: dict[str, str] = {}
    for (_instrument, form), answers in cohort.responses.items():
        choice = [item for item in answers.columns[1:] if known.loc[item, "format"] == "mc"]
        tables = []
        for scale in dict.fromkeys(known.loc[choice, "scale"]):
            own = [item for item in choice if known.loc[item, "scale"] == scale]
            tables.append(classical.options(answers[own], keys).assign(form=form, scale=scale))
        if tables:
            rows = classical.miskey(pd.concat(tables))
            found |= dict(zip(rows["item_id"], rows["proposed"], strict=True))
    return found


@pytest.mark.parametrize("wanted", [3, 12])
def test_every_planted_mis_key_is_found(wanted: int, seed: int) -> None:
    """Three as `--defects ordinary` plants them, and four times as many, with its other defects around them."""
    first = secrets.randbelow(2**31 - ROUNDS)
    defects = load_defects("ordinary").model_copy(update={"miskeyed_items": wanted})
    looked_at = 0
    for seed in range(first, first + ROUNDS):
        cohort = simulate("cirebon-2024", seed=seed, defects=defects)
        assert cohort.size == 1002
        truth, found = planted(cohort.truth["planted"]), proposals(cohort)
        assert {item: found.get(item) for item in truth} == truth, seed
        assert len(set(found) - set(truth)) <= 2, (seed, found)
        looked_at += len(truth)
    assert looked_at == ROUNDS * wanted >= 10


def test_a_clean_round_accuses_nothing(seed: int) -> None:
    assert len(proposals(simulate("cirebon-2024", seed=seed))) <= 2, seed


def test_the_analysis_of_a_round_says_so(taken_in) -> None:
    """Through the tables: proposals, the advice to check the key, a gate that holds."""
    workspace = taken_in("cirebon-2024", defects="ordinary")
    truth = planted(pd.read_parquet(workspace.path / "truth" / "planted.parquet"))
    found: dict[str, str] = {}
    for instrument in ("literasi-digital", "potensi"):
        result = items.analyse(workspace, read_instrument(workspace, instrument))
        own = dict(zip(result.proposals["item_id"], result.proposals["proposed"], strict=True))
        found |= own
        gate = result.gates[result.gates["gate"] == "kunci"].iloc[0]
        assert (gate["status"] == "HOLD") == bool(own)
        assert all(item in gate["sentence"] for item in own)
        advice = result.recommendations.set_index("item_id")
        for item in own:
            assert advice.loc[item, "recommendation"] == "check_key"
            assert advice.loc[item, "proposed_key"] == own[item]
        keyed = result.options[result.options["is_key"]].set_index("item_id")["option"]
        for item in own:
            row = result.proposals.set_index("item_id").loc[item]
            assert row["key"] == keyed[item]
            assert row["option_rest_proposed"] > row["option_rest_key"]
    assert {item: found.get(item) for item in truth} == truth, workspace.settings.seed
    assert len(set(found) - set(truth)) <= 2, workspace.settings.seed


def test_real_responses_raise_no_doubt(real_round) -> None:
    result = items.analyse(real_round, read_instrument(real_round, "iqitems"))
    assert result.proposals.empty
    assert (result.gates["status"] == "PASS").all()
    gate = result.gates[result.gates["gate"] == "kunci"].iloc[0]
    assert gate["sentence"] == "Tidak ada kunci yang diragukan."
