"""The present state of every case, against a plain reading of the same events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbench.review.ledger import Ledger
from workbench.review.log import Event

PEOPLE = ("ani", "budi", "citra")
CASES = ("K1", "K2", "K3")


def event(seq: int, kind: str, actor: str = "", case_id: str = "", payload: dict[str, Any] | None = None) -> Event:
    return Event(seq, f"t{seq}", actor, "role", case_id, kind, payload, f"h{seq - 1}", f"h{seq}")


def ballot(action: str, box: int | None) -> dict[str, Any]:
    words = {"reason_code": "level", "reason": "dekat batas", "confidence": 2, "stated": 5, "risk": 0.3}
    return {"action": action, "box": box, **words}


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events as the store can write them, and some that it refuses: the fold must bear both."""
    events: list[Event] = []
    for seq in range(1, draw(st.integers(0, 25)) + 1):
        kind = draw(st.sampled_from(["vote"] * 6 + ["undo", "undo", "reopen", "minutes", "vote erased"]))
        actor, case_id = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(CASES))
        if kind == "vote":
            action = draw(st.sampled_from(["box", "box", "box", "retest", "postpone"]))
            payload = ballot(action, draw(st.integers(4, 6)) if action == "box" else None)
            events.append(event(seq, "vote", actor, case_id, payload))
        elif kind == "vote erased":
            events.append(event(seq, "vote", actor, case_id, None))
        elif kind == "undo":
            events.append(event(seq, "undo", actor, case_id, {"supersedes": draw(st.integers(1, seq))}))
        elif kind == "reopen":
            events.append(event(seq, "reopen", "workbench", "", {"cases": draw(st.lists(st.sampled_from(CASES)))}))
        else:
            closed = {c: draw(st.sampled_from([None, 4, 5])) for c in draw(st.sets(st.sampled_from(CASES)))}
            events.append(event(seq, "minutes", actor, "", {"cases": closed}))
    return events


def plain_reading(events: Sequence[Event], case_id: str, required: int) -> tuple[str, set[int], int | None]:
    """Status, votes in force and decided box of one case, read the slow way: from the last event backwards."""
    closing = next((e for e in reversed(events) if e.kind in {"minutes", "reopen"}), None)
    closed = closing.payload["cases"] if closing is not None and closing.kind == "minutes" else {}
    votes: list[Event] = []
    for actor in PEOPLE:
        for number, e in reversed(list(enumerate(events))):
            if e.kind == "reopen" and case_id in e.payload["cases"]:
                break
            if e.kind != "vote" or (e.actor, e.case_id) != (actor, case_id) or was_closed(events[:number], case_id):
                continue
            undone = any(
                later.kind == "undo"
                and (later.actor, later.case_id) == (actor, case_id)
                and later.payload["supersedes"] == e.seq
                and not was_closed(events[:at], case_id)
                for at, later in enumerate(events)
                if at > number
            )
            if not undone and e.payload is not None:
                votes.append(e)
            break
    decisive = [v.payload for v in votes if v.payload["action"] != "postpone"]
    alike = len({(p["action"], p["box"]) for p in decisive}) == 1
    box = decisive[0]["box"] if len(decisive) >= required and alike else None
    seqs = {v.seq for v in votes}
    if case_id in closed:
        return "minuted", seqs, closed[case_id] if box is None else box
    if not votes:
        return "new", seqs, None
    if not decisive:
        return "postponed", seqs, None
    if len(decisive) < required:
        return "voting", seqs, None
    if not alike:
        return "conflict", seqs, None
    return ("agreed" if decisive[0]["action"] == "box" else "retest"), seqs, box


def was_closed(events: Sequence[Event], case_id: str) -> bool:
    last = next((e for e in reversed(events) if e.kind in {"minutes", "reopen"}), None)
    return last is not None and last.kind == "minutes" and case_id in last.payload["cases"]


@given(histories(), st.integers(1, 3))
def test_state_is_what_a_plain_reading_gives(events: list[Event], required: int) -> None:
    ledger = Ledger(required)
    ledger.take(events)
    for case_id in CASES:
        state = ledger.state(case_id)
        assert (state.status, {v.seq for v in state.votes}, state.box) == plain_reading(events, case_id, required)


@given(histories(), st.integers(1, 3), st.integers(0, 25))
def test_event_by_event_is_the_same_as_all_at_once(events: list[Event], required: int, at: int) -> None:
    whole, parts = Ledger(required), Ledger(required)
    whole.take(events)
    parts.take(events[:at])
    parts.take(events[at:])
    assert parts.states() == whole.states()
    assert {a: list(parts.own(a)) for a in PEOPLE} == {a: list(whole.own(a)) for a in PEOPLE}
    assert (parts.seq, parts.head, parts.minutes) == (whole.seq, whole.head, whole.minutes)


@given(histories())
def test_own_votes_and_votes_of_cases_are_the_same_votes(events: list[Event]) -> None:
    ledger = Ledger()
    ledger.take(events)
    by_case = {(v.case_id, v.actor, v.seq) for state in ledger.states().values() for v in state.votes}
    by_actor = {(v.case_id, v.actor, v.seq) for actor in PEOPLE for v in ledger.own(actor).values()}
    assert by_case == by_actor
    assert ledger.has_votes == bool(by_case)


def test_postponing_is_no_vote_on_the_outcome() -> None:
    ledger = Ledger()
    ledger.take([event(1, "vote", "ani", "K1", ballot("postpone", None))])
    assert ledger.state("K1").status == "postponed"
    ledger.take([event(2, "vote", "budi", "K1", ballot("box", 8))])
    assert (ledger.state("K1").status, ledger.state("K1").box) == ("agreed", 8)


def test_signed_stays_as_it_was_signed_also_without_its_payload() -> None:
    erased = [event(1, "vote", "ani", "K1", None), event(2, "minutes", "ani", "", {"cases": {"K1": 8}})]
    ledger = Ledger()
    ledger.take(erased)
    assert (ledger.state("K1").status, ledger.state("K1").box) == ("minuted", 8)
