"""The votes of a review as a table, for the findings about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.review.cases import Case
    from workbench.review.ledger import Ledger
    from workbench.review.outcomes import State
    from workbench.review.store import Store

__all__ = ["ReviewData", "Rules", "on_like_cases", "review_data"]

BANDS = 5  # of equally many votes by the risk that a case had when it was voted on

CASES = {
    "case_id": "str",
    "position": "int64",
    "risk": "float64",
    "stated": "int64",
    "random": "bool",
    "status": "str",
    "box": "Int64",
    "complete": "bool",
    "true_box": "Int64",
    "true_pool": "boolean",
}
VOTES = {
    "case_id": "str",
    "actor": "str",
    "seq": "int64",
    "at": "datetime64[ns, UTC]",
    "box": "int64",
    "stated": "int64",
    "risk": "float64",
    "hidden": "bool",
    "first": "bool",
    "in_force": "bool",
    "random": "bool",
    "known": "bool",
}


@dataclass(frozen=True)
class Rules:
    """What the policy says of boxes.

    Attributes
    ----------
    pool : frozenset of int
    height : dict of int to int
        Steps of a box above the lowest, both axes together: 0 to 4.
    """

    pool: frozenset[int]
    height: dict[int, int]

    def inside(self, boxes: pd.Series) -> pd.Series:
        """Return whether boxes lie in the pool."""
        return boxes.isin(self.pool)


@dataclass(frozen=True)
class ReviewData:
    """A review as tables.

    Attributes
    ----------
    votes : pandas.DataFrame
        A row a vote on an outcome, by time, also those that were withdrawn: case_id, actor, seq, at, box (0: test
        again), stated and risk as they were then, hidden, first (of this person on this case), in_force, random, known.
    cases : pandas.DataFrame
        A row a case of a person, in the order of the queue: case_id, position, risk, stated, random, status, box (as
        decided), complete (nobody's vote on it is blind any more).
    known : pandas.DataFrame
        The same of known cases with votes, with true_box and true_pool.
    rules : Rules
    seniority : dict of str to int
        Of those people for whom the settings say it.
    pleno : frozenset of str
        Cases that the pleno decided.
    """

    votes: pd.DataFrame
    cases: pd.DataFrame
    known: pd.DataFrame
    rules: Rules
    seniority: dict[str, int]
    pleno: frozenset[str]

    @property
    def of_people(self) -> pd.DataFrame:
        """Votes on cases of people."""
        return self.votes[~self.votes["known"]]

    @property
    def unbiased(self) -> pd.DataFrame:
        """First votes on cases of people: what was thought before anything was seen of the outcome."""
        return self.votes[~self.votes["known"] & self.votes["first"]]


def review_data(store: Store) -> ReviewData:
    """Read a review."""
    ledger, cases = store.ledger(), store.cases()
    content = cases[0].content if cases else {}
    rules = Rules(frozenset(content.get("pool", ())), _heights(content.get("grid", ())))
    states = ledger.states()
    drawn = {case.case_id for case in cases if case.content.get("random")}
    people = store.permissions.people
    return ReviewData(
        _votes(store, ledger, drawn),
        _frame((_row(case, states.get(case.case_id), ledger) for case in cases), CASES),
        _frame(_known_rows(ledger), CASES),
        rules,
        {person.name: person.seniority for person in people if person.seniority is not None},
        frozenset(case_id for case_id, state in states.items() if state.pleno is not None),
    )


def on_like_cases(risk: pd.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the band of risk of each vote, from 0; where no risk is known all are alike."""
    known = risk.fillna(-1.0)
    if not len(known):
        return np.zeros(0, dtype=np.int64)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BANDS + 1)[1:-1]))
    bands: np.ndarray[Any, np.dtype[np.int64]] = np.searchsorted(edges, known.to_numpy(float)).astype(np.int64)
    return bands


def _heights(grid: Iterable[Iterable[int]]) -> dict[int, int]:
    """Heights of boxes; the first line of the grid is the highest kinerja, its last column the highest potensial."""
    lines = [list(line) for line in grid]
    return {
        int(box): column + len(lines) - 1 - row for row, line in enumerate(lines) for column, box in enumerate(line)
    }


def _votes(store: Store, ledger: Ledger, drawn: set[str]) -> pd.DataFrame:
    in_force = {
        vote.seq
        for states in (ledger.states(), ledger.known_states())
        for state in states.values()
        for vote in state.votes
    }
    seen: set[tuple[str, str]] = set()
    rows = []
    for event in store.events():
        if event.kind != "vote" or event.payload is None or event.payload["action"] == "postpone":
            continue
        payload, who = event.payload, (event.case_id, event.actor)
        rows.append(
            {
                "case_id": event.case_id,
                "actor": event.actor,
                "seq": event.seq,
                "at": event.at_utc,
                "box": payload["box"] or 0,
                "stated": payload["stated"],
                "risk": payload["risk"],
                "hidden": bool(payload.get("hidden", False)),
                "first": who not in seen,
                "in_force": event.seq in in_force,
                "random": event.case_id in drawn,
                "known": event.case_id in ledger.truths,
            }
        )
        seen.add(who)
    return _frame(rows, VOTES)


def _row(case: Case, state: State | None, ledger: Ledger) -> dict[str, Any]:
    blind = ledger.required(case.case_id) > 1 and not ledger.is_complete(case.case_id)
    return {
        "case_id": case.case_id,
        "position": case.position,
        "risk": case.content["risk"],
        "stated": case.content["box"],
        "random": bool(case.content.get("random")),
        "status": "new" if state is None else state.status,
        "box": None if state is None else state.box,
        "complete": state is not None and not blind,
        "true_box": None,
        "true_pool": None,
    }


def _known_rows(ledger: Ledger) -> Iterable[dict[str, Any]]:
    for case_id, state in ledger.known_states().items():
        last = state.votes[-1]
        yield {
            "case_id": case_id,
            "position": 0,
            "risk": last.risk,
            "stated": last.stated,
            "random": False,
            "status": state.status,
            "box": state.box,
            "complete": ledger.is_complete(case_id),
            "true_box": ledger.truths[case_id]["box"],
            "true_pool": ledger.truths[case_id]["in_pool"],
        }


def _frame(rows: Iterable[Mapping[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(columns))
    if "at" in columns:
        frame["at"] = pd.to_datetime(frame["at"], utc=True, format="ISO8601")
    return frame.astype(columns)
