"""The chair's page in real Chromium, over a round in which several made-up assessors have voted."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from scripts.simulated_office import cast_votes
from workbench.review import Store
from workbench.review.progress import ProgressReader
from workbench.workspace import Workspace

PEOPLE = """people = [
  { name = "Ani", roles = ["assessor"], instansi = "Dinas Kesehatan" },
  { name = "Budi", roles = ["assessor"] },
  { name = "Citra", roles = ["assessor", "psychometrician"] },
  { name = "Dewi", roles = ["chair"] },
]"""


@pytest.fixture(scope="module")
def served(
    pekalongan: Path, tmp_path_factory: pytest.TempPathFactory, server_class: type[Any]
) -> Iterator[tuple[Path, Any]]:
    """The chair's page that stays up: the round with two votes a case, and the server."""
    folder = tmp_path_factory.mktemp("office") / "pekalongan-2024"
    shutil.copytree(pekalongan, folder)
    settings = folder / "workbench.toml"
    text = re.sub(r"(?m)^people = .*$", PEOPLE, settings.read_text(encoding="utf-8"))
    settings.write_text(text.replace("votes_required = 1", "votes_required = 2"), encoding="utf-8")
    with closing(Store.of(Workspace(folder))) as store:
        cast_votes(store, cases=14)
    server = server_class(folder, "--as", "Dewi", "--screen", "chair")
    shutil.copyfile(folder / "review.sqlite", folder / "fresh.sqlite")
    yield folder, server
    server.stop()


@pytest.fixture
def dewi(office: Path, served: tuple[Path, Any], reviewer: Callable[..., Any]) -> Any:
    """Dewi, who chairs, before the progress of the round."""
    somebody = reviewer(served[1].url)
    # The checklist and the findings are computed beside the page and come a moment later.
    expect(part(somebody.page, "gate").locator("li").first).to_be_visible(timeout=30_000)
    expect(part(somebody.page, "findings").locator(".wc-line")).to_contain_text("Sesuai", timeout=30_000)
    return somebody


def part(page: Page, name: str) -> Locator:
    return page.locator(f"[data-part={name}]")


def count(page: Page, status: str) -> int:
    return int(page.locator(f"tr[data-status={status}] td").first.inner_text())


def focused(page: Page) -> str:
    found = page.evaluate(
        "(e => e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent)(document.activeElement)"
    )
    return str(found).strip()


def tab_to(page: Page, name: str) -> None:
    for _step in range(60):
        page.keyboard.press("Tab")
        if focused(page).startswith(name):
            return
    raise AssertionError(name)


def test_the_chair_reads_everything_by_keyboard_alone(dewi: Any, office: Path) -> None:
    page = dewi.page
    with closing(Store.of(Workspace(office))) as store:
        progress = ProgressReader(store).read()
    assert {status: count(page, status) for status in progress.statuses} == progress.statuses

    # The list of parts leads to each part; the heading takes the focus.
    tab_to(page, "Gerbang rilis")
    page.keyboard.press("Enter")
    assert focused(page) == "Gerbang rilis"
    assert "workbench minutes pekalongan-2024 --as Dewi" in part(page, "gate").inner_text()

    # Another grouping, with the arrow keys.
    tab_to(page, "Kemajuan")
    page.keyboard.press("Enter")
    tab_to(page, "Rinci menurut")
    page.keyboard.press("ArrowDown")
    expect(part(page, "progress").get_by_role("region")).to_contain_text("Pengawas")
    assert focused(page).startswith("Rinci menurut")

    # Somebody votes meanwhile; asking anew shows it and keeps what was chosen.
    before = count(page, "new")
    with closing(Store.of(Workspace(office))) as store:
        case = next(c for c in store.cases() if c.case_id not in store.states())
        store.submit(
            actor="Ani",
            case_id=case.case_id,
            action="box",
            box=5,
            reason_code="evidence",
            reason="rahasia",
            confidence=2,
            idempotency_key="k" * 16,
        )
    tab_to(page, "Segarkan")
    page.keyboard.press("Enter")
    expect(dewi.status).to_have_text(re.compile(r"^Diperbarui pukul "))
    expect(page.locator("tr[data-status=new] td").first).to_have_text(str(before - 1))
    assert part(page, "progress").locator("select").input_value() == "jenjang"
    assert "rahasia" not in page.content()
    expect(part(page, "findings").locator(".wc-line")).to_contain_text("1 peristiwa terakhir")

    # Tables open with Enter and stay open when the page renews itself.
    tab_to(page, "Angka kurva sebagai tabel")
    page.keyboard.press("Enter")
    expect(part(page, "curve").locator("table")).to_be_visible()
    tab_to(page, "Hitung ulang: Temuan telaah")
    page.keyboard.press("Enter")
    expect(part(page, "findings").locator(".wc-line")).to_contain_text("Sesuai", timeout=15_000)
    assert focused(page).startswith("Hitung ulang: Temuan telaah")
    expect(part(page, "curve").locator("table")).to_be_visible()


def test_the_chair_works_with_the_mouse_and_the_page_renews_itself(dewi: Any, office: Path) -> None:
    page = dewi.page
    page.get_by_role("navigation", name="Bagian halaman").get_by_role("button", name="Orang dan peran").click()
    expect(part(page, "roles").locator("h2")).to_be_focused()
    expect(part(page, "roles").get_by_role("row", name=re.compile("^Dewi"))).to_contain_text("membuat berita acara")
    assert "memberi suara" not in part(page, "roles").get_by_role("row", name=re.compile("^Dewi")).inner_text()
    expect(part(page, "curve").get_by_role("img")).to_have_attribute("aria-label", re.compile("keliru di antara"))
    names = part(page, "people").locator("tbody th").all_inner_texts()
    assert names == ["Ani", "Budi", "Citra"]

    first = part(page, "findings").locator("summary").first
    first.click()
    expect(part(page, "findings").locator("table").first).to_be_visible()

    # Without being asked: at most ten seconds later the page knows what another process wrote.
    with closing(Store.of(Workspace(office))) as store:
        case = store.cases()[-1]
        store.claim(actor="Budi", case_id=case.case_id)
    held = part(page, "people").get_by_role("row", name=re.compile("^Budi")).locator("td").nth(4)
    expect(held).to_have_text("1", timeout=15_000)
    page.get_by_label(re.compile("perbarui sendiri")).uncheck()
    dewi.reload()
    expect(page.get_by_label(re.compile("perbarui sendiri"))).not_to_be_checked()


def test_nothing_is_in_the_way_of_anybody(
    dewi: Any, served: tuple[Path, Any], axe_findings: Callable[..., list[str]]
) -> None:
    page = dewi.page
    for width, height in ((1366, 768), (390, 844), (683, 384)):  # the last is 1366 x 768 at 200 %
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_findings(page) == []
        if width == 1366:
            for summary in page.locator("summary").all():
                summary.click()
    # A kernel that is gone is said, and the numbers are not taken for new.
    for kernel in served[1].kernels():
        os.kill(kernel.pid, signal.SIGKILL)
    expect(dewi.banner).to_be_visible(timeout=20_000)
    expect(dewi.banner).to_contain_text("tidak diperbarui lagi")
    assert axe_findings(page) == []


def test_somebody_who_may_not_see_it_gets_a_sentence(served: tuple[Path, Any], workbench: Callable[..., Any]) -> None:
    refused = workbench("review", served[0], "--as", "Ani", "--screen", "chair")
    assert refused.returncode == 2
    assert "Peran Ani (asesor) tidak boleh membuka halaman ketua" in refused.stderr
