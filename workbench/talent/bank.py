"""What talent asks of an item bank; any object with these names serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["BankLike"]


class BankLike(Protocol):
    """An item bank: parameters, level cuts, reference form, population."""

    @property
    def version(self) -> str:
        """Name of the version."""

    @property
    def level_cuts(self) -> pd.DataFrame:
        """scale, level, theta, standard_error."""

    @property
    def population(self) -> pd.DataFrame:
        """scale, mean, one covariance column a scale."""

    def cuts(self, scale: str) -> NDArray[np.float64]:
        """Rising level cuts of a scale."""

    def items(self, scale: str, *, reference: bool = False) -> pd.DataFrame:
        """Item parameters of a scale."""
