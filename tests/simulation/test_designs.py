from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from workbench.records.tables import (
    ASSIGNMENT_ROLES,
    AWARD_LEVELS,
    DISCIPLINE_RECORDS,
    EDUCATION_LEVELS,
    EXPECTATIONS,
    JENJANG,
    PREDICATES,
)
from workbench.simulation.designs import (
    INSTRUMENTS,
    cohort_names,
    count,
    load_cohort,
    load_defects,
    load_instrument,
    load_population,
    load_posts,
    scale_keys,
)

KALTIM = {
    "Pemerintah Provinsi Kalimantan Timur": 4000,
    "Pemerintah Kabupaten Kutai Kartanegara": 4000,
    "Pemerintah Kabupaten Paser": 1700,
    "Pemerintah Kabupaten Kutai Barat": 1800,
    "Pemerintah Kabupaten Penajam Paser Utara": 1500,
    "Pemerintah Kota Samarinda": 3000,
    "Pemerintah Kota Balikpapan": 2000,
}


def test_cohorts_have_their_real_sizes():
    assert {name: load_cohort(name).size for name in cohort_names()} == {
        "cirebon-2024": 1002,
        "kaltim-2024": 18_000,
        "national-2023": 60_000,
        "pekalongan-2024": 180,
    }
    assert {one.name: one.size for one in load_cohort("kaltim-2024").instansi} == KALTIM


def test_pekalongan_has_its_real_jenjang():
    jenjang = dict(load_cohort("pekalongan-2024").jenjang)
    assert (jenjang.pop("administrator"), jenjang.pop("pengawas"), jenjang.pop("pelaksana")) == (40, 87, 3)
    assert sum(jenjang.values()) == 50


def test_national_round_has_five_klaster_of_equal_size():
    design = load_cohort("national-2023")
    sizes = {name: sum(one.size for one in design.instansi if one.klaster == name) for name in design.forms}
    assert sizes == dict.fromkeys(("K1", "K2", "K3", "K4", "K5"), 12_000)
    assert len({one.code for one in design.instansi}) == len({one.name for one in design.instansi}) == 38


def test_instruments_have_33_scales_and_435_items_in_four_and_a_half_hours():
    designs = [load_instrument(name) for name in INSTRUMENTS]
    assert [len(design.scales) for design in designs] == [9, 4, 12, 8]
    assert [sum(scale.items for scale in design.scales) for design in designs] == [135, 40, 120, 140]
    assert sum(design.minutes for design in designs) == 270
    assert len(set(scale_keys())) == 33
    assert [scale.items for scale in designs[3].scales] == [20, 16, 16, 20, 20, 16, 16, 16]


def test_every_data_file_says_that_its_numbers_are_assumed():
    data = files("workbench.simulation") / "data"
    sources = [data / "population.toml", *(data / "cohorts").iterdir(), *(data / "instruments").iterdir()]
    assert len(sources) == 9
    assert all(tomllib.loads(source.read_text(encoding="utf-8"))["assumed"] is True for source in sources)


def test_names_of_entries_are_those_of_the_tables_and_shares_sum_to_one():
    population = load_population()
    records = population.records
    assert set(population.jenjang.share) <= set(JENJANG)
    assert set(load_posts()["post"]) == set(population.jenjang.share) == set(population.jenjang.shift)
    for shares, permitted in (
        (records.predicate, PREDICATES),
        (records.hasil_kerja, EXPECTATIONS),
        (records.award, AWARD_LEVELS),
        (records.assignment, ASSIGNMENT_ROLES),
        (records.discipline, DISCIPLINE_RECORDS),
    ):
        assert set(shares) == set(permitted)
        assert sum(shares.values()) == pytest.approx(1)
    assert set(records.education) <= set(EDUCATION_LEVELS)
    for shares in (population.jenjang.share, records.certificates, records.education, population.groups.region):
        assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("amount", "people", "expected"),
    [(0, 100, 0), (0.0015, 180, 1), (0.0015, 60_000, 90), (3, 100, 3), (3, 2, 2), (0.5, 0, 0)],
)
def test_an_amount_is_a_share_or_a_count(amount, people, expected):
    assert count(amount, people) == expected


def test_unknown_names_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"Kohor 'bandung' tidak dikenal; pilih salah satu: cirebon-2024, .*\.$"):
        load_cohort("bandung")
    with pytest.raises(ValueError, match=r"Cacat 'banyak' tidak dikenal; tulis none, ordinary, atau nama berkas TOML"):
        load_defects("banyak")
    broken = tmp_path / "broken.toml"
    broken.write_text("miskeyed_items = ")
    with pytest.raises(ValueError, match=r"broken\.toml bukan TOML yang sah"):
        load_defects(broken)
    unknown = tmp_path / "unknown.toml"
    unknown.write_text("miskeyed = 3\n")
    with pytest.raises(ValueError, match=r"unknown\.toml: isian 'miskeyed' tidak sah; perbaiki berkas itu\."):
        load_defects(str(unknown))


def test_defects_come_from_a_file(tmp_path):
    source = tmp_path / "defects.toml"
    source.write_text("miskeyed_items = 7\nwrong_package = 0.01\n")
    assert load_defects(str(source)).miskeyed_items == 7
    assert load_defects("none").wrong_package == 0
    assert load_defects("ordinary").wrong_package == 0.0015
