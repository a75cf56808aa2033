"""Analysis notebooks as pages for readers."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from workbench.workspace import Workspace


@pytest.fixture(scope="module")
def folder(cirebon: Path) -> Path:
    return cirebon / "reports" / "item_analysis"


def test_every_instrument_has_a_page_under_three_megabytes_of_the_published_run(cirebon, folder):
    published = json.loads((cirebon / "results" / "items" / "published.json").read_text("utf-8"))["runs"]
    pages = sorted(folder.glob("*.html"))
    assert len(pages) == len(published) == 4
    for path in pages:
        assert path.stat().st_size < 3_000_000
        text = path.read_text(encoding="utf-8")
        assert [run for run in published if f'<body data-run="{run}"' in text]


def test_a_page_has_every_item_its_contents_and_no_code(cirebon, folder, page_of):
    items = Workspace(cirebon).read("items")
    page = page_of((folder / "potensi.html").read_text(encoding="utf-8"))
    shown = page.words("article.ip h3")
    assert sorted(shown) == sorted(items.loc[items["instrument"] == "potensi", "item_id"])
    for link in page.all("nav a, .tablewrap a"):
        assert page.tree.find(id=link["href"].removeprefix("#")) is not None
    assert "Ringkasan dua menit" in page.words("nav a")
    assert "Yang tidak dihitung" in page.words("nav a")
    assert "html_table" not in page.html
    assert "<script" not in page.html
    assert page.words("h1") == ["Analisis butir"]


def test_the_review_page_gets_the_same_cards(cirebon, folder):
    cards = Workspace(cirebon).read("item_cards")
    html = (folder / "potensi.html").read_text(encoding="utf-8")
    own = cards[cards["instrument"] == "potensi"]
    assert not own["item_id"].duplicated().any()
    assert all(card.partition("</style>")[2] in html for card in own["html"])
    assert pd.Series(own["html"].str.len()).max() < 12_000
