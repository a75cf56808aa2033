"""Everything about one person that the run left, read when somebody looks at that person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import _, format_number, format_probability
from workbench.review.case_content import level, person_of, placement, year

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.policy import Policy
    from workbench.workspace import Workspace

__all__ = ["Cards"]

# Of the one large table only what a card shows.
COLUMNS = {"levels": ["participant_id", "competency", "level", "required", *(f"p_level_{k}" for k in range(1, 6))]}
TABLES = (
    ("participants", ""),
    ("performance", ""),
    ("levels", "boxes"),
    ("flips", "boxes"),
    ("tier_above", "boxes"),
    ("flags", "quality"),
    ("doubtful_results", "boxes"),
    ("dif_people", "boxes"),
    ("rotation", "boxes"),
)


class Cards:
    """Cards of people, from the tables of a workspace.

    Parameters
    ----------
    workspace : Workspace
    policy : Policy
    """

    def __init__(self, workspace: Workspace, policy: Policy) -> None:
        self.workspace = workspace
        self.policy = policy
        self._titles = {s.key: s.title for i in policy.instruments.values() for s in i.scales}

    def cards(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the cards of some people, each table read once.

        Parameters
        ----------
        rows : sequence of mapping
            Of `analysis.explorer.People`.

        Returns
        -------
        list of dict
            Who it is, levels, flags and record; with a box also the placement, without one the reason.
        """
        tables = {name: self._rows(name, stage, [str(row["participant_id"]) for row in rows]) for name, stage in TABLES}
        return [
            self._card(row, {name: found.get(str(row["participant_id"]), []) for name, found in tables.items()})
            for row in rows
        ]

    def _card(self, row: Mapping[str, Any], tables: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
        record = {"years_in_tier": None, **next(iter(tables["participants"]), {})}
        card = {
            "participant": str(row["participant_id"]),
            **person_of(row, {**record, "unit": row["unit"] or "–", "jabatan": row["jabatan"] or "–"}, self.policy),
            "withheld": str(row["withheld_reason"] or ""),
            "levels": self._levels(tables["levels"]),
            "flags": _flags(tables),
            "performance": [year(r) for r in sorted(tables["performance"], key=lambda r: str(r["year"]))],
            "facts": self._facts(tables),
        }
        if card["withheld"]:
            return card
        placed = placement(row, self.policy, "".join(str(found["items"] or "") for found in tables["flips"]))
        decided = bool(row["decided"])
        # What people have decided is not in doubt any more; the probabilities of the run stay to be read.
        return {
            **card,
            **placed,
            "risk": None if decided else placed["risk"],
            "decided": decided,
            "box_stated": int(row["box_stated"]),
        }

    def _levels(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        order = self.policy.competencies.competencies
        known = [row for row in rows if row["competency"] in order]
        return [
            {**level(row, self._titles), "competency": str(row["competency"])}
            for row in sorted(known, key=lambda row: order.index(row["competency"]))
        ]

    def _facts(self, tables: Mapping[str, list[dict[str, Any]]]) -> list[str]:
        """Say how long the person has been in the post, where that is long, and where against the tier above."""
        found = [
            _("Lama pada jabatan ini: {n} tahun (bahan rotasi).").format(
                n=format_number(float(row["years_in_post"]), 1)
            )
            for row in tables["rotation"]
        ]
        return found + [
            _(
                "Terhadap standar satu jenjang di atas ({tier}): JPM {jpm}; peluang mencapai semua kompetensi {p}."
            ).format(
                tier=self.policy.competencies.title_of(str(row["tier"])),
                jpm=format_number(float(row["jpm"]), 1),
                p=format_probability(float(row["p_all"])),
            )
            for row in tables["tier_above"]
            if row["jpm"] is not None and row["p_all"] is not None
        ]

    def _rows(self, name: str, stage: str, people: list[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of some people in one table, by person; none where the run left no such table."""
        path = self.workspace.table_path(name, stage)
        if not path.is_file():
            return {}
        from pyarrow import parquet

        if not parquet.read_metadata(path).num_rows:
            return {}  # a column without any value has no type to filter by
        # Names stay in the dictionary of the file: comparing two million of them one by one would take a second.
        found = parquet.read_table(
            path,
            columns=COLUMNS.get(name),
            filters=[("participant_id", "in", people)],
            read_dictionary=["participant_id", "competency"],
        )
        rows: dict[str, list[dict[str, Any]]] = {}
        for row in found.to_pylist():
            rows.setdefault(str(row["participant_id"]), []).append(row)
        return rows


def _flags(tables: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, str]]:
    """Return what makes a person's result worth a second look, from whichever list of the run says so."""
    found = [(str(row["flag"]), str(row["detail"])) for row in tables["flags"]]
    found += [
        (_("hasil mungkin tidak sah, {status}").format(status=row["status"]), str(row["reason"]))
        for row in tables["doubtful_results"]
    ]
    found += [
        (_("butir ber-DIF"), _("tanpa butir yang tidak setara: kotak {box}").format(box=row["box_without"]))
        for row in tables["dif_people"]
    ]
    return [{"flag": flag, "detail": detail} for flag, detail in found]
