"""Invented people: who they are, where they serve, and when and where they sit the tests.

Names, NIP and posts are made up and only look usual. A NIP has 18 digits: birth date, month of appointment, sex and a
serial number; an NI PPPK has the year of appointment and a two-digit code instead of the month.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.simulation.ability import person_shifts
from workbench.simulation.designs import (
    INSTRUMENTS,
    CohortDesign,
    PopulationDesign,
    load_instrument,
    load_names,
    load_posts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

__all__ = ["People", "apportion", "make_people", "make_positions", "make_sittings"]

DAYS_PER_YEAR = 365.25
DAYS_BETWEEN_KLASTER = 14
FIRST_START = dt.time(8, 0)
BREAK_MINUTES = 15
PPPK_CODE = "21"
PPPK_LONGEST = 2.0  # years of service of those with an NI PPPK, which is younger than the rounds simulated here


@dataclass(frozen=True)
class People:
    """The people of one round.

    Attributes
    ----------
    participants, protected_groups, instansi : pandas.DataFrame
        Input tables, keyed by ``nip``.
    instansi_code : array of int, shape (people,)
        Place of each person's instansi in the design.
    shifts : array of float, shape (people,)
        Shift of each person's mean ability.
    """

    participants: pd.DataFrame
    protected_groups: pd.DataFrame
    instansi: pd.DataFrame
    instansi_code: NDArray[np.int64]
    shifts: NDArray[np.float64]


def apportion(weights: NDArray[Any], total: int) -> NDArray[np.int64]:
    """Divide a whole number in proportion to weights, by largest remainders.

    Parameters
    ----------
    weights : array of float, shape (parts,)
    total : int

    Returns
    -------
    array of int, shape (parts,)
        Sums to `total`.
    """
    exact = np.asarray(weights, dtype=float) * total / np.sum(weights)
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return np.asarray(whole, dtype=np.int64)


def make_people(
    design: CohortDesign, population: PopulationDesign, size: int, streams: Callable[..., np.random.Generator]
) -> People:
    """Invent the people of a round.

    Parameters
    ----------
    design, population
        What is assumed.
    size : int
        Number of people invited.
    streams : callable
        Returns the generator of a named concern.

    Returns
    -------
    People
    """
    sizes = apportion(np.array([one.size for one in design.instansi]), size)
    code = np.repeat(np.arange(len(sizes)), sizes)
    jenjang = _jenjang(design, population, size, streams("jenjang"))
    posts = load_posts()["post"]
    life = _lives(design, population, jenjang, posts, streams)
    groups = _groups(population, size, streams("groups"))
    names = _names(groups, streams("names"))
    pppk = _pppk(population, jenjang, life["years_in_tier"], posts, streams("pppk"))
    random = streams("posts")
    units = load_posts()["unit"]
    jabatan = np.array([_pick(posts[tier]["names"], u) for tier, u in zip(jenjang, random.random(size), strict=True)])
    golongan = np.array(
        [
            posts[tier]["pppk"] if contract else _pick(posts[tier]["golongan"], u)
            for tier, contract, u in zip(jenjang, pppk, random.random(size), strict=True)
        ]
    )
    unit = [_pick(units[design.instansi[i].kind], u) for i, u in zip(code, random.random(size), strict=True)]
    standards = {entry["post"]: entry["code"] for entry in load_posts()["standard"]}
    entered = _days_before(pd.Timestamp(design.first_day), (life["years_in_tier"] * DAYS_PER_YEAR).to_numpy())
    appointed = life["appointed"].mask(pppk, entered)  # with an NI PPPK the present contract is the appointment
    nip = _nip(life["birth"], appointed, groups["sex"] == "P", pppk)
    participants = pd.DataFrame(
        {
            "nip": nip,
            "name": names,
            "instansi": [design.instansi[i].name for i in code],
            "unit": unit,
            "klaster": [design.instansi[i].klaster for i in code],
            "jenjang": jenjang,
            "jabatan": jabatan,
            "position": [standards.get(name) for name in jabatan],
            "golongan": golongan,
            "birth_year": life["birth"].dt.year.astype("int64"),
            "date_in_post": life["date_in_post"],
            "years_in_tier": life["years_in_tier"],
            "retirement_date": life["retirement_date"],
        }
    )
    age = ((pd.Timestamp(design.first_day) - life["birth"]).dt.days / DAYS_PER_YEAR).to_numpy()
    bands = pd.cut(age, [0, 30, 40, 50, 100], right=False, labels=["< 30", "30-39", "40-49", ">= 50"])
    protected = pd.DataFrame({"nip": nip, "sex": groups["sex"], "age_band": bands.astype(str), **groups[["region"]]})
    protected["disability"] = groups["disability"]
    instansi = pd.DataFrame(
        {
            "instansi": [one.name for one in design.instansi],
            "province": [one.province for one in design.instansi],
            "invited": sizes,
        }
    )[sizes > 0].reset_index(drop=True)
    shifts = person_shifts(design, population, code, jenjang, streams("instansi"))
    return People(participants, protected, instansi, code, shifts)


def make_positions() -> pd.DataFrame:
    """Return the posts with a standard of their own: ``position``, ``competency``, ``required_level``."""
    competencies = [scale.key for scale in load_instrument("mansoskul").scales]
    return pd.DataFrame(
        [
            (entry["code"], key, entry["level"] + (key in entry["raised"]) - (key in entry["lowered"]))
            for entry in load_posts()["standard"]
            for key in competencies
        ],
        columns=["position", "competency", "required_level"],
    )


def make_sittings(
    design: CohortDesign, population: PopulationDesign, people: People, streams: Callable[..., np.random.Generator]
) -> pd.DataFrame:
    """Seat everybody: one row a person and instrument, by instrument.

    Everybody sits all instruments on one day in one room; klaster follow each other; nobody sits at a weekend.

    Returns
    -------
    pandas.DataFrame
        ``nip``, ``instrument``, ``form``, ``room``, ``date`` (with the hour), ``status``.
    """
    n = len(people.participants)
    queue = _queue(people.instansi_code, streams("seating"))
    per_day = design.rooms * design.seats
    room = (queue % per_day) // design.seats + 1
    klaster = sorted({one.klaster for one in design.instansi})
    later = people.participants["klaster"].map({name: place for place, name in enumerate(klaster)}).to_numpy()
    first = np.datetime64(design.first_day, "D")
    day = np.busday_offset(first + later * DAYS_BETWEEN_KLASTER, queue // per_day, roll="forward")
    form = people.participants["klaster"].where(people.participants["klaster"].isin(design.forms), design.forms[0])
    codes = np.array([one.code for one in design.instansi])[people.instansi_code]
    absent = streams("absence").random(n).argsort().argsort() < round(design.absence * n)
    void = streams("void").random((len(INSTRUMENTS), n)) < population.records.void
    rows = []
    start = dt.datetime.combine(design.first_day, FIRST_START)
    for place, instrument in enumerate(INSTRUMENTS):
        minutes = start.hour * 60 + start.minute
        rows.append(
            pd.DataFrame(
                {
                    "nip": people.participants["nip"],
                    "instrument": instrument,
                    "form": form,
                    "room": [f"{c}-{r:02d}" for c, r in zip(codes, room, strict=True)],
                    "date": day.astype("datetime64[us]") + np.timedelta64(minutes, "m"),
                    "status": np.where(absent, "absent", np.where(void[place], "void", "present")),
                }
            )
        )
        start += dt.timedelta(minutes=load_instrument(instrument).minutes + BREAK_MINUTES)
    return pd.concat(rows, ignore_index=True)


def choose(shares: Mapping[Any, float], uniform: NDArray[np.float64]) -> NDArray[Any]:
    """Choose one of the names for each uniform number: the first name where the number is smallest."""
    edges = np.cumsum(list(shares.values())) / sum(shares.values())
    place = np.minimum(np.searchsorted(edges, uniform, side="right"), len(edges) - 1)
    chosen: NDArray[Any] = np.array(list(shares))[place]
    return chosen


def _pick(names: list[str], uniform: float) -> str:
    return names[int(uniform * len(names))]


def _jenjang(
    design: CohortDesign, population: PopulationDesign, size: int, random: np.random.Generator
) -> NDArray[np.str_]:
    """Jenjang of each person: exact counts, in random order."""
    wanted: Mapping[str, float] = design.jenjang or population.jenjang.share
    counts = apportion(np.array(list(wanted.values())), size)
    return random.permutation(np.repeat(np.array(list(wanted)), counts))


def _lives(
    design: CohortDesign,
    population: PopulationDesign,
    jenjang: NDArray[np.str_],
    posts: Mapping[str, Any],
    streams: Callable[..., np.random.Generator],
) -> pd.DataFrame:
    """Dates of birth, appointment, post and retirement that fit together."""
    n = len(jenjang)
    today = pd.Timestamp(design.first_day)
    random = streams("tenure")
    tenure = population.records.tenure
    kind = choose({name: share for name, (_, _, share) in tenure.items()}, random.random(n))
    low = np.array([tenure[name][0] for name in kind])
    high = np.array([tenure[name][1] for name in kind])
    # Rounding down keeps a tenure below the upper bound of its class.
    years = np.maximum(low, np.floor(10 * (low + (high - low) * random.random(n))) / 10)
    random = streams("births")
    youngest = np.array([posts[name]["age"][0] for name in jenjang])
    oldest = np.array([posts[name]["age"][1] for name in jenjang])
    age = np.maximum(youngest + (oldest - youngest) * random.beta(1.6, 1.6, n), 20.5 + years)
    birth = _days_before(today, age * DAYS_PER_YEAR)
    latest = age - years
    entry = np.minimum(20.5 + 11 * random.beta(1.5, 2.5, n), latest)
    appointed = _days_before(today, (age - entry) * DAYS_PER_YEAR)
    in_post = _days_before(today, years * (0.3 + 0.7 * random.random(n)) * DAYS_PER_YEAR)
    retires = np.array([posts[name]["retires"] for name in jenjang])
    # Retirement takes effect on the first day of the month after the birthday.
    month = birth.dt.year * 12 + birth.dt.month + 12 * retires
    retirement = pd.to_datetime(pd.DataFrame({"year": month // 12, "month": month % 12 + 1, "day": 1}))
    return pd.DataFrame(
        {
            "birth": birth,
            "appointed": appointed,
            "date_in_post": in_post,
            "years_in_tier": years,
            "retirement_date": retirement.astype("datetime64[us]"),
        }
    )


def _days_before(today: pd.Timestamp, days: NDArray[np.float64]) -> pd.Series:
    return pd.Series(today.as_unit("us") - pd.to_timedelta(days.astype(np.int64), unit="D")).astype("datetime64[us]")


def _groups(population: PopulationDesign, size: int, random: np.random.Generator) -> pd.DataFrame:
    assumed = population.groups
    return pd.DataFrame(
        {
            "sex": np.where(random.random(size) < assumed.women, "P", "L"),
            "region": choose(assumed.region, random.random(size)),
            "disability": random.random(size) < assumed.disability,
        }
    )


def _names(groups: pd.DataFrame, random: np.random.Generator) -> list[str]:
    parts = load_names()
    draws = random.random((len(groups), 4))
    names = []
    for sex, region, (first, second, last, two) in zip(groups["sex"], groups["region"], draws, strict=True):
        given = parts["women" if sex == "P" else "men"]
        chosen = [_pick(given, first), _pick(given, second)] if two < 0.5 else [_pick(given, first)]
        names.append(" ".join([*dict.fromkeys(chosen), _pick(parts["last"][region], last)]))
    return names


def _pppk(
    population: PopulationDesign,
    jenjang: NDArray[np.str_],
    years: pd.Series,
    posts: Mapping[str, Any],
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """Who has an NI PPPK: some of those in a post of entry who came lately."""
    entry = np.array(["pppk" in posts[name] for name in jenjang])
    chosen: NDArray[np.bool_] = entry & (years.to_numpy() < PPPK_LONGEST)
    return chosen & (random.random(len(jenjang)) < population.records.pppk)


def _nip(birth: pd.Series, appointed: pd.Series, woman: pd.Series, pppk: NDArray[np.bool_]) -> pd.Series:
    month = appointed.dt.strftime("%Y%m").to_numpy()
    year = np.array([f"{text[:4]}{PPPK_CODE}" for text in month])
    stem = pd.Series(
        birth.dt.strftime("%Y%m%d").to_numpy() + np.where(pppk, year, month) + np.where(woman, "2", "1"), dtype="str"
    )
    return stem + (stem.groupby(stem).cumcount() + 1).astype(str).str.zfill(3)


def _queue(instansi: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Place of each person in the queue of the own instansi, in random order."""
    order = np.lexsort((random.random(len(instansi)), instansi))
    starts = np.searchsorted(instansi[order], instansi[order], side="left")
    queue = np.empty(len(instansi), dtype=np.int64)
    queue[order] = np.arange(len(instansi)) - starts
    return queue
