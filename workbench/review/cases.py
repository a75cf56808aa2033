"""One case of the queue, as it lies in the review database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workbench.i18n import _
from workbench.review.schema import cases_table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["Case", "case_of", "require_run"]


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
