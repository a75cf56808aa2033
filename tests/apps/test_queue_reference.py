"""What stands behind the names on a case: nothing made up, everything with its source and mark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.apps.queue.reference import Reference
from workbench.policy import KAMUS_FILE, explain, load_competencies, load_policy, marks
from workbench.review.store import Case
from workbench.workspace import SETTINGS_FILE, Workspace

POLICY = "permenpanrb-3-2020"


@pytest.fixture
def reference(tmp_path: Path) -> Reference:
    (tmp_path / SETTINGS_FILE).write_text(f'name = "satu"\ntitle = ""\npolicy = "{POLICY}"\n', encoding="utf-8")
    return Reference(Workspace(tmp_path))


def case(**changed: Any) -> Case:
    level = {"title": "Integritas", "level": 2, "required": 3, "p": 0.557, "low": 1, "high": 3, **changed}
    return Case("K1", "run-1", 1, "P1", "Kota A", "administrator", {"levels": [level]})


def words(answer: dict[str, Any]) -> str:
    return repr(answer)


def test_a_competency_without_the_dictionary_says_that_its_text_is_not_held(reference: Reference) -> None:
    answer = reference.competency(case(), "Integritas")
    text, levels, standard = answer["sections"]
    assert "belum dimuat" in text["sentence"]
    assert "PermenPANRB 38/2017" in text["sentence"]
    assert KAMUS_FILE in text["note"]
    assert levels["sentence"] == "Level 2 (peluang 56 %); dua pertiga peluang antara level 1 dan 3."
    assert [row[1] for row in levels["rows"]] == ["", "level orang ini", "standar jabatan", "", ""]
    names = [f"{n} {name}" for n, name in enumerate(load_competencies().levels, start=1)]
    assert [row[0] for row in levels["rows"]] == names
    assert (standard["sentence"], standard["note"]) == (
        "Level 3 untuk jenjang Administrator, sama untuk semua kompetensi.",
        f"Paparan satu kementerian ({marks()['v']})",
    )


def test_an_instansi_s_own_copy_is_shown_with_its_source(reference: Reference, tmp_path: Path) -> None:
    levels = ", ".join(f'"hal {n}"' for n in range(1, 6))
    (tmp_path / KAMUS_FILE).write_text(
        'source = "Salinan 2024"\nverified = "no"\n[competencies.integritas]\n'
        f'definition = "arti"\nlevels = [{levels}]\n',
        encoding="utf-8",
    )
    text, measured, _standard = reference.competency(case(), "Integritas")["sections"]
    assert (text["sentence"], text["note"]) == ("arti", f"Salinan 2024 ({marks()['no']})")
    assert [row[2] for row in measured["rows"]] == ["hal 1", "hal 2", "hal 3", "hal 4", "hal 5"]
    other = reference.competency(case(title="Kerjasama"), "Kerjasama")
    assert "belum dimuat" in other["sections"][0]["sentence"]


def test_what_is_not_known_is_said(reference: Reference) -> None:
    unsure = reference.competency(case(p=None, low=2, high=2), "Integritas")["sections"]
    assert "galatnya tidak dinyatakan" in unsure[1]["sentence"]
    own = reference.competency(case(required=5), "Integritas")["sections"]
    assert (own[2]["sentence"], own[2]["note"]) == ("Level 5 menurut standar jabatan orang ini.", "")
    free = reference.competency(case(required=None), "Integritas")["sections"]
    assert "tidak mensyaratkan" in free[2]["sentence"]
    with pytest.raises(ValueError, match="tidak memuat kompetensi 'Kejujuran'"):
        reference.competency(case(), "Kejujuran")


def test_every_rule_is_told_with_its_source_and_mark(reference: Reference) -> None:
    answer = reference.rule("policy")
    told = {(rule, value, part["note"]) for part in answer["sections"] for rule, value in part["rows"] if part["note"]}
    rules = {(rule, value, f"{source} ({marks()[mark]})") for rule, value, source, mark in explain(load_policy(POLICY))}
    assert told == rules
    titles = [part["title"] for part in answer["sections"] if part["title"]]
    assert len(titles) == len(set(titles)) > 5


@pytest.mark.parametrize(
    ("topic", "inside", "outside"),
    [("boxes", "Batas potensial", "Pembatasan JPM"), ("jpm", "Pembatasan JPM", "Batas potensial")],
)
def test_a_topic_tells_its_own_rules(reference: Reference, topic: str, inside: str, outside: str) -> None:
    said = words(reference.rule(topic))
    assert inside in said
    assert outside not in said


def test_an_unknown_topic_is_refused(reference: Reference) -> None:
    with pytest.raises(ValueError, match="yang ada: policy, boxes, jpm"):
        reference.rule("../etc")
