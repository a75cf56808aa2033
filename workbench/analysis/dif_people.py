"""DIF in persons: who stands in another box when the items that treat groups unequally are left out.

Items are left out with fixed parameters: everybody is scored again on what is left, and the rule is applied again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.differential import comparisons, final_rows
from workbench.analysis.opened_round import without_items
from workbench.i18n import _, format_number
from workbench.talent.counting import OPEN

if TYPE_CHECKING:
    from workbench.analysis.opened_round import OpenedRound
    from workbench.workspace import Workspace

__all__ = ["DifPeople", "dif_items", "without_dif_items"]

SIGNIFICANT = 0.05
# Whose box has this probability is taken to stay there; above `LARGE` people only those near the pool line move.
SURE = 0.995
LARGE = 5_000
COLUMNS = ["participant_id", "instansi", "jenjang", "box", "box_without", "p_pool", "p_pool_without", "crosses"]


@dataclass(frozen=True)
class DifPeople:
    """What leaving out the DIF items does to people.

    Attributes
    ----------
    items : pandas.DataFrame
        item_id, scale, group, ets, difference (of the mean item score at equal total, as a share of the maximum).
    changed : pandas.DataFrame
        `COLUMNS`, a row a person whose stated box changes; those who cross the pool line first.
    groups : pandas.DataFrame
        variable, group, n, pool, pool_without: stated members of the pool.
    not_computed : tuple of str
    """

    items: pd.DataFrame
    changed: pd.DataFrame
    groups: pd.DataFrame
    not_computed: tuple[str, ...]


def dif_items(workspace: Workspace) -> pd.DataFrame:
    """Return the items with large DIF (ETS class C, or CC for ordered items) that stands out among all tested ones.

    Returns
    -------
    pandas.DataFrame
        item_id, scale, instrument, group, ets, difference; a row an item, that of its largest difference.
    """
    columns = ["item_id", "scale", "instrument", "group", "ets", "difference"]
    if not workspace.table_path("dif", "items").is_file():
        return pd.DataFrame(columns=columns)
    table = pd.read_parquet(workspace.table_path("dif", "items"))
    if table.empty:
        return pd.DataFrame(columns=columns)
    rows = final_rows(table)
    large = rows[rows["ets"].isin(["C", "CC"]) & (rows["p_bh"] < SIGNIFICANT)]
    instrument = workspace.read("items", ["item_id", "instrument"]).set_index("item_id")["instrument"]
    large = large.assign(instrument=large["item_id"].map(instrument), size=large["difference"].abs())
    largest = large.sort_values("size", ascending=False, kind="stable").drop_duplicates("item_id")
    return largest[columns].sort_values("item_id", ignore_index=True)


def without_dif_items(asked: OpenedRound, groups: pd.DataFrame) -> DifPeople:
    """Leave out every item with large DIF and list whose box changes.

    Parameters
    ----------
    asked : OpenedRound
    groups : pandas.DataFrame
        One column a protected variable, indexed by participant_id.
    """
    workspace, result = asked.workspace, asked.result
    items = dif_items(workspace)
    nothing = pd.DataFrame(columns=COLUMNS)
    counts = pd.DataFrame(columns=["variable", "group", "n", "pool", "pool_without"])
    used = items[items["scale"].isin(result.policy.used_scales)]
    if used.empty:
        words = (
            _("DIF pada orang: tidak dapat dihitung, putaran ini tidak memuat jawaban butir.")
            if not workspace.has_answers
            else _("DIF pada orang: tidak ada butir dengan DIF besar pada skala yang dipakai kebijakan ini.")
            if workspace.table_path("dif", "items").is_file()
            else _("DIF pada orang: tidak dihitung, tabel dif tidak ada.")
        )
        return DifPeople(items, nothing, counts, (words,))
    before = result.boxes.set_index("participant_id")
    placed = before[before["withheld_reason"] == ""]
    left_out: list[str] = []
    if len(placed) <= LARGE:
        sure = placed[[f"p_box_{b}" for b in range(1, 10)]].max(axis=1) >= SURE
        words = _("DIF pada orang: {n} orang yang kotaknya pasti (peluang {p} ke atas) tidak ditempatkan ulang.")
    else:
        low, high = OPEN
        sure = (placed["p_pool"] <= low) | (placed["p_pool"] >= high)
        words = _("DIF pada orang: {n} orang yang jauh dari garis kumpulan talenta tidak ditempatkan ulang.")
    again = placed.index[~sure]
    left_out.append(words.format(n=format_number(int(sure.sum())), p=format_number(SURE, 3)))
    if not len(again):
        return DifPeople(items, nothing, counts, tuple(left_out))
    chosen = before.index.isin(again)
    after = asked.placing.again(without_items(asked, set(used["item_id"])), chosen).set_index("participant_id")
    both = placed.loc[after.index].assign(box_without=after["box"], p_pool_without=after["p_pool"])
    pool = result.policy.boxes.pool
    crosses = both["box"].isin(pool) != both["box_without"].isin(pool)
    moved = both.assign(crosses=crosses)[(both["box"] != both["box_without"]).fillna(value=True)]
    changed = moved.reset_index().sort_values(
        ["crosses", "participant_id"], ascending=[False, True], ignore_index=True
    )[COLUMNS]
    return DifPeople(items, changed, _counted(placed, changed, groups, pool), tuple(left_out))


def _counted(placed: pd.DataFrame, changed: pd.DataFrame, groups: pd.DataFrame, pool: tuple[int, ...]) -> pd.DataFrame:
    """Return how many of each group are in the pool with and without the items."""
    inside = placed["box"].isin(pool)
    moved = changed.set_index("participant_id")["box_without"].reindex(placed.index)
    without = moved.isin(pool).where(moved.notna(), inside).astype(bool)
    rows = []
    for variable in dict.fromkeys(c.variable for c in comparisons(groups)):
        labels = groups[variable].reindex(placed.index)
        for group in sorted(labels.dropna().unique()):
            mine = (labels == group).to_numpy(bool)
            rows.append(
                {
                    "variable": variable,
                    "group": group,
                    "n": int(mine.sum()),
                    "pool": int(np.sum(inside.to_numpy(bool) & mine)),
                    "pool_without": int(np.sum(without.to_numpy(bool) & mine)),
                }
            )
    return pd.DataFrame(rows, columns=["variable", "group", "n", "pool", "pool_without"])
