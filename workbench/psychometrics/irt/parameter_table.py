"""Item parameters as a row of a table, in the terms of the field, and back.

Columns by model: Rasch, 1PL, 2PL: a, b, d. 3PL: a, b, c, d. GRM, PCM, GPCM: a, b1.., d1... NRM: a1.., d1.., a slope and
an intercept for every category above the lowest. Every number has its standard error in ``<column>_se``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from workbench.psychometrics.irt.families import model_of
from workbench.psychometrics.irt.families.divide_by_total import Nominal, PartialCredit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["parameter_names", "row_of", "values_of"]

FLAT = 1e-8  # a slope nearer to zero than this has no difficulty


def parameter_names(model: str, categories: int) -> list[str]:
    """Return the column of each parameter in the order of the model's family; the asymptote stands for its logit."""
    family = model_of(model).family
    if isinstance(family, Nominal):
        return [f"{letter}{k}" for letter in "ad" for k in range(1, categories)]
    if model == "3PL":
        return ["a", "d", "c"]
    return ["a", "d"] if categories == 2 else ["a", *(f"d{k}" for k in range(1, categories))]


def row_of(
    item_id: str, model: str, categories: int, values: NDArray[np.float64], covariance: NDArray[np.float64] | None
) -> dict[str, object]:
    """Return one row of `Calibration.items`.

    Parameters
    ----------
    item_id, model : str
    categories : int
    values : ndarray, shape (parameters,)
        In the order of the model's family.
    covariance : ndarray, shape (parameters, parameters), optional
        Covariance of their estimates, zero where fixed; None where it was not computed.
    """
    names, numbers, jacobian = _columns(model, categories, values)
    row: dict[str, object] = {"item_id": item_id, "model": model, "categories": categories}
    row.update({name: float(number) for name, number in zip(names, numbers, strict=True)})
    if covariance is not None:
        with np.errstate(invalid="ignore"):
            variance = np.einsum("cp,pq,cq->c", jacobian, covariance, jacobian)
        row.update(
            {
                f"{name}_se": float(np.sqrt(v)) if v > 0 else float("nan")
                for name, v in zip(names, variance, strict=True)
            }
        )
    return row


def _columns(
    model: str, categories: int, values: NDArray[np.float64]
) -> tuple[list[str], list[float], NDArray[np.float64]]:
    """Names and values of the columns, and their derivatives by the parameters (delta method)."""
    family = model_of(model).family
    identity = np.eye(values.size)
    suffix = [""] if categories == 2 and not isinstance(family, Nominal) else [str(k) for k in range(1, categories)]
    if isinstance(family, Nominal):
        names = [f"a{k}" for k in suffix] + [f"d{k}" for k in suffix]
        return names, list(values), identity
    a, d = values[0], values[1:categories]
    names, numbers, rows = ["a"], [a], [identity[0]]
    for k, name in enumerate(suffix):
        difference = d[k] - (d[k - 1] if k and isinstance(family, PartialCredit) else 0.0)
        gradient = np.full(values.size, np.nan)
        if abs(a) > FLAT:
            gradient = np.zeros(values.size)
            gradient[0], gradient[k + 1] = difference / a**2, -1 / a
            if k and isinstance(family, PartialCredit):
                gradient[k] = 1 / a
        names.append(f"b{name}")
        numbers.append(-difference / a if abs(a) > FLAT else np.nan)
        rows.append(gradient)
    if model == "3PL":
        c = expit(values[2])
        names.append("c")
        numbers.append(c)
        rows.append(c * (1 - c) * identity[2])
    for k, name in enumerate(suffix):
        names.append(f"d{name}")
        numbers.append(d[k])
        rows.append(identity[k + 1])
    return names, numbers, np.stack(rows)


def values_of(model: str, number: Mapping[str, float]) -> tuple[int, NDArray[np.float64]] | None:
    """Return number of categories and parameters of an item given in either form (b or d); None where one is missing.

    Parameters
    ----------
    model : str
    number : mapping of str to float
        Finite numbers by column.
    """
    family = model_of(model).family
    if isinstance(family, Nominal):
        slopes, intercepts = _run(number, "a"), _run(number, "d")
        if not slopes or len(slopes) != len(intercepts):
            return None
        return len(slopes) + 1, np.array([*slopes, *intercepts])
    if "a" not in number:
        return None
    a = number["a"]
    d = [number["d"]] if "d" in number else _run(number, "d")
    if not d:
        b = [number["b"]] if "b" in number else _run(number, "b")
        d = [-a * value for value in b]
        if isinstance(family, PartialCredit):
            d = list(np.cumsum(d))
    if not d:
        return None
    if model == "3PL":
        if len(d) != 1 or not 0 < number.get("c", 0.0) < 1:
            return None
        return 2, np.array([a, d[0], float(logit(number["c"]))])
    return len(d) + 1, np.array([a, *d])


def _run(number: Mapping[str, float], letter: str) -> list[float]:
    """Return the values of letter1, letter2, .. ; empty when one is missing in between."""
    places = sorted(int(name[1:]) for name in number if name[0] == letter and name[1:].isdigit())
    if places != list(range(1, len(places) + 1)):
        return []
    return [number[f"{letter}{k}"] for k in places]
