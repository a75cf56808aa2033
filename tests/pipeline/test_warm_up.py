"""Notebooks under forked kernels: the same results to the last bit, from a process that has one thread."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from workbench.kernel import ORDINARY, SWITCH
from workbench.pipeline.warm_up import import_what_notebooks_import
from workbench.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def one_run_missing(pekalongan: Path, tmp_path: Path) -> tuple[Path, str]:
    """A finished round without one run of one notebook, and the id of that run."""
    folder = Path(shutil.copytree(pekalongan, tmp_path / "round"))
    (run,) = (folder / "runs").glob("items-literasi-digital-*")
    shutil.rmtree(run)
    return folder, run.name


def found_again(folder: Path, run: str, environment: dict[str, str], parent: int = 0) -> tuple[Any, Any]:
    """Run what is missing; return its tables by hash and what the notebook shows."""
    command = [sys.executable, "-m", "workbench", "run", str(folder), "--stage", "items"]
    forked = False
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}) as process:
        while process.poll() is None:
            forked = forked or bool(parent and psutil.Process(parent).children())
            time.sleep(0.05)
    assert process.returncode in {0, 1}
    assert forked == bool(parent)
    shown = json.loads((folder / "runs" / run / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [cell["outputs"] for cell in shown if cell["cell_type"] == "code"]
    outputs = re.sub(r"0x[0-9a-f]{6,}", "0x", json.dumps(outputs))  # addresses of objects
    tables = Workspace(folder).manifest(run)["outputs"]
    shutil.rmtree(folder / "runs" / run)
    return tables, outputs


def test_results_are_those_of_ordinary_kernels(one_run_missing, shared_kernels):
    folder, run = one_run_missing
    ordinary = found_again(folder, run, {SWITCH: ORDINARY})
    forked = found_again(folder, run, shared_kernels.for_others(), parent=shared_kernels.pid)
    assert len(ordinary[0]) > 5
    assert forked == ordinary


LIBRARIES = {"numpy", "scipy", "pandas", "pyarrow", "matplotlib"}


def test_the_warm_process_of_the_notebooks_has_one_thread_and_has_loaded_the_libraries(shared_kernels, wait_until):
    process = psutil.Process(shared_kernels.pid)

    def is_warm() -> bool:
        loaded = {part for found in process.memory_maps() for part in Path(found.path).parts}
        return process.status() == psutil.STATUS_SLEEPING and loaded >= LIBRARIES

    wait_until(is_warm, 60)
    assert process.num_threads() == 1


def test_imports_of_notebooks_are_followed(tmp_path, monkeypatch):
    for name in ("first", "second", "third"):
        (tmp_path / f"of_a_notebook_{name}").mkdir()
        (tmp_path / f"of_a_notebook_{name}" / "__init__.py").write_text("here = 1\n", encoding="utf-8")
        (tmp_path / f"of_a_notebook_{name}" / "part.py").touch()
    source = [
        "import of_a_notebook_first.part\n",
        "from of_a_notebook_second import here, part as p\n",
        "if False:\n    from of_a_notebook_third.part import __name__",
    ]
    cells = [{"cell_type": "markdown", "source": ["import nothing"]}, {"cell_type": "code", "source": source}]
    (tmp_path / "notebook.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import_what_notebooks_import([tmp_path / "notebook.ipynb"])
    assert {f"of_a_notebook_{name}.part" for name in ("first", "second", "third")} <= set(sys.modules)
