"""Ordinary kernels against kernels forked from a warm process, side by side on one round.

python -m benchmarks.kernels [--round DIR] [--times N] [--save]

--round DIR   a complete round to work on copies of, instead of making pekalongan-2024 first
--times N     how often each is measured; the median counts
--save        puts what was printed into docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import describe, table
from benchmarks.page import save_section
from workbench.kernel import ORDINARY, SWITCH, WarmKernels
from workbench.pipeline.kernels import SocketKernelManager
from workbench.pipeline.notebooks import NOTEBOOKS, one_thread_each
from workbench.workspace import Workspace

COHORT = "pekalongan-2024"
WORKBENCH = [sys.executable, "-m", "workbench"]
KINDS = ("ordinary", "warm")
HEADING = (
    "what",
    *(f"{what}, {kind}" for what in ("first cell s", "whole s", "CPU s", "private MB") for kind in KINDS),
)


@dataclass(frozen=True)
class Taken:
    """What a notebook, page or run took: seconds to its first cell or document, in all, of CPU; private MB."""

    first: float
    whole: float
    cpu: float
    private: float


def median(found: list[Taken]) -> Taken:
    """Return the median of each figure."""
    names = ("first", "whole", "cpu", "private")
    return Taken(**{name: statistics.median(getattr(one, name) for one in found) for name in names})


@contextmanager
def watched(pid_of: Callable[[], int | None]) -> Iterator[dict[str, float]]:
    """Look at a process until the block ends: the most private memory it had, and its processor time."""
    seen, over = {"private": 0.0, "cpu": 0.0}, threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            try:
                process = psutil.Process(pid_of() or -1)
                seen["cpu"] = max(seen["cpu"], sum(process.cpu_times()[:2]))
                seen["private"] = max(seen["private"], process.memory_full_info().uss / 1e6)
            except (psutil.Error, ValueError):
                continue

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def kernel_now() -> int | None:
    """Return the process id of the kernel of this process that runs now."""
    running = [m.provisioner.pid for m in list(SocketKernelManager.known) if m.has_kernel]
    return running[0] if running else None


def notebook(folder: Path, name: str, parameters: dict[str, str]) -> Taken:
    """Run one notebook by papermill, as the chain does."""
    from papermill import execute_notebook

    output = folder / "executed.ipynb"
    started, begun = time.perf_counter(), datetime.now().astimezone()
    with watched(kernel_now) as seen:
        execute_notebook(
            NOTEBOOKS / f"{name}.ipynb",
            str(output),
            parameters={"workspace": str(folder), "run": "bench", **parameters},
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            kernel_manager_class="workbench.pipeline.kernels.SocketKernelManager",
        )
    whole = time.perf_counter() - started
    cells = json.loads(output.read_text(encoding="utf-8"))["cells"]
    first = next(cell for cell in cells if cell["cell_type"] == "code")["metadata"]["papermill"]["end_time"]
    return Taken((datetime.fromisoformat(first) - begun).total_seconds(), whole, seen["cpu"], seen["private"])


def notebooks(folder: Path, times: int) -> tuple[str, list[list[str]]]:
    """Measure every notebook of the chain, and what it takes to warm up."""
    from papermill import execute_notebook  # noqa: F401  # imported before anything is measured

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    workspace = Workspace(folder)
    instrument = str(workspace.read("instruments")["instrument"].iloc[-1])
    instansi = str(workspace.read("boxes")["instansi"].iloc[0])
    chosen = {
        "01_item_analysis": {"instrument": instrument},
        "02_score_validation": {"instrument": instrument},
        "03_talent_boxes": {},
        "04_instansi_report": {"instansi": instansi},
    }
    found: dict[tuple[str, str], list[Taken]] = {}
    said = ""
    with one_thread_each():
        for kind in KINDS:
            warm = WarmKernels("workbench.pipeline.warm_up:warm_up")
            with warm if kind == "warm" else nullcontext():
                if kind == "warm":
                    warm.begin()
                    said = wait_until_warm(warm)
                for name, parameters in chosen.items():
                    found[name, kind] = [notebook(folder, name, parameters) for _ in range(times)]
    return said, [row(name, *(median(found[name, kind]) for kind in KINDS)) for name in chosen]


def wait_until_warm(warm: WarmKernels) -> str:
    """Start one kernel and end it: from then on the process is warm; return what that took."""
    started = time.perf_counter()
    manager = SocketKernelManager(kernel_name="python3")

    async def once() -> None:
        await manager.start_kernel()
        await manager.shutdown_kernel(now=True)

    asyncio.run(once())
    process, seconds = psutil.Process(warm.pid), time.perf_counter() - started
    cpu, private = sum(process.cpu_times()[:2]), process.memory_full_info().uss / 1e6
    return f"Warming up for the notebooks: {seconds:.1f} s, {cpu:.1f} CPU s, {private:.0f} MB."


def row(name: str, ordinary: Taken, warm: Taken) -> list[str]:
    """Return one row of the table."""
    figures = [("first", 2), ("whole", 2), ("cpu", 2), ("private", 0)]
    return [name, *(f"{getattr(one, what):.{digits}f}" for what, digits in figures for one in (ordinary, warm))]


def page(folder: Path, times: int, kind: str) -> Taken:
    """Open the review page and ask its widget something; the first visit, which meets a cold server, does not count."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **({SWITCH: ORDINARY} if kind == "ordinary" else {})}
    command = [*WORKBENCH, "review", str(folder), "--as", "Ani"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            said = server.stdout.readline() if server.stdout else ""
            address = re.search(r"http://\S+", said)
            if address is None:
                raise SystemExit(said)
            return median([visit(address.group(), server.pid) for _ in range(times + 1)][1:])
        finally:
            server.terminate()


def visit(address: str, server: int) -> Taken:
    """Open the page once, as a browser would: the document, the socket, and one message there and back."""
    from websockets.sync.client import connect

    started = time.perf_counter()
    with urllib.request.urlopen(address, timeout=120) as answer:
        html = answer.read().decode()
    written = re.search(r'<script id="workbench-page" type="application/json">(.*?)</script>', html)
    if written is None:
        raise SystemExit(html)
    ids = json.loads(written.group(1))
    first = time.perf_counter() - started
    socket = f"{address.replace('http', 'ws', 1)}api/kernels/{ids['kernel']}/channels?session_id=s"
    with connect(socket, max_size=None) as connection:
        connection.send(comm_message(ids["model"], {"kind": "ping", "token": "t"}))
        while json.loads(connection.recv(timeout=60))["msg_type"] != "comm_msg":
            continue
        whole = time.perf_counter() - started
        children = psutil.Process(server).children(recursive=True)
        kernel = next(child for child in children if ids["kernel"] in " ".join(child.cmdline()))
        return Taken(first, whole, sum(kernel.cpu_times()[:2]), kernel.memory_full_info().uss / 1e6)


def comm_message(model: str, content: dict[str, Any]) -> str:
    """Return what a page sends to its widget."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "comm_msg", "username": "", "session": "s", "version": "5.3"}
    return json.dumps(
        {
            "channel": "shell",
            "header": {**header, "date": "2024-01-01T00:00:00Z"},
            "parent_header": {},
            "metadata": {},
            "content": {"comm_id": model, "data": {"method": "custom", "content": content}},
            "buffers": [],
        }
    )


def whole_run(folder: Path, kind: str) -> Taken:
    """Run the whole chain anew, two notebooks at a time."""
    environment = {**os.environ, **({SWITCH: ORDINARY} if kind == "ordinary" else {})}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    finished = subprocess.run(
        [*WORKBENCH, "run", str(folder), "--fresh", "--jobs", "2"], env=environment, capture_output=True, check=False
    )
    if finished.returncode not in (0, 1):
        raise SystemExit(finished.stderr.decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(float("nan"), time.perf_counter() - started, cpu, float("nan"))


def main() -> None:
    """Print what warming up takes, and one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--round", type=Path)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as temporary:
        folder = Path(temporary) / COHORT
        if arguments.round:
            shutil.copytree(arguments.round, folder)
        else:
            for command in (["new", str(folder), "--cohort", COHORT], ["run", str(folder)]):
                subprocess.run([*WORKBENCH, *command], check=True, capture_output=True)
        settings = folder / "workbench.toml"
        settings.write_text(
            re.sub(r"(?m)^people = .*$", 'people = ["Ani"]', settings.read_text("utf-8")), encoding="utf-8"
        )
        said, rows = notebooks(folder, arguments.times)
        rows.append(row("review page", *(page(folder, arguments.times, kind) for kind in KINDS)))
        rows.append(row("workbench run, all of it", *(whole_run(folder, kind) for kind in KINDS)))
    words = f"{describe()}\n\n{said}\n\n{table(HEADING, rows)}".replace(" nan ", " - ")
    print(words)
    if arguments.save:
        save_section("Warm kernels", words)


if __name__ == "__main__":
    main()
