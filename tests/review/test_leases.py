"""Vote slots: no two people hold the same one, stale claims return by themselves, votes are blind until all are in."""

from __future__ import annotations

import secrets
import threading
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from workbench.apps.queue.model import QueueModel
from workbench.review import Store, leases
from workbench.review.schema import leases_table
from workbench.review.store import Case
from workbench.settings import Settings
from workbench.workspace import Workspace

VOTES = Callable[..., tuple[int, bool]]
TAKEN, COMPLETE = "sedang ditelaah orang lain", "sudah masuk dan tidak dapat diubah"


@pytest.fixture
def pair(open_store: Callable[..., Store], made_up_case: Callable[..., Case]) -> Store:
    store = open_store(votes_required=2, lease_minutes=30)
    store.replace_cases([made_up_case(n) for n in range(1, 5)], run="run-1")
    return store


def later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    moment = leases.now_utc() + timedelta(minutes=minutes)
    monkeypatch.setattr(leases, "now_utc", lambda: moment)


def slots(store: Store) -> list[tuple[int, str]]:
    with store.engine.connect() as connection:
        rows = connection.execute(select(leases_table).order_by(leases_table.c.slot)).all()
    return [(row.slot, row.actor) for row in rows]


def test_settings_reach_the_store(tmp_path) -> None:
    made = Settings(name="a", title="A", votes_required=2, lease_minutes=5, quorum=4)
    store = Store.of(Workspace.create(tmp_path / "a", made))
    assert (store.votes_required, store.lease_minutes, store.quorum) == (2, 5, 4)
    store.close()


def test_two_slots_are_held_by_two_people_and_no_third(pair: Store, vote: VOTES) -> None:
    pair.claim(actor="ani", case_id="K0001")
    pair.claim(actor="budi", case_id="K0001")
    pair.claim(actor="ani", case_id="K0001")
    assert sorted(slots(pair)) == [(1, "ani"), (2, "budi")]
    with pytest.raises(ValueError, match=TAKEN):
        pair.claim(actor="citra", case_id="K0001")
    with pytest.raises(ValueError, match=TAKEN):
        vote(pair, 1, "citra")
    assert (pair.taken("citra"), pair.taken("ani")) == ({"K0001"}, set())
    vote(pair, 1, "ani")
    assert slots(pair) == [(2, "budi")]
    with pytest.raises(ValueError, match=TAKEN):
        pair.claim(actor="citra", case_id="K0001")


def test_a_stale_claim_returns_by_itself(pair: Store, vote: VOTES, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.claim(actor="ani", case_id="K0001")
    vote(pair, 1, "budi")
    with pytest.raises(ValueError, match=TAKEN):
        pair.claim(actor="citra", case_id="K0001")
    later(monkeypatch, 30)
    assert pair.taken("citra") == set()
    pair.claim(actor="citra", case_id="K0001")
    assert slots(pair) == [(1, "citra")]
    with pytest.raises(ValueError, match=TAKEN):
        vote(pair, 1, "ani")


def test_who_comes_back_late_still_votes_while_the_slot_is_free(pair: Store, vote: VOTES, monkeypatch) -> None:
    pair.claim(actor="ani", case_id="K0001")
    later(monkeypatch, 500)
    assert vote(pair, 1, "ani") == (1, True)


def test_postponing_gives_the_slot_back(pair: Store, vote: VOTES) -> None:
    pair.claim(actor="ani", case_id="K0001")
    vote(pair, 1, "ani", action="postpone", box=None)
    assert slots(pair) == []
    assert pair.ledger().shown_to("ani", "K0001").status == "postponed"


def test_votes_are_blind_until_both_are_in_and_stand_then(pair: Store, vote: VOTES) -> None:
    first, _new = vote(pair, 1, "ani", box=8)
    unseen = pair.ledger().shown_to("budi", "K0001")
    assert unseen == pair.ledger().shown_to("budi", "K0002")
    vote(pair, 1, "ani", box=7)
    second, _new = vote(pair, 1, "budi", box=5)
    shown = pair.ledger().shown_to("budi", "K0001")
    assert (shown.status, [v.box for v in shown.votes]) == ("conflict", [7, 5])
    assert pair.ledger().shown_to("citra", "K0001") == shown
    with pytest.raises(ValueError, match=COMPLETE):
        vote(pair, 1, "budi", box=7)
    for actor, seq in (("ani", first + 1), ("budi", second)):
        with pytest.raises(ValueError, match=COMPLETE):
            pair.undo(actor=actor, case_id="K0001", seq=seq, idempotency_key=secrets.token_hex(16))
    with pytest.raises(ValueError, match=COMPLETE):
        vote(pair, 1, "citra", box=7)


def test_one_vote_each_as_before_needs_no_claim_and_stays_blind(store: Store, vote: VOTES) -> None:
    vote(store, 1, "ani")
    vote(store, 1, "budi", box=7)
    assert store.taken("citra") == set()
    assert [v.actor for v in store.ledger().shown_to("budi", "K0001").votes] == ["budi"]
    assert store.ledger().shown_to("citra", "K0001").votes == ()


def test_of_many_at_once_only_as_many_as_there_are_slots_get_one(pair: Store, open_store: Callable[..., Store]) -> None:
    got, refused, stores = [], [], [open_store(votes_required=2) for _ in range(6)]
    gate = threading.Barrier(len(stores))

    def rush(number: int) -> None:
        gate.wait()
        try:
            stores[number].claim(actor=f"orang {number}", case_id="K0001")
            got.append(number)
        except ValueError as problem:
            refused.append(str(problem))

    threads = [threading.Thread(target=rush, args=(n,)) for n in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 2
    assert [TAKEN in sentence for sentence in refused] == [True] * 4
    assert [slot for slot, _actor in slots(pair)] == [1, 2]


def test_a_new_run_ends_all_claims(pair: Store, made_up_case: Callable[..., Case]) -> None:
    pair.claim(actor="ani", case_id="K0001")
    pair.replace_cases([made_up_case(1, run="run-2")], run="run-2")
    assert slots(pair) == []


def test_a_case_that_does_not_exist_is_not_claimed(pair: Store) -> None:
    with pytest.raises(ValueError, match="K0099"):
        pair.claim(actor="ani", case_id="K0099")


def test_pages_of_three_people_pass_by_what_others_look_at(pair: Store, vote: VOTES) -> None:
    pages = {name: QueueModel(pair, actor=name, account="kantor", title="P") for name in ("ani", "budi")}
    assert [page.view()["case"]["case_id"] for page in pages.values()] == ["K0001", "K0001"]
    third = QueueModel(pair, actor="citra", account="kantor", title="P")
    assert third.view()["case"]["case_id"] == "K0002"
    vote(pair, 1, "ani")
    vote(pair, 1, "budi")
    assert (third.view()["done"], third.handle({"kind": "next"})["case"]["case_id"]) == (1, "K0003")


def test_a_tier_may_ask_for_more_votes(
    open_store: Callable[..., Store], vote: Callable[..., Any], made_up_case: Callable[..., Any]
) -> None:
    store = open_store(votes_required=1, votes_by_tier={"jpt_pratama": 2})
    high = replace(made_up_case(2), jenjang="jpt_pratama")
    store.replace_cases([made_up_case(1), high], run="run-1")
    for number in (1, 2):
        vote(store, number, "ani")
    assert [store.state(f"K000{n}").status for n in (1, 2)] == ["agreed", "voting"]
    # Blind and by slots where two decide, open where one does.
    assert store.ledger().shown_to("budi", "K0002").status == "new"
    store.claim(actor="budi", case_id="K0002")
    assert store.taken("citra") == {"K0002"}
    with pytest.raises(ValueError, match="sedang ditelaah orang lain"):
        vote(store, 2, "citra")
    vote(store, 1, "citra")
    vote(store, 2, "budi")
    assert store.state("K0002").status == "agreed"


def test_a_run_that_moves_a_person_to_another_tier_moves_the_number_of_votes(
    open_store: Callable[..., Store], vote: Callable[..., Any], made_up_case: Callable[..., Any]
) -> None:
    settings = {"votes_required": 2, "votes_by_tier": {"jpt_pratama": 1}}
    store, other = open_store(**settings), open_store(**settings)
    store.replace_cases([made_up_case(1)], run="run-1")
    vote(store, 1, "ani")
    assert [one.state("K0001").status for one in (store, other)] == ["voting"] * 2
    moved = replace(made_up_case(1, run="run-2"), jenjang="jpt_pratama")
    store.replace_cases([moved], run="run-2", reason="jenjang diperbaiki")
    assert [one.state("K0001").status for one in (store, other)] == ["agreed"] * 2


def test_votes_by_tier_are_settings() -> None:
    made = Settings(name="a", title="A", votes_by_tier={"jpt_pratama": 2})
    assert Settings(**tomllib.loads(made.to_toml())) == made
    with pytest.raises(ValueError, match="votes_by_tier"):
        Settings(name="a", title="A", votes_by_tier={"jpt_pratama": 0})
