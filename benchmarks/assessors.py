"""Simulated assessors: each sits before a page of their own and does what the page's script and a patient person do.

What the script does (`workbench/apps/component.js`, `queue/case.js`) is done here over the same protocol: a draft
with its key is kept before anything is sent; a submission without an answer is sent again under its key after a
silence; a socket that closed is opened again; a reload shows what the log has, and the same content keeps its key.
Connections and messages are lost here at random, on the way there and on the way back.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from websockets.exceptions import WebSocketException

from benchmarks.served import VisitedPage, comm_data, comm_message

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

__all__ = ["Assessor", "Attempt", "Habits"]

TRY_AGAIN = ("ulangi sebentar lagi", "coba lagi")
REASONS = ("evidence", "level", "performance", "quality", "record", "other")


@dataclass(frozen=True)
class Habits:
    """How people and connections behave.

    Attributes
    ----------
    pace : float
        Mean seconds that somebody thinks about a case.
    silence : float
        Seconds without an answer after which a submission is sent again; 6 on the page.
    patience : float
        Seconds that somebody looks at the banner before they reload.
    lost : float
        Share of messages that are lost, and of those after which the connection breaks; half of each on the way back.
    undone, postponed : float
        Share of votes that are taken back at once, and of cases that are postponed first.
    """

    pace: float = 3.0
    silence: float = 6.0
    patience: float = 4.0
    lost: float = 0.03
    undone: float = 0.03
    postponed: float = 0.03


@dataclass
class Attempt:
    """One submission, as its sender knows it.

    Attributes
    ----------
    message : dict
        What was sent, with its key.
    first : float
        When it was sent first.
    waited : float
        Seconds until it was acknowledged.
    times : int
        How often it was sent.
    seq : int or None
        The event that it was acknowledged as.
    refused : str
        The sentence with which it was refused.
    """

    message: dict[str, Any]
    first: float
    waited: float = 0.0
    times: int = 0
    seq: int | None = None
    refused: str = ""


@dataclass
class _Pending:
    attempt: Attempt
    token: str = ""
    at: float = 0.0


class _GoneError(Exception):
    """The connection or the kernel is gone for longer than somebody waits."""


@dataclass
class Assessor:
    """Somebody who reviews until every case is done or they are told to go.

    Attributes
    ----------
    name, address : str
        Who, and where their page is.
    habits : Habits
    chance : random.Random
    attempts : dict of str to Attempt
        Everything ever submitted, by key: the assessor's own record.
    undone : dict of str to bool
        Withdrawals by key: whether the page said so.
    counts : Counter
        Resends, lost messages, broken connections, reloads.
    problems : list of str
        What should never happen.
    over : threading.Event
        Set from outside: go, whatever is left.
    calm : threading.Event
        Set from outside: nothing is lost from now on, and nobody thinks for long.
    finished : bool
        Whether no case is left for this person.
    """

    name: str
    address: str
    habits: Habits
    chance: random.Random
    attempts: dict[str, Attempt] = field(default_factory=dict)
    undone: dict[str, bool] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    calm: threading.Event = field(default_factory=threading.Event)
    finished: bool = False
    _drafts: dict[str, str] = field(default_factory=dict)  # case to key: what the browser keeps
    _view: dict[str, Any] = field(default_factory=dict)
    _pending: _Pending | None = None
    _answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    _page: VisitedPage = field(init=False)
    _connection: ClientConnection | None = None
    _lost_since: float = 0.0
    _unanswered: float = 0.0
    _beaten: float = 0.0

    def work(self) -> None:
        """Open the page and review; reload whenever it is gone."""
        while not self.over.is_set() and not self.finished:
            try:
                self._open()
                self._review()
            except (OSError, ValueError, HTTPException, WebSocketException, _GoneError):
                self.over.wait(0.5)
            except Exception as problem:
                self.problems.append(f"{self.name}: {type(problem).__name__}: {problem}")
                return
            finally:
                if self._connection is not None:
                    self._connection.close()

    def _open(self) -> None:
        self._page = VisitedPage(self.address, 60)
        self._connection = self._page.connect(20)
        self.counts["reloads"] += bool(self._view)
        self._view = self._page.state(self._connection, 20)["first"]
        self._lost_since = self._unanswered = 0.0
        self._beaten = time.monotonic()
        self._pending = None

    # what a person does

    def _review(self) -> None:
        for case_id in list(self._drafts):
            self._return_to(case_id)
        while not self.over.is_set():
            case, vote = self._view["case"], self._view["vote"]
            if self._view["done"] >= self._view["total"]:
                self.finished = True
                return
            if case is None or self._view["closed"] or (vote is not None and vote["action"] != "postpone"):
                self._wait(1.0)  # others look at all that is left: look again
                self._request({"kind": "filter", "instansi": "", "jenjang": ""})
                continue
            self._wait(0.0 if self.calm.is_set() else self.chance.expovariate(1 / self.habits.pace))
            seq = self._submit(case, self._decision(case, first=vote is None))
            if seq is None:
                self._request({"kind": "filter", "instansi": "", "jenjang": ""})  # on to another case
            elif self.chance.random() < self.habits.undone:
                self._undo(str(case["case_id"]), seq)

    def _decision(self, case: dict[str, Any], *, first: bool) -> dict[str, Any]:
        # Where the page hides the stated box there is nothing to agree with.
        action, box = "box", int(case["box"] or self.chance.randint(1, 9))
        if first and self.chance.random() < self.habits.postponed:
            action = "postpone"
        elif self.chance.random() < 0.1:
            action = "retest"
        elif self.chance.random() < 0.2:
            box = self.chance.randint(1, 9)
        return {
            "action": action,
            "box": box if action == "box" else None,
            "reason_code": self.chance.choice(REASONS),
            "reason": f"alasan {secrets.token_hex(4)}",
            "confidence": self.chance.randint(1, 3),
        }

    def _return_to(self, case_id: str) -> None:
        """After a reload: look whether the log has the draft; if not, send the same again under the same key."""
        attempt = self.attempts[self._drafts[case_id]]
        answer = self._request({"kind": "own"})
        for vote in answer.get("votes", []):
            if vote["case_id"] == case_id and all(vote[k] == attempt.message[k] for k in ("action", "box", "reason")):
                self._acknowledge(attempt, int(vote["seq"]))
                self.counts["found after a reload"] += 1
                return
        self._request({"kind": "show", "case_id": case_id})
        self._send_until_known(attempt)

    def _submit(self, case: dict[str, Any], content: dict[str, Any]) -> int | None:
        key = secrets.token_hex(16)
        message = {
            "kind": "vote",
            "case_id": case["case_id"],
            "run": case["run"],
            **content,
            "idempotency_key": key,
        }
        self.attempts[key] = attempt = Attempt(message, time.monotonic())
        self._drafts[case["case_id"]] = key
        return self._send_until_known(attempt)

    def _send_until_known(self, attempt: Attempt) -> int | None:
        self._pending = _Pending(attempt)
        self._send_pending()
        while self._pending is not None:
            self._listen()
        return attempt.seq

    def _undo(self, case_id: str, seq: int) -> None:
        key = secrets.token_hex(16)
        self.undone[key] = False
        answer = self._request({"kind": "undo", "case_id": case_id, "seq": seq, "idempotency_key": key})
        self.undone[key] = "undone" in answer

    def _request(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send what is not a vote; nothing comes back where it was lost, and a person tries again."""
        token = self._send(message)
        until = time.monotonic() + self.habits.silence
        while token not in self._answers and time.monotonic() < until:
            self._listen()
        return self._answers.pop(token, {})

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.over.is_set():
            self._listen()

    # what the script does

    def _send(self, message: dict[str, Any]) -> str:
        token = secrets.token_hex(16)
        self._unanswered = self._unanswered or time.monotonic()
        if self._is_lost("lost on the way there"):
            return token
        data = {"method": "custom", "content": {**message, "token": token}}
        try:
            if self._connection is None:
                return token
            self._connection.send(comm_message(self._page.model, data, self._page.session))
        except WebSocketException:
            return token  # the page keeps it as well
        if self._breaks() and message["kind"] != "ping":
            # The server has the message; whether it acts on it nobody here will hear.
            self.counts["connections broken"] += 1
            self._connection.close()
        return token

    def _send_pending(self) -> None:
        if self._pending is not None:
            attempt = self._pending.attempt
            attempt.times += 1
            self.counts["sent again"] += attempt.times > 1
            self._pending.at = time.monotonic()
            self._pending.token = self._send(attempt.message)

    def _listen(self) -> None:
        """Take in one message, keep the heart beating, and open a closed socket again."""
        now = time.monotonic()
        if now - self._beaten > 2:
            self._beaten = now
            if self._unanswered and now - self._unanswered > self.habits.silence:
                self._lost_since = self._lost_since or now
            self._send({"kind": "ping"})
        if self._lost_since and now - self._lost_since > self.habits.patience:
            raise _GoneError
        try:
            if self._connection is None:
                raise OSError
            data = comm_data(self._page.model, self._connection.recv(timeout=0.1))
        except TimeoutError:
            return
        except (WebSocketException, OSError):
            self._lost_since = self._lost_since or now
            self._connection = None
            time.sleep(0.5)
            with suppress(OSError, WebSocketException, TimeoutError):
                self._connection = self._page.connect(5)
            return
        if data.get("dead"):
            self._lost_since = self._lost_since or now
        if data.get("method") == "custom" and not self._is_lost("lost on the way back"):
            self._take(data["content"])

    def _take(self, answer: dict[str, Any]) -> None:
        returned, self._lost_since, self._unanswered = bool(self._lost_since), 0.0, 0.0
        pending = self._pending
        if answer["kind"] == "pong":
            if pending is not None and (returned or time.monotonic() - pending.at > self.habits.silence):
                self._send_pending()
            return
        if answer["kind"] == "error":
            if pending is not None and pending.token == answer["token"]:
                self._refuse(pending.attempt, answer["sentence"])
            self._answers[answer["token"]] = answer
            return
        if answer["kind"] == "state":
            self._view = answer
            if pending is not None and answer.get("voted_case") == pending.attempt.message["case_id"]:
                self.counts["acknowledged again"] += bool(answer["repeated"])
                self._acknowledge(pending.attempt, int(answer["acknowledged"]))
            elif pending is not None and answer.get("problem"):
                self._refuse(pending.attempt, answer["problem"])
        self._answers[answer["token"]] = answer

    def _acknowledge(self, attempt: Attempt, seq: int) -> None:
        attempt.seq, attempt.waited = seq, time.monotonic() - attempt.first
        self._drafts.pop(attempt.message["case_id"], None)
        self._pending = None

    def _refuse(self, attempt: Attempt, sentence: str) -> None:
        if any(words in sentence for words in TRY_AGAIN):  # so a person does, and the draft has kept its key
            self.counts["asked to try again"] += 1
            self._send_pending()
            return
        attempt.refused = sentence
        self._drafts.pop(attempt.message["case_id"], None)
        self._pending = None

    def _is_lost(self, what: str) -> bool:
        lost = not self.calm.is_set() and self.chance.random() < self.habits.lost / 2
        self.counts[what] += lost
        return lost

    def _breaks(self) -> bool:
        return not self.calm.is_set() and self.chance.random() < self.habits.lost
