"""The list of those who get another box, counted beside the page."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.analysis.boxes import place_cohort
from workbench.analysis.opened_round import open_round
from workbench.analysis.what_if import what_if
from workbench.apps.items import changed as module
from workbench.apps.items.changed import ChangedLists
from workbench.workspace import Workspace


@pytest.fixture
def lists(pekalongan: Path) -> Iterator[ChangedLists]:
    opened = ChangedLists(Workspace(pekalongan))
    yield opened
    opened.close()


def answer_to(lists: ChangedLists, *question: str) -> dict[str, Any]:
    """Ask as the page does: again and again."""
    states = []
    for _attempt in range(600):
        answer = lists.ask(*question)
        states.append(answer["state"])
        if answer["state"] == "done":
            assert set(states[:-1]) <= {"opening", "counting"}
            return answer
        time.sleep(0.05)
    raise AssertionError(states[-1])


def test_the_list_is_that_of_the_question_and_what_was_opened_stays(
    lists: ChangedLists, pekalongan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(pekalongan)
    asked = open_round(workspace, place_cohort(workspace))
    found = 0
    assert lists.ask("KIN02", "drop", "")["state"] == "opening"
    # The first of these opens the round; nothing may open it again.
    for number, item in enumerate(("KIN02", "KIN03", "KEM03")):
        answer = answer_to(lists, item, "drop", "A")  # an option is not part of this question
        expected = what_if(asked, item, "drop")
        found += len(expected.changed)
        assert (answer["sentence"], answer["changed"]) == (expected.sentence, len(expected.changed))
        assert sum(n for _from, _to, n in answer["boxes"]) == len(expected.changed)
        assert sum(row[1] for row in answer["instansi"]) == len(expected.changed)
        json.dumps(answer)  # the page gets it as JSON
        by_person = expected.changed.set_index("participant_id")
        assert {row["participant_id"] for row in answer["people"]} == set(by_person.index)
        moved = []
        for row in answer["people"]:
            known = by_person.loc[row["participant_id"]]
            assert (row["from_box"], row["to_box"]) == (known["from_box"], known["to_box"])
            moved.append(abs(row["p_pool_after"] - row["p_pool_before"]))
        assert moved == sorted(moved, reverse=True)
        if number == 0:
            monkeypatch.setattr("workbench.analysis.opened_round.open_round", None)
    assert found > 0


def test_those_who_are_not_shown_are_counted(lists: ChangedLists, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = [answer_to(lists, item, "drop", "") for item in ("KIN02", "KIN03", "KEM03")]
    monkeypatch.setattr(module, "MOST_PEOPLE", 0)
    again = ChangedLists(lists.workspace)
    for answer, item in zip(everybody, ("KIN02", "KIN03", "KEM03"), strict=True):
        fewer = answer_to(again, item, "drop", "")
        assert (fewer["people"], fewer["left_out"]) == ([], len(answer["people"]))
        assert (fewer["boxes"], fewer["instansi"]) == (answer["boxes"], answer["instansi"])
    again.close()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (("KIN02", "keep", ""), "Pilih gugurkan"),
        (("KIN02", "rekey", "Z"), "bukan opsi"),
        (("DSK01", "drop", ""), "tidak dipakai kebijakan"),
    ],
)
def test_a_question_without_sense_says_why(lists: ChangedLists, question: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        answer_to(lists, *question)


def test_a_new_run_is_opened_afresh(lists: ChangedLists, own_pekalongan: Path) -> None:
    own = ChangedLists(Workspace(own_pekalongan))
    answer_to(own, "KIN02", "drop", "")
    scores = own.workspace.find("scores")
    assert scores is not None
    os.utime(scores, ns=(1, 1))
    assert own.ask("KIN02", "drop", "")["state"] == "opening"
    own.close()


def test_a_round_without_boxes_says_so(iqitems: Path, tmp_path: Path, copied_round: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match="berakhir sebelum kotak talenta"):
        ChangedLists(Workspace(iqitems)).ask("reason.4", "drop", "")
