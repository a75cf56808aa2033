"""Whether one person truly stands above another on an axis, from the errors that the run states of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["WITHIN", "Difference", "difference"]

# A difference of fewer standard errors than this is within the error: a 95 % interval of it includes zero.
WITHIN = 1.959964


@dataclass(frozen=True)
class Difference:
    """One person's axis less another's.

    Attributes
    ----------
    points : float
        Difference of the two means.
    error : float or None
        Standard deviation of the difference; None where an error is not stated.
    p_above : float or None
        Probability that the first person truly stands above the second; None without errors.
    within : bool or None
        Whether the difference is within the error; None without errors.
    """

    points: float
    error: float | None
    p_above: float | None
    within: bool | None


def difference(first: float, first_sd: float | None, second: float, second_sd: float | None) -> Difference:
    """Return how far one person stands above another, and how sure that is.

    Both axes are taken as normal with the mean and the standard deviation over the draws of the run, and their errors
    as independent: the difference is normal with variance ``first_sd² + second_sd²``. Against draws in which both
    people meet the same errors of item bank and cut scores, that is off by one percentage point on average and by ten
    at most (docs/methods/talent.md).

    Parameters
    ----------
    first, second : float
        Means, in points.
    first_sd, second_sd : float or None
        Standard deviations, in points; None where no error is stated.

    Returns
    -------
    Difference
    """
    points = first - second
    if first_sd is None or second_sd is None:
        return Difference(points, None, None, None)
    error = math.hypot(first_sd, second_sd)
    if error == 0:
        return Difference(points, 0.0, 0.5 if points == 0 else float(points > 0), points == 0)
    z = points / error
    return Difference(points, error, 0.5 * math.erfc(-z / math.sqrt(2)), abs(z) < WITHIN)
