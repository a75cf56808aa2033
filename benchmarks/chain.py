"""The chain from files to boxes for a national round, and from files to reports for a province.

python -m benchmarks.chain [--size N]     N people in each round instead of 60,000 and 18,000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.machine import Measured, describe, measured, table

WORKBENCH = [sys.executable, "-m", "workbench"]
HEADING = ("job", "people", "items a person", "reports", "seconds", "peak memory, GB", "to reach")
# Cohort, stages (none: all of them), what they are, what is to be reached.
JOBS = (
    ("national-2023", ("items", "scores", "boxes"), "files to boxes", "5 min, 6 GB"),
    ("kaltim-2024", (), "files to reports", "4 min"),
)


def run(folder: Path, cohort: str, stages: tuple[str, ...], size: int | None) -> tuple[Measured, list[str]]:
    """Simulate a round, run the chain on its files, and return what that took and how large the round was."""
    workspace = folder / cohort
    measured([*WORKBENCH, "new", workspace, "--cohort", cohort, *(["--size", str(size)] if size else [])])
    chosen = [word for stage in stages for word in ("--stage", stage)]
    taken = measured([*WORKBENCH, "run", workspace, *chosen])
    people = len(pd.read_parquet(workspace / "tables" / "participants.parquet", columns=["participant_id"]))
    forms = pd.read_parquet(workspace / "tables" / "forms.parquet").groupby(["instrument", "form"]).size()
    items = int(forms.groupby("instrument").max().sum())
    reports = len(list(workspace.glob("reports/*/report.html")))
    return taken, [f"{people:,}", f"{items:,}", f"{reports}"]


def main() -> None:
    """Print one table; the rounds are simulated first, outside the measured time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=None)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as folder:
        for cohort, stages, what, reach in JOBS:
            taken, numbers = run(Path(folder), cohort, stages, arguments.size)
            rows.append([f"{cohort}: {what}", *numbers, f"{taken.seconds:.0f}", f"{taken.peak:.1f}", reach])
    print(f"{describe()}\n")
    print(table(HEADING, rows))


if __name__ == "__main__":
    main()
