"""Pool, vacancies, rotation, tier above, development, outlook and doubtful results, by hand on few people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from workbench.policy import load_policy, load_talent_rules
from workbench.talent import outlook, pool, rotation, standing, vacancies
from workbench.talent.levels import level_probabilities
from workbench.talent.standards import Standard, standards_met

KEPKA = "kepka-bkn-411-2025"
DAY = pd.Timestamp("2024-11-15")


@pytest.fixture(scope="module")
def policy():
    return load_policy(KEPKA)


@pytest.fixture(scope="module")
def rules():
    return load_talent_rules()


def of(bank, thetas: dict[str, float], precision: float = 1e8, correlation: float = 0.0) -> standing.Posterior:
    """Return people who stand at one theta on every scale."""
    scales = tuple(bank.population["scale"])
    names = np.array(sorted(thetas), dtype=object)
    location = np.array([[thetas[n]] * len(scales) for n in names])
    covariance = (1 - correlation) * np.eye(len(scales)) + correlation
    return standing.Posterior(
        names, scales, location, np.full(location.shape, precision), np.zeros(len(scales)), covariance
    )


def boxes_of(**people: tuple[str, int, float]) -> pd.DataFrame:
    """Return rows of boxes: jenjang, box, probability of that box (the rest lies in box 5)."""
    frame = pd.DataFrame(
        [(name, "A", jenjang, box, p, "") for name, (jenjang, box, p) in people.items()],
        columns=["participant_id", "instansi", "jenjang", "box", "p_pool", "withheld_reason"],
    )
    for b in range(1, 10):
        frame[f"p_box_{b}"] = np.where(frame["box"] == b, frame["p_pool"], 0.0)
    return frame


def test_levels_known_exactly_give_a_standard_met_or_not(paper_bank, policy, rules):
    # With cuts at -.4, .7, 1.6 and 2.4 theta 1 is level 3 and theta 0 level 2, on all nine competencies.
    people = of(paper_bank, {"a": 1.0, "b": 0.0})
    names = policy.competencies.competencies
    everybody = np.arange(2)
    asked = {"three": Standard(np.full(9, 3), everybody), "four": Standard(np.full(9, 4), everybody[:1])}
    met = standards_met(people, paper_bank, names, asked, rules.filling)
    assert met["three"].jpm == pytest.approx([100, 200 / 3])
    assert met["three"].category.tolist() == [0, 2]  # 66.7 is below 68
    assert met["three"].p_all.tolist() == [1, 0]
    assert met["three"].p_category.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert met["four"].jpm == pytest.approx([75])  # between 68 and 80
    assert met["four"].category.tolist() == [1]


@pytest.mark.parametrize(("capping", "jpm"), [("none", 15 / 9), ("total", 1.0), ("per_competency", 1.0)])
def test_capping_is_that_of_the_policy(paper_bank, policy, rules, capping, jpm):
    # Theta 1: level 3 on nine; required 1 on six and 3 on three: 27 / 15 uncapped, 15 / 15 capped.
    people = of(paper_bank, {"a": 1.0})
    required = np.array([1] * 6 + [3] * 3)
    asked = {"x": Standard(required, np.array([0]))}
    met = standards_met(people, paper_bank, policy.competencies.competencies, asked, rules.filling, capping=capping)
    assert met["x"].jpm[0] == pytest.approx(180 if capping == "none" else 100 * jpm)


def test_the_joint_probability_is_not_the_product_of_the_levels(paper_bank, policy, rules):
    people = of(paper_bank, {"a": 0.3}, precision=0.05, correlation=0.8)
    names = policy.competencies.competencies[:2]
    asked = {"x": Standard(np.array([2, 2]), np.array([0]))}
    joint = standards_met(people, paper_bank, names, asked, rules.filling)["x"].p_all[0]
    columns = [people.scales.index(n) for n in names]
    mean, covariance = people.moments(slice(None))
    mean, covariance = mean[0, columns], covariance[0][np.ix_(columns, columns)]
    # Both at or above -.4: the upper quadrant of a bivariate normal.
    exact = multivariate_normal(-mean, covariance).cdf(np.array([0.4, 0.4]))
    assert joint == pytest.approx(exact, abs=0.02)
    cuts = paper_bank.cuts(names[0])
    single = [1 - level_probabilities(mean[[j]], np.sqrt(covariance[[j], [j]]), cuts)[0, 0] for j in range(2)]
    assert joint > single[0] * single[1] + 0.01


def test_the_pool_list_ranks_within_a_tier(policy, rules):
    boxes = boxes_of(
        a=("pelaksana", 7, 0.9), b=("pelaksana", 9, 0.6), c=("administrator", 8, 0.7), d=("administrator", 5, 0.9)
    )
    boxes.loc[3, "withheld_reason"] = ""
    people = pd.DataFrame({"participant_id": list("abcd"), "unit": "U", "jabatan": "J"})
    table = pool.pool_list(boxes, people, policy, rules, DAY)
    assert table["participant_id"].tolist() == ["c", "b", "a"]
    assert table["p_box"].tolist() == [0.7, 0.6, 0.9]
    assert set(table["valid_until"]) == {"2027-11-15"}
    assert table["follow_up"].iloc[0] == policy.boxes.follow_up[8]
    with pytest.raises(ValueError, match="tidak ada pada tabel participants"):
        pool.pool_list(boxes, people.iloc[1:], policy, rules, DAY)


@pytest.fixture
def vacancy() -> dict[str, object]:
    return {
        "vacancy": "L1",
        "instansi": "A",
        "jabatan": "Kepala Seksi Data",
        "jenjang": "pengawas",
        "position": None,
        "openings": 1,
        "field": "Statistika|Matematika",
        "education_level": "S1",
        "years_in_tier": 4.0,
    }


@pytest.fixture
def candidates(paper_bank) -> tuple[standing.Posterior, pd.DataFrame, pd.DataFrame]:
    posterior = of(paper_bank, {"a": 1.0, "b": 0.0, "c": 1.0, "d": 1.0, "e": -1.0})
    boxes = boxes_of(
        a=("pelaksana", 9, 0.9),
        b=("pengawas", 8, 0.8),
        c=("pelaksana", 8, 0.7),
        d=("administrator", 9, 0.9),
        e=("pelaksana", 5, 0.9),
    )
    people = pd.DataFrame(
        [
            ("a", "pelaksana", "Statistika", "D4", 5.0),
            ("b", "pengawas", None, "S2", 0.5),
            ("c", "pelaksana", "Hukum", "D3", 3.9),
            ("d", "administrator", "Statistika", "S3", 9.0),
            ("e", "pelaksana", "Statistika", "S1", 9.0),
        ],
        columns=["participant_id", "jenjang", "field", "education", "years_in_tier"],
    )
    return posterior, boxes, people


def test_a_vacancy_and_five_people_by_hand(vacancy, candidates, policy, rules, paper_bank):
    posterior, boxes, people = candidates
    table = vacancies.match(pd.DataFrame([vacancy]), people, boxes, posterior, policy, rules, paper_bank)
    # d holds a higher tier, e is not in the pool.
    assert table["participant_id"].tolist() == ["a", "b", "c"]
    rows = table.set_index("participant_id")
    met, no, silent = vacancies.MET, vacancies.UNMET, vacancies.NO_DATA
    criteria = ["competency", "field", "education", "tenure"]
    # Pengawas require 2: a and c reach 27 / 18 = 150, b 18 / 18 = 100. D4 counts as S1. b holds the tier already.
    assert rows.loc["a", criteria].tolist() == [met, met, met, met]
    assert rows.loc["b", criteria].tolist() == [met, silent, met, met]
    assert rows.loc["c", criteria].tolist() == [met, no, no, no]
    assert rows["jpm"].tolist() == pytest.approx([150, 100, 150])
    assert rows["own"].all()
    assert rows[["met", "unmet", "no_data"]].to_numpy().tolist() == [[4, 0, 0], [3, 0, 1], [1, 3, 0]]


def test_people_of_the_same_instansi_come_first(vacancy, candidates, policy, rules, paper_bank):
    posterior, boxes, people = candidates
    boxes = boxes.assign(instansi=["B", "B", "A", "A", "A"])
    people = people.assign(field="Statistika", education="S1", years_in_tier=9.0)
    table = vacancies.match(pd.DataFrame([vacancy]), people, boxes, posterior, policy, rules, paper_bank)
    assert table["participant_id"].tolist() == ["c", "a", "b"]
    assert table["own"].tolist() == [True, False, False]


def test_both_directions_and_the_positions_own_standard(vacancy, candidates, policy, rules, paper_bank):
    posterior, boxes, people = candidates
    own = pd.DataFrame(
        {"position": "S-1", "competency": list(policy.competencies.competencies), "required_level": [5] * 9}
    )
    second = {**vacancy, "vacancy": "L2", "position": "S-1", "field": None}
    table = vacancies.match(
        pd.DataFrame([vacancy, second]), people, boxes, posterior, policy, rules, paper_bank, positions=own
    )
    hard = table[table["vacancy"] == "L2"].set_index("participant_id")
    assert hard.loc["a", "jpm"] == pytest.approx(60)  # 27 / 45
    assert hard.loc["a", "competency"] == vacancies.UNMET
    assert set(hard["field"]) == {vacancies.NO_DATA}
    assert vacancies.candidates_of(table, 1)["participant_id"].tolist() == ["a", "a"]
    posts = vacancies.posts_of(table, 1).set_index("participant_id")["vacancy"]
    assert posts.to_dict() == {"a": "L1", "b": "L1", "c": "L1"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"jenjang": "raja"}, "tidak ada pada standar"),
        ({"education_level": "S9"}, "tidak dikenal"),
        ({"vacancy": None}, "kosong atau tercantum dua kali"),
    ],
)
def test_hostile_vacancies_give_a_sentence(vacancy, candidates, policy, rules, paper_bank, change, sentence):
    posterior, boxes, people = candidates
    table = pd.DataFrame([{**vacancy, **change}])
    with pytest.raises(ValueError, match=sentence):
        vacancies.match(table, people, boxes, posterior, policy, rules, paper_bank)
    double = pd.DataFrame([vacancy, vacancy])
    with pytest.raises(ValueError, match="dua kali"):
        vacancies.match(double, people, boxes, posterior, policy, rules, paper_bank)
    with pytest.raises(ValueError, match="tanpa kolom field"):
        vacancies.match(table.drop(columns="field"), people, boxes, posterior, policy, rules, paper_bank)


def test_hostile_standards_give_a_sentence(paper_bank, policy, rules):
    people = of(paper_bank, {"a": 1.0})
    asked = {"x": Standard(np.full(9, 6), np.array([0]))}
    with pytest.raises(ValueError, match="level 1 sampai 5"):
        standards_met(people, paper_bank, policy.competencies.competencies, asked, rules.filling)
    with pytest.raises(ValueError, match="tidak ada pada posterior"):
        standards_met(people, paper_bank, ("lain",), {}, rules.filling)


def test_the_rotation_list_by_hand(policy, rules):
    participants = pd.DataFrame(
        {
            "participant_id": ["a", "b", "c", "d"],
            "instansi": "A",
            "unit": "U",
            "jenjang": "pelaksana",
            "jabatan": "J",
            "date_in_post": pd.to_datetime(["2020-11-15", "2020-11-17", None, "2010-01-01"]),
        }
    )
    boxes = boxes_of(a=("pelaksana", 4, 0.0), b=("pelaksana", 9, 1.0))
    table = rotation.rotation_list(participants, boxes, policy, rules, DAY)
    # a exactly four years (1,461 days), b two days short, c unknown, d withheld but listed.
    assert table["participant_id"].tolist() == ["d", "a"]
    assert table["years_in_post"].iloc[1] == pytest.approx(4.0)
    assert table["named"].tolist() == [False, True]  # the follow-up of box 4 speaks of rotation
    assert table["box"].isna().tolist() == [True, False]
    late = participants.assign(date_in_post=pd.Timestamp("2025-01-01"))
    with pytest.raises(ValueError, match="sesudah hari uji"):
        rotation.rotation_list(late, boxes, policy, rules, DAY)
    assert rotation.rotation_list(participants.drop(columns="date_in_post"), boxes, policy, rules, DAY).empty


def test_the_tier_above_by_hand(paper_bank, policy, rules):
    people = of(paper_bank, {"a": 1.0, "b": 0.0, "c": 1.0})
    frame = pd.DataFrame(
        {"participant_id": ["a", "b", "c"], "instansi": "A", "jenjang": ["pengawas", "pengawas", "penyelia"]}
    )
    table = rotation.tier_above(people, frame, policy, rules, paper_bank)
    # Administrator require 3: 27 / 27 and 18 / 27 = 66.7; penyelia have none above them here.
    assert table["participant_id"].tolist() == ["a", "b"]
    assert table["jpm"].tolist() == pytest.approx([100, 200 / 3])
    assert table["category"].tolist() == ["ms", "kms"]
    assert table["p_ms"].tolist() == [1, 0]


def test_development_needs_by_hand():
    p = {"p_level_1": 0.0, "p_level_2": 0.0, "p_level_3": 0.0, "p_level_4": 0.0, "p_level_5": 0.0}
    levels = pd.DataFrame(
        [
            {
                "participant_id": "a",
                "competency": "x",
                "level": 2,
                "required": 3,
                **p,
                "p_level_2": 0.7,
                "p_level_3": 0.3,
            },
            {
                "participant_id": "b",
                "competency": "x",
                "level": 3,
                "required": 3,
                **p,
                "p_level_2": 0.4,
                "p_level_3": 0.6,
            },
            {"participant_id": "c", "competency": "x", "level": 1, "required": 1, **p, "p_level_1": 1.0},
        ]
    ).astype({"required": "Int64"})
    people = pd.DataFrame({"participant_id": ["a", "b", "c"], "unit": ["U", "V", "U"]})
    row = outlook.development_needs(levels, people, ["x"], ()).iloc[0]
    # Level 1 cannot be missed: c does not count. .7 + .4 = 1.1, variance .21 + .24; printed one of two below.
    assert row[["n", "below", "expected", "gap"]].tolist() == pytest.approx([2, 1, 1.1, 0.5])
    assert (row["low"], row["high"]) == pytest.approx((0.0, 2.0))
    by_unit = outlook.development_needs(levels, people, ["x"], ("unit",))
    assert by_unit[["unit", "n", "expected"]].to_numpy().tolist() == [["U", 1, 0.7], ["V", 1, 0.4]]
    with pytest.raises(ValueError, match="tanpa kolom umur"):
        outlook.development_needs(levels, people, ["x"], ("umur",))


@pytest.fixture
def office() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three statisticians who retire in years 1, 3 and never; candidates of .9 (to year 2) and .5; one lawyer."""
    people = pd.DataFrame(
        [
            ("s1", "Statistisi", "Statistika", "2025-06-01", 1.0),
            ("s2", "Statistisi", "Hukum", "2027-06-01", 0.0),
            ("s3", "Statistisi", None, None, 0.0),
            ("c1", "Pengelola", "Statistika", "2026-06-01", 0.9),
            ("c2", "Pengelola", "Matematika", "2040-01-01", 0.5),
            ("c3", "Pengelola", "Hukum", "2040-01-01", 1.0),
        ],
        columns=["participant_id", "jabatan", "field", "retirement_date", "p_pool"],
    )
    people["retirement_date"] = pd.to_datetime(people["retirement_date"])
    posts = pd.DataFrame({"jabatan": ["Statistisi", "Pengelola"], "field": ["Statistika|Matematika", None]})
    return people, posts


def test_the_outlook_by_hand(office, rules):
    people, posts = office
    result = outlook.field_outlook(people, posts, rules, DAY)
    years = result.years.set_index("year")
    assert years["posts"].unique().tolist() == [3]
    assert years["retired"].tolist() == [0, 1, 1, *[2] * 8]
    # 1.4 at first; c1 leaves in the second year; .5 stays. One post is open from year 1: 1.4 covers it, .5 does not.
    assert years["candidates"].tolist() == pytest.approx([1.4, 1.4, *[0.5] * 9])
    field = result.fields.iloc[0]
    assert field["runs_out"] == 2
    assert field["runs_out_early"] == 1
    assert field["runs_out_late"] == 3
    assert (result.without_date, result.without_field) == (1, 1)
    words = " ".join(outlook.outlook_assumptions(result, rules))
    assert "10 tahun" in words
    assert "1 orang tanpa tanggal pensiun" in words


def test_few_posts_of_a_field_have_no_outlook(office, rules):
    people, posts = office
    result = outlook.field_outlook(people.iloc[1:], posts, rules, DAY)
    assert result.fields.empty
    assert result.years.empty


def test_hostile_outlook_input_gives_a_sentence(office, rules):
    people, posts = office
    with pytest.raises(ValueError, match="tanpa kolom field"):
        outlook.field_outlook(people.drop(columns="field"), posts, rules, DAY)
    with pytest.raises(ValueError, match="tercantum dua kali"):
        outlook.field_outlook(people, pd.concat([posts, posts]), rules, DAY)


def test_doubtful_results_are_listed_and_nothing_else(rules):
    times = pd.DataFrame(
        {"participant_id": ["a", "b", "c"], "instrument": "potensi", "rapid_share": [0.10, 0.099, np.nan]}
    )
    fit = pd.DataFrame({"participant_id": ["a", "b", "d"], "instrument": "potensi", "person_fit": [0.3, -2.6, -2.4]})
    flags = pd.DataFrame({"participant_id": ["e"], "instrument": ["potensi"], "flag": ["dua kali duduk"], "detail": ""})
    table = pool.doubtful_results(times, fit, flags, rules)
    assert table["participant_id"].tolist() == ["a", "b", "e"]
    assert set(table["status"]) == {"perlu dikonfirmasi"}
    assert "10" in table["reason"].iloc[0]
    assert "tidak cocok" in table["reason"].iloc[1]
    assert table["reason"].iloc[2] == "dua kali duduk"
    assert pool.doubtful_results(None, None, None, rules).empty
