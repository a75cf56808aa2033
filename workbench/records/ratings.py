"""Ratings of a standard setting: the file that experts fill in, and what is wrong with one.

A row is one judgement: panel, date, method, round, rater, scale, level, item_id, value. With ``angoff`` the value is
the expected score of a person who just reaches the level (of an item with one right answer: the probability of that
answer); with ``bookmark`` it is the last page of the ordered booklet that this person still masters, and ``item_id``
may stay empty.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _
from workbench.psychometrics.standard_setting import FEWEST_RATERS, RESPONSE_PROBABILITY, ordered_booklet
from workbench.records.problems import FileError, Problem, shown
from workbench.records.readers import read_raw
from workbench.records.sheets import DATA_SHEET, HELP_SHEET

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.records.bank import Bank
    from workbench.records.problems import Source

__all__ = ["ANGOFF", "BOOKMARK", "COLUMNS", "METHODS", "booklet_of", "read_ratings", "write_ratings_template"]

COLUMNS = ("panel", "date", "method", "round", "rater", "scale", "level", "item_id", "value")
BOOKMARK, ANGOFF = "bookmark", "angoff"
METHODS = (ANGOFF, BOOKMARK)
KEY = ["panel", "round", "rater", "scale", "level", "item_id"]
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_COMMA = re.compile(r"-?\d+,\d+")


def booklet_of(bank: Bank, scale: str, response_probability: float = RESPONSE_PROBABILITY) -> pd.DataFrame:
    """Return the ordered booklet of a scale: the items of its reference form, a page a step."""
    return ordered_booklet(bank.items(scale, reference=True), response_probability)


def read_ratings(path: Path, bank: Bank, response_probability: float = RESPONSE_PROBABILITY) -> pd.DataFrame:
    """Read a filled file of ratings.

    Parameters
    ----------
    path : Path
        CSV or XLSX.
    bank : Bank
        Whose items were rated.
    response_probability : float
        Of the booklet that bookmarks were placed in.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, with numbers in round, level and value.

    Raises
    ------
    FileError
        With every problem: file, row, column and what to do.
    """
    if not path.is_file():
        raise FileError([Problem(path.name, None, "", _("berkas ini tidak ada; periksa jalurnya"))])
    raw = read_raw(path)
    source = raw.source
    lacking = [name for name in COLUMNS if name not in raw.frame.columns]
    if lacking:
        sentence = _("kolom ini tidak ada; pakai templat dari 'workbench bank ratings'")
        raise FileError([Problem(source.file, 1, name, sentence) for name in lacking])
    if raw.frame.empty:
        raise FileError([Problem(source.file, 2, "", _("belum ada penilaian; isi templatnya"))])
    reader = _Reader(bank, source, response_probability, raw.decimal_comma)
    rows = [reader.row(place, row) for place, row in enumerate(raw.frame[list(COLUMNS)].to_dict("records"))]
    if reader.problems:
        raise FileError(reader.capped())
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    problems = [*_twice(frame, source), *_two_methods(frame, source)] or _gaps(frame, source, bank)
    if problems:
        raise FileError(problems)
    return frame


@dataclass
class _Reader:
    """Turns rows of text into rows of values and collects what is wrong."""

    bank: Bank
    source: Source
    response_probability: float
    decimal_comma: bool

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []
        self.booklets: dict[str, list[str]] = {}
        parameters = self.bank.item_parameters
        reference = parameters[parameters["item_id"].isin(self.bank.reference_form["item_id"])]
        self.highest = dict(zip(reference["item_id"], reference["categories"].astype(int) - 1, strict=True))
        self.scale_of = dict(zip(parameters["item_id"], parameters["scale"], strict=True))
        self.levels = {scale: set(rows["level"].astype(int)) for scale, rows in self.bank.level_cuts.groupby("scale")}

    def capped(self) -> list[Problem]:
        """Return the problems; of one kind in one column no more than a person can read."""
        result: list[Problem] = []
        for column in COLUMNS:
            here = [p for p in self.problems if p.column == column]
            result += here[:20]
            if len(here) > 20:
                sentence = _("{n} baris lain bermasalah pada kolom ini").format(n=len(here) - 20)
                result.append(Problem(self.source.file, here[20].row, column, sentence))
        return sorted(result, key=lambda problem: problem.row or 0)

    def say(self, place: int, column: str, sentence: str) -> None:
        self.problems.append(self.source.problem(place, column, sentence))

    def row(self, place: int, row: dict[str, str]) -> dict[str, object]:
        """Return one judgement; what is wrong with it is collected."""
        for column in ("panel", "rater"):
            if not row[column]:
                self.say(place, column, _("sel ini kosong; isi namanya"))
        try:
            date.fromisoformat(row["date"])
        except ValueError:
            self.say(
                place, "date", _("'{value}' bukan tanggal; tulis seperti 2026-11-29").format(value=shown(row["date"]))
            )
        method = row["method"]
        if method not in METHODS:
            known = ", ".join(METHODS)
            self.say(
                place, "method", _("'{value}' bukan metode; pakai {known}").format(value=shown(method), known=known)
            )
        number = self._whole(place, "round", row["round"], 1, 99)
        level = self._whole(place, "level", row["level"], 2, 5)
        scale = row["scale"]
        if scale not in self.levels:
            sentence = _("skala '{value}' tidak ada di bank {bank}").format(value=shown(scale), bank=self.bank.version)
            self.say(place, "scale", sentence)
        elif level is not None and level not in self.levels[scale]:
            self.say(place, "level", _("bank {bank} tidak punya batas level ini").format(bank=self.bank.version))
        value: float | None = None
        if method == ANGOFF:
            value = self._score(place, row)
        elif method == BOOKMARK and scale in self.levels:
            value = self._page(place, row)
        item = row["item_id"] if method == ANGOFF else ""
        return {**row, "round": number, "level": level, "item_id": item, "value": value}

    def _whole(self, place: int, column: str, text: str, low: int, high: int) -> int | None:
        text = text.removesuffix(".0")
        if text.isdigit() and text.isascii() and low <= int(text) <= high:
            return int(text)
        sentence = _("'{value}' bukan bilangan bulat antara {low} dan {high}; perbaiki")
        self.say(place, column, sentence.format(value=shown(text), low=low, high=high))
        return None

    def _number(self, place: int, text: str, low: float, high: float) -> float | None:
        if not text:
            self.say(place, "value", _("sel ini kosong; setiap penilai menilai semuanya"))
            return None
        plain = text.replace(",", ".") if self.decimal_comma and _COMMA.fullmatch(text) else text
        if _NUMBER.fullmatch(plain) and low <= float(plain) <= high:
            return float(plain)
        sentence = _("'{value}' bukan bilangan antara {low} dan {high}; tulis desimal dengan titik")
        self.say(place, "value", sentence.format(value=shown(text), low=f"{low:.15g}", high=f"{high:.15g}"))
        return None

    def _score(self, place: int, row: dict[str, str]) -> float | None:
        item = row["item_id"]
        if self.scale_of.get(item) != row["scale"]:
            sentence = _("butir '{value}' tidak ada pada skala ini di bank {bank}; periksa kodenya")
            self.say(place, "item_id", sentence.format(value=shown(item), bank=self.bank.version))
            return None
        if item not in self.highest:
            sentence = _("butir '{value}' bukan butir paket acuan bank {bank}; hapus barisnya")
            self.say(place, "item_id", sentence.format(value=shown(item), bank=self.bank.version))
            return None
        return self._number(place, row["value"], 0.0, float(self.highest[item]))

    def _page(self, place: int, row: dict[str, str]) -> float | None:
        scale = row["scale"]
        if scale not in self.booklets:
            booklet = booklet_of(self.bank, scale, self.response_probability)
            self.booklets[scale] = list(booklet.loc[booklet["page"].notna(), "item_id"])
        pages = self.booklets[scale]
        # Nobody can be placed behind the last page: the cut would lie outside the booklet.
        value = self._number(place, row["value"], 1, len(pages) - 1)
        if value is not None and value != int(value):
            self.say(
                place, "value", _("'{value}' bukan nomor halaman; tulis bilangan bulat").format(value=row["value"])
            )
            return None
        if value is not None and row["item_id"] and row["item_id"] != pages[int(value) - 1]:
            sentence = _("halaman {page} memuat butir {item}, bukan '{value}'; samakan, atau kosongkan")
            self.say(
                place,
                "item_id",
                sentence.format(page=int(value), item=pages[int(value) - 1], value=shown(row["item_id"])),
            )
        return value


def _twice(frame: pd.DataFrame, source: Source) -> list[Problem]:
    """Judgements of the same rater on the same thing."""
    repeated = frame.duplicated(KEY).to_numpy(bool)
    first = frame.drop_duplicates(KEY).reset_index().set_index(KEY)["index"]

    def sentence(place: int) -> str:
        there = int(first[tuple(frame.loc[place, KEY])])
        return _("penilai ini sudah menilai hal yang sama pada baris {row}; hapus salah satunya").format(
            row=source.rows[there]
        )

    return source.problems([int(i) for i in repeated.nonzero()[0]], "rater", sentence)


def _two_methods(frame: pd.DataFrame, source: Source) -> list[Problem]:
    methods = frame.groupby("scale")["method"].nunique()
    return [
        source.problem(
            int(frame.index[frame["scale"] == scale][0]),
            "method",
            _("skala {scale} dinilai dengan dua metode; pisahkan berkasnya").format(scale=scale),
        )
        for scale in methods.index[methods > 1]
    ]


def _gaps(frame: pd.DataFrame, source: Source, bank: Bank) -> list[Problem]:
    """Raters who left something out, levels that nobody rated, and too few raters."""
    problems = []
    last = frame.groupby("scale")["round"].transform("max") == frame["round"]
    for (scale, number), rows in frame.groupby(["scale", "round"], sort=False):
        levels = sorted(bank.level_cuts.loc[bank.level_cuts["scale"] == scale, "level"].astype(int))
        angoff = rows["method"].iloc[0] == ANGOFF
        items = list(bank.items(scale, reference=True)["item_id"]) if angoff else [""]
        wanted = {(level, item) for level in levels for item in items}
        groups = rows.groupby(["panel", "rater"], sort=False)
        for (_panel, rater), own in groups:
            absent = sorted(wanted - set(zip(own["level"], own["item_id"], strict=True)))
            if absent:
                level, item = absent[0]
                sentence = _(
                    "penilai {rater} belum lengkap pada skala {scale}, putaran {round}: kurang {n} penilaian, mulai "
                    "level {level} {item}"
                ).format(rater=rater, scale=scale, round=number, n=len(absent), level=level, item=item)
                problems.append(source.problem(int(own.index[0]), "value", sentence.rstrip()))
        if len(groups) < FEWEST_RATERS and bool(last[rows.index].any()):
            sentence = _("hanya {n} penilai pada skala {scale}; batas level memerlukan sedikitnya {fewest}")
            problems.append(
                source.problem(
                    int(rows.index[0]), "rater", sentence.format(n=len(groups), scale=scale, fewest=FEWEST_RATERS)
                )
            )
    return problems


def write_ratings_template(
    bank: Bank,
    folder: Path,
    *,
    scales: Sequence[str] = (),
    method: str = ANGOFF,
    raters: int = 10,
    response_probability: float = RESPONSE_PROBABILITY,
) -> list[Path]:
    """Write the files of a standard setting: ratings to fill in as XLSX and CSV, and the ordered booklets.

    Parameters
    ----------
    bank : Bank
    folder : Path
        Is made; files of the same names must not be there.
    scales : sequence of str
        Empty: all of the bank.
    method : str
        ``angoff`` or ``bookmark``.
    raters : int
        For how many raters rows are prepared.
    response_probability : float

    Returns
    -------
    list of Path

    Raises
    ------
    ValueError
        On an unknown method or scale, fewer raters than a cut needs, or files that are there already.
    """
    if method not in METHODS:
        raise ValueError(
            _("Metode '{name}' tidak dikenal; pilih: {known}.").format(name=method, known=", ".join(METHODS))
        )
    unknown = [scale for scale in scales if scale not in bank.scales]
    if unknown:
        raise ValueError(_("Skala '{scale}' tidak ada di bank {bank}.").format(scale=unknown[0], bank=bank.version))
    if raters < FEWEST_RATERS:
        raise ValueError(_("Batas level memerlukan sedikitnya {n} penilai.").format(n=FEWEST_RATERS))
    paths = [folder / name for name in ("ratings.xlsx", "ratings.csv", "booklet.csv")]
    there = [path for path in paths if path.exists()]
    if there:
        raise ValueError(_("{path} sudah ada; pindahkan dahulu agar penilaian tidak hilang.").format(path=there[0]))
    folder.mkdir(parents=True, exist_ok=True)
    chosen = tuple(scales) or bank.scales
    rows = _blank_rows(bank, chosen, method, raters)
    with paths[1].open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([list(COLUMNS), *rows])
    _write_sheet(paths[0], rows)
    booklets = [booklet_of(bank, scale, response_probability).assign(scale=scale) for scale in chosen]
    table = pd.concat(booklets, ignore_index=True)[["scale", "page", "item_id", "step", "theta"]]
    table.to_csv(paths[2], index=False, float_format="%.4f", lineterminator="\n")
    return paths


def _blank_rows(bank: Bank, scales: Sequence[str], method: str, raters: int) -> list[list[str]]:
    rows = []
    for number in range(1, raters + 1):
        rater = _("penilai-{n}").format(n=f"{number:02d}")
        for scale in scales:
            items = list(bank.items(scale, reference=True)["item_id"]) if method == ANGOFF else [""]
            levels = sorted(bank.level_cuts.loc[bank.level_cuts["scale"] == scale, "level"].astype(int))
            rows += [["", "", method, "1", rater, scale, str(level), item, ""] for level in levels for item in items]
    return rows


def _write_sheet(path: Path, rows: list[list[str]]) -> None:
    import xlsxwriter

    help_lines = [
        ("panel", _("nama panel, sama pada semua barisnya")),
        ("date", _("hari penilaian, seperti 2026-11-29")),
        ("method", _("angoff atau bookmark")),
        ("round", _("putaran penilaian dalam panel: 1, 2, ...; batas diambil dari putaran terakhir")),
        ("rater", _("nama atau kode penilai")),
        ("scale", _("kode skala di bank")),
        ("level", _("level yang baru saja dicapai orang yang dibayangkan: 2 sampai 5")),
        ("item_id", _("kode butir; kosong pada bookmark")),
        (
            "value",
            _(
                "angoff: skor harapan orang itu pada butir (pilihan ganda: peluang menjawab benar, 0 sampai 1); "
                "bookmark: nomor halaman terakhir di booklet.csv yang masih dikuasai orang itu"
            ),
        ),
    ]
    with xlsxwriter.Workbook(str(path)) as book:
        head, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(DATA_SHEET)
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(COLUMNS):
            sheet.set_column(column, column, max(12, len(name) + 4), None if name == "value" else text)
            sheet.write_string(0, column, name, head)
        for place, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(place, column, cell, text)
        words = book.add_worksheet(HELP_SHEET)
        words.set_column(0, 0, 14)
        words.set_column(1, 1, 100)
        for place, (name, meaning) in enumerate(help_lines):
            words.write_string(place, 0, name, head)
            words.write_string(place, 1, meaning)
