"""How Jupyter gets a kernel: forked from the warm process where there is one, in the ordinary way where not."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from workbench.kernel.forked import ForkedKernel, RefusedError, fork_kernel
from workbench.kernel.warm import PROVISIONER_VARIABLE, SWITCH, WarmKernels, listening_place

__all__ = ["WarmProvisioner"]

_LAUNCHER = ["-m", "ipykernel_launcher"]
_UNDERSTOOD = {"cwd", "env", "extra_arguments", "kernel_id", "stderr", "stdout"}
_log = logging.getLogger(__name__)
_said: set[str] = set()


class WarmProvisioner(LocalProvisioner):
    """Forks the kernel from the warm process; all else is as with ordinary kernels.

    Registered as ``workbench-warm`` under ``jupyter_client.kernel_provisioners``.
    """

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel; the connection information is in the file that the command names."""
        for name in (SWITCH, PROVISIONER_VARIABLE):  # a notebook has no business with the warm process
            kwargs["env"].pop(name, None)
        place = listening_place()
        if place is None:
            return await super().launch_kernel(cmd, **kwargs)
        try:
            kernel = await self._fork(place, cmd, kwargs)
        except RefusedError as refused:
            owner = WarmKernels.current
            if owner is not None and owner.closed:
                raise RuntimeError("kernels were stopped") from None
            _say_once(" ".join(filter(None, [str(refused), owner.complaint() if owner is not None else ""])))
            if owner is not None:
                owner.revive()  # for the kernels after this one, which does not wait for it
            return await super().launch_kernel(cmd, **kwargs)
        self.process: Any = kernel
        self.pid, self.pgid = kernel.pid, kernel.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's processes, unless it has ended: its number may be another's by then."""
        if self.process is not None and self.process.poll() is None:
            await super().send_signal(signum)

    async def _fork(self, place: Path, cmd: list[str], kwargs: dict[str, Any]) -> ForkedKernel:
        if cmd[0] != sys.executable or cmd[1:3] != _LAUNCHER:
            raise RefusedError("another interpreter is asked for")
        if not set(kwargs) <= _UNDERSTOOD:
            raise RefusedError(f"options that only ordinary kernels have: {sorted(set(kwargs) - _UNDERSTOOD)}")
        environment = {**kwargs["env"], "JPY_PARENT_PID": str(os.getpid())}
        with ExitStack() as opened:
            outputs = [_descriptor(kwargs.get(name), own, opened) for name, own in (("stdout", 1), ("stderr", 2))]
            return await fork_kernel(
                place, cmd[3:], environment, str(kwargs.get("cwd") or Path.cwd()), (outputs[0], outputs[1])
            )


def _descriptor(wanted: Any, own: int, opened: ExitStack) -> int:
    """Return the file descriptor that one of Popen's ways to name an output means."""
    if wanted is None:
        return own
    if wanted == subprocess.DEVNULL:
        return opened.enter_context(Path(os.devnull).open("wb")).fileno()
    if isinstance(wanted, int):
        if wanted < 0:
            raise RefusedError("output through a pipe is asked for")
        return wanted
    return int(wanted.fileno())


def _say_once(why: str) -> None:
    if why not in _said:
        _said.add(why)
        _log.info("ordinary kernel: %s", why)
