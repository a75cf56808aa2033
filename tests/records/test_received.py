"""Levels and the component sheet as input: what is taken in, and what is refused with file, row and column."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from workbench.records.declared import Received, declarations
from workbench.records.intake import IntakeReport, check
from workbench.records.received_tables import SHEET_COMPONENTS
from workbench.records.templates import write_templates

Change = Callable[[pd.DataFrame], object]


@pytest.fixture(scope="module")
def agencies(tmp_path_factory, agency_files) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("instansi")
    return {kind: agency_files(base / kind, kind) for kind in ("levels", "component_sheet")}


@pytest.fixture
def changed(agencies, tmp_path) -> Callable[..., IntakeReport]:
    """Check the files of an agency after one of them was changed."""

    def look(kind: str, name: str, change: Change) -> IntakeReport:
        folder = tmp_path / kind
        shutil.copytree(agencies[kind], folder)
        path = folder / f"{name}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        result = change(frame)
        (result if isinstance(result, pd.DataFrame) else frame).to_csv(path, index=False)
        return check(folder)

    return look


def put(row: int, column: str, value: str) -> Change:
    def change(frame: pd.DataFrame) -> None:
        frame.loc[row - 2, column] = value

    return change


@pytest.mark.parametrize("kind", ["levels", "component_sheet"])
def test_files_without_answers_are_taken_in(agencies, kind):
    report = check(agencies[kind])
    assert report.problems == []
    assert report.entry == kind
    assert report.counts["with_responses"].tolist() == [60] * (2 if kind == "levels" else 1)
    assert report.counts["reconciled"].all()
    tables, responses, identities = report.to_tables(b"x" * 32)
    assert responses == {}
    assert len(identities) == 60
    name = "received_levels" if kind == "levels" else "component_sheet"
    assert "name" not in tables[name].columns
    assert set(tables[name]["participant_id"]) == set(identities["participant_id"])
    assert tables["instruments"]["instrument"].tolist() == (["mansoskul", "potensi"] if kind == "levels" else [kind])


def test_the_three_kinds_of_file_give_the_same_levels(agencies, tmp_path):
    frames = []
    for ending in ("csv", "xlsx", "parquet"):
        folder = tmp_path / ending
        shutil.copytree(agencies["levels"], folder)
        path = folder / "received_levels.csv"
        frame = pd.read_csv(path, dtype={"nip": str})
        path.unlink()
        target = folder / f"received_levels.{ending}"
        {"csv": frame.to_csv, "xlsx": frame.to_excel, "parquet": frame.to_parquet}[ending](target, index=False)
        frames.append(check(folder).tables["received_levels"])
    assert frames[0].equals(frames[1])
    assert frames[0].equals(frames[2])


@pytest.mark.parametrize(
    ("kind", "name", "change", "words"),
    [
        (
            "levels",
            "received_levels",
            put(7, "integritas", "6"),
            "received_levels.csv, baris 7, kolom integritas: '6' bukan bilangan bulat antara 1 dan 5",
        ),
        ("levels", "received_levels", put(9, "kerjasama", "0"), "baris 9, kolom kerjasama: '0' bukan bilangan bulat"),
        ("levels", "received_levels", put(9, "kerjasama", "3.5"), "baris 9, kolom kerjasama: '3.5' bukan"),
        (
            "levels",
            "received_levels",
            lambda f: f.rename(columns={"integritas": "integritass"}),
            "baris 1, kolom integritass: kolom ini tidak dikenal; perbaiki bila maksudnya 'integritas'",
        ),
        ("levels", "received_levels", lambda f: f.assign(kejujuran="3"), "baris 1, kolom kejujuran: kolom ini tidak"),
        (
            "levels",
            "received_levels",
            put(4, "nip", ""),
            "received_levels.csv, baris 4, kolom nip: sel wajib ini kosong",
        ),
        (
            "levels",
            "received_levels",
            lambda f: f.drop(columns="nip"),
            "received_levels.csv, baris 1, kolom nip: kolom wajib ini tidak ada",
        ),
        (
            "levels",
            "received_levels",
            lambda f: put(6, "nip", f["nip"][0])(f),
            "received_levels.csv, baris 6, kolom nip: '",
        ),
        (
            "levels",
            "received_levels",
            put(3, "nip", "199001152022212002"),
            "baris 3, kolom nip: NIP 199001152022212002 tidak ada pada tabel participants",
        ),
        (
            "levels",
            "declared_errors",
            put(2, "reliability", "1"),
            "baris 2, kolom reliability: reliabilitas harus lebih",
        ),
        (
            "levels",
            "declared_errors",
            put(2, "reliability", "0"),
            "baris 2, kolom reliability: reliabilitas harus lebih",
        ),
        ("levels", "declared_errors", put(2, "reliability", "1.2"), "baris 2, kolom reliability: '1.2' bukan bilangan"),
        ("levels", "declared_errors", put(3, "standard_error", "-0.4"), "baris 3, kolom standard_error: '-0.4' bukan"),
        ("levels", "declared_errors", put(3, "standard_error", "0"), "baris 3, kolom standard_error: galat baku harus"),
        ("levels", "declared_errors", put(2, "standard_error", "1"), "baris 2, kolom standard_error: reliabilitas dan"),
        ("levels", "declared_errors", put(2, "reliability", ""), "baris 2, kolom reliability: isi reliabilitas atau"),
        (
            "levels",
            "declared_errors",
            put(2, "measure", "mansoskull"),
            "baris 2, kolom measure: 'mansoskull' bukan skala",
        ),
        ("levels", "declared_errors", put(2, "declared_by", ""), "baris 2, kolom declared_by: sel wajib ini kosong"),
        (
            "component_sheet",
            "component_sheet",
            put(5, "X - Penilaian Potensi", "104"),
            "component_sheet.csv, baris 5, kolom X - Penilaian Potensi: '104' bukan bilangan antara 0 dan 100",
        ),
        ("component_sheet", "component_sheet", put(5, "NIP", ""), "baris 5, kolom nip: sel wajib ini kosong"),
        ("component_sheet", "component_sheet", put(5, "Box", "10"), "baris 5, kolom Box: '10' bukan bilangan bulat"),
        (
            "component_sheet",
            "component_sheet",
            lambda f: f.rename(columns={"Y - Penghargaan": "Y Penghargaan"}),
            "kolom Y Penghargaan: kolom ini tidak dikenal; perbaiki bila maksudnya 'Y - Penghargaan'",
        ),
        (
            "component_sheet",
            "declared_errors",
            put(2, "measure", "mansoskul"),
            "baris 2, kolom measure: 'mansoskul' bukan komponen yang diukur",
        ),
        (
            "component_sheet",
            "declared_errors",
            lambda f: f.assign(reliability=["0.9", ""], standard_error=["", "7"]),
            "baris 2, kolom sd: reliabilitas nilai memerlukan simpangan baku",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_with_file_row_and_column(changed, kind, name, change, words):
    report = changed(kind, name, change)
    found = [str(problem) for problem in report.problems]
    assert len(found) == 1, found
    assert words in found[0]
    assert found[0].endswith(".")


def test_one_round_has_one_door(agencies, tmp_path):
    folder = tmp_path / "dua"
    shutil.copytree(agencies["levels"], folder)
    shutil.copy(agencies["component_sheet"] / "component_sheet.csv", folder)
    (folder / "declared_errors.csv").unlink()
    (problem,) = check(folder).problems
    assert str(problem).startswith("component_sheet.csv: satu putaran hanya punya satu pintu masuk")
    (folder / "component_sheet.csv").unlink()
    (folder / "responses_mansoskul__A.csv").write_text("nip,A1\n197001012094011000,A\n", encoding="utf-8")
    assert "berisi berkas jawaban" in str(check(folder).problems[0])


def test_tables_of_answers_do_not_belong_to_levels_and_declared_errors_not_to_answers(agencies, tmp_path):
    folder = tmp_path / "butir"
    shutil.copytree(agencies["levels"], folder)
    (folder / "instruments.csv").write_text("instrument,title,responses\nmansoskul,M,raw\n", encoding="utf-8")
    (problem,) = check(folder).problems
    assert str(problem).startswith("instruments.csv: tabel ini hanya untuk putaran dengan berkas jawaban")
    (folder / "received_levels.csv").unlink()
    words = [str(one) for one in check(folder).problems]
    assert any(one.startswith("declared_errors.csv: galat dinyatakan hanya untuk") for one in words)


def test_a_filled_template_needs_nothing_of_the_tables_of_answers(agencies, tmp_path):
    folder = tmp_path / "templat"
    write_templates(folder)
    for path in agencies["component_sheet"].iterdir():
        shutil.copy(path, folder)
        (folder / f"{path.stem}.xlsx").unlink()
    report = check(folder)
    assert report.problems == []
    assert report.entry == "component_sheet"
    heading = (folder / "received_levels.csv").read_text(encoding="utf-8").split(",")
    assert heading[:2] == ["nip", "integritas"]
    sheet = tmp_path / "lembar"
    write_templates(sheet)
    heading = (sheet / "component_sheet.csv").read_text(encoding="utf-8").strip().split(",")
    before = ["NIP", "Nama", "Unit Organisasi", "Jabatan", "Nilai X", "Nilai Y", "Box"]
    assert heading == [*before, *SHEET_COMPONENTS]


def test_people_without_a_value_and_unused_errors_are_warned_of(changed):
    def blank(frame: pd.DataFrame) -> None:
        frame.loc[3, frame.columns[1:]] = ""

    assert any(
        "baris 5" in str(w) and "tidak mendapat kotak" in str(w)
        for w in changed("levels", "received_levels", blank).warnings
    )


def test_an_unused_declaration_is_warned_of_and_nobody_is_lost(changed):
    report = changed("levels", "declared_errors", put(2, "measure", "literasi-digital"))
    assert ["literasi-digital" in str(w) for w in report.warnings] == [True]
    assert report.problems == []


def test_a_nip_kept_as_a_number_is_refused_in_the_sheet_too(agencies, tmp_path):
    folder = tmp_path / "angka"
    shutil.copytree(agencies["component_sheet"], folder)
    frame = pd.read_csv(folder / "component_sheet.csv", dtype={"NIP": "int64"})
    (folder / "component_sheet.csv").unlink()
    frame.astype({"NIP": float}).to_excel(folder / "component_sheet.xlsx", index=False)
    assert "NIP tersimpan sebagai bilangan" in str(check(folder).problems[0])


def test_a_reliability_becomes_an_error_and_a_scale_stands_before_its_instrument():
    table = pd.DataFrame(
        {
            "measure": ["mansoskul", "integritas"],
            "reliability": [0.8, None],
            "standard_error": [None, 0.7],
            "sd": [None, None],
            "declared_by": ["Pusat", "Balai"],
            "reference": [None, "hlm. 3"],
        }
    )
    found = declarations("levels", table)
    assert found["kerjasama"].error == pytest.approx(0.5)
    assert (found["integritas"].error, found["integritas"].by) == (0.7, "Balai")
    assert "kemampuan_intelektual" not in found
    points = pd.DataFrame(
        {
            "measure": ["X - Penilaian Potensi"],
            "reliability": [0.91],
            "standard_error": [None],
            "sd": [12.0],
            "declared_by": ["Pusat"],
        }
    )
    assert declarations("component_sheet", points)["X - Penilaian Potensi"].error == pytest.approx(3.6)


def test_the_sentence_names_figure_and_owner_or_what_lacks():
    from workbench.policy import load_policy

    policy = load_policy("kepka-bkn-411-2025")
    levels = pd.DataFrame({"participant_id": ["P1"], "integritas": [3], "kemampuan_intelektual": [2]})
    declared = pd.DataFrame(
        {"measure": ["mansoskul"], "reliability": [0.8], "standard_error": [None], "declared_by": ["Pusat X"]}
    )
    half = Received("levels", levels, declared, policy)
    assert half.undeclared == ("kemampuan_intelektual",)
    assert half.sentence.startswith("TANPA PELUANG: putaran ini memuat level yang diterima")
    whole = Received("levels", levels.drop(columns="kemampuan_intelektual"), declared, policy)
    assert whole.undeclared == ()
    assert "bukan dihitung dari jawaban" in whole.sentence
    assert "reliabilitas 0,80, dinyatakan Pusat X" in whole.sentence
