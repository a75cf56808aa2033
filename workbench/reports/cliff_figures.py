"""Figures of what-if: people who cross the pool line as a cut of the policy slides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.i18n import _, format_number, format_range
from workbench.reports.canvas import BLUE, GREY, INK, ORANGE, Figure, axes, finish, spread
from workbench.reports.tables import Html, empty

if TYPE_CHECKING:
    from workbench.analysis.margins import CliffMap

__all__ = ["cliff_lines"]

# Axis by colour, cut by dashes: the two are told apart in print and by every eye.
COLOURS = {"potensial": BLUE, "kinerja": ORANGE}
DASHES = ("--", "-")


def cliff_lines(cliffs: CliffMap) -> Figure | Html:
    """Draw the change of the pool as each cut slides, a line a cut; the warnings stand below.

    Parameters
    ----------
    cliffs : CliffMap
        Those of everybody are drawn; without a table only the reason is shown.
    """
    table = cliffs.table
    if table.empty:
        return empty(_("Peta tebing"), " ".join(cliffs.warnings))
    rows = table[table["kind"] == ""].copy()
    stated = rows.loc[rows["shift"] == 0, "pool"].iloc[0]
    rows["net"] = rows["into"] - rows["out"]
    canvas, ax = axes(6.4, 3.6)
    ax.axhline(0, color=GREY, lw=0.8)
    ax.axvline(0, color=GREY, lw=0.8, ls=":")
    lines = []
    for (axis, cut), line in rows.groupby(["axis", "cut"], sort=False):
        line = line.sort_values("shift")
        first = cut == rows.loc[rows["axis"] == axis, "cut"].min()
        ax.plot(line["shift"], line["net"], color=COLOURS[axis], ls=DASHES[0 if first else 1], lw=2)
        ax.scatter(line["shift"], line["net"], color=COLOURS[axis], s=10)
        last = line.iloc[-1]
        lines.append((_("{axis} {cut}").format(axis=axis, cut=format_number(cut)), float(last["net"]), COLOURS[axis]))
    ends = np.array([end for _name, end, _colour in lines])
    low, high = float(rows["net"].min()), float(rows["net"].max())
    height = max(high - low, 1.0)
    heights = low + height / 100 * spread(100 * (ends - low) / height, 6.0)
    for (name, _end, colour), place in zip(lines, heights, strict=True):
        ax.annotate(name, (5, place), xytext=(8, 0), textcoords="offset points", va="center", fontsize=8.5, color=INK)
        ax.plot([5.0, 5.15], [_end, place], color=colour, lw=0.8, clip_on=False)
    ax.set_xlim(-5.2, 5.2)
    ax.set_xticks(range(-5, 6))
    ax.set_xlabel(_("Batas digeser, poin"))
    ax.set_ylabel(_("Perubahan isi kumpulan, orang"))
    worst = rows.loc[rows["net"].abs().idxmax()]
    sentence = _(
        "Kumpulan talenta berisi {stated} orang. Geseran yang paling besar akibatnya: batas {axis} {cut} digeser "
        "{shift} poin, {into} orang masuk dan {out} keluar (harapan isi kumpulan {range})."
    ).format(
        stated=format_number(int(stated)),
        axis=worst["axis"],
        cut=format_number(float(worst["cut"])),
        shift=format_number(int(worst["shift"])),
        into=format_number(int(worst["into"])),
        out=format_number(int(worst["out"])),
        range=format_range(float(worst["low"]), float(worst["high"])),
    )
    titles = {
        "axis": _("Sumbu"),
        "cut": _("Batas"),
        "shift": _("Geseran"),
        "pool": _("Di kumpulan"),
        "into": _("Masuk"),
        "out": _("Keluar"),
        "expected": _("Harapan"),
        "low": _("Rendah"),
        "high": _("Tinggi"),
    }
    return finish(canvas, _("Peta tebing"), " ".join([sentence, *cliffs.warnings]), rows, titles, decimals=0)
