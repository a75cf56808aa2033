"""Texts: the locale in force, numbers with its separators, a complete English catalogue."""

from __future__ import annotations

import importlib
import io
import json
import re
import string
import subprocess
import sys
import threading
from html import unescape
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from workbench.apps.queue.words import screen_words
from workbench.i18n import _, current_locale, format_number, format_percent, set_locale, use_locale
from workbench.policy import explain, load_policy
from workbench.reports.instansi import read_instansi
from workbench.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "workbench" / "locale" / "en" / "LC_MESSAGES" / "workbench.po"
SENTENCE = "Ruang kerja belum disebut; isi parameter 'workspace' atau variabel {name}."


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(io.BytesIO(CATALOGUE.read_bytes()), locale="en")


def test_numbers_follow_the_locale() -> None:
    assert format_number(1234567.891, 2) == "1.234.567,89"
    assert format_number(-0.5, 1) == "\N{MINUS SIGN}0,5"
    assert format_percent(0.125, 1) == "12,5\N{NO-BREAK SPACE}%"
    with use_locale("en"):
        assert format_number(1234567.891, 2) == "1,234,567.89"
    assert current_locale() == "id"


def test_an_unknown_locale_is_refused() -> None:
    with pytest.raises(ValueError, match="Bahasa 'xx' tidak dikenal"), use_locale("xx"):
        pass
    with pytest.raises(ValueError, match="Bahasa 'xx' tidak dikenal"):
        set_locale("xx")


def test_the_locale_of_a_process_holds_in_every_thread() -> None:
    seen: list[str] = []
    set_locale("en")
    try:
        worker = threading.Thread(target=lambda: seen.append(current_locale()))
        worker.start()
        worker.join()
        with use_locale("id"):
            assert _(SENTENCE) == SENTENCE
        assert current_locale() == "en"
    finally:
        set_locale("id")
    assert seen == ["en"]


def test_the_catalogue_holds_every_message_of_the_code_and_nothing_else() -> None:
    finished = subprocess.run(
        [sys.executable, ROOT / "scripts" / "messages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_translations_keep_placeholders_and_line_ends(catalogue: Catalog) -> None:
    def fields(text: str) -> list[tuple[str, str | None]]:
        return sorted((name, spec) for _t, name, spec, _c in string.Formatter().parse(text) if name)

    pairs = [(m.id, m.string) for m in catalogue if isinstance(m.id, str) and m.id]
    assert len(pairs) > 400
    for source, english in pairs:
        assert fields(source) == fields(english), source
        assert source.endswith("\n") == english.endswith("\n"), source


def test_the_english_catalogue_is_used() -> None:
    assert _(SENTENCE) == SENTENCE
    with use_locale("en"):
        assert _(SENTENCE) == "No workspace was named; fill in the parameter 'workspace' or the variable {name}."


def indonesian(catalogue: Catalog, text: str, least: int = 25) -> list[str]:
    """Messages of the source language that stand in a text, where English says something else."""
    fixed = [m for m in catalogue if m.id and "{" not in m.id and len(m.id) >= least and m.id != m.string]
    return [m.id for m in fixed if m.id in unescape(text)]


def test_a_report_in_english_holds_nothing_of_the_source_language(pekalongan: Path, catalogue: Catalog) -> None:
    workspace = Workspace(pekalongan)
    instansi = str(workspace.read("boxes")["instansi"].iloc[0])
    notebook = (ROOT / "notebooks" / "04_instansi_report.ipynb").read_text("utf-8")
    calls = re.findall(r'"(\w+)\.(\w+)\(report\)', notebook)
    parts = [getattr(importlib.import_module(f"workbench.reports.{module}"), name) for module, name in calls]
    assert len(parts) >= 6

    def page() -> str:
        report = read_instansi(workspace, instansi)
        return "".join(part(report)._repr_html_() for part in parts)

    assert len(indonesian(catalogue, page())) > 5
    with use_locale("en"):
        english = unescape(page())
    for _rule, _value, source, _mark in explain(load_policy(workspace.settings.policy)):
        english = english.replace(source, "")  # sources are quoted from Indonesian texts
    assert indonesian(catalogue, english) == []
    assert "Nine talent boxes" in english


def test_the_review_page_in_english_holds_nothing_of_the_source_language(catalogue: Catalog) -> None:
    with use_locale("en"):
        words = json.dumps(screen_words(), ensure_ascii=False)
    assert indonesian(catalogue, words, least=12) == []


def test_every_notebook_speaks_the_language_of_its_workspace() -> None:
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        source = "".join(line for cell in json.loads(path.read_text("utf-8"))["cells"] for line in cell["source"])
        assert "set_locale(work.settings.locale)" in source, path.name
