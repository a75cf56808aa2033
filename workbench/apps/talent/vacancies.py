"""Vacancies and the people who fit, as the run has matched them: nothing is matched here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.analysis.explorer import PAGE, People, Slice
from workbench.i18n import _, format_number, format_probability

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from workbench.workspace import Workspace

__all__ = ["Vacancies", "match_texts"]

CRITERIA = ("competency", "field", "education", "tenure")
_POST = (("unmet", "ascending"), ("no_data", "ascending"), ("own", "descending"), ("p_standard", "descending"))
_BY_PERSON = (*_POST, ("vacancy", "ascending"))
_BY_VACANCY = (*_POST, ("participant_id", "ascending"))


class Vacancies:
    """The vacancies that a reader may see, and the matches of the run.

    Parameters
    ----------
    workspace : Workspace
    people : People
        Whom the reader may see.
    may_see : callable
        Whether vacancies of an instansi are shown.

    Attributes
    ----------
    known : dict of str to dict
        By code: vacancy, instansi, unit, jabatan, jenjang, openings.
    problem : str
        Why there is nothing to match, or empty.
    """

    def __init__(self, workspace: Workspace, people: People, may_see: Callable[[str], bool]) -> None:
        self.people = people
        self.known: dict[str, dict[str, Any]] = {}
        self.problem = ""
        self._matches: pa.Table | None = None
        asked, matched = workspace.table_path("vacancies"), workspace.table_path("vacancy_matches", "boxes")
        if not asked.is_file():
            self.problem = _("Lowongan: tidak dicocokkan, tabel vacancies tidak ada.")
        elif not matched.is_file():
            self.problem = _("Lowongan belum dicocokkan pada putaran ini; jalankan 'workbench run' dahulu.")
        else:
            from pyarrow import parquet

            columns = ["vacancy", "instansi", "unit", "jabatan", "jenjang", "openings"]
            present = [name for name in columns if name in parquet.read_schema(asked).names]
            rows = parquet.read_table(asked, columns=present).to_pylist()
            self.known = {str(row["vacancy"]): row for row in rows if may_see(str(row["instansi"]))}
            # A table without rows has no types to filter by.
            found = parquet.read_table(matched)
            self._matches = found if found.num_rows else None

    def candidates(self, vacancy: str, page: int = 1) -> Slice:
        """Return one page of the people who are matched with a vacancy, best first, each with its place.

        Raises
        ------
        ValueError
            When there is no such vacancy.
        """
        from pyarrow import compute

        if vacancy not in self.known:
            raise ValueError(_("Lowongan '{vacancy}' tidak ada pada daftar Anda.").format(vacancy=vacancy[:40]))
        if self._matches is None:
            return Slice([], 0, 1, 1)
        found = self._matches.filter(compute.equal(self._matches["vacancy"], vacancy))
        found = found.filter(self.people.are_shown(found["participant_id"]))
        found = found.take(compute.sort_indices(found, sort_keys=_BY_VACANCY))
        pages = max(1, -(-found.num_rows // PAGE))
        at = min(max(page, 1), pages)
        rows = found.slice((at - 1) * PAGE, PAGE).to_pylist()
        placed = [{**row, "place": (at - 1) * PAGE + place} for place, row in enumerate(rows, start=1)]
        return Slice(placed, found.num_rows, at, pages)

    def posts(self, participant: str) -> list[dict[str, Any]]:
        """Return the vacancies that a person is matched with, best first."""
        from pyarrow import compute

        if self._matches is None:
            return []
        found = self._matches.filter(compute.equal(self._matches["participant_id"], participant))
        found = found.take(compute.sort_indices(found, sort_keys=_BY_PERSON))
        return [row for row in found.to_pylist() if row["vacancy"] in self.known]


def match_texts(row: dict[str, Any]) -> dict[str, Any]:
    """Return one match as a page shows it."""
    words = {"terpenuhi": _("ya"), "tidak": _("tidak"), "belum_ada_data": _("belum ada data")}
    return {
        "own": _("ya") if row["own"] else _("tidak"),
        "jpm": "–" if row["jpm"] is None else format_number(row["jpm"], 1),
        "p_standard": _chance(row["p_standard"]),
        "p_all": _chance(row["p_all"]),
        **{name: words.get(str(row[name]), "–") for name in CRITERIA},
        "unmet": [name for name in CRITERIA if row[name] == "tidak"],
    }


def _chance(p: float | None) -> str:
    return "–" if p is None else format_probability(p)
