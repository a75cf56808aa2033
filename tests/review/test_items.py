"""Decisions on items: in the same log as the votes, without touching them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.apps.items.words import screen_words
from workbench.review.items import Item, ItemStore
from workbench.review.prepare_items import make_items
from workbench.review.store import Store
from workbench.workspace import Workspace


def made_up(number: int, *, run: str = "items-1", **content: Any) -> Item:
    known = {"recommendation": "keep", "options": ["A", "B", "C", "D"], "key": "A", **content}
    return Item("potensi", f"KIN{number:02d}", run, number, known, f"<p>kartu {number}</p>")


@pytest.fixture
def items(address: str) -> Iterator[ItemStore]:
    opened = ItemStore(address)
    opened.replace([made_up(1), made_up(2), made_up(3, options=[], key=""), made_up(4, options=["A", "B"])])
    yield opened
    opened.close()


def decide(store: ItemStore, number: int = 1, **changed: Any) -> tuple[int, bool]:
    submission = {
        "actor": "Ani",
        "account": "ani",
        "instrument": "potensi",
        "item_id": f"KIN{number:02d}",
        "action": "drop",
        "option": "",
        "reason": "naskah keliru",
        "run": "items-1",
        "idempotency_key": secrets.token_hex(16),
        **changed,
    }
    return store.decide(**submission)


def test_a_decision_is_there_for_whoever_opens_the_log_next(items: ItemStore, address: str) -> None:
    assert decide(items, action="rekey", option="C") == (1, True)
    other = ItemStore(address)
    (decision,) = other.decisions().values()
    other.close()
    assert (decision.actor, decision.action, decision.option, decision.reason) == ("Ani", "rekey", "C", "naskah keliru")


def test_a_double_key_keeps_the_key_and_adds_an_option(items: ItemStore, open_store: Callable[..., Store]) -> None:
    decide(items, action="double_key", option="C")
    (decision,) = items.decisions().values()
    assert (decision.action, decision.option, decision.right) == ("double_key", "C", ("A", "C"))
    (event,) = open_store().events()
    assert event.payload is not None
    assert (event.payload["action"], event.payload["option"], event.payload["key"]) == ("double_key", "C", "A")
    decide(items, 2, action="rekey", option="B")
    assert items.decisions()["potensi", "KIN02"].right == ("B",)
    decide(items, 2)
    assert items.decisions()["potensi", "KIN02"].right == ()


def test_of_two_right_options_one_may_become_the_only_key(items: ItemStore) -> None:
    items.replace([made_up(1, key="A|C")])
    with pytest.raises(ValueError, match="benar juga"):
        decide(items, action="double_key", option="C")
    decide(items, action="rekey", option="C")
    assert items.decisions()["potensi", "KIN01"].right == ("C",)


def test_the_log_says_in_which_role_and_on_which_card(items: ItemStore, open_store: Callable[..., Store]) -> None:
    decide(items, action="rekey", option="C")
    (event,) = open_store().events()
    assert (event.kind, event.role, event.case_id) == ("item_decision", "psychometrician", "")
    assert event.payload is not None
    assert event.payload.items() >= {"run": "items-1", "key": "A", "option": "C", "account": "ani"}.items()
    assert open_store().verify().sound


def test_the_last_decision_is_in_force_and_the_earlier_ones_stay_readable(items: ItemStore) -> None:
    decide(items, reason="pertama")
    decide(items, actor="Budi", action="keep", reason="kedua")
    assert items.decisions()["potensi", "KIN01"].reason == "kedua"
    assert [given.reason for given in items.history("potensi", "KIN01")] == ["pertama", "kedua"]


def test_withdrawing_leaves_the_item_undecided(items: ItemStore) -> None:
    seq, _new = decide(items)
    key = secrets.token_hex(16)
    given = {"account": "ani", "instrument": "potensi", "item_id": "KIN01", "seq": seq}
    with pytest.raises(ValueError, match="bukan milik Anda"):
        items.withdraw(actor="Budi", idempotency_key=key, **given)
    items.withdraw(actor="Ani", idempotency_key=key, **given)
    assert items.decisions() == {}
    assert len(items.history("potensi", "KIN01")) == 1
    assert items.withdraw(actor="Ani", idempotency_key=key, **given) == (2, False)


def test_the_same_submission_twice_is_one_decision_and_another_under_its_key_is_refused(items: ItemStore) -> None:
    key = secrets.token_hex(16)
    assert decide(items, idempotency_key=key) == (1, True)
    assert decide(items, idempotency_key=key) == (1, False)
    for changed in ({"number": 2}, {"action": "keep"}, {"reason": "lain"}, {"actor": "Budi"}):
        with pytest.raises(ValueError, match="sudah dipakai"):
            decide(items, idempotency_key=key, **changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"action": "promote"}, "Pilih keputusan"),
        ({"reason": "  a "}, "Tulis alasan"),
        ({"reason": "x" * 2001}, "Tulis alasan"),
        ({"item_id": "TIDAK"}, "tidak ada"),
        ({"instrument": "lain"}, "tidak ada"),
        ({"action": "rekey", "option": ""}, "kunci baru"),
        ({"action": "rekey", "option": "A"}, "kunci baru"),
        ({"action": "rekey", "option": "Z"}, "kunci baru"),
        ({"number": 3, "action": "rekey", "option": "B"}, "tidak punya kunci"),
        ({"action": "double_key", "option": ""}, "benar juga"),
        ({"action": "double_key", "option": "A"}, "benar juga"),
        ({"action": "double_key", "option": "A|B"}, "benar juga"),
        ({"number": 3, "action": "double_key", "option": "B"}, "tidak punya kunci"),
        ({"number": 4, "action": "double_key", "option": "B"}, "tetap salah"),
        ({"run": "items-0"}, "proses baru"),
        ({"idempotency_key": "pendek"}, "tidak sah"),
    ],
)
def test_what_is_no_complete_decision_is_not_written(items: ItemStore, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decide(items, **changed)
    assert items.decisions() == {}


def test_decisions_outlive_a_new_run_and_know_their_card(items: ItemStore) -> None:
    decide(items)
    items.replace([made_up(1, run="items-2")])
    assert items.decisions()["potensi", "KIN01"].run == "items-1"
    with pytest.raises(ValueError, match="proses baru"):
        decide(items)


def test_minutes_stay_in_force_when_an_item_is_decided(
    items: ItemStore, store: Store, vote: Callable[..., tuple[int, bool]], made_up_case: Callable[..., Any]
) -> None:
    vote(store)
    minuted = store.record_minutes(actor="Ani", payload={"cases": {"K0001": 8}}, head=store.ledger().head)
    decide(items)
    ledger = store.ledger()
    assert ledger.minutes is not None
    assert ledger.about_cases == ledger.minutes.seq == minuted
    assert ledger.seq == minuted + 1
    assert store.verify().sound


# what a run prepares


def card(item_id: str, recommendation: str, **changed: Any) -> dict[str, Any]:
    return {
        "instrument": "potensi",
        "item_id": item_id,
        "scale": "kemampuan_intelektual",
        "form": "K1",
        "position": 1.0,
        "recommendation": recommendation,
        "reason": "sebab",
        "flag": None,
        "html": f"<p>{item_id}</p>",
        "run_id": "items-potensi-1",
        **changed,
    }


TABLES = {
    "items": pd.DataFrame(
        {
            "item_id": ["KIN01", "KIN02", "INT01"],
            "instrument": ["potensi", "potensi", "mansoskul"],
            "format": ["mc", "mc", "ordered"],
            "options": ["A|B|C|D", "A|B|C|D", "A|B|C|D"],
        }
    ),
    "keys": pd.DataFrame({"item_id": ["KIN01", "KIN01"], "key_version": ["1", "2"], "key": ["A", "B"]}),
    "instruments": pd.DataFrame(
        {"instrument": ["potensi", "mansoskul"], "title": ["Prediksi", "Mansoskul"], "key_version": ["2", None]}
    ),
    "key_proposals": pd.DataFrame({"item_id": ["KIN01"], "proposed": ["D"]}),
}


def test_what_needs_a_person_comes_first_and_brings_its_key() -> None:
    cards = pd.DataFrame(
        [
            card("INT01", "keep", instrument="mansoskul", scale="integritas"),
            card("KIN02", "revise"),
            card("KIN01", "check_key"),
        ]
    )
    made = make_items(cards, TABLES)
    assert [(item.position, item.item_id) for item in made] == [(1, "KIN01"), (2, "KIN02"), (3, "INT01")]
    assert (made[0].content["key"], made[0].content["proposed"]) == ("B", "D")
    assert made[0].content["options"] == ["A", "B", "C", "D"]
    assert made[2].content["options"] == []
    assert made[0].content["forms"] == [["K1", "1"]]
    assert made[0].content["flag"] == ""


def test_an_item_on_two_forms_is_one_item_with_the_worse_advice() -> None:
    cards = pd.DataFrame(
        [card("KIN01", "keep"), card("KIN01", "check_key", form="K2", position=7, html="<p>paket dua</p>")]
    )
    (item,) = make_items(cards, TABLES)
    assert item.content["recommendation"] == "check_key"
    assert item.content["forms"] == [["K1", "1"], ["K2", "7"]]
    assert "KIN01" in item.html
    assert "paket dua" in item.html


def test_cards_alone_are_enough() -> None:
    made = make_items(pd.DataFrame([card("KIN01", "baru")]), {name: pd.DataFrame() for name in TABLES})
    assert (made[0].content["recommendation"], made[0].content["options"]) == ("baru", [])


def test_a_run_leaves_every_card_for_the_page(pekalongan: Path) -> None:
    workspace = Workspace(pekalongan)
    cards = workspace.read("item_cards", ["instrument", "item_id", "recommendation", "run_id"])
    with closing(ItemStore(workspace.database_url)) as store:
        listed = store.items()
        first = store.item(listed[0].instrument, listed[0].item_id)
        assert store.runs() == set(cards["run_id"])
    assert {(item.instrument, item.item_id) for item in listed} == set(
        zip(cards["instrument"], cards["item_id"], strict=True)
    )
    assert first is not None
    assert first.item_id in first.html
    assert set(cards["recommendation"]) <= set(screen_words()["recommendations"])
