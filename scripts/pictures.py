"""What every picture of the docs needs: a browser, the real server, and a small file."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from workbench.review import Store
from workbench.settings import Person, Role
from workbench.workspace import SETTINGS_FILE, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DEMO = ROOT / "demo"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LARGEST = 300_000  # bytes of a picture
SCREEN = {"width": 1366, "height": 768}
OFFICE: dict[str, Role] = {
    "Ani": "assessor",
    "Budi": "assessor",
    "Citra": "assessor",
    "Dewi": "chair",
    "Eko": "secretary",
}


def save(picture: bytes, name: str) -> None:
    """Save a screenshot with a palette of 256 colours: a page has few, and the file becomes small."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / name
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256).save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{path.relative_to(ROOT)}: {size} bytes, at most {LARGEST}")
    print(f"{path.relative_to(ROOT)}  {size // 1000} kB")


def empty_office(round_of: Path, folder: Path, **instansi: str) -> Path:
    """Copy a round for an office with roles and two votes a case, where nothing was decided yet.

    Parameters
    ----------
    round_of, folder : Path
    **instansi : str
        Where some of the people work, by name.
    """
    shutil.copytree(round_of, folder, ignore=shutil.ignore_patterns("review.sqlite*", "identities.log"))
    people = tuple(Person(name=name, roles=(role,), instansi=instansi.get(name, "")) for name, role in OFFICE.items())
    settings = Workspace(folder).settings.model_copy(update={"people": people, "votes_required": 2})
    (folder / SETTINGS_FILE).write_text(settings.to_toml(), encoding="utf-8")
    with closing(Store(Workspace(round_of).database_url)) as before, closing(Store.of(Workspace(folder))) as store:
        store.replace_cases(before.cases(), run=before.run())
    return folder


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


def know_the_page(page: Page) -> None:
    """Let a browser have read how the page works, so that the guide of the first visit does not cover it."""
    page.add_init_script("localStorage.setItem('wb-queue-known', 'yes')")


def show_a_stated_box(page: Page) -> None:
    """Go on to the first case that shows its stated box: some keep it until the vote."""
    while not page.locator(".wb-box.stated").count():
        shown = page.locator(".wb-person h2").text_content()
        page.locator(".wb-jump button").last.click()
        page.wait_for_function("shown => document.querySelector('.wb-person h2').textContent !== shown", arg=shown)


def alone(take: Callable[[Browser], None]) -> int:
    """Take some of the pictures by themselves; return the exit status."""
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        take(browser)
        browser.close()
    return 0


def open_browser(playwright: Playwright) -> Browser:
    """Start Chromium as the machine has it."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("Chromium tidak ada; jalankan 'make setup' atau 'sudo apt-get install chromium'.")
    return playwright.chromium.launch(executable_path=found)
