"""What the item page answers to any message."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.apps.items.model import ItemsModel
from workbench.review.items import Item, ItemStore
from workbench.review.permissions import Permissions
from workbench.settings import Person


def made_up(number: int, run: str = "items-1") -> Item:
    content = {
        "instrument_title": "Prediksi potensi",
        "scale": "kemampuan_intelektual",
        "scale_title": "Kemampuan intelektual",
        "forms": [["K1", str(number)]],
        "recommendation": "check_key" if number == 1 else "keep",
        "reason": "sebab",
        "flag": "",
        "options": ["A", "B"],
        "key": "A",
        "proposed": "B",
    }
    return Item("potensi", f"KIN{number:02d}", run, number, content, f"<p>kartu {number}</p>")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ItemStore]:
    opened = ItemStore(f"sqlite:///{tmp_path / 'review.sqlite'}")
    opened.replace([made_up(n) for n in range(1, 4)])
    yield opened
    opened.close()


class Counted:
    """Stands for the changed lists: says what it was asked, refuses an option that it does not know."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def ask(self, item_id: str, action: str, option: str) -> dict[str, Any]:
        self.asked.append((item_id, action, option))
        if option == "Z":
            raise ValueError("bukan opsi")
        return {"state": "opening"} if len(self.asked) == 1 else {"state": "done", "changed": 3}


@pytest.fixture
def lists() -> Counted:
    return Counted()


@pytest.fixture
def model(store: ItemStore, lists: Counted) -> ItemsModel:
    return ItemsModel(store, actor="Ani", account="ani", title="Putaran", lists=lists)


def decide(model: ItemsModel, number: int = 1, **changed: Any) -> dict[str, Any]:
    return model.handle(
        {
            "kind": "decide",
            "token": "t",
            "instrument": "potensi",
            "item_id": f"KIN{number:02d}",
            "run": "items-1",
            "action": "rekey",
            "option": "B",
            "reason": "kunci tertukar",
            "idempotency_key": secrets.token_hex(16),
            **changed,
        }
    )


def test_it_opens_on_the_first_item_with_its_card_and_a_light_list(model: ItemsModel) -> None:
    view = model.view()
    assert view["row"]["item_id"] == "KIN01"
    assert view["item"]["html"] == "<p>kartu 1</p>"
    assert [row["item_id"] for row in view["list"]] == ["KIN01", "KIN02", "KIN03"]
    assert "html" not in view["list"][0]
    assert (view["done"], view["total"]) == (0, 3)


def test_a_decision_is_acknowledged_with_its_row_and_card(model: ItemsModel) -> None:
    answer = decide(model)
    assert (answer["kind"], answer["acknowledged"], answer["token"]) == ("item", 1, "t")
    assert answer["row"]["decision"] == "rekey"
    assert answer["item"]["decision"]["option"] == "B"
    assert answer["item"]["decision"]["own"]
    assert answer["done"] == 1


def test_who_decides_is_not_for_the_page_to_say(model: ItemsModel) -> None:
    answer = decide(model, actor="Budi", account="budi", role="chair", seq=9)
    assert answer["item"]["decision"]["actor"] == "Ani"


def test_somebody_elses_decision_can_be_replaced_but_not_withdrawn(
    model: ItemsModel, store: ItemStore, lists: Counted
) -> None:
    budi = ItemsModel(store, actor="Budi", account="budi", title="Putaran", lists=lists)
    decide(budi)
    message = {"kind": "withdraw", "instrument": "potensi", "item_id": "KIN01", "seq": 1, "idempotency_key": "k" * 16}
    assert model.handle(message)["kind"] == "error"
    answer = decide(model, action="keep")
    assert answer["row"]["decision"] == "keep"
    assert [given["actor"] for given in answer["item"]["history"]] == ["Budi"]


def test_withdrawn_decisions_stay_in_the_history(model: ItemsModel) -> None:
    decide(model)
    answer = model.handle(
        {"kind": "withdraw", "instrument": "potensi", "item_id": "KIN01", "seq": 1, "idempotency_key": "k" * 16}
    )
    assert answer["withdrawn"] == 1
    assert answer["row"]["decision"] == ""
    assert len(answer["item"]["history"]) == 1


def test_a_new_run_is_shown_and_nothing_is_decided_on_the_old_card(model: ItemsModel, store: ItemStore) -> None:
    store.replace([made_up(1, "items-2"), made_up(4, "items-2")])
    answer = decide(model)
    assert answer["kind"] == "state"
    assert "proses baru" in answer["problem"]
    assert [row["item_id"] for row in answer["list"]] == ["KIN01", "KIN04"]
    assert store.decisions() == {}


def test_the_page_asks_again_until_the_list_is_there(model: ItemsModel, lists: Counted) -> None:
    question = {"instrument": "potensi", "item_id": "KIN02", "action": "double_key", "option": "B"}
    first = model.handle({"kind": "changed", "token": "t", **question})
    assert first == {"kind": "changed", "token": "t", "question": question, "state": "opening"}
    second = model.handle({"kind": "changed", "token": "u", **question})
    assert (second["state"], second["changed"]) == ("done", 3)
    assert lists.asked == [("KIN02", "double_key", "B")] * 2
    # Asking moves nobody to another card.
    assert model.view()["row"]["item_id"] == "KIN01"


@pytest.mark.parametrize(("changed", "words"), [({"option": "Z"}, "bukan opsi"), ({"item_id": "X"}, "tidak ada")])
def test_a_question_without_sense_is_answered_with_its_sentence(
    model: ItemsModel, changed: dict[str, str], words: str
) -> None:
    question = {"instrument": "potensi", "item_id": "KIN02", "action": "rekey", "option": "B", **changed}
    answer = model.handle({"kind": "changed", **question})
    assert answer["state"] == "refused"
    assert words in answer["sentence"]
    assert answer["question"] == question


def test_who_may_not_decide_on_items_gets_no_list_of_people(store: ItemStore, lists: Counted) -> None:
    store.permissions = Permissions(people=(Person(name="Ani", roles=("assessor",)),))
    model = ItemsModel(store, actor="Ani", account="ani", title="Putaran", lists=lists)
    answer = model.handle({"kind": "changed", "instrument": "potensi", "item_id": "KIN02", "action": "drop"})
    assert "tidak boleh memutuskan butir" in answer["sentence"]
    assert lists.asked == []


def test_without_cards_it_says_nothing_wrong(tmp_path: Path, lists: Counted) -> None:
    empty = ItemStore(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    model = ItemsModel(empty, actor="Ani", account="ani", title="Putaran", lists=lists)
    assert model.view()["item"] is None
    assert model.handle({"kind": "refresh"})["list"] == []
    assert decide(model)["kind"] == "error"
    empty.close()


_value = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just({"a": 1})
_names = ("instrument", "item_id", "action", "option", "reason", "run", "seq", "idempotency_key", "token")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["show", "decide", "withdraw", "changed", "refresh", "ping", "x", 7]),
    fields=st.dictionaries(st.sampled_from(_names), _value),
)
def test_no_message_breaks_it_or_writes_an_incomplete_decision(
    model: ItemsModel, store: ItemStore, kind: Any, fields: dict[str, Any]
) -> None:
    answer = model.handle({"kind": kind, **fields})
    assert answer["kind"] in {"state", "item", "changed", "error", "pong"}
    assert store.decisions() == {}
