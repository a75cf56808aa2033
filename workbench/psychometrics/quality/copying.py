"""Identical answers within a room: more agreement than two people of their abilities can have by chance.

The index is Wollack's omega (1997, Applied Psychological Measurement 21, 307-320): agreements of a person with the
answers of another, against their expectation given the person's own theta. Its tail is taken exactly, as that of a sum
of unequal chances (van der Linden and Sotaridona 2006): the normal approximation fails where the decision is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.quality.marks import checked_forms, likely_marks, marked_options

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.quality.marks import FormCurves

__all__ = ["exact_tail", "identical_answers"]

WORTH_AN_EXACT_TAIL = 3.0
COLUMNS = ("first", "second", "n", "matches", "expected", "omega", "p", "threshold", "flagged")


def identical_answers(
    answers: object, curves: FormCurves, declared: object, rooms: object, *, false_alarms: float = 1.0
) -> pd.DataFrame:
    """Find pairs of people in one room and with one form who agree too often.

    Parameters
    ----------
    answers : array of int, shape (persons, positions)
        Place of the marked option, -1 where blank.
    curves : FormCurves
    declared : array of int, shape (persons,)
        Number of the form of each person.
    rooms : array, shape (persons,)
        Room and day: people are compared within one.
    false_alarms : float
        Expected among all pairs of the round: the threshold of p is this over twice the number of pairs, since either
        person may be the one who copied.

    Returns
    -------
    pandas.DataFrame
        Pairs with omega of three or more, the strangest first: first and second (row numbers; omega is that of the
        first given the second's answers, the stranger of both directions, which does not tell who copied), n (positions
        answered by both), matches, expected, omega, p (exact), threshold, flagged.

    Raises
    ------
    ValueError
        On answers that are no options, a declared form that does not exist, a missing room, or impossible settings.
    """
    marked = marked_options(answers, curves.curves.shape[2])
    persons = marked.shape[0]
    if marked.shape[1] != curves.curves.shape[1] or false_alarms <= 0:
        raise ValueError(_("Jawaban dan kurva opsi harus berposisi sama banyak, dan alarm palsu di atas 0."))
    form = checked_forms(declared, persons, curves.curves.shape[0])
    place = pd.Series(np.asarray(rooms, dtype=object))
    if place.size != persons or place.isna().any():
        raise ValueError(_("Ruang harus disebut untuk setiap orang ({n} orang).").format(n=persons))
    found, pairs = [], 0
    for f in np.unique(form):
        members = np.flatnonzero(form == f)
        chances = likely_marks(marked[members], curves, int(f))
        for here in place.iloc[members].groupby(place.iloc[members].to_numpy(), sort=True).indices.values():
            if len(here) > 1:
                pairs += len(here) * (len(here) - 1) // 2
                found.append(_room(marked[members], chances, np.sort(here), members))
    frame = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS[:-2])
    threshold = false_alarms / (2 * max(pairs, 1))
    frame["threshold"] = threshold
    frame["flagged"] = frame["p"] < threshold
    # Of the two directions of a pair the stranger one is kept.
    low, high = frame[["first", "second"]].min(axis=1), frame[["first", "second"]].max(axis=1)
    frame = frame.assign(low=low, high=high).sort_values(["p", "low", "high"]).drop_duplicates(["low", "high"])
    return frame[list(COLUMNS)].reset_index(drop=True)


def _room(
    marked: NDArray[np.int8], chances: NDArray[np.float32], here: NDArray[np.int64], names: NDArray[np.int64]
) -> pd.DataFrame:
    """Ordered pairs of a room whose omega is worth a closer look, with the exact chance of their agreement."""
    own = marked[here]
    answered = own >= 0
    indicators = (own[:, :, None] == np.arange(chances.shape[2], dtype=np.int8)).astype(np.float32)
    usable = chances[here] * answered[:, :, None]
    flat, weights = indicators.reshape(here.size, -1), usable.reshape(here.size, -1)
    expected = weights @ flat.T
    variance = expected - (weights**2) @ flat.T
    matches = flat @ flat.T
    omega = (matches - expected) / np.sqrt(np.maximum(variance, 1e-6))
    np.fill_diagonal(omega, -np.inf)
    first, second = np.nonzero(omega >= WORTH_AN_EXACT_TAIL)
    both = answered[first] & answered[second]
    chance = usable[first[:, None], np.arange(own.shape[1]), np.maximum(own[second], 0)]
    agreed = matches[first, second].round().astype(np.int64)
    return pd.DataFrame(
        {
            "first": names[here[first]],
            "second": names[here[second]],
            "n": both.sum(1),
            "matches": agreed,
            "expected": expected[first, second].astype(float),
            "omega": omega[first, second].astype(float),
            "p": exact_tail(np.where(both, chance, 0.0).astype(float), agreed),
        }
    )


def exact_tail(chances: NDArray[np.float64], successes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the chance of at least so many successes in trials with unequal chances.

    Parameters
    ----------
    chances : ndarray, shape (cases, trials)
    successes : ndarray of int, shape (cases,)

    Returns
    -------
    ndarray, shape (cases,)
    """
    cases, trials = chances.shape
    table = np.zeros((cases, trials + 1))
    table[:, 0] = 1.0
    for trial in range(trials):
        p = chances[:, trial, None]
        table[:, 1:] = table[:, 1:] * (1 - p) + table[:, :-1] * p
        table[:, 0] *= 1 - p[:, 0]
    tail = table[:, ::-1].cumsum(1)[:, ::-1]
    return np.where(successes <= 0, 1.0, tail[np.arange(cases), np.clip(successes, 0, trials)])
