"""One finding about the review, finished for a page: a title, a sentence, perhaps a table, and what to beware of."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding"]


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
