"""A person's right to deletion (UU 27/2022): what was written about them in the review is erased, the chain holds.

Erased are the payloads of every event about the person's case, with the salts that would let somebody guess them, and
the line that links the pseudonym to NIP and name. Commitments and hashes stay, so that `verify` still proves that
nothing else was touched; an event says that, by whom and why. What is signed stays counted as it was signed.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from workbench.i18n import _
from workbench.records.identities import erase_identity, has_identity
from workbench.review import log
from workbench.review.cases import case_id_of
from workbench.review.ledger import ERASURE
from workbench.review.schema import events_table, leases_table, payloads_table
from workbench.review.store import Store

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from workbench.workspace import Workspace

__all__ = ["Erasure", "erase", "erase_payloads"]

LONGEST_REASON = 2000


@dataclass(frozen=True)
class Erasure:
    """What was erased.

    Attributes
    ----------
    seq : int
        Number of the event that says so.
    events : tuple of int
        Numbers of the events whose payloads are gone.
    is_signed : bool
        Whether the case stands in minutes in force.
    """

    seq: int
    events: tuple[int, ...]
    is_signed: bool


def erase(workspace: Workspace, participant: str, *, actor: str, account: str, reason: str) -> Erasure:
    """Erase what the review of a workspace says about one participant, and who that is.

    Results and inputs are left: they are no part of the review. A second call after one that was cut off does the rest.

    Parameters
    ----------
    workspace : Workspace
    participant : str
        Pseudonym.
    actor, account : str
        Who erases, and the account of the operating system.
    reason : str

    Returns
    -------
    Erasure

    Raises
    ------
    ValueError
        When there is no log, or as `erase_payloads`.
    """
    if not log.exists(workspace.database_url):
        raise ValueError(_("Catatan telaah belum ada; tidak ada yang dapat dihapus darinya."))
    known = has_identity(workspace.path, participant)
    with closing(Store.of(workspace)) as store:
        done = erase_payloads(store, participant, actor=actor, account=account, reason=reason, is_known=known)
    erase_identity(
        workspace.path, participant, purpose=_("penghapusan identitas: {reason}").format(reason=reason), actor=actor
    )
    return done


def erase_payloads(store: Store, participant: str, *, actor: str, account: str, reason: str, is_known: bool) -> Erasure:
    """Erase what the log says about one participant, in one transaction with the event that records it.

    Parameters
    ----------
    store : Store
    participant : str
        Pseudonym.
    actor, account : str
        Who erases, and the account of the operating system.
    reason : str
        At least three letters; it stays, so it must not repeat what is erased.
    is_known : bool
        Whether an identity of that pseudonym is still stored.

    Returns
    -------
    Erasure

    Raises
    ------
    ValueError
        When the person may not erase, gives no reason, or there is nothing to erase of that participant.
    """
    store.permissions.require(actor, "keep")
    words = reason.encode("utf-8", "replace").decode("utf-8").strip()
    if not 3 <= len(words) <= LONGEST_REASON:
        raise ValueError(_("Tulis alasan, 3 sampai {n} huruf.").format(n=LONGEST_REASON))
    case_id = case_id_of(participant)
    with store.engine.connect() as connection:
        found = _written(connection, case_id)
    if not found and not is_known:
        raise ValueError(
            _("Tidak ada yang dapat dihapus tentang peserta '{participant}'; periksa kodenya.").format(
                participant=participant[:40]
            )
        )
    with log.writing(store.engine) as connection:
        _leave_no_trace(connection)
        found = _written(connection, case_id)
        for seq in found:
            connection.execute(
                update(payloads_table).where(payloads_table.c.seq == seq).values(salt=b"", payload_json=None)
            )
        connection.execute(leases_table.delete().where(leases_table.c.case_id == case_id))
        role = store.permissions.role_for(actor, "keep", "administrator")
        payload = {"reason": words, "events": found, "account": account}
        seq = log.append_within(connection, actor, role, case_id, ERASURE, payload)
    _empty_journal(store)
    return Erasure(seq, tuple(found), store.ledger().is_closed(case_id))


def _written(connection: Connection, case_id: str) -> list[int]:
    """Return the events about a case whose payload is still there; what records an erasure is no such event."""
    query = (
        select(events_table.c.seq)
        .join(payloads_table, payloads_table.c.seq == events_table.c.seq)
        .where(
            events_table.c.case_id == case_id,
            events_table.c.kind != ERASURE,
            payloads_table.c.payload_json.is_not(None),
        )
    )
    return list(connection.execute(query.order_by(events_table.c.seq)).scalars())


def _leave_no_trace(connection: Connection) -> None:
    """Let SQLite write zeros over what is deleted, instead of only forgetting where it lies."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _empty_journal(store: Store) -> None:
    """Put what was written ahead into the database: the journal still holds the old pages."""
    if store.engine.dialect.name == "sqlite":
        store.engine.dispose()  # a reader of this process would keep the journal
        raw = store.engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()
