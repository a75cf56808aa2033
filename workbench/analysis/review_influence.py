"""Influence and fatigue: whom final decisions follow, and whether the hour or the place in a session changes votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.finding import Finding, points_text, share_text
from workbench.analysis.review_agreement import compared_votes
from workbench.analysis.review_data import on_like_cases
from workbench.i18n import _, format_number, format_percent
from workbench.psychometrics.matched import matched_difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.analysis.review_data import ReviewData

__all__ = ["fatigue_findings", "follows", "influence_finding", "sessions"]

BREAK = pd.Timedelta(minutes=30)  # after so long a pause a new session begins
FEWEST = 10
HOURS = ((0, 9), (9, 12), (12, 15), (15, 18), (18, 24))
PLACES = ((1, 10), (11, 25), (26, 50), (51, None))


def follows(votes: pd.DataFrame, final: pd.Series, leader: Callable[[list[str]], int | None]) -> tuple[int, int, float]:
    """Return in how many disputed cases the final box is the leader's, of how many, and how many chance would give.

    Parameters
    ----------
    votes : pandas.DataFrame
        Votes in force by time: case_id, actor, box.
    final : pandas.Series
        Decided box by case.
    leader : callable
        Given who voted on a case, in order, the place of the one who may lead, or None.

    Returns
    -------
    followed, cases : int
        Cases in which people differ and the final box is that of one of them but not of all.
    chance : float
        Expected number if every voter were as likely to be followed.
    """
    followed, cases, chance = 0, 0, 0.0
    by_case: dict[str, tuple[list[str], list[int]]] = {}
    for case_id, actor, box in zip(votes["case_id"], votes["actor"], votes["box"], strict=True):
        actors, boxes = by_case.setdefault(case_id, ([], []))
        actors.append(actor)
        boxes.append(box)
    decided = final.dropna().astype("int64").to_dict()
    for case_id, (actors, boxes) in by_case.items():
        wished = boxes.count(decided.get(case_id, -1))
        place = leader(actors) if 0 < wished < len(boxes) else None
        if place is None:
            continue
        cases += 1
        followed += boxes[place] == decided[case_id]
        chance += wished / len(boxes)
    return followed, cases, chance


def influence_finding(data: ReviewData) -> Finding:
    """Return whether final decisions follow the senior person, or who voted first, more than chance would."""
    title = _("Siapa yang diikuti putusan akhir pada kasus yang diperselisihkan")
    caution = _(
        "Mengikuti bukan berarti dipengaruhi: yang senior bisa lebih sering benar. Kebetulan: setiap pemberi suara "
        "sama mungkin diikuti."
    )
    votes, final = compared_votes(data), data.cases.set_index("case_id")["box"]

    def senior(actors: list[str]) -> int | None:
        ranks = [data.seniority.get(actor) for actor in actors]
        known = [rank for rank in ranks if rank is not None]
        if len(known) < len(ranks) or known.count(max(known)) > 1:
            return None
        return known.index(max(known))

    rows, most = [], 0
    for name, leader in ((_("yang paling senior"), senior), (_("yang memberi suara pertama"), lambda _actors: 0)):
        followed, cases, chance = follows(votes, final, leader)
        most = max(most, cases)
        expected = format_percent(chance / cases) if cases else "–"
        rows.append((name, share_text(followed, cases), expected))
    if most < FEWEST:
        sentence = _("Terlalu sedikit kasus yang diperselisihkan lalu diputuskan: {k}, perlu {n}.").format(
            k=most, n=FEWEST
        )
    else:
        sentence = _("Bandingkan tiap selang dengan angka kebetulan; hanya bila di luarnya ada yang patut dibicarakan.")
    if not data.seniority:
        sentence += " " + _("Senioritas belum diisi (seniority pada people di workbench.toml).")
    return Finding("influence", title, sentence, (_("Yang diikuti"), _("Berapa"), _("Kebetulan")), tuple(rows), caution)


def sessions(votes: pd.DataFrame) -> pd.DataFrame:
    """Return the votes with place in the session (from 1), the seconds since the vote before in it, and the local hour.

    Parameters
    ----------
    votes : pandas.DataFrame
        By time: actor, at.
    """
    pause = votes.groupby("actor")["at"].diff()
    begins = pause.isna() | (pause > BREAK)
    session = begins.groupby(votes["actor"]).cumsum()
    place = votes.groupby([votes["actor"], session]).cumcount() + 1
    seconds = pause.dt.total_seconds().mask(begins)
    hours = [moment.astimezone().hour for moment in votes["at"].dt.to_pydatetime()]
    return votes.assign(place=place, seconds=seconds, hour=np.array(hours, dtype="int64"))


def fatigue_findings(data: ReviewData) -> tuple[Finding, Finding]:
    """Return agreement with the stated box and time a case, by hour and by place in the session."""
    frame = sessions(data.votes[data.votes["first"]])
    frame = frame[~frame["known"]]
    caution = _(
        "Jam setempat komputer ini; jeda lebih dari 30 menit memulai sesi baru. Antrean berjalan dari risiko tinggi ke "
        "rendah, jadi hanya selisih pada risiko setara yang dapat dibaca sebagai lelah."
    )
    by_hour = _banded(
        "fatigue_hour",
        _("Jam telaah"),
        frame,
        [(_("pukul {a} sampai {b}").format(a=a, b=b), frame["hour"].between(a, b - 1)) for a, b in HOURS],
        frame["hour"] >= 12,
        _("siang dan malam dikurangi pagi"),
        caution,
    )
    by_place = _banded(
        "fatigue_place",
        _("Urutan dalam sesi"),
        frame,
        [
            (
                _("kasus {a} dan seterusnya").format(a=a) if b is None else _("kasus {a} sampai {b}").format(a=a, b=b),
                frame["place"].between(a, b or np.inf),
            )
            for a, b in PLACES
        ],
        frame["place"] > PLACES[0][1],
        _("setelah sepuluh kasus dikurangi sepuluh pertama"),
        caution,
    )
    return by_hour, by_place


def _banded(
    key: str,
    title: str,
    frame: pd.DataFrame,
    bands: list[tuple[str, pd.Series]],
    later: pd.Series,
    compared: str,
    caution: str,
) -> Finding:
    if frame.empty:
        return Finding(key, title, _("Belum ada suara."), (), (), caution)
    equal = frame["box"] == frame["stated"]
    rows = tuple(
        (name, share_text(int(equal[inside].sum()), int(inside.sum())), _median(frame.loc[inside, "seconds"]))
        for name, inside in bands
        if inside.any()
    )
    found = matched_difference(
        equal.to_numpy(bool),
        later.to_numpy(bool),
        on_like_cases(frame["risk"]),
        np.unique(frame["case_id"].to_numpy(str), return_inverse=True)[1].astype(np.int64),
    )
    if min(found.first, found.second) < 2 * FEWEST or not np.isfinite(found.value):
        sentence = _("Terlalu sedikit suara di kedua sisi untuk membandingkan.")
    else:
        sentence = _("Suara sama dengan kotak dinyatakan pada risiko setara, {what}: {d}.").format(
            what=compared, d=points_text(found.value, found.low, found.high)
        )
    columns = (_("Kapan"), _("Sama dengan kotak dinyatakan"), _("Waktu per kasus (median)"))
    return Finding(key, title, sentence, columns, rows, caution)


def _median(seconds: pd.Series) -> str:
    known = seconds.dropna()
    return _("{s} detik").format(s=format_number(float(known.median()))) if len(known) else "–"
