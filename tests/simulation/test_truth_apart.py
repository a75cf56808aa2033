"""No stage reads the truth of simulated people, and no protected group decides: a whole run without either."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

# DIF, fairness and reliability by group are about protected groups; advice on items, and their pages, speak of DIF.
MAY_DIFFER = {
    "results/boxes/dif_people.parquet",
    "results/boxes/fairness_gaps.parquet",
    "results/boxes/fairness_impact.parquet",
    "results/items/dif.parquet",
    "results/items/gates.parquet",
    "results/items/item_cards.parquet",
    "results/items/item_recommendations.parquet",
    "results/scores/reliability_groups.parquet",
}


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return every result table without the name of its run."""
    return {
        str(path.relative_to(folder)): pd.read_parquet(path).drop(columns="run_id", errors="ignore")
        for path in sorted((folder / "results").glob("*/*.parquet"))
    }


@pytest.mark.slow
def test_a_run_without_truth_and_with_other_groups_gives_equal_tables(pekalongan, tmp_path, workbench, seed):
    other = tmp_path / "pekalongan-2024"
    left_out = shutil.ignore_patterns(
        "truth", "runs", "results", "tables", "reports", "review.sqlite*", "identities.parquet"
    )
    shutil.copytree(pekalongan, other, ignore=left_out)
    assert not (other / "truth").exists()
    groups = np.random.default_rng(seed)
    path = other / "inputs" / "protected_groups.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        head, *rows = list(csv.reader(handle))
    assert head == ["nip", "sex", "age_band", "region", "disability"]
    drawn = [
        [row[0], groups.choice(["L", "P"]), groups.choice(["< 30", ">= 50"]), groups.choice(["Jawa", "Papua"]), "true"]
        for row in rows
    ]
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([head, *drawn])
    # Rows in another order and one notebook at a time, too: nothing may hang on either.
    for answers in sorted((other / "inputs").glob("responses_*.csv")):
        first, *lines = answers.read_text(encoding="utf-8").splitlines(keepends=True)
        order = groups.permutation(len(lines))
        answers.write_text(first + "".join(lines[place] for place in order), encoding="utf-8")
    finished = workbench("run", other, "--jobs", "1")
    assert finished.returncode == 0, finished.stderr
    assert not (other / "truth").exists()
    ours, theirs = tables(pekalongan), tables(other)
    assert ours.keys() == theirs.keys()
    assert {"results/scores/scores.parquet", "results/boxes/boxes.parquet", "results/boxes/levels.parquet"} <= set(ours)
    for name in sorted(set(ours) - MAY_DIFFER):
        pd.testing.assert_frame_equal(theirs[name], ours[name], obj=f"{name}, seed {seed}")
