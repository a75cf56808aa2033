"""Accessible HTML tables with caption, header cells and lineage."""

from __future__ import annotations

from html import escape
from numbers import Integral, Real
from typing import TYPE_CHECKING

import pandas as pd

from workbench.analysis.gates import gate_titles
from workbench.i18n import _, format_number, format_probability
from workbench.reports.lineage import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

__all__ = [
    "Html",
    "empty",
    "gate_table",
    "html_table",
    "notebook_style",
    "person",
    "probability",
    "sentence_list",
    "shaded",
    "yes_no",
]

SHORT = 14  # rows of a table that is not broken over two pages
# What a notebook needs so that its tables read as they do on a page for readers.
_NOTEBOOK_STYLE = (
    "<style>.tablewrap th,.tablewrap td{text-align:left!important;vertical-align:top}"
    ".tablewrap caption{text-align:left;font-weight:600}.tablewrap .n{text-align:right!important}"
    "@media(max-width:700px){.tablewrap td:not(.n){min-width:9em}}"
    ".lineage{font-size:.75em;opacity:.75}.note{font-size:.9em}</style>"
)


class Html:
    """HTML that a notebook shows."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_html_(self) -> str:
        return self.text


def notebook_style() -> Html:
    """Return the style of tables for a notebook that is read as it stands."""
    return Html(_NOTEBOOK_STYLE)


def gate_table(gates: pd.DataFrame, caption: str) -> Html:
    """Return release gates: gate, scope, status, finding."""
    titles = {"gate": _("Gerbang"), "scope": _("Lingkup"), "status": _("Status"), "sentence": _("Temuan")}
    return html_table(gates.replace({"gate": gate_titles()}), caption, titles=titles)


def probability(value: object) -> str:
    """Return a probability as a percentage that never claims more than it is: ``> 99 %`` rather than ``100 %``."""
    return format_probability(float(value))  # type: ignore[arg-type]  # a cell of a column of numbers


def yes_no(value: object) -> str:
    """Return whether something is so, in words."""
    return _("ya") if bool(value) else _("tidak")


def person(pseudonym: object) -> str:
    """Return the place of a person: the pseudonym, to which the internal edition adds the name when it is rendered."""
    return f'<span data-person="{escape(str(pseudonym))}">{escape(str(pseudonym))}</span>'


def shaded(share: float, text: str) -> str:
    """Return a number on a grey that darkens with the share; light enough for black text at its darkest."""
    strength = round(38 * min(max(share, 0.0), 1.0))
    return f'<span class="heat" style="--share:{strength}%">{escape(text)}</span>'


def empty(caption: str, words: str = "") -> Html:
    """Return what stands in the place of a table without rows."""
    attributes, _footer = stamp()
    return Html(
        f'<p class="empty" {attributes}><strong>{escape(caption)}:</strong> {escape(words or _("tidak ada."))}</p>'
    )


def sentence_list(sentences: Sequence[str]) -> Html:
    """Return sentences as a list, the first of them in bold: what a reader must know first."""
    attributes, footer = stamp()
    words = [escape(sentence) for sentence in sentences]
    points = "".join(f"<li>{text}</li>" for text in [f"<strong>{words[0]}</strong>", *words[1:]] if text)
    return Html(f'<div {attributes}><ul class="sentences">{points}</ul><p class="lineage">{escape(footer)}</p></div>')


def _cell(value: object, decimals: int) -> str:
    if value is None or value is pd.NA or (isinstance(value, Real) and pd.isna(value)):
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return _("ya") if value else _("tidak")
    if isinstance(value, Integral):
        return format_number(int(value))
    if isinstance(value, Real):
        return format_number(float(value), decimals)
    return escape(str(value))


def html_table(
    frame: pd.DataFrame,
    caption: str,
    *,
    titles: Mapping[str, str] | None = None,
    decimals: Mapping[str, int] | int = 2,
    formats: Mapping[str, Callable[[object], str]] | None = None,
    turned: Collection[str] = (),
    numbers: Collection[str] = (),
    limit: int = 60,
    more: str = "",
    note: str = "",
) -> Html:
    """Return a frame as a table.

    Parameters
    ----------
    frame : pandas.DataFrame
    caption : str
        What the table shows.
    titles : mapping of str to str, optional
        Heading of each column; also chooses and orders the columns.
    decimals : int or mapping of str to int
    formats : mapping of str to callable, optional
        How the values of a column are written instead; what it returns is taken as HTML.
    turned : collection of str
        Columns whose heading is turned upright, where many narrow columns have long names.
    numbers : collection of str
        Columns of text that are set like numbers, as ranges are.
    limit : int
        Rows shown.
    more : str
        Sentence below a table that was cut; ``{shown}`` and ``{total}`` are filled in.
    note : str
        Sentence below the table.
    """
    if frame.empty:
        return empty(caption)
    names = dict(titles) if titles else {str(c): str(c) for c in frame.columns}
    own = formats or {}
    right = {name for name in names if pd.api.types.is_numeric_dtype(frame[name]) and frame[name].dtype != bool}
    right |= set(numbers)
    attributes, footer = stamp()
    kinds = {name: "turned" if name in turned else "n" if name in right else "" for name in names}
    head = "".join(
        f'<th scope="col"{_class(kinds[name])}><span>{escape(title)}</span></th>' for name, title in names.items()
    )
    places = {name: decimals if isinstance(decimals, int) else decimals.get(name, 2) for name in names}
    body = []
    for row in frame[list(names)].head(limit).itertuples(index=False):
        cells = []
        for position, (name, value) in enumerate(zip(names, row, strict=True)):
            missing = value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value))
            text = own[name](value) if name in own and not missing else _cell(value, places[name])
            cells.append(f'<th scope="row">{text}</th>' if position == 0 else f"<td{_class(kinds[name])}>{text}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    notes = [note] if note else []
    if len(frame) > limit:
        words = more or _("Ditampilkan {shown} dari {total} baris.")
        notes.append(words.format(shown=format_number(limit), total=format_number(len(frame))))
    below = "".join(f'<p class="note">{escape(text)}</p>' for text in notes)
    return Html(
        f'<div class="tablewrap{" short" if len(body) <= SHORT else ""}" {attributes}><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f'<tbody>{"".join(body)}</tbody></table>{below}<p class="lineage">{escape(footer)}</p></div>'
    )


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
