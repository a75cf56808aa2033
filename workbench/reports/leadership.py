"""The first page of a report per instansi: what its leadership reads when it reads nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from workbench.i18n import _, format_number, format_percent, format_range
from workbench.reports import box_figures
from workbench.reports.instansi import DOUBT_LINE
from workbench.reports.sections import certainty_words, section
from workbench.reports.tables import Html, html_table
from workbench.review.prepare import RISK_LINE
from workbench.talent.standing import expected_counts, expected_people, people_by_draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.reports.canvas import Figure
    from workbench.reports.instansi import InstansiReport

__all__ = ["actions", "findings", "first_page", "grid"]


def first_page(report: InstansiReport) -> Html:
    """Show how many, in which boxes, in the pool, how sure; three findings and three things to do."""
    facts = (
        f'<div class="facts">{grid(report)._repr_html_()}<div>{_certainty(report)._repr_html_()}'
        f"{_list(_('Tiga temuan'), findings(report))}</div></div>"
        f'<div class="todo">{_list(_("Tiga hal untuk dikerjakan"), actions(report))}</div>'
    )
    return section("pimpinan", _("Untuk pimpinan"), Html(_tiles(report)), Html(facts))


def _tiles(report: InstansiReport) -> str:
    placed = report.placed
    inside = placed["in_pool"]
    _expected, low, high = expected_people(
        placed["p_pool"].to_numpy(float), people_by_draw(report.draw_counts, report.policy.boxes.pool)
    )
    pool_range = _(" (harapan {range})").format(range=format_range(low, high)) if report.has_probabilities else ""
    wrong = float(placed["wrong"].sum())
    words = (
        _("dari {n} keputusan yang tidak ditelaah diperkirakan keliru")
        if report.signed
        else _("dari {n} keputusan kumpulan talenta diperkirakan keliru")
    )
    tiles = [
        (
            format_number(report.tested),
            _("punya hasil tes dari {n} peserta").format(n=format_number(len(report.boxes))),
        ),
        (format_number(len(placed)), _("mendapat kotak talenta")),
        (
            format_number(int(inside.sum())),
            _("di kumpulan talenta, kotak {boxes}").format(boxes=", ".join(map(str, sorted(report.policy.boxes.pool))))
            + pool_range,
        ),
        (
            format_number(wrong) if wrong >= 1 or wrong == 0 else _("< 1"),
            words.format(n=format_number(int((~placed["decided"]).sum()))),
        )
        if report.has_probabilities
        else ("\N{EN DASH}", _("keputusan keliru tidak dapat diperkirakan: galat tidak dinyatakan pemilik instrumen")),
    ]
    cards = "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(text)}</span></div>' for value, text in tiles
    )
    return f'<div class="tiles">{cards}</div>'


def grid(report: InstansiReport) -> Figure:
    """Draw the nine boxes with expected counts; after the minutes the large numbers are the decided boxes."""
    counts = expected_counts(report.boxes, report.draw_counts)
    placed = report.placed
    counts["stated"] = [int((placed["box"] == b).sum()) for b in counts["box"]]
    boxes = report.policy.boxes
    return box_figures.nine_boxes(counts, boxes.grid, boxes.pool, signed=report.signed)


def _certainty(report: InstansiReport) -> Html:
    words = certainty_words()
    table = report.certainty()
    return html_table(
        table.assign(key=[words[k] for k in table["key"]]),
        _("Seberapa yakin: masuk atau tidaknya ke kumpulan talenta"),
        titles={"key": _("Kepastian"), "n": _("Orang"), "share": _("Bagian")},
        formats={"share": lambda value: format_percent(float(value))},  # type: ignore[arg-type]  # a share
    )


def _list(title: str, lines: Sequence[str]) -> str:
    return f"<h3>{escape(title)}</h3><ol>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ol>"


def findings(report: InstansiReport) -> list[str]:
    """Return three findings: the pool, the largest gap, and where kinerja falls short."""
    placed, gaps = report.placed, report.gaps()
    n = max(len(placed), 1)
    inside = placed["in_pool"]
    parts = [
        _("kotak {box}: {n}").format(box=b, n=format_number(int((placed["box"] == b).sum())))
        for b in sorted(report.policy.boxes.pool, reverse=True)
    ]
    result = [
        _("{share} dari yang ditempatkan berada di kumpulan talenta ({parts}).").format(
            share=format_percent(float(inside.mean()) if len(placed) else 0.0), parts=", ".join(parts)
        )
    ]
    if len(gaps):
        worst = gaps.loc[gaps["share"].idxmax()]
        result.append(
            _(
                "Kesenjangan kompetensi terbesar: {title}; {share} dari {n} orang yang standarnya level 2 atau lebih "
                "berada di bawahnya{where}."
            ).format(
                title=worst["label"],
                share=format_percent(float(worst["share"])),
                n=format_number(int(worst["n"])),
                where=_worst_tier(report, str(worst["competency"])),
            )
        )
    low = report.policy.boxes.grid[2]
    under = int(placed["box"].isin(low).sum())
    result.append(
        _("{n} orang ({share}) berkinerja di bawah ekspektasi (kotak {boxes}).").format(
            n=format_number(under), share=format_percent(under / n), boxes=", ".join(map(str, low))
        )
    )
    return result


def _worst_tier(report: InstansiReport, competency: str) -> str:
    """Return the tier in which most fall short of a competency, as a clause, where there are several to compare."""
    rows = report.standards()
    table = rows[rows["competency"] == competency].groupby("jenjang")["below"].agg(["mean", "size"])
    table = table[table["size"] >= 10]
    if len(table) < 2:
        return ""
    tier = table["mean"].idxmax()
    return _(", tertinggi pada {tier} ({share})").format(
        tier=report.tier_title(tier), share=format_percent(float(table["mean"][tier]))
    )


def actions(report: InstansiReport) -> list[str]:
    """Return three things to do: review or use the pool, complete or guide, develop."""
    placed, gaps = report.placed, report.gaps()
    waiting = int((placed["wrong"] >= RISK_LINE).sum())
    doubtful = int((placed["wrong"] >= DOUBT_LINE).sum())
    if report.signed:
        first = _("Pakai kumpulan talenta untuk rotasi, mutasi, dan promosi dalam jenjang yang sama.")
    elif not report.has_probabilities:
        first = _(
            "Minta galat atau reliabilitas dari pemilik instrumen; sampai itu ada, telaah dahulu orang yang sumbunya "
            "paling dekat garis kumpulan talenta."
        )
    elif waiting:
        first = _(
            "Telaah dahulu {n} keputusan yang belum pasti, mulai dari {doubtful} yang ragu; sebelum berita acara, "
            "laporan ini "
            "belum boleh menjadi dasar keputusan."
        ).format(n=format_number(waiting), doubtful=format_number(doubtful))
    else:
        first = _("Tandatangani berita acara; sebelum itu laporan ini belum boleh menjadi dasar keputusan.")
    result = [first]
    if len(report.withheld):
        untested = len(report.boxes) - report.tested
        result.append(
            _(
                "Lengkapi data {n} orang yang belum mendapat kotak: {untested} belum punya hasil tes, {records} belum "
                "lengkap hasil tes atau catatannya."
            ).format(
                n=format_number(len(report.withheld)),
                untested=format_number(untested),
                records=format_number(len(report.withheld) - untested),
            )
        )
    else:
        result.append(_("Beri bimbingan kinerja kepada mereka yang berkinerja di bawah ekspektasi."))
    if len(gaps):
        top = gaps.nlargest(3, "share")["label"].tolist()
        result.append(_("Susun pengembangan kompetensi mulai dari {names}.").format(names=", ".join(top)))
    return result
