"""Recovery: whether calibrations find the parameters that made the data, and whether their 95 % intervals hold them.

python -m benchmarks.recovery [--folder .benchmarks] [--sets 200] [--large-sets 20] [--models Rasch 2PL ..] [--save]

Twenty items a set, true parameters drawn anew for each set. What is done is kept in FOLDER/recovery.csv, so that a run
that was stopped goes on where it was; its seed comes from the system and is kept there too. --save puts the table and
the picture into the docs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.kept import kept_seed
from benchmarks.machine import blas_threads, describe, table
from benchmarks.page import panels, save_picture, save_section
from workbench.psychometrics import irt

ROOT = Path(__file__).resolve().parent.parent
ITEMS = 20
SMALL, LARGE = (500, 5_000), 60_000
# Models whose pooled coverage must lie between these; 3PL with its prior, and NRM at 500 people, are only reported.
FLOOR, CEILING = 0.93, 0.97
REPORTED_ONLY = {("3PL", 500), ("3PL", 5_000), ("3PL", 60_000), ("NRM", 500)}
Z = 1.959964
SUMS = ["parameters", "covered", "error", "squared", "width"]
COLUMNS = ["model", "people", "set", "quantity", *SUMS, "sound", "seconds"]


def truth(model: str, random: np.random.Generator) -> pd.DataFrame:
    """Draw twenty items."""
    slope = random.lognormal(0.1, 0.3, ITEMS)
    difficulty = random.normal(0.0, 1.0, ITEMS)
    rows = pd.DataFrame({"item_id": [f"item{j + 1}" for j in range(ITEMS)], "model": model})
    if model in {"Rasch", "PCM"}:
        slope = np.ones(ITEMS)
    if model == "1PL":
        slope = np.full(ITEMS, random.uniform(0.8, 1.6))
    if model in {"Rasch", "1PL", "2PL", "3PL"}:
        rows = rows.assign(a=slope, b=difficulty)
        return rows.assign(c=random.beta(5, 17, ITEMS)) if model == "3PL" else rows
    steps = difficulty[:, None] * 0.6 + np.array([-1.0, 0.0, 1.0]) + random.normal(0.0, 0.15, (ITEMS, 3))
    if model == "NRM":
        slopes = np.cumsum(random.uniform(0.4, 0.9, (ITEMS, 3)), axis=1)
        intercepts = np.cumsum(-slope[:, None] * steps, axis=1)
        return rows.assign(
            **{f"a{k + 1}": slopes[:, k] for k in range(3)}, **{f"d{k + 1}": intercepts[:, k] for k in range(3)}
        )
    if model == "GRM":
        steps = np.sort(steps, axis=1)
    return rows.assign(a=slope, **{f"b{k + 1}": steps[:, k] for k in range(3)})


def one_set(seed: int, model: str, people: int, number: int) -> list[dict[str, object]]:
    """Calibrate one set; return a row for each kind of parameter."""
    random = np.random.default_rng([seed, irt.MODELS.index(model), people, number])
    items = truth(model, random)
    spread = 1.2 if model in {"Rasch", "PCM"} else 1.0
    bank = irt.Calibration.from_items(items)
    data = irt.draw_answers(bank, spread * random.standard_normal(people), random)
    head = {"model": model, "people": people, "set": number}
    started = time.perf_counter()
    try:
        found = irt.calibrate(data, model, max_cycles=2000)
    except ValueError:  # a category that nobody chose
        return [head | {"quantity": "refused", "sound": False}]
    head |= {"sound": found.converged, "seconds": time.perf_counter() - started}
    known = bank.items
    rows = []
    for letter in "abcd":
        true, estimate, error = [], [], []
        for column in [c for c in known.columns if c[0] == letter and (c == letter or c[1:].isdigit())]:
            if f"{column}_se" not in found.items:
                continue
            true.append(known[column].to_numpy(float))
            estimate.append(found.items[column].to_numpy(float))
            error.append(found.items[f"{column}_se"].to_numpy(float))
        if model == "1PL" and letter == "a":  # one parameter, however many items carry it
            true, estimate, error = ([values[0][:1]] for values in (true, estimate, error))
        if any(np.isfinite(values).any() for values in error):
            rows.append(head | {"quantity": letter} | compared(*(np.concatenate(v) for v in (true, estimate, error))))
    group = found.groups.iloc[0]
    if np.isfinite(group.get("sd_se", np.nan)):
        rows.append(
            head
            | {"quantity": "sd"}
            | compared(np.array([spread]), np.array([group["sd"]]), np.array([group["sd_se"]]))
        )
    return rows or [head | {"quantity": "no errors"}]


def compared(true: np.ndarray, estimate: np.ndarray, error: np.ndarray) -> dict[str, float]:
    """Sum up how far estimates are from the truth, and how often their intervals hold it."""
    there = np.isfinite(estimate) & np.isfinite(error)
    away = (estimate - true)[there]
    return {
        "parameters": int(there.sum()),
        "covered": int((np.abs(away) <= Z * error[there]).sum()),
        "error": float(away.sum()),
        "squared": float((away**2).sum()),
        "width": float(2 * Z * error[there].sum()),
    }


def wanted(models: list[str], sets: int, large_sets: int) -> list[tuple[str, int, int]]:
    """Return model, people and number of every set, small ones first."""
    jobs = [(model, people, k) for people in SMALL for model in models for k in range(sets)]
    return jobs + [(model, LARGE, k) for model in models for k in range(large_sets)]


def run(path: Path, jobs: list[tuple[str, int, int]]) -> pd.DataFrame:
    """Do what is not yet done, and keep it after every set."""
    seed = kept_seed(path.with_suffix(".seed"))
    done = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=COLUMNS)
    there = set(done[["model", "people", "set"]].itertuples(index=False, name=None))
    left = [job for job in jobs if job not in there]
    blas_threads(1)  # every core has a process of its own
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = {pool.submit(one_set, seed, *job): job for job in left}
        for number, future in enumerate(as_completed(running), start=1):
            rows = pd.DataFrame(future.result()).reindex(columns=COLUMNS)
            rows.to_csv(path, mode="a", header=not path.exists(), index=False)
            if number % 25 == 0 or number == len(left):
                print(f"\r{number} of {len(left)} sets", end="", file=sys.stderr, flush=True)
    if left:
        print(file=sys.stderr)
    everything = pd.read_csv(path)
    chosen = pd.DataFrame(jobs, columns=["model", "people", "set"])
    return everything.merge(chosen, on=["model", "people", "set"])


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Pool parameters over sets: a row a model, sample size and kind of parameter, then all kinds together."""
    used = rows[rows["parameters"].notna()]
    keys = ["model", "people", "quantity"]
    sums = used.groupby(keys, sort=False)[SUMS].sum()
    together = sums.groupby(["model", "people"], sort=False).sum().assign(quantity="all")
    together = together.set_index("quantity", append=True)
    result = pd.concat([sums, together])
    result["coverage"] = result["covered"] / result["parameters"]
    result["rmse"] = np.sqrt(result["squared"] / result["parameters"])
    return result.reset_index()


def printed(rows: pd.DataFrame, pooled: pd.DataFrame) -> str:
    """Return the table."""
    lines = []
    for (model, people), here in pooled.groupby(["model", "people"], sort=False):
        sets = rows[(rows["model"] == model) & (rows["people"] == people)].drop_duplicates("set")
        of = here.set_index("quantity")
        total = of.loc["all"]
        free = (model, people) in REPORTED_ONLY
        held = FLOOR <= total["coverage"] <= CEILING
        lines.append(
            [
                str(model),
                f"{people:,}",
                f"{len(sets)}",
                f"{int(sets['sound'].astype(bool).sum())}",
                f"{total['coverage']:.3f}",
                *(f"{of.loc[q, 'coverage']:.3f}" if q in of.index else "" for q in ("a", "b", "c", "d", "sd")),
                *(f"{of.loc[q, 'rmse']:.3f}" if q in of.index else "" for q in ("a", "b")),
                f"{sets['seconds'].median():.2f}",
                "reported" if free else "yes" if held else "NO",
            ]
        )
    heading = ["model", "people", "sets", "sound", "coverage", "of a", "of b", "of c", "of d", "of sd"]
    return table([*heading, "RMSE of a", "RMSE of b", "median s", f"{FLOOR:.2f} to {CEILING:.2f}"], lines)


def picture(pooled: pd.DataFrame) -> None:
    """Draw coverage and error by sample size."""
    figure, (left, right) = panels(2, 9, 3.6)
    left.axhspan(FLOOR, CEILING, color="0.9", label=f"{FLOOR} to {CEILING}")
    left.axhline(0.95, color="0.5", linewidth=0.8)
    for model, mark in zip(pooled["model"].unique(), "os^vDPX*", strict=False):
        here = pooled[pooled["model"] == model]
        whole = here[here["quantity"] == "all"].sort_values("people")
        left.plot(whole["people"], whole["coverage"], marker=mark, markersize=4, linewidth=1, label=model)
        place = here[here["quantity"] == ("d" if model == "NRM" else "b")].sort_values("people")
        right.plot(place["people"], place["rmse"], marker=mark, markersize=4, linewidth=1, label=model)
    left.set(xscale="log", xlabel="people", ylabel="95 % intervals that hold the truth", ylim=(0.88, 1.0))
    right.set(xscale="log", yscale="log", xlabel="people", ylabel="RMSE of difficulty (NRM: intercept)")
    left.legend(fontsize=7, ncols=3, loc="lower right")
    save_picture(figure, "recovery.svg")


def main() -> None:
    """Print one table; with --save keep it and the picture in the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / ".benchmarks")
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--large-sets", type=int, default=20)
    parser.add_argument("--models", nargs="+", choices=irt.MODELS, default=list(irt.MODELS))
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    path = arguments.folder / "recovery.csv"
    rows = run(path, wanted(arguments.models, arguments.sets, arguments.large_sets))
    pooled = summary(rows)
    seed = kept_seed(path.with_suffix(".seed"))
    text = f"{describe()}; seed {seed}\n\n{printed(rows, pooled)}"
    print(text)
    if arguments.save:
        picture(pooled)
        save_section("Recovery", f"{text}\n\n![Coverage and error by sample size](images/recovery.svg)")


if __name__ == "__main__":
    main()
