"""Fairness and talent on a finished round: what is counted, what is left out, and what no group can move."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from workbench.analysis import boxes, dif_people, fairness, scores, talent
from workbench.analysis.differential import COLUMNS
from workbench.analysis.opened_round import OpenedRound, open_round, without_items
from workbench.analysis.responses import read_instrument
from workbench.psychometrics import irt
from workbench.reports import fairness_tables, lineage, talent_tables
from workbench.talent import fairness as talent_fairness
from workbench.talent.what_if import with_scale
from workbench.workspace import Workspace

PARTS = ("talent", "policy", "psychometrics", "review", "apps", "serve")
GROUP_COLUMNS = ("protected_groups", "age_band", "disability")


@pytest.fixture(scope="module")
def result(pekalongan) -> boxes.TalentBoxes:
    return boxes.place_cohort(Workspace(pekalongan))


@pytest.fixture(scope="module")
def asked(pekalongan, result) -> OpenedRound:
    return open_round(Workspace(pekalongan), result)


@pytest.fixture(scope="module")
def fair(asked) -> fairness.Fairness:
    return fairness.fairness_of(asked)


@pytest.fixture(scope="module")
def lists(asked) -> talent.TalentLists:
    return talent.talent_lists(asked)


@pytest.fixture
def copy(pekalongan, tmp_path) -> Workspace:
    """A copy that a test may change."""
    folder = tmp_path / "salinan"
    shutil.copytree(pekalongan, folder, ignore=shutil.ignore_patterns("runs", "reports", "inputs"))
    return Workspace(folder)


def test_decisions_are_counted_by_hand(fair, result, pekalongan):
    sex = Workspace(pekalongan).read("protected_groups").set_index("participant_id")["sex"]
    placed = result.boxes[result.boxes["withheld_reason"] == ""]
    mine = placed["participant_id"].map(sex)
    inside = placed["box"].isin([7, 8, 9])
    row = fair.impact[fair.impact["variable"] == "sex"].iloc[0]
    assert (row["group"], row["reference"]) == ("P", "L")
    assert row["n"] == int((mine == "P").sum())
    assert row["selected"] == int((inside & (mine == "P")).sum())
    assert row["selected_reference"] == int((inside & (mine == "L")).sum())
    assert row["sentence"]


def test_so_few_people_are_told_what_they_cannot_say(fair, result):
    n = int((result.boxes["withheld_reason"] == "").sum())
    sentence = fairness.small_sentence(fair.impact, n)
    assert "tidak dapat disangkal" in sentence
    assert fairness.small_sentence(fair.impact, 5_000) == ""
    few = fair.impact[fair.impact["not_computed"] != ""]
    assert few["rate"].isna().all()
    # One instansi: its own people are everybody.
    assert set(fair.impact["instansi"]) == {""}


def test_final_decisions_are_counted_beside_the_stated_ones(fair, result, pekalongan):
    workspace = Workspace(pekalongan)
    placed = result.boxes[result.boxes["withheld_reason"] == ""]
    final = placed[["participant_id"]].assign(box=np.where(np.arange(len(placed)) % 3 == 0, 9, 5))
    both, _left_out = fairness.decisions_by_group(workspace, result.boxes, (7, 8, 9), final)
    pd.testing.assert_frame_equal(both[both["decision"] == "stated"], fair.impact)
    counted = both[(both["decision"] == "final") & (both["not_computed"] == "")]
    sex = workspace.read("protected_groups").set_index("participant_id")["sex"]
    row = counted[counted["variable"] == "sex"].iloc[0]
    mine = placed["participant_id"].map(sex).to_numpy(object)
    assert row["selected"] == int(((mine == "P") & (final["box"] == 9).to_numpy()).sum())


def test_groups_are_compared_within_tiers_too(fair, result, pekalongan):
    row = fair.impact[fair.impact["variable"] == "sex"].iloc[0]
    sex = Workspace(pekalongan).read("protected_groups").set_index("participant_id")["sex"]
    placed = result.boxes[result.boxes["withheld_reason"] == ""]
    mine, inside = placed["participant_id"].map(sex).to_numpy(object), placed["box"].isin([7, 8, 9]).to_numpy(bool)
    here = np.isin(mine, ["L", "P"])
    tiers = placed["jenjang"].to_numpy(object)[here]
    expected = talent_fairness.common_ratio(inside[here], mine[here] == "P", tiers)
    assert row["ratio_tier"] == expected["ratio_tier"]
    assert row["ratio_tier_low"] < row["ratio_tier"] < row["ratio_tier_high"]
    assert row["tier_sentence"].startswith("Di antara orang sejenjang")


def test_expected_people_of_both_models_lie_near_each_other(fair):
    known = fair.gaps[fair.gaps["not_computed"] == ""]
    assert len(known)
    # The common prior shrinks; it does not move a group of some dozens beyond its interval.
    assert (np.abs(known["rate"] - known["rate_common"]) < 0.15).all()
    assert (fair.instansi["expected"] > fair.instansi["expected_low"]).all()
    small = fair.gaps[fair.gaps["n"] < 20]
    assert small["rate"].isna().all()
    fewest = fair.gaps[fair.gaps["n"] < 5]
    assert fewest[["stated", "rate_common", "ratio_common"]].isna().all(axis=None)


def test_no_group_moves_a_score_a_level_or_a_box(copy, result, seed):
    """Every protected column, and the columns of participants that tell age, are shuffled or filled with nonsense."""
    random = np.random.default_rng(seed)
    groups = copy.read("protected_groups")
    for column in groups.columns.drop("participant_id"):
        groups[column] = groups[column].to_numpy()[random.permutation(len(groups))]
    copy.write("protected_groups", groups)
    people = copy.read("participants")
    people["birth_year"] = random.permutation(people["birth_year"].to_numpy())
    people["retirement_date"] = people["retirement_date"].to_numpy()[random.permutation(len(people))]
    copy.write("participants", people)
    again = boxes.place_cohort(copy)
    pd.testing.assert_frame_equal(again.boxes, result.boxes)
    pd.testing.assert_frame_equal(again.levels, result.levels)
    instrument = "literasi-digital"
    ours = scores.validate(copy, read_instrument(copy, instrument)).scores
    theirs = copy.read("scores")
    theirs = theirs[theirs["scale"].isin(ours["scale"])][list(ours.columns)]
    keys = ["scale", "participant_id"]
    pd.testing.assert_frame_equal(
        ours.sort_values(keys, ignore_index=True), theirs.sort_values(keys, ignore_index=True), check_dtype=False
    )


def test_only_fairness_and_dif_speak_of_groups(root):
    for part in PARTS:
        for path in (root / "workbench" / part).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not [name for name in GROUP_COLUMNS if f'"{name}"' in text], path


def test_without_truth_and_groups_the_lists_stay_and_fairness_says_why(copy, lists):
    shutil.rmtree(copy.path / "truth")
    (copy.path / "tables" / "protected_groups.parquet").unlink()
    again = boxes.place_cohort(copy)
    asked = open_round(copy, again)
    fair = fairness.fairness_of(asked)
    assert fair.impact.empty
    assert fair.gaps.empty
    assert any("protected_groups tidak ada" in words for words in fair.not_computed)
    other = talent.talent_lists(asked)
    for name in ("pool", "matches", "rotation", "above", "ip_asn", "doubtful", "development", "outlook_years"):
        pd.testing.assert_frame_equal(getattr(other, name), getattr(lists, name))


def test_leaving_out_no_item_moves_nobody_and_an_item_moves_its_scale_only(asked, result):
    before = result.posterior
    assert without_items(asked, set()) is before
    item = asked.items.index[asked.items["scale"] == "integritas"][0]
    after = without_items(asked, {item})
    moved = np.abs(after.location - before.location) > 1e-9
    here = before.scales.index("integritas")
    assert np.flatnonzero(moved.any(axis=0)).tolist() == [here]
    taken = before.taken[:, here]
    assert moved[taken, here].mean() > 0.9
    # An item less is evidence less.
    assert (after.precision[taken, here] < before.precision[taken, here]).mean() > 0.95
    # Parameters stay, so that it is the score on what is left.
    people, calibration, answers = asked.matrix("integritas")
    kept = irt.Calibration.from_items(calibration.items[calibration.items["item_id"] != item])
    scores = irt.score(kept, answers.drop(columns=item), "EAP")
    expected = with_scale(before, "integritas", people, scores["theta"].to_numpy(), scores["se"].to_numpy())
    np.testing.assert_allclose(after.location, expected.location, atol=1e-8)
    np.testing.assert_allclose(after.precision, expected.precision, atol=1e-8)


def test_items_with_large_dif_are_left_out_and_the_moved_people_named(copy, result):
    described = copy.read("items").set_index("item_id")
    chosen = [i for i in described.index if described.loc[i, "scale"] in ("kemampuan_intelektual", "berpikir_kritis")]
    if not chosen:
        chosen = list(described.index[described["instrument"] == "potensi"])
    chosen = chosen[:12]
    path = copy.table_path("dif", "items")
    rows = pd.DataFrame({"item_id": chosen, "scale": described.loc[chosen, "scale"].tolist()}).reindex(columns=COLUMNS)
    rows = rows.assign(group="perempuan dibanding laki-laki", form="K1", forms=1, n_reference=400, n_focal=400)
    rows = rows.assign(ets=["C"] * 10 + ["B", "C"], p_bh=[0.001] * 11 + [0.2], difference=-0.2)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(path, index=False)
    items = dif_people.dif_items(copy)
    assert items["item_id"].tolist() == sorted(chosen[:10])
    groups = copy.read("protected_groups").set_index("participant_id")[["sex"]]
    found = dif_people.without_dif_items(open_round(copy, result), groups)
    assert len(found.changed)
    before = result.boxes.set_index("participant_id")["box"]
    assert (found.changed["box"].to_numpy() == before.loc[found.changed["participant_id"]].to_numpy()).all()
    assert (found.changed["box"] != found.changed["box_without"]).all()
    pool = [7, 8, 9]
    net = int(found.changed["box_without"].isin(pool).sum() - found.changed["box"].isin(pool).sum())
    counted = found.groups[found.groups["variable"] == "sex"]
    assert int((counted["pool_without"] - counted["pool"]).sum()) == net


def test_lists_rest_on_the_day_of_the_test_and_not_on_the_clock(lists, pekalongan, copy):
    workspace = Workspace(pekalongan)
    assert lists.as_of == workspace.read("sittings")["date"].max().normalize()
    (copy.path / "tables" / "sittings.parquet").unlink()
    assert talent.day_of_test(copy) == pd.Timestamp(int(copy.read("performance")["year"].max()) + 1, 1, 1)
    (copy.path / "tables" / "performance.parquet").unlink()
    with pytest.raises(ValueError, match="Hari uji tidak diketahui"):
        talent.day_of_test(copy)


def test_what_is_not_on_record_is_left_out_and_named(copy, result):
    for name in ("vacancies", "posts", "competency_development", "response_times", "education"):
        (copy.path / "tables" / f"{name}.parquet").unlink()
    lists = talent.talent_lists(open_round(copy, result))
    words = " ".join(lists.not_computed)
    for expected in ("vacancies tidak ada", "Pandangan sepuluh tahun", "waktu pengerjaan belum ada data"):
        assert expected in words
    assert lists.matches.empty
    assert lists.outlook is None
    assert lists.ip_asn["ip_asn"].isna().all()
    assert (lists.ip_asn["high"] > lists.ip_asn["low"]).all()
    lineage.begin("manual", "03_talent_boxes")
    for show in (
        talent_tables.summary,
        talent_tables.pool_table,
        talent_tables.candidate_table,
        talent_tables.post_table,
        talent_tables.above_table,
        talent_tables.rotation_table,
        talent_tables.needs_table,
        talent_tables.outlook_figure,
        talent_tables.outlook_table,
        talent_tables.ip_asn_table,
        talent_tables.doubtful_table,
        talent_tables.rules_table,
    ):
        assert show(lists)._repr_html_()


def test_a_post_without_a_record_of_its_demands_says_so(copy, result):
    (copy.path / "tables" / "posts.parquet").unlink()
    lists = talent.talent_lists(open_round(copy, result))
    assert len(lists.matches)
    assert set(lists.matches["field"]) == {"belum_ada_data"}
    assert (lists.matches["no_data"] == 3).all()


def test_rapid_guessers_are_listed_and_keep_their_boxes(copy, result):
    times = copy.read("response_times")
    who = times["participant_id"].iloc[0]
    times.loc[0, "rapid_share"] = 0.6
    copy.write("response_times", times)
    lists = talent.talent_lists(open_round(copy, result))
    row = lists.doubtful.iloc[0]
    assert row["participant_id"] == who
    assert row["status"] == "perlu dikonfirmasi"
    pd.testing.assert_frame_equal(boxes.place_cohort(copy).boxes, result.boxes)


def test_the_pages_are_small_and_leave_no_cell_without_a_word(fair, lists):
    lineage.begin("manual", "03_talent_boxes")
    pages = [
        fairness_tables.findings(fair.impact, 180, fair.not_computed),
        fairness_tables.impact_table(fair.impact),
        fairness_tables.ratio_figure(fair.impact),
        fairness_tables.instansi_impact(fair.impact),
        fairness_tables.gap_table(fair),
        fairness_tables.instansi_table(fair),
        fairness_tables.changed_table(fair),
        talent_tables.pool_table(lists),
        talent_tables.candidate_table(lists),
        talent_tables.outlook_figure(lists),
    ]
    text = "".join(page._repr_html_() for page in pages)
    assert len(text) < 200_000
    assert ">nan<" not in text
    assert ">None<" not in text
