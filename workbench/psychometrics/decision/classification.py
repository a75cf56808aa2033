"""What every method of classification returns and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Classification", "beyond_chance", "classified", "finite", "of_people", "rising"]


@dataclass(frozen=True)
class Classification:
    """Accuracy and consistency of placing people by cuts.

    Attributes
    ----------
    accuracy, consistency : float
        Expected share of people put in their true category, and put in the same category twice.
    by_cut : pandas.DataFrame
        cut, accuracy, consistency of the two-way decision at each cut, false_positive and false_negative (shares of
        everybody); with standard errors (``_se``) of all four where a method is an average over people.
    kappa : float
        Consistency beyond chance.
    model : str
        What was fitted, where a method has several ways.
    accuracy_se, consistency_se : float
        Standard errors of a method that is an average over people, for the people as a random sample; NaN elsewhere.
    """

    accuracy: float
    consistency: float
    by_cut: pd.DataFrame
    kappa: float = float("nan")
    model: str = ""
    accuracy_se: float = float("nan")
    consistency_se: float = float("nan")


def beyond_chance(consistency: float, chance: float) -> float:
    """Return kappa; no number where chance alone puts everybody in one category."""
    return (consistency - chance) / (1 - chance) if chance < 1 else float("nan")


def rising(cuts: object) -> NDArray[np.float64]:
    """Return cuts as a rising list of numbers.

    Raises
    ------
    ValueError
        When they are not.
    """
    c = np.atleast_1d(as_numbers(cuts)).astype(float)
    if c.ndim != 1 or not c.size or not np.isfinite(c).all() or (np.diff(c) <= 0).any():
        raise ValueError(_("Batas keputusan harus naik dan terhingga."))
    return c


def finite(values: object) -> NDArray[np.float64]:
    """Return a list of finite numbers.

    Raises
    ------
    ValueError
        When it is empty or holds anything else.
    """
    v = np.atleast_1d(as_numbers(values)).astype(float)
    if v.ndim != 1 or not v.size or not np.isfinite(v).all():
        raise ValueError(_("Nilai harus berupa daftar bilangan terhingga yang tidak kosong."))
    return v


def of_people(
    accurate: NDArray[np.float64],
    consistent: NDArray[np.float64],
    false_positive: NDArray[np.float64],
    false_negative: NDArray[np.float64],
    twice: NDArray[np.float64],
    cuts: NDArray[np.float64],
    kappa: float,
) -> Classification:
    """Average over people whose chances are known one by one.

    Parameters
    ----------
    accurate, consistent : ndarray, shape (persons,)
        Chance that a person's category is true, and is stated again.
    false_positive, false_negative, twice : ndarray, shape (persons, cuts)
        Chance at each cut of being wrongly above, wrongly below, and on the same side twice.
    cuts : ndarray, shape (cuts,)
    kappa : float
    """
    right = 1 - false_positive - false_negative

    def error(values: NDArray[np.float64]) -> NDArray[np.float64]:
        n = values.shape[0]
        spread = values.std(axis=0, ddof=1) if n > 1 else np.full(values.shape[1:], np.nan)
        return np.asarray(spread / np.sqrt(n))

    return Classification(
        accuracy=float(accurate.mean()),
        consistency=float(consistent.mean()),
        kappa=kappa,
        accuracy_se=float(error(accurate)),
        consistency_se=float(error(consistent)),
        by_cut=pd.DataFrame(
            {
                "cut": cuts,
                "accuracy": right.mean(axis=0),
                "accuracy_se": error(right),
                "consistency": twice.mean(axis=0),
                "consistency_se": error(twice),
                "false_positive": false_positive.mean(axis=0),
                "false_positive_se": error(false_positive),
                "false_negative": false_negative.mean(axis=0),
                "false_negative_se": error(false_negative),
            }
        ),
    )


def classified(
    share: NDArray[np.float64], true: NDArray[np.int64], weight: NDArray[np.float64], cuts: NDArray[np.float64]
) -> Classification:
    """Sum up over points of the true value.

    Parameters
    ----------
    share : ndarray, shape (points, categories)
        Probability of being stated in each category.
    true : ndarray of int, shape (points,)
    weight : ndarray, shape (points,)
        Sums to one.
    cuts : ndarray, shape (categories - 1,)
    """
    consistency = float(weight @ (share**2).sum(1))
    chance = float(((weight @ share) ** 2).sum())
    above = 1 - np.cumsum(share, axis=1)[:, :-1]
    truly = true[:, None] > np.arange(cuts.size)
    false_positive, false_negative = weight @ (~truly * above), weight @ (truly * (1 - above))
    return Classification(
        accuracy=float(weight @ share[np.arange(true.size), true]),
        consistency=consistency,
        by_cut=pd.DataFrame(
            {
                "cut": cuts,
                "accuracy": 1 - false_positive - false_negative,
                "consistency": weight @ (above**2 + (1 - above) ** 2),
                "false_positive": false_positive,
                "false_negative": false_negative,
            }
        ),
        kappa=beyond_chance(consistency, chance),
    )
