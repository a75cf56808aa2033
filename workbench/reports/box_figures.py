"""Figures of boxes and levels: each a function from frames to a `Figure`.

``nine_boxes``, ``person_cloud``, ``doubt_curve``, ``pool_by_group``, ``level_profile``, ``gap_bars``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number, format_percent, format_range
from workbench.reports.canvas import BLUE, GREY, INK, ORANGE, SOFT, Figure, axes, finish
from workbench.reports.tables import Html, empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["doubt_curve", "gap_bars", "level_profile", "nine_boxes", "person_cloud", "pool_by_group"]

# Red to green from box 1 to 9, light enough for black numbers; the number itself is the sign, the colour only helps.
BOX_COLOURS = {
    1: "#F4B6A6",
    2: "#F7C9A9",
    3: "#F9D4AC",
    4: "#FBE3B0",
    5: "#FDF1BD",
    6: "#EAF0BE",
    7: "#CFE8BD",
    8: "#B7DFB9",
    9: "#9BD4B0",
}


def nine_boxes(
    counts: pd.DataFrame, grid: Sequence[Sequence[int]], pool: Sequence[int], *, signed: bool = False
) -> Figure:
    """Draw the nine boxes with stated and expected counts.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of `standing.expected_counts`.
    grid : 3 x 3 of int
        Rows kinerja from the top, columns potensial from the left.
    pool : sequence of int
        Boxes outlined as the pool.
    signed : bool
        Whether the stated counts are those of the minutes.
    """
    canvas, ax = axes(5.3, 4.2)
    by_box = counts.set_index("box")
    for r, line in enumerate(grid):
        for c, box in enumerate(line):
            _one_box(ax, c, 2 - r, box, by_box.loc[box], inside=box in pool)
    stated = by_box["stated"]
    for r, line in enumerate(grid):
        total = format_number(float(stated[list(line)].sum()))
        ax.text(3.08, 2.5 - r, total, va="center", ha="left", color=SOFT)
    for c in range(3):
        total = format_number(float(stated[[line[c] for line in grid]].sum()))
        ax.text(c + 0.5, 3.05, total, va="bottom", ha="center", color=SOFT)
    ax.text(3.08, 3.05, _("jumlah"), va="bottom", ha="left", color=SOFT, fontsize=8)
    ax.set_xlim(0, 3.4)
    ax.set_ylim(0, 3.25)
    ax.set_xticks([0.5, 1.5, 2.5], [_("rendah"), _("menengah"), _("tinggi")])
    ax.set_yticks([0.5, 1.5, 2.5], [_("di bawah"), _("sesuai"), _("di atas")])
    ax.set_xlabel(_("Potensial"), fontweight="bold")
    ax.set_ylabel(_("Kinerja terhadap ekspektasi"), fontweight="bold")
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    inside = counts["box"].isin(list(pool))
    what = _("orang di kotak itu menurut berita acara") if signed else _("orang yang dinyatakan di kotak itu")
    known = bool(counts["expected"].notna().all())
    words = (
        _(
            "Angka besar: {what}; di bawahnya jumlah harapan dengan rentang 95 %. Kotak bergaris tebal: kumpulan "
            "talenta, {stated} orang, harapan {expected}."
        )
        if known
        else _("Angka besar: {what}. Kotak bergaris tebal: kumpulan talenta, {stated} orang.")
    )
    sentence = words.format(
        what=what,
        stated=format_number(float(counts.loc[inside, "stated"].sum())),
        expected=format_number(float(counts.loc[inside, "expected"].sum())),
    )
    titles = {"box": _("Kotak"), "stated": _("Dinyatakan")}
    if known:
        titles |= {"expected": _("Harapan"), "low": _("Rendah"), "high": _("Tinggi")}
    return finish(canvas, _("Sembilan kotak talenta"), sentence, counts, titles, decimals=1)


def _one_box(ax: Any, x: float, y: float, box: int, row: pd.Series, *, inside: bool) -> None:
    from matplotlib.patches import Rectangle

    edge, line = (INK, 2.4) if inside else ("#B8BEC7", 0.8)
    ax.add_patch(Rectangle((x + 0.03, y + 0.03), 0.94, 0.94, facecolor=BOX_COLOURS[box], edgecolor=edge, lw=line))
    middle = {"ha": "center", "va": "center", "color": INK}
    ax.text(x + 0.08, y + 0.86, _("Kotak {n}").format(n=box), fontsize=9.5, fontweight="bold", va="center", color=INK)
    ax.text(x + 0.5, y + 0.56, format_number(float(row["stated"])), fontsize=20, **middle)
    if np.isnan(float(row["expected"])):
        return
    expected = format_number(float(row["expected"]))
    between = format_range(float(row["low"]), float(row["high"]))
    ax.text(x + 0.5, y + 0.29, _("harapan {n}").format(n=expected), fontsize=8.5, **middle)
    if between != expected:
        ax.text(x + 0.5, y + 0.145, f"({between})", fontsize=8.5, **middle)


def person_cloud(
    cloud: pd.DataFrame, cuts: Sequence[float], row_cuts: Sequence[float], pool: Sequence[int]
) -> Figure | Html:
    """Draw where the draws of one person fall among the boxes.

    Parameters
    ----------
    cloud : pandas.DataFrame
        potensial, kinerja, box, weight; a row a draw.
    cuts, row_cuts : sequence of float
        Cut points of potensial and of kinerja.
    pool : sequence of int
        Boxes of the pool, drawn filled; the others hollow.
    """
    title = _("Sebaran seorang peserta yang paling diragukan")
    if cloud.empty:
        return empty(title, _("tidak ada orang yang ditempatkan."))
    canvas, ax = axes(5.6, 3.4)
    x, y = cloud["potensial"].to_numpy(float), cloud["kinerja"].to_numpy(float)
    fixed = float(np.ptp(y)) == 0
    # A record without error has no spread: dots are set apart only so that one can see how many there are.
    shown = y + np.linspace(-2.5, 2.5, y.size)[np.argsort(np.argsort((np.arange(y.size) * 7919) % y.size))] * fixed
    inside = cloud["box"].isin(list(pool)).to_numpy(bool)
    ax.scatter(x[inside], shown[inside], s=12, color=BLUE, alpha=0.7, label=_("di kumpulan talenta"))
    ax.scatter(x[~inside], shown[~inside], s=12, facecolors="none", edgecolors=ORANGE, lw=0.8, label=_("di luar"))
    for cut in cuts:
        ax.axvline(cut, color=INK, lw=1, ls="--")
    for cut in row_cuts:
        ax.axhline(cut, color=INK, lw=1, ls="--")
    ax.set_xlim(min(x.min() - 2, min(cuts) - 2), max(x.max() + 2, max(cuts) + 2))
    ax.set_ylim(min(shown.min() - 4, min(row_cuts) - 4), max(shown.max() + 4, max(row_cuts) + 4))
    ax.set_xlabel(_("Potensial"))
    ax.set_ylabel(_("Kinerja"))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=2, frameon=False, fontsize=8)
    share = cloud.groupby("box")["weight"].sum().sort_values(ascending=False)
    table = pd.DataFrame({"box": share.index.astype(int), "share": 100 * share.to_numpy(float)})
    sentence = _(
        "Tiap titik adalah satu kemungkinan hasil orang itu: {inside} titik jatuh di kumpulan talenta, terbanyak di "
        "kotak {box}.{kinerja} Garis putus-putus: batas kebijakan."
    ).format(
        inside=format_percent(float(cloud.loc[inside, "weight"].sum())),
        box=int(table["box"].iloc[0]),
        kinerja=_(" Kinerja diambil sebagaimana tercatat, titiknya disebar tegak hanya agar terlihat.")
        if fixed
        else "",
    )
    titles = {"box": _("Kotak"), "share": _("Bagian titik, %")}
    return finish(canvas, title, sentence, table, titles, decimals=0)


def doubt_curve(risk: NDArray[np.float64]) -> Figure | Html:
    """Share of the wrong decisions to expect among the riskiest part of all decisions.

    Parameters
    ----------
    risk : ndarray, shape (n,)
        Probability of each decision that it is wrong; empty where none is known.
    """
    title = _("Di mana keputusan yang keliru berada")
    if not np.isfinite(risk).any():
        return empty(title, _("tidak dapat dihitung, karena tidak ada keputusan dengan peluang."))
    canvas, ax = axes(4.6, 3.0)
    ordered = np.sort(risk)[::-1]
    total = float(ordered.sum())
    caught = np.concatenate([[0.0], np.cumsum(ordered) / total if total > 0 else np.ones(ordered.size)])
    share = np.arange(ordered.size + 1) / max(ordered.size, 1)
    ax.plot(100 * share, 100 * caught, color=BLUE, lw=2)
    ax.plot([0, 100], [0, 100], color=GREY, lw=1, ls=":")
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 102)
    ax.set_xlabel(_("Ditelaah, yang paling berisiko dahulu, %"))
    ax.set_ylabel(_("Keputusan keliru yang tercakup, %"))
    at = np.array([0.05, 0.10, 0.17, 0.25, 0.50, 1.0])
    table = pd.DataFrame(
        {"share": 100 * at, "people": np.ceil(at * ordered.size), "caught": 100 * np.interp(at, share, caught)}
    )
    ax.scatter([17], [float(table["caught"][2])], color=ORANGE, s=36, zorder=3)
    sentence = _(
        "Dari {n} keputusan, kira-kira {wrong} diperkirakan keliru. Telaah atas {people} orang yang paling "
        "berisiko (17 %) "
        "mencakup {caught} dari keputusan keliru itu; garis titik: bila yang ditelaah dipilih acak."
    ).format(
        n=format_number(ordered.size),
        wrong=format_number(total, 0 if total >= 10 else 1),
        people=format_number(float(table["people"][2])),
        caught=format_percent(float(table["caught"][2]) / 100),
    )
    titles = {"share": _("Ditelaah, %"), "people": _("Orang"), "caught": _("Keliru tercakup, %")}
    return finish(canvas, title, sentence, table, titles, decimals=0)


def pool_by_group(rows: pd.DataFrame, title: str) -> Figure:
    """Share in the pool by group: expected with its interval, and stated.

    Parameters
    ----------
    rows : pandas.DataFrame
        label, n, stated, expected, low, high (numbers of people); drawn in this order from the top.
    title : str
    """
    canvas, ax = axes(6.4, 0.34 * len(rows) + 1.0)
    y = np.arange(len(rows))[::-1]
    share = {name: 100 * rows[name] / rows["n"] for name in ("stated", "expected", "low", "high")}
    ax.hlines(y, share["low"], share["high"], color=BLUE, lw=2.4, zorder=2, label=_("harapan, rentang 95 %"))
    ax.scatter(share["expected"], y, color=BLUE, s=34, zorder=3)
    ax.scatter(
        share["stated"], y, marker="D", s=26, facecolor="white", edgecolor=INK, lw=1.2, zorder=4, label=_("dinyatakan")
    )
    ax.set_yticks(y, [f"{label} ({format_number(int(n))})" for label, n in zip(rows["label"], rows["n"], strict=True)])
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_xlim(0, max(10.0, float(share["high"].max()) * 1.08))
    ax.set_xlabel(_("Di kumpulan talenta, % dari yang ditempatkan"))
    ax.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    highest = rows.loc[(rows["expected"] / rows["n"]).idxmax()]
    sentence = _("Bagian terbesar pada {label}: dinyatakan {stated} dari {n} orang, harapan {range}.").format(
        label=highest["label"],
        stated=format_number(int(highest["stated"])),
        n=format_number(int(highest["n"])),
        range=format_range(float(highest["low"]), float(highest["high"])),
    )
    titles = {
        "label": _("Kelompok"),
        "n": _("Ditempatkan"),
        "stated": _("Dinyatakan"),
        "expected": _("Harapan"),
        "low": _("Rendah"),
        "high": _("Tinggi"),
    }
    return finish(canvas, title, sentence, rows, titles, decimals=1)


def level_profile(rows: pd.DataFrame, titles: Mapping[str, str]) -> Figure | Html:
    """Mean level reached against mean level required, by competency.

    Parameters
    ----------
    rows : pandas.DataFrame
        competency, level, required.
    titles : mapping of str to str
    """
    if rows.empty:
        return empty(_("Level terhadap standar"), _("tidak ada level pada putaran ini."))
    canvas, ax = axes(6.4, 0.3 * len(rows) + 1.0)
    y = np.arange(len(rows))[::-1]
    ax.hlines(y, rows["required"], rows["level"], color=GREY, lw=2)
    ax.scatter(rows["level"], y, color=BLUE, s=40, zorder=3, label=_("tercapai"))
    ax.scatter(rows["required"], y, color=ORANGE, s=40, marker="D", zorder=3, label=_("standar"))
    ax.set_yticks(y, [titles.get(c, c) for c in rows["competency"]])
    ax.set_xlim(0.8, 5.2)
    ax.set_xticks(range(1, 6))
    ax.set_xlabel(_("Level (rata-rata)"))
    ax.legend(frameon=False, fontsize=8, loc="lower right")
    gap = rows.assign(gap=rows["level"] - rows["required"]).sort_values("gap").iloc[0]
    under = float(gap["gap"]) < 0
    words = (
        _("Paling tertinggal dari standar: {title}, {gap} level di bawahnya.")
        if under
        else _("Rata-rata semua kompetensi mencapai standar; selisih terkecil pada {title}, {gap} level di atasnya.")
    )
    sentence = words.format(
        title=titles.get(gap["competency"], gap["competency"]), gap=format_number(abs(float(gap["gap"])), 2)
    )
    shown = rows.assign(competency=[titles.get(c, c) for c in rows["competency"]])
    return finish(
        canvas,
        _("Level terhadap standar"),
        sentence,
        shown,
        {"competency": _("Kompetensi"), "level": _("Tercapai"), "required": _("Standar")},
    )


def gap_bars(rows: pd.DataFrame, title: str) -> Figure:
    """Share of people below the required level, at the printed level and as expected from the probabilities.

    Parameters
    ----------
    rows : pandas.DataFrame
        label, share, expected, n; drawn from the largest share down.
    title : str
    """
    rows = rows.sort_values("share", ascending=False, ignore_index=True)
    canvas, ax = axes(6.4, 0.3 * len(rows) + 1.1)
    y = np.arange(len(rows))[::-1]
    ax.barh(y, 100 * rows["share"], color="#9CC3DE", height=0.62, label=_("menurut level tercetak"))
    known = bool(rows["expected"].notna().all())
    if known:
        ax.scatter(100 * rows["expected"], y, color=INK, marker="|", s=120, lw=2, zorder=3, label=_("harapan"))
    longest = rows[["share", "expected"]].max(axis=1)
    for place, share, end in zip(y, rows["share"], longest, strict=True):
        ax.annotate(
            format_percent(share),
            (100 * end, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
    ax.set_yticks(y, rows["label"])
    ax.set_xlim(0, min(108.0, 100 * float(longest.max()) * 1.25 + 4))
    ax.set_xlabel(_("Di bawah standar, %"))
    ax.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    top = rows.iloc[0]
    words = (
        _(
            "Terbesar: {label}, {share} dari {n} orang yang standarnya level 2 atau lebih; harapan menurut peluang "
            "level {expected}."
        )
        if known
        else _("Terbesar: {label}, {share} dari {n} orang yang standarnya level 2 atau lebih.")
    )
    sentence = words.format(
        label=top["label"],
        share=format_percent(float(top["share"])),
        n=format_number(float(top["n"])),
        expected=format_percent(float(top["expected"])),
    )
    titles = {"label": _("Kompetensi"), "n": _("Orang"), "share": _("Tercetak")}
    if known:
        titles |= {"expected": _("Harapan")}
    return finish(canvas, title, sentence, rows, titles)
