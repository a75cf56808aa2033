"""Berita acara as a printable page."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from babel.dates import format_datetime

from workbench.i18n import _, current_locale, format_number
from workbench.reports.index import page
from workbench.review.store import reason_titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.review.decisions import Decision, Minutes
    from workbench.review.store import Vote

__all__ = ["render_minutes"]


def render_minutes(minutes: Minutes) -> str:
    """Return the minutes as HTML: who, what was decided and why, and the chain head that fixes the log.

    Parameters
    ----------
    minutes : Minutes

    Returns
    -------
    str
    """
    moved = [d for d in minutes.decisions if d.after not in (None, d.before)]
    stayed = [d for d in minutes.decisions if d.after == d.before]
    retests = [d for d in minutes.decisions if d.is_retest]
    still_open = [d for d in minutes.decisions if not d.is_settled]
    sections = [
        (_("Ringkasan"), _summary(minutes, moved, stayed, retests, still_open)),
        (_("Kuorum dan penelaah"), _quorum(minutes)),
        (_("Kotak sebelum dan sesudah telaah"), _counts(minutes)),
        (_("Kasus yang berpindah kotak"), _cases(moved)),
        (_("Kasus yang tetap pada kotaknya"), _cases(stayed)),
        (_("Kasus untuk uji ulang"), _cases(retests)),
        (_("Kasus yang belum diputuskan dan perbedaan pendapat"), _cases(still_open)),
        (_("Aturan, masukan, dan rantai catatan"), _origin(minutes)),
        (_("Pengesahan"), _signatures(minutes)),
    ]
    body = "".join(f"<section><h2>{n}. {escape(t)}</h2>{html}</section>" for n, (t, html) in enumerate(sections, 1))
    return page(
        minutes.title,
        _("Berita acara telaah hasil"),
        "FINAL",
        _("berlaku setelah ditandatangani"),
        _("Disusun {when} oleh {who}").format(when=_moment(minutes.at_utc), who=minutes.made_by),
        body,
    )


def _summary(
    minutes: Minutes,
    moved: Sequence[Decision],
    stayed: Sequence[Decision],
    retests: Sequence[Decision],
    still_open: Sequence[Decision],
) -> str:
    tiles = [
        (len(moved) + len(stayed), _("kasus diputuskan")),
        (len(moved), _("berpindah kotak")),
        (len(retests), _("untuk uji ulang")),
        (len(still_open), _("belum diputuskan")),
    ]
    sentence = _(
        "{placed} orang ditempatkan; {queue} di antaranya masuk antrean telaah, {discussed} ditelaah. "
        "Yang tidak ditelaah dan yang belum diputuskan tetap pada kotak yang dinyatakan."
    ).format(
        placed=format_number(minutes.placed),
        queue=format_number(minutes.queue),
        discussed=format_number(len(minutes.decisions)),
    )
    shown = "".join(f'<div class="tile"><b>{format_number(n)}</b><span>{escape(t)}</span></div>' for n, t in tiles)
    return f'<div class="tiles">{shown}</div><p>{escape(sentence)}</p>'


def _quorum(minutes: Minutes) -> str:
    reached = sum(d.is_settled for d in minutes.decisions)
    sentence = _(
        "Kuorum: {required} suara yang sama per kasus. Kuorum tercapai pada {reached} dari {all} kasus yang ditelaah. "
        "Identitas dinyatakan sendiri (mode satu mesin), akun komputer {account}."
    ).format(required=minutes.votes_required, reached=reached, all=len(minutes.decisions), account=minutes.account)
    rows = [(escape(name), f"{format_number(votes)}") for name, votes in minutes.people]
    return f"<p>{escape(sentence)}</p>" + _table(_("Penelaah"), (_("Nama"), _("Suara yang berlaku")), rows, numbers={1})


def _counts(minutes: Minutes) -> str:
    rows = []
    for box, before, after in minutes.counts:
        change = after - before
        sign = "+" if change > 0 else ""
        rows.append((str(box), format_number(before), format_number(after), f"{sign}{format_number(change)}"))
    titles = (_("Kotak"), _("Sebelum"), _("Sesudah"), _("Selisih"))
    return _table(_("Jumlah orang tiap kotak"), titles, rows, numbers={1, 2, 3})


def _cases(decisions: Sequence[Decision]) -> str:
    if not decisions:
        return f"<p>{escape(_('Tidak ada.'))}</p>"
    rows = []
    for d in decisions:
        after = str(d.after) if d.after is not None else _("uji ulang") if d.is_retest else _status(d.status)
        who = f"{escape(d.participant_id)}<br><span class='note'>{escape(d.jenjang)}, {escape(d.instansi)}</span>"
        votes = "".join(f"<p style='margin:0 0 .25rem'>{_vote(v)}</p>" for v in d.votes)
        rows.append((str(d.position), who, str(d.before), escape(after), votes))
    titles = (_("Kasus"), _("Peserta"), _("Semula"), _("Menjadi"), _("Suara dan alasan"))
    return _table("", titles, rows, widths=("7%", "29%", "8%", "10%", "46%"))


def _vote(vote: Vote) -> str:
    choice = {"box": _("kotak {box}").format(box=vote.box), "retest": _("uji ulang"), "postpone": _("tunda")}
    sure = {1: _("ragu"), 2: _("cukup yakin"), 3: _("yakin")}[vote.confidence]
    why = f"{reason_titles().get(vote.reason_code, vote.reason_code)}: {vote.reason}"
    return f"<b>{escape(vote.actor)}</b>: {escape(choice[vote.action])} ({escape(sure)}). {escape(why)}"


def _status(status: str) -> str:
    words = {"conflict": _("suara berbeda"), "postponed": _("ditunda"), "voting": _("menunggu suara")}
    return words.get(status, status)


def _origin(minutes: Minutes) -> str:
    facts = [
        *minutes.rules,
        (_("Proses yang membuat kotak"), minutes.run),
        (
            _("Kepala rantai sebelum berita acara"),
            _("peristiwa {n}: {hash}").format(n=minutes.head_seq, hash=minutes.head),
        ),
        (_("Sidik kotak yang dinyatakan"), minutes.boxes_hash),
        (_("Sidik kotak setelah telaah"), minutes.final_hash),
    ]
    rows = [(escape(what), _code(value)) for what, value in facts]
    files = [(escape(name.removeprefix("inputs/")), _code(value)) for name, value in sorted(minutes.inputs.items())]
    return _table(_("Aturan dan rantai"), (_("Hal"), _("Isi")), rows) + _table(
        _("Berkas masukan"), (_("Berkas"), "SHA-256"), files
    )


def _signatures(minutes: Minutes) -> str:
    sentence = _(
        "Kami yang bertanda tangan menyatakan bahwa berita acara ini sesuai dengan telaah yang dilakukan. "
        "Catatan yang diubah kemudian tidak lagi cocok dengan kepala rantai yang tercetak di atas."
    )
    roles = [
        (_("Ketua tim telaah"), ""),
        (_("Sekretaris"), ""),
        *((_("Penelaah"), name) for name, _n in minutes.people),
    ]
    line = "margin:4.2rem 0 .2rem;border-top:1px solid currentColor"
    blocks = "".join(
        f'<div style="break-inside:avoid"><p style="margin:1rem 0 0">{escape(role)}</p><div style="{line}"></div>'
        f'<p style="margin:0">{escape(name) or "&nbsp;"}</p>'
        f'<p class="note" style="margin:0">{escape(_("Nama, NIP, tanggal"))}</p></div>'
        for role, name in roles
    )
    return f'<p>{escape(sentence)}</p><div class="pair">{blocks}</div>'


def _table(
    caption: str,
    titles: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Iterable[int] = (),
    widths: Sequence[str] = (),
) -> str:
    """Return a table whose cells are HTML already; the first cell of a row is its heading."""
    right = set(numbers)
    columns = "".join(f'<col style="width:{width}">' for width in widths)
    head = "".join(
        f'<th scope="col"{_style(n in right, "text-align:right")}>{escape(title)}</th>'
        for n, title in enumerate(titles)
    )
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td{' class=n' if n in right else ''}>{cell}</td>" for n, cell in enumerate(row[1:], start=1))
        + "</tr>"
        for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="tablewrap" tabindex="0" role="region" aria-label="{escape(caption or titles[-1])}">'
        f"<table{_style(bool(widths), 'table-layout:fixed')}>{title}<colgroup>{columns}</colgroup>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _style(wanted: bool, rule: str) -> str:
    return f' style="{rule}"' if wanted else ""


def _code(value: str) -> str:
    return f'<span style="overflow-wrap:anywhere">{escape(value)}</span>'


def _moment(at_utc: str) -> str:
    moment = datetime.fromisoformat(at_utc)
    return f"{format_datetime(moment, 'd MMMM yyyy HH.mm', locale=current_locale())} UTC"
