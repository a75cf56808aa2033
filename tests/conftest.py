"""What all tests share: the root of the project, complete rounds to read, and a review page over a copy of one."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from filelock import FileLock

from workbench.kernel import WarmKernels

if TYPE_CHECKING:
    from workbench.review.store import Case

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--seed",
        default="1",
        help="number that all seeds of the tests follow from, so that a red build means changed code and not bad luck; "
        "'random' draws one, as `make test-all` does",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--seed") == "random":
        config.option.seed = str(secrets.randbelow(2**31))  # workers are started later and get this number


def pytest_report_header(config: pytest.Config) -> str:
    return f"seeds follow from --seed {config.getoption('--seed')}"


@pytest.fixture(scope="session")
def draw_seed(request: pytest.FixtureRequest) -> Callable[[str], int]:
    """Return the seed that belongs to a name: it follows from ``--seed`` and stands in no code."""
    base = request.config.getoption("--seed")
    return lambda name: int.from_bytes(hashlib.sha256(f"{base}:{name}".encode()).digest()[:4]) >> 1


@pytest.fixture
def seed(request: pytest.FixtureRequest, draw_seed: Callable[[str], int]) -> int:
    """The seed of one test."""
    return draw_seed(request.node.nodeid)


def _is_kernel(process: psutil.Process) -> bool:
    try:
        return any("ipykernel_launcher" in part for part in process.cmdline())
    except psutil.NoSuchProcess:  # ended meanwhile; a zombie is one of these
        return False


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


# One warm process for all runs of this test process, started by the first of them: most run one notebook or a few.
KERNELS = WarmKernels(
    "workbench.pipeline.warm_up:warm_up",
    {**os.environ, **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")},
)


def pytest_unconfigure() -> None:
    KERNELS.close()


@pytest.fixture(scope="session")
def shared_kernels() -> WarmKernels:
    """The warm process of the runs that tests start by the fixture `workbench`."""
    KERNELS.begin()
    return KERNELS


def run_workbench(
    *arguments: str | Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does and return what it said."""
    if arguments[:1] == ("run",):
        KERNELS.begin()
    return subprocess.run(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **KERNELS.for_others(), **(environment or {})},
        check=False,
        timeout=600,
    )


def succeed(*arguments: str | Path) -> str:
    """Run a command that must leave with 0; return its standard output."""
    finished = run_workbench(*arguments)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def _fingerprint(folder: Path, pattern: str = "**/*") -> dict[str, str]:
    """Return the hash of every file below a folder: equal when nothing was changed, byte for byte."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob(pattern))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def fingerprint() -> Callable[..., dict[str, str]]:
    return _fingerprint


@pytest.fixture(scope="session")
def hostile() -> tuple[str, tuple[str, ...]]:
    """The hostile instansi and the hostile names in the round of three instansi."""
    return HOSTILE_INSTANSI, HOSTILE_NAMES


@pytest.fixture(scope="session")
def workbench():
    return run_workbench


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Make a folder once for all processes of this test run, whichever of them comes first; read only."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder_of(name: str, make: Callable[[Path], None]) -> Path:
        folder = shared / "rounds" / name
        folder.parent.mkdir(exist_ok=True)
        done = folder.with_suffix(".done")
        with FileLock(folder.with_suffix(".lock")):
            if not done.exists():
                make(folder)
                done.touch()
        return folder

    return folder_of


@pytest.fixture(scope="session")
def pekalongan(made_once: Callable[..., Path]) -> Path:
    """One complete run of the smallest round, two notebooks at a time; read only."""

    def make(folder: Path) -> None:
        succeed("new", folder, "--cohort", "pekalongan-2024")
        succeed("run", folder, "--jobs", "2")

    return made_once("pekalongan-2024", make)


@pytest.fixture(scope="session")
def cirebon(made_once: Callable[..., Path]) -> Path:
    """One complete run of the Cirebon round at full size; read only."""

    def make(folder: Path) -> None:
        succeed("new", folder, "--cohort", "cirebon-2024")
        succeed("run", folder)

    return made_once("cirebon-2024", make)


@pytest.fixture(scope="session")
def iqitems(made_once: Callable[..., Path]) -> Path:
    """One complete run on real responses, which end before boxes; read only."""

    def make(folder: Path) -> None:
        succeed("new", folder, "--real", "iqitems")
        succeed("run", folder)

    return made_once("iqitems", make)


HOSTILE_INSTANSI = '../Dinas <b>Uji</b> & "Satu"'
HOSTILE_NAMES = ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "+62 Budi", "-Ani", "@Joko", 'O\'Brien & "Co"')


@pytest.fixture(scope="session")
def three_instansi(made_once: Callable[..., Path]) -> Path:
    """The people of Pekalongan as three instansi, one with a hostile name and people with hostile names; read only."""
    return made_once("tiga", _make_three_instansi)


def _make_three_instansi(folder: Path) -> None:
    succeed("new", folder, "--cohort", "pekalongan-2024")
    people = folder / "inputs" / "participants.csv"
    with people.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for number, row in enumerate(rows):
        row["instansi"] = (HOSTILE_INSTANSI, "Kota Satu", "Kota Dua")[number % 3]
        if number < 3 * len(HOSTILE_NAMES):
            row["name"] = HOSTILE_NAMES[number // 3]
            row["unit"] = f"{HOSTILE_NAMES[number // 3]} unit"
    with people.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "inputs" / "instansi.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([["instansi"], [HOSTILE_INSTANSI], ["Kota Satu"], ["Kota Dua"]])
    vacancies = folder / "inputs" / "vacancies.csv"
    text = vacancies.read_text(encoding="utf-8").replace("Pemerintah Kota Pekalongan", "Kota Satu")
    vacancies.write_text(text, encoding="utf-8")
    succeed("run", folder)


@pytest.fixture
def own_pekalongan(pekalongan: Path, tmp_path: Path) -> Path:
    """A copy of the complete Pekalongan round that a test may change, with two people who may take turns."""
    return _copied_round(pekalongan, tmp_path / "pekalongan-2024")


@pytest.fixture(scope="session")
def with_item_cards() -> Callable[[Path], Path]:
    """Give a round item cards that were made up, whatever its run left: the page takes them as they come."""
    return _with_item_cards


def _with_item_cards(folder: Path) -> Path:
    import pandas as pd

    from workbench.review.prepare_items import prepare_items
    from workbench.workspace import Workspace

    workspace = Workspace(folder)
    statistics = workspace.read("item_statistics").drop_duplicates("item_id")
    statistics["keyed"] = statistics["item_id"].isin(workspace.read("keys")["item_id"])
    statistics = statistics.sort_values(["keyed", "item_rest"], ascending=[False, True]).head(CARDS)
    rows = [
        {
            "instrument": row["instrument"],
            "item_id": row["item_id"],
            "scale": row["scale"],
            "form": row["form"],
            "position": place,
            "recommendation": ("check_key", "revise", "drop")[place - 1] if place < 4 else "keep",
            "reason": f"Daya beda {row['item_rest']:.2f}.",
            "flag": "raised" if place < 4 else "",
            "html": CARD.format(item=row["item_id"], n=row["n"]),
            "run_id": row["run_id"],
        }
        for place, row in enumerate(statistics.to_dict("records"), start=1)
    ]
    workspace.write("item_cards", pd.DataFrame(rows), "items")
    prepare_items(workspace)
    return folder


CARDS = 40  # enough to scroll a list, few enough to look at each
CARD = (
    "<article><h3>Statistik butir {item}</h3><table><caption>Statistik per paket</caption><thead><tr>"
    '<th scope="col">Orang</th></tr></thead><tbody><tr><td>{n}</td></tr></tbody></table>'
    '<svg viewBox="0 0 400 300" role="img" aria-label="Kurva butir {item}">'
    '<path d="M0 290 C150 290 250 10 400 10" stroke="#0b4f7c" fill="none"/></svg></article>'
)


@pytest.fixture(scope="session")
def copied_round() -> Callable[[Path, Path], Path]:
    """Copy a round, with two people who may take turns."""
    return _copied_round


def _copied_round(source: Path, folder: Path) -> Path:
    shutil.copytree(source, folder)
    settings = folder / "workbench.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^people = .*$", 'people = ["Ani", "Budi"]', text), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def cast_vote() -> Callable[..., Any]:
    """Vote on the case at a position of a round's queue; return the case."""
    return _cast_vote


def _cast_vote(folder: Path, position: int = 0, box: int = 5, **changed: Any) -> Case:
    from workbench.review.store import Store
    from workbench.workspace import Workspace

    submission = {
        "actor": "Ani",
        "action": "box",
        "box": box,
        "reason_code": "evidence",
        "reason": "bukti tes",
        "confidence": 2,
        "idempotency_key": secrets.token_hex(16),
        **changed,
    }
    with closing(Store(Workspace(folder).database_url)) as store:
        case = store.cases()[position]
        store.submit(case_id=case.case_id, **submission)
    return case


class ReviewServer:
    """`workbench review` as a person starts it: a process, and the address that it prints."""

    def __init__(self, folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115  # a pipe that nobody reads would stop the server
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbench", "review", str(folder), *arguments],
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        found = re.search(r"http://\S+", self.said)
        if found is None:
            self.process.kill()
            self.process.communicate()
            raise AssertionError(self.said + self._read())
        self.url = found.group()
        self.complained = ""
        self.port = int(self.url.rstrip("/").rsplit(":", 1)[1])

    def kernels(self) -> list[psutil.Process]:
        """Return the kernels that this server has started and that still run."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [p for p in children if _is_kernel(p)]

    def complaints(self) -> bytes:
        """Return what the running server has written to the terminal's error stream so far."""
        descriptor = self._complaints.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.communicate(timeout=30)
        self.complained = self.complained or self._read()
        return self.process.returncode

    def _read(self) -> str:
        if self._complaints.closed:
            return ""
        self._complaints.seek(0)
        with self._complaints:
            return self._complaints.read()


@pytest.fixture(scope="session")
def server_class() -> type[ReviewServer]:
    return ReviewServer


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    return _wait_until


def _wait_until(met: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something holds; fail when it does not in time."""
    until = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def review_server() -> Iterator[Callable[..., ReviewServer]]:
    """Start review pages on free ports; every one of them is stopped after the test."""
    servers: list[ReviewServer] = []

    def start(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> ReviewServer:
        servers.append(ReviewServer(folder, *arguments, environment=environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def agency_files() -> Callable[..., Path]:
    """Write the files of a small agency that holds levels, or the component sheet, and no answers."""
    return _write_agency


@pytest.fixture(scope="session")
def received_round(made_once: Callable[..., Path], agency_files: Callable[..., Path]) -> Callable[[str, bool], Path]:
    """A complete run without answers, by what the agency holds and whether errors are declared; read only."""

    def make(kind: str, declared: bool) -> Path:
        def run(folder: Path) -> None:
            files = agency_files(folder.with_name(f"{folder.name}-berkas"), kind, declared=declared)
            succeed("new", folder, "--from", files)
            succeed("run", folder)

        return made_once(f"{kind}-{declared}".lower(), run)

    return make


def _write_agency(folder: Path, kind: str, *, people: int = 60, declared: bool = True, seed: int = 1) -> Path:
    import numpy as np
    import pandas as pd

    from workbench.policy import load_policy
    from workbench.records.received_tables import SHEET_COMPONENTS

    rng = np.random.default_rng(seed)
    policy = load_policy("kepka-bkn-411-2025")
    folder.mkdir(parents=True)
    born = [1970 + i % 30 for i in range(people)]
    nips = [f"{year}{1 + i % 12:02d}{1 + i % 28:02d}{year + 24}011{i + 1:03d}" for i, year in enumerate(born)]
    tiers = ["administrator", "pengawas", "pelaksana"]
    frame = pd.DataFrame(
        {
            "nip": nips,
            "name": [f"Orang {i}" for i in range(people)],
            "instansi": "Pemerintah Kota Contoh",
            "unit": [f"Dinas {i % 3}" for i in range(people)],
            "klaster": "K1",
            "jenjang": [tiers[i % 3] for i in range(people)],
            "jabatan": [f"Jabatan {i % 5}" for i in range(people)],
            "birth_year": born,
            "years_in_tier": rng.integers(0, 8, people),
        }
    )
    frame.to_csv(folder / "participants.csv", index=False)
    pd.DataFrame({"instansi": ["Pemerintah Kota Contoh"]}).to_csv(folder / "instansi.csv", index=False)
    if kind == "levels":
        ability = rng.standard_normal(people)
        columns = {
            scale: np.clip(
                np.digitize(0.7 * ability + 0.7 * rng.standard_normal(people) + 0.6, (-0.4, 0.7, 1.6, 2.4)) + 1, 1, 5
            )
            for scale in (*policy.scales_of("mansoskul"), *policy.scales_of("potensi"))
        }
        pd.DataFrame({"nip": nips, **columns}).to_csv(folder / "received_levels.csv", index=False)
        errors = [("mansoskul", 0.85, ""), ("potensi", "", 0.45)]
        records = {
            "performance": {
                "year": 2024,
                "predicate": rng.choice(["sangat_baik", "baik", "butuh_perbaikan"], people),
                "feedback_360": 87,
            },
            "education": {"level": rng.choice(["SMA", "S1", "S2"], people), "field_match": "true"},
            "training": {"certificates": rng.integers(0, 5, people)},
            "awards": {"level": rng.choice(["tidak_ada", "instansi", "nasional"], people)},
            "assignments": {"role": rng.choice(["tidak_ada", "anggota_lintas", "ketua_lintas"], people)},
            "discipline": {"record": rng.choice(["tidak_ada", "berat"], people, p=[0.8, 0.2])},
        }
        for name, content in records.items():
            pd.DataFrame({"nip": nips, **content}).to_csv(folder / f"{name}.csv", index=False)
    else:
        sheet = frame[["nip", "name", "unit", "jabatan"]].set_axis(
            ["NIP", "Nama", "Unit Organisasi", "Jabatan"], axis=1
        )
        points = {h: np.round(rng.normal(72, 14, people).clip(20, 100), 1) for h in SHEET_COMPONENTS}
        weight = {part.key: part.weight / 100 for part in (*policy.potensial, *policy.kinerja)}
        x, y = (
            sum(weight[key] * points[h] for h, key in SHEET_COMPONENTS.items() if h.startswith(axis)) for axis in "XY"
        )
        column, row = ((value >= 60).astype(int) + (value >= 80) for value in (x, y))
        box = [policy.boxes.box(int(c), int(r)) for c, r in zip(column, row, strict=True)]
        sheet = sheet.assign(**{"Nilai X": np.round(x, 2), "Nilai Y": np.round(y, 2), "Box": box, **points})
        # Two cells that contradict the policy, on rows 5 and 8 of the file.
        sheet.loc[3, "Nilai X"] = 99.25
        sheet.loc[6, "Box"] = 1 if box[6] != 1 else 2
        sheet.astype(str).to_csv(folder / "component_sheet.csv", index=False)
        errors = [("X - Penilaian Kompetensi", "", 6), ("X - Penilaian Potensi", "", 7)]
    if declared:
        rows = [(m, r, s, "Pusat Penilaian Kompetensi", "Laporan teknis 2024, halaman 12") for m, r, s in errors]
        columns = ["measure", "reliability", "standard_error", "declared_by", "reference"]
        pd.DataFrame(rows, columns=columns).to_csv(folder / "declared_errors.csv", index=False)
    return folder
