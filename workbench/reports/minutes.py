"""Berita acara as a page, for reading on a screen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from workbench.reports.index import page
from workbench.reports.minutes_content import Signatures, Table, Tiles

if TYPE_CHECKING:
    from workbench.reports.minutes_content import Block, Document, Line

__all__ = ["render_page"]


def render_page(document: Document) -> str:
    """Return the minutes as HTML.

    Parameters
    ----------
    document : Document

    Returns
    -------
    str
    """
    body = "".join(
        f"<section><h2>{number}. {escape(section.title)}</h2>{''.join(map(_block, section.blocks))}</section>"
        for number, section in enumerate(document.sections, 1)
    )
    return page(document.title, document.heading, document.state, document.state_words, document.meta, body)


def _block(block: Block) -> str:
    if isinstance(block, Tiles):
        shown = "".join(
            f'<div class="tile"><b>{escape(number)}</b><span>{escape(words)}</span></div>'
            for number, words in block.tiles
        )
        return f'<div class="tiles">{shown}</div>'
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Signatures):
        return _signatures(block)
    return f"<p>{escape(block.text)}</p>"


def _signatures(block: Signatures) -> str:
    line = "margin:4.2rem 0 .2rem;border-top:1px solid currentColor"
    places = "".join(
        f'<div style="break-inside:avoid"><p style="margin:1rem 0 0">{escape(role)}</p><div style="{line}"></div>'
        f'<p style="margin:0">{escape(name) or "&nbsp;"}</p>'
        f'<p class="note" style="margin:0">{escape(block.note)}</p></div>'
        for role, name in block.people
    )
    return f'<div class="pair">{places}</div>'


def _table(table: Table) -> str:
    columns = "".join(f'<col style="width:{width}%">' for width in table.widths)
    head = "".join(
        f'<th scope="col"{" style=text-align:right" if n in table.numbers else ""}>{escape(title)}</th>'
        for n, title in enumerate(table.headings)
    )
    body = "".join(
        f'<tr><th scope="row">{_cell(row[0])}</th>'
        + "".join(
            f"<td{' class=n' if n in table.numbers else ''}>{_cell(cell)}</td>"
            for n, cell in enumerate(row[1:], start=1)
        )
        + "</tr>"
        for row in table.rows
    )
    title = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    return (
        f'<div class="tablewrap" tabindex="0" role="region" aria-label="{escape(table.caption or table.headings[-1])}">'
        f'<table style="table-layout:fixed">{title}<colgroup>{columns}</colgroup>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(lines: tuple[Line, ...]) -> str:
    """Return one line as it is, several as paragraphs."""
    shown = [(f"<b>{escape(line.lead)}</b>" if line.lead else "") + escape(line.text) for line in lines]
    text = shown[0] if len(shown) == 1 else "".join(f'<p style="margin:0 0 .25rem">{one}</p>' for one in shown)
    return f'<span style="overflow-wrap:anywhere">{text}</span>' if len(shown) == 1 and len(text) > 40 else text
