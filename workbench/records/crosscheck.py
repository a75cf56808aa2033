"""What must hold between tables: every reference meets its table, and items, keys and forms fit together."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.records.nip import parse_nip
from workbench.records.problems import Problem, shown
from workbench.records.scoring import right_options
from workbench.records.tables import NOT_REACHED, OMITTED, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.records.problems import Source

__all__ = ["contradictions", "cross_check"]

_SCORE = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MOST_OPTIONS = 100  # codes of one item fit into eight bits
_YOUNGEST = 15  # years between birth and appointment below which a NIP contradicts itself


def cross_check(tables: Mapping[str, pd.DataFrame], sources: Mapping[str, Source]) -> list[Problem]:
    """Check what must hold between tables.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        The tables that are sound in themselves; a check that needs another one is left out.
    sources : mapping of str to Source

    Returns
    -------
    list of Problem
    """
    check = _Checker(tables, sources)
    for name in tables:
        if TABLES[name].per_person and name != "participants":
            check.known(name, "nip", "participants", "nip")
        if "instrument" in TABLES[name].schema.columns and name != "instruments":
            check.known(name, "instrument", "instruments", "instrument")
        if "instansi" in TABLES[name].schema.columns and name != "instansi":
            check.known(name, "instansi", "instansi", "instansi")
    check.known("forms", "item_id", "items", "item_id")
    check.known("keys", "item_id", "items", "item_id")
    if "positions" in tables or "positions" not in sources:
        check.known("participants", "position", "positions", "position", absent_too=True)
        check.known("vacancies", "position", "positions", "position", absent_too=True)
    check.items()
    check.forms()
    check.keys()
    return check.problems


class _Checker:
    """Collects problems; each method looks at tables that are there."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], sources: Mapping[str, Source]) -> None:
        self.tables, self.sources = tables, sources
        self.problems: list[Problem] = []

    def _add(self, table: str, column: str, wrong: pd.Series, sentence: Callable[[int], str]) -> None:
        lines = np.flatnonzero(wrong.to_numpy(bool))
        self.problems += self.sources[table].problems(lines, column, sentence)

    def known(self, name: str, column: str, other: str, other_column: str, *, absent_too: bool = False) -> None:
        """Every value of a column stands in another table; `absent_too`: also where that table is not given."""
        if name not in self.tables or (other not in self.tables and not absent_too):
            return
        values = self.tables[name][column].astype(object)
        allowed = set(self.tables[other][other_column]) if other in self.tables else set()

        def sentence(line: int) -> str:
            value = str(values.iloc[line])
            if column == "nip":
                text = _("NIP {value} tidak ada pada tabel participants; tambahkan orang itu atau hapus baris ini")
                return text.format(value=value)
            near = get_close_matches(value, map(str, allowed), 1, 0.8)
            text = _("'{value}' tidak ada pada tabel {other}; tambahkan di sana atau perbaiki penulisannya")
            if near:
                text = _(
                    "'{value}' tidak ada pada tabel {other}; perbaiki bila maksudnya '{near}', atau tambahkan di sana"
                )
            return text.format(value=shown(value), other=other, near=shown(near[0]) if near else "")

        self._add(name, column, ~values.isin(allowed) & values.notna(), sentence)

    def items(self) -> None:
        """Options are at least two and different; ordered items have one score an option, and two different scores."""
        if "items" not in self.tables:
            return
        items = self.tables["items"]
        wrong_options = items["options"].map(lambda text: bool(_options_problem(str(text))))
        self._add("items", "options", wrong_options, lambda i: _options_problem(str(items["options"].iloc[i])))
        ordered = items["format"] == "ordered"
        counts = items["options"].str.count(r"\|") + 1
        texts = items["option_scores"].fillna("").astype(str)
        wrong_scores = [
            bool(has_scores and _scores_problem(text, count))
            for has_scores, text, count in zip(ordered & ~wrong_options, texts, counts, strict=True)
        ]
        self._add(
            "items",
            "option_scores",
            pd.Series(wrong_scores, dtype=bool),
            lambda i: _scores_problem(texts.iloc[i], int(counts.iloc[i])),
        )
        instruments = items.groupby("scale")["instrument"].transform("nunique")
        first = items.groupby("scale")["instrument"].transform("first")
        sentence = _("skala '{scale}' dipakai dua instrumen ({first} dan {second}); beri kode skala yang berbeda")
        self._add(
            "items",
            "scale",
            (instruments > 1) & (items["instrument"] != first),
            lambda i: sentence.format(
                scale=items["scale"].iloc[i], first=first.iloc[i], second=items["instrument"].iloc[i]
            ),
        )

    def forms(self) -> None:
        """Items of a form belong to its instrument, places occur once, and sittings name a form that exists."""
        if "forms" not in self.tables:
            return
        forms = self.tables["forms"]
        if "items" in self.tables:
            owner = forms["item_id"].map(self.tables["items"].set_index("item_id")["instrument"])
            sentence = _("butir {item} milik instrumen '{owner}' pada tabel items; samakan")
            self._add(
                "forms",
                "instrument",
                owner.notna() & (owner != forms["instrument"]),
                lambda i: sentence.format(item=forms["item_id"].iloc[i], owner=owner.iloc[i]),
            )
        again = forms.duplicated(["instrument", "form", "position"])
        twice = _("nomor urut {position} paket {form} dipakai dua butir; beri nomor yang berbeda")
        self._add(
            "forms",
            "position",
            again,
            lambda i: twice.format(position=forms["position"].iloc[i], form=forms["form"].iloc[i]),
        )
        if "sittings" in self.tables:
            sittings = self.tables["sittings"]
            known = pd.MultiIndex.from_frame(forms[["instrument", "form"]])
            there = pd.Series(pd.MultiIndex.from_frame(sittings[["instrument", "form"]]).isin(known))
            unknown = _("paket '{form}' instrumen '{instrument}' tidak ada pada tabel forms; perbaiki kode paket")
            self._add(
                "sittings",
                "form",
                ~there & sittings["instrument"].isin(forms["instrument"]),
                lambda i: unknown.format(form=sittings["form"].iloc[i], instrument=sittings["instrument"].iloc[i]),
            )

    def keys(self) -> None:
        """Keys are options of their item, never all of them; every multiple-choice item of a raw form has one."""
        if "items" not in self.tables:
            return
        items = self.tables["items"].set_index("item_id")
        keys = self.tables.get("keys")
        if keys is not None:
            options = keys["item_id"].map(items["options"]).fillna("")
            wrong = [
                bool(text) and not _is_key(key, text.split("|"))
                for text, key in zip(options.astype(str), keys["key"].astype(str), strict=True)
            ]
            sentence = _(
                "kunci '{key}' bukan opsi butir {item} ({options}), atau memuat opsi dua kali atau semuanya; "
                "perbaiki kunci"
            )
            self._add(
                "keys",
                "key",
                pd.Series(wrong, dtype=bool),
                lambda i: sentence.format(
                    key=shown(keys["key"].iloc[i]), item=keys["item_id"].iloc[i], options=options.iloc[i]
                ),
            )
        elif "keys" in self.sources:
            return  # the table is there but in error
        if "forms" not in self.tables or "instruments" not in self.tables:
            return
        keyed = set() if keys is None else set(zip(keys["item_id"], keys["key_version"], strict=True))
        file = self.sources["keys"].file if "keys" in self.sources else "keys.csv"
        self.problems += _short_keys(self.tables["instruments"], self.tables["forms"], items["format"], keyed, file)


def _is_key(key: str, options: list[str]) -> bool:
    """Return whether a key names options of its item, each once, and leaves one that is wrong."""
    right = right_options(key)
    return bool(right) and set(right) < set(options) and len(set(right)) == len(right)


def _options_problem(text: str) -> str:
    """Return what is wrong with the options of an item, or an empty string."""
    options = text.split("|")
    if any(option != option.strip() or not option for option in options):
        return _("opsi '{options}' memuat spasi atau opsi kosong; tulis seperti A|B|C|D").format(options=shown(text))
    if not 2 <= len(options) <= _MOST_OPTIONS or len(set(options)) != len(options):
        return _("opsi '{options}' harus sedikitnya dua dan berbeda; tulis seperti A|B|C|D").format(options=shown(text))
    if {OMITTED, NOT_REACHED} & set(options):
        return _("opsi '{omitted}' dan '{not_reached}' dipakai untuk jawaban kosong; ganti kodenya").format(
            omitted=OMITTED, not_reached=NOT_REACHED
        )
    return ""


def _scores_problem(text: str, options: int) -> str:
    """Return what is wrong with the option scores of an ordered item, or an empty string."""
    scores = text.split("|")
    if len(scores) != options or not all(_SCORE.fullmatch(score) for score in scores):
        sentence = _("skor opsi '{scores}' harus berisi {n} bilangan dipisah |, satu untuk tiap opsi; perbaiki")
        return sentence.format(scores=shown(text), n=options)
    if len({float(score) for score in scores}) < 2:
        return _("skor opsi '{scores}' semuanya sama; perbaiki").format(scores=shown(text))
    return ""


def _short_keys(
    instruments: pd.DataFrame, forms: pd.DataFrame, formats: pd.Series, keyed: set[tuple[str, str]], file: str
) -> list[Problem]:
    problems = []
    raw = instruments[instruments["responses"] == "raw"].set_index("instrument")["key_version"]
    for (instrument, form), here in forms[forms["instrument"].isin(raw.index)].groupby(["instrument", "form"]):
        version = "" if pd.isna(raw[instrument]) else str(raw[instrument])
        needed = [item for item in here.sort_values("position")["item_id"] if formats.get(item) == "mc"]
        lacking = [item for item in needed if (item, version) not in keyed]
        if lacking and len(lacking) == len(needed):
            sentence = _("tidak ada kunci versi '{version}' untuk paket {form} instrumen '{instrument}'; tambahkan")
        else:
            sentence = _(
                "kunci versi '{version}' lebih pendek dari paket {form} instrumen '{instrument}': {n} butir tanpa "
                "kunci, mulai {item}; lengkapi"
            )
        if lacking:
            text = sentence.format(
                version=shown(version), form=form, instrument=instrument, n=len(lacking), item=lacking[0]
            )
            problems.append(Problem(file, None, "key", text))
    return problems


def contradictions(tables: Mapping[str, pd.DataFrame], sources: Mapping[str, Source]) -> list[Problem]:
    """Return warnings where a NIP contradicts itself or what the tables say; no sentence quotes a NIP."""
    people = tables["participants"]
    parsed = {nip: parse_nip(nip) for nip in people["nip"].astype(str)}
    numbers = [parsed[nip] for nip in people["nip"]]
    years = people["birth_year"].to_numpy()
    source = sources["participants"]
    other_year = np.flatnonzero([number.birth.year != year for number, year in zip(numbers, years, strict=True)])
    sentence = _("tahun lahir {year} berbeda dari NIP ({nip_year}); periksa")
    warnings = source.problems(
        other_year, "birth_year", lambda i: sentence.format(year=years[i], nip_year=numbers[i].birth.year)
    )
    too_young = np.flatnonzero([number.appointment_year - number.birth.year < _YOUNGEST for number in numbers])
    warnings += source.problems(
        too_young,
        "nip",
        lambda i: _("tahun pengangkatan pada NIP ({year}) terlalu dekat dengan tahun lahir; periksa").format(
            year=numbers[i].appointment_year
        ),
    )
    groups = tables.get("protected_groups")
    if groups is not None:
        sexes = [parsed[nip].sex if nip in parsed else None for nip in groups["nip"].astype(str)]
        stated = groups["sex"]
        other_sex = np.flatnonzero((stated.notna() & (stated != pd.Series(sexes))).to_numpy(bool))
        warnings += sources["protected_groups"].problems(
            other_sex, "sex", lambda _i: _("jenis kelamin berbeda dari angka ke-15 NIP; periksa")
        )
    return warnings
