"""Take the pictures of the guide to the talent explorer.

The real server in a headless Chromium, for the secretary of an office, on a copy of the demo round of `make run`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pictures import DEMO, review_server, save
from scripts.pleno_pictures import disagreeing_office

if TYPE_CHECKING:
    from playwright.sync_api import Page


def talent(page: Page) -> None:
    """Take the pool of the round, and two of its people side by side."""
    with tempfile.TemporaryDirectory() as folder:
        office = disagreeing_office(DEMO / "cirebon-2024", Path(folder) / "cirebon-2024")
        with review_server(office, "--as", "Eko", "--screen", "talent") as address:
            page.goto(address)
            page.locator("[data-ready=yes]").wait_for(timeout=60_000)
            page.get_by_role("button", name="Hanya kumpulan talenta").click()
            page.locator(".wt-said").filter(has_text="Kotak 7, 8, 9").wait_for()
            page.mouse.move(0, 0)
            save(page.screenshot(), "talent.png")
            page.get_by_label("Jenjang").select_option("pengawas")
            page.locator("[data-sort=potensial]").click()
            page.locator("th[aria-sort=descending] [data-sort=potensial]").wait_for()
            for number in (0, 1):
                page.locator("[data-pick]").nth(number).check()
            page.get_by_role("tab", name="Bandingkan").click()
            page.locator("#wt-compare table").first.wait_for()
            page.mouse.move(0, 0)
            save(page.screenshot(), "talent-compare.png")
