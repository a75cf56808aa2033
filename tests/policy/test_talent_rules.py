"""Numbers of the talent lists: each with source and mark, and files that contradict themselves refused."""

from __future__ import annotations

import pytest

from workbench.policy import explain_talent_rules, load_competencies, load_talent_rules
from workbench.policy.reading import DATA


def test_the_shipped_numbers_are_those_of_their_sources():
    rules = load_talent_rules()
    assert (rules.rotation.years, rules.rotation.years_with_rotation, rules.validity.years) == (4, 1, 3)
    assert [category.from_ for category in rules.filling.categories] == [80, 68, 0]
    known = {tier.key for tier in load_competencies().jenjang}
    assert set(rules.tier_above.next) | set(rules.tier_above.next.values()) <= known
    required = load_competencies().required
    assert all(required(low) <= required(high) for low, high in rules.tier_above.next.items())


def test_every_row_names_source_and_mark():
    rows = explain_talent_rules(load_talent_rules())
    assert len(rows) == 7
    assert all(source and mark in ("v", "practice", "no") for _rule, _value, source, mark in rows)
    assert any("empat tahun" in source for _rule, _value, source, _mark in rows)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("years = 4.0", "years = -1.0", "rotation.years: harus lebih dari 0"),
        ("rapid_share = 0.10", "rapid_share = 10.0", "invalid_result.rapid_share: paling besar 1"),
        ("person_fit = -2.5", "person_fit = 2.5", "invalid_result.person_fit"),
        ('purpose = "pengisian_jabatan"', 'purpose = "lomba"', "tier_above.purpose: harus salah satu dari"),
        ('jpt_madya = "jpt_utama"', 'jpt_madya = "pelaksana"', "urutan jenjang berputar"),
        ("smallest_posts = 3", "smallest_posts = 0", "outlook.smallest_posts"),
        ("smallest_group = 10", "smallest_grup = 10", "development"),
        ("[rotation]", "[rotation", "bukan TOML yang sah"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_in_one_sentence(tmp_path, old, new, sentence):
    text = (DATA / "talent.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "talenta.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=sentence):
        load_talent_rules(path)
