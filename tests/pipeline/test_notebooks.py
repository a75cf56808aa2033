"""One notebook at a time, on a real kernel: what it leaves, and how it fails."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Event

import pandas as pd
import pytest

from workbench.pipeline import notebooks
from workbench.pipeline.notebooks import Job, NotebookError, is_done, one_thread_each, run_job
from workbench.workspace import Settings, Workspace

PARAMETERS = 'workspace: str = ""\nrun: str = ""\nn: int = 1'
WRITES = """
import os
import pandas as pd
from workbench.workspace import Workspace
Workspace(workspace).run(run).write("t", pd.DataFrame({"n": [n], "threads": [os.environ.get("OPENBLAS_NUM_THREADS")]}))
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace in a folder whose name papermill would fill in."""
    return Workspace.create(tmp_path / "putaran {satu}", Settings(name="putaran", title="Putaran"))


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make a job of a notebook with these cells after its parameters."""
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)

    def make(*cells: str, **parameters: object) -> Job:
        content = [
            {"cell_type": "code", "id": f"c{i}", "metadata": {"tags": ["parameters"] if i == 0 else []}, "outputs": [],
             "execution_count": None, "source": source}
            for i, source in enumerate((PARAMETERS, *cells))
        ]  # fmt: skip
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = {"cells": content, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (tmp_path / "buku.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        return Job("items-a-0123", "items", "buku", "a", parameters, {"tables/items.parquet": "0" * 64}, {"seed": 0})

    return make


def test_a_run_leaves_its_tables_its_notebook_and_a_manifest(workspace, job):
    with one_thread_each():
        seconds = run_job(workspace, job(WRITES, n=7), Event())
    assert seconds > 0
    assert is_done(workspace, "items-a-0123")
    folder = workspace.path / "runs" / "items-a-0123"
    assert pd.read_parquet(folder / "tables" / "t.parquet").to_dict("records") == [{"n": 7, "threads": "1"}]
    manifest = workspace.manifest("items-a-0123")
    assert manifest["parameters"] == {"n": 7}
    assert manifest["inputs"] == {"tables/items.parquet": "0" * 64}
    assert set(manifest["outputs"]) == {"t"}
    assert manifest["finished_utc"] >= manifest["started_utc"]
    assert (folder / "notebook.ipynb").is_file()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"m": 1}, "parameter 'm' tidak dikenal; yang ada: workspace, run, n"),
        ({"n": "1"}, "parameter 'n' harus bertipe int"),
    ],
)
def test_parameters_are_checked_before_anything_runs(workspace, job, parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        run_job(workspace, job("1 / 0", **parameters), Event())
    assert not (workspace.path / "runs").exists()


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ('raise ValueError("Kunci B\\n hilang.")', "Kunci B hilang."),
        ("1 / 0", "ZeroDivisionError: division by zero."),
        ("import os; os.kill(os.getpid(), 9)", "kernelnya mati di tengah jalan, biasanya karena memori habis"),
    ],
)
def test_a_notebook_that_fails_is_one_sentence_and_its_copy_is_kept(workspace, job, cell, why):
    failing = job("x = 1", cell, WRITES)
    with pytest.raises(NotebookError) as problem:
        run_job(workspace, failing, Event())
    sentence = str(problem.value)
    copy = workspace.path / "runs" / "items-a-0123.failed" / "notebook.ipynb"
    assert sentence.startswith(f"buku (a) berhenti: {why}")
    assert sentence.endswith(f"Salinan yang dijalankan: {copy}")
    assert "\n" not in sentence
    ran = [
        c["execution_count"] for c in json.loads(copy.read_text("utf-8"))["cells"] if "".join(c["source"]) == "x = 1"
    ]
    assert ran == [3]
    assert not is_done(workspace, "items-a-0123")
    run_job(workspace, job(WRITES), Event())
    assert not copy.exists()


def test_a_notebook_that_is_stopped_leaves_nothing(workspace, job):
    stopping = Event()
    stopping.set()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        run_job(workspace, job("1 / 0"), stopping)
    assert not list((workspace.path / "runs").iterdir())


def test_threads_of_linear_algebra_are_given_back(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with one_thread_each():
        assert os.environ["OPENBLAS_NUM_THREADS"] == os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2"
    assert "OMP_NUM_THREADS" not in os.environ
