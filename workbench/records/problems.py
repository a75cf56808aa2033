"""What is wrong in a file, in words a person can act on: file, row, column, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["MOST", "FileError", "Problem", "Source", "shown"]

MOST = 50  # lines about one kind of problem in one column; a wholly wrong column is one problem many times
LONGEST = 60  # characters of a cell that are quoted


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file.

    Attributes
    ----------
    file : str
    row : int or None
        As a person counts in a spreadsheet, the heading being row 1.
    column : str
    sentence : str
        What is wrong and what to do.
    """

    file: str
    row: int | None
    column: str
    sentence: str

    def __str__(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(_("baris {row}").format(row=self.row))
        if self.column:
            where.append(_("kolom {column}").format(column=shown(self.column)))
        return f"{', '.join(where)}: {self.sentence.rstrip('.')}."


class FileError(ValueError):
    """A file that cannot be read at all, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


@dataclass(frozen=True)
class Source:
    """The file that a table was read from.

    Attributes
    ----------
    file : str
        Name of the file.
    rows : sequence of int
        Row of each line of the table, as a person counts.
    """

    file: str
    rows: Sequence[int]

    def problem(self, index: int, column: str, sentence: str) -> Problem:
        """Return a problem of one line."""
        return Problem(self.file, self.rows[index], column, sentence)

    def problems(self, indices: Iterable[int], column: str, sentence: Callable[[int], str]) -> list[Problem]:
        """Return a problem for each line; beyond `MOST` the last one says how many more there are.

        Parameters
        ----------
        indices : iterable of int
            Lines, rising.
        column : str
        sentence : callable
            From the line to what is wrong with it.
        """
        lines = [int(index) for index in indices]
        found = [self.problem(line, column, sentence(line)) for line in lines[:MOST]]
        rest = lines[MOST:]
        if rest:
            text = _("{n} baris lain sampai baris {row} bermasalah serupa; perbaiki semuanya").format(
                n=len(rest), row=self.rows[rest[-1]]
            )
            found.append(self.problem(rest[0], column, text))
        return found


def shown(value: object) -> str:
    """Return a cell as it may stand in a sentence: on one line, and not too long."""
    text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in str(value))).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
