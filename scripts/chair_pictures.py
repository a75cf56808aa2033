"""Take the pictures of the guide for the chair.

The real server in a headless Chromium, on a copy of the demo round of `make run` in which made-up assessors vote.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pictures import DEMO, review_server, save
from scripts.simulated_office import cast_votes
from workbench.review import Store
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page

OFFICE = """people = [
  { name = "Ani", roles = ["assessor"], instansi = "Dinas Kesehatan" },
  { name = "Budi", roles = ["assessor"] },
  { name = "Citra", roles = ["assessor"] },
  { name = "Dewi", roles = ["chair"] },
  { name = "Eko", roles = ["secretary"] },
]"""


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
    """Copy a round for an office with roles and two votes a case, where nothing else was decided, and let it vote."""
    shutil.copytree(round_of, folder, ignore=shutil.ignore_patterns("review.sqlite*"))
    settings = folder / "workbench.toml"
    text = re.sub(r"(?m)^people = .*$", OFFICE, settings.read_text(encoding="utf-8"))
    settings.write_text(re.sub(r"(?m)^votes_required = .*$", "votes_required = 2", text), encoding="utf-8")
    with closing(Store(Workspace(round_of).database_url)) as before, closing(Store.of(Workspace(folder))) as store:
        store.replace_cases(before.cases(), run=before.run())
        cast_votes(store, cases=store.count_cases() // 3)
    return folder
