"""What a fork of the warm process does to be a kernel like any other."""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import random
import re
import signal
import socket
import sys
import tempfile
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from workbench.kernel.forked import MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Warmth", "become_kernel"]

# Read once, when the interpreter or a library starts: what a kernel wants of these must be what the warm process had.
_READ_AT_START = re.compile(r"HOME|LANG|LC_\w+|LD_\w+|MPL\w+|PYTHON\w+|VIRTUAL_ENV|XDG_\w+|\w+_NUM_THREADS")
_PR_SET_PDEATHSIG = 1
# Fields of /proc/self/stat behind the name, see proc(5): where command and environment lie in memory.
_COMMAND, _ENVIRONMENT = (45, 46), (47, 48)


@dataclass(frozen=True)
class Warmth:
    """What the warm process was when it was warm.

    Attributes
    ----------
    pid : int
    environment : dict of str to str
        With which it was started.
    sources : dict of str to tuple of int
        Size and time of change of every file beside what was loaded and is not installed: code and its data.
    """

    pid: int
    environment: dict[str, str]
    sources: dict[str, tuple[int, int]]

    @classmethod
    def of_this_process(cls, environment: dict[str, str]) -> Warmth:
        """Return what this process is now."""
        return cls(os.getpid(), environment, _sources())

    def refuses(self, environment: Mapping[str, str]) -> str:
        """Return why a kernel with this environment would not be as an ordinary one; empty when it would."""
        names = {name for name in {*environment, *self.environment} if _READ_AT_START.fullmatch(name)}
        different = sorted(name for name in names if environment.get(name) != self.environment.get(name))
        if different:
            return f"other values of {', '.join(different)}"
        return "" if _sources() == self.sources else "code has changed since the warm-up"


def become_kernel(connection: socket.socket, warmth: Warmth) -> NoReturn:
    """Read what is asked for on the connection, and be that kernel until it ends."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != warmth.pid:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    message, outputs, _flags, _address = socket.recv_fds(connection, MESSAGE_BYTES, 2)
    if not message:
        os._exit(1)
    request = json.loads(message)
    refusal = warmth.refuses(request["environment"])
    if refusal:
        connection.send(json.dumps({"refused": refusal}).encode())
        os._exit(0)
    _redirect(outputs, connection.fileno())
    _enter(request["folder"], request["environment"], request["arguments"])
    _forget_what_is_shared()
    connection.send(json.dumps({"pid": os.getpid()}).encode())
    connection.close()
    _run(request["arguments"], warmth.pid)


def _redirect(outputs: list[int], connection: int) -> None:
    """Take the outputs that were asked for; close everything that belongs to the warm process and to other kernels."""
    silence = os.open(os.devnull, os.O_RDONLY)
    for wanted, place in zip((silence, *outputs), (0, 1, 2), strict=True):
        os.dup2(wanted, place)
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number > 2 and number != connection:
            try:
                os.close(number)
            except OSError:  # the listing's own
                continue


def _enter(folder: str, environment: dict[str, str], arguments: list[str]) -> None:
    """Take over folder, environment and command line."""
    import ipykernel_launcher

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    command = [sys.executable, "-m", "ipykernel_launcher", *arguments]
    _write_over(_COMMAND, command)
    _write_over(_ENVIRONMENT, [f"{name}={value}" for name, value in environment.items()])
    sys.argv = [str(ipykernel_launcher.__file__), *arguments]
    tempfile.tempdir = None  # found again from the environment


def _write_over(fields: tuple[int, int], texts: Iterable[str]) -> None:
    """Replace what the system shows of this process: as many texts as there is room for, none of the old ones."""
    numbers = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = (int(numbers[field]) for field in fields)
    written = b""
    for text in map(os.fsencode, texts):
        if len(written) + len(text) + 2 > end - start:
            break
        written += text + b"\0"
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, written, len(written))


def _forget_what_is_shared() -> None:
    """Draw new random states, and drop what the warm process wanted to do at its end."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    atexit._clear()
    registry: Any = weakref.finalize
    registry._registry.clear()
    registry._registered_with_atexit = False
    gc.enable()


def _run(arguments: list[str], parent: int) -> NoReturn:
    from ipykernel.kernelapp import IPKernelApp

    status = 0
    try:
        IPKernelApp.launch_instance([*arguments, f"--IPKernelApp.parent_handle={parent}"])
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _sources() -> dict[str, tuple[int, int]]:
    """Return size and time of change of the files of all loaded packages that are not installed."""
    found: dict[str, tuple[int, int]] = {}
    installed = (sys.prefix, sys.base_prefix)
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if "." in name or not path or path.startswith(installed):
            continue
        files = Path(path).parent.rglob("*") if hasattr(module, "__path__") else [Path(path)]
        for file in files:
            if file.suffix != ".pyc" and file.is_file():
                status = file.stat()
                found[str(file)] = (status.st_size, status.st_mtime_ns)
    return found
