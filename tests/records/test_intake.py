"""Broken inputs, each made from one valid round, and the sentence that a person reads."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from workbench.records import intake


def check(small_round) -> intake.IntakeReport:
    return intake.check(small_round.folder)


def test_the_valid_round_is_valid_and_keeps_everything(small_round):
    report = check(small_round)
    assert report.problems == report.warnings == report.unused == []
    assert not len(report.quarantine)
    assert {name: len(frame) for name, frame in report.responses.items()} == {
        ("kognitif", "A"): 12,
        ("sikap", "A"): 12,
    }
    assert report.counts["reconciled"].all()
    written = small_round.frame("responses_kognitif__A")
    stored = report.responses["kognitif", "A"].astype("str")
    assert stored.to_numpy().tolist() == written.to_numpy().tolist()


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_the_three_kinds_of_file_give_equal_tables(small_round, ending):
    expected = check(small_round)
    for path in list(small_round.folder.iterdir()):
        small_round.write(path.stem, small_round.frame(path.stem), ending)
    report = check(small_round)
    assert report.problems == []
    for name, frame in expected.tables.items():
        pd.testing.assert_frame_equal(report.tables[name], frame)
    for where, frame in expected.responses.items():
        pd.testing.assert_frame_equal(report.responses[where], frame)


def twice(small_round):
    frame = small_round.frame("participants")
    frame.loc[7, "nip"] = frame.loc[2, "nip"]
    small_round.write("participants", frame)


def with_book(name, change):
    return lambda r: r.write(name, r.frame(name), "xlsx", change=change)


def line(name, row, old, new):
    def change(r):
        lines = r.lines(name)
        assert old in lines[row - 1]
        lines[row - 1] = lines[row - 1].replace(old, new)
        r.write_lines(name, lines)

    return change


def encoded(name, encoding, old="", new=""):
    def change(r):
        path = r.folder / f"{name}.csv"
        path.write_bytes(path.read_text(encoding="utf-8").replace(old, new).encode(encoding))

    return change


def scored_as_raw(r):
    frame = r.frame("responses_kognitif__A")
    frame.iloc[:, 1:] = (frame.iloc[:, 1:] == "A").astype(int).astype(str)
    r.write("responses_kognitif__A", frame)


def scores_as_options(r):
    frame = r.frame("responses_sikap__A")
    frame.iloc[:, 1:] = frame.iloc[:, 1:].replace({"A": "2", "B": "4", "C": "1", "D": "3"})
    r.write("responses_sikap__A", frame)


def nip_number(kind):
    def change(r):
        frame = r.frame("participants").astype(object)
        if kind == "xlsx":
            frame.loc[3, "nip"] = int(frame.loc[3, "nip"])
        else:
            frame["nip"] = frame["nip"].astype(kind)
        r.write("participants", frame, "xlsx" if kind == "xlsx" else "parquet")

    return change


def twice_given(r):
    r.write("keys", r.frame("keys"), "xlsx")
    r.frame("keys").to_csv(r.folder / "keys.csv", index=False)


def renamed(old, new):
    return lambda r: (r.folder / old).rename(r.folder / new)


def semicolons(name, column, value):
    return lambda r: r.write(name, r.frame(name).assign(**{column: value}), separator=";")


# What is done to the valid round; then file, row, column and words of the one sentence (or the first of several).
BROKEN = {
    "nip in exponents": (
        lambda r: r.cell("participants", 5, "nip", "1.98503E+17"),
        ("participants.csv", 5, "nip", "tersimpan sebagai bilangan"),
    ),
    "nip of 17 digits": (
        lambda r: r.cell("participants", 5, "nip", "19850312201001100"),
        ("participants.csv", 5, "nip", "ditemukan 17 karakter"),
    ),
    "nip with decimals": (
        lambda r: r.cell("participants", 5, "nip", "198503122010011001.0"),
        ("participants.csv", 5, "nip", "tersimpan sebagai bilangan"),
    ),
    "nip with zeros for lost digits": (
        lambda r: r.cell("responses_sikap__A", 5, "nip", "198503122010011000"),
        ("responses_sikap__A.csv", 5, "nip", "berakhir 000"),
    ),
    "nip as a number in a sheet": (nip_number("xlsx"), ("participants.xlsx", 5, "nip", "tersimpan sebagai bilangan")),
    "nip as whole numbers": (nip_number("int64"), ("participants.parquet", 2, "nip", "tersimpan sebagai bilangan")),
    "nip as floats": (nip_number("float64"), ("participants.parquet", 2, "nip", "tersimpan sebagai bilangan")),
    "duplicate person": (twice, ("participants.csv", 9, "nip", "sudah ada pada baris 4")),
    "option outside the item": (
        lambda r: r.cell("responses_kognitif__A", 4, "KOG03", "E"),
        ("responses_kognitif__A.csv", 4, "KOG03", "'E' bukan jawaban yang sah (A, B, C, D)"),
    ),
    "key shorter than the form": (
        lambda r: r.write("keys", r.frame("keys").iloc[:5]),
        ("keys.csv", None, "key", "3 butir tanpa kunci, mulai KOG06"),
    ),
    "key of another version": (
        lambda r: r.cell("instruments", 2, "key_version", "2"),
        ("keys.csv", None, "key", "tidak ada kunci versi '2'"),
    ),
    "no keys": (lambda r: (r.folder / "keys.csv").unlink(), ("keys.csv", None, "key", "tidak ada kunci")),
    "key that is no option": (
        lambda r: r.cell("keys", 3, "key", "X"),
        ("keys.csv", 3, "key", "bukan opsi butir KOG02"),
    ),
    "key of which one part is no option": (
        lambda r: r.cell("keys", 3, "key", "A|X"),
        ("keys.csv", 3, "key", "bukan opsi butir KOG02"),
    ),
    "key that leaves no option wrong": (
        lambda r: r.cell("keys", 3, "key", "A|B|C|D"),
        ("keys.csv", 3, "key", "semuanya; perbaiki kunci"),
    ),
    "key that names an option twice": (
        lambda r: r.cell("keys", 3, "key", "A|A"),
        ("keys.csv", 3, "key", "opsi dua kali"),
    ),
    "scored file declared raw": (scored_as_raw, ("responses_kognitif__A.csv", 2, "KOG01", "adalah skor, bukan opsi")),
    "scored ordered file declared raw": (
        scores_as_options,
        ("responses_sikap__A.csv", 2, "SIK01", "adalah skor, bukan opsi"),
    ),
    "raw file declared scored": (
        lambda r: r.cell("instruments", 2, "responses", "scored"),
        ("responses_kognitif__A.csv", 2, "KOG01", "adalah opsi, bukan skor"),
    ),
    "unknown instansi": (
        lambda r: r.cell("participants", 8, "instansi", "Pemerintah kota Pekalongan"),
        ("participants.csv", 8, "instansi", "perbaiki bila maksudnya 'Pemerintah Kota Pekalongan'"),
    ),
    "empty file": (
        lambda r: (r.folder / "keys.csv").write_bytes(b""),
        ("keys.csv", None, "", "berkas kosong"),
    ),
    "only a heading": (
        lambda r: r.write_lines("participants", r.lines("participants")[:1]),
        ("participants.csv", None, "", "hanya ada judul kolom"),
    ),
    "answers with only a heading": (
        lambda r: r.write_lines("responses_sikap__A", r.lines("responses_sikap__A")[:1]),
        ("responses_sikap__A.csv", None, "", "hanya ada judul kolom"),
    ),
    "latin-1": (
        encoded("participants", "latin-1", "Orang 4", "José"),
        ("participants.csv", 6, "name", "bukan UTF-8"),
    ),
    "utf-16": (encoded("participants", "utf-16"), ("participants.csv", 1, "", "UTF-16")),
    "merged header cells": (
        with_book("participants", lambda book: book.active.merge_cells("B1:C1")),
        ("participants.xlsx", 1, "B", "digabung"),
    ),
    "merged cells in the body": (
        with_book("participants", lambda book: book.active.merge_cells("D3:D6")),
        ("participants.xlsx", 3, "D", "digabung"),
    ),
    "formula cell": (
        with_book("participants", lambda book: book.active.__setitem__("H4", "=1980+5")),
        ("participants.xlsx", 4, "H", "rumus"),
    ),
    "title above the heading": (
        with_book("participants", lambda book: book.active.insert_rows(1, 2)),
        ("participants.xlsx", 1, "", "bukan judul kolom"),
    ),
    "second sheet": (
        with_book("participants", lambda book: book.create_sheet("Lanjutan").append(["x"])),
        ("participants.xlsx", None, "", "beberapa lembar berisi"),
    ),
    "date that does not exist": (
        lambda r: r.cell("participants", 8, "date_in_post", "2024-02-30"),
        ("participants.csv", 8, "date_in_post", "'2024-02-30' tidak ada pada kalender"),
    ),
    "date the other way round": (
        lambda r: r.cell("participants", 8, "date_in_post", "30/11/2024"),
        ("participants.csv", 8, "date_in_post", "tahun-bulan-hari"),
    ),
    "date beyond the calendar": (
        lambda r: r.cell("participants", 8, "date_in_post", "9999-12-31"),
        ("participants.csv", 8, "date_in_post", "di luar tahun 1900 sampai 2200"),
    ),
    "column twice": (
        line("participants", 1, "jabatan", "unit"),
        ("participants.csv", 1, "unit", "lebih dari sekali"),
    ),
    "unknown column": (
        lambda r: r.write("participants", r.frame("participants").assign(catatan="x")),
        ("participants.csv", 1, "catatan", "tidak dikenal"),
    ),
    "misspelt column": (
        lambda r: r.write("participants", r.frame("participants").rename(columns={"nip": "NIP"})),
        ("participants.csv", 1, "NIP", "perbaiki bila maksudnya 'nip'"),
    ),
    "column absent": (
        lambda r: r.write("participants", r.frame("participants").drop(columns="unit")),
        ("participants.csv", 1, "unit", "kolom wajib ini tidak ada"),
    ),
    "required cell empty": (
        lambda r: r.cell("participants", 4, "unit", ""),
        ("participants.csv", 4, "unit", "sel wajib ini kosong"),
    ),
    "short row": (
        line("participants", 7, ",2021-03-01", ""),
        ("participants.csv", 7, "", "8 sel, judul 9"),
    ),
    "open quote": (line("participants", 7, "Orang", '"Orang'), ("participants.csv", 7, "", "tanda kutip")),
    "decimal comma": (
        lambda r: r.cell("performance", 6, "feedback_360", "87,5"),
        ("performance.csv", 6, "feedback_360", "desimal dengan titik"),
    ),
    "decimal or thousands": (
        semicolons("performance", "feedback_360", "87.500"),
        ("performance.csv", 2, "feedback_360", "ribuan atau desimal"),
    ),
    "number out of range": (
        lambda r: r.cell("performance", 6, "feedback_360", "101"),
        ("performance.csv", 6, "feedback_360", "antara 0 dan 100"),
    ),
    "no number": (
        lambda r: r.cell("performance", 6, "year", "nan"),
        ("performance.csv", 6, "year", "bukan bilangan bulat"),
    ),
    "choice that does not exist": (
        lambda r: r.cell("participants", 4, "jenjang", "eselon iv"),
        ("participants.csv", 4, "jenjang", "pilih salah satu: jpt_utama"),
    ),
    "unknown file name": (
        renamed("performance.csv", "kinerja.csv"),
        ("kinerja.csv", None, "", "nama berkas tidak dikenal"),
    ),
    "misspelt file name": (
        renamed("performance.csv", "Performances.csv"),
        ("Performances.csv", None, "", "ganti nama bila maksudnya 'performance.csv'"),
    ),
    "unknown ending": (
        renamed("performance.csv", "performance.txt"),
        ("performance.txt", None, "", "jenis berkas '.txt' tidak dikenal"),
    ),
    "folder inside": (lambda r: (r.folder / "lama").mkdir(), ("lama", None, "", "tidak dibaca")),
    "table twice": (twice_given, ("keys.xlsx", None, "", "sudah ada sebagai keys.csv")),
    "required table absent": (
        lambda r: (r.folder / "instansi.csv").unlink(),
        ("instansi.csv", None, "", "berkas wajib ini tidak ada"),
    ),
    "no answers at all": (
        lambda r: [path.unlink() for path in r.folder.glob("responses_*")],
        ("responses_<instrumen>__<paket>.csv", None, "", "tidak ada satu pun berkas jawaban"),
    ),
    "stranger among the answers": (
        lambda r: r.cell("responses_sikap__A", 4, "nip", "198503122010011001"),
        ("responses_sikap__A.csv", 4, "nip", "tidak ada pada tabel participants"),
    ),
    "stranger in a record": (
        lambda r: r.cell("performance", 4, "nip", "198503122010011001"),
        ("performance.csv", 4, "nip", "tidak ada pada tabel participants"),
    ),
    "form without items": (
        renamed("responses_sikap__A.csv", "responses_sikap__B.csv"),
        ("responses_sikap__B.csv", None, "", "paket 'B' instrumen 'sikap' tidak ada"),
    ),
    "item column absent": (
        lambda r: r.write("responses_sikap__A", r.frame("responses_sikap__A").drop(columns="SIK02")),
        ("responses_sikap__A.csv", 1, "SIK02", "tidak ada; tambahkan"),
    ),
    "item column too many": (
        lambda r: r.write("responses_sikap__A", r.frame("responses_sikap__A").assign(SIK99="A")),
        ("responses_sikap__A.csv", 1, "SIK99", "tidak ada pada paket A"),
    ),
    "option that means blank": (
        lambda r: r.cell("items", 3, "options", "A|B|.|D"),
        ("items.csv", 3, "options", "jawaban kosong"),
    ),
    "one option": (lambda r: r.cell("items", 12, "options", "A"), ("items.csv", 12, "options", "sedikitnya dua")),
    "too few option scores": (
        lambda r: r.cell("items", 12, "option_scores", "2|4|1"),
        ("items.csv", 12, "option_scores", "4 bilangan"),
    ),
    "equal option scores": (
        lambda r: r.cell("items", 12, "option_scores", "2|2|2|2"),
        ("items.csv", 12, "option_scores", "semuanya sama"),
    ),
    "item of another instrument": (
        lambda r: r.cell("forms", 12, "instrument", "kognitif"),
        ("forms.csv", 12, "instrument", "milik instrumen 'sikap'"),
    ),
    "place twice": (lambda r: r.cell("forms", 4, "position", "2"), ("forms.csv", 4, "position", "dipakai dua butir")),
    "scale of two instruments": (
        lambda r: r.cell("items", 12, "scale", "penalaran"),
        ("items.csv", 12, "scale", "dipakai dua instrumen"),
    ),
    "code that breaks a heading": (
        lambda r: r.cell("items", 2, "item_id", "nip"),
        ("items.csv", 2, "item_id", "tidak dapat dipakai"),
    ),
    "code that breaks a file name": (
        lambda r: r.cell("instruments", 2, "instrument", "kog/nitif"),
        ("instruments.csv", 2, "instrument", "tidak dapat dipakai"),
    ),
    "sitting of an unknown form": (
        lambda r: r.cell("sittings", 4, "form", "B"),
        ("sittings.csv", 4, "form", "paket 'B' instrumen 'kognitif' tidak ada"),
    ),
    "post without standard": (
        lambda r: r.write("participants", r.frame("participants").assign(position=["STJ-1", *[""] * 11])),
        ("participants.csv", 2, "position", "tidak ada pada tabel positions"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_input_has_one_sentence_with_file_row_and_column(small_round, name):
    change, (file, row, column, words) = BROKEN[name]
    change(small_round)
    report = check(small_round)
    assert report.problems, name
    first = report.problems[0]
    assert (first.file, first.row, first.column) == (file, row, column)
    assert words in first.sentence
    assert not report.responses, "no answers come out of a round that has problems"
    for problem in report.problems:
        text = str(problem)
        assert text.startswith(problem.file)
        assert (problem.row is None) or f"baris {problem.row}" in text
        assert (not problem.column) or f"kolom {problem.column}" in text
        assert re.fullmatch(r"[^\n]*[^.]\.", text), "one line, one period at the end"
        assert ". " not in text


# The breakages that show in one place only have exactly one sentence: no cascade of others.
SEVERAL = {
    "item of another instrument",
    "decimal or thousands",
    "scored file declared raw",
    "scored ordered file declared raw",
    "raw file declared scored",
}


@pytest.mark.parametrize("name", sorted(set(BROKEN) - SEVERAL))
def test_one_mistake_makes_one_sentence(small_round, name):
    BROKEN[name][0](small_round)
    assert len(check(small_round).problems) == 1


def test_problems_of_all_files_are_listed_at_once(small_round):
    names = ("unknown instansi", "no number", "option outside the item", "key that is no option", "folder inside")
    for name in names:
        BROKEN[name][0](small_round)
    found = {(problem.file, problem.row, problem.column) for problem in check(small_round).problems}
    assert found == {BROKEN[name][1][:3] for name in names}


def test_a_wholly_wrong_column_says_how_many_more(small_round):
    frame = pd.concat([small_round.frame("performance").assign(year=str(2001 + n)) for n in range(10)])
    small_round.write("performance", frame.assign(feedback_360="baik"))
    problems = check(small_round).problems
    assert [problem.row for problem in problems[:50]] == list(range(2, 52))
    assert "70 baris lain sampai baris 121" in problems[50].sentence
    assert len(problems) == 51


def test_semicolons_and_decimal_commas_of_an_indonesian_excel_are_read(small_round):
    expected = check(small_round)
    for path in list(small_round.folder.iterdir()):
        frame = small_round.frame(path.stem)
        if path.stem == "performance":
            frame["feedback_360"] = "87,5"
        small_round.write(path.stem, frame, separator=";")
    report = check(small_round)
    assert report.problems == []
    pd.testing.assert_frame_equal(report.tables["performance"], expected.tables["performance"])


def test_a_nullable_table_with_a_heading_only_counts_as_not_given(small_round):
    small_round.write_lines("performance", small_round.lines("performance")[:1])
    report = check(small_round)
    assert report.problems == []
    assert report.unused == ["performance.csv"]
    assert "performance" not in report.tables
    assert "dianggap tidak ada" in str(report.warnings[0])


def test_a_hidden_sheet_is_not_read_and_a_warning_says_so(small_round):
    def hide(book):
        book.create_sheet("lama").append(["x"])
        book["lama"].sheet_state = "hidden"

    small_round.write("participants", small_round.frame("participants"), "xlsx", change=hide)
    report = check(small_round)
    assert report.problems == []
    assert ["lembar 'lama' tidak dibaca" in str(warning) for warning in report.warnings] == [True]


def test_contradictions_with_the_nip_are_warnings_that_quote_no_nip(small_round):
    small_round.cell("participants", 4, "birth_year", "1999")
    small_round.cell("protected_groups", 4, "sex", "P")
    report = check(small_round)
    assert report.problems == []
    found = [(warning.file, warning.row, warning.column) for warning in report.warnings]
    assert found == [("participants.csv", 4, "birth_year"), ("protected_groups.csv", 4, "sex")]
    assert not any(re.search(r"\d{18}", str(warning)) for warning in report.warnings)
    assert report.tables["participants"]["birth_year"].iloc[2] == 1999, "nothing is corrected"
