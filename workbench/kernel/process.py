"""The warm process: ``python -m workbench.kernel.process SOCKET MODULE:FUNCTION ROOM``.

It warms up, checks that it has one thread, and forks a kernel for every connection to its socket. It never reads what a
connection says: the fork does, so nothing that one kernel was given can be found in the memory of the next. A
connection is the lease of its kernel; when the other side closes it, the kernel is killed. When standard input closes,
whoever started this process has gone, and it goes too with all kernels.
"""

from __future__ import annotations

import builtins
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from workbench.kernel.child import Warmth, become_kernel
from workbench.kernel.warm import ROOM_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main"]

# What ipykernel tells matplotlib when a kernel starts is read when matplotlib is imported, which is here; and Arrow
# starts a thread of its memory pool, which is not the one in use, when it is imported.
_WHILE_WARMING = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
_EVERY_KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel_launcher", "ipywidgets")


def main() -> None:
    """Warm up and fork until the owner goes; in a fork, be the kernel."""
    listening = socket.socket(fileno=int(sys.argv[1]))
    os.environ.pop(ROOM_VARIABLE, None)
    started_with = dict(os.environ)
    os.environ.update(_WHILE_WARMING | started_with)
    gc.disable()  # no holes in pages that are to be shared
    with warnings.catch_warnings(), _as_in_a_kernel():  # afterwards a kernel shows its own warnings anew
        warnings.simplefilter("ignore")
        _warm_up(sys.argv[2])
    with suppress(ValueError):
        sys.path.remove(str(Path.cwd()))  # put there by -m; a kernel puts its own folder there
    threads = _threads()
    if len(threads) != 1:
        raise SystemExit(f"the warm-up left threads: {', '.join(threads)}")
    warmth = Warmth.of_this_process(started_with)
    gc.freeze()
    connection = _Nursery(listening).serve()
    if connection is not None:
        become_kernel(connection, warmth)


def _warm_up(name: str) -> None:
    """Load what every kernel needs, then what the caller wants."""
    for module in _EVERY_KERNEL:
        importlib.import_module(module)
    module, _, function = name.partition(":")
    getattr(importlib.import_module(module), function)()


@contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Answer as a kernel would to libraries that ask, when they are imported, whether they are in one (pandas does)."""
    builtins.get_ipython = lambda: SimpleNamespace(kernel=True, config={"IPKernelApp": {}})  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


def _threads() -> list[str]:
    """Return the names of all threads of this process, those of libraries too."""
    return [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]


@dataclass
class _Nursery:
    """Forks kernels and looks after them."""

    listening: socket.socket
    kernels: dict[int, tuple[socket.socket, int]] = field(default_factory=dict)

    def serve(self) -> socket.socket | None:
        """Serve until the owner goes; return the connection in a fork, and None in the end."""
        woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: None)
        events = select.poll()
        events.register(self.listening, select.POLLIN)
        events.register(sys.stdin.fileno(), select.POLLIN)
        events.register(woken, select.POLLIN)
        while True:
            ready = events.poll()[0][0]  # one at a time: handling one may change what the others mean
            if ready == self.listening.fileno():
                connection, _address = self.listening.accept()
                pid = self._fork(connection)
                if pid == 0:
                    return connection
                if pid is not None:
                    self.kernels[connection.fileno()] = (connection, pid)
                    events.register(connection, select.POLLRDHUP)  # what it brings is for the kernel to read
            elif ready in self.kernels:
                _kill(self.kernels[ready][1])
                events.unregister(ready)
            elif ready == woken and signal.SIGTERM not in os.read(woken, 4096):
                for number in self._reap():
                    with suppress(KeyError):
                        events.unregister(number)
                    self.kernels.pop(number)[0].close()
            else:
                self._end()
                return None

    def _fork(self, connection: socket.socket) -> int | None:
        """Fork for a connection of this account; return the process id, 0 in the fork, None when refused."""
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        threads = _threads()
        why = "asked by another account" if struct.unpack("3i", peer)[1] != os.geteuid() else ""
        why = why or (f"threads: {', '.join(threads)}" if len(threads) != 1 else "")
        if not why:
            try:
                return os.fork()
            except OSError as problem:  # too many processes: the kernels that run are not to suffer
                why = str(problem)
        with suppress(OSError):
            connection.send(json.dumps({"refused": why}).encode())
        connection.close()
        return None

    def _reap(self) -> list[int]:
        """Say the status of every kernel that has ended; return the numbers of their connections."""
        ended = []
        for number, (connection, pid) in self.kernels.items():
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                with suppress(OSError):
                    connection.send(json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode())
                ended.append(number)
        return ended

    def _end(self) -> None:
        for _connection, pid in self.kernels.values():
            _kill(pid)
        for _connection, pid in self.kernels.values():
            os.waitpid(pid, 0)


def _kill(pid: int) -> None:
    """Kill a kernel and what it has started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # it has no group of its own yet
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
