"""The index over all reports of a round."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from workbench.i18n import _, current_locale, format_number
from workbench.reports.render import page_style

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IndexRow", "page", "render_index"]


@dataclass(frozen=True)
class IndexRow:
    """One instansi in the index.

    Attributes
    ----------
    name, folder : str
    people, placed, pool, doubtful : int
    expected_pool : float or None
        None where nobody's box has a probability.
    missing : str
        Why there is no report from this run, or empty.
    """

    name: str
    folder: str
    people: int
    placed: int
    pool: int
    expected_pool: float | None
    doubtful: int
    missing: str = ""


def page(title: str, heading: str, state: str, words: str, meta: str, body: str) -> str:
    """Return a page for readers that no notebook made."""
    return (
        f'<!DOCTYPE html>\n<html lang="{current_locale()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(heading)} · {escape(title)}</title><style>{page_style()}</style></head>"
        f'<body class="{state.lower()}"><header class="cover">'
        f'<p class="state"><strong>{escape(state)}</strong> <span>{escape(words)}</span></p>'
        f'<p class="round">{escape(title)}</p><h1>{escape(heading)}</h1><p class="meta">{escape(meta)}</p></header>'
        f'<main id="isi">{body}</main></body></html>\n'
    )


def render_index(
    title: str,
    policy: str,
    rows: list[IndexRow],
    state: str,
    words: str,
    made: str,
    analyses: Mapping[str, Mapping[str, str]],
    mark: str = "",
) -> str:
    """Return the index: one row an instansi, with a total, and the pages behind the numbers.

    Parameters
    ----------
    title, policy : str
    rows : list of IndexRow
    state, words : str
        DRAF or FINAL, and what that means.
    made : str
        Date.
    analyses : mapping
        Address by instrument, by heading: the pages of item analysis and of score validation.
    mark : str
        What every page of this round must say of itself, or empty.
    """
    head = "".join(
        f'<th scope="col"{kind}>{escape(text)}</th>'
        for text, kind in (
            (_("Instansi"), ""),
            (_("Peserta"), ' class="n"'),
            (_("Ditempatkan"), ' class="n"'),
            (_("Kumpulan talenta"), ' class="n"'),
            (_("Harapan"), ' class="n"'),
            (_("Belum pasti"), ' class="n"'),
            (_("Daftar"), ""),
        )
    )
    columns = [_numbers(row) for row in rows]
    total = [None if None in values else sum(filter(None, values)) for values in zip(*columns, strict=True)]
    sums = "".join(map(_cell, total))
    note = _(
        "Kumpulan talenta: orang di kotak 7, 8, atau 9. Harapan: jumlah peluang semua orang berada di sana. Belum "
        "pasti: "
        "keputusan yang keliru dengan peluang 5 % atau lebih; itulah yang ditelaah dahulu."
    )
    marked = f'<p class="state provisional">{escape(mark)}</p>' if mark else ""
    body = (
        f'{marked}<div class="tablewrap"><table><caption>{escape(_("Laporan tiap instansi"))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(map(_line, rows))}</tbody>"
        f'<tfoot><tr><th scope="row">{escape(_("Jumlah"))}</th>{sums}<td></td></tr></tfoot></table>'
        f'<p class="note">{escape(note)}</p></div>{"".join(_links(*one) for one in analyses.items() if one[1])}'
    )
    return page(title, _("Laporan per instansi"), state, words, f"{policy} · {made}", body)


def _links(heading: str, pages: Mapping[str, str]) -> str:
    links = "".join(f'<li><a href="{quote(address)}">{escape(name)}</a></li>' for name, address in pages.items())
    return f"<h2>{escape(heading)}</h2><ul>{links}</ul>"


def _numbers(row: IndexRow) -> list[float | None]:
    """Return the numbers of a row; those that rest on probabilities are None where there are none."""
    doubtful = None if row.expected_pool is None else row.doubtful
    return [row.people, row.placed, row.pool, row.expected_pool, doubtful]


def _cell(value: float | None) -> str:
    text = "\N{EN DASH}" if value is None else format_number(value)
    return f'<td class="n">{text}</td>'


def _line(row: IndexRow) -> str:
    where = quote(row.folder)
    name = escape(row.name) if row.missing else f'<a href="{where}/report.html">{escape(row.name)}</a>'
    sheet = (
        escape(row.missing)
        if row.missing
        else f'<a href="{where}/participants.xlsx">{escape(_("daftar peserta (XLSX)"))}</a>'
    )
    numbers = "".join(map(_cell, _numbers(row)))
    return f'<tr><th scope="row">{name}</th>{numbers}<td>{sheet}</td></tr>'
