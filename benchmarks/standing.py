"""Placing many people: nine probabilities of linear axes, and the policies by draws where draws matter.

python -m benchmarks.standing [--people 60000] [--nation 0] [--seed N] [--save]

Answers are not simulated: people are drawn from the population of the bank that ships with the package, with the errors
and the records of a small simulated round. Each line is measured in a process of its own. With --nation the policies
are applied to so many people in blocks, and the linear axes to as many at once.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import secrets
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.machine import blas_threads, describe, table
from benchmarks.page import save_section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.policy import Policy
    from workbench.records.bank import Bank
    from workbench.talent.posterior import Posterior

BANK = "nasional-2023-demo"
ROUND, BLOCK, LINEAR = 1_500, 100_000, 4_000_000
HEADING = ("what", "people", "seconds", "CPU seconds", "peak memory, GB", "drawn")
AGREEMENT = (
    "policy", "people", "drawn", "p_pool: largest", "mean", "nine: largest", "mean", "other side", "other box",
    "largest risk of the not drawn",
)  # fmt: skip


class Nation:
    """Blocks of people with the errors and records of a small round.

    Parameters
    ----------
    policy : str
    seed : int
    """

    def __init__(self, policy: str, seed: int) -> None:
        from workbench.policy import load_policy
        from workbench.records.bank import load_bank
        from workbench.simulation import simulate
        from workbench.simulation.memory import stored_records, summaries
        from workbench.talent import standing
        from workbench.talent.people import assemble

        self.policy: Policy = load_policy(policy)
        self.bank: Bank = load_bank(BANK)
        self.seed = seed
        cohort = simulate("national-2023", size=ROUND, seed=seed)
        self.people = assemble(stored_records(cohort), self.policy)
        self.source = standing.posterior(summaries(cohort, self.bank), self.bank.population).of(
            self.people["participant_id"].to_numpy(object)
        )

    def blocks(self, people: int) -> Iterator[tuple[Posterior, pd.DataFrame]]:
        """Yield posterior and records of each block."""
        from workbench.talent.posterior import Posterior

        factor = np.linalg.cholesky(self.source.covariance)
        for number, start in enumerate(range(0, people, BLOCK)):
            size = min(BLOCK, people - start)
            rng = np.random.default_rng([self.seed, number])
            chosen = rng.integers(0, len(self.people), size)
            truth = self.source.mean + rng.standard_normal((size, self.source.mean.size)) @ factor.T
            precision = self.source.precision[chosen]
            noise = rng.standard_normal(truth.shape) / np.sqrt(np.where(precision > 0, precision, 1.0))
            names = np.array([f"P{start + k:08d}" for k in range(size)], dtype=object)
            location = np.where(precision > 0, truth + noise, 0.0)
            posterior = Posterior(
                names, self.source.scales, location, precision, self.source.mean, self.source.covariance
            )
            yield posterior, self.people.iloc[chosen].assign(participant_id=names)


def _measured(answer: multiprocessing.SimpleQueue, what: str, people: int, work: Callable[[], float | None]) -> None:
    """Put the row of one piece of work and what it returned; preparing is not counted."""
    before, wall = time.process_time(), time.perf_counter()
    drawn = work()
    seconds, cpu = time.perf_counter() - wall, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    share = "-" if drawn is None else f"{drawn:.1%}"
    answer.put([what, f"{people:,}", f"{seconds:.1f}", f"{cpu:.1f}", f"{peak:.2f}", share])


def linear(answer: multiprocessing.SimpleQueue, people: int, seed: int, fixed: bool) -> None:
    """Nine probabilities of two linear axes, or of one with kinerja as recorded."""
    from workbench.policy import load_policy
    from workbench.talent.rectangles import box_probabilities

    rng = np.random.default_rng(seed)
    mean = rng.normal([70.0, 72.0], [8.0, 9.0], (people, 2))
    sd = np.tile([3.0, 0.0 if fixed else 4.0], (people, 1))
    correlation = rng.uniform(0, 0.8, people)
    policy = load_policy("kepka-bkn-411-2025")

    def work() -> None:
        box_probabilities(mean, sd, correlation, policy)

    _measured(answer, "linear axes, kinerja as recorded" if fixed else "two linear axes", people, work)


def by_rule(answer: multiprocessing.SimpleQueue, key: str, people: int, seed: int, only_open: bool) -> None:
    """Place everybody in blocks; making the people is not counted."""
    from workbench.talent import standing

    nation = Nation(key, seed)
    spent = {"wall": 0.0, "cpu": 0.0}
    drawn = placed = 0
    for posterior, records in nation.blocks(people):
        wall, cpu = time.perf_counter(), time.process_time()
        boxes = standing.place(posterior, records, nation.policy, nation.bank, only_open=only_open)
        spent["wall"] += time.perf_counter() - wall
        spent["cpu"] += time.process_time() - cpu
        known = boxes["withheld_reason"] == ""
        drawn += int(boxes.loc[known, "monte_carlo_error"].notna().sum())
        placed += int(known.sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    what = f"{key}, {'draws where they matter' if only_open else '200 draws for everybody'}"
    answer.put(
        [what, f"{people:,}", f"{spent['wall']:.1f}", f"{spent['cpu']:.1f}", f"{peak:.2f}", f"{drawn / placed:.1%}"]
    )


def agreement(answer: multiprocessing.SimpleQueue, key: str, people: int, seed: int) -> None:
    """Compare draws where they matter with draws for everybody."""
    from workbench.talent import standing

    nation = Nation(key, seed)
    pairs = [
        [standing.place(posterior, records, nation.policy, nation.bank, only_open=only) for only in (True, False)]
        for posterior, records in nation.blocks(people)
    ]
    quick, full = (pd.concat([pair[k] for pair in pairs], ignore_index=True) for k in (0, 1))
    known = (full["withheld_reason"] == "").to_numpy()
    quick, full = quick[known], full[known]
    nine = [f"p_box_{b}" for b in range(1, 10)]
    pool = (quick["p_pool"] - full["p_pool"]).abs()
    boxes = (quick[nine] - full[nine]).abs().to_numpy()
    sides = [frame["box"].isin(nation.policy.boxes.pool).to_numpy() for frame in (quick, full)]
    sure = quick["monte_carlo_error"].isna()
    answer.put(
        [
            key,
            f"{len(full):,}",
            f"{(~sure).mean():.1%}",
            f"{pool.max():.4f}",
            f"{pool.mean():.5f}",
            f"{boxes.max():.3f}",
            f"{boxes.mean():.5f}",
            f"{(sides[0] != sides[1]).sum()}",
            f"{(quick['box'] != full['box']).sum()}",
            f"{full.loc[sure, 'risk'].max():.4f}",
        ]
    )


def _alone(work: Callable[..., None], *arguments: object) -> list[str]:
    """Run in a process of its own and return its row."""
    context = multiprocessing.get_context("spawn")
    answer = context.SimpleQueue()
    process = context.Process(target=work, args=(answer, *arguments))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} failed with exit status {process.exitcode}")
    row: list[str] = answer.get()
    print(" | ".join(row), file=sys.stderr, flush=True)
    return row


def main() -> None:
    """Print two tables; with --save keep them in the docs."""
    from workbench.policy import list_policies

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=60_000)
    parser.add_argument("--nation", type=int, default=0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    blas_threads(1)
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    people = arguments.people
    if arguments.nation:
        rows = [_alone(linear, arguments.nation, seed, fixed) for fixed in (True, False)]
        rows += [_alone(by_rule, key, arguments.nation, seed, True) for key in list_policies()]
        text = f"{describe()}; seed {seed}\n\n{table(HEADING, rows)}"
        text += "\n\nTo reach at 4,000,000: linear axes 10 s and 3 GB, kepka-bkn-411-2025 by draws 600 s."
    else:
        rows = [_alone(linear, LINEAR, seed, fixed) for fixed in (True, False)]
        rows += [_alone(by_rule, key, people, seed, only) for key in list_policies() for only in (True, False)]
        compared = [_alone(agreement, key, people, seed) for key in list_policies()]
        text = f"{describe()}; seed {seed}\n\n{table(HEADING, rows)}\n\n"
        text += f"Draws where they matter against draws for everybody:\n\n{table(AGREEMENT, compared)}"
    print(text)
    if arguments.save:
        save_section("Placing a nation" if arguments.nation else "Placing", text)


if __name__ == "__main__":
    main()
