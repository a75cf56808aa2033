from __future__ import annotations

import csv
import io
import tempfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.records.problems import FileError
from workbench.records.readers import read_raw

# Anything a person may type into a cell, line breaks within it too.
cells = st.text(
    st.one_of(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")), st.sampled_from("\n,;\"'=|")), max_size=12
)


@st.composite
def tables(draw) -> list[list[str]]:
    width = draw(st.integers(1, 5))
    body = draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8))
    return [[f"k{n}" for n in range(width)], *body]


def as_csv(lines: list[list[str]], separator: str = ",", ending: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(lines)
    return text.getvalue()


def as_xlsx(path: Path, lines: list[list[str]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(lines):
            for column, text in enumerate(line):
                sheet.write_string(row, column, text)


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from(",;"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_csv_xlsx_and_parquet_give_the_same_cells_in_the_same_rows(lines, separator, ending, mark):
    heading, *body = lines
    filled = [(row, [text.strip() for text in line]) for row, line in enumerate(body, start=2)]
    expected = [(row, line) for row, line in filled if any(line)]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"t.{kind}" for kind in ("csv", "xlsx", "parquet")]
        paths[0].write_bytes(as_csv(lines, separator, ending).encode("utf-8-sig" if mark else "utf-8"))
        as_xlsx(paths[1], lines)
        pd.DataFrame(body, columns=heading).to_parquet(paths[2], index=False)
        for path in paths:
            raw = read_raw(path)
            assert list(raw.frame.columns) == heading
            assert list(raw.source.rows) == [row for row, _line in expected], path.suffix
            assert raw.frame.to_numpy(object).tolist() == [line for _row, line in expected], path.suffix


@settings(max_examples=60, deadline=None)
@given(tables().filter(lambda lines: len(lines[0]) > 1), st.data())
def test_a_short_or_long_row_is_an_error_with_its_own_row(lines, data):
    row = data.draw(st.integers(1, len(lines) - 1))
    lines[row] = data.draw(st.sampled_from([lines[row][:-1], [*lines[row], "x"]]))
    if not any(text.strip() for text in lines[row]):
        lines[row][0] = "x"
    # Another row of the right length, so that the heading is not the one to blame.
    lines.append(["x"] * len(lines[0]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(as_csv(lines), encoding="utf-8")
        with pytest.raises(FileError) as raised:
            read_raw(path)
    (problem,) = raised.value.problems
    assert problem.row == row + 1
    assert f"{len(lines[row])} sel" in problem.sentence
    assert f"judul {len(lines[0])}" in problem.sentence


def problems_of(path: Path) -> list[tuple[int | None, str, str]]:
    with pytest.raises(FileError) as raised:
        read_raw(path)
    return [(problem.row, problem.column, problem.sentence) for problem in raised.value.problems]


def test_blank_lines_count_but_are_left_out(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b\n\n1,"x\ny"\n,\n \t,\n2,z\n', encoding="utf-8")
    raw = read_raw(path)
    assert list(raw.source.rows) == [3, 6]
    assert raw.frame["b"].tolist() == ["x\ny", "z"]


def test_a_letter_in_another_encoding_is_found_beyond_line_breaks_in_cells(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes('a,b\n1,"x\n\ny"\n2,Jos\xe9\n'.encode("latin-1"))
    ((row, column, sentence),) = problems_of(path)
    assert (row, column) == (3, "b")
    assert "UTF-8" in sentence


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_named(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes("nip,nama\n1,Ani\n".encode(encoding))
    ((_row, _column, sentence),) = problems_of(path)
    assert "UTF-16" in sentence


@pytest.mark.parametrize(
    ("text", "row", "words"),
    [
        ('a,b\n1,x\n2,"y\n3,z\n', 3, "tanda kutip"),
        ('a,b\n1,"x"y\n', 2, "tanda kutip"),
        ("a;b,c\n1;2\n", 1, "satu pemisah"),
        ("a\tb\n1\t2\n", 1, "tabulasi"),
        ("DAFTAR\na,b\n1,2\n", 1, "judul kolom"),
        ("\na,b\n1,2\n", 1, "judul kolom"),
        ("a,,b\n1,2,3\n", 1, "judul kolom ke-2"),
        ("a,b,\n1,2,3\n", 2, "tanpa judul"),
        ("a,a\n1,2\n", 1, "lebih dari sekali"),
        ("a, a\n1,2\n", 1, "lebih dari sekali"),
    ],
)
def test_what_is_wrong_with_a_csv_is_said_where_it_is(tmp_path, text, row, words):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    found = problems_of(path)
    assert found[0][0] == row
    assert words in found[0][2]


def test_columns_without_heading_and_content_are_no_matter(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b;;\n1;2;;\n", encoding="utf-8")
    assert list(read_raw(path).frame.columns) == ["a", "b"]


def test_types_of_xlsx_cells_become_the_text_of_a_csv(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b", "c", "d", "e", "f", "g"])
    book.active.append([3, 2.5, True, date(2024, 2, 29), datetime(2024, 2, 29, 8, 30), time(8, 0), "03"])
    book.save(tmp_path / "t.xlsx")
    line = read_raw(tmp_path / "t.xlsx").frame.iloc[0].tolist()
    assert line == ["3", "2.5", "true", "2024-02-29", "2024-02-29 08:30:00", "08:00:00", "03"]


def test_types_of_parquet_columns_become_the_text_of_a_csv(tmp_path):
    moment = datetime(2024, 2, 29, 8, 30)
    columns = {
        "whole": pa.array([3, None], pa.int64()),
        "large": pa.array([2**53 + 1, None]),
        "real": pa.array([2.5, None]),
        "same": pa.array([3.0, float("nan")]),
        "yes": pa.array([True, None]),
        "day": pa.array([date(2024, 2, 29), None]),
        "moment": pa.array([moment, None], pa.timestamp("us")),
        "midnight": pa.array([moment.replace(hour=0, minute=0), None], pa.timestamp("ns")),
        "exact": pa.array([Decimal("2.50"), None]),
        "category": pa.array([" A ", None]).dictionary_encode(),
        "text": pa.array([" x ", "y"]),
        "nothing": pa.nulls(2),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    frame = read_raw(tmp_path / "t.parquet").frame.astype(object)
    first = frame.iloc[0]
    assert first[["whole", "large", "real", "same"]].tolist() == ["3", str(2**53 + 1), "2.5", "3"]
    assert first[["day", "moment", "midnight"]].tolist() == ["2024-02-29", "2024-02-29 08:30:00", "2024-02-29"]
    assert first[["yes", "exact", "category", "text", "nothing"]].tolist() == ["true", "2.50", "A", "x", ""]
    assert frame.iloc[1].tolist() == [*[""] * 10, "y", ""]


def test_the_index_of_pandas_is_not_lost(tmp_path):
    frame = pd.DataFrame({"nip": ["198503122010011001"], "a": ["x"]})
    frame.set_index("nip").to_parquet(tmp_path / "t.parquet")
    assert set(read_raw(tmp_path / "t.parquet").frame.columns) == {"nip", "a"}
    frame.iloc[np.array([0])].set_axis([7]).to_parquet(tmp_path / "u.parquet")
    assert list(read_raw(tmp_path / "u.parquet").frame.columns) == ["nip", "a"]


@pytest.mark.parametrize("kind", ["int64", "float64", "category"])
def test_a_nip_that_is_a_number_is_refused_in_parquet(tmp_path, kind):
    numbers = pd.Series([198503122010011001, 198503122010011002]).astype(kind)
    pd.DataFrame({"nip": numbers}).to_parquet(tmp_path / "t.parquet", index=False)
    ((_row, column, sentence),) = problems_of(tmp_path / "t.parquet")
    assert column == "nip"
    assert "tersimpan sebagai bilangan" in sentence


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:100] + b"\xff" * 300 + b[400:]])
def test_a_damaged_file_is_named(tmp_path, ending, damage):
    frame = pd.DataFrame({"nip": [f"198503122010011{n + 1:03d}" for n in range(200)]})
    path = tmp_path / f"t.{ending}"
    frame.to_parquet(path) if ending == "parquet" else as_xlsx(path, [["nip"], *frame.to_numpy().tolist()])
    path.write_bytes(damage(path.read_bytes()))
    ((_row, _column, sentence),) = problems_of(path)
    assert "rusak" in sentence


def test_nested_columns_are_refused(tmp_path):
    pq.write_table(pa.table({"a": [[1, 2]]}), tmp_path / "t.parquet")
    ((row, column, _sentence),) = problems_of(tmp_path / "t.parquet")
    assert (row, column) == (1, "a")


def test_every_number_in_the_nip_column_of_a_sheet_is_listed(tmp_path):
    book = openpyxl.Workbook()
    for line in (["nip", "a"], ["198503122010011001", 1], [198503122010011002, 2], [1.98503e17, 3]):
        book.active.append(line)
    book.save(tmp_path / "t.xlsx")
    assert [(row, column) for row, column, _sentence in problems_of(tmp_path / "t.xlsx")] == [(3, "nip"), (4, "nip")]


def test_merged_formula_and_error_cells_are_all_named_with_their_places(tmp_path):
    book = openpyxl.Workbook()
    for line in (["a", "b", "c"], [1, 2, 3], [4, "=A2+1", 6], [7, 8, 9]):
        book.active.append(line)
    book.active["C4"].value, book.active["C4"].data_type = "#N/A", "e"
    book.active.merge_cells("A3:A4")
    book.save(tmp_path / "t.xlsx")
    found = {(row, column): sentence for row, column, sentence in problems_of(tmp_path / "t.xlsx")}
    assert set(found) == {(3, "A"), (3, "B"), (4, "C")}
    assert "digabung" in found[3, "A"]
    assert "rumus" in found[3, "B"]
    assert "kesalahan Excel" in found[4, "C"]


def workbook(path: Path, sheets: dict[str, str], hidden: str = "") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, text in sheets.items():
        sheet = book.create_sheet(name)
        if text:
            sheet.append(["a"])
            sheet.append([text])
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    book.save(path)
    return path


def test_the_sheet_that_is_read(tmp_path):
    def read(sheets: dict[str, str], hidden: str = "") -> tuple[str, int]:
        raw = read_raw(workbook(tmp_path / "t.xlsx", sheets, hidden))
        return raw.frame["a"].iloc[0], len(raw.warnings)

    assert read({"Sheet1": "x", "Sheet2": ""}) == ("x", 0)
    assert read({"lama": "y", "Sheet1": "x"}, hidden="lama") == ("x", 1)
    assert read({"kamus data": "y", "data": "x"}) == ("x", 0)
    assert read({"catatan": "y", "Data": "x"}) == ("x", 1)
    with pytest.raises(FileError, match="beberapa lembar berisi"):
        read({"Sheet1": "x", "Sheet2": "y"})
    with pytest.raises(FileError, match="tidak ada lembar yang terlihat"):
        read({"Sheet1": "x", "Sheet2": ""}, hidden="Sheet1")


def test_formulas_are_looked_for_on_the_sheet_that_is_read(tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"catatan": "=1+1", "data": "x"})
    assert read_raw(path).frame["a"].tolist() == ["x"]
    path = workbook(tmp_path / "u.xlsx", {"catatan": "x", "data": "=1+1"})
    assert problems_of(path)[0][:2] == (2, "A")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"", "kosong"),
        ("t.xlsx", b"", "kosong"),
        ("t.parquet", b"", "kosong"),
        ("t.csv", b"PK\x03\x04xx", "bukan CSV"),
        ("t.csv", b"PAR1xx", "bukan CSV"),
        ("t.xlsx", b"nip,nama\n", "bukan XLSX"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "kata sandi"),
        ("t.parquet", b"nip,nama\n", "bukan Parquet"),
        ("t.ods", b"x", "jenis berkas"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    ((_row, _column, sentence),) = problems_of(tmp_path / name)
    assert words in sentence


def test_a_file_that_would_unpack_to_more_than_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = workbook(tmp_path / "t.xlsx", {"data": "x" * 500})
    monkeypatch.setattr("workbench.records.sheets.LARGEST", 1000)
    ((_row, _column, sentence),) = problems_of(path)
    assert "terlalu besar" in sentence
