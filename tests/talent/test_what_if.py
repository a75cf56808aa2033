"""What-if against full recomputation, single items against brute force, cliffs against other policies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.policy import load_policy
from workbench.psychometrics import irt
from workbench.records.scoring import score
from workbench.simulation.memory import stored_responses
from workbench.talent import cliffs, flips, retest, standing, what_if
from workbench.talent.axes import Rule
from workbench.talent.people import assemble

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"
SCALE = "kemampuan_intelektual"


def placed(small_round, key, posterior=None, draws=200):
    policy = load_policy(key)
    posterior = posterior or standing.posterior(small_round.scores, small_round.bank.population)
    people = assemble(small_round.records, policy)
    boxes = standing.place(posterior, people, policy, small_round.bank, draws=draws, seed=7)
    return what_if.Placing(posterior, people, policy, small_round.bank, boxes, *posterior.joint(), draws, 7)


@pytest.fixture(scope="module")
def kepka(small_round) -> what_if.Placing:
    return placed(small_round, KEPKA)


@pytest.fixture(scope="module")
def answers(small_round) -> dict[str, tuple[np.ndarray, irt.Calibration, pd.DataFrame]]:
    """By scale: people, calibration, categories of those who answered."""
    items = small_round.cohort.inputs["items"]
    table = small_round.cohort.inputs["keys"]
    keys = dict(zip(table["item_id"], table["key"], strict=True))
    result = {}
    for (instrument, _form), stored in stored_responses(small_round.cohort).items():
        here = items[items["instrument"] == instrument]
        scored = score(stored, here, keys, purpose="people")
        matrix = pd.DataFrame(scored.categories, columns=list(scored.item_ids))
        order = np.argsort(scored.participant_id)
        for scale in here["scale"].unique():
            known = small_round.bank.items(str(scale))
            known = known[known["item_id"].isin(scored.item_ids)]
            part = matrix[list(known["item_id"])].iloc[order].reset_index(drop=True)
            result[str(scale)] = (scored.participant_id[order], irt.Calibration.from_items(known), part)
    return result


def without(placing, answers, scale, item):
    people, calibration, matrix = answers[scale]
    scores = irt.score(calibration, matrix.assign(**{item: -1}), "EAP")
    return what_if.with_scale(placing.posterior, scale, people, scores["theta"].to_numpy(), scores["se"].to_numpy())


@given(m=st.floats(-3, 3), v=st.floats(0.05, 1), d=st.floats(-0.04, 4), w=st.floats(-3, 3))
def test_total_variation_is_the_integral_of_the_positive_part(m, v, d, w):
    mean, variance = what_if.moved(np.array([m]), np.array([v]), np.array([d]), np.array([w]))
    found = what_if.total_variation(np.array([m]), np.array([v]), mean, variance)[0]
    grid = np.linspace(-12, 12, 40_001)
    before = norm.pdf(grid, m, np.sqrt(v))
    after = norm.pdf(grid, mean[0], np.sqrt(variance[0]))
    assert found == pytest.approx(np.trapezoid(np.maximum(after - before, 0), grid), abs=2e-4)
    assert 0 <= found <= 1


def test_the_rank_one_update_is_the_joint_posterior_computed_anew(kepka, answers):
    item = answers[SCALE][1].item_ids[0]
    after = without(kepka, answers, SCALE, item)
    j = after.scales.index(SCALE)
    before = kepka.posterior
    change = after.precision[:, j] - before.precision[:, j]
    weight = after.precision[:, j] * after.location[:, j] - before.precision[:, j] * before.location[:, j]
    mean, variance = what_if.moved(kepka.mean[:, j], kepka.sd[:, j] ** 2, change, weight)
    m, sd = after.joint()
    assert mean == pytest.approx(m[:, j], abs=1e-9)
    assert np.sqrt(variance) == pytest.approx(sd[:, j], abs=1e-9)


@pytest.mark.parametrize("key", [KEPKA, PERMENPANRB])
def test_the_changed_list_is_that_of_a_full_recomputation(small_round, answers, key):
    placing = placed(small_round, key)
    found = []
    for scale in (SCALE, "integritas"):
        for item in answers[scale][1].item_ids[:1]:
            after = without(placing, answers, scale, item)
            quick = what_if.changed_people(placing, after)
            full = what_if.changed_list(placing.boxes, placing.again(after), placing.policy)
            pd.testing.assert_frame_equal(quick, full)
            found.append(len(full))
    # Everything of a scale gone: many change, and those who lose it altogether are withheld.
    people = answers[SCALE][0]
    gone = what_if.with_scale(placing.posterior, SCALE, people, np.zeros(people.size), np.ones(people.size))
    quick = what_if.changed_people(placing, gone)
    full = what_if.changed_list(placing.boxes, placing.again(gone), placing.policy)
    pd.testing.assert_frame_equal(quick, full)
    assert len(full) > 200
    assert full["to_box"].isna().all()
    assert what_if.changed_people(placing, placing.posterior).empty


def test_several_scales_at_once_are_all_placed_again(kepka, answers):
    after = without(kepka, answers, SCALE, answers[SCALE][1].item_ids[0])
    people, calibration, matrix = answers["integritas"]
    fewer = irt.score(calibration, matrix.assign(**dict.fromkeys(calibration.item_ids[:6], -1)), "EAP")
    after = what_if.with_scale(after, "integritas", people, fewer["theta"].to_numpy(), fewer["se"].to_numpy())
    full = what_if.changed_list(kepka.boxes, kepka.again(after), kepka.policy)
    pd.testing.assert_frame_equal(what_if.changed_people(kepka, after), full)


def test_official_boxes_stay(small_round, answers):
    placing = placed(small_round, KEPKA)
    people = placing.people.assign(official_box=5)
    boxes = standing.place(placing.posterior, people, placing.policy, small_round.bank, seed=7)
    official = replace(placing, people=people, boxes=boxes)
    assert what_if.changed_people(official, without(official, answers, SCALE, answers[SCALE][1].item_ids[0])).empty
    assert not flips.near_the_line(boxes).any()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda p: (p, "tidak_ada", p.participant_id[:1], np.zeros(1), np.ones(1)), "Skala 'tidak_ada' tidak ada"),
        (lambda p: (p, SCALE, np.array(["siapa"], dtype=object), np.zeros(1), np.ones(1)), "tidak punya skor"),
        (lambda p: (p, SCALE, p.participant_id[:1], np.array([np.nan]), np.ones(1)), "nilai kosong atau galat nol"),
        (lambda p: (p, SCALE, p.participant_id[:1], np.zeros(1), np.zeros(1)), "nilai kosong atau galat nol"),
    ],
)
def test_scores_that_are_none_are_refused(kepka, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        what_if.with_scale(*change(kepka.posterior))


def test_another_round_is_no_after(kepka):
    other = kepka.posterior.of(kepka.posterior.participant_id[:10])
    with pytest.raises(ValueError, match="orang dan skala yang sama"):
        what_if.changed_people(kepka, other)


def tables_without(placing, answers, people, scales):
    result = {}
    for scale in scales:
        names, calibration, matrix = answers[scale]
        here = matrix.iloc[np.searchsorted(names, people)]
        theta, variance = irt.leave_one_out(calibration, here)
        result[scale] = flips.ScaleWithout(calibration.item_ids, theta, variance, here.to_numpy() >= 0)
    return result


def test_single_items_against_placing_everybody_again(kepka, answers):
    """Ten items of each of two scales, everybody but the certain: the weighted draws name whom a recomputation names.

    Both are counts of 800 draws, which differ by chance for those who land on the line itself; only these may differ.
    """
    boxes = kepka.boxes.set_index("participant_id")
    open_ = (kepka.boxes["p_pool"] - 0.5).abs().to_numpy() < 0.45
    people = kepka.boxes["participant_id"].to_numpy(object)[open_]
    scales = (SCALE, "kecerdasan_emosional")
    tried = {scale: answers[scale][1].item_ids[:10] for scale in scales}
    found = flips.flip_items(kepka, people, tables_without(kepka, answers, people, scales))
    found = found[found["item_id"].isin([item for items in tried.values() for item in items])]
    pairs = set(zip(found["participant_id"], found["item_id"], strict=True))
    truth, near = set(), set()
    for scale in scales:
        for item in tried[scale]:
            again = kepka.again(without(kepka, answers, scale, item), open_)
            p = again.set_index("participant_id")["p_pool"]
            for person in people:
                before, after = boxes.loc[person, "p_pool"], p[person]
                if (before >= 0.5) != (after >= 0.5):
                    truth.add((person, item))
                if abs(after - 0.5) < 0.02:
                    near.add((person, item))
    assert pairs ^ truth <= near
    assert (found["change"].abs() <= 0.25).all()
    assert ((found["p_pool"] >= 0.5) != (found["p_pool_without"] >= 0.5)).all()
    # Nobody outside those who are asked about as a rule.
    reached = set(boxes.index[flips.near_the_line(kepka.boxes)])
    assert {person for person, _item in truth} <= reached


def test_the_weighted_share_is_the_probability_under_the_new_posterior(kepka, answers):
    """One person near the line, 20,000 draws: weights of the old posterior against draws from the new one."""
    boxes = kepka.boxes
    closest = (boxes["p_pool"] - 0.5).abs().idxmin()
    person = boxes["participant_id"].iloc[closest : closest + 1].to_numpy(object)
    alone = kepka.people[kepka.people["participant_id"].isin(person)]
    many = replace(kepka, people=alone, draws=5000)
    many = replace(many, boxes=many.again(many.posterior))
    table = tables_without(kepka, answers, person, (SCALE,))
    stated = many.boxes["p_pool"].iloc[0]
    found = flips.flip_items(many, person, table)
    for row in found.to_dict("records"):
        again = many.again(without(kepka, answers, SCALE, row["item_id"])).iloc[0]["p_pool"]
        assert row["p_pool_without"] == pytest.approx(again, abs=0.01)
        assert row["p_pool"] == stated


def test_flip_paths_are_the_flip_distance_with_its_axis(kepka):
    policy = kepka.policy
    people = kepka.people.sort_values("participant_id", ignore_index=True)
    everyone = kepka.posterior.of(people["participant_id"].to_numpy(object))
    rule = Rule(policy, kepka.bank, people, {s: everyone.taken[:, j] for j, s in enumerate(everyone.scales)})
    paths = flips.flip_paths(kepka.boxes, rule)
    known = kepka.boxes["p_pool"].notna()
    assert paths["flip_points"].to_numpy() == pytest.approx(kepka.boxes["flip_distance"].to_numpy(), nan_ok=True)
    by = paths["flip_axis"] == "potensial"
    expected = kepka.boxes["flip_distance"] / kepka.boxes["potensial_sd"]
    assert paths.loc[by, "flip_sd"].to_numpy() == pytest.approx(expected[by].to_numpy())
    assert paths.loc[~by, "flip_sd"].isna().all()  # kinerja has no error to count in
    assert set(paths["flip_axis"]) == {"", "potensial", "kinerja"}
    for row, box in zip(paths[known].to_dict("records"), kepka.boxes[known].to_dict("records"), strict=True):
        distances = {
            (axis, cut): box[axis] - cut for axis in ("potensial", "kinerja") for cut in getattr(policy.cuts, axis)
        }
        nearest = min(distances, key=lambda place: abs(distances[place]))
        assert (row["nearest_axis"], row["nearest_cut"]) == nearest
        assert row["nearest_points"] == pytest.approx(distances[nearest])


def slid(policy, axis, number, shift):
    pair = list(getattr(policy.cuts, axis))
    pair[number] += shift
    return policy.model_copy(update={"cuts": policy.cuts.model_copy(update={axis: tuple(pair)})})


@pytest.mark.parametrize("key", [KEPKA, PERMENPANRB])
def test_the_cliff_map_is_what_the_slid_policies_say(small_round, key):
    placing = placed(small_round, key)
    people = placing.people.sort_values("participant_id", ignore_index=True)
    everyone = placing.posterior.of(people["participant_id"].to_numpy(object))
    taken = {s: everyone.taken[:, j] for j, s in enumerate(everyone.scales)}
    row = Rule(placing.policy, small_round.bank, people, taken).row
    boxes = placing.boxes
    table = cliffs.cliff_map(boxes, placing.policy, {"jenjang": boxes["jenjang"].to_numpy(object)}, row=row)
    total = table[table["kind"] == ""]
    assert set(total["axis"]) == ({"potensial"} if key == PERMENPANRB else {"potensial", "kinerja"})
    assert (total.loc[total["shift"] == 0, ["into", "out"]] == 0).all(axis=None)
    before = boxes["box"].isin(placing.policy.boxes.pool)
    wrong = moves = 0
    for axis, number, shift in (("potensial", 1, -4), ("potensial", 1, 3), ("potensial", 0, 5), ("kinerja", 0, -3)):
        if axis == "kinerja" and key == PERMENPANRB:
            continue
        other = replace(placing, policy=slid(placing.policy, axis, number, shift))
        after = other.again(placing.posterior)["box"].isin(placing.policy.boxes.pool)
        cut = getattr(placing.policy.cuts, axis)[number]
        mine = total[(total["axis"] == axis) & (total["cut"] == cut) & (total["shift"] == shift)].iloc[0]
        truth = int((after & ~before).sum()), int((before & ~after).sum())
        wrong += abs(mine["into"] - truth[0]) + abs(mine["out"] - truth[1])
        moves += sum(truth)
        assert mine["pool"] == before.sum() + mine["into"] - mine["out"]
    assert moves > 15
    assert wrong <= 2 + 0.1 * moves  # medians from one probability, not placed again
    # Groups add up where none is too small.
    parts = table[table["kind"] == "jenjang"]
    assert (parts["n"] >= 10).all()
    sizes = boxes[boxes["withheld_reason"] == ""].groupby("jenjang").size()
    assert set(parts["group"]) == set(sizes.index[sizes >= 10])


def test_heaps_are_counted_by_hand():
    policy = load_policy(KEPKA)
    boxes = pd.DataFrame(
        {
            "withheld_reason": [""] * 30 + ["belum ada data"],
            "potensial": np.linspace(40, 95, 31),
            "potensial_sd": 3.0,
            "kinerja": [56.7] * 10 + [60.0] * 12 + [80.5] * 4 + [79.4] * 4 + [60.0],
            "kinerja_sd": 0.0,
        }
    )
    table = cliffs.heaps(boxes, policy, direct=False)
    assert table.to_dict("records") == [{"axis": "kinerja", "cut": 60.0, "score": 60.0, "people": 12, "share": 0.4}]
    assert "12 orang bernilai sama, 60,0, persis pada batas" in cliffs.heap_warnings(table)[0]
    assert cliffs.heaps(boxes, policy, direct=True).empty


def test_a_pool_that_is_no_upper_part_of_a_row_has_no_cliff(kepka):
    boxes = kepka.policy.boxes.model_copy(update={"pool": (4, 9)})
    with pytest.raises(ValueError, match="terputus pada satu baris"):
        cliffs.cliff_map(kepka.boxes, kepka.policy.model_copy(update={"boxes": boxes}), {})


@given(p=st.floats(0.01, 0.99), left=st.floats(0.01, 0.99))
def test_expected_correctness_is_the_chance_that_mean_and_truth_fall_on_one_side(p, left):
    found = retest.expected_correctness(np.array([p]), np.array([left]))[0]
    # Truth minus cut and the future posterior mean are bivariate normal with correlation sqrt(1 - left).
    d, s = norm.ppf(p), np.sqrt(1 - left)
    grid = np.linspace(-9, 9, 20_001)
    exact = np.trapezoid(norm.pdf(grid) * norm.cdf(np.abs(d + s * grid) / np.sqrt(left)), grid)
    assert found == pytest.approx(exact, abs=2e-3)
    assert max(p, 1 - p) - 1e-12 <= found <= 1


def test_at_the_cut_ninety_five_percent_needs_forty_times_the_information():
    left = np.array([1.0, 1 / 10, 1 / 41, 1 / 38])
    found = retest.expected_correctness(np.full(4, 0.5), left)
    assert found == pytest.approx(0.5 + np.arcsin(np.sqrt(1 - left)) / np.pi, abs=2e-3)
    assert found[2] >= 0.95 > found[3]


def test_further_items_on_one_scale_are_the_textbook_update(kepka):
    """The variance left is that of the joint posterior with the new precision added, computed by inversion."""
    queue = kepka.boxes[(kepka.boxes["risk"] >= 0.05).fillna(False)]
    people = queue["participant_id"].to_numpy(object)
    advice = retest.advise(kepka, people)
    assert advice["participant_id"].tolist() == people.tolist()
    assert advice["correct_now"].to_numpy() == pytest.approx(1 - queue["risk"].to_numpy())
    assert (advice["correct_60"] >= advice["correct_20"] - 1e-9).all()
    assert (advice["correct_20"] >= advice["correct_now"] - 1e-9).all()
    assert advice["left_60"].between(0.3, 0.99).all()
    needs = advice["items"].notna()
    assert (advice.loc[needs, "correct_60"] >= 0.95).all()
    assert (advice.loc[~needs, "correct_60"] < 0.95).all()
    assert (advice.loc[~needs, "advice"] == "telaah").all()


def test_greedy_items_leave_no_more_than_the_same_items_elsewhere(monkeypatch):
    """Two scales, worked by matrix inversion: the greedy choice of each step is the better of the two."""
    rng = np.random.default_rng(3)
    covariance = np.array([[0.5, 0.1], [0.1, 0.3]])
    slope = np.array([4.0, 9.0])
    theta = rng.multivariate_normal([0, 0], covariance, size=200_000).T.astype(np.float32)

    class Rules:
        scales = ("satu", "dua")
        bank = None

    information = {"satu": 0.2, "dua": 0.1}
    monkeypatch.setattr(retest, "item_information", lambda _bank, scale, t: np.full(t.shape, information[scale]))
    left, used = retest._added(Rules(), theta[None], (slope @ theta)[None].astype(float), covariance[None])
    precision = np.linalg.inv(covariance)
    for step in range(12):
        trials = []
        for j, scale in enumerate(Rules.scales):
            more = precision.copy()
            more[j, j] += retest.STEP * information[scale]
            trials.append(slope @ np.linalg.inv(more) @ slope)
        best = int(np.argmin(trials))
        assert used[0, step] == best
        precision[best, best] += retest.STEP * information[Rules.scales[best]]
        assert left[0, step] == pytest.approx(trials[best] / (slope @ covariance @ slope), rel=0.02)


def test_a_probability_no_test_can_know_is_refused(kepka):
    with pytest.raises(ValueError, match="antara 0 dan 1"):
        retest.expected_correctness(np.array([0.5]), np.array([1.5]))
    with pytest.raises(ValueError, match="tidak ditempatkan"):
        retest.advise(kepka, np.array(["zzz"], dtype=object))
    with pytest.raises(ValueError, match="tidak ditempatkan"):
        flips.flip_items(kepka, np.array(["zzz"], dtype=object), {})


def test_new_evidence_is_as_much_less_precise_as_the_old_was(small_round):
    """Items that hang together tell less; a scale scored again without an item tells no more."""
    plain = standing.posterior(small_round.scores, small_round.bank.population)
    rows = small_round.scores[small_round.scores["scale"] == SCALE].sort_values("participant_id")
    people = rows["participant_id"].to_numpy(object)
    same = rows["eap"].to_numpy(float), rows["eap_se"].to_numpy(float)
    wider = plain.less_precise({SCALE: 1.4})
    again = what_if.with_scale(wider, SCALE, people, *same)
    np.testing.assert_allclose(again.precision, wider.precision)
    np.testing.assert_allclose(again.location, wider.location)
    twice = wider.less_precise({SCALE: 1.1})
    np.testing.assert_allclose(what_if.with_scale(twice, SCALE, people, *same).precision, twice.precision)


def test_who_is_held_back_stays_so(small_round, kepka):
    held = replace(kepka, held={SCALE: "butir terlalu saling bergantung"})
    again = held.again(kepka.posterior)
    assert again["box"].isna().all()
    assert again["withheld_reason"].str.contains("saling bergantung").any()
