"""The standard error of measurement at each cut (Standards for Educational and Psychological Testing 2014, 2.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _, format_number
from workbench.psychometrics.decision.classification import rising
from workbench.psychometrics.irt.inspection import category_probabilities, theta_terms, usable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration

__all__ = ["conditional_sem"]


def conditional_sem(calibration: Calibration, cuts: object, *, raw: bool = False) -> pd.DataFrame:
    """Return the conditional standard error of measurement at each cut (Standards 2014, 2.14).

    Parameters
    ----------
    calibration : Calibration
    cuts : array of float, shape (cuts,)
        Rising, on theta, or on the sum score when `raw`.
    raw : bool

    Returns
    -------
    pandas.DataFrame
        cut, theta, information, sem (of theta, 1 / sqrt(information)), expected_score, raw_sem (of the sum score).

    Raises
    ------
    ValueError
        When cuts do not rise, or a cut on the sum score is nobody's expected score.
    """
    chosen, c = usable(calibration), rising(cuts)
    theta = _theta_of(chosen, c) if raw else c
    mean, variance = _sum_moments(chosen, theta)
    information = np.sum([term[1] for term in theta_terms(chosen, theta)], axis=0)
    return pd.DataFrame(
        {
            "cut": c,
            "theta": theta,
            "information": information,
            "sem": 1 / np.sqrt(np.maximum(information, 1e-300)),
            "expected_score": mean,
            "raw_sem": np.sqrt(variance),
        }
    )


def _sum_moments(
    calibration: Calibration, theta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of the sum score at each theta."""
    mean, variance = np.zeros(theta.size), np.zeros(theta.size)
    for curve in category_probabilities(calibration, theta):
        points = np.arange(curve.shape[0])
        of_item = points @ curve
        mean += of_item
        variance += points**2 @ curve - of_item**2
    return mean, variance


def _theta_of(calibration: Calibration, raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Theta at which the expected sum score is as given, by halving."""
    low, high = np.full(raw.size, -12.0), np.full(raw.size, 12.0)
    ends = _sum_moments(calibration, np.array([-12.0, 12.0]))[0]
    if (raw <= ends[0]).any() or (raw >= ends[1]).any():
        raise ValueError(
            _("Batas skor mentah harus di antara skor harapan {low} dan {high}.").format(
                low=format_number(ends[0], 2), high=format_number(ends[1], 2)
            )
        )
    for _halving in range(60):
        middle = (low + high) / 2
        under = _sum_moments(calibration, middle)[0] < raw
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    result: NDArray[np.float64] = (low + high) / 2
    return result
