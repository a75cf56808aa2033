"""The people of a round, filtered, counted in boxes and listed a page at a time, from the tables that the run left.

Nothing is estimated here: probabilities and draws are those of the run, and counts come with the interval of
`talent.expectation`, as in the reports. The kernels of pages are forked from a process that
may have one thread only, so pyarrow, whose reading starts some, is imported when it is first used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from workbench.policy import Policy
    from workbench.workspace import Workspace

__all__ = ["PAGE", "SORTS", "Count", "People", "Slice", "Wanted"]

PAGE = 50  # people of a list that travel to a page at once
BOXES = tuple(range(1, 10))
ROUNDING = 1e-9  # a sum of shares may lie a little below the number that it is
SORTS = {
    "participant": "participant_id",
    "instansi": "instansi",
    "jabatan": "jabatan",
    "jenjang": "tier",
    "box": "box",
    "p_pool": "p_pool",
    "potensial": "potensial",
    "kinerja": "kinerja",
    "jpm": "jpm",
}
_TEXTS = ("participant_id", "instansi", "jenjang", "jpm_category", "box_source", "withheld_reason")
_NUMBERS = ("jpm", "potensial", "potensial_sd", "kinerja", "kinerja_sd", "p_pool", "risk", "flip_distance")
_WHOLE = ("box", "box_printed")
_PROBABILITIES = tuple(f"p_box_{b}" for b in BOXES)
# People who are equal on what a list is sorted by stand as in the reports: the surest first, then the higher box.
_THEN = (("p_pool", "descending"), ("box", "descending"), ("participant_id", "ascending"))


@dataclass(frozen=True)
class Wanted:
    """Whom somebody wants to see.

    Attributes
    ----------
    instansi, jenjang : str
        Empty: all.
    words : str
        What jabatan or unit must contain, in any case of letters.
    boxes : tuple of int
        Empty: all, also people without a box.
    p_pool : float
        Least probability of the pool; 0 asks for none.
    placed : str
        ``yes`` with a box, ``no`` withheld; empty: both.
    reviewed : str
        ``decided``, ``changed`` or ``untouched`` in the minutes; empty: all.
    """

    instansi: str = ""
    jenjang: str = ""
    words: str = ""
    boxes: tuple[int, ...] = ()
    p_pool: float = 0.0
    placed: str = ""
    reviewed: str = ""


@dataclass(frozen=True)
class Count:
    """People in some boxes.

    Attributes
    ----------
    stated : int
        In the minutes where they hold, else as stated by the run.
    expected, low, high : float or None
        Sum of the probabilities with its 95 % interval; None where there are no probabilities.
    """

    stated: int
    expected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Slice:
    """One page of a list.

    Attributes
    ----------
    rows : list of dict
        At most `PAGE`, by column of the tables.
    total, page, pages : int
        People of the whole list; the page, from 1; pages.
    """

    rows: list[dict[str, Any]]
    total: int
    page: int
    pages: int


class People:
    """Everybody whom a reader may see.

    Parameters
    ----------
    table : pyarrow.Table
        A row a person: the columns of boxes.parquet that pages show, unit, jabatan, and where minutes hold box as
        decided; box_stated, changed, decided, tier (place of the tier in the standard).
    draw_counts : pyarrow.Table or None
        People in each box draw by draw, by instansi and tier.
    policy : Policy
    signed : bool
        Whether minutes hold for these boxes.
    """

    def __init__(self, table: pa.Table, draw_counts: pa.Table | None, policy: Policy, *, signed: bool) -> None:
        self._table = table
        self._draws = draw_counts
        self.policy = policy
        self.signed = signed

    @classmethod
    def of(cls, workspace: Workspace, *, may_see: Callable[[str], bool], signed: bool) -> People:
        """Read the people of a workspace.

        Parameters
        ----------
        workspace : Workspace
        may_see : callable
            Whether people of an instansi are shown; nothing of the others is kept.
        signed : bool
            Whether the minutes hold; then box is the decided one.

        Raises
        ------
        ValueError
            When there are no boxes yet.
        """
        import pyarrow as pa
        from pyarrow import compute, parquet

        path = workspace.table_path("boxes", "boxes")
        if not path.is_file():
            raise ValueError(
                _("Kotak talenta belum ada di {path}; jalankan 'workbench run' dahulu.").format(
                    path=workspace.path.name
                )
            )
        policy = workspace.policy
        table = parquet.read_table(path, columns=[*_TEXTS, *_WHOLE, *_NUMBERS, *_PROBABILITIES])
        shown = pa.array([name for name in compute.unique(table["instansi"]).to_pylist() if may_see(name)], pa.string())
        table = _typed(table.filter(compute.is_in(table["instansi"], shown.cast(table["instansi"].type))))
        table = _with_record(table, workspace)
        table = _with_minutes(table, workspace if signed else None)
        tiers = pa.array([tier.key for tier in policy.competencies.jenjang], pa.large_string())
        table = table.append_column("tier", compute.index_in(table["jenjang"], tiers))
        return cls(table.combine_chunks(), _draw_counts(workspace, shown), policy, signed=signed)

    @property
    def instansi(self) -> list[str]:
        """Instansi that are shown, by name."""
        from pyarrow import compute

        return sorted(compute.unique(self._table["instansi"]).to_pylist())

    @property
    def jenjang(self) -> list[str]:
        """Tiers that are present, in the order of the standard."""
        from pyarrow import compute

        present = set(compute.unique(self._table["jenjang"]).to_pylist())
        return [tier.key for tier in self.policy.competencies.jenjang if tier.key in present]

    @property
    def known(self) -> bool:
        """Whether anybody has probabilities."""
        from pyarrow import compute

        return bool(compute.any(compute.is_valid(self._table["p_pool"])).as_py())

    def person(self, participant: str) -> dict[str, Any] | None:
        """Return the row of one person, or None when nobody of that name is shown."""
        from pyarrow import compute

        found = self._table.filter(compute.equal(self._table["participant_id"], participant))
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows[0] if rows else None

    def boxes_of(self, participants: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the rows of some people by name; those who are not shown are left out."""
        import pyarrow as pa
        from pyarrow import compute

        wanted = compute.is_in(self._table["participant_id"], pa.array(participants, pa.large_string()))
        return {str(row["participant_id"]): row for row in self._table.filter(wanted).to_pylist()}

    def are_shown(self, participants: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return which of some people are shown, as booleans."""
        from pyarrow import compute

        return compute.is_in(participants.cast("large_string"), self._table["participant_id"])

    def counts(self, wanted: Wanted) -> tuple[dict[int, Count], Count]:
        """Return the people in each box, and in the pool, of the group that is wanted.

        Only instansi, tier and words make a group; the other wishes choose from its outcome.
        """
        group = self._placed(self._group(wanted))
        draws = self._by_draw(wanted)
        box = _numbers(group, "box")
        by_box = {}
        for b in BOXES:
            by_draw = None if draws is None else draws[:, b - 1]
            by_box[b] = _count(int((box == b).sum()), _numbers(group, f"p_box_{b}"), by_draw)
        inside = sorted(self.policy.boxes.pool)
        stated = sum(by_box[b].stated for b in inside)
        by_draw = None if draws is None else draws[:, [b - 1 for b in inside]].sum(axis=1)
        return by_box, _count(stated, _numbers(group, "p_pool"), by_draw)

    def sizes(self, wanted: Wanted) -> tuple[int, int]:
        """Return how many people of a group have a box, and how many are withheld."""
        group = self._group(wanted)
        placed = self._placed(group).num_rows
        return placed, group.num_rows - placed

    def has_draws(self, wanted: Wanted) -> bool:
        """Return whether the interval of a group comes from draws that carry the errors shared by everybody."""
        return self._by_draw(wanted) is not None

    def page(self, wanted: Wanted, *, sort: str = "p_pool", descending: bool = True, page: int = 1) -> Slice:
        """Return one page of the list of those who are wanted.

        Parameters
        ----------
        wanted : Wanted
        sort : str
            Key of `SORTS`. Who is equal stands as in the reports: the surest of the pool first, then the higher box.
        descending : bool
        page : int
            From 1; a page behind the last gives the last.

        Raises
        ------
        ValueError
            When the list cannot be sorted by that.
        """
        from pyarrow import compute

        if sort not in SORTS:
            raise ValueError(_("Daftar ini tidak dapat diurutkan menurut itu; pilih judul kolom."))
        found = self._select(wanted)
        keys = [(SORTS[sort], "descending" if descending else "ascending")]
        keys += [key for key in _THEN if key[0] != SORTS[sort]]
        order = compute.sort_indices(found, sort_keys=keys)
        pages = max(1, -(-found.num_rows // PAGE))
        at = min(max(page, 1), pages)
        rows = found.take(order.slice((at - 1) * PAGE, PAGE)).to_pylist()
        return Slice(rows, found.num_rows, at, pages)

    def _group(self, wanted: Wanted) -> pa.Table:
        from pyarrow import compute

        table = self._table
        for column, value in (("instansi", wanted.instansi), ("jenjang", wanted.jenjang)):
            if value:
                table = table.filter(compute.equal(table[column], value))
        if wanted.words:
            hits = [compute.match_substring(table[c], wanted.words, ignore_case=True) for c in ("unit", "jabatan")]
            table = table.filter(compute.or_kleene(*(compute.fill_null(hit, fill_value=False) for hit in hits)))
        return table

    def _placed(self, table: pa.Table) -> pa.Table:
        from pyarrow import compute

        return table.filter(compute.equal(table["withheld_reason"], ""))

    def _select(self, wanted: Wanted) -> pa.Table:
        import pyarrow as pa
        from pyarrow import compute

        table = self._group(wanted)
        if wanted.placed:
            table = table.filter(
                compute.equal(compute.equal(table["withheld_reason"], ""), pa.scalar(wanted.placed == "yes"))
            )
        if wanted.boxes:
            table = table.filter(compute.is_in(table["box"], pa.array(wanted.boxes, pa.int64())))
        if wanted.p_pool > 0:
            table = table.filter(compute.greater_equal(table["p_pool"], wanted.p_pool - ROUNDING))
        if wanted.reviewed:
            column = "changed" if wanted.reviewed == "changed" else "decided"
            known = compute.is_valid(table["box"])
            asked = compute.equal(table[column], pa.scalar(wanted.reviewed != "untouched"))
            table = table.filter(compute.and_(known, asked))
        return table

    def _by_draw(self, wanted: Wanted) -> NDArray[np.float64] | None:
        """Return the people of a group in each box draw by draw, shape (draws, 9); None where they were not counted."""
        import numpy as np
        from pyarrow import compute

        counts = self._draws
        if counts is None or wanted.words:
            return None
        for column, value in (("instansi", wanted.instansi), ("jenjang", wanted.jenjang)):
            if value:
                counts = counts.filter(compute.equal(counts[column], value))
        if not counts.num_rows:
            return None
        summed = counts.group_by("draw").aggregate([(f"box_{b}", "sum") for b in BOXES])
        return np.stack([_numbers(summed, f"box_{b}_sum") for b in BOXES], axis=1)


def _typed(table: pa.Table) -> pa.Table:
    """Give every column one type: a column without any value has none of its own."""
    import pyarrow as pa

    kinds = {
        **dict.fromkeys(_TEXTS, pa.large_string()),
        **dict.fromkeys(_WHOLE, pa.int64()),
        **dict.fromkeys((*_NUMBERS, *_PROBABILITIES), pa.float64()),
    }
    return table.cast(pa.schema([(name, kinds[name]) for name in table.column_names]))


def _with_record(table: pa.Table, workspace: Workspace) -> pa.Table:
    import pyarrow as pa
    from pyarrow import compute, parquet

    record = parquet.read_table(workspace.table_path("participants"), columns=["participant_id", "unit", "jabatan"])
    place = compute.index_in(table["participant_id"], record["participant_id"].cast("large_string"))
    for name in ("unit", "jabatan"):
        table = table.append_column(name, record[name].cast(pa.large_string()).take(place))
    return table


def _with_minutes(table: pa.Table, signed: Workspace | None) -> pa.Table:
    """Add what review has decided; nothing of it is told before there are minutes."""
    import pyarrow as pa
    from pyarrow import compute, parquet

    stated, nobody = table["box"], pa.array([False] * table.num_rows)
    if signed is None:
        table = table.append_column("box_stated", stated)
        return table.append_column("changed", nobody).append_column("decided", nobody)
    final = parquet.read_table(signed.table_path("final_boxes", "final"))
    place = compute.index_in(table["participant_id"], final["participant_id"].cast("large_string"))
    box = compute.coalesce(final["box"].cast("int64").take(place), stated)
    table = table.set_column(table.column_names.index("box"), "box", box).append_column("box_stated", stated)
    for name in ("changed", "decided"):
        table = table.append_column(name, compute.fill_null(final[name].take(place), fill_value=False))
    return table


def _draw_counts(workspace: Workspace, shown: pa.Array) -> pa.Table | None:
    from pyarrow import compute, parquet

    path = workspace.table_path("draw_counts", "boxes")
    if not path.is_file():
        return None
    counts = parquet.read_table(path, columns=["instansi", "jenjang", "draw", *(f"box_{b}" for b in BOXES)])
    if not counts.num_rows:
        return None
    return counts.filter(compute.is_in(counts["instansi"], shown.cast(counts["instansi"].type)))


def _numbers(table: pa.Table, column: str) -> NDArray[np.float64]:
    """Return a column as numbers; NaN where it holds nothing."""
    values: NDArray[np.float64] = table[column].cast("float64").to_numpy()
    return values


def _count(stated: int, p: NDArray[np.float64], by_draw: NDArray[np.float64] | None) -> Count:
    from workbench.talent.expectation import expected_people

    expected, low, high = expected_people(p, by_draw)
    if math.isnan(expected):
        return Count(stated, None, None, None)
    return Count(stated, expected, low, high)
