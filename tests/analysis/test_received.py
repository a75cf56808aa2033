"""Rounds without answers within this process: what lacks withholds a box, and nothing else changes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from workbench.analysis import boxes, received
from workbench.analysis.scores import bank_of
from workbench.pipeline.intake import take_in
from workbench.pipeline.own_files import workspace_from_files
from workbench.policy import load_policy
from workbench.policy.reading import DATA
from workbench.workspace import Workspace

Files = Callable[[Path], object]
KEPKA = "kepka-bkn-411-2025"
POTENSI = list(load_policy(KEPKA).scales_of("potensi"))


def edit(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Files:
    def write(folder: Path) -> None:
        path = folder / f"{name}.csv"
        change(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)

    return write


@pytest.fixture
def placed(agency_files, tmp_path) -> Callable[..., tuple[Workspace, boxes.TalentBoxes]]:
    """Place 24 people of an agency whose files were changed, without a notebook."""

    def place(kind: str, change: Files = lambda _f: None, *, declared: bool = True, policy: str = ""):
        files = agency_files(tmp_path / "berkas", kind, people=24, declared=declared)
        change(files)
        workspace_from_files(tmp_path / "putaran", [files], policy)
        work = Workspace(tmp_path / "putaran")
        take_in(work)
        if kind == "levels":
            found = received.score_received(work)
            work.write("scores", found.scores, "scores")
            work.write("grid_likelihoods", found.grid_likelihoods, "scores")
        return work, boxes.place_cohort(work)

    return place


@pytest.fixture
def reweighting(tmp_path) -> str:
    """The policy with another answer to what is missing."""
    text = (DATA / "policies" / f"{KEPKA}.toml").read_text("utf-8")
    path = tmp_path / "kami.toml"
    path.write_text(
        text.replace('value = "withhold"', 'value = "reweight"').replace(KEPKA, "kami", 1), encoding="utf-8"
    )
    return str(path)


@pytest.mark.parametrize("declared", [True, False])
def test_people_without_levels_are_withheld_and_the_others_keep_theirs(placed, declared):
    work, result = placed("levels", edit("received_levels", lambda d: d.iloc[:20]), declared=declared)
    reasons = result.boxes["withheld_reason"].value_counts().to_dict()
    assert reasons == {"": 20, "belum ada data: Penilaian kompetensi; Prediksi potensi": 4}
    assert result.boxes["p_pool"].notna().sum() == (20 if declared else 0)
    assert result.levels["participant_id"].nunique() == 20
    assert result.levels[[f"p_level_{k}" for k in range(1, 6)]].notna().all(axis=None) == declared
    assert len(received.not_computed(work)) == (3 if declared else 4)


def test_a_level_that_lacks_is_never_the_lowest(placed):
    def blank(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[2, "integritas"] = ""
        return frame

    work, result = placed("levels", edit("received_levels", blank))
    person = pd.read_parquet(work.path / "identities.parquet").set_index("name").loc["Orang 2", "participant_id"]
    row = result.boxes.set_index("participant_id").loc[person]
    assert row["withheld_reason"] == "belum ada data: Penilaian kompetensi"
    assert pd.isna(row["jpm"])
    assert "integritas" not in set(result.levels.loc[result.levels["participant_id"] == person, "competency"])


def test_errors_of_item_parameters_are_none_of_levels_that_others_made(placed):
    work, result = placed("levels")
    assert not [c for c in bank_of(work).item_parameters.columns if c.endswith("_se")]
    assert boxes.summary_sentence(result).endswith("diperkirakan keliru.")


def test_potential_that_nobody_measured_is_reweighted_where_the_policy_says_so(placed, reweighting):
    def without(folder: Path) -> None:
        edit("received_levels", lambda d: d.drop(columns=POTENSI))(folder)
        edit("declared_errors", lambda d: d.iloc[:1])(folder)

    work, result = placed("levels", without, policy=reweighting)
    assert work.received.is_declared
    assert set(result.boxes["box_source"]) == {"reweighted: Prediksi potensi"}
    assert result.boxes["p_pool"].notna().all()


def test_a_sheet_without_its_own_axes_and_box_is_placed_all_the_same(placed):
    columns = ["Nilai X", "Nilai Y", "Box", "Unit Organisasi", "Jabatan"]
    work, result = placed("component_sheet", edit("component_sheet", lambda d: d.iloc[:20].drop(columns=columns)))
    assert (result.boxes["box_source"] == "computed").sum() == 20
    assert received.sheet_findings(work).empty
    assert (result.boxes["withheld_reason"] != "").sum() == 4


@pytest.mark.parametrize("measured", [["X - Penilaian Potensi"], ["X - Penilaian Potensi", "X - Penilaian Kompetensi"]])
def test_measured_components_that_lack_withhold_and_never_stop_the_round(placed, measured):
    work, result = placed("component_sheet", edit("component_sheet", lambda d: d.assign(**dict.fromkeys(measured, ""))))
    assert result.boxes["box"].isna().all()
    assert work.has_probabilities == (len(measured) == 1)
    assert boxes.summary_sentence(result).startswith("0 dari 24 peserta ditempatkan")


def test_one_component_of_unknown_error_leaves_the_whole_round_without_probabilities(placed):
    work, result = placed("component_sheet", edit("declared_errors", lambda d: d.iloc[:1]))
    assert work.received.undeclared == ("X - Penilaian Potensi",)
    assert result.boxes["p_pool"].isna().all()
    assert result.boxes["box"].notna().all()


def test_an_official_box_stands_and_the_sheet_does_not_replace_it(placed):
    def official(folder: Path) -> None:
        nips = pd.read_csv(folder / "participants.csv", dtype=str)["nip"][:5]
        pd.DataFrame({"nip": nips, "box": 9}).to_csv(folder / "official_results.csv", index=False)

    _work, result = placed("component_sheet", official)
    assert result.boxes.loc[result.boxes["box_source"] == "official", "box"].tolist() == [9] * 5
