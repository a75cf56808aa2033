"""One case of the queue, as it lies in the review database."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from workbench.i18n import _
from workbench.review import log
from workbench.review.outcomes import Truth
from workbench.review.schema import cases_table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["Case", "CaseHead", "case_id_of", "case_of", "require_run", "row_of"]


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
    truth : Truth or None
        What is true of a known case; None for people.
    """

    case_id: str
    run: str
    position: int
    participant_id: str
    instansi: str
    jenjang: str
    content: dict[str, Any]
    truth: Truth | None = None


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
    truth = None if row.truth_json is None else Truth(**json.loads(row.truth_json))
    content = json.loads(row.payload_json)
    return Case(row.case_id, row.run, row.position, row.participant_id, row.instansi, row.jenjang, content, truth)


def row_of(case: Case) -> dict[str, Any]:
    """Return the row of the table that holds a case."""
    return {
        "case_id": case.case_id,
        "run": case.run,
        "position": case.position,
        "participant_id": case.participant_id,
        "instansi": case.instansi,
        "jenjang": case.jenjang,
        "payload_json": log.canonical(case.content),
        "truth_json": None if case.truth is None else log.canonical(asdict(case.truth)),
    }
