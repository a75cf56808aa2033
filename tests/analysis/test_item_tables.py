"""What the page of an item rests on: rule sets, fit, DIF between all groups, history, recommendation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.analysis import curves, differential, item_fit, item_history, item_pages, items, rule_sets
from workbench.analysis.item_recommendation import CHECK_KEY, DROP, KEEP, REVISE
from workbench.analysis.responses import read_instrument
from workbench.pipeline.intake import take_in
from workbench.policy import list_item_rules
from workbench.psychometrics import classical, dif, irt, linking
from workbench.records.bank import load_bank
from workbench.simulation import load_defects, new_workspace


@pytest.fixture(scope="module")
def planted(tmp_path_factory, draw_seed):
    """A round of 3,000 with much DIF between men and women, and drift since the bank."""
    defects = load_defects("ordinary").model_copy(
        update={"dif_items": 24, "dif_size": 0.9, "drifted_items": 24, "drift_size": -0.7, "copied_pairs": 0}
    )
    seed = draw_seed("item tables")
    folder = tmp_path_factory.mktemp("tables") / "round"
    workspace = new_workspace(folder, cohort="cirebon-2024", size=3000, seed=seed, defects=defects)
    take_in(workspace)
    truth = pd.read_parquet(workspace.path / "truth" / "planted.parquet")
    return workspace, {kind: set(rows["item_id"]) for kind, rows in truth.groupby("kind")}


@pytest.fixture(scope="module")
def literacy(planted):
    workspace, _truth = planted
    responses = read_instrument(workspace, "literasi-digital")
    return responses, items.analyse(workspace, responses)


@pytest.fixture(scope="module")
def several_forms(taken_in):
    workspace = taken_in("kaltim-2024", 2500)
    responses = read_instrument(workspace, "literasi-digital")
    return workspace, responses


def test_planted_dif_is_named_and_hardly_anything_else(planted) -> None:
    """At 3,000 people .9 logits are 2 delta units, with an error of .25, and .25 SD of ordered items."""
    workspace, truth = planted
    found = []
    for name in ("literasi-digital", "potensi"):
        table = differential.differential(workspace, read_instrument(workspace, name), [])
        found.append(differential.final_rows(table))
    rows = pd.concat(found)
    sex = rows[rows["variable"] == "sex"].set_index("item_id").drop(list(truth["miskeyed_item"]), errors="ignore")
    large = set(sex.index[sex["ets"].isin(["B", "C", "BB", "CC"])])
    there = truth["dif_item"] & set(sex.index)
    assert len(there) >= 6, "seed without enough planted items in these instruments"
    assert len(there - large) <= 0.2 * len(there), (workspace.settings.seed, there - large)
    assert len(large - there) <= 0.05 * len(sex), (workspace.settings.seed, large - there)
    # Harder for women: lower scores at equal total, and the interval says so.
    assert (sex.loc[list(there & large), "difference_high"] < 0).all()
    # Nothing was planted between regions and ages.
    others = rows[(rows["variable"] != "sex") & ~rows["item_id"].isin(truth["miskeyed_item"])]
    assert others["variable"].nunique() >= 2
    assert others["ets"].isin(["C", "CC"]).mean() < 0.02


def test_dif_in_points_is_the_gap_between_the_curves(planted) -> None:
    """Against the mean difference at equal total by a plain loop."""
    workspace, _truth = planted
    responses = read_instrument(workspace, "literasi-digital")
    table = differential.differential(workspace, responses, [])
    row = table[(table["variable"] == "sex") & (table["ets"] == "A")].iloc[0]
    scale, item, form = row["scale"], row["item_id"], responses.forms[0]
    sex = workspace.read("protected_groups").set_index("participant_id")["sex"].reindex(responses.participant_id)
    focal = (sex.to_numpy(object) == "P")[form.persons]
    names = [name for name in form.item_ids if name in responses.items_of(scale)]
    own = table[(table["variable"] == "sex") & (table["scale"] == scale)].set_index("item_id")
    clean = [name for name in names if own.loc[name, "ets"] != "C"]
    answers = pd.DataFrame(form.people, columns=list(form.item_ids))
    total, score = answers[clean].sum(axis=1).to_numpy(), answers[item].to_numpy(float)
    gaps, weights = [], []
    for level in np.unique(total):
        here = total == level
        if (here & focal).any() and (here & ~focal).any():
            gaps.append(score[here & focal].mean() - score[here & ~focal].mean())
            weights.append((here & focal).sum())
    assert row["difference"] == pytest.approx(np.average(gaps, weights=weights))
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    judged = own[own["p"].notna()]
    np.testing.assert_array_less(judged["p"] - 1e-12, judged["p_bh"])
    np.testing.assert_array_less(judged["p_bh"] - 1e-12, judged["p_holm"])


def test_forms_are_pooled_by_precision(several_forms) -> None:
    workspace, responses = several_forms
    said: list[str] = []
    table = differential.differential(workspace, responses, said)
    pooled = table[table["forms"] > 1]
    assert set(table.loc[table["forms"] == 1, "form"]) <= {form.form for form in responses.forms}
    assert (pooled["form"] == "").all()
    row = pooled[pooled["variable"] == "sex"].iloc[0]
    parts = table[(table["forms"] == 1) & (table["item_id"] == row["item_id"]) & (table["group"] == row["group"])]
    assert len(parts) == row["forms"] > 1
    weight = 1 / parts["delta_se"] ** 2
    assert row["delta"] == pytest.approx((weight * parts["delta"]).sum() / weight.sum())
    assert row["delta_se"] == pytest.approx(weight.sum() ** -0.5)
    assert row["odds_ratio"] == pytest.approx(np.exp(row["delta"] / dif.DELTA))
    assert row["odds_ratio_low"] < row["odds_ratio"] < row["odds_ratio_high"]
    assert row["n_focal"] == parts["n_focal"].sum()
    final = differential.final_rows(table)
    assert not final.duplicated(["group", "item_id"]).any()
    assert (final.loc[final["item_id"] == row["item_id"], "forms"] == row["forms"]).any()
    assert any("disabilitas" in sentence and "< 200" in sentence for sentence in said)


def test_drift_since_the_bank_is_found(planted, literacy) -> None:
    """Items .7 logits easier than in the bank; those with DIF have moved too, for half of the people."""
    workspace, truth = planted
    _responses, result = literacy
    table = result.history[result.history["source"] == workspace.settings.bank].set_index("item_id")
    assert (table["metric"] == "round").all()
    assert table[["a_se", "b_se", "difference_se"]].notna().all().all()
    moved = set(table.index[table["drifted"]])
    there = truth["drifted_item"] & set(table.index)
    assert there
    assert len(there - moved) <= 0.25 * len(there), workspace.settings.seed
    assert (table.loc[list(there & moved), "difference"] < -0.3).all()
    wrong = moved - there - truth["dif_item"] - truth["miskeyed_item"]
    assert len(wrong) <= 2, (workspace.settings.seed, wrong)
    # The notebook on scores names the same items, whichever metric it speaks in.
    bank = load_bank(workspace.settings.bank)
    for scale, calibration in result.calibrations.items():
        _line, table = linking.purified_link(calibration.items, bank.items(scale))
        assert set(table.loc[table["drifted"], "item_id"]) == moved & set(table["item_id"])


def test_without_a_bank_there_is_no_history(literacy) -> None:
    responses, result = literacy
    said: list[str] = []
    table = item_history.item_history("", responses, result.calibrations, said)
    assert table.empty
    assert list(table.columns) == item_history.COLUMNS
    assert said == ["Riwayat butir: tidak ada, ruang kerja ini tidak menyebut bank butir."]
    unlinked = item_history.item_history("nasional-2023-demo", responses, {}, said)
    assert (unlinked["metric"] == "bank").all()
    assert unlinked["difference"].isna().all()
    assert not unlinked["drifted"].any()


def test_fit_is_judged_by_size_and_says_on_whom_it_rests(literacy, monkeypatch) -> None:
    responses, result = literacy
    assert (result.fit["status"] != "raised").all()
    assert (result.fit["rmsd_low"] <= result.fit["rmsd"]).all()
    scale = responses.scales[0]
    form = responses.forms[0]
    item = responses.items_of(scale)[0]
    column = form.item_ids.index(item)
    others = [form.item_ids.index(name) for name in responses.items_of(scale)[1:]]
    rest = form.calibration[:, others].sum(axis=1)
    # Right at the bottom and at the top, wrong between: no curve of the model does that.
    spoiled = form.calibration.copy()
    low, high = np.quantile(rest, [0.3, 0.7])
    spoiled[:, column] = (rest <= low) | (rest >= high)
    changed = replace(responses, forms=(replace(form, calibration=spoiled),))
    calibrations = items.calibrate_scales(changed, [])
    monkeypatch.setattr(item_fit, "MOST_PEOPLE", 900)
    said: list[str] = []
    table = item_fit.fit_items(changed, {scale: calibrations[scale]}, 5, said).set_index("item_id")
    assert table.loc[item, "status"] == "raised"
    assert (table["status"] == "raised").sum() == 1
    assert (table["n"] <= 900).all()
    assert any("900 orang yang diundi dari" in sentence for sentence in said)
    again = item_fit.fit_items(changed, {scale: calibrations[scale]}, 5, []).set_index("item_id")
    pd.testing.assert_frame_equal(table, again)


def test_s_x2_of_several_forms_is_that_of_the_largest(several_forms) -> None:
    workspace, responses = several_forms
    scale = responses.scales[0]
    calibration = items.calibrate_scales(responses, [])[scale]
    table = item_fit.fit_items(responses, {scale: calibration}, workspace.settings.seed, [])
    size = {form.form: form.persons.size for form in responses.forms}
    holds = {form.form: set(form.item_ids) for form in responses.forms}
    for row in table.to_dict("records"):
        best = max(size[form] for form in size if row["item_id"] in holds[form])
        assert size[row["form"]] == best
        assert row["n_complete"] <= best
    assert table["sx2"].notna().all()


def test_observed_curves_equal_scoring_without_the_item(literacy) -> None:
    responses, result = literacy
    scale, calibration = next(iter(result.calibrations.items()))
    found = curves.observed_curves(responses, calibration, scale)
    item = list(found)[2]
    frame = pd.DataFrame(responses.matrix(scale, "calibration"), columns=list(responses.items_of(scale)))
    frame = frame[frame[item] >= 0]
    rest = calibration.items[calibration.items["item_id"] != item].reset_index(drop=True)
    theta = irt.score(irt.Calibration.from_items(rest), frame.drop(columns=item), "EAP", mean=0.0, sd=1.0)["theta"]
    order = np.argsort(theta.to_numpy(), kind="stable")
    first = np.array_split(order, 10)[0]
    assert found[item]["theta"].iloc[0] == pytest.approx(theta.to_numpy()[first].mean(), abs=1e-6)
    assert found[item]["n"].sum() == len(frame)
    # Where the model holds, 95 % of the intervals hold what it expects; with 400 of them the error is 1.1 points.
    everything = pd.concat(
        [t for s, c in result.calibrations.items() for t in curves.observed_curves(responses, c, s).values()]
    )
    assert ((everything["low"] <= everything["observed"]) & (everything["observed"] <= everything["high"])).all()
    inside = (everything["low"] <= everything["expected"]) & (everything["expected"] <= everything["high"])
    assert 0.90 < inside.mean() < 0.99


def statistics_of(**values: float) -> pd.DataFrame:
    row = {"instrument": "i", "form": "K1", "scale": "s", "item_id": "A", "n": 500, **values}
    return pd.DataFrame([row])


def test_rule_sets_stand_side_by_side() -> None:
    """r surely above .15 and below .20: only the sets with a limit of .20 speak; p surely beyond PACER's line alone."""
    statistics = statistics_of(
        **{"difficulty": 0.88, "difficulty_low": 0.86, "difficulty_high": 0.90},
        **{"item_rest": 0.175, "item_rest_low": 0.16, "item_rest_high": 0.19},
    )
    flags = rule_sets.flag_by_every_set(statistics)
    said = {(row.rule_set, row.rule): row.status for row in flags.itertuples()}
    assert said == {
        ("ebel", "item_rest"): "raised",
        ("irtq", "item_rest"): "raised",
        ("pacer", "item_rest"): "raised",
        ("pacer", "difficulty"): "raised",
    }
    compared = rule_sets.compare(flags, statistics).iloc[0]
    assert [compared[name] for name in list_item_rules()] == ["raised", "", "raised", "raised"]
    counts = rule_sets.counts(flags, statistics).set_index("rule_set")
    assert counts.loc["house-2026", ["raised", "watch", "none"]].tolist() == [0, 0, 1]
    assert counts.loc["pacer", ["raised", "watch", "none"]].tolist() == [1, 0, 0]
    for name in list_item_rules():
        together = classical.flag(statistics, rule_sets.load_item_rules(name))
        assert together["flag"].iloc[0] == compared[name]


def test_an_item_without_variation_is_watched_once() -> None:
    statistics = statistics_of(
        **{"difficulty": 0.5, "difficulty_low": 0.4, "difficulty_high": 0.6},
        **dict.fromkeys(("item_rest", "item_rest_low", "item_rest_high"), float("nan")),
    )
    flags = rule_sets.flag_by_every_set(statistics)
    assert flags["rule"].tolist() == ["item_rest"] * len(list_item_rules())
    assert (flags["status"] == "watch").all()


def test_pages_say_what_to_do_and_why(planted, literacy) -> None:
    workspace, truth = planted
    responses, result = literacy
    pages = {page.item_id: page for page in item_pages.pages(result, responses)}
    assert list(pages) == [item for scale in responses.scales for item in responses.items_of(scale)]
    doubtful = dict(zip(result.proposals["item_id"], result.proposals["proposed"], strict=True))
    for item, page in pages.items():
        assert page.reasons
        assert all(page.reasons)
        assert (page.recommendation == CHECK_KEY) == (item in doubtful)
        assert page.proposed_key == doubtful.get(item, "")
        assert page.fitted.shape == page.information.shape == page.theta.shape
        assert not page.dif["group"].duplicated().any()
        assert page.statistics["position"].between(1, len(responses.forms[0].item_ids)).all()
        if page.recommendation != KEEP:
            assert any("alfa" in reason for reason in page.reasons)
    strong = differential.final_rows(result.dif)
    strong = set(strong.loc[strong["ets"].eq("C") & (strong["p_bh"] < 0.05), "item_id"])
    drifted = set(result.history.loc[result.history["drifted"], "item_id"])
    assert (strong | drifted) & (truth["dif_item"] | truth["drifted_item"])
    for item in (strong | drifted) - set(doubtful):
        assert pages[item].recommendation in (REVISE, DROP), workspace.settings.seed
    assert list(result.recommendations.columns) == [
        *("instrument", "item_id", "scale", "recommendation", "reason", "proposed_key")
    ]


def test_an_item_that_measures_nothing_is_advised_to_be_dropped(planted) -> None:
    workspace, _truth = planted
    responses = read_instrument(workspace, "literasi-digital")
    form = responses.forms[0]
    item = responses.items_of(responses.scales[1])[3]
    column = form.item_ids.index(item)
    guessed = (np.random.default_rng(20260101).random(form.persons.size) < 0.5).astype(np.int8)
    people, calibration = form.people.copy(), form.calibration.copy()
    people[:, column] = calibration[:, column] = guessed
    options = {name: chosen for name, chosen in form.options.items() if name != item}
    changed = replace(responses, forms=(replace(form, people=people, calibration=calibration, options=options),))
    page = next(p for p in item_pages.pages(items.analyse(workspace, changed), changed) if p.item_id == item)
    assert page.recommendation == DROP
    assert any("di bawah batas semua aturan" in reason for reason in page.reasons)
    assert any("mentah" in sentence for sentence in page.not_computed)


def test_ordered_items_show_their_categories(taken_in) -> None:
    workspace = taken_in("pekalongan-2024", 60)
    responses = read_instrument(workspace, "mansoskul")
    page = next(iter(item_pages.pages(items.analyse(workspace, responses), responses)))
    assert page.kind == "ordered"
    assert page.options["share"].sum() == pytest.approx(1)
    assert not page.options["is_key"].any()
    assert page.options["option_rest"].iloc[0] < page.options["option_rest"].iloc[-1]


@pytest.mark.parametrize(
    ("size", "instrument"), [(12, "potensi"), (30, "mansoskul"), (60, "potensi"), (180, "potensi")]
)
def test_small_rounds_have_pages_that_give_reasons(size: int, instrument: str, taken_in) -> None:
    workspace = taken_in("pekalongan-2024", size)
    responses = read_instrument(workspace, instrument)
    result = items.analyse(workspace, responses)
    assert len(result.recommendations) == len(responses.items)
    for page in item_pages.pages(result, responses):
        said = " ".join(page.not_computed)
        assert page.recommendation in (KEEP, REVISE)
        assert page.reasons
        assert page.fitted.size == page.information.size == 0
        assert page.observed.empty
        assert page.fit.empty
        assert page.dif.empty
        assert "tidak dikalibrasi" in said
        assert "DIF: tidak dihitung" in said
        assert "Pergeseran sejak bank: tidak dihitung" in said
        numbers = page.statistics[["difficulty", "difficulty_low", "difficulty_high"]]
        assert numbers.notna().all(axis=None)
