"""Real Chromium, and a reviewer who sits before the page."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from workbench.review import Store
from workbench.review.log import Event
from workbench.workspace import Workspace

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium with a fresh profile. A missing browser is a failure: what nobody looked at is not known to work."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    assert executable, "no Chromium on this machine; 'make setup' says how to install it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


class Reviewer:
    """Somebody before the page: eyes and keyboard."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.requests: list[str] = []
        self.problems: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("pageerror", lambda problem: self.problems.append(str(problem)))
        page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)

    def open(self) -> Reviewer:
        self.page.goto(self.url)
        return self.ready()

    def reload(self) -> Reviewer:
        self.page.reload()
        return self.ready()

    def ready(self) -> Reviewer:
        self.page.locator(".wb[data-ready=yes], p.problem").first.wait_for(timeout=90_000)
        assert self.page.locator("p.problem").count() == 0, self.page.locator("p.problem").text_content()
        return self

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def vote(self, box: str, reason: str, code: str = "a") -> str:
        """Vote by keyboard alone; return what the page says once the log has it."""
        self.press("Escape", box, code)
        self.page.keyboard.insert_text(reason)
        before = self.status.text_content()
        self.press("Enter")
        expect(self.status).to_have_text(re.compile("tersimpan sebagai peristiwa"), timeout=30_000)
        if self.status.text_content() == before:
            expect(self.status).not_to_have_text(before or "", timeout=30_000)
        return self.status.text_content() or ""

    @property
    def status(self) -> Locator:
        return self.page.locator(".wb-say")

    @property
    def banner(self) -> Locator:
        return self.page.locator(".wb-banner")

    @property
    def reason(self) -> Locator:
        return self.page.locator("#wb-reason")

    @property
    def done(self) -> Locator:
        return self.page.locator(".wb-done")

    @property
    def case(self) -> Locator:
        return self.page.locator(".wb-person h2")

    @property
    def chosen(self) -> list[str]:
        pressed = self.page.locator(".wb-keys [aria-pressed=true]")
        return [button.get_attribute("data-choice") or "" for button in pressed.all()]


@pytest.fixture(scope="session")
def reviewer_class() -> type[Reviewer]:
    return Reviewer


@pytest.fixture
def reviewer(chromium: Browser) -> Iterator[Callable[..., Reviewer]]:
    """Open a page in a profile of its own; no request may leave this machine and no script may fail.

    The profile has read how the page works, unless `known` is false.
    """
    opened: list[tuple[Any, Reviewer]] = []

    def start(
        url: str, before: Callable[[Page], None] | None = None, *, known: bool = True, **options: Any
    ) -> Reviewer:
        context = chromium.new_context(**{"viewport": {"width": 1366, "height": 768}, **options})
        if known:
            context.add_init_script("localStorage.setItem('wb-queue-known', 'yes')")
        page = context.new_page()
        if before is not None:
            before(page)
        opened.append((context, Reviewer(page, url)))
        return opened[-1][1].open()

    yield start
    for context, somebody in opened:
        context.close()
        hosts = {urlsplit(url).hostname for url in somebody.requests if not url.startswith(("data:", "blob:"))}
        assert hosts == {"127.0.0.1"}
        ours = [text for text in somebody.problems if "WebSocket connection" not in text]
        assert ours == []


@pytest.fixture
def log_of() -> Callable[[Path], list[Event]]:
    """Read the log from outside, while the page is open."""

    def read(folder: Path) -> list[Event]:
        store = Store(Workspace(folder).database_url)
        try:
            return store.events()
        finally:
            store.close()

    return read


@pytest.fixture
def office(served: tuple[Path, Any]) -> Path:
    """The round behind the page that the module keeps up (its fixture `served`), with an empty log."""
    folder = served[0]
    for old in folder.glob("review.sqlite*"):
        old.unlink()
    shutil.copyfile(folder / "fresh.sqlite", folder / "review.sqlite")
    return folder


# What the law asks for, and what axe-core advises beyond it.
ACCESSIBILITY = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture(scope="session")
def axe_findings() -> Callable[..., list[str]]:
    """Return what axe-core finds on a page: one text a rule, with the first elements."""
    script = Axe().axe_script

    def findings(page: Page, tags: tuple[str, ...] = ACCESSIBILITY) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        options = {"runOnly": {"type": "tag", "values": list(tags)}, "resultTypes": ["violations"]}
        return [
            f"{v['id']} ({v['impact']}): {json.dumps([n['html'][:160] for n in v['nodes'][:3]])}"
            for v in page.evaluate("options => axe.run(options).then((found) => found.violations)", options)
        ]

    return findings
