"""Keep back what cannot be used, with the reason, and reconcile the counts.

ITC guidelines on quality control in scoring, test analysis and reporting of test scores (2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.records.answers import Answers
    from workbench.records.problems import Problem

__all__ = ["QUARANTINE_COLUMNS", "Settled", "attendance_counts", "settle"]

QUARANTINE_COLUMNS = ["nip", "table", "row", "reason", "detail"]


@dataclass(frozen=True)
class Settled:
    """What is left after the quarantine.

    Attributes
    ----------
    responses : dict of (instrument, form) to pandas.DataFrame
        Only forms in which anybody is left.
    quarantine : pandas.DataFrame
        nip, table, row of the file, reason, detail; one for each line of answers that was kept back.
    held : list of Problem
        The same with the file, in words.
    sittings : pandas.DataFrame, or None
        One row a person and instrument.
    counts : pandas.DataFrame
        instansi, instrument, invited, with_responses, quarantined, present, absent, void, reconciled.
    without_answers : pandas.DataFrame
        nip, instrument, row of the table ``sittings``: present, but with no line of answers.
    """

    responses: dict[tuple[str, str], pd.DataFrame]
    quarantine: pd.DataFrame
    held: list[Problem]
    sittings: pd.DataFrame | None
    counts: pd.DataFrame
    without_answers: pd.DataFrame


def settle(answers: Mapping[tuple[str, str], Answers], tables: Mapping[str, pd.DataFrame]) -> Settled:
    """Quarantine what cannot be used, and reconcile the counts.

    A person who sat an instrument twice, whose sitting says absent, void or another form, or who answered nothing, is
    kept back with every line of answers to that instrument.
    """
    sittings = tables.get("sittings")
    kept: dict[tuple[str, str], pd.DataFrame] = {}
    parts: list[pd.DataFrame] = []
    held: list[Problem] = []
    answered: dict[str, pd.Series] = {}
    for instrument in dict.fromkeys(instrument for instrument, _form in answers):
        forms = {form: found for (name, form), found in answers.items() if name == instrument}
        here = None if sittings is None else sittings[sittings["instrument"] == instrument]
        seen = pd.concat([found.frame["nip"] for found in forms.values()], ignore_index=True)
        answered[instrument] = seen
        double = set(seen[seen.duplicated()]) | (
            set() if here is None else set(here.loc[here.duplicated("nip"), "nip"])
        )
        for form, found in forms.items():
            reasons = _reasons(found, form, double, here)
            kept[instrument, form] = found.frame[reasons == ""].reset_index(drop=True)
            part = _kept_back(found, reasons, f"responses_{instrument}__{form}")
            parts.append(part)
            held += found.source.problems(part.index, "", part["detail"].__getitem__)
    quarantine = pd.concat(parts, ignore_index=True)
    once = None if sittings is None else sittings.drop_duplicates(["nip", "instrument"]).reset_index(drop=True)
    return Settled(
        {where: frame for where, frame in kept.items() if len(frame)},
        quarantine,
        held,
        once,
        attendance_counts(kept, quarantine, once, tables),
        _without_answers(sittings, answered),
    )


def _reasons(found: Answers, form: str, double: set[str], sittings: pd.DataFrame | None) -> pd.Series:
    """Return why each line is kept back; an empty text where it is not. The first reason that holds is given."""
    nips = found.frame["nip"]
    reasons = pd.Series("", index=nips.index, dtype=object)
    reasons[found.blank] = "blank"
    if sittings is not None:
        status = sittings.drop_duplicates("nip").set_index("nip")
        other = nips.map(status["form"])
        reasons[(other.notna() & (other != form)).to_numpy(bool)] = "other_form"
        said = nips.map(status["status"])
        reasons[(said.notna() & (said != "present")).to_numpy(bool)] = "not_present"
    reasons[nips.isin(double).to_numpy()] = "double_sitting"
    return reasons


def _kept_back(found: Answers, reasons: pd.Series, table: str) -> pd.DataFrame:
    """Return the lines that are kept back, indexed by their place in the file."""
    details = {
        "blank": _("semua jawaban kosong"),
        "not_present": _("tercatat tidak hadir atau batal, tetapi ada jawaban"),
        "other_form": _("kehadiran mencatat paket lain daripada berkas jawaban; tentukan yang benar"),
        "double_sitting": _("dua kali duduk untuk instrumen ini; tentukan yang sah"),
    }
    here = reasons[reasons != ""]
    frame = pd.DataFrame(
        {
            "nip": found.frame["nip"][here.index],
            "table": pd.Series(table, index=here.index, dtype="str"),
            "row": pd.Series([found.source.rows[line] for line in here.index], index=here.index, dtype="int64"),
            "reason": here.astype("str"),
            "detail": here.map(details).astype("str"),
        }
    )
    return frame[QUARANTINE_COLUMNS]


def _without_answers(sittings: pd.DataFrame | None, answered: Mapping[str, pd.Series]) -> pd.DataFrame:
    if sittings is None:
        return pd.DataFrame({"nip": [], "instrument": [], "row": []})
    present = sittings["status"] == "present"
    some = pd.Series(False, index=sittings.index)
    for instrument, nips in answered.items():
        some |= (sittings["instrument"] == instrument) & sittings["nip"].isin(nips)
    lines = np.flatnonzero(present & ~some)
    return sittings.loc[lines, ["nip", "instrument"]].assign(row=lines)


def attendance_counts(
    kept: Mapping[tuple[str, str], pd.DataFrame],
    quarantine: pd.DataFrame,
    sittings: pd.DataFrame | None,
    tables: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return who was invited, came and was kept back, by instansi and instrument: invited = present + absent + void.

    Parameters
    ----------
    kept : mapping of (instrument, form) to pandas.DataFrame
        nip of those whose answers, or levels as received, are used.
    quarantine : pandas.DataFrame
    sittings : pandas.DataFrame, or None
    tables : mapping of str to pandas.DataFrame
        participants, instansi.
    """
    instansi_of = tables["participants"].set_index("nip")["instansi"]
    stated = tables["instansi"].set_index("instansi")["invited"]
    names = sorted(set(instansi_of))
    listed = instansi_of.value_counts()
    invited = pd.Series([int(listed[n]) if pd.isna(stated[n]) else int(stated[n]) for n in names], index=names)

    def people(nips: Iterable[str]) -> pd.Series:
        return instansi_of.reindex(list(nips)).value_counts().reindex(names, fill_value=0).astype(int)

    parts = []
    for instrument in dict.fromkeys(instrument for instrument, _form in kept):
        lines = [frame["nip"] for (name, _form), frame in kept.items() if name == instrument]
        held = quarantine["table"].str.startswith(f"responses_{instrument}__")
        part = pd.DataFrame({"instansi": names, "instrument": instrument, "invited": invited.to_numpy()})
        part["with_responses"] = people(pd.concat(lines)).to_numpy()
        part["quarantined"] = people(quarantine.loc[held, "nip"].unique()).to_numpy()
        if sittings is None:
            part["present"] = part["with_responses"] + part["quarantined"]
            part["absent"] = (part["invited"] - part["present"]).clip(lower=0)
            part["void"] = 0
        else:
            here = sittings[sittings["instrument"] == instrument]
            for status in ("present", "absent", "void"):
                part[status] = people(here.loc[here["status"] == status, "nip"]).to_numpy()
        part["reconciled"] = part["invited"] == part["present"] + part["absent"] + part["void"]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
