"""Berita acara as PDF/A, set by Typst: the paper that people sign."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.i18n import _

if TYPE_CHECKING:
    from workbench.reports.minutes_content import Document

__all__ = ["render_pdf"]

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "typst" / "minutes.typ"


def render_pdf(document: Document) -> bytes:
    """Return the minutes as PDF/A-2a and PDF/UA-1 with its fonts inside; the same minutes give the same bytes.

    Parameters
    ----------
    document : Document
        Reaches Typst as JSON: no text of it becomes markup.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        When Typst refuses.
    """
    import typst

    # Names and structure of JSON are ASCII, so that only texts change.
    content = _covered(json.dumps(asdict(document), ensure_ascii=False))
    try:
        return bytes(
            typst.compile(
                str(TEMPLATE),
                format="pdf",
                root=str(TEMPLATE.parent),
                font_paths=[str(_font_folder())],
                ignore_system_fonts=True,  # else another machine would set another page
                sys_inputs={"content": content},
                pdf_standards=["a-2a", "ua-1"],  # to be kept, and to be read aloud
                timestamp=int(datetime.fromisoformat(document.at_utc).timestamp()),
            )
        )
    except typst.TypstError as problem:
        raise ValueError(
            _(
                "Berita acara tidak dapat dibuat sebagai PDF ({problem}); laporkan kepada pengelola perangkat ini."
            ).format(problem=str(problem).splitlines()[0])
        ) from problem


def _covered(text: str) -> str:
    """Return a text with every character that no font here can draw written out as its code."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() or ord(c) in _drawable() else f"[U+{ord(c):04X}]" for c in text)


def _font_folder() -> Path:
    """Return where the second font lies, which draws what the first (inside Typst) cannot."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@cache
def _drawable() -> frozenset[int]:
    """Return the characters of the second font in both weights."""
    from fontTools.ttLib import TTFont

    covered: list[set[int]] = []
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        with TTFont(_font_folder() / name, lazy=True) as font:
            covered.append(set(font.getBestCmap()))
    return frozenset.intersection(*map(frozenset, covered))
