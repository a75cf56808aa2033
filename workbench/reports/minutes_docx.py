"""Berita acara as DOCX, for offices that put it into their own letter paper."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.reports.minutes_content import Line, Signatures, Table, Tiles

if TYPE_CHECKING:
    from docx.document import Document as Docx
    from docx.oxml.table import CT_Row
    from docx.table import Table as DocxTable
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

    from workbench.reports.minutes_content import Block, Document

__all__ = ["render_docx"]

WIDTH_MM = 170  # A4 less two margins of 20 mm


def render_docx(document: Document) -> bytes:
    """Return the minutes as DOCX; the same minutes give the same bytes.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
    """
    import docx
    from docx.shared import Mm

    paper = docx.Document()
    page = paper.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    page.top_margin, page.bottom_margin = Mm(22), Mm(24)
    _style(paper, document.locale)
    _properties(paper, document)
    _footer(page.footer.paragraphs[0], document)
    paper.add_paragraph(document.title)
    paper.add_heading(document.heading, 0)
    state = paper.add_paragraph()
    state.add_run(document.state).bold = True
    state.add_run(f" {document.state_words}")
    paper.add_paragraph(document.meta)
    for number, section in enumerate(document.sections, 1):
        paper.add_heading(f"{number}. {section.title}", 1)
        for block in section.blocks:
            _block(paper, block)
    made = io.BytesIO()
    paper.save(made)
    return _with_one_date(made.getvalue(), document.at_utc)


def _properties(paper: Docx, document: Document) -> None:
    moment = datetime.fromisoformat(document.at_utc).astimezone(UTC).replace(tzinfo=None)
    core = paper.core_properties
    core.title, core.author, core.last_modified_by = document.heading, document.author[:255], document.author[:255]
    core.subject, core.language, core.comments = document.title[:255], document.locale, ""
    core.created = core.modified = moment


def _block(paper: Docx, block: Block) -> None:
    if isinstance(block, Tiles):
        numbers = tuple((Line(number),) for number, _words in block.tiles)
        words = tuple(text for _number, text in block.tiles)
        width = 100 // len(words)
        _table(paper, Table("", words, (numbers,), (width,) * len(words)))
    elif isinstance(block, Table):
        _table(paper, block)
    elif isinstance(block, Signatures):
        _signatures(paper, block)
    else:
        paper.add_paragraph(block.text)


def _table(paper: Docx, table: Table) -> None:
    if table.caption:
        caption = paper.add_paragraph()
        caption.add_run(table.caption).bold = True
        caption.paragraph_format.keep_with_next = True
    made = _grid(paper, len(table.rows) + 1, table.widths)
    head, *rows = made._tbl.tr_lst
    _mark_row(head, "w:tblHeader")
    for n, (cell, title) in enumerate(zip(_cells(made, head), table.headings, strict=True)):
        cell.paragraphs[0].add_run(title).bold = True
        _align(cell.paragraphs[0], n in table.numbers)
    for row, content in zip(rows, table.rows, strict=True):
        _mark_row(row, "w:cantSplit")
        for n, (cell, lines) in enumerate(zip(_cells(made, row), content, strict=True)):
            for place, line in enumerate(lines):
                paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
                if line.lead:
                    paragraph.add_run(line.lead).bold = True
                paragraph.add_run(line.text)
                _align(paragraph, n in table.numbers)
    paper.add_paragraph()


def _signatures(paper: Docx, block: Signatures) -> None:
    from docx.shared import Mm

    paper.paragraphs[-1].paragraph_format.keep_with_next = True  # nobody signs without seeing what for
    pairs = [block.people[n : n + 2] for n in range(0, len(block.people), 2)]
    made = _grid(paper, len(pairs), (50, 50), style="Normal Table")
    for row, pair in zip(made._tbl.tr_lst, pairs, strict=True):
        _mark_row(row, "w:cantSplit")
        for cell, (role, name) in zip(_cells(made, row), pair, strict=False):
            cell.paragraphs[0].add_run(role)
            cell.paragraphs[0].paragraph_format.space_after = Mm(17)
            cell.add_paragraph("_" * 36)
            cell.add_paragraph(name)
            cell.add_paragraph(block.note)


def _grid(paper: Docx, rows: int, widths: tuple[int, ...], style: str = "Table Grid") -> DocxTable:
    """Return an empty table of fixed widths."""
    from docx.shared import Mm

    made: DocxTable = paper.add_table(rows, len(widths), style)
    made.autofit = False
    sizes = [Mm(WIDTH_MM * width / 100) for width in widths]
    for column, size in zip(made._tbl.tblGrid.gridCol_lst, sizes, strict=True):
        column.w = size
    for row in made._tbl.tr_lst:
        for cell, size in zip(row.tc_lst, sizes, strict=True):
            cell.width = size
    return made


def _cells(table: DocxTable, row: CT_Row) -> list[_Cell]:
    """Return the cells of a row; the library's own look-up reads the whole table for every row."""
    from docx.table import _Cell

    return [_Cell(cell, table) for cell in row.tc_lst]


def _mark_row(row: CT_Row, name: str) -> None:
    from docx.oxml import OxmlElement

    row.get_or_add_trPr().append(OxmlElement(name))


def _align(paragraph: Paragraph, right: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _footer(paragraph: Paragraph, document: Document) -> None:
    """Write the chain head and the page number, which the reader's program counts."""
    import re

    from docx.shared import Pt

    paragraph.add_run(document.chain).font.size = Pt(7.5)
    paragraph.add_run().add_break()
    for part in re.split(r"(\{pages?\})", document.page_words):
        if part in ("{page}", "{pages}"):
            _field(paragraph, "PAGE" if part == "{page}" else "NUMPAGES")
        else:
            paragraph.add_run(part).font.size = Pt(7.5)


def _field(paragraph: Paragraph, instruction: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run, look, size, text = (OxmlElement(name) for name in ("w:r", "w:rPr", "w:sz", "w:t"))
    size.set(qn("w:val"), "15")  # half points
    text.text = "1"
    look.append(size)
    run.append(look)
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _style(paper: Docx, locale: str) -> None:
    """Make headings black and of the same type as the text, and say what language the text is in."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, size in (("Normal", 10), ("Title", 18), ("Heading 1", 12)):
        style = paper.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Times New Roman", Pt(size), RGBColor(0, 0, 0)
        fonts = style.element.rPr.rFonts
        for attribute in [known for known in fonts.attrib if known.endswith("Theme")]:
            del fonts.attrib[attribute]  # a type of the theme would win over the one named
    paper.styles["Normal"].paragraph_format.space_after = Pt(4)
    for language in paper.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), {"id": "id-ID", "en": "en-GB"}[locale])


def _with_one_date(content: bytes, at_utc: str) -> bytes:
    """Return the archive with the date of the minutes on every part, in place of the time of writing."""
    moment = datetime.fromisoformat(at_utc).astimezone(UTC)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, moment.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return made.getvalue()
