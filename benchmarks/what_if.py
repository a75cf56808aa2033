"""How long a changed list takes, beside placing everybody again, and whether both name the same people.

python -m benchmarks.what_if [--cohort national-2023] [--size N] [--seed N] [--policy KEY ..] [--items 3]

Rescoring the scale counts; reading answers and placing the round in the first place do not: a notebook or a screen has
done that once before the first question.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from benchmarks.machine import describe, table
from workbench.policy import list_policies, load_policy
from workbench.psychometrics import irt
from workbench.psychometrics.irt.refit import refit_item
from workbench.records.bank import load_bank
from workbench.records.scoring import score
from workbench.simulation import simulate
from workbench.simulation.memory import stored_records, stored_responses, summaries
from workbench.talent import flips, retest, standing, what_if
from workbench.talent.people import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.simulation.cohort import Cohort

BANK = "nasional-2023-demo"
SCALES = ("kemampuan_intelektual", "integritas", "kecerdasan_emosional")
T = TypeVar("T")
Answers = tuple["NDArray[np.object_]", irt.Calibration, pd.DataFrame]


def answers_of(cohort: Cohort, scales: tuple[str, ...]) -> dict[str, Answers]:
    """Return people, calibration and answers of each scale over all forms, as a workspace holds them."""
    bank = load_bank(BANK)
    items = cohort.inputs["items"]
    keys = dict(zip(cohort.inputs["keys"]["item_id"], cohort.inputs["keys"]["key"], strict=True))
    parts: dict[str, list[pd.DataFrame]] = {scale: [] for scale in scales}
    for (instrument, _form), stored in stored_responses(cohort).items():
        here = items[items["instrument"] == instrument]
        chosen = here[here["scale"].isin(scales)]
        given = [str(c) for c in stored.columns if c == "participant_id" or c in set(chosen["item_id"])]
        if len(given) == 1:
            continue
        scored = score(stored[given], here, keys, purpose="people")
        frame = pd.DataFrame(scored.categories, columns=list(scored.item_ids), index=scored.participant_id)
        for scale in chosen["scale"].unique():
            mine = [i for i in scored.item_ids if i in set(chosen.loc[chosen["scale"] == scale, "item_id"])]
            parts[str(scale)].append(frame[mine])
    result = {}
    for scale, frames in parts.items():
        whole = pd.concat(frames).fillna(-1).astype(np.int8).sort_index()
        known = bank.items(scale)
        calibration = irt.Calibration.from_items(known[known["item_id"].isin(whole.columns)])
        people = whole.index.to_numpy(object)
        result[scale] = (people, calibration, whole[list(calibration.item_ids)].reset_index(drop=True))
    return result


def timed(make: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds of the processor that something takes, and what it returns."""
    started = time.process_time()
    result = make()
    return time.process_time() - started, result


def measure(cohort: Cohort, records: dict[str, pd.DataFrame], scores: pd.DataFrame, key: str, items: int) -> None:
    """Print the table: a line a question, then single items, then retests."""
    bank, policy = load_bank(BANK), load_policy(key)
    posterior = standing.posterior(scores, bank.population)
    people = assemble(records, policy)
    place, boxes = timed(lambda: standing.place(posterior, people, policy, bank, seed=cohort.seed))
    joint, moments = timed(posterior.joint)
    placing = what_if.Placing(posterior, people, policy, bank, boxes, *moments, 200, cohort.seed)
    measured = tuple(s for part in policy.potensial if part.scales for s in policy.scales_of(part.scales))
    every = answers_of(cohort, measured)
    rows = []
    for scale in SCALES:
        names, calibration, answers = every[scale]
        for item in calibration.item_ids[:items]:
            for action in ("drop", "re-key"):
                if action == "re-key" and calibration.items.set_index("item_id").loc[item, "categories"] != 2:
                    continue

                def rescore(
                    item: str = item,
                    action: str = action,
                    scale: str = scale,
                    names: NDArray[np.object_] = names,
                    calibration: irt.Calibration = calibration,
                    answers: pd.DataFrame = answers,
                ) -> standing.Posterior:
                    given = (answers[item] >= 0).to_numpy()
                    if action == "drop":
                        changed = answers.assign(**{item: np.int8(-1)})
                    else:
                        column = answers[item].to_numpy()
                        # Another option is right: three answers in ten turn.
                        turned = (column >= 0) & (np.random.default_rng(cohort.seed).random(column.size) < 0.3)
                        changed = answers.assign(**{item: np.where(turned, 1 - column, column)})
                        calibration = refit_item(calibration, changed, item, changed[item].to_numpy())
                    found = irt.score(calibration, changed[given], "EAP")
                    return what_if.with_scale(
                        placing.posterior, scale, names[given], found["theta"].to_numpy(), found["se"].to_numpy()
                    )

                scoring, after = timed(rescore)
                listing, quick = timed(lambda after=after: what_if.changed_people(placing, after))
                again, full = timed(
                    lambda after=after: what_if.changed_list(placing.boxes, placing.again(after), policy)
                )
                missing = len(set(full["participant_id"]) ^ set(quick["participant_id"]))
                rows.append(
                    (
                        item, action, f"{len(full)}", f"{int(full['crosses'].sum())}", f"{missing}",
                        f"{scoring + listing:.2f}", f"{scoring + again:.2f}",
                    )
                )  # fmt: skip
                print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    print(f"\n{len(boxes):,} people, {key}:\n")
    print(f"placing everybody {place:.1f} s, joint means {joint:.1f} s (CPU)\n")
    head = ("item", "question", "changed", "cross", "differ from full", "CPU s", "CPU s in full")
    print(table(head, rows))
    near = boxes["participant_id"].to_numpy(object)[flips.near_the_line(boxes)]

    def without() -> dict[str, flips.ScaleWithout]:
        result = {}
        for scale, (names, calibration, answers) in every.items():
            here = answers.iloc[np.searchsorted(names, near)]
            theta, variance = irt.leave_one_out(calibration, here)
            result[scale] = flips.ScaleWithout(calibration.item_ids, theta, variance, here.to_numpy() >= 0)
        return result

    scoring, tables = timed(without)
    weighing, single = timed(lambda: flips.flip_items(placing, near, tables))
    queue = boxes.loc[(boxes["risk"] >= 0.05).fillna(False), "participant_id"].to_numpy(object)
    advising, _advice = timed(lambda: retest.advise(placing, queue))
    print(
        f"\nSingle items: {near.size} people near the line, {sum(t.answered.sum() for t in tables.values())} pairs of "
        f"person and item; without each item {scoring:.1f} s, weighed {weighing:.1f} s; "
        f"{single['participant_id'].nunique()} people hang on one item. Retest advice for {queue.size} people "
        f"{advising:.1f} s."
    )


def main() -> None:
    """Simulate a round and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", default="national-2023")
    parser.add_argument("--size", type=int, default=None)
    parser.add_argument("--seed", type=int, default=20_260_701)
    parser.add_argument("--policy", nargs="*", default=list_policies())
    parser.add_argument("--items", type=int, default=2)
    arguments = parser.parse_args()
    cohort = simulate(arguments.cohort, size=arguments.size, seed=arguments.seed)
    scores = summaries(cohort, load_bank(BANK))
    print(describe())
    for key in arguments.policy:
        measure(cohort, stored_records(cohort), scores, key, arguments.items)


if __name__ == "__main__":
    main()
