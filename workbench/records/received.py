"""Entry points other than answers: which one the files of a round are, and what must hold between them.

A round enters by one door: answers, levels as received, or the component sheet. Two of them would give one person two
scores on one scale, and nobody could say which of them a box rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.policy import load_instruments
from workbench.records.problems import Problem, shown
from workbench.records.received_tables import (
    COMPONENT_SHEET,
    DECLARED_ERRORS,
    MEASURED_COMPONENTS,
    RECEIVED_LEVELS,
    SHEET_COMPONENTS,
    received_scales,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.records.problems import Source

__all__ = [
    "ANSWER_TABLES",
    "LEVELS",
    "RESPONSES",
    "SHEET",
    "Entry",
    "entry_of",
    "instruments_received",
    "people_received",
    "received_problems",
    "received_warnings",
]

Entry = Literal["responses", "levels", "component_sheet"]
RESPONSES: Entry = "responses"
LEVELS: Entry = "levels"
SHEET: Entry = "component_sheet"
# What only a round of answers has, and needs.
ANSWER_TABLES = ("instruments", "items", "keys", "forms")
_TABLE_OF: dict[str, str] = {LEVELS: RECEIVED_LEVELS, SHEET: COMPONENT_SHEET}


def entry_of(names: Mapping[str, str]) -> tuple[Entry, list[Problem]]:
    """Return the entry point that the files of a round are, and what is wrong where they are several.

    Parameters
    ----------
    names : mapping of str to str
        File of each table that has content, by its name without ending.
    """
    answers = any(name.startswith("responses_") for name in names)
    found: list[Entry] = [
        *([RESPONSES] if answers else []),
        *(entry for entry in (LEVELS, SHEET) if _TABLE_OF[entry] in names),
    ]
    entry = found[-1] if found else RESPONSES
    sentence = _(
        "satu putaran hanya punya satu pintu masuk, sedangkan folder ini juga berisi {other}; hapus salah satu, atau "
        "buat dua ruang kerja"
    )
    words = {RESPONSES: _("berkas jawaban"), LEVELS: f"'{RECEIVED_LEVELS}'", SHEET: f"'{COMPONENT_SHEET}'"}
    problems = [Problem(names[_TABLE_OF[entry]], None, "", sentence.format(other=words[other])) for other in found[:-1]]
    if entry == RESPONSES and DECLARED_ERRORS in names:
        text = _("galat dinyatakan hanya untuk level yang diterima atau lembar komponen; hapus berkas ini")
        problems.append(Problem(names[DECLARED_ERRORS], None, "", text))
    if entry != RESPONSES:
        text = _("tabel ini hanya untuk putaran dengan berkas jawaban; hapus, atau sertakan berkas jawabannya")
        problems += [Problem(names[name], None, "", text) for name in ANSWER_TABLES if name in names]
    return entry, problems


def received_problems(entry: str, tables: Mapping[str, pd.DataFrame], sources: Mapping[str, Source]) -> list[Problem]:
    """Return what is wrong with the declared errors, and tables that hold nothing.

    Parameters
    ----------
    entry : str
    tables : mapping of str to pandas.DataFrame
        The tables that are sound in themselves.
    sources : mapping of str to Source
    """
    problems: list[Problem] = []
    name = _TABLE_OF.get(entry, "")
    if name in tables and not people_received(entry, tables):
        what = _("tidak ada satu level pun") if entry == LEVELS else _("tidak ada satu nilai komponen pun")
        problems.append(Problem(sources[name].file, None, "", _("{what}; isi berkas ini").format(what=what)))
    if DECLARED_ERRORS in tables and entry != RESPONSES:
        problems += _declared_problems(entry, tables[DECLARED_ERRORS], sources[DECLARED_ERRORS])
    return problems


def _declared_problems(entry: str, declared: pd.DataFrame, source: Source) -> list[Problem]:
    reliability, error = declared["reliability"], declared["standard_error"]
    known = [*load_instruments(), *received_scales()] if entry == LEVELS else list(MEASURED_COMPONENTS)
    checks: list[tuple[pd.Series, str, str]] = [
        (
            ~declared["measure"].isin(known),
            "measure",
            _("'{value}' bukan skala atau instrumen yang dikenal; pakai kode pada kamus data")
            if entry == LEVELS
            else _("'{value}' bukan komponen yang diukur; pilih salah satu: {known}"),
        ),
        (
            reliability.notna() & error.notna(),
            "standard_error",
            _("reliabilitas dan galat baku diisi keduanya; sisakan satu"),
        ),
        (reliability.isna() & error.isna(), "reliability", _("isi reliabilitas atau galat baku; keduanya kosong")),
        (
            (reliability <= 0) | (reliability >= 1),
            "reliability",
            _("reliabilitas harus lebih dari 0 dan kurang dari 1; perbaiki, atau hapus baris ini bila tidak diketahui"),
        ),
        (
            error <= 0,
            "standard_error",
            _("galat baku harus lebih dari 0; perbaiki, atau hapus baris ini bila tidak diketahui"),
        ),
    ]
    if entry == SHEET:
        checks += [
            (
                reliability.notna() & ~(declared["sd"] > 0),
                "sd",
                _(
                    "reliabilitas nilai memerlukan simpangan baku kelompok tempat ia ditemukan; isi sd, atau ganti "
                    "dengan standard_error dalam poin"
                ),
            )
        ]
    problems: list[Problem] = []
    for wrong, column, sentence in checks:
        lines = np.flatnonzero(wrong.fillna(value=False).to_numpy(bool))
        text = {
            int(i): sentence.format(value=shown(declared["measure"].iloc[i]), known=", ".join(known)) for i in lines
        }
        problems += source.problems(lines, column, text.__getitem__)
    return problems


def received_warnings(entry: str, tables: Mapping[str, pd.DataFrame], sources: Mapping[str, Source]) -> list[Problem]:
    """Return what a person should look at: people without a single value, declared errors that nothing uses."""
    if entry == RESPONSES:
        return []
    name = _TABLE_OF[entry]
    frame = tables[name]
    columns = list(received_scales()) if entry == LEVELS else list(SHEET_COMPONENTS)
    blank = np.flatnonzero(frame[columns].isna().all(axis=1).to_numpy(bool))
    words = _("baris ini tidak berisi apa pun sehingga orangnya tidak mendapat kotak; lengkapi")
    warnings = sources[name].problems(blank, "", lambda _i: words)
    absent = len(set(tables["participants"]["nip"]) - set(frame["nip"]))
    if absent:
        text = _("{n} orang pada tabel participants tidak ada di sini sehingga tidak mendapat kotak; periksa")
        warnings.append(Problem(sources[name].file, None, "", text.format(n=absent)))
    if entry == SHEET:
        warnings += _other_words(frame, tables["participants"], sources[name])
    declared = tables.get(DECLARED_ERRORS)
    if declared is not None and entry == LEVELS:
        filled = {scale for scale in received_scales() if frame[scale].notna().any()}
        specs = load_instruments()
        unused = [
            not (filled & ({m} if m not in specs else {one.key for one in specs[m].scales}))
            for m in declared["measure"]
        ]
        text = _("galat ini tidak terpakai: tidak ada level untuk '{value}'; periksa kodenya")
        warnings += sources[DECLARED_ERRORS].problems(
            np.flatnonzero(unused), "measure", lambda i: text.format(value=shown(declared["measure"].iloc[i]))
        )
    return warnings


def _other_words(sheet: pd.DataFrame, people: pd.DataFrame, source: Source) -> list[Problem]:
    """Return where the sheet calls somebody, a unit or a post otherwise; no sentence quotes a name."""
    known = people.drop_duplicates("nip").set_index("nip")
    warnings: list[Problem] = []
    for column, other, heading in (
        ("name", "name", "Nama"),
        ("Unit Organisasi", "unit", "Unit Organisasi"),
        ("Jabatan", "jabatan", "Jabatan"),
    ):
        here, there = sheet[column], sheet["nip"].map(known[other])
        differs = (here.notna() & there.notna() & (here.astype(str) != there.astype(str))).to_numpy(bool)
        sentence = _("isinya berbeda dari tabel participants, yang dipakai; periksa")
        warnings += source.problems(np.flatnonzero(differs), heading, lambda _i, s=sentence: s)  # type: ignore[misc]
    return warnings


def people_received(entry: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the people with at least one value, by instrument: frames with the column ``nip``."""
    frame = tables[_TABLE_OF[entry]]
    if entry == SHEET:
        some = frame[list(SHEET_COMPONENTS)].notna().any(axis=1)
        return {SHEET: frame.loc[some, ["nip"]]} if some.any() else {}
    result = {}
    for key, spec in load_instruments().items():
        columns = [one.key for one in spec.scales if one.key in frame.columns]
        some = frame[columns].notna().any(axis=1) if columns else pd.Series(data=False, index=frame.index)
        if some.any():
            result[key] = frame.loc[some, ["nip"]]
    return result


def instruments_received(entry: str, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the table ``instruments`` of a round without answers: instrument, title, responses, key_version."""
    specs = load_instruments()
    names = list(people_received(entry, tables))
    titles = [specs[name].title if name in specs else "Lembar komponen" for name in names]
    return pd.DataFrame({"instrument": names, "title": titles, "responses": entry, "key_version": None})
