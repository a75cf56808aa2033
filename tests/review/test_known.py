"""Known cases measure the review and count for nothing else, whoever asks; which they are stands in the log first."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.reports.log_export import export_log
from workbench.review import Store, log, pleno
from workbench.review.decisions import collect_minutes, final_boxes, record_minutes, replay, reviews_of
from workbench.review.ledger import ERASURE, KNOWN, Ledger
from workbench.review.outcomes import Truth
from workbench.review.progress import ProgressReader
from workbench.review.store import Case
from workbench.settings import Settings
from workbench.workspace import Workspace

KNOWN_NUMBERS = (3, 6)
VOTES = Callable[..., tuple[int, bool]]
BOXES = pd.DataFrame(
    {
        "participant_id": [f"P{n:04d}" for n in range(1, 9)],
        "instansi": "Instansi A",
        "box": 5,
        "withheld_reason": "",
        "run_id": "run-1",
    }
)


def queue(
    made_up_case: Callable[..., Case], run: str = "run-1", truth: Truth | None = None, **changed: Any
) -> list[Case]:
    told = truth or Truth(8, True)
    return [
        replace(made_up_case(n, run=run, **changed), truth=told if n in KNOWN_NUMBERS else None) for n in range(1, 9)
    ]


@pytest.fixture
def store(open_store: Callable[..., Store], made_up_case: Callable[..., Case]) -> Store:
    opened = open_store()
    opened.replace_cases(queue(made_up_case), run="run-1")
    return opened


@pytest.fixture
def pair(open_store: Callable[..., Store], made_up_case: Callable[..., Case]) -> Store:
    opened = open_store(votes_required=2)
    opened.replace_cases(queue(made_up_case), run="run-1")
    return opened


def sign(store: Store) -> None:
    minutes = collect_minutes(
        store, BOXES, title="Putaran", rules=(), made_by="eko", account="kantor", at_utc="", inputs={}
    )
    record_minutes(store, minutes, b"halaman", {})


def test_whoever_asks_for_cases_gets_those_of_people(store: Store) -> None:
    people = [f"K{n:04d}" for n in range(1, 9) if n not in KNOWN_NUMBERS]
    assert [c.case_id for c in store.cases()] == people
    assert [case_id for case_id, _place in store.case_heads()] == people
    assert list(store.participants()) == people
    assert [head.case_id for head in store.heads()] == people
    assert store.count_cases() == len(people)
    assert store.case("K0003") is None
    with pytest.raises(ValueError, match="K0003"):
        store.required_case("K0003")


def test_a_reviewer_meets_them_where_they_stand(store: Store) -> None:
    assert [place for _case_id, place in store.case_heads(known=True)] == list(range(1, 9))
    assert {c.case_id for c in store.cases(known=True) if c.truth == Truth(8, True)} == {"K0003", "K0006"}
    assert "truth" not in repr(store.required_case("K0003", known=True).content)


def test_which_cases_are_known_is_in_the_log_before_any_vote(store: Store, vote: VOTES) -> None:
    vote(store, 3)
    first, second = store.events()
    assert (first.kind, second.kind, second.case_id) == (KNOWN, "vote", "K0003")
    assert first.payload == {"run": "run-1", "cases": {c: {"box": 8, "in_pool": True} for c in ("K0003", "K0006")}}
    assert "known" not in (second.payload or {})
    assert store.verify().sound


def test_nobodys_case_can_be_declared_a_known_one_later(store: Store, vote: VOTES) -> None:
    vote(store, 1)
    payload = {"run": "run-1", "cases": {"K0001": {"box": 5, "in_pool": False}}}
    log.append(store.engine, actor="x", role="system", kind=KNOWN, payload=payload)
    assert store.state("K0001").status == "agreed"
    assert list(store.states()) == ["K0001"]


def test_votes_on_them_are_no_votes_of_the_review(store: Store, vote: VOTES) -> None:
    vote(store, 3)
    ledger = store.ledger()
    assert (ledger.has_votes, ledger.states(), ledger.about_cases) == (False, {}, 0)
    assert ledger.known_states()["K0003"].box == 8
    assert list(ledger.own("ani")) == ["K0003"]  # the page of the reviewer shows it like any other
    with pytest.raises(ValueError, match="Belum ada kasus yang diputuskan"):
        sign(store)


def test_minutes_and_final_boxes_do_not_know_them(store: Store, vote: VOTES, address: str) -> None:
    for number in (1, 2, 3):
        vote(store, number)
    final = final_boxes(store, BOXES).set_index("participant_id")
    assert list(final.index[final["changed"]]) == ["P0001", "P0002"]
    minutes = collect_minutes(store, BOXES, title="", rules=(), made_by="eko", account="", at_utc="", inputs={})
    assert [d.case_id for d in minutes.decisions] == ["K0001", "K0002"]
    assert (minutes.queue, minutes.counts[7]) == (6, (8, 0, 2))
    assert {reviewer.name: reviewer.votes for reviewer in minutes.people} == {"ani": 2, "eko": 0}
    sign(store)
    assert reviews_of(address, "P0003", signed=True)[1] == []


def test_a_vote_on_a_known_case_leaves_what_is_signed_signed(store: Store, vote: VOTES) -> None:
    vote(store, 1)
    sign(store)
    vote(store, 6)
    assert replay(store, BOXES)[0]
    vote(store, 2)
    assert not replay(store, BOXES)[0]


def test_settled_known_cases_close_with_the_minutes_as_those_of_people_do(store: Store, vote: VOTES) -> None:
    for number in (1, 3):
        vote(store, number)
    sign(store)
    for number in (1, 3):
        with pytest.raises(ValueError, match="berita acara"):
            vote(store, number, "budi")
    for number in (2, 6):
        vote(store, number, "budi")
    assert store.state("K0003").status == store.state("K0001").status == "minuted"
    assert store.ledger().known_states()["K0003"].box == 8


def test_no_pleno_hears_of_them(pair: Store, vote: VOTES) -> None:
    vote(pair, 3)
    vote(pair, 3, "budi", box=5)
    assert pair.ledger().known_states()["K0003"].status == "conflict"
    assert pair.states() == {}
    key = secrets.token_hex(16)
    with pytest.raises(ValueError, match="K0003"):
        pleno.bring_before(pair, actor="dewi", case_id="K0003", reason="bahas", idempotency_key=key)
    with pytest.raises(ValueError, match="K0003"):
        pleno.withdraw(pair, actor="dewi", case_id="K0003", reason="bahas", idempotency_key=key)


def test_slots_and_leases_hold_for_them(pair: Store, vote: VOTES) -> None:
    for actor in ("ani", "budi"):
        pair.claim(actor=actor, case_id="K0003")
    assert pair.taken("citra") == {"K0003"}
    with pytest.raises(ValueError, match="ditelaah orang lain"):
        pair.claim(actor="citra", case_id="K0003")
    vote(pair, 3)
    vote(pair, 3, "budi")
    with pytest.raises(ValueError, match="sudah masuk"):
        vote(pair, 3, "citra")
    assert pair.ledger().shown_to("ani", "K0003").status == "agreed"


def test_a_new_run_needs_no_reason_for_votes_on_known_cases(
    store: Store, vote: VOTES, made_up_case: Callable[..., Case]
) -> None:
    vote(store, 3)
    assert store.replace_cases(queue(made_up_case, "run-2"), run="run-2") == ([], [])
    assert [e.kind for e in store.events()] == [KNOWN, "vote"]
    assert store.ledger().known_states()["K0003"].box == 8
    # Where the twin was made anew, another truth belongs to the same name, and the vote was about the old one.
    store.replace_cases(queue(made_up_case, "run-3", truth=Truth(5, False)), run="run-3")
    assert [e.kind for e in store.events()] == [KNOWN, "vote", KNOWN]
    assert store.ledger().known_states() == {}
    assert store.verify().sound


def test_the_exported_log_says_which_events_are_about_known_cases(
    tmp_path: Path, vote: VOTES, made_up_case: Callable[..., Case]
) -> None:
    workspace = Workspace.create(tmp_path / "putaran", Settings(name="putaran", title="Putaran"))
    with closing(Store.of(workspace)) as store:
        store.replace_cases(queue(made_up_case), run="run-1")
        vote(store, 1)
        vote(store, 3)
    export_log(workspace, tmp_path / "log.jsonl")
    lines = pd.read_json(tmp_path / "log.jsonl", lines=True)
    assert list(zip(lines["case_id"], lines["known"], strict=True)) == [("", True), ("K0001", False), ("K0003", True)]


def test_who_saw_the_box_is_written_with_each_vote(
    store: Store, vote: VOTES, made_up_case: Callable[..., Case]
) -> None:
    store.replace_cases(queue(made_up_case, "run-2", hidden=True), run="run-2")
    vote(store, 1, action="postpone", box=None)
    seq, _new = vote(store, 1)
    vote(store, 1, "budi")
    store.undo(actor="ani", case_id="K0001", seq=seq, idempotency_key=secrets.token_hex(16))
    vote(store, 1)  # the box has been seen by now
    written = [(e.actor, e.payload["hidden"]) for e in store.events() if e.kind == "vote" and e.payload]
    assert written == [("ani", True), ("ani", True), ("budi", True), ("ani", False)]
    assert [vote.hidden for vote in store.state("K0001").votes] == [True, False]


def test_what_was_seen_is_the_same_before_and_after_an_erasure(store: Store, vote: VOTES) -> None:
    vote(store, 1, action="postpone", box=None)
    live = store.ledger()
    assert not live.has_voted("ani", "K0001")
    log.append(store.engine, actor="x", role="administrator", kind=ERASURE, case_id="K0001", payload={})
    events = store.events()
    live.take(events[-1:])
    again = Ledger()
    again.take(replace(e, payload=None) if e.kind == "vote" else e for e in events)
    assert live.has_voted("ani", "K0001")
    assert again.has_voted("ani", "K0001")
    assert live.states() == again.states() == {}


def test_votes_of_before_boxes_were_hidden_saw_them(store: Store) -> None:
    payload = {"action": "box", "box": 8, "reason_code": "evidence", "reason": "lama", "confidence": 2}
    payload |= {"stated": 5, "risk": 0.4}
    log.append(store.engine, actor="ani", role="assessor", kind="vote", case_id="K0001", payload=payload)
    assert [vote.hidden for vote in store.state("K0001").votes] == [False]


def test_the_chairs_progress_counts_cases_of_people_alone(store: Store, vote: VOTES) -> None:
    for number in (1, 3):
        vote(store, number)
    progress = ProgressReader(store).read()
    assert sum(progress.statuses.values()) == store.count_cases()
    assert progress.statuses["agreed"] == 1
    # Who voted may compare the count with the own page, which must not tell which of the cases are known.
    assert [(person.name, person.votes) for person in progress.people] == [("ani", 2)]
