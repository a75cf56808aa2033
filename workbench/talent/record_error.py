"""Error of the performance record: which value was deserved, given the one that is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from workbench.policy import KinerjaError

    Rows = slice | NDArray[np.int64]

__all__ = ["RecordError"]


@dataclass(frozen=True)
class RecordError:
    """What a record of kinerja may have been, for each person.

    Attributes
    ----------
    recorded : ndarray, shape (n,)
        Points of the record as it stands; 0 where there is none.
    weight : ndarray, shape (n,)
        Of the record in kinerja, as a share of 1; nothing is drawn for a person without a record.
    drawn : callable
        From rows and standard normal draws, shape (n, draws), to points of the same shape.
    """

    recorded: NDArray[np.float64]
    weight: NDArray[np.float64]
    drawn: Callable[[Rows, NDArray[np.floating]], NDArray[np.float64]]

    @classmethod
    def of_names(
        cls,
        confusion: Mapping[str, Mapping[str, float]],
        points: Mapping[str, float],
        values: pd.Series,
        weight: NDArray[np.float64],
    ) -> RecordError:
        """Return the error of a named record: each recorded value has its own distribution of deserved ones.

        A larger draw never means fewer points, so that one quasi-random dimension serves.

        Parameters
        ----------
        confusion : mapping of str to mapping of str to float
            For each recorded value the probability of each deserved one.
        points : mapping of str to float
        values : pandas.Series of str
            The records, n rows; anything that the policy does not name counts as no record.
        weight : ndarray, shape (n,)
        """
        order = sorted(points, key=lambda name: points[name])
        ladder = np.array([points[name] for name in order])
        shares = np.array([[confusion[name].get(other, 0.0) for other in order] for name in order])
        # Rounding must not open a last step above a certain one.
        ends = ndtri(np.clip(np.cumsum(shares, axis=1)[:, :-1].round(9), 0.0, 1.0))
        place = {name: k for k, name in enumerate(order)}
        code = values.map(place).fillna(-1).to_numpy(np.int64)
        known = code >= 0

        def drawn(rows: Rows, z: NDArray[np.floating]) -> NDArray[np.float64]:
            reached = np.zeros(z.shape, dtype=np.int64)
            for step in range(ladder.size - 1):
                reached += z >= ends[code[rows], step][:, None]
            return ladder[reached]

        return cls(np.where(known, ladder[code], 0.0), np.where(known, weight, 0.0), drawn)

    @classmethod
    def of_ratings(
        cls,
        error: KinerjaError,
        ratings: NDArray[np.float64],
        weight: NDArray[np.float64],
        valued: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    ) -> RecordError:
        """Return the error of a rating in numbers by its reliability.

        A true rating is normal about the regressed one (Kelley 1947), with the standard error of estimation: the
        standard deviation times the root of reliability times what reliability lacks to one. No rating leaves 0 to 100.

        Parameters
        ----------
        error : KinerjaError
        ratings : ndarray, shape (n,)
            NaN where there is none.
        weight : ndarray, shape (n,)
        valued : callable
            From ratings to points.
        """
        known = np.isfinite(ratings)
        rho, mean, sd = float(error.reliability or 1), float(error.mean or 0), float(error.sd or 0)
        regressed = mean + rho * (np.where(known, ratings, mean) - mean)
        spread = sd * np.sqrt(rho * (1 - rho))

        def drawn(rows: Rows, z: NDArray[np.floating]) -> NDArray[np.float64]:
            return valued(np.clip(regressed[rows][:, None] + spread * np.asarray(z, dtype=np.float64), 0.0, 100.0))

        return cls(np.where(known, valued(np.where(known, ratings, 0.0)), 0.0), np.where(known, weight, 0.0), drawn)

    def change(self, rows: Rows, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return by how many points of kinerja the drawn record differs from the one that stands, shape (n, draws)."""
        result: NDArray[np.float64] = self.weight[rows][:, None] * (self.drawn(rows, z) - self.recorded[rows][:, None])
        return result
