"""Take the pictures of the assessor's guide: a case from the first visit to the lost connection.

python -m scripts.assessor_pictures

The real server in a headless Chromium, on a copy of the demo round of `make run`, so that no vote is left in it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pictures import DEMO, SCREEN, alone, review_server, save, show_a_stated_box

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REASONS = ("Level di atas standar pada delapan kompetensi", "Rekam kinerja dua tahun mendukung")


def shoot(page: Page, name: str, *places: str) -> None:
    """Save the page, or the strip of it that holds the places, over the whole width."""
    if not places:
        save(page.screenshot(), f"asesor-{name}.png")
        return
    found = [page.locator(place).first.bounding_box() for place in places]
    boxes = [box for box in found if box is not None]
    top = max(0.0, min(box["y"] for box in boxes) - 8)
    bottom = min(float(SCREEN["height"]), max(box["y"] + box["height"] for box in boxes) + 8)
    clip = {"x": 0, "y": top, "width": SCREEN["width"], "height": bottom - top}
    save(page.screenshot(clip=clip), f"asesor-{name}.png")  # type: ignore[arg-type]  # a dictionary of floats


def fill(page: Page, choice: str, code: str, reason: str) -> None:
    """Fill the form by keyboard."""
    page.keyboard.press("Escape")
    page.keyboard.press(choice)
    page.keyboard.press(code)
    page.keyboard.insert_text(reason)


def vote(page: Page, choice: str, code: str, reason: str) -> None:
    """Vote by keyboard and wait until the log has it."""
    shown = page.locator(".wb-person h2").text_content()
    fill(page, choice, code, reason)
    page.keyboard.press("Enter")
    page.wait_for_function("shown => document.querySelector('.wb-person h2').textContent !== shown", arg=shown)


def take(browser: Browser) -> None:
    """Take all pictures."""
    page = browser.new_page(viewport=SCREEN, locale="id-ID")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "cirebon-2024"
        shutil.copytree(DEMO / "cirebon-2024", copy, ignore=shutil.ignore_patterns("runs", "reports", "truth"))
        with review_server(copy) as address:
            page.goto(address)
            page.locator("[data-ready=yes]").wait_for(timeout=60_000)
            shoot(page, "pertama")
            page.keyboard.press("Escape")
            show_a_stated_box(page)
            page.locator(".wb-levels .why").first.click()
            page.locator("dialog[open]").wait_for()
            shoot(page, "kompetensi", "dialog")
            page.keyboard.press("Escape")
            fill(page, "8", "a", REASONS[0])
            shoot(page, "isian")
            vote(page, "8", "a", REASONS[0])
            shoot(page, "tersimpan", ".wb-form")
            vote(page, "5", "d", REASONS[1])
            page.get_by_role("button", name="Semua suara").click()
            page.locator("dialog[open]").wait_for()
            shoot(page, "suara", "dialog")
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")
            page.keyboard.press("u")
            page.locator(".wb-say", has_text="dibatalkan").wait_for()
            shoot(page, "batal", ".wb-form")
            vote(page, "t", "h", "Menunggu berkas penugasan dari instansi")
        page.locator(".wb-banner").wait_for()
        fill(page, "8", "a", REASONS[0])
        page.keyboard.press("Enter")
        page.locator(".wb-say", has_text="Belum tersimpan").wait_for()
        shoot(page, "terputus")
    page.close()


if __name__ == "__main__":
    sys.exit(alone(take))
