"""Scores of 60,000 people, scores without each item, and DIF of 100 items, beside a slow second way to the same.

python -m benchmarks.scores_and_dif [--people 60000] [--seed N]

Leave-one-item-out scores are compared with posteriors computed anew, DIF with regressions by person and tables by
person of statsmodels, each on a sample whose size is in the table. Smallest of three times; data from a seed of the
system.
"""

from __future__ import annotations

import argparse
import os
import secrets
import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.calibration import two_categories
from benchmarks.machine import describe, table
from workbench.psychometrics import dif, irt
from workbench.psychometrics.irt.scoring import prior_grid

if TYPE_CHECKING:
    from collections.abc import Callable

HEADING = ("job", "seconds", "second way, on a part", "seconds there", "largest difference", "to reach")
REPEAT = 3
ITEMS = 100


def shortest(job: Callable[[], object], repeat: int = REPEAT) -> tuple[float, object]:
    """Return the smallest time of several, and the result."""
    times = []
    for _time in range(repeat):
        started = time.perf_counter()
        result = job()
        times.append(time.perf_counter() - started)
    return min(times), result


def scores(answers: np.ndarray) -> list[list[str]]:
    """EAP with SEM, and EAP and variance without each item."""
    calibration = irt.calibrate(answers)
    seconds, _found = shortest(lambda: irt.score(calibration, answers, "EAP"))
    rows = [[f"EAP with SEM, {len(answers):,} x {ITEMS}", f"{seconds:.2f}", "", "", "", "0.5 s"]]
    seconds, found = shortest(lambda: irt.leave_one_out(calibration, answers))
    theta, variance = found  # type: ignore[misc]  # what leave_one_out returns
    people, furthest = 50, 0.0
    grid = prior_grid(0.0, 1.0)
    tables = np.log(np.stack(irt.category_probabilities(calibration, grid.theta)))
    started = time.perf_counter()
    for person in range(people):
        chosen = tables[np.arange(ITEMS), answers[person]]
        for j in range(ITEMS):
            weight = np.exp(np.delete(chosen, j, axis=0).sum(axis=0) + grid.log_prior())
            weight /= weight.sum()
            mean = float(weight @ grid.theta)
            spread = float(weight @ (grid.theta - mean) ** 2)
            furthest = max(furthest, abs(mean - theta[person, j]), abs(spread - variance[person, j]))
    slow = time.perf_counter() - started
    rows.append(
        [
            f"{theta.size:,} leave-one-item-out EAP and variance",
            f"{seconds:.2f}",
            f"each posterior anew, {people * ITEMS:,}",
            f"{slow:.2f}",
            f"{furthest:.0e}",
            "3 s",
        ]
    )
    return rows


def functioning(answers: np.ndarray, focal: np.ndarray) -> list[list[str]]:
    """Mantel-Haenszel and logistic regression of all items."""
    seconds, found = shortest(lambda: (dif.mantel_haenszel(answers, focal), dif.logistic(answers, focal)))
    mantel, logistic = found  # type: ignore[misc]  # the two tables
    import statsmodels.discrete.discrete_model as discrete
    from statsmodels.stats.contingency_tables import StratifiedTable

    checked, furthest = 3, 0.0
    total = answers.sum(axis=1)
    started = time.perf_counter()
    for j in range(checked):
        tables = [
            np.array(
                [[((total == t) & (focal == g) & (answers[:, j] == x)).sum() for x in (1, 0)] for g in (False, True)]
            )
            for t in np.unique(total)
        ]
        used = [t for t in tables if (t.sum(axis=0) > 0).all() and (t.sum(axis=1) > 0).all()]
        odds = StratifiedTable([t.astype(float) for t in used]).oddsratio_pooled
        furthest = max(furthest, abs(float(mantel["odds_ratio"][j]) / odds - 1))
        z = (total - total.mean()) / total.std()
        likelihoods = [
            discrete.Logit(answers[:, j], np.column_stack(columns)).fit(disp=0, tol=1e-10).llf
            for columns in (
                [np.ones(z.size), z],
                [np.ones(z.size), z, focal],
                [np.ones(z.size), z, focal, z * focal],
            )
        ]
        both = 2 * (likelihoods[2] - likelihoods[0])
        furthest = max(furthest, abs(float(logistic["chi2_both"][j]) - both) / max(both, 1.0))
    slow = time.perf_counter() - started
    return [
        [
            f"Mantel-Haenszel and logistic DIF, {answers.shape[1]} items x {len(answers):,}",
            f"{seconds:.2f}",
            f"statsmodels by person, {checked} items",
            f"{slow:.1f}",
            f"{furthest:.0e} relative",
            "4 s",
        ]
    ]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    random = np.random.default_rng(seed)
    answers = two_categories(arguments.people, ITEMS, random).answers
    focal = random.random(arguments.people) < 0.45
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    print(f"{describe()}, NumPy {np.__version__}, BLAS threads: {threads}; seed {seed}\n")
    print(table(HEADING, [*scores(answers), *functioning(answers, focal)]))


if __name__ == "__main__":
    main()
