"""The shipped files carry the facts of the regulations: each value is typed from the rule, not read from the code."""

from __future__ import annotations

import pytest

from workbench.policy import (
    list_policies,
    load_competencies,
    load_instruments,
    load_item_rules,
    load_policy,
    policy_path,
)
from workbench.records.tables import (
    ASSIGNMENT_ROLES,
    AWARD_LEVELS,
    DISCIPLINE_RECORDS,
    EDUCATION_LEVELS,
    EXPECTATIONS,
    JENJANG,
    PREDICATES,
)

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"
BOTH = pytest.mark.parametrize("key", [KEPKA, PERMENPANRB])


def parts(axis):
    return {part.key: part for part in axis}


def test_two_policies_are_shipped():
    assert list_policies() == (KEPKA, PERMENPANRB)
    assert load_policy(KEPKA).in_force == "2025"
    assert load_policy(PERMENPANRB).in_force == "2020"


@BOTH
def test_the_grid_numbers_boxes_by_name_of_the_axes(key):
    boxes = load_policy(key).boxes
    low, middle, top = 0, 1, 2
    by_name = {
        (low, top): 4,
        (middle, top): 7,
        (top, top): 9,
        (low, middle): 2,
        (middle, middle): 5,
        (top, middle): 8,
        (low, low): 1,
        (middle, low): 3,
        (top, low): 6,
    }
    assert {place: boxes.box(*place) for place in by_name} == by_name
    assert boxes.verified == "practice"
    assert (set(boxes.pool), boxes.pool_verified) == ({7, 8, 9}, "v")
    assert [set(group.boxes) for group in boxes.groups] == [{7, 8, 9}, {2, 4, 5}, {1, 3, 6}]


@BOTH
def test_follow_up_of_each_box(key):
    boxes = load_policy(key).boxes
    assert boxes.follow_up_verified == "practice"
    expected = {
        9: ("dipromosikan dan dipertahankan", "(KRS) instansi/nasional", "penghargaan"),
        8: ("dipertahankan", "(KRS) instansi;", "rotasi/perluasan jabatan", "bimbingan kinerja"),
        7: ("dipertahankan", "(KRS) instansi;", "rotasi/pengayaan jabatan", "pengembangan kompetensi", "tugas belajar"),
        6: ("penempatan yang sesuai", "bimbingan kinerja", "konseling kinerja"),
        5: ("penempatan yang sesuai", "bimbingan kinerja", "pengembangan kompetensi"),
        4: ("rotasi", "pengembangan kompetensi"),
        3: ("bimbingan kinerja", "konseling kinerja", "pengembangan kompetensi", "penempatan yang sesuai"),
        2: ("bimbingan kinerja", "pengembangan kompetensi", "penempatan yang sesuai"),
        1: ("diproses sesuai ketentuan peraturan perundangan",),
    }
    for box, words in expected.items():
        text = boxes.follow_up[box]
        assert all(word in text for word in words), box
        assert text.count(";") + 1 == len(words), box


@BOTH
def test_cut_points_of_both_axes(key):
    cuts = load_policy(key).cuts
    assert (cuts.potensial, cuts.kinerja, cuts.verified) == ((60, 80), (60, 80), "practice")


def test_kepka_splits_the_talent_score_and_both_axes():
    policy = load_policy(KEPKA)
    assert policy.talent is not None
    assert (policy.talent.kinerja, policy.talent.potensial, policy.talent.verified) == (50, 50, "v")
    kinerja, potensial = parts(policy.kinerja), parts(policy.potensial)
    assert {key: part.weight for key, part in kinerja.items()} == {
        "kinerja_utama": 60,
        "penghargaan": 15,
        "penugasan_tim": 15,
        "umpan_balik_360": 10,
    }
    assert {key: part.weight for key, part in potensial.items()} == {
        "kompetensi": 20,
        "pengembangan_kompetensi": 10,
        "pengalaman_jabatan": 10,
        "potensi": 25,
        "pendidikan": 10,
        "kesesuaian_bidang": 10,
        "disiplin": 15,
    }
    # 40 / 25 / 20 / 15 were read; how 40 and 20 are split inside was not.
    assert sum(potensial[k].weight for k in ("kompetensi", "pengembangan_kompetensi", "pengalaman_jabatan")) == 40
    assert sum(potensial[k].weight for k in ("pendidikan", "kesesuaian_bidang")) == 20
    assert {key for key, part in potensial.items() if part.verified == "v"} == {"potensi", "disiplin"}
    assert {part.verified for part in kinerja.values()} == {"practice"}
    assert policy.verified == "v"


def test_kepka_values_its_parts():
    policy = load_policy(KEPKA)
    kinerja, potensial = parts(policy.kinerja), parts(policy.potensial)
    assert policy.kinerja_axis.value == "predicate_map"
    assert kinerja["kinerja_utama"].points == dict(zip(PREDICATES, (100, 80, 60, 40, 20), strict=True))
    assert kinerja["penghargaan"].points == dict(zip(AWARD_LEVELS, (0, 25, 50, 75, 100), strict=True))
    assert kinerja["penugasan_tim"].points == dict(zip(ASSIGNMENT_ROLES, (0, 25, 50, 75, 100), strict=True))
    assert (kinerja["umpan_balik_360"].points, kinerja["umpan_balik_360"].steps) == ({}, ())
    education = potensial["pendidikan"].points
    assert {name: education[name] for name in ("S3", "S2", "S1", "D4", "D3", "SMA")} == {
        "S3": 100,
        "S2": 90,
        "S1": 80,
        "D4": 80,
        "D3": 70,
        "SMA": 60,
    }
    assert set(education) == set(EDUCATION_LEVELS)
    assert potensial["kesesuaian_bidang"].points == {"true": 100, "false": 50}
    assert potensial["pengalaman_jabatan"].steps == ((5, 100), (3, 80), (0, 60))
    assert potensial["pengembangan_kompetensi"].steps == ((4, 100), (3, 75), (2, 50), (1, 25), (0, 0))
    assert potensial["disiplin"].points == dict(zip(DISCIPLINE_RECORDS, (100, 75, 50, 25, 0), strict=True))
    assert (potensial["kompetensi"].measured_by, potensial["kompetensi"].scales) == ("jpm", "mansoskul")
    assert (potensial["potensi"].measured_by, potensial["potensi"].scales) == ("percentage", "potensi")
    assert {part.value_verified for part in (*policy.kinerja, *policy.potensial)} == {"practice"}


def test_permenpanrb_averages_four_jpm_and_reads_the_row():
    policy = load_policy(PERMENPANRB)
    assert policy.kinerja_axis.value == "hasil_kerja"
    weights = {part.scales: part.weight for part in policy.potensial}
    # mean(potensi, mean(mansoskul, literasi digital, emerging skills))
    assert weights == pytest.approx(
        {"potensi": 50, "mansoskul": 50 / 3, "literasi-digital": 50 / 3, "emerging-skills": 50 / 3}, abs=1e-9
    )
    assert {part.measured_by for part in policy.potensial} == {"jpm"}
    assert [part.measured_by for part in policy.kinerja] == ["hasil_kerja"]
    assert set(policy.kinerja[0].points) == set(EXPECTATIONS)
    assert policy.talent is None


@BOTH
def test_missing_data_are_withheld_and_only_the_pool_is_a_risk(key):
    policy = load_policy(key)
    assert (policy.missing.value, policy.kinerja_error.value, policy.risk.pool) == ("withhold", "none", 1)
    assert (policy.jpm.capping, policy.jpm.purpose) == ("none", "pemetaan")
    assert {policy.missing.verified, policy.kinerja_error.verified, policy.risk.verified} == {"no"}


def test_jpm_categories_depend_on_the_purpose(tmp_path):
    mapping = [(c.title, c.from_) for c in load_policy(KEPKA).categories.categories]
    assert mapping == [("Optimal", 90), ("Cukup Optimal", 78), ("Kurang Optimal", 0)]
    text = (
        policy_path(KEPKA).read_text(encoding="utf-8").replace('purpose = "pemetaan"', 'purpose = "pengisian_jabatan"')
    )
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    filling = [(c.key, c.from_) for c in load_policy(own).categories.categories]
    assert filling == [("ms", 80), ("mms", 68), ("kms", 0)]
    assert load_policy(own).categories.verified == "practice"


def test_competencies_levels_and_tiers():
    standard = load_competencies()
    titles = {scale.key: scale.title for scale in load_instruments()["mansoskul"].scales}
    assert [titles[key] for key in standard.competencies] == [
        "Integritas",
        "Kerjasama",
        "Komunikasi",
        "Orientasi pada Hasil",
        "Pelayanan Publik",
        "Pengembangan Diri dan Orang Lain",
        "Mengelola Perubahan",
        "Pengambilan Keputusan",
        "Perekat Bangsa",
    ]
    assert standard.levels == ("paham/dalam pengembangan", "dasar", "menengah", "mumpuni", "ahli")
    assert standard.verified == "v"
    read = {"jpt_madya": 5, "jpt_pratama": 4, "administrator": 3, "pengawas": 2, "pelaksana": 1}
    recalled = {"jpt_utama": 5, "ahli_utama": 5, "ahli_madya": 3, "ahli_muda": 2, "ahli_pertama": 1, "penyelia": 2}
    others = dict.fromkeys(("mahir", "terampil", "pemula", "fungsional_lain"), 1)
    assert {tier.key: tier.required_level for tier in standard.jenjang} == {**read, **recalled, **others}
    assert {tier.key for tier in standard.jenjang if tier.verified == "v"} == set(read)
    assert {tier.verified for tier in standard.jenjang if tier.key not in read} == {"no"}
    assert {tier.key for tier in standard.jenjang} == set(JENJANG)


def test_instruments_and_the_standards_of_their_aspects():
    instruments = load_instruments()
    assert [s.standard for s in instruments["literasi-digital"].scales] == [3, 4, 4, 3]
    assert [s.title for s in instruments["literasi-digital"].scales] == [
        "Digital Skills",
        "Digital Culture",
        "Digital Ethic",
        "Digital Safety",
    ]
    assert [s.standard for s in instruments["emerging-skills"].scales] == [3] * 12
    assert [s.title for s in instruments["emerging-skills"].scales] == [
        "Analytical Thinking",
        "Problem Solving",
        "Creativity and Innovation",
        "Leadership",
        "Service Orientation",
        "Adaptability and Resilience",
        "Emotional Intelligence",
        "Continuous Learning",
        "Troubleshooting and User Experience",
        "Technology Design and Programming",
        "Technology Use Monitoring and Control",
        "System Analysis and Evaluation",
    ]
    assert [s.standard for s in instruments["potensi"].scales] == [3] * 8
    assert {s.standard for s in instruments["mansoskul"].scales} == {None}
    for key in ("literasi-digital", "emerging-skills", "potensi"):
        assert (instruments[key].verified, instruments[key].standard_verified) == ("v", "practice")


def test_rule_sets_for_items():
    assert load_item_rules("ebel").item_rest_low == 0.2
    pacer, irtq = load_item_rules("pacer"), load_item_rules("irtq")
    assert (pacer.difficulty_low, pacer.difficulty_high, pacer.item_rest_low) == (0.15, 0.85, 0.2)
    assert (irtq.difficulty_low, irtq.difficulty_high, irtq.item_rest_low) == (0.1, 0.95, 0.2)
