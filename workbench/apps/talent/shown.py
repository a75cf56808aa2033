"""From rows and counts to what the page shows: every number is written here, as the reports write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.analysis.explorer import Count, People, Wanted
from workbench.apps.messages import text, whole
from workbench.i18n import _, format_number, format_probability, format_range

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["grid_view", "points", "row_view", "wanted_of"]

LONGEST = 80  # letters of a search
PLACED = ("", "yes", "no")
REVIEWED = ("", "decided", "changed", "untouched")


def wanted_of(message: Mapping[str, Any], people: People) -> Wanted:
    """Read the filters of a message.

    Raises
    ------
    ValueError
        When a filter is none that the page offers.
    """
    instansi, jenjang = text(message, "instansi"), text(message, "jenjang")
    placed, reviewed = text(message, "placed"), text(message, "reviewed")
    boxes = message.get("boxes") or []
    numbers = [b for b in boxes if isinstance(b, int) and not isinstance(b, bool)] if isinstance(boxes, list) else [0]
    percent = whole(message, "p_pool") or 0
    if (
        instansi not in ("", *people.instansi)
        or jenjang not in ("", *people.jenjang)
        or placed not in PLACED
        or reviewed not in REVIEWED
        or len(numbers) != len(boxes)
        or not set(numbers) <= set(range(1, 10))
    ):
        raise ValueError(_("Saringan itu tidak dikenal."))
    if not 0 <= percent <= 100:
        raise ValueError(_("Peluang paling kecil harus angka 0 sampai 100."))
    if reviewed and not people.signed:
        raise ValueError(_("Hasil telaah baru dapat disaring sesudah ada berita acara yang berlaku."))
    words = " ".join(text(message, "words").split())[:LONGEST]
    return Wanted(instansi, jenjang, words, tuple(sorted(set(numbers))), percent / 100, placed, reviewed)


def grid_view(people: People, wanted: Wanted) -> dict[str, Any]:
    """Return the nine boxes of a group: people stated, expected, between, with the sentence of the reports."""
    boxes, pool = people.counts(wanted)
    placed, withheld = people.sizes(wanted)
    lines = people.policy.boxes.grid
    known = pool.expected is not None
    what = _("orang di kotak itu menurut berita acara") if people.signed else _("orang yang dinyatakan di kotak itu")
    sentence = (
        _(
            "Angka besar: {what}; di bawahnya jumlah harapan dengan rentang 95 %. Kotak bergaris tebal: kumpulan "
            "talenta, {stated} orang, harapan {expected}."
        )
        if known
        else _("Angka besar: {what}. Kotak bergaris tebal: kumpulan talenta, {stated} orang.")
    ).format(
        what=what,
        stated=format_number(pool.stated),
        expected="" if pool.expected is None else format_number(pool.expected),
    )
    return {
        "cells": {str(b): _count_view(count) for b, count in boxes.items()},
        "pool": _count_view(pool),
        "rows": [format_number(sum(boxes[b].stated for b in line)) for line in lines],
        "columns": [format_number(sum(boxes[line[c]].stated for line in lines)) for c in range(3)],
        "sentence": sentence,
        "about": _about(people, wanted, known=known),
        "size": _("{placed} orang mendapat kotak, {withheld} belum.").format(
            placed=format_number(placed), withheld=format_number(withheld)
        ),
    }


def row_view(row: Mapping[str, Any], tiers: Mapping[str, str], *, signed: bool) -> dict[str, Any]:
    """Return one person of a list."""
    withheld = str(row["withheld_reason"] or "")
    shown = {
        "participant": str(row["participant_id"]),
        "instansi": str(row["instansi"]),
        "jabatan": str(row["jabatan"] or "–"),
        "unit": str(row["unit"] or "–"),
        "jenjang": tiers.get(str(row["jenjang"]), str(row["jenjang"])),
        "withheld": withheld,
    }
    if withheld:
        return {**shown, "box": None, "p_pool": "–", "potensial": "–", "kinerja": "–", "jpm": "–", "review": ""}
    changed = signed and row["changed"]
    review = _("berubah dari kotak {box}").format(box=row["box_stated"]) if changed else _("tetap")
    return {
        **shown,
        "box": row["box"],
        "p_pool": "–" if row["p_pool"] is None else format_probability(row["p_pool"]),
        "potensial": points(row["potensial"], row["potensial_sd"]),
        "kinerja": points(row["kinerja"], row["kinerja_sd"]),
        "jpm": "–" if row["jpm"] is None else format_number(row["jpm"], 1),
        "review": review if signed and row["decided"] else "",
    }


def points(value: float | None, error: float | None) -> str:
    """Return an axis with its error; a record that is taken as it stands has none."""
    if value is None:
        return "–"
    return f"{format_number(value, 1)} ± {format_number(error, 1)}" if error else format_number(value, 1)


def _count_view(count: Count) -> dict[str, str]:
    if count.expected is None or count.low is None or count.high is None:
        return {"stated": format_number(count.stated), "expected": "", "between": ""}
    expected, between = format_number(count.expected), format_range(count.low, count.high)
    return {
        "stated": format_number(count.stated),
        "expected": _("harapan {n}").format(n=expected),
        "between": "" if between == expected else f"({between})",
    }


def _about(people: People, wanted: Wanted, *, known: bool) -> str:
    """Say what the interval rests on, and what is not known."""
    if not known:
        return _("Tidak ada jumlah harapan: galat tidak dinyatakan pemilik instrumen, jadi tidak ada peluang.")
    if people.has_draws(wanted):
        return _("Rentang memuat galat yang sama-sama dialami semua orang (bank butir dan batas level).")
    return _(
        "Rentang ini menganggap galat tiap orang saling bebas, karena kelompok pilihan ini tidak dihitung tersendiri "
        "oleh proses."
    )
