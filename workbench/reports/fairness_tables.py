"""Tables and the figure of the section on fairness: from the frames of `analysis.fairness` to what a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.fairness import group_title, small_sentence
from workbench.i18n import _, format_number, format_percent, format_range
from workbench.policy import scale_titles
from workbench.reports.canvas import BLUE, GREY, ORANGE, Figure, axes, finish
from workbench.reports.tables import Html, empty, html_table, probability, sentence_list, yes_no
from workbench.talent.fairness import FEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.analysis.fairness import Fairness

__all__ = [
    "changed_table",
    "findings",
    "gap_table",
    "impact_table",
    "instansi_impact",
    "instansi_table",
    "ratio_figure",
]

SMALLEST, LARGEST = 0.2, 5.0  # of the axis of ratios
_ENDS = ("", "_low", "_high")  # of the name of a column: the figure, and where its interval ends


def findings(impact: pd.DataFrame, placed: int, not_computed: Sequence[str]) -> Html:
    """Return in sentences what was found and what the numbers cannot say.

    Parameters
    ----------
    impact : pandas.DataFrame
        As `analysis.fairness.decisions_by_group`.
    placed : int
        People with a box.
    not_computed : sequence of str
    """
    whole = _whole(impact)
    sentences = [_found(whole[whole["decision"] == name], name) for name in dict.fromkeys(whole["decision"])]
    if not sentences:
        sentences = [_("Tidak ada perbandingan kelompok.")]
    tiers = _(
        "Perbandingan mentah berlaku atas semua jenjang bersama. Kelompok yang lebih banyak di jenjang yang jarang "
        "terpilih tampak tertinggal karena itu; kolom di dalam jenjang hanya membandingkan orang sejenjang. Jabatan "
        "dan unit kerja tidak disamakan."
    )
    return sentence_list([*sentences, small_sentence(impact, placed), tiers, *not_computed])


def _found(rows: pd.DataFrame, decision: str) -> str:
    counted = rows[rows["not_computed"] == ""]
    within = counted[counted["tier_not_computed"] == ""]
    return _(
        "Keputusan {decision}, {n} perbandingan kelompok: aturan empat perlima menyala pada {alarms}, rentang 95 % "
        "menyingkirkan 1 pada {apart}; di dalam jenjang, dari {within} perbandingan, pada {apart_within}. Di antara "
        "{n} perbandingan {chance} menyingkirkan 1 secara kebetulan."
    ).format(
        decision=_decisions()[decision],
        n=format_number(len(counted)),
        alarms=format_number(int(counted["four_fifths"].fillna(value=False).sum())),
        apart=format_number(int(((counted["ratio_low"] > 1) | (counted["ratio_high"] < 1)).sum())),
        within=format_number(len(within)),
        apart_within=format_number(int(((within["ratio_tier_low"] > 1) | (within["ratio_tier_high"] < 1)).sum())),
        chance=format_number(0.05 * len(counted), 1),
    )


def _decisions() -> dict[str, str]:
    return {"stated": _("dinyatakan"), "final": _("final")}


def _whole(impact: pd.DataFrame) -> pd.DataFrame:
    return impact[impact["instansi"] == ""].reset_index(drop=True)


def _span(low: float, high: float, *, percent: bool = False) -> str:
    if pd.isna(low):
        return "\N{EN DASH}"
    if percent:
        return f"{format_percent(float(low))}\N{EN DASH}{format_percent(float(high))}"
    last = "\N{INFINITY}" if np.isinf(high) else format_number(float(high), 2)
    return f"{format_number(float(low), 2)}\N{EN DASH}{last}"


def _with_span(value: float, low: float, high: float) -> str:
    """Return a ratio with its interval behind it, so that a table stays narrow enough to be read."""
    if pd.isna(value):
        return "\N{EN DASH}"
    return f"{format_number(float(value), 2)} ({_span(low, high)})"


def impact_table(impact: pd.DataFrame) -> Html:
    """Return selection rates and their ratio by group over the whole round and within tiers, then what they say."""
    rows = _whole(impact)
    if rows.empty:
        return empty(_("Tingkat masuk kumpulan talenta menurut kelompok"))
    shown = pd.DataFrame(
        {
            "title": rows["title"],
            "decision": rows["decision"].map(_decisions()),
            "n": rows["n"],
            "selected": rows["selected"],
            "rate": [_span(a, b, percent=True) for a, b in zip(rows["rate_low"], rows["rate_high"], strict=True)],
            "reference": [
                "\N{EN DASH}"
                if pd.isna(k)
                else _("{k} dari {n}").format(k=format_number(int(k)), n=format_number(int(n)))
                for k, n in zip(rows["selected_reference"], rows["n_reference"], strict=True)
            ],
            **{
                name: [_with_span(*cells) for cells in zip(*(rows[f"{name}{end}"] for end in _ENDS), strict=True)]
                for name in ("ratio", "ratio_tier")
            },
            "p": rows["p_fisher"].astype(float),
            "alarm": rows["false_alarm"].map(format_percent, na_action="ignore"),
            "sentence": (rows["sentence"] + " " + rows["tier_sentence"]).str.strip(),
        }
    )
    who = {"title": _("Kelompok")}
    if (rows["decision"] != "stated").any():
        who = {**who, "decision": _("Keputusan")}
    titles = {
        **who,
        "n": _("Orang"),
        "selected": _("Di kumpulan"),
        "rate": _("Tingkat, 95 %"),
        "reference": _("Acuan"),
        "ratio": _("Perbandingan (95 %)"),
        "ratio_tier": _("Di dalam jenjang (95 %)"),
        "p": _("p Fisher"),
        "alarm": _("Alarm palsu 4/5"),
    }
    numbers = html_table(
        shown,
        _("Tingkat masuk kumpulan talenta menurut kelompok"),
        titles=titles,
        decimals={"p": 3},
        numbers=("rate", "ratio", "ratio_tier", "alarm", "reference"),
        note=_(
            "Tingkat: rentang eksak Clopper-Pearson. Perbandingan: rentang skor Koopman; di dalam jenjang: "
            "Mantel-Haenszel dengan rentang Greenland-Robins. Alarm palsu: peluang aturan empat perlima menyala pada "
            "jumlah ini bila kedua kelompok terpilih sama seringnya, pada tingkat gabungan keduanya."
        ),
    )
    said = shown[shown["sentence"] != ""]
    if said.empty:
        return numbers
    caption = _("Yang dapat dikatakan tentang tiap kelompok")
    sentences = html_table(said, caption, titles={**who, "sentence": _("Yang dapat dikatakan")})
    return Html(numbers.text + sentences.text)


def _last(impact: pd.DataFrame) -> str:
    """Return the decisions that count: the final ones where there are any."""
    return "final" if (impact["decision"] == "final").any() else "stated"


def instansi_impact(impact: pd.DataFrame, limit: int = 10) -> Html:
    """Return the comparisons within an instansi that chance explains least, with how many there were."""
    rows = impact[(impact["instansi"] != "") & (impact["decision"] == _last(impact)) & impact["p_fisher"].notna()]
    caption = _("Perbandingan di dalam instansi yang paling sulit dijelaskan kebetulan")
    if rows.empty:
        return empty(caption, _("satu instansi saja, atau tidak ada yang dapat dihitung."))
    shown = rows.nsmallest(limit, "p_fisher").assign(
        between=lambda t: [_span(a, b) for a, b in zip(t["ratio_low"], t["ratio_high"], strict=True)],
        tier_between=lambda t: [_span(a, b) for a, b in zip(t["ratio_tier_low"], t["ratio_tier_high"], strict=True)],
        alarm=lambda t: t["false_alarm"].map(format_percent),
    )
    return html_table(
        shown,
        caption,
        titles={
            "instansi": _("Instansi"),
            "title": _("Kelompok"),
            "n": _("Orang"),
            "n_reference": _("Acuan"),
            "ratio": _("Perbandingan"),
            "between": _("95 %"),
            "p_fisher": _("p Fisher"),
            "alarm": _("Alarm palsu 4/5"),
            "ratio_tier": _("Perbandingan di dalam jenjang"),
            "tier_between": _("95 %"),
        },
        decimals={"p_fisher": 4},
        numbers=("between", "tier_between", "alarm"),
        note=_(
            "Dari {n} perbandingan, {chance} diharapkan memiliki p di bawah 0,05 secara kebetulan; ditemukan {found}."
        ).format(
            n=format_number(len(rows)),
            chance=format_number(0.05 * len(rows)),
            found=format_number(int((rows["p_fisher"] < 0.05).sum())),
        ),
    )


def ratio_figure(impact: pd.DataFrame) -> Figure | Html:
    """Draw the ratio of each group with its interval against the band of four fifths."""
    rows = _whole(impact)
    rows = rows[(rows["decision"] == _last(impact)) & rows["ratio"].notna()].reset_index(drop=True)
    title = _("Perbandingan tingkat masuk kumpulan talenta")
    if rows.empty:
        return empty(title)
    canvas, ax = axes(7.6, 0.3 * len(rows) + 1.2)
    y = np.arange(len(rows))[::-1]
    low = rows["ratio_low"].clip(SMALLEST, LARGEST)
    high = rows["ratio_high"].clip(SMALLEST, LARGEST)
    ax.axvspan(0.8, 1.25, color="#EEF1F4", zorder=0)
    ax.axvline(1.0, color=GREY, lw=1, ls=":")
    alarm = rows["four_fifths"].fillna(value=False).to_numpy(bool)
    ax.hlines(y, low, high, color=BLUE, lw=2, zorder=2)
    middle = rows["ratio"].clip(SMALLEST, LARGEST).to_numpy(float)
    ax.scatter(middle[~alarm], y[~alarm], color=BLUE, s=34, zorder=3, label=_("di antara 0,8 dan 1,25"))
    ax.scatter(middle[alarm], y[alarm], color=ORANGE, marker="D", s=34, zorder=3, label=_("aturan 4/5 menyala"))
    ax.set_xscale("log")
    ticks = (0.25, 0.5, 0.8, 1.25, 2.0, 4.0)
    ax.set_xticks(ticks, [format_number(one, 0 if one == round(one) else 2) for one in ticks])
    ax.minorticks_off()
    ax.set_xlim(SMALLEST, LARGEST)
    ax.set_yticks(y, [f"{t} ({format_number(int(n))})" for t, n in zip(rows["title"], rows["n"], strict=True)])
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_xlabel(_("Perbandingan (skala logaritma)"))
    ax.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
    wide = int(((rows["ratio_low"] < 0.8) & (rows["ratio_high"] > 1.25)).sum())
    sentence = _(
        "Garis: rentang 95 %; bidang abu-abu: 0,8 sampai 1,25. Rentang {wide} dari {n} perbandingan melampaui bidang "
        "itu di "
        "kedua sisi: jumlah orangnya tidak dapat membedakan beda besar dari tidak ada beda."
    ).format(wide=format_number(wide), n=format_number(len(rows)))
    table = rows[["title", "n", "ratio", "ratio_low", "ratio_high"]]
    titles = {
        "title": _("Kelompok"),
        "n": _("Orang"),
        "ratio": _("Perbandingan"),
        "ratio_low": _("Rendah"),
        "ratio_high": _("Tinggi"),
    }
    return finish(canvas, title, sentence, table, titles)


def gap_table(result: Fairness) -> Html:
    """Return the share of each group in the pool as stated, under the common prior, and net of measurement error."""
    rows = result.gaps
    if rows.empty:
        return empty(_("Beda kelompok tanpa galat pengukuran"))
    shown = pd.DataFrame(
        {
            "group": [group_title(v, g) for v, g in zip(rows["variable"], rows["group"], strict=True)],
            "n": rows["n"],
            "stated": (rows["stated"] / rows["n"]).map(lambda one: format_percent(one, 1), na_action="ignore"),
            "common": rows["rate_common"].map(lambda one: format_percent(one, 1), na_action="ignore"),
            "rate": rows["rate"].map(lambda one: format_percent(one, 1), na_action="ignore"),
            "between": [_span(a, b, percent=True) for a, b in zip(rows["rate_low"], rows["rate_high"], strict=True)],
            "ratio_common": rows["ratio_common"],
            "ratio": rows["ratio"],
            "ratio_between": [_span(a, b) for a, b in zip(rows["ratio_low"], rows["ratio_high"], strict=True)],
            "potensial": rows["potensial"],
        }
    )
    return html_table(
        shown,
        _("Beda kelompok tanpa galat pengukuran"),
        titles={
            "group": _("Kelompok"),
            "n": _("Orang"),
            "stated": _("Dinyatakan"),
            "common": _("Harapan, prior bersama"),
            "rate": _("Tanpa galat"),
            "between": _("95 %"),
            "ratio_common": _("Perbandingan, prior bersama"),
            "ratio": _("Perbandingan tanpa galat"),
            "ratio_between": _("95 %"),
            "potensial": _("Potensial, rata-rata"),
        },
        decimals={"potensial": 1},
        numbers=("stated", "common", "rate", "between", "ratio_between"),
        note=_(
            "Prior bersama menarik semua kelompok ke rata-rata umum, sehingga beda antara kelompok tampak terlalu "
            "kecil. "
            "Kolom tanpa galat memakai prior menurut kelompok; hanya untuk pernyataan tentang kelompok, tidak pernah "
            "untuk "
            "nilai seseorang. Rentangnya tentang orang-orang ini, bukan tentang populasi."
        ),
    )


def instansi_table(result: Fairness, limit: int = 15) -> Html:
    """Return expected people in the pool by instansi under both models."""
    rows = result.instansi.sort_values("n", ascending=False, ignore_index=True)
    shown = rows.assign(
        between=[
            format_range(a, b) if pd.notna(a) else "\N{EN DASH}"
            for a, b in zip(rows["expected_low"], rows["expected_high"], strict=True)
        ]
    )
    return html_table(
        shown,
        _("Jumlah harapan di kumpulan talenta menurut instansi"),
        titles={
            "group": _("Instansi"),
            "n": _("Orang"),
            "stated": _("Dinyatakan"),
            "expected_common": _("Harapan, prior bersama"),
            "expected": _("Harapan, prior menurut instansi"),
            "between": _("95 %"),
        },
        decimals=1,
        numbers=("between",),
        limit=limit,
    )


def changed_table(result: Fairness, limit: int = 12) -> Html:
    """Return who changes box without the items with large DIF, and which items these are."""
    dif = result.dif
    caption = _("Orang yang berpindah kotak bila butir ber-DIF ditinggalkan")
    if dif.items.empty or (dif.changed.empty and dif.groups.empty):
        return empty(caption, " ".join(dif.not_computed) or _("tidak ada butir dengan DIF besar."))
    names = scale_titles()
    items = "; ".join(
        f"{row['item_id']} ({names.get(row['scale'], row['scale'])}, {row['group']})"
        for row in dif.items.to_dict("records")
    )
    moved = dif.groups[(dif.groups["pool"] != dif.groups["pool_without"]) & (dif.groups["n"] >= FEWEST)]
    net = "; ".join(
        _("{group} {before} menjadi {after}").format(
            group=group_title(row["variable"], row["group"]),
            before=format_number(row["pool"]),
            after=format_number(row["pool_without"]),
        )
        for row in moved.to_dict("records")
    )
    note = _("Butir yang ditinggalkan: {items}. {crosses} orang melintasi garis kumpulan talenta. {net}").format(
        items=items,
        crosses=format_number(int(dif.changed["crosses"].sum())),
        net=_("Isi kumpulan menurut kelompok: {net}.").format(net=net) if net else "",
    )
    if dif.changed.empty:
        return empty(caption, _("tidak seorang pun.") + " " + note)
    return html_table(
        dif.changed,
        caption,
        titles={
            "participant_id": _("Peserta"),
            "instansi": _("Instansi"),
            "box": _("Kotak"),
            "box_without": _("Tanpa butir itu"),
            "p_pool": _("Peluang di kumpulan"),
            "p_pool_without": _("Tanpa butir itu"),
            "crosses": _("Melintasi garis"),
        },
        formats={"p_pool": probability, "p_pool_without": probability, "crosses": yes_no},
        limit=limit,
        note=note,
    )
