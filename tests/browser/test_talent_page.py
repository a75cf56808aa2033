"""The talent explorer in real Chromium, on a real round."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from workbench.workspace import Workspace


@pytest.fixture(scope="module")
def served(
    pekalongan: Path,
    tmp_path_factory: pytest.TempPathFactory,
    copied_round: Callable[[Path, Path], Path],
    server_class: type[Any],
) -> Iterator[tuple[Path, Any]]:
    """One explorer that stays up: the round, and the server. Nothing on this page changes the round."""
    folder = copied_round(pekalongan, tmp_path_factory.mktemp("office") / "pekalongan-2024")
    server = server_class(folder, "--as", "Ani", "--screen", "talent")
    yield folder, server
    server.stop()


@pytest.fixture
def ani(served: tuple[Path, Any], reviewer: Callable[..., Any]) -> Any:
    """Ani before the explorer."""
    return reviewer(served[1].url)


def tab_to(ani: Any, wanted: str, most: int = 60) -> None:
    """Press Tab until the focus is on an element that matches."""
    for _step in range(most):
        if ani.page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return
        ani.press("Tab")
    raise AssertionError(f"{wanted} was not reached by Tab")


def said(page: Page) -> Any:
    return page.locator("#wt-people .wt-said")


def test_boxes_people_and_comparison_by_keyboard_alone(ani: Any, served: tuple[Path, Any]) -> None:
    page, boxes = ani.page, Workspace(served[0]).read("boxes")
    expect(said(page)).to_have_text(re.compile(f"^Semua kotak: {len(boxes)} orang"))
    expect(page.locator(".wb-top .wt-mark")).to_have_text("DRAF")

    # Box 9, then with an arrow its neighbour, box 7: Enter chooses, the focus stays.
    tab_to(ani, "[data-box='4']")
    ani.press("ArrowRight", "Enter")
    expect(said(page)).to_have_text(re.compile(f"^Kotak 7: {int((boxes['box'] == 7).sum())} orang"))
    expect(page.locator("[data-box='7']")).to_have_attribute("aria-pressed", "true")
    ani.press("ArrowRight", " ")
    inside = boxes["box"].isin([7, 9])
    expect(said(page)).to_have_text(re.compile(f"^Kotak 7, 9: {int(inside.sum())} orang"))

    # Sort by potensial, both ways.
    tab_to(ani, "[data-sort='potensial']")
    ani.press("Enter")
    head = page.locator("th", has=page.locator("[data-sort='potensial']"))
    expect(head).to_have_attribute("aria-sort", "descending")
    best = boxes[inside].sort_values(["potensial"], ascending=False).iloc[0]["participant_id"]
    expect(page.locator("tbody [data-person]").first).to_have_text(best)
    ani.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("[data-sort='potensial']")).to_be_focused()

    # Two people into the comparison by their ticks, one card in between.
    tab_to(ani, "[data-pick]")
    ani.press(" ")
    expect(page.get_by_role("tab", name="Bandingkan (1)")).to_be_visible()
    ani.press("Tab", "Enter")
    expect(page.locator("dialog[open] h2")).to_have_text(re.compile("^Kartu P"))
    ani.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    ani.press("Tab", " ")
    page.get_by_role("tab", name="Orang").focus()
    ani.press("ArrowRight", "ArrowRight")
    expect(page.get_by_role("tab", name="Bandingkan (2)")).to_be_focused()
    expect(page.locator("#wt-compare .wt-differences li").first).to_contain_text("galat")
    expect(page.locator("#wt-compare table").first.locator("thead th")).to_have_count(3)


def test_filters_cards_and_vacancies_with_the_mouse(ani: Any, served: tuple[Path, Any]) -> None:
    page, boxes = ani.page, Workspace(served[0]).read("boxes")
    page.get_by_role("button", name="Hanya kumpulan talenta").click()
    pool = int(boxes["box"].isin([7, 8, 9]).sum())
    expect(said(page)).to_have_text(re.compile(f"^Kotak 7, 8, 9: {pool} orang"))
    page.get_by_label("Peluang di kumpulan, paling kecil (%)").fill("90")
    sure = int((boxes["box"].isin([7, 8, 9]) & (boxes["p_pool"] >= 0.9)).sum())
    expect(said(page)).to_have_text(re.compile(f"^Kotak 7, 8, 9: {sure} orang"))
    page.get_by_role("button", name="Hapus saringan").click()
    expect(said(page)).to_have_text(re.compile(f"^Semua kotak: {len(boxes)} orang"))
    page.get_by_role("button", name="Halaman berikutnya").click()
    expect(said(page)).to_contain_text("halaman 2 dari")
    expect(page.locator("#wt-people tbody tr")).to_have_count(50)
    page.get_by_label("Penempatan").select_option("no")
    expect(page.locator("#wt-people td.none").first).to_be_visible()
    page.get_by_label("Jabatan atau unit memuat").fill("tidak ada yang begini")
    expect(page.locator("#wt-people .wt-table")).to_contain_text("Tidak ada orang dengan saringan ini")

    # From a vacancy to a candidate, and from the candidate's card to the vacancies.
    page.get_by_role("tab", name="Lowongan").click()
    matches = Workspace(served[0]).read("vacancy_matches")
    code = str(matches["vacancy"].iloc[0])
    page.locator("#wt-vacancy select").select_option(code)
    best = matches[matches["vacancy"] == code].iloc[0]["participant_id"]
    expect(page.locator("#wt-vacancy tbody [data-person]").first).to_have_text(best)
    page.locator("#wt-vacancy tbody [data-person]").first.click()
    expect(page.locator("dialog[open]")).to_contain_text(f"{code} · ")
    page.get_by_role("button", name="Tambahkan ke perbandingan").click()
    expect(page.get_by_role("button", name="Keluarkan dari perbandingan")).to_be_visible()
    page.get_by_role("button", name="Tutup").click()
    ticks = page.locator("#wt-vacancy [data-pick]")
    expect(ticks.first).to_be_checked()
    for number in (1, 2):
        ticks.nth(number).click()
    ticks.nth(3).click()
    expect(ani.status).to_have_text("Paling banyak 3 orang; keluarkan satu dahulu.")
    expect(ticks.nth(3)).not_to_be_checked()


def test_nothing_is_in_the_way_of_anybody(ani: Any, axe_findings: Callable[..., list[str]]) -> None:
    page = ani.page

    def sound(width: int) -> None:
        assert axe_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def list_and_picks() -> None:
        page.get_by_role("tab", name="Orang").click()
        page.get_by_role("button", name="Hanya kumpulan talenta").click()
        expect(said(page)).to_contain_text("Kotak 7, 8, 9")
        for number in (0, 1):
            page.locator("#wt-people [data-pick]").nth(number).check()

    def card() -> None:
        page.locator("[role=tabpanel]:visible [data-person]").first.click()
        expect(page.locator("dialog[open]")).to_be_visible()

    list_and_picks()
    page.locator("summary").first.click()
    sound(1366)
    page.locator("summary").first.click()
    assert page.evaluate("document.documentElement.scrollHeight") <= 768
    page.get_by_role("tab", name="Bandingkan (2)").click()
    expect(page.locator("#wt-compare table").first).to_be_visible()
    sound(1366)
    page.get_by_role("tab", name="Lowongan").click()
    page.locator("#wt-vacancy select").select_option(index=1)
    expect(page.locator("#wt-vacancy table")).to_be_visible()
    sound(1366)
    card()
    sound(1366)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    list_and_picks()
    sound(390)
    card()
    sound(390)
