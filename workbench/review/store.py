"""Cases and votes of one workspace, in its review database.

This module is imported by the kernel of the review page, which must be usable in a few seconds: nothing here may import
NumPy, pandas or pandera.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from workbench.i18n import _
from workbench.review import log
from workbench.review.ledger import Ledger, State, Vote
from workbench.review.permissions import EVERYBODY, Permissions
from workbench.review.schema import cases_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.engine import Connection

    from workbench.review.log import Event, Verification
    from workbench.workspace import Workspace

__all__ = ["REASONS", "Case", "State", "Store", "Vote", "reason_titles"]

REASONS = ("evidence", "level", "performance", "quality", "record", "other")
LONGEST_REASON = 2000
MOVED = 0.05  # a risk that moved by more than this since the vote reopens the case


def reason_titles() -> dict[str, str]:
    """Return the reason codes with their words; agreeing needs a reason as much as departing does."""
    return {
        "evidence": _("Bukti tes mendukung"),
        "level": _("Level dekat batas"),
        "performance": _("Rekam kinerja"),
        "quality": _("Mutu respons diragukan"),
        "record": _("Riwayat jabatan atau disiplin"),
        "other": _("Lainnya, dijelaskan"),
    }


@dataclass(frozen=True)
class Case:
    """One case as prepared by the run.

    Attributes
    ----------
    case_id, run, participant_id, instansi, jenjang : str
    position : int
        Place in the queue, from 1.
    content : dict
        Everything that the screen shows.
    """

    case_id: str
    run: str
    position: int
    participant_id: str
    instansi: str
    jenjang: str
    content: dict[str, Any]


class Store:
    """The review database of one workspace.

    The database is the truth; what this object remembers of the log only grows by the events that somebody appended.

    Parameters
    ----------
    url : str
        SQLAlchemy address.
    votes_required : int
        Votes that decide a case.
    permissions : Permissions
        Who may do what; by default everybody everything.

    Raises
    ------
    ValueError
        When the database cannot be opened.
    """

    def __init__(self, url: str, *, votes_required: int = 1, permissions: Permissions = EVERYBODY) -> None:
        self.engine = log.open_engine(url)
        self.votes_required = votes_required
        self.permissions = permissions
        self._known = Ledger(votes_required)

    @classmethod
    def of(cls, workspace: Workspace) -> Store:
        """Open the review database of a workspace with its settings."""
        return cls(workspace.database_url, permissions=Permissions.of(workspace))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    # cases

    def replace_cases(self, cases: Sequence[Case], *, run: str, reason: str = "") -> tuple[list[str], list[str]]:
        """Put the cases of a new run in the place of the old ones, in one transaction.

        A case that was voted on returns to ``new`` where its stated box changed, its risk moved by more than .05 since
        the vote, or it left the queue; the old votes stay in the log. Where there were votes the reason is logged.

        Returns
        -------
        reopened, kept : list of str
            Cases with votes, in the order of the new queue.

        Raises
        ------
        ValueError
            When there are votes and no reason is given.
        """
        rows = [
            {
                "case_id": c.case_id,
                "run": c.run,
                "position": c.position,
                "participant_id": c.participant_id,
                "instansi": c.instansi,
                "jenjang": c.jenjang,
                "payload_json": log.canonical(c.content),
            }
            for c in cases
        ]
        fresh = {c.case_id: c for c in cases}
        place = {c.case_id: c.position for c in cases}
        with log.writing(self.engine) as connection:
            ledger = self._take(connection)
            voted = {case_id: state.votes for case_id, state in ledger.states().items() if state.votes}
            if (voted or ledger.minutes) and not reason:
                raise ValueError(
                    _("Sudah ada suara pada kotak yang sekarang; ulangi dengan --reopen ALASAN untuk menggantinya.")
                )
            order = sorted(voted, key=lambda case_id: (place.get(case_id, len(place) + 1), case_id))
            reopened = [c for c in order if any(_moved(vote, fresh.get(c)) for vote in voted[c])]
            kept = [c for c in order if c not in reopened]
            connection.execute(delete(cases_table))
            if rows:
                connection.execute(insert(cases_table), rows)
            if voted or ledger.minutes:
                payload = {"reason": reason, "run": run, "cases": reopened, "kept": kept}
                log.append_within(connection, "workbench", "system", "", "reopen", payload)
        return reopened, kept

    def case(self, case_id: str) -> Case | None:
        """Return one case, or None."""
        with self.engine.connect() as connection:
            row = connection.execute(select(cases_table).where(cases_table.c.case_id == case_id)).first()
        return None if row is None else _case(row)

    def cases(self) -> list[Case]:
        """Return all cases in the order of the queue."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(cases_table).order_by(cases_table.c.position)).all()
        return [_case(row) for row in rows]

    def case_heads(self, *, instansi: str = "", jenjang: str = "", actor: str = "") -> list[tuple[str, int]]:
        """Return case id and position in the order of the queue, filtered; with an actor those given to them."""
        columns = (cases_table.c.case_id, cases_table.c.position, cases_table.c.instansi)
        query = select(*columns).order_by(cases_table.c.position)
        if instansi:
            query = query.where(cases_table.c.instansi == instansi)
        if jenjang:
            query = query.where(cases_table.c.jenjang == jenjang)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        kept = {name: not actor or self.permissions.may_have(actor, name) for name in {row.instansi for row in rows}}
        return [(row.case_id, row.position) for row in rows if kept[row.instansi]]

    def participants(self) -> dict[str, str]:
        """Return the participant of every case."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(cases_table.c.case_id, cases_table.c.participant_id)).all()
        return {row.case_id: row.participant_id for row in rows}

    def filters(self) -> tuple[list[str], list[str]]:
        """Return the instansi and the tiers that have cases."""
        instansi, jenjang = cases_table.c.instansi, cases_table.c.jenjang
        with self.engine.connect() as connection:
            names = connection.execute(select(instansi).distinct().order_by(instansi)).scalars().all()
            tiers = connection.execute(select(jenjang).distinct().order_by(jenjang)).scalars().all()
        return list(names), list(tiers)

    def count_cases(self) -> int:
        """Return the number of cases."""
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(cases_table)).scalar_one())

    def run(self) -> str:
        """Return the run that made the cases, or an empty text before the first."""
        with self.engine.connect() as connection:
            return str(connection.execute(select(cases_table.c.run).limit(1)).scalar() or "")

    # votes

    def submit(
        self,
        *,
        actor: str,
        case_id: str,
        action: str,
        box: int | None,
        reason_code: str,
        reason: str,
        confidence: int,
        idempotency_key: str,
        run: str = "",
        role: str = "assessor",
        account: str = "",
    ) -> tuple[int, bool]:
        """Write one vote; it is on the disk when this returns.

        Parameters
        ----------
        actor, account : str
            Who votes, and the account of the operating system.
        case_id : str
        action : str
            ``box``, ``retest`` or ``postpone``.
        box : int or None
            1 to 9, with ``box``.
        reason_code, reason : str
            One of `REASONS`, and at least three letters.
        confidence : int
            1 to 3.
        idempotency_key : str
            16 to 64 letters; the same submission sent twice is one vote.
        run : str
            The run whose case was looked at; refused when another has replaced it since.
        role : str

        Returns
        -------
        seq : int
        new : bool
            False when the same submission was already there.

        Raises
        ------
        ValueError
            On anything that is not a complete vote on an open case of this workspace that is given to this person, and
            when it cannot be written.
        """
        words = _checked(action, box, reason_code, reason, confidence, idempotency_key)
        case = self.case(case_id)
        if case is None:
            raise ValueError(_("Kasus '{case}' tidak ada pada ruang kerja ini.").format(case=case_id[:40]))
        shown, instansi = run or case.run, case.instansi

        def check(connection: Connection) -> None:
            self.permissions.require(actor, "vote")
            self.permissions.require_case(actor, instansi)
            _require_run(connection, case_id, shown)

        return self._append(
            actor,
            role,
            "vote",
            case_id,
            {
                "action": action,
                "box": box if action == "box" else None,
                "reason_code": reason_code,
                "reason": words,
                "confidence": confidence,
                "run": shown,
                "stated": case.content["box"],
                "risk": case.content["risk"],
                "account": account,
            },
            idempotency_key,
            check,
        )

    def undo(self, *, actor: str, case_id: str, seq: int, idempotency_key: str, account: str = "") -> tuple[int, bool]:
        """Withdraw one's own vote on a case by a superseding event.

        Parameters
        ----------
        seq : int
            Number of the vote that is withdrawn.

        Returns
        -------
        seq : int
        new : bool

        Raises
        ------
        ValueError
            When that vote is not in force, or the case is minuted.
        """
        log.check_key(idempotency_key)

        def guard(_connection: Connection) -> None:
            vote = self._known.own(actor).get(case_id)
            if vote is None or vote.seq != seq:
                raise ValueError(_("Suara itu tidak berlaku lagi; tidak ada yang dibatalkan."))

        payload = {"supersedes": seq, "account": account}
        return self._append(actor, "assessor", "undo", case_id, payload, idempotency_key, guard)

    def record_minutes(self, *, actor: str, payload: dict[str, Any], head: str) -> int:
        """Append the minuting event.

        Raises
        ------
        ValueError
            When somebody appended an event since `head` was read.
        """

        def guard(connection: Connection) -> None:
            if self._take(connection).head != head:
                raise ValueError(_("Ada suara baru saat berita acara disusun; ulangi 'workbench minutes'."))

        return log.append(self.engine, actor=actor, role="secretary", kind="minutes", payload=payload, guard=guard)[0]

    def state(self, case_id: str) -> State:
        """Return the state of one case."""
        return self.ledger().state(case_id)

    def states(self) -> dict[str, State]:
        """Return the state of every case with a vote in force or in the minutes."""
        return self.ledger().states()

    def ledger(self) -> Ledger:
        """Return the state of all cases, with every event that is in the log by now."""
        with self.engine.connect() as connection:
            return self._take(connection)

    def events(self, case_id: str = "") -> list[Event]:
        """Return all events, or those of one case, in order."""
        with self.engine.connect() as connection:
            return [e for e in log.events_after(connection, 0) if not case_id or e.case_id == case_id]

    def verify(self) -> Verification:
        """Recompute the chain."""
        return log.verify(self.engine)

    def _append(
        self,
        actor: str,
        role: str,
        kind: str,
        case_id: str,
        payload: dict[str, Any],
        key: str,
        check: Callable[[Connection], None],
    ) -> tuple[int, bool]:
        def guard(connection: Connection) -> None:
            if self._take(connection).is_closed(case_id):
                raise ValueError(_("Kasus ini sudah masuk berita acara dan tidak dapat diubah."))
            check(connection)

        return log.append(
            self.engine,
            actor=actor,
            role=role,
            kind=kind,
            case_id=case_id,
            payload=payload,
            idempotency_key=key,
            guard=guard,
        )

    def _take(self, connection: Connection) -> Ledger:
        self._known.take(log.events_after(connection, self._known.seq))
        return self._known


def _moved(vote: Vote, case: Case | None) -> bool:
    """Return whether the ground of a vote has moved."""
    if case is None or case.content["box"] != vote.stated:
        return True
    now = case.content["risk"]
    # Where no error is declared there is no risk; one that comes or goes is another ground.
    return (now is None) != (vote.risk is None) or (now is not None and abs(now - vote.risk) > MOVED)


def _checked(action: str, box: int | None, reason_code: str, reason: str, confidence: int, idempotency_key: str) -> str:
    """Return the written reason of a complete vote; everything here is client input."""
    if action not in {"box", "retest", "postpone"}:
        raise ValueError(_("Pilihan tidak dikenal; pilih kotak 1-9, uji ulang, atau tunda."))
    if action == "box" and (not isinstance(box, int) or isinstance(box, bool) or not 1 <= box <= 9):
        raise ValueError(_("Kotak harus 1 sampai 9."))
    if reason_code not in REASONS:
        raise ValueError(_("Pilih kode alasan."))
    # A lone surrogate would neither be hashed nor stored.
    words = reason.encode("utf-8", "replace").decode("utf-8").strip()
    if not 3 <= len(words) <= LONGEST_REASON:
        raise ValueError(_("Tulis alasan, 3 sampai {n} huruf.").format(n=LONGEST_REASON))
    if isinstance(confidence, bool) or confidence not in {1, 2, 3}:
        raise ValueError(_("Keyakinan harus 1, 2, atau 3."))
    log.check_key(idempotency_key)
    return words


def _require_run(connection: Connection, case_id: str, run: str) -> None:
    now = connection.execute(select(cases_table.c.run).where(cases_table.c.case_id == case_id)).scalar()
    if now != run:
        raise ValueError(_("Kasus ini diperbarui oleh proses baru; periksa lagi sebelum memberi suara."))


def _case(row: Any) -> Case:
    return Case(
        row.case_id, row.run, row.position, row.participant_id, row.instansi, row.jenjang, json.loads(row.payload_json)
    )
