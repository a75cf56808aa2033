"""Observed against fitted item curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.psychometrics import irt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.analysis.responses import InstrumentResponses

__all__ = ["THETA", "fitted_curve", "observed_curve", "weakest_curves"]

THETA = np.linspace(-3.5, 3.5, 71)
GROUPS = 10


def fitted_curve(calibration: irt.Calibration, item: str) -> NDArray[np.float64]:
    """Return the expected score of an item on `THETA`, as a share of its maximum."""
    row = calibration.items[calibration.items["item_id"] == item]
    single = irt.Calibration.from_items(row)
    return irt.expected_score(single, THETA) / irt.maximum_score(single)


def observed_curve(responses: InstrumentResponses, calibration: irt.Calibration, scale: str, item: str) -> pd.DataFrame:
    """Return the mean score of an item in ten groups of people by EAP on the other items of its scale.

    Returns
    -------
    pandas.DataFrame
        theta, observed (share of the maximum), n.
    """
    frame = pd.DataFrame(responses.matrix(scale, "people"), columns=list(responses.items_of(scale)))
    answered = (frame[item] >= 0).to_numpy()
    rest = calibration.items[(calibration.items["item_id"] != item) & calibration.items["a"].notna()]
    theta = irt.score(irt.Calibration.from_items(rest), frame[answered][list(rest["item_id"])], "EAP")[
        "theta"
    ].to_numpy()
    score = frame.loc[answered, item].to_numpy(float)
    top = max(float(score.max()), 1.0)
    order = np.argsort(theta, kind="stable")
    parts = np.array_split(order, min(GROUPS, max(1, order.size // 10)))
    return pd.DataFrame(
        [
            {"theta": float(theta[p].mean()), "observed": float(score[p].mean() / top), "n": int(p.size)}
            for p in parts
            if p.size
        ]
    )


def weakest_curves(
    responses: InstrumentResponses, calibrations: Mapping[str, irt.Calibration], number: int
) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64], pd.DataFrame]]:
    """Yield item, thetas, fitted and observed curve of the least discriminating item of each of the first scales."""
    for scale, calibration in list(calibrations.items())[:number]:
        item = str(calibration.items.sort_values("a")["item_id"].iloc[0])
        yield item, THETA, fitted_curve(calibration, item), observed_curve(responses, calibration, scale, item)
