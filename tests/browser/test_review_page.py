"""The review page in real Chromium, on a real round."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import WebSocketRoute, expect

from workbench.review import Store
from workbench.review.log import Event
from workbench.workspace import Workspace

Read = Callable[[Path], list[Event]]


@pytest.fixture(scope="module")
def served(
    pekalongan: Path,
    tmp_path_factory: pytest.TempPathFactory,
    copied_round: Callable[[Path, Path], Path],
    server_class: type[Any],
) -> Iterator[tuple[Path, str]]:
    """One page that stays up for the tests that neither stop it nor kill its kernel: the round, and the address."""
    folder = copied_round(pekalongan, tmp_path_factory.mktemp("office") / "pekalongan-2024")
    shutil.copyfile(folder / "review.sqlite", folder / "fresh.sqlite")
    server = server_class(folder, "--as", "Ani")
    yield folder, server.url
    server.stop()


@pytest.fixture
def ani(office: Path, served: tuple[Path, str], reviewer: Callable[..., Any]) -> Any:
    """Ani before a fresh round."""
    return reviewer(served[1])


def test_a_vote_by_keyboard_alone_arrives_in_the_log(ani: Any, office: Path, log_of: Read) -> None:
    expect(ani.case).to_have_text("Kasus 1")
    said = ani.vote("8", "Level konsisten pada delapan kompetensi", code="s")
    assert said.startswith("Suara untuk kasus 1 tersimpan sebagai peristiwa 1.")
    assert said.endswith("Salah? U membatalkannya.")
    (event,) = log_of(office)
    assert (event.seq, event.actor, event.kind) == (1, "Ani", "vote")
    assert event.payload is not None
    chosen = {name: event.payload[name] for name in ("action", "box", "reason_code", "reason", "confidence")}
    assert chosen == {
        "action": "box",
        "box": 8,
        "reason_code": "level",
        "reason": "Level konsisten pada delapan kompetensi",
        "confidence": 2,
    }
    expect(ani.case).to_have_text("Kasus 2")
    expect(ani.done).to_have_text(re.compile(r"1 dari \d+ selesai"))
    assert ani.chosen == []
    assert ani.reason.input_value() == ""
    ani.vote("3", "Kasus kedua tanpa tetikus")
    assert [e.payload["box"] for e in log_of(office) if e.payload] == [8, 3]


def test_the_log_has_the_vote_before_the_screen_changes(ani: Any, office: Path, log_of: Read) -> None:
    for number in range(1, 4):
        ani.vote("5", f"kasus ke-{number}")
        assert len(log_of(office)) == number


def test_a_killed_kernel_loses_nothing(
    own_pekalongan: Path, review_server: Callable[..., Any], reviewer: Callable[..., Any], log_of: Read
) -> None:
    server = review_server(own_pekalongan, "--as", "Ani")
    ani = reviewer(server.url)
    ani.vote("8", "suara sebelum kernel mati")
    for kernel in server.kernels():
        os.kill(kernel.pid, signal.SIGKILL)
    events = log_of(own_pekalongan)
    assert [e.payload["reason"] for e in events if e.payload] == ["suara sebelum kernel mati"]
    expect(ani.banner).to_be_visible(timeout=20_000)
    assert "terputus" in (ani.banner.text_content() or "")

    ani.press("Escape", "4", "d")
    ani.page.keyboard.insert_text("diketik setelah kernel mati")
    ani.press("Enter")
    expect(ani.status).to_have_text(re.compile("Belum tersimpan"), timeout=20_000)
    assert len(log_of(own_pekalongan)) == 1

    ani.reload()
    expect(ani.banner).to_be_hidden()
    expect(ani.case).to_have_text("Kasus 2")
    expect(ani.done).to_have_text(re.compile("^1 dari"))
    assert ani.reason.input_value() == "diketik setelah kernel mati"
    assert ani.chosen == ["4"]
    ani.press("Escape", "Enter")
    expect(ani.case).to_have_text("Kasus 3")
    assert [e.payload["box"] for e in log_of(own_pekalongan) if e.payload] == [8, 4]
    finished = subprocess.run(
        [sys.executable, "-m", "workbench", "verify", str(own_pekalongan)], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("when", ["before", pytest.param("on its way", marks=pytest.mark.slow)])
def test_a_vote_while_the_server_dies_arrives_once(
    own_pekalongan: Path,
    review_server: Callable[..., Any],
    reviewer: Callable[..., Any],
    log_of: Read,
    when: str,
) -> None:
    server = review_server(own_pekalongan, "--as", "Ani")
    ani = reviewer(server.url)
    mortal = [*psutil.Process(server.process.pid).children(recursive=True), server.process]

    def vote() -> None:
        ani.press("Escape", "4", "d")
        ani.page.keyboard.insert_text("diketik ketika mesin mati")
        ani.press("Enter")

    if when == "on its way":
        for kernel in server.kernels():
            kernel.suspend()
        vote()
        expect(ani.status).to_have_text(re.compile("Menyimpan"))
    for process in mortal:
        process.kill()
    expect(ani.banner).to_be_visible(timeout=20_000)
    if when == "before":
        vote()
    expect(ani.status).to_have_text(re.compile("Belum tersimpan"), timeout=20_000)
    again = review_server(own_pekalongan, "--as", "Ani", "--port", str(server.port))
    assert again.port == server.port
    ani.reload()
    expect(ani.banner).to_be_hidden()
    expect(ani.status).to_have_text("Isian yang belum tersimpan dipulihkan.")
    ani.press("Escape", "Enter")
    expect(ani.case).to_have_text("Kasus 2")
    (event,) = log_of(own_pekalongan)
    assert event.payload is not None
    assert (event.payload["box"], event.payload["reason"]) == (4, "diketik ketika mesin mati")
    ani.reload()
    expect(ani.done).to_have_text(re.compile("^1 dari"))
    assert (ani.chosen, ani.reason.input_value()) == ([], "")


def test_a_frozen_kernel_is_noticed_and_its_answer_counts_once(
    own_pekalongan: Path, review_server: Callable[..., Any], reviewer: Callable[..., Any], log_of: Read
) -> None:
    server = review_server(own_pekalongan, "--as", "Ani")
    ani = reviewer(server.url)
    (kernel,) = server.kernels()
    kernel.suspend()
    ani.press("Escape", "7", "a")
    ani.page.keyboard.insert_text("kernel sedang membeku")
    ani.press("Enter")
    expect(ani.banner).to_be_visible(timeout=30_000)
    assert log_of(own_pekalongan) == []
    kernel.resume()
    # The page sends the vote again, the old message arrives as well: the key makes them one.
    expect(ani.case).to_have_text("Kasus 2", timeout=30_000)
    expect(ani.banner).to_be_hidden()
    ani.page.wait_for_timeout(3000)
    assert len(log_of(own_pekalongan)) == 1


@pytest.mark.parametrize("lost", ["vote", "acknowledgement"])
def test_a_message_lost_on_the_way_is_sent_again_and_counts_once(
    office: Path, served: tuple[Path, str], reviewer: Callable[..., Any], log_of: Read, lost: str
) -> None:
    swallowed = []

    def swallow_first(message: str | bytes, sign: str) -> bool:
        found = sign in str(message) and not swallowed
        swallowed.extend([message] * found)
        return found

    def between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        sign_out, sign_in = ('"kind":"vote"', "\0") if lost == "vote" else ("\0", '"acknowledged"')
        route.on_message(lambda message: None if swallow_first(message, sign_out) else server.send(message))
        server.on_message(lambda message: None if swallow_first(message, sign_in) else route.send(message))

    ani = reviewer(served[1], before=lambda page: page.route_web_socket(re.compile("/channels"), between))
    ani.vote("7", "hilang di jalan")
    assert len(swallowed) == 1
    assert [e.payload["reason"] for e in log_of(office) if e.payload] == ["hilang di jalan"]


def test_a_reload_continues_where_the_reviewer_was(ani: Any) -> None:
    ani.vote("5", "sesuai bukti")
    ani.press("Escape", "r", "f")
    ani.page.keyboard.insert_text("setengah alasan")
    ani.reload()
    expect(ani.case).to_have_text("Kasus 2")
    assert (ani.chosen, ani.reason.input_value()) == (["retest"], "setengah alasan")
    expect(ani.status).to_have_text("Isian yang belum tersimpan dipulihkan.")
    expect(ani.page.locator("input[name=wb-code][value=quality]")).to_be_checked()


def test_undo_takes_back_the_last_vote_and_gives_its_words_back(ani: Any, office: Path, log_of: Read) -> None:
    ani.vote("5", "salah tekan")
    ani.press("Escape", "u")
    expect(ani.case).to_have_text("Kasus 1")
    expect(ani.status).to_have_text("Suara untuk kasus 1 dibatalkan.")
    assert ani.reason.input_value() == "salah tekan"
    ani.press("Escape", "u")
    expect(ani.status).to_have_text("Belum ada suara Anda pada kasus ini.")
    ani.press("6", "Enter")
    expect(ani.case).to_have_text("Kasus 2")
    kinds = [(e.kind, (e.payload or {}).get("box")) for e in log_of(office)]
    assert kinds == [("vote", 5), ("undo", None), ("vote", 6)]


def test_an_incomplete_vote_says_what_is_missing(ani: Any, office: Path, log_of: Read) -> None:
    ani.press("Enter")
    expect(ani.status).to_have_text(re.compile("Pilih kotak"))
    ani.press("5", "Enter")
    expect(ani.status).to_have_text("Pilih kode alasan.")
    ani.press("Escape", "a", "x", "Enter")
    expect(ani.status).to_have_text(re.compile("Tulis alasan"))
    assert ani.page.locator(".wb-reason.missing").count() == 1
    assert log_of(office) == []


def test_jump_filter_and_own_votes(ani: Any, office: Path) -> None:
    store = Store(Workspace(office).database_url)
    tiers = {c.jenjang: c.content["jenjang"] for c in store.cases()}
    inside = [c.position for c in store.cases() if c.jenjang == "pengawas"]
    store.close()
    ani.vote("t", "menunggu berkas")
    ani.vote("5", "sesuai bukti")
    assert ani.page.locator(".wb-own li span").all_text_contents() == ["Kasus 2: kotak 5", "Kasus 1: tunda"]
    expect(ani.done).to_have_text(re.compile("^1 dari"))
    field = ani.page.get_by_label("Kasus nomor")
    field.fill("9")
    field.press("Enter")
    expect(ani.case).to_have_text("Kasus 9")
    field.fill("999")
    field.press("Enter")
    expect(ani.status).to_have_text(re.compile("Kasus nomor 999 tidak ada"))
    choose = ani.page.get_by_role("combobox", name="Jenjang")
    choose.select_option(label=tiers["pengawas"])
    expect(ani.done).to_have_text(re.compile(f"dari {len(inside)} selesai"))
    assert int((ani.case.text_content() or "").split()[1]) in inside
    ani.page.get_by_role("button", name="Semua suara saya (2)").click()
    rows = ani.page.locator("dialog tbody tr")
    expect(rows).to_have_count(2)
    rows.nth(0).get_by_role("button").click()
    expect(ani.case).to_have_text("Kasus 2")
    expect(ani.status).to_have_text(re.compile("sudah memberi suara"))
    assert ani.chosen == ["5"]


def test_shortcuts_can_be_switched_off_and_act_in_the_form_only(ani: Any) -> None:
    ani.page.evaluate("document.activeElement.blur()")
    ani.press("7")
    assert ani.chosen == []
    ani.press("Escape", "7")
    assert ani.chosen == ["7"]
    ani.reason.focus()
    ani.page.keyboard.type("5 r t u")
    assert (ani.chosen, ani.reason.input_value()) == (["7"], "5 r t u")
    switch = ani.page.get_by_label("tombol pintas")
    switch.uncheck()
    ani.press("3", "r", "a")
    assert ani.chosen == ["7"]
    assert ani.page.locator("input[name=wb-code]:checked").count() == 0
    assert ani.reason.input_value() == "5 r t u"
    ani.reload()
    expect(ani.page.get_by_label("tombol pintas")).not_to_be_checked()
    ani.press("Escape", "2")
    assert ani.chosen == ["7"]
    ani.page.get_by_role("button", name="Kotak 2", exact=True).press("Enter")
    assert ani.chosen == ["2"]


def test_two_people_take_turns_at_once_and_see_nothing_of_each_other(
    own_pekalongan: Path, review_server: Callable[..., Any], reviewer: Callable[..., Any], log_of: Read
) -> None:
    ani = reviewer(review_server(own_pekalongan, "--as", "Ani").url)
    budi = reviewer(review_server(own_pekalongan, "--as", "Budi").url)
    ani.vote("8", "rahasia ani")
    budi.vote("5", "rahasia budi")
    ani.vote("7", "rahasia ani dua")
    assert [(e.actor, e.payload["box"]) for e in log_of(own_pekalongan) if e.payload] == [
        ("Ani", 8),
        ("Budi", 5),
        ("Ani", 7),
    ]
    budi.reload()
    assert "Penelaah: Budi" in budi.page.content()
    assert "rahasia ani" not in budi.page.content()
    budi.page.get_by_role("button", name="Semua suara saya (1)").click()
    expect(budi.page.locator("dialog tbody tr")).to_have_count(1)
    assert "rahasia ani" not in budi.page.content()
    store = Store(Workspace(own_pekalongan).database_url)
    case_id = store.case_heads()[0][0]
    assert store.state(case_id).status == "conflict"
    store.close()


def test_usable_within_six_seconds(ani: Any, record_property: Callable[[str, object], None]) -> None:
    def seconds() -> float:
        started = time.perf_counter()
        ani.reload()
        ani.press("Escape", "6")
        expect(ani.page.locator(".wb-box[data-choice='6']")).to_have_attribute("aria-pressed", "true")
        return time.perf_counter() - started

    figure = min(seconds() for _ in range(3))
    # On a machine that is busy with other things the bare start of such an interpreter says how much slower it is.
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import ipykernel.kernelapp, workbench.apps.queue.view"], check=True)
    bare = time.perf_counter() - started
    record_property("usable_seconds", round(figure, 2))
    print(f"usable after {figure:.2f} s; bare start of the kernel {bare:.2f} s")
    assert figure < max(6.0, 5 * bare)


LOOK = """() => ({
  page: [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight],
  cards: [...document.querySelectorAll('.wb-card,.wb-form')].map((e) => e.scrollHeight - e.clientHeight),
  cut: [...document.querySelectorAll('.wb button,.wb label,.wb dd,.wb th,.wb td,.wb p,.wb h2,.wb .axis')]
    .filter((e) => e.offsetParent && !e.closest('.hidden') && getComputedStyle(e).display !== 'inline')
    .filter((e) => e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.outerHTML.slice(0, 120)),
})"""


def test_every_case_fits_an_office_laptop_without_scrolling(ani: Any) -> None:
    for _ in range(4):
        ani.vote("t", "supaya daftar suara terisi")
    total = int((ani.done.text_content() or "").split()[2])
    for number in [*range(5, total + 1), *range(1, 5)]:  # the postponed come last
        expect(ani.case).to_have_text(f"Kasus {number}")
        seen = ani.page.evaluate(LOOK)
        assert max(seen["page"]) <= 0, (number, seen)
        assert max(seen["cards"]) <= 1, (number, seen)
        assert seen["cut"] == [], (number, seen)
        ani.page.get_by_role("button", name="Kasus berikutnya").click()


def test_at_twice_the_size_nothing_is_lost(
    office: Path, served: tuple[Path, str], reviewer: Callable[..., Any], log_of: Read
) -> None:
    ani = reviewer(served[1], viewport={"width": 683, "height": 384}, device_scale_factor=2)
    seen = ani.page.evaluate(LOOK)
    assert seen["page"][0] <= 0, seen
    assert seen["cut"] == [], seen
    # Reading begins at the top of the case; Esc goes to the decision.
    assert ani.page.evaluate("document.activeElement.tagName") == "H2"
    ani.vote("8", "dengan pembesaran")
    assert len(log_of(office)) == 1
    assert ani.page.evaluate("document.activeElement.textContent") == "Kasus 2"
    ani.page.set_viewport_size({"width": 320, "height": 640})
    assert ani.page.evaluate(LOOK)["page"][0] <= 0


def test_the_focus_can_be_seen(ani: Any) -> None:
    for _ in range(25):
        ani.press("Tab")
        width = ani.page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return e === document.body ? 9 : s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth); })()"
        )
        assert width >= 2, ani.page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def test_the_page_speaks_the_language_of_the_workspace(
    own_pekalongan: Path, review_server: Callable[..., Any], reviewer: Callable[..., Any], root: Path
) -> None:
    settings = own_pekalongan / "workbench.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace('locale = "id"', 'locale = "en"'), encoding="utf-8"
    )
    page = reviewer(review_server(own_pekalongan).url).page
    assert page.evaluate("document.documentElement.lang") == "en"
    assert re.search(r"\d+\.\d ± \d+\.\d", page.locator(".wb-facts").text_content() or "")
    # The component holds no words of its own, or the page could not speak another language.
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((root / "workbench" / "apps").rglob("*.js")))
    texts = re.findall(r"\"([^\"\n]*)\"", re.sub(r"//.*", "", code))
    assert [
        text for text in texts if re.search(r"[A-Z][a-z]+ [a-z]{3,}|\b(kasus|kotak|suara|pilih|alasan)\b", text)
    ] == []


def test_names_from_outside_stay_text(
    three_instansi: Path,
    hostile: tuple[str, tuple[str, ...]],
    tmp_path: Path,
    copied_round: Callable[[Path, Path], Path],
    review_server: Callable[..., Any],
    reviewer: Callable[..., Any],
) -> None:
    folder = copied_round(three_instansi, tmp_path / "tiga")
    page = reviewer(review_server(folder, "--as", "Ani").url).page
    page.get_by_role("combobox", name="Instansi").select_option(label=hostile[0])
    expect(page.locator(".wb-person dd", has_text=hostile[0])).to_be_visible()
    assert page.locator(".wb script, .wb img, .wb iframe").count() == 0


def test_a_page_that_cannot_be_prepared_says_why(
    own_pekalongan: Path, review_server: Callable[..., Any], chromium: Any
) -> None:
    server = review_server(own_pekalongan)
    (own_pekalongan / "workbench.toml").unlink()
    page = chromium.new_page()
    page.goto(server.url)
    alert = page.get_by_role("alert")
    expect(alert).to_have_text(re.compile("tidak dapat disiapkan"), timeout=60_000)
    assert "workbench.toml" in (alert.text_content() or "")
    expect(page.get_by_role("status")).to_be_hidden()
    page.close()
