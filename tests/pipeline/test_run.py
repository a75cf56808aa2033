"""The chain through the command line, on real kernels: skipping, failing, stopping, and equal results."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psutil
import pytest

from workbench.pipeline.run import stage_inputs
from workbench.pipeline.stages import STAGES
from workbench.policy import policy_path
from workbench.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
REPORTS = "reports-"


@pytest.fixture
def three(three_instansi: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(three_instansi, tmp_path / "tiga"))


@pytest.fixture
def one(pekalongan: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pekalongan, tmp_path / "satu"))


def answer(workbench: Callable[..., subprocess.CompletedProcess[str]], *arguments: str | Path) -> dict:
    """Run a command with --json and return its one object."""
    finished = workbench(*arguments, "--json")
    content = json.loads(finished.stdout)
    assert finished.stdout.count("\n") == 1
    assert content["exit_status"] == finished.returncode
    return content


def forget_reports(folder: Path) -> None:
    for run in (folder / "runs").glob(f"{REPORTS}*"):
        shutil.rmtree(run)


def test_a_second_run_does_nothing_and_changes_nothing(pekalongan, workbench, fingerprint):
    before = fingerprint(pekalongan)
    again = answer(workbench, "run", pekalongan)
    assert again["ran"] == again["failures"] == again["holds"] == []
    assert len(again["kept"]) == 10  # four instruments twice, the cohort, one instansi
    assert fingerprint(pekalongan) == before


def test_every_run_left_a_manifest_with_what_it_depends_on(pekalongan):
    workspace = Workspace(pekalongan)
    runs = [path.name for path in (pekalongan / "runs").iterdir()]
    assert {run.split("-")[0] for run in runs} == {"items", "scores", "boxes", "reports"}
    for run in runs:
        manifest = workspace.manifest(run)
        assert manifest["run"] == run
        assert (pekalongan / "runs" / run / "notebook.ipynb").is_file()
        assert all(len(value) >= 12 for value in manifest["inputs"].values())
        assert {"numpy", "pandas", "scipy"} <= set(manifest["packages"])
        assert len(manifest["inputs"]["bank"]) >= 12  # items too: their history is told from the bank
        assert manifest["bank"] == "nasional-2023-demo"
        assert len(manifest["bank_hash"]) == 64
        assert ("policy" in manifest["inputs"]) == (manifest["stage"] in {"boxes", "reports"})
        tables = {path.stem for path in (pekalongan / "runs" / run / "tables").glob("*.parquet")}
        assert set(manifest["outputs"]) == tables


def test_another_policy_runs_neither_items_nor_scores_again(one, workbench):
    settings = one / "workbench.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("kepka-bkn-411-2025", "permenpanrb-3-2020"), encoding="utf-8")
    again = answer(workbench, "run", one, "--stage", "items", "--stage", "scores")
    assert again["ran"] == []
    assert len(again["kept"]) == 8


def test_a_policy_of_ones_own_is_in_the_address_by_what_it_says(one, tmp_path):
    own = tmp_path / "milik-sendiri.toml"
    text = policy_path("kepka-bkn-411-2025").read_text(encoding="utf-8")
    own.write_text(text, encoding="utf-8")
    settings = one / "workbench.toml"
    named = re.sub(r"(?m)^policy = .*$", f'policy = "{own}"', settings.read_text(encoding="utf-8"))
    settings.write_text(named, encoding="utf-8")
    stages = [stage for stage in STAGES if "policy" in stage.settings]
    assert [stage.name for stage in stages] == ["boxes", "reports"]
    before = [stage_inputs(Workspace(one), stage, "") for stage in stages]
    own.write_text(text.replace("potensial = [60, 80]", "potensial = [61, 80]"), encoding="utf-8")
    after = [stage_inputs(Workspace(one), stage, "") for stage in stages]
    for old, new in zip(before, after, strict=True):
        assert {name for name in old if old[name] != new[name]} == {"policy"}


def test_only_the_instansi_that_are_asked_for_and_then_only_the_missing(three, hostile, workbench):
    forget_reports(three)
    first = answer(workbench, "run", three, "--instansi", "Kota Dua")
    assert [run.rsplit("-", 1)[0] for run in first["ran"]] == ["reports-kota-dua"]
    index = (three / "reports" / "index.html").read_text(encoding="utf-8")
    assert 'href="kota-dua/report.html"' in index
    assert 'href="kota-satu/report.html"' not in index
    assert index.count("belum ada laporan dari proses ini") == 2
    kept = (three / "reports" / "kota-dua" / "report.html").stat().st_mtime_ns
    second = answer(workbench, "run", three, "--jobs", "1")
    assert sorted(run.rsplit("-", 1)[0] for run in second["ran"]) == ["reports-dinas-b-uji-b-satu", "reports-kota-satu"]
    assert first["ran"][0] in second["kept"]
    assert (three / "reports" / "kota-dua" / "report.html").stat().st_mtime_ns == kept
    assert "belum ada laporan" not in (three / "reports" / "index.html").read_text(encoding="utf-8")


def test_a_failed_instansi_is_named_the_others_go_on_and_only_it_is_tried_again(three, workbench):
    forget_reports(three)
    boxes = three / "results" / "boxes" / "boxes.parquet"
    whole = pd.read_parquet(boxes)
    whole[whole["instansi"] != "Kota Satu"].to_parquet(boxes, index=False)
    wanted = ("run", three, "--stage", "reports", "--instansi", "Kota Satu", "--instansi", "Kota Dua")
    failed = workbench(*wanted)
    assert failed.returncode == 1
    assert "Traceback" not in failed.stdout + failed.stderr
    sentence = next(line for line in failed.stderr.splitlines() if "berhenti" in line)
    assert sentence.startswith("04_instansi_report (Kota Satu) berhenti: Instansi 'Kota Satu' tidak punya peserta")
    copy = Path(sentence.rpartition("Salinan yang dijalankan: ")[2])
    assert copy.is_file()
    assert any("ValueError" in str(cell.get("outputs")) for cell in json.loads(copy.read_text("utf-8"))["cells"])
    index = (three / "reports" / "index.html").read_text(encoding="utf-8")
    assert 'href="kota-dua/report.html"' in index
    assert 'href="kota-satu/report.html"' not in index
    again = answer(workbench, *wanted)
    assert again["ran"] == []
    assert len(again["kept"]) == 1
    assert len(again["failures"]) == 1
    shown = workbench(*wanted, "--debug")
    assert shown.returncode == 1
    assert "Traceback" in shown.stderr


def test_a_report_that_cannot_be_written_is_named_and_the_others_are_written(three, workbench):
    target = three / "reports" / "kota-satu"
    shutil.rmtree(target)
    target.write_text("a file where the folder should be", encoding="utf-8")
    (three / "results" / "reports" / "published.json").unlink()
    (three / "reports" / "kota-dua" / "report.html").unlink()
    outcome = answer(workbench, "run", three)
    assert outcome["exit_status"] == 1
    assert outcome["ran"] == []
    assert [text.split(" tidak dapat")[0] for text in outcome["failures"]] == ["Laporan Kota Satu"]
    assert (three / "reports" / "kota-dua" / "report.html").is_file()
    target.unlink()
    assert answer(workbench, "run", three)["exit_status"] == 0
    assert (target / "report.html").is_file()


def test_one_process_at_a_time(pekalongan, workbench, fingerprint):
    before = fingerprint(pekalongan)
    with Workspace(pekalongan).lock():
        refused = workbench("run", pekalongan)
        assert refused.returncode == 2
        assert refused.stderr.strip().endswith("sedang dikerjakan proses lain; tunggu sampai selesai.")
        assert workbench("minutes", pekalongan).returncode == 2
    assert fingerprint(pekalongan) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--stage", "kotak"), "Tahap 'kotak' tidak dikenal; pilih: items, scores, boxes, reports."),
        (("--instansi", "Kota Lain"), "Instansi 'Kota Lain' tidak ada pada putaran ini; yang ada: Pemerintah Kota Pek"),
        (("--jobs", "-1"), "--jobs harus 0 (satu per prosesor) atau lebih, bukan -1."),
        (("--edition", "publishable"), "Edisi publishable ditolak: penekanan sel kecil belum tersedia"),
        (("--edition", "terbit"), "Edisi 'terbit' tidak dikenal; pilih: internal, publishable."),
    ],
)
def test_a_request_that_cannot_be_met_changes_nothing(pekalongan, workbench, fingerprint, arguments, sentence):
    before = fingerprint(pekalongan)
    refused = workbench("run", pekalongan, *arguments, "--json")
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["error"].startswith(sentence)
    assert refused.stderr.startswith(sentence)
    assert fingerprint(pekalongan) == before


def test_bad_inputs_are_sentences_and_change_nothing(one, workbench, fingerprint):
    people = one / "inputs" / "participants.csv"
    people.write_text(people.read_text("utf-8").replace(",pengawas,", ",pengawass,", 1), encoding="utf-8")
    before = fingerprint(one)
    refused = workbench("run", one, "--json")
    assert refused.returncode == 2
    assert "participants.csv" in json.loads(refused.stdout)["errors"][0]
    assert fingerprint(one) == before


def test_boxes_with_votes_on_them_are_refused_before_anything_runs(one, workbench, fingerprint, cast_vote):
    cast_vote(one)
    settings = one / "workbench.toml"
    settings.write_text(re.sub(r"^seed = 0$", "seed = 1", settings.read_text("utf-8"), flags=re.M), encoding="utf-8")
    before = fingerprint(one, "[!r]*/**/*") | fingerprint(one, "r*s/**/*")
    refused = workbench("run", one)
    assert refused.returncode == 2
    assert "--reopen" in refused.stderr
    assert fingerprint(one, "[!r]*/**/*") | fingerprint(one, "r*s/**/*") == before
    assert answer(workbench, "run", one, "--stage", "reports")["exit_status"] == 0


def test_a_gate_that_holds_is_exit_status_one_with_its_sentence(one, workbench):
    gates = one / "results" / "items" / "gates.parquet"
    table = pd.read_parquet(gates)
    table.loc[0, ["status", "sentence"]] = ["HOLD", "Kunci X diragukan."]
    table.to_parquet(gates, index=False)
    held = workbench("run", one, "--stage", "reports")
    assert held.returncode == 1
    assert re.search(r"^HOLD items, \w+, .*: Kunci X diragukan\.$", held.stderr, flags=re.M)
    page = (one / "reports" / "pemerintah-kota-pekalongan" / "report.html").read_text(encoding="utf-8")
    assert "Kunci X diragukan." in page
    assert "gerbang rilis pada putaran ini lolos" not in page


def test_fresh_runs_again_what_is_done(one, workbench):
    outcome = answer(workbench, "run", one, "--stage", "reports", "--fresh")
    assert len(outcome["ran"]) == 1
    assert outcome["kept"] == []


def test_real_responses_end_after_scores_and_say_why(iqitems, workbench, fingerprint):
    before = fingerprint(iqitems)
    whole = workbench("run", iqitems)
    assert whole.returncode == 0
    assert "kinerja" in whole.stdout
    assert not (iqitems / "results" / "boxes").exists()
    asked = answer(workbench, "run", iqitems, "--stage", "boxes")
    assert asked["exit_status"] == 0
    assert asked["ended"]
    assert asked["ran"] == asked["kept"] == []
    assert fingerprint(iqitems) == before


def test_no_gate_holds_on_the_rounds_that_a_newcomer_sees(cirebon, iqitems, workbench):
    for folder in (cirebon, iqitems):
        outcome = answer(workbench, "run", folder)
        assert outcome["holds"] == outcome["failures"] == outcome["ran"] == []
        assert outcome["exit_status"] == 0


def is_kernel(process: psutil.Process) -> bool:
    try:
        return "ipykernel" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # the kernel of the notebook before is just ending
        return False


def started(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start a run and return it in the middle of its first notebook."""
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "run", str(folder), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        # A shell starts background work with Ctrl-C ignored, and children inherit that; a person's terminal does not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 120
    while time.monotonic() < until:
        kernels = [p for p in psutil.Process(process.pid).children(recursive=True) if is_kernel(p)]
        begun = [path.read_text(encoding="utf-8") for path in (folder / "runs").glob(f"{REPORTS}*/notebook.ipynb")]
        if kernels and any('"execution_count": 2' in text for text in begun):
            return process, kernels
        time.sleep(0.05)
    process.kill()
    raise AssertionError(process.communicate())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill -9"])
def test_a_stopped_run_leaves_nothing_half_done_and_the_next_one_does_the_rest(three, workbench, fingerprint, how):
    whole = fingerprint(three, "reports/*/report.html")
    forget_reports(three)
    shutil.rmtree(three / "reports")
    (three / "results" / "reports" / "published.json").unlink()
    before = fingerprint(three, "results/**/*")
    process, kernels = started(three, "--jobs", "1")
    assert (process.pid not in {kernel.ppid() for kernel in kernels}) == (sys.platform == "linux")  # forked there
    process.send_signal(how)
    _stdout, stderr = process.communicate(timeout=120)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert stderr.strip().endswith("Dihentikan; yang sudah selesai tetap tersimpan.")
        assert "Traceback" not in stderr
        # The kernel was killed in the middle of the first report: nobody waited for it to finish.
        assert not list((three / "runs").glob(f"{REPORTS}*"))
    _gone, alive = psutil.wait_procs(kernels, timeout=60)
    assert not alive
    assert fingerprint(three, "results/**/*") == before
    assert not list(three.rglob("*.part"))
    finished = {run.name for run in (three / "runs").glob(f"{REPORTS}*") if (run / "manifest.json").is_file()}
    outcome = answer(workbench, "run", three)
    assert outcome["exit_status"] == 0
    assert len(outcome["ran"]) == 3 - len(finished)
    assert set(fingerprint(three, "reports/*/report.html")) == set(whole)


def results(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return the hash of every result table by stage and unit, from the runs that are in place."""
    workspace = Workspace(folder)
    found = {}
    for marker in (folder / "results").glob("*/published.json"):
        for run in json.loads(marker.read_text(encoding="utf-8"))["runs"]:
            manifest = workspace.manifest(run)
            found[manifest["stage"], manifest["label"]] = manifest["outputs"]
    return found


def published_tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {
        str(path.relative_to(folder)): pd.read_parquet(path).drop(columns="run_id", errors="ignore")
        for path in sorted((folder / "results").glob("*/*.parquet"))
    }


@pytest.mark.slow
def test_equal_inputs_give_equal_tables_with_one_job_or_two_and_in_any_order_of_rows(
    pekalongan, tmp_path, workbench, seed
):
    other = tmp_path / "lain"
    left_out = shutil.ignore_patterns("runs", "results", "tables", "reports", "review.sqlite*", "identities.parquet")
    shutil.copytree(pekalongan, other, ignore=left_out)
    mixed = random.Random(seed)
    for path in (other / "inputs").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            head, *rows = list(csv.reader(handle))
        mixed.shuffle(rows)
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([head, *rows])
    finished = workbench("run", other, "--jobs", "1", environment={"OPENBLAS_NUM_THREADS": str(os.cpu_count())})
    assert finished.returncode == 0, finished.stderr
    assert results(other) == results(pekalongan), seed
    ours, theirs = published_tables(pekalongan), published_tables(other)
    assert ours.keys() == theirs.keys()
    for name, table in ours.items():
        by = [c for c in ("instrument", "scale", "participant_id", "item_id", "form", "gate", "scope") if c in table]
        left, right = (t.sort_values(by, ignore_index=True) if by else t for t in (table, theirs[name]))
        pd.testing.assert_frame_equal(left, right, check_exact=True, obj=f"{name} (seed {seed})")
