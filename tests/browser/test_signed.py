"""Cirebon signed from end to end: votes in the browser, minutes, FINAL reports that equal the log."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from workbench.review import Store
from workbench.workspace import Workspace

VOTES = 20


@pytest.fixture(scope="module")
def signed(
    cirebon: Path,
    tmp_path_factory: pytest.TempPathFactory,
    copied_round: Callable[[Path, Path], Path],
    server_class: type[Any],
    chromium: Any,
    reviewer_class: type[Any],
    workbench: Callable[..., Any],
) -> Path:
    """A copy of the Cirebon round with twenty votes given in the browser, and its minutes; read only."""
    folder = copied_round(cirebon, tmp_path_factory.mktemp("signed") / "cirebon-2024")
    server = server_class(folder, "--as", "Ani")
    page = chromium.new_page(viewport={"width": 1366, "height": 768})
    try:
        ani = reviewer_class(page, server.url).open()
        for number in range(1, VOTES + 1):
            # One case stays open, one goes to a second test; the others spread over all boxes.
            key = {5: "t", 6: "r"}.get(number, str(number % 9 + 1))
            ani.vote(key, f"alasan <b>nomor</b> {number} & seterusnya", code="asdfgh"[number % 6])
        expect(ani.done).to_have_text(re.compile(f"^{VOTES - 1} dari"))
    finally:
        page.close()
        server.stop()
    finished = workbench("minutes", folder, "--as", "Budi")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return folder


@pytest.fixture
def decided(signed: Path) -> dict[str, int]:
    """Box of everybody as a plain reading of the log gives it: the last vote on a box, else the stated one."""
    boxes = Workspace(signed).read("boxes")
    placed = boxes[boxes["withheld_reason"] == ""]
    result = {str(p): int(b) for p, b in zip(placed["participant_id"], placed["box"], strict=True)}
    store = Store(Workspace(signed).database_url)
    people = store.participants()
    for event in store.events():
        if event.kind == "vote" and event.payload and event.payload["action"] == "box":
            result[people[event.case_id]] = event.payload["box"]
    store.close()
    return result


def test_final_reports_equal_the_log(signed: Path, decided: dict[str, int]) -> None:
    index = (signed / "reports" / "index.html").read_text(encoding="utf-8")
    (report,) = signed.glob("reports/*/report.html")
    for text in (index, report.read_text(encoding="utf-8")):
        assert re.search(r"<strong>FINAL</strong>", text)
        assert "DRAF</strong>" not in text
    rows = CalamineWorkbook.from_path(report.with_name("participants.xlsx")).get_sheet_by_index(0).to_python()
    head = next(n for n, row in enumerate(rows) if "Kotak setelah telaah" in row)
    person, final = rows[head].index("Peserta"), rows[head].index("Kotak setelah telaah")
    shown = {row[person]: int(row[final]) for row in rows[head + 1 :] if row[person] and row[final] not in ("", None)}
    assert shown == decided
    boxes = Workspace(signed).read("boxes")
    pool = sum(box in {7, 8, 9} for box in decided.values())
    assert f'<td class="n">{pool}</td>' in index
    assert len(boxes) > len(decided) > 900


def test_verify_is_green(signed: Path, workbench: Callable[..., Any]) -> None:
    finished = workbench("verify", signed, "--json")
    assert finished.returncode == 0, finished.stderr
    result = json.loads(finished.stdout)
    assert (result["sound"], result["signed"], result["events"]) == (True, True, VOTES + 1)
    assert workbench("verify", signed).stdout.startswith("Catatan telaah utuh")


def test_the_minutes_say_what_was_decided_and_why(signed: Path, root: Path) -> None:
    page = (signed / "reports" / "berita-acara.html").read_text(encoding="utf-8")
    store = Store(Workspace(signed).database_url)
    events, cases = store.events(), {c.case_id: c for c in store.cases()}
    store.close()
    minutes, last_vote = events[-1], events[-2]
    assert minutes.kind == "minutes"
    assert (minutes.actor, minutes.role) == ("Budi", "secretary")
    assert f"peristiwa {VOTES}: {last_vote.hash}" in page
    assert minutes.prev_hash == last_vote.hash
    assert minutes.payload is not None
    assert minutes.payload["document"] == hashlib.sha256(page.encode("utf-8")).hexdigest()
    assert "Identitas dinyatakan sendiri (mode satu mesin)" in page
    assert "Kuorum: 1 suara" in page
    assert f"Kuorum tercapai pada {VOTES - 1} dari {VOTES} kasus" in page
    assert "Versi aturan" in page
    for event in events[:-1]:
        assert event.payload is not None
        number = re.search(r"nomor</b> (\d+)", event.payload["reason"])
        assert number
        assert f"alasan &lt;b&gt;nomor&lt;/b&gt; {number.group(1)} &amp; seterusnya" in page
        case = cases[event.case_id]
        assert case.participant_id in page
    for name, value in json.loads((signed / "tables" / "manifest.json").read_text())["inputs"].items():
        assert Path(name).name in page
        assert value in page
    assert re.search(r"uji ulang</td>", page)
    assert re.search(r"ditunda</td>", page)
    assert not re.search(r"<script|https?://|<b>nomor", page)
    identities = pd.read_parquet(signed / "identities.parquet")
    assert not any(str(nip) in page for nip in identities["nip"])


@pytest.fixture
def own_signed(signed: Path, tmp_path: Path, copied_round: Callable[[Path, Path], Path]) -> Path:
    return copied_round(signed, tmp_path / "cirebon-2024")


def test_a_signed_case_cannot_be_changed(
    own_signed: Path, review_server: Callable[..., Any], reviewer: Callable[..., Any]
) -> None:
    ani = reviewer(review_server(own_signed, "--as", "Ani").url)
    field = ani.page.get_by_label("Kasus nomor")
    field.fill("1")
    field.press("Enter")
    expect(ani.page.locator(".wb-decision")).to_have_text("Kasus ini sudah masuk berita acara dan tidak dapat diubah.")
    ani.press("Escape", "4", "a", "Enter", "u")
    ani.page.wait_for_timeout(1500)
    store = Store(Workspace(own_signed).database_url)
    assert len(store.events()) == VOTES + 1
    store.close()


def test_a_vote_after_the_minutes_takes_final_back_until_new_ones(
    own_signed: Path, workbench: Callable[..., Any], cast_vote: Callable[..., Any]
) -> None:
    cast_vote(own_signed, VOTES, 1, actor="Budi")
    finished = workbench("verify", own_signed)
    assert finished.returncode == 1
    assert "Ada peristiwa setelah berita acara" in finished.stderr
    workbench("run", own_signed, "--stage", "reports")
    assert "<strong>DRAF</strong>" in (own_signed / "reports" / "index.html").read_text(encoding="utf-8")
    assert workbench("minutes", own_signed, "--as", "Ani").returncode == 0
    assert "<strong>FINAL</strong>" in (own_signed / "reports" / "index.html").read_text(encoding="utf-8")
    assert workbench("verify", own_signed).returncode == 0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ("reports/berita-acara.html", "berita-acara.html berbeda"),
        ("results/final/final_boxes.parquet", "final_boxes.parquet berbeda"),
        ("results/boxes/boxes.parquet", "Kotak pada hasil berbeda"),
    ],
)
def test_what_was_signed_cannot_be_changed_unseen(
    own_signed: Path, workbench: Callable[..., Any], changed: str, sentence: str
) -> None:
    path = own_signed / changed
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
        row = frame.index[frame["box"].notna()][0]
        frame.loc[row, "box"] = frame.loc[row, "box"] % 9 + 1
        frame.to_parquet(path, index=False)
    else:
        path.write_text(path.read_text(encoding="utf-8").replace("kotak 3", "kotak 9", 1), encoding="utf-8")
    finished = workbench("verify", own_signed)
    assert finished.returncode == 1
    assert sentence in finished.stderr


def test_a_changed_log_is_named_also_after_signing(own_signed: Path, workbench: Callable[..., Any]) -> None:
    import sqlite3

    connection = sqlite3.connect(own_signed / "review.sqlite")
    with connection:
        connection.execute(
            "UPDATE payloads SET payload_json = replace(payload_json, '\"box\":', '\"box\": ') WHERE seq = 3"
        )
    connection.close()
    finished = workbench("verify", own_signed)
    assert finished.returncode == 1
    assert "rusak pada peristiwa 3" in finished.stderr
    refused = workbench("minutes", own_signed, "--as", "Ani")
    assert refused.returncode == 2
    assert "peristiwa 3" in refused.stderr
