"""Are stated probabilities honest? Measures for rounds whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from workbench.i18n import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ClassScores",
    "Honesty",
    "calibration_line",
    "errors_contained",
    "expected_calibration_error",
    "list_to_hold",
    "measure",
    "noise",
    "reliability_table",
    "score_classes",
]

BINS = 20
ITERATIONS = 50
SINGULAR = 1e10


def _bins(p: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((p * BINS).astype(np.int64), BINS - 1)


def expected_calibration_error(p: NDArray[np.float64], outcome: NDArray[np.bool_]) -> float:
    """Return the mean gap between stated and observed share over 20 equal-width bins, weighted by people."""
    place = _bins(p)
    gap = np.bincount(place, weights=p - outcome, minlength=BINS)
    return float(np.abs(gap).sum() / p.size)


def noise(p: NDArray[np.float64], *, seed: int = 0, level: float = 0.95, rounds: int = 400) -> float:
    """Return the quantile of the error that chance alone gives when the stated probabilities are true."""
    rng = np.random.default_rng(seed)
    values = [expected_calibration_error(p, rng.random(p.size) < p) for _round in range(rounds)]
    return float(np.quantile(values, level))


def reliability_table(p: NDArray[np.float64], outcome: NDArray[np.bool_]) -> pd.DataFrame:
    """Return stated and observed share in each bin: n, stated, observed, low, high (Wilson)."""
    from workbench.psychometrics.intervals import wilson

    place = _bins(p)
    n = np.bincount(place, minlength=BINS).astype(float)
    used = n > 0
    stated = np.bincount(place, weights=p, minlength=BINS)[used] / n[used]
    observed = np.bincount(place, weights=outcome.astype(float), minlength=BINS)[used] / n[used]
    low, high = wilson(observed, n[used])
    return pd.DataFrame({"n": n[used].astype(int), "stated": stated, "observed": observed, "low": low, "high": high})


def calibration_line(p: NDArray[np.float64], outcome: NDArray[np.bool_], *, confidence: float = 0.95) -> pd.DataFrame:
    """Regress the outcome on the log-odds of p among .05 < p < .95 (Cox 1958, Biometrika 45, 562-565).

    Returns
    -------
    pandas.DataFrame
        term (intercept, slope), estimate, and an interval of the given confidence. Intercept 0 and slope 1 when p is
        honest; where too few people lie between, no estimate and an interval without bounds.
    """
    middle = (p > 0.05) & (p < 0.95)
    x = np.log(p[middle] / (1 - p[middle]))
    estimate, error = _logistic_line(x, outcome[middle].astype(float))
    half = float(ndtri(0.5 + confidence / 2)) * error
    low, high = np.nan_to_num(estimate - half, nan=-np.inf), np.nan_to_num(estimate + half, nan=np.inf)
    return pd.DataFrame({"term": ["intercept", "slope"], "estimate": estimate, "low": low, "high": high})


def _logistic_line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return intercept and slope with their standard errors by Newton's method; NaN where they are not estimable."""
    design = np.stack([np.ones_like(x), x], axis=1)
    beta, information = np.array([0.0, 1.0]), np.zeros((2, 2))
    for _iteration in range(ITERATIONS):
        mu = expit(design @ beta)
        information = (design * (mu * (1 - mu))[:, None]).T @ design
        if np.linalg.cond(information) > SINGULAR:
            break
        step = np.linalg.solve(information, design.T @ (y - mu))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            return beta, np.sqrt(np.diag(np.linalg.inv(information)))
    return np.full(2, np.nan), np.full(2, np.nan)


def errors_contained(risk: NDArray[np.float64], wrong: NDArray[np.bool_], share: float) -> float:
    """Return the share of wrong decisions that lie among the riskiest `share` of people."""
    count = round(share * risk.size)
    order = np.argsort(-risk, kind="stable")
    total = int(wrong.sum())
    return float(wrong[order[:count]].sum() / total) if total else float("nan")


def list_to_hold(order: NDArray[np.float64], wrong: NDArray[np.bool_], share: float) -> float:
    """Return how long a list in falling order must be, as a share of people, to hold `share` of the wrong decisions.

    Parameters
    ----------
    order : ndarray of float, shape (n,)
        Whoever has more comes first.
    wrong : ndarray of bool, shape (n,)
    share : float

    Returns
    -------
    float
        NaN where no decision is wrong.
    """
    if not wrong.any():
        return float("nan")
    found = np.cumsum(wrong[np.argsort(-order, kind="stable")])
    return float((np.searchsorted(found, share * found[-1]) + 1) / wrong.size)


@dataclass(frozen=True)
class ClassScores:
    """How calibrated and how sharp probabilities over several classes are.

    Attributes
    ----------
    n : int
    ece, noise : float
        Expected calibration error over all classes, each against the rest, and the 95 % quantile that chance gives.
    log_score : float
        Mean of minus the log of the probability given to what is true, in nats; less is better (Good 1952).
    brier : float
        Mean squared distance from what is true, 0 to 2 (Brier 1950).
    """

    n: int
    ece: float
    noise: float
    log_score: float
    brier: float


def score_classes(
    p: NDArray[np.float64], true: NDArray[np.integer], *, seed: int = 0, rounds: int = 100
) -> ClassScores:
    """Compare probabilities over classes with the class that is true of each person.

    Parameters
    ----------
    p : ndarray of float, shape (n, classes)
        Rows sum to one.
    true : ndarray of int, shape (n,)
        Place of the true class.
    seed, rounds : int
        Of the noise: outcomes are redrawn from the stated probabilities so many times.

    Returns
    -------
    ClassScores

    Raises
    ------
    ValueError
        When there is nobody, or the shapes do not fit.
    """
    if p.ndim != 2 or not p.size or true.shape != (p.shape[0],) or not ((true >= 0) & (true < p.shape[1])).all():
        raise ValueError(_("Peluang dan kebenaran harus berisi orang yang sama, satu kelas bagi tiap orang."))
    n, classes = p.shape
    place, flat = _bins(p.ravel()), p.ravel()
    sums = np.bincount(place, weights=flat, minlength=BINS)

    def error(outcome: NDArray[np.integer]) -> float:
        chosen = place.reshape(n, classes)[np.arange(n), outcome]
        return float(np.abs(sums - np.bincount(chosen, minlength=BINS)).sum() / flat.size)

    rng = np.random.default_rng(seed)
    cumulated = np.cumsum(p, axis=1)
    drawn = [
        error(np.minimum((cumulated < rng.random((n, 1)) * cumulated[:, -1:]).sum(axis=1), classes - 1))
        for _round in range(rounds)
    ]
    given = p[np.arange(n), true]
    # What a finite number of draws never met is possible all the same: half a draw in two hundred.
    log_score = float(-np.log(np.maximum(given, 1 / 400)).mean())
    brier = float(((p**2).sum(axis=1) - 2 * given + 1).mean())
    return ClassScores(n, error(true), float(np.quantile(drawn, 0.95)), log_score, brier)


@dataclass(frozen=True)
class Honesty:
    """Measures of one round with known truth, about the pool.

    Attributes
    ----------
    n : int
    ece, ece_noise : float
        Expected calibration error and the quantile that it reaches by chance.
    slope_low, slope_high, intercept_low, intercept_high : float
        Intervals of the calibration line.
    mean_risk : float
    error_rate, error_low, error_high : float
        Share of wrong decisions with its Wilson interval.
    contained : float
        Share of wrong decisions among the riskiest 17 %.
    """

    n: int
    ece: float
    ece_noise: float
    slope_low: float
    slope_high: float
    intercept_low: float
    intercept_high: float
    mean_risk: float
    error_rate: float
    error_low: float
    error_high: float
    contained: float

    def problems(self, floor: float = 0.005) -> list[str]:
        """Return which of the measures fail; `floor` is the error allowed whatever chance says at 60,000."""
        limit = max(floor, self.ece_noise) if self.n >= 30_000 else self.ece_noise
        checks = {
            "ece": self.ece <= limit,
            "slope": self.slope_low <= 1 <= self.slope_high,
            "intercept": self.intercept_low <= 0 <= self.intercept_high,
            "risk": self.error_low <= self.mean_risk <= self.error_high,
        }
        return [name for name, holds in checks.items() if not holds]


def measure(
    p_pool: NDArray[np.float64],
    stated_in_pool: NDArray[np.bool_],
    truly_in_pool: NDArray[np.bool_],
    *,
    seed: int = 0,
    confidence: float = 0.95,
) -> Honesty:
    """Compare stated pool probabilities and decisions with the truth.

    At the usual confidence of .95 each interval misses honest probabilities in one round of twenty. Several rounds
    taken together at a higher confidence hardly ever do, and see smaller faults.

    Parameters
    ----------
    p_pool : ndarray of float, shape (n,)
    stated_in_pool, truly_in_pool : ndarray of bool, shape (n,)
    seed : int
        Of the noise.
    confidence : float
        Of every interval, and the quantile of the noise.

    Returns
    -------
    Honesty
    """
    from workbench.psychometrics.intervals import wilson

    wrong = stated_in_pool != truly_in_pool
    risk = np.where(stated_in_pool, 1 - p_pool, p_pool)
    line = calibration_line(p_pool, truly_in_pool, confidence=confidence).set_index("term")
    low, high = wilson(np.array([wrong.mean()]), np.array([float(wrong.size)]), confidence)
    return Honesty(
        n=int(p_pool.size),
        ece=expected_calibration_error(p_pool, truly_in_pool),
        ece_noise=noise(p_pool, seed=seed, level=confidence),
        slope_low=float(line.loc["slope", "low"]),
        slope_high=float(line.loc["slope", "high"]),
        intercept_low=float(line.loc["intercept", "low"]),
        intercept_high=float(line.loc["intercept", "high"]),
        mean_risk=float(risk.mean()),
        error_rate=float(wrong.mean()),
        error_low=float(low[0]),
        error_high=float(high[0]),
        contained=errors_contained(risk, wrong, 0.17),
    )
