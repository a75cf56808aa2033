"""All benchmarks, one after another, each in a process of its own: `make bench`.

python -m benchmarks [--save]     --save puts what was printed into docs/benchmarks.md, a section a part

Each part prints a table of its own and can be run alone: `python -m benchmarks.calibration`, `.growth`, and so on.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.page import save_section

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    ("Calibration", "benchmarks.calibration", ()),
    ("Growth", "benchmarks.growth", ()),
    ("Scores and DIF", "benchmarks.scores_and_dif", ()),
    ("Agreement with R", "benchmarks.references", ()),
    ("The whole chain", "benchmarks.chain", ()),
    ("What-if", "benchmarks.what_if", ()),
    ("The talent explorer", "benchmarks.explorer", ()),
    ("Honesty of stated probabilities", "benchmarks.honesty", ("--rounds", "1")),
)


def run(module: str, arguments: tuple[str, ...]) -> tuple[bool, str]:
    """Run one benchmark and print what it prints; return whether it ended well, and its words."""
    words = ""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            print(line, end="", flush=True)
            words += line
    return running.returncode == 0, words


def main() -> int:
    """Run every benchmark; return 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    started, failed = time.perf_counter(), []
    print(describe(), flush=True)
    for title, module, options in PARTS:
        print(f"\n### {title}\n", flush=True)
        # Growth has a picture too, so that it keeps its own section.
        own = arguments.save and module == "benchmarks.growth"
        fine, words = run(module, (*options, "--save") if own else options)
        if not fine:
            failed.append(module)
        elif arguments.save and not own:
            save_section(title, words)
    print(f"\n{time.perf_counter() - started:.0f} s in all")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
