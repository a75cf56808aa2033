from __future__ import annotations

from workbench.records.dictionary import data_dictionary, notes_of
from workbench.records.tables import TABLES


def test_the_document_in_the_tree_is_what_the_script_makes(root):
    written = (root / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == data_dictionary(), "jalankan scripts/data_dictionary.py"


def test_every_column_of_every_table_is_explained():
    text = data_dictionary()
    for table in TABLES.values():
        section = text.split(f"### `{table.name}`\n")[1].split("\n### ")[0]
        for note, column in zip(notes_of(table), table.input_columns, strict=True):
            assert f"| `{note.column}` |" in section
            assert note.meaning
            assert note.required == table.is_required(column)


def test_permitted_values_of_the_document_are_those_of_the_schema():
    (note,) = [note for note in notes_of(TABLES["sittings"]) if note.column == "status"]
    assert note.values == ("present", "absent", "void")
    assert all(value in note.allowed for value in note.values)
