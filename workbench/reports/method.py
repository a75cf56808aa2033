"""The last section of a report per instansi: how to read it, what it rests on, and what it cannot say."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _, format_number
from workbench.policy import explain, kinerja_sentence, marks
from workbench.records.bank import ASSUMED
from workbench.reports.sections import section
from workbench.reports.tables import Html, gate_table, html_table

if TYPE_CHECKING:
    from workbench.reports.instansi import InstansiReport

__all__ = ["method"]


def method(report: InstansiReport) -> Html:
    """Return terms, method and limits, gates, and the rules with their sources and marks."""
    return section(
        "metode",
        _("Metode, aturan, dan batasnya"),
        _subtitle(_("Cara membaca")),
        _terms(),
        _subtitle(_("Dasar perhitungan dan batasnya")),
        _limits(report),
        _subtitle(_("Gerbang rilis")),
        _gates(report),
        _subtitle(_("Aturan dan keabsahannya")),
        _rules(report),
    )


def _subtitle(text: str) -> Html:
    return Html(f"<h3>{escape(text)}</h3>")


def _terms() -> Html:
    terms = [
        (
            _("Kotak talenta"),
            _(
                "letak seseorang menurut kinerja (tiga baris) dan potensial (tiga kolom); kumpulan talenta adalah "
                "kotak 7, 8, 9."
            ),
        ),
        (
            _("Dinyatakan"),
            _(
                "kotak yang diusulkan: sisi garis kumpulan talenta yang lebih mungkin, lalu kotak yang paling "
                "mungkin di sisi itu."
            ),
        ),
        (
            _("Peluang"),
            _("seberapa mungkin orang itu sebenarnya berada di sana, mengingat tes selalu mengandung galat."),
        ),
        (
            _("Harapan"),
            _(
                "jumlah peluang semua orang; rentang 95 % memuat jumlah yang sebenarnya dalam 95 dari 100 putaran "
                "serupa."
            ),
        ),
        (_("JPM"), _("job person match: jumlah level yang dicapai dibagi jumlah level yang dipersyaratkan, kali 100.")),
        (_("Level"), _("tingkat kecakapan 1 sampai 5 pada tiap kompetensi; tercetak level yang paling mungkin.")),
    ]
    return Html("<dl>" + "".join(f"<div><dt>{escape(t)}</dt><dd>{escape(d)}</dd></div>" for t, d in terms) + "</dl>")


def _limits(report: InstansiReport) -> Html:
    known = report.boxes[report.boxes["withheld_reason"] == ""]
    differs = int((known["box"] != known["box_printed"]).sum())
    texts = [
        *_basis(report),
        kinerja_sentence(report.policy) if report.has_probabilities else "",
        *([] if report.entry == "component_sheet" else _cuts(report.level_cuts)),
        _("Kotak hanya membandingkan orang dalam jenjang yang sama."),
        _(
            "Pada {n} orang, kotak menurut level tercetak berbeda dari kotak yang dinyatakan; keduanya ada di "
            "participants.xlsx."
        ).format(n=format_number(differs))
        if differs
        else "",
        _(
            "Keadilan antar kelompok, kecocokan jabatan yang lowong, dan proyeksi pensiun ada pada halaman kotak "
            "talenta, yang ditautkan dari daftar laporan."
        )
        if report.entry == "responses"
        else "",
        _("Hasil berlaku tiga tahun (Peraturan BKN 26/2019 pasal 29 ayat 4)."),
    ]
    texts = [text for text in texts if text]
    without = int(known["monte_carlo_error"].isna().sum())
    if without and report.entry == "responses":
        texts.insert(
            1,
            _(
                "{n} orang ditempatkan tanpa penarikan: menurut kurva normal, sisi garis talentanya tidak diragukan."
            ).format(n=format_number(without)),
        )
    if report.mark:
        texts.insert(0, report.mark)
    if report.simulated:
        texts.insert(0, _("SIMULASI: semua orang dan jawaban pada putaran ini buatan; jangan dipakai untuk keputusan."))
    return Html("<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>")


def _basis(report: InstansiReport) -> list[str]:
    """Return what boxes and probabilities rest on: answers, levels as received, or points as received."""
    draws = format_number(report.draws)
    if report.entry == "responses":
        return [
            _(
                "Peluang dihitung dari satu posterior bersama atas semua skala tes; aturan kebijakan diterapkan pada "
                "sedikitnya {n} penarikan dari posterior itu untuk tiap orang, lebih banyak di dekat garis talenta."
            ).format(n=draws),
            _(
                "Butir yang dilewati dihitung salah; bagian akhir yang tidak sempat dibaca tidak dipakai untuk "
                "kalibrasi, tetapi dihitung salah dalam skor orang."
            ),
        ]
    lacking = _(
        "Analisis butir, DIF, kebergantungan butir, dan apa yang terjadi bila suatu butir dihapus tidak dapat dihitung "
        "tanpa jawaban butir."
    )
    if not report.has_probabilities:
        return [_("Kotak ditentukan oleh aturan kebijakan pada isi yang diterima, tanpa peluang."), lacking]
    if report.entry == "component_sheet":
        return [
            _(
                "Nilai komponen yang diukur dianggap menyebar normal di sekitar nilai yang diterima dengan galat yang "
                "dinyatakan, dalam 0 sampai 100; komponen lain dipakai apa adanya."
            ),
            lacking,
        ]
    return [
        _(
            "Suatu level berarti skor pemilik instrumen jatuh di antara dua batas level; dengan galat yang dinyatakan "
            "itu memberi peluang tiap kemampuan, dan aturan kebijakan diterapkan pada sedikitnya {n} penarikan "
            "untuk tiap orang."
        ).format(n=draws),
        lacking,
    ]


def _cuts(cuts: pd.DataFrame) -> list[str]:
    """Return where the level cuts come from: assumed, or which panel set how many by which method and how surely."""
    sentences = []
    assumed = cuts["method"] == ASSUMED if len(cuts) else pd.Series(dtype=bool)
    if cuts.empty or assumed.all():
        return [_("ASUMSI: batas level kompetensi ditetapkan sementara sampai ada penetapan standar oleh panel.")]
    for (panel, method), rows in cuts[~assumed].fillna({"panel": "", "date": ""}).groupby(["panel", "method"]):
        sentences.append(
            _(
                "Batas level {k} skala ditetapkan {panel} ({method}, {date}), dengan galat baku {low} sampai {high} "
                "theta yang menimpa semua orang bersama dan ikut dalam peluang."
            ).format(
                k=rows["scale"].nunique(),
                panel=panel or _("sebuah panel"),
                method=method,
                date=rows["date"].max() or "-",
                low=format_number(float(rows["standard_error"].min()), 2),
                high=format_number(float(rows["standard_error"].max()), 2),
            )
        )
    if assumed.any():
        sentences.append(
            _("ASUMSI: batas level {k} skala lainnya belum ditetapkan oleh panel.").format(
                k=cuts.loc[assumed, "scale"].nunique()
            )
        )
    return sentences


def _gates(report: InstansiReport) -> Html:
    held = report.gates[report.gates["status"] == "HOLD"] if len(report.gates) else report.gates
    if held.empty:
        words = _("Semua {n} gerbang rilis pada putaran ini lolos; tidak ada pengecualian.")
        return Html(f"<p>{escape(words.format(n=format_number(len(report.gates))))}</p>")
    return gate_table(held, _("Gerbang yang menahan"))


def _rules(report: InstansiReport) -> Html:
    """Return every rule with its source and, in one word, how it was checked; the words stand below."""
    short = {"v": _("dibaca"), "practice": _("praktik"), "no": _("belum")}
    absent = {
        _("Level dipersyaratkan: {title}").format(title=tier.title)
        for tier in report.policy.competencies.jenjang
        if tier.key not in set(report.boxes["jenjang"])
    }
    rows = [(rule, value, source, short[mark]) for rule, value, source, mark in explain(report.policy)]
    table = pd.DataFrame([r for r in rows if r[0] not in absent], columns=["rule", "value", "source", "mark"])
    legend = "; ".join(f"{short[mark]}: {meaning}" for mark, meaning in marks().items())
    return html_table(
        table,
        _("Aturan yang dipakai"),
        titles={"rule": _("Aturan"), "value": _("Nilai"), "source": _("Sumber"), "mark": _("Keabsahan")},
        limit=120,
        note=_("Keabsahan: {legend}. Instansi dapat mengganti aturan dengan kebijakannya sendiri.").format(
            legend=legend
        ),
    )
