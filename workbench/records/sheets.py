"""The sheet of an XLSX file that holds the table, as lines of text."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.records.problems import FileError, Problem, Source, shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["DATA_SHEET", "HELP_SHEET", "Grid", "column_letters", "read_sheet"]

DATA_SHEET = "data"  # the sheet that is read where a workbook has several
HELP_SHEET = "kamus data"  # the sheet of a template that explains the columns
LARGEST = 1_000_000_000  # unpacked bytes; a larger file is refused before it is opened
_CELL = rb"<(?:\w+:)?c\s([^>]*)>"
_FORMULA = re.compile(_CELL + rb"\s*<(?:\w+:)?f[\s/>]")
_ERROR = re.compile(rb"<(?:\w+:)?c\s([^>]*\bt=\"e\"[^>]*)>")
_PLACE = re.compile(rb"\br=\"([A-Z]+)(\d+)\"")


@dataclass(frozen=True)
class Grid:
    """Lines of text from the first row of a sheet; every line has as many cells as the heading.

    Attributes
    ----------
    lines : list of list of str
    warnings : tuple of Problem
        Sheets that were not read.
    """

    lines: list[list[str]]
    warnings: tuple[Problem, ...]


def column_letters(column: int) -> str:
    """Return the letters of a column, counted from 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def read_sheet(path: Path) -> Grid:
    """Read the table of an XLSX file.

    Where there are several visible sheets with content, the one named ``data`` is read. Hidden sheets are not read, and
    a warning says so.

    Raises
    ------
    FileError
        When it is not an XLSX file, when it is unclear which sheet is meant, or on merged cells, formulas, error cells
        and a NIP kept as a number.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with path.open("rb") as handle:
            if handle.read(4) == b"\xd0\xcf\x11\xe0":
                raise _fail(
                    path, _("berkas dilindungi kata sandi atau berformat XLS lama; simpan ulang sebagai XLSX biasa")
                )
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise _fail(
                    path, _("isi berkas terlalu besar setelah dibuka; bagi menjadi beberapa berkas atau pakai Parquet")
                )
            workbook = CalamineWorkbook.from_path(str(path))
            place, sheet, warnings = _chosen_sheet(path, workbook)
            source = archive.read(_member(archive, place))
        cells = sheet.to_python(skip_empty_area=False)
        merged = sheet.merged_cell_ranges or []
    except (zipfile.BadZipFile, CalamineError, KeyError, IndexError, EOFError):
        raise _fail(
            path, _("isinya bukan XLSX atau rusak; simpan ulang sebagai XLSX atau perbaiki nama berkas")
        ) from None
    formulas = _places(_FORMULA, source)
    errors = set(_places(_ERROR, source)) - set(formulas)
    problems = _at(
        path, [start for start, _end in merged], _("sel ini digabung; pisahkan (unmerge) dan isi tiap selnya")
    )
    problems += _at(path, formulas, _("sel berisi rumus; salin lalu tempel sebagai nilai"))
    problems += _at(path, errors, _("sel berisi kesalahan Excel seperti #N/A; perbaiki atau kosongkan"))
    if cells and not problems:
        problems = _numbers_as_nip(path, cells)
    if problems:
        raise FileError(problems)
    if not cells:
        raise _fail(path, _("lembar kosong; isi atau hapus berkas ini"))
    return Grid([[_as_text(value) for value in line] for line in cells], warnings)


def _fail(path: Path, sentence: str) -> FileError:
    return FileError([Problem(path.name, None, "", sentence)])


def _chosen_sheet(path: Path, workbook: Any) -> tuple[int, Any, tuple[Problem, ...]]:
    """Return the place of the sheet to read, the sheet, and warnings about sheets that are not read."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    filled = {
        place: (str(about.name), sheet, about.visible == SheetVisibleEnum.Visible)
        for place, about in enumerate(workbook.sheets_metadata)
        if about.typ == SheetTypeEnum.WorkSheet
        for sheet in [workbook.get_sheet_by_index(place)]
        if sheet.start is not None
    }
    visible = {place: name for place, (name, _sheet, seen) in filled.items() if seen}
    meant = [place for place, name in visible.items() if name.strip().lower() == DATA_SHEET] or list(visible)
    if not meant:
        raise _fail(path, _("tidak ada lembar yang terlihat dan berisi; isi atau hapus berkas ini"))
    if len(meant) > 1:
        raise _fail(
            path,
            _("ada beberapa lembar berisi ({names}); sisakan satu, atau namai lembar yang dimaksud '{data}'").format(
                names=", ".join(f"'{shown(visible[place])}'" for place in meant[:5]), data=DATA_SHEET
            ),
        )
    sentence = _("lembar '{name}' tidak dibaca; hapus bila tidak perlu")
    warnings = tuple(
        Problem(path.name, None, "", sentence.format(name=shown(name)))
        for place, (name, _sheet, _seen) in filled.items()
        if place != meant[0] and name.strip().lower() != HELP_SHEET
    )
    return meant[0], filled[meant[0]][1], warnings


def _member(archive: zipfile.ZipFile, place: int) -> str:
    """Return the name in the archive of the sheet at a place in the workbook."""
    sheets = re.findall(rb"<(?:\w+:)?sheet\s[^>]*?\w:id=\"([^\"]+)\"", archive.read("xl/workbook.xml"))
    target = {}
    for relation in re.findall(rb"<(?:\w+:)?Relationship\s[^>]*>", archive.read("xl/_rels/workbook.xml.rels")):
        found = dict(re.findall(rb"\b(Id|Target)=\"([^\"]+)\"", relation))
        target[found[b"Id"]] = found[b"Target"].decode()
    name = target[sheets[place]]
    return name.lstrip("/") if name.startswith("/") else f"xl/{name}"


def _places(pattern: re.Pattern[bytes], source: bytes) -> list[tuple[int, int]]:
    """Return row and column, counted from 0, of the cells that match."""
    found = [_PLACE.search(attributes) for attributes in pattern.findall(source)]
    return [(int(place[2]) - 1, _column(place[1].decode())) for place in found if place]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1


def _at(path: Path, places: Iterable[tuple[int, int]], sentence: str) -> list[Problem]:
    columns: dict[int, list[int]] = {}
    for row, column in sorted(places):
        columns.setdefault(column, []).append(row + 1)
    problems: list[Problem] = []
    for column, rows in sorted(columns.items()):
        problems += Source(path.name, rows).problems(range(len(rows)), column_letters(column), lambda _k: sentence)
    return problems


def _numbers_as_nip(path: Path, cells: list[list[Any]]) -> list[Problem]:
    names = [str(name).strip().lower() for name in cells[0]]
    if "nip" not in names:
        return []
    column = names.index("nip")
    rows = [row for row, line in enumerate(cells[1:], start=2) if isinstance(line[column], (int, float))]
    return Source(path.name, rows).problems(
        range(len(rows)),
        "nip",
        lambda _k: _(
            "NIP tersimpan sebagai bilangan sehingga angkanya hilang; format kolom itu sebagai teks, isi ulang"
        ),
    )


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
    if isinstance(value, (date, timedelta)):
        return str(value)
    return str(value)
