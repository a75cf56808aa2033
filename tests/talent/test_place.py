"""Placing: the frame as promised, draws against exact probabilities, and independence of order, company and group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from workbench.policy import list_policies, load_policy
from workbench.talent import standing
from workbench.talent.people import assemble
from workbench.talent.posterior import Posterior

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"
BOTH = pytest.mark.parametrize("key", [KEPKA, PERMENPANRB])
CUTS = (-np.inf, -0.4, 0.7, 1.6, 2.4, np.inf)


def place(small_round, key, **options):
    policy = load_policy(key)
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    return standing.place(posterior, assemble(small_round.records, policy), policy, small_round.bank, **options)


@pytest.fixture(scope="module")
def placed(small_round) -> dict[str, pd.DataFrame]:
    return {key: place(small_round, key) for key in list_policies()}


@BOTH
def test_the_frame_has_the_columns_that_were_promised(key, placed):
    frame = placed[key]
    assert list(frame.columns) == [
        "participant_id", "instansi", "jenjang", "jpm", "jpm_category",
        "potensial", "potensial_sd", "kinerja", "kinerja_sd", "box", "box_source",
        *(f"p_box_{b}" for b in range(1, 10)), "p_pool",
        "p_category_optimal", "p_category_cukup_optimal", "p_category_kurang_optimal",
        "risk", "box_printed", "withheld_reason", "monte_carlo_error", "flip_item", "flip_distance",
        "policy", "bank_version",
    ]  # fmt: skip
    assert frame["participant_id"].is_monotonic_increasing
    assert frame["participant_id"].is_unique
    assert set(frame["policy"]) == {key}
    assert set(frame["bank_version"]) == {"nasional-2023-demo"}
    assert len(frame) == 300


@BOTH
def test_probabilities_sum_to_one_and_the_withheld_have_none(key, placed):
    frame = placed[key]
    held = frame["withheld_reason"] != ""
    assert 0 < held.sum() < 40  # absent, or a record is missing
    known = frame[~held]
    boxes = known[[f"p_box_{b}" for b in range(1, 10)]].to_numpy()
    assert np.abs(boxes.sum(axis=1) - 1).max() < 1e-12
    assert np.abs(known[[c for c in frame if c.startswith("p_category_")]].sum(axis=1) - 1).max() < 1e-12
    assert known["p_pool"].to_numpy() == pytest.approx(boxes[:, [6, 7, 8]].sum(axis=1))
    stated = boxes[np.arange(len(known)), known["box"].to_numpy(int) - 1]
    inside = known["box"].isin([7, 8, 9]).to_numpy()
    assert (inside == (known["p_pool"] >= 0.5)).all()
    same_side = np.where(np.isin(np.arange(1, 10), [7, 8, 9])[None, :] == inside[:, None], boxes, -1)
    assert (stated == same_side.max(axis=1)).all()
    assert known["risk"].to_numpy() == pytest.approx(np.where(inside, 1 - known["p_pool"], known["p_pool"]))
    assert known["risk"].max() <= 0.5
    empty = [c for c in frame if c.startswith("p_") or c in ("box", "box_printed", "risk", "flip_distance")]
    assert frame.loc[held, empty].isna().all(axis=None)
    assert frame.loc[held, "withheld_reason"].str.startswith("belum ada data: ").all()
    assert (known["box_source"] == "computed").all()


@BOTH
def test_near_the_line_four_times_as_many_draws(key, placed):
    known = placed[key][placed[key]["withheld_reason"] == ""]
    p, error = known["p_pool"].to_numpy(), known["monte_carlo_error"].to_numpy()
    near = (p > 0.05) & (p < 0.95)
    far = (p < 0.005) | (p > 0.995)
    assert near.sum() > 5
    assert error[near] == pytest.approx(np.sqrt(p * (1 - p) / 800)[near])
    assert error[far] == pytest.approx(np.sqrt(p * (1 - p) / 200)[far])


@pytest.mark.parametrize("shared_errors", [True, False])
def test_the_monte_carlo_error_bounds_what_other_seeds_say(small_round, shared_errors):
    # Second method: place the same people with 24 seeds and look at the spread of each probability.
    policy = load_policy(PERMENPANRB)
    people = assemble(small_round.records, policy).iloc[::3]
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    options = {"shared_errors": shared_errors}
    runs = [standing.place(posterior, people, policy, small_round.bank, seed=s, **options) for s in range(1, 25)]
    known = (runs[0]["withheld_reason"] == "").to_numpy()
    p = np.stack([frame["p_pool"].to_numpy(float)[known] for frame in runs])
    stated = np.sqrt(np.mean([frame["monte_carlo_error"].to_numpy(float)[known] ** 2 for frame in runs], axis=0))
    seen = p.std(axis=0, ddof=1)
    open_ones = (p.mean(axis=0) > 0.03) & (p.mean(axis=0) < 0.97)
    assert open_ones.sum() > 5
    ratio = np.sqrt((seen[open_ones] ** 2).mean() / (stated[open_ones] ** 2).mean())
    print(f"shared {shared_errors}: seen / stated {ratio:.2f}")
    # Quasi-random draws err less than the plain ones of the formula, but not by orders of magnitude.
    assert 0.3 < ratio < 1.1


@BOTH
def test_the_order_of_rows_does_not_matter(key, placed, small_round):
    policy = load_policy(key)
    scores = small_round.scores.sample(frac=1, random_state=3)
    people = assemble(small_round.records, policy).sample(frac=1, random_state=4)
    posterior = standing.posterior(scores, small_round.bank.population)
    mixed = standing.place(posterior, people, policy, small_round.bank)
    pd.testing.assert_frame_equal(mixed, placed[key], check_exact=True)


@BOTH
def test_a_persons_answer_does_not_depend_on_the_company(key, placed, small_round):
    policy = load_policy(key)
    everybody = assemble(small_round.records, policy)
    few = everybody.iloc[[7, 11, 150, 151, 299]]
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    alone = standing.place(posterior, few, policy, small_round.bank)
    together = placed[key][placed[key]["participant_id"].isin(few["participant_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, together, rtol=1e-6)


@BOTH
def test_seeds_reproduce_and_differ(key, placed, small_round):
    pd.testing.assert_frame_equal(place(small_round, key), placed[key], check_exact=True)
    other = place(small_round, key, seed=1)
    known = (placed[key]["withheld_reason"] == "").to_numpy()
    gap = (other["p_pool"] - placed[key]["p_pool"]).to_numpy()[known]
    assert (gap != 0).any()
    assert np.abs(gap).max() < 0.12
    assert (other["jpm"].fillna(-1) == placed[key]["jpm"].fillna(-1)).all()


@BOTH
def test_no_protected_group_has_a_part_in_scores_or_boxes(key, placed, small_round, seed):
    rng = np.random.default_rng(seed)
    records = dict(small_round.records)
    groups = records["protected_groups"]
    protected = [c for c in groups.columns if c != "participant_id"]
    assert set(protected) == {"sex", "age_band", "region", "disability"}
    records["protected_groups"] = groups.assign(
        sex=rng.choice(["L", "P"], len(groups)),
        age_band=rng.permutation(groups["age_band"]),
        region=rng.choice(["Jawa", "Papua"], len(groups)),
        disability=~groups["disability"].astype(bool),
    )
    # Age shows in these columns of the participants too.
    records["participants"] = records["participants"].assign(birth_year=1970, retirement_date=pd.NaT)
    policy = load_policy(key)
    people = assemble(records, policy)
    pd.testing.assert_frame_equal(people, assemble(small_round.records, policy))
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    changed = standing.place(posterior, people, policy, small_round.bank)
    pd.testing.assert_frame_equal(changed, placed[key], check_exact=True)


def two_uncertain_scales(paper_bank, locations, error=0.5, correlation=0.6):
    """Return a posterior in which all but two correlated scales are known, at level 2, and the two moments of each."""
    names = paper_bank.scales
    i, j = names.index("kemampuan_intelektual"), names.index("digital_skills")
    covariance = np.eye(len(names))
    covariance[i, j] = covariance[j, i] = correlation
    location = np.zeros((len(locations), len(names)))
    precision = np.full(location.shape, 1e8)
    location[:, [i, j]] = locations
    precision[:, [i, j]] = 1 / error**2
    people = np.array([f"P{k:04d}" for k in range(len(locations))], dtype=object)
    posterior = Posterior(people, names, location, precision, np.zeros(len(names)), covariance)
    prior = np.array([[1, correlation], [correlation, 1]])
    variance = np.linalg.inv(np.linalg.inv(prior) + np.eye(2) / error**2)
    return posterior, locations / error**2 @ variance, variance


def test_draws_agree_with_exact_probabilities(paper_bank, seed):
    # PermenPANRB, work results above, cuts 71 and 75: box 4 below, 7 between, 9 above. All scales at level 2 but two,
    # so that the axis is .5 x 100 (14 + a) / 24 + (100 + 100 (6 + b) / 14 + 100 x 24 / 36) / 6 for levels a and b.
    locations = np.random.default_rng(seed).normal(0, 1.2, (200, 2))
    posterior, mean, variance = two_uncertain_scales(paper_bank, locations)
    people = pd.DataFrame(
        {
            "participant_id": posterior.participant_id,
            "instansi": "x",
            "jenjang": "pelaksana",
            "hasil_kerja": "di_atas",
            **{f"required_{s}": 1 for s in load_policy(PERMENPANRB).competencies.competencies},
        }
    )
    for spec in load_policy(PERMENPANRB).instruments.values():
        for scale in spec.scales:
            if scale.standard is not None:
                people[f"required_{scale.key}"] = scale.standard
    shipped = load_policy(PERMENPANRB)
    policy = shipped.model_copy(update={"cuts": shipped.cuts.model_copy(update={"potensial": (71.0, 75.0)})})
    exact = np.zeros((200, 9))
    for a in range(1, 6):
        for b in range(1, 6):
            axis = 0.5 * 100 * (14 + a) / 24 + (100 + 100 * (6 + b) / 14 + 100 * 24 / 36) / 6
            box = 4 if axis < 71 else 7 if axis < 75 else 9
            low, high = np.array([CUTS[a - 1], CUTS[b - 1]]), np.array([CUTS[a], CUTS[b]])
            exact[:, box - 1] += [multivariate_normal(m, variance).cdf(high, lower_limit=low) for m in mean]
    assert np.abs(exact.sum(axis=1) - 1).max() < 1e-4
    assert ((exact[:, 6] > 0.05) & (exact[:, 6] < 0.95)).sum() > 30
    few = standing.place(posterior, people, policy, paper_bank, seed=seed)
    many = standing.place(posterior, people, policy, paper_bank, seed=seed, draws=5000)
    columns = [f"p_box_{b}" for b in range(1, 10)]
    gap_few, gap_many = few[columns].to_numpy() - exact, many[columns].to_numpy() - exact
    assert np.abs(gap_many).max() < 0.012, seed
    assert np.abs(gap_few).max() < 0.12, seed
    # Quasi-random draws err less than as many random ones, and not to one side.
    plain = np.sqrt((exact * (1 - exact)).mean() / 200)
    assert np.sqrt((gap_few**2).mean()) < plain, seed
    assert np.abs(gap_few.mean(axis=0)).max() < 0.004, seed
    stated = standing.stated_box(exact, policy.boxes.pool)
    sure = np.abs(exact[:, 6:].sum(axis=1) - 0.5) > 0.05
    top = np.sort(exact, axis=1)
    sure &= top[:, -1] - top[:, -2] > 0.1
    assert (few["box"].to_numpy()[sure] == stated[sure]).all(), seed


def test_the_stated_box_is_on_the_more_probable_side():
    pool = (7, 8, 9)
    #    box       1    2    3    4    5    6    7    8    9
    split = [[0.0, 0.0, 0.0, 0.0, 0.40, 0.0, 0.20, 0.25, 0.15]]  # 5 alone leads, the pool together has .60
    assert standing.stated_box(np.array(split), pool).tolist() == [8]
    outside = [[0.10, 0.25, 0.0, 0.0, 0.20, 0.0, 0.45, 0.0, 0.0]]  # 7 alone leads, the others together have .55
    assert standing.stated_box(np.array(outside), pool).tolist() == [2]
    half = [[0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.5, 0.0]]  # on the line: the upper side
    assert standing.stated_box(np.array(half), pool).tolist() == [8]


@pytest.mark.parametrize(
    ("potensial", "kinerja", "inside", "movable", "distance"),
    [
        (75.0, 70.0, False, True, 5.0),  # box 5: potensial to 80 (5 points) or kinerja to 80 (10)
        (75.0, 78.0, False, True, 2.0),  # box 5: kinerja to 80 is nearer
        (75.0, 78.0, False, False, 5.0),  # the row is read directly: only potensial can move
        (90.0, 70.0, True, True, 10.0),  # box 8: potensial below 80; kinerja below 60 is as far
        (90.0, 85.0, True, True, 25.0),  # box 9: kinerja below 60 leaves the pool, potensial below 60 would be 30
        (30.0, 50.0, False, True, np.nan),  # box 1: no change of one axis leads into the pool
        (30.0, 90.0, False, True, 30.0),  # box 4: potensial to 60 is box 7
        (81.0, 50.0, False, True, 10.0),  # box 6: kinerja to 60 is box 8
        (79.0, 70.0, True, True, 0.0),  # stated in the pool although the mean lies outside: nothing needs to change
    ],
)
def test_flip_distance_is_the_least_change_of_one_axis(potensial, kinerja, inside, movable, distance):
    policy = load_policy(KEPKA)
    row = np.array([0 if kinerja < 60 else 1 if kinerja < 80 else 2])
    found = standing.flip_distance(
        np.array([potensial]), np.array([kinerja]), row, np.array([inside]), policy, kinerja_movable=movable
    )
    assert found[0] == pytest.approx(distance, abs=1e-6, nan_ok=True)


def test_expected_counts_are_sums_of_probabilities(placed):
    frame = placed[PERMENPANRB]
    known = frame[frame["withheld_reason"] == ""]
    counts = standing.expected_counts(frame).set_index("box")
    assert counts["expected"].sum() == pytest.approx(len(known))
    assert counts["stated"].sum() == len(known)
    for b in range(1, 10):
        p = known[f"p_box_{b}"].to_numpy()
        assert counts.loc[b, "expected"] == pytest.approx(p.sum())
        half = 1.96 * np.sqrt((p * (1 - p)).sum())
        assert counts.loc[b, "high"] - counts.loc[b, "expected"] == pytest.approx(half, rel=1e-3)
        assert counts.loc[b, "low"] >= 0


@BOTH
def test_a_held_scale_withholds_what_rests_on_it_and_nothing_else(key, placed, small_round):
    policy = load_policy(key)
    people = assemble(small_round.records, policy)
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    held = {
        "kesadaran_diri": "butir skala Kesadaran Diri terlalu saling bergantung",
        "digital_ethic": "model tidak cocok",
    }
    found = standing.place_and_tally(posterior, people, policy, small_round.bank, held=held)
    before = placed[key]["withheld_reason"] != ""
    assert (found.boxes.loc[before, "withheld_reason"] == placed[key].loc[before, "withheld_reason"]).all()
    words = found.boxes.loc[~before, "withheld_reason"].unique().tolist()
    # Kepka asks nothing of literasi digital.
    assert words == ["ditahan: " + ("; ".join(held.values()) if key == PERMENPANRB else held["kesadaran_diri"])] or (
        set(words[0].removeprefix("ditahan: ").split("; ")) == set(held.values())
    )
    assert found.boxes["p_pool"].isna().all()
    assert (found.draw_counts[[f"box_{b}" for b in range(1, 10)]] == 0).all(axis=None)
    other = standing.place_and_tally(posterior, people, policy, small_round.bank, held={"skala_lain": "x"})
    pd.testing.assert_frame_equal(other.boxes, placed[key])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda p: p.drop(columns="instansi"), r"Data peserta tanpa kolom instansi"),
        (lambda p: p.drop(columns="jenjang"), r"Data peserta tanpa kolom jenjang"),
        (lambda p: p.drop(columns="award"), r"Data peserta tanpa kolom award, yang dipakai komponen 'penghargaan'"),
        (lambda p: pd.concat([p, p.iloc[:1]]), r"tercantum dua kali"),
        (lambda p: p.assign(participant_id=None), r"tanpa nama samaran"),
        (lambda p: p.drop(columns="required_integritas"), r"dipersyaratkan untuk 'integritas' harus 1 sampai 5"),
        (lambda p: p.assign(required_komunikasi=6), r"dipersyaratkan untuk 'komunikasi' harus 1 sampai 5"),
        (lambda p: p.assign(required_komunikasi=np.nan), r"dipersyaratkan untuk 'komunikasi' harus 1 sampai 5"),
        (lambda p: p.assign(predicate="bagus"), r"komponen 'kinerja_utama': isi 'bagus' tidak dikenal kebijakan"),
        (lambda p: p.assign(feedback_360=140.0), r"komponen 'umpan_balik_360': isi '140\.0' tidak dikenal"),
        (lambda p: p.assign(feedback_360="delapan puluh"), r"isi 'delapan puluh' tidak dikenal"),
        (lambda p: p.assign(feedback_360=np.inf), r"komponen 'umpan_balik_360': isi 'inf' tidak dikenal"),
        (lambda p: p.assign(years_in_tier=-1.0), r"komponen 'pengalaman_jabatan': isi '-1\.0' tidak dikenal"),
        (lambda p: p.assign(official_box=10), r"kotak resmi '10' bukan bilangan 1 sampai 9"),
        (lambda p: p.assign(official_box=7.5), r"kotak resmi '7\.5' bukan bilangan 1 sampai 9"),
        (lambda p: p.assign(official_box="delapan"), r"kotak resmi 'delapan' bukan bilangan 1 sampai 9"),
    ],
)
def test_bad_input_yields_no_number(change, sentence, small_round):
    policy = load_policy(KEPKA)
    people = change(assemble(small_round.records, policy))
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    with pytest.raises(ValueError, match=sentence) as caught:
        standing.place(posterior, people, policy, small_round.bank)
    assert "\n" not in str(caught.value)


def test_a_bank_without_the_scales_of_the_policy_is_refused(small_round):
    policy = load_policy(PERMENPANRB)
    fewer = small_round.bank.population.drop(columns="digital_ethic")
    fewer = fewer[fewer["scale"] != "digital_ethic"]
    posterior = standing.posterior(small_round.scores, fewer)
    with pytest.raises(
        ValueError, match=r"Skala 'digital_ethic' dipakai kebijakan permenpanrb-3-2020 tetapi tidak ada"
    ):
        standing.place(posterior, assemble(small_round.records, policy), policy, small_round.bank)
    with pytest.raises(ValueError, match="Jumlah penarikan 0 tidak mungkin"):
        place(small_round, KEPKA, draws=0)
