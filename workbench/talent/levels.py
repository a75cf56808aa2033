"""Levels of competencies from a scale's own evidence, and the job-person match (JPM)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.policy import CategoryScale
    from workbench.talent.bank import BankLike
    from workbench.talent.posterior import Posterior

__all__ = [
    "category_of",
    "jpm",
    "level_of",
    "level_probabilities",
    "own_level_probabilities",
    "place_levels",
    "printed_levels",
    "undiscriminated_tiers",
]

# A ratio of sums may fall this far short of a bound that it meets on paper.
ON_THE_BOUND = 1e-9


def level_of(theta: NDArray[np.floating], cuts: NDArray[np.floating]) -> NDArray[np.int8]:
    """Return the level of each theta: 1 below the first cut; a theta on a cut belongs to the upper level.

    Parameters
    ----------
    theta : ndarray, shape (n, ...)
    cuts : ndarray, shape (cuts,) or (draws, cuts)
        Rising; by draw where the last axis of theta counts draws.
    """
    level = np.ones(theta.shape, dtype=np.int8)
    for k in range(cuts.shape[-1]):
        level += theta >= cuts[..., k]
    return level


def level_probabilities(
    mean: NDArray[np.float64], sd: NDArray[np.float64], cuts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability of each level under normal posteriors, shape (n, cuts + 1)."""
    below = ndtr((cuts[None, :] - mean[:, None]) / sd[:, None])
    edges = np.concatenate([np.zeros((mean.size, 1)), below, np.ones((mean.size, 1))], axis=1)
    return np.diff(edges, axis=1)


def own_level_probabilities(
    posterior: Posterior, scale: str, mean: NDArray[np.float64], sd: NDArray[np.float64], cuts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability of each level from a scale's own evidence, shape (n, cuts + 1).

    Exact, from the likelihood on the grid, for those whom the normal curve does not describe.

    Parameters
    ----------
    posterior : Posterior
    scale : str
    mean, sd : ndarray, shape (n,)
        Of the scale, as `Posterior.own` returns them.
    cuts : ndarray, shape (cuts,)
    """
    result = level_probabilities(mean, sd, cuts)
    grid = posterior.grid.get(scale)
    if grid is not None:
        who = np.flatnonzero(grid.place >= 0)
        result[who] = grid.level_probabilities(grid.place[who], mean[who], sd[who], cuts)
    return result


def printed_levels(posterior: Posterior, bank: BankLike, scales: tuple[str, ...]) -> NDArray[np.int8]:
    """Return the most probable level of each scale from its own evidence; 0 where the scale was not taken.

    A level that was received as it is stays as it is: it is what stands on paper already.

    Returns
    -------
    ndarray of int8, shape (n, scales)
    """
    mean, sd = posterior.own()
    place = {scale: j for j, scale in enumerate(posterior.scales)}
    result = np.zeros((mean.shape[0], len(scales)), dtype=np.int8)
    for column, scale in enumerate(scales):
        j = place[scale]
        probability = own_level_probabilities(posterior, scale, mean[:, j], sd[:, j], bank.cuts(scale))
        result[:, column] = np.where(posterior.taken[:, j], _on_paper(posterior, scale, probability), 0)
    return result


def _on_paper(posterior: Posterior, scale: str, probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the level that is printed: the one received or, where none was, the most probable one."""
    most: NDArray[np.int64] = 1 + probability.argmax(1)
    received = posterior.received.get(scale)
    return most if received is None else np.where(received > 0, received, most).astype(np.int64)


def jpm(
    levels: Sequence[NDArray[np.integer]], required: Sequence[NDArray[np.integer]], capping: str
) -> NDArray[np.float64]:
    """Return sum of achieved levels over sum of required levels, in percent.

    Parameters
    ----------
    levels : sequence of ndarray, each of shape (n, ...)
        Achieved level by competency.
    required : sequence of ndarray, each of shape (n,)
    capping : str
        ``none``, ``total`` (at 100) or ``per_competency`` (no level counts beyond what is required).

    Returns
    -------
    ndarray of float, shape (n, ...)
    """
    shape = (-1,) + (1,) * (levels[0].ndim - 1)
    achieved = np.zeros(levels[0].shape, dtype=np.int16)
    total = np.zeros(levels[0].shape[0], dtype=np.int64)
    for level, need in zip(levels, required, strict=True):
        achieved += np.minimum(level, need.reshape(shape)).astype(np.int8) if capping == "per_competency" else level
        total += need
    value: NDArray[np.float64] = 100.0 * achieved / total.reshape(shape)
    return np.minimum(value, 100.0) if capping == "total" else value


def category_of(value: NDArray[np.float64], scale: CategoryScale) -> NDArray[np.int64]:
    """Return the index of the category of each JPM (falling order); a value on a bound belongs to the upper one."""
    below = np.zeros(value.shape, dtype=np.int64)
    for category in scale.categories:
        below += value < category.from_ - ON_THE_BOUND
    return below


def place_levels(posterior: Posterior, people: pd.DataFrame, bank: BankLike, scales: tuple[str, ...]) -> pd.DataFrame:
    """Return the level of each person on each scale with its probabilities.

    Parameters
    ----------
    posterior : Posterior
    people : pandas.DataFrame
        participant_id and ``required_<scale>`` where a level is required.
    bank : BankLike
    scales : tuple of str

    Returns
    -------
    pandas.DataFrame
        participant_id, competency, level, required, p_level_1 .. p_level_5; only scales that were taken.
    """
    mean, sd = posterior.own()
    place = {scale: j for j, scale in enumerate(posterior.scales)}
    rows = people.set_index("participant_id").reindex(posterior.participant_id)
    frames = []
    for scale in scales:
        j = place[scale]
        taken = posterior.taken[:, j]
        probability = own_level_probabilities(posterior, scale, mean[:, j], sd[:, j], bank.cuts(scale))
        printed = _on_paper(posterior, scale, probability)[taken]
        probability = probability[taken]
        column = f"required_{scale}"
        required = (
            rows.loc[taken, column].astype("Int64").to_numpy()
            if column in rows
            else pd.array([pd.NA] * int(taken.sum()), dtype="Int64")
        )
        frames.append(
            pd.DataFrame(
                {
                    "participant_id": posterior.participant_id[taken],
                    "competency": scale,
                    "level": printed,
                    "required": pd.array(required, dtype="Int64"),
                    **{f"p_level_{k + 1}": probability[:, k] for k in range(probability.shape[1])},
                }
            )
        )
    if not frames:
        return pd.DataFrame(
            columns=["participant_id", "competency", "level", "required", *(f"p_level_{k}" for k in range(1, 6))]
        )
    return pd.concat(frames, ignore_index=True).sort_values(
        ["participant_id", "competency"], kind="stable", ignore_index=True
    )


def undiscriminated_tiers(boxes: pd.DataFrame, share: float = 0.9) -> list[str]:
    """Return the tiers in which nearly everybody reaches a JPM of 100: there it tells nobody from anybody.

    Parameters
    ----------
    boxes : pandas.DataFrame
        jenjang, jpm.
    share : float
        Part of a tier that counts as nearly everybody.
    """
    known = boxes[boxes["jpm"].notna()]
    full = (known["jpm"] >= 100).groupby(known["jenjang"].to_numpy()).mean()
    return [str(tier) for tier, part in full.items() if part >= share]
