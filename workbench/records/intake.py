"""Intake: files as received become validated tables, or a list of what is wrong with them.

Nothing is guessed and nothing is dropped silently: an error stops the intake with file, row and column; a person whose
responses cannot be used goes to the quarantine list with the reason. Every file is looked at before anything is said,
so that one list holds all there is to mend; a check that needs a table which is itself in error is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pandas as pd

from workbench.i18n import _
from workbench.records.answers import Answers, FormPlan, read_answers
from workbench.records.crosscheck import contradictions, cross_check
from workbench.records.dictionary import DICTIONARY_FILE
from workbench.records.identities import pseudonyms
from workbench.records.problems import FileError, Problem, Source
from workbench.records.readers import ENDINGS, RawTable, read_raw
from workbench.records.received import (
    ANSWER_TABLES,
    SHEET,
    Entry,
    entry_of,
    instruments_received,
    people_received,
    received_problems,
    received_warnings,
)
from workbench.records.received import RESPONSES as BY_RESPONSES
from workbench.records.settle import QUARANTINE_COLUMNS, attendance_counts, settle
from workbench.records.tables import RESPONSES_EXAMPLE, TABLES
from workbench.records.typing_cells import typed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["IntakeReport", "check", "is_passed_over", "name_problem"]

RESPONSES = re.compile(r"responses_(?P<instrument>.+?)__(?P<form>.+)")


@dataclass
class IntakeReport:
    """What came in.

    Attributes
    ----------
    problems : list of Problem
        Errors; while there is one, the tables must not be used.
    warnings : list of Problem
    unused : list of str
        Files with a heading only that count as not given.
    tables : dict of pandas.DataFrame
        Validated tables by name, still keyed by ``nip``.
    responses : dict of (instrument, form) to pandas.DataFrame
        ``nip``, then one categorical column an item with the codes of `records.tables`.
    quarantine : pandas.DataFrame
        nip, table, row of the file, reason, detail.
    held : list of Problem
        The same in words, with file and row.
    counts : pandas.DataFrame
        instansi, instrument, invited, with_responses, quarantined, present, absent, void, reconciled.
    entry : str
        ``responses``, ``levels`` or ``component_sheet``: what the round holds of its people.
    sources : dict of str to Source
        The file of each table, and the row of each of its lines.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    responses: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    held: list[Problem] = field(default_factory=list)
    quarantine: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=QUARANTINE_COLUMNS))
    counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    entry: Entry = BY_RESPONSES
    sources: dict[str, Source] = field(default_factory=dict)

    def to_tables(
        self, salt: bytes
    ) -> tuple[dict[str, pd.DataFrame], dict[tuple[str, str], pd.DataFrame], pd.DataFrame]:
        """Return tables and responses keyed by pseudonym, and the identities.

        Returns
        -------
        tables : dict of pandas.DataFrame
            Each as its schema says, with ``quarantine`` and ``attendance_counts`` added; without answers also
            ``instruments`` and, of a component sheet, ``component_sheet_rows`` (participant_id, row of the file).
        responses : dict of (instrument, form) to pandas.DataFrame
        identities : pandas.DataFrame
            participant_id, nip, name.
        """
        people = self.tables["participants"]
        names = pseudonyms(people["nip"], salt)
        known = dict(zip(people["nip"], names, strict=True))
        identities = pd.DataFrame({"participant_id": names, "nip": people["nip"], "name": people["name"]})
        tables = {}
        for name, frame in self.tables.items():
            table = TABLES[name]
            stored = frame.drop(columns=list(table.identity_columns))
            if table.per_person:
                stored = _keyed(stored, known).sort_values(list(table.key), kind="stable", ignore_index=True)
            tables[name] = table.schema.validate(stored)
        tables["quarantine"] = _keyed(self.quarantine, known)
        tables["attendance_counts"] = self.counts
        if self.entry != BY_RESPONSES:
            tables["instruments"] = instruments_received(self.entry, self.tables)
        if self.entry == SHEET:
            rows = pd.Series(list(self.sources[SHEET].rows), dtype="int64")
            tables[f"{SHEET}_rows"] = _keyed(self.tables[SHEET][["nip"]].assign(row=rows), known)
        responses = {
            where: _keyed(frame, known).sort_values("participant_id", kind="stable", ignore_index=True)
            for where, frame in self.responses.items()
        }
        return tables, responses, identities


def _keyed(frame: pd.DataFrame, known: Mapping[str, str]) -> pd.DataFrame:
    """Replace the NIP by the pseudonym, in the same place."""
    ids = pd.Series(frame["nip"].map(known), dtype="str").rename("participant_id")
    rest = frame.drop(columns="nip")
    return pd.concat([ids, rest], axis=1)


def check(inputs: Path) -> IntakeReport:
    """Read and check every file of a folder.

    Parameters
    ----------
    inputs : Path
        Folder of the files as received.

    Returns
    -------
    IntakeReport
    """
    report = IntakeReport()
    raw, damaged, headings_only = _read(_files(inputs, report), report)
    report.entry, problems = entry_of(
        {**{stem: stem for stem in damaged}, **{stem: one.source.file for stem, one in raw.items()}}
    )
    report.problems += problems
    required = {
        name
        for name, table in TABLES.items()
        if table.required and (report.entry == BY_RESPONSES or name not in ANSWER_TABLES)
    }
    _refuse_empty(headings_only, required, damaged, report)
    sources = report.sources
    sources.update({stem: table.source for stem, table in raw.items()})
    for stem in damaged:
        sources.setdefault(stem, Source(stem, ()))
    for name, table in TABLES.items():
        if name in raw:
            frame, problems = typed(raw[name], table)
            report.problems += problems
            if not problems:
                report.tables[name] = frame
        elif name in required and name not in damaged:
            sentence = _("berkas wajib ini tidak ada: {title}; tambahkan ke folder masukan")
            report.problems.append(Problem(f"{name}.csv", None, "", sentence.format(title=table.title)))
    report.problems += cross_check(report.tables, sources)
    report.problems += received_problems(report.entry, report.tables, sources)
    if report.entry != BY_RESPONSES:
        if not report.problems:
            _received(report)
        return report
    answers = _answers({stem: table for stem, table in raw.items() if stem not in TABLES}, report)
    if not any(RESPONSES.fullmatch(stem) for stem in sources):
        sentence = _(
            "tidak ada satu pun berkas jawaban; tambahkan ke folder masukan, atau level yang diterima "
            "(received_levels) atau lembar komponen (component_sheet) sebagai gantinya"
        )
        report.problems.append(Problem("responses_<instrumen>__<paket>.csv", None, "", sentence))
    if not report.problems:
        _settle(report, answers)
    return report


def _received(report: IntakeReport) -> None:
    """Count the people of a round without answers, and say what a person should look at."""
    kept = {(name, ""): frame for name, frame in people_received(report.entry, report.tables).items()}
    report.counts = attendance_counts(kept, report.quarantine, None, report.tables)
    report.warnings += contradictions(report.tables, report.sources)
    report.warnings += received_warnings(report.entry, report.tables, report.sources)
    _name_unused(report)


def _name_unused(report: IntakeReport) -> None:
    if report.unused:
        sentence = _("hanya berisi judul kolom sehingga dianggap tidak ada; isi bila seharusnya ada datanya")
        report.warnings.append(Problem(", ".join(report.unused), None, "", sentence))


def is_passed_over(path: Path) -> bool:
    """Return whether a file is none of the inputs: hidden, the lock of an open Excel, or the data dictionary."""
    return path.name.startswith((".", "~$")) or path.name == DICTIONARY_FILE


def _files(inputs: Path, report: IntakeReport) -> dict[str, list[Path]]:
    """Return the files of each table; two of one name are sorted out when their contents are known."""
    files: dict[str, list[Path]] = {}
    if not inputs.is_dir():
        sentence = _("folder masukan ini tidak ada; buat folder itu dan isi dengan berkas")
        report.problems.append(Problem(inputs.name, None, "", sentence))
        return files
    for path in sorted(inputs.iterdir()):
        if is_passed_over(path):
            continue
        sentence = name_problem(path)
        if sentence:
            report.problems.append(Problem(path.name, None, "", sentence))
        else:
            files.setdefault(path.stem, []).append(path)
    return files


def name_problem(path: Path) -> str:
    """Return what is wrong with the name of a file, or an empty string."""
    if path.is_dir():
        return _("folder di dalam folder masukan tidak dibaca; pindahkan berkasnya atau hapus folder ini")
    if not path.is_file():
        return _("bukan berkas yang dapat dibaca; hapus atau ganti dengan berkasnya")
    if path.suffix.lower() not in ENDINGS:
        return _("jenis berkas '{ending}' tidak dikenal; pakai CSV, XLSX, atau Parquet").format(ending=path.suffix)
    if path.stem in TABLES or RESPONSES.fullmatch(path.stem):
        return ""
    near = get_close_matches(path.stem.lower(), TABLES, 1, 0.75)
    if near:
        return _("nama berkas tidak dikenal; ganti nama bila maksudnya '{near}', atau hapus").format(
            near=near[0] + path.suffix.lower()
        )
    return _("nama berkas tidak dikenal; pakai nama tabel pada kamus data, atau responses_<instrumen>__<paket>")


def _read(
    files: Mapping[str, list[Path]], report: IntakeReport
) -> tuple[dict[str, RawTable], set[str], dict[str, str]]:
    """Read every file; return the tables with content, the names in error, and the files with a heading only."""
    tables: dict[str, RawTable] = {}
    damaged: set[str] = set()
    headings_only: dict[str, str] = {}
    for stem, paths in files.items():
        filled: list[RawTable] = []
        for path in paths:
            try:
                raw = read_raw(path)
            except FileError as problem:
                report.problems += problem.problems
                damaged.add(stem)
                continue
            report.warnings += raw.warnings
            if len(raw.frame):
                filled.append(raw)
            else:
                report.unused.append(path.name)
        for other in filled[1:]:
            sentence = _("tabel ini sudah ada sebagai {other}; hapus salah satu").format(other=filled[0].source.file)
            report.problems.append(Problem(other.source.file, None, "", sentence))
            damaged.add(stem)
        if filled and stem not in damaged:
            tables[stem] = filled[0]
        elif not filled and stem not in damaged:
            headings_only[stem] = paths[0].name
    return tables, damaged, headings_only


def _refuse_empty(
    headings_only: Mapping[str, str], required: set[str], damaged: set[str], report: IntakeReport
) -> None:
    """Refuse a file with a heading only, unless it counts as not given: optional tables, the example of a template."""
    for stem, file in headings_only.items():
        if stem in required or (stem not in TABLES and stem != RESPONSES_EXAMPLE):
            sentence = _("hanya ada judul kolom tanpa isi; isi atau hapus berkas ini")
            report.problems.append(Problem(file, None, "", sentence))
            damaged.add(stem)


def _answers(raw: Mapping[str, RawTable], report: IntakeReport) -> dict[tuple[str, str], Answers]:
    """Check the response files against items, forms and participants, as far as these are sound."""
    tables = report.tables
    if not {"items", "forms", "instruments"} <= set(tables):
        return {}
    unsound = {problem.file.rpartition(".")[0] for problem in report.problems}
    if unsound & {"items", "forms", "instruments"}:
        return {}
    known = set(tables["participants"]["nip"]) if "participants" in tables else None
    kinds = dict(zip(tables["instruments"]["instrument"], tables["instruments"]["responses"], strict=True))
    result: dict[tuple[str, str], Answers] = {}
    for stem, table in raw.items():
        found = RESPONSES.fullmatch(stem)
        assert found is not None
        instrument, form = found["instrument"], found["form"]
        items = _items_of(tables, instrument, form)
        if items.empty:
            sentence = _("paket '{form}' instrumen '{instrument}' tidak ada pada tabel forms; perbaiki nama berkas")
            text = sentence.format(form=form, instrument=instrument)
            report.problems.append(Problem(table.source.file, None, "", text))
            continue
        answers = read_answers(table, FormPlan(instrument, form, str(kinds[instrument]), items), known)
        if isinstance(answers, Answers):
            result[instrument, form] = answers
        else:
            report.problems += answers
    return result


def _items_of(tables: Mapping[str, pd.DataFrame], instrument: str, form: str) -> pd.DataFrame:
    """Return the items of a form, by position."""
    forms = tables["forms"]
    here = forms[(forms["instrument"] == instrument) & (forms["form"] == form)].sort_values("position")
    columns = ["format", "options", "option_scores"]
    return here[["item_id"]].join(tables["items"].set_index("item_id")[columns], on="item_id")


def _settle(report: IntakeReport, answers: Mapping[tuple[str, str], Answers]) -> None:
    """Keep back what cannot be used, and say what a person should look at."""
    sources = report.sources
    settled = settle(answers, report.tables)
    if not settled.responses:
        sentence = _("tidak ada jawaban yang dapat dipakai; semuanya kosong, ganda, atau milik yang tidak hadir")
        file = next(iter(answers.values())).source.file
        report.problems.append(Problem(file, None, "", sentence))
        return
    report.responses = settled.responses
    report.quarantine = settled.quarantine
    report.held = settled.held
    report.counts = settled.counts
    report.warnings += contradictions(report.tables, sources)
    if settled.sittings is not None:
        rows = settled.without_answers["row"].tolist()
        sentence = _("tercatat hadir tetapi tidak ada jawabannya; periksa berkas jawaban")
        report.warnings += sources["sittings"].problems(rows, "status", lambda _i: sentence)
        report.tables["sittings"] = settled.sittings
    for instrument in report.tables["instruments"]["instrument"]:
        if instrument not in {name for name, _form in answers}:
            sentence = _("instrumen '{instrument}' tidak punya berkas jawaban sehingga tidak dianalisis; periksa")
            text = sentence.format(instrument=instrument)
            report.warnings.append(Problem(sources["instruments"].file, None, "instrument", text))
    _name_unused(report)
