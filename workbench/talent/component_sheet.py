"""Boxes from the points of the component sheet, with the declared error of the components that a test measures.

A measured component whose points carry a declared error is normal about the points received and stays within 0 to 100.
No population enters: the sheet tells of one instansi alone, and a prior of its own would give equal points unequal
probabilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from workbench.i18n import _
from workbench.talent.axes import ON_THE_CUT, boxes_of, columns_of
from workbench.talent.counting import Counts
from workbench.talent.posterior import Posterior

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.policy import Policy
    from workbench.talent.axes import Rule

__all__ = ["NoBank", "contradictions", "counts_of_sheet", "no_evidence"]

# Slices of equal probability of the error of one component; the other one is integrated in closed form.
SLICES = ndtri((np.arange(400) + 0.5) / 400)


class NoBank:
    """What stands for the item bank where no test was scored here: no cuts, no items, no population."""

    version = ""
    level_cuts = pd.DataFrame(columns=["scale", "level", "theta", "standard_error"])
    population = pd.DataFrame(columns=["scale", "mean"])

    def cuts(self, scale: str) -> NDArray[np.float64]:
        """Return no cuts."""
        return np.empty(0)

    def items(self, scale: str, *, reference: bool = False) -> pd.DataFrame:
        """Return no items."""
        return pd.DataFrame(columns=["scale", "item_id"])


def no_evidence(people: NDArray[np.object_], scales: tuple[str, ...]) -> Posterior:
    """Return the posterior of people of whom no scale was scored here.

    Parameters
    ----------
    people : ndarray of str, shape (n,)
        Sorted.
    scales : tuple of str
    """
    nothing = np.zeros((people.size, len(scales)))
    return Posterior(people, scales, nothing, nothing.copy(), np.zeros(len(scales)), np.eye(len(scales)))


def counts_of_sheet(rule: Rule, people: pd.DataFrame, errors: Mapping[str, float]) -> Counts:
    """Return the probability of each box, exact but for the slices of one error.

    Parameters
    ----------
    rule : Rule
        Of a policy whose components are points as received.
    people : pandas.DataFrame
        A row a participant, in the order of the rule, with the points by heading.
    errors : mapping of str to float
        Standard error in points, by heading: one or two components of the potensial axis.

    Returns
    -------
    Counts
        Without draws.

    Raises
    ------
    ValueError
        When errors are declared of none, or of more than two components of the axis.
    """
    parts = [part for part in rule.policy.potensial if part.measured_by in errors]
    if not 1 <= len(parts) <= 2 or len(parts) != len(errors):
        raise ValueError(
            _("Galat dinyatakan untuk {names}, padahal harus satu atau dua komponen sumbu potensial.").format(
                names=", ".join(sorted(errors)) or "-"
            )
        )
    points = [people[part.measured_by].to_numpy(float, na_value=np.nan) for part in parts]
    weights = [rule.potensial.weights[part.key] for part in parts]
    sds = [errors[part.measured_by] for part in parts]
    rest = rule.potensial.fixed - sum(w * np.nan_to_num(x) for w, x in zip(weights, points, strict=True))
    clipped = [np.clip(np.nan_to_num(x)[:, None] + sd * SLICES, 0, 100) for x, sd in zip(points, sds, strict=True)]
    reached = []
    for cut in rule.policy.cuts.potensial:
        left = cut - ON_THE_CUT - rest[:, None] - weights[0][:, None] * clipped[0]
        second = (points[1], weights[1], sds[1]) if len(parts) == 2 else None
        reached.append(_at_least(left, second).mean(axis=1))
    column = np.stack([1 - reached[0], reached[0] - reached[1], reached[1]], axis=1)
    kinerja = rule.kinerja.fixed
    row = columns_of(kinerja, rule.policy.cuts.kinerja)
    boxes = np.zeros((len(people), 9))
    for c in range(3):
        box = boxes_of(np.full(row.shape, c, dtype=np.int8), row, rule.policy)
        boxes[np.arange(row.size), box - 1] = column[:, c]
    mean = rest + sum(w * x.mean(axis=1) for w, x in zip(weights, clipped, strict=True))
    variance = sum(w**2 * x.var(axis=1) for w, x in zip(weights, clipped, strict=True))
    return Counts(
        boxes,
        np.full((len(people), len(rule.policy.categories.categories)), np.nan),
        np.stack([mean, np.sqrt(variance)], axis=1),
        np.stack([kinerja, np.zeros_like(kinerja)], axis=1),
        np.zeros(len(people)),
    )


def _at_least(
    left: NDArray[np.float64], second: tuple[NDArray[np.float64], NDArray[np.float64], float] | None
) -> NDArray[np.float64]:
    """Return the probability that the second component adds what is left to the cut, shape (n, slices)."""
    if second is None:
        return (left <= 0).astype(np.float64)
    points, weight, sd = (second[0][:, None], second[1][:, None], second[2])
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = left / weight
    tail = ndtr((np.nan_to_num(points) - needed) / sd)
    inside = np.where(needed <= 0, 1.0, np.where(needed > 100, 0.0, tail))
    result: NDArray[np.float64] = np.where(weight > 0, inside, left <= 0)
    return result


def contradictions(sheet: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return where the sheet's own axes and box are not those that the policy makes of its components.

    Numbers may differ by half a unit of the last decimal that the column shows. Lines with a component missing have no
    sum to be compared with.

    Parameters
    ----------
    sheet : pandas.DataFrame
        The table ``component_sheet``.
    policy : Policy
        With components as points received.

    Returns
    -------
    pandas.DataFrame
        line (place in the sheet, from 0), column, stated, computed; by column.
    """
    totals, complete = {}, {}
    for column, parts in (("Nilai X", policy.potensial), ("Nilai Y", policy.kinerja)):
        points = sheet[[part.measured_by for part in parts]].to_numpy(float, na_value=np.nan)
        complete[column] = ~np.isnan(points).any(axis=1)
        totals[column] = np.nan_to_num(points) @ np.array([part.weight / 100 for part in parts])
    frames = []
    for column, total in totals.items():
        stated = sheet[column].to_numpy(float, na_value=np.nan)
        known = complete[column] & ~np.isnan(stated)
        off = known & (np.abs(stated - total) > 0.5 * 10.0 ** -_decimals(stated[~np.isnan(stated)]) + 1e-6)
        frames.append(_differences(off, column, stated, total))
    box = boxes_of(
        columns_of(totals["Nilai X"], policy.cuts.potensial), columns_of(totals["Nilai Y"], policy.cuts.kinerja), policy
    ).astype(float)
    stated = sheet["Box"].to_numpy(float, na_value=np.nan)
    off = complete["Nilai X"] & complete["Nilai Y"] & ~np.isnan(stated) & (stated != box)
    frames.append(_differences(off, "Box", stated, box))
    return pd.concat(frames, ignore_index=True)


def _decimals(values: NDArray[np.float64]) -> int:
    """Return the most decimals that a column of numbers shows; four at most."""
    return next((d for d in range(4) if np.allclose(values, values.round(d), rtol=0, atol=1e-9)), 4)


def _differences(
    off: NDArray[np.bool_], column: str, stated: NDArray[np.float64], computed: NDArray[np.float64]
) -> pd.DataFrame:
    line = np.flatnonzero(off)
    return pd.DataFrame({"line": line, "column": column, "stated": stated[line], "computed": computed[line]})
