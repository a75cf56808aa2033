"""Bank versions from simulated rounds: founded, linked to a bank, refused; and two versions side by side."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.analysis import bank_making
from workbench.analysis.bank_comparison import compare_banks
from workbench.analysis.bank_making import MadeBank, make_bank, people_needed
from workbench.analysis.items import calibrate_scales
from workbench.analysis.responses import read_instrument
from workbench.records.bank import load_bank, save_bank
from workbench.workspace import Workspace

INSTRUMENT = "literasi-digital"
DEMO = "nasional-2023-demo"
DAY = "2026-11-29"


def with_bank(workspace: Workspace, bank: str) -> Workspace:
    settings = workspace.settings.model_copy(update={"bank": bank})
    (workspace.path / "workbench.toml").write_text(settings.to_toml(), encoding="utf-8")
    return Workspace(workspace.path)


@pytest.fixture(scope="module")
def calibrated(taken_in: Callable[..., Workspace], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A national round of 1,100 people whose shortest instrument is calibrated; read only."""
    source = taken_in("national-2023", size=1100)
    folder = tmp_path_factory.mktemp("bank") / "round"
    shutil.copytree(source.path, folder)
    workspace = Workspace(folder)
    responses = read_instrument(workspace, INSTRUMENT)
    found = calibrate_scales(responses, [])
    items = pd.concat([c.items.assign(scale=scale) for scale, c in found.items()], ignore_index=True)
    workspace.write("item_parameters", items.assign(instrument=INSTRUMENT, run_id="items-1"), "items")
    people = pd.DataFrame({"participant_id": responses.participant_id, "scale": "digital_ethic", "eap": 0.0})
    workspace.write("scores", people.assign(eap_se=0.5), "scores")
    return workspace


@pytest.fixture
def own(calibrated: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may change."""
    return Workspace(shutil.copytree(calibrated.path, tmp_path / "round"))


@pytest.fixture(scope="module")
def founded(calibrated: Workspace) -> MadeBank:
    return make_bank(calibrated, "satu", date=DAY, runs=("items-1",))


def surest(items: pd.DataFrame) -> str:
    """Return the item whose difficulty is known best: one that people of every klaster answered."""
    return str(items.loc[items["b_se"].idxmin(), "item_id"])


@pytest.fixture(scope="module")
def linked(calibrated: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[MadeBank, Workspace]:
    copy = Workspace(shutil.copytree(calibrated.path, tmp_path_factory.mktemp("linked") / "round"))
    workspace = with_bank(copy, DEMO)
    items = workspace.read("item_parameters")
    # The easiest way to drift: one item becomes harder by .9, in its difficulty and its intercept.
    planted = items["item_id"] == surest(items)
    items.loc[planted, "d"] -= 0.9 * items.loc[planted, "a"]
    items.loc[planted, "b"] += 0.9
    workspace.write("item_parameters", items, "items")
    return make_bank(workspace, "dua", date=DAY), workspace


def change_items(workspace: Workspace, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Workspace:
    workspace.write("item_parameters", change(workspace.read("item_parameters")), "items")
    return workspace


def test_a_round_without_a_bank_founds_a_metric(founded, calibrated):
    bank = founded.bank
    assert bank.metric == "satu"
    assert not bank.provisional
    assert bank.origin["runs"] == ["items-1"]
    assert bank.origin["parent"] == ""
    assert founded.links.empty
    # The national round is the norm: theta has mean 0 and SD 1 over all its people.
    population = bank.population.set_index("scale")
    assert np.abs(population["mean"].to_numpy(float)).max() < 0.2
    assert np.abs(np.diag(population[list(bank.scales)].to_numpy(float)) - 1).max() < 0.35
    responses = read_instrument(calibrated, INSTRUMENT)
    item = bank.item_parameters["item_id"].iloc[0]
    scale = bank.item_parameters["scale"].iloc[0]
    column = responses.items_of(scale).index(item)
    assert bank.item_parameters["n"].iloc[0] == (responses.matrix(scale, "calibration")[:, column] >= 0).sum()
    assert any(sentence.startswith("SIMULASI") for sentence in founded.sentences)
    assert any(sentence.startswith("ASUMSI") for sentence in founded.sentences)


def test_a_made_bank_is_one_that_can_be_loaded(founded, tmp_path):
    save_bank(founded.bank, tmp_path / "satu")
    again = load_bank(tmp_path / "satu")
    assert again.origin == dict(founded.bank.origin)
    assert again.item_parameters["n"].tolist() == founded.bank.item_parameters["n"].tolist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["satu"]


def test_a_linked_bank_lies_on_the_metric_of_its_bank_and_names_what_drifted(linked):
    made, workspace = linked
    demo = load_bank(DEMO)
    planted = surest(workspace.read("item_parameters"))
    assert planted in set(made.drifted["item_id"])
    assert len(made.drifted) <= 12  # one was planted; chance names a few of a hundred
    assert made.bank.metric == DEMO
    assert any(planted in sentence for sentence in made.sentences)
    both = made.bank.item_parameters.merge(demo.item_parameters, on="item_id", suffixes=("", "_demo"))
    measured = both[(both["scale"].isin(made.links["scale"])) & (both["item_id"] != planted)]
    gap = (measured["b"] - measured["b_demo"]).to_numpy(float)
    assert np.abs(np.median(gap)) < 0.1
    assert np.corrcoef(measured["b"], measured["b_demo"])[0, 1] > 0.9
    lines = made.links.set_index("scale").astype(float)
    here = workspace.read("item_parameters").set_index("item_id").loc[measured["item_id"]]
    line = lines.loc[measured["scale"]]
    assert measured["b"].to_numpy() == pytest.approx(
        line["slope"].to_numpy() * here["b"].to_numpy() + line["intercept"].to_numpy()
    )
    assert measured["a"].to_numpy() == pytest.approx(here["a"].to_numpy() / line["slope"].to_numpy())
    assert measured["b_se"].to_numpy() == pytest.approx(here["b_se"].to_numpy() * line["slope"].to_numpy())
    # Everybody in the simulation comes from one population, so the line is close to the identity.
    assert np.abs(made.links["intercept"].astype(float)).max() < 0.3


def test_what_only_the_bank_knows_is_kept(linked):
    made, _workspace = linked
    demo = load_bank(DEMO)
    assert set(made.bank.item_parameters["item_id"]) >= set(demo.item_parameters["item_id"])
    assert set(made.bank.scales) == set(demo.scales)
    assert set(made.bank.reference_form["item_id"]) == set(demo.reference_form["item_id"])
    integritas = made.bank.items("integritas")
    assert integritas["a"].tolist() == demo.items("integritas")["a"].tolist()
    assert integritas["n"].isna().all()
    covariance = made.bank.population[list(made.bank.scales)].to_numpy(float)
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_the_error_of_the_line_is_in_the_cuts(linked):
    made, _workspace = linked
    line = made.links.iloc[0]
    row = made.bank.level_cuts[(made.bank.level_cuts["scale"] == line["scale"])].set_index("level").loc[4]
    wanted = line["intercept_se"] ** 2 + 2 * 1.6 * line["covariance"] + (1.6 * line["slope_se"]) ** 2
    assert row["theta"] == 1.6
    assert row["standard_error"] == pytest.approx(np.sqrt(wanted))
    kept = made.bank.level_cuts[made.bank.level_cuts["scale"] == "integritas"]
    assert (kept["standard_error"] == 0).all()


def test_unmeasured_scales_follow_by_regression():
    known = load_bank(DEMO)
    two = ["digital_ethic", "integritas"]
    old = known.population.set_index("scale").loc[two, ["mean", *two]]
    measured = pd.DataFrame({"scale": ["digital_ethic"], "mean": [0.5], "digital_ethic": [1.4]})
    found = bank_making._completed(measured, known).set_index("scale")
    slope = old.loc["integritas", "digital_ethic"] / old.loc["digital_ethic", "digital_ethic"]
    assert found.loc["integritas", "mean"] == pytest.approx(
        old.loc["integritas", "mean"] + slope * (0.5 - old.loc["digital_ethic", "mean"])
    )
    assert found.loc["digital_ethic", "integritas"] == pytest.approx(1.4 * slope)
    residual = old.loc["integritas", "integritas"] - slope * old.loc["digital_ethic", "integritas"]
    assert found.loc["integritas", "integritas"] == pytest.approx(1.4 * slope**2 + residual)


def test_few_people_never_estimate_a_population(own):
    few = own.read("scores").head(180)
    own.write("scores", few, "scores")
    with pytest.raises(ValueError, match=r"hanya 180 orang berskor, perlu sedikitnya 1\.000\. .* kira-kira 0,09"):
        make_bank(own, "tiga", date=DAY)
    assert people_needed(4) == 1000
    assert people_needed(60) == 1200


def test_without_anchors_there_is_no_bank(own):
    workspace = with_bank(own, DEMO)
    change_items(workspace, lambda items: items.assign(item_id="Z" + items["item_id"]))
    with pytest.raises(ValueError, match="hanya 0 butir yang sama dengan bank"):
        make_bank(workspace, "tiga", date=DAY)


def test_items_that_cannot_stand_in_a_bank_are_named(own, founded):
    items = own.read("item_parameters")
    first, second, third = items["item_id"].head(3)
    items.loc[items["item_id"] == first, "a"] = np.nan
    items.loc[items["item_id"] == second, ["a", "d"]] = [-0.4, 0.1]
    own.write("item_parameters", items, "items")
    made = make_bank(own, "tiga", date=DAY, dropped={third: "kunci salah"})
    said = "\n".join(made.sentences)
    assert f"tidak dapat dikalibrasi: {first}." in said
    assert f"tidak positif (periksa kuncinya): {second}." in said
    assert f"diputuskan dibuang atau diganti kuncinya: {third}." in said
    assert len(made.bank.item_parameters) == len(founded.bank.item_parameters) - 3


@pytest.mark.parametrize("version", ["", "Nasional", "../x", "a b", "x" * 65, None])
def test_a_version_needs_a_name(calibrated, version):
    with pytest.raises(ValueError, match="Nama versi bank"):
        make_bank(calibrated, version, date=DAY)


def test_a_round_that_was_not_scored_makes_no_bank(own):
    shutil.rmtree(own.path / "results" / "scores")
    with pytest.raises(ValueError, match="belum dikalibrasi dan diskor"):
        make_bank(own, "tiga", date=DAY)


def test_comparison_on_one_metric(linked):
    made, workspace = linked
    planted = surest(workspace.read("item_parameters"))
    found = compare_banks(load_bank(DEMO), made.bank)
    assert found.same_metric
    assert found.only_first.empty
    assert found.only_second.empty
    rows = found.items.set_index("item_id")
    assert rows.loc[planted, "drifted"]
    assert rows.loc[planted, "difficulty"] > 0.5
    demo, new = (bank.item_parameters.set_index("item_id").loc[planted] for bank in (load_bank(DEMO), made.bank))
    assert rows.loc[planted, "difficulty"] == pytest.approx(new["b"] - demo["b"])
    assert rows.loc[planted, "difficulty_se"] == pytest.approx(np.hypot(new["b_se"], demo["b_se"]))
    assert rows.loc[planted, "slope"] == pytest.approx(new["a"] - demo["a"])
    kept = rows[rows["scale"] == "integritas"]
    assert kept["same"].all()
    assert kept["difficulty_se"].isna().all()
    assert not kept["drifted"].any()
    assert (found.cuts["difference"] == 0).all()
    content = found.to_json()
    assert content["items"][0]["item_id"]
    assert len(content["correlation"]["scales"]) == 2


def test_comparison_across_metrics_links_first(founded):
    demo = load_bank(DEMO)
    shifted = founded.bank.item_parameters.copy()
    shifted["b"] += 0.8  # another origin of theta
    shifted["d"] -= 0.8 * shifted["a"]
    moved = type(founded.bank)(
        "geser", False, shifted, founded.bank.level_cuts, founded.bank.reference_form, founded.bank.population
    )
    found = compare_banks(demo, moved)
    assert not found.same_metric
    assert "tidak berbagi metrik" in found.sentences[0]
    assert abs(found.items["difficulty"].median()) < 0.15
    assert len(found.only_first) > 800
