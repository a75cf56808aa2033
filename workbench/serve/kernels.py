"""Kernels of visitors: this interpreter only, a scrubbed environment, few at a time, none left behind."""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado.ioloop import IOLoop
from tornado.web import HTTPError
from traitlets import Dict, Float, Integer, Unicode, default

from workbench.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ENVIRONMENT_ALLOWED",
    "MESSAGES_ALLOWED",
    "LabKernelManager",
    "OwnPythonOnly",
    "ScrubbedKernelManager",
    "inherited",
    "kernels_of_request",
    "scrubbed",
]

# What a kernel may inherit. Everything else (passwords, tokens, the visitor's query string) stays outside.
ENVIRONMENT_ALLOWED = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR", "TZ", "VIRTUAL_ENV")
# A page asks its own widget and nothing more: it may not open comms, run code or stop the kernel over the socket.
MESSAGES_ALLOWED = ("comm_msg", "comm_info_request", "kernel_info_request")

# What the request in hand has started; a page sets it, to know whether what it waits for still lives.
kernels_of_request: ContextVar[list[str]] = ContextVar("kernels_of_request")


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what every kernel starts with: the part that it may see, and one thread of linear algebra."""
    return {**scrubbed(environment), "OPENBLAS_NUM_THREADS": "1"}


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of an environment that a kernel may see."""
    return {name: environment[name] for name in ENVIRONMENT_ALLOWED if name in environment}


class OwnPythonOnly(KernelSpecManager):
    """One kernel specification: the interpreter that serves; kernels installed elsewhere do not count."""

    @default("kernel_dirs")
    def _no_directories(self) -> list[str]:
        return []


class VisitorKernel(ServerKernelManager):
    """One kernel, whose errors reach the page without what they say.

    The socket asks the kernel, and not its manager as it should, what to say instead of a traceback; without an answer
    it stops passing anything on, so that one error in the kernel would silence its page for good.
    """

    traceback_replacement_message = ""


class ScrubbedKernelManager(AsyncMappingKernelManager):
    """Starts kernels with a scrubbed environment, few at a time, and ends those whose page is gone.

    Attributes
    ----------
    most_kernels : int
        How many pages may be open at once.
    left_seconds : float
        How long a kernel outlives its page; a page that comes back within them finds it again.
    unclaimed_seconds : float
        How long a kernel waits for its page to appear.
    given : dict of str to str
        Variables that every kernel gets: workspace and person. They come from the server, never from the page.
    private_folder : str
        Folder for the settings of IPython, so that no kernel reads start-up files or keeps a history.
    """

    most_kernels = Integer(8, config=True)
    left_seconds = Float(10.0, config=True)
    unclaimed_seconds = Float(120.0, config=True)
    given = Dict(config=True)
    private_folder = Unicode(config=True)

    @default("kernel_manager_class")
    def _own_kernels(self) -> str:
        return f"{__name__}.{VisitorKernel.__name__}"

    def __init__(self, **kwargs: Any) -> None:
        kwargs["allowed_message_types"] = list(MESSAGES_ALLOWED)
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self._alone_until: dict[str, float] = {}
        self._visited: set[str] = set()
        self._starting = 0

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        """Start one kernel.

        Raises
        ------
        tornado.web.HTTPError
            503 when as many pages as allowed are open.
        """
        if self._is_full():
            await self._make_room()
        if self._is_full():
            raise HTTPError(503, _("Terlalu banyak halaman telaah terbuka; tutup salah satu, lalu muat ulang."))
        kwargs["env"] = {
            **inherited(os.environ),
            "IPYTHONDIR": self.private_folder or self.connection_dir,
            **self.given,
        }
        self._starting += 1
        try:
            started: str = await super().start_kernel(**kwargs)
        finally:
            self._starting -= 1
        kernels_of_request.get([]).append(started)
        self._leave_alone(started, self.unclaimed_seconds)
        return started

    def notify_connect(self, kernel_id: str) -> None:
        """Note that a page has come."""
        super().notify_connect(kernel_id)  # type: ignore[no-untyped-call]
        self._visited.add(kernel_id)
        self._alone_until.pop(kernel_id, None)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that a page has gone; without another the kernel ends soon."""
        super().notify_disconnect(kernel_id)  # type: ignore[no-untyped-call]
        if kernel_id in self and not self._kernel_connections.get(kernel_id):
            self._leave_alone(kernel_id, self.left_seconds)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that has ended."""
        self._alone_until.pop(kernel_id, None)
        self._visited.discard(kernel_id)
        return super().remove_kernel(kernel_id)

    def _leave_alone(self, kernel_id: str, seconds: float) -> None:
        self._alone_until[kernel_id] = time.monotonic() + seconds
        IOLoop.current().call_later(seconds + 0.1, self._end_if_alone, kernel_id)

    async def _end_if_alone(self, kernel_id: str) -> None:
        if kernel_id in self and self._alone_until.get(kernel_id, float("inf")) <= time.monotonic():
            await self._end(kernel_id)

    def _is_full(self) -> bool:
        # A kernel is on the list once it runs; those that many visitors at once have asked for count before.
        return len(self) + self._starting >= self.most_kernels

    async def _make_room(self) -> None:
        """End the kernels whose page is gone, and those that died; one that has not come yet keeps its kernel."""
        for kernel_id in list(self.list_kernel_ids()):
            gone = kernel_id in self._alone_until and kernel_id in self._visited
            if gone or not await ensure_async(self.get_kernel(kernel_id).is_alive()):
                await self._end(kernel_id)

    async def _end(self, kernel_id: str) -> None:
        # A vote is on the disk before its page moves on, so a kernel may be ended at once.
        await self.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]


class LabKernelManager(AsyncMappingKernelManager):
    """Starts the kernels of JupyterLab with a scrubbed environment: a notebook is handed on, a password is not.

    Attributes
    ----------
    given : dict of str to str
        Variables that every kernel gets: workspace and person.
    """

    given = Dict(config=True)

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        """Start one kernel."""
        offered = kwargs.get("env") or os.environ
        name = {"JPY_SESSION_NAME": offered["JPY_SESSION_NAME"]} if "JPY_SESSION_NAME" in offered else {}
        kwargs["env"] = {**inherited(offered), **name, **self.given}
        started: str = await super().start_kernel(**kwargs)
        return started
