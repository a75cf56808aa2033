"""How far the review is: cases by status, what each person did, the pace, and what is still to do.

Counts only: nothing here says what anybody voted. Read again and again while people vote, so it takes in only the
events that are new. Imported by the kernel of a review page: nothing here may import NumPy or pandas.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from workbench.review import log
from workbench.review.leases import now_utc
from workbench.review.ledger import Ledger
from workbench.review.pace import Forecast, Pace, forecast, median_seconds, pace_of
from workbench.review.schema import cases_table, leases_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import Connection

    from workbench.review.log import Event
    from workbench.review.store import Store

__all__ = ["MOST", "OPEN", "STATUSES", "UNVOTED", "Errors", "PersonCount", "Progress", "ProgressReader"]

STATUSES = (
    *("new", "voting", "postponed", "conflict", "pleno"),
    *("agreed", "decided", "retest", "withdrawn", "minuted"),
)
UNVOTED = ("new", "voting", "postponed")  # cases that still need votes
OPEN = (*UNVOTED, "conflict", "pleno")  # cases that would keep their stated box in minutes made now
MOST = 0.8  # the share of the expected errors whose cases come first


@dataclass(frozen=True)
class PersonCount:
    """What one person did; counts only.

    Attributes
    ----------
    name : str
    votes, postponed : int
        Votes on the outcome in force, and cases that the person postponed; those on known cases too, or a person could
        tell from the own count which cases are known.
    hour, day : int
        Votes on the outcome given in the last hour and the last 24 hours, those that were changed later too.
    seconds : float or None
        Median time from one vote to the next, without pauses; None with too few.
    held : int
        Cases that the person has claimed now.
    """

    name: str
    votes: int
    postponed: int
    hour: int
    day: int
    seconds: float | None
    held: int


@dataclass(frozen=True)
class Errors:
    """Where the errors that are to be expected lie; by the risk of each case of the queue.

    Attributes
    ----------
    expected : float
        Wrong decisions in the whole queue.
    reviewed : float
        Those in cases that have all their votes.
    """

    expected: float
    reviewed: float


@dataclass(frozen=True)
class Progress:
    """State of the review after a number of events.

    Attributes
    ----------
    seq : int
        Number of the last event.
    run : str
        The run that made the cases.
    at : datetime
        When it was read, UTC.
    statuses : dict of str to int
        Cases by status, every one of `STATUSES`.
    instansi, jenjang : dict of str to dict of str to int
        The same by instansi and by tier.
    to_settle : dict of str to tuple of int
        Numbers of the cases in conflict and before the pleno.
    people : tuple of PersonCount
        Everybody who ever voted or holds a case, by name.
    votes, hour, day : int
        Votes on the outcome: in force, and given in the last hour and the last 24 hours.
    pace : Pace or None
    whole : Forecast
        Of the whole queue.
    most : Forecast or None
        Of the cases that lead to `MOST` of the expected errors; None where no risk is known.
    errors : Errors or None
    """

    seq: int
    run: str
    at: datetime
    statuses: dict[str, int]
    instansi: dict[str, dict[str, int]]
    jenjang: dict[str, dict[str, int]]
    to_settle: dict[str, tuple[int, ...]]
    people: tuple[PersonCount, ...]
    votes: int
    hour: int
    day: int
    pace: Pace | None
    whole: Forecast
    most: Forecast | None
    errors: Errors | None

    @property
    def cases(self) -> int:
        """Number of cases."""
        return sum(self.statuses.values())

    @property
    def open(self) -> int:
        """Number of cases that nothing has settled yet."""
        return sum(self.statuses[status] for status in OPEN)


@dataclass(frozen=True)
class _Head:
    """What is remembered of a case."""

    case_id: str
    position: int
    instansi: str
    jenjang: str
    risk: float | None


class ProgressReader:
    """Reads the progress of a review database again and again, each time only what is new.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ledger = Ledger(store.votes_required)
        self._cases: list[_Head] = []
        self._known: tuple[str, int] = ("", 0)
        self._submitted: dict[str, list[datetime]] = {}  # every submission of a person, postponing too
        self._on_outcome: dict[str, list[datetime]] = {}
        self._all: list[datetime] = []

    def read(self, now: datetime | None = None) -> Progress:
        """Return the progress.

        Parameters
        ----------
        now : datetime, optional
            The moment that "the last hour" ends; by default the present one.
        """
        at = now or now_utc()
        with self._store.engine.connect() as connection:
            self._take(log.events_after(connection, self._ledger.seq))
            self._read_cases(connection)
            held = _held(connection, at)
        status = {case.case_id: self._ledger.state(case.case_id).status for case in self._cases}
        pace = pace_of(self._all)
        waiting = [case for case in self._cases if status[case.case_id] in UNVOTED]
        errors = self._errors(status)
        people = self._people(held, at)
        return Progress(
            seq=self._ledger.seq,
            run=self._known[0],
            at=at,
            statuses=_counted(status.values()),
            instansi=self._counted_by("instansi", status),
            jenjang=self._counted_by("jenjang", status),
            to_settle={
                kind: tuple(case.position for case in self._cases if status[case.case_id] == kind)
                for kind in ("conflict", "pleno")
            },
            people=people,
            votes=sum(person.votes for person in people),
            hour=_since(self._all, at - timedelta(hours=1)),
            day=_since(self._all, at - timedelta(days=1)),
            pace=pace,
            whole=forecast(pace, len(waiting), self._needed(waiting)),
            most=self._most(waiting, errors, pace),
            errors=errors,
        )

    def _take(self, events: list[Event]) -> None:
        self._ledger.take(events)
        for event in events:
            if event.kind != "vote":
                continue
            moment = datetime.fromisoformat(event.at_utc)
            self._submitted.setdefault(event.actor, []).append(moment)
            if event.payload is None or event.payload["action"] != "postpone":
                self._on_outcome.setdefault(event.actor, []).append(moment)
                self._all.append(moment)

    def _read_cases(self, connection: Connection) -> None:
        """Read the cases where a run has replaced them; their content is much, so not every time."""
        run = str(connection.execute(select(cases_table.c.run).limit(1)).scalar() or "")
        count = int(connection.execute(select(func.count()).select_from(cases_table)).scalar_one())
        if (run, count) == self._known:
            return
        rows = connection.execute(select(cases_table).order_by(cases_table.c.position)).mappings().all()
        by_tier = self._store.votes_by_tier
        self._ledger.votes_of = {row["case_id"]: by_tier[row["jenjang"]] for row in rows if row["jenjang"] in by_tier}
        # Known cases, which only measure the review, are none of the round's.
        self._cases = [
            _Head(
                row["case_id"],
                row["position"],
                row["instansi"],
                row["jenjang"],
                json.loads(row["payload_json"])["risk"],
            )
            for row in rows
            if row["truth_json"] is None
        ]
        self._known = (run, count)

    def _counted_by(self, name: str, status: Mapping[str, str]) -> dict[str, dict[str, int]]:
        groups: dict[str, list[str]] = {}
        for case in self._cases:
            groups.setdefault(getattr(case, name), []).append(status[case.case_id])
        return {group: _counted(groups[group]) for group in sorted(groups)}

    def _people(self, held: Mapping[str, int], at: datetime) -> tuple[PersonCount, ...]:
        result = []
        for name in sorted({*self._submitted, *held}):
            own = self._ledger.own(name).values()
            postponed = sum(vote.action == "postpone" for vote in own)
            given = self._on_outcome.get(name, [])
            result.append(
                PersonCount(
                    name,
                    len(own) - postponed,
                    postponed,
                    _since(given, at - timedelta(hours=1)),
                    _since(given, at - timedelta(days=1)),
                    median_seconds(self._submitted.get(name, [])),
                    held.get(name, 0),
                )
            )
        return tuple(result)

    def _needed(self, cases: Iterable[_Head]) -> int:
        ledger = self._ledger
        return sum(ledger.required(case.case_id) - len(ledger.voters(case.case_id)) for case in cases)

    def _errors(self, status: Mapping[str, str]) -> Errors | None:
        known = [(case.risk, status[case.case_id]) for case in self._cases if case.risk is not None]
        if not known:
            return None
        return Errors(sum(risk for risk, _ in known), sum(risk for risk, now in known if now not in UNVOTED))

    def _most(self, waiting: list[_Head], errors: Errors | None, pace: Pace | None) -> Forecast | None:
        """Return what leads to `MOST` of the expected errors, in the order of the queue."""
        if errors is None:
            return None
        held, ahead = errors.reviewed, []
        for case in waiting:
            if held >= MOST * errors.expected:
                break
            held += case.risk or 0.0
            ahead.append(case)
        return forecast(pace, len(ahead), self._needed(ahead))


def _held(connection: Connection, at: datetime) -> dict[str, int]:
    """Return how many cases each person has claimed."""
    until = at.isoformat(timespec="milliseconds")
    rows = connection.execute(select(leases_table.c.actor).where(leases_table.c.until_utc > until))
    return dict(Counter(rows.scalars()))


def _counted(statuses: Iterable[str]) -> dict[str, int]:
    counts = Counter(statuses)
    return {status: counts[status] for status in STATUSES}


def _since(times: list[datetime], moment: datetime) -> int:
    return sum(time > moment for time in times)
