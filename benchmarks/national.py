"""Four million people: a calibration of everybody from Parquet, with its memory: `make bench-national`.

python -m benchmarks.national [--people 4000000] [--folder .benchmarks] [--save]

The answers of a 2PL test of 100 items are drawn and written as Parquet once (one column an item, row groups of 100,000
people) and read in batches into one byte an answer. Everything is measured in a process of its own: reading, 2PL with
standard errors, and the largest resident memory. The same is done for a tenth of the people, so that growth is seen.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.machine import blas_threads, describe, table
from benchmarks.page import save_section

ROOT = Path(__file__).resolve().parent.parent
ITEMS, ROWS = 100, 100_000
HEADING = (
    "people", "read, s", "calibrate, s", "cycles", "peak memory, GB", "of it the answers, GB", "largest error of b, SEs"
)  # fmt: skip


def write(path: Path, people: int, seed: int) -> None:
    """Draw everybody and write them in row groups."""
    random = np.random.default_rng(seed)
    slope, difficulty = _items(seed)
    names = [f"item{j + 1}" for j in range(ITEMS)]
    schema = pa.schema([(name, pa.int8()) for name in names])
    part = path.with_suffix(".part")
    with pq.ParquetWriter(part, schema, compression="zstd", use_dictionary=False) as writer:
        for low in range(0, people, ROWS):
            theta = random.standard_normal(min(ROWS, people - low), dtype=np.float32)
            chance = 1 / (1 + np.exp(-slope * (theta[:, None] - difficulty)))
            right = (random.random(chance.shape, dtype=np.float32) < chance).astype(np.int8)
            writer.write_table(pa.table({name: right[:, j] for j, name in enumerate(names)}, schema))
    part.rename(path)


def _items(seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng([seed, 1])
    return (random.uniform(0.6, 2.0, ITEMS).astype(np.float32), random.normal(0.0, 1.0, ITEMS).astype(np.float32))


def read(path: Path) -> np.ndarray:
    """Read batches into one array of one byte an answer."""
    with pq.ParquetFile(path) as file:
        answers = np.empty((file.metadata.num_rows, ITEMS), dtype=np.int8)
        low = 0
        for batch in file.iter_batches(ROWS // 4):
            for j, column in enumerate(batch.columns):
                answers[low : low + len(batch), j] = column.to_numpy(zero_copy_only=False)
            low += len(batch)
    return answers


def calibrated(path: str, seed: int, workers: int, answer: multiprocessing.SimpleQueue) -> None:
    """Read, calibrate, and put the row of the table."""
    from workbench.psychometrics import irt

    started = time.perf_counter()
    answers = read(Path(path))
    reading = time.perf_counter() - started
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        found = irt.calibrate(answers, executor=pool)
    seconds = time.perf_counter() - started
    _slope, difficulty = _items(seed)
    away = np.abs(found.items["b"].to_numpy(float) - difficulty) / found.items["b_se"].to_numpy(float)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    cycles = f"{found.cycles}" if found.converged else f"{found.cycles}, not converged"
    people = f"{len(answers):,}"
    answer.put(
        [
            people,
            f"{reading:.1f}",
            f"{seconds:.1f}",
            cycles,
            f"{peak:.2f}",
            f"{answers.nbytes / 1e9:.2f}",
            f"{away.max():.1f}",
        ]
    )


def main() -> None:
    """Print one table; with --save keep it in the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=4_000_000)
    parser.add_argument("--folder", type=Path, default=ROOT / ".benchmarks")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    blas_threads(1)  # the workers share the cores
    seed = secrets.randbelow(2**31)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    rows = []
    for people in (arguments.people // 10, arguments.people):
        path = arguments.folder / f"answers-{people}-{seed}.parquet"
        write(path, people, seed)
        answer = context.SimpleQueue()
        process = context.Process(target=calibrated, args=(str(path), seed, arguments.workers, answer))
        process.start()
        process.join()
        path.unlink()
        if process.exitcode:
            raise SystemExit(f"the calibration failed with exit status {process.exitcode}")
        rows.append(answer.get())
    text = f"{describe()}; {arguments.workers} workers; seed {seed}\n\n{table(HEADING, rows)}"
    growth = float(rows[1][2]) / float(rows[0][2])
    text += f"\n\nTen times the people take {growth:.1f} times as long; to reach: 150 s, 4 GB, at most 13 times."
    print(text)
    if arguments.save:
        save_section("Four million people", text)


if __name__ == "__main__":
    main()
