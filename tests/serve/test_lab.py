"""`workbench lab` for real: a server on this machine, behind a token, that asks nobody anything and ends at Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from workbench.serve import lab
from workbench.serve.kernels import ENVIRONMENT_ALLOWED

SECRET = f"rahasia-{uuid.uuid4().hex}"


class LabServer:
    """`workbench lab` as a person starts it: a process, and the address that it prints."""

    def __init__(self, folder: Path, home: Path) -> None:
        # Settings that an account may have for other servers, all of them unsafe: none may count.
        (home / "jupyter_server_config.py").write_text(
            "c.ServerApp.ip = '0.0.0.0'\nc.IdentityProvider.token = ''\nc.ServerApp.allow_remote_access = True\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbench", "lab", str(folder), "--no-browser"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "JUPYTER_CONFIG_DIR": str(home),
                "DATABASE_PASSWORD": SECRET,
            },
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        found = re.search(r"(http://127\.0\.0\.1:(\d+))\S*\?token=(\w+)", self.said)
        if found is None:
            self.process.kill()
            raise AssertionError(self.said + self.process.communicate()[1])
        self.url, self.port, self.token = found.group(1), int(found.group(2)), found.group(3)

    def ask(self, path: str, *, token: str | None = None, body: Any = None) -> tuple[int, Any, bytes]:
        headers = {"Authorization": f"token {self.token if token is None else token}"}
        data = None if body is None else json.dumps(body).encode()
        try:
            request = urllib.request.Request(self.url + path, data=data, headers=headers)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.headers, refused.read()


@pytest.fixture(scope="module")
def server(
    pekalongan: Path,
    tmp_path_factory: pytest.TempPathFactory,
    copied_round: Callable[[Path, Path], Path],
    with_item_cards: Callable[[Path], Path],
) -> Iterator[LabServer]:
    folder = with_item_cards(copied_round(pekalongan, tmp_path_factory.mktemp("lab") / "pekalongan-2024"))
    running = LabServer(folder, tmp_path_factory.mktemp("home"))
    running.folder = folder  # type: ignore[attr-defined]
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


def test_nothing_is_served_without_the_token(server: LabServer) -> None:
    assert server.ask("/api/contents", token="")[0] == 403
    assert server.ask("/api/contents", token="salah")[0] == 403


def test_only_this_machine_is_served(server: LabServer) -> None:
    listening = [
        c.laddr.ip for c in psutil.Process(server.process.pid).net_connections() if c.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET /api/contents HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 403")


def test_the_copies_are_opened_with_their_parameters_and_nothing_above_them(server: LabServer) -> None:
    status, _headers, body = server.ask("/api/contents/01_potensi_item_analysis.ipynb")
    assert status == 200
    cells = json.loads(body)["content"]["cells"]
    (parameters,) = [cell["source"] for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    assert "instrument: str = 'potensi'" in parameters
    assert server.ask("/api/contents/..%2Fidentities.parquet")[0] in {403, 404}
    assert server.ask("/api/contents/..%2Fworkbench.toml")[0] in {403, 404}


def test_it_asks_nobody_for_news_updates_or_extensions(server: LabServer) -> None:
    status, headers, page = server.ask("/lab/tree/mulai.ipynb")
    assert status == 200
    found = re.search(rb'id="jupyter-config-data" type="application/json">(.*?)</script>', page, re.S)
    assert found
    settings = json.loads(found.group(1))
    assert settings["news"] == {"disabled": True}
    assert settings["extensionManager"]["can_install"] is False
    assert set(lab.SWITCHED_OFF) <= set(settings["disabledExtensions"])
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self' data: blob:"
    assert "http" not in headers["Content-Security-Policy"]
    assert server.ask("/api/terminals")[0] == 404


def test_a_kernel_knows_the_workspace_and_no_secret_and_its_channels_have_no_port(server: LabServer) -> None:
    body = {"path": "mulai.ipynb", "name": "mulai.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    status, _headers, answer = server.ask("/api/sessions", body=body)
    assert status == 201, answer
    kernel_id = json.loads(answer)["kernel"]["id"]
    children = psutil.Process(server.process.pid).children(recursive=True)
    (kernel,) = [child for child in children if kernel_id in " ".join(child.cmdline())]
    environment = kernel.environ()
    assert SECRET not in repr(environment)
    assert environment["WORKBENCH_WORKSPACE"] == str(server.folder)  # type: ignore[attr-defined]
    assert "DATABASE_PASSWORD" not in ENVIRONMENT_ALLOWED
    (connection,) = [Path(part) for part in kernel.cmdline() if kernel_id in part and part.endswith(".json")]
    assert json.loads(connection.read_text(encoding="utf-8"))["transport"] == "ipc"
    # Once it runs, ipykernel listens on one port of its own for what child processes print, and takes only messages
    # that begin with sixteen bytes drawn at its start.
    ports = [c.laddr.ip for c in kernel.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert ports in ([], ["127.0.0.1"])


def test_the_notebook_to_start_with_runs_and_shows_the_item_page(server: LabServer, tmp_path: Path) -> None:
    source = server.folder / "lab" / "mulai.ipynb"  # type: ignore[attr-defined]
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", str(source)),
            *("--output-dir", str(tmp_path), "--log-level", "ERROR"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    cells = json.loads((tmp_path / "mulai.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output]
    assert any("item_rest" in "".join(data.get("text/html", "")) for data in shown)
    assert any("application/vnd.jupyter.widget-view+json" in data for data in shown)


def test_ctrl_c_ends_it_with_all_its_kernels(server: LabServer) -> None:
    children = psutil.Process(server.process.pid).children(recursive=True)
    server.process.send_signal(signal.SIGINT)
    said, complained = server.process.communicate(timeout=30)
    assert server.process.returncode == 0
    assert complained == ""
    assert "Traceback" not in said
    _gone, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_what_is_no_workspace_is_one_sentence(tmp_path: Path, workbench: Callable[..., Any]) -> None:
    finished = workbench("lab", tmp_path / "tidak-ada", "--no-browser")
    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert "bukan ruang kerja" in finished.stderr


def test_a_missing_jupyterlab_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "find_spec", lambda _name: None)
    with pytest.raises(ValueError, match="JupyterLab belum terpasang"):
        lab.check_installed()
