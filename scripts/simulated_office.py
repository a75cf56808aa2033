"""Votes of several made-up assessors on a round, cast through the store: for tests and pictures, never for a report.

What is "true" of each person is drawn from the nine probabilities of the case. An assessor sees it in part, leans
towards the stated box, and works at a pace of their own; the clock of the log is made up too.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.review.store import Case, Store

__all__ = ["OFFICE", "Assessor", "cast_votes"]


@dataclass(frozen=True)
class Assessor:
    """One made-up assessor.

    Attributes
    ----------
    name : str
    insight : float
        Share of cases in which the vote is the true box.
    leaning : float
        Share of the other votes that simply keep the stated box.
    seconds : float
        Mean time for a case.
    """

    name: str
    insight: float = 0.7
    leaning: float = 0.6
    seconds: float = 75.0


OFFICE = (
    Assessor("Ani", insight=0.8),
    Assessor("Budi", insight=0.6, leaning=0.9, seconds=45),
    Assessor("Citra", insight=0.7, leaning=0.3, seconds=110),
)


def cast_votes(
    store: Store,
    *,
    people: Sequence[Assessor] = OFFICE,
    cases: int,
    seed: int = 1,
    until: datetime | None = None,
) -> int:
    """Let an office vote on the first cases of the queue; return how many votes were cast.

    Parameters
    ----------
    store : Store
        Its `votes_required` says how many people vote on each case, taken in turn; of the last tenth of the cases only
        one does, and some cases are postponed or sent to a test again.
    people : sequence of Assessor
    cases : int
    seed : int
    until : datetime, optional
        When the last vote was cast; by default now.
    """
    rng = Random(seed)
    due: list[tuple[float, Assessor, Case, dict[str, object]]] = []
    clock = dict.fromkeys(people, 0.0)
    for number, case in enumerate(store.cases()[:cases]):
        shares = case.content.get("p") or [float(box == case.content["box"]) for box in range(1, 10)]
        true = rng.choices(range(1, 10), shares)[0]
        voters = store.votes_required if number < 0.9 * cases else 1
        for turn in range(min(voters, len(people))):
            who = people[(number + turn) % len(people)]
            clock[who] += rng.gammavariate(4, who.seconds / 4)
            due.append((clock[who], who, case, _choice(rng, who, case, true)))
    # Everybody stops at the same moment, whoever began first.
    due = [(second - clock[who], who, case, choice) for second, who, case, choice in due]
    end = until or datetime.now(UTC)
    for second, who, case, choice in sorted(due, key=lambda one: one[0]):
        with patch("workbench.review.log.datetime") as pretended:
            pretended.now.return_value = end + timedelta(seconds=second)
            store.submit(
                actor=who.name,
                case_id=case.case_id,
                reason="simulasi",
                idempotency_key=secrets.token_hex(16),
                **choice,  # type: ignore[arg-type]
            )
    return len(due)


def _choice(rng: Random, who: Assessor, case: Case, true: int) -> dict[str, object]:
    """Return the vote of one assessor on one case."""
    if rng.random() < 0.03:
        return {"action": "postpone", "box": None, "reason_code": "other", "confidence": 1}
    if rng.random() < 0.03:
        return {"action": "retest", "box": None, "reason_code": "quality", "confidence": 2}
    stated = int(case.content["box"])
    seen = rng.random() < who.insight
    box = true if seen else stated if rng.random() < who.leaning else rng.randint(1, 9)
    return {
        "action": "box",
        "box": box,
        "reason_code": "evidence" if box == stated else "level",
        "confidence": 2 + seen,
    }
