"""Sections of a report per instansi: participants, levels and development; `placement` has those about boxes."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.i18n import _, format_number, format_percent
from workbench.policy import scale_titles
from workbench.reports import box_figures
from workbench.reports.received_tables import findings_table
from workbench.reports.tables import Html, empty, html_table, shaded
from workbench.talent.levels import undiscriminated_tiers

if TYPE_CHECKING:
    from workbench.reports.instansi import InstansiReport

__all__ = ["SMALLEST_GROUP", "certainty_words", "development", "levels", "participants", "section"]

SMALLEST_GROUP = 10  # below this a share by unit or tier says too little to be compared


def participants(report: InstansiReport) -> Html:
    """Show who was invited, came, and was kept back, and how well the tests measure."""
    counts = report.attendance.assign(title=[report.instrument_title(str(k)) for k in report.attendance["instrument"]])
    came = html_table(
        counts,
        _("Peserta menurut instrumen"),
        titles={
            "title": _("Instrumen"),
            "invited": _("Diundang"),
            "present": _("Hadir"),
            "absent": _("Tidak hadir"),
            "void": _("Batal"),
            "quarantined": _("Dikarantina"),
            "with_responses": _("Dinilai"),
        },
    )
    reasons = report.withheld["withheld_reason"].value_counts().rename_axis("reason").reset_index(name="n")
    held = html_table(
        reasons, _("Peserta tanpa kotak dan sebabnya"), titles={"reason": _("Sebab"), "n": _("Orang")}, limit=20
    )
    kept = (
        report.quarantine["detail"].value_counts().rename_axis("detail").reset_index(name="n")
        if len(report.quarantine)
        else pd.DataFrame(columns=["detail", "n"])
    )
    kept_back = html_table(kept, _("Jawaban yang dikarantina"), titles={"detail": _("Sebab"), "n": _("Orang")})
    sentence = _("{tested} dari {n} peserta punya hasil tes; {placed} mendapat kotak dan {held} belum.").format(
        tested=format_number(report.tested),
        n=format_number(len(report.boxes)),
        placed=format_number(len(report.boxes) - len(report.withheld)),
        held=format_number(len(report.withheld)),
    )
    parts = [came, held, kept_back, _reliability(report)]
    if report.entry == "component_sheet":
        parts.append(findings_table(report.entry, report.findings))
    return section("peserta", _("Peserta dan mutu respons"), sentence, *parts)


def _reliability(report: InstansiReport) -> Html | None:
    """How well each instrument measures: the least and the most reliable of its scales, over the whole round."""
    if report.reliability.empty:
        return None
    owner = {s.key: key for key, spec in report.policy.instruments.items() for s in spec.scales}
    table = report.reliability.assign(instrument=report.reliability["scale"].map(owner)).dropna(subset=["instrument"])
    rows = table.groupby("instrument").agg(
        scales=("scale", "size"), low=("reliability", "min"), high=("reliability", "max")
    )
    rows = rows.reset_index().assign(title=lambda t: [report.instrument_title(k) for k in t["instrument"]])
    declared = report.entry != "responses"
    return html_table(
        rows.dropna(subset=["low"]),
        _("Keandalan yang dinyatakan pemilik instrumen") if declared else _("Keandalan tes pada seluruh putaran"),
        titles={"title": _("Instrumen"), "scales": _("Skala"), "low": _("Terendah"), "high": _("Tertinggi")},
        note=_(
            "1 berarti tanpa galat. Makin rendah keandalan suatu skala, makin lebar peluang level orang pada skala itu."
        ),
    )


def levels(report: InstansiReport) -> Html:
    """Show levels and JPM against the standard, and the largest gaps."""
    rows = report.standards()
    if rows.empty:
        return section("level", _("Level dan JPM terhadap standar"), empty(_("Level kompetensi"), _no_levels(report)))
    gaps = report.gaps()
    return section(
        "level",
        _("Level dan JPM terhadap standar"),
        _jpm_by_tier(report),
        box_figures.gap_bars(gaps, _("Di bawah standar menurut kompetensi")),
        _below_by(report, "jenjang", _("Bagian di bawah standar menurut kompetensi dan jenjang")),
        _held(report),
    )


def _no_levels(report: InstansiReport) -> str:
    return _("lembar komponen memuat nilai, bukan level.") if report.entry == "component_sheet" else ""


def _held(report: InstansiReport) -> str | None:
    """Say which scales are not reported on their own."""
    if not report.held_scales:
        return None
    titles = scale_titles()
    return _(
        "Ditahan: {names}. Skor total instrumen menebak skala ini sama baik atau lebih baik daripada butirnya sendiri, "
        "sehingga level pada skala itu hanya dibaca bersama peluangnya dan tidak dilaporkan tersendiri."
    ).format(names=", ".join(titles.get(s, s) for s in report.held_scales))


def _jpm_by_tier(report: InstansiReport) -> Html:
    known = report.boxes[report.boxes["jpm"].notna()]
    rows = []
    full = [report.tier_title(tier) for tier in undiscriminated_tiers(known)]
    for tier in report.tiers(known["jenjang"].unique().tolist()):
        part = known[known["jenjang"] == tier]
        row: dict[str, object] = {
            "tier": report.tier_title(tier),
            "required": report.policy.competencies.required(tier),
            "n": len(part),
            "jpm": float(part["jpm"].median()),
        }
        for category in report.policy.categories.categories:
            row[category.key] = int((part["jpm_category"] == category.key).sum())
        rows.append(row)
    titles = {"tier": _("Jenjang"), "required": _("Level standar"), "n": _("Orang"), "jpm": _("JPM, median")}
    titles |= {c.key: c.title for c in report.policy.categories.categories}
    note = (
        _("JPM tidak membedakan pada {tiers}: hampir semua orang mencapai 100 atau lebih.").format(
            tiers=", ".join(full)
        )
        if full
        else ""
    )
    return html_table(
        pd.DataFrame(rows, columns=list(titles)), _("JPM menurut jenjang"), titles=titles, decimals=1, note=note
    )


def development(report: InstansiReport) -> Html:
    """Show where people are below the standard, by unit and competency."""
    rows = report.standards()
    if rows.empty:
        return section("pengembangan", _("Kebutuhan pengembangan"), empty(_("Level kompetensi"), _no_levels(report)))
    groups = rows.groupby(["unit", "competency"])["below"].agg(["sum", "size"]).reset_index()
    groups = groups[groups["size"] >= SMALLEST_GROUP]
    sentence = ""
    if len(groups):
        top = groups.loc[groups["sum"].idxmax()]
        sentence = _(
            "Kelompok terbesar: {n} dari {total} orang di {unit} berada di bawah standar untuk {competency}."
        ).format(
            n=format_number(float(top["sum"])),
            total=format_number(float(top["size"])),
            unit=top["unit"],
            competency=scale_titles()[top["competency"]],
        )
    table = _below_by(
        report,
        "unit",
        _("Bagian di bawah standar menurut unit kerja (sedikitnya {n} orang)").format(n=SMALLEST_GROUP),
        smallest=SMALLEST_GROUP,
    )
    return section("pengembangan", _("Kebutuhan pengembangan"), sentence or None, table)


def _below_by(report: InstansiReport, column: str, caption: str, *, smallest: int = 1, limit: int = 40) -> Html:
    """Share below the standard in a grid of groups and competencies, darker where it is larger."""
    rows = report.standards()
    n = rows.groupby(column)["participant_id"].nunique()
    n = n[n >= smallest].sort_values(ascending=False)
    if n.empty:
        return empty(caption, _("tidak ada kelompok dengan sedikitnya {n} orang.").format(n=smallest))
    groups = report.tiers(n.index.tolist()) if column == "jenjang" else n.index.tolist()
    below = rows.pivot_table(index=column, columns="competency", values="below", aggfunc="sum")
    asked = rows.pivot_table(index=column, columns="competency", values="below", aggfunc="size")
    names = [c for c in report.policy.competencies.competencies if c in below.columns]
    titles = scale_titles()
    table = pd.DataFrame(
        {
            "group": [report.tier_title(g) if column == "jenjang" else str(g) for g in groups],
            "n": [int(n[g]) for g in groups],
            **{c: [_share_cell(below.at[g, c], asked.at[g, c]) for g in groups] for c in names},
        }
    )
    heading = _("Jenjang") if column == "jenjang" else _("Unit kerja")
    return html_table(
        table,
        caption,
        titles={"group": heading, "n": _("Orang"), **{c: titles[c] for c in names}},
        formats=dict.fromkeys(names, str),
        turned=names,
        limit=limit,
        note=_(
            "Makin gelap makin banyak orang di bawah standar. Yang standarnya level 1 tidak dihitung, karena tidak ada "
            "level di bawahnya. Kelompok di bawah {n} orang ditulis sebagai jumlah."
        ).format(n=SMALLEST_GROUP),
    )


def _share_cell(below: float, asked: float) -> str:
    if pd.isna(asked) or not asked:
        return "\N{EN DASH}"
    share = float(below) / float(asked)
    text = (
        format_percent(share)
        if asked >= SMALLEST_GROUP
        else _("{n} dari {total}").format(n=format_number(float(below)), total=format_number(float(asked)))
    )
    return shaded(share, text)


def section(anchor: str, title: str, *parts: Any) -> Html:
    """Return a section with its heading; a part is a text (a paragraph) or something that shows itself as HTML."""
    body = "".join(f"<p>{escape(p)}</p>" if isinstance(p, str) else p._repr_html_() for p in parts if p is not None)
    return Html(f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{escape(title)}</h2>{body}</section>')


def certainty_words() -> dict[str, str]:
    """Return what each degree of certainty means."""
    return {
        "decided": _("Diputuskan dalam telaah"),
        "sure": _("Sangat yakin: benar dengan peluang 95 % atau lebih"),
        "fairly": _("Cukup yakin: 75 sampai 95 %"),
        "doubtful": _("Ragu: di bawah 75 %"),
        "unknown": _("Tidak diketahui: galat tidak dinyatakan"),
    }
