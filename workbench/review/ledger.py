"""The present state of every case: a fold over the events of the log, kept event by event.

Imported by the kernel of the review page, which must be usable in a few seconds: nothing here may import NumPy, pandas
or pandera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.review.log import GENESIS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.review.log import Event

__all__ = ["ITEM_DECISION", "ITEM_UNDO", "Ledger", "State", "Vote"]

# What is decided about items stands in the same log and changes no case: a key takes effect by a new run.
ITEM_DECISION, ITEM_UNDO = "item_decision", "item_undo"


@dataclass(frozen=True)
class Vote:
    """One vote in force.

    Attributes
    ----------
    seq : int
        Number of its event.
    case_id, actor, at_utc : str
    action : str
        ``box``, ``retest`` or ``postpone``.
    box : int or None
    reason_code, reason : str
    confidence : int
        1 unsure to 3 sure.
    stated : int
        The stated box when the vote was given.
    risk : float or None
        The risk when the vote was given; None where none was known.
    """

    seq: int
    case_id: str
    actor: str
    at_utc: str
    action: str
    box: int | None
    reason_code: str
    reason: str
    confidence: int
    stated: int
    risk: float | None


@dataclass(frozen=True)
class State:
    """State of one case.

    Attributes
    ----------
    status : str
        new, voting, agreed, conflict, postponed, retest, minuted.
    votes : tuple of Vote
        In force, by time.
    box : int or None
        The decided box, where the votes agree on one.
    """

    status: str
    votes: tuple[Vote, ...]
    box: int | None


class Ledger:
    """State of every case after a number of events.

    A vote replaces the same person's earlier one. ``undo`` withdraws the vote it names. ``reopen``, written when a run
    replaced the boxes, withdraws every vote on the cases it lists and ends the minutes. ``minutes`` closes the cases it
    lists: what is signed stays as it was signed, whatever follows. Postponing is not a vote on the outcome.

    Parameters
    ----------
    votes_required : int
        Votes that decide a case.

    Attributes
    ----------
    seq : int
        Number of the last event taken in.
    head : str
        Its hash.
    about_cases : int
        Number of the last event that is not about an item.
    minutes : Event or None
        The last minuting event that no reopening ended.
    had_minutes : bool
        Whether there was ever one.
    """

    def __init__(self, votes_required: int = 1) -> None:
        self.votes_required = votes_required
        self.seq = 0
        self.head = GENESIS
        self.about_cases = 0
        self.minutes: Event | None = None
        self.had_minutes = False
        self._closed: dict[str, int | None] = {}
        self._by_case: dict[str, dict[str, Vote]] = {}
        self._by_actor: dict[str, dict[str, Vote]] = {}

    def take(self, events: Iterable[Event]) -> None:
        """Take in the next events, in order."""
        for event in events:
            self.seq, self.head = event.seq, event.hash
            if event.kind not in (ITEM_DECISION, ITEM_UNDO):
                self.about_cases = event.seq
            if event.kind == "vote":
                self._vote(event)
            elif event.kind == "undo":
                self._undo(event)
            elif event.kind == "reopen":
                self._reopen(event)
            elif event.kind == "minutes":
                self._close(event)

    def state(self, case_id: str) -> State:
        """Return the state of one case."""
        votes = tuple(self._by_case.get(case_id, {}).values())
        decisive = [vote for vote in votes if vote.action != "postpone"]
        choices = {(vote.action, vote.box) for vote in decisive}
        enough = bool(decisive) and len(decisive) >= self.votes_required
        box = decisive[0].box if enough and len(choices) == 1 else None
        if case_id in self._closed:
            # A vote whose payload was erased counts as it was signed.
            return State("minuted", votes, self._closed[case_id] if box is None else box)
        if not votes:
            return State("new", votes, None)
        if not decisive:
            return State("postponed", votes, None)
        if not enough:
            return State("voting", votes, None)
        if len(choices) > 1:
            return State("conflict", votes, None)
        return State("agreed" if box is not None else "retest", votes, box)

    def states(self) -> dict[str, State]:
        """Return the state of every case that has a vote in force or is closed."""
        known = [case_id for case_id, votes in self._by_case.items() if votes or case_id in self._closed]
        known += [case_id for case_id in self._closed if case_id not in self._by_case]
        return {case_id: self.state(case_id) for case_id in known}

    def own(self, actor: str) -> dict[str, Vote]:
        """Return one person's votes in force by case, the earliest first."""
        return self._by_actor.get(actor, {})

    def is_closed(self, case_id: str) -> bool:
        """Return whether a case stands in the minutes in force."""
        return case_id in self._closed

    @property
    def has_votes(self) -> bool:
        """Whether any vote is in force."""
        return any(self._by_actor.values())

    def _vote(self, event: Event) -> None:
        if event.case_id in self._closed:
            return
        self._withdraw(event.case_id, event.actor)
        payload = event.payload
        if payload is None:
            return
        vote = Vote(
            event.seq,
            event.case_id,
            event.actor,
            event.at_utc,
            payload["action"],
            payload["box"],
            payload["reason_code"],
            payload["reason"],
            payload["confidence"],
            payload["stated"],
            payload["risk"],
        )
        self._by_case.setdefault(event.case_id, {})[event.actor] = vote
        self._by_actor.setdefault(event.actor, {})[event.case_id] = vote

    def _undo(self, event: Event) -> None:
        vote = self._by_case.get(event.case_id, {}).get(event.actor)
        meant = None if event.payload is None else event.payload["supersedes"]
        if vote is not None and meant in (None, vote.seq) and event.case_id not in self._closed:
            self._withdraw(event.case_id, event.actor)

    def _reopen(self, event: Event) -> None:
        self._closed, self.minutes = {}, None
        for case_id in (event.payload or {}).get("cases", []):
            for actor in list(self._by_case.get(case_id, {})):
                self._withdraw(case_id, actor)

    def _close(self, event: Event) -> None:
        self.minutes, self.had_minutes = event, True
        self._closed = dict((event.payload or {}).get("cases", {}))

    def _withdraw(self, case_id: str, actor: str) -> None:
        self._by_case.get(case_id, {}).pop(actor, None)
        self._by_actor.get(actor, {}).pop(case_id, None)
