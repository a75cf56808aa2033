"""The item page in real Chromium, on a real round."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from workbench.review.log import Event

Read = Callable[[Path], list[Event]]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

HOSTILE_CARD = (
    '<p onclick="window.hit=1">kartu yang dirusak</p><script>window.hit=1</script><iframe src="https://example.org"></iframe>'
    '<img src="https://example.org/x.png" onerror="window.hit=1"><a href="javascript:window.hit=1">y</a>'
    "<svg><script>window.hit=1</script></svg>"
)


@pytest.fixture(scope="module")
def served(
    pekalongan: Path,
    tmp_path_factory: pytest.TempPathFactory,
    copied_round: Callable[[Path, Path], Path],
    with_item_cards: Callable[[Path], Path],
    server_class: type[Any],
) -> Iterator[tuple[Path, Any]]:
    """One item page that stays up: the round, and the server."""
    folder = with_item_cards(copied_round(pekalongan, tmp_path_factory.mktemp("office") / "pekalongan-2024"))
    with closing(sqlite3.connect(folder / "review.sqlite")) as connection, connection:
        connection.execute("UPDATE items SET html = ? WHERE position = 4", (HOSTILE_CARD,))
    shutil.copyfile(folder / "review.sqlite", folder / "fresh.sqlite")
    server = server_class(folder, "--as", "Ani", "--screen", "items")
    yield folder, server
    server.stop()


@pytest.fixture
def ani(office: Path, served: tuple[Path, Any], reviewer: Callable[..., Any]) -> Any:
    """Ani before the items of a fresh round."""
    return reviewer(served[1].url)


def title(page: Page) -> str:
    return page.locator(".wi-title h2").text_content() or ""


def selected(page: Page) -> str:
    return page.locator("[role=option][aria-selected=true] b").text_content() or ""


def test_items_are_decided_by_keyboard_alone_and_a_reload_shows_it(
    ani: Any, office: Path, log_of: Read, workbench: Callable[..., Any]
) -> None:
    page = ani.page
    first = selected(page)
    expect(page.locator(".wi-title h2")).to_have_text(f"Butir {first}")
    expect(page.locator(".wi-html svg")).to_be_visible()

    # Change the key: 3 goes to the options, an arrow chooses, Tab goes on to the reason, Enter saves.
    ani.press("3")
    expect(page.locator(".wi-options input:focus")).to_be_visible()
    expect(page.locator(".wi-later")).to_contain_text("belum mengubah skor siapa pun")
    ani.press("ArrowRight", "Tab")
    page.keyboard.insert_text("opsi lain dipilih orang yang mampu")
    ani.press("Enter")
    expect(ani.status).to_have_text(f"Keputusan untuk butir {first} tersimpan sebagai peristiwa 1.")
    second = selected(page)
    assert second != first

    # The focus is back in the list: j and k walk, 5 drops the item.
    ani.press("j", "k")
    expect(page.locator(".wi-title h2")).to_have_text(f"Butir {second}")
    ani.press("5")
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.insert_text("naskah bocor")
    ani.press("Enter")
    expect(ani.status).to_have_text(f"Keputusan untuk butir {second} tersimpan sebagai peristiwa 2.")
    rekeyed, dropped = log_of(office)
    assert rekeyed.payload is not None
    assert dropped.payload is not None
    assert (rekeyed.actor, rekeyed.role, rekeyed.payload["item_id"]) == ("Ani", "psychometrician", first)
    assert rekeyed.payload["option"] not in ("", rekeyed.payload["key"])
    assert (dropped.payload["action"], dropped.payload["reason"]) == ("drop", "naskah bocor")

    ani.reload()
    expect(ani.done).to_have_text(re.compile("^2 dari"))
    expect(page.locator(".wi-now")).to_contain_text(f"ganti kunci menjadi {rekeyed.payload['option']}, oleh Ani")
    expect(page.locator("[role=option]").first).to_contain_text("✓ Ganti kunci")
    finished = workbench("verify", office)
    assert finished.returncode == 0, finished.stderr
    assert "2 peristiwa" in finished.stdout


def test_every_control_is_reached_by_tab_and_an_incomplete_decision_says_what_is_missing(
    ani: Any, office: Path, log_of: Read
) -> None:
    reached = []
    for _step in range(20):
        ani.press("Tab")
        reached.append(
            ani.page.evaluate("document.activeElement.getAttribute('role') || document.activeElement.tagName")
        )
    assert {"SELECT", "listbox", "INPUT", "TEXTAREA", "BUTTON"} <= set(reached)
    save = ani.page.get_by_role("button", name="Simpan")
    save.click()
    expect(ani.status).to_have_text(re.compile("^Pilih keputusan"))
    ani.page.get_by_label("Ganti kunci").check()
    save.click()
    expect(ani.status).to_have_text("Pilih opsi yang menjadi kunci baru.")
    ani.page.locator(".wi-options input").first.check()
    save.click()
    expect(ani.status).to_have_text(re.compile("^Tulis alasan"))
    assert log_of(office) == []


def test_a_decision_is_withdrawn_and_its_record_stays(ani: Any, office: Path, log_of: Read) -> None:
    page, first = ani.page, selected(ani.page)
    ani.press("1")
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.insert_text("sudah dibaca ulang")
    ani.press("Enter")
    expect(ani.done).to_have_text(re.compile("^1 dari"))
    ani.press("Home")
    expect(page.locator(".wi-title h2")).to_have_text(f"Butir {first}")
    page.get_by_role("button", name="Batalkan keputusan").click()
    expect(ani.done).to_have_text(re.compile("^0 dari"))
    expect(page.locator(".wi-now")).to_contain_text("Belum diputuskan.")
    expect(page.locator(".wi-now summary")).to_have_text("Keputusan sebelumnya (1)")
    assert [event.kind for event in log_of(office)] == ["item_decision", "item_undo"]


def test_who_changes_is_asked_before_two_options_are_made_right(
    ani: Any, office: Path, log_of: Read, workbench: Callable[..., Any]
) -> None:
    page = ani.page
    page.get_by_label("Instrumen").select_option("potensi")
    item = selected(page)
    expect(page.locator(".wi-title h2")).to_have_text(f"Butir {item}")
    asked = page.locator(".wi-asked")
    page.locator(".wi-list").focus()
    ani.press("1", "Escape", "s")
    expect(ani.status).to_have_text(re.compile("^Pilih gugurkan, ganti kunci, atau kunci ganda"))
    expect(asked).to_be_hidden()

    # 4 is the double key; the space bar takes the option that has the focus, S asks, with the keyboard alone.
    ani.press("4", "Space", "s")
    sentence = asked.get_by_role("status")
    expect(sentence).to_have_text(re.compile(f"^Bila opsi . butir {item} juga benar, "), timeout=120_000)
    expect(ani.banner).to_be_hidden()
    expect(asked).to_contain_text("Langkah pertama: parameter butir tetap")
    assert log_of(office) == []
    for width, height in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    # With the mouse: dropping is another question, and what was shown for the first one goes.
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("radio", name="Gugurkan").check()
    expect(asked).to_be_hidden()
    page.get_by_role("button", name="Siapa berubah?").click()
    expect(sentence).to_have_text(re.compile(f"^Bila butir {item} dihapus, "), timeout=120_000)
    page.get_by_role("button", name="Tutup").click()
    expect(page.get_by_role("button", name="Siapa berubah?")).to_be_focused()

    page.get_by_label("Kunci ganda").check()
    page.locator(".wi-options input:not(:disabled)").first.check()
    page.locator("textarea").fill("dua opsi sama benarnya")
    ani.press("Enter")
    expect(ani.status).to_have_text(re.compile("tersimpan sebagai peristiwa 1"))
    (event,) = log_of(office)
    assert event.payload is not None
    assert (event.payload["action"], event.payload["item_id"]) == ("double_key", item)
    assert event.payload["option"] not in ("", event.payload["key"])
    expect(page.locator("[role=option]").first).to_contain_text("✓ Kunci ganda")
    assert workbench("verify", office).returncode == 0


def test_filters_narrow_the_list_and_bring_the_first_match(ani: Any) -> None:
    page = ani.page
    everything = page.locator("[role=option]").count()
    page.get_by_label("Saran").select_option("drop")
    expect(page.locator("[role=option]")).to_have_count(1)
    expect(page.locator(".wi-title h2")).to_have_text(f"Butir {selected(page)}")
    expect(page.locator(".wi-title")).to_contain_text("gugurkan")
    page.get_by_label("Saran").select_option("")
    page.get_by_label("Skala").select_option(index=1)
    assert 0 < page.locator("[role=option]").count() < everything


def test_what_was_typed_survives_a_killed_kernel(
    ani: Any, served: tuple[Path, Any], office: Path, log_of: Read
) -> None:
    page = ani.page
    ani.press("2")
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.insert_text("diketik sebelum kernel mati")
    ani.press("Enter")
    expect(ani.done).to_have_text(re.compile("^1 dari"))
    second = selected(page)
    expect(page.locator(".wi-title h2")).to_have_text(f"Butir {second}")
    for kernel in served[1].kernels():
        os.kill(kernel.pid, signal.SIGKILL)
    expect(ani.banner).to_be_visible(timeout=20_000)
    ani.press("2")
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.insert_text("diketik sesudahnya")
    ani.press("Enter")
    expect(ani.status).to_have_text(re.compile("^Belum tersimpan"), timeout=20_000)
    assert [e.payload["reason"] for e in log_of(office) if e.payload] == ["diketik sebelum kernel mati"]
    ani.reload()
    ani.press("ArrowDown")
    expect(page.locator(".wi-title h2")).to_have_text(f"Butir {second}")
    assert page.locator("textarea").input_value() == "diketik sesudahnya"
    page.locator("textarea").press("Enter")
    expect(ani.done).to_have_text(re.compile("^2 dari"))
    assert len(log_of(office)) == 2


def test_nothing_is_in_the_way_of_anybody(ani: Any) -> None:
    page = ani.page
    for width, height in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        ani.press("Escape", "3")
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == 1366:
            assert page.evaluate("document.documentElement.scrollHeight") <= height


def test_a_card_brings_no_script(served: tuple[Path, Any], chromium: Any) -> None:
    # A context of its own: that the content policy speaks up as well is no failure here.
    page = chromium.new_page()
    page.goto(served[1].url)
    page.locator(".wb[data-ready=yes]").wait_for(timeout=90_000)
    for _step in range(3):
        page.keyboard.press("j")
    expect(page.locator(".wi-html")).to_contain_text("kartu yang dirusak")
    for kind in ("script", "[onclick]", "[onerror]", "[href]", "img[src]", "iframe"):
        assert page.locator(f".wi-html {kind}").count() == 0, kind
    page.locator(".wi-html p").click()
    assert page.evaluate("window.hit") is None
    page.close()
