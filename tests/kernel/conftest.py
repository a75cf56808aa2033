"""A warm process with a small warm-up of its own, and kernels that are asked for as Jupyter asks."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from workbench.kernel import WarmKernels

WARM_UP = """
import atexit, json, pathlib, random, tempfile, threading, time, uuid
import numpy

HERE = pathlib.Path(__file__).parent
KEPT = []

def exercise():
    random.seed(1)
    numpy.random.seed(1)
    KEPT.append(tempfile.TemporaryDirectory(dir=HERE))
    atexit.register((HERE / "ended").touch)

def with_thread():
    threading.Thread(target=time.sleep, args=(600,), daemon=True, name="extra").start()

def broken():
    raise LookupError("nothing to warm")
"""


class Kernel:
    """One kernel and a client."""

    def __init__(self, environment: dict[str, str], folder: Path, **options: Any) -> None:
        self.manager = KernelManager(
            kernel_name="python3", transport="ipc", ip=f"{folder / secrets.token_hex(2)}", shutdown_wait_time=5.0
        )
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.manager.start_kernel(env=environment, cwd=str(folder), **{**quiet, **options})
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    def run(self, code: str) -> str:
        """Run a cell and return what it printed, or the name of its error."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        answer = self.client.execute_interactive(code, output_hook=hear, timeout=60)["content"]
        return "".join(said).strip() if answer["status"] == "ok" else answer["ename"]

    def status(self) -> int | None:
        return self.manager.provisioner.process.poll()

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("k")
    (folder / "warming.py").write_text(WARM_UP, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    """What a kernel is given; the warm process is started with the same."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "PATH", "VIRTUAL_ENV") if name in os.environ}
    return {**kept, "PYTHONPATH": str(home), "OPENBLAS_NUM_THREADS": "1", "IPYTHONDIR": str(home / "ipython")}


@pytest.fixture(scope="module")
def warm(environment: dict[str, str]) -> Iterator[WarmKernels]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WORKBENCH_WARM_KERNELS", raising=False)
        with WarmKernels("warming:exercise", environment) as kernels:
            kernels.begin()
            yield kernels


@pytest.fixture
def start(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Kernel]]:
    """Start kernels, whatever there is to start them; every one is ended after the test."""
    kernels: list[Kernel] = []
    folder = tmp_path_factory.mktemp("s")

    def one(**more: Any) -> Kernel:
        given = {**environment, **more.pop("environment", {})}
        kernels.append(Kernel(given, more.pop("folder", folder), **more))
        return kernels[-1]

    yield one
    for kernel in kernels:
        kernel.end()
