"""Several people at once, in any order: no vote counts twice, none is lost, and nobody sees a blind vote early.

The machine keeps its own plain record of what should be so, and compares it with the store after every step. An answer
that is lost (the kernel dies between append and answer) is every submission sent again from a process of its own.
"""

from __future__ import annotations

import secrets
import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event

from workbench.review import Store, leases, pleno
from workbench.review.erasure import erase_payloads
from workbench.review.store import Case

PEOPLE = ("ani", "budi", "citra")
CASES = ("K1", "K2")
STATED = {"box": 5, "risk": 0.3}
people, cases = st.sampled_from(PEOPLE), st.sampled_from(CASES)
NOW = leases.now_utc


class Review(RuleBasedStateMachine):
    """A review of two cases by three people and a chair."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = datetime(2026, 1, 5, tzinfo=UTC)
        leases.now_utc = lambda: self.now
        self.stores: list[Store] = []
        self.votes: dict[str, dict[str, tuple[str, int | None, int]]] = defaultdict(dict)
        self.held: dict[str, dict[str, datetime]] = defaultdict(dict)
        self.before_pleno: set[str] = set()
        self.decided: dict[str, tuple[str, int | None]] = {}
        self.withdrawn: set[str] = set()
        self.minuted: dict[str, int | None] = {}
        self.events = 0

    @initialize(required=st.tuples(st.integers(1, 2), st.integers(1, 2)))
    def start(self, required: tuple[int, int]) -> None:
        """The second case is of a tier that may ask for another number of votes."""
        self.required = dict(zip(CASES, required, strict=True))
        tiers = dict(zip(CASES, ("pengawas", "jpt_pratama"), strict=True))
        made = [Case(c, "run-1", n, f"P{n}", "Instansi A", tiers[c], STATED) for n, c in enumerate(CASES, 1)]
        self.process().replace_cases(made, run="run-1")

    def teardown(self) -> None:
        try:
            if self.stores:
                assert self.store.verify().sound
        finally:
            leases.now_utc = NOW
            for store in self.stores:
                store.close()
            self.folder.cleanup()

    def process(self) -> Store:
        """A process that has just started; the disk is not waited for, which is no matter here and much quicker."""
        url = f"sqlite:///{Path(self.folder.name) / 'review.sqlite'}"
        first, second = self.required.values()
        store = Store(url, votes_required=first, votes_by_tier={"jpt_pratama": second}, quorum=2)
        store.engine.dispose()
        event.listen(store.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
        self.stores.append(store)
        return store

    @property
    def store(self) -> Store:
        return self.stores[-1]

    # the plain record

    def decisive(self, case: str) -> dict[str, tuple[str, int | None]]:
        return {actor: vote[:2] for actor, vote in self.votes[case].items() if vote[0] != "postpone"}

    def fixed(self, case: str) -> bool:
        return case in self.before_pleno or case in self.withdrawn or case in self.minuted

    def complete(self, case: str) -> bool:
        return self.fixed(case) or len(self.decisive(case)) >= self.required[case]

    def open_to(self, actor: str, case: str) -> bool:
        if self.fixed(case) or (self.required[case] > 1 and self.complete(case)):
            return False
        live = {a for a, until in self.held[case].items() if until > self.now}
        others = (live | set(self.decisive(case))) - {actor}
        return self.required[case] == 1 or len(others) < self.required[case]

    def status(self, case: str) -> tuple[str, int | None]:
        choices = set(self.decisive(case).values())
        enough = len(self.decisive(case)) >= self.required[case]
        box = next(iter(choices))[1] if enough and len(choices) == 1 else None
        if case in self.minuted:
            return "minuted", self.minuted[case]
        if case in self.withdrawn:
            return "withdrawn", None
        if case in self.decided:
            action, box = self.decided[case]
            return {"box": "decided", "retest": "retest", "withdraw": "withdrawn"}[action], box
        if case in self.before_pleno:
            return "pleno", None
        if not choices:
            return ("postponed" if self.votes[case] else "new"), None
        if not enough:
            return "voting", None
        return ("conflict" if len(choices) > 1 else "retest" if box is None else "agreed"), box

    # what people do

    def attempt(self, allowed: bool, act: Any, **given: Any) -> int:
        """Do something that is or is not allowed; where it is written the answer is lost and it is sent again."""
        key = secrets.token_hex(16)
        try:
            seq, new = act(self.store, idempotency_key=key, **given)
        except ValueError:
            assert not allowed
            return 0
        assert allowed
        assert new
        self.events += 1
        assert act(self.process(), idempotency_key=key, **given) == (seq, False)
        return int(seq)

    @rule(actor=people, case=cases, choice=st.sampled_from(["7", "7", "8", "retest", "postpone"]))
    def vote(self, actor: str, case: str, choice: str) -> None:
        action, box = ("box", int(choice)) if choice.isdigit() else (choice, None)
        seq = self.attempt(
            self.open_to(actor, case),
            Store.submit,
            actor=actor,
            case_id=case,
            action=action,
            box=box,
            reason_code="level",
            reason="dekat batas",
            confidence=2,
        )
        if seq:
            self.votes[case].pop(actor, None)
            self.votes[case][actor] = (action, box, seq)
            self.held[case].pop(actor, None)

    @rule(actor=people, case=cases)
    def undo(self, actor: str, case: str) -> None:
        vote = self.votes[case].get(actor)
        allowed = vote is not None and not self.fixed(case) and not (self.required[case] > 1 and self.complete(case))
        if self.attempt(allowed, Store.undo, actor=actor, case_id=case, seq=vote[2] if vote else 1):
            del self.votes[case][actor]

    @rule(order=st.permutations(PEOPLE), several=st.integers(1, 3), case=cases)
    def claim(self, order: list[str], several: int, case: str) -> None:
        for actor in order[:several] if self.required[case] > 1 else ():
            self.claim_one(actor, case)

    def claim_one(self, actor: str, case: str) -> None:
        allowed = self.open_to(actor, case)
        try:
            self.store.claim(actor=actor, case_id=case)
        except ValueError:
            assert not allowed
        else:
            assert allowed
            self.held[case][actor] = self.now + timedelta(minutes=30)

    @rule(minutes=st.sampled_from([1, 29, 30, 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(case=cases, act=st.sampled_from(["bring", "7", "9", "retest", "withdraw", "take out", "minutes", "erase"]))
    def chair(self, case: str, act: str) -> None:
        given: dict[str, Any] = {"actor": "eko", "case_id": case, "reason": "suara berbeda"}
        untouched = case not in self.withdrawn and case not in self.minuted
        if act == "minutes":
            self.make_minutes()
        elif act == "erase":
            erase_payloads(self.store, f"P{case[1:]}", actor="tata", account="tata", reason="diminta", is_known=True)
            self.events += 1
            self.votes[case].clear()
            self.held[case].clear()
            self.decided.pop(case, None)
        elif act == "bring":
            allowed = not self.fixed(case) and self.status(case)[0] != "voting"
            if self.attempt(allowed, pleno.bring_before, **given):
                self.before_pleno.add(case)
        elif act == "take out":
            if self.attempt(untouched, pleno.withdraw, **given):
                self.withdrawn.add(case)
        else:
            action, box = ("box", int(act)) if act.isdigit() else (act, None)
            given |= {"action": action, "box": box, "present": (*PEOPLE, "eko"), "dissent": {"ani": "lain"}}
            if self.attempt(untouched and case in self.before_pleno, pleno.decide, **given):
                self.decided[case] = (action, box)

    def make_minutes(self) -> None:
        settled = {c: self.status(c)[1] for c in CASES if self.status(c)[0] in {"agreed", "decided", "minuted"}}
        if settled:
            self.store.record_minutes(actor="eko", payload={"cases": settled}, head=self.store.ledger().head)
            self.events += 1
            self.minuted = settled

    # what must always be so

    @invariant()
    def votes_are_counted_once_and_none_is_lost(self) -> None:
        if not self.stores:
            return
        for case in CASES:
            state = self.store.state(case)
            assert {v.actor: (v.action, v.box, v.seq) for v in state.votes} == self.votes[case]
            assert len(state.votes) == len(self.votes[case])
            assert (state.status, state.box) == self.status(case)
        assert len(self.store.events()) == self.events

    @invariant()
    def blind_votes_are_seen_by_nobody_else(self) -> None:
        if not self.stores:
            return
        ledger = self.store.ledger()
        for case in CASES:
            revealed = self.fixed(case) or (self.required[case] > 1 and self.complete(case))
            for actor in PEOPLE:
                shown = ledger.shown_to(actor, case)
                expected = set(self.votes[case]) if revealed else set(self.votes[case]) & {actor}
                assert {v.actor for v in shown.votes} == expected
                if not revealed and actor not in self.votes[case]:
                    assert shown == ledger.shown_to(actor, "a case that nobody ever saw")

    @invariant()
    def no_more_people_than_slots(self) -> None:
        if self.stores:
            for case in [c for c in CASES if self.required[c] > 1]:
                live = {a for a, until in self.held[case].items() if until > self.now}
                assert len(live | set(self.decisive(case))) <= self.required[case]
                outsiders = [a for a in PEOPLE if case in self.store.taken(a)]
                assert all(not self.open_to(a, case) for a in outsiders)


TestReview = Review.TestCase
TestReview.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
