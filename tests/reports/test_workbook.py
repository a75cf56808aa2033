from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.reports.workbook import harmless, write_workbook

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@pytest.fixture(scope="module")
def sheets(reports) -> dict[str, openpyxl.Workbook]:
    return {name: openpyxl.load_workbook(report.folder / "participants.xlsx") for name, report in reports.items()}


def column(book: openpyxl.Workbook, title: str) -> list[openpyxl.cell.Cell]:
    sheet = book["Peserta"]
    place = [cell.value for cell in sheet[1]].index(title) + 1
    return [sheet.cell(row, place) for row in range(2, sheet.max_row + 1)]


def test_everybody_of_the_instansi_is_listed_once_with_nip_as_text(sheets, three_instansi):
    with (three_instansi / "inputs" / "participants.csv").open(encoding="utf-8", newline="") as handle:
        people = list(csv.DictReader(handle))
    for instansi, book in sheets.items():
        cells = column(book, "NIP")
        assert {cell.data_type for cell in cells} == {"s"}
        assert sorted(cell.value for cell in cells) == sorted(p["nip"] for p in people if p["instansi"] == instansi)
        assert all(len(cell.value) == 18 for cell in cells)


def test_numbers_are_numbers_and_equal_the_frame(sheets, reports):
    for instansi, book in sheets.items():
        boxes = reports[instansi].boxes.set_index("participant_id")
        ids = [cell.value for cell in column(book, "Peserta")]
        for title, name in (
            ("Kotak dinyatakan", "box"),
            ("Peluang kumpulan talenta", "p_pool"),
            ("Risiko", "risk"),
            ("JPM", "jpm"),
        ):
            cells = column(book, title)
            for person, cell in zip(ids, cells, strict=True):
                value = boxes.at[person, name]
                if pd.isna(value):
                    assert cell.value is None
                else:
                    assert cell.data_type == "n"
                    assert cell.value == pytest.approx(float(value), abs=1e-12)
        assert all(cell.value is None for cell in column(book, "Kotak setelah telaah"))


def test_the_header_is_frozen_and_every_column_can_be_filtered(sheets):
    for book in sheets.values():
        sheet = book["Peserta"]
        assert sheet.freeze_panes == "C2"
        assert sheet.auto_filter.ref == f"A1:{sheet.cell(sheet.max_row, sheet.max_column).coordinate}"
        assert sheet.max_column == len({cell.value for cell in sheet[1]})


def test_nothing_in_it_can_run(sheets, hostile):
    seen = set()
    for book in sheets.values():
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type in {"s", "n"}
                    assert cell.hyperlink is None
                    if isinstance(cell.value, str):
                        assert not cell.value.startswith(DANGEROUS)
                        seen.add(cell.value)
    for name in hostile[1]:
        assert ("'" + name if name.startswith(DANGEROUS) else name) in seen


def test_the_second_sheet_says_what_the_first_rests_on(sheets, reports):
    for instansi, book in sheets.items():
        notes = dict(book["Keterangan"].iter_rows(values_only=True))
        assert notes["Status"].startswith("DRAF")
        assert notes["Kebijakan"].startswith("kepka-bkn-411-2025")
        assert notes["Bank butir"] == "nasional-2023-demo"
        assert notes["Proses"] == reports[instansi].run
        assert "NIP" in notes["Edisi"]


@given(st.text(max_size=20))
def test_harmless_keeps_every_text_and_marks_what_a_spreadsheet_would_run(text):
    shown = harmless(text)
    assert not shown.startswith(DANGEROUS)
    assert shown == text or shown == "'" + text
    assert (shown != text) == text.startswith(DANGEROUS)


def test_a_failure_leaves_the_last_workbook(tmp_path: Path):
    path = tmp_path / "participants.xlsx"
    write_workbook(path, pd.DataFrame({"a": ["x"]}), {"a": "A"}, [("Putaran", "satu")])
    before = path.read_bytes()
    with pytest.raises(KeyError):
        write_workbook(path, pd.DataFrame({"a": ["y"]}), {"a": "A", "b": "B"}, [])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["participants.xlsx"]


def test_values_of_every_type_keep_it(tmp_path: Path):
    frame = pd.DataFrame(
        {
            "nip": ["001234567890123456", None],
            "n": pd.array([3, None], dtype="Int64"),
            "p_pool": [0.123456, float("nan")],
            "sure": [True, False],
        }
    )
    write_workbook(tmp_path / "a.xlsx", frame, {c: c for c in frame}, [])
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx")["Peserta"].iter_rows(min_row=2, values_only=True))
    assert rows == [("001234567890123456", 3, 0.123456, "ya"), (None, None, None, "tidak")]
