"""Take the pictures of the psychometrician's guide: an item, a double key, and who changes.

python -m scripts.item_pictures

The real server in a headless Chromium, on a copy of the demo round of `make run`, so that no decision is left in it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pictures import DEMO, SCREEN, alone, review_server, save

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REASON = "Naskah membuka dua tafsir; kedua opsi dipilih peserta yang mampu"


def take(browser: Browser) -> None:
    """Take all pictures."""
    page = browser.new_page(viewport=SCREEN, locale="id-ID")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "cirebon-2024"
        shutil.copytree(DEMO / "cirebon-2024", copy, ignore=shutil.ignore_patterns("runs", "reports", "truth"))
        with review_server(copy) as address:
            page.goto(f"{address.rstrip('/')}/items")
            page.locator("[data-ready=yes]").wait_for(timeout=60_000)
            # An item with a key, of a scale that counts for the boxes.
            page.get_by_label("Instrumen").select_option("potensi")
            page.get_by_label("Skala").select_option("kemampuan_intelektual")
            page.locator(".wi-main[aria-busy=false]").wait_for()
            save(page.screenshot(), "butir-kartu.png")
            page.locator(".wi-list").focus()
            page.keyboard.press("j")
            page.locator(".wi-title h2", has_text="KIN02").wait_for()
            page.keyboard.press("4")
            page.keyboard.press("Space")
            page.keyboard.press("s")
            page.locator(".wi-found table").first.wait_for(timeout=120_000)
            page.locator("textarea").fill(REASON)
            save(page.screenshot(), "butir-berubah.png")
            page.keyboard.press("Enter")
            page.locator(".wb-say", has_text="tersimpan").wait_for()
            page.keyboard.press("k")
            page.locator(".wi-now", has_text="kunci ganda").wait_for()
            save(page.screenshot(), "butir-tersimpan.png")
    page.close()


if __name__ == "__main__":
    sys.exit(alone(take))
