"""What the workbench tells its user when an assumption is violated, and how often it holds a sound round.

python -m benchmarks.told [--folder .benchmarks] [--rounds cirebon-2024=1 ..] [--sound cirebon-2024=5 ..] [--save]

Whole runs, from files to reports, on rounds with the violations of `benchmarks.conditions`; of every run the gates that
say HOLD, the scales whose error is widened, the items that are advised against and the people without a box are listed.
Sound rounds are run on more seeds: a HOLD there is a false alarm. What is done is kept in FOLDER/told/, so that a run
that was stopped goes on where it was; its seed comes from the system and is kept there too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.conditions import CONDITIONS, SEED, TRUE_MODEL
from benchmarks.kept import kept_seed, numbers
from benchmarks.machine import describe, table
from benchmarks.page import save_section
from workbench.analysis.scale_findings import WORTH_SAYING, scale_findings
from workbench.simulation.create import new_workspace
from workbench.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = {"cirebon-2024": 1, "kaltim-2024": 1}
SOUND = {"cirebon-2024": 5, "pekalongan-2024": 5, "kaltim-2024": 3, "national-2023": 1}
HEADING = ("round, condition", "rounds", "gates on HOLD", "scales widened", "items advised against", "without a box")


def one_run(cohort: str, condition: str, seed: int) -> dict[str, Any]:
    """Make a round, run the whole chain on its files, and return what a user is told."""
    with tempfile.TemporaryDirectory(prefix="workbench-told-") as folder:
        path = Path(folder) / cohort
        new_workspace(path, cohort=cohort, seed=seed, defects=CONDITIONS[condition].defects)
        started = time.perf_counter()
        ended = subprocess.run(
            [sys.executable, "-m", "workbench", "run", str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - started
        if ended.returncode not in (0, 1):
            raise SystemExit(f"{cohort}, {condition}, seed {seed}: {ended.stderr}")
        return {"exit": ended.returncode, "seconds": round(seconds), **told(Workspace(path))}


def told(workspace: Workspace) -> dict[str, Any]:
    """Return what the results of a run say: gates on HOLD, widened scales, items advised against, people withheld."""
    gates = pd.concat([pd.read_parquet(path) for path in sorted(workspace.path.glob("results/*/gates.parquet"))])
    held = gates[gates["status"] == "HOLD"]
    findings = scale_findings(workspace)
    advice = workspace.read("item_recommendations")
    boxes = workspace.read("boxes")
    withheld = boxes["withheld_reason"][boxes["withheld_reason"] != ""]
    return {
        "people": len(boxes),
        "hold": held[["gate", "scope", "sentence"]].to_dict("records"),
        "widened": {s: round(r, 3) for s, r in findings.variance_ratios.items() if r >= WORTH_SAYING},
        "doubtful": findings.doubtful,
        "items": advice.loc[advice["recommendation"] != "keep", "recommendation"].value_counts().to_dict(),
        "withheld": withheld.value_counts().to_dict(),
    }


def run(folder: Path, rounds: dict[str, int], sound: dict[str, int]) -> None:
    """Do what is not yet done, run by run."""
    first = kept_seed(folder / SEED)
    wanted = [(name, TRUE_MODEL, k) for name, number in sound.items() for k in range(number)]
    violated = [condition for condition in CONDITIONS if condition != TRUE_MODEL]
    wanted += [(name, condition, k) for name, number in rounds.items() for condition in violated for k in range(number)]
    for name, condition, k in wanted:
        path = folder / f"{name}_{condition.replace(' ', '-')}_{k}.json"
        if path.is_file():
            continue
        result = {"cohort": name, "condition": condition, "seed": first + k, **one_run(name, condition, first + k)}
        path.write_text(json.dumps(result, ensure_ascii=False, indent=1))
        print(path.stem, f"{result['seconds']} s", f"{len(result['hold'])} HOLD", file=sys.stderr, flush=True)


def summary(results: list[dict[str, Any]]) -> str:
    """Return the table, a line for each round and condition, and below it the first sentence of each gate on HOLD."""
    rows, sentences = [], []
    for cohort in dict.fromkeys((*SOUND, *ROUNDS)):
        for condition in CONDITIONS:
            here = [one for one in results if (one["cohort"], one["condition"]) == (cohort, condition)]
            if not here:
                continue
            holds = Counter(gate["gate"] for one in here for gate in one["hold"])
            items = Counter[str]()
            for one in here:
                items.update(one["items"])
            widened = [ratio for one in here for ratio in one["widened"].values()]
            people, withheld = sum(one["people"] for one in here), sum(sum(one["withheld"].values()) for one in here)
            rows.append(
                [
                    f"{cohort}, {condition}",
                    f"{len(here)}",
                    _listed(holds) or "none",
                    f"{len(widened)}, up to × {max(widened):.2f}" if widened else "none",
                    _listed(items) or "none",
                    f"{withheld / people:.1%}",
                ]
            )
            first = {gate["gate"]: gate["sentence"] for one in here for gate in reversed(one["hold"])}
            sentences += [f'- {cohort}, {condition}: "{sentence}"' for sentence in first.values()]
    return f"{table(HEADING, rows)}\n\nThe first sentence of each gate on HOLD:\n\n" + "\n".join(sentences)


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counted.items())


def main() -> None:
    """Do the runs that are missing and print what was told; with --save keep it in the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / ".benchmarks")
    parser.add_argument("--rounds", nargs="*", default=[f"{name}={number}" for name, number in ROUNDS.items()])
    parser.add_argument("--sound", nargs="*", default=[f"{name}={number}" for name, number in SOUND.items()])
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder / "told"
    run(folder, numbers(arguments.rounds), numbers(arguments.sound))
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    text = f"{describe()}; seeds from {kept_seed(folder / SEED)} on\n\n{summary(results)}"
    print(text)
    if arguments.save:
        save_section("What the user is told", text)


if __name__ == "__main__":
    main()
