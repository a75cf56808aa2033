"""One calibration as a problem of maximisation: answers, what is free, and the steps that every method takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.psychometrics.irt.errors import Information, log_prior_density, observed_information
from workbench.psychometrics.irt.expectation import Expected, State, expectation
from workbench.psychometrics.irt.maximisation import improve_all, moments

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from workbench.psychometrics.irt.blocks import Block
    from workbench.psychometrics.irt.families import BetaPrior
    from workbench.psychometrics.irt.grid import Grid
    from workbench.psychometrics.irt.item_set import ItemSet

__all__ = ["Problem"]

LARGEST_LOG_SD = 3.0


@dataclass(frozen=True)
class Problem:
    """What is estimated: blocks of answers, starting values and which parameters are free."""

    blocks: list[Block]
    names: list[str]
    items: ItemSet
    free: list[NDArray[np.bool_]]
    free_mean: NDArray[np.bool_]
    free_sd: NDArray[np.bool_]
    grid: Grid
    weights: NDArray[np.float64] | None
    prior: BetaPrior | None
    executor: Executor | None

    def log_priors(self, state: State) -> NDArray[np.float64]:
        """Return log weights of the nodes in each group, shape (groups, nodes)."""
        return np.stack([self.grid.log_prior(m, s) for m, s in zip(state.mean, state.sd, strict=True)])

    def expect(self, state: State, dtype: type = np.float32) -> Expected:
        """Return the expected counts and the log-likelihood (E-step)."""
        return expectation(
            self.blocks,
            self.items,
            state,
            self.grid.theta,
            self.log_priors(state),
            weights=self.weights,
            dtype=dtype,
            executor=self.executor,
        )

    def improve(self, state: State, expected: Expected) -> State:
        """Return the next state (M-step)."""
        parameters = improve_all(self.items, state.parameters, self.free, expected.counts, self.grid.theta, self.prior)
        mean, sd = moments(expected.density, self.grid.theta)
        return State(
            tuple(parameters), np.where(self.free_mean, mean, state.mean), np.where(self.free_sd, sd, state.sd)
        )

    def value(self, state: State, expected: Expected) -> float:
        """Log-likelihood plus log prior: what every step raises."""
        return expected.log_likelihood + log_prior_density(self.items, state, self.prior)

    def pack(self, state: State) -> NDArray[np.float64]:
        """Return a state as one vector: item parameters, means, log standard deviations."""
        return np.concatenate([*state.parameters, state.mean, np.log(state.sd)])

    def unpack(self, vector: NDArray[np.float64], like: State) -> State | None:
        """Return the state of a vector, or None where it is not a permitted one."""
        parameters, start = [], 0
        for old in like.parameters:
            parameters.append(vector[start : start + old.size])
            start += old.size
        groups = like.mean.size
        log_sd = vector[start + groups :]
        if np.abs(log_sd).max() > LARGEST_LOG_SD:
            return None
        state = State(tuple(parameters), vector[start : start + groups], np.exp(log_sd))
        return state if self.permits(state) else None

    def permits(self, state: State) -> bool:
        """Return whether every parameter lies inside its bounds and the order its model permits."""
        return bool(
            all(
                (np.abs(values) <= model.family.bounds(k)).all() and not model.family.crossed(values[None])[0]
                for model, k, values in zip(self.items.models, self.items.categories, state.parameters, strict=True)
            )
            and (state.mean > self.grid.low).all()
            and (state.mean < self.grid.high).all()
            and np.abs(np.log(state.sd)).max() <= LARGEST_LOG_SD
        )

    def at_bounds(self, state: State) -> list[NDArray[np.bool_]]:
        """Return which free parameters of each item lie at an end of what is permitted."""
        kinds = zip(self.items.models, self.items.categories, state.parameters, self.free, strict=True)
        return [free & model.family.at_bound(values, k) for model, k, values, free in kinds]

    def information(self, state: State) -> Information:
        """Return the observed information of what is free; a parameter at a bound is held there."""
        held = [free & ~edge for free, edge in zip(self.free, self.at_bounds(state), strict=True)]
        free = np.concatenate([*held, self.free_mean, self.free_sd])
        return observed_information(
            self.blocks, self.items, state, self.grid.theta, self.log_priors(state), free, self.weights, self.prior
        )
