"""Make the demo bank that ships with the package from a simulated national round.

Concurrent calibration of all klaster by scale, population by EM, assumed level cuts. The seed stands here, so that the
bank can be made again: `python scripts/make_bank.py` gives the same files, to the last digit on the same kind of
processor. The order in which several BLAS threads add up is not fixed, so the script runs with one.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.analysis.items import calibrate_scales
from workbench.analysis.responses import FormResponses, InstrumentResponses
from workbench.psychometrics import irt
from workbench.records.bank import SHIPPED, Bank, assumed_level_cuts, save_bank
from workbench.records.scoring import score
from workbench.simulation import reference_form, simulate
from workbench.simulation.cohort import Cohort
from workbench.simulation.memory import stored_responses
from workbench.talent import standing

VERSION = "nasional-2023-demo"
COHORT = "national-2023"
SEED = 20_231_001
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def responses_of(cohort: Cohort, stored: dict[tuple[str, str], pd.DataFrame], instrument: str) -> InstrumentResponses:
    """Return the responses of a simulated round that was never written to disk."""
    items = cohort.inputs["items"]
    items = items[items["instrument"] == instrument].sort_values(["scale", "item_id"], kind="stable")
    keys = dict(zip(cohort.inputs["keys"]["item_id"], cohort.inputs["keys"]["key"], strict=True))
    frames = {form: frame for (name, form), frame in stored.items() if name == instrument}
    everyone = np.sort(np.concatenate([frame["participant_id"].to_numpy(object) for frame in frames.values()]))
    klaster = dict(zip(cohort.truth["theta"]["participant_id"], cohort.inputs["participants"]["klaster"], strict=True))
    forms = []
    for form, frame in frames.items():
        calibration = score(frame, items, keys, purpose="calibration")
        people = score(frame, items, keys, purpose="people")
        nothing = np.zeros(len(calibration.item_ids))
        rows = np.searchsorted(everyone, frame["participant_id"].to_numpy(object))
        forms.append(
            FormResponses(
                form, calibration.item_ids, rows, calibration.categories, people.categories, {}, nothing, nothing
            )
        )
    groups = np.array([klaster[person] for person in everyone], dtype=object)
    return InstrumentResponses(instrument, everyone, groups, items.set_index("item_id"), keys, tuple(forms))


def make_bank(cohort: Cohort, version: str) -> Bank:
    """Calibrate every scale of a round and estimate the population."""
    parameters, summaries = [], []
    stored = stored_responses(cohort)
    for instrument in cohort.inputs["instruments"]["instrument"]:
        responses = responses_of(cohort, stored, instrument)
        for scale, calibration in calibrate_scales(responses, []).items():
            parameters.append(calibration.items.assign(scale=scale))
            matrix = pd.DataFrame(responses.matrix(scale, "people"), columns=list(responses.items_of(scale)))
            # Without the groups: summaries speak of a standard normal prior on the metric of the whole round.
            eap = irt.score(irt.Calibration.from_items(calibration.items), matrix, "EAP")
            summaries.append(
                pd.DataFrame(
                    {
                        "participant_id": responses.participant_id,
                        "scale": scale,
                        "eap": eap["theta"],
                        "eap_se": eap["se"],
                    }
                )
            )
    items = pd.concat(parameters, ignore_index=True)
    items = items[["scale", *[c for c in items.columns if c != "scale"]]]
    population = standing.estimate_population(pd.concat(summaries, ignore_index=True))
    cuts = assumed_level_cuts(tuple(population["scale"]), version)
    return Bank(version, False, items, cuts, reference_form(), population)


def main() -> int:
    """Make the bank and write it where the package finds it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=None, help="people; the real size of the round by default")
    parser.add_argument("--folder", type=Path, default=SHIPPED / VERSION)
    arguments = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        # BLAS reads these when NumPy is imported, which has happened by now: start again.
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **dict.fromkeys(ONE_THREAD, "1")})
    started = time.perf_counter()
    bank = make_bank(simulate(COHORT, size=arguments.size, seed=SEED), VERSION)
    save_bank(bank, arguments.folder)
    print(f"{len(bank.item_parameters)} items, {len(bank.scales)} scales in {time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
