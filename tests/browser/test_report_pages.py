"""Pages for readers in a real Chromium: no serious finding of axe, and one sheet of paper for leadership."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe


def paths(folder: Path) -> list[Path]:
    return [folder / "reports" / "index.html", *sorted(folder.glob("reports/*/report.html"))]


@pytest.mark.parametrize("width", [1366, 420])
def test_axe_finds_nothing_serious(chromium, three_instansi, cirebon, width):
    found = {}
    for path in (*paths(three_instansi)[:2], paths(cirebon)[1]):
        page = chromium.new_page(viewport={"width": width, "height": 768})
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                found[path.parent.name, violation["id"]] = violation["nodes"][0]["html"][:200]
        page.close()
    assert not found


def test_headings_are_in_order_and_every_table_has_its_parts(chromium, cirebon):
    page = chromium.new_page()
    page.goto(paths(cirebon)[1].as_uri())
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert page.evaluate(
        "[...document.querySelectorAll('table')].every(t => t.caption && t.querySelector('thead th[scope=col]'))"
    )
    page.close()


def test_the_first_sheet_of_paper_is_the_page_for_leadership(chromium, cirebon, tmp_path):
    """Print as the office does: the second section begins on the second sheet, so the first page fits on the first."""
    page = chromium.new_page()
    page.goto(paths(cirebon)[1].as_uri())
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1010})  # the printable part of A4 at 96 dots an inch
    bottom = page.evaluate(
        "(() => { const s = document.querySelector('section'); const r = s.getBoundingClientRect();"
        " return r.bottom + window.scrollY; })()"
    )
    sheet = (297 - 14 - 16) / 25.4 * 96
    assert bottom <= sheet
    printed = page.pdf(path=tmp_path / "laporan.pdf", format="A4", prefer_css_page_size=True, print_background=True)
    count = max(int(n) for n in re.findall(rb"/Count (\d+)", printed))
    assert 6 <= count <= 30
    page.close()


@pytest.mark.parametrize("width", [1366, 390])
def test_axe_finds_nothing_on_the_pages_of_items(chromium, cirebon, width):
    page = chromium.new_page(viewport={"width": width, "height": 768})
    page.goto((cirebon / "reports" / "item_analysis" / "literasi-digital.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((d, n) => { d.open = n < 12 })")
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    page.close()
