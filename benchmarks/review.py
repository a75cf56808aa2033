"""Whether the findings about the review recover what is known of simulated assessors, and their intervals cover it.

python -m benchmarks.review [--rounds 200] [--seed N] [--save]     the seed is drawn from the system and printed

Each round draws a queue of its own and the votes of eight assessors, two votes a case. Truth of the difference by
anchoring is taken from a queue a hundred times as long.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.page import save_section
from workbench.analysis.review_anchoring import anchoring
from workbench.analysis.review_data import Rules
from workbench.analysis.review_known import of_sides
from workbench.analysis.review_severity import drift, moves, severity
from workbench.analysis.review_value import net_corrected
from workbench.psychometrics.intervals import exact, numbers_of_events
from workbench.simulation.assessors import GRID, POOL, Assessor, draw_cases, draw_votes

RULES = Rules(
    frozenset(POOL), {box: column + 2 - row for row, line in enumerate(GRID) for column, box in enumerate(line)}
)
CASES = 400
PEOPLE = 8
Rows = list[tuple[float, float, float, float]]  # true, estimate, low, high


def team(rng: np.random.Generator, *, spread: float = 0.0, drifting: float = 0.0, **same: float) -> list[Assessor]:
    """Return assessors of whom severity and drift are drawn, and everything else is the same."""
    level, slope = (np.clip(rng.normal(0, sd, PEOPLE), -0.45, 0.45) for sd in (spread, drifting))
    return [Assessor(f"A{k}", severity=level[k], drift=slope[k], **same) for k in range(PEOPLE)]


def by_anchoring(rng: np.random.Generator, strength: float) -> Rows:
    people = team(rng, anchoring=strength)
    long = draw_votes(draw_cases(100 * CASES, rng, hidden=0.5), people, rng)
    equal = (long["box"] == long["stated"]).groupby(long["hidden"]).mean()
    found = anchoring(draw_votes(draw_cases(CASES, rng), people, rng))
    return [(equal[False] - equal[True], found.value, found.low, found.high)]


def by_rater(rng: np.random.Generator, measure: str, spread: float) -> Rows:
    people = team(rng, **{"severity": {"spread": spread}, "drift": {"drifting": spread}}[measure])
    frame = moves(draw_votes(draw_cases(CASES, rng), people, rng), RULES)
    names, found = {"severity": severity, "drift": drift}[measure](frame)
    mean = float(np.mean([getattr(person, measure) for person in people]))
    truth = {person.name: getattr(person, measure) - mean for person in people}
    return list(zip([truth[n] for n in names], found.value, found.low, found.high, strict=True))


def by_corrections(rng: np.random.Generator, share: str, known: float) -> Rows:
    person = Assessor("A", corrects=0.6, spoils=0.1)
    cases = draw_cases(CASES, rng, known=known)
    votes = draw_votes(cases[cases["known"]], [person], rng, votes_each=1, unrest=0.0)
    found = of_sides(votes, RULES)
    if share == "net":
        if not found.wrong or not found.right:
            return []
        risk = cases["risk"].to_numpy()
        net, low, high = net_corrected(risk, found)
        return [(float((risk * 0.6 - (1 - risk) * 0.1).sum()), net[-1], low[-1], high[-1])]
    k, n, truth = (found.corrected, found.wrong, 0.6) if share == "s" else (found.spoiled, found.right, 0.1)
    return [(truth, k / n, *exact(k, n))] if n else []


def by_contained(rng: np.random.Generator) -> Rows:
    cases = draw_cases(CASES, rng)
    mean, low, high = numbers_of_events(cases["risk"].to_numpy())
    wrong = np.cumsum(cases["true_pool"].to_numpy(bool) != cases["stated"].isin(POOL).to_numpy())
    return [(float(wrong[at]), mean[at], low[at], high[at]) for at in (9, 49, CASES - 1)]


SCENES: dict[str, Callable[[np.random.Generator], Rows]] = {
    "anchoring, none": lambda rng: by_anchoring(rng, 0.0),
    "anchoring, .3 of votes": lambda rng: by_anchoring(rng, 0.3),
    "anchoring, .8 of votes": lambda rng: by_anchoring(rng, 0.8),
    "severity, nobody differs": lambda rng: by_rater(rng, "severity", 0.0),
    "severity, SD .15 steps": lambda rng: by_rater(rng, "severity", 0.15),
    "drift, nobody drifts": lambda rng: by_rater(rng, "drift", 0.0),
    "drift, SD .25 steps": lambda rng: by_rater(rng, "drift", 0.25),
    "s = .6 (40 known cases)": lambda rng: by_corrections(rng, "s", 0.1),
    "f = .1 (40 known cases)": lambda rng: by_corrections(rng, "f", 0.1),
    "net corrected (40 known cases)": lambda rng: by_corrections(rng, "net", 0.1),
    "errors among the first cases": by_contained,
}


def measure(scene: str, rounds: int, seed: int) -> dict[str, float]:
    """Return how often the intervals cover the truth over rounds, and how far the estimates are from it."""
    rows: Rows = []
    for number in range(rounds):
        rows += SCENES[scene](np.random.default_rng([seed, list(SCENES).index(scene), number]))
    truth, value, low, high = np.array(rows, dtype=float).T
    differs = scene.startswith(
        ("severity, SD", "drift, SD")
    )  # elsewhere the truth is the same in all rounds, or chance
    slope = float(np.polyfit(truth, value, 1)[0]) if differs else float("nan")
    return {
        "n": len(rows),
        "covered": float(((low <= truth) & (truth <= high)).mean()),
        "error": float(np.sqrt(((value - truth) ** 2).mean())),
        "bias": float((value - truth).mean()),
        "width": float((high - low).mean()),
        "zero": float(((low > 0) | (high < 0)).mean()),
        "slope": slope,
    }


def line(scene: str, found: dict[str, float]) -> str:
    """Return the row of the table; whether an interval leaves out zero is a question only where zero is no effect."""
    of_effect = scene.startswith(("anchoring", "severity", "drift"))
    zero = f"{found['zero']:.1%}" if of_effect else "–"
    slope = "–" if pd.isna(found["slope"]) else f"{found['slope']:.2f}"
    return (
        f"| {scene} | {found['n']:.0f} | {found['covered']:.1%} | {found['error']:.3f} | {found['bias']:+.3f} | "
        f"{found['width']:.3f} | {zero} | {slope} |"
    )


NOTE = """
Error is the root of the mean square, the slope that of estimates on the truth, which is below 1 because estimates are
pulled towards zero. Anchoring is a difference of shares, severity and drift are steps of the grid against the mean of
the assessors, net corrected and errors are numbers of cases."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--save", action="store_true", help="put the table into docs/benchmarks.md")
    chosen = parser.parse_args()
    lines = [
        f"{CASES} cases, {PEOPLE} assessors, two votes a case, {chosen.rounds} rounds each, seed {chosen.seed}.\n",
        "| what is known | intervals | hold the truth | error | bias | mean width | leave out 0 | slope |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    print("\n".join(lines))
    for scene in SCENES:
        lines.append(line(scene, measure(scene, chosen.rounds, chosen.seed)))
        print(lines[-1], flush=True)
    print(NOTE)
    if chosen.save:
        save_section("The review, measured", "\n".join([*lines, NOTE]))


if __name__ == "__main__":
    main()
