"""Largest difference of every quantity from R, over all reference files.

python -m benchmarks.references [--all]     --all prints a row for every file and model

R 4.2.2 with mirt 1.41, psych 2.2.9, eRm 1.0.2 and equate 2.0.9; ours with default settings.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.machine import describe, table
from benchmarks.reference_data import TOLERANCES, Comparison, all_comparisons

HEADING = ("quantity", "figures compared", "largest difference", "in", "tolerance")


def row(quantity: str, found: list[Comparison]) -> list[str]:
    """Return one line of the table: the worst of the comparisons of a quantity."""
    worst = max(found, key=lambda one: one.largest)
    unit = " relative" if worst.relative else ""
    place = ", ".join(filter(None, (worst.file, worst.model)))
    figures = sum(one.figures for one in found)
    return [quantity, f"{figures:,}", f"{worst.largest:.1e}{unit}", place, f"{worst.tolerance:g}{unit}"]


def main() -> int:
    """Print the table; return 1 when a difference exceeds its tolerance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    found = list(all_comparisons())
    rows = []
    for quantity in TOLERANCES:
        here = [one for one in found if one.quantity == quantity]
        rows += [row(quantity, [one]) for one in here] if arguments.all else [row(quantity, here)]
    print(f"{describe()}; figures of R over the public data sets of `tests/reference/`, which names its versions\n")
    print(table(HEADING, rows))
    beyond = [one for one in found if not one.fine]
    for one in beyond:
        print(f"beyond its tolerance: {one}", file=sys.stderr)
    return int(bool(beyond))


if __name__ == "__main__":
    sys.exit(main())
