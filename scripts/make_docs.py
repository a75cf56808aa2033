"""Make the docs: data dictionary, pictures of a report, of the review pages and of an item, and pages.

The pictures come from the demo rounds of `make run`, which are run where they are missing or out of date. The review
page is the real server in a headless Chromium. The pages are `scripts/render_docs.py`.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from workbench.review import Store
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DEMO = ROOT / "demo"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LARGEST = 300_000  # bytes of a picture
SCREEN = {"width": 1366, "height": 768}
OFFICE = """people = [
  { name = "Ani", roles = ["assessor"] },
  { name = "Budi", roles = ["assessor"], instansi = "Pemerintah Kota Cirebon" },
  { name = "Citra", roles = ["assessor"] },
  { name = "Dewi", roles = ["chair"] },
  { name = "Eko", roles = ["secretary"] },
]
votes_required = 2
"""


def save(picture: bytes, name: str) -> None:
    """Save a screenshot with a palette of 256 colours: a page has few, and the file becomes small."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / name
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256).save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{path.relative_to(ROOT)}: {size} bytes, at most {LARGEST}")
    print(f"{path.relative_to(ROOT)}  {size // 1000} kB")


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


@contextmanager
def review_server(workspace: Path, *arguments: str) -> Iterator[str]:
    """Run `workbench review` and yield its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "workbench", "review", str(workspace), *arguments],
        cwd=ROOT,
        env={**os.environ, "LOGNAME": "asesor"},  # the name that the page shows
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        words = server.stdout.readline().split()
        address = next((word for word in words if word.startswith("http://")), "")
        if not address:
            raise SystemExit(f"workbench review said: {' '.join(words)}")
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def review(page: Page) -> None:
    """Take the review page with its first case; nothing is voted."""
    with review_server(DEMO / "cirebon-2024") as address:
        page.goto(address)
        page.locator("[data-ready=yes]").wait_for(timeout=60_000)
        page.keyboard.press(page.locator(".wb-box.stated").get_attribute("data-choice") or "5")
        save(page.screenshot(), "review.png")
        page.evaluate("localStorage.clear()")


def pleno(page: Page) -> None:
    """Take the pleno's page on a copy of the round: a conflict, and the decision on it before it is saved."""
    with tempfile.TemporaryDirectory() as folder:
        office = disagreeing_office(DEMO / "cirebon-2024", Path(folder) / "cirebon-2024")
        with review_server(office, "--as", "Dewi", "--screen", "pleno") as address:
            page.goto(address)
            page.locator("[data-ready=yes]").wait_for(timeout=60_000)
            save(page.screenshot(), "pleno-conflict.png")
            page.locator(".wp-help summary").click()
            page.locator("#wp-bring").press("Enter")
            page.locator(".wp-decision").press("8")
            page.keyboard.insert_text("Rekam kinerja dua tahun lebih kuat daripada selisih tipis pada tes.")
            for name in ("Ani", "Citra"):
                page.locator(".wp-person", has_text=name).get_by_role("checkbox").first.check()
            page.locator(".wp-person", has_text="Ani").get_by_role("checkbox").last.check()
            page.keyboard.insert_text("Dua level di bawah standar.")
            page.locator(".wp-form").evaluate("form => form.scrollTop = 0")
            save(page.screenshot(), "pleno-decision.png")
            page.evaluate("localStorage.clear()")


def disagreeing_office(round_of: Path, folder: Path) -> Path:
    """Copy a round for an office with roles, where two assessors differ on six cases and nothing else was decided."""
    shutil.copytree(round_of, folder, ignore=shutil.ignore_patterns("review.sqlite*", "identities.log"))
    settings = folder / "workbench.toml"
    kept = [
        line for line in settings.read_text("utf-8").splitlines() if not line.startswith(("people", "votes_required"))
    ]
    settings.write_text("\n".join(kept) + "\n" + OFFICE, encoding="utf-8")
    with closing(Store(Workspace(round_of).database_url)) as before, closing(Store.of(Workspace(folder))) as store:
        store.replace_cases(before.cases(), run=before.run())
        for case in store.cases()[:6]:
            stated = case.content["box"]
            for name, box, code, reason in (
                ("Ani", stated, "evidence", "Level konsisten pada delapan kompetensi."),
                ("Citra", stated % 9 + 1, "performance", "Predikat sangat baik dua tahun berturut-turut."),
            ):
                store.submit(
                    actor=name,
                    case_id=case.case_id,
                    action="box",
                    box=box,
                    reason_code=code,
                    reason=reason,
                    confidence=2,
                    idempotency_key=secrets.token_hex(16),
                )
    return folder


def item(page: Page) -> None:
    """Take the page of one item of the round on real responses, as notebook 01 and the item page show it."""
    cards = Workspace(DEMO / "iqitems").read("item_cards")
    page.set_content(f"<style>body {{ margin: 1rem; width: 60rem }}</style>{cards['html'].iloc[0]}")
    save(page.locator("article").first.screenshot(), "item.png")


def open_browser(playwright: Playwright) -> Browser:
    """Start Chromium as the machine has it."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("Chromium tidak ada; jalankan 'make setup' atau 'sudo apt-get install chromium'.")
    return playwright.chromium.launch(executable_path=found)


def main() -> int:
    """Make everything anew."""
    subprocess.run([sys.executable, ROOT / "scripts" / "data_dictionary.py"], cwd=ROOT, check=True)
    rounds = [str(path.relative_to(ROOT)) for path in (DEMO / "cirebon-2024", DEMO / "iqitems")]
    ran = subprocess.run([sys.executable, ROOT / "scripts" / "demo.py", *rounds], cwd=ROOT, check=False)
    if ran.returncode:
        return ran.returncode
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        for picture in (report, review, pleno, item):
            page = browser.new_page(viewport=SCREEN, locale="id-ID")
            picture(page)
            page.close()
        browser.close()
    return subprocess.run([sys.executable, ROOT / "scripts" / "render_docs.py"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
