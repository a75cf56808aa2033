"""How quickly the talent explorer opens and answers, on a made-up round of many people written as a run writes it.

python -m benchmarks.explorer [--people 60000] [--seed N] [--times 5] [--save]

The page is asked over its own socket, from a warm server, as a browser asks it; the first visit, which meets a cold
server, does not count. Opening is the document with its first list; every question is one message there and back.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psutil

from benchmarks.kernels import WORKBENCH, comm_message
from benchmarks.machine import describe, table
from benchmarks.page import save_section
from workbench.policy import load_policy
from workbench.review.store import Case, Store
from workbench.settings import Settings
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from numpy.random import Generator

POLICY = "permenpanrb-3-2020"
PEOPLE_EACH = 1000  # in one instansi
RUN = "boxes-bench"
DRAWS = 200
VACANCIES = 60
HEADING = ("what", "median s", "slowest s", "kB")


def make_round(folder: Path, people: int, rng: Generator) -> Workspace:
    """Write a round of made-up people: everything that the explorer reads, and one case."""
    work = Workspace.create(
        folder, Settings(name="bench", title="Bench", policy=POLICY, bank="nasional-2023-demo", people=("Ani",))
    )
    policy = load_policy(POLICY)
    ids = np.array([f"P{n:012d}" for n in rng.permutation(people)], dtype=object)
    instansi = np.array([f"Instansi {n // PEOPLE_EACH:03d}" for n in range(people)], dtype=object)
    tiers = rng.choice([tier.key for tier in policy.competencies.jenjang], people)
    p = rng.dirichlet(np.full(9, 0.15), people)
    boxes = pd.DataFrame(
        {
            "participant_id": ids,
            "instansi": instansi,
            "jenjang": tiers,
            "jpm": rng.uniform(50, 150, people),
            "jpm_category": "optimal",
            "potensial": rng.uniform(40, 100, people),
            "potensial_sd": rng.uniform(2, 5, people),
            "kinerja": rng.choice([50.0, 70.0, 90.0], people),
            "kinerja_sd": 0.0,
            "box": pd.array(p.argmax(axis=1) + 1, dtype="Int64"),
            "box_source": "computed",
            **{f"p_box_{b}": p[:, b - 1] for b in range(1, 10)},
            "p_pool": p[:, 6:].sum(axis=1),
            "box_printed": pd.array(p.argmax(axis=1) + 1, dtype="Int64"),
            "withheld_reason": "",
            "flip_distance": rng.uniform(0, 20, people),
            "run_id": RUN,
        }
    )
    boxes["risk"] = np.minimum(boxes["p_pool"], 1 - boxes["p_pool"])
    out = rng.random(people) < 0.03
    boxes.loc[out, "withheld_reason"] = "belum ada data: JPM prediksi potensi"
    boxes.loc[out, ["box", "box_printed", "p_pool", "risk", *(f"p_box_{b}" for b in range(1, 10))]] = None
    work.write("boxes", boxes, "boxes")
    record = {"unit": rng.choice(120, people), "jabatan": rng.choice(300, people)}
    record = {name: [f"{name.title()} {n}" for n in values] for name, values in record.items()}
    work.write("participants", pd.DataFrame({"participant_id": ids, **record, "years_in_tier": 3.0}))
    _write_details(work, boxes, rng)
    case = Case("K1", RUN, 1, str(ids[0]), str(instansi[0]), str(tiers[0]), {})
    with closing(Store(work.database_url)) as store:
        store.replace_cases([case], run=RUN)
    return work


def _write_details(work: Workspace, boxes: pd.DataFrame, rng: Generator) -> None:
    policy, ids = load_policy(POLICY), boxes["participant_id"].to_numpy()
    levels = []
    for competency in (*policy.competencies.competencies, *(f"skala_{n}" for n in range(23))):
        p = rng.dirichlet(np.ones(5), ids.size)
        part = {"participant_id": ids, "competency": competency, "level": p.argmax(axis=1) + 1, "required": 3}
        levels.append(pd.DataFrame({**part, **{f"p_level_{k}": p[:, k - 1] for k in range(1, 6)}}))
    work.write("levels", pd.concat(levels, ignore_index=True), "boxes")
    groups = boxes[["instansi", "jenjang"]].drop_duplicates().merge(pd.DataFrame({"draw": range(DRAWS)}), how="cross")
    counts = pd.DataFrame(rng.poisson(8, (len(groups), 9)).astype(float), columns=[f"box_{b}" for b in range(1, 10)])
    work.write("draw_counts", pd.concat([groups, counts], axis=1), "boxes")
    years = [
        pd.DataFrame({"participant_id": ids, "year": y, "predicate": "baik", "hasil_kerja": "sesuai"}) for y in (1, 2)
    ]
    work.write("performance", pd.concat(years, ignore_index=True))
    codes = [f"L{n:03d}" for n in range(VACANCIES)]
    asked = {"vacancy": codes, "instansi": boxes["instansi"].iloc[0], "unit": "Unit 1", "jabatan": "Jabatan 1"}
    work.write("vacancies", pd.DataFrame({**asked, "jenjang": boxes["jenjang"].iloc[0], "openings": 1}))
    pool = boxes.loc[boxes["box"].isin([7, 8, 9]), "participant_id"].to_numpy()
    matched = pd.DataFrame({"vacancy": np.repeat(codes, 4000), "participant_id": rng.choice(pool, 4000 * VACANCIES)})
    chances = {name: rng.random(len(matched)) for name in ("p_pool", "p_standard", "p_all")}
    criteria = dict.fromkeys(("competency", "field", "education", "tenure"), "terpenuhi")
    numbers = {"own": True, "box": 8, "jpm": 90.0, "met": 4, "unmet": 0, "no_data": 0}
    work.write("vacancy_matches", matched.assign(**chances, **criteria, **numbers), "boxes")


def questions(work: Workspace) -> dict[str, dict[str, Any]]:
    """Return one message a kind of question."""
    placed = work.read("boxes", ["participant_id", "box"]).dropna()["participant_id"].tolist()
    return {
        "everybody": {"kind": "people"},
        "one instansi": {"kind": "people", "instansi": "Instansi 001"},
        "words in jabatan or unit": {"kind": "people", "words": "jabatan 29"},
        "three boxes, at least 50 %": {"kind": "people", "boxes": [7, 8, 9], "p_pool": 50},
        "sorted by jabatan, last page": {"kind": "people", "sort": "jabatan", "page": 10**6},
        "card of a person": {"kind": "card", "participant": placed[len(placed) // 2]},
        "three people compared": {"kind": "compare", "participants": placed[5:8]},
        "candidates of a vacancy": {"kind": "vacancy", "vacancy": "L001"},
    }


def visit(address: str, asked: dict[str, dict[str, Any]], server: int) -> dict[str, tuple[float, int]]:
    """Open the page once and ask everything; return seconds and bytes."""
    from websockets.sync.client import connect

    started = time.perf_counter()
    with urllib.request.urlopen(address, timeout=120) as answer:
        html, root = answer.read().decode(), re.match(r"http://[^/]+/", answer.url)
    written = re.search(r'<script id="workbench-page" type="application/json">(.*?)</script>', html)
    if written is None or root is None:
        raise SystemExit(html)
    found = {"open the page": (time.perf_counter() - started, len(html))}
    ids = json.loads(written.group(1))
    children = psutil.Process(server).children(recursive=True)
    kernel = next(child for child in children if ids["kernel"] in " ".join(child.cmdline()))
    found["of that, processor time of its kernel"] = (sum(kernel.cpu_times()[:2]), 0)
    socket = f"{root.group().replace('http', 'ws', 1)}api/kernels/{ids['kernel']}/channels?session_id=s"
    with connect(socket, max_size=None) as connection:
        for name, message in asked.items():
            started = time.perf_counter()
            connection.send(comm_message(ids["model"], {**message, "token": name}))
            while True:
                got = connection.recv(timeout=60)
                said = json.loads(got)
                content = said["content"].get("data", {}).get("content", {}) if said["msg_type"] == "comm_msg" else {}
                if content.get("token") == name:
                    break
            if content["kind"] == "error":
                raise SystemExit(content["sentence"])
            found[name] = (time.perf_counter() - started, len(got))
    return found


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    seed = int(np.random.default_rng(arguments.seed).integers(2**31)) if arguments.seed is None else arguments.seed
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as temporary:
        work = make_round(Path(temporary) / "bench", arguments.people, np.random.default_rng(seed))
        command = [*WORKBENCH, "review", str(work.path), "--as", "Ani", "--screen", "talent"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            try:
                address = re.search(r"http://\S+", server.stdout.readline() if server.stdout else "")
                if address is None:
                    raise SystemExit("the server did not start")
                visits = [visit(address.group(), questions(work), server.pid) for _ in range(arguments.times + 1)][1:]
            finally:
                server.terminate()
    rows = []
    for name in visits[0]:
        seconds = [found[name][0] for found in visits]
        kilobytes = f"{visits[0][name][1] / 1000:.0f}" if visits[0][name][1] else ""
        rows.append([name, f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}", kilobytes])
    words = f"{describe()}, seed {seed}, {arguments.people:,} people\n\n{table(HEADING, rows)}"
    print(words)
    if arguments.save:
        save_section("The talent explorer", words)


if __name__ == "__main__":
    main()
