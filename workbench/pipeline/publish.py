"""Put the parts of a stage together and into place: whole, or not at all."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pandas as pd

from workbench.analysis.gates import read_gates
from workbench.workspace import MANUAL_RUN, replaced_on_success, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.pipeline.stages import Stage
    from workbench.workspace import Workspace

__all__ = ["holds", "mark_published", "publish", "published", "sweep"]


def published(workspace: Workspace, stage: Stage) -> list[str]:
    """Return the ids of the runs whose results lie in place, in order; none while they are being replaced."""
    path = _marker(workspace, stage)
    return list(json.loads(path.read_text(encoding="utf-8"))["runs"]) if path.is_file() else []


def mark_published(workspace: Workspace, stage: Stage, run_ids: Sequence[str]) -> None:
    """Say that everything which these runs left lies in place."""
    write_text(_marker(workspace, stage), json.dumps({"runs": list(run_ids)}))


def publish(workspace: Workspace, stage: Stage, run_ids: Sequence[str]) -> None:
    """Put the parts of a stage together, in the order of its runs, and rename the results into place together."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for run_id in run_ids:
        for path in sorted((workspace.path / "runs" / run_id / "tables").glob("*.parquet")):
            parts.setdefault(path.stem, []).append(pd.read_parquet(path).assign(run_id=run_id))
    tables = {
        name: pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
        for name, frames in parts.items()
    }
    if stage.finish is not None:
        tables = stage.finish(workspace, tables)
    _marker(workspace, stage).unlink(missing_ok=True)
    with ExitStack() as together:
        for name, frame in tables.items():
            path = workspace.table_path(name, stage.name)
            frame.to_parquet(together.enter_context(replaced_on_success(path)), index=False)
    for old in (workspace.path / "results" / stage.name).glob("*.parquet"):
        if old.stem not in tables:
            old.unlink()


def _marker(workspace: Workspace, stage: Stage) -> Path:
    return workspace.path / "results" / stage.name / "published.json"


def sweep(workspace: Workspace) -> None:
    """Remove what a killed process may have left: half-written files and runs that never finished."""
    for folder in ("tables", "results", "reports"):
        for path in (workspace.path / folder).rglob(".*.part"):
            path.unlink()
    for run in (workspace.path / "runs").glob("*"):
        finished = (run / "manifest.json").is_file() or run.suffix == ".failed" or run.name == MANUAL_RUN
        if run.is_dir() and not finished:
            shutil.rmtree(run)


def holds(workspace: Workspace, stages: Sequence[str]) -> list[str]:
    """Return the sentence of every gate that says HOLD."""
    return [
        f"HOLD {stage}, {gate.gate}, {gate.scope}: {gate.sentence}"
        for stage, gate in read_gates(workspace, stages)
        if not gate.passed
    ]
