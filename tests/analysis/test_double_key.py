"""An item with two right options: from the file of keys to the scores of a new run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.analysis.boxes import place_cohort
from workbench.analysis.items import analyse
from workbench.analysis.opened_round import open_round
from workbench.analysis.responses import read_instrument
from workbench.analysis.what_if import what_if
from workbench.pipeline.banks import _dropped
from workbench.pipeline.intake import take_in
from workbench.review.items import ItemStore
from workbench.review.prepare_items import prepare_items
from workbench.workspace import Workspace

INSTRUMENT, ITEM = "potensi", "KIN02"


def with_second_option(folder: Path, item: str = ITEM, second: str = "") -> tuple[str, str]:
    """Give an item a second right option in a new version of the keys; return both options."""
    keys = pd.read_csv(folder / "inputs" / "keys.csv", dtype=str)
    instruments = pd.read_csv(folder / "inputs" / "instruments.csv", dtype=str)
    options = pd.read_csv(folder / "inputs" / "items.csv", dtype=str).set_index("item_id").loc[item, "options"]
    first = keys.loc[keys["item_id"] == item, "key"].item()
    second = second or next(option for option in str(options).split("|") if option != first)
    newer = keys.assign(key_version="2").copy()
    newer.loc[newer["item_id"] == item, "key"] = f"{first}|{second}"
    pd.concat([keys, newer]).to_csv(folder / "inputs" / "keys.csv", index=False)
    instruments.loc[instruments["instrument"] == INSTRUMENT, "key_version"] = "2"
    instruments.to_csv(folder / "inputs" / "instruments.csv", index=False)
    return first, second


@pytest.fixture
def doubled(pekalongan: Path, tmp_path: Path) -> tuple[Workspace, tuple[str, str]]:
    """The Pekalongan round with a double key, taken in and not run again."""
    folder = tmp_path / "pekalongan-2024"
    shutil.copytree(pekalongan, folder)
    both = with_second_option(folder)
    workspace = Workspace(folder)
    take_in(workspace)
    return workspace, both


def test_after_a_double_key_both_options_are_right(
    doubled: tuple[Workspace, tuple[str, str]], pekalongan: Path
) -> None:
    workspace, both = doubled
    now, before = read_instrument(workspace, INSTRUMENT), read_instrument(Workspace(pekalongan), INSTRUMENT)
    assert now.keys[ITEM] == "|".join(both)
    form, old = now.forms[0], before.forms[0]
    place = form.item_ids.index(ITEM)
    chosen = form.options[ITEM]
    for scored in (form.people, form.calibration):
        assert (scored[pd.Series(chosen).isin(both), place] == 1).all()
        assert (scored[~pd.Series(chosen).isin(both), place] < 1).all()
    assert {*both} <= set(chosen)
    others = [j for j in range(len(form.item_ids)) if j != place]
    assert (form.people[:, others] == old.people[:, others]).all()


def test_the_item_analysis_marks_both_and_the_page_of_items_knows_them(
    doubled: tuple[Workspace, tuple[str, str]],
) -> None:
    workspace, both = doubled
    options = analyse(workspace, read_instrument(workspace, INSTRUMENT)).options
    mine = options[options["item_id"] == ITEM]
    assert set(mine.loc[mine["is_key"], "option"]) == {*both}
    prepare_items(workspace)
    with closing(ItemStore(workspace.database_url)) as store:
        item = store.item(INSTRUMENT, ITEM)
    assert item is not None
    assert item.content["key"] == "|".join(both)


def test_a_bank_leaves_the_item_out_until_the_double_key_has_taken_effect(
    pekalongan: Path, doubled: tuple[Workspace, tuple[str, str]]
) -> None:
    workspace, (_first, second) = doubled
    shutil.copytree(pekalongan / "tables", workspace.path / "tables", dirs_exist_ok=True)
    with closing(ItemStore(workspace.database_url)) as store:
        item = store.item(INSTRUMENT, ITEM)
        assert item is not None
        store.decide(
            actor="Ani",
            account="ani",
            instrument=INSTRUMENT,
            item_id=ITEM,
            action="double_key",
            option=second,
            reason="dua opsi benar",
            run=item.run,
            idempotency_key="k" * 16,
        )
    assert set(_dropped(workspace)) == {ITEM}
    take_in(workspace, fresh=True)
    assert _dropped(workspace) == {}


@pytest.mark.slow
def test_a_run_after_a_double_key_moves_the_people_whom_the_question_named(
    pekalongan: Path, tmp_path: Path, workbench: Callable[..., Any]
) -> None:
    folder = tmp_path / "pekalongan-2024"
    shutil.copytree(pekalongan, folder)
    workspace = Workspace(pekalongan)
    asked = open_round(workspace, place_cohort(workspace))
    keys = read_instrument(workspace, INSTRUMENT).keys
    questions = [
        (item, option)
        for item, key in keys.items()
        for option in str(asked.items.loc[item, "options"]).split("|")
        if option != key
    ]
    # In so small a round few second options move anybody.
    lists = ((item, option, what_if(asked, item, "also", option).changed) for item, option in questions)
    item, second, named = next(found for found in lists if len(found[2]))
    with_second_option(folder, item, second)
    finished = workbench("run", folder)
    assert finished.returncode in (0, 1), finished.stderr
    before, after = (Workspace(path).read("boxes").set_index("participant_id")["box"] for path in (pekalongan, folder))
    moved = after[after.fillna(0) != before.loc[after.index].fillna(0)]
    assert set(moved.index) == set(named["participant_id"])
