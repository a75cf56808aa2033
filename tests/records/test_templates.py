from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from workbench.records import intake
from workbench.records.dictionary import DICTIONARY_FILE, data_dictionary
from workbench.records.readers import read_raw
from workbench.records.tables import RESPONSES_EXAMPLE, TABLES
from workbench.records.templates import write_templates


@pytest.fixture
def templates(tmp_path):
    write_templates(tmp_path / "templat")
    return tmp_path / "templat"


def fill(path, frame: pd.DataFrame) -> None:
    """Fill in a template as a person would: below its heading, in its own columns."""
    if path.suffix == ".csv":
        heading = path.read_text(encoding="utf-8").strip().split(",")
        frame.reindex(columns=heading).to_csv(path, index=False)
        return
    book = openpyxl.load_workbook(path)
    sheet = book["data"]
    heading = [cell.value for cell in sheet[1]]
    for row, line in enumerate(frame.reindex(columns=heading).astype(object).fillna("").to_dict("records"), start=2):
        for column, name in enumerate(heading, start=1):
            if line[name] != "":
                sheet.cell(row, column, line[name])
    book.save(path)


def answers_from_example(folder, ending: str, name: str, frame: pd.DataFrame) -> None:
    """Copy the example, replace the two words of its name and the codes of its items."""
    example = folder / f"{RESPONSES_EXAMPLE}.{ending}"
    path = folder / f"{name}.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
        return
    book = openpyxl.load_workbook(example)
    for row, line in enumerate([list(frame.columns), *frame.to_numpy().tolist()], start=1):
        for column, value in enumerate(line, start=1):
            book["data"].cell(row, column, value)
    book.save(path)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_filled_templates_are_accepted_beside_the_empty_ones(templates, small_round, ending):
    expected = intake.check(small_round.folder)
    for path in small_round.folder.iterdir():
        frame = small_round.frame(path.stem)
        if path.stem in TABLES:
            fill(templates / f"{path.stem}.{ending}", frame)
        else:
            answers_from_example(templates, ending, path.stem, frame)
    report = intake.check(templates)
    assert report.problems == []
    assert set(report.tables) == set(expected.tables)
    for name, frame in expected.tables.items():
        pd.testing.assert_frame_equal(report.tables[name], frame)
    for where, frame in expected.responses.items():
        pd.testing.assert_frame_equal(report.responses[where], frame)


def test_empty_templates_say_which_required_tables_are_to_be_filled(templates):
    files = {problem.file for problem in intake.check(templates).problems}
    required = {name for name, table in TABLES.items() if table.required}
    assert files == {f"{name}.csv" for name in required} | {"responses_<instrumen>__<paket>.csv"}


def test_every_table_has_a_sheet_and_a_csv_with_its_headings(templates):
    for name, table in TABLES.items():
        for ending in ("csv", "xlsx"):
            raw = read_raw(templates / f"{name}.{ending}")
            assert tuple(raw.frame.columns) == tuple(map(table.heading, table.input_columns))
            assert not len(raw.frame)
    assert (templates / DICTIONARY_FILE).read_text(encoding="utf-8") == data_dictionary()


def test_numbers_of_people_are_text_in_every_sheet(templates):
    with_nip = 0
    for path in templates.glob("*.xlsx"):
        sheet = openpyxl.load_workbook(path)["data"]
        for cell in sheet[1]:
            if cell.value.lower() == "nip":
                with_nip += 1
                assert sheet.column_dimensions[cell.column_letter].number_format == "@"
    assert with_nip == 1 + sum(table.per_person for table in TABLES.values())


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match=r"sudah ada dan tidak kosong; pilih folder lain\.$"):
        write_templates(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
