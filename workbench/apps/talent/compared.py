"""Two or three people side by side, and how sure it is that one stands above another."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from workbench.analysis.two_people import difference
from workbench.apps.talent.shown import points
from workbench.i18n import _, format_number, format_percent, format_probability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["MOST", "compared"]

MOST = 3


def compared(rows: Sequence[Mapping[str, Any]], cards: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return people side by side.

    Parameters
    ----------
    rows : sequence of mapping
        Of `analysis.explorer.People`.
    cards : sequence of mapping
        Cards of the same people.

    Returns
    -------
    dict
        people; lines of a table (title, a text a person); levels (title, level and standard a person); sentences, one a
        pair and what all of them need; note, what they assume.
    """
    pairs = combinations(range(len(rows)), 2)
    sentences = [_pair(rows[i], rows[j]) for i, j in pairs]
    if len({card["jenjang"] for card in cards}) > 1:
        sentences.append(
            _("Mereka berlainan jenjang: kotak dan JPM hanya membandingkan orang dalam jenjang yang sama.")
        )
    return {
        "people": [str(row["participant_id"]) for row in rows],
        "lines": _lines(rows, cards),
        "levels": _levels(cards),
        "sentences": sentences,
        "note": _(
            "Peluang ini menganggap potensial tiap orang menyebar normal dan galat kedua orang saling bebas. Dibanding "
            "tarikan bersama, yang memuat galat bank butir dan batas level yang sama bagi keduanya, bedanya pada "
            "putaran simulasi yang diperiksa rata-rata satu dan paling jauh sepuluh poin persen."
        ),
    }


def _lines(rows: Sequence[Mapping[str, Any]], cards: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    def of(title: str, texts: Sequence[object]) -> list[Any]:
        return [title, [str(text) for text in texts]]

    return [
        of(_("Jabatan"), [card["jabatan"] for card in cards]),
        of(_("Unit"), [card["unit"] for card in cards]),
        of(_("Instansi"), [card["instansi"] for card in cards]),
        of(_("Jenjang"), [card["jenjang"] for card in cards]),
        of(_("Kotak"), [row["box"] if not row["withheld_reason"] else row["withheld_reason"] for row in rows]),
        of(_("Peluang di kumpulan"), [_chance(row, "p_pool") for row in rows]),
        of(_("Potensial"), [_axis(row, "potensial") for row in rows]),
        of(_("Kinerja"), [_axis(row, "kinerja") for row in rows]),
        of(_("JPM"), [_axis(row, "jpm") for row in rows]),
    ]


def _chance(row: Mapping[str, Any], name: str) -> str:
    if row["withheld_reason"] or row[name] is None:
        return "–"
    return format_probability(float(row[name]))


def _axis(row: Mapping[str, Any], name: str) -> str:
    return "–" if row["withheld_reason"] else points(row[name], row.get(f"{name}_sd"))


def _levels(cards: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Return a line a competency: title, and for each person level and standard as a text, and whether it is below."""
    titles: dict[str, str] = {}
    for card in cards:
        titles |= {level["competency"]: level["title"] for level in card["levels"]}
    known = [{level["competency"]: level for level in card["levels"]} for card in cards]
    return [[title, [_level_cell(levels.get(key)) for levels in known]] for key, title in titles.items()]


def _level_cell(level: Mapping[str, Any] | None) -> list[Any]:
    if level is None:
        return ["–", False]
    required = level["required"]
    words = str(level["level"]) if level["p"] is None else f"{level['level']} ({format_percent(level['p'])})"
    if required is None:
        return [words, False]
    return [_("{level}, standar {required}").format(level=words, required=required), level["level"] < required]


def _pair(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """Say how two people differ on potensial."""
    names = {"first": first["participant_id"], "second": second["participant_id"]}
    if first["withheld_reason"] or second["withheld_reason"]:
        return _("{first} dan {second}: tidak dapat dibandingkan, karena ada yang belum mendapat kotak.").format(
            **names
        )
    found = difference(first["potensial"], first["potensial_sd"], second["potensial"], second["potensial_sd"])
    if found.points < 0:
        names = {"first": names["second"], "second": names["first"]}
    gap = format_number(abs(found.points), 1)
    if found.p_above is None or found.error is None:
        return _(
            "Potensial {first} tercatat {gap} poin di atas {second}; galatnya tidak dinyatakan, jadi tidak diketahui "
            "apakah beda itu nyata."
        ).format(gap=gap, **names)
    p = max(found.p_above, 1 - found.p_above)
    words = (
        _(
            "Beda potensial {first} dan {second} masih di dalam galat: {gap} poin dengan galat beda {error}; peluang "
            "{first} sungguh di atas {second} {p}. Jangan memilih di antara keduanya karena beda ini."
        )
        if found.within
        else _(
            "Potensial {first} di atas {second} melebihi galat: {gap} poin dengan galat beda {error}; peluang {first} "
            "sungguh di atas {second} {p}."
        )
    )
    return words.format(gap=gap, error=format_number(found.error, 1), p=format_probability(p), **names)
