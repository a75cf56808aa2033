"""Review, retest or leave: how much a decision would gain from further items.

The side of the pool line is that of one normal quantity against a cut. After n further items its posterior variance is
smaller, and its posterior mean is, seen from now, a normal quantity itself: the decision will be right where both fall
on the same side. At the cut itself the chance of that is ``1/2 + arcsin(rho) / pi`` with ``rho^2`` the share of the
variance that the items remove, so that .95 needs about forty times the information: most doubt is not for a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from workbench.i18n import _
from workbench.psychometrics import irt
from workbench.talent.axes import Rule
from workbench.talent.bank import remembered
from workbench.talent.counting import draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.talent.bank import BankLike
    from workbench.talent.what_if import Placing

__all__ = ["ENOUGH", "MOST_ITEMS", "STEP", "Advice", "advise", "expected_correctness", "item_information"]

ENOUGH = 0.95
MOST_ITEMS, STEP = 60, 5
# Quantiles of the normal distribution over which a future posterior mean is averaged.
QUANTILES = ndtri((np.arange(400) + 0.5) / 400)
TABLE = np.linspace(-4, 4, 81)
# Draws from which the slope of potensial on theta is taken, as a multiple of those of a box.
TWICE = 2


@dataclass(frozen=True)
class Advice:
    """Names of the three kinds of advice, and of the people of whom no test speaks."""

    leave: str = "cukup"
    retest: str = "tes ulang"
    review: str = "telaah"
    records: str = "kinerja menentukan"


def expected_correctness(p_pool: NDArray[np.float64], left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance that the decision after further items will be right.

    Parameters
    ----------
    p_pool : ndarray, shape (n,)
        Probability of the pool now; the distance from the cut is its normal quantile.
    left : ndarray, shape (n,)
        Variance that remains after the further items, as a share of the variance now, 0 to 1.

    Returns
    -------
    ndarray, shape (n,)
        At least ``max(p, 1 - p)``: what the decision is worth now.
    """
    if not (np.isfinite(left).all() and (left >= 0).all() and (left <= 1).all()):
        raise ValueError(_("Sisa ragam setelah butir tambahan harus antara 0 dan 1."))
    known = np.clip(p_pool, 1e-12, 1 - 1e-12)
    distance = ndtri(known)[:, None]
    mean = distance + np.sqrt(1 - left)[:, None] * QUANTILES
    with np.errstate(divide="ignore"):
        right = ndtr(np.abs(mean) / np.sqrt(left)[:, None]).mean(axis=1)
    now = np.maximum(known, 1 - known)
    best: NDArray[np.float64] = np.maximum(right, now)
    return best


def item_information(bank: BankLike, scale: str, theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean information of one item of a scale's reference form at each theta, shape (n,)."""

    def table() -> NDArray[np.float64]:
        items = bank.items(scale, reference=True)
        items = bank.items(scale) if items.empty else items
        total = irt.information(irt.Calibration.from_items(items), TABLE)["total"]
        return np.asarray(total.to_numpy(float) / len(items))

    return np.asarray(np.interp(theta, TABLE, remembered(bank, ("item information", scale), table)), dtype=float)


def advise(placing: Placing, people: NDArray[np.object_]) -> pd.DataFrame:
    """Return for each person what further items would bring, and the advice.

    Items are added in steps of five, each step on the scale on which it removes most of the variance of potensial: the
    best that a retest can do. Their information is that of the mean item of the scale's reference form at the person's
    posterior mean.

    Parameters
    ----------
    placing : Placing
    people : ndarray of str
        Sorted; placed people, as a rule those of the review queue.

    Returns
    -------
    pandas.DataFrame
        participant_id, p_pool, correct_now, correct_20, correct_60 (after 20 and 60 items), items (how many are needed
        for .95; empty where 60 do not suffice), scales (where they go), left_60 (share of the variance left), advice.

    Raises
    ------
    ValueError
        When a person was not placed.
    """
    everyone = placing.people.sort_values("participant_id", ignore_index=True)
    names = everyone["participant_id"].to_numpy(object)
    rows = np.minimum(np.searchsorted(names, people), max(len(names) - 1, 0))
    p_pool = placing.boxes["p_pool"].to_numpy(float)[rows] if len(names) else np.empty(0)
    if people.size and (not (names[rows] == people).all() or np.isnan(p_pool).any()):
        raise ValueError(_("Ada orang yang tidak ditempatkan pada putaran ini; periksa daftar peserta."))
    steps = MOST_ITEMS // STEP
    left = np.ones((people.size, steps + 1))
    used = np.full((people.size, steps), -1, dtype=np.int64)
    scales: tuple[str, ...] = ()
    if people.size:
        chosen = everyone.iloc[rows].reset_index(drop=True)
        posterior = placing.posterior.of(people)
        taken = {scale: posterior.taken[:, j] for j, scale in enumerate(posterior.scales)}
        rule = Rule(placing.policy, placing.bank, chosen, taken)
        scales = rule.scales
        columns = [posterior.scales.index(scale) for scale in scales]
        everybody = np.arange(people.size)
        for part in draw(rule, posterior, everybody, TWICE * placing.draws, placing.seed, shared=None):
            _mean, whole = posterior.moments(part.rows)
            covariance = whole[:, columns][:, :, columns]
            left[part.rows, 1:], used[part.rows] = _added(rule, part.theta, part.potensial, covariance)
    correct = np.stack([expected_correctness(p_pool, left[:, k]) for k in range(steps + 1)], axis=1)
    return _frame(people, p_pool, correct, left, used, scales)


def _added(
    rule: Rule, theta: NDArray[np.float32], potensial: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the share of variance left after each step, shape (n, steps), and the scale of each step."""
    n, _scales, draws = theta.shape
    centre = theta.mean(axis=2)
    points = (potensial - potensial.mean(axis=1, keepdims=True)).astype(np.float32)
    # Covariance of potensial with each scale: V g, with g the slope of potensial on theta.
    with_axis = ((theta - centre[:, :, None]) @ points[:, :, None])[..., 0].astype(float) / draws
    slope = np.linalg.solve(covariance, with_axis[..., None])[..., 0]
    variance = np.einsum("ni,ni->n", slope, with_axis)
    information = STEP * np.stack(
        [item_information(rule.bank, scale, centre[:, j].astype(float)) for j, scale in enumerate(rule.scales)], axis=1
    )
    whole = np.maximum(variance, 1e-12)
    steps = MOST_ITEMS // STEP
    left, used = np.ones((n, steps)), np.zeros((n, steps), dtype=np.int64)
    everybody = np.arange(n)
    for step in range(steps):
        diagonal = np.diagonal(covariance, axis1=1, axis2=2)
        shrink = information / (1 + information * diagonal)
        best = (with_axis**2 * shrink).argmax(axis=1)
        used[:, step] = best
        factor = shrink[everybody, best]
        column = covariance[everybody, :, best]
        share = with_axis[everybody, best].copy()
        variance = variance - factor * share**2
        with_axis = with_axis - (factor * share)[:, None] * column
        covariance = covariance - factor[:, None, None] * column[:, :, None] * column[:, None, :]
        left[:, step] = np.clip(variance / whole, 0.0, 1.0)
    return left, used


def _frame(
    people: NDArray[np.object_],
    p_pool: NDArray[np.float64],
    correct: NDArray[np.float64],
    left: NDArray[np.float64],
    used: NDArray[np.int64],
    scales: tuple[str, ...],
) -> pd.DataFrame:
    enough = correct >= ENOUGH
    needed = np.where(enough.any(axis=1), STEP * enough.argmax(axis=1), -1)
    words = Advice()
    advice = np.where(needed == 0, words.leave, np.where(needed > 0, words.retest, words.review))
    where = []
    for i in range(people.size):
        count = needed[i] // STEP if needed[i] > 0 else 0
        names, numbers = np.unique(used[i, :count], return_counts=True)
        where.append(", ".join(f"{scales[s]} {STEP * k}" for s, k in zip(names, numbers, strict=True)))
    items = pd.array(np.where(needed >= 0, needed, 0), dtype="Int64")
    items[needed < 0] = pd.NA
    return pd.DataFrame(
        {
            "participant_id": people,
            "p_pool": p_pool,
            "correct_now": correct[:, 0],
            "correct_20": correct[:, 20 // STEP],
            "correct_60": correct[:, -1],
            "items": items,
            "scales": pd.array(where, dtype="str"),
            "left_60": left[:, -1],
            "advice": pd.array(advice, dtype="str"),
        }
    )
