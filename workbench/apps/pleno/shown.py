"""What the pleno's page shows of cases, votes, decisions and events: plain values, ready to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.review.cases import CaseHead
    from workbench.review.ledger import Ledger
    from workbench.review.log import Event
    from workbench.review.outcomes import PlenoDecision, State, Vote

__all__ = ["came_before_pleno", "decision_view", "event_view", "list_of", "row_view", "vote_view"]


def came_before_pleno(state: State) -> bool:
    """Return whether a case came before the pleno."""
    return state.status == "pleno" or state.pleno is not None


def list_of(ledger: Ledger, case_id: str, state: State) -> str:
    """Return the list that a case stands on; empty for none. Nothing of it tells of votes that are still blind."""
    if ledger.is_withdrawn(case_id):
        return "withdrawn"
    if state.pleno is not None:
        return "decided"
    if state.status == "pleno":
        return "open"
    return "conflict" if state.status == "conflict" and ledger.is_revealed(case_id) else ""


def row_view(head: CaseHead, state: State, ledger: Ledger) -> dict[str, Any]:
    """Return one row of a list."""
    decision = state.pleno
    return {
        "case_id": head.case_id,
        "position": head.position,
        "participant": head.participant_id,
        "instansi": head.instansi,
        "decision": 0 if decision is None else decision.seq,
        "action": "" if decision is None else decision.action,
        "box": None if decision is None else decision.box,
        "closed": ledger.is_closed(head.case_id),
    }


def vote_view(vote: Vote) -> dict[str, Any]:
    """Return one vote that is revealed."""
    return {
        "seq": vote.seq,
        "actor": vote.actor,
        "action": vote.action,
        "box": vote.box,
        "reason_code": vote.reason_code,
        "reason": vote.reason,
        "confidence": vote.confidence,
        "at_utc": vote.at_utc,
    }


def decision_view(decision: PlenoDecision) -> dict[str, Any]:
    """Return what the pleno decided."""
    return {
        "seq": decision.seq,
        "actor": decision.actor,
        "at_utc": decision.at_utc,
        "action": decision.action,
        "box": decision.box,
        "reason": decision.reason,
        "present": list(decision.present),
        "quorum": decision.quorum,
        "dissent": [list(pair) for pair in decision.dissent],
    }


def event_view(event: Event) -> dict[str, Any]:
    """Return one event of the history of a case; its reason is None where it was erased."""
    payload = event.payload or {}
    return {
        "seq": event.seq,
        "at_utc": event.at_utc,
        "actor": event.actor,
        "kind": event.kind,
        "action": payload.get("action", ""),
        "box": payload.get("box"),
        "reason": payload.get("reason"),
    }
