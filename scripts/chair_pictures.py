"""Take the pictures of the guide for the chair.

The real server in a headless Chromium, on a copy of the demo round of `make run` in which made-up assessors vote.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pictures import DEMO, empty_office, review_server, save
from scripts.simulated_office import cast_votes
from workbench.review import Store
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page


def chair(page: Page) -> None:
    """Take the chair's page, and what review is worth, when a third of the queue has been voted on."""
    with tempfile.TemporaryDirectory() as folder:
        office = voting_office(DEMO / "cirebon-2024", Path(folder) / "cirebon-2024")
        with review_server(office, "--as", "Dewi", "--screen", "chair") as address:
            page.goto(address)
            page.locator("[data-part=gate] li").first.wait_for(timeout=60_000)
            page.locator(".wc-curve").wait_for(timeout=60_000)
            save(page.screenshot(), "chair.png")
            save(page.locator("[data-part=curve]").screenshot(), "chair-value.png")


def voting_office(round_of: Path, folder: Path) -> Path:
    """Copy a round for an office where a third of the queue has been voted on and nothing else was decided."""
    empty_office(round_of, folder, Ani="Dinas Kesehatan")
    with closing(Store.of(Workspace(folder))) as store:
        cast_votes(store, cases=store.count_cases() // 3)
    return folder
