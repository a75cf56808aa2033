"""Tables of numbers as arrays: the one place that decides what counts as a number."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_numbers", "column_names"]


def as_numbers(values: object) -> NDArray[np.integer | np.floating]:
    """Return a table or list as an array of integers or floats; missing values become NaN.

    Text is refused even where it looks like a number: a column of "1" and "0" may be options as well as scores.

    Raises
    ------
    ValueError
        On text, dates, complex numbers, or rows of unequal length.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        raise _refused() from None
    if array.dtype.kind == "b":
        return array.view(np.int8)
    if array.dtype.kind in "iuf":
        return array
    if array.dtype.kind != "O":
        raise _refused()
    flat = array.ravel()
    absent = pd.isna(flat)
    if not isinstance(absent, np.ndarray) or not all(isinstance(value, Real) for value in flat[~absent]):
        raise _refused()
    result = np.full(flat.size, np.nan)
    try:
        result[~absent] = [float(value) for value in flat[~absent]]
    except OverflowError:
        raise _refused() from None
    return result.reshape(array.shape)


def column_names(table: object, count: int) -> tuple[str, ...]:
    """Return the names of the columns: those of a frame, or ``item1``, ``item2`` and so on.

    Raises
    ------
    ValueError
        When a name is used twice.
    """
    if not isinstance(table, pd.DataFrame):
        return tuple(f"item{j + 1}" for j in range(count))
    names = tuple(str(name) for name in table.columns)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            _("Kode butir {item} dipakai dua kali; setiap kolom harus berkode sendiri.").format(item=twice)
        )
    return names


def _refused() -> ValueError:
    return ValueError(_("Tabel memuat teks atau nilai yang bukan angka; beri angka, dan kosongkan yang hilang."))
