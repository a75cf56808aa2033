"""Make the docs: data dictionary, pictures of a report, of the review pages and of an item, and pages.

The pictures come from the demo rounds of `make run`, which are run where they are missing or out of date. The review
page is the real server in a headless Chromium. The pages are `scripts/render_docs.py`.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from scripts import assessor_pictures, item_pictures
from scripts.chair_pictures import chair
from scripts.pictures import DEMO, ROOT, SCREEN, know_the_page, open_browser, review_server, save, show_a_stated_box
from scripts.pleno_pictures import pleno
from scripts.talent_pictures import talent
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page


def report(page: Page) -> None:
    """Take the head of the Cirebon report and its page for leadership."""
    path = next((DEMO / "cirebon-2024" / "reports").glob("*/report.html"))
    page.goto(path.as_uri())
    bottom = page.locator("section").first.bounding_box()
    assert bottom is not None, "the report begins with the section for leadership"
    height = bottom["y"] + bottom["height"] + 12
    save(
        page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": SCREEN["width"], "height": height}), "report.png"
    )


def review(page: Page) -> None:
    """Take the review page with its first case; nothing is voted."""
    know_the_page(page)
    with review_server(DEMO / "cirebon-2024") as address:
        page.goto(address)
        page.locator("[data-ready=yes]").wait_for(timeout=60_000)
        show_a_stated_box(page)
        page.keyboard.press("Escape")
        page.keyboard.press(page.locator(".wb-box.stated").get_attribute("data-choice") or "5")
        save(page.screenshot(), "review.png")
        page.evaluate("localStorage.clear()")


def item(page: Page) -> None:
    """Take the page of one item of the round on real responses, as notebook 01 and the item page show it."""
    cards = Workspace(DEMO / "iqitems").read("item_cards")
    page.set_content(f"<style>body {{ margin: 1rem; width: 60rem }}</style>{cards['html'].iloc[0]}")
    save(page.locator("article").first.screenshot(), "item.png")


def main() -> int:
    """Make everything anew."""
    subprocess.run([sys.executable, ROOT / "scripts" / "data_dictionary.py"], cwd=ROOT, check=True)
    rounds = [str(path.relative_to(ROOT)) for path in (DEMO / "cirebon-2024", DEMO / "iqitems")]
    ran = subprocess.run([sys.executable, ROOT / "scripts" / "demo.py", *rounds], cwd=ROOT, check=False)
    if ran.returncode:
        return ran.returncode
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        for picture in (report, review, pleno, talent, chair, item):
            page = browser.new_page(viewport=SCREEN, locale="id-ID")
            picture(page)
            page.close()
        assessor_pictures.take(browser)
        item_pictures.take(browser)
        browser.close()
    return subprocess.run([sys.executable, ROOT / "scripts" / "render_docs.py"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
