"""Known cases: how many wrong placements review corrects, and how many right ones it spoils."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench.analysis.finding import Finding, share_text
from workbench.i18n import _, format_number

if TYPE_CHECKING:
    from workbench.analysis.review_data import ReviewData, Rules

__all__ = ["Corrections", "corrections", "finished_known", "known_findings", "of_boxes", "of_sides", "votes_on_known"]


@dataclass(frozen=True)
class Corrections:
    """What became of known cases.

    Attributes
    ----------
    wrong, corrected : int
        Wrong as stated, and of these right after review.
    right, spoiled : int
        Right as stated, and of these wrong after review.
    """

    wrong: int
    corrected: int
    right: int
    spoiled: int


def corrections(after: pd.Series, stated: pd.Series, truth: pd.Series) -> Corrections:
    """Return what review made of cases whose truth is known.

    Parameters
    ----------
    after, stated, truth : pandas.Series
        Boxes, or sides of the pool line; `after` is what review leaves, the stated one where it decides nothing.

    Returns
    -------
    Corrections
    """
    wrong, right_now = stated != truth, after == truth
    return Corrections(
        int(wrong.sum()), int((wrong & right_now).sum()), int((~wrong).sum()), int((~wrong & ~right_now).sum())
    )


def of_sides(known: pd.DataFrame, rules: Rules) -> Corrections:
    """Return the corrections of the side of the pool line; known has box (0 or empty: undecided), stated, true_pool."""
    return corrections(rules.inside(_left(known)), rules.inside(known["stated"]), known["true_pool"].astype("bool"))


def of_boxes(known: pd.DataFrame) -> Corrections:
    """Return the corrections of boxes; known has box (0 or empty: undecided), stated, true_box."""
    return corrections(_left(known), known["stated"], known["true_box"].astype("int64"))


def _left(known: pd.DataFrame) -> pd.Series:
    """Return the box that review leaves: what is undecided, in conflict or to be tested again stays as stated."""
    box = known["box"].astype("Int64")
    return box.where(box.fillna(0) > 0, known["stated"]).astype("int64")


def finished_known(data: ReviewData) -> pd.DataFrame:
    """Return the known cases that have all their votes."""
    return data.known[data.known["complete"]]


def known_findings(data: ReviewData) -> tuple[Finding, Finding]:
    """Return s and f over all known cases, and by assessor."""
    title, by_person = _("Kasus yang jawabannya diketahui"), _("Kasus yang jawabannya diketahui, per asesor")
    caution = _(
        "Kasus ini orang simulasi dengan jawaban dari model butir; salah yang di luar model tidak terwakili. Kasus "
        "yang suaranya berbeda dihitung memakai kotak dinyatakan, sebelum pleno."
    )
    known = finished_known(data)
    if known.empty:
        sentence = _("Belum ada kasus yang jawabannya diketahui; aktifkan dengan known_share di workbench.toml.")
        return Finding("known", title, sentence, (), (), caution), Finding(
            "known_people", by_person, sentence, (), (), ""
        )
    sides, boxes = of_sides(known, data.rules), of_boxes(known)
    rows = tuple(
        (name, share_text(c.corrected, c.wrong), share_text(c.spoiled, c.right))
        for name, c in ((_("sisi kumpulan"), sides), (_("kotak"), boxes))
    )
    sentence = _(
        "Dari {n} kasus, telaah memperbaiki {k} dari {wrong} sisi yang salah dan merusak {f} dari {right} yang benar."
    ).format(
        n=format_number(len(known)),
        k=format_number(sides.corrected),
        wrong=format_number(sides.wrong),
        f=format_number(sides.spoiled),
        right=format_number(sides.right),
    )
    columns = (_("Tentang"), _("Salah yang diperbaiki (s)"), _("Benar yang dirusak (f)"))
    return Finding("known", title, sentence, columns, rows, caution), _by_person(data, by_person)


def votes_on_known(data: ReviewData) -> pd.DataFrame:
    """Return first votes on known cases with their truth."""
    votes = data.votes[data.votes["known"] & data.votes["first"]]
    return votes.merge(data.known[["case_id", "true_box", "true_pool"]], on="case_id")


def _by_person(data: ReviewData, title: str) -> Finding:
    rows = []
    for actor, votes in votes_on_known(data).groupby("actor"):
        sides, boxes = of_sides(votes, data.rules), of_boxes(votes)
        rows.append(
            (
                str(actor),
                share_text(sides.corrected, sides.wrong),
                share_text(sides.spoiled, sides.right),
                share_text(boxes.corrected, boxes.wrong),
                share_text(boxes.spoiled, boxes.right),
            )
        )
    columns = (_("Asesor"), _("s, sisi"), _("f, sisi"), _("s, kotak"), _("f, kotak"))
    sentence = _("Suara pertama {n} asesor; selang yang lebar berarti belum ada yang dapat dikatakan.").format(
        n=len(rows)
    )
    caution = _("Bukan ukuran kinerja: jumlah kasusnya kecil, dan selang banyak orang tumpang-tindih karena kebetulan.")
    return Finding("known_people", title, sentence, columns, tuple(rows), caution)
