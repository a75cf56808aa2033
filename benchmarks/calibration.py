"""Calibration: time, memory, the bare cost of the matrix products of the same cycles, and PyPI mirt beside it.

python -m benchmarks.calibration [--no-with-mirt] [--people N] [--repeat 3] [--blas-threads 1]

The bare cost is that of the two products of every E-step the calibration made, in the same precision and chunks, on
data that are ready: nothing could be faster by this method. The ratio is one of CPU times, which other programs on the
machine disturb less than the clock. Every job runs in a process of its own; the smallest of the repeated times counts,
for the calibration and for its products alike. Data are drawn with a seed from the system.
"""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import threading
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
import psutil

from benchmarks.machine import blas_threads, describe, table
from workbench.psychometrics import irt
from workbench.psychometrics.irt.blocks import CHUNK, as_categories, make_blocks
from workbench.psychometrics.irt.expectation import State, expectation

HEADING = (
    "job",
    "cycles",
    "seconds",
    "CPU",
    "CPU of bare products",
    "ratio",
    "memory above data, MB",
    "log-likelihood",
    "to reach",
)
MEGABYTE = 1e6
# E-steps beside the cycles of a calibration with standard errors: one in single precision for the observed information,
# one in double precision for the log-likelihood after the last step.
SINGLE_BESIDE, DOUBLE_BESIDE = 1, 1


@dataclass(frozen=True)
class Data:
    """Answers and how to calibrate them."""

    answers: np.ndarray
    model: str
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class Result:
    """What one job took."""

    cycles: int
    seconds: float
    cpu: float
    bare: float
    memory: float
    log_likelihood: float
    converged: bool


def two_categories(people: int, items: int, random: np.random.Generator) -> Data:
    """Everybody takes every item."""
    slope, difficulty = random.uniform(0.6, 2.0, items), random.normal(0.0, 1.0, items)
    theta = random.standard_normal(people)
    right = random.random((people, items)) < 1 / (1 + np.exp(-slope * (theta[:, None] - difficulty)))
    return Data(right.astype(np.int8), "2PL")


def by_design(people: int, items: int, random: np.random.Generator) -> Data:
    """Five groups with means and deviations of their own; each takes 70 % of the items, 40 % common to all."""
    group = np.arange(people) % 5
    slope, difficulty = random.uniform(0.6, 2.0, items), random.normal(0.0, 1.0, items)
    mean, sd = np.array([0.0, 0.3, -0.4, 0.6, -0.2]), np.array([1.0, 0.9, 1.1, 1.2, 0.8])
    theta = mean[group] + sd[group] * random.standard_normal(people)
    answers = (random.random((people, items)) < 1 / (1 + np.exp(-slope * (theta[:, None] - difficulty)))).astype(
        np.int8
    )
    common = round(0.4 * items)
    own = np.arange(common, items)
    for g in range(5):
        taken = np.roll(own, -g * (own.size // 5))[: own.size // 2]
        answers[np.ix_(group == g, np.setdiff1d(own, taken))] = -1
    return Data(answers, "2PL", group)


def guessing(people: int, items: int, random: np.random.Generator) -> Data:
    """Three-parameter items with a guessing rate about that of four or five options."""
    slope, difficulty = random.uniform(0.8, 2.0, items), random.normal(0.0, 1.0, items)
    asymptote = random.uniform(0.15, 0.25, items)
    theta = random.standard_normal(people)
    chance = asymptote + (1 - asymptote) / (1 + np.exp(-slope * (theta[:, None] - difficulty)))
    return Data((random.random((people, items)) < chance).astype(np.int8), "3PL")


def ordered(people: int, items: int, random: np.random.Generator) -> Data:
    """Five ordered categories."""
    slope = random.uniform(0.8, 2.0, items)
    borders = random.normal(0.0, 0.7, (items, 1)) + np.array([-1.5, -0.5, 0.5, 1.5])
    theta = random.standard_normal(people)
    uniform = random.random((people, items))
    answers = np.zeros((people, items), dtype=np.int8)
    for k in range(borders.shape[1]):
        answers += uniform < 1 / (1 + np.exp(-slope * (theta[:, None] - borders[:, k])))
    return Data(answers, "GRM")


class Memory:
    """Largest resident memory of this process above what it held at the start."""

    def __enter__(self) -> Memory:
        self.process, self.peak, self.over = psutil.Process(), 0.0, False
        self.start = self.process.memory_info().rss
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over = True
        self.watcher.join()

    def _watch(self) -> None:
        while not self.over:
            self.peak = max(self.peak, (self.process.memory_info().rss - self.start) / MEGABYTE)
            time.sleep(0.005)


def bare_products(data: Data, single: int, double: int) -> float:
    """Return the CPU seconds that the two products of so many E-steps take, and nothing else."""
    categories, _names = as_categories(data.answers)
    groups = np.zeros(len(categories), dtype=np.int64) if data.groups is None else data.groups.astype(np.int64)
    size = int(categories.max()) + 1
    nodes = irt.Grid().nodes
    seconds = 0.0
    for dtype, steps in ((np.float32, single), (np.float64, double)):
        for block in make_blocks(categories, groups):
            chosen = np.concatenate([block.categories == k for k in range(1, size)], axis=1).astype(dtype)
            logs = np.ones((nodes, chosen.shape[1]), dtype=dtype)
            started = time.process_time()
            for _step in range(steps):
                for low in range(0, len(chosen), CHUNK):
                    part = chosen[low : low + CHUNK]
                    (logs @ part.T) @ part
            seconds += time.process_time() - started
    return seconds


def run(data: Data, repeat: int) -> Result:
    """Calibrate with standard errors several times, each time with the bare products beside it."""
    irt.calibrate(data.answers[:2000], data.model, groups=None if data.groups is None else data.groups[:2000])
    times, cpus, bares, peaks = [], [], [], []
    for _time in range(repeat):
        with Memory() as memory:
            started, cpu = time.perf_counter(), time.process_time()
            result = irt.calibrate(data.answers, data.model, groups=data.groups)
            times.append(time.perf_counter() - started)
            cpus.append(time.process_time() - cpu)
        peaks.append(memory.peak)
        bares.append(bare_products(data, result.cycles + SINGLE_BESIDE, DOUBLE_BESIDE))
    return Result(result.cycles, min(times), min(cpus), min(bares), max(peaks), result.log_likelihood, result.converged)


def run_mirt(data: Data) -> Result:
    """Calibrate the same data with PyPI mirt on as many nodes; its log-likelihood is taken on our grid."""
    import mirt

    started, cpu = time.perf_counter(), time.process_time()
    with Memory() as memory:
        found = mirt.fit_mirt(data.answers.astype(np.int64), data.model, n_quadpts=irt.Grid().nodes)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    numbers = {name: np.asarray(values, dtype=float) for name, values in found.model.parameters.items()}
    slope = numbers["discrimination"].ravel()
    if data.model == "2PL":
        columns = {"a": slope, "b": numbers["difficulty"].ravel()}
    elif data.model == "3PL":
        columns = {"a": slope, "b": numbers["difficulty"].ravel(), "c": np.clip(numbers["guessing"].ravel(), 1e-9, 1)}
    else:
        columns = {"a": slope} | {f"b{k + 1}": b for k, b in enumerate(numbers["thresholds"].T)}
    rows = pd.DataFrame({"item_id": [f"item{j + 1}" for j in range(slope.size)], "model": data.model, **columns})
    _places, items, parameters = irt.Calibration.from_items(rows).fitted()
    grid = irt.Grid()
    state = State(tuple(parameters), np.zeros(1), np.ones(1))
    blocks = make_blocks(data.answers, np.zeros(len(data.answers), dtype=np.int64))
    value = expectation(blocks, items, state, grid.theta, grid.log_prior()[None], dtype=np.float64).log_likelihood
    return Result(found.n_iterations, seconds, cpu, float("nan"), memory.peak, value, bool(found.converged))


JOBS = {
    "2PL {people} x 100": (two_categories, 60_000, 100, "2.5 s, 300 MB, ratio 2"),
    "2PL {people} x 100, 30 % missing by design, 5 groups": (by_design, 60_000, 100, "6 s"),
    "3PL {people} x 60, prior on the asymptote": (guessing, 20_000, 60, "4 s"),
    "GRM {people} x 40 x 5": (ordered, 20_000, 40, "4 s"),
}


def _job(make: object, people: int, items: int, seed: int, repeat: int, answer: multiprocessing.SimpleQueue) -> None:
    data = make(people, items, np.random.default_rng(seed))  # type: ignore[operator]  # a picklable maker of Data
    answer.put(run(data, repeat) if repeat else run_mirt(data))


def apart(make: object, people: int, items: int, seed: int, repeat: int) -> Result:
    """Run one job in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answer = context.SimpleQueue()
    process = context.Process(target=_job, args=(make, people, items, seed, repeat, answer))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"a job failed with exit status {process.exitcode}")
    return answer.get()


def _row(name: str, result: Result, reach: str) -> list[str]:
    none = np.isnan(result.bare)
    return [
        name,
        f"{result.cycles}" if result.converged else f"{result.cycles}, not converged",
        f"{result.seconds:.2f}",
        f"{result.cpu:.2f}",
        "" if none else f"{result.bare:.2f}",
        "" if none else f"{result.cpu / result.bare:.2f}",
        f"{result.memory:.0f}",
        f"{result.log_likelihood:.2f}",
        reach,
    ]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--with-mirt", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--people", type=int, default=None, help="people in each job instead of 60,000 and 20,000")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--blas-threads", type=int, default=1, help="1, as in the kernels of the chain")
    arguments = parser.parse_args()
    blas_threads(arguments.blas_threads)
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    rows = []
    for name, (make, usual, items, reach) in JOBS.items():
        people = arguments.people or usual
        rows.append(_row(name.format(people=f"{people:,}"), apart(make, people, items, seed, arguments.repeat), reach))
        if make is not by_design and arguments.with_mirt:
            ours = float(rows[-1][2])
            other = apart(make, people, items, seed, 0)
            rows.append(_row("the same by PyPI mirt, 61 nodes", other, f"{other.seconds / ours:.0f} times as long"))
    threads = (
        f"{arguments.blas_threads} thread of BLAS"
        if arguments.blas_threads == 1
        else f"{arguments.blas_threads} threads"
    )
    print(f"{describe()}, NumPy {np.__version__}, {threads}; seed {seed}\n")
    print(table(HEADING, rows))


if __name__ == "__main__":
    main()
