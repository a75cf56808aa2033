"""Many visitors of one review server at once, each screen alone, and what stays behind; ordinary kernels beside warm.

python -m benchmarks.visitors [--round DIR] [--visitors N] [--visits N] [--save]

--round DIR    a complete round to work on a copy of, instead of making pekalongan-2024 first
--visitors N   who come at once, beside one real Chromium; 24 unless told
--visits N     one after another, before what stays behind is counted; 50 unless told
--save         puts what was printed into docs/benchmarks.md

A visitor is served when the page's component has its state and one request was answered; Chromium when the screen can
be used. Nothing here is warmer than on a machine that was just switched on, but for the one visit before each count.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.machine import describe, table
from benchmarks.page import save_section
from benchmarks.served import KERNEL, WORKBENCH, Server, VisitedPage
from workbench.kernel import ORDINARY, SWITCH
from workbench.serve.screens import offered_screens
from workbench.workspace import Workspace

COHORT = "pekalongan-2024"
KINDS = ("ordinary", "warm")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
FIRST_PORT = 18700
ALONE = ("one visitor", "state s", "usable in a browser s", "requests", "MB")
CROWD = ("at once, and a browser", "median s", "longest s", "the browser s", "failed", "a kernel MB", "server grew MB")
LEFT = ("visits in a row", "before", "after")


@dataclass(frozen=True)
class Crowd:
    """What a number of visitors at once met.

    Attributes
    ----------
    seconds : tuple of float
        Of each protocol client that was served, in order.
    failed : int
    browser : float
        Seconds until the real browser's screen could be used.
    kernel, server : float
        MB a kernel (memory shared with others counted in shares), and by which the server grew.
    """

    seconds: tuple[float, ...]
    failed: int
    browser: float
    kernel: float
    server: float


def shared_memory(process: psutil.Process) -> float:
    """Return the proportional set size of a process, in MB."""
    text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
    return int(found.group(1)) / 1000 if found else float("nan")


def browse(browser: Browser, address: str) -> tuple[float, int, float]:
    """Open a screen in a fresh profile; return seconds until it can be used, requests, and MB that came."""
    context = browser.new_context()
    page = context.new_page()
    requests, received = [0], [0.0]
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.loadingFinished", lambda event: received.__setitem__(0, received[0] + event["encodedDataLength"])
    )
    session.on(
        "Network.webSocketFrameReceived",
        lambda event: received.__setitem__(0, received[0] + len(event["response"]["payloadData"])),
    )
    page.on("request", lambda request: requests.__setitem__(0, requests[0] + (not request.url.startswith("data:"))))
    page.on("websocket", lambda _socket: requests.__setitem__(0, requests[0] + 1))
    started = time.perf_counter()
    page.goto(address)
    page.locator(".wb[data-ready=yes]").wait_for(timeout=120_000)
    seconds = time.perf_counter() - started
    page.wait_for_timeout(300)  # what still comes belongs to the page
    context.close()
    return seconds, requests[0], received[0] / 1e6


def visit(address: str) -> float:
    """Open a page over the protocol, ask for its state and for one more case; return the seconds."""
    started = time.perf_counter()
    page = VisitedPage(address)
    with page.connect() as connection:
        page.state(connection)
        page.ask(connection, {"kind": "next"})
        return time.perf_counter() - started


def crowd(server: Server, browser: Browser, number: int) -> Crowd:
    """Let so many visitors come at once, with the browser among them, and stay until all are served."""
    times: list[float] = []
    failed: list[str] = []
    all_served = threading.Barrier(number + 1)
    process = psutil.Process(server.process.pid if server.process is not None else None)
    before = shared_memory(process)

    def come() -> None:
        started = time.perf_counter()
        try:
            page = VisitedPage(server.address)
            with page.connect() as connection:
                page.state(connection)
                page.ask(connection, {"kind": "next"})
                times.append(time.perf_counter() - started)
                all_served.wait(300)
                all_served.wait(300)
        except (OSError, ValueError, TimeoutError) as problem:
            failed.append(str(problem))
            all_served.abort()

    visitors = [threading.Thread(target=come, daemon=True) for _ in range(number)]
    for visitor in visitors:
        visitor.start()
    seconds, _requests, _size = browse(browser, server.address)
    kernels = grown = float("nan")
    try:
        all_served.wait(300)
        kernels = statistics.median(shared_memory(kernel) for kernel in server.processes(KERNEL))
        grown = shared_memory(process) - before
        all_served.wait(300)
    except threading.BrokenBarrierError:
        pass
    for visitor in visitors:
        visitor.join(10)
    return Crowd(tuple(sorted(times)), len(failed), seconds, kernels, grown)


def left_behind(server: Server, visits: int) -> list[list[str]]:
    """Return processes, open files and memory of the server before and after so many visits in a row."""
    process = psutil.Process(server.process.pid if server.process is not None else None)

    def count() -> tuple[int, int, float]:
        until = time.monotonic() + 60
        while server.processes(KERNEL) and time.monotonic() < until:
            time.sleep(0.5)
        files = sum(1 for _ in Path(f"/proc/{process.pid}/fd").iterdir())
        return len(process.children(recursive=True)), files, shared_memory(process)

    visit(server.address)
    before = count()
    for _ in range(visits):
        visit(server.address)
    after = count()
    return [
        [f"{visits}: {name}", f"{old:.0f}", f"{new:.0f}"]
        for name, old, new in zip(
            ("processes below the server", "open files of the server", "memory of the server, MB"),
            before,
            after,
            strict=True,
        )
    ]


def served(folder: Path, kind: str, measure: Callable[[Server], list[list[str]]]) -> list[list[str]]:
    """Return what is measured on a server that was just started, with kernels of one kind."""
    server = Server(folder, "Ani", FIRST_PORT, {SWITCH: ORDINARY} if kind == "ordinary" else None)
    server.start()
    try:
        return measure(server)
    finally:
        server.stop()


def one_visitor(server: Server, browser: Browser, screens: list[str]) -> list[list[str]]:
    """Return a row a screen: seconds over the protocol and in the browser, requests, and MB."""
    visit(server.address)  # the warm process is warm, the database open
    rows = []
    for key in screens:
        protocol = statistics.median(visit_screen(server.address + key) for _ in range(3))
        seen = [browse(browser, server.address + key) for _ in range(3)]
        seconds = statistics.median(one[0] for one in seen)
        rows.append([key, f"{protocol:.2f}", f"{seconds:.2f}", str(seen[0][1]), f"{seen[0][2]:.2f}"])
    return rows


def visit_screen(address: str) -> float:
    """Open any screen over the protocol until its component has its state; return the seconds."""
    started = time.perf_counter()
    page = VisitedPage(address)
    with page.connect() as connection:
        page.state(connection)
        return time.perf_counter() - started


def crowd_rows(server: Server, browser: Browser, number: int) -> list[list[str]]:
    """Return one row: times, failures and memory of a crowd."""
    visit(server.address)
    met = crowd(server, browser, number)
    times = met.seconds or (float("nan"),)
    return [
        [
            str(number),
            f"{statistics.median(times):.2f}",
            f"{times[-1]:.2f}",
            f"{met.browser:.2f}",
            str(met.failed),
            f"{met.kernel:.0f}",
            f"{met.server:.0f}",
        ]
    ]


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--round", type=Path)
    parser.add_argument("--visitors", type=int, default=24)
    parser.add_argument("--visits", type=int, default=50)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    with tempfile.TemporaryDirectory(prefix="workbench-visitors-") as temporary, sync_playwright() as playwright:
        folder = Path(temporary) / "round"
        if arguments.round:
            shutil.copytree(arguments.round, folder)
        else:
            for command in (["new", str(folder), "--cohort", COHORT], ["run", str(folder)]):
                subprocess.run([*WORKBENCH, *command], check=True, capture_output=True)
        settings = folder / "workbench.toml"
        text = re.sub(r"(?m)^people = .*$", 'people = ["Ani"]', settings.read_text("utf-8"))
        settings.write_text(text, encoding="utf-8")
        screens = [screen.key for screen in offered_screens(Workspace(folder), "Ani")]
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        words = [f"{describe()}; load of the machine before: {psutil.getloadavg()[1]:.1f}"]
        print(words[0], flush=True)

        def keep(
            heading: tuple[str, ...], measure: Callable[[Server], list[list[str]]], kinds: tuple[str, ...]
        ) -> None:
            rows = []
            for kind in kinds:
                rows += [[f"{row[0]}, {kind}", *row[1:]] for row in served(folder, kind, measure)]
            words.append(table(heading, rows))
            print(f"\n{words[-1]}", flush=True)

        keep(ALONE, lambda server: one_visitor(server, browser, screens), KINDS)
        keep(CROWD, lambda server: crowd_rows(server, browser, arguments.visitors), KINDS)
        keep(LEFT, lambda server: left_behind(server, arguments.visits), KINDS[1:])
        browser.close()
    if arguments.save:
        save_section("Visitors of the review", "\n\n".join(words))


if __name__ == "__main__":
    main()
