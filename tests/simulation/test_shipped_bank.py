"""The bank that ships: made again from its script, and an estimate of the truth as good as its errors say."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.psychometrics import irt
from workbench.records.bank import ASSUMED_CUTS, Bank, load_bank
from workbench.simulation import item_bank, reference_form
from workbench.simulation.ability import correlations
from workbench.simulation.designs import load_population, scale_keys
from workbench.simulation.items import KLASTER, form_items
from workbench.talent.shared import item_error

NAME = "nasional-2023-demo"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank(NAME)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return item_bank().set_index("item_id")


def make(root: Path, folder: Path, *arguments: str) -> Path:
    command = [sys.executable, str(root / "scripts" / "make_bank.py"), "--folder", str(folder), *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False, timeout=1200)
    assert finished.returncode == 0, finished.stderr
    return folder


@pytest.mark.slow
def test_the_script_gives_equal_files_each_time(root, tmp_path):
    first, second = (make(root, tmp_path / name, "--size", "1500") for name in ("a", "b"))
    names = sorted(path.name for path in first.iterdir())
    assert names == ["bank.json", "item_parameters.csv", "level_cuts.csv", "population.csv", "reference_form.csv"]
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    assert len(load_bank(first).scales) == 33


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_shipped_bank_is_the_one_that_the_script_makes(root, tmp_path, bank):
    again = load_bank(make(root, tmp_path / NAME))
    pd.testing.assert_frame_equal(again.level_cuts, bank.level_cuts)
    pd.testing.assert_frame_equal(again.reference_form, bank.reference_form)
    # Another kind of processor adds in another order: equal to a small part of a standard error.
    numbers = [c for c in bank.item_parameters.columns if c[0] in "abd" and c != "bank_version"]
    ours, theirs = again.item_parameters, bank.item_parameters
    assert (ours[["scale", "item_id", "model"]] == theirs[["scale", "item_id", "model"]]).all(axis=None)
    error = theirs[["a_se"]].to_numpy(float)
    gap = np.abs(ours[numbers].to_numpy(float) - theirs[numbers].to_numpy(float)) / error
    assert np.nanmax(gap) < 0.1
    scales = list(bank.scales)
    assert np.abs(again.population[scales].to_numpy() - bank.population[scales].to_numpy()).max() < 0.002
    assert np.abs(again.population["mean"] - bank.population["mean"]).max() < 0.002


def test_parameters_are_estimates_of_the_truth_with_the_errors_that_they_state(bank, truth):
    items = bank.item_parameters.set_index("item_id")
    assert set(items.index) == set(truth.index)
    true = truth.loc[items.index]
    assert not items["a"].equals(true["a"])
    for column in ("a", "b", "b1", "b2", "b3"):
        known = true[column].notna()
        z = (items.loc[known, column] - true.loc[known, column]) / items.loc[known, f"{column}_se"]
        assert abs(z.mean()) < 0.3, column
        assert 0.75 < z.std() < 1.25, column


def test_forms_share_nearly_all_of_the_error_of_the_items(bank):
    """One shift serves all forms of a version (decision 22) as long as their own items do not move them apart."""
    apart, own = [], []
    for scale in bank.scales:
        items = bank.items(scale)
        errors = items[[c for c in items if c in ("b_se", "b1_se", "b2_se", "b3_se")]].to_numpy(float)
        variance = np.nanmean(errors**2, axis=1)
        mean = float(bank.population.loc[bank.population["scale"] == scale, "mean"].iloc[0])
        table = irt.information(irt.Calibration.from_items(items), [mean])
        information = table[list(items["item_id"])].to_numpy(float)[0]
        chosen = [items["item_id"].isin(form_items(form)["item_id"]).to_numpy(bool) for form in KLASTER]
        shares = [np.where(here, information, 0.0) / information[here].sum() for here in chosen]
        own += [float(np.sqrt(share**2 @ variance)) for share in shares]
        apart += [float(np.sqrt((a - b) ** 2 @ variance)) for a, b in itertools.combinations(shares, 2)]
        # The error that is drawn for everybody is that of the form on which percentages are expressed.
        assert item_error(bank, scale) == pytest.approx(own[-len(KLASTER)], rel=1e-6)
    assert max(own) < 0.02
    assert max(apart) < 0.03


def test_the_population_is_that_of_the_design_within_its_sampling_error(bank):
    scales = list(scale_keys())
    table = bank.population.set_index("scale").loc[scales]
    # 10,000 people with scores of reliability about .7.
    assert table["mean"].abs().max() < 4.5 * np.sqrt(1 / 0.7 / 10_000)
    gap = table[scales].to_numpy() - correlations(load_population())
    assert np.abs(gap).max() < 5 * np.sqrt(2) / 0.7 / np.sqrt(10_000)


def test_cuts_are_assumed_without_error_and_percentages_stand_on_one_form(bank):
    assert set(bank.level_cuts["scale"]) == set(scale_keys())
    for scale in bank.scales:
        assert tuple(bank.cuts(scale)) == ASSUMED_CUTS
        assert len(bank.items(scale, reference=True)) == (reference_form()["scale"] == scale).sum()
    assert set(bank.level_cuts["method"]) == {"assumed"}
    assert (bank.level_cuts["standard_error"] == 0).all()
    assert not bank.provisional
