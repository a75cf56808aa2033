"""How far assessors agree, and what the review of cases drawn at random says of the error rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.finding import Finding, share_text
from workbench.i18n import _, format_number, format_percent
from workbench.psychometrics import agreement
from workbench.psychometrics.intervals import Z

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.analysis.review_data import ReviewData, Rules

__all__ = ["agreement_findings", "compared_votes", "error_rate_finding", "side_of"]

FEWEST = 10  # cases with two votes below which no coefficient is given
ROUNDS = 300
NO_SIDE = -1  # testing again puts nobody on a side


def agreement_findings(data: ReviewData) -> tuple[Finding, Finding]:
    """Return the agreement of assessors on the random share, and on all cases."""
    votes = compared_votes(data)
    at_random = _agreement(
        "agreement_random",
        _("Kesepakatan asesor pada kasus acak"),
        votes[votes["random"]],
        data.rules,
        _("Kasus acak mewakili semua orang, jadi hanya angka ini yang berlaku umum."),
    )
    everywhere = _agreement(
        "agreement_all",
        _("Kesepakatan asesor pada semua kasus"),
        votes,
        data.rules,
        _("Kasus ini dipilih karena sulit; kesepakatan pada semua orang lebih tinggi daripada angka ini."),
    )
    return at_random, everywhere


def compared_votes(data: ReviewData) -> pd.DataFrame:
    """Return the votes in force on cases of people that have two or more and are not blind any more."""
    open_to_all = set(data.cases.loc[data.cases["complete"], "case_id"])
    votes = data.of_people
    votes = votes[votes["in_force"] & votes["case_id"].isin(open_to_all)]
    return votes[votes.groupby("case_id")["seq"].transform("size") >= 2]


def side_of(boxes: pd.Series, rules: Rules) -> pd.Series:
    """Return 1 in the pool, 0 outside, `NO_SIDE` for testing again."""
    return rules.inside(boxes).astype("int64").where(boxes > 0, NO_SIDE)


def _agreement(key: str, title: str, votes: pd.DataFrame, rules: Rules, caution: str) -> Finding:
    cases = votes["case_id"].nunique()
    if not cases:
        sentence = _("Belum ada kasus dengan dua suara yang sudah terbuka; kesepakatan belum dapat dihitung.")
        return Finding(key, title, sentence, (), (), caution)
    rows = []
    for name, values in (
        (_("kotak"), votes["box"]),
        (_("di dalam atau di luar kumpulan"), side_of(votes["box"], rules)),
    ):
        kinds = values.groupby(votes["case_id"]).nunique()
        same = int((kinds == 1).sum())
        rows.append((name, _("suara sama"), share_text(same, cases)))
        rows += [(name, what, value) for what, value in _coefficients(votes.assign(value=values))]
    sentence = _("Suara sama kotaknya pada {k} dari {n} kasus.").format(
        k=format_number(int((votes.groupby("case_id")["box"].nunique() == 1).sum())), n=format_number(cases)
    )
    return Finding(key, title, sentence, (_("Tentang"), _("Ukuran"), _("Nilai (selang 95 %)")), tuple(rows), caution)


def _coefficients(votes: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the coefficients that fit: Cohen for two people, Fleiss for equally many votes, Krippendorff always."""
    table = votes.pivot_table(index="case_id", columns="actor", values="value", aggfunc="last")
    if len(table) < FEWEST:
        return [(_("koefisien"), _("memerlukan {n} kasus").format(n=FEWEST))]
    ratings = table.to_numpy(float)
    found: list[tuple[str, str]] = []
    if ratings.shape[1] == 2:
        found.append((_("kappa Cohen"), _coefficient(lambda: agreement.kappa(*ratings.T))))
    number = np.unique((~np.isnan(ratings)).sum(1))
    if number.size == 1:
        packed = np.stack([row[~np.isnan(row)] for row in ratings])
        found.append((_("kappa Fleiss"), _coefficient(lambda: agreement.fleiss(packed))))
    found.append((_("alpha Krippendorff"), _coefficient(lambda: agreement.krippendorff(ratings, rounds=ROUNDS))))
    return found


def _coefficient(compute: Callable[[], agreement.Agreement]) -> str:
    try:
        result = compute()
    except ValueError as problem:
        return str(problem)
    return _("{value} ({low} sampai {high})").format(
        value=format_number(result.value, 2), low=format_number(result.low, 2), high=format_number(result.high, 2)
    )


def error_rate_finding(data: ReviewData) -> Finding:
    """Return how many random cases review moved, beside how many errors the stated risks promise there."""
    title = _("Tingkat kesalahan menurut telaah kasus acak")
    caution = _(
        "Putusan telaah bukan kebenaran: telaah melewatkan kesalahan dan dapat merusak yang benar. Kasus yang belum "
        "diputuskan tidak ikut."
    )
    decided = data.cases[data.cases["random"] & data.cases["box"].notna()]
    n = len(decided)
    if not n:
        drawn = int(data.cases["random"].sum())
        sentence = _("Belum ada satu pun dari {n} kasus acak yang diputuskan.").format(n=format_number(drawn))
        return Finding("error_rate", title, sentence, (), (), caution)
    inside = data.rules.inside
    moved = int((decided["box"].astype("int64") != decided["stated"]).sum())
    crossed = int((inside(decided["box"]) != inside(decided["stated"])).sum())
    rows = [
        (_("kotak diputuskan lain"), share_text(moved, n)),
        (_("sisi kumpulan diputuskan lain"), share_text(crossed, n)),
        (_("sisi kumpulan salah menurut peluang dinyatakan"), _expected(decided["risk"])),
    ]
    sentence = _("Telaah memindahkan {k} dari {n} kasus acak yang sudah diputuskan ke kotak lain.").format(
        k=format_number(moved), n=format_number(n)
    )
    return Finding("error_rate", title, sentence, (_("Apa"), _("Berapa (selang 95 %)")), tuple(rows), caution)


def _expected(risk: pd.Series) -> str:
    """Return the share of errors that stated risks promise, and between what chance may put it."""
    known = risk.dropna()
    if not len(known):
        return _("tidak ada peluang")
    mean = float(known.mean())
    half = Z * float(np.sqrt((known * (1 - known)).sum())) / len(known)
    return _("{share} ({low} sampai {high})").format(
        share=format_percent(mean, 1), low=format_percent(max(mean - half, 0), 1), high=format_percent(mean + half, 1)
    )
