"""Observed information in closed form: standard errors, and the last Newton step of a calibration.

The observed information is the complete-data information minus what is lost because theta is not seen (Louis 1982; for
EM it equals the identity of Oakes 1999)::

    I = B - sum_i ( E_i[S S'] - E_i[S] E_i[S]' )

with S the score of one person given theta and E_i the expectation over that person's posterior. The gradient of the
marginal log-likelihood is the expectation of S itself (Fisher's identity).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.psychometrics.irt.expectation import State, expectation
from workbench.psychometrics.irt.loss import LostInformation, lost_information

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.blocks import Block
    from workbench.psychometrics.irt.expectation import Expected
    from workbench.psychometrics.irt.families import BetaPrior
    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = ["Information", "log_prior_density", "observed_information"]

NEGLIGIBLE_STEP = 0.5  # of a standard error


@dataclass(frozen=True)
class Information:
    """Gradient and observed information of the marginal log-likelihood at one state.

    Parameters are ordered as those of each item, then the means and the standard deviations of the groups. With a prior
    everything is that of the log-likelihood plus the log prior.

    Attributes
    ----------
    log_likelihood : float
    gradient : ndarray, shape (p,)
        Zero where a parameter is fixed.
    covariance : ndarray, shape (p, p), or None
        Of the estimates, zero where a parameter is fixed; None where the information is not positive definite.
    free : ndarray of bool, shape (p,)
    items : ItemSet
    state : State
        Where they were taken.
    """

    log_likelihood: float
    gradient: NDArray[np.float64]
    covariance: NDArray[np.float64] | None
    free: NDArray[np.bool_]
    items: ItemSet
    state: State

    def newton(self) -> State | None:
        """Return the state one Newton step further, or None where the information gives none."""
        if self.covariance is None:
            return None
        step = self.covariance @ self.gradient
        parameters, start = [], 0
        for model, values in zip(self.items.models, self.state.parameters, strict=True):
            moved = values + step[start : start + values.size]
            if model.family.crossed(moved[None])[0]:
                return None
            parameters.append(moved)
            start += values.size
        groups = self.state.mean.size
        sd = self.state.sd + step[start + groups :]
        if (sd <= 0).any():
            return None
        return State(tuple(parameters), self.state.mean + step[start : start + groups], sd)

    @property
    def at_maximum(self) -> bool:
        """Whether the Newton step moves no parameter by more than a part of its standard error.

        The error that such a step leaves is of the order of its square: from .4 standard errors, thousandths.
        """
        if self.covariance is None:
            return False
        step, variance = (self.covariance @ self.gradient)[self.free], np.diag(self.covariance)[self.free]
        return bool((np.abs(step) < NEGLIGIBLE_STEP * np.sqrt(variance)).all())

    def of_items(self) -> list[NDArray[np.float64] | None]:
        """Return the covariance of each item's parameters, shape (parameters, parameters)."""
        if self.covariance is None:
            return [np.full((p.size, p.size), np.nan) for p in self.state.parameters]
        result: list[NDArray[np.float64] | None] = []
        start = 0
        for values in self.state.parameters:
            result.append(self.covariance[start : start + values.size, start : start + values.size])
            start += values.size
        return result

    def of_groups(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return standard errors of the means and the standard deviations of the groups, NaN where fixed."""
        groups = self.state.mean.size
        if self.covariance is None:
            return np.full(groups, np.nan), np.full(groups, np.nan)
        variance = np.diag(self.covariance)[-2 * groups :]
        errors = np.sqrt(np.where(self.free[-2 * groups :], variance, np.nan))
        return errors[:groups], errors[groups:]


def observed_information(
    blocks: Sequence[Block],
    items: ItemSet,
    state: State,
    theta: NDArray[np.float64],
    log_priors: NDArray[np.float64],
    free: NDArray[np.bool_],
    weights: NDArray[np.float64] | None,
    prior: BetaPrior | None = None,
) -> Information:
    """Return gradient and observed information at a state, from one E-step in single precision.

    Parameters
    ----------
    blocks : sequence of Block
    items : ItemSet
    state : State
    theta : ndarray, shape (nodes,)
    log_priors : ndarray, shape (groups, nodes)
    free : ndarray of bool, shape (p,)
    weights : ndarray, shape (persons,), optional
    prior : BetaPrior, optional
        Of the lower asymptote of 3PL items.

    Returns
    -------
    Information
    """
    offsets = np.concatenate([[0], np.cumsum(items.sizes)])
    last = int(offsets[-1])
    groups = state.mean.size
    scores = items.scores(state.parameters, theta)
    group_scores = _group_scores(state, theta, log_priors)
    lost: dict[tuple[int, bytes], LostInformation] = {}
    columns: dict[tuple[int, bytes], NDArray[np.int64]] = {}

    def visit(block: Block, part: slice, chosen: NDArray[np.floating], posterior: NDArray[np.floating]) -> None:
        kind = (block.group, block.items.tobytes())
        if kind not in lost:
            here = items.part(block.items)
            lost[kind] = lost_information(
                here, [scores[j] for j in block.items], group_scores[block.group], theta, weights
            )
            columns[kind] = np.concatenate(
                [np.arange(offsets[j], offsets[j + 1]) for j in block.items]
                + [np.array([last + block.group, last + groups + block.group])]
            ).astype(np.int64)
        lost[kind].add(block, part, chosen, posterior)

    expected = expectation(blocks, items, state, theta, log_priors, weights=weights, visit=visit)
    gradient = np.concatenate(
        [(score * counts).sum(axis=(1, 2)) for score, counts in zip(scores, expected.counts, strict=True)]
        + [np.array([group_scores[g][k] @ expected.density[g] for k in (0, 1) for g in range(groups)])]
    )
    information = np.zeros((last + 2 * groups, last + 2 * groups))
    for j, part in enumerate(items.negative_hessians(state.parameters, theta, expected.counts)):
        information[offsets[j] : offsets[j + 1], offsets[j] : offsets[j + 1]] += part
        if prior is not None and items.models[j].name == "3PL":
            asymptote, logit = int(offsets[j + 1]) - 1, state.parameters[j][2:]
            information[asymptote, asymptote] += float(prior.information(logit)[0])
            gradient[asymptote] += float(prior.gradient(logit)[0])
    for g in range(groups):
        both = [last + g, last + groups + g]
        information[np.ix_(both, both)] += _group_information(state, expected, theta, log_priors, g)
    for kind, collector in lost.items():
        information[np.ix_(columns[kind], columns[kind])] -= collector.total()
    value = expected.log_likelihood + log_prior_density(items, state, prior)
    gradient = np.where(free, gradient, 0.0)
    unique = _unique(items, offsets, free)
    part = unique.T @ information @ unique
    try:
        np.linalg.cholesky(part)
    except np.linalg.LinAlgError:
        return Information(value, gradient, None, free, items, state)
    return Information(value, gradient, unique @ np.linalg.inv(part) @ unique.T, free, items, state)


def log_prior_density(items: ItemSet, state: State, prior: BetaPrior | None) -> float:
    """Return the log prior of the lower asymptotes; zero without a prior."""
    if prior is None:
        return 0.0
    logits = [v[2] for model, v in zip(items.models, state.parameters, strict=True) if model.name == "3PL"]
    return float(prior.log_density(np.array(logits)).sum())


def _unique(items: ItemSet, offsets: NDArray[np.int64], free: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how the unique free parameters make up all of them, shape (all, unique); a shared slope is one."""
    columns: NDArray[np.float64] = np.eye(free.size)[:, free]
    shared = [int(offsets[j]) for j in items.common_slope if free[offsets[j]]]
    if len(shared) > 1:
        together = np.searchsorted(np.flatnonzero(free), shared)
        columns[:, together[0]] = columns[:, together].sum(axis=1)
        columns = np.delete(columns, together[1:], axis=1)
    return columns


def _group_scores(
    state: State, theta: NDArray[np.float64], log_priors: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return the derivative of each group's log-density by its mean and standard deviation, shape (2, nodes)."""
    scores = []
    for mean, sd, log_prior in zip(state.mean, state.sd, log_priors, strict=True):
        z = theta - mean
        first = np.stack([z / sd**2, z**2 / sd**3])
        scores.append(first - (first @ np.exp(log_prior))[:, None])
    return scores


def _group_information(
    state: State, expected: Expected, theta: NDArray[np.float64], log_priors: NDArray[np.float64], group: int
) -> NDArray[np.float64]:
    """Return the complete-data information of one group's mean and standard deviation, shape (2, 2)."""
    prior, sd = np.exp(log_priors[group]), state.sd[group]
    z = theta - state.mean[group]
    first = _group_scores(state, theta, log_priors)[group]
    second = np.array([[np.full_like(z, -1 / sd**2), -2 * z / sd**3], [-2 * z / sd**3, -3 * z**2 / sd**4]])
    # The prior is normalised on the grid, so its second derivative carries the normalising constant's.
    second = second - (second @ prior)[..., None] - ((first * prior) @ first.T)[..., None]
    information: NDArray[np.float64] = -(second @ expected.density[group])
    return information
