"""NIP and NI PPPK: eighteen digits, always text.

A NIP is birth date (8), appointment year and month (6), sex (1), serial number from 001 (3). An NI PPPK is birth date
(8), year (4), a two-digit code, sex (1), serial number (3): where digits 13 and 14 are not a month it is an NI PPPK,
and no error (structures as published by BKN). A contradiction with other data is a warning for a person to look at;
nothing is corrected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbench.i18n import _
from workbench.records.problems import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Nip", "nip_problem", "parse_nip", "went_through_float"]

_SHAPE = re.compile(r"[0-9]{18}")
_NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?([eE]\+?[0-9]+)?")
# Between 2^57 and 2^58, where every NIP lies, a 64-bit float holds only multiples of 32.
_FLOAT_STEP = 32
_ENOUGH = 4  # numbers that by chance all are multiples of 32 less than once in a million


@dataclass(frozen=True)
class Nip:
    """What a NIP says.

    Attributes
    ----------
    text : str
    birth : date
    appointment_year : int
    appointment_month : int or None
        None for an NI PPPK.
    sex : str
        ``L`` (1) or ``P`` (2).
    serial : int
    """

    text: str
    birth: date
    appointment_year: int
    appointment_month: int | None
    sex: str
    serial: int


def nip_problem(text: str) -> str:
    """Return what is wrong with the text of a NIP, or an empty string."""
    if not _SHAPE.fullmatch(text):
        return _shape_problem(text)
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return _("NIP '{nip}' memuat tanggal lahir yang tidak ada; periksa pada sumbernya").format(nip=text)
    if text[14] not in "12":
        return _("NIP '{nip}': angka ke-15 harus 1 (laki-laki) atau 2 (perempuan); periksa pada sumbernya").format(
            nip=text
        )
    if text[15:] == "000":
        # A spreadsheet keeps fifteen digits of a number and writes zeros for the rest.
        return _(
            "NIP '{nip}' berakhir 000 karena pernah disimpan sebagai bilangan; ambil ulang dari sumber sebagai teks"
        ).format(nip=text)
    return ""


def _shape_problem(text: str) -> str:
    if _NUMBER.fullmatch(text) and not text.isdecimal():
        sentence = _("NIP '{nip}' tersimpan sebagai bilangan sehingga angkanya hilang; ambil ulang sebagai teks")
    elif _SHAPE.fullmatch(re.sub(r"[\s.'`-]", "", text)):
        sentence = _("NIP '{nip}' memuat spasi atau tanda; tulis 18 angka saja")
    else:
        sentence = _("NIP '{nip}' harus tepat 18 angka, ditemukan {n} karakter; periksa pada sumbernya")
    return sentence.format(nip=shown(text), n=len(text))


def went_through_float(nips: Iterable[str]) -> bool:
    """Return whether these well-formed numbers look as if a program had kept them as floating-point numbers.

    Their last digits are then wrong although each may have the shape of a NIP.
    """
    multiples = set()
    for nip in nips:
        if int(nip) % _FLOAT_STEP:
            return False
        multiples.add(nip)
    return len(multiples) >= _ENOUGH


def parse_nip(text: str) -> Nip:
    """Return the parts of a NIP.

    Raises
    ------
    ValueError
        When it is not one.
    """
    problem = nip_problem(text)
    if problem:
        raise ValueError(problem + ".")
    month = int(text[12:14])
    return Nip(
        text,
        date(int(text[:4]), int(text[4:6]), int(text[6:8])),
        int(text[8:12]),
        month if 1 <= month <= 12 else None,
        "L" if text[14] == "1" else "P",
        int(text[15:]),
    )
