"""What changes when the evidence of a scale changes: an item dropped, keyed twice, or keyed anew.

A change on one scale moves a person's joint posterior by a rank-one update, and leaves the distribution of everything
else given that scale as it was. No probability can therefore change by more than the total variation distance between
the two distributions of that one scale. People whose stated box cannot change within that bound keep it; everybody
else is placed again, by the same function and with the same draws as in a full recomputation, so that the list of
changed people is the same and costs a fraction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.i18n import _
from workbench.talent import standing
from workbench.talent.placed import BOXES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Policy
    from workbench.talent.bank import BankLike
    from workbench.talent.posterior import Posterior

__all__ = ["CHANGED", "Placing", "changed_list", "changed_people", "moved", "total_variation", "with_scale"]

CHANGED = (
    "participant_id",
    "instansi",
    "jenjang",
    "from_box",
    "to_box",
    "p_pool_before",
    "p_pool_after",
    "crosses",
)
# Shares of draws differ from the probabilities for which the bound holds.
DRAW_ERROR = 0.02
NOT_TAKEN = 1e-6


@dataclass(frozen=True)
class Placing:
    """A round as it was placed, and what placing it took.

    Attributes
    ----------
    posterior : Posterior
    people : pandas.DataFrame
        As for `standing.place`.
    policy : Policy
    bank : BankLike
    boxes : pandas.DataFrame
        What `standing.place` returned for them, in order of participant_id.
    mean, sd : ndarray, shape (people of the posterior, scales)
        Of each scale under the joint posterior.
    draws, seed : int
    shared_errors : bool
    held : mapping of str to str
        As for `standing.place`.
    """

    posterior: Posterior
    people: pd.DataFrame
    policy: Policy
    bank: BankLike
    boxes: pd.DataFrame
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    draws: int
    seed: int
    shared_errors: bool = True
    held: Mapping[str, str] = field(default_factory=dict)

    def again(self, posterior: Posterior, who: NDArray[np.bool_] | None = None) -> pd.DataFrame:
        """Place people afresh with another posterior: all of them, or those of the rows of ``boxes`` that are chosen.

        Parameters
        ----------
        posterior : Posterior
        who : ndarray of bool, shape (n,), optional

        Returns
        -------
        pandas.DataFrame
            Rows of `standing.place`.
        """
        people = self.people.sort_values("participant_id", ignore_index=True)
        return standing.place(
            posterior,
            people if who is None else people[who],
            self.policy,
            self.bank,
            draws=self.draws,
            seed=self.seed,
            shared_errors=self.shared_errors,
            held=self.held,
        )


def with_scale(
    posterior: Posterior,
    scale: str,
    people: NDArray[np.object_],
    eap: NDArray[np.float64],
    error: NDArray[np.float64],
) -> Posterior:
    """Return the posterior with other scores of some people on one scale.

    Parameters
    ----------
    posterior : Posterior
    scale : str
    people : ndarray of str, shape (k,)
        Whose evidence is replaced; others keep theirs.
    eap, error : ndarray, shape (k,)
        EAP under a standard normal prior and its standard deviation; an error of 1 is no evidence.

    Returns
    -------
    Posterior

    Raises
    ------
    ValueError
        When the scale or a person is unknown, or a score is no number.
    """
    if scale not in posterior.scales:
        raise ValueError(_("Skala '{scale}' tidak ada pada posterior; periksa kode skala.").format(scale=scale))
    rows = np.minimum(np.searchsorted(posterior.participant_id, people), posterior.participant_id.size - 1)
    if not (posterior.participant_id[rows] == people).all():
        raise ValueError(_("Ada orang yang tidak punya skor pada putaran ini; periksa daftar peserta."))
    if not (np.isfinite(eap).all() and np.isfinite(error).all() and (error > 0).all()):
        raise ValueError(_("Ringkasan skor memuat nilai kosong atau galat nol; jalankan ulang tahap skor."))
    j = posterior.scales.index(scale)
    variance = error**2
    precision, location = posterior.precision.copy(), posterior.location.copy()
    value = np.maximum(1 / variance - 1, 0.0)
    value[value < NOT_TAKEN] = 0.0
    # Items that hang together tell as much less as they did.
    precision[rows, j] = value / posterior.ratios.get(scale, 1.0)
    location[rows, j] = np.divide(eap, variance * value, out=np.zeros_like(eap), where=value > 0)
    grid = dict(posterior.grid)
    if scale in grid:
        # A likelihood on the grid speaks of the evidence that is replaced.
        place = grid[scale].place.copy()
        place[rows] = -1
        grid[scale] = replace(grid[scale], place=place)
    return replace(posterior, location=location, precision=precision, grid=grid)


def moved(
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    precision_change: NDArray[np.float64],
    weight_change: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of a scale after its own evidence has changed: the rank-one update on that scale.

    With ``V'^-1 = V^-1 + d e e'`` the variance becomes ``v / (1 + d v)``, and the mean moves by
    ``v' (change of (precision * location) - d m)``.

    Parameters
    ----------
    mean, variance : ndarray
        Under the joint posterior before.
    precision_change, weight_change : ndarray
        Change of the precision of the scale, and of its precision times location.
    """
    after = variance / (1 + precision_change * variance)
    return mean + after * (weight_change - precision_change * mean), after


def total_variation(
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    mean_after: NDArray[np.float64],
    variance_after: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the total variation distance between two normal distributions: no event changes its probability by more.

    The densities cross where a quadratic is zero; the distance is the difference of the probabilities between the
    crossings.
    """
    # log density after less before = a t^2 + b t + c, about the mean before and in its standard deviations.
    d = (mean_after - mean) / np.sqrt(variance)
    r = variance_after / variance
    a, b = 0.5 * (1 - 1 / r), d / r
    c = -0.5 * (d**2 / r + np.log(r))
    root = np.sqrt(np.maximum(b**2 - 4 * a * c, 0.0))
    # The stable form of both roots; with equal variances they cross once, and the other one is at infinity.
    q = -0.5 * (b + np.where(b < 0, -root, root))
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(q != 0, c / q, 0.0)
        second = np.where(a != 0, q / a, np.inf)
    low, high = np.minimum(first, second), np.maximum(first, second)
    s = np.sqrt(r)
    before = ndtr(high) - ndtr(low)
    after = ndtr((high - d) / s) - ndtr((low - d) / s)
    distance: NDArray[np.float64] = np.where((d == 0) & (r == 1), 0.0, np.abs(after - before))
    return distance


def changed_people(placing: Placing, after: Posterior) -> pd.DataFrame:
    """Return the people whose stated box differs once their evidence is another.

    Who has an official box keeps it; who is withheld in either case is listed only where that changes.

    Parameters
    ----------
    placing : Placing
    after : Posterior
        Of the same people and scales.

    Returns
    -------
    pandas.DataFrame
        The columns of `CHANGED`, by participant_id; boxes are empty where withheld. ``crosses`` says whether the side
        of the pool line changes.

    Raises
    ------
    ValueError
        When the two posteriors are not of the same people and scales.
    """
    before = placing.posterior
    if before.scales != after.scales or not np.array_equal(before.participant_id, after.participant_id):
        raise ValueError(_("Posterior sebelum dan sesudah harus memuat orang dan skala yang sama."))
    candidates = _may_change(placing, after)
    if not candidates.any():
        return changed_list(placing.boxes.iloc[:0], placing.boxes.iloc[:0], placing.policy)
    rows = placing.boxes[candidates].reset_index(drop=True)
    return changed_list(rows, placing.again(after, candidates), placing.policy)


def changed_list(before: pd.DataFrame, after: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the rows of two placings of the same people, in one order, in which the stated box differs.

    Parameters
    ----------
    before, after : pandas.DataFrame
        Rows of `standing.place` of the same people.
    policy : Policy

    Returns
    -------
    pandas.DataFrame
        As `changed_people`.
    """
    first = before["box"].fillna(0).to_numpy(int)
    second = after["box"].fillna(0).to_numpy(int)
    pool = policy.boxes.pool
    frame = pd.DataFrame(
        {
            "participant_id": before["participant_id"],
            "instansi": before["instansi"],
            "jenjang": before["jenjang"],
            "from_box": before["box"].astype("Int64"),
            "to_box": after["box"].astype("Int64").array,
            "p_pool_before": before["p_pool"].to_numpy(float),
            "p_pool_after": after["p_pool"].to_numpy(float),
            "crosses": np.isin(first, pool) != np.isin(second, pool),
        },
        columns=list(CHANGED),
    )
    return frame[first != second].reset_index(drop=True)


def _may_change(placing: Placing, after: Posterior) -> NDArray[np.bool_]:
    """Return who may get another box, as a mask over the rows of ``boxes``."""
    boxes, before = placing.boxes, placing.posterior
    people = boxes["participant_id"].to_numpy(object)
    changed = (before.precision != after.precision) | (before.location != after.location)
    scales = [j for j in np.flatnonzero(changed.any(axis=0)) if before.scales[j] in placing.policy.used_scales]
    row = np.minimum(np.searchsorted(before.participant_id, people), before.participant_id.size - 1)
    scored = before.participant_id[row] == people
    touched = changed[row][:, scales].any(axis=1) & scored
    if not scales or not touched.any():
        return np.zeros(len(boxes), dtype=bool)
    free = touched & (boxes["box_source"] != "official").to_numpy(bool)
    if len(scales) > 1:
        return np.asarray(free)
    j = scales[0]
    weight = before.precision[:, j] * before.location[:, j], after.precision[:, j] * after.location[:, j]
    mean, variance = placing.mean[:, j], placing.sd[:, j] ** 2
    there = moved(mean, variance, after.precision[:, j] - before.precision[:, j], weight[1] - weight[0])
    reach = total_variation(mean, variance, *there)[row] + DRAW_ERROR
    # Whether a scale counts as taken is a matter of the record, not of probability.
    lost = (before.taken[:, j] != after.taken[:, j])[row]
    may: NDArray[np.bool_] = free & (lost | _within_reach(boxes, placing.policy, reach))
    return may


def _within_reach(boxes: pd.DataFrame, policy: Policy, reach: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whose stated side, or most probable box on it, may change when no probability moves by more than reach."""
    probabilities = boxes[[f"p_box_{b}" for b in BOXES]].to_numpy(float)
    p_pool = boxes["p_pool"].to_numpy(float)
    placed = ~np.isnan(p_pool)
    member = np.isin(BOXES, policy.boxes.pool)
    inside = np.nan_to_num(p_pool) >= 0.5
    same = np.sort(np.where(member[None, :] == inside[:, None], np.nan_to_num(probabilities), -1.0), axis=1)
    gap = same[:, -1] - np.maximum(same[:, -2], 0.0)
    close: NDArray[np.bool_] = placed & ((np.abs(p_pool - 0.5) <= reach) | (gap <= 2 * reach))
    return close
