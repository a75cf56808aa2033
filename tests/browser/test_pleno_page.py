"""The pleno in real Chromium: from two votes that differ to a decision with quorum and dissent, and to the minutes."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from workbench.review import Store
from workbench.review.log import Event
from workbench.workspace import Workspace

Read = Callable[[Path], list[Event]]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
PEOPLE = """people = [
  { name = "Ani", roles = ["assessor"] },
  { name = "Budi", roles = ["assessor"], scope = ["Instansi lain"] },
  { name = "Citra", roles = ["assessor"] },
  { name = "Dewi", roles = ["chair"] },
  { name = "Eko", roles = ["secretary"] },
  { name = "Fajar", roles = ["observer"] },
]
votes_required = 2
"""


def give_roles(folder: Path) -> Path:
    """Two votes a case, and an office with roles: Budi may not take part in any case of this round."""
    settings = folder / "workbench.toml"
    kept = [
        line for line in settings.read_text(encoding="utf-8").splitlines() if not re.match("people|votes_req", line)
    ]
    settings.write_text("\n".join(kept) + "\n" + PEOPLE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def served(
    pekalongan: Path,
    tmp_path_factory: pytest.TempPathFactory,
    copied_round: Callable[[Path, Path], Path],
    server_class: type[Any],
) -> Iterator[tuple[Path, Any]]:
    """The chair's page: two conflicts (cases 1 and 2), an agreement (3), and one vote of two (4)."""
    folder = give_roles(copied_round(pekalongan, tmp_path_factory.mktemp("office") / "pekalongan-2024"))
    with closing(Store.of(Workspace(folder))) as store:
        cases = store.cases()
        for place, actor, box in (
            (0, "Ani", 8),
            (0, "Citra", 5),
            (1, "Ani", 7),
            (1, "Citra", 9),
            (2, "Ani", 8),
            (2, "Citra", 8),
            (3, "Ani", 1),
        ):
            store.submit(
                actor=actor,
                case_id=cases[place].case_id,
                action="box",
                box=box,
                reason_code="evidence",
                reason=f"alasan {actor}" if place < 3 else "masih tertutup",
                confidence=2,
                idempotency_key=secrets.token_hex(16),
            )
    shutil.copyfile(folder / "review.sqlite", folder / "fresh.sqlite")
    server = server_class(folder, "--as", "Dewi", "--screen", "pleno")
    yield folder, server
    server.stop()


@pytest.fixture
def dewi(office: Path, served: tuple[Path, Any], reviewer: Callable[..., Any]) -> Any:
    """The chair before a fresh log."""
    (office / "identities.log").unlink(missing_ok=True)
    return reviewer(served[1].url)


def heading(page: Page) -> Any:
    return page.locator(".wp-title h2")


def nothing_is_in_the_way(page: Page) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def last(log: list[Event]) -> dict[str, Any]:
    assert log[-1].payload is not None
    return {"kind": log[-1].kind, "actor": log[-1].actor, "role": log[-1].role, **log[-1].payload}


def test_a_conflict_is_decided_by_keyboard_alone(dewi: Any, office: Path, log_of: Read) -> None:
    page = dewi.page
    expect(heading(page)).to_have_text("Kasus 1")
    expect(page.locator(".wp-vote")).to_have_count(2)
    nothing_is_in_the_way(page)
    # The reason stands there already: Enter brings the conflict before the pleno.
    expect(page.locator("#wp-bring")).to_be_focused()
    dewi.press("Enter")
    expect(dewi.status).to_have_text("Kasus 1 dibawa ke pleno, peristiwa 8.")
    expect(page.locator(".wp-person", has_text="Budi")).to_contain_text("tidak termasuk bagian Budi")
    expect(page.locator(".wp-person", has_text="Fajar")).to_contain_text("tidak boleh ikut memutuskan")
    nothing_is_in_the_way(page)

    dewi.press("7")
    expect(page.locator("#wp-reason")).to_be_focused()
    page.keyboard.insert_text("rekam kinerja <b>lebih kuat</b>")
    dewi.press("Enter")
    expect(dewi.status).to_contain_text("Kuorum 3 orang, baru 1 yang hadir")
    nothing_is_in_the_way(page)
    # The focus is on the first who can be ticked: Ani is there and differs, Citra is there.
    dewi.press("Space", "Tab", "Space")
    page.keyboard.insert_text("bukti tes lebih kuat")
    dewi.press("Tab", "Space", "Escape", "Enter")
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("Ani, Citra, Dewi (hadir 3, kuorum 3)")
    expect(dialog).to_contain_text("Ani: bukti tes lebih kuat")
    nothing_is_in_the_way(page)
    assert last(log_of(office))["kind"] == "pleno"
    dewi.press("Enter")
    expect(dewi.status).to_have_text("Keputusan atas kasus 1 tersimpan sebagai peristiwa 9.")
    expect(heading(page)).to_have_text("Kasus 2")
    expect(dewi.done).to_have_text("1 dari 2 diputuskan")
    written = last(log_of(office))
    assert (written["actor"], written["role"], written["action"], written["box"]) == ("Dewi", "chair", "box", 7)
    assert (written["present"], written["quorum"]) == (["Ani", "Citra", "Dewi"], 3)
    assert written["dissent"] == [["Ani", "bukti tes lebih kuat"]]

    # Who is there stays the same: the next case takes a box, a reason and Enter.
    dewi.press("Enter")
    expect(dewi.status).to_contain_text("Kasus 2 dibawa ke pleno")
    dewi.press("r")
    page.keyboard.insert_text("tes tidak cukup")
    dewi.press("Enter", "Enter")
    expect(dewi.done).to_have_text("2 dari 2 diputuskan")
    expect(dewi.status).to_contain_text("Tidak ada lagi kasus yang menunggu pleno.")
    assert (last(log_of(office))["action"], last(log_of(office))["present"]) == ("retest", ["Ani", "Citra", "Dewi"])


def test_a_named_case_is_decided_corrected_and_another_withdrawn_by_mouse(
    dewi: Any, office: Path, log_of: Read
) -> None:
    page = dewi.page
    page.get_by_label("Buka kasus lain").fill("4")
    page.get_by_role("button", name="Buka", exact=True).click()
    expect(heading(page)).to_have_text("Kasus 4")
    expect(page.locator(".wp-votes")).to_contain_text("masih tertutup; baru dibuka")
    assert "masih tertutup</" not in page.content()
    page.locator("#wp-bring").fill("diminta pleno")
    page.get_by_role("button", name="Bawa ke pleno").click()
    expect(dewi.status).to_contain_text("belum lengkap")

    page.get_by_label("Buka kasus lain").fill("3")
    page.get_by_role("button", name="Buka", exact=True).click()
    expect(heading(page)).to_have_text("Kasus 3")
    page.locator("#wp-bring").fill("diminta pleno")
    page.get_by_role("button", name="Bawa ke pleno").click()
    expect(page.locator(".wp-state")).to_have_text("menunggu keputusan pleno")
    page.get_by_role("button", name="Kotak 8").click()
    for name in ("Citra", "Eko"):
        page.locator(".wp-person", has_text=name).get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Simpan keputusan").click()
    expect(dewi.status).to_contain_text("Tulis alasan")
    page.locator("#wp-reason").fill("dua suara sama dan pleno setuju")
    page.get_by_role("button", name="Simpan keputusan").click()
    page.locator("dialog").get_by_role("button", name="Kembali").click()
    expect(page.locator("dialog")).to_be_hidden()
    page.get_by_role("button", name="Simpan keputusan").click()
    page.locator("dialog").get_by_role("button", name="Simpan keputusan").click()
    expect(dewi.status).to_contain_text("Keputusan atas kasus 3 tersimpan")
    expect(heading(page)).to_have_text("Kasus 1")

    page.get_by_role("option").filter(has_text="Kotak 8").click()
    expect(heading(page)).to_have_text("Kasus 3")
    expect(page.locator(".wp-inforce")).to_contain_text("Hadir 3 (kuorum 3): Citra, Dewi, Eko; dipimpin Dewi")
    expect(page.get_by_role("button", name="Kotak 8")).to_have_attribute("aria-pressed", "true")
    first = log_of(office)[-1].seq
    page.get_by_role("button", name="Kotak 9").click()
    page.get_by_role("button", name="Simpan perbaikan").click()
    nothing_is_in_the_way(page)
    page.locator("dialog").get_by_role("button", name="Simpan perbaikan").click()
    expect(page.get_by_role("option").filter(has_text="Kotak 9")).to_be_visible()
    assert (last(log_of(office))["box"], last(log_of(office))["supersedes"]) == (9, first)

    page.get_by_role("option").filter(has_text="Kotak 9").click()
    expect(page.locator(".wp-history li")).to_have_count(3)
    assert not (office / "identities.log").exists()
    page.get_by_role("button", name="Buka nama dan NIP").click()
    expect(page.locator(".wp-identity")).to_contain_text(re.compile(r"NIP \d{18}"))
    entry = json.loads((office / "identities.log").read_text(encoding="utf-8"))
    assert (entry["actor"], entry["purpose"]) == ("Dewi", "pleno")
    nothing_is_in_the_way(page)
    page.get_by_role("button", name="Tutup nama").click()
    expect(page.locator(".wp-identity")).not_to_contain_text("NIP 1")

    page.locator("summary", has_text="Tarik kasus dari telaah").click()
    page.get_by_label("Alasan menarik kasus").fill("mengundurkan diri")
    page.get_by_role("button", name="Tarik kasus ini").click()
    page.locator("dialog").get_by_role("button", name="Tarik kasus ini").click()
    expect(dewi.status).to_contain_text("Kasus 3 ditarik dari telaah")
    assert (last(log_of(office))["kind"], last(log_of(office))["reason"]) == ("withdraw", "mengundurkan diri")
    expect(heading(page)).to_have_text("Kasus 1")
    page.get_by_role("option").last.click()
    expect(page.locator(".wp-form")).to_contain_text("sudah ditarik dari telaah")
    nothing_is_in_the_way(page)


def test_the_page_fits_small_windows_and_zoom(dewi: Any) -> None:
    page = dewi.page
    dewi.press("Enter")
    expect(page.locator(".wp-decision")).to_be_visible()
    for width, height in ((1366, 768), (1920, 1080), (390, 844), (683, 384)):  # the last: 1366 x 768 at 200 %
        page.set_viewport_size({"width": width, "height": height})
        if width > 1300:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("document.documentElement.scrollHeight") <= height
        else:
            nothing_is_in_the_way(page)


def test_what_others_do_appears_and_what_was_typed_stays(dewi: Any, office: Path, log_of: Read) -> None:
    from workbench.review import pleno

    page = dewi.page
    dewi.press("Enter")
    expect(page.locator(".wp-decision")).to_be_focused()
    dewi.press("7")
    page.keyboard.insert_text("belum selesai diket")
    with closing(Store.of(Workspace(office))) as store:
        case = store.cases()[1]
        given = {"actor": "Dewi", "case_id": case.case_id, "idempotency_key": secrets.token_hex(16)}
        pleno.bring_before(store, reason="dari layar lain", **given)
    expect(page.locator("[role=group]").first.get_by_role("option")).to_have_count(2, timeout=15_000)
    expect(page.locator("#wp-reason")).to_be_focused()
    page.keyboard.insert_text("ik")
    assert page.locator("#wp-reason").input_value() == "belum selesai diketik"
    dewi.reload()
    assert page.locator("#wp-reason").input_value() == "belum selesai diketik"
    expect(page.get_by_role("button", name="Kotak 7")).to_have_attribute("aria-pressed", "true")


@pytest.mark.slow
def test_a_decision_survives_a_killed_kernel_and_counts_once(
    dewi: Any, served: tuple[Path, Any], office: Path, log_of: Read
) -> None:
    page = dewi.page
    dewi.press("Enter")
    expect(page.locator(".wp-decision")).to_be_focused()
    dewi.press("7")
    page.keyboard.insert_text("alasan pleno")
    for name in ("Ani", "Citra"):
        page.locator(".wp-person", has_text=name).get_by_role("checkbox").first.check()
    for kernel in served[1].kernels():
        os.kill(kernel.pid, signal.SIGKILL)
    expect(dewi.banner).to_be_visible(timeout=20_000)
    dewi.press("Escape", "Enter", "Enter")
    expect(dewi.status).to_contain_text("Belum tersimpan", timeout=20_000)
    assert last(log_of(office))["kind"] == "pleno"
    dewi.reload()
    dewi.press("Escape", "Enter", "Enter")
    expect(dewi.status).to_contain_text("tersimpan sebagai peristiwa 9")
    assert [event.kind for event in log_of(office)][7:] == ["pleno", "decision"]


@pytest.mark.slow
def test_two_assessors_who_disagree_come_to_signed_minutes(
    pekalongan: Path,
    tmp_path: Path,
    copied_round: Callable[[Path, Path], Path],
    review_server: Callable[..., Any],
    reviewer: Callable[..., Any],
    workbench: Callable[..., Any],
    log_of: Read,
) -> None:
    folder = give_roles(copied_round(pekalongan, tmp_path / "pekalongan-2024"))
    for name, box in (("Ani", "8"), ("Citra", "5")):
        server = review_server(folder, "--as", name)
        reviewer(server.url).vote(box, f"alasan {name} <i>sendiri</i>")
        server.stop()
    server = review_server(folder, "--as", "Dewi", "--screen", "pleno")
    dewi = reviewer(server.url)
    dewi.press("Enter")
    expect(dewi.page.locator(".wp-decision")).to_be_focused()
    dewi.press("9")
    dewi.page.keyboard.insert_text("pleno menimbang keduanya")
    for name in ("Citra", "Eko"):
        dewi.page.locator(".wp-person", has_text=name).get_by_role("checkbox").first.check()
    citra = dewi.page.locator(".wp-person", has_text="Citra")
    citra.get_by_label("berbeda pendapat", exact=True).check()
    dewi.page.keyboard.insert_text("tetap kotak lima")
    dewi.press("Enter", "Enter")
    expect(dewi.done).to_have_text("1 dari 1 diputuskan")
    server.stop()
    finished = workbench("minutes", folder, "--as", "Dewi")
    assert finished.returncode == 0, finished.stderr
    page = (folder / "reports" / "berita-acara.html").read_text(encoding="utf-8")
    events = log_of(folder)
    assert [(e.kind, e.actor, e.role) for e in events] == [
        ("vote", "Ani", "assessor"),
        ("vote", "Citra", "assessor"),
        ("pleno", "Dewi", "chair"),
        ("decision", "Dewi", "chair"),
        ("minutes", "Dewi", "chair"),
    ]
    assert events[4].payload is not None
    (closed,) = events[4].payload["cases"].items()
    assert closed == (events[0].case_id, 9)
    for words in (
        "Pleno, hadir 3 (kuorum 3): Citra, Dewi, Eko; dipimpin Dewi",
        "kotak 9. pleno menimbang keduanya",
        "Citra berbeda pendapat: tetap kotak lima",
        "alasan Ani &lt;i&gt;sendiri&lt;/i&gt;",
    ):
        assert words in page
    assert re.search(r"Ketua tim telaah\W.*?Dewi.*Sekretaris(?!.*Dewi)", page.split("Pengesahan")[-1], re.DOTALL)
    assert workbench("verify", folder).returncode == 0
