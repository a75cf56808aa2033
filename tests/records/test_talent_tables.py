"""Posts, vacancies and training as a user sends them."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.records.intake import check


def given(small_round, **changes):
    """Write the three tables; changes are made to the vacancy."""
    instansi = small_round.frame("participants")["instansi"].iloc[0]
    nip = small_round.frame("participants")["nip"].iloc[0]
    row = {"vacancy": "L1", "instansi": instansi, "jabatan": "Auditor", "jenjang": "Ahli Muda", "openings": "2"}
    small_round.write("vacancies", pd.DataFrame([{**row, **changes}]))
    small_round.write("posts", pd.DataFrame({"jabatan": ["Auditor"], "field": ["Akuntansi|Manajemen"]}))
    training = pd.DataFrame({"nip": [nip], "leadership_training": ["true"], "seminar": [""]})
    small_round.write("competency_development", training)
    return check(small_round.folder)


def test_the_tables_are_read_with_what_they_hold(small_round):
    report = given(small_round)
    assert report.problems == []
    vacancy = report.tables["vacancies"].iloc[0]
    assert (vacancy["jenjang"], vacancy["openings"]) == ("ahli_muda", 2)
    assert report.tables["posts"]["field"].iloc[0] == "Akuntansi|Manajemen"
    training = report.tables["competency_development"].iloc[0]
    assert bool(training["leadership_training"])
    assert pd.isna(training["seminar"])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"instansi": "Negeri Antah"}, "tidak ada pada tabel instansi"),
        ({"position": "STJ-9"}, "tidak ada pada tabel positions"),
        ({"jenjang": "raja"}, "raja"),
        ({"openings": "0"}, "0"),
    ],
)
def test_a_wrong_vacancy_has_one_sentence(small_round, change, word):
    problems = given(small_round, **change).problems
    assert len(problems) == 1
    assert "vacancies" in str(problems[0])
    assert word in str(problems[0])
