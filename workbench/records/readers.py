"""Read a file as text: CSV, XLSX or Parquet, with nothing guessed and nothing turned into a number.

Each reader returns the cells as text with the row that a person counts (the heading is row 1), or raises a `FileError`
that names file, row and column. The three give the same cells for the same table.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.records.problems import FileError, Problem, Source
from workbench.records.sheets import Grid, column_letters, read_sheet

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ENDINGS", "RawTable", "read_raw"]

ENDINGS = (".csv", ".xlsx", ".parquet")
_INDEX = re.compile(r"__index_level_\d+__")  # row labels that pandas stores beside the columns


@dataclass(frozen=True)
class RawTable:
    """Cells as text.

    Attributes
    ----------
    source : Source
        Name of the file, and the row of each line.
    frame : pandas.DataFrame
        Text columns (or categories of text) without blanks at their ends; an empty cell is an empty text. Rows without
        any text are left out.
    decimal_comma : bool
        Whether decimals may have a comma: a CSV with semicolons, as Excel writes it where the comma is decimal.
    warnings : tuple of Problem
    """

    source: Source
    frame: pd.DataFrame
    decimal_comma: bool = False
    warnings: tuple[Problem, ...] = ()


def read_raw(path: Path) -> RawTable:
    """Read one file as text.

    Returns
    -------
    RawTable
        With no lines where the file holds a heading only.

    Raises
    ------
    FileError
        When it is empty, not what its ending says, in another encoding, has rows of another length than its heading,
        merged, formula or error cells, a NIP kept as a number, or a heading missing or used twice.
    """
    readers = {".csv": _read_csv, ".xlsx": _read_xlsx, ".parquet": _read_parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _fail(path, _("jenis berkas tidak dikenal; pakai CSV, XLSX, atau Parquet"))
    try:
        if path.stat().st_size == 0:
            raise _fail(path, _("berkas kosong; isi atau hapus berkas ini"))
        return reader(path)
    except OSError as problem:
        raise _fail(
            path, _("berkas tidak dapat dibuka ({why}); periksa izinnya").format(why=problem.strerror)
        ) from None


def _fail(path: Path, sentence: str, row: int | None = None, column: str = "") -> FileError:
    return FileError([Problem(path.name, row, column, sentence)])


def _heading(path: Path, heading: list[str]) -> list[str]:
    """Return the heading, or say which names are missing or used twice."""
    problems = []
    for index, name in enumerate(heading):
        if not name:
            sentence = _("judul kolom ke-{n} kosong; baris 1 harus berisi judul setiap kolom").format(n=index + 1)
            problems.append(Problem(path.name, 1, column_letters(index), sentence))
        elif name in heading[:index]:
            sentence = _("judul kolom ini dipakai lebih dari sekali; hapus salah satunya")
            problems.append(Problem(path.name, 1, name, sentence))
    if problems:
        raise FileError(problems)
    return heading


def _read_csv(path: Path) -> RawTable:
    content = path.read_bytes()
    if content[:4] in (b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"):
        raise _fail(path, _("isinya bukan CSV; simpan ulang sebagai CSV UTF-8 atau perbaiki nama berkas"))
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content:
        raise _fail(path, _("berkas tersimpan sebagai UTF-16 atau rusak; simpan ulang sebagai CSV UTF-8"), 1)
    # Bytes that are not UTF-8 become lone surrogates, so that the cell which holds one can be named.
    text = content.decode("utf-8-sig", errors="surrogateescape")
    separator = _separator(path, text)
    lines = _csv_lines(path, text, separator)
    if not text.isascii():
        _refuse_other_encodings(path, content, lines)
    if not lines or not any(lines[0]):
        raise _fail(path, _("baris kosong; tulis judul kolom di sini"), 1)
    return _from_lines(path, lines, decimal_comma=separator == ";")


def _separator(path: Path, text: str) -> str:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    if ";" in first and "," in first:
        raise _fail(path, _("judul memuat koma dan titik koma; pakai satu pemisah saja"), 1)
    if "\t" in first and ";" not in first and "," not in first:
        raise _fail(path, _("kolom dipisah tabulasi; simpan ulang sebagai CSV dengan koma atau titik koma"), 1)
    return ";" if ";" in first else ","


def _csv_lines(path: Path, text: str, separator: str) -> list[list[str]]:
    lines: list[list[str]] = []
    try:
        lines.extend(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        # A quote that is never closed swallows the rest: the row where it opens is the one to mend.
        row = len(lines) + 1
        raise _fail(
            path, _("tanda kutip tidak berpasangan atau sel terlalu panjang; perbaiki atau hapus tanda kutip"), row
        ) from None
    return lines


def _refuse_other_encodings(path: Path, content: bytes, lines: list[list[str]]) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return
    row, place = next(
        (r, c)
        for r, line in enumerate(lines)
        for c, cell in enumerate(line)
        if any("\udc80" <= x <= "\udcff" for x in cell)
    )
    column = lines[0][place] if row and place < len(lines[0]) else column_letters(place)
    raise _fail(path, _("ada huruf yang bukan UTF-8; simpan ulang sebagai CSV UTF-8"), row + 1, column)


def _from_lines(
    path: Path, lines: list[list[str]], *, decimal_comma: bool = False, warnings: tuple[Problem, ...] = ()
) -> RawTable:
    """Make a table of lines, the first being the heading; every other has as many cells, or none."""
    heading = [name.strip() for name in lines[0]]
    width = len(heading)
    rows = [row for row, line in enumerate(islice(lines, 1, None), start=2) if any(line)]
    uneven = [row for row in rows if len(lines[row - 1]) != width]
    if len(uneven) > 1 and len(uneven) == len(rows):
        sentence = _("jumlah sel ({m}) lain daripada semua baris; tulis judul kolom di sini dengan pemisah yang sama")
        raise _fail(path, sentence.format(m=width), 1)
    if uneven:
        source = Source(path.name, uneven)
        raise FileError(
            source.problems(
                range(len(uneven)),
                "",
                lambda k: _("baris ini berisi {n} sel, judul {m}; samakan jumlahnya dan periksa pemisah").format(
                    n=len(lines[uneven[k] - 1]), m=width
                ),
            )
        )
    cells = list(zip(*(lines[row - 1] for row in rows), strict=True)) or [()] * width
    columns = [np.array([cell.strip() for cell in column], dtype=object) for column in cells]
    if rows and 2 * sum(map(bool, heading)) < width:
        raise _fail(path, _("bukan judul kolom; hapus baris di atas judul dan kolom kosong di sekitar tabel"), 1)
    while heading and not heading[-1]:
        stray = np.flatnonzero(columns[-1] != "")
        if stray.size:
            raise _fail(
                path,
                _("ada isi di bawah kolom tanpa judul; beri judul atau hapus isinya"),
                rows[int(stray[0])],
                column_letters(len(heading) - 1),
            )
        heading.pop()
        columns.pop()
    frame = pd.DataFrame(dict(zip(_heading(path, heading), columns, strict=True)), dtype=object)
    return _without_blank_rows(path, frame, rows, decimal_comma=decimal_comma, warnings=warnings)


def _without_blank_rows(
    path: Path,
    frame: pd.DataFrame,
    rows: list[int] | range,
    *,
    decimal_comma: bool = False,
    warnings: tuple[Problem, ...] = (),
) -> RawTable:
    filled = np.zeros(len(frame), dtype=bool)
    for name in frame.columns:
        filled |= (frame[name] != "").to_numpy()
        if filled.all():
            break
    else:
        frame = frame[filled].reset_index(drop=True)
        rows = [row for row, keep in zip(rows, filled, strict=True) if keep]
    return RawTable(Source(path.name, rows), frame, decimal_comma, warnings)


def _read_xlsx(path: Path) -> RawTable:
    grid: Grid = read_sheet(path)
    return _from_lines(path, grid.lines, warnings=grid.warnings)


def _read_parquet(path: Path) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as handle:
        try:
            # Read without the labels of pandas: a table whose NIP was its index keeps it as a column.
            table = pq.ParquetFile(handle).read()
        except (pa.ArrowException, OSError):
            sentence = _("isinya bukan Parquet atau rusak; simpan ulang sebagai Parquet atau perbaiki nama berkas")
            raise _fail(path, sentence) from None
    kept = [i for i, name in enumerate(table.column_names) if not _INDEX.fullmatch(name)]
    heading = _heading(path, [table.column_names[i].strip() for i in kept])
    columns = {name: _parquet_cells(path, name, table.column(i)) for name, i in zip(heading, kept, strict=True)}
    return _without_blank_rows(path, pd.DataFrame(columns), range(2, table.num_rows + 2))


def _parquet_cells(path: Path, name: str, column: object) -> pd.Series:
    """Return one column as text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    assert isinstance(column, pa.ChunkedArray)
    kind = column.type
    if pa.types.is_dictionary(kind):
        # Answers come as categories: the few texts are converted, the many places are kept.
        joined = column.combine_chunks()
        values = list(_parquet_cells(path, name, pa.chunked_array([joined.dictionary])))
        place = {text: code for code, text in enumerate(sorted({"", *values}))}
        codes = np.array([*(place[text] for text in values), place[""]])
        lines = joined.indices.cast(pa.int64()).fill_null(len(values)).to_numpy()
        return pd.Series(pd.Categorical.from_codes(codes[lines], list(place)))
    if name.lower() == "nip" and (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise _fail(
            path, _("NIP tersimpan sebagai bilangan sehingga angkanya hilang; simpan kolom itu sebagai teks"), 2, name
        )
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise _fail(path, _("kolom berisi daftar, bukan satu nilai per sel; pecah menjadi kolom biasa"), 1, name)
    if pa.types.is_timestamp(kind):
        text = pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
        text = pc.replace_substring_regex(pc.utf8_slice_codeunits(text, 0, 19), " 00:00:00$", "")
    else:
        text = column.cast(pa.string())
    if pa.types.is_floating(kind):
        text = pc.if_else(pc.is_nan(column), "", pc.replace_substring_regex(text, r"\.0$", ""))
    return pc.utf8_trim_whitespace(text.fill_null("")).to_pandas().astype(object)
