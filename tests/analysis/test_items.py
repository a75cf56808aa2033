"""Item analysis of whole rounds against their truth, and of rounds too small for most of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.analysis import items
from workbench.analysis.responses import read_instrument
from workbench.psychometrics import irt


@pytest.fixture(scope="module")
def several_klaster(taken_in):
    """Five forms in seven instansi."""
    workspace = taken_in("kaltim-2024", 2500)
    responses = read_instrument(workspace, "literasi-digital")
    return workspace, responses, items.analyse(workspace, responses)


def test_statistics_of_every_item_and_form(several_klaster) -> None:
    _workspace, responses, result = several_klaster
    pairs = {(form.form, item) for form in responses.forms for item in form.item_ids}
    assert set(zip(result.statistics["form"], result.statistics["item_id"], strict=True)) == pairs
    assert len(result.statistics) == len(pairs)
    numbers = ["difficulty", "item_rest"]
    for name in numbers:
        assert (result.statistics[f"{name}_low"] < result.statistics[name]).all()
        assert (result.statistics[name] < result.statistics[f"{name}_high"]).all()
    row = result.statistics.iloc[0]
    form = next(form for form in responses.forms if form.form == row["form"])
    own = responses.items.index[responses.items["scale"] == row["scale"]]
    columns = [j for j, item in enumerate(form.item_ids) if item in set(own)]
    answers = form.people[:, columns].astype(float)
    item = [form.item_ids[j] for j in columns].index(row["item_id"])
    rest = answers.sum(axis=1) - answers[:, item]
    assert row["difficulty"] == pytest.approx(answers[:, item].mean())
    assert row["item_rest"] == pytest.approx(np.corrcoef(answers[:, item], rest)[0, 1])
    assert row["n"] == len(answers)


def test_options_leave_out_what_is_no_option(several_klaster) -> None:
    _workspace, responses, result = several_klaster
    allowed = {item: set(options.split("|")) for item, options in responses.items["options"].items()}
    for row in result.options.itertuples():
        assert row.option in allowed[row.item_id]
    shares = result.options.groupby(["form", "item_id"])["share"].sum()
    omitted = result.statistics.set_index(["form", "item_id"])[["omitted", "not_reached"]].sum(axis=1)
    np.testing.assert_allclose(shares + omitted.loc[shares.index], 1, atol=1e-12)


def test_calibration_of_several_forms_is_on_the_metric_of_the_round(several_klaster) -> None:
    """Truth of the bank, moved to mean 0 and variance 1 of the people who sat: within 4.5 standard errors."""
    workspace, responses, result = several_klaster
    truth = pd.read_parquet(workspace.path / "truth" / "items.parquet").set_index("item_id")
    theta = pd.read_parquet(workspace.path / "truth" / "theta.parquet").set_index("participant_id")
    z = []
    for scale, calibration in result.calibrations.items():
        ability = theta.loc[responses.participant_id, scale]
        mean, sd = ability.mean(), ability.std()
        own = calibration.items.set_index("item_id")
        b = (truth.loc[own.index, "b"] - mean) / sd
        z.append((own["a"] - truth.loc[own.index, "a"] * sd) / own["a_se"])
        z.append((own["b"] - b) / own["b_se"])
        share = pd.Series(responses.groups).value_counts(normalize=True)
        groups = calibration.groups.set_index("group")
        assert (share * groups["mean"]).sum() == pytest.approx(0, abs=1e-9)
        assert (share * (groups["sd"] ** 2 + groups["mean"] ** 2)).sum() == pytest.approx(1, abs=1e-9)
    z = pd.concat(z)
    assert len(z) == 2 * responses.items.index.size
    # Errors of the metric itself are common to all items and not in their standard errors.
    assert z.abs().quantile(0.95) < 3.2, workspace.settings.seed
    assert z.abs().max() < 6.5, workspace.settings.seed


def test_moving_the_metric_moves_no_curve() -> None:
    """The same people score the same chances before and after."""
    calibration = irt.Calibration.from_items(pd.DataFrame({"item_id": ["A", "B"], "a": [1.3, 0.8], "b": [0.4, -1.0]}))
    groups = pd.DataFrame({"group": ["K1", "K2"], "mean": [0.0, 1.0], "sd": [1.0, 0.5]})
    two = irt.Calibration(calibration.items, groups)
    moved = items.on_round_metric(two, np.array(["K1"] * 30 + ["K2"] * 10, dtype=object))
    mean = 0.25
    sd = np.sqrt(0.75 * (1 + 0.25**2) + 0.25 * (0.25 + 0.75**2))
    theta = np.linspace(-2, 2, 9)
    np.testing.assert_allclose(
        irt.expected_score(moved, (theta - mean) / sd), irt.expected_score(calibration, theta), atol=1e-12
    )
    np.testing.assert_allclose(moved.items["b"], (calibration.items["b"] - mean) / sd)


def test_what_a_round_lacks_is_said(taken_in) -> None:
    workspace = taken_in("cirebon-2024")
    result = items.analyse(workspace, read_instrument(workspace, "mansoskul"))
    assert set(result.dif["method"]) == {"mantel"}
    assert result.options.empty
    assert any("disabilitas" in sentence and "< 200" in sentence for sentence in result.not_computed)
    gate = result.gates[result.gates["gate"] == "kunci"].iloc[0]
    assert gate["status"] == "PASS"
    assert "tidak dinilai" in gate["sentence"]


@pytest.mark.parametrize(
    ("cohort", "size", "instrument"),
    [
        ("pekalongan-2024", 12, "literasi-digital"),
        ("pekalongan-2024", 60, "potensi"),
        ("kaltim-2024", 12, "mansoskul"),
    ],
)
def test_small_rounds_say_what_is_not_computed(cohort: str, size: int, instrument: str, taken_in) -> None:
    workspace = taken_in(cohort, size)
    result = items.analyse(workspace, read_instrument(workspace, instrument))
    assert result.calibrations == {}
    assert result.parameters.empty
    assert result.proposals.empty
    assert result.dif.empty
    assert (result.gates["status"] == "PASS").all()
    said = " ".join(result.not_computed)
    assert "kalibrasi putaran ini tidak dihitung" in said
    assert "< 200" in said
    if cohort == "kaltim-2024":
        assert "statistik butir tidak dihitung. Tabel skor berisi" in said
    else:
        assert len(result.statistics) > 0
    # Whatever the size, tables have the columns that readers expect.
    whole = taken_in("cirebon-2024")
    other = items.analyse(whole, read_instrument(whole, instrument))
    assert list(result.statistics.columns) == list(other.statistics.columns)
    assert list(result.options.columns) == list(other.options.columns)
    assert list(result.proposals.columns) == list(other.proposals.columns)
    assert list(result.dif.columns) == list(other.dif.columns)


def test_an_item_with_a_category_that_nobody_chose_is_left_out(taken_in) -> None:
    workspace = taken_in("cirebon-2024")
    responses = read_instrument(workspace, "mansoskul")
    scale = responses.scales[0]
    item = responses.items_of(scale)[0]
    form = responses.forms[0]
    column = form.item_ids.index(item)
    calibration = form.calibration.copy()
    calibration[:, column] = np.where(calibration[:, column] == 1, 2, calibration[:, column])
    spoiled = replace(responses, forms=(replace(form, calibration=calibration),))
    said: list[str] = []
    found = items.calibrate_scales(spoiled, said)
    assert item not in set(found[scale].items["item_id"])
    assert found[scale].converged
    assert said == [f"Skala {scale}: butir {item} tidak dikalibrasi, kategori 1 tidak pernah dipilih."]
