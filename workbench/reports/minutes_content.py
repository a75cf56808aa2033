"""What the minutes say, as plain text in blocks: one content for the page, the PDF and the DOCX.

Whatever came from outside (names, reasons, file names) is text here and stays text in every form; characters that would
not be seen, or would change what is seen around them, are written out as ``[U+202E]``.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from babel.dates import format_datetime

from workbench.i18n import _, current_locale, format_number, format_percent
from workbench.review.store import reason_titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.review.decisions import Decision, Minutes
    from workbench.review.outcomes import PlenoDecision
    from workbench.review.store import Vote

__all__ = ["Block", "Document", "Line", "Section", "Signatures", "Table", "Text", "Tiles", "describe", "printable"]

_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}


@dataclass(frozen=True)
class Line:
    """One line of a cell: what leads it, and the rest."""

    text: str
    lead: str = ""


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Tiles:
    """Figures side by side: each a number and what it counts."""

    tiles: tuple[tuple[str, str], ...]
    kind: Literal["tiles"] = "tiles"


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its heading.

    Attributes
    ----------
    caption : str
        Empty where the heading of the section says it.
    headings : tuple of str
    rows : tuple of tuple of tuple of Line
        Lines by cell by row.
    widths : tuple of int
        Per cent of the width, by column.
    numbers : tuple of int
        Columns of figures, from 0.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[Line, ...], ...], ...]
    widths: tuple[int, ...]
    numbers: tuple[int, ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Signatures:
    """Places to sign: role and name (empty: to be written), and what is to be filled in below."""

    people: tuple[tuple[str, str], ...]
    note: str
    kind: Literal["signatures"] = "signatures"


Block = Text | Tiles | Table | Signatures


@dataclass(frozen=True)
class Section:
    """One numbered part."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The minutes, ready to be set.

    Attributes
    ----------
    title, heading : str
        Name of the round, and what this document is.
    state, state_words : str
    meta : str
        When and by whom it was made.
    chain : str
        Stands on every page: the chain head before the minuting event.
    page_words : str
        With the places ``{page}`` and ``{pages}``.
    locale, at_utc, author : str
    sections : tuple of Section
    """

    title: str
    heading: str
    state: str
    state_words: str
    meta: str
    chain: str
    page_words: str
    locale: str
    at_utc: str
    author: str
    sections: tuple[Section, ...] = field(default=())


def printable(text: str) -> str:
    """Return a text whose every character is seen: line breaks become spaces, unseen characters their code."""
    return "".join(_seen(character) for character in text)


def _seen(character: str) -> str:
    if character.isspace():
        return character if character == "\N{NO-BREAK SPACE}" else " "
    return f"[U+{ord(character):04X}]" if unicodedata.category(character) in _UNSEEN else character


def describe(minutes: Minutes) -> Document:
    """Return what the minutes say: who, what was decided and why, and the chain head that fixes the log."""
    moved = [d for d in minutes.decisions if d.after not in (None, d.before)]
    stayed = [d for d in minutes.decisions if d.after == d.before]
    retests = [d for d in minutes.decisions if d.is_retest]
    still_open = [d for d in minutes.decisions if not d.is_settled]
    sections = (
        Section(_("Ringkasan"), (*_summary(minutes, moved, stayed, retests, still_open), _instansi(minutes))),
        Section(_("Kuorum dan penelaah"), _quorum(minutes)),
        Section(_("Kotak sebelum dan sesudah telaah"), (_counts(minutes),)),
        Section(_("Kasus yang berpindah kotak"), (_cases(moved),)),
        Section(_("Kasus yang tetap pada kotaknya"), (_cases(stayed),)),
        Section(_("Kasus untuk uji ulang"), (_cases(retests),)),
        Section(_("Kasus yang belum diputuskan dan perbedaan pendapat"), (_cases(still_open),)),
        Section(_("Aturan, masukan, dan rantai catatan"), _origin(minutes)),
        Section(_("Pengesahan"), _signatures(minutes)),
    )
    return Document(
        title=printable(minutes.title),
        heading=_("Berita acara telaah hasil"),
        state="FINAL",
        state_words=_("berlaku setelah ditandatangani"),
        meta=_("Disusun {when} oleh {who}").format(when=_moment(minutes.at_utc), who=printable(minutes.made_by)),
        chain=_("Kepala rantai sebelum berita acara: {hash}").format(hash=minutes.head),
        page_words=_("Halaman {page} dari {pages}"),
        locale=current_locale(),
        at_utc=minutes.at_utc,
        author=printable(minutes.made_by),
        sections=sections,
    )


def _summary(
    minutes: Minutes,
    moved: Sequence[Decision],
    stayed: Sequence[Decision],
    retests: Sequence[Decision],
    still_open: Sequence[Decision],
) -> tuple[Block, ...]:
    tiles = (
        (len(moved) + len(stayed), _("kasus diputuskan")),
        (len(moved), _("berpindah kotak")),
        (len(retests), _("untuk uji ulang")),
        (len(still_open), _("belum diputuskan")),
    )
    sentence = _(
        "{placed} orang ditempatkan; {queue} di antaranya masuk antrean telaah, {discussed} ditelaah. "
        "Yang tidak ditelaah dan yang belum diputuskan tetap pada kotak yang dinyatakan."
    ).format(
        placed=format_number(minutes.placed),
        queue=format_number(minutes.queue),
        discussed=format_number(len(minutes.decisions)),
    )
    return Tiles(tuple((format_number(n), words) for n, words in tiles)), Text(sentence)


def _instansi(minutes: Minutes) -> Table:
    rows = [(name, *map(format_number, counts)) for name, *counts in minutes.instansi]
    titles = (_("Instansi"), _("Ditempatkan"), _("Ditelaah"), _("Berpindah kotak"))
    return _table(_("Menurut instansi"), titles, rows, widths=(49, 17, 17, 17), numbers=(1, 2, 3))


def _quorum(minutes: Minutes) -> tuple[Block, ...]:
    reached = sum(d.is_settled for d in minutes.decisions)
    sentence = _(
        "Kuorum: {required} suara yang sama per kasus. Kuorum tercapai pada {reached} dari {all} kasus yang ditelaah. "
        "Identitas dinyatakan sendiri (mode satu mesin), akun komputer {account}."
    ).format(
        required=minutes.votes_required,
        reached=reached,
        all=len(minutes.decisions),
        account=printable(minutes.account),
    )
    if minutes.votes_by_tier:
        tiers = "; ".join(f"{tier} {votes}" for tier, votes in minutes.votes_by_tier)
        sentence += " " + _("Jenjang dengan jumlah suara lain: {tiers}.").format(tiers=printable(tiers))
    words = _role_titles()
    rows = [
        (r.name, ", ".join(words.get(role, role) for role in r.roles), format_number(r.votes)) for r in minutes.people
    ]
    titles = (_("Nama"), _("Peran"), _("Suara yang berlaku"))
    people = _table(_("Yang ikut serta"), titles, rows, widths=(45, 30, 25), numbers=(2,))
    return Text(sentence), Text(_agreement(minutes)), people


def _agreement(minutes: Minutes) -> str:
    import numpy as np

    from workbench.psychometrics.intervals import wilson

    same, compared = minutes.agreement
    if not compared:
        return _("Kesepakatan antarpenelaah tidak dapat dihitung: tidak ada kasus dengan dua suara atau lebih.")
    low, high = (float(bound[0]) for bound in wilson(np.array([same / compared]), np.array([compared], dtype=float)))
    return _(
        "Kesepakatan antarpenelaah: pada {same} dari {compared} kasus dengan dua suara atau lebih, semua suara yang "
        "berlaku sama ({share}; selang 95 % {low} sampai {high})."
    ).format(
        same=same,
        compared=compared,
        share=format_percent(same / compared),
        low=format_percent(low),
        high=format_percent(high),
    )


def _role_titles() -> dict[str, str]:
    return {
        "assessor": _("asesor"),
        "chair": _("ketua"),
        "member": _("anggota pleno"),
        "secretary": _("sekretaris"),
    }


def _counts(minutes: Minutes) -> Table:
    rows = []
    for box, before, after in minutes.counts:
        change = after - before
        sign = "+" if change > 0 else ""
        rows.append((str(box), format_number(before), format_number(after), f"{sign}{format_number(change)}"))
    titles = (_("Kotak"), _("Sebelum"), _("Sesudah"), _("Selisih"))
    return _table(_("Jumlah orang tiap kotak"), titles, rows, widths=(25, 25, 25, 25), numbers=(1, 2, 3))


def _cases(decisions: Sequence[Decision]) -> Block:
    if not decisions:
        return Text(_("Tidak ada."))
    rows = []
    for d in decisions:
        after = str(d.after) if d.after is not None else _("uji ulang") if d.is_retest else _status(d.status)
        who = (Line(printable(d.participant_id)), Line(printable(f"{d.jenjang}, {d.instansi}")))
        votes = (*map(_vote, d.votes), *(_pleno(d.pleno) if d.pleno is not None else ()), *_withdrawal(d.withdrawn))
        rows.append(((Line(str(d.position)),), who, (Line(str(d.before)),), (Line(after),), votes))
    titles = (_("Kasus"), _("Peserta"), _("Semula"), _("Menjadi"), _("Suara dan alasan"))
    return Table("", titles, tuple(rows), (8, 25, 10, 11, 46))


def _vote(vote: Vote) -> Line:
    choice = {"box": _("kotak {box}").format(box=vote.box), "retest": _("uji ulang"), "postpone": _("tunda")}
    sure = {1: _("ragu"), 2: _("cukup yakin"), 3: _("yakin")}[vote.confidence]
    why = f"{reason_titles().get(vote.reason_code, vote.reason_code)}: {vote.reason}"
    return Line(printable(f": {choice[vote.action]} ({sure}). {why}"), printable(vote.actor))


def _pleno(decision: PlenoDecision) -> tuple[Line, ...]:
    choice = {"box": _("kotak {box}").format(box=decision.box), "retest": _("uji ulang"), "withdraw": _("ditarik")}
    there = _("Pleno, hadir {n} (kuorum {quorum}): {names}; dipimpin {chair}").format(
        n=len(decision.present), quorum=decision.quorum, names=", ".join(decision.present), chair=decision.actor
    )
    differing = (_("{name} berbeda pendapat: {why}").format(name=name, why=why) for name, why in decision.dissent)
    return (
        Line(printable(f": {choice[decision.action]}. {decision.reason}"), printable(there)),
        *(Line(printable(sentence)) for sentence in differing),
    )


def _withdrawal(withdrawn: tuple[str, str] | None) -> tuple[Line, ...]:
    if withdrawn is None:
        return ()
    name, why = withdrawn
    return (Line(printable(_(": ditarik dari telaah. {why}").format(why=why)), printable(name)),)


def _status(status: str) -> str:
    words = {
        "conflict": _("suara berbeda"),
        "postponed": _("ditunda"),
        "voting": _("menunggu suara"),
        "pleno": _("menunggu pleno"),
        "withdrawn": _("ditarik"),
    }
    return words.get(status, status)


def _origin(minutes: Minutes) -> tuple[Block, ...]:
    head = _("peristiwa {n}: {hash}").format(n=minutes.head_seq, hash=minutes.head)
    facts = [
        *minutes.rules,
        (_("Proses yang membuat kotak"), minutes.run),
        (_("Kepala rantai sebelum berita acara"), head),
        (_("Sidik kotak yang dinyatakan"), minutes.boxes_hash),
        (_("Sidik kotak setelah telaah"), minutes.final_hash),
    ]
    files = [(name.removeprefix("inputs/"), value) for name, value in sorted(minutes.inputs.items())]
    return (
        _table(_("Aturan dan rantai"), (_("Hal"), _("Isi")), facts, widths=(28, 72)),
        _table(_("Berkas masukan"), (_("Berkas"), "SHA-256"), files, widths=(36, 64)),
    )


def _signatures(minutes: Minutes) -> tuple[Block, ...]:
    sentence = _(
        "Kami yang bertanda tangan menyatakan bahwa berita acara ini sesuai dengan telaah yang dilakukan. "
        "Catatan yang diubah kemudian tidak lagi cocok dengan kepala rantai yang tercetak di atas."
    )
    # Who led and who kept the minutes sign as such, whoever made this document; the log says who did. An office that
    # has one of them only still has a place for the other.
    people = [
        (title, printable(name))
        for role, title in (("chair", _("Ketua tim telaah")), ("secretary", _("Sekretaris")))
        for name in [r.name for r in minutes.people if role in r.roles] or [""]
    ]
    for r in minutes.people:
        if not {"chair", "secretary"} & set(r.roles):
            people.append((_("Asesor") if "assessor" in r.roles else _("Anggota pleno"), printable(r.name)))
    return Text(sentence), Signatures(tuple(people), _("Nama, NIP, tanggal"))


def _table(
    caption: str,
    titles: tuple[str, ...],
    rows: Iterable[Sequence[str]],
    widths: tuple[int, ...],
    numbers: tuple[int, ...] = (),
) -> Table:
    """Return a table of one line a cell."""
    cells = tuple(tuple((Line(printable(cell)),) for cell in row) for row in rows)
    return Table(caption, titles, cells, widths, numbers)


def _moment(at_utc: str) -> str:
    moment = datetime.fromisoformat(at_utc)
    return f"{format_datetime(moment, 'd MMMM yyyy HH.mm', locale=current_locale())} UTC"
