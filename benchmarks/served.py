"""A review server as an office starts it, and its pages as the protocol has them: document, socket, messages."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from websockets.sync.client import connect

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

__all__ = ["WORKBENCH", "Server", "VisitedPage", "comm_data", "comm_message", "processes_of"]

WORKBENCH = (sys.executable, "-m", "workbench")
SECONDS_TO_START = 120.0
KERNEL, WARM = "ipykernel_launcher", "workbench.kernel.process"


class Server:
    """`workbench review` for one person, on one port from its first start on, and where its words go.

    Parameters
    ----------
    folder : Path
        Of the round.
    person : str
        Who sits at the machine.
    port : int
        The first to try; what was found is kept, so that a new start serves the pages that were open.
    environment : dict of str to str, optional
        Beside that of this process.
    complaints : Path
        Where its standard error goes, start after start.
    """

    def __init__(
        self,
        folder: Path,
        person: str,
        port: int = 8866,
        environment: dict[str, str] | None = None,
        complaints: Path = Path(os.devnull),
    ) -> None:
        self.folder, self.person, self.port, self.complaints = folder, person, port, complaints
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self.process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where the pages are, with a slash at the end."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start, and come back when it says where it listens.

        Raises
        ------
        SystemExit
            With its words, when it does not.
        """
        with self.complaints.open("ab") as complaints:
            self.process = subprocess.Popen(
                [*WORKBENCH, "review", str(self.folder), "--as", self.person, "--port", str(self.port)],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )
        said = self.process.stdout.readline() if self.process.stdout is not None else ""
        found = re.search(r"http://[^/]+:(\d+)/", said)
        if found is None:
            self.process.communicate()
            raise SystemExit(f"{said}{self.complaints}")
        self.port = int(found.group(1))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait until it has ended."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(how)
            self.process.communicate(timeout=60)

    def processes(self, kind: str) -> list[psutil.Process]:
        """Return its kernels (`KERNEL`) or its warm process (`WARM`)."""
        return [] if self.process is None else processes_of(self.process.pid, kind)


def processes_of(server: int, kind: str) -> list[psutil.Process]:
    """Return what runs below a process with a word in its command line."""
    found = []
    try:
        below = psutil.Process(server).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    for process in below:
        try:
            if any(kind in part for part in process.cmdline()):
                found.append(process)
        except psutil.Error:  # ended meanwhile
            continue
    return found


class VisitedPage:
    """A page that was opened: its document, and how its component is spoken to.

    Parameters
    ----------
    address : str
        Of the page.
    timeout : float
        Seconds to wait for the document.

    Raises
    ------
    OSError
        When there is no document.
    ValueError
        When the document has no component.
    """

    def __init__(self, address: str, timeout: float = SECONDS_TO_START) -> None:
        with urllib.request.urlopen(address, timeout=timeout) as answer:
            document = answer.read()
        written = re.search(rb'<script id="workbench-page" type="application/json">(.*?)</script>', document)
        if written is None:
            raise ValueError(document.decode("utf-8", "replace")[-500:])
        ids = json.loads(written.group(1))
        self.size = len(document)
        self.kernel, self.model = str(ids["kernel"]), str(ids["model"])
        self.session = secrets.token_hex(16)
        scheme, _, rest = address.partition("://")
        self._socket = f"{scheme.replace('http', 'ws')}://{rest.split('/')[0]}/api/kernels/{self.kernel}/channels"

    def beside(self) -> VisitedPage:
        """Return the same page as a socket of its own sees it: the server closes the older of two of one session."""
        other = copy(self)
        other.session = secrets.token_hex(16)
        return other

    def connect(self, timeout: float = 60.0) -> ClientConnection:
        """Open the socket of its kernel; again when it was lost."""
        return connect(f"{self._socket}?session_id={self.session}", max_size=None, open_timeout=timeout, legacy=True)

    def state(self, connection: ClientConnection, timeout: float = 60.0) -> dict[str, Any]:
        """Ask for the component and return its traits, script and style sheet among them."""
        connection.send(comm_message(self.model, {"method": "request_state"}, self.session))
        until = time.monotonic() + timeout
        while True:
            data = comm_data(self.model, connection.recv(timeout=max(0.01, until - time.monotonic())))
            if data.get("method") == "update":
                state: dict[str, Any] = data["state"]
                return state

    def ask(self, connection: ClientConnection, content: dict[str, Any], timeout: float = 60.0) -> dict[str, Any]:
        """Send a request of the page and return the answer to it."""
        token = secrets.token_hex(16)
        connection.send(
            comm_message(self.model, {"method": "custom", "content": {**content, "token": token}}, self.session)
        )
        until = time.monotonic() + timeout
        while True:
            data = comm_data(self.model, connection.recv(timeout=max(0.01, until - time.monotonic())))
            if data.get("method") == "custom" and data["content"].get("token") == token:
                answer: dict[str, Any] = data["content"]
                return answer


def comm_message(model: str, data: dict[str, Any], session: str) -> str:
    """Return what a page sends to its component, as `host.js` writes it."""
    header = {
        "msg_id": secrets.token_hex(16),
        "msg_type": "comm_msg",
        "username": "",
        "session": session,
        "date": "2024-01-01T00:00:00Z",
        "version": "5.3",
    }
    return json.dumps(
        {
            "channel": "shell",
            "header": header,
            "parent_header": {},
            "metadata": {},
            "buffers": [],
            "content": {"comm_id": model, "data": data},
        }
    )


def comm_data(model: str, received: str | bytes) -> dict[str, Any]:
    """Return what a received message says to the component; ``{"dead": True}`` when its kernel has ended."""
    message = json.loads(received)
    if message["msg_type"] == "status" and message["content"]["execution_state"] in {"dead", "restarting"}:
        return {"dead": True}
    if message["msg_type"] != "comm_msg" or message["content"]["comm_id"] != model:
        return {}
    data: dict[str, Any] = message["content"]["data"]
    return data
