"""Tables of rounds without answers: what was declared, what a level means, and where a sheet contradicts the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _, format_number
from workbench.policy import load_competencies, scale_titles
from workbench.reports.tables import Html, empty, html_table, person, probability
from workbench.review.prepare import NEAR

if TYPE_CHECKING:
    from workbench.analysis.boxes import TalentBoxes
    from workbench.workspace import Workspace

__all__ = [
    "declared_table",
    "errors_table",
    "findings_sentence",
    "findings_table",
    "first_to_review",
    "meaning_table",
]

MOST = 200  # contradictions named on the page; the table sheet_findings has all


def declared_table(reliability: pd.DataFrame) -> Html:
    """Return the declared error of each scale, and who declares it."""
    titles = scale_titles()
    rows = reliability.assign(
        title=[titles.get(s, s) for s in reliability["scale"]],
        declared=reliability["declared"].replace({"": _("tidak dinyatakan")}),
    )
    return html_table(
        rows,
        _("Galat yang dinyatakan pemilik instrumen"),
        titles={
            "title": _("Skala"),
            "n": _("Orang"),
            "declared": _("Dinyatakan"),
            "standard_error": _("Galat baku, theta"),
            "declared_by": _("Oleh"),
            "reference": _("Dokumen"),
        },
    )


def meaning_table(levels: pd.DataFrame) -> Html:
    """Return what each level that somebody has says of theta, by scale."""
    titles = scale_titles()
    rows = levels[levels["people"] > 0].assign(title=lambda t: [titles.get(s, s) for s in t["scale"]])
    return html_table(
        rows,
        _("Arti setiap level yang diterima"),
        titles={
            "title": _("Skala"),
            "level": _("Level"),
            "people": _("Orang"),
            "mean": _("Rerata theta"),
            "sd": _("Simpangan baku"),
            "p_same": _("Peluang level yang sama"),
        },
        formats={"p_same": probability},
        limit=200,
    )


def errors_table(work: Workspace) -> Html:
    """Return the declared errors that the boxes of a round rest on, scale by scale or component by component."""
    received, titles = work.received, scale_titles()
    known = received.errors
    rows = [
        {
            "title": titles.get(name, name),
            "figure": known[name].figure if name in known else _("tidak dinyatakan"),
            "by": known[name].by if name in known else "",
            "reference": known[name].reference if name in known else "",
        }
        for name in received.in_use
    ]
    return html_table(
        pd.DataFrame(rows, columns=["title", "figure", "by", "reference"]),
        _("Galat yang dinyatakan pemilik instrumen"),
        titles={
            "title": _("Skala atau komponen"),
            "figure": _("Dinyatakan"),
            "by": _("Oleh"),
            "reference": _("Dokumen"),
        },
    )


def findings_sentence(work: Workspace, findings: pd.DataFrame) -> str:
    """Return how many cells of the sheet contradict the policy; empty where there is no sheet."""
    if work.settings.entry != "component_sheet":
        return ""
    if findings.empty:
        return _("Nilai X, Nilai Y, dan Box pada lembar sama dengan hitungan kebijakan.")
    return _(
        "{n} isi lembar pada {people} orang (Nilai X, Nilai Y, atau Box) bertentangan dengan hitungan kebijakan; "
        "barisnya disebut di bawah."
    ).format(n=format_number(len(findings)), people=format_number(findings["participant_id"].nunique()))


def findings_table(entry: str, findings: pd.DataFrame) -> Html:
    """Return where the sheet's own axes and box are not those of the policy, with the row of the file."""
    caption = _("Isi lembar yang bertentangan dengan hitungan kebijakan")
    if entry != "component_sheet":
        return empty(caption, _("putaran ini tidak memuat lembar komponen."))
    return html_table(
        findings,
        caption,
        titles={
            "row": _("Baris"),
            "participant_id": _("Peserta"),
            "column": _("Kolom"),
            "stated": _("Tertulis"),
            "computed": _("Menurut kebijakan"),
        },
        formats={"participant_id": person},
        limit=MOST,
        note=_("Yang dipakai selalu hitungan kebijakan atas komponennya; isi lembar tidak diubah."),
    )


def first_to_review(result: TalentBoxes) -> Html:
    """Return the fifteen people with whom review begins: the riskiest or, without probabilities, the nearest."""
    placed = result.boxes[result.boxes["withheld_reason"] == ""]
    titles = {
        "participant_id": _("Peserta"),
        "jenjang": _("Jenjang"),
        "potensial": _("Potensial"),
        "kinerja": _("Kinerja"),
        "box": _("Kotak"),
    }
    formats = {"jenjang": load_competencies().title_of, "p_pool": probability, "risk": probability}
    decimals = {"potensial": 1, "kinerja": 1, "flip_distance": 1, "potensial_sd": 1}
    if placed["risk"].notna().any():
        return html_table(
            placed.nlargest(15, "risk"),
            _("Lima belas keputusan yang paling tidak pasti"),
            titles={
                **titles,
                "potensial_sd": _("Galat potensial"),
                "p_pool": _("Peluang di kumpulan"),
                "risk": _("Risiko"),
            },
            formats=formats,  # type: ignore[arg-type]  # a tier is a text
            decimals=decimals,
        )
    near = placed[placed["flip_distance"] <= NEAR].nsmallest(15, "flip_distance")
    return html_table(
        near,
        _("Orang yang paling dekat garis kumpulan talenta"),
        titles={**titles, "flip_distance": _("Jarak berbalik, poin")},
        formats=formats,  # type: ignore[arg-type]  # a tier is a text
        decimals=decimals,
    )
