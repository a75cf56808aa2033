"""A kernel that the warm process has forked, as the process that asked for it sees it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["ForkedKernel", "RefusedError", "fork_kernel"]

MESSAGE_BYTES = 1 << 20
SECONDS_TO_WARM = 60.0


class RefusedError(Exception):
    """The warm process is not there or must not give this kernel; says why."""


class ForkedKernel:
    """What `subprocess.Popen` is for a process of one's own.

    The connection is the kernel's lease: when it closes, because this process ends, the kernel is killed.

    Parameters
    ----------
    connection : socket
        To the warm process, not blocking.
    pid : int
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or None while the kernel runs."""
        if self.returncode is None:
            try:
                message = self._connection.recv(MESSAGE_BYTES)
            except BlockingIOError:
                return None
            except ConnectionError:
                message = b""
            # Without a word the warm process itself is gone, and the kernel was killed with it.
            self.returncode = json.loads(message)["status"] if message else -signal.SIGKILL
            self._connection.close()
        return self.returncode

    def wait(self) -> int | None:
        """Return the exit status of a kernel that has ended."""
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless the kernel has ended."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


async def fork_kernel(
    place: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    outputs: tuple[int, int],
) -> ForkedKernel:
    """Ask for a kernel and return it as soon as it runs.

    Parameters
    ----------
    place : Path
        Socket of the warm process.
    arguments : sequence of str
        What follows ``python -m ipykernel_launcher``.
    environment : mapping of str to str
        The whole environment of the kernel.
    folder : str
        Working folder.
    outputs : tuple of int
        File descriptors for standard output and standard error.

    Raises
    ------
    RefusedError
        The kernel must be started in the ordinary way.
    """
    request = {"arguments": list(arguments), "environment": dict(environment), "folder": folder}
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        _check_private(place)
        connection.connect(str(place))
        socket.send_fds(connection, [json.dumps(request).encode()], list(outputs))
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        message = await asyncio.wait_for(loop.sock_recv(connection, MESSAGE_BYTES), SECONDS_TO_WARM)
        if not message:
            raise RefusedError("the warm process ended")
        answer = json.loads(message)
        if "pid" not in answer:
            raise RefusedError(answer.get("refused", "the kernel ended at once"))
    except (OSError, TimeoutError) as problem:
        connection.close()
        raise RefusedError(f"{type(problem).__name__}: {problem}") from None
    except BaseException:
        connection.close()
        raise
    return ForkedKernel(connection, answer["pid"])


def _check_private(place: Path) -> None:
    """Refuse a socket in a folder that is not this account's alone."""
    status = place.parent.stat()
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise RefusedError(f"{place.parent} is not private")
