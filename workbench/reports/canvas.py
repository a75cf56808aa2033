"""How every figure is drawn: SVG with text as text, a title, a sentence and a table behind it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.i18n import _, format_number
from workbench.reports.lineage import stamp
from workbench.reports.tables import html_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["BLUE", "GREY", "INK", "ORANGE", "SOFT", "Figure", "Gallery", "axes", "finish", "local_number", "spread"]

# Okabe and Ito's colours differ for every kind of colour vision, and in lightness on paper.
BLUE, ORANGE, GREY, SOFT, INK = "#0072B2", "#D55E00", "#8A8F98", "#5B6673", "#1F2933"
_DRAWN_WITH = "DejaVu Sans"
_SHOWN_WITH = "'Segoe UI','Noto Sans','DejaVu Sans',Arial,sans-serif"  # none is wider than the one it is drawn with
_PIXELS_PER_INCH = 104  # at this width the nine points of a figure read like the text around it


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    svg : str
    title : str
    sentence : str
        What the figure shows, for those who do not see it and for those who do.
    table : pandas.DataFrame
        The numbers behind it.
    titles : mapping of str to str
        Headings of the table.
    decimals : int
        Of the numbers behind it.
    """

    svg: str
    title: str
    sentence: str
    table: pd.DataFrame
    titles: Mapping[str, str]
    decimals: int = 2

    def _repr_html_(self) -> str:
        attributes, footer = stamp()
        title, sentence = escape(self.title), escape(self.sentence)
        behind = html_table(self.table, self.title, titles=self.titles, decimals=self.decimals, limit=40)
        return (
            f'<figure {attributes}><div class="drawing" role="img" aria-label="{title}. {sentence}">{self.svg}</div>'
            f"<figcaption><strong>{title}.</strong> {sentence}</figcaption>"
            f"<details><summary>{escape(_('Angka di balik gambar'))}</summary>{behind._repr_html_()}</details>"
            f'<p class="lineage">{escape(footer)}</p></figure>'
        )


@dataclass(frozen=True)
class Gallery:
    """Small figures side by side."""

    figures: Sequence[Figure]

    def _repr_html_(self) -> str:
        parts = "".join(
            f'<div style="flex:1 1 330px;max-width:470px">{figure._repr_html_()}</div>' for figure in self.figures
        )
        return f'<div class="gallery" style="display:flex;flex-wrap:wrap;gap:0 1.6rem">{parts}</div>'


def local_number(text: str) -> str:
    """Return a number as matplotlib writes it with the separators of the locale."""
    plain = text.replace("\N{MINUS SIGN}", "-")
    return format_number(float(plain), len(plain.partition(".")[2])) if plain else ""


def spread(values: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Return the heights of labels, moved apart to at least `gap` with as little moving as a pass up and down takes.

    Heights run from 0 to 100; `gap` is in the same unit.
    """
    order = np.argsort(values, kind="stable")
    placed = values[order].astype(float)
    for i in range(1, placed.size):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    over = placed[-1] - max(100.0, float(values.max()))
    if over > 0:
        placed[-1] -= over
        for i in range(placed.size - 2, -1, -1):
            placed[i] = min(placed[i], placed[i + 1] - gap)
    result = np.empty_like(placed)
    result[order] = placed
    return result


def axes(width: float = 6.4, height: float = 3.4) -> tuple[Any, Any]:
    """Return a figure and its axes, in the style of all figures."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context({"font.family": [_DRAWN_WITH], "font.size": 9, "text.color": INK, "axes.labelcolor": INK}):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        ax = canvas.subplots()
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(colors=INK, length=3)
    return canvas, ax


def finish(
    canvas: Any,
    title: str,
    sentence: str,
    table: pd.DataFrame,
    titles: Mapping[str, str],
    *,
    decimals: int = 2,
) -> Figure:
    """Turn a drawn canvas into a `Figure`."""
    import matplotlib as mpl

    for ax in canvas.axes:
        for axis in (ax.xaxis, ax.yaxis):
            _localise(axis)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "workbench", "font.family": [_DRAWN_WITH]}):
        canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return Figure(_slim(buffer.getvalue(), canvas.get_figwidth()), title, sentence, table, titles, decimals)


@cache
def _local_formatter() -> Any:
    """Return the class that writes the numbers of an axis; made here because matplotlib is slow to import."""
    from matplotlib.ticker import ScalarFormatter

    class LocalFormatter(ScalarFormatter):
        def __call__(self, value: float, place: int | None = None) -> str:
            return local_number(super().__call__(value, place))

    return LocalFormatter


def _localise(axis: Any) -> None:
    """Let an axis write its numbers with the separators of the locale."""
    from matplotlib.ticker import ScalarFormatter

    if type(axis.get_major_formatter()) is ScalarFormatter:
        axis.set_major_formatter(_local_formatter()(useOffset=False))


def _slim(text: str, width: float) -> str:
    """Return the drawing alone: no file header, no name that nothing refers to, no more digits than can be seen."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    used = set(re.findall(r"#([\w.-]+)", text))
    text = re.sub(r' id="([\w.-]+)"', lambda found: found.group(0) if found.group(1) in used else "", text)
    text = re.sub(r"<[^>]+>", lambda tag: re.sub(r"(\d+\.\d{2})\d+", r"\1", tag.group(0)), text)
    text = re.sub(r">\s+<", "><", re.sub(r" ?\n", " ", text))
    text = text.replace(f"'{_DRAWN_WITH}'", _SHOWN_WITH)
    head, rest = text.split(">", 1)
    head = re.sub(r' (width|height|version)="[^"]*"', "", head)
    shape = f'style="display:block;width:100%;max-width:{round(width * _PIXELS_PER_INCH)}px;height:auto"'
    return f'{head} aria-hidden="true" focusable="false" {shape}>{rest}'
