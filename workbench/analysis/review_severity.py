"""Severity of assessors: who moves people up or down more than others do on like cases, and how that drifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.finding import Finding, effect_text
from workbench.i18n import _, format_number
from workbench.psychometrics.raters import RaterEffects, rater_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.review_data import ReviewData, Rules

__all__ = ["drift", "moves", "severity", "severity_findings"]

FEWEST = 10  # votes of an assessor below which nothing is said of the person


def moves(votes: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the votes for a box of assessors who gave enough of them, with how far each moves a person.

    Parameters
    ----------
    votes : pandas.DataFrame
        First votes by time: actor, box, stated, risk.
    rules : Rules

    Returns
    -------
    pandas.DataFrame
        The same, with ``move``: steps up the grid (both axes together), negative for down; and ``place`` in the
        assessor's own sequence, from -1/2 to 1/2.
    """
    heights = votes["box"].map(rules.height), votes["stated"].map(rules.height)
    frame = votes.assign(move=heights[0] - heights[1]).dropna(subset="move")
    number = frame.groupby("actor")["move"].transform("size")
    frame, number = frame[number >= FEWEST], number[number >= FEWEST]
    return frame.assign(place=frame.groupby("actor").cumcount() / (number - 1) - 0.5)


def severity(frame: pd.DataFrame) -> tuple[list[str], RaterEffects]:
    """Return the assessors and how many steps higher each votes than others on cases of like box and risk."""
    people, code = _people(frame)
    return people, rater_effects(frame["move"].to_numpy(float), _alike(frame), code)


def drift(frame: pd.DataFrame) -> tuple[list[str], RaterEffects]:
    """Return the assessors and by how many steps each moved from the first own vote to the last, more than others did.

    Everybody has a level of their own, and whatever all do alike as the queue goes on is in the fixed effects.
    """
    people, code = _people(frame)
    place = frame["place"].to_numpy(float)
    levels = np.eye(len(people))[code]
    fixed = np.column_stack([_alike(frame), levels, place])
    return people, rater_effects(frame["move"].to_numpy(float), fixed, code, place)


def severity_findings(data: ReviewData) -> tuple[Finding, Finding]:
    """Return the severity of each assessor, and its drift."""
    title, drifting = _("Keras atau lunak: arah pemindahan tiap asesor"), _("Pergeseran selama telaah")
    caution = _(
        "Bertumpu pada anggapan bahwa kasus dengan kotak dan risiko setara jatuh kepada asesor secara acak; bila "
        "seseorang memilih kasusnya, atau hanya menelaah instansi tertentu, selisihnya bukan miliknya. Nilai ditarik "
        "ke nol sekuat data mengharuskannya."
    )
    frame = moves(data.unbiased, data.rules)
    people = frame["actor"].nunique()
    if people < 2 or len(frame) < 4 * FEWEST:
        sentence = _("Perlu sedikitnya dua asesor dengan {n} suara untuk kotak, dan {all} suara bersama.").format(
            n=FEWEST, all=4 * FEWEST
        )
        return (
            Finding("severity", title, sentence, (), (), caution),
            Finding("drift", drifting, sentence, (), (), caution),
        )
    return (
        _finding("severity", title, *severity(frame), frame, caution),
        _finding("drift", drifting, *drift(frame), frame, caution),
    )


def _people(frame: pd.DataFrame) -> tuple[list[str], NDArray[np.int64]]:
    code, people = pd.factorize(frame["actor"], sort=True)
    return [str(person) for person in people], code.astype(np.int64)


def _alike(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Return what like cases have in common: the stated box, which bounds the moves, and the risk."""
    boxes = pd.get_dummies(frame["stated"]).to_numpy(float)
    known = frame["risk"].notna()
    risk = frame["risk"].fillna(frame["risk"].mean() if known.any() else 0.0).to_numpy(float)
    return np.column_stack([boxes, risk, risk**2, ~known])


def _finding(
    key: str, title: str, people: list[str], effects: RaterEffects, frame: pd.DataFrame, caution: str
) -> Finding:
    votes, mean = frame.groupby("actor").size(), frame.groupby("actor")["move"].mean()
    rows = tuple(
        (
            person,
            format_number(int(votes[person])),
            format_number(float(mean[person]), 2),
            effect_text(float(effects.value[k]), float(effects.low[k]), float(effects.high[k])),
        )
        for k, person in enumerate(people)
    )
    apart = int(((effects.low > 0) | (effects.high < 0)).sum())
    together = int(((effects.low_all > 0) | (effects.high_all < 0)).sum())
    sentence = _(
        "{apart} dari {n} asesor berbeda dari nol menurut selang masing-masing (oleh kebetulan saja kira-kira "
        "{chance}); {together} tetap berbeda bila semua selang harus benar bersama. Sebaran antarasesor {spread} "
        "langkah kisi."
    ).format(
        apart=apart,
        n=len(people),
        chance=format_number(0.05 * len(people), 1),
        together=together,
        spread=format_number(effects.spread, 2),
    )
    what = (
        _("Lebih tinggi daripada rata-rata asesor")
        if key == "severity"
        else _("Naik dari suara pertama ke terakhir, di atas rata-rata asesor")
    )
    columns = (_("Asesor"), _("Suara"), _("Rata-rata langkah"), _("{what} (selang 95 %)").format(what=what))
    return Finding(key, title, sentence, columns, rows, caution)
