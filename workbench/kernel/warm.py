"""The owner's side of the warm process: start it, say where it listens, end it."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ORDINARY",
    "PROVISIONER",
    "PROVISIONER_VARIABLE",
    "ROOM_VARIABLE",
    "SWITCH",
    "WarmKernels",
    "listening_place",
]

# Environment variable: ORDINARY forces ordinary kernels; a path names the socket of a warm process to use.
SWITCH = "WORKBENCH_WARM_KERNELS"
ORDINARY = "no"
# The entry point under which Jupyter knows the provisioner, and the variable by which Jupyter lets one choose it.
PROVISIONER = "workbench-warm"
PROVISIONER_VARIABLE = "JUPYTER_DEFAULT_PROVISIONER_NAME"
# Kernels show their own command and environment to `ps`; this much is kept free for that.
ROOM = 4096
ROOM_VARIABLE = "WORKBENCH_KERNEL_ROOM"
WAITING_KERNELS = 64
SECONDS_TO_END = 5.0

_log = logging.getLogger(__name__)


class WarmKernels:
    """Every Python kernel that this process starts inside is forked from one warm process, once `begin` was called.

    The warm process ends with this object, or with this process however that ends, and its kernels end with it.

    Parameters
    ----------
    warm_up : str
        ``module:function``; called once, without arguments, in the warm process. It may not start a thread.
    environment : mapping of str to str, optional
        Environment of the warm process; by default that of this process. Nothing else of this process's environment
        ever enters the memory of a kernel, beside what the kernel is given itself.

    Examples
    --------
    >>> with WarmKernels("package.module:exercise") as warm:  # doctest: +SKIP
    ...     warm.begin()
    ...     execute_notebook(...)
    """

    current: ClassVar[WarmKernels | None] = None

    def __init__(self, warm_up: str, environment: Mapping[str, str] | None = None) -> None:
        self.warm_up = warm_up
        self.environment = environment
        self.closed = False
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._before: tuple[WarmKernels | None, str] | None = None

    def __enter__(self) -> WarmKernels:
        from jupyter_client.provisioning.factory import KernelProvisionerFactory

        factory = KernelProvisionerFactory.instance()
        self._before = (WarmKernels.current, factory.default_provisioner_name)
        if PROVISIONER in factory.provisioners:  # else this project is not installed anew since it has one
            WarmKernels.current = self
            factory.default_provisioner_name = PROVISIONER
        return self

    def __exit__(self, *_problem: object) -> None:
        from jupyter_client.provisioning.factory import KernelProvisionerFactory

        if self._before is not None:
            WarmKernels.current, KernelProvisionerFactory.instance().default_provisioner_name = self._before
        self.close()

    def begin(self) -> None:
        """Start the warm process and go on at once; kernels that are asked for meanwhile wait until it is warm."""
        if self._process is not None or self.closed or os.environ.get(SWITCH):
            return
        if sys.platform != "linux":
            _log.info("ordinary kernels: %s has no warm ones", sys.platform)
            return
        self._folder = Path(tempfile.mkdtemp(prefix="kernels-"))  # mode 0700
        self._launch()

    def revive(self) -> None:
        """Start a warm process that was killed anew, in the same place; one that ended by itself is not tried again."""
        process = self._process
        if process is None or self.closed or (process.poll() or 0) >= 0:
            return
        if process.stdin is not None:
            process.stdin.close()
        if self.place is not None:
            self.place.unlink(missing_ok=True)
        self._launch()

    def _launch(self) -> None:
        given = dict(os.environ if self.environment is None else self.environment)
        given = {name: value for name, value in given.items() if not name.startswith("JPY_")}
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening, self._log_file.open("wb") as log:
            listening.bind(str(self.place))
            listening.listen(WAITING_KERNELS)
            self._process = subprocess.Popen(  # noqa: S603  # this interpreter and words of ours
                [
                    *(sys.executable, "-m", "workbench.kernel.process"),
                    *(str(listening.fileno()), self.warm_up, "." * ROOM),
                ],
                stdin=subprocess.PIPE,  # closed when this process ends, however it ends
                stdout=log,
                stderr=log,
                env={**given, ROOM_VARIABLE: "." * ROOM},
                pass_fds=[listening.fileno()],
                start_new_session=True,
            )

    @property
    def place(self) -> Path | None:
        """Where the warm process listens; None before `begin`, and where there is none."""
        return None if self._folder is None else self._folder / "socket"

    @property
    def pid(self) -> int | None:
        """Process id of the warm process."""
        return None if self._process is None else self._process.pid

    def for_others(self) -> dict[str, str]:
        """Return the environment variables by which another process starts its kernels here."""
        return {PROVISIONER_VARIABLE: PROVISIONER, SWITCH: str(self.place)} if self.place is not None else {}

    def complaint(self) -> str:
        """Return the last line that the warm process wrote: why it is not there."""
        try:
            return self._log_file.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        except OSError:
            return ""

    def close(self) -> None:
        """End the warm process and its kernels."""
        self.closed = True
        process, folder = self._process, self._folder
        if process is not None and process.stdin is not None and not process.stdin.closed:
            process.terminate()  # ends a process that is still warming up, which does not look at its input
            process.stdin.close()
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _log_file(self) -> Path:
        return (self._folder or Path(os.devnull)) / "log"


def listening_place() -> Path | None:
    """Return the socket of the warm process that this process is to use, if any."""
    switch = os.environ.get(SWITCH, "")
    if switch:
        return None if switch == ORDINARY else Path(switch)
    return WarmKernels.current.place if WarmKernels.current is not None else None
