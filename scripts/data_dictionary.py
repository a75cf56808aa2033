"""Write docs/data-dictionary.md from the schemas of the input tables."""

from pathlib import Path

from workbench.records.dictionary import DICTIONARY_FILE, data_dictionary

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / DICTIONARY_FILE

if __name__ == "__main__":
    DOCUMENT.write_text(data_dictionary(), encoding="utf-8")
