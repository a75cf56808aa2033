"""``participants.xlsx``: typed columns, NIP as text, and nothing that a spreadsheet would run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.i18n import _
from workbench.workspace import replaced_on_success

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["harmless", "write_workbook"]

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
_WIDEST = 42


def harmless(value: str) -> str:
    """Return a text that no spreadsheet takes for a formula, not even after it was saved as CSV and read again.

    A text cell of a workbook is not run as it stands; the apostrophe is there for what people do with it next.
    """
    return "'" + value if value.startswith(_DANGEROUS) else value


def write_workbook(
    path: Path, frame: pd.DataFrame, titles: Mapping[str, str], notes: Sequence[tuple[str, str]]
) -> None:
    """Write people to a workbook with a frozen header, filters and a second sheet of notes.

    Parameters
    ----------
    path : Path
    frame : pandas.DataFrame
    titles : mapping of str to str
        Heading of each column, in order.
    notes : sequence of (str, str)
        What the file is and what it rests on.
    """
    import xlsxwriter

    with replaced_on_success(path) as temporary:
        book = xlsxwriter.Workbook(
            str(temporary), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4"})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(_("Peserta"))
        for column, (name, title) in enumerate(titles.items()):
            sheet.write_string(0, column, title, head)
            whole = book.add_format({"num_format": "0"})
            broken = book.add_format({"num_format": "0.000" if name.startswith(("p_", "risk")) else "0.00"})
            width = _write_column(sheet, column, frame[name], text, whole, broken)
            sheet.set_column(column, column, min(max(9, len(title) // 2 + 2, width + 1), _WIDEST))
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(1, len(frame)), len(titles) - 1)
        about = book.add_worksheet(_("Keterangan"))
        for row, (name, value) in enumerate(notes):
            about.write_string(row, 0, name, head)
            about.write_string(row, 1, harmless(value), text)
        about.set_column(0, 0, 30)
        about.set_column(1, 1, 90)
        book.close()


def _write_column(sheet: Any, column: int, values: pd.Series, text: Any, whole: Any, broken: Any) -> int:
    """Write the cells below a heading, numbers as numbers and all else as text; return the widest text."""
    known = (~values.isna()).to_numpy()
    rows = [row for row, there in enumerate(known, start=1) if there]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(float, na_value=float("nan"))[known].tolist()
        style = whole if pd.api.types.is_integer_dtype(values) else broken
        for row, number in zip(rows, numbers, strict=True):
            sheet.write_number(row, column, number, style)
        return 6
    answers = {True: _("ya"), False: _("tidak")} if pd.api.types.is_bool_dtype(values) else {}
    texts = [answers.get(value) or harmless(str(value)) for value in values.to_numpy(object)[known]]
    for row, shown in zip(rows, texts, strict=True):
        sheet.write_string(row, column, shown, text)
    return max(map(len, texts), default=0)
