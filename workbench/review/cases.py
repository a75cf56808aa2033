"""One case of the queue, as it lies in the review database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from workbench.i18n import _
from workbench.review.schema import cases_table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

__all__ = ["Case", "CaseHead", "case_id_of", "case_of", "read_heads", "require_run"]


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


class CaseHead(NamedTuple):
    """What a list shows of a case.

    Attributes
    ----------
    case_id : str
    position : int
        Place in the queue, from 1.
    participant_id, instansi : str
    """

    case_id: str
    position: int
    participant_id: str
    instansi: str


def read_heads(engine: Engine) -> list[CaseHead]:
    """Return the heads of all cases in the order of the queue."""
    columns = (cases_table.c[name] for name in CaseHead._fields)
    with engine.connect() as connection:
        return [CaseHead(*row) for row in connection.execute(select(*columns).order_by(cases_table.c.position))]


def case_id_of(participant: str) -> str:
    """Return the case of a participant; it stays theirs from run to run."""
    return f"K{participant[1:]}"


def require_run(connection: Connection, case_id: str, run: str) -> None:
    """Refuse to judge a case by what another run showed.

    Raises
    ------
    ValueError
        When the case has been replaced since.
    """
    now = connection.execute(select(cases_table.c.run).where(cases_table.c.case_id == case_id)).scalar()
    if now != run:
        raise ValueError(_("Kasus ini diperbarui oleh proses baru; periksa lagi sebelum memberi suara."))


def case_of(row: Any) -> Case:
    """Return the case of a row of the table."""
    return Case(
        row.case_id, row.run, row.position, row.participant_id, row.instansi, row.jenjang, json.loads(row.payload_json)
    )
