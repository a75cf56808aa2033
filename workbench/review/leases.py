"""Vote slots of a case: who holds one for a while, and whether one is free.

A lease is no event: it says who is looking at a case, not what was decided, and returns by itself. It lies in a table
whose keys let nobody hold the slot of somebody else. What writes here is called within a transaction that nobody else
can write into.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from workbench.i18n import _
from workbench.review.schema import leases_table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from workbench.review.ledger import Ledger

__all__ = ["claim", "now_utc", "release", "require_blind", "require_slot", "taken"]


def now_utc() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def claim(connection: Connection, ledger: Ledger, actor: str, case_id: str, minutes: int) -> str:
    """Keep a slot for somebody, or keep it longer; return until when.

    Raises
    ------
    ValueError
        When the votes are complete, or others hold or used every slot.
    """
    require_slot(connection, ledger, actor, case_id)
    now = now_utc()
    connection.execute(
        delete(leases_table).where(leases_table.c.case_id == case_id, leases_table.c.until_utc <= _text(now))
    )
    release(connection, actor, case_id)
    held = set(connection.execute(select(leases_table.c.slot).where(leases_table.c.case_id == case_id)).scalars())
    slot = next(slot for slot in range(1, ledger.required(case_id) + 1) if slot not in held)
    until = _text(now + timedelta(minutes=minutes))
    connection.execute(insert(leases_table).values(case_id=case_id, slot=slot, actor=actor, until_utc=until))
    return until


def release(connection: Connection, actor: str, case_id: str) -> None:
    """Give a slot back."""
    connection.execute(delete(leases_table).where(leases_table.c.case_id == case_id, leases_table.c.actor == actor))


def require_slot(connection: Connection, ledger: Ledger, actor: str, case_id: str) -> None:
    """Refuse somebody for whom a case has no slot.

    Raises
    ------
    ValueError
        When the votes are complete, or others hold or used every slot.
    """
    require_blind(ledger, case_id)
    query = select(leases_table.c.actor).where(
        leases_table.c.case_id == case_id, leases_table.c.until_utc > _text(now_utc())
    )
    others = (set(connection.execute(query).scalars()) | ledger.voters(case_id)) - {actor}
    if len(others) >= ledger.required(case_id):
        raise ValueError(_("Kasus ini sedang ditelaah orang lain; lanjutkan dengan kasus berikutnya."))


def require_blind(ledger: Ledger, case_id: str) -> None:
    """Refuse to touch votes that may be seen by now.

    Raises
    ------
    ValueError
        When the votes are complete.
    """
    if ledger.is_complete(case_id):
        raise ValueError(_("Semua suara atas kasus ini sudah masuk dan tidak dapat diubah lagi."))


def taken(connection: Connection, ledger: Ledger, actor: str) -> set[str]:
    """Return the cases on which others hold or used every slot; none of those that one vote decides."""
    query = select(leases_table.c.case_id, leases_table.c.actor).where(
        leases_table.c.until_utc > _text(now_utc()), leases_table.c.actor != actor
    )
    others: dict[str, set[str]] = {}
    for row in connection.execute(query):
        others.setdefault(row.case_id, set()).add(row.actor)
    return {
        case_id
        for case_id, holders in others.items()
        if len((holders | ledger.voters(case_id)) - {actor}) >= ledger.required(case_id) > 1
    }


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
