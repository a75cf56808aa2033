"""The server of the review page: one page on this machine, a kernel that nobody can tell to run code, nothing left."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

SECRET = f"rahasia-{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def server(pekalongan: Path, tmp_path_factory: pytest.TempPathFactory, server_class, copied_round) -> Iterator[Any]:
    folder = copied_round(pekalongan, tmp_path_factory.mktemp("served") / "pekalongan-2024")
    settings = folder / "workbench.toml"
    limited = re.sub(r"(?m)^most_pages = .*$", "most_pages = 8", settings.read_text(encoding="utf-8"))
    settings.write_text(limited, encoding="utf-8")
    running = server_class(
        folder,
        "--as",
        "Ani",
        environment={"DATABASE_PASSWORD": SECRET, "WORKBENCH_ACTOR": SECRET, "PYTHONSTARTUP": SECRET},
    )
    yield running
    running.stop()


class Visit:
    """One opened page, as plain HTTP and a socket: what a hostile script could do."""

    def __init__(self, server: Any, path: str = "/") -> None:
        with urllib.request.urlopen(server.url.rstrip("/") + path, timeout=120) as answer:
            self.headers = answer.headers
            self.html = answer.read().decode()
        found = re.search(r'<script id="workbench-page" type="application/json">(.*?)</script>', self.html)
        assert found, self.html
        page = json.loads(found.group(1))
        self.kernel_id, self.comm_id = page["kernel"], page["model"]
        self.address = f"ws://127.0.0.1:{server.port}/api/kernels/{self.kernel_id}/channels?session_id=s"
        self.process = next(k for k in server.kernels() if self.kernel_id in " ".join(k.cmdline()))

    def socket(self, **options: Any) -> ClientConnection:
        return connect(self.address, max_size=None, open_timeout=60, **options)


def message(kind: str, content: dict[str, Any], channel: str = "shell") -> str:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "username": "",
        "session": "s",
        "date": "2024-01-01T00:00:00Z",
        "version": "5.3",
    }
    return json.dumps(
        {"channel": channel, "header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
    )


def ask(visit: Visit, connection: ClientConnection, content: dict[str, Any]) -> dict[str, Any]:
    """Send a message to the widget and return its answer."""
    connection.send(message("comm_msg", {"comm_id": visit.comm_id, "data": {"method": "custom", "content": content}}))
    until = time.monotonic() + 30
    while time.monotonic() < until:
        received = json.loads(connection.recv(timeout=30))
        if received["msg_type"] == "comm_msg" and received["content"]["data"].get("method") == "custom":
            answer: dict[str, Any] = received["content"]["data"]["content"]
            return answer
    raise AssertionError("no answer")


@pytest.fixture(scope="module")
def visit(server: Any) -> Visit:
    return Visit(server)


def status_of(server: Any, path: str, host: str = "") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("GET", path, skip_host=bool(host))
    if host:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


# what the kernel may know and do


def test_the_kernel_has_a_scrubbed_environment(visit: Visit, server: Any) -> None:
    environment = visit.process.environ()
    assert SECRET not in repr(environment)
    assert environment["WORKBENCH_ACTOR"] == "Ani"
    assert "QUERY_STRING" not in environment
    assert Path(environment["WORKBENCH_WORKSPACE"]).name == "pekalongan-2024"


def test_query_strings_reach_nothing(server: Any) -> None:
    visit = Visit(server, "/?WORKBENCH_ACTOR=Budi&token=abc")
    assert "Budi" not in repr(visit.process.environ())
    with visit.socket() as connection:
        answer = ask(visit, connection, {"kind": "next", "token": "t"})
    assert answer["actor"] == "Ani"


HEAVY = ("pandas", "pandera", "numpy", "scipy", "matplotlib", "statsmodels", "plotly")
# The explorer counts with the run's draws, and reads tables.
COUNTING = {"talent": {"numpy", "pandas", "pandera"}}
DRAWING = ("matplotlib", "statsmodels", "plotly")  # what even the warm process, which all kernels share, goes without


def test_the_real_kernel_has_loaded_nothing_for_drawing(visit: Visit) -> None:
    libraries = {Path(m.path).as_posix() for m in visit.process.memory_maps()}
    assert any((path.endswith(".so") and "lib-dynload" in path) or "site-packages" in path for path in libraries)
    assert [path for path in libraries if any(f"/{name}/" in path for name in DRAWING)] == []


@pytest.mark.parametrize("screen", ["queue", "items", "pleno", "talent", "chair"])
def test_the_notebook_imports_nothing_heavy(own_pekalongan: Path, root: Path, screen: str) -> None:
    cells = json.loads((root / "notebooks" / f"review_{screen}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    import subprocess

    finished = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "WORKBENCH_WORKSPACE": str(own_pekalongan)},
    )
    loaded = set(re.findall(r"'([A-Za-z0-9_]+)[.']", finished.stdout))
    assert "anywidget" in loaded
    assert loaded & set(HEAVY) <= COUNTING.get(screen, set())


@pytest.mark.parametrize("channel", ["shell", "control", "stdin", "iopub"])
@pytest.mark.parametrize("subprotocol", [None, "v1.kernel.websocket.jupyter.org"])
def test_no_message_runs_code_in_the_kernel(
    visit: Visit, tmp_path: Path, channel: str, subprotocol: str | None
) -> None:
    traces = []

    def code() -> str:
        traces.append(tmp_path / f"trace-{len(traces)}")
        return f"open({str(traces[-1])!r}, 'w').close()"

    attempts = [
        ("execute_request", {"code": code(), "silent": False, "store_history": False, "user_expressions": {}}),
        ("execute_request", {"code": "", "silent": True, "user_expressions": {"x": code()}}),
        ("complete_request", {"code": code(), "cursor_pos": 3}),
        ("inspect_request", {"code": code(), "cursor_pos": 3, "detail_level": 1}),
        ("comm_open", {"comm_id": uuid.uuid4().hex, "target_name": "jupyter.widget", "data": {"state": {}}}),
        ("debug_request", {"type": "request", "command": "evaluate", "arguments": {"expression": code()}}),
        ("create_subshell_request", {}),
        ("input_reply", {"value": code()}),
        ("shutdown_request", {"restart": False}),
        ("interrupt_request", {}),
    ]
    comms = comm_ids(visit)
    with visit.socket(subprotocols=[subprotocol] if subprotocol else None) as connection:
        for kind, content in attempts:
            text = message(kind, content, channel)
            connection.send(as_v1(text) if subprotocol else text)
    with visit.socket() as connection:
        answer = ask(visit, connection, {"kind": "ping", "token": "still there"})
    assert answer == {"kind": "pong", "token": "still there"}
    assert [t for t in traces if t.exists()] == []
    assert comm_ids(visit) == comms


def as_v1(text: str) -> bytes:
    """Frame a message in the binary protocol, whose header the server must read all the same."""
    content = json.loads(text)
    parts = [content["channel"].encode()] + [
        json.dumps(content[name]).encode() for name in ("header", "parent_header", "metadata", "content")
    ]
    offsets = [8 * (1 + len(parts) + 1)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    numbers = [len(offsets), *offsets]
    return b"".join(n.to_bytes(8, "little") for n in numbers) + b"".join(parts)


def comm_ids(visit: Visit) -> set[str]:
    with visit.socket() as connection:
        connection.send(message("comm_info_request", {}))
        while True:
            received = json.loads(connection.recv(timeout=30))
            if received["msg_type"] == "comm_info_reply":
                return set(received["content"]["comms"])


def test_a_page_cannot_change_the_state_of_the_widget(visit: Visit) -> None:
    with visit.socket() as connection:
        forged = {"first": {"actor": "Budi"}, "words": {}, "_esm": "alert(1)"}
        connection.send(message("comm_msg", {"comm_id": visit.comm_id, "data": {"method": "update", "state": forged}}))
        connection.send(message("comm_msg", {"comm_id": visit.comm_id, "data": {"method": "request_state"}}))
        while True:
            received = json.loads(connection.recv(timeout=30))
            data = received["content"].get("data", {}) if received["msg_type"] == "comm_msg" else {}
            if data.get("method") == "update" and "_esm" in data.get("state", {}):
                break
    assert "alert(1)" not in data["state"]["_esm"]
    assert data["state"]["first"]["actor"] == "Ani"


def test_who_votes_is_not_for_the_page_to_say(visit: Visit) -> None:
    with visit.socket() as connection:
        shown = ask(visit, connection, {"kind": "jump", "number": 1})["case"]
        answer = ask(
            visit,
            connection,
            {
                "kind": "vote",
                "case_id": shown["case_id"],
                "run": shown["run"],
                "action": "box",
                "box": 8,
                "reason_code": "other",
                "reason": "atas nama orang lain",
                "confidence": 3,
                "idempotency_key": uuid.uuid4().hex,
                "actor": "Budi",
                "account": "lain",
                "role": "chair",
            },
        )
    assert answer["actor"] == "Ani"
    from workbench.review import Store
    from workbench.workspace import Workspace

    store = Store(Workspace(visit.process.environ()["WORKBENCH_WORKSPACE"]).database_url)
    event = store.events()[-1]
    store.close()
    assert (event.actor, event.role) == ("Ani", "assessor")
    assert event.payload is not None
    assert event.payload["account"] not in {"lain", "Ani"}


# who may come, and what is served


def test_only_this_machine_is_served(server: Any) -> None:
    listening = {
        c.laddr.ip
        for process in [psutil.Process(server.process.pid), *server.kernels()]
        for c in process.net_connections(kind="inet")
        if c.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8866", "192.168.1.5", "127.0.0.1.evil.example"])
def test_a_name_from_elsewhere_is_refused(server: Any, visit: Visit, host: str) -> None:
    before = len(server.kernels())
    assert status_of(server, "/", host)[0] == 403
    assert len(server.kernels()) == before
    with pytest.raises(InvalidStatus) as refused:
        raw_socket(visit, {"Host": host})
    assert refused.value.response.status_code == 403


def raw_socket(visit: Visit, headers: dict[str, str]) -> None:
    """Open the kernel's socket with another Host, which ordinary clients do not let one choose."""
    from websockets.datastructures import Headers
    from websockets.http11 import Response

    port = int(visit.address.split(":")[2].split("/")[0])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("GET", visit.address.split(str(port))[1], skip_host=True)
    for name, value in {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    if status != 101:
        raise InvalidStatus(Response(status, "", Headers()))


def test_a_script_of_another_site_cannot_open_the_socket(visit: Visit) -> None:
    with pytest.raises(InvalidStatus) as refused:
        visit.socket(origin="https://evil.example").close()
    assert refused.value.response.status_code == 403


def test_a_kernel_that_is_not_there_is_refused(server: Any) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/api/kernels/{uuid.uuid4()}/channels").close()
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/voila/files/review_queue.ipynb",
        "/voila/files/../workbench.toml",
        "/voila/templates/workbench/static/../index.html.j2",
        "/voila/templates/workbench/static/..%2f..%2f..%2f..%2f..%2fpyproject.toml",
        "/voila/templates/workbench/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/pyproject.toml",
        "/voila/templates/workbench/static//etc/passwd",
        "/voila/templates/../static/x",
        "/voila/templates/lab/static/voila.js",
        "/voila/static/../../app.py",
        "/../../etc/passwd",
        "/etc/passwd",
        "/review_queue.ipynb",
        "/api/kernels",
        "/api/contents",
        "/voila/tree",
    ],
)
def test_nothing_else_is_served(server: Any, path: str) -> None:
    before = len(server.kernels())
    status, content = status_of(server, path)
    assert status in {403, 404}, content
    assert b"root:" not in content
    assert len(server.kernels()) == before


@pytest.mark.parametrize("query", ["?template=lab", "?template=unknown", "?template=../../x", "?theme=dark"])
def test_the_address_line_chooses_no_template(server: Any, visit: Visit, query: str) -> None:
    other = Visit(server, f"/{query}")

    def normal(page: Visit) -> str:
        return page.html.replace(page.kernel_id, "K").replace(page.comm_id, "M")

    assert normal(other) == normal(visit)


def test_the_page_may_load_nothing_from_elsewhere(visit: Visit) -> None:
    policy = visit.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r"https?:|\*", policy)
    assert re.findall(r"(?:src|href)=\"(?!/|data:)([^\"]+)\"", visit.html) == []
    assert "open_queue" not in visit.html


# pages come and go


def test_a_kernel_ends_soon_after_its_page(server: Any, wait_until: Callable[..., None]) -> None:
    visit = Visit(server)
    with visit.socket() as connection:
        ask(visit, connection, {"kind": "ping", "token": "t"})
    with visit.socket() as connection:  # a page that comes back finds its kernel
        ask(visit, connection, {"kind": "ping", "token": "t"})
    wait_until(lambda: not visit.process.is_running(), 60)


def test_reloading_makes_room_and_open_pages_stay(server: Any) -> None:
    with ExitStack() as stack:

        def opened() -> tuple[Visit, ClientConnection]:
            page = Visit(server)
            return page, stack.enter_context(page.socket())

        pages = [opened() for _ in range(3)]
        for _ in range(8):
            gone = Visit(server)
            with gone.socket() as connection:
                ask(gone, connection, {"kind": "ping", "token": "t"})
        assert len(server.kernels()) <= 8
        for page, connection in pages:
            assert ask(page, connection, {"kind": "ping", "token": "t"})["kind"] == "pong"
        status = 200
        while status == 200 and len(pages) < 12:
            try:
                pages.append(opened())
            except urllib.error.HTTPError as refused:
                status, said = refused.code, refused.read().decode()
        assert status == 503
        assert len(server.kernels()) == 8
        assert "Terlalu banyak halaman" in said


def test_a_busy_port_picks_the_next(own_pekalongan: Path, review_server: Callable[..., Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = review_server(own_pekalongan, "--port", str(port))
        assert port < server.port <= port + 50
        assert status_of(server, "/voila/templates/workbench/static/host.js")[0] == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_kernel_outlives_the_server(
    own_pekalongan: Path, review_server: Callable[..., Any], wait_until: Callable[..., None], how: signal.Signals
) -> None:
    server = review_server(own_pekalongan)
    visit = Visit(server)
    with visit.socket() as connection:
        ask(visit, connection, {"kind": "ping", "token": "t"})
        kernels = server.kernels()
        assert kernels
        status = server.stop(how)
    assert status == (0 if how is not signal.SIGKILL else -signal.SIGKILL)
    if how is not signal.SIGKILL:
        assert server.complained == ""
    wait_until(lambda: not any(k.is_running() and k.status() != psutil.STATUS_ZOMBIE for k in kernels))


def test_a_kernel_that_dies_while_its_page_is_made_ends_the_page_with_a_sentence(
    own_pekalongan: Path, server_class: Any, wait_until: Callable[..., None]
) -> None:
    """Voila alone would send signs of life for ever."""
    server = server_class(own_pekalongan, environment={"WORKBENCH_WARM_KERNELS": "no"})
    try:
        with ThreadPoolExecutor(1) as visitor:
            page = visitor.submit(status_of, server, "/")
            wait_until(server.kernels)
            os.kill(server.kernels()[0].pid, signal.SIGKILL)
            status, content = page.result(timeout=60)
        assert status == 200
        assert 'role="alert">Mesin telaah berhenti saat halaman disiapkan.' in content.decode()
        assert b"Muat ulang</a>" in content
        again, content = status_of(server, "/")
        assert (again, b'id="workbench-page"' in content) == (200, True)
    finally:
        server.stop()
