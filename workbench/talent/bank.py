"""What talent asks of an item bank; any object with these names serves."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["BankLike", "remembered"]

T = TypeVar("T")
# By identity of the bank: what was computed from it, for as long as it lives. A version of a bank never changes.
_KNOWN: dict[int, tuple[weakref.ref[Any], dict[object, Any]]] = {}


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


def remembered(bank: BankLike, name: object, make: Callable[[], T]) -> T:
    """Return what `make` computes from a bank, computed once for each bank and name.

    Rules are made ready and errors drawn for every question about the same round; tables of 33 scales take a second.

    Parameters
    ----------
    bank : BankLike
    name : hashable
        What is computed, and of which scale.
    make : callable
    """
    held = _KNOWN.get(id(bank))
    if held is None or held[0]() is not bank:
        number = id(bank)
        held = _KNOWN[number] = (weakref.ref(bank, lambda _gone: _KNOWN.pop(number, None)), {})
    if name not in held[1]:
        held[1][name] = make()
    result: T = held[1][name]
    return result
