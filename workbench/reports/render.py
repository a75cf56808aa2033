"""From an executed notebook to one self-contained HTML page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.i18n import _, current_locale

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["TEMPLATES", "Cover", "focusable", "long_date", "page_style", "render_analysis", "render_notebook"]

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "nbconvert" / "templates"
NAME = "workbench_report"
_SECTION = re.compile(r'<section aria-labelledby="([\w-]+)"><h2 id="\1">([^<]+)</h2>')
_HEADING = re.compile(r"<h2>([^<]+)</h2>")
_PERSON = re.compile(r'<span data-person="(\w+)">\w+</span>')


@dataclass(frozen=True)
class Cover:
    """What stands above a report.

    Attributes
    ----------
    title, instansi, policy : str
    state, state_words : str
        DRAF or FINAL, and what that means.
    run : str
    made : date
    mark : str
        What every page of this round must say of itself, or empty.
    """

    title: str
    instansi: str
    policy: str
    state: str
    state_words: str
    run: str
    made: date
    mark: str = ""


def page_style() -> str:
    """Return the style sheet of all pages for readers."""
    return (TEMPLATES / NAME / "report.css").read_text(encoding="utf-8")


def focusable(body: str) -> str:
    """Let what scrolls be reached by keyboard: on a narrow screen wide tables scroll by themselves."""
    scrolls = f'<div tabindex="0" role="group" aria-label="{escape(_("Tabel"))}" class="tablewrap'
    return body.replace('<div class="tablewrap', scrolls)


def long_date(day: date) -> str:
    """Return a date as the locale writes it: ``25 November 2024``."""
    from babel.dates import format_date

    return str(format_date(day, "d MMMM yyyy", locale=current_locale()))


def render_notebook(notebook: Path, cover: Cover, names: Mapping[str, str]) -> str:
    """Return the page of an executed notebook: its outputs, without code and without the analyst's notes.

    Parameters
    ----------
    notebook : Path
    cover : Cover
    names : mapping of str to str
        Name of each person by pseudonym. The notebook knows pseudonyms alone; the internal edition names people.

    Returns
    -------
    str
    """
    import nbformat
    from nbconvert import HTMLExporter

    content: Any = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    shown = "".join(
        output["data"].get("text/html", "")
        for cell in content.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    )
    words = {
        "locale": current_locale(),
        "title": cover.title,
        "instansi": cover.instansi,
        "policy": cover.policy,
        "state": cover.state,
        "state_words": cover.state_words,
        "run": cover.run,
        "mark": cover.mark,
        "date": long_date(cover.made),
        "css": page_style(),
        "contents": [(anchor, unescape(heading)) for anchor, heading in _SECTION.findall(shown)],
        "words": {
            "skip": _("Langsung ke isi"),
            "report": _("Laporan pemetaan talenta"),
            "edition": _("Edisi internal, terbatas: memuat nama orang"),
            "contents": _("Daftar isi"),
            "footer": _("Setiap gambar dan tabel membawa proses, nomor, dan sidik masukannya"),
        },
    }
    exporter = HTMLExporter(template_name=NAME, extra_template_basedirs=[str(TEMPLATES)])  # type: ignore[no-untyped-call]
    body, _resources = exporter.from_notebook_node(content, resources={"workbench": words})
    return _PERSON.sub(lambda found: _named(found.group(1), names), str(body))


def render_analysis(notebook: Path, title: str, heading: str, run: str, made: date, mark: str = "") -> str:
    """Return the page of an executed analysis notebook: its narrative and its outputs, without code.

    Parameters
    ----------
    notebook : Path
    title : str
        Name of the round.
    heading : str
        What was analysed.
    run : str
    made : date
    mark : str
        What every page of this round must say of itself, or empty.

    Returns
    -------
    str
    """
    import nbformat
    from nbconvert import HTMLExporter

    content: Any = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    words = {
        "locale": current_locale(),
        "title": title,
        "heading": heading,
        "run": run,
        "mark": mark,
        "date": long_date(made),
        "css": page_style(),
        "words": {
            "skip": _("Langsung ke isi"),
            "contents": _("Daftar isi"),
            "footer": _("Setiap gambar dan tabel membawa proses, nomor, dan sidik masukannya"),
        },
    }
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="workbench_notebook", extra_template_basedirs=[str(TEMPLATES)], exclude_anchor_links=True
    )
    # The exporter's own method would parse and write the page again, for code and images that it does not have; with
    # hundreds of items that takes most of the time.
    body, _resources = super(HTMLExporter, exporter).from_notebook_node(content, resources={"workbench": words})
    body = focusable(body)
    headings = _HEADING.findall(body)
    links = "".join(f'<li><a href="#bagian-{n}">{words}</a></li>' for n, words in enumerate(headings, start=1))
    numbers = count(1)
    body = _HEADING.sub(lambda found: f'<h2 id="bagian-{next(numbers)}">{found.group(1)}</h2>', body)
    return body.replace("<ol></ol>", f"<ol>{links}</ol>", 1)


def _named(pseudonym: str, names: Mapping[str, str]) -> str:
    name = names.get(pseudonym, "")
    return f'{escape(name)} <small class="id">{pseudonym}</small>' if name else pseudonym
