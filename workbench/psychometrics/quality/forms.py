"""Response quality, person by person: wrong key or package, slipped answer rows, rapid guessing, copying.

Everything here points a human at a case and is never an automatic sanction. Wrong packages and slips compare the
likelihood of what was really marked: the options, not the scores, under curves that say how likely each option is at
each theta. Their thresholds come from the identity that a likelihood ratio above exp(t) has a chance below exp(-t) when
the declared form is the right one, so that the number of false alarms is chosen beforehand.
Sources: Neyman and Pearson (1933); Wise and Kong (2005, Applied Measurement in Education 18, 163-183) and Wise and Ma
(2012) for response times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers
from workbench.psychometrics.quality.marks import (
    SMALLEST,
    FormCurves,
    checked_forms,
    likely_marks,
    log_sum,
    marked_options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["rapid_guessing", "shifted_rows", "wrong_form"]

CHUNK = 4096
SMALL_CHUNK = 128
WORTH_A_LOOK = -1.0  # log ratio at a person's own theta from which the exact one is worth its price
NORMATIVE_SHARE, SLOWEST_THRESHOLD = 0.10, 10.0  # Wise and Ma: 10 % of the item's mean time, at most ten seconds
EFFORT = 0.90  # response-time effort below which a score says little (Wise and Kong)


def wrong_form(
    answers: Sequence[object],
    curves: Sequence[FormCurves],
    declared: object,
    *,
    false_alarms: float = 1.0,
    simulations: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Find people whose answers were recorded under a form (package, key) that they did not take.

    Each person is scored under every form of the round. The statistic is the log of the likelihood under the best other
    form over that under the declared one, each integrated over theta, summed over instruments. The threshold is the one
    at which the round is expected to raise `false_alarms` alarms if nobody was swapped; the chance of an alarm is found
    by simulating swapped people and weighting each with the inverse of the likelihood ratio, which reaches far into the
    tail with few people.

    Parameters
    ----------
    answers : sequence of arrays of int, one an instrument, shape (persons, positions)
        Place of the marked option, -1 where blank.
    curves : sequence of FormCurves, one an instrument
        Forms in the same order everywhere.
    declared : array of int, shape (persons,)
        Number of the form under which each person was recorded.
    false_alarms : float
        Expected in the whole round.
    simulations : int
        People simulated for each pair of forms.
    seed : int

    Returns
    -------
    pandas.DataFrame
        A row a person: declared, likely (the best other form), log_ratio, threshold, flagged.

    Raises
    ------
    ValueError
        On answers that are no options, a declared form that does not exist, fewer than two forms, or impossible
        settings.
    """
    if not curves or len(answers) != len(curves) or len({c.curves.shape[0] for c in curves}) != 1:
        raise ValueError(_("Perlu kurva opsi dan jawaban untuk setiap instrumen, dengan paket yang sama."))
    forms = curves[0].curves.shape[0]
    if forms < 2 or false_alarms <= 0 or simulations < 100:
        raise ValueError(_("Perlu sedikitnya dua paket, alarm palsu di atas 0, dan sedikitnya 100 simulasi."))
    marked = [marked_options(a, c.curves.shape[2]) for a, c in zip(answers, curves, strict=True)]
    persons = marked[0].shape[0]
    if any(a.shape != (persons, c.curves.shape[1]) for a, c in zip(marked, curves, strict=True)):
        raise ValueError(_("Jawaban setiap instrumen harus memuat orang yang sama dan posisi sebanyak kurvanya."))
    form = checked_forms(declared, persons, forms)
    total = np.sum([_form_likelihoods(a, c) for a, c in zip(marked, curves, strict=True)], axis=0)
    own = total[np.arange(persons), form]
    others = np.where(np.arange(forms) == form[:, None], -np.inf, total)
    likely = others.argmax(1)
    ratio = others.max(1) - own
    threshold = _threshold(curves, np.bincount(form, minlength=forms), false_alarms, simulations, seed)
    return pd.DataFrame(
        {"declared": form, "likely": likely, "log_ratio": ratio, "threshold": threshold, "flagged": ratio > threshold}
    )


def _form_likelihoods(marked: NDArray[np.int8], curves: FormCurves) -> NDArray[np.float64]:
    """Log marginal likelihood of each person under each form, shape (persons, forms)."""
    forms, _positions, options, nodes = curves.curves.shape
    logs = curves.logs
    prior = curves.log_prior.astype(np.float32)
    result = np.zeros((marked.shape[0], forms))
    for start in range(0, marked.shape[0], CHUNK):
        part = marked[start : start + CHUNK]
        indicators = (part[:, :, None] == np.arange(options, dtype=np.int8)).astype(np.float32)
        for f in range(forms):
            for here in curves.scales(f):
                values = indicators[:, here].reshape(part.shape[0], -1) @ logs[f, here].reshape(-1, nodes) + prior
                result[start : start + CHUNK, f] += log_sum(values)
    return result


def _threshold(
    curves: Sequence[FormCurves], people: NDArray[np.int64], false_alarms: float, simulations: int, seed: int
) -> float:
    """Log ratio above which as many alarms are expected without a swap: P0(R > t) = E1[exp(-R); R > t]."""
    rng = np.random.default_rng(seed)
    forms = people.size
    ratios, weights = [], []
    for taken in range(forms):
        drawn = [_draw(c, taken, simulations, rng) for c in curves]
        likelihoods = np.sum([_form_likelihoods(d, c) for d, c in zip(drawn, curves, strict=True)], axis=0)
        for declared in range(forms):
            if declared != taken and people[declared]:
                ratio = likelihoods[:, taken] - likelihoods[:, declared]
                ratios.append(ratio)
                weights.append(np.exp(np.minimum(-ratio, 0.0)) * people[declared] / simulations)
    ratio, alarms = np.concatenate(ratios), np.concatenate(weights)
    order = np.argsort(-ratio)
    beyond = np.flatnonzero(np.cumsum(alarms[order]) > false_alarms)
    simulated = float(ratio[order][beyond[0]]) if beyond.size else float(ratio.min())
    # P0(R > t) < exp(-t) holds for each of the other forms, however well the simulation reaches the tail.
    bound = float(np.log(people.sum() * (forms - 1) / false_alarms))
    return max(min(simulated, bound), 0.0)


def _draw(curves: FormCurves, form: int, persons: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Answers of people who take a form, theta drawn from the prior of each scale."""
    weight = np.exp(curves.log_prior)
    marked = np.full((persons, curves.curves.shape[1]), -1, dtype=np.int8)
    for here in curves.scales(form):
        node = rng.choice(weight.size, persons, p=weight / weight.sum())
        for position in here:
            limits = np.cumsum(curves.curves[form, position], axis=0)[:, node]
            marked[:, position] = (rng.random(persons) * limits[-1] > limits[:-1]).sum(0)
    return marked


def shifted_rows(
    answers: object,
    curves: FormCurves,
    declared: object,
    *,
    shifts: Sequence[int] = (-1, 1),
    false_alarms: float = 1.0,
) -> pd.DataFrame:
    """Find people whose answers slip by a row from some position on.

    A shift of one means that the answer to a question stands in the row of the next one, a shift of minus one that it
    stands in the row before. The likelihood with a slip is averaged over all positions where it may begin and over the
    shifts, and compared with that without one, each integrated over theta. The threshold is log(people / false_alarms),
    which holds whatever the test for people who answered the form that they were given; other defects, such as a wrong
    package, may be raised here too.

    Parameters
    ----------
    answers : array of int, shape (persons, positions)
        Place of the marked option, -1 where blank.
    curves : FormCurves
    declared : array of int, shape (persons,)
        Number of the form of each person.
    shifts : sequence of int
    false_alarms : float
        At most expected in all.

    Returns
    -------
    pandas.DataFrame
        A row a person: log_ratio, shift and start (most likely; start counts positions from 1), threshold, flagged. For
        people in whom nothing points to a slip, log_ratio is taken at their own theta.

    Raises
    ------
    ValueError
        On answers that are no options, a declared form that does not exist, or impossible settings.
    """
    marked = marked_options(answers, curves.curves.shape[2])
    persons, positions = marked.shape
    if positions != curves.curves.shape[1]:
        raise ValueError(_("Jawaban berisi {n} posisi, kurva opsi {k}.").format(n=positions, k=curves.curves.shape[1]))
    if false_alarms <= 0 or not len(shifts) or any(s == 0 or abs(s) >= positions for s in shifts):
        raise ValueError(_("Geseran harus bukan nol dan lebih kecil dari jumlah posisi, alarm palsu di atas 0."))
    form = checked_forms(declared, persons, curves.curves.shape[0])
    result = np.empty((persons, 3))
    for f in np.unique(form):
        members = np.flatnonzero(form == f)
        for low in range(0, members.size, CHUNK):
            part = members[low : low + CHUNK]
            logs = np.log(np.maximum(likely_marks(marked[part], curves, int(f)), SMALLEST))[..., None]
            nobody = np.zeros(1, dtype=np.float32)
            one = np.where(curves.scale[f] >= 0, 0, -1)
            result[part] = _best_slip(_slips(marked[part], logs, one, nobody, shifts), shifts)
        closer = members[result[members, 0] > WORTH_A_LOOK]
        logs = curves.logs[None, f]
        prior = curves.log_prior.astype(np.float32)
        for low in range(0, closer.size, SMALL_CHUNK):
            part = closer[low : low + SMALL_CHUNK]
            result[part] = _best_slip(_slips(marked[part], logs, curves.scale[f], prior, shifts), shifts)
    threshold = float(np.log(max(persons, 2) / false_alarms))
    return pd.DataFrame(
        {
            "log_ratio": result[:, 0],
            "shift": result[:, 1].astype(np.int64),
            "start": result[:, 2].astype(np.int64) + 1,
            "threshold": threshold,
            "flagged": result[:, 0] > threshold,
        }
    )


def _best_slip(slips: NDArray[np.float32], shifts: Sequence[int]) -> NDArray[np.float64]:
    """Mean ratio over shifts and starts in logs, most likely shift and start of each person, shape (persons, 3)."""
    persons, _shifts, positions = slips.shape
    flat = slips.reshape(persons, -1)
    best = flat.argmax(1)
    ratio = log_sum(flat) - np.log(np.isfinite(flat).sum(1))
    return np.column_stack([ratio, np.asarray(shifts)[best // positions], best % positions]).astype(float)


def _slips(
    marked: NDArray[np.int8],
    logs: NDArray[np.float32],
    scale: NDArray[np.int64],
    log_prior: NDArray[np.float32],
    shifts: Sequence[int],
) -> NDArray[np.float32]:
    """Log likelihood ratio of each shift beginning at each position, shape (persons, shifts, positions).

    Parameters
    ----------
    marked : ndarray, shape (persons, positions)
    logs : ndarray, shape (persons or 1, positions, options, nodes)
    scale : ndarray of int, shape (positions,)
        -1 where the form has no such position.
    log_prior : ndarray, shape (nodes,)
    shifts : sequence of int
    """
    persons, positions = marked.shape
    people = np.arange(persons)[:, None] if logs.shape[0] > 1 else np.zeros((1, 1), dtype=np.int64)
    rows = np.arange(positions)
    shown = np.maximum(marked, 0)
    answered = ((marked >= 0) & (scale >= 0))[..., None]
    straight = np.where(answered, logs[people, rows, shown], np.float32(0))
    guess = -np.float32(np.log(logs.shape[2]))
    result = np.zeros((persons, len(shifts), positions), dtype=np.float32)
    moved = []
    for shift in shifts:
        source = rows - shift
        inside = (source >= 0) & (source < positions)
        source = np.clip(source, 0, positions - 1)
        inside &= scale[source] >= 0
        # The row of a question that the form does not have may hold anything; it is counted with its own scale.
        gain = np.where(inside[:, None], logs[people, source, shown], guess)
        moved.append((np.where(answered, gain, np.float32(0)), np.where(inside, scale[source], scale)))
    for s in np.unique(scale[scale >= 0]):
        own = straight * (scale == s)[:, None]
        null = log_sum(own.sum(1) + log_prior)[:, None]
        before = own.cumsum(1) - own
        for index, (gain, belongs) in enumerate(moved):
            after = (gain * (belongs == s)[:, None])[:, ::-1].cumsum(1)[:, ::-1]
            result[:, index] += log_sum(before + after + log_prior) - null
    result[:, :, scale < 0] = -np.inf
    return result


def rapid_guessing(seconds: object, *, threshold: object | None = None) -> pd.DataFrame:
    """Return the share of answers given too fast to have read the question.

    Parameters
    ----------
    seconds : array of float, shape (persons, items)
        Response times, NaN where not given.
    threshold : float or array of float, shape (items,), optional
        Time below which an answer is a rapid guess; by default a tenth of the item's mean time, at most ten seconds
        (Wise and Ma 2012).

    Returns
    -------
    pandas.DataFrame
        A row a person: n (answers with a time), rapid_share, effort (1 - rapid_share: Wise and Kong's response-time
        effort), flagged (effort below .90). Empty for people without a time.

    Raises
    ------
    ValueError
        On text, negative or infinite times, or no time at all.
    """
    times = as_numbers(seconds).astype(float)
    limit = None if threshold is None else as_numbers(threshold).astype(float)
    known = ~np.isnan(times)
    if times.ndim != 2 or not known.any() or np.isinf(times).any() or (times[known] < 0).any():
        raise ValueError(_("Waktu jawab harus berupa tabel orang x butir dalam detik, tidak negatif."))
    if limit is None:
        count = np.maximum(known.sum(0), 1)
        limit = np.minimum(NORMATIVE_SHARE * np.where(known, times, 0.0).sum(0) / count, SLOWEST_THRESHOLD)
    if limit.shape not in {(), (times.shape[1],)} or not np.isfinite(limit).all() or (limit < 0).any():
        raise ValueError(_("Ambang waktu harus satu bilangan tak negatif, atau satu untuk tiap butir."))
    n = known.sum(1)
    with np.errstate(invalid="ignore"):
        share = np.where(n > 0, (known & (np.nan_to_num(times) < limit)).sum(1) / np.maximum(n, 1), np.nan)
    return pd.DataFrame({"n": n, "rapid_share": share, "effort": 1 - share, "flagged": 1 - share < EFFORT})
