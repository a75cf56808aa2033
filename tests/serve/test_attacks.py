"""What a hostile page or script on this machine can try against a running review, and what it gets.

The list of attacks with their tests is ``docs/methods/review-security.md``.
"""

from __future__ import annotations

import http.client
import json
import secrets
import struct
import threading
import time
import urllib.error
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from benchmarks.served import KERNEL, WARM, VisitedPage, comm_data, comm_message, processes_of
from workbench.review import Store
from workbench.settings import Person
from workbench.workspace import SETTINGS_FILE, Workspace

SECRET = f"rahasia-{uuid.uuid4().hex}"
MOST_PAGES = 6


@pytest.fixture(scope="module")
def office(
    three_instansi: Path, hostile: Any, tmp_path_factory: pytest.TempPathFactory, copied_round: Callable[..., Path]
) -> Path:
    """Two votes decide; Ani belongs to one instansi, another is not hers to review."""
    folder = copied_round(three_instansi, tmp_path_factory.mktemp("served") / "tiga")
    people = (
        Person(name="Ani", roles=("assessor",), instansi="Kota Satu", scope=(hostile[0], "Kota Satu")),
        Person(name="Budi", roles=("assessor",)),
    )
    settings = Workspace(folder).settings.model_copy(
        update={"people": people, "votes_required": 2, "most_pages": MOST_PAGES}
    )
    (folder / SETTINGS_FILE).write_text(settings.to_toml(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(office: Path, server_class: Any) -> Iterator[Any]:
    running = server_class(office, "--as", "Ani", environment={"DATABASE_PASSWORD": SECRET})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def page(server: Any) -> Iterator[VisitedPage]:
    """One page that stays open while it is attacked."""
    opened = VisitedPage(server.url)
    with opened.beside().connect():
        yield opened


@pytest.fixture
def store(office: Path) -> Iterator[Store]:
    with closing(Store.of(Workspace(office))) as opened:
        yield opened


def ballot(case_id: str, run: str, **changed: Any) -> dict[str, Any]:
    return {
        "kind": "vote",
        "case_id": case_id,
        "run": run,
        "action": "box",
        "box": 5,
        "reason_code": "other",
        "reason": "alasan yang sah",
        "confidence": 2,
        "idempotency_key": secrets.token_hex(16),
        **changed,
    }


def with_buffer(page: VisitedPage, data: dict[str, Any]) -> bytes:
    """Return a message with one binary buffer as old clients frame it: number of parts, their beginnings, parts."""
    parts = [comm_message(page.model, data, page.session).encode(), b"\xde\xad"]
    starts = [4 * (len(parts) + 1)]
    starts.append(starts[0] + len(parts[0]))
    return struct.pack("!III", len(parts), *starts) + b"".join(parts)


# what is not given to this person


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("Kota Satu", "instansi Ani sendiri"),
        ("Kota Dua", "tidak termasuk bagian Ani"),
        ("", "tidak ada pada ruang kerja ini"),
    ],
)
def test_a_case_that_is_not_given_can_be_neither_seen_nor_voted_on_nor_claimed(
    page: VisitedPage, store: Store, where: str, why: str
) -> None:
    case = next((case for case in store.cases() if case.instansi == where), None)
    case_id, number = ("K-lain", 10**6) if case is None else (case.case_id, case.position)
    before = store.events()
    with page.connect() as connection:
        voted = page.ask(connection, ballot(case_id, store.run()))
        assert (voted["kind"], why in voted["sentence"]) == ("error", True)
        for message in (
            {"kind": "show", "case_id": case_id},
            {"kind": "jump", "number": number},
            {"kind": "filter", "instansi": where or "Kota Tiga", "jenjang": ""},
            {"kind": "undo", "case_id": case_id, "seq": 1, "idempotency_key": secrets.token_hex(16)},
            {"kind": "claim", "case_id": case_id},
        ):
            answer = page.ask(connection, message)
            assert answer["kind"] == "error", message
            assert "participant" not in json.dumps(answer)
    assert store.events() == before
    with pytest.raises(ValueError, match=why):
        store.claim(actor="Ani", case_id=case_id)
    with store.engine.connect() as connection_:
        assert connection_.exec_driver_sql("SELECT * FROM leases WHERE case_id = ?", (case_id,)).all() == []


def test_a_key_of_somebody_elses_vote_tells_nothing_and_changes_nothing(page: VisitedPage, store: Store) -> None:
    key = secrets.token_hex(16)
    with page.connect() as connection:
        case = page.ask(connection, {"kind": "next"})["case"]
        message = ballot(case["case_id"], case["run"], idempotency_key=key)
        del message["kind"]
        store.submit(actor="Budi", **message)
        before = store.events()
        answer = page.ask(connection, {"kind": "vote", **message})
    assert answer["kind"] == "error"
    assert "Kunci pengiriman ini sudah dipakai" in answer["sentence"]
    assert store.events() == before


@pytest.mark.parametrize(
    "written",
    [
        "'); DROP TABLE events; --",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "=cmd|' /C calc'!A0",
        '#import "x": * \\u{41} </w:t>',
        "nol\x00bunyi\x07balik\u202e",
    ],
)
def test_what_was_written_comes_back_as_text_byte_for_byte(page: VisitedPage, store: Store, written: str) -> None:
    with page.connect() as connection:
        case = page.ask(connection, {"kind": "filter", "instansi": "", "jenjang": ""})["case"]
        answer = page.ask(connection, ballot(case["case_id"], case["run"], reason=written))
    assert answer["own"][0]["reason"] == written
    last = store.events()[-1].payload
    assert last is not None
    assert last["reason"] == written
    assert store.verify().sound


# what the socket takes


@pytest.mark.parametrize("paths", [[["first"]], [["first", "case"]], [["_esm"]], [[]], [["words", "x", "y"]], "x"])
def test_forged_buffers_change_no_state(page: VisitedPage, paths: Any) -> None:
    with page.connect() as connection:
        before = page.state(connection)
        forged = {"method": "update", "state": {"first": {}, "words": {}}, "buffer_paths": paths}
        connection.send(with_buffer(page, forged))
    with page.connect() as connection:
        assert page.ask(connection, {"kind": "ping"})["kind"] == "pong"
        after = page.state(connection)
    assert {name: after[name] for name in ("first", "words", "_esm", "_css")} == {
        name: before[name] for name in ("first", "words", "_esm", "_css")
    }


BROKEN: list[str | bytes] = [
    "",
    "{",
    "null",
    "[]",
    "3",
    '"x"',
    "{}",
    '{"channel": "shell"}',
    '{"channel": "nowhere", "header": {"msg_type": "comm_msg"}}',
    '{"header": {"msg_type": "comm_msg"}, "content": null}',
    '{"channel": "shell", "header": null}',
    b"",
    b"\xff\xfe\x00",
    b"\xff" * 64,
    (2**63).to_bytes(8, "little") * 4,
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: repr(broken)[:40])
def test_a_broken_message_breaks_nothing(page: VisitedPage, broken: str | bytes) -> None:
    with page.connect() as connection:
        connection.send(broken)
    with page.connect() as connection:
        assert page.ask(connection, {"kind": "ping"})["kind"] == "pong"


@pytest.mark.parametrize("data", [None, [], "x", {"method": "custom"}, {"method": "custom", "content": [1]}, {}])
def test_a_message_that_is_none_breaks_nothing(page: VisitedPage, data: Any) -> None:
    with page.connect() as connection:
        for model in (page.model, uuid.uuid4().hex, "../x"):
            message = json.loads(comm_message(model, {}, page.session))
            message["content"]["data"] = data
            connection.send(json.dumps(message))
        assert page.ask(connection, {"kind": "ping"})["kind"] == "pong"


def test_a_frame_that_is_too_large_closes_its_own_socket_only(page: VisitedPage, server: Any, store: Store) -> None:
    before, memory = store.events(), psutil.Process(server.process.pid).memory_info().rss
    beside = page.beside()
    with page.connect() as connection, beside.connect() as other:
        large = ballot("K1", store.run(), reason="x" * 3_000_000)
        with pytest.raises(ConnectionClosed):
            page.ask(connection, large)
        assert beside.ask(other, {"kind": "ping"})["kind"] == "pong"
        long = beside.ask(other, ballot("K1", store.run(), reason="x" * 200_000))
    assert long["kind"] == "error"
    assert store.events() == before
    assert psutil.Process(server.process.pid).memory_info().rss - memory < 50e6


def test_a_page_that_sends_without_end_does_not_stop_the_others(page: VisitedPage, server: Any) -> None:
    hostile, over, sent = VisitedPage(server.url), threading.Event(), [0]

    def flood() -> None:
        with hostile.connect() as connection:
            message = comm_message(hostile.model, {"method": "custom", "content": {"kind": "next"}}, hostile.session)
            while not over.is_set():
                connection.send(message)
                sent[0] += 1
                time.sleep(0.0008)

    thread = threading.Thread(target=flood)
    with page.connect() as connection:
        thread.start()
        started, longest = time.monotonic(), 0.0
        while time.monotonic() - started < 2:
            asked = time.monotonic()
            assert page.ask(connection, {"kind": "next"}, 6)["kind"] == "state"
            longest = max(longest, time.monotonic() - asked)
        over.set()
        thread.join()
    assert sent[0] > 200
    assert longest < 6  # after that a page says that the connection is lost


# who shares a kernel


def test_a_second_socket_is_the_same_person_and_no_more(page: VisitedPage, store: Store) -> None:
    """On one machine whoever knows the kernel's number is the person who opened it: see the page on security."""
    beside = page.beside()
    with page.connect() as first, beside.connect() as second:
        answer = beside.ask(second, {"kind": "next"})
        assert answer["actor"] == "Ani"
        heard = {}
        while not heard.get("content"):  # both hear every answer of their kernel
            heard = comm_data(page.model, first.recv(timeout=30))
        assert heard["content"]["token"] == answer["token"]
    stranger = page.beside()
    stranger._socket = page._socket.replace(page.kernel, str(uuid.uuid4()))
    with pytest.raises(Exception, match="404"):
        stranger.connect()


def test_no_process_of_the_server_shows_a_secret_or_holds_it(server: Any, page: VisitedPage) -> None:
    assert page.kernel
    assert holds(server.process.pid, SECRET.encode())  # the server itself was started with it
    below = psutil.Process(server.process.pid).children(recursive=True)
    assert {kind for kind in (KERNEL, WARM) if any(kind in " ".join(p.cmdline()) for p in below)} == {KERNEL, WARM}
    for process in below:
        shown = (Path(f"/proc/{process.pid}") / "environ").read_bytes() + " ".join(process.cmdline()).encode()
        assert SECRET.encode() not in shown
        assert not holds(process.pid, SECRET.encode())


def holds(pid: int, wanted: bytes) -> bool:
    """Return whether a process holds a text where it may write: anything that it was given would lie there."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            start, end = (int(number, 16) for number in place.split("-"))
            if not rights.startswith("rw") or "[v" in line or end - start > 1 << 26:  # larger: reserved, hardly used
                continue
            memory.seek(start)
            with suppress(OSError):
                if wanted in memory.read(end - start):
                    return True
    return False


@pytest.mark.parametrize(
    "path",
    [
        "/queue/",
        "/queue/..",
        "/queue/../../pyproject.toml",
        "/queue%2f..%2f..%2fpyproject.toml",
        "/..%2freview.sqlite",
        "/%2e%2e/review.sqlite",
        "/review.sqlite",
        "/workbench.toml",
        "/QUEUE",
        "/queue.ipynb",
        "/items%00",
        "//evil.example/",
        "/voila/templates/workbench/static/host.js%00.png",
        "/voila/templates/workbench/static/%252e%252e/index.html.j2",
        "/voila/templates/workbench/static/....//index.html.j2",
        "/voila/templates/workbench/static/\\..\\index.html.j2",
    ],
)
def test_no_path_leads_out_of_the_screens(server: Any, path: str) -> None:
    before = len(server.kernels())
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status in {400, 403, 404}, content[:200]
    assert b"sqlite" not in content.lower() or path.encode() in content
    assert len(server.kernels()) == before


def test_what_is_refused_fills_no_terminal(server: Any) -> None:
    """A page that outlives its server tries again every second; what it is told goes to it alone."""
    before = server.complaints()
    gone = f"ws://127.0.0.1:{server.port}/api/kernels/{'0' * 8}-0000-0000-0000-{'0' * 12}/channels"
    with pytest.raises(InvalidStatus) as refused, connect(gone, open_timeout=30):
        pass
    assert refused.value.response.status_code == 404
    assert server.complaints() == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_pages_are_read_only(server: Any, method: str) -> None:
    before = len(server.kernels())
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, "/", headers={"Origin": "https://evil.example"})
    status = connection.getresponse().status
    connection.close()
    assert status in {403, 404, 405} or (method == "OPTIONS" and status == 204)
    assert len(server.kernels()) == before


# many, and failures


def test_many_visitors_at_once_get_as_many_pages_as_allowed_and_the_rest_a_sentence(
    server: Any, page: VisitedPage, wait_until: Callable[..., None]
) -> None:
    opened: list[VisitedPage] = []
    refused: list[urllib.error.HTTPError] = []

    def visit() -> None:
        try:
            opened.append(VisitedPage(server.url))
        except urllib.error.HTTPError as problem:
            refused.append(problem)

    visitors = [threading.Thread(target=visit) for _ in range(2 * MOST_PAGES)]
    for visitor in visitors:
        visitor.start()
    while any(visitor.is_alive() for visitor in visitors):
        assert len(server.kernels()) <= MOST_PAGES
        time.sleep(0.1)
    assert len(opened) + len(refused) == 2 * MOST_PAGES
    assert {problem.code for problem in refused} == {503}
    assert "Terlalu banyak halaman telaah terbuka" in refused[0].read().decode()
    for visited in (page, *opened):
        with visited.connect() as connection:
            assert visited.ask(connection, {"kind": "ping"})["kind"] == "pong"
    again = VisitedPage(server.url)  # pages that were left make room
    with again.connect() as connection:
        assert again.ask(connection, {"kind": "ping"})["kind"] == "pong"
    wait_until(lambda: len(server.kernels()) <= 1, 60)


def test_a_killed_kernel_is_told_and_makes_room(server: Any) -> None:
    page = VisitedPage(server.url)
    with page.connect() as connection:
        page.ask(connection, {"kind": "ping"})
        kernel = next(k for k in server.kernels() if page.kernel in " ".join(k.cmdline()))
        kernel.kill()
        until = time.monotonic() + 20
        while not comm_data(page.model, connection.recv(timeout=max(0.1, until - time.monotonic()))).get("dead"):
            continue
    for _ in range(MOST_PAGES):
        page = VisitedPage(server.url)
        with page.connect() as connection:
            assert page.ask(connection, {"kind": "ping"})["kind"] == "pong"


def test_visitors_after_a_killed_warm_process_get_their_page(server: Any) -> None:
    (warm,) = processes_of(server.process.pid, WARM)
    warm.kill()
    for _ in range(2):
        page = VisitedPage(server.url)
        with page.connect() as connection:
            assert page.ask(connection, {"kind": "ping"})["kind"] == "pong"
    assert [p.pid for p in processes_of(server.process.pid, WARM)] != [warm.pid]
    assert len(processes_of(server.process.pid, WARM)) == 1


@pytest.mark.slow  # each count waits until kernels that were left have ended
def test_visits_leave_no_process_and_no_file_open(server: Any, wait_until: Callable[..., None]) -> None:
    def count() -> int:
        wait_until(lambda: len(server.kernels()) <= 1, 60)  # at most the page that is kept open
        return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())

    before = count()
    for _ in range(5):
        page = VisitedPage(server.url)
        with page.connect() as connection:
            page.ask(connection, {"kind": "next"})
    assert count() <= before + 1
