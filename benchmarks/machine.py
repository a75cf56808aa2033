"""The machine that measures, and the time and memory of a command with everything it starts."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Measured", "blas_threads", "describe", "measured", "table"]

INTERVAL = 0.25  # seconds between two looks at the memory
GIGABYTE = 1e9


@dataclass(frozen=True)
class Measured:
    """One command.

    Attributes
    ----------
    seconds : float
    peak : float
        Largest memory of the process and everything below it, in GB. Memory that several processes share counts once
        (proportional set size); where the system does not say, resident sizes are added, which counts it several times.
    """

    seconds: float
    peak: float


def blas_threads(number: int) -> None:
    """Give BLAS so many threads in every process that this one starts from now on and that then imports NumPy."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(number)


def describe() -> str:
    """Return processor, memory, system and Python in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = [line for line in cpuinfo.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = lines[0].split(":", 1)[1].strip() if lines else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory().total / GIGABYTE
    return f"{model}, {cores} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def _memory(process: psutil.Process) -> float:
    try:
        info = process.memory_full_info()
    except psutil.Error:
        return 0.0
    return float(getattr(info, "pss", info.rss))


def _tree(process: psutil.Process) -> float:
    try:
        return sum(_memory(one) for one in [process, *process.children(recursive=True)])
    except psutil.Error:
        return 0.0


def measured(command: Sequence[str | Path]) -> Measured:
    """Run a command and return its time and peak memory; stop with its words when it fails."""
    started = time.perf_counter()
    running = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    root, peak = psutil.Process(running.pid), [0.0]

    def look() -> None:
        while running.poll() is None:
            peak[0] = max(peak[0], _tree(root))
            time.sleep(INTERVAL)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    said, _nothing = running.communicate()
    seconds = time.perf_counter() - started
    watcher.join()
    if running.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {running.returncode}\n{said}")
    return Measured(seconds, peak[0] / GIGABYTE)


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are figures."""
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
