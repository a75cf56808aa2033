"""A private mirror: what one assessor may know of the own votes, without learning anybody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.finding import Finding, points_text, share_text
from workbench.analysis.review_agreement import compared_votes
from workbench.analysis.review_anchoring import FEWEST as FEWEST_HIDDEN
from workbench.analysis.review_anchoring import anchoring
from workbench.analysis.review_influence import sessions
from workbench.analysis.review_known import of_sides, votes_on_known
from workbench.i18n import _, format_number, format_percent

if TYPE_CHECKING:
    import pandas as pd

    from workbench.analysis.review_data import ReviewData

__all__ = ["mirror"]

OTHERS = 3  # colleagues below whose number a comparison would tell what one of them voted
COMMON = 10  # and cases
KNOWN = 20  # known cases below which their result is noise, and would tell which cases they are


def mirror(data: ReviewData, actor: str) -> tuple[Finding, ...]:
    """Return pace, moves, agreement, anchoring and known cases of one person.

    Parameters
    ----------
    data : ReviewData
    actor : str

    Returns
    -------
    tuple of Finding
        Sentences without tables.
    """
    mine = data.votes["actor"] == actor
    own = data.votes[mine & data.votes["first"]]
    if own.empty:
        return (_said("pace", _("Laju"), _("Anda belum memberi suara.")),)
    of_people = own[~own["known"]]
    return (
        _pace(data.votes[mine]),
        _moves(own),
        _agreement(compared_votes(data), actor),
        _anchoring(of_people),
        _known(data, actor),
    )


def _said(key: str, title: str, sentence: str, caution: str = "") -> Finding:
    return Finding(key, title, sentence, (), (), caution)


def _pace(votes: pd.DataFrame) -> Finding:
    seconds = sessions(votes)["seconds"].dropna()
    if not len(seconds):
        return _said("pace", _("Laju"), _("Baru satu suara dalam tiap sesi; laju belum terlihat."))
    sentence = _("{n} suara; separuh kasus selesai dalam {s} detik atau kurang sejak suara sebelumnya.").format(
        n=format_number(len(votes)), s=format_number(float(seconds.median()))
    )
    return _said("pace", _("Laju"), sentence, _("Jeda lebih dari 30 menit tidak dihitung."))


def _moves(own: pd.DataFrame) -> Finding:
    moved = own["box"] != own["stated"]
    sentence = _("Suara pertama Anda berbeda dari kotak dinyatakan pada {share}.").format(
        share=share_text(int(moved.sum()), len(own))
    )
    return _said("moves", _("Pemindahan"), sentence, _("Banyak atau sedikit tidak dengan sendirinya baik."))


def _agreement(votes: pd.DataFrame, actor: str) -> Finding:
    """Compare with others on cases drawn at random, as shares of pairs of votes that are equal."""
    title = _("Kesepakatan pada kasus acak")
    votes = votes[votes["random"]]
    own = votes[votes["actor"] == actor].set_index("case_id")["box"]
    others = votes[votes["actor"] != actor]
    met = others[others["case_id"].isin(own.index)]
    if met["actor"].nunique() < OTHERS or met["case_id"].nunique() < COMMON:
        sentence = _("Baru terlihat setelah {n} kasus acak Anda dinilai pula oleh sedikitnya {k} orang lain.").format(
            n=COMMON, k=OTHERS
        )
        return _said("agreement", title, sentence)
    equal = met["box"].to_numpy() == own.loc[met["case_id"]].to_numpy()
    group, pairs = _pairs(others)
    sentence = _("Suara Anda sama dengan suara orang lain pada {own}").format(
        own=share_text(int(equal.sum()), len(met))
    )
    if pairs:
        sentence += _("; di antara yang lain {share} pasangan suara sama").format(share=format_percent(group / pairs))
    return _said("agreement", title, sentence + ".", _("Berbeda dari yang lain bukan berarti salah."))


def _pairs(votes: pd.DataFrame) -> tuple[int, int]:
    """Return how many pairs of votes on one case are equal, of how many."""
    size = votes.groupby("case_id").size()
    same = votes.groupby(["case_id", "box"]).size()
    return int((same * (same - 1) // 2).sum()), int((size * (size - 1) // 2).sum())


def _anchoring(own: pd.DataFrame) -> Finding:
    title = _("Jangkar")
    found = anchoring(own)
    if min(found.first, found.second) < FEWEST_HIDDEN or not np.isfinite(found.value):
        sentence = _("Belum dapat dikatakan: {k} kasus Anda dengan kotak tersembunyi, perlu {n}.").format(
            k=format_number(found.second), n=FEWEST_HIDDEN
        )
        return _said("anchoring", title, sentence)
    sentence = _("Bila kotak terlihat, suara Anda lebih sering sama dengannya: {d}.").format(
        d=points_text(found.value, found.low, found.high)
    )
    return _said("anchoring", title, sentence, _("Bila selang memuat nol, belum ada yang terlihat."))


def _known(data: ReviewData, actor: str) -> Finding:
    title = _("Kasus yang jawabannya diketahui")
    votes = votes_on_known(data)
    votes = votes[votes["actor"] == actor]
    if len(votes) < KNOWN:
        return _said("known", title, _("Baru disebut setelah {n} kasus seperti itu.").format(n=KNOWN))
    found = of_sides(votes, data.rules)
    sentence = _(
        "Dari {n} kasus seperti itu: {k} dari {wrong} sisi yang salah Anda perbaiki, {f} dari {right} sisi yang benar "
        "Anda pindahkan."
    ).format(n=len(votes), k=found.corrected, wrong=found.wrong, f=found.spoiled, right=found.right)
    return _said("known", title, sentence)
