"""Empty input files to fill in with one's own data: a workbook and a CSV for every table, and the data dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.records.dictionary import DICTIONARY_FILE, EXAMPLE_HEADING, Note, data_dictionary, notes_of
from workbench.records.sheets import DATA_SHEET, HELP_SHEET
from workbench.records.tables import RESPONSES_EXAMPLE, TABLES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_templates"]

LONGEST_LIST = 255  # characters that a drop-down list of Excel may have
LAST_ROW = 1_048_575
_TEXT = {"teks", "kode", "pilihan", "ya/tidak"}


def write_templates(folder: Path) -> None:
    """Write empty input templates.

    Parameters
    ----------
    folder : Path
        A folder that does not exist or is empty.

    Raises
    ------
    ValueError
        When the folder is in use.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(_("{path} sudah ada dan tidak kosong; pilih folder lain.").format(path=folder))
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in TABLES.items():
        _write_pair(folder, name, table.title, notes_of(table))
    example = [Note("nip", "teks", True, "NIP atau NI PPPK", "tepat 18 angka")]
    example += [Note(item, "teks", False, "Jawaban butir ini", "opsi atau skor") for item in EXAMPLE_HEADING[1:]]
    _write_pair(folder, RESPONSES_EXAMPLE, "Jawaban satu paket: ganti judul kolom dengan kode butir", example)
    (folder / DICTIONARY_FILE).write_text(data_dictionary(), encoding="utf-8")


def _write_pair(folder: Path, name: str, title: str, notes: list[Note]) -> None:
    heading = ",".join(note.column for note in notes)
    (folder / f"{name}.csv").write_text(heading + "\n", encoding="utf-8")
    _write_workbook(folder / f"{name}.xlsx", title, notes)


def _write_workbook(path: Path, title: str, notes: list[Note]) -> None:
    """Write the sheet to fill in, text where Excel would make numbers, and the sheet that explains it."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        formats: dict[str, Any] = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        sheet = book.add_worksheet(DATA_SHEET)
        sheet.freeze_panes(1, 0)
        for column, note in enumerate(notes):
            shape = formats["text"] if note.kind in _TEXT else formats["date"] if note.kind == "tanggal" else None
            sheet.set_column(column, column, max(14, len(note.column) + 4, 22 if note.column == "nip" else 0), shape)
            sheet.write_string(0, column, note.column, formats["head"])
            if note.values and len(",".join(note.values)) <= LONGEST_LIST:
                sheet.data_validation(1, column, LAST_ROW, column, {"validate": "list", "source": list(note.values)})
        words = book.add_worksheet(HELP_SHEET)
        words.set_column(0, 2, 16)
        words.set_column(3, 4, 60, formats["wrap"])
        words.write_string(0, 0, title, formats["head"])
        for column, text in enumerate(("kolom", "jenis", "wajib", "arti", "nilai yang sah")):
            words.write_string(2, column, text, formats["head"])
        for row, note in enumerate(notes, start=3):
            cells = (note.column, note.kind, "ya" if note.required else "", note.meaning, note.allowed)
            for column, text in enumerate(cells):
                words.write_string(row, column, text)
