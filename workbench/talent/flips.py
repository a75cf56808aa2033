"""What it takes to change the stated side of the pool line: which single item, how many points of which axis.

Dropping an item changes one scale's evidence, so that a draw of the posterior keeps its place and gets another weight,
``exp(change of (precision * location) * theta - change of precision * theta^2 / 2)``: the ratio of the two normal
curves, which depends on that scale alone. The probability without the item is the weighted share of the same draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.talent.axes import Rule, columns_of
from workbench.talent.counting import MORE, draw
from workbench.talent.placed import flip_distance
from workbench.talent.shared import draw_shared_errors
from workbench.talent.what_if import Placing, moved, total_variation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["REACH", "ScaleWithout", "flip_items", "flip_paths", "near_the_line"]

# Nobody whose probability is farther than this from one half is asked about single items.
REACH = 0.25
# Pairs of person and item are weighed where the first-order change, this many times over and with this much to spare,
# would cross the line.
TIMES, SPARE = 2.0, 0.02
PAIRS = 4096  # weighed at a time
NOT_TAKEN = 1e-6


class ScaleWithout(NamedTuple):
    """A scale scored without each of its items, for some people.

    Attributes
    ----------
    item_ids : tuple of str
    theta, variance : ndarray, shape (people, items)
        EAP and posterior variance under a standard normal prior, as `irt.leave_one_out` gives them.
    answered : ndarray of bool, shape (people, items)
    """

    item_ids: tuple[str, ...]
    theta: NDArray[np.float64]
    variance: NDArray[np.float64]
    answered: NDArray[np.bool_]


def near_the_line(boxes: pd.DataFrame) -> NDArray[np.bool_]:
    """Return whose stated side a single item may change: computed boxes with p_pool within `REACH` of one half."""
    p = boxes["p_pool"].to_numpy(float)
    near = np.abs(np.nan_to_num(p, nan=9.0) - 0.5) <= REACH
    return np.asarray(near & (boxes["box_source"] != "official").to_numpy(bool))


def flip_items(
    placing: Placing, people: NDArray[np.object_], without: Mapping[str, ScaleWithout], *, draws: int = 0
) -> pd.DataFrame:
    """Return every single item whose dropping changes the stated side of the pool line of a person.

    Parameters
    ----------
    placing : Placing
    people : ndarray of str, shape (people,)
        Sorted; those that `near_the_line` names.
    without : mapping of str to ScaleWithout
        By scale, rows in the order of people.
    draws : int
        Draws a person; by default as many as the stated probability of people near the line rests on.

    Returns
    -------
    pandas.DataFrame
        participant_id, item_id, scale, p_pool (as stated), p_pool_without, change; by person, the largest change first.

    Raises
    ------
    ValueError
        When a person was not placed, or a table has another number of people.
    """
    number = draws or MORE * placing.draws
    everyone = placing.people.sort_values("participant_id", ignore_index=True)
    rows = np.searchsorted(everyone["participant_id"].to_numpy(object), people)
    known = rows < len(everyone)
    if not known.all() or not (everyone["participant_id"].to_numpy(object)[rows] == people).all():
        raise ValueError(_("Ada orang yang tidak ditempatkan pada putaran ini; periksa daftar peserta."))
    if any(len(scale.theta) != people.size for scale in without.values()):
        raise ValueError(_("Skor tanpa butir harus berisi satu baris tiap orang; jalankan ulang."))
    parts = [pd.DataFrame(columns=["participant_id", "item_id", "scale", "p_pool", "p_pool_without"])]
    if people.size and without:
        chosen = everyone.iloc[rows].reset_index(drop=True)
        posterior = placing.posterior.of(people)
        taken = {scale: posterior.taken[:, j] for j, scale in enumerate(posterior.scales)}
        rule = Rule(placing.policy, placing.bank, chosen, taken)
        stated = placing.boxes["p_pool"].to_numpy(float)[rows]
        shared = (
            draw_shared_errors(placing.bank, rule.scales, draws or placing.draws, placing.seed)
            if placing.shared_errors
            else None
        )
        for part in draw(rule, posterior, np.arange(people.size), number, placing.seed, shared=shared):
            inside = np.isin(part.box, placing.policy.boxes.pool)
            for scale, table in without.items():
                theta = part.theta[:, rule.scales.index(scale)]
                j = posterior.scales.index(scale)
                person, item, p = _flipped(
                    posterior.precision[part.rows, j],
                    posterior.location[part.rows, j],
                    theta,
                    inside,
                    part.weights,
                    posterior.ratios.get(scale, 1.0),
                    _rows(table, part.rows),
                    stated[part.rows],
                )
                parts.append(
                    pd.DataFrame(
                        {
                            "participant_id": people[part.rows[person]],
                            "item_id": np.array(table.item_ids, dtype=object)[item],
                            "scale": scale,
                            "p_pool": stated[part.rows[person]],
                            "p_pool_without": p,
                        }
                    )
                )
    frame = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    frame["change"] = (frame["p_pool_without"] - frame["p_pool"]).astype(float)
    order = frame["change"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].sort_values("participant_id", kind="stable", ignore_index=True)


def _rows(table: ScaleWithout, rows: NDArray[np.int64]) -> ScaleWithout:
    return ScaleWithout(table.item_ids, table.theta[rows], table.variance[rows], table.answered[rows])


def _flipped(
    precision: NDArray[np.float64],
    location: NDArray[np.float64],
    theta: NDArray[np.float32],
    inside: NDArray[np.bool_],
    weights: NDArray[np.float64] | None,
    ratio: float,
    table: ScaleWithout,
    stated: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return person, item and probability without the item of every pair that changes the side."""
    left = np.maximum(1 / table.variance - 1, 0.0)
    left[left < NOT_TAKEN] = 0.0
    weight = np.where(left > 0, table.theta / table.variance, 0.0) / ratio
    left = left / ratio
    d_precision = left - precision[:, None]
    d_weight = weight - (precision * location)[:, None]
    # First order: covariance of "in the pool" with theta and its square, over the draws.
    member = inside.astype(np.float32)
    counted = np.full(theta.shape, 1 / theta.shape[1], np.float32) if weights is None else weights.astype(np.float32)
    share = (member * counted).sum(axis=1)
    member = (member - share[:, None]) * counted
    linear = np.einsum("nk,nk->n", member, theta)
    square = np.einsum("nk,nk->n", member, theta**2)
    change = d_weight * linear[:, None] - 0.5 * d_precision * square[:, None]
    mean, variance = theta.mean(axis=1).astype(float)[:, None], theta.var(axis=1).astype(float)[:, None]
    reach = total_variation(mean, variance, *moved(mean, variance, d_precision, d_weight))
    distance = np.abs(stated - 0.5)[:, None]
    tried = table.answered & (distance <= TIMES * np.abs(change) + SPARE) & (distance <= reach + SPARE)
    person, item = np.nonzero(tried)
    p = np.empty(person.size)
    for start in range(0, person.size, PAIRS):
        part = slice(start, start + PAIRS)
        i = person[part]
        t = theta[i]
        logs = (
            d_weight[i, item[part], None].astype(np.float32)
            - (0.5 * d_precision[i, item[part], None]).astype(np.float32) * t
        )
        logs *= t
        np.exp(logs, out=logs)
        if weights is not None:
            logs *= counted[i]
        p[part] = np.where(inside[i], logs, np.float32(0)).sum(axis=1) / logs.sum(axis=1)
    # The same draws with and without the item: only the change of their share is added to what is stated.
    p = np.clip(stated[person] + p - share[person], 0.0, 1.0)
    flips = (p >= 0.5) != (stated[person] >= 0.5)
    return person[flips], item[flips], p[flips]


def flip_paths(boxes: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return by which axis and how far each stated side of the pool line can change, and the nearest cut.

    Parameters
    ----------
    boxes : pandas.DataFrame
        Rows of `standing.place`.
    rule : Rule
        For the same people, in their order.

    Returns
    -------
    pandas.DataFrame
        participant_id; flip_axis (the axis of the least change; empty where no change of one axis does), flip_points,
        flip_sd (in posterior standard deviations of potensial; empty where kinerja, which has no error, is the axis);
        nearest_axis, nearest_cut, nearest_points (signed: positive above the cut).
    """
    policy = rule.policy
    potensial, kinerja = boxes["potensial"].to_numpy(float), boxes["kinerja"].to_numpy(float)
    held = np.isnan(potensial)
    p, k = np.nan_to_num(potensial), np.nan_to_num(kinerja)
    row = rule.row if rule.row is not None else columns_of(k, policy.cuts.kinerja)
    inside = np.isin(boxes["box"].fillna(0).to_numpy(int), policy.boxes.pool)
    alone = flip_distance(p, k, row, inside, policy, kinerja_movable=False)
    both = flip_distance(p, k, row, inside, policy, kinerja_movable=rule.row is None)
    by_potensial = ~np.isnan(alone) & (alone <= both)
    axis = np.where(np.isnan(both), "", np.where(by_potensial, "potensial", "kinerja"))
    sd = boxes["potensial_sd"].to_numpy(float)
    cuts = [("potensial", cut, p - cut) for cut in policy.cuts.potensial]
    if rule.row is None:
        cuts += [("kinerja", cut, k - cut) for cut in policy.cuts.kinerja]
    nearest = np.abs(np.stack([distance for _axis, _cut, distance in cuts])).argmin(axis=0)
    known = np.where(held, np.nan, 1.0)
    return pd.DataFrame(
        {
            "participant_id": boxes["participant_id"],
            "flip_axis": np.where(held, "", axis),
            "flip_points": both * known,
            "flip_sd": np.where(by_potensial & (sd > 0), alone / np.where(sd > 0, sd, 1.0), np.nan) * known,
            "nearest_axis": np.where(held, "", np.array([a for a, _c, _d in cuts], dtype=object)[nearest]),
            "nearest_cut": np.array([c for _a, c, _d in cuts], dtype=float)[nearest] * known,
            "nearest_points": np.choose(nearest, [d for _a, _c, d in cuts]) * known,
        }
    )
