"""Kernels that talk over sockets of the file system, which only this account can open."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakSet

from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import default

__all__ = ["SocketKernelManager", "kill_kernels"]


class SocketKernelManager(AsyncKernelManager):
    """A kernel manager without a TCP port: responses never travel where another account could listen."""

    known: ClassVar[WeakSet[SocketKernelManager]] = WeakSet()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        SocketKernelManager.known.add(self)

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]  # AsyncKernelManager awaits it too
        """Start the kernel without the terminal: what a notebook prints is in the notebook, the rest is noise."""
        await super().start_kernel(**{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **kwargs})

    @default("transport")
    def _transport(self) -> str:
        return "ipc"

    @default("ip")
    def _address(self) -> str:
        folder = Path(jupyter_runtime_dir())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Kernels of one process run at the same time, so each needs a name of its own; socket paths must stay short.
        return str(folder / f"k{secrets.token_hex(4)}")


def kill_kernels() -> None:
    """Kill every kernel that this process has started and that still runs: somebody pressed Ctrl-C."""
    for manager in list(SocketKernelManager.known):
        pid = getattr(manager.provisioner, "pid", None) if manager.has_kernel else None
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
