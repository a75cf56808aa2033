"""Cases and votes of one workspace, in its review database.

This module is imported by the kernel of the review page, which must be usable in a few seconds: nothing here may import
NumPy, pandas or pandera.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from workbench.i18n import _
from workbench.review import leases, log
from workbench.review.ballot import REASONS, check_ballot, reason_titles
from workbench.review.case_reader import CaseReader
from workbench.review.cases import Case, require_run, row_of
from workbench.review.ledger import KNOWN, Ledger
from workbench.review.outcomes import PlenoDecision, State, Vote
from workbench.review.permissions import EVERYBODY, Permissions
from workbench.review.schema import cases_table, leases_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from workbench.review.log import Event, Verification
    from workbench.workspace import Workspace

__all__ = ["REASONS", "Case", "State", "Store", "Vote", "is_hidden", "reason_titles"]

MOVED = 0.05  # a risk that moved by more than this since the vote reopens the case


class Store(CaseReader):
    """The review database of one workspace.

    The database is the truth; what this object remembers of the log only grows by the events that somebody appended.

    Parameters
    ----------
    url : str
        SQLAlchemy address.
    votes_required : int
        Votes that decide a case.
    votes_by_tier : mapping of str to int
        The same for single tiers.
    permissions : Permissions
        Who may do what; by default everybody everything.
    lease_minutes : int
        How long a claimed case is kept for somebody.
    quorum : int
        People who must be present when the pleno decides.

    Raises
    ------
    ValueError
        When the database cannot be opened.
    """

    def __init__(
        self,
        url: str,
        *,
        votes_required: int = 1,
        votes_by_tier: Mapping[str, int] | None = None,
        permissions: Permissions = EVERYBODY,
        lease_minutes: int = 30,
        quorum: int = 3,
    ) -> None:
        super().__init__(log.open_engine(url), permissions)
        self.votes_required = votes_required
        self.lease_minutes = lease_minutes
        self.quorum = quorum
        self.votes_by_tier = dict(votes_by_tier or {})
        self.latest = Ledger(votes_required)
        self._tiers_of = ""  # the run whose cases the ledger knows the tiers of

    @classmethod
    def of(cls, workspace: Workspace) -> Store:
        """Open the review database of a workspace with its settings."""
        settings = workspace.settings
        return cls(
            workspace.database_url,
            votes_required=settings.votes_required,
            votes_by_tier=settings.votes_by_tier,
            permissions=Permissions.of(workspace),
            lease_minutes=settings.lease_minutes,
            quorum=settings.quorum,
        )

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

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
        rows = [row_of(c) for c in cases]
        truths = {c.case_id: asdict(c.truth) for c in cases if c.truth is not None}
        fresh = {c.case_id: c for c in cases}
        place = {c.case_id: c.position for c in cases}
        with log.writing(self.engine) as connection:
            ledger = self._take(connection)
            voted = {case_id: state.grounds for case_id, state in ledger.states().items() if state.grounds}
            if (voted or ledger.minutes) and not reason:
                raise ValueError(
                    _("Sudah ada suara pada kotak yang sekarang; ulangi dengan --reopen ALASAN untuk menggantinya.")
                )
            order = sorted(voted, key=lambda case_id: (place.get(case_id, len(place) + 1), case_id))
            reopened = [c for c in order if any(_moved(vote, fresh.get(c)) for vote in voted[c])]
            kept = [c for c in order if c not in reopened]
            connection.execute(delete(cases_table))
            connection.execute(delete(leases_table))
            if rows:
                connection.execute(insert(cases_table), rows)
            self._tiers_of = ""
            if voted or ledger.minutes:
                payload = {"reason": reason, "run": run, "cases": reopened, "kept": kept}
                log.append_within(connection, "workbench", "system", "", "reopen", payload)
            if any(truth != ledger.truths.get(case_id) for case_id, truth in truths.items()):
                log.append_within(connection, "workbench", "system", "", KNOWN, {"run": run, "cases": truths})
        return reopened, kept

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
        words = check_ballot(action, box, reason_code, reason, confidence, idempotency_key)
        case = self.required_case(case_id, known=True)
        shown, instansi = run or case.run, case.instansi

        def check(connection: Connection) -> None:
            self.permissions.require(actor, "vote")
            self.permissions.require_case(actor, instansi)
            require_run(connection, case_id, shown)
            payload["hidden"] = is_hidden(self.latest, case, actor)
            if self.latest.required(case_id) > 1:
                leases.require_slot(connection, self.latest, actor, case_id)
                leases.release(connection, actor, case_id)

        payload = {
            "action": action,
            "box": box if action == "box" else None,
            "reason_code": reason_code,
            "reason": words,
            "confidence": confidence,
            "run": shown,
            "participant": case.participant_id,
            "stated": case.content["box"],
            "risk": case.content["risk"],
            "account": account,
        }
        return self.append(actor, role, "vote", case_id, payload, idempotency_key, check)

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
            vote = self.latest.own(actor).get(case_id)
            if vote is None or vote.seq != seq:
                raise ValueError(_("Suara itu tidak berlaku lagi; tidak ada yang dibatalkan."))
            if self.latest.required(case_id) > 1:
                leases.require_blind(self.latest, case_id)

        payload = {"supersedes": seq, "account": account}
        return self.append(actor, "assessor", "undo", case_id, payload, idempotency_key, guard)

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

        role = self.permissions.role_for(actor, "minutes", "secretary")
        return log.append(self.engine, actor=actor, role=role, kind="minutes", payload=payload, guard=guard)[0]

    def state(self, case_id: str) -> State:
        """Return the state of one case."""
        return self.ledger().state(case_id)

    def states(self) -> dict[str, State]:
        """Return the state of every case with a vote in force or in the minutes, without the known ones."""
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

    def claim(self, *, actor: str, case_id: str) -> str:
        """Keep a vote slot of a case for somebody for a while; claiming again begins the while anew.

        Returns
        -------
        str
            Until when, in UTC.

        Raises
        ------
        ValueError
            When every slot is held or used by others, or the case is not given to this person.
        """
        case = self.required_case(case_id, known=True)
        self.permissions.require(actor, "vote")
        self.permissions.require_case(actor, case.instansi)
        with log.writing(self.engine) as connection:
            return leases.claim(connection, self._take(connection), actor, case_id, self.lease_minutes)

    def taken(self, actor: str) -> set[str]:
        """Return the cases on which others hold or used every vote slot; none where one vote decides."""
        if max(self.votes_required, *self.votes_by_tier.values(), 1) == 1:
            return set()
        with self.engine.connect() as connection:
            return leases.taken(connection, self._take(connection), actor)

    def append(
        self,
        actor: str,
        role: str,
        kind: str,
        case_id: str,
        payload: dict[str, Any],
        key: str,
        check: Callable[[Connection], None],
    ) -> tuple[int, bool]:
        """Append an event about a case that is neither minuted nor withdrawn; `check` raises ValueError to refuse.

        Within `check` the ledger holds every event of the log.
        """

        def guard(connection: Connection) -> None:
            ledger = self._take(connection)
            if ledger.is_closed(case_id):
                raise ValueError(_("Kasus ini sudah masuk berita acara dan tidak dapat diubah."))
            if ledger.is_withdrawn(case_id):
                raise ValueError(_("Kasus ini sudah ditarik dari telaah."))
            if kind in ("vote", "undo") and ledger.is_fixed(case_id):
                raise ValueError(_("Pemungutan suara atas kasus ini sudah selesai; kasus dibawa ke pleno."))
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
        """Return the ledger with every event that is in the log by now.

        Raises
        ------
        ValueError
            At an event that no version of this code has written.
        """
        try:
            self.latest.take(log.events_after(connection, self.latest.seq))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValueError(
                _("Catatan telaah tidak terbaca setelah peristiwa {seq}; periksa dengan 'workbench verify'.").format(
                    seq=self.latest.seq
                )
            ) from None
        if self.votes_by_tier:
            self._know_tiers(connection)
        return self.latest

    def _know_tiers(self, connection: Connection) -> None:
        """Tell the ledger which cases ask for another number of votes, once for each run that made the cases."""
        run = str(connection.execute(select(cases_table.c.run).limit(1)).scalar() or "")
        if run and run == self._tiers_of:
            return
        columns = select(cases_table.c.case_id, cases_table.c.jenjang)
        rows = connection.execute(columns.where(cases_table.c.jenjang.in_(self.votes_by_tier))).all()
        self.latest.votes_of = {row.case_id: self.votes_by_tier[row.jenjang] for row in rows}
        self._tiers_of = run


def is_hidden(ledger: Ledger, case: Case, actor: str) -> bool:
    """Return whether the stated box of a case is kept from a person, until the first own vote on the outcome."""
    return bool(case.content.get("hidden")) and not ledger.has_voted(actor, case.case_id)


def _moved(vote: Vote | PlenoDecision, case: Case | None) -> bool:
    """Return whether the ground of a vote or a decision has moved."""
    if case is None or case.content["box"] != vote.stated:
        return True
    now = case.content["risk"]
    # Where no error is declared there is no risk; one that comes or goes is another ground.
    return (now is None) != (vote.risk is None) or (now is not None and abs(now - vote.risk) > MOVED)
