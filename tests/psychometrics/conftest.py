"""Public data sets with the results of R on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

from benchmarks.reference_data import DATA, load, results
from workbench.psychometrics import irt
from workbench.psychometrics.irt.curves import category_probabilities


@pytest.fixture(scope="session")
def binomial_bounds() -> Callable[[int, float], tuple[int, int]]:
    """Counts that so many trials leave with probability .0001 when all is well."""
    from scipy.stats import binom

    return lambda trials, share: (int(binom.ppf(5e-5, trials, share)), int(binom.ppf(1 - 5e-5, trials, share)))


@pytest.fixture(scope="session")
def sat12_raw() -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the raw options of SAT12 (8 = no answer) and the key as distributed."""
    raw = pd.read_csv(DATA / "sat12_raw.csv").astype(str)
    key = results("sat12")["key"]
    return raw.where(raw != "8", ""), dict(zip(raw.columns, map(str, key), strict=True))


@cache
def _responses(name: str) -> pd.DataFrame:
    return load(name).categories


@cache
def _calibrated(name: str, model: str) -> irt.Calibration:
    return irt.calibrate(_responses(name), "GRM" if model == "graded" else model, tolerance=1e-6, max_cycles=2000)


def _bank(a: object, b: object) -> irt.Calibration:
    a = np.asarray(a, dtype=float)
    return irt.Calibration.from_items(
        pd.DataFrame({"item_id": [f"i{j}" for j in range(a.size)], "model": "2PL", "a": a, "b": b})
    )


def _answers(calibration: irt.Calibration, theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = np.zeros((theta.size, len(calibration.items)), dtype=int)
    for j, curve in enumerate(category_probabilities(calibration, theta)):
        drawn[:, j] = (rng.random(theta.size) > np.cumsum(curve, axis=0)[:-1]).sum(0)
    return drawn


@pytest.fixture(scope="session")
def reference() -> Callable[[str], dict]:
    return results


@pytest.fixture(scope="session")
def responses() -> Callable[[str], pd.DataFrame]:
    return _responses


@pytest.fixture(scope="session")
def calibrated() -> Callable[[str, str], irt.Calibration]:
    return _calibrated


@pytest.fixture(scope="session")
def bank() -> Callable[[object, object], irt.Calibration]:
    """Known 2PL items i0, i1, .. from slopes and difficulties."""
    return _bank


@pytest.fixture(scope="session")
def answers() -> Callable[[irt.Calibration, np.ndarray, np.random.Generator], np.ndarray]:
    """Categories drawn from a calibration at given thetas."""
    return _answers
