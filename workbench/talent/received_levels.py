"""What a level as received says of theta, when the error of the score behind it is declared.

The owner of the instrument has cut an observed score ``theta + e`` into levels, ``e`` normal with standard deviation s.
Level L was given where the score fell between its two cuts, so that its likelihood is
``Phi((c[L + 1] - theta) / s) - Phi((c[L] - theta) / s)``. Nothing else of the score is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import log_ndtr, ndtr

from workbench.i18n import _
from workbench.talent.grid_posterior import COLUMNS, FAR, LOWEST, NODES, departures
from workbench.talent.normal_path import INVERSE_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.talent.bank import BankLike

__all__ = ["level_log_likelihood", "level_summaries", "same_level", "score_levels"]


def level_log_likelihood(cuts: NDArray[np.float64], error: float, theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the likelihood of every level, shape (cuts + 1, nodes).

    Parameters
    ----------
    cuts : ndarray, shape (cuts,)
        Rising, on theta.
    error : float
        Standard deviation of the error of the score that was cut; positive.
    theta : ndarray, shape (nodes,)

    Raises
    ------
    ValueError
        When the error is not a positive number.
    """
    _check(error, zero=False)
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    z = (edges[:, None] - np.asarray(theta, dtype=np.float64)[None, :]) / error
    low, high = z[:-1], z[1:]
    # Far above both edges the upper tails keep their digits, and the lower ones do not.
    flip = low > 0
    near, far = np.where(flip, -low, high), np.where(flip, -high, low)
    top = log_ndtr(near)
    result: NDArray[np.float64] = top + np.log1p(-np.exp(np.minimum(log_ndtr(far) - top, -1e-16)))
    return result


def level_summaries(cuts: NDArray[np.float64], error: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of theta given each level under a standard normal prior.

    In closed form: the score is normal with variance 1 + s^2 and cut off at the edges of the level; theta given the
    score is normal about r times the score with variance 1 - r, where r = 1 / (1 + s^2).

    Parameters
    ----------
    cuts : ndarray, shape (cuts,)
    error : float
        Zero where the score is taken as free of error.

    Returns
    -------
    mean, sd : ndarray, shape (cuts + 1,)
    """
    _check(error, zero=True)
    spread = np.sqrt(1 + error**2)
    edges = np.concatenate([[-np.inf], cuts, [np.inf]]) / spread
    low, high = edges[:-1], edges[1:]
    # The share of a level from the tail that it lies in.
    share = np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))
    density_low, density_high = (INVERSE_ROOT * np.exp(-(edge**2) / 2) for edge in (low, high))
    mean = (density_low - density_high) / share
    pulls = [
        np.where(np.isfinite(edge), edge, 0.0) * density for edge, density in ((low, density_low), (high, density_high))
    ]
    variance = 1 + (pulls[0] - pulls[1]) / share - mean**2
    r = 1 / (1 + error**2)
    return r * spread * mean, np.sqrt(1 - r + r * np.maximum(variance, 1e-12))


def same_level(cuts: NDArray[np.float64], error: float) -> NDArray[np.float64]:
    """Return the probability that the true level is the one received, for every level, shape (cuts + 1,).

    Of a person drawn from a standard normal population; by quadrature.
    """
    theta = np.linspace(-8, 8, 4_001)
    density = np.exp(level_log_likelihood(cuts, error, theta) - theta**2 / 2)
    inside = np.searchsorted(cuts, theta, side="right")[None, :] == np.arange(cuts.size + 1)[:, None]
    result: NDArray[np.float64] = (density * inside).sum(axis=1) / density.sum(axis=1)
    return result


def score_levels(
    levels: pd.DataFrame, errors: Mapping[str, float], bank: BankLike
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what scores are of answers, made of levels as received.

    Parameters
    ----------
    levels : pandas.DataFrame
        participant_id and a column a scale: 1 to 5, empty where the scale was not measured.
    errors : mapping of str to float
        Declared standard error on theta, by scale; a scale without one is taken as free of error, which serves boxes
        only and no probability.
    bank : BankLike
        Its level cuts are taken to be those of the owner.

    Returns
    -------
    scores : pandas.DataFrame
        participant_id, scale, wle, wle_se, eap, eap_se, scale_score; no WLE and no scale score, which need answers.
    grid : pandas.DataFrame
        participant_id, scale, l_0 .. l_32 of those whom EAP and its error do not describe.

    Raises
    ------
    ValueError
        When the bank has no cuts of a scale, or they do not make five levels.
    """
    scores, grids = [], []
    for scale in (name for name in levels.columns if name != "participant_id"):
        known = levels[levels[scale].notna()]
        if known.empty:
            continue
        cuts = bank.cuts(scale)
        if cuts.size != 4:
            raise ValueError(
                _("Bank {bank} tidak punya empat batas level untuk skala {scale}; pakai bank yang memuatnya.").format(
                    bank=bank.version, scale=scale
                )
            )
        at = known[scale].to_numpy(np.int64) - 1
        error = errors.get(scale, 0.0)
        mean, sd = level_summaries(cuts, error)
        who = known["participant_id"].to_numpy(object)
        scores.append(
            pd.DataFrame(
                {
                    "participant_id": pd.array(who, dtype="str"),
                    "scale": scale,
                    "wle": np.nan,
                    "wle_se": np.nan,
                    "eap": mean[at],
                    "eap_se": sd[at],
                    "scale_score": np.nan,
                }
            )
        )
        if error:
            grids.append(_on_the_grid(level_log_likelihood(cuts, error, NODES), mean, sd, who, scale, at))
    nobody = pd.DataFrame(columns=["participant_id", "scale", *COLUMNS])
    if not scores:
        raise ValueError(_("Tidak ada satu level pun pada tabel received_levels; isi berkas itu."))
    filled = [grid for grid in grids if len(grid)]
    return pd.concat(scores, ignore_index=True), pd.concat(filled, ignore_index=True) if filled else nobody


def _on_the_grid(
    values: NDArray[np.float64],
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
    who: NDArray[np.object_],
    scale: str,
    at: NDArray[np.int64],
) -> pd.DataFrame:
    """Return the likelihoods of the people whose level a normal curve does not describe."""
    values = np.maximum(values, LOWEST)
    far = (departures(values, mean, sd) > FAR)[at]
    table = pd.DataFrame(values[at[far]], columns=list(COLUMNS))
    table.insert(0, "participant_id", pd.array(who[far], dtype="str"))
    table.insert(1, "scale", pd.array([scale] * int(far.sum()), dtype="str"))
    return table


def _check(error: float, *, zero: bool) -> None:
    if not np.isfinite(error) or error < 0 or (error == 0 and not zero):
        raise ValueError(_("Galat baku {error} tidak mungkin; tulis bilangan lebih dari 0.").format(error=error))
