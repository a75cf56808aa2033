from __future__ import annotations

import pandas as pd
import pytest

from workbench.records import intake


def check(small_round) -> intake.IntakeReport:
    report = intake.check(small_round.folder)
    assert report.problems == []
    return report


def held(report: intake.IntakeReport) -> list[tuple[str, str, str]]:
    return list(report.quarantine[["nip", "table", "reason"]].itertuples(index=False, name=None))


def counts(report: intake.IntakeReport, instrument: str) -> pd.DataFrame:
    return report.counts[report.counts["instrument"] == instrument].set_index("instansi")


def test_who_answered_nothing_is_kept_back(small_round):
    frame = small_round.frame("responses_kognitif__A")
    frame.iloc[2, 1:] = ""
    small_round.write("responses_kognitif__A", frame)
    report = check(small_round)
    assert held(report) == [(frame["nip"][2], "responses_kognitif__A", "blank")]
    assert [str(line) for line in report.held] == ["responses_kognitif__A.csv, baris 4: semua jawaban kosong."]
    assert report.quarantine["row"].tolist() == [4]
    assert frame["nip"][2] not in set(report.responses["kognitif", "A"]["nip"])
    assert len(report.responses["sikap", "A"]) == 12, "the other instrument is not touched"


def test_two_lines_of_one_person_are_both_kept_back(small_round):
    frame = small_round.frame("responses_kognitif__A")
    small_round.write("responses_kognitif__A", pd.concat([frame, frame.iloc[[4]]]))
    report = check(small_round)
    assert held(report) == [(frame["nip"][4], "responses_kognitif__A", "double_sitting")] * 2
    assert len(report.responses["kognitif", "A"]) == 11


def test_answers_on_two_forms_are_a_double_sitting(small_round):
    forms = small_round.frame("forms")
    small_round.write("forms", pd.concat([forms, forms[forms["instrument"] == "sikap"].assign(form="B")]))
    answers = small_round.frame("responses_sikap__A")
    small_round.write("responses_sikap__B", answers.iloc[[3]])
    report = check(small_round)
    nip = answers["nip"][3]
    assert held(report) == [(nip, f"responses_sikap__{form}", "double_sitting") for form in "AB"]
    assert ("sikap", "B") not in report.responses, "a form in which nobody is left is not analysed"


def test_two_sittings_of_one_person_are_a_double_sitting(small_round):
    sittings = small_round.frame("sittings")
    small_round.write("sittings", pd.concat([sittings, sittings.iloc[[0]].assign(date="2024-08-06")]))
    report = check(small_round)
    assert held(report) == [(sittings["nip"][0], "responses_kognitif__A", "double_sitting")]
    assert len(report.tables["sittings"]) == len(sittings)


@pytest.mark.parametrize("status", ["absent", "void"])
def test_answers_of_who_was_not_there_are_kept_back_and_counted(small_round, status):
    small_round.cell("sittings", 4, "status", status)
    report = check(small_round)
    nip = small_round.frame("sittings")["nip"][2]
    assert held(report) == [(nip, "responses_kognitif__A", "not_present")]
    here = counts(report, "kognitif")
    assert here[["present", status]].sum().tolist() == [11, 1]
    assert here["quarantined"].sum() == 1
    assert here["reconciled"].all()


def test_a_sitting_of_another_form_is_kept_back(small_round):
    forms = small_round.frame("forms")
    small_round.write("forms", pd.concat([forms, forms[forms["instrument"] == "sikap"].assign(form="B")]))
    small_round.cell("sittings", 15, "form", "B")
    assert [reason for _nip, _table, reason in held(check(small_round))] == ["other_form"]


def test_who_was_there_without_answers_is_named_by_row(small_round):
    frame = small_round.frame("responses_kognitif__A")
    small_round.write("responses_kognitif__A", frame.drop(index=5))
    report = check(small_round)
    assert [(warning.file, warning.row) for warning in report.warnings] == [("sittings.csv", 7)]


def test_an_invitation_that_does_not_add_up_is_not_reconciled(small_round):
    small_round.cell("instansi", 2, "invited", "9")
    here = counts(check(small_round), "kognitif")["reconciled"]
    assert here.to_dict() == {"Pemerintah Kota Pekalongan": False, "Badan Kepegawaian Daerah": True}


def test_without_a_list_of_sittings_the_absent_are_those_without_answers(small_round):
    (small_round.folder / "sittings.csv").unlink()
    frame = small_round.frame("responses_kognitif__A")
    small_round.write("responses_kognitif__A", frame.drop(index=[0, 1, 2]))
    here = counts(check(small_round), "kognitif")
    assert here["absent"].sum() == 3
    assert here["reconciled"].all()
    small_round.cell("instansi", 2, "invited", "3")
    assert not counts(check(small_round), "kognitif")["reconciled"].all(), "more came than were invited"


def test_when_nobody_is_left_it_is_an_error(small_round):
    for name in ("kognitif", "sikap"):
        frame = small_round.frame(f"responses_{name}__A")
        frame.iloc[:, 1:] = ""
        small_round.write(f"responses_{name}__A", frame)
    report = intake.check(small_round.folder)
    assert ["tidak ada jawaban yang dapat dipakai" in str(problem) for problem in report.problems] == [True]
    assert not report.responses
