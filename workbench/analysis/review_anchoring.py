"""Anchoring: whether assessors vote for the stated box because they see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.finding import Finding, points_text, share_text
from workbench.analysis.review_data import on_like_cases
from workbench.i18n import _, format_number
from workbench.psychometrics.matched import MatchedDifference, matched_difference

if TYPE_CHECKING:
    import pandas as pd

    from workbench.analysis.review_data import ReviewData

__all__ = ["anchoring", "anchoring_finding"]

FEWEST = 20  # cases with the box hidden, and as many with it shown, below which nothing is concluded


def anchoring(votes: pd.DataFrame) -> MatchedDifference:
    """Return how much more often the first vote equals the stated box where that was shown than where it was hidden.

    Parameters
    ----------
    votes : pandas.DataFrame
        First votes: case_id, box, stated, risk, hidden.

    Returns
    -------
    MatchedDifference
        Shown less hidden, within bands of risk; votes on one case count as one piece of evidence.
    """
    return matched_difference(
        (votes["box"] == votes["stated"]).to_numpy(bool),
        ~votes["hidden"].to_numpy(bool),
        on_like_cases(votes["risk"]),
        np.unique(votes["case_id"].to_numpy(str), return_inverse=True)[1].astype(np.int64),
    )


def anchoring_finding(data: ReviewData) -> Finding:
    """Return the anchoring of all assessors together."""
    title = _("Jangkar: apakah kotak yang terlihat menarik suara?")
    caution = _(
        "Kotak disembunyikan pada sekitar sepersepuluh kasus, diundi tanpa melihat kasusnya. Yang dibandingkan ialah "
        "suara pertama tiap orang; kotak yang terbaca pada laporan tidak diketahui di sini."
    )
    votes = data.unbiased
    equal, hidden = votes["box"] == votes["stated"], votes["hidden"]
    found = anchoring(votes)
    changed = _after_the_reveal(data)
    rows: tuple[tuple[str, str], ...] = (
        (_("suara pertama sama dengan kotak dinyatakan, kotak terlihat"), _share(equal[~hidden])),
        (_("suara pertama sama dengan kotak dinyatakan, kotak tersembunyi"), _share(equal[hidden])),
        (_("suara tersembunyi yang berbeda, lalu diganti menjadi kotak dinyatakan setelah terlihat"), changed),
    )
    if found.second < FEWEST or found.first < FEWEST or not np.isfinite(found.value):
        sentence = _(
            "Terlalu sedikit untuk disimpulkan: {hidden} kasus dengan kotak tersembunyi dan {shown} dengan kotak "
            "terlihat; perlu masing-masing {n}."
        ).format(hidden=format_number(found.second), shown=format_number(found.first), n=FEWEST)
        return Finding("anchoring", title, sentence, (_("Apa"), _("Berapa (selang 95 %)")), rows, caution)
    difference = points_text(found.value, found.low, found.high)
    if found.low > 0:
        sentence = _("Ya: pada kasus dengan risiko setara suara lebih sering sama bila kotak terlihat, {d}.")
    elif found.high < 0:
        sentence = _("Sebaliknya: pada kasus dengan risiko setara suara lebih jarang sama bila kotak terlihat, {d}.")
    else:
        sentence = _("Belum terlihat: selisih pada kasus dengan risiko setara {d} dan dapat pula nol.")
    rows += ((_("selisih pada risiko setara (terlihat dikurangi tersembunyi)"), difference),)
    columns = (_("Apa"), _("Berapa (selang 95 %)"))
    return Finding("anchoring", title, sentence.format(d=difference), columns, rows, caution)


def _share(equal: pd.Series) -> str:
    return share_text(int(equal.sum()), len(equal))


def _after_the_reveal(data: ReviewData) -> str:
    """Return how many hidden votes that differed became the stated box once it was seen."""
    votes = data.of_people
    first = votes[votes["first"] & votes["hidden"] & (votes["box"] != votes["stated"])]
    last = votes.drop_duplicates(["case_id", "actor"], keep="last").set_index(["case_id", "actor"])
    now = last.loc[list(zip(first["case_id"], first["actor"], strict=True))]
    return share_text(int((now["box"] == now["stated"]).sum()), len(now))
