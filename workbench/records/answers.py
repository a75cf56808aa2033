"""Response files: one row a person, one column an item, checked against the form and coded for storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _
from workbench.records.problems import MOST, Problem, Source, shown
from workbench.records.scoring import score_text, scores_of
from workbench.records.tables import NOT_REACHED, OMITTED
from workbench.records.typing_cells import nip_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.records.readers import RawTable

__all__ = ["Answers", "FormPlan", "mark_blanks", "read_answers"]


@dataclass(frozen=True)
class FormPlan:
    """What a response file of one form must hold.

    Attributes
    ----------
    instrument, form, kind : str
        ``kind`` is ``raw`` or ``scored``.
    items : pandas.DataFrame
        item_id, format, options, option_scores of the items of the form, by position.
    """

    instrument: str
    form: str
    kind: str
    items: pd.DataFrame


@dataclass(frozen=True)
class Answers:
    """The coded answers to one form.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``nip``, then one categorical column an item, by position, with the codes of `records.tables`.
    blank : ndarray of bool, shape (n,)
        Who answered nothing.
    source : Source
    """

    frame: pd.DataFrame
    blank: NDArray[np.bool_]
    source: Source


def read_answers(raw: RawTable, plan: FormPlan, known: set[str] | None) -> Answers | list[Problem]:
    """Code the answers of one file.

    Parameters
    ----------
    raw : RawTable
    plan : FormPlan
    known : set of str, or None
        NIP of all participants; None where that list is itself in error.

    Returns
    -------
    Answers, or list of Problem
        What is wrong with the file, where anything is.
    """
    names = [str(item) for item in plan.items["item_id"]]
    problems = _check_columns(raw, names, plan.form)
    if "nip" in raw.frame.columns:
        problems += _check_people(raw, known)
    codes = np.full((len(raw.frame), len(names)), -1, dtype=np.int8)
    allowed = [_allowed(item, plan.kind) for item in plan.items.to_dict("records")]
    wrong: list[tuple[int, int]] = []
    for j, name in enumerate(names):
        if name in raw.frame.columns:
            codes[:, j], lines = _coded(raw.frame[name], allowed[j], plan.kind)
            wrong += [(int(i), j) for i in lines]
    problems += _wrong_answers(raw, plan, allowed, wrong)
    if problems:
        return problems
    blank = mark_blanks(codes, np.array([len(options) for options in allowed]))
    columns: dict[str, object] = {"nip": raw.frame["nip"].astype("str")}
    for j, name in enumerate(names):
        columns[name] = pd.Categorical.from_codes(codes[:, j], [*allowed[j], OMITTED, NOT_REACHED])
    return Answers(pd.DataFrame(columns), blank, raw.source)


def mark_blanks(codes: NDArray[np.int8], sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Turn empty cells into omitted or not reached, in place; return who answered nothing.

    By administered position: a blank before an answer is omitted; of the blank tail the first counts as omitted (it was
    seen), the rest as not reached.

    Parameters
    ----------
    codes : ndarray of int8, shape (persons, items)
        Place of the answer among the permitted ones; their number where the cell is empty. Omitted keeps that number,
        not reached has the next.
    sizes : ndarray of int, shape (items,)
        How many answers are permitted.
    """
    empty = codes == sizes.astype(np.int8)
    nothing: NDArray[np.bool_] = empty.all(axis=1)
    # Index of the first cell of the blank tail; the number of items where there is none.
    tail = empty.shape[1] - np.argmax(~empty[:, ::-1], axis=1)
    tail[nothing] = 0
    beyond = np.arange(empty.shape[1]) > tail[:, None]
    codes += (empty & beyond).astype(np.int8)
    return nothing


def _check_columns(raw: RawTable, names: Sequence[str], form: str) -> list[Problem]:
    file, present = raw.source.file, set(raw.frame.columns)
    wanted = ["nip", *names]
    if not present & set(wanted):
        sentence = _("bukan judul kolom jawaban (nip, {first}, …); hapus baris di atas judul atau perbaiki judul")
        return [Problem(file, 1, "", sentence.format(first=names[0]))]
    strange = _("butir ini tidak ada pada paket {form}; hapus kolom atau perbaiki tabel forms").format(form=form)
    absent = _("kolom butir paket {form} ini tidak ada; tambahkan").format(form=form)
    problems = [Problem(file, 1, name, strange) for name in raw.frame.columns if name not in {*wanted}]
    problems += [
        Problem(file, 1, name, absent if name != "nip" else _("kolom wajib ini tidak ada; tambahkan"))
        for name in wanted
        if name not in present
    ]
    return problems


def _check_people(raw: RawTable, known: set[str] | None) -> list[Problem]:
    nips = raw.frame["nip"].astype(object)
    empty = np.flatnonzero(nips == "")
    problems = raw.source.problems(empty, "nip", lambda _i: _("sel wajib ini kosong; isi"))
    malformed = nip_problems(raw.source, nips)
    problems += malformed
    if known is not None and not malformed:
        stranger = np.flatnonzero(~nips.isin(known) & (nips != ""))
        sentence = _("NIP {value} tidak ada pada tabel participants; tambahkan orang itu atau hapus baris ini")
        problems += raw.source.problems(stranger, "nip", lambda i: sentence.format(value=nips.iloc[i]))
    return problems


def _allowed(item: Mapping[str, object], kind: str) -> list[str]:
    if kind == "raw":
        return str(item["options"]).split("|")
    if item["format"] == "mc":
        return ["0", "1"]
    return [score_text(value) for value in sorted(set(scores_of(item)))]


def _coded(column: pd.Series, allowed: list[str], kind: str) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return the place of each answer among the permitted ones, their number for an empty cell; and the wrong lines."""
    place = {value: k for k, value in enumerate(allowed)}
    place[""] = len(allowed)
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, texts = column.cat.codes.to_numpy(), column.cat.categories
    else:
        codes, texts = pd.factorize(column.to_numpy(object))
    table = np.array([place.get(_same_number(str(text)) if kind == "scored" else str(text), -2) for text in texts])
    result = table.astype(np.int8)[codes] if len(texts) else np.empty(0, dtype=np.int8)
    return result, np.flatnonzero(result == -2)


def _same_number(text: str) -> str:
    """Return a score as the permitted ones are written: 1.0 is 1."""
    try:
        return score_text(float(text))
    except ValueError:
        return text


def _wrong_answers(
    raw: RawTable, plan: FormPlan, allowed: list[list[str]], wrong: list[tuple[int, int]]
) -> list[Problem]:
    """Say what is wrong cell by cell, or once for the file where it holds scores instead of options or the reverse."""
    if not wrong:
        return []
    items = plan.items.to_dict("records")
    wrong.sort()
    values = [(i, j, str(raw.frame[items[j]["item_id"]].iloc[i])) for i, j in wrong]
    swapped = [_of_other_kind(value, items[j], plan.kind) for _i, j, value in values]
    cells = values[:1] if all(swapped) else values  # the declaration is wrong then, not the cells
    problems = []
    for (i, j, value), other in zip(cells[:MOST], swapped, strict=False):
        if other and plan.kind == "raw":
            sentence = _(
                "'{value}' adalah skor, bukan opsi; nyatakan instrumen ini 'scored' atau kirim opsi apa adanya"
            )
        elif other:
            sentence = _("'{value}' adalah opsi, bukan skor; nyatakan instrumen ini 'raw' atau kirim skor")
        else:
            sentence = _("'{value}' bukan jawaban yang sah ({allowed}); periksa berkas jawaban")
        text = sentence.format(value=shown(value), allowed=", ".join(allowed[j]))
        problems.append(raw.source.problem(i, str(items[j]["item_id"]), text))
    rest = len(values) - len(problems)
    if rest:
        last_row = raw.source.rows[values[-1][0]]
        text = _("{n} sel jawaban lain sampai baris {row} bermasalah serupa; perbaiki semuanya")
        problems.append(Problem(raw.source.file, None, "", text.format(n=rest, row=last_row)))
    return problems


def _of_other_kind(value: str, item: Mapping[str, object], kind: str) -> bool:
    """Return whether a wrong cell would be right had the instrument been declared the other way."""
    if kind == "raw":
        return _same_number(value) in _allowed(item, "scored")
    return value in _allowed(item, "raw")
