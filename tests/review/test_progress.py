"""Progress is a recount of the log, kept up event by event, and says nothing of what was voted."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.simulated_office import OFFICE, cast_votes
from workbench.review import pleno
from workbench.review.log import Event
from workbench.review.outcomes import Truth
from workbench.review.progress import STATUSES, ProgressReader
from workbench.review.store import Store

TIERS = ("pengawas", "administrator")


@pytest.fixture
def office(open_store: Callable[..., Store], made_up_case: Callable[..., Any]) -> Store:
    """Two votes a case, and three people who voted on most of forty cases."""
    store = open_store(votes_required=2, quorum=2)
    cases = [made_up_case(n, p=[0.0, 0.1, 0.0, 0.0, 0.5, 0.0, 0.0, 0.4, 0.0]) for n in range(1, 41)]
    store.replace_cases(cases, run="run-1")
    cast_votes(store, cases=30)
    return store


def test_the_numbers_equal_a_recount_of_the_log(office: Store) -> None:
    conflict = next(c for c, state in office.states().items() if state.status == "conflict")
    keys = {"actor": "dewi", "case_id": conflict, "reason": "berbeda"}
    pleno.bring_before(office, **keys, idempotency_key=secrets.token_hex(16))
    pleno.withdraw(office, **{**keys, "case_id": "K0040"}, idempotency_key=secrets.token_hex(16))
    progress = ProgressReader(office).read()

    votes, order = recounted(office.events())
    cases = Counter({"new": 40 - len(votes) - 1, "withdrawn": 1})
    for case_id, given in votes.items():
        chosen = [choice for choice in given.values() if choice[0] != "postpone"]
        complete = "agreed" if len(set(chosen)) == 1 else "conflict"
        status = complete if len(chosen) > 1 else "voting" if chosen else "postponed"
        status = "retest" if status == "agreed" and chosen[0][0] == "retest" else status
        cases["pleno" if case_id == conflict else status] += 1
    assert {name: n for name, n in progress.statuses.items() if n} == {name: n for name, n in cases.items() if n}
    assert list(progress.statuses) == list(STATUSES)
    assert progress.cases == 40
    assert progress.open == 40 - cases["agreed"] - cases["retest"] - 1
    for person in progress.people:
        own = [given[person.name][0] for given in votes.values() if person.name in given]
        assert person.votes == sum(action != "postpone" for action in own)
        assert person.postponed == own.count("postpone")
    assert {person.name for person in progress.people} == {person.name for person in OFFICE}
    on_outcome = [event for event in order if event.payload and event.payload["action"] != "postpone"]
    assert progress.votes == sum(choice[0] != "postpone" for given in votes.values() for choice in given.values())
    hour_ago = (progress.at - timedelta(hours=1)).isoformat()
    assert progress.hour == sum(event.at_utc > hour_ago for event in on_outcome)
    assert progress.to_settle["pleno"] == (int(conflict[1:]),)
    assert len(progress.to_settle["conflict"]) == cases["conflict"]


def recounted(events: list[Event]) -> tuple[dict[str, dict[str, tuple[Any, Any]]], list[Event]]:
    votes: dict[str, dict[str, tuple[Any, Any]]] = {}
    order = [event for event in events if event.kind == "vote"]
    for event in order:
        assert event.payload is not None
        votes.setdefault(event.case_id, {})[event.actor] = (event.payload["action"], event.payload["box"])
    return votes, order


def test_what_is_read_event_by_event_equals_what_is_read_at_once(
    office: Store, vote: Callable[..., tuple[int, bool]]
) -> None:
    kept = ProgressReader(office)
    at = datetime.now(UTC)
    before = kept.read(at)
    seq, _new = vote(office, 38, "ani")
    office.undo(actor="ani", case_id="K0038", seq=seq, idempotency_key=secrets.token_hex(16))
    vote(office, 39, "ani")
    vote(office, 39, "ani", box=7)
    after = kept.read(at)
    assert after == ProgressReader(office).read(at)
    assert after.seq == before.seq + 4
    assert after.votes == before.votes + 1
    assert after.statuses["voting"] == before.statuses["voting"] + 1


def test_groups_add_up_and_a_new_run_brings_its_cases(office: Store, made_up_case: Callable[..., Any]) -> None:
    reader = ProgressReader(office)
    first = reader.read()
    assert {name: sum(counts.values()) for name, counts in first.instansi.items()} == {"Instansi A": 40}
    assert first.jenjang == {"pengawas": first.statuses}
    office.replace_cases([made_up_case(n, run="run-2", box=4) for n in range(1, 6)], run="run-2", reason="kunci baru")
    second = reader.read()
    assert (second.run, second.cases, second.statuses["new"]) == ("run-2", 5, 5)


def test_cases_that_are_held_are_counted_until_the_lease_is_over(office: Store) -> None:
    office.claim(actor="budi", case_id="K0040")
    reader = ProgressReader(office)
    assert {p.name: p.held for p in reader.read().people}["budi"] == 1
    later = datetime.now(UTC) + timedelta(minutes=office.lease_minutes + 1)
    assert "budi" not in {p.name for p in reader.read(later).people}


def test_eighty_per_cent_of_the_errors_are_counted_over_what_is_reviewed(
    open_store: Callable[..., Store], made_up_case: Callable[..., Any], vote: Callable[..., tuple[int, bool]]
) -> None:
    store = open_store()
    risks = [0.5, 0.3, 0.1, 0.06, 0.04]
    store.replace_cases([made_up_case(n, risk=risk) for n, risk in enumerate(risks, 1)], run="run-1")
    reader = ProgressReader(store)
    most = reader.read().most
    assert most is not None
    assert (most.cases, most.votes) == (2, 2)  # .5 and .3 are 80 % of 1
    vote(store, 2)
    vote(store, 5)
    progress = reader.read()
    assert progress.errors is not None
    assert progress.errors.expected == pytest.approx(1)
    assert progress.errors.reviewed == pytest.approx(0.34)
    assert progress.most is not None
    assert progress.most.cases == 1  # .34 + .5 is enough
    vote(store, 1)
    assert (reader.read().most or most).votes == 0
    store.replace_cases([made_up_case(1, run="run-2", risk=None)], run="run-2", reason="galat tidak dinyatakan")
    unknown = reader.read()
    assert (unknown.most, unknown.errors) == (None, None)


def test_a_tier_that_asks_for_more_votes_waits_for_them(
    open_store: Callable[..., Store], made_up_case: Callable[..., Any], vote: Callable[..., tuple[int, bool]]
) -> None:
    store = open_store(votes_by_tier={"pengawas": 2})
    store.replace_cases([made_up_case(1), replace(made_up_case(2), jenjang="pelaksana")], run="run-1")
    reader = ProgressReader(store)
    assert reader.read().whole.votes == 3
    vote(store, 1)
    vote(store, 2)
    progress = reader.read()
    assert (progress.statuses["voting"], progress.statuses["agreed"], progress.whole.votes) == (1, 1, 1)


def test_known_cases_are_work_and_no_cases_of_the_round(
    open_store: Callable[..., Store], made_up_case: Callable[..., Any], vote: Callable[..., tuple[int, bool]]
) -> None:
    store = open_store(votes_required=2)
    cases = [made_up_case(n, risk=0.2) for n in range(1, 4)]
    store.replace_cases([*cases[:2], replace(cases[2], truth=Truth(box=8, in_pool=True))], run="run-1")
    reader = ProgressReader(store)
    before = reader.read()
    assert (before.cases, before.statuses["new"], before.whole.votes) == (2, 2, 4)
    vote(store, 3, "ani")
    vote(store, 3, "budi", box=1)
    after = reader.read()
    # Nobody can tell from the own count that the case is a known one; and nothing of the round has changed.
    assert [(person.name, person.votes) for person in after.people] == [("ani", 1), ("budi", 1)]
    assert (after.statuses, after.to_settle, after.errors) == (before.statuses, before.to_settle, before.errors)


def test_an_erased_payload_is_no_vote_in_force_but_was_work(
    store: Store, vote: Callable[..., tuple[int, bool]], address: str, tmp_path: Path
) -> None:
    seq, _new = vote(store, 1)
    with store.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE payloads SET payload_json = NULL WHERE seq = {seq}")
    progress = ProgressReader(store).read()
    assert (progress.votes, progress.hour, progress.statuses["new"]) == (0, 1, 8)
