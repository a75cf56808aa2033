"""What the stated probabilities are worth when the model is true, and when one of its assumptions is not.

python -m benchmarks.conditions [--folder .benchmarks] [--rounds cirebon-2024=20 kaltim-2024=5 ..] [--save]

Simulated rounds with known truth, both policies, everything scored with the shipped bank. Each condition but the first
violates one assumption. Beside our placement stand the ways in use today: points against cut points, a list of all
within one standard error of a cut, and probabilities from scales scored one by one. What is done is kept in
FOLDER/conditions/, so that a run that was stopped goes on where it was; its seed comes from the system and is kept
there too.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.kept import kept_seed, numbers
from benchmarks.machine import blas_threads, describe, table
from benchmarks.page import panels, save_picture, save_section
from workbench.policy import Policy, list_policies, load_policy
from workbench.records.bank import Bank, load_bank
from workbench.simulation import Defects, simulate
from workbench.simulation.cohort import Cohort
from workbench.simulation.memory import stored_records, summaries
from workbench.simulation.standing import true_standing
from workbench.talent import honesty, levels, standing
from workbench.talent.axes import Rule
from workbench.talent.people import assemble

ROOT = Path(__file__).resolve().parent.parent
BANK = "nasional-2023-demo"
ROUNDS = {"cirebon-2024": 20, "pekalongan-2024": 20, "kaltim-2024": 5, "national-2023": 1}
# The national round is so large that the true model, where the smallest faults show, gets three.
TRUE_NATIONAL = 3
ERRORS_TO_HOLD = 0.8
SEED = "seed.txt"


@dataclass(frozen=True)
class Condition:
    """How a round departs from the model."""

    defects: Defects = field(default_factory=Defects)
    true_kinerja: bool = False


TRUE_MODEL = "true model"
CONDITIONS = {
    TRUE_MODEL: Condition(),
    "testlets": Condition(Defects(testlets=33, testlet_sd=0.6)),
    "3PL truth": Condition(Defects(guessing=0.2)),
    "skewed ability": Condition(Defects(ability_skewness=1.0)),
    "DIF": Condition(Defects(dif_items=60, dif_size=0.7)),
    "other population": Condition(Defects(ability_shift=-0.5, ability_spread=0.8)),
    "misrecorded kinerja": Condition(true_kinerja=True),
}


@dataclass(frozen=True)
class Truth:
    """What is true of the people of a round, in the order of their boxes."""

    box: np.ndarray
    in_pool: np.ndarray
    category: np.ndarray
    level: dict[str, np.ndarray]


def true_records(cohort: Cohort, condition: Condition) -> dict[str, pd.DataFrame]:
    """Return the records that the truth rests on: as recorded, or with kinerja as it truly was."""
    records = stored_records(cohort)
    if condition.true_kinerja:
        true = cohort.truth["performance"].set_index("participant_id")
        recorded = records["performance"]
        latest = recorded["year"] == recorded.groupby("participant_id")["year"].transform("max")
        changed = recorded.copy()
        for column in ("predicate", "hasil_kerja", "rating"):
            if column in changed and column in true:
                known = true[column].reindex(changed["participant_id"]).to_numpy()
                here = latest.to_numpy() & changed[column].notna().to_numpy()
                changed.loc[here, column] = known[here]
        records["performance"] = changed
    return records


def truth_of(cohort: Cohort, condition: Condition, policy: Policy, bank: Bank, boxes: pd.DataFrame) -> Truth:
    """Return what is true of those who were placed."""
    records = true_records(cohort, condition)
    standing_of = true_standing(cohort.truth["theta"], records, policy).set_index("participant_id")
    standing_of = standing_of.reindex(boxes["participant_id"])
    theta = cohort.truth["theta"].set_index("participant_id").reindex(boxes["participant_id"])
    people = assemble(records, policy).set_index("participant_id").reindex(boxes["participant_id"])
    scales = policy.scales_of(policy.competency_instrument)
    level = {scale: levels.level_of(theta[scale].to_numpy(float), bank.cuts(scale)) for scale in scales}
    required = [people[f"required_{scale}"].to_numpy(int) for scale in scales]
    jpm = levels.jpm(list(level.values()), required, policy.jpm.capping)
    return Truth(
        standing_of["box"].to_numpy(int),
        standing_of["in_pool"].to_numpy(bool),
        levels.category_of(jpm, policy.categories),
        level,
    )


def probabilities(boxes: pd.DataFrame, table_of_levels: pd.DataFrame, policy: Policy, truth: Truth) -> pd.DataFrame:
    """Return how calibrated and how sharp the nine boxes, the pool, the categories and the levels are."""
    names = [category.key for category in policy.categories.categories]
    parts = {
        "pool": (_two(boxes["p_pool"].to_numpy(float)), truth.in_pool.astype(int)),
        "nine boxes": (boxes[[f"p_box_{b}" for b in range(1, 10)]].to_numpy(float), truth.box - 1),
        "category": (boxes[[f"p_category_{name}" for name in names]].to_numpy(float), truth.category),
    }
    by_scale = []
    place = pd.Series(np.arange(len(boxes)), index=boxes["participant_id"])
    for scale, true in truth.level.items():
        rows = table_of_levels[table_of_levels["competency"] == scale]
        where = place.reindex(rows["participant_id"])
        rows, where = rows[where.notna().to_numpy()], where.dropna().astype(int).to_numpy()
        by_scale.append((rows[[f"p_level_{k}" for k in range(1, 6)]].to_numpy(float), true[where] - 1))
    parts["level"] = (np.concatenate([p for p, _t in by_scale]), np.concatenate([t for _p, t in by_scale]))
    return pd.DataFrame([{"of": of, **vars(honesty.score_classes(p, true))} for of, (p, true) in parts.items()])


def _two(p: np.ndarray) -> np.ndarray:
    return np.stack([1 - p, p], axis=1)


def today(
    cohort: Cohort, policy: Policy, bank: Bank, posterior: standing.Posterior, boxes: pd.DataFrame, truth: Truth
) -> pd.DataFrame:
    """Return decisions and review lists of the ways in use today beside ours, on the same people.

    Points are the rule at the score of each scale that borrows nothing from a prior, so that no order of review comes
    with them but the distance to the nearest cut.
    """
    people = assemble(stored_records(cohort), policy)
    people = people.set_index("participant_id").loc[boxes["participant_id"]].reset_index()
    everyone = posterior.of(people["participant_id"].to_numpy(object))
    rule = Rule(policy, bank, people, {s: everyone.taken[:, j] for j, s in enumerate(everyone.scales)})
    apart = standing.place(posterior.scale_by_scale(), people, policy, bank, seed=cohort.seed, shared_errors=False)
    own, _sd = everyone.own()
    ways = {}
    for name, values in (("points and cuts", everyone.location), ("scale-by-scale EAPs and cuts", own)):
        theta = {s: values[:, everyone.scales.index(s)] for s in rule.scales}
        box, points, _kinerja = rule.place(theta, rule.levels(theta), slice(0, len(people)))
        inside = np.isin(box, policy.boxes.pool)
        nearest = np.min([np.abs(points - cut) for cut in policy.cuts.potensial], axis=0)
        ways[name] = (inside, -nearest / apart["potensial_sd"].to_numpy(float))
    stated = {"scale by scale, by probability": apart, "ours, one joint posterior": boxes}
    for name, frame in stated.items():
        ways[name] = (np.isin(frame["box"], policy.boxes.pool), frame["risk"].to_numpy(float))
    rows = []
    for name, (inside, order) in ways.items():
        wrong = inside != truth.in_pool
        listed = float((order >= -1).mean()) if "cuts" in name else np.nan
        held = float(wrong[order >= -1].sum() / max(wrong.sum(), 1)) if "cuts" in name else np.nan
        rows.append(
            {
                "way": name,
                "n": wrong.size,
                "wrong": int(wrong.sum()),
                "list": honesty.list_to_hold(order, wrong, ERRORS_TO_HOLD) * wrong.size,
                "within_one_sem": listed * wrong.size,
                "held_by_one_sem": held * wrong.sum(),
            }
        )
    return pd.DataFrame(rows)


def one_round(name: str, condition: str, seed: int, bank: Bank) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return measures of probabilities, the ways of today, and p_pool with the outcome of everybody, both policies."""
    wanted = CONDITIONS[condition]
    cohort = simulate(name, seed=seed, defects=wanted.defects)
    posterior = standing.posterior(summaries(cohort, bank), bank.population)
    measured, ways, everybody = [], [], []
    for key in list_policies():
        policy = load_policy(key)
        people = assemble(stored_records(cohort), policy)
        boxes = standing.place(posterior, people, policy, bank, seed=seed, shared_errors=False)
        boxes = boxes[boxes["withheld_reason"] == ""].reset_index(drop=True)
        truth = truth_of(cohort, wanted, policy, bank, boxes)
        of_levels = levels.place_levels(posterior, people, bank, policy.scales_of(policy.competency_instrument))
        who = {"cohort": name, "condition": condition, "seed": seed, "policy": key}
        measured.append(probabilities(boxes, of_levels, policy, truth).assign(**who))
        ways.append(today(cohort, policy, bank, posterior, boxes, truth).assign(**who))
        p, stated = boxes["p_pool"].to_numpy(float), boxes["box"].isin(policy.boxes.pool).to_numpy(bool)
        everybody.append(pd.DataFrame({"p": p, "stated": stated, "true": truth.in_pool}).assign(**who))
    return pd.concat(measured), pd.concat(ways), pd.concat(everybody)


def run(folder: Path, rounds: dict[str, int]) -> None:
    """Do what is not yet done, round by round."""
    first, bank = kept_seed(folder / SEED), load_bank(BANK)
    for name, number in rounds.items():
        for condition in CONDITIONS:
            more = name == "national-2023" and condition == TRUE_MODEL
            for k in range(max(number, TRUE_NATIONAL) if more else number):
                stem = f"{name}_{condition.replace(' ', '-')}_{k}"
                if (folder / f"{stem}_people.parquet").is_file():
                    continue
                print(stem, file=sys.stderr, flush=True)
                measured, ways, everybody = one_round(name, condition, first + k, bank)
                measured.to_parquet(folder / f"{stem}_measured.parquet")
                ways.to_parquet(folder / f"{stem}_ways.parquet")
                everybody.to_parquet(folder / f"{stem}_people.parquet")


def read(folder: Path, what: str) -> pd.DataFrame:
    """Return all rounds that are done."""
    return pd.concat([pd.read_parquet(path) for path in sorted(folder.glob(f"*_{what}.parquet"))], ignore_index=True)


def pool_table(people: pd.DataFrame) -> str:
    """Return the pool decision: calibration of all rounds of a condition together, errors against stated risk."""
    rows = []
    for (name, key, condition), part in _in_order(people):
        found = honesty.measure(part["p"].to_numpy(), part["stated"].to_numpy(), part["true"].to_numpy())
        line = honesty.calibration_line(part["p"].to_numpy(), part["true"].to_numpy()).set_index("term")["estimate"]
        rows.append(
            [
                f"{name}, {key}, {condition}",
                f"{part['seed'].nunique()}",
                f"{found.n:,}",
                f"{found.ece:.4f}",
                f"{found.ece_noise:.4f}",
                f"{line['slope']:.2f}",
                f"{line['intercept']:+.2f}",
                f"{found.mean_risk:.4f}",
                f"{found.error_rate:.4f}",
                f"{found.contained:.2f}",
                ", ".join(found.problems()) or "-",
            ]
        )
    heading = ("round, policy, condition", "rounds", "people", "ECE", "noise", "slope", "intercept", "stated risk")
    return table((*heading, "wrong", "in riskiest 17 %", "fails"), rows)


def class_table(measured: pd.DataFrame) -> str:
    """Return calibration and sharpness of all four kinds of probability, means over rounds."""
    rows = []
    for (name, key, condition), part in _in_order(measured):
        cells = [f"{name}, {key}, {condition}"]
        for of in ("pool", "nine boxes", "category", "level"):
            means = part[part["of"] == of][["ece", "noise", "log_score", "brier"]].mean()
            cells += [
                f"{means['ece']:.4f} ({means['noise']:.4f})",
                f"{means['log_score']:.3f}",
                f"{means['brier']:.3f}",
            ]
        rows.append(cells)
    heading = [
        f"{of}: {what}" for of in ("pool", "box", "category", "level") for what in ("ECE (noise)", "log", "Brier")
    ]
    return table(("round, policy, condition", *heading), rows)


def today_table(ways: pd.DataFrame) -> str:
    """Return wrong decisions and review lists of each way, under the true model."""
    rows = []
    for (name, key, _condition), part in _in_order(ways[ways["condition"] == TRUE_MODEL]):
        for way, here in part.groupby("way", sort=False):
            total = here[["n", "wrong", "list", "within_one_sem", "held_by_one_sem"]].sum(min_count=1)
            rows.append(
                [
                    f"{name}, {key}: {way}",
                    f"{total['wrong'] / total['n']:.2%}",
                    f"{total['list'] / total['n']:.1%}",
                    f"{total['within_one_sem'] / total['n']:.1%}" if "cuts" in str(way) else "",
                    f"{total['held_by_one_sem'] / total['wrong']:.1%}" if "cuts" in str(way) else "",
                ]
            )
    return table(
        ("round, policy: way", "wrong pool decisions", "list for 80 % of them", "within one SEM", "errors in it"), rows
    )


def _in_order(frame: pd.DataFrame) -> list[tuple[tuple[str, str, str], pd.DataFrame]]:
    order = {condition: place for place, condition in enumerate(CONDITIONS)}
    groups = list(frame.groupby(["cohort", "policy", "condition"]))
    return sorted(groups, key=lambda one: (list(ROUNDS).index(one[0][0]), one[0][1], order[one[0][2]]))


def picture(people: pd.DataFrame) -> None:
    """Save stated against observed share of the pool, a panel a condition, a line a policy, all rounds together."""
    figure, axes = panels(len(CONDITIONS), 15, 2.6)
    for panel, condition in zip(axes, CONDITIONS, strict=True):
        panel.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
        for key, style in zip(list_policies(), ("-o", "--s"), strict=True):
            part = people[(people["condition"] == condition) & (people["policy"] == key)]
            shown = honesty.reliability_table(part["p"].to_numpy(), part["true"].to_numpy())
            panel.plot(
                shown["stated"], shown["observed"], style, color="black", markersize=2.5, linewidth=0.8, label=key
            )
        panel.set(title=condition, xlabel="stated", xlim=(0, 1), ylim=(0, 1), aspect="equal")
        panel.title.set_fontsize(8)
    axes[0].set_ylabel("observed")
    axes[0].legend(fontsize=5)
    save_picture(figure, "conditions.svg")


def main() -> None:
    """Do the rounds that are missing, print the tables; with --save keep them and the picture in the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / ".benchmarks")
    parser.add_argument("--rounds", nargs="*", default=[f"{name}={number}" for name, number in ROUNDS.items()])
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    blas_threads(1)
    folder = arguments.folder / "conditions"
    run(folder, numbers(arguments.rounds))
    people, measured, ways = (read(folder, what) for what in ("people", "measured", "ways"))
    text = (
        f"{describe()}; seeds from {kept_seed(folder / SEED)} on\n\n"
        f"The pool decision, all rounds of a condition together:\n\n{pool_table(people)}\n\n"
        f"All four kinds of probability, mean of the rounds:\n\n{class_table(measured)}\n\n"
        f"Beside the ways in use today, the true model:\n\n{today_table(ways)}"
    )
    print(text)
    if arguments.save:
        picture(people)
        words = "Stated and observed share in the pool under each condition, both policies"
        save_section("Honesty under violated assumptions", f"{text}\n\n![{words}](images/conditions.svg)")


if __name__ == "__main__":
    main()
