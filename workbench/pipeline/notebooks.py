"""Run one notebook by papermill into its run folder."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from platform import python_version
from typing import TYPE_CHECKING, Any

from workbench.i18n import _
from workbench.pipeline.addresses import ROOT, code_version, values_hash
from workbench.pipeline.parameters import check_parameters
from workbench.records.bank import bank_folder, bank_hash
from workbench.workspace import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Event

    from workbench.workspace import Workspace

__all__ = ["NOTEBOOKS", "Job", "NotebookError", "is_done", "one_thread_each", "run_job"]

NOTEBOOKS = ROOT / "notebooks"
_PACKAGES = ("numpy", "pandas", "scipy", "papermill")
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """One notebook with its parameters.

    Attributes
    ----------
    run_id, stage, notebook, label : str
    parameters : dict
        Without ``workspace`` and ``run``, which every notebook has.
    inputs : dict of str to str
        Hash of each input file.
    settings : dict
        The settings of the workspace that this run depends on.
    """

    run_id: str
    stage: str
    notebook: str
    label: str
    parameters: dict[str, Any]
    inputs: dict[str, str]
    settings: dict[str, Any]


class NotebookError(RuntimeError):
    """A notebook stopped; the message is one sentence with the path of the executed copy."""


def is_done(workspace: Workspace, run_id: str) -> bool:
    """Return whether a run finished."""
    return (workspace.path / "runs" / run_id / "manifest.json").is_file()


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Give every kernel started inside one thread of linear algebra.

    Two kernels with two threads each only wait for one another, and the order of a sum must not depend on how many
    kernels run.
    """
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def run_job(workspace: Workspace, job: Job, stopping: Event, *, debug: bool = False) -> float:
    """Run one notebook; return the seconds it took.

    Parameters
    ----------
    workspace : Workspace
    job : Job
    stopping : Event
        Set when the whole chain is to stop: what this notebook then left is removed.
    debug : bool
        Let the exception of the notebook through.

    Raises
    ------
    NotebookError
        With one sentence; the executed copy is kept in ``runs/<run id>.failed/``.
    ValueError
        When a parameter is unknown to the notebook or of another type; nothing has run then.
    """
    parameters = {"workspace": str(workspace.path), "run": job.run_id, **job.parameters}
    parameters = check_parameters(NOTEBOOKS / f"{job.notebook}.ipynb", parameters)
    folder = workspace.path / "runs" / job.run_id
    failed = folder.with_name(f"{job.run_id}.failed")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(failed, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.monotonic()
    begun = datetime.now(UTC)
    try:
        _execute(job, folder / "notebook.ipynb", parameters)
    except Exception as problem:
        if stopping.is_set():
            shutil.rmtree(folder, ignore_errors=True)
            raise
        folder.rename(failed)
        if debug:
            raise
        raise NotebookError(
            _("{notebook} ({label}) berhenti: {why} Salinan yang dijalankan: {path}").format(
                notebook=job.notebook, label=job.label, why=_why(problem), path=failed / "notebook.ipynb"
            )
        ) from None
    write_text(
        folder / "manifest.json", json.dumps(_manifest(workspace, job, folder, begun), ensure_ascii=False, indent=1)
    )
    return time.monotonic() - started


def _execute(job: Job, output: Path, parameters: dict[str, Any]) -> None:
    from papermill import execute_notebook

    # What went wrong is said once, in a sentence of ours.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    execute_notebook(
        NOTEBOOKS / f"{job.notebook}.ipynb",
        # Papermill fills in names between braces, also those of the folder somebody's workspace lies in.
        str(output).replace("{", "{{").replace("}", "}}"),
        parameters=parameters,
        kernel_name="python3",
        progress_bar=False,
        log_output=False,
        kernel_manager_class="workbench.pipeline.kernels.SocketKernelManager",
    )


def _why(problem: Exception) -> str:
    """Return why a notebook stopped, as the end of a sentence."""
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    if isinstance(problem, PapermillExecutionError):
        why = str(problem.evalue) if problem.ename == "ValueError" else f"{problem.ename}: {problem.evalue}"
    elif isinstance(problem, DeadKernelError):
        why = _("kernelnya mati di tengah jalan, biasanya karena memori habis; ulangi dengan --jobs 1")
    else:
        why = f"{type(problem).__name__}: {problem}"
    return " ".join(why.split()).rstrip(".") + "."


def _manifest(workspace: Workspace, job: Job, folder: Path, begun: datetime) -> dict[str, Any]:
    settings = workspace.settings
    return {
        "run": job.run_id,
        "stage": job.stage,
        "notebook": job.notebook,
        "label": job.label,
        "parameters": job.parameters,
        "inputs": job.inputs,
        "settings": job.settings,
        "policy": settings.policy,
        "bank": settings.bank,
        "bank_hash": bank_hash(bank_folder(workspace.bank_source)) if settings.bank else "",
        "seed": settings.seed,
        "draws": settings.draws,
        "code_version": code_version(),
        "python": python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "started_utc": begun.isoformat(timespec="seconds"),
        "finished_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "outputs": {path.stem: values_hash(path) for path in sorted((folder / "tables").glob("*.parquet"))},
    }
