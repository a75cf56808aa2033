"""Observed against fitted item curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.psychometrics import irt
from workbench.psychometrics.intervals import Z, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.responses import InstrumentResponses

__all__ = ["CURVE", "THETA", "fitted_curves", "observed_curves"]

THETA = np.linspace(-3.5, 3.5, 71)
GROUPS = 10
WIDE = np.linspace(-9.0, 9.0, 361)
CURVE = ["theta", "observed", "low", "high", "expected", "n"]
# Of a standard normal distribution, for expectations over it.
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def fitted_curves(calibration: irt.Calibration) -> dict[str, NDArray[np.float64]]:
    """Return the expected score of every calibrated item on `THETA`, as a share of its maximum."""
    return _shares(calibration, THETA)


def observed_curves(
    responses: InstrumentResponses, calibration: irt.Calibration, scale: str
) -> dict[str, pd.DataFrame]:
    """Return the mean score of every item of a scale in ten groups of people by EAP on the other items.

    All people and items are scored without the item in question in one pass (`irt.leave_one_out`). Answers are those
    of the calibration, so that an item that somebody did not reach is not wrong.

    Returns
    -------
    dict of str to pandas.DataFrame
        By item: theta (mean EAP of the group), observed (share of the maximum), low and high (95 %: Wilson for two
        categories, normal for more), expected (by the model, for people whose theta is as uncertain as theirs), n.
    """
    matrix = pd.DataFrame(responses.matrix(scale, "calibration"), columns=list(responses.items_of(scale)))
    fitted = [item for item in calibration.items.loc[calibration.items["a"].notna(), "item_id"] if item in matrix]
    matrix = matrix.loc[(matrix[fitted].to_numpy() >= 0).any(axis=1), fitted]
    # The prior is that of the whole round, on whose metric the calibration is.
    theta, variance = irt.leave_one_out(calibration, matrix, mean=0.0, sd=1.0)
    answers, names = matrix.to_numpy(), list(matrix)
    model = _shares(calibration, WIDE)
    maximum = dict(zip(*_maxima(calibration), strict=True))
    return {
        item: _groups(answers[:, j], theta[:, j], variance[:, j], model[item], maximum[item])
        for j, item in enumerate(names)
    }


def _maxima(calibration: irt.Calibration) -> tuple[list[str], list[int]]:
    places, items, _parameters = calibration.fitted()
    return [calibration.item_ids[j] for j in places], [count - 1 for count in items.categories]


def _shares(calibration: irt.Calibration, theta: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the expected score of every fitted item at each theta, as a share of its maximum."""
    names, maximum = _maxima(calibration)
    return dict(zip(names, irt.expected_by_item(calibration, theta) / np.array(maximum)[:, None], strict=True))


def _groups(
    answers: NDArray[np.int8],
    theta: NDArray[np.float64],
    variance: NDArray[np.float64],
    model: NDArray[np.float64],
    top: int,
) -> pd.DataFrame:
    """Mean score by groups of equal size; the model's mean takes in that nobody's theta is known exactly."""
    answered = np.flatnonzero(answers >= 0)
    order = answered[np.argsort(theta[answered], kind="stable")]
    rows = []
    for part in np.array_split(order, min(GROUPS, max(1, order.size // 10))):
        if not part.size:
            continue
        scores = answers[part].astype(float) / top
        mean, centre = float(scores.mean()), float(theta[part].mean())
        # Law of total variance: between people of the group, and of each about his own EAP.
        spread = float(np.sqrt(theta[part].var() + variance[part].mean()))
        expected = float(np.interp(centre + spread * NODES, WIDE, model) @ WEIGHTS)
        if top == 1:
            low, high = (float(end) for end in wilson(np.array(mean), np.array(float(part.size))))
        else:
            half = Z * float(scores.std(ddof=1)) / np.sqrt(part.size) if part.size > 1 else float("nan")
            low, high = max(mean - half, 0.0), min(mean + half, 1.0)
        rows.append((centre, mean, low, high, expected, part.size))
    return pd.DataFrame(rows, columns=CURVE)
