"""Everything that the case page offers, by keyboard alone and by mouse alone, as a person who never saw it does it."""

from __future__ import annotations

import re
import shutil
import statistics
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from workbench.review import Store
from workbench.review.log import Event
from workbench.review.store import Case
from workbench.workspace import Workspace

Read = Callable[[Path], list[Event]]
HIDDEN, UNSURE = 2, 3  # positions: the stated box comes after the vote; the owner of the instrument declared no error
IN_A_ROW = 30
PATIENCE = 2.0  # seconds from the key to the next case


def without_error(case: Case) -> Case:
    """Return a case as entry at levels makes it where no error is declared: nothing has a probability."""
    nothing = dict.fromkeys(("p", "p_pool", "risk", "potensial_sd", "kinerja_sd"))
    levels = [{**level, "p": None, "low": level["level"], "high": level["level"]} for level in case.content["levels"]]
    flip = "Keputusan berbalik bila satu sumbu berubah 2,0 poin; galatnya tidak dinyatakan."
    return replace(case, content={**case.content, **nothing, "levels": levels, "flip": flip})


def long_queue(cases: list[Case]) -> list[Case]:
    """Return a queue of many cases, of which one hides its box and one has no probability."""
    again = [replace(c, case_id=f"{c.case_id}B", position=c.position + len(cases)) for c in cases]
    queue = [replace(c, content={**c.content, "hidden": c.position == HIDDEN}) for c in (*cases, *again)]
    return [without_error(case) if case.position == UNSURE else case for case in queue]


@pytest.fixture(scope="module")
def served(
    pekalongan: Path,
    tmp_path_factory: pytest.TempPathFactory,
    copied_round: Callable[[Path, Path], Path],
    server_class: type[Any],
) -> Iterator[tuple[Path, str]]:
    """One page that stays up, on a queue of twice the round's cases."""
    folder = copied_round(pekalongan, tmp_path_factory.mktemp("case_page") / "pekalongan-2024")
    with closing(Store(Workspace(folder).database_url)) as store:
        store.replace_cases(long_queue(store.cases()), run=store.run())
    shutil.copyfile(folder / "review.sqlite", folder / "fresh.sqlite")
    server = server_class(folder, "--as", "Ani")
    yield folder, server.url
    server.stop()


@pytest.fixture
def ani(office: Path, served: tuple[Path, str], reviewer: Callable[..., Any]) -> Any:
    """Ani before a fresh round, who knows the page."""
    return reviewer(served[1])


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Go to a place by the Tab key and nothing else."""
    for _ in range(90):
        if wanted.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"Tab never reaches {wanted}")


def opened_and_closed(page: Page, button: Locator, said: str) -> None:
    """Open a dialog by keyboard, read it, close it by Escape; the focus returns to the button."""
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_contain_text(said)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect(button).to_be_focused()


def test_everything_by_keyboard_alone(
    office: Path, served: tuple[Path, str], reviewer: Callable[..., Any], log_of: Read
) -> None:
    ani = reviewer(served[1], known=False)
    page, named = ani.page, ani.page.get_by_role
    # The first visit explains the page, once.
    expect(page.locator("dialog h2")).to_have_text("Cara memutuskan satu kasus")
    expect(named("button", name="Mulai menelaah")).to_be_focused()
    ani.press("Enter")
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator(".wb-decision")).to_be_focused()
    ani.press("?")
    expect(page.locator("dialog h2")).to_have_text("Cara memutuskan satu kasus")
    ani.press("Escape")
    expect(page.locator(".wb-decision")).to_be_focused()

    # Every decision, every code, every degree of confidence.
    for key, choice in [*((str(b), str(b)) for b in range(1, 10)), ("r", "retest"), ("t", "postpone")]:
        ani.press(key)
        assert ani.chosen == [choice]
    for number, key in enumerate("asdfgh"):
        ani.press("Escape", key)
        expect(page.locator("input[name=wb-code]").nth(number)).to_be_checked()
        expect(ani.reason).to_be_focused()
    tab_to(page, page.locator("input[name=wb-sure]:checked"), "Shift+Tab")
    for key, value in (("ArrowLeft", "1"), ("ArrowRight", "2"), ("ArrowRight", "3")):
        ani.press(key)
        expect(page.locator(f"input[name=wb-sure][value='{value}']")).to_be_checked()
    assert ani.vote("8", "tanpa tetikus").startswith("Suara untuk kasus 1 tersimpan")

    # Take it back, mend it, save it anew.
    ani.press("u")
    expect(ani.status).to_have_text("Suara untuk kasus 1 dibatalkan.")
    assert (ani.chosen, ani.reason.input_value()) == (["8"], "tanpa tetikus")
    ani.press("7", "Enter")
    expect(ani.case).to_have_text("Kasus 2")

    # The bar: next, previous, a number, the filters.
    tab_to(page, named("button", name="Kasus berikutnya"), "Shift+Tab")
    ani.press("Enter")
    expect(ani.case).to_have_text("Kasus 3")
    tab_to(page, named("button", name="Kasus sebelumnya"), "Shift+Tab")
    ani.press("Enter")
    expect(ani.case).to_have_text("Kasus 2")
    tab_to(page, page.get_by_label("Kasus nomor"))
    ani.press("Control+a", "9", "Enter")
    expect(ani.case).to_have_text("Kasus 9")
    tier = named("combobox", name="Jenjang")
    tab_to(page, tier, "Shift+Tab")
    total = ani.done.text_content()
    ani.press("ArrowDown")
    expect(ani.done).not_to_have_text(total)
    tab_to(page, tier, "Shift+Tab")
    ani.press("ArrowUp")
    expect(ani.done).to_have_text(total)
    instansi = named("combobox", name="Instansi")
    tab_to(page, instansi, "Shift+Tab")
    ani.press("ArrowDown")
    expect(instansi).to_have_value("Pemerintah Kota Pekalongan")

    # What lies behind the names.
    opened_and_closed(page, named("button", name=re.compile("^Cara memakai")), "Arti tanda")
    opened_and_closed(page, named("button", name=re.compile("semua aturan")), "Pembatasan JPM")
    opened_and_closed(page, named("button", name="Semua suara saya (1)"), "tanpa tetikus")
    opened_and_closed(page, named("button", name="Cermin saya"), "Cermin saya")
    opened_and_closed(page, named("button", name=re.compile("^aturan kotak")), "Batas potensial")
    opened_and_closed(page, named("button", name=re.compile("^JPM")), "Kategori JPM")
    opened_and_closed(page, named("button", name=re.compile("^Integritas")), "PermenPANRB 38/2017")

    # Without single keys, and again with them; a draft outlives a reload.
    switch = page.get_by_label("tombol pintas")
    tab_to(page, switch)
    ani.press("Space", "Escape", "3", "a", "?")
    assert (ani.chosen, page.locator("input[name=wb-code]:checked").count()) == ([], 0)
    expect(page.locator("dialog")).to_be_hidden()
    tab_to(page, switch)
    ani.press("Space", "Escape", "3", "d")
    page.keyboard.insert_text("belum selesai")
    place = ani.case.text_content()
    ani.reload()
    expect(page.locator("dialog")).to_be_hidden()
    tab_to(page, page.get_by_label("Kasus nomor"))
    ani.press("Control+a", *place.split()[1], "Enter")
    expect(ani.case).to_have_text(place)
    assert (ani.chosen, ani.reason.input_value()) == (["3"], "belum selesai")
    ani.press("Escape", "Enter")
    expect(ani.status).to_have_text(re.compile("tersimpan sebagai peristiwa 4"))
    assert [(e.kind, (e.payload or {}).get("box")) for e in log_of(office)] == [
        ("vote", 8),
        ("undo", None),
        ("vote", 7),
        ("vote", 3),
    ]


def test_everything_by_mouse_alone(
    office: Path, served: tuple[Path, str], reviewer: Callable[..., Any], log_of: Read
) -> None:
    ani = reviewer(served[1], known=False)
    page, named = ani.page, ani.page.get_by_role
    named("button", name="Mulai menelaah").click()
    for box in range(1, 10):
        page.locator(f".wb-box[data-choice='{box}']").click()
        assert ani.chosen == [str(box)]
    for title, choice in (("Uji ulang", "retest"), ("Tunda", "postpone")):
        named("button", name=title).click()
        assert ani.chosen == [choice]
    page.locator(".wb-keys button").nth(7).click()
    page.locator(".wb-codes label").nth(3).click()
    page.get_by_text("yakin", exact=True).click()
    ani.reason.click()
    page.keyboard.insert_text("ditulis setelah diklik")
    named("button", name="Simpan").click()
    expect(ani.case).to_have_text("Kasus 2")
    named("button", name="Batalkan suara").click()
    expect(ani.status).to_have_text("Suara untuk kasus 1 dibatalkan.")
    named("button", name="Simpan").click()
    expect(ani.case).to_have_text("Kasus 2")
    named("button", name="Kasus berikutnya").click()
    expect(ani.case).to_have_text("Kasus 3")
    named("button", name="Kasus sebelumnya").click()
    expect(ani.case).to_have_text("Kasus 2")
    for button, said in (
        (named("button", name=re.compile("^Cara memakai")), "Arti tanda"),
        (named("button", name=re.compile("semua aturan")), "Pembatasan JPM"),
        (named("button", name=re.compile("^Komunikasi")), "belum dimuat pada ruang kerja ini"),
        (named("button", name="Cermin saya"), "Cermin saya"),
    ):
        button.click()
        expect(page.locator("dialog")).to_contain_text(said)
        page.locator("dialog .wb-shut").click()
        expect(page.locator("dialog")).to_be_hidden()
    named("button", name="Semua suara saya (1)").click()
    page.locator("dialog tbody").get_by_role("button").click()
    expect(ani.case).to_have_text("Kasus 1")
    assert ani.chosen == ["8"]
    (first, undone, second) = log_of(office)
    assert (first.kind, undone.kind, second.kind) == ("vote", "undo", "vote")
    assert second.payload is not None
    content = {name: second.payload[name] for name in ("box", "reason_code", "confidence", "reason")}
    assert content == {"box": 8, "reason_code": "quality", "confidence": 3, "reason": "ditulis setelah diklik"}


CLOCK = """() => {
  const place = document.querySelector('.wb-body');
  window.seconds = [];
  let pressed = 0, shown = document.querySelector('.wb-person h2').textContent;
  document.addEventListener('keydown', (event) => { if (event.key === 'Enter') pressed = performance.now(); }, true);
  new MutationObserver(() => {
    const now = document.querySelector('.wb-person h2')?.textContent;
    if (!now || now === shown) return;
    shown = now;
    requestAnimationFrame(() => window.seconds.push((performance.now() - pressed) / 1000));
  }).observe(place, {childList: true, subtree: true});
}"""


def test_thirty_cases_in_a_row(
    ani: Any, office: Path, log_of: Read, record_property: Callable[[str, object], None]
) -> None:
    ani.page.evaluate(CLOCK)
    for number in range(1, IN_A_ROW + 1):
        expect(ani.case).to_have_text(f"Kasus {number}")
        ani.press(str(1 + number % 9), "asdfgh"[number % 6])
        ani.page.keyboard.insert_text(f"alasan kasus {number}")
        ani.press("Enter")
    expect(ani.case).to_have_text(f"Kasus {IN_A_ROW + 1}")
    seconds = ani.page.evaluate("window.seconds")
    assert len(seconds) == IN_A_ROW
    record_property("seconds_to_next_case", [round(max(seconds), 2), round(statistics.median(seconds), 2)])
    print(f"from key to next case: median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s")
    assert max(seconds) < PATIENCE
    events = log_of(office)
    assert [(e.payload or {}).get("reason") for e in events] == [f"alasan kasus {n}" for n in range(1, IN_A_ROW + 1)]
    assert [(e.payload or {}).get("box") for e in events] == [1 + n % 9 for n in range(1, IN_A_ROW + 1)]


def test_a_hidden_box_is_told_after_the_vote(ani: Any, office: Path) -> None:
    with closing(Store(Workspace(office).database_url)) as store:
        stated = next(c.content["box"] for c in store.cases() if c.position == HIDDEN)
    ani.vote("5", "kasus biasa")
    expect(ani.case).to_have_text(f"Kasus {HIDDEN}")
    middle = ani.page.locator(".wb-middle")
    expect(middle).to_contain_text("Pada sebagian kasus kotak dinyatakan baru ditampilkan setelah Anda memberi suara.")
    expect(middle.locator(".wb-box")).to_have_count(9)
    assert middle.locator(".stated, .wb-box .p, .wb-box .wb-cloud, .wb-figure, .wb-flip, .wb-follow").count() == 0
    assert "dinyatakan" not in " ".join(ani.page.locator(".wb-box").evaluate_all("all => all.map((e) => e.ariaLabel)"))
    said = ani.vote("9" if stated != 9 else "1", "dinilai dari bukti saja")
    assert f"Kotak dinyatakan: {stated}." in said
    ani.press("u")
    expect(ani.case).to_have_text(f"Kasus {HIDDEN}")
    expect(ani.page.locator(".wb-box.stated b")).to_have_text(str(stated))


def test_a_case_without_probability_can_be_decided(ani: Any, office: Path, log_of: Read) -> None:
    field = ani.page.get_by_label("Kasus nomor")
    field.fill(str(UNSURE))
    field.press("Enter")
    expect(ani.case).to_have_text(f"Kasus {UNSURE}")
    expect(ani.page.locator(".wb-middle")).to_contain_text("Tanpa peluang: galat tidak dinyatakan")
    expect(ani.page.locator(".wb-box.stated")).to_have_count(1)
    assert ani.page.locator(".wb-box .p, .wb-figure, .wb-cloud").count() == 0
    assert not re.search(r"NaN|undefined|null|±", ani.page.locator(".wb-body").text_content() or "")
    ani.page.get_by_role("button", name=re.compile("^Integritas")).click()
    expect(ani.page.locator("dialog")).to_contain_text("galatnya tidak dinyatakan")
    ani.press("Escape")
    ani.vote("4", "tanpa galat, menurut berkas")
    assert [(e.payload or {}).get("risk", 0) for e in log_of(office)] == [None]


@pytest.mark.slow
def test_a_round_of_levels_without_declared_errors(
    received_round: Callable[[str, bool], Path],
    tmp_path: Path,
    copied_round: Callable[[Path, Path], Path],
    review_server: Callable[..., Any],
    reviewer: Callable[..., Any],
    log_of: Read,
) -> None:
    folder = copied_round(received_round("levels", False), tmp_path / "level")
    ani = reviewer(review_server(folder, "--as", "Ani").url)
    expect(ani.page.locator(".wb-middle")).to_contain_text("Tanpa peluang: galat tidak dinyatakan")
    assert ani.page.locator(".wb-box .p, .wb-figure, .wb-cloud").count() == 0
    assert not re.search(r"NaN|undefined|null|±", ani.page.locator(".wb-body").text_content() or "")
    ani.vote("4", "menurut berkas")
    (event,) = log_of(folder)
    assert event.payload is not None
    assert (event.payload["box"], event.payload["risk"]) == (4, None)


SIZE = """() => ({
  page: [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight],
  cards: [...document.querySelectorAll('.wb-card,.wb-form')].map((e) => e.scrollHeight - e.clientHeight),
  overlap: (() => { const a = [...document.querySelectorAll('.wb-grid .axis')].pop().getBoundingClientRect().bottom;
    return a - document.querySelector('.wb-grid + p').getBoundingClientRect().top; })(),
})"""


INSIDE = """() => {
  const box = document.querySelector('dialog').getBoundingClientRect();
  return box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
}"""
SIZES = ((1366, 768), (1920, 1080), (390, 844), (683, 384))  # the last: 1366 wide at 200 %


def test_every_size_of_screen(ani: Any) -> None:
    page = ani.page
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.get_by_role("button", name=re.compile("^Cara memakai")).click()
        assert page.evaluate(INSIDE), width
        page.keyboard.press("Escape")
        for position in (1, HIDDEN, UNSURE):
            field = page.get_by_label("Kasus nomor")
            field.fill(str(position))
            field.press("Enter")
            expect(ani.case).to_have_text(f"Kasus {position}")
            seen = page.evaluate(SIZE)
            assert seen["page"][0] <= 0, (width, position, seen)
            assert seen["overlap"] <= 1, (width, position, seen)
            if width >= 1366:
                assert max(seen["page"][1], *seen["cards"]) <= 1, (width, position, seen)
        page.get_by_role("button", name=re.compile("semua aturan")).click()
        expect(page.locator("dialog")).to_contain_text("Pembatasan JPM")
        assert page.evaluate(INSIDE), width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        page.keyboard.press("Escape")


def test_no_accessibility_finding_in_any_state(
    office: Path, served: tuple[Path, str], reviewer: Callable[..., Any], axe_findings: Callable[..., list[str]]
) -> None:
    cut: list[bool] = []

    def between(route: WebSocketRoute) -> None:
        if cut:
            route.close()
            return
        route.connect_to_server()
        sockets.append(route)

    sockets: list[WebSocketRoute] = []
    ani = reviewer(served[1], before=lambda p: p.route_web_socket(re.compile("/channels"), between), known=False)
    page, named = ani.page, ani.page.get_by_role

    def jump(position: int) -> None:
        field = page.get_by_label("Kasus nomor")
        field.fill(str(position))
        field.press("Enter")
        expect(ani.case).to_have_text(f"Kasus {position}")

    found = {"guide": axe_findings(page)}
    ani.press("Escape")
    found["first case"] = axe_findings(page)
    ani.press("8", "Enter")
    found["incomplete"] = axe_findings(page)
    ani.vote("5", "untuk daftar suara")
    found["hidden box"] = axe_findings(page)
    for what, button, said in (
        ("competency", named("button", name=re.compile("^Integritas")), "PermenPANRB 38/2017"),
        ("rules", named("button", name=re.compile("semua aturan")), "Pembatasan JPM"),
        ("own votes", named("button", name="Semua suara saya (1)"), "untuk daftar suara"),
        ("mirror", named("button", name="Cermin saya"), "Cermin saya"),
    ):
        button.click()
        expect(page.locator("dialog")).to_contain_text(said)
        found[what] = axe_findings(page)
        ani.press("Escape")
    jump(UNSURE)
    found["without probability"] = axe_findings(page)
    page.set_viewport_size({"width": 683, "height": 384})
    found["narrow"] = axe_findings(page)
    page.set_viewport_size({"width": 1366, "height": 768})
    with closing(Store(Workspace(office).database_url)) as store:
        case_id = store.case_heads()[0][0]
        store.record_minutes(actor="Ani", payload={"cases": {case_id: 5}}, head=store.ledger().head)
    jump(1)
    expect(page.locator(".wb-decision")).to_have_text(re.compile("sudah masuk berita acara"))
    found["closed"] = axe_findings(page)
    cut.append(True)
    sockets[-1].close()
    expect(ani.banner).to_be_visible()
    found["lost"] = axe_findings(page)
    assert {state: list_ for state, list_ in found.items() if list_} == {}
