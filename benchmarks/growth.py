"""Growth of a calibration with people, items, nodes and cores, as a table and a picture.

python -m benchmarks.growth [--save]

2PL with standard errors; one thing grows, the others stay at 20,000 people, 50 items, 61 nodes and one worker. Cycles
are held at the same number, so that seconds are those of the work and not of how well the data happen to converge.
Workers are threads of an executor over blocks of people, each with one thread of BLAS.
"""

from __future__ import annotations

import argparse
import multiprocessing
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.machine import blas_threads, describe, table
from benchmarks.page import panels, save_picture, save_section

PEOPLE, ITEMS, NODES, WORKERS = 20_000, 50, 61, 1
STEPS = {
    "people": (5_000, 10_000, 20_000, 40_000, 80_000, 160_000),
    "items": (10, 25, 50, 100, 200),
    "nodes": (31, 61, 121, 241),
    "workers": (1, 2),
}
CYCLES, REPEAT = 12, 3


def seconds(people: int, items: int, nodes: int, workers: int, seed: int) -> float:
    """Return the smallest time of several calibrations of the same data, in this process."""
    from benchmarks.calibration import two_categories
    from workbench.psychometrics import irt

    answers = two_categories(people, items, np.random.default_rng(seed)).answers
    times = []
    with ThreadPoolExecutor(workers) as pool:
        for _time in range(REPEAT):
            started = time.perf_counter()
            irt.calibrate(
                answers,
                grid=irt.Grid(nodes, -6, 6),
                tolerance=1e-9,
                max_cycles=CYCLES,
                executor=pool if workers > 1 else None,
            )
            times.append(time.perf_counter() - started)
    return min(times)


def picture(found: dict[str, dict[int, float]]) -> None:
    """Draw one panel a thing that grows, with the line of proportional growth."""
    figure, places = panels(len(found), 10, 2.9)
    for panel, (name, points) in zip(places, found.items(), strict=True):
        size, taken = np.array(list(points)), np.array(list(points.values()))
        panel.plot(size, taken, marker="o", markersize=4, linewidth=1, label="measured")
        if name != "workers":
            panel.plot(size, taken[-1] * size / size[-1], color="0.6", linewidth=0.8, label="proportional")
            panel.set(xscale="log", yscale="log")
            # The sizes that were measured stand at the axis: marks of a log scale collide over so short a range.
            panel.set_xticks(size, [f"{value / 1000:g}k" if value >= 1000 else f"{value:g}" for value in size])
            panel.minorticks_off()
            panel.tick_params(axis="x", labelsize=7)
            seconds = [0.1, 0.2, 0.5, 1.0, 2.0]
            panel.set_yticks(seconds, [f"{value:g}" for value in seconds])
        else:
            panel.plot(size, taken[0] / size, color="0.6", linewidth=0.8, label="divided by workers")
            panel.set(xticks=size, ylim=(0, None))
        panel.set(xlabel=name, ylabel="seconds")
        panel.legend(fontsize=7)
    save_picture(figure, "growth.svg")


def main() -> None:
    """Print one table; with --save keep it and the picture in the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    blas_threads(1)
    base = {"people": PEOPLE, "items": ITEMS, "nodes": NODES, "workers": WORKERS}
    found: dict[str, dict[int, float]] = {}
    rows = []
    with multiprocessing.get_context("spawn").Pool(1) as apart:
        for name, sizes in STEPS.items():
            found[name] = {}
            for size in sizes:
                one = base | {name: size}
                taken = apart.apply(seconds, (*one.values(), seed))
                found[name][size] = taken
                first = found[name][sizes[0]]
                growth = f"{taken / first:.2f} for {size / sizes[0]:.1f} times"
                rows.append([name, f"{size:,}", f"{taken:.3f}", growth])
    text = f"{describe()}; seed {seed}\n\n{table(('grows', 'to', 'seconds', 'against the smallest'), rows)}"
    print(text)
    if arguments.save:
        picture(found)
        save_section("Growth", f"{text}\n\n![Seconds by people, items, nodes and workers](images/growth.svg)")


if __name__ == "__main__":
    main()
