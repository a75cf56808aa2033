"""Reading the cases of a review: of people, and known ones only where they are asked for.

Imported by the kernel of the review page, which must be usable in a few seconds: nothing here may import NumPy, pandas
or pandera.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, true

from workbench.i18n import _
from workbench.review.cases import Case, CaseHead, case_of
from workbench.review.schema import cases_table

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Engine

    from workbench.review.permissions import Permissions

__all__ = ["CaseReader"]


class CaseReader:
    """The cases as they lie in the review database.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    permissions : Permissions
        Whose cases are given to whom.
    """

    def __init__(self, engine: Engine, permissions: Permissions) -> None:
        self.engine = engine
        self.permissions = permissions

    def case(self, case_id: str, *, known: bool = False) -> Case | None:
        """Return one case, or None; a known one only where it is asked for."""
        query = select(cases_table).where(cases_table.c.case_id == case_id, _kind(known))
        with self.engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else case_of(row)

    def required_case(self, case_id: str, *, known: bool = False) -> Case:
        """Return one case; a known one only where it is asked for.

        Raises
        ------
        ValueError
            When there is none of that name.
        """
        case = self.case(case_id, known=known)
        if case is None:
            raise ValueError(_("Kasus '{case}' tidak ada pada ruang kerja ini.").format(case=case_id[:40]))
        return case

    def cases(self, *, known: bool = False) -> list[Case]:
        """Return the cases of people in the order of the queue, with the known ones among them where asked for."""
        query = select(cases_table).where(_kind(known)).order_by(cases_table.c.position)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [case_of(row) for row in rows]

    def case_heads(
        self, *, instansi: str = "", jenjang: str = "", actor: str = "", known: bool = False
    ) -> list[tuple[str, int]]:
        """Return case id and position in the order of the queue, filtered; with an actor those given to them.

        With `known` as a reviewer meets the queue: the known cases among the others. Nothing else may show them.
        """
        found = self.heads(instansi=instansi, jenjang=jenjang, actor=actor, known=known)
        return [(head.case_id, head.position) for head in found]

    def heads(self, *, instansi: str = "", jenjang: str = "", actor: str = "", known: bool = False) -> list[CaseHead]:
        """Return what a list shows of the cases; see `case_heads`."""
        columns = (cases_table.c[name] for name in CaseHead._fields)
        query = select(*columns).where(_kind(known)).order_by(cases_table.c.position)
        if instansi:
            query = query.where(cases_table.c.instansi == instansi)
        if jenjang:
            query = query.where(cases_table.c.jenjang == jenjang)
        with self.engine.connect() as connection:
            found = [CaseHead(*row) for row in connection.execute(query)]
        kept = {name: not actor or self.permissions.may_have(actor, name) for name in {head.instansi for head in found}}
        return [head for head in found if kept[head.instansi]]

    def participants(self) -> dict[str, str]:
        """Return the participant of every case but the known ones, whose people do not exist."""
        query = select(cases_table.c.case_id, cases_table.c.participant_id).where(_kind(known=False))
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return {row.case_id: row.participant_id for row in rows}

    def filters(self) -> tuple[list[str], list[str]]:
        """Return the instansi and the tiers that have cases."""
        instansi, jenjang = cases_table.c.instansi, cases_table.c.jenjang
        with self.engine.connect() as connection:
            names = connection.execute(select(instansi).distinct().order_by(instansi)).scalars().all()
            tiers = connection.execute(select(jenjang).distinct().order_by(jenjang)).scalars().all()
        return list(names), list(tiers)

    def count_cases(self) -> int:
        """Return the number of cases of people."""
        query = select(func.count()).select_from(cases_table).where(_kind(known=False))
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def run(self) -> str:
        """Return the run that made the cases, or an empty text before the first."""
        with self.engine.connect() as connection:
            return str(connection.execute(select(cases_table.c.run).limit(1)).scalar() or "")


def _kind(known: bool) -> ColumnElement[bool]:
    """Return the condition on the rows that a reader of cases gets: those of people, or all."""
    return true() if known else cases_table.c.truth_json.is_(None)
