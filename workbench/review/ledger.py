"""The present state of every case: a fold over the events of the log, kept event by event.

Imported by the kernel of the review page, which must be usable in a few seconds: nothing here may import NumPy, pandas
or pandera.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.review.log import GENESIS
from workbench.review.outcomes import PlenoDecision, State, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.review.log import Event

__all__ = ["ERASURE", "ITEM_DECISION", "ITEM_UNDO", "KNOWN", "Ledger"]

# What is decided about items stands in the same log and changes no case: a key takes effect by a new run.
ITEM_DECISION, ITEM_UNDO = "item_decision", "item_undo"
# That payloads were erased changes nothing that is signed.
ERASURE = "erasure"
# Which cases are known stands in the log before anybody votes on them, so that no vote can be declared one later.
KNOWN = "known"
_NOT_ABOUT_CASES = (ITEM_DECISION, ITEM_UNDO, ERASURE, KNOWN)


class Ledger:
    """State of every case after a number of events.

    A vote replaces the same person's earlier one. ``undo`` withdraws the vote it names. ``reopen``, written when a run
    replaced the boxes, withdraws every vote on the cases it lists and ends the minutes. ``minutes`` closes the cases it
    lists: what is signed stays as it was signed, whatever follows. Postponing is not a vote on the outcome. ``pleno``
    puts a case before the pleno and ends the voting on it; ``decision`` is what the pleno decides, a later one in the
    place of an earlier. ``withdraw`` takes a case out of the review for good. ``erasure`` says that votes and decisions
    on a case are no longer readable: they count no more, except in what is signed. ``known`` names cases that stand in
    the queue to measure the review; they count for nothing else, and nobody's case can become one.

    Parameters
    ----------
    votes_required : int
        Votes that decide a case.

    Attributes
    ----------
    votes_of : mapping of str to int
        The same for single cases, where their tier asks for another number.
    seq : int
        Number of the last event taken in.
    head : str
        Its hash.
    about_cases : int
        Number of the last event that is neither about an item, nor about a known case, nor about what was erased.
    truths : dict of str to dict
        Every known case there ever was, with what is true of it.
    minutes : Event or None
        The last minuting event that no reopening ended.
    had_minutes : bool
        Whether there was ever one.
    """

    def __init__(self, votes_required: int = 1) -> None:
        self.votes_required = votes_required
        self.votes_of: Mapping[str, int] = {}
        self.seq = 0
        self.head = GENESIS
        self.about_cases = 0
        self.minutes: Event | None = None
        self.had_minutes = False
        self.truths: dict[str, dict[str, Any]] = {}
        self._people: set[str] = set()
        self._voted: set[tuple[str, str]] = set()
        self._postponed: set[tuple[str, str]] = set()
        self._closed: dict[str, int | None] = {}
        self._pleno: set[str] = set()
        self._decided: dict[str, PlenoDecision] = {}
        self._withdrawn: dict[str, tuple[str, str]] = {}
        self._by_case: dict[str, dict[str, Vote]] = {}
        self._by_actor: dict[str, dict[str, Vote]] = {}

    def required(self, case_id: str) -> int:
        """Return how many votes decide a case; from two on they are blind until all are in."""
        return self.votes_of.get(case_id, self.votes_required)

    def take(self, events: Iterable[Event]) -> None:
        """Take in the next events, in order; one that cannot be read stays the next."""
        for event in events:
            if event.kind not in _NOT_ABOUT_CASES and event.case_id not in self.truths:
                self.about_cases = event.seq
                self._people.add(event.case_id)
            if event.kind == "vote":
                self._vote(event)
            elif event.kind == "undo":
                self._undo(event)
            elif event.kind == "reopen":
                self._reopen(event)
            elif event.kind == "minutes":
                self._close(event)
            elif event.kind == "pleno":
                self._pleno.add(event.case_id)
            elif event.kind == "decision":
                self._decide(event)
            elif event.kind == ERASURE:
                self._forget(event)
            elif event.kind == "withdraw" and event.case_id not in self._closed:
                self._withdrawn[event.case_id] = (event.actor, (event.payload or {}).get("reason", ""))
            elif event.kind == KNOWN:
                self._know(event)
            self.seq, self.head = event.seq, event.hash

    def state(self, case_id: str) -> State:
        """Return the state of one case."""
        votes = tuple(self._by_case.get(case_id, {}).values())
        decisive = [vote for vote in votes if vote.action != "postpone"]
        choices = {(vote.action, vote.box) for vote in decisive}
        enough = bool(decisive) and len(decisive) >= self.required(case_id)
        pleno = self._decided.get(case_id)
        box = decisive[0].box if enough and len(choices) == 1 else None
        box = box if pleno is None else pleno.box
        if case_id in self._closed:
            # What was erased since counts as it was signed.
            return State("minuted", votes, self._closed[case_id] if box is None else box, pleno)
        if case_id in self._withdrawn:
            return State("withdrawn", votes, None, pleno, self._withdrawn[case_id])
        if pleno is not None:
            status = {"box": "decided", "retest": "retest", "withdraw": "withdrawn"}[pleno.action]
            return State(status, votes, box, pleno)
        if case_id in self._pleno:
            return State("pleno", votes, None)
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
        """Return the state of every case that has a vote in force, came to the pleno, was withdrawn or is closed.

        Without the known cases.
        """
        found = dict.fromkeys(case_id for case_id, votes in self._by_case.items() if votes)
        for others in (self._closed, sorted(self._pleno), self._decided, sorted(self._withdrawn)):
            found |= dict.fromkeys(others)
        return {case_id: self.state(case_id) for case_id in found if case_id not in self.truths}

    def known_states(self) -> dict[str, State]:
        """Return the state of every known case that has a vote in force."""
        return {case_id: self.state(case_id) for case_id in self.truths if self._by_case.get(case_id)}

    def shown_to(self, actor: str, case_id: str) -> State:
        """Return the state of a case as one person may see it: without the votes of others while they are blind.

        Nothing tells whether others have voted. Where one vote decides, votes stay blind until the case is before the
        pleno or in the minutes, because everybody may still vote.
        """
        if self.is_revealed(case_id):
            return self.state(case_id)
        vote = self.own(actor).get(case_id)
        if vote is None:
            return State("new", (), None)
        return State("postponed" if vote.action == "postpone" else "voting", (vote,), None)

    def is_revealed(self, case_id: str) -> bool:
        """Return whether the votes on a case may be seen by others than those who gave them."""
        return self.is_fixed(case_id) or (self.required(case_id) > 1 and self.is_complete(case_id))

    def own(self, actor: str) -> dict[str, Vote]:
        """Return one person's votes in force by case, the earliest first, those on known cases among them."""
        return self._by_actor.get(actor, {})

    def has_voted(self, actor: str, case_id: str) -> bool:
        """Return whether a person ever voted on the outcome of a case, whatever became of the vote."""
        return (actor, case_id) in self._voted

    def is_closed(self, case_id: str) -> bool:
        """Return whether a case stands in the minutes in force."""
        return case_id in self._closed

    def is_fixed(self, case_id: str) -> bool:
        """Return whether the voting on a case is over: before the pleno, decided, withdrawn, or in the minutes."""
        return case_id in self._closed or case_id in self._pleno or case_id in self._withdrawn

    def is_withdrawn(self, case_id: str) -> bool:
        """Return whether a case was taken out of the review."""
        return case_id in self._withdrawn

    def voters(self, case_id: str) -> frozenset[str]:
        """Return who has a vote on the outcome of a case in force."""
        votes = self._by_case.get(case_id, {})
        return frozenset(actor for actor, vote in votes.items() if vote.action != "postpone")

    def is_complete(self, case_id: str) -> bool:
        """Return whether a case has all its votes, or will get no more."""
        return self.is_fixed(case_id) or len(self.voters(case_id)) >= self.required(case_id)

    @property
    def has_votes(self) -> bool:
        """Whether any vote or decision of the pleno is in force, but for those on known cases."""
        voted = any(votes for case_id, votes in self._by_case.items() if case_id not in self.truths)
        return voted or bool(self._decided)

    def _vote(self, event: Event) -> None:
        if self.is_fixed(event.case_id):
            return
        self._withdraw(event.case_id, event.actor)
        payload = event.payload
        outcome = payload is None or payload["action"] != "postpone"
        (self._voted if outcome else self._postponed).add((event.actor, event.case_id))
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
            payload.get("hidden", False),
        )
        self._by_case.setdefault(event.case_id, {})[event.actor] = vote
        self._by_actor.setdefault(event.actor, {})[event.case_id] = vote

    def _undo(self, event: Event) -> None:
        vote = self._by_case.get(event.case_id, {}).get(event.actor)
        meant = None if event.payload is None else event.payload["supersedes"]
        if vote is not None and meant in (None, vote.seq) and not self.is_fixed(event.case_id):
            self._withdraw(event.case_id, event.actor)

    def _decide(self, event: Event) -> None:
        if event.case_id in self._closed:
            return
        self._pleno.add(event.case_id)
        self._decided.pop(event.case_id, None)
        payload = event.payload
        if payload is None:
            return
        self._decided[event.case_id] = PlenoDecision(
            event.seq,
            event.case_id,
            event.actor,
            event.at_utc,
            payload["action"],
            payload["box"],
            payload["reason"],
            tuple(payload["present"]),
            payload["quorum"],
            tuple((name, why) for name, why in payload["dissent"]),
            payload["stated"],
            payload["risk"],
        )

    def _reopen(self, event: Event) -> None:
        self._closed, self.minutes = {}, None
        for case_id in (event.payload or {}).get("cases", []):
            self._pleno.discard(case_id)
            self._decided.pop(case_id, None)
            for actor in list(self._by_case.get(case_id, {})):
                self._withdraw(case_id, actor)

    def _forget(self, event: Event) -> None:
        """Drop what was erased, as a ledger does that finds the events without payloads from the start."""
        for actor in list(self._by_case.get(event.case_id, {})):
            self._withdraw(event.case_id, actor)
        self._decided.pop(event.case_id, None)
        self._voted |= {who for who in self._postponed if who[1] == event.case_id}
        if event.case_id in self._withdrawn:
            self._withdrawn[event.case_id] = (self._withdrawn[event.case_id][0], "")

    def _close(self, event: Event) -> None:
        self.minutes, self.had_minutes = event, True
        # Known cases close as those of people do, or the minutes would tell which they are.
        settled = {c: self.state(c) for c in self.truths if self._by_case.get(c) and c not in self._closed}
        kept = {c: box for c, box in self._closed.items() if c in self.truths}
        kept |= {c: state.box for c, state in settled.items() if state.status in ("agreed", "retest")}
        self._closed = kept | dict((event.payload or {}).get("cases", {}))

    def _know(self, event: Event) -> None:
        """Take in which cases are known; where the truth is another than before, the votes are about something else."""
        for case_id, truth in (event.payload or {}).get("cases", {}).items():
            if case_id in self._people:
                continue
            if self.truths.get(case_id, truth) != truth:
                for actor in list(self._by_case.get(case_id, {})):
                    self._withdraw(case_id, actor)
            self.truths[case_id] = truth

    def _withdraw(self, case_id: str, actor: str) -> None:
        self._by_case.get(case_id, {}).pop(actor, None)
        self._by_actor.get(actor, {}).pop(case_id, None)
