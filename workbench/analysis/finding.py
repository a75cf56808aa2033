"""One finding about the review, finished for a page: a title, a sentence, perhaps a table, and what to beware of."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.i18n import _, format_number, format_percent
from workbench.psychometrics.intervals import exact

__all__ = ["Finding", "effect_text", "points_text", "share_text"]


@dataclass(frozen=True)
class Finding:
    """One finding, in words of the locale.

    Attributes
    ----------
    key : str
        Name for programs.
    title, sentence : str
        What is asked, and the answer; where nothing can be said yet the sentence says why.
    columns : tuple of str
        Heads of the table; empty without one.
    rows : tuple of tuple of str
        Finished text, as many cells a row as there are columns.
    caution : str
        What the reader must know before using it.
    """

    key: str
    title: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caution: str


def share_text(successes: int, n: int) -> str:
    """Return a share in words: how many of how many, as a percentage, with its exact 95 % interval."""
    if not n:
        return _("tidak ada")
    low, high = exact(successes, n)
    return _("{k} dari {n} ({share}; {low} sampai {high})").format(
        k=format_number(successes),
        n=format_number(n),
        share=format_percent(successes / n),
        low=format_percent(low),
        high=format_percent(high),
    )


def points_text(value: float, low: float, high: float) -> str:
    """Return a difference of two shares in words, in percentage points, with its interval."""
    return _("{value} poin persen ({low} sampai {high})").format(
        value=_signed(100 * value, 0), low=_signed(100 * low, 0), high=_signed(100 * high, 0)
    )


def effect_text(value: float, low: float, high: float) -> str:
    """Return a shift in steps of the grid, with its interval."""
    return _("{value} ({low} sampai {high})").format(
        value=_signed(value, 2), low=_signed(low, 2), high=_signed(high, 2)
    )


def _signed(value: float, decimals: int) -> str:
    text = format_number(value, decimals)
    return f"+{text}" if round(value, decimals) > 0 else text
