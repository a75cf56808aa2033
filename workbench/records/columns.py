"""One table and its columns: what a schema says, and what the file that a person fills in looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandera.pandas as pa

__all__ = [
    "PERSON",
    "Table",
    "code",
    "date",
    "instrument",
    "item",
    "number",
    "scale",
    "table",
    "text",
    "whole",
    "yes_no",
]

PERSON = "Nama samaran peserta (dari NIP)"


@dataclass(frozen=True)
class Table:
    """One table: its schema, the file it comes from and what it means.

    Attributes
    ----------
    name : str
        Name of the input file without its ending, and of the Parquet file in ``tables/``.
    title : str
        What the table holds, in Bahasa Indonesia, for the data dictionary.
    schema : pandera.pandas.DataFrameSchema
        Columns of the stored table.
    key : tuple of str
        Columns that together occur once.
    required : bool
        Whether a workspace without this table is refused.
    per_person : bool
        Whether rows belong to participants: the input then has ``nip`` where the table has ``participant_id``.
    identity_columns : tuple of str
        Columns of the input that go to ``identities.parquet`` and never to the stored table.
    headings : mapping of str to str
        Heading of a column in the file where it is another than its name.
    """

    name: str
    title: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    required: bool = False
    per_person: bool = False
    identity_columns: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)

    @property
    def input_columns(self) -> tuple[str, ...]:
        """Headings of the input file, in order."""
        names = ["nip" if name == "participant_id" else name for name in self.schema.columns]
        if self.per_person:
            names[1:1] = self.identity_columns
        return tuple(names)

    def heading(self, column: str) -> str:
        """Return how the file calls an input column."""
        return self.headings.get(column, column)

    def is_required(self, column: str) -> bool:
        """Return whether an input column must be there and be filled in every row."""
        if column == "nip" or column in self.identity_columns:
            return True
        return not self.schema.columns[column].nullable


def text(description: str, *, nullable: bool = False, unique: bool = False, values: tuple[str, ...] = ()) -> pa.Column:
    """Return a column of text, with a closed list of values where one is given."""
    checks = [pa.Check.isin(values)] if values else []
    return pa.Column(str, checks, nullable=nullable, unique=unique, required=not nullable, description=description)


def whole(description: str, low: int, high: int, *, nullable: bool = False) -> pa.Column:
    """Return a column of whole numbers between two limits, both included."""
    kind: Any = "Int64" if nullable else int
    return pa.Column(
        kind, pa.Check.in_range(low, high), nullable=nullable, required=not nullable, description=description
    )


def number(description: str, low: float, high: float, *, nullable: bool = False) -> pa.Column:
    """Return a column of numbers between two limits, both included."""
    return pa.Column(
        float, pa.Check.in_range(low, high), nullable=nullable, required=not nullable, description=description
    )


def date(description: str, *, nullable: bool = False) -> pa.Column:
    """Return a column of dates."""
    return pa.Column("datetime64[ns]", nullable=nullable, required=not nullable, description=description)


def yes_no(description: str, *, nullable: bool = False) -> pa.Column:
    """Return a column of true and false."""
    return pa.Column("boolean", nullable=nullable, required=not nullable, description=description)


def code(description: str, *, unique: bool = False, pattern: str = r"(?!.*__)[A-Za-z0-9][A-Za-z0-9._-]*") -> pa.Column:
    """Return a column of codes, which become parts of file names or names of columns."""
    return pa.Column(str, pa.Check.str_matches(f"^{pattern}$"), unique=unique, description=description)


def instrument(*, unique: bool = False) -> pa.Column:
    """Return the column of codes of instruments."""
    return code("Kode instrumen", unique=unique)


def item(*, unique: bool = False) -> pa.Column:
    """Return the column of codes of items."""
    # Codes of items come from elsewhere; only what breaks a heading is refused.
    return code("Kode butir", unique=unique, pattern=r'(?!(nip|participant_id)$)[^|,;"\s]+')


def scale() -> pa.Column:
    """Return the column of codes of scales."""
    # The population model has a column a scale beside these two.
    pattern = r"(?!(scale|mean)$)[A-Za-z0-9][A-Za-z0-9._-]*"
    return code("Kode skala: kompetensi atau aspek yang diukur", pattern=pattern)


def table(name: str, title: str, key: tuple[str, ...], columns: dict[str, pa.Column], **rest: Any) -> Table:
    """Return a table; rows belong to people where its columns begin with their pseudonym."""
    per_person = "participant_id" in columns
    return Table(name, title, pa.DataFrameSchema(columns, strict=True, name=name), key, per_person=per_person, **rest)
