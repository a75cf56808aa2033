"""The ratings file: a template comes back as it was filled, and every mistake is named by file, row and column."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.records.bank import Bank, load_bank
from workbench.records.problems import FileError
from workbench.records.ratings import ANGOFF, BOOKMARK, COLUMNS, booklet_of, read_ratings, write_ratings_template

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank("nasional-2023-demo")


def filled(bank: Bank, folder: Path, method: str, scales: list[str]) -> Rows:
    """Return the rows of a template with every cell filled in."""
    write_ratings_template(bank, folder, scales=scales, method=method, raters=3)
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        row |= {"panel": "Panel A", "date": "2026-11-20"}
        row["value"] = "0.5" if method == ANGOFF else str(3 * int(row["level"]))
    return rows


def save(path: Path, rows: Rows, columns: tuple[str, ...] = COLUMNS, separator: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, delimiter=separator, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def refused(path: Path, bank: Bank) -> str:
    with pytest.raises(FileError) as raised:
        read_ratings(path, bank)
    assert all(line.endswith(".") for line in str(raised.value).splitlines())
    return str(raised.value)


@pytest.mark.parametrize("method", [ANGOFF, BOOKMARK])
def test_a_template_that_was_filled_in_is_read(bank, tmp_path, method):
    rows = filled(bank, tmp_path / "t", method, ["integritas", "kemampuan_intelektual"])
    frame = read_ratings(save(tmp_path / "ratings.csv", rows), bank)
    assert len(frame) == len(rows)
    assert frame["rater"].nunique() == 3
    assert sorted(frame["level"].unique()) == [2, 3, 4, 5]
    assert frame["value"].dtype == float
    per_rater = len(bank.items("integritas", reference=True)) if method == ANGOFF else 1
    assert ((frame["scale"] == "integritas") & (frame["level"] == 2)).sum() == 3 * per_rater
    booklet = (tmp_path / "t" / "booklet.csv").read_text(encoding="utf-8").splitlines()
    wanted = [booklet_of(bank, scale) for scale in ("integritas", "kemampuan_intelektual")]
    assert len(booklet) == 1 + sum(map(len, wanted))


def test_excel_gives_the_same_rows(bank, tmp_path):
    import pandas as pd

    rows = filled(bank, tmp_path / "t", BOOKMARK, ["integritas"])
    book = tmp_path / "ratings.xlsx"
    pd.DataFrame(rows)[list(COLUMNS)].astype({"value": float, "level": int}).to_excel(
        book, index=False, engine="xlsxwriter"
    )
    from_excel = read_ratings(book, bank)
    assert from_excel.equals(read_ratings(save(tmp_path / "ratings.csv", rows), bank))


def test_the_sheet_of_the_template_can_be_read_once_it_is_filled(bank, tmp_path):
    from workbench.records.readers import read_raw

    rows = filled(bank, tmp_path / "t", ANGOFF, ["integritas"])
    sheet = read_raw(tmp_path / "t" / "ratings.xlsx").frame
    assert list(sheet.columns) == list(COLUMNS)
    assert sheet["item_id"].tolist() == [row["item_id"] for row in rows]


def test_decimal_commas_of_a_file_with_semicolons_are_read(bank, tmp_path):
    rows = filled(bank, tmp_path / "t", ANGOFF, ["integritas"])
    for row in rows:
        row["value"] = "0,5"
    assert set(read_ratings(save(tmp_path / "r.csv", rows, separator=";"), bank)["value"]) == {0.5}
    assert "tulis desimal dengan titik" in refused(save(tmp_path / "s.csv", rows), bank)


def change(column: str, value: str, place: int = 4) -> Callable[[Rows], None]:
    def apply(rows: Rows) -> None:
        rows[place][column] = value

    return apply


def repeat(rows: Rows) -> None:
    rows.append(dict(rows[4]))


def two_methods(rows: Rows) -> None:
    rows[4] |= {"method": BOOKMARK, "value": "3", "item_id": ""}


def drop(rows: Rows) -> None:
    del rows[4]


def only_two(rows: Rows) -> None:
    rows[:] = [row for row in rows if row["rater"] != "penilai-03"]


@pytest.mark.parametrize(
    ("mistake", "where", "words"),
    [
        (change("item_id", "X99"), "baris 6, kolom item_id", "'X99' tidak ada pada skala ini"),
        (change("item_id", "KIN01"), "baris 6, kolom item_id", "'KIN01' tidak ada pada skala ini"),
        (change("value", "3.5"), "baris 6, kolom value", "'3.5' bukan bilangan antara 0 dan 3"),
        (change("value", "-0.1"), "baris 6, kolom value", "bukan bilangan antara 0 dan 3"),
        (change("value", "setengah"), "baris 6, kolom value", "'setengah' bukan bilangan"),
        (change("value", "nan"), "baris 6, kolom value", "'nan' bukan bilangan"),
        (change("value", "1e-1"), "baris 6, kolom value", "'1e-1' bukan bilangan"),
        (change("value", ""), "baris 6, kolom value", "sel ini kosong"),
        (change("rater", ""), "baris 6, kolom rater", "sel ini kosong"),
        (change("panel", ""), "baris 6, kolom panel", "sel ini kosong"),
        (change("date", "20/11/2026"), "baris 6, kolom date", "bukan tanggal"),
        (change("method", "ebel"), "baris 6, kolom method", "'ebel' bukan metode"),
        (change("round", "0"), "baris 6, kolom round", "bukan bilangan bulat antara 1 dan 99"),
        (change("level", "6"), "baris 6, kolom level", "bukan bilangan bulat antara 2 dan 5"),
        (change("level", "١"), "baris 6, kolom level", "bukan bilangan bulat"),
        (change("scale", "kejujuran"), "baris 6, kolom scale", "'kejujuran' tidak ada di bank"),
        (repeat, "kolom rater", "sudah menilai hal yang sama pada baris 6"),
        (two_methods, "kolom method", "dinilai dengan dua metode"),
        (drop, "kolom value", "kurang 1 penilaian, mulai level 2"),
        (only_two, "kolom rater", "hanya 2 penilai"),
    ],
)
def test_every_mistake_is_named_with_file_row_and_column(bank, tmp_path, mistake, where, words):
    rows = filled(bank, tmp_path / "t", ANGOFF, ["integritas"])
    mistake(rows)
    said = refused(save(tmp_path / "nilai.csv", rows), bank)
    assert said.startswith("nilai.csv, baris ")
    assert where in said
    assert words in said


def test_probabilities_of_right_answers_end_at_one(bank, tmp_path):
    rows = filled(bank, tmp_path / "t", ANGOFF, ["kemampuan_intelektual"])
    change("value", "1.01")(rows)
    assert "bukan bilangan antara 0 dan 1" in refused(save(tmp_path / "n.csv", rows), bank)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("value", "0", "bukan bilangan antara 1 dan 44"),
        ("value", "45", "bukan bilangan antara 1 dan 44"),
        ("value", "7.5", "bukan nomor halaman"),
        ("item_id", "INT99", "memuat butir"),
    ],
)
def test_pages_must_be_in_the_booklet(bank, tmp_path, column, value, words):
    rows = filled(bank, tmp_path / "t", BOOKMARK, ["integritas"])
    change(column, value, 1)(rows)
    said = refused(save(tmp_path / "n.csv", rows), bank)
    assert f"baris 3, kolom {column}" in said
    assert words in said


def test_files_that_are_no_ratings_are_refused(bank, tmp_path):
    assert "tidak ada" in refused(tmp_path / "tidak-ada.csv", bank)
    rows = filled(bank, tmp_path / "t", BOOKMARK, ["integritas"])
    short = save(tmp_path / "kurang.csv", rows, columns=tuple(c for c in COLUMNS if c != "rater"))
    assert refused(short, bank) == (
        "kurang.csv, baris 1, kolom rater: kolom ini tidak ada; pakai templat dari 'workbench bank ratings'."
    )
    assert "belum ada penilaian" in refused(save(tmp_path / "kosong.csv", []), bank)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "ebel"}, "Metode 'ebel' tidak dikenal"),
        ({"scales": ["kejujuran"]}, "Skala 'kejujuran' tidak ada"),
        ({"raters": 2}, "sedikitnya 3 penilai"),
    ],
)
def test_a_template_that_makes_no_sense_is_not_written(bank, tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        write_ratings_template(bank, tmp_path / "t", **options)
    assert not (tmp_path / "t").exists()


def test_a_template_never_overwrites_ratings(bank, tmp_path):
    write_ratings_template(bank, tmp_path, scales=["integritas"], method=BOOKMARK)
    with pytest.raises(ValueError, match="sudah ada"):
        write_ratings_template(bank, tmp_path, scales=["integritas"], method=BOOKMARK)
