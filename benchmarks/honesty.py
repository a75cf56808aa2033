"""Are the stated probabilities true? Simulated rounds with known truth, both policies, seeds drawn at run time.

python -m benchmarks.honesty [--cohort national-2023] [--size N] [--rounds 6] [--seed N]

Everything goes through the bank that ships with the package: its estimated item parameters and population, never the
true ones. Each round is placed jointly and, to see that the measures can fail, scale by scale.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time

import pandas as pd

from benchmarks.machine import describe, table
from workbench.policy import list_policies, load_policy
from workbench.records.bank import load_bank
from workbench.simulation import simulate
from workbench.simulation.memory import honesty, summaries
from workbench.talent.honesty import Honesty, calibration_line, measure

BANK = "nasional-2023-demo"
HEADINGS = (
    "n", "ECE", "noise", "slope", "intercept", "mean risk", "wrong", "95 % interval", "in riskiest 17 %", "fails"
)  # fmt: skip


def row(measured: Honesty) -> tuple[str, ...]:
    """Return one line of the table."""
    return (
        f"{measured.n}",
        f"{measured.ece:.4f}",
        f"{measured.ece_noise:.4f}",
        f"{measured.slope_low:.3f} .. {measured.slope_high:.3f}",
        f"{measured.intercept_low:+.3f} .. {measured.intercept_high:+.3f}",
        f"{measured.mean_risk:.4f}",
        f"{measured.error_rate:.4f}",
        f"{measured.error_low:.4f} .. {measured.error_high:.4f}",
        f"{measured.contained:.3f}",
        ", ".join(measured.problems()) or "-",
    )


def main() -> None:
    """Print a table: a line a round, policy and way of scoring; then all rounds together. Progress goes to stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohort", default="national-2023")
    parser.add_argument("--size", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    bank = load_bank(BANK)
    together: dict[tuple[str, bool], list[pd.DataFrame]] = {}
    rows: list[list[str]] = []

    def take(seed: str, key: str, separate: bool, measured: Honesty, seconds: str) -> None:
        rows.append([seed, key, "scale by scale" if separate else "joint", *row(measured), seconds])
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)

    for number in range(arguments.rounds):
        seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed + number
        cohort = simulate(arguments.cohort, size=arguments.size, seed=seed)
        scores = summaries(cohort, bank)
        for key in list_policies():
            for separate in (False, True):
                started = time.process_time()
                measured, placed = honesty(cohort, load_policy(key), bank, scores, separate=separate)
                together.setdefault((key, separate), []).append(placed)
                take(f"{seed}", key, separate, measured, f"{time.process_time() - started:.1f}")
    lines = []
    for (key, separate), frames in together.items():
        placed = pd.concat(frames, ignore_index=True)
        p, true = placed["p_pool"].to_numpy(float), placed["truly_in_pool"].to_numpy(bool)
        if arguments.rounds > 1:
            stated = placed["box"].isin(load_policy(key).boxes.pool).to_numpy(bool)
            take("all", key, separate, measure(p, stated, true), "")
        if not separate:
            line = calibration_line(p, true).set_index("term")["estimate"]
            shares = placed["box"].value_counts(normalize=True).sort_index()
            lines.append(
                f"{key}, joint: slope {line['slope']:.3f}, intercept {line['intercept']:+.3f}; boxes "
                + ", ".join(f"{box}: {share:.1%}" for box, share in shares.items())
            )
    print(f"{arguments.cohort}; {describe()}\n")
    print(table(("seed", "policy", "scoring", *HEADINGS, "CPU s to place"), rows))
    print("\n" + "\n\n".join(lines))


if __name__ == "__main__":
    main()
