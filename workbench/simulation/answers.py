"""Answers: from true ability to the options that people choose, one sheet of an instrument and form at a time.

The chosen option is simulated, not the score: the score comes out only when the sheet is read with its key. Blank
answers to multiple-choice items fall on people who would have answered wrongly, so that scoring them as wrong is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.simulation.defects import PACKAGED, Plan
from workbench.simulation.designs import INSTRUMENTS, load_instrument, scale_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.simulation.designs import Answers

    Streams = Callable[..., np.random.Generator]

__all__ = ["BLANK", "Sheet", "make_response_times", "make_responses"]

BLANK = -1
SPEED_SD = 0.2  # of log working time between people; as large again within a person between instruments
RAPID_ANSWERS = 0.004  # share of answers in under three seconds by people who take the test seriously
RAPID_SECONDS = 1.5  # per answer of people who do not read
DOUBLE_LATER = pd.Timedelta(days=7)


@dataclass(frozen=True)
class Sheet:
    """Items of one instrument and form, by position, as arrays.

    Attributes
    ----------
    instrument, form : str
    item_id : tuple of str, length items
    scale : array of int, shape (items,)
        Place of the scale among all scales.
    slope, options : array, shape (items,)
    difficulty : array of float, shape (items,)
        Difficulty of multiple-choice items, NaN for ordered ones.
    thresholds : array of float, shape (items, thresholds)
        Thresholds of ordered items, NaN for multiple-choice ones.
    key : array of int, shape (items,)
        Place of the right option, `BLANK` for ordered items.
    attraction, tilt : array of float, shape (items, options)
        Distractors, NaN at the key and for ordered items.
    shown : array of int, shape (items, categories)
        Place of the option that carries each category of an ordered item.
    """

    instrument: str
    form: str
    item_id: tuple[str, ...]
    scale: NDArray[np.int64]
    slope: NDArray[np.float32]
    options: NDArray[np.int64]
    difficulty: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    key: NDArray[np.int64]
    attraction: NDArray[np.float32]
    tilt: NDArray[np.float32]
    shown: NDArray[np.int8]

    @classmethod
    def build(cls, bank: pd.DataFrame, form_items: pd.DataFrame, instrument: str, form: str) -> Sheet:
        """Collect the items of one instrument and form from the bank."""
        of_sheet = (form_items["instrument"] == instrument) & (form_items["form"] == form)
        order = form_items[of_sheet].sort_values("position")["item_id"]
        rows = bank.set_index("item_id").loc[order]
        places = {key: place for place, key in enumerate(scale_keys())}
        options = rows["options"].str.count(r"\|").to_numpy() + 1
        shown = np.zeros((len(rows), int(options.max())), dtype=np.int8)
        for row, scores in enumerate(rows["option_scores"]):
            if isinstance(scores, str):
                shown[row, : options[row]] = np.argsort([float(score) for score in scores.split("|")])

        def columns(prefix: str) -> NDArray[np.float32]:
            names = [name for name in bank.columns if name.startswith(prefix) and name.removeprefix(prefix).isdigit()]
            values: NDArray[np.float32] = rows[names].to_numpy(dtype=np.float32)
            return values

        return cls(
            instrument=instrument,
            form=form,
            item_id=tuple(order),
            scale=rows["scale"].map(places).to_numpy(dtype=np.int64),
            slope=rows["a"].to_numpy(dtype=np.float32),
            options=options,
            difficulty=rows["b"].to_numpy(dtype=np.float32),
            thresholds=columns("b"),
            key=np.array([ord(key) - ord("A") if isinstance(key, str) else BLANK for key in rows["key"]]),
            attraction=columns("attraction_"),
            tilt=columns("tilt_"),
            shown=shown,
        )


def make_responses(
    bank: pd.DataFrame,
    form_items: pd.DataFrame,
    ability: NDArray[np.float64],
    women: NDArray[np.bool_],
    sittings: pd.DataFrame,
    plan: Plan,
    assumed: Answers,
    streams: Streams,
) -> dict[tuple[str, str], pd.DataFrame]:
    """Let everybody who is present answer.

    Parameters
    ----------
    bank : pandas.DataFrame
        The true item bank.
    form_items : pandas.DataFrame
        Items of every form that anybody may hold in hand: ``instrument``, ``form``, ``item_id``, ``position``.
    ability : array of float, shape (people, scales)
    women : array of bool, shape (people,)
    sittings : pandas.DataFrame
        One row a person and instrument, people in the order of `ability` for every instrument.
    plan : Plan
        What goes wrong.
    assumed : Answers
        Shares of blank answers.
    streams : callable
        Returns the generator of a named concern.

    Returns
    -------
    dict of (instrument, form) to pandas.DataFrame
        ``nip``, then one column of letters an item, by position; blank answers are missing values.
    """
    responses = {}
    for instrument in INSTRUMENTS:
        part = sittings[sittings["instrument"] == instrument].reset_index(drop=True)
        present = (part["status"] == "present").to_numpy()
        nip = part["nip"].to_numpy()
        for form in sorted(part.loc[present, "form"].unique()):
            sheet = Sheet.build(bank, form_items, instrument, form)
            who = np.flatnonzero(present & (part["form"] == form).to_numpy())
            codes = _answer(sheet, ability, women, who, plan, streams, "answers")
            if instrument in PACKAGED:
                _under_other_packages(codes, who, instrument, bank, form_items, ability, women, plan, streams)
            _stop_reading(codes, who, sheet, plan, streams)
            _copy(codes, who, sheet, plan, streams)
            codes = _blanks(codes, sheet, assumed, streams, "blanks")
            again = np.array([i for i in who if plan.double.get(int(i)) == instrument], dtype=np.int64)
            if len(again):
                second = _answer(sheet, ability, women, again, plan, streams, "second sitting")
                codes = np.vstack([codes, _blanks(second, sheet, assumed, streams, "second sitting blanks")])
                who = np.concatenate([who, again])
            responses[instrument, form] = _frame(codes, nip[who], sheet)
    return responses


def make_response_times(
    sittings: pd.DataFrame, items: dict[tuple[str, str], int], plan: Plan, streams: Streams
) -> pd.DataFrame:
    """Time everybody who is present.

    Parameters
    ----------
    sittings : pandas.DataFrame
        One row a person and instrument, people in the same order for every instrument.
    items : dict of (instrument, form) to int
        Number of items.
    plan : Plan
        Names the rapid guessers.
    streams : callable
        Returns the generator of a named concern.

    Returns
    -------
    pandas.DataFrame
        ``nip``, ``instrument``, ``seconds_total``, ``rapid_share``.
    """
    random = streams("response times")
    n = len(sittings) // len(INSTRUMENTS)
    speed = random.normal(0.0, SPEED_SD, n)
    frames = []
    for instrument in INSTRUMENTS:
        design = load_instrument(instrument)
        part = sittings[sittings["instrument"] == instrument]
        length = np.array([items.get((instrument, form), 1) for form in part["form"]])
        seconds = length * design.seconds_per_item * np.exp(speed + random.normal(0.0, SPEED_SD, n))
        rapid = random.binomial(length, RAPID_ANSWERS) / length
        for person, (where, read) in plan.rapid.items():
            if where == instrument:
                skipped = 1 - read
                seconds[person] = seconds[person] * read + skipped * length[person] * RAPID_SECONDS
                rapid[person] = skipped
        frame = pd.DataFrame(
            {
                "nip": part["nip"].to_numpy(),
                "instrument": instrument,
                "seconds_total": np.minimum(seconds, design.minutes * 60).round(),
                "rapid_share": rapid.round(4),
            }
        )
        frames.append(frame[(part["status"] == "present").to_numpy()])
    return pd.concat(frames, ignore_index=True)


def _answer(
    sheet: Sheet,
    ability: NDArray[np.float64],
    women: NDArray[np.bool_],
    who: NDArray[np.int64],
    plan: Plan,
    streams: Streams,
    purpose: str,
) -> NDArray[np.int8]:
    """Options chosen by the people `who`, as places among the options, before anything is left blank."""
    random = streams(purpose, sheet.instrument, sheet.form)
    theta = ability[np.ix_(who, sheet.scale)].astype(np.float32)
    _shift(theta, sheet, women[who], who, plan, streams)
    uniform = random.random((2, *theta.shape), dtype=np.float32)
    np.clip(uniform, 1e-7, 1 - 1e-6, out=uniform)
    latent = sheet.slope * theta + np.log(uniform[0]) - np.log1p(-uniform[0])
    codes = np.empty(theta.shape, dtype=np.int8)
    ordered = np.flatnonzero(sheet.key == BLANK)
    if len(ordered):
        category = np.zeros((len(who), len(ordered)), dtype=np.int8)
        for threshold in (sheet.slope[:, None] * sheet.thresholds).T:
            category += latent[:, ordered] > threshold[ordered]
        codes[:, ordered] = sheet.shown[ordered[None, :], category]
    keyed = np.flatnonzero(sheet.key != BLANK)
    if len(keyed):
        right = latent[:, keyed] > (sheet.slope * sheet.difficulty)[keyed]
        if plan.guessing:
            guess = streams(f"{purpose}, guesses", sheet.instrument, sheet.form)
            right |= guess.random(right.shape, dtype=np.float32) < plan.guessing
        wrong = _distractors(sheet, keyed, theta[:, keyed], uniform[1][:, keyed])
        codes[:, keyed] = np.where(right, sheet.key[keyed].astype(np.int8), wrong)
    return codes


def _distractors(
    sheet: Sheet, items: NDArray[np.int64], theta: NDArray[np.float32], uniform: NDArray[np.float32]
) -> NDArray[np.int8]:
    """Choose a wrong option for everybody, by the inverse of the cumulated nominal probabilities."""
    options = int(sheet.options[items].max())
    cumulated = np.empty((options, *theta.shape), dtype=np.float32)
    total = np.zeros(theta.shape, dtype=np.float32)
    for option in range(options):
        weight = np.exp(sheet.attraction[items, option] + sheet.tilt[items, option] * theta)
        total += np.nan_to_num(weight, copy=False)  # the key, and options that an item does not have
        cumulated[option] = total
    chosen: NDArray[np.int8] = (cumulated <= uniform * total).sum(axis=0, dtype=np.int8)
    return chosen


def _shift(
    theta: NDArray[np.float32],
    sheet: Sheet,
    women: NDArray[np.bool_],
    who: NDArray[np.int64],
    plan: Plan,
    streams: Streams,
) -> None:
    """Carry out DIF, drift and testlets: an item harder by d is met with an ability lower by d."""
    place = {item_id: column for column, item_id in enumerate(sheet.item_id)}
    for item_id, size in plan.shifted.items():
        if item_id in place:
            theta[women, place[item_id]] -= size
    for item_id, size in plan.drifted.items():
        if item_id in place:
            theta[:, place[item_id]] -= size
    for number, members in enumerate(plan.testlets):
        columns = [place[item_id] for item_id in members if item_id in place]
        if columns:
            everybody = streams("testlet", str(number)).normal(0.0, plan.testlet_sd, int(who.max()) + 1)
            theta[:, columns] += everybody[who, None].astype(np.float32)


def _under_other_packages(
    codes: NDArray[np.int8],
    who: NDArray[np.int64],
    instrument: str,
    bank: pd.DataFrame,
    form_items: pd.DataFrame,
    ability: NDArray[np.float64],
    women: NDArray[np.bool_],
    plan: Plan,
    streams: Streams,
) -> None:
    """Replace the answers of people who held another package: they answered its items, place by place."""
    for form in sorted(set(plan.wrong_package.values())):
        rows = np.flatnonzero([plan.wrong_package.get(int(i)) == form for i in who])
        if len(rows):
            taken = Sheet.build(bank, form_items, instrument, form)
            codes[rows] = _answer(taken, ability, women, who[rows], plan, streams, "other package")


def _stop_reading(codes: NDArray[np.int8], who: NDArray[np.int64], sheet: Sheet, plan: Plan, streams: Streams) -> None:
    """Replace the answers after the point where a rapid guesser stopped reading by random options."""
    random = streams("rapid", sheet.instrument, sheet.form)
    row = {int(person): place for place, person in enumerate(who)}
    for person, (instrument, read) in plan.rapid.items():
        if instrument == sheet.instrument and person in row:
            first = int(read * codes.shape[1])
            codes[row[person], first:] = random.integers(0, sheet.options[first:])


def _copy(codes: NDArray[np.int8], who: NDArray[np.int64], sheet: Sheet, plan: Plan, streams: Streams) -> None:
    """Replace part of a copier's answers by those of the neighbour."""
    random = streams("copies", sheet.instrument, sheet.form)
    row = {int(person): place for place, person in enumerate(who)}
    for person, (source, instrument, share) in plan.copied.items():
        if instrument == sheet.instrument and person in row and source in row:
            taken = random.random(codes.shape[1]) < share
            codes[row[person], taken] = codes[row[source], taken]


def _blanks(
    codes: NDArray[np.int8], sheet: Sheet, assumed: Answers, streams: Streams, purpose: str
) -> NDArray[np.int8]:
    """Leave answers blank: single ones, and tails that were not reached."""
    random = streams(purpose, sheet.instrument, sheet.form)
    people, items = codes.shape
    uniform = random.random(codes.shape, dtype=np.float32)
    blank = uniform < assumed.omitted_wrong
    blank &= (sheet.key != BLANK) & (codes != sheet.key)
    blank |= (uniform < assumed.omitted_ordered) & (sheet.key == BLANK)
    late = random.random(people) < assumed.not_reached
    tail = np.where(late, random.geometric(1 / assumed.not_reached_mean, people), 0)
    blank |= np.arange(items) >= items - np.minimum(tail, items - 1)[:, None]
    return np.where(blank, np.int8(BLANK), codes)


def _frame(codes: NDArray[np.int8], nip: NDArray[np.str_], sheet: Sheet) -> pd.DataFrame:
    kinds = {
        count: pd.CategoricalDtype([chr(ord("A") + place) for place in range(count)])
        for count in {int(count) for count in sheet.options}
    }
    columns: dict[str, object] = {"nip": pd.array(nip, dtype="str")}
    by_item = np.ascontiguousarray(codes.T)
    for column, item_id in enumerate(sheet.item_id):
        columns[item_id] = pd.Categorical.from_codes(by_item[column], dtype=kinds[int(sheet.options[column])])
    return pd.DataFrame(columns)
