"""An instansi's own policy: a file with a mistake is refused in one sentence, and no sound one leaves a gap."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.policy import describe, explain, list_policies, load_policy, marks, policy_path
from workbench.policy.models import BoxGrid, CategoryScale, Component, Cuts
from workbench.talent.axes import boxes_of, columns_of, recorded_points
from workbench.talent.levels import category_of

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"
SOURCED = {"source": "uji", "verified": "no"}


def refused(tmp_path: Path, key: str, *changes: tuple[str, str]) -> str:
    """Change the text of a shipped policy and return the sentence with which it is refused."""
    text = policy_path(key).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    own = tmp_path / "milik-sendiri.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"^milik-sendiri\.toml: ") as caught:
        load_policy(own)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize(
    ("key", "changes", "sentence"),
    [
        (KEPKA, [("weight = 20", "weight = 21")], "seluruh berkas: bobot potensial berjumlah 101, harus 100."),
        (KEPKA, [("weight = 60", "weight = 59.5")], "seluruh berkas: bobot kinerja berjumlah 99,5, harus 100."),
        (KEPKA, [("weight = 60", "weight = 0")], "kinerja[1].weight: harus lebih dari 0"),
        (KEPKA, [("weight = 60", 'weight = "60"')], "kinerja[1].weight: isinya bukan jenis yang diminta"),
        (KEPKA, [("weight = 60", "weight = true")], "kinerja[1].weight: isinya bukan jenis yang diminta"),
        (KEPKA, [("weight = 60", 'weight = "enam puluh"')], "kinerja[1].weight: isinya bukan jenis yang diminta"),
        (KEPKA, [("potensial = [60, 80]", 'potensial = ["60", 80]')], "cuts.potensial[1]: isinya bukan jenis"),
        (KEPKA, [("baik = 80,", 'baik = "80",')], "kinerja[1].points.baik: isinya bukan jenis yang diminta"),
        (KEPKA, [("weight = 60", "weight = nan")], "kinerja[1].weight: isinya bukan jenis yang diminta"),
        (
            KEPKA,
            [("potensial = [60, 80]", "potensial = [80, 60]")],
            "cuts: batas potensial harus naik di antara 0 dan 100, ditemukan 80 dan 60.",
        ),
        (KEPKA, [("potensial = [60, 80]", "potensial = [70, 70]")], "cuts: batas potensial harus naik"),
        (KEPKA, [("kinerja = [60, 80]", "kinerja = [0, 80]")], "cuts: batas kinerja harus naik"),
        (KEPKA, [("kinerja = [60, 80]", "kinerja = [60, 101]")], "cuts: batas kinerja harus naik"),
        (KEPKA, [("kinerja = [60, 80]", "kinerja = [60, 70, 80]")], "cuts.kinerja: isinya bukan jenis yang diminta"),
        (
            KEPKA,
            [("[[5, 100], [3, 80], [0, 60]]", "[[5, 100], [3, 80], [1, 60]]")],
            "potensial[3]: komponen 'pengalaman_jabatan': batas bawah 'steps' harus turun tanpa kembar dan berakhir",
        ),
        (KEPKA, [("[3, 80], [0, 60]]", "[5, 80], [0, 60]]")], "batas bawah 'steps' harus turun tanpa kembar"),
        (KEPKA, [("[3, 80], [0, 60]]", "[3, 180], [0, 60]]")], "nilai harus antara 0 dan 100"),
        (
            KEPKA,
            [('from = "award"', 'from = "piagam"')],
            "komponen 'penghargaan' diukur dari 'piagam' yang tidak dikenal.",
        ),
        (KEPKA, [('scales = "potensi"', 'scales = "minat"')], "merujuk instrumen 'minat' yang tidak dikenal."),
        (KEPKA, [('scales = "mansoskul"', 'scales = "iqitems"')], "tanpa standar, JPM tidak dapat dihitung."),
        (KEPKA, [('scales = "mansoskul"\n', "")], "isi 'scales' hanya untuk jpm dan percentage."),
        (KEPKA, [('key = "disiplin"', 'key = "pendidikan"')], "ada komponen potensial yang disebut dua kali."),
        (KEPKA, [("points = { true = 100, false = 50 }\n", "")], "memerlukan 'points', angka tiap isian."),
        (
            KEPKA,
            [('value = "withhold"\nsource', 'value = "withhold"\nsumber')],
            "missing.source: isian ini wajib ada tetapi tidak ditemukan.",
        ),
        (
            KEPKA,
            [('source = "Praktik tiga sistem; batas bawah termasuk"', 'source = ""')],
            "cuts.source: tulisannya kosong",
        ),
        (
            KEPKA,
            [('value_source = "Praktik: angka tiap predikat"\n', "")],
            "kinerja[1].value_source: isian ini wajib ada",
        ),
        (
            KEPKA,
            [('verified = "v"\n\n[talent]', 'verified = "ya"\n\n[talent]')],
            "harus salah satu dari 'v', 'practice', 'no'.",
        ),
        (KEPKA, [("[risk]\npool = 1.0", "[risk]\npool = 1.0\nrotasi = 2")], "risk.rotasi: isian ini tidak dikenal"),
        (
            KEPKA,
            [("[talent]\nkinerja = 50", "[talent]\nkinerja = 60")],
            "talent: bobot nilai talenta berjumlah 110, harus 100.",
        ),
        (
            KEPKA,
            [('in_force = "2025"', 'in_force = "besok"')],
            "in_force: tulisannya kosong atau tidak menurut bentuknya.",
        ),
        (KEPKA, [('capping = "none"', 'capping = "kadang"')], "jpm.capping: harus salah satu dari 'none', 'total'"),
        (KEPKA, [('purpose = "pemetaan"', 'purpose = "lelang"')], "jpm.purpose: harus salah satu dari"),
        (
            KEPKA,
            [('value = "predicate_map"', 'value = "numeric"')],
            "sumbu kinerja numeric memerlukan komponen dari 'rating'.",
        ),
        (KEPKA, [("title = ", "judul = ")], "title: isian ini wajib ada"),
        (KEPKA, [("[cuts]  #", "[cuts  #")], "bukan TOML yang sah pada baris "),
        (PERMENPANRB, [("weight = 50", "weight = 49")], "bobot potensial berjumlah 99, harus 100."),
        (PERMENPANRB, [("sesuai = 70", "sesuai = 85")], "angka hasil_kerja harus jatuh pada barisnya sendiri"),
        (PERMENPANRB, [("di_bawah = 30", "tidak_ada = 30")], "angka hasil_kerja harus jatuh pada barisnya sendiri"),
    ],
)
def test_a_mistake_is_named_in_one_sentence(tmp_path, key, changes, sentence):
    assert sentence in refused(tmp_path, key, *changes)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("grid = [[4, 7, 9], [2, 5, 8], [1, 3, 3]]", "kotak 1 sampai 9 harus muncul tepat satu kali pada kisi."),
        ("pool = [7, 8, 9, 10]", "kotak kumpulan talenta harus antara 1 dan 9"),
        ("pool = [7, 7]", "kotak kumpulan talenta harus antara 1 dan 9, masing-masing satu kali."),
    ],
)
def test_own_boxes_must_be_nine(tmp_path, table, sentence):
    name = table.split(" = ")[0]
    boxes = policy_path(KEPKA).parents[1].joinpath("boxes.toml").read_text(encoding="utf-8")
    boxes = re.sub(rf"^{name} = .*$", table, boxes, flags=re.M)
    tables = re.sub(r"^\[\[groups\]\]", "[[boxes.groups]]", boxes, flags=re.M)
    tables = tables.replace("[follow_up]", "[boxes.follow_up]")
    own = policy_path(KEPKA).read_text(encoding="utf-8") + "\n[boxes]\n" + tables
    path = tmp_path / "milik-sendiri.toml"
    path.write_text(own, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(sentence)):
        load_policy(path)


def test_a_policy_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(
        ValueError, match=r"Kebijakan 'x' tidak ada; yang tersedia: kepka-bkn-411-2025, permenpanrb-3-2020"
    ):
        load_policy("x")
    with pytest.raises(ValueError, match=r"Kebijakan 'tidak-ada\.toml' tidak ada"):
        load_policy("tidak-ada.toml")


def test_a_tier_that_the_standard_does_not_know_is_refused():
    with pytest.raises(ValueError, match=r"Jenjang 'lurah' tidak ada pada standar .*; yang dikenal: jpt_utama"):
        load_policy(KEPKA).competencies.required("lurah")


def test_an_instansi_may_override_any_number(tmp_path):
    text = policy_path(KEPKA).read_text(encoding="utf-8")
    own = tmp_path / "milik-sendiri.toml"
    own.write_text(text.replace("potensial = [60, 80]", "potensial = [78, 90]"), encoding="utf-8")
    assert load_policy(own).cuts.potensial == (78, 90)


points = st.floats(0, 100)
cut_pairs = st.tuples(st.floats(0, 100, exclude_min=True), st.floats(0, 100, exclude_min=True)).filter(
    lambda pair: pair[0] < pair[1]
)


@given(potensial=points, kinerja=points, cuts=st.tuples(cut_pairs, cut_pairs), grid=st.permutations(range(1, 10)))
def test_every_point_of_the_plane_lies_in_exactly_one_box(potensial, kinerja, cuts, grid):
    # Own cuts and an own grid: the box of a point is the one whose intervals hold it, and there is just one.
    own = Cuts(potensial=cuts[0], kinerja=cuts[1], **SOURCED)
    shipped = load_policy(KEPKA)
    rows = tuple(tuple(grid[3 * i : 3 * i + 3]) for i in range(3))
    policy = shipped.model_copy(update={"cuts": own, "boxes": shipped.boxes.model_copy(update={"grid": rows})})
    column = columns_of(np.array([potensial]), own.potensial)
    row = columns_of(np.array([kinerja]), own.kinerja)
    box = int(boxes_of(column, row, policy)[0])
    edges_p, edges_k = (-np.inf, *own.potensial, np.inf), (-np.inf, *own.kinerja, np.inf)
    near = min(abs(potensial - c) for c in own.potensial) < 1e-8 or min(abs(kinerja - c) for c in own.kinerja) < 1e-8
    holding = [
        rows[2 - k][p]
        for p in range(3)
        for k in range(3)
        if edges_p[p] <= potensial < edges_p[p + 1] and edges_k[k] <= kinerja < edges_k[k + 1]
    ]
    assert len(holding) == 1
    assert box == holding[0] or near


@pytest.mark.parametrize("key", list_policies())
def test_a_score_on_a_cut_belongs_to_the_upper_side(key):
    policy = load_policy(key)
    for low, high in (policy.cuts.potensial, policy.cuts.kinerja):
        just_below = np.nextafter(np.array([low, high]), 0) - 1e-6
        assert columns_of(np.array([low, high]), (low, high)).tolist() == [1, 2]
        assert columns_of(just_below, (low, high)).tolist() == [0, 1]
        assert columns_of(np.array([0.0, 100.0]), (low, high)).tolist() == [0, 2]


@given(value=st.floats(0, 600))
def test_every_jpm_has_exactly_one_category(value):
    for purpose in tomllib.loads(
        (policy_path(KEPKA).parents[1] / "jpm_categories.toml").read_text(encoding="utf-8")
    ).values():
        scale = CategoryScale(**purpose)
        place = int(category_of(np.array([value]), scale)[0])
        bounds = [c.from_ for c in scale.categories]
        assert value >= bounds[place] - 1e-9
        assert place == 0 or value < bounds[place - 1]


@given(years=st.floats(0, 60))
def test_every_length_of_service_has_points(years):
    import pandas as pd

    part = next(p for p in load_policy(KEPKA).potensial if p.measured_by == "years_in_tier")
    people = pd.DataFrame({"participant_id": ["a"], "years_in_tier": [years]})
    expected = 100 if years >= 5 else 80 if years >= 3 else 60
    assert recorded_points(part, people)[0] == expected


def test_models_are_frozen_and_know_their_fields():
    part = {"key": "a", "title": "A", "weight": 1, "from": "rating", "value_source": "x", "value_verified": "no"}
    assert Component(**part, **SOURCED).weight == 1
    with pytest.raises(ValueError, match="frozen"):
        Component(**part, **SOURCED).weight = 2
    assert BoxGrid.model_config["extra"] == "forbid"


def numbers_in(value: object) -> list[float]:
    """Every number of a TOML value, however deep."""
    if isinstance(value, bool):
        return []
    if isinstance(value, (int, float)):
        return [float(value)]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [number for part in inner for number in numbers_in(part)]


@pytest.mark.parametrize("key", list_policies())
def test_every_number_of_the_file_is_printed(key):
    content = tomllib.loads(policy_path(key).read_text(encoding="utf-8"))
    rows = explain(load_policy(key))
    printed = {
        float(text.replace(".", "").replace(",", "."))
        for _rule, value, _source, _mark in rows
        for text in re.findall(r"\d[\d.]*(?:,\d+)?", value)
    }
    lacking = [n for n in numbers_in(content) if not any(abs(n - p) <= 0.005 + 1e-9 for p in printed)]
    assert numbers_in(content)
    assert lacking == []
    assert all(source and mark in marks() for _rule, _value, source, mark in rows)


@pytest.mark.parametrize("key", list_policies())
def test_every_rule_is_explained_with_source_and_mark(key):
    policy = load_policy(key)
    rows = explain(policy)
    assert all(rule and value and source and mark in marks() for rule, value, source, mark in rows)
    assert len({rule for rule, *_rest in rows}) == len(rows)
    text = " ".join(value for _rule, value, *_rest in rows)
    for part in (*policy.potensial, *policy.kinerja):
        row = next(r for r in rows if r[0].endswith(f": {part.title}"))
        assert (row[2], row[3]) == (part.source, part.verified)
        value = next(r for r in rows if r[0].endswith(f": {part.title}: nilai"))
        assert (value[2], value[3]) == (part.value_source, part.value_verified)
        for number in (*part.points.values(), *(p for _low, p in part.steps)):
            assert f"= {number:g}" in value[1]
    for box, words in policy.boxes.follow_up.items():
        assert (f"Tindak lanjut kotak {box}", words) in {(rule, value) for rule, value, *_rest in rows}
    for tier in policy.competencies.jenjang:
        row = next(r for r in rows if r[0] == f"Level dipersyaratkan: {tier.title}")
        assert row[1:] == (str(tier.required_level), tier.source, tier.verified)
    assert "potensial rendah 4, menengah 7, tinggi 9" in text
    assert "rendah di bawah 60; menengah 60 sampai di bawah 80; tinggi 80 ke atas" in text
    assert "78 sampai di bawah 90" in text


@pytest.mark.parametrize("key", list_policies())
def test_the_command_prints_each_rule_with_its_source(key, workbench):
    finished = workbench("policy", "explain", key)
    assert finished.returncode == 0, finished.stderr
    printed = " ".join(finished.stdout.split())
    for rule, value, source, _mark in explain(load_policy(key)):
        assert " ".join(f"{rule}: {value}".split()) in printed
        assert " ".join(source.split()) in printed
    for sign, meaning in zip(("[v]", "[p]", "[?]"), marks().values(), strict=True):
        assert f"{sign} {meaning}" in printed
    assert max(map(len, finished.stdout.splitlines())) <= 100
    assert describe(load_policy(key)) in finished.stdout


def test_the_command_refuses_an_unknown_policy_in_one_sentence(workbench):
    finished = workbench("policy", "explain", "tidak-ada")
    assert finished.returncode == 2
    assert "Kebijakan 'tidak-ada' tidak ada" in finished.stderr
    assert "Traceback" not in finished.stderr
