"""The rule without draws: both axes taken as normal, for people whose side of the pool line leaves no doubt.

Levels are steps and JPM stops at 100, so that an axis is not normal. Its mean and variance are nearly exact all the
same: each scale contributes by the mean, the variance and the mean slope of its step function or curve under the
person's posterior (Stein 1981: the covariance of a function of a normal variable with another one is the mean slope
times their covariance). What remains wrong is the shape. It matters where an answer is open: there people are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from workbench.talent.levels import ON_THE_BOUND
from workbench.talent.rectangles import box_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.policy import Component
    from workbench.talent.axes import Axis, Rule

    Rows = NDArray[np.int64]

__all__ = ["NormalPath", "Placed"]

# Means of equal slices of the normal distribution would do; five Gauss-Hermite nodes are exact to degree nine.
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
# Slices of the error of a kinerja record: a share of 1 / 256 is the finest that it can tell.
SLICES = ndtri((np.arange(256) + 0.5) / 256)
INVERSE_ROOT = 0.3989422804014327


@dataclass(frozen=True)
class Placed:
    """What the normal path says about some people.

    Attributes
    ----------
    boxes : ndarray, shape (n, 9)
    categories : ndarray, shape (n, categories)
    potensial, kinerja : ndarray, shape (n, 2)
        Mean and standard deviation.
    """

    boxes: NDArray[np.float64]
    categories: NDArray[np.float64]
    potensial: NDArray[np.float64]
    kinerja: NDArray[np.float64]


@dataclass(frozen=True)
class _Moments:
    """A quantity that depends on the scales: mean, variance, and mean slope by scale, shape (n, scales)."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    slope: NDArray[np.float64]


class NormalPath:
    """A rule made ready to be applied to normal posteriors.

    Parameters
    ----------
    rule : Rule
    shared : ndarray of float, shape (scales, scales)
        Covariance of the errors that everybody shares, in the order of the scales of the rule; added to each person's.
    """

    def __init__(self, rule: Rule, shared: NDArray[np.float64]) -> None:
        self.rule, self.shared = rule, shared
        self.column = {scale: j for j, scale in enumerate(rule.scales)}

    def place(self, rows: Rows, mean: NDArray[np.float64], covariance: NDArray[np.float64]) -> Placed:
        """Apply the rule to people with these posteriors.

        Parameters
        ----------
        rows : ndarray of int, shape (n,)
            The people, as rows of the rule.
        mean : ndarray, shape (n, scales)
        covariance : ndarray, shape (n, scales, scales)

        Returns
        -------
        Placed
        """
        rule, policy = self.rule, self.rule.policy
        covariance = covariance + self.shared
        sd = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        potensial = self._axis(rule.potensial, rows, mean, sd, covariance)
        kinerja = self._axis(rule.kinerja, rows, mean, sd, covariance)
        means = np.stack([potensial.mean, kinerja.mean], axis=1)
        sds = np.sqrt(np.stack([potensial.variance, kinerja.variance], axis=1))
        if rule.record_error is None:
            common = _quadratic(potensial.slope, covariance, kinerja.slope)
            correlation = np.clip(common / np.maximum(sds.prod(axis=1), ON_THE_BOUND), -0.999, 0.999)
            row = None if rule.row is None else rule.row[rows]
            boxes = box_probabilities(means, sds, correlation, policy, row)
        else:
            boxes, points = self._with_record_error(rows, means, sds)
            means[:, 1], sds[:, 1] = points.mean(axis=1), points.std(axis=1)
        return Placed(
            boxes,
            self._categories(rows, mean, sd, covariance),
            np.stack([means[:, 0], sds[:, 0]], axis=1),
            np.stack([means[:, 1], sds[:, 1]], axis=1),
        )

    def _with_record_error(
        self, rows: Rows, means: NDArray[np.float64], sds: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weigh the rows of the grid by the error of the record, which does not depend on the test."""
        policy = self.rule.policy
        points, row = self.rule.kinerja_drawn(rows, np.broadcast_to(SLICES, (rows.size, SLICES.size)))
        sure = np.zeros(rows.size)
        boxes = np.zeros((rows.size, 9))
        for place in range(3):
            share = (row == place).mean(axis=1)
            alone = box_probabilities(means, sds * [1.0, 0.0], sure, policy, np.full(rows.size, place))
            boxes += share[:, None] * alone
        return boxes, points

    def _axis(
        self,
        axis: Axis,
        rows: Rows,
        mean: NDArray[np.float64],
        sd: NDArray[np.float64],
        covariance: NDArray[np.float64],
    ) -> _Moments:
        total = axis.fixed[rows].copy()
        slope = np.zeros_like(mean)
        beyond = np.zeros(rows.size)
        for part, weights in axis.measured:
            weight = weights[rows]
            of_part = self._part(part, rows, mean, sd, covariance)
            total += weight * of_part.mean
            slope += weight[:, None] * of_part.slope
            linear = _quadratic(of_part.slope, covariance, of_part.slope)
            beyond += weight**2 * np.maximum(of_part.variance - linear, 0.0)
        return _Moments(total, _quadratic(slope, covariance, slope) + beyond, slope)

    def _part(
        self,
        part: Component,
        rows: Rows,
        mean: NDArray[np.float64],
        sd: NDArray[np.float64],
        covariance: NDArray[np.float64],
    ) -> _Moments:
        if part.measured_by == "percentage":
            return self._percentage(part, mean, sd, covariance)
        levels, required = self._levels(part.scales, rows, mean, sd, covariance, capped=False)
        return _stopped(levels, required, len(self.rule.policy.scales_of(part.scales)))

    def _percentage(
        self, part: Component, mean: NDArray[np.float64], sd: NDArray[np.float64], covariance: NDArray[np.float64]
    ) -> _Moments:
        names = self.rule.policy.scales_of(part.scales)
        total, slope, beyond = np.zeros(mean.shape[0]), np.zeros_like(mean), np.zeros(mean.shape[0])
        for name in names:
            j = self.column[name]
            values = self.rule.percentage(name, mean[:, j, None] + sd[:, j, None] * NODES).astype(np.float64)
            first = values @ WEIGHTS
            slope[:, j] = values @ (WEIGHTS * NODES) / sd[:, j] / len(names)
            variance = (values**2) @ WEIGHTS - first**2
            total += first / len(names)
            beyond += np.maximum(variance / len(names) ** 2 - (slope[:, j] * sd[:, j]) ** 2, 0.0)
        return _Moments(total, _quadratic(slope, covariance, slope) + beyond, slope)

    def _levels(
        self,
        instrument: str,
        rows: Rows,
        mean: NDArray[np.float64],
        sd: NDArray[np.float64],
        covariance: NDArray[np.float64],
        *,
        capped: bool,
    ) -> tuple[_Moments, NDArray[np.float64]]:
        """Return moments of the sum of levels of an instrument, and the sum required; or capped at each standard."""
        total, slope, beyond = np.zeros(rows.size), np.zeros_like(mean), np.zeros(rows.size)
        required = np.zeros(rows.size)
        for name in self.rule.policy.scales_of(instrument):
            j, need = self.column[name], self.rule.required[name][rows]
            required += need
            first, second, rise = np.ones(rows.size), np.ones(rows.size), np.zeros(rows.size)
            for k, cut in enumerate(self.rule.cuts[name], start=1):
                z = (mean[:, j] - cut) / sd[:, j]
                counted = need > k if capped else np.ones(rows.size, dtype=bool)
                reached = np.where(counted, ndtr(z), 0.0)
                first += reached
                second += (2 * k + 1) * reached
                rise += np.where(counted, INVERSE_ROOT * np.exp(-0.5 * z**2) / sd[:, j], 0.0)
            total += first
            slope[:, j] = rise
            beyond += np.maximum(second - first**2 - (rise * sd[:, j]) ** 2, 0.0)
        return _Moments(total, _quadratic(slope, covariance, slope) + beyond, slope), required

    def _categories(
        self, rows: Rows, mean: NDArray[np.float64], sd: NDArray[np.float64], covariance: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the probability of each category of the printed JPM; a sum of levels is a whole number."""
        policy = self.rule.policy
        capping = policy.jpm.capping
        levels, required = self._levels(
            policy.competency_instrument, rows, mean, sd, covariance, capped=capping == "per_competency"
        )
        spread = np.sqrt(np.maximum(levels.variance, ON_THE_BOUND))
        reached = [np.zeros(rows.size)]
        for category in policy.categories.categories:
            least = np.ceil(category.from_ * required / 100 - ON_THE_BOUND)
            share = ndtr((levels.mean - least + 0.5) / spread)
            # A sum is never below one level a scale.
            share = np.where(least <= len(policy.scales_of(policy.competency_instrument)), 1.0, share)
            # Nobody prints more than 100 where the policy stops there; everybody reaches the last category.
            share = np.where((capping != "none") & (category.from_ > 100), 0.0, share)
            reached.append(np.ones(rows.size) if category.from_ <= 0 else share)
        return np.maximum(np.diff(np.stack(reached, axis=1), axis=1), 0.0)


def _quadratic(
    left: NDArray[np.float64], covariance: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    result: NDArray[np.float64] = ((left[:, None, :] @ covariance)[:, 0, :] * right).sum(axis=1)
    return result


def _stopped(sums: _Moments, required: NDArray[np.float64], least: int) -> _Moments:
    """Return the moments of min(100, JPM), where the sum of levels is a normal variable rounded to whole numbers.

    With S the sum and R what is required, E (R - S)+ is the sum of P(S <= t) over t < R, and E ((R - S)+)^2 that of
    (2 (R - t) - 1) P(S <= t). No sum is below one level a scale, which is ``least``.
    """
    spread = np.sqrt(np.maximum(sums.variance, ON_THE_BOUND))
    first, second, steep = (np.zeros_like(spread) for _moment in range(3))
    for t in range(least, int(required.max(initial=least))):
        z = (t + 0.5 - sums.mean) / spread
        missing = required - t
        below = np.where(missing > 0, ndtr(z), 0.0)
        first += below
        second += (2 * missing - 1) * below
        steep += np.where(missing > 0, INVERSE_ROOT * np.exp(-0.5 * z**2), 0.0)
    percent = 100 / required
    variance = np.maximum(second - first**2, 0.0) * percent**2
    return _Moments(100.0 - first * percent, variance, sums.slope * (percent * steep / spread)[:, None])
