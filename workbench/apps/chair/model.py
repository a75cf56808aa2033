"""What the chair's page knows, without any widget. It decides nothing and writes nothing.

Progress is counted at every refresh. The checklist and the findings take longer: they are computed beside the page, in
a thread of their own, so that the heartbeat is answered meanwhile; the page says up to which event they hold.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.apps.messages import refusal, text, unasked
from workbench.i18n import _
from workbench.review.progress import MOST, OPEN, UNVOTED, ProgressReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.review.progress import Progress
    from workbench.review.store import Store

__all__ = ["AGAIN", "ChairModel"]

AGAIN = 60.0  # seconds after which the checklist is computed again by itself


@dataclass
class _Beside:
    """One computation beside the page: the last result, and the one that is on its way."""

    compute: Callable[[], dict[str, Any]]
    result: dict[str, Any] | None = None
    problem: str = ""
    version: int = 0
    begun: float = 0.0
    running: Future[dict[str, Any]] | None = field(default=None, repr=False)

    def start(self, pool: ThreadPoolExecutor) -> None:
        """Begin, unless it is on its way."""
        if self.running is None:
            self.begun = time.monotonic()
            self.running = pool.submit(self.compute)

    def collect(self) -> None:
        """Take the result in when it is there; what failed leaves the one before."""
        if self.running is None or not self.running.done():
            return
        failure, self.problem = self.running.exception(), ""
        if failure is None:
            self.result = self.running.result()
        elif isinstance(failure, ValueError):
            self.problem = str(failure)
        else:
            self.problem = _("Perhitungan gagal ({name}); coba lagi, lalu laporkan kepada pengelola.").format(
                name=type(failure).__name__
            )
        self.running, self.version = None, self.version + 1

    def view(self, seq: int, seen: int) -> dict[str, Any]:
        """Return its state, and the result unless the page has it."""
        known = None if self.result is None else int(self.result["seq"])
        shown = {} if self.version == seen else {"result": self.result}
        return {
            "running": self.running is not None,
            "version": self.version,
            "problem": self.problem,
            "behind": None if known is None else seq - known,
            **shown,
        }


class ChairModel:
    """State of one chair's page.

    Parameters
    ----------
    store : Store
    actor : str
        Who looks.
    title : str
        Name of the round.
    checklist, findings : callable
        Compute the slow parts; both return a dict with the number of the last event it knows as ``seq``.
    tiers : mapping of str to str
        Names of the tiers for people.

    Raises
    ------
    ValueError
        When this person may not see the progress.
    """

    def __init__(
        self,
        store: Store,
        *,
        actor: str,
        title: str,
        checklist: Callable[[], dict[str, Any]],
        findings: Callable[[], dict[str, Any]],
        tiers: Mapping[str, str] | None = None,
    ) -> None:
        store.permissions.require(actor, "see_progress")
        self.store, self.actor, self.title = store, actor, title
        self._tiers = tiers or {}
        self._reader = ProgressReader(store)
        self._pool = ThreadPoolExecutor(1)
        self._beside = {"checklist": _Beside(checklist), "findings": _Beside(findings)}
        self._seen = dict.fromkeys(self._beside, -1)

    def close(self) -> None:
        """Wait for what is on its way, and end the thread."""
        self._pool.shutdown()

    def handle(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the page asks and return what it shows next.

        Returns
        -------
        dict
            ``kind``, the token of the request, and what belongs to the kind: ``state`` with the whole view, ``error``
            with a sentence, ``pong``.
        """
        answer = unasked(message, ("refresh",))
        if answer is not None:
            return answer
        try:
            self.store.permissions.require(self.actor, "see_progress")
            return {"kind": "state", "token": text(message, "token"), **self._answer(message, text(message, "part"))}
        except ValueError as problem:
            return refusal(message, str(problem))

    def view(self) -> dict[str, Any]:
        """Return everything the page shows first; what is computed beside it comes later."""
        return self._state(self._reader.read())

    def _answer(self, message: Mapping[str, Any], asked: str) -> dict[str, Any]:
        """Return the state, with results that the page does not have yet, and begin what is to be computed.

        The checklist is computed again by itself once in a while, because files change without the log; the findings
        only when they are asked for and the log has moved.
        """
        progress = self._reader.read()
        for name, beside in self._beside.items():
            beside.collect()
            moved = beside.result is None or int(beside.result["seq"]) != progress.seq
            due = name == "checklist" and (asked == name or time.monotonic() - beside.begun >= AGAIN)
            if beside.version == 0 or due or (asked == name and moved):
                beside.start(self._pool)
            known = message.get(name)
            self._seen[name] = known if isinstance(known, int) and not isinstance(known, bool) else -1
        return self._state(progress)

    def _state(self, progress: Progress) -> dict[str, Any]:
        return {
            "actor": self.actor,
            "title": self.title,
            "progress": self._progress(progress),
            "people": [asdict(person) for person in progress.people],
            "roles": [asdict(person) for person in self.store.permissions.described()],
            **{name: beside.view(progress.seq, self._seen[name]) for name, beside in self._beside.items()},
        }

    def _progress(self, progress: Progress) -> dict[str, Any]:
        pace = progress.pace
        return {
            "seq": progress.seq,
            "at_utc": progress.at.isoformat(timespec="seconds"),
            "cases": progress.cases,
            "open": progress.open,
            "statuses": progress.statuses,
            "groups": {
                "instansi": [[name, counts] for name, counts in progress.instansi.items()],
                "jenjang": [[self._tiers.get(name, name), counts] for name, counts in progress.jenjang.items()],
            },
            "votes": progress.votes,
            "hour": progress.hour,
            "day": progress.day,
            "per_hour": None if pace is None else pace.per_hour,
            "whole": asdict(progress.whole),
            "most": None if progress.most is None else asdict(progress.most),
            "share": MOST,
            "errors": None if progress.errors is None else asdict(progress.errors),
            "reviewed": progress.cases - sum(progress.statuses[s] for s in UNVOTED),
            "open_kinds": list(OPEN),
        }
