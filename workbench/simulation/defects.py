"""Plan what goes wrong in a round: which items and which people.

A plan only names them; `workbench.simulation.answers` carries it out. All draws come from streams of their own, so
that people and items without a defect give the same answers with and without the plan.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.simulation.designs import INSTRUMENTS, Defects, count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Plan", "make_plan"]

PLANTED_COLUMNS = ("kind", "instrument", "item_id", "participant_id", "detail")
TESTLET_LENGTH = 5
PACKAGED = ("literasi-digital", "potensi")  # instruments with keys, whose packages are handed out together
STOPS_BETWEEN = (0.25, 0.6)  # of the items of an instrument: where rapid guessers stop reading


@dataclass(frozen=True)
class Plan:
    """What is planted in one round. People are named by their row in the participants table.

    Attributes
    ----------
    miskeyed : dict
        Wrong option in the key file, by item.
    shifted : dict
        Change of difficulty for women, by item.
    drifted : dict
        Change of difficulty for everybody, by item.
    testlets : tuple of tuple of str
        Items that share a second cause, by testlet.
    testlet_sd : float
        SD of that cause.
    guessing : float
        Chance of finding the key of a multiple-choice item without knowing.
    ability : dict
        Skewness, shift and spread of ability, those that are not as the bank expects.
    wrong_package : dict
        Form really taken in the instruments `PACKAGED`, by person.
    double : dict
        Instrument sat twice, by person.
    copied : dict
        Person copied from, instrument, share of answers taken over, by person.
    rapid : dict
        Instrument and share of items read, by person.
    """

    miskeyed: dict[str, str] = field(default_factory=dict)
    shifted: dict[str, float] = field(default_factory=dict)
    drifted: dict[str, float] = field(default_factory=dict)
    testlets: tuple[tuple[str, ...], ...] = ()
    testlet_sd: float = 0.0
    guessing: float = 0.0
    ability: dict[str, float] = field(default_factory=dict)
    wrong_package: dict[int, str] = field(default_factory=dict)
    double: dict[int, str] = field(default_factory=dict)
    copied: dict[int, tuple[int, str, float]] = field(default_factory=dict)
    rapid: dict[int, tuple[str, float]] = field(default_factory=dict)

    def to_frame(self, bank: pd.DataFrame, participant_id: Sequence[str]) -> pd.DataFrame:
        """List everything planted.

        Parameters
        ----------
        bank : pandas.DataFrame
            The true item bank.
        participant_id : sequence of str, shape (people,)

        Returns
        -------
        pandas.DataFrame
            ``kind``, ``instrument``, ``item_id``, ``participant_id`` (empty where it does not apply) and ``detail``, a
            JSON object.
        """
        items = bank.set_index("item_id")
        rows: list[tuple[str, str, str, str, dict[str, Any]]] = []

        def item(kind: str, item_id: str, **detail: Any) -> None:
            rows.append((kind, items.at[item_id, "instrument"], item_id, "", detail))

        def person(kind: str, instrument: str, place: int, **detail: Any) -> None:
            rows.append((kind, instrument, "", participant_id[place], detail))

        for item_id, wrong in self.miskeyed.items():
            item("miskeyed_item", item_id, true_key=items.at[item_id, "key"], file_key=wrong)
        for item_id, size in self.shifted.items():
            item("dif_item", item_id, focal="P", size=size)
        for item_id, size in self.drifted.items():
            item("drifted_item", item_id, size=size)
        for number, members in enumerate(self.testlets, start=1):
            for item_id in members:
                item("testlet", item_id, testlet=number, sd=self.testlet_sd)
        if self.guessing:
            rows.append(("guessing", "", "", "", {"chance": self.guessing}))
        if self.ability:
            rows.append(("ability", "", "", "", self.ability))
        for place, form in self.wrong_package.items():
            for instrument in PACKAGED:
                person("wrong_package", instrument, place, form_taken=form)
        for place, instrument in self.double.items():
            person("double_sitting", instrument, place)
        for place, (source, instrument, share) in self.copied.items():
            person("copied", instrument, place, source=participant_id[source], share=share)
        for place, (instrument, read) in self.rapid.items():
            person("rapid_guesser", instrument, place, share_read=round(read, 3))
        frame = pd.DataFrame(rows, columns=list(PLANTED_COLUMNS), dtype=object)
        frame["detail"] = [json.dumps(detail, sort_keys=True) for detail in frame["detail"]]
        return frame.astype("str")


def make_plan(
    defects: Defects,
    bank: pd.DataFrame,
    forms: pd.DataFrame,
    packages: Sequence[str],
    sittings: pd.DataFrame,
    streams: Callable[..., np.random.Generator],
) -> Plan:
    """Choose items and people for the defects of a round.

    Parameters
    ----------
    defects : Defects
        How many of each kind.
    bank : pandas.DataFrame
        The true item bank.
    forms : pandas.DataFrame
        The forms in use: ``instrument``, ``form``, ``item_id``, ``position``.
    packages : sequence of str
        Forms that somebody may take by mistake.
    sittings : pandas.DataFrame
        One row a person and instrument, people in the same order for every instrument.
    streams : callable
        Returns the generator of a named concern.

    Returns
    -------
    Plan
    """
    used = bank[bank["item_id"].isin(forms["item_id"])]
    miskeyed = _miskeyed(defects.miskeyed_items, used, streams("defects", "keys"))
    random = streams("defects", "items")
    # Items that everybody meets: a difference between groups or rounds is then a matter of the item, not of the form.
    common = used.loc[(used["klaster"] == "") & ~used["item_id"].isin(list(miskeyed)), "item_id"].to_numpy()
    chosen = random.permutation(common)
    shifted = dict.fromkeys(chosen[: defects.dif_items], defects.dif_size)
    drifted = dict.fromkeys(chosen[defects.dif_items : defects.dif_items + defects.drifted_items], defects.drift_size)
    people = _People(sittings, streams("defects", "people"))
    wrong = people.take(defects.wrong_package)
    double = people.take(defects.double_sittings)
    rapid = people.take(defects.rapid_guessers)
    random = streams("defects", "details")
    own = people.form
    return Plan(
        miskeyed=miskeyed,
        shifted=shifted,
        drifted=drifted,
        testlets=_testlets(defects.testlets, used, random),
        testlet_sd=defects.testlet_sd,
        guessing=defects.guessing,
        ability={
            name: value
            for name, value, expected in (
                ("skewness", defects.ability_skewness, 0),
                ("shift", defects.ability_shift, 0),
                ("spread", defects.ability_spread, 1),
            )
            if value != expected
        },
        wrong_package={i: str(random.choice([f for f in packages if f != own[i]])) for i in wrong},
        double={i: str(random.choice(INSTRUMENTS)) for i in double},
        rapid={i: (str(random.choice(INSTRUMENTS)), float(random.uniform(*STOPS_BETWEEN))) for i in rapid},
        copied=people.pairs(defects.copied_pairs, defects.copied_share),
    )


class _People:
    """The people present at all sittings, handed out so that nobody has two defects."""

    def __init__(self, sittings: pd.DataFrame, random: np.random.Generator) -> None:
        first = sittings[sittings["instrument"] == INSTRUMENTS[0]]
        present = (sittings["status"] == "present").to_numpy().reshape(len(INSTRUMENTS), len(first)).all(axis=0)
        self.form = first["form"].to_numpy()
        self._place = pd.Series(
            first["form"].to_numpy() + "|" + first["room"].to_numpy() + "|" + first["date"].astype(str).to_numpy()
        )
        self._random = random
        self._waiting = [int(i) for i in random.permutation(np.flatnonzero(present))]
        self._people = len(self._waiting)

    def take(self, amount: float) -> list[int]:
        """Hand out as many people as an amount means."""
        n = min(count(amount, self._people), len(self._waiting))
        taken, self._waiting = self._waiting[:n], self._waiting[n:]
        return taken

    def pairs(self, amount: float, share: float) -> dict[int, tuple[int, str, float]]:
        """Hand out pairs who sit in one room at one time: the copier, then the source."""
        wanted = count(amount, self._people)
        rooms: dict[str, list[int]] = {}
        pairs: dict[int, tuple[int, str, float]] = {}
        for person in self._waiting:
            if len(pairs) == wanted:
                break
            met = rooms.setdefault(self._place[person], [])
            if met:
                pairs[person] = (met.pop(), str(self._random.choice(INSTRUMENTS)), share)
            else:
                met.append(person)
        return pairs


def _miskeyed(wanted: int, used: pd.DataFrame, random: np.random.Generator) -> dict[str, str]:
    keyed = used[used["format"] == "mc"]
    rows = random.permutation(len(keyed))[:wanted]
    wrong = {}
    for row in keyed.iloc[rows].itertuples():
        wrong[row.item_id] = str(random.choice([option for option in row.options.split("|") if option != row.key]))
    return wrong


def _testlets(wanted: int, used: pd.DataFrame, random: np.random.Generator) -> tuple[tuple[str, ...], ...]:
    common = used[used["klaster"] == ""]
    scales = random.permutation(common["scale"].unique())[:wanted]
    return tuple(tuple(common.loc[common["scale"] == scale, "item_id"][:TESTLET_LENGTH]) for scale in scales)
