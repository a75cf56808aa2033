"""The grid over which the latent distribution is integrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.i18n import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Grid"]


@dataclass(frozen=True)
class Grid:
    """Equally spaced nodes on a range of theta.

    Attributes
    ----------
    nodes : int
        Number of nodes.
    low, high : float
        First and last node, in theta units.
    """

    nodes: int = 61
    low: float = -6.0
    high: float = 6.0

    def __post_init__(self) -> None:
        whole = isinstance(self.nodes, int)
        if (
            not whole
            or not 5 <= self.nodes <= 2001
            or not np.isfinite([self.low, self.high]).all()
            or self.low >= self.high
        ):
            raise ValueError(
                _(
                    "Kisi theta tidak sah ({nodes} titik dari {low} sampai {high}); pakai 5-2001 titik, batas naik."
                ).format(nodes=self.nodes, low=self.low, high=self.high)
            )

    @property
    def theta(self) -> NDArray[np.float64]:
        """Nodes, shape (nodes,)."""
        return np.linspace(self.low, self.high, self.nodes)

    @property
    def step(self) -> float:
        """Distance between two nodes, in theta units."""
        return (self.high - self.low) / (self.nodes - 1)

    def log_prior(self, mean: float = 0.0, sd: float = 1.0) -> NDArray[np.float64]:
        """Return the log of normal weights on the nodes, normalised to sum to one.

        Returns
        -------
        ndarray of float, shape (nodes,)
        """
        log_density: NDArray[np.float64] = -0.5 * ((self.theta - mean) / sd) ** 2
        peak = log_density.max()
        result: NDArray[np.float64] = log_density - (peak + np.log(np.exp(log_density - peak).sum()))
        return result
