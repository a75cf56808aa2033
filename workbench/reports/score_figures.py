"""Figures of score validation: one interval a row, and five methods at each cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.reports.canvas import BLUE, GREY, INK, ORANGE, SOFT, Figure, axes, finish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["cut_methods", "intervals"]

_MARKS = (("o", BLUE), ("s", ORANGE), ("^", INK), ("D", SOFT), ("v", GREY))


def intervals(
    title: str,
    labels: Sequence[str],
    values: pd.DataFrame,
    axis: str,
    *,
    line: float | None = None,
    line_label: str = "",
    decimals: int = 2,
) -> Figure:
    """One value with its interval a row.

    Parameters
    ----------
    title : str
    labels : sequence of str
        Name of each row, from above.
    values : pandas.DataFrame
        value, low, high; rows without a value are left out.
    axis : str
        What is measured.
    line : float, optional
        A limit that is drawn and named.
    line_label : str
    decimals : int
    """
    table = values[["value", "low", "high"]].astype(float).reset_index(drop=True).assign(label=list(labels))
    table = table.dropna(subset=["value"]).reset_index(drop=True)
    canvas, ax = axes(6.4, 0.24 * len(table) + 1.1)
    y = np.arange(len(table))[::-1]
    ax.hlines(y, table["low"], table["high"], color=BLUE, lw=1.4)
    ax.scatter(table["value"], y, s=22, color=BLUE, zorder=3)
    if line is not None:
        ax.axvline(line, color=ORANGE, lw=1.2, ls="--")
        ax.annotate(
            line_label, (line, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=8, color=INK
        )
    ax.set_yticks(y, table["label"])
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlabel(axis)
    low, high = table.loc[table["value"].idxmin()], table.loc[table["value"].idxmax()]
    sentence = _("Titik: nilai; garis: rentangnya. Terendah {low} ({first}), tertinggi {high} ({last}).").format(
        low=format_number(low["value"], decimals),
        first=low["label"],
        high=format_number(high["value"], decimals),
        last=high["label"],
    )
    titles = {"label": _("Baris"), "value": axis, "low": _("dari"), "high": _("sampai")}
    return finish(canvas, title, sentence, table, titles, decimals=decimals + 1)


def cut_methods(title: str, rows: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Accuracy at each cut by every method, with intervals.

    Parameters
    ----------
    title : str
    rows : pandas.DataFrame
        method, level, accuracy, accuracy_low, accuracy_high of one scale.
    names : mapping of str to str
        Name of each method.
    """
    canvas, ax = axes(4.4, 3.1)
    present = [method for method in names if (rows["method"] == method).any()]
    for k, method in enumerate(present):
        here = rows[rows["method"] == method]
        x = here["level"] + 0.12 * (k - (len(present) - 1) / 2)
        mark, colour = _MARKS[k % len(_MARKS)]
        ax.vlines(x, here["accuracy_low"], here["accuracy_high"], color=colour, lw=1.2)
        ax.scatter(x, here["accuracy"], marker=mark, s=20, color=colour, label=names[method], zorder=3)
    ax.set_xticks(sorted(rows["level"].unique()))
    ax.set_xlabel(_("Batas level"))
    ax.set_ylabel(_("Akurasi"))
    ax.legend(frameon=False, fontsize=7, loc="lower right")
    spread = rows.groupby("level")["accuracy"].agg(lambda a: a.max() - a.min())
    sentence = _(
        "Bagian orang yang ditempatkan benar; selisih terbesar antar-metode {gap}, di batas level {level}."
    ).format(gap=format_number(float(spread.max()), 3), level=int(spread.idxmax()))
    table = rows.assign(method=rows["method"].map(names)).sort_values(["level", "method"])
    titles = {
        "level": _("Level"),
        "method": _("Metode"),
        "accuracy": _("Akurasi"),
        "accuracy_low": _("dari"),
        "accuracy_high": _("sampai"),
        "n": _("Orang"),
    }
    return finish(canvas, title, sentence, table, titles, decimals=3)
