"""Figures of items, scores and honesty: each a function from frames or arrays to a `Figure`.

``item_map``, ``wright_map``, ``test_information``, ``score_distribution``,
``reliability_diagram``; the figures of boxes and levels are in `box_figures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.reports.canvas import BLUE, GREY, INK, ORANGE, Figure, axes, finish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = [
    "item_map",
    "reliability_diagram",
    "score_distribution",
    "test_information",
    "wright_map",
]


def item_map(statistics: pd.DataFrame) -> Figure:
    """Difficulty against item-rest correlation of every item, flagged items named."""
    canvas, ax = axes()
    flagged = statistics["flag"] == "raised"
    watched = statistics["flag"] == "watch"
    for mask, mark, colour, label in (
        (~flagged & ~watched, "o", BLUE, _("tanpa tanda")),
        (watched, "^", INK, _("diamati")),
        (flagged, "X", ORANGE, _("bertanda")),
    ):
        if not mask.any():
            continue
        ax.scatter(
            statistics.loc[mask, "difficulty"],
            statistics.loc[mask, "item_rest"],
            s=26,
            marker=mark,
            color=colour,
            alpha=0.75,
            lw=0,
            label=label,
        )
    named = statistics[flagged | watched].nsmallest(12, "item_rest")
    for item, x, y in zip(named["item_id"], named["difficulty"], named["item_rest"], strict=True):
        ax.annotate(item, (x, y), xytext=(5, 3), textcoords="offset points", fontsize=8)
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set_xlim(0, 1)
    ax.set_ylim(min(-0.05, float(statistics["item_rest"].min()) - 0.05), None)
    ax.set_xlabel(_("Kemudahan (bagian skor maksimum)"))
    ax.set_ylabel(_("Korelasi butir-sisa"))
    ax.legend(frameon=False, fontsize=8, loc="lower right")
    sentence = _(
        "{n} butir; {flagged} bertanda dan {watched} diamati. Makin ke kanan makin mudah, makin ke atas makin "
        "membedakan; "
        "di bawah garis nol butir bekerja terbalik."
    ).format(n=format_number(len(statistics)), flagged=int(flagged.sum()), watched=int(watched.sum()))
    return finish(
        canvas,
        _("Peta butir"),
        sentence,
        statistics.sort_values("item_rest"),
        {
            "item_id": _("Butir"),
            "difficulty": _("Kemudahan"),
            "item_rest": _("Butir-sisa"),
            "flag": _("Tanda"),
            "reason": _("Alasan"),
        },
    )


def wright_map(parameters: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Where the items of each scale measure, under the people they are to measure (Wright map).

    Parameters
    ----------
    parameters : pandas.DataFrame
        scale, item_id and the locations ``b`` or ``b1``, ``b2`` ...: every threshold is one mark.
    titles : mapping of str to str
        Title of each scale.
    """
    scales = list(dict.fromkeys(parameters["scale"]))
    columns = [c for c in parameters.columns if c == "b" or (c[0] == "b" and c[1:].isdigit())]
    canvas, ax = axes(6.4, 0.30 * len(scales) + 1.3)
    people = np.linspace(-4, 4, 161)
    height = 0.9 * np.exp(-(people**2) / 2)
    ax.fill_between(people, len(scales) + 0.1, len(scales) + 0.1 + height, color="#D9E6F2", lw=0)
    ax.plot(people, len(scales) + 0.1 + height, color=BLUE, lw=1)
    rows = []
    for place, scale in enumerate(scales):
        marks = parameters.loc[parameters["scale"] == scale, columns].to_numpy(float).ravel()
        marks = marks[np.isfinite(marks)]
        y = len(scales) - 1 - place
        ax.hlines(y, -4, 4, color="#E3E7EC", lw=0.8, zorder=1)
        ax.vlines(np.clip(marks, -4, 4), y - 0.28, y + 0.28, color=INK, lw=0.9, zorder=2)
        low, middle, high = np.quantile(marks, [0.1, 0.5, 0.9])
        rows.append({"scale": titles.get(scale, scale), "n": marks.size, "low": low, "middle": middle, "high": high})
    ax.set_yticks(
        [*range(len(scales)), len(scales) + 0.5], [*[titles.get(s, s) for s in reversed(scales)], _("Peserta")]
    )
    ax.set_xlim(-4, 4)
    ax.set_xlabel(_("Theta"))
    table = pd.DataFrame(rows)
    widest = table.loc[(table["middle"]).abs().idxmax()]
    sentence = _(
        "Setiap garis tegak satu batas butir; lengkung di atas sebaran peserta (rata-rata 0, simpangan baku 1). Butir "
        "paling jauh dari peserta: {scale}, median {middle}."
    ).format(scale=widest["scale"], middle=format_number(float(widest["middle"]), 2))
    return finish(
        canvas,
        _("Peta butir dan orang"),
        sentence,
        table,
        {
            "scale": _("Skala"),
            "n": _("Batas"),
            "low": _("Persentil 10"),
            "middle": _("Median"),
            "high": _("Persentil 90"),
        },
    )


def test_information(title: str, information: pd.DataFrame, cuts: Sequence[float]) -> Figure:
    """Test information and conditional SEM over theta, with the level cuts.

    Parameters
    ----------
    title : str
    information : pandas.DataFrame
        theta, total, sem of `irt.information`.
    cuts : sequence of float
    """
    canvas, ax = axes(4.4, 2.7)
    ax.plot(information["theta"], information["total"], color=BLUE, lw=2)
    ax.set_xlabel(_("Theta"))
    ax.set_ylabel(_("Informasi"), color=BLUE)
    ax.set_ylim(0, None)
    other = ax.twinx()
    other.plot(information["theta"], information["sem"], color=ORANGE, lw=1.6, ls="--")
    other.set_ylabel(_("SEM bersyarat"), color=ORANGE)
    other.set_ylim(0, min(2.0, float(information["sem"].max()) * 1.1))
    other.spines[["top"]].set_visible(False)
    _cut_lines(ax, cuts)
    at = [float(np.interp(cut, information["theta"], information["sem"])) for cut in cuts]
    sentence = (
        _("SEM di batas level: {values}.").format(
            values="; ".join(f"{level}: {format_number(v, 2)}" for level, v in enumerate(at, start=2))
        )
        if len(at)
        else _("Galat terkecil {value}.").format(value=format_number(float(information["sem"].min()), 2))
    )
    shown = information[information.index % max(1, len(information) // 20) == 0]
    return finish(
        canvas,
        _("Informasi tes: {title}").format(title=title),
        sentence,
        shown,
        {"theta": "Theta", "total": _("Informasi"), "sem": "SEM"},
    )


def _cut_lines(ax: Any, cuts: Sequence[float]) -> None:
    for level, cut in enumerate(cuts, start=2):
        ax.axvline(cut, color=INK, lw=0.9, ls=":")
        words = _("level {n}").format(n=level) if level == 2 else str(level)
        ax.annotate(
            words, (cut, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=8, color=INK
        )


def score_distribution(title: str, values: NDArray[np.float64], label: str, cuts: Sequence[float] = ()) -> Figure:
    """Histogram of scores, with the level cuts on the same scale.

    Parameters
    ----------
    title : str
    values : ndarray, shape (n,)
    label : str
        Name of the score.
    cuts : sequence of float
        Lower bounds of levels 2, 3 ... in units of the score.
    """
    canvas, ax = axes(4.4, 2.5)
    counts, edges = np.histogram(values, bins=24)
    ax.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=BLUE, edgecolor="white", lw=0.5)
    ax.set_xlabel(label)
    ax.set_ylabel(_("Orang"))
    _cut_lines(ax, cuts)
    sentence = _("{n} orang; median {median}, setengahnya antara {low} dan {high}.").format(
        n=format_number(values.size),
        median=format_number(float(np.median(values)), 1),
        low=format_number(float(np.quantile(values, 0.25)), 1),
        high=format_number(float(np.quantile(values, 0.75)), 1),
    )
    table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "n": counts})
    return finish(canvas, title, sentence, table, {"from": _("Dari"), "to": _("Sampai"), "n": _("Orang")})


def reliability_diagram(table: pd.DataFrame, subject: str) -> Figure:
    """Stated probability against observed share, with Wilson intervals; the diagonal is perfect honesty.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of `honesty.reliability_table`.
    subject : str
        What the probability is about.
    """
    canvas, ax = axes(4.4, 3.9)
    ax.plot([0, 1], [0, 1], color=GREY, lw=1, zorder=1)
    ax.vlines(table["stated"], table["low"], table["high"], color=BLUE, lw=1, zorder=2)
    sizes = 12 + 150 * np.sqrt(table["n"] / table["n"].max())
    ax.scatter(table["stated"], table["observed"], s=sizes, color=BLUE, edgecolor="white", lw=0.8, zorder=3)
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
    ax.set_aspect("equal")
    ax.set_xlabel(_("Peluang dinyatakan"))
    ax.set_ylabel(_("Bagian yang benar"))
    n = table["n"]
    gap = float((n * (table["stated"] - table["observed"]).abs()).sum() / n.sum())
    inside = int(((table["low"] <= table["stated"]) & (table["stated"] <= table["high"])).sum())
    sentence = _(
        "Titik pada garis berarti peluang itu jujur; selisih rata-rata {gap} atas {n} orang simulasi, dan "
        "{inside} dari "
        "{bins} titik memuat garis itu dalam rentang 95 %. Titik yang besar mewakili banyak orang."
    ).format(gap=format_number(gap, 3), n=format_number(float(n.sum())), inside=inside, bins=len(table))
    return finish(
        canvas,
        _("Kejujuran peluang: {subject}").format(subject=subject),
        sentence,
        table,
        {"stated": _("Dinyatakan"), "observed": _("Teramati"), "n": "n", "low": _("Rendah"), "high": _("Tinggi")},
    )
