"""IP ASN: five people worked by hand under both versions, what is missing, and files that contradict themselves."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.policy import describe_rules, list_ip_asn, load_ip_asn
from workbench.policy.reading import DATA
from workbench.talent.ip_asn import compare_versions, ip_asn

OLD, NEW = "peraturan-bkn-8-2019", "peraturan-bkn-8-2019-predikat"
COLUMNS = (
    *("participant_id", "jenjang", "education", "rating", "predicate", "discipline"),
    *("leadership_training", "functional_training", "technical_training", "seminar"),
)
PEOPLE = pd.DataFrame(
    [
        # S2 20; structural 15 + 15 + 10 = 40; 92 is 30 (Baik: 25); no punishment 5: 95, or 90 by the predicate.
        ("ani", "administrator", "S2", 92.0, "baik", "tidak_ada", True, False, True, True),
        # S3 25; functional 0 + 15 + 0 = 15, leadership is not asked; 76 is 25 (Baik 25); light 3: 68.
        ("budi", "ahli_muda", "S3", 76.0, "baik", "ringan", None, False, True, False),
        # SMA 5; pelaksana 22.5 + 17.5 = 40; 60.9 is 5, Butuh Perbaikan 15; heavy 1: 51, or 61 by the predicate.
        ("citra", "pelaksana", "SMA", 60.9, "butuh_perbaikan", "berat", False, False, True, True),
        # S1 15; seminar not on record: 15 + 0 + ? with 0 to 10; Sangat Baik 30; none 5. 65 to 75, nothing stated.
        ("dewi", "pengawas", "S1", 95.0, "sangat_baik", "tidak_ada", True, True, False, None),
        # D3 10; functional 15 + 15 + 10; no rating, Kurang 5; serving a punishment, whose degree is not on record.
        ("eko", "terampil", "D3", None, "kurang", "sedang_menjalani", None, True, True, True),
    ],
    columns=list(COLUMNS),
)


def test_five_people_on_paper():
    table = ip_asn(PEOPLE, load_ip_asn(OLD)).set_index("participant_id")
    assert table.loc["ani", ["kualifikasi", "kompetensi", "kinerja", "disiplin"]].tolist() == [20, 40, 30, 5]
    assert table["ip_asn"].fillna(-1).tolist() == [95, 68, 51, -1, -1]
    assert table["category"].fillna("").tolist() == ["Sangat Tinggi", "Rendah", "Sangat Rendah", "", ""]
    assert table.loc["dewi", ["low", "high", "missing"]].tolist() == [65, 75, "Seminar, lokakarya, magang, kursus"]
    # Without a rating 1 to 30, without the degree of the punishment 1 to 5: 10 + 40 + (1..30) + (1..5).
    assert table.loc["eko", ["low", "high"]].tolist() == [52, 85]
    assert table.loc["eko", "missing"] == "Nilai penilaian kinerja; Hukuman disiplin"


def test_the_versions_differ_on_the_same_people():
    table = compare_versions(PEOPLE, [load_ip_asn(key) for key in list_ip_asn()])
    wide = table.pivot(index="participant_id", columns="version", values="ip_asn")
    assert list_ip_asn() == (OLD, NEW)
    assert wide.loc["ani"].tolist() == [95, 90]
    assert wide.loc["budi"].tolist() == [68, 68]
    assert wide.loc["citra"].tolist() == [51, 61]
    categories = table.pivot(index="participant_id", columns="version", values="category")
    assert categories.loc["citra"].tolist() == ["Sangat Rendah", "Rendah"]


def test_nobody_on_record_is_never_zero():
    bare = PEOPLE[["participant_id", "jenjang"]]
    table = ip_asn(bare, load_ip_asn(OLD))
    assert table["ip_asn"].isna().all()
    assert table["category"].isna().all()
    # Least 1 + 0 + 1 + 1, most 100.
    assert table["low"].tolist() == [3.0] * 5
    assert table["high"].tolist() == [100.0] * 5


@pytest.mark.parametrize(
    ("value", "category"),
    [
        (91, "Sangat Tinggi"),
        (90.5, "Tinggi"),
        (81, "Tinggi"),
        (80, "Sedang"),
        (71, "Sedang"),
        (61, "Rendah"),
        (60, None),
    ],
)
def test_categories_begin_at_their_lower_bound(value, category):
    scale = load_ip_asn(OLD).categories
    found = next(c.title for c in scale.categories if value >= c.from_)
    assert found == (category or "Sangat Rendah")


def test_every_number_has_source_and_mark():
    for key in list_ip_asn():
        text = describe_rules(key)
        assert "S3 = 25" in text
        assert "pasal 8 ayat (4)" in text
        assert "belum ada data" in text
        assert "22,5" in text
        version = load_ip_asn(key)
        parts = [part for one in version.dimensions for part in one.parts]
        assert all(one.source and one.verified for one in (*version.dimensions, *parts, version.categories))


def test_the_command_explains_a_version_and_the_talent_numbers(workbench):
    for key, words in ((NEW, "Predikat kinerja"), ("talent", "empat tahun"), ("kepka-bkn-411-2025", "Sumbu potensial")):
        finished = workbench("policy", "explain", key)
        assert finished.returncode == 0, finished.stderr
        assert words in " ".join(finished.stdout.split())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("maximum = 30", "maximum = 25", "dimensi IP ASN berjumlah 95"),
        ("S3 = 25", "S3 = 24", "harus 25"),
        ("[76, 25]", "[95, 25]", "harus turun tanpa kembar"),
        ('from = "education"', 'from = "tinggi badan"', "tidak dikenal"),
        ('groups = ["pelaksana"]', 'groups = ["pelaut"]', "golongan"),
        ('pelaksana = ["pelaksana"]', 'pelaksana = ["pengawas"]', "dua golongan"),
        ('in_force = "2019-05-15"', 'in_force = "kemarin"', "in_force"),
        ("maximum = 40", 'maximum = "banyak"', "maximum"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_in_one_sentence(tmp_path, old, new, sentence):
    text = (DATA / "ip_asn" / f"{OLD}.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "sendiri.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=sentence):
        load_ip_asn(path)


def test_an_own_file_is_read_and_explained(tmp_path):
    text = (DATA / "ip_asn" / f"{OLD}.toml").read_text(encoding="utf-8")
    path = tmp_path / "sendiri.toml"
    path.write_text(text.replace('key = "peraturan-bkn-8-2019"', 'key = "sendiri"'), encoding="utf-8")
    assert "sendiri" in describe_rules(str(path))


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("education", "S4", "tidak dikenal versi ini"),
        ("rating", -3.0, "tidak dikenal versi ini"),
        ("rating", "tinggi", "tidak dikenal versi ini"),
        ("discipline", "entah", "tidak dikenal versi ini"),
        ("jenjang", "raja", "tidak masuk golongan mana pun"),
    ],
)
def test_hostile_records_give_a_sentence(column, value, sentence):
    people = PEOPLE.astype(object)
    people.loc[1, column] = value
    with pytest.raises(ValueError, match=sentence):
        ip_asn(people, load_ip_asn(OLD))


def test_hostile_calls_give_a_sentence():
    with pytest.raises(ValueError, match="tanpa kolom jenjang"):
        ip_asn(PEOPLE.drop(columns="jenjang"), load_ip_asn(OLD))
    with pytest.raises(ValueError, match="masing-masing satu kali"):
        compare_versions(PEOPLE, [])
    with pytest.raises(ValueError, match="tidak ada; yang tersedia"):
        load_ip_asn("peraturan-2099")
