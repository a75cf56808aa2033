"""Turn text cells into the types of a table, listing every cell that does not fit."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.records.nip import nip_problem, went_through_float
from workbench.records.problems import Problem, Source, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.records.readers import RawTable
    from workbench.records.tables import Table

__all__ = ["nip_problems", "typed"]

_TRUE = {"true", "ya", "1", "benar"}
_FALSE = {"false", "tidak", "0", "salah"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?")
_YEARS = (1900, 2200)
_WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,][0-9]{3})+")

# Of one text cell: its value, or the sentence that says what is wrong with it.
_Result = tuple[Any, str]


def typed(raw: RawTable, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the table with its types, keyed by ``nip`` where rows belong to people, and what is wrong with it.

    Parameters
    ----------
    raw : RawTable
    table : Table

    Returns
    -------
    frame : pandas.DataFrame
        Only meaningful when there are no problems.
    problems : list of Problem
    """
    raw = _by_name(raw, table)
    problems = _heading_problems(raw, table)
    result: dict[str, pd.Series] = {}
    for name in table.input_columns:
        if name not in raw.frame.columns:
            result[name] = _absent(len(raw.frame), name, table)
            continue
        cells = raw.frame[name].astype(object)
        if table.is_required(name):
            problems += _empty_cells(raw.source, name, cells)
        if name == "nip":
            problems += nip_problems(raw.source, cells)
            result[name] = cells.astype("str")
        elif name in table.identity_columns:
            result[name] = cells.astype("str")
        else:
            result[name], found = _column(raw, name, cells, table.schema.columns[name])
            problems += found
    frame = pd.DataFrame(result)
    return frame, problems + _duplicates(raw.source, frame, table)


def _by_name(raw: RawTable, table: Table) -> RawTable:
    """Return the cells under the names of the table's columns, where the file has headings of its own."""
    names = {heading: name for name, heading in table.headings.items() if name not in raw.frame.columns}
    return replace(raw, frame=raw.frame.rename(columns=names))


def nip_problems(source: Source, cells: pd.Series) -> list[Problem]:
    """Return what is wrong with a column of NIPs; an empty cell is not a matter of this function."""
    places, texts = pd.factorize(cells)
    wrong = [nip_problem(str(text)) if text != "" else "" for text in texts]
    bad = np.array([bool(sentence) for sentence in wrong], dtype=bool)[places]
    problems = source.problems(np.flatnonzero(bad), "nip", lambda i: wrong[places[i]])
    if not problems and went_through_float(text for text in texts if text != ""):
        sentence = _(
            "angka terakhir semua NIP hilang karena pernah disimpan sebagai bilangan; ambil ulang sebagai teks"
        )
        problems.append(Problem(source.file, None, "nip", sentence))
    return problems


def _heading_problems(raw: RawTable, table: Table) -> list[Problem]:
    known, file = table.input_columns, raw.source.file
    present = list(raw.frame.columns)
    if not set(present) & set(known):
        sentence = _("bukan judul kolom tabel ini ({first}, …); hapus baris di atas judul atau perbaiki judul")
        return [Problem(file, 1, "", sentence.format(first=", ".join(known[:3])))]
    problems, meant = [], set()
    for name in present:
        if name not in known:
            absent = {known_name.lower(): known_name for known_name in known if known_name not in present}
            near = [absent[found] for found in get_close_matches(name.lower(), absent, 1, 0.8)]
            meant.update(near)
            sentence = (
                _("kolom ini tidak dikenal; perbaiki bila maksudnya '{near}', atau hapus").format(near=near[0])
                if near
                else _("kolom ini tidak dikenal; hapus, atau pakai nama pada kamus data")
            )
            problems.append(Problem(file, 1, name, sentence))
    problems += [
        Problem(file, 1, name, _("kolom wajib ini tidak ada; tambahkan"))
        for name in known
        if table.is_required(name) and name not in {*present, *meant}
    ]
    return problems


def _absent(rows: int, name: str, table: Table) -> pd.Series:
    """Return an optional column that the file does not have."""
    kind = "str" if name not in table.schema.columns else str(table.schema.columns[name].dtype)
    kind = {"int64": "Int64"}.get(kind, "str" if kind.startswith("str") else kind)
    return pd.Series([pd.NaT if "datetime" in kind else None] * rows, dtype=kind)


def _empty_cells(source: Source, name: str, cells: pd.Series) -> list[Problem]:
    return source.problems(np.flatnonzero(cells == ""), name, lambda _i: _("sel wajib ini kosong; isi"))


def _column(raw: RawTable, name: str, cells: pd.Series, column: Any) -> tuple[pd.Series, list[Problem]]:
    """Convert each different text once and put the values in their places."""
    convert, kind = _converter(column, decimal_comma=raw.decimal_comma)
    places, texts = pd.factorize(cells)
    results = [(None, "") if text == "" else convert(str(text)) for text in texts]
    bad = np.array([bool(sentence) for _value, sentence in results], dtype=bool)[places]
    problems = raw.source.problems(np.flatnonzero(bad), name, lambda i: results[places[i]][1])
    values = pd.Series([value for value, _sentence in results], dtype=object)
    if "datetime" in kind:
        values = pd.to_datetime(values)
    if kind == "int64" and (problems or values.isna().any()):
        kind = "Int64"
    return values.astype(kind).take(places).set_axis(cells.index), problems


def _converter(column: Any, *, decimal_comma: bool) -> tuple[Callable[[str], _Result], str]:
    """Return what converts one text of a column, and the type of its values."""
    kind = str(column.dtype)
    checks = {check.name: check.statistics for check in column.checks}
    if "isin" in checks:
        allowed = list(checks["isin"]["allowed_values"])
        by_form = {value.lower(): value for value in allowed}
        return lambda text: _one_of(text, by_form), "str"
    if "str_matches" in checks:
        pattern = re.compile(checks["str_matches"]["pattern"])
        return lambda text: _code(text, pattern), "str"
    if "datetime" in kind:
        return _date, "datetime64[ns]"
    if kind == "boolean":
        return _yes_no, kind
    if "int" in kind.lower() or "float" in kind.lower():
        limits = checks["in_range"]
        low, high = float(limits["min_value"]), float(limits["max_value"])
        whole = "int" in kind.lower()
        return lambda text: _number(text, low, high, whole=whole, decimal_comma=decimal_comma), kind
    return lambda text: (text, ""), "str"


def _one_of(text: str, by_form: dict[str, str]) -> _Result:
    value = by_form.get(re.sub(r"[\s-]+", "_", text.lower()))
    if value is not None:
        return value, ""
    sentence = _("'{value}' tidak dikenal; pilih salah satu: {allowed}")
    return None, sentence.format(value=shown(text), allowed=", ".join(by_form.values()))


def _code(text: str, pattern: re.Pattern[str]) -> _Result:
    if pattern.match(text):
        return text, ""
    sentence = _("kode '{value}' tidak dapat dipakai; pakai huruf, angka, titik, atau tanda hubung tanpa spasi")
    return None, sentence.format(value=shown(text))


def _date(text: str) -> _Result:
    if not _DATE.fullmatch(text):
        sentence = _("'{value}' bukan tanggal; tulis tahun-bulan-hari, misalnya 2024-11-30")
        return None, sentence.format(value=shown(text))
    try:
        value = pd.Timestamp(text)
    except ValueError:
        return None, _("tanggal '{value}' tidak ada pada kalender; perbaiki").format(value=text)
    if not _YEARS[0] <= value.year <= _YEARS[1]:
        sentence = _("tanggal '{value}' di luar tahun {low} sampai {high}; perbaiki")
        return None, sentence.format(value=text, low=_YEARS[0], high=_YEARS[1])
    return value, ""


def _yes_no(text: str) -> _Result:
    lowered = text.lower()
    if lowered in _TRUE or lowered in _FALSE:
        return lowered in _TRUE, ""
    return None, _("'{value}' bukan true atau false; pilih salah satu").format(value=shown(text))


def _number(text: str, low: float, high: float, *, whole: bool, decimal_comma: bool) -> _Result:
    if decimal_comma and _THOUSANDS.fullmatch(text):
        # Where the comma is decimal, Excel may have written 1.977 for one thousand nine hundred and seventy-seven.
        sentence = _("'{value}' dapat berarti ribuan atau desimal; hapus pemisah ribuan, atau kirim sebagai XLSX")
        return None, sentence.format(value=text)
    if decimal_comma and _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if (_WHOLE if whole else _NUMBER).fullmatch(text) and low <= float(text) <= high:
        return (int(float(text)) if whole else float(text)), ""
    if whole:
        sentence = _("'{value}' bukan bilangan bulat antara {low} dan {high}; perbaiki")
    elif _COMMA.fullmatch(text):
        sentence = _("'{value}' memakai koma; tulis desimal dengan titik, antara {low} dan {high}")
    else:
        sentence = _("'{value}' bukan bilangan antara {low} dan {high}; perbaiki")
    return None, sentence.format(value=shown(text), low=f"{low:.15g}", high=f"{high:.15g}")


def _duplicates(source: Source, frame: pd.DataFrame, table: Table) -> list[Problem]:
    """Rows that say the same key twice; double sittings are not an error but go to quarantine."""
    key = ["nip" if name == "participant_id" else name for name in table.key]
    if table.name == "sittings":
        return []
    cells = frame[key].astype(object)
    complete = (cells.notna() & (cells != "")).all(axis=1)
    second = np.flatnonzero(cells.duplicated(keep="first") & complete)
    if not second.size:
        return []
    first_row: dict[tuple[object, ...], int] = {}
    lines = list(cells.itertuples(index=False, name=None))
    for i, line in enumerate(lines):
        first_row.setdefault(line, source.rows[i])
    sentence = _("'{value}' sudah ada pada baris {row}; hapus salah satu")
    return source.problems(
        second,
        ", ".join(key),
        lambda i: sentence.format(value=shown(" / ".join(map(str, lines[i]))), row=first_row[lines[i]]),
    )
