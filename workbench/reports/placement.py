"""Sections of a report per instansi about boxes: by tier and unit, the pool, and what review has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _, format_number, format_range
from workbench.reports import box_figures
from workbench.reports.sections import SMALLEST_GROUP, section
from workbench.reports.tables import Html, empty, html_table, person, probability
from workbench.review.prepare import NEAR, RISK_LINE
from workbench.talent.standing import expected_people, people_by_draw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.reports.instansi import InstansiReport

__all__ = ["boxes", "pool", "reviewed"]

LONGEST_LIST = 100  # people named in one table of the page; everybody is in the workbook
BOXES = range(1, 10)


def boxes(report: InstansiReport) -> Html:
    """Show the nine boxes by tier and unit, stated and expected."""
    by_tier = _pool_rows(report, "jenjang")
    large = by_tier[by_tier["n"] >= SMALLEST_GROUP].reset_index(drop=True)
    drawn = len(large) and report.has_probabilities
    figure = box_figures.pool_by_group(large, _("Kumpulan talenta menurut jenjang")) if drawn else None
    return section(
        "kotak",
        _("Kotak menurut jenjang dan unit"),
        _("Kotak membandingkan orang dalam jenjang yang sama; angka antar jenjang tidak untuk diperbandingkan."),
        figure,
        _box_counts(report, "jenjang", by_tier),
        _expected_by_tier(report) if report.has_probabilities else None,
        _box_counts(report, "unit", _pool_rows(report, "unit")),
        _follow_up(report),
    )


def _follow_up(report: InstansiReport) -> Html | None:
    """Show what the rules say is to be done for the people of each box."""
    known = report.policy.boxes.follow_up
    if not known:
        return None
    stated = report.placed["box"].value_counts()
    table = pd.DataFrame(
        [{"box": b, "n": int(stated.get(b, 0)), "what": known[b]} for b in sorted(known, reverse=True)]
    )
    return html_table(
        table,
        _("Tindak lanjut menurut kotak"),
        titles={"box": _("Kotak"), "n": _("Orang"), "what": _("Tindak lanjut")},
        note=_("Sumber: {source}.").format(source=report.policy.boxes.source),
    )


def _pool_rows(report: InstansiReport, column: str) -> pd.DataFrame:
    """People in the pool by group: key, label, n, stated, expected, low, high."""
    placed = report.placed
    groups = {str(key): part for key, part in placed.groupby(column)}
    rows = []
    for key in report.tiers(list(groups)) if column == "jenjang" else sorted(groups):
        part = groups[key]
        expected, low, high = expected_people(part["p_pool"].to_numpy(float), _pool_by_draw(report, column, key))
        label = report.tier_title(key) if column == "jenjang" else key
        stated = int(part["in_pool"].sum())
        rows.append((key, label, len(part), stated, expected, low, high))
    return pd.DataFrame(rows, columns=["key", "label", "n", "stated", "expected", "low", "high"])


def _pool_by_draw(report: InstansiReport, column: str, key: str) -> NDArray[np.float64] | None:
    """Return the people of a tier in the pool draw by draw; units are not counted apart."""
    counts = report.draw_counts
    if column != "jenjang" or counts.empty:
        return None
    return people_by_draw(counts[counts["jenjang"] == key], report.policy.boxes.pool)


def _box_counts(report: InstansiReport, column: str, pool_rows: pd.DataFrame) -> Html:
    placed = report.placed
    counts = pd.crosstab(placed[column], placed["box"].astype("int64")).reindex(columns=BOXES, fill_value=0)
    table = pool_rows.assign(
        **{f"b{b}": counts.loc[pool_rows["key"], b].to_numpy() for b in BOXES},
        expected=[format_range(low, high) for low, high in zip(pool_rows["low"], pool_rows["high"], strict=True)],
    )
    heading = _("Jenjang") if column == "jenjang" else _("Unit kerja")
    titles = {
        "label": heading,
        "n": _("Orang"),
        **{f"b{b}": str(b) for b in BOXES},
        "stated": _("Kumpulan talenta"),
        **({"expected": _("Harapan")} if report.has_probabilities else {}),
    }
    caption = (
        _("Jumlah orang tiap kotak menurut jenjang")
        if column == "jenjang"
        else _("Jumlah orang tiap kotak menurut unit kerja")
    )
    return html_table(
        table,
        caption,
        titles=titles,
        formats={f"b{b}": _quiet_zero for b in BOXES},
        numbers=["expected"],
        limit=60,
        note=_("Harapan: rentang 95 % jumlah orang di kumpulan talenta menurut peluang masing-masing.")
        if report.has_probabilities
        else "",
    )


def _quiet_zero(value: object) -> str:
    return '<span class="zero">0</span>' if value == 0 else format_number(float(value))  # type: ignore[arg-type]  # a count


def _expected_by_tier(report: InstansiReport) -> Html:
    placed = report.placed
    sums = placed.groupby("jenjang")[[f"p_box_{b}" for b in BOXES]].sum()
    order = report.tiers(sums.index.tolist())
    table = sums.loc[order].assign(label=[report.tier_title(k) for k in order])
    return html_table(
        table,
        _("Jumlah harapan tiap kotak menurut jenjang"),
        titles={"label": _("Jenjang"), **{f"p_box_{b}": str(b) for b in BOXES}},
        decimals=1,
        note=_("Jumlah peluang semua orang: berapa orang yang sebenarnya berada di kotak itu, bila modelnya benar."),
    )


def pool(report: InstansiReport) -> Html:
    """Show the pool by tier and how sure it is, then the people, tier by tier and the surest first."""
    placed = report.placed
    inside = placed[placed["in_pool"]]
    if inside.empty:
        return section("kumpulan", _("Kumpulan talenta"), empty(_("Kumpulan talenta")))
    position = report.tiers(inside["jenjang"].unique().tolist())
    summary = []
    for tier in position:
        part = inside[inside["jenjang"] == tier]
        summary.append(
            {
                "tier": report.tier_title(tier),
                **{f"b{b}": int((part["box"] == b).sum()) for b in report.policy.boxes.pool},
                "n": len(part),
                "sure": int((part["wrong"] < RISK_LINE).sum()),
                "open": int((part["wrong"] >= RISK_LINE).sum()),
            }
        )
    titles = {
        "tier": _("Jenjang"),
        **{f"b{b}": _("Kotak {n}").format(n=b) for b in report.policy.boxes.pool},
        "n": _("Jumlah"),
        **({"sure": _("Pasti"), "open": _("Perlu telaah")} if report.has_probabilities else {}),
    }
    by_tier = html_table(
        pd.DataFrame(summary),
        _("Kumpulan talenta menurut jenjang"),
        titles=titles,
        note=_("Pasti: berada di kumpulan talenta dengan peluang 95 % atau lebih, atau sudah diputuskan dalam telaah.")
        if report.has_probabilities
        else "",
    )
    named = inside.merge(report.participants[["participant_id", "jabatan"]], on="participant_id", how="left")
    named = named.sort_values(["p_pool", "box", "participant_id"], ascending=[False, False, True])
    known = {"p_pool": _("Peluang kotak 7-9")} if report.has_probabilities else {"potensial": _("Potensial")}
    people = [
        html_table(
            named[named["jenjang"] == tier],
            _("Anggota kumpulan talenta: {tier}").format(tier=report.tier_title(tier)),
            titles=_person_titles(jpm="JPM", box=_("Kotak"), **known),
            formats={"participant_id": person, "p_pool": probability},
            decimals={"jpm": 1, "potensial": 1},
            limit=LONGEST_LIST,
            more=_("Ditampilkan {shown} dari {total} orang; selengkapnya, dengan NIP, di participants.xlsx."),
        )
        for tier in position
    ]
    words = (
        _("Tiap jenjang tersendiri, yang paling pasti dahulu; NIP ada di participants.xlsx.")
        if report.has_probabilities
        else _("Tiap jenjang tersendiri, kotak tertinggi dahulu; NIP ada di participants.xlsx.")
    )
    return section("kumpulan", _("Kumpulan talenta"), by_tier, words, *people)


def _person_titles(**more: str) -> dict[str, str]:
    return {"participant_id": _("Peserta"), "jabatan": _("Jabatan"), "unit": _("Unit kerja"), **more}


def reviewed(report: InstansiReport) -> Html:
    """Show what review has changed, or what it has to look at first."""
    title = _("Telaah")
    jobs = report.participants.set_index("participant_id")["jabatan"]
    if not report.signed:
        waiting = report.placed
        known = report.has_probabilities
        if known:
            waiting = waiting[waiting["wrong"] >= RISK_LINE].nlargest(20, "wrong")
        else:
            waiting = waiting[waiting["flip_distance"] <= NEAR].nsmallest(20, "flip_distance")
        waiting = waiting.assign(
            tier=[report.tier_title(j) for j in waiting["jenjang"]], jabatan=waiting["participant_id"].map(jobs)
        )
        table = html_table(
            waiting,
            _("Keputusan yang paling tidak pasti") if known else _("Orang yang paling dekat garis kumpulan talenta"),
            titles=_person_titles(
                tier=_("Jenjang"),
                box=_("Kotak"),
                **(
                    {"p_pool": _("Peluang kotak 7-9"), "wrong": _("Peluang keliru")}
                    if known
                    else {"flip_distance": _("Jarak berbalik, poin")}
                ),
            ),
            decimals={"flip_distance": 1},
            formats={"participant_id": person, "p_pool": probability, "wrong": probability},
        )
        words = _("Belum ada telaah yang ditandatangani; semua kotak di laporan ini adalah usulan.")
        return section("telaah", title, words, table)
    changed = report.final[report.final["changed"]]
    sentence = _("{decided} kasus diputuskan dalam telaah; {changed} di antaranya berubah kotak.").format(
        decided=format_number(int(report.final["decided"].sum())), changed=format_number(len(changed))
    )
    tiers = report.boxes.set_index("participant_id")["jenjang"]
    changed = changed.assign(
        tier=[report.tier_title(tiers[p]) for p in changed["participant_id"]],
        jabatan=changed["participant_id"].map(jobs),
        unit=changed["participant_id"].map(report.boxes.set_index("participant_id")["unit"]),
    )
    table = html_table(
        changed,
        _("Kotak yang berubah dalam telaah"),
        titles=_person_titles(tier=_("Jenjang"), box_stated=_("Semula"), box=_("Menjadi")),
        formats={"participant_id": person},
        limit=LONGEST_LIST,
    )
    return section("telaah", title, sentence, table)
