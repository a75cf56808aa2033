"""Take the pictures of the guide to the pleno.

The real server in a headless Chromium, on a copy of the demo round of `make run`, so that no vote is left in it.
"""

from __future__ import annotations

import secrets
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pictures import DEMO, empty_office, review_server, save
from workbench.review import Store
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page


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
    empty_office(round_of, folder, Budi="Pemerintah Kota Cirebon")
    with closing(Store.of(Workspace(folder))) as store:
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
