"""From ratings of a panel to a bank version, and what the cuts do to people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.standard_setting import bank_with_cuts, impact, set_cuts
from workbench.records.bank import Bank, load_bank
from workbench.records.ratings import booklet_of
from workbench.talent.levels import level_of
from workbench.workspace import Settings, Workspace

SCALE = "integritas"
PAGES = {2: (11, 12, 14, 15), 3: (22, 24, 25, 26), 4: (31, 32, 34, 35), 5: (38, 40, 41, 42)}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank("nasional-2023-demo")


def rated(number: int = 1, shift: int = 0) -> pd.DataFrame:
    rows = [
        ("Panel A", "2026-11-20", "bookmark", number, f"R{rater}", SCALE, level, "", float(page + shift))
        for level, pages in PAGES.items()
        for rater, page in enumerate(pages)
    ]
    names = ["panel", "date", "method", "round", "rater", "scale", "level", "item_id", "value"]
    return pd.DataFrame(rows, columns=names)


def test_cuts_come_from_the_last_round_and_say_where_from(bank):
    found = set_cuts(pd.concat([rated(), rated(2, shift=1)], ignore_index=True), bank)
    theta = booklet_of(bank, SCALE)["theta"].to_numpy(float)
    wanted = [np.mean([(theta[p] + theta[p + 1]) / 2 for p in pages]) for pages in PAGES.values()]
    assert found.cuts["theta"].tolist() == pytest.approx(wanted)
    assert found.cuts["before"].tolist() == [-0.4, 0.7, 1.6, 2.4]
    assert set(found.cuts["panel"]) == {"Panel A"}
    assert (found.cuts["rounds"] == 2).all()
    assert (found.changes["change"] > 0).all()
    assert "32 skala tidak dinilai panel ini" in found.sentences[-1]
    made = bank_with_cuts(bank, "baru", found, {"metric": bank.metric})
    rows = made.level_cuts[made.level_cuts["scale"] == SCALE]
    assert rows["theta"].tolist() == pytest.approx(wanted)
    assert rows["standard_error"].tolist() == pytest.approx(found.cuts["standard_error"].tolist())
    assert set(rows["method"]) == {"bookmark"}
    assert set(rows["date"]) == {"2026-11-20"}
    others = made.level_cuts[made.level_cuts["scale"] != SCALE]
    assert set(others["method"]) == {"assumed"}
    assert set(made.level_cuts["bank_version"]) == {"baru"}


def test_a_panel_that_contradicts_itself_names_the_scale(bank):
    rows = rated()
    rows.loc[rows["level"] == 3, "value"] = 5.0
    with pytest.raises(ValueError, match=r"^Skala integritas: Batas level 3 tidak lebih tinggi"):
        set_cuts(rows, bank)


def round_with_scores(folder: Path, bank: str, people: int = 400) -> Workspace:
    workspace = Workspace.create(folder, Settings(name="uji", title="Uji", bank=bank))
    rng = np.random.default_rng(7)
    scores = pd.DataFrame(
        {
            "participant_id": [f"P{k:04d}" for k in range(people)],
            "scale": SCALE,
            "eap": rng.normal(0.3, 0.8, people),
            "eap_se": 0.5,
        }
    )
    workspace.write("scores", scores, "scores")
    return workspace


def test_people_before_and_after(bank, tmp_path):
    workspace = round_with_scores(tmp_path / "uji", "nasional-2023-demo")
    found = set_cuts(rated(), bank)
    after = bank_with_cuts(bank, "baru", found, {})
    table, sentence = impact(workspace, bank, after, (SCALE,))
    assert table["before"].sum() == table["after"].sum() == 400
    assert (table["after_low"] <= table["after"] + 1e-9).all()
    assert (table["after"] <= table["after_high"] + 1e-9).all()
    assert (table["after_high"] - table["after_low"]).max() > 0
    assert "galat baku batas" in sentence
    # By hand: the own posterior has precision 1 / v - 1 on a prior of the population; symmetric, so that the most
    # probable level is nearly that of the mean.
    scores = workspace.read("scores")
    population = bank.population.set_index("scale").loc[SCALE]
    precision = 1 / 0.25 - 1
    location = scores["eap"].to_numpy() / (0.25 * precision)
    prior = float(population[SCALE])
    mean = (precision * location + float(population["mean"]) / prior) / (1 / prior + precision)
    counts = np.bincount(level_of(mean, after.cuts(SCALE)), minlength=6)[1:]
    assert np.abs(counts - table["after"].to_numpy()).max() <= 20


@pytest.mark.parametrize("bank_name", ["", "lain"])
def test_no_impact_where_people_are_on_another_metric(bank, tmp_path, bank_name):
    from workbench.records.bank import save_bank

    workspace = round_with_scores(tmp_path / "uji", bank_name)
    save_bank(bank_with_cuts(bank, "lain", set_cuts(rated(), bank), {"metric": "lain"}), workspace.banks / "lain")
    table, sentence = impact(workspace, bank, bank, (SCALE,))
    assert table.empty
    assert "metrik lain" in sentence


def test_no_impact_without_scores(bank, tmp_path):
    workspace = Workspace.create(tmp_path / "uji", Settings(name="uji", title="Uji", bank="nasional-2023-demo"))
    table, sentence = impact(workspace, bank, bank, (SCALE,))
    assert table.empty
    assert "belum diskor" in sentence
