"""Personnel records: performance by year, education, training, awards, assignments and discipline.

Performance is independent of ability. The record of a year is the true standing seen through an imperfect rating; the
truth is returned beside it. Predicate and work results come from two correlated causes, because the shares assumed for
them do not fit the table that derives one from the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.simulation.careers import fields_of
from workbench.simulation.designs import load_posts
from workbench.simulation.people import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from workbench.simulation.designs import Records

__all__ = ["Personnel", "make_personnel"]

TABLES = ("performance", "education", "training", "awards", "assignments", "discipline")
YEARS = 2  # of performance records
RATING_RANGE = {
    "sangat_baik": (91, 100),
    "baik": (76, 90),
    "butuh_perbaikan": (61, 75),
    "kurang": (51, 60),
    "sangat_kurang": (25, 50),
}
BEHAVIOUR = {
    "sangat_baik": "di_atas",
    "baik": "sesuai",
    "butuh_perbaikan": "sesuai",
    "kurang": "di_bawah",
    "sangat_kurang": "di_bawah",
}
SCHOOL = ("SMA",)  # levels of education without a field of study at a university


@dataclass(frozen=True)
class Personnel:
    """Personnel records of one round.

    Attributes
    ----------
    tables : dict of pandas.DataFrame
        Input tables by name, keyed by ``nip``; two people in a hundred lack one component.
    true_performance : pandas.DataFrame
        ``nip``, ``year``, ``predicate``, ``hasil_kerja``, ``rating`` of the latest year as they would stand without
        error of rating.
    """

    tables: dict[str, pd.DataFrame]
    true_performance: pd.DataFrame


def make_personnel(
    people: pd.DataFrame,
    ability: NDArray[np.float64],
    year: int,
    assumed: Records,
    education_correlation: float,
    streams: Callable[..., np.random.Generator],
) -> Personnel:
    """Invent the personnel records of a round.

    Parameters
    ----------
    people : pandas.DataFrame
        nip, jabatan.
    ability : array of float, shape (people, scales)
        True ability; formal education depends on its mean.
    year : int
        Year of the round; records end the year before.
    assumed : Records
        Shares.
    education_correlation : float
        Correlation of mean ability with formal education, before education is cut into levels.
    streams : callable
        Returns the generator of a named concern.

    Returns
    -------
    Personnel
    """
    nip = people["nip"]
    n = len(nip)
    recorded, truth = _performance(nip, year, assumed, streams)
    random = streams("components")
    uniform = random.random((5, n))
    certificates = choose(assumed.certificates, uniform[0]).astype(np.int64)
    most = max(assumed.certificates)
    tables = {
        "performance": recorded,
        "education": _education(people, ability, assumed, education_correlation, streams("education")),
        "training": pd.DataFrame(
            {"nip": nip, "certificates": certificates + (certificates == most) * random.poisson(1.0, n)}
        ),
        "awards": pd.DataFrame({"nip": nip, "level": choose(assumed.award, uniform[1])}),
        "assignments": pd.DataFrame({"nip": nip, "role": choose(assumed.assignment, uniform[2])}),
        "discipline": pd.DataFrame({"nip": nip, "record": choose(assumed.discipline, uniform[3])}),
    }
    incomplete = uniform[4] >= assumed.complete
    lacks = np.where(incomplete, streams("missing").integers(0, len(TABLES), n), -1)
    for place, name in enumerate(TABLES):
        absent = set(nip[lacks == place])
        tables[name] = tables[name][~tables[name]["nip"].isin(absent)].reset_index(drop=True)
    return Personnel(tables, truth)


def _performance(
    nip: pd.Series, year: int, assumed: Records, streams: Callable[..., np.random.Generator]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw performance: the last years as recorded, and the latest year as it truly was."""
    n = len(nip)
    random = streams("performance")
    shared = np.sqrt(assumed.outcome_correlation)
    rated = np.sqrt(assumed.reliability)
    person = random.standard_normal(n)
    true_pair = shared * person + np.sqrt(1 - shared**2) * random.standard_normal((2, n))
    feedback = np.clip(random.normal(assumed.feedback_mean, assumed.feedback_sd, (YEARS, n)), 0, 100).round(1)
    frames = []
    for back in range(YEARS):
        error = random.standard_normal(n)
        place = rated * true_pair + np.sqrt(1 - rated**2) * error
        frame = _predicates(nip, year - 1 - back, place, assumed)
        frame["feedback_360"] = feedback[back]
        frames.append(frame)
    truth = _predicates(nip, year - 1, true_pair, assumed)
    return pd.concat(frames, ignore_index=True), truth.drop(columns="perilaku_kerja")


def _predicates(nip: pd.Series, year: int, place: NDArray[np.float64], assumed: Records) -> pd.DataFrame:
    """Cut the two causes, predicate and work results, into the shares assumed."""
    rank = ndtr(-place)  # 0 is the best person
    predicate = choose(assumed.predicate, rank[0])
    low = np.array([RATING_RANGE[name][0] for name in predicate])
    high = np.array([RATING_RANGE[name][1] for name in predicate])
    return pd.DataFrame(
        {
            "nip": nip,
            "year": year,
            "predicate": predicate,
            "hasil_kerja": choose(assumed.hasil_kerja, rank[1]),
            "perilaku_kerja": [BEHAVIOUR[name] for name in predicate],
            "rating": (high - (high - low) * _within(rank[0], assumed.predicate)).round(1),
        }
    )


def _within(rank: NDArray[np.float64], shares: Mapping[str, float]) -> NDArray[np.float64]:
    """Return how far down its own class each rank lies, from 0 to 1."""
    edges = np.cumsum([0.0, *shares.values()]) / sum(shares.values())
    place = np.clip(np.searchsorted(edges, rank, side="right") - 1, 0, len(shares) - 1)
    return np.clip((rank - edges[place]) / np.diff(edges)[place], 0.0, 1.0)


def _education(
    people: pd.DataFrame,
    ability: NDArray[np.float64],
    assumed: Records,
    correlation: float,
    random: np.random.Generator,
) -> pd.DataFrame:
    n = len(people)
    general = ability.mean(axis=1)
    spread = general.std()
    general = (general - general.mean()) / spread if spread > 0 else np.zeros(n)
    cause = correlation * general + np.sqrt(1 - correlation**2) * random.standard_normal(n)
    # Shares run from the lowest level up, so the smallest cause gets the first name.
    level = choose(assumed.education, ndtr(cause))
    drawn = random.random(n)
    match = random.random(n) < assumed.field_match
    names = [
        _fields(str(post), school=one in SCHOOL, fits=bool(fits))
        for post, one, fits in zip(people["jabatan"], level, match, strict=True)
    ]
    field = [known[int(u * len(known))] for known, u in zip(names, drawn, strict=True)]
    return pd.DataFrame({"nip": people["nip"], "level": level, "field": field, "field_match": match})


@cache
def _fields(jabatan: str, *, school: bool, fits: bool) -> tuple[str, ...]:
    """Return the fields that somebody in a post may have studied, by whether the record calls the field fitting."""
    fields = load_posts()["fields"]
    if school:
        return tuple(fields["school"])
    accepted = fields_of(jabatan)
    chosen = [name for name in fields["names"] if not accepted or (name in accepted) == fits]
    return tuple(chosen or fields["names"])
