"""Renew the English catalogue: collect every message of the package and of the notebooks, keep what is translated.

python scripts/messages.py           write the catalogue, and name what lacks a translation
python scripts/messages.py --check   write nothing; exit status 1 when the file would change or something is missing

Messages stand in alphabetical order without line numbers or dates, so that a change of code is a small change here.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "workbench" / "locale" / "en" / "LC_MESSAGES" / "workbench.po"
KEYWORDS = {"_": 1, "ngettext": 2}  # number of texts of each call
HEADER = """\
# English texts of the assessor workbench; the source language is Bahasa Indonesia.
# Renewed by scripts/messages.py.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""

Message = str | tuple[str, str]


def sources() -> Iterator[str]:
    """Yield the Python text of every module of the package and of every notebook."""
    for path in sorted((ROOT / "workbench").rglob("*.py")):
        yield path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        yield "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def messages() -> set[Message]:
    """Return every literal handed to ``_`` (a text) or ``ngettext`` (singular and plural).

    Read from the syntax tree: the usual extractors read tokens, and miss a call inside an f-string before Python 3.12.
    """
    found: set[Message] = set()
    for text in sources():
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            wanted = KEYWORDS.get(node.func.id, 0)
            literals = [a.value for a in node.args[:wanted] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if wanted and len(literals) == wanted:
                found.add(literals[0] if wanted == 1 else (literals[0], literals[1]))
    return found


def renewed(old: Catalog, wanted: set[Message]) -> Catalog:
    """Return a catalogue of exactly the wanted messages with the translations that are known."""
    fresh = Catalog(locale="en")
    for message in wanted:
        known = old.get(message if isinstance(message, str) else message[0])
        fresh.add(message, known.string if known is not None else "")
    return fresh


def text_of(catalogue: Catalog) -> str:
    """Return a catalogue as the text of a .po file."""
    body = io.BytesIO()
    write_po(body, catalogue, no_location=True, omit_header=True, sort_output=True, width=0)
    return HEADER + body.getvalue().decode("utf-8").strip() + "\n"


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages without a translation."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and not (all(message.string) if isinstance(message.string, tuple) else message.string)
    ]


def main() -> int:
    """Renew the catalogue, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    before = CATALOGUE.read_text(encoding="utf-8") if CATALOGUE.is_file() else ""
    old = read_po(io.BytesIO(before.encode()), locale="en") if before else Catalog(locale="en")
    catalogue = renewed(old, messages())
    after, lacking = text_of(catalogue), untranslated(catalogue)
    if not arguments.check and after != before:
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        CATALOGUE.write_text(after, encoding="utf-8")
    for message in lacking:
        print(f"untranslated: {message}")
    print(f"{len(catalogue)} messages, {len(lacking)} without translation{', changed' if after != before else ''}")
    return 1 if lacking or (arguments.check and after != before) else 0


if __name__ == "__main__":
    sys.exit(main())
