"""Information, conditional SEM and expected scores as functions of theta."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.matrix import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.psychometrics.irt.calibration import Calibration
    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = [
    "category_probabilities",
    "draw_answers",
    "expected_by_item",
    "expected_score",
    "information",
    "maximum_score",
]


def _thetas(theta: object) -> NDArray[np.float64]:
    values = np.atleast_1d(as_numbers(theta)).astype(float)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ValueError(_("Theta harus berupa daftar bilangan terhingga."))
    return values


def _fitted(calibration: Calibration) -> tuple[NDArray[np.int64], ItemSet, list[NDArray[np.float64]]]:
    places, items, parameters = calibration.fitted()
    if not len(items):
        raise ValueError(_("Kalibrasi tidak memuat satu butir pun yang terkalibrasi."))
    return places, items, parameters


def information(calibration: Calibration, theta: object) -> pd.DataFrame:
    """Return the Fisher information of each item and of the test.

    Parameters
    ----------
    calibration : Calibration
    theta : array of float, shape (points,)

    Returns
    -------
    pandas.DataFrame
        theta, one column an item, total, and conditional SEM (1 / sqrt(total)).

    Raises
    ------
    ValueError
        When a theta is not a finite number or no item has parameters.
    """
    points = _thetas(theta)
    places, items, parameters = _fitted(calibration)
    _scores, table, _bias = items.theta_terms(parameters, points)
    frame = pd.DataFrame(table.T, columns=[calibration.item_ids[j] for j in places])
    frame.insert(0, "theta", points)
    frame["total"] = table.sum(axis=0)
    frame["sem"] = 1 / np.sqrt(np.maximum(frame["total"], 1e-300))
    return frame


def category_probabilities(calibration: Calibration, theta: object) -> list[NDArray[np.float64]]:
    """Return the category probabilities of each fitted item, shape (categories, points)."""
    _places, items, parameters = _fitted(calibration)
    return items.probabilities(parameters, _thetas(theta))


def draw_answers(calibration: Calibration, theta: object, rng: np.random.Generator) -> NDArray[np.int8]:
    """Return answers drawn from the model, one row a theta: shape (persons, fitted items)."""
    curves = category_probabilities(calibration, theta)
    drawn = [(rng.random(curve.shape[1]) > np.cumsum(curve, axis=0)[:-1]).sum(0) for curve in curves]
    return np.stack(drawn, axis=1).astype(np.int8)


def maximum_score(calibration: Calibration) -> int:
    """Return the largest sum of categories."""
    return sum(k - 1 for k in calibration.fitted()[1].categories)


def expected_by_item(calibration: Calibration, theta: object) -> NDArray[np.float64]:
    """Return the expected category of each fitted item at each theta, shape (items, points)."""
    return np.stack([np.arange(t.shape[0]) @ t for t in category_probabilities(calibration, theta)])


def expected_score(calibration: Calibration, theta: object) -> NDArray[np.float64]:
    """Return the expected sum of categories at each theta.

    Parameters
    ----------
    calibration : Calibration
    theta : array of float, shape (points,)

    Returns
    -------
    ndarray of float, shape (points,)
    """
    result: NDArray[np.float64] = expected_by_item(calibration, theta).sum(0)
    return result
