"""Simulated rounds taken in within this process: tables, no notebooks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from workbench.pipeline.intake import take_in
from workbench.simulation import new_workspace
from workbench.workspace import Workspace


@pytest.fixture(scope="session")
def taken_in(tmp_path_factory: pytest.TempPathFactory, draw_seed: Callable[[str], int]) -> Callable[..., Workspace]:
    """Return a round, made once for each set of arguments; read only."""

    @cache
    def make(cohort: str, size: int | None = None, defects: str = "none") -> Workspace:
        folder = tmp_path_factory.mktemp("analysis") / cohort
        workspace = new_workspace(
            folder, cohort=cohort, size=size, seed=draw_seed(f"{cohort} {size} {defects}"), defects=defects
        )
        take_in(workspace)
        return workspace

    return make


@pytest.fixture(scope="session")
def real_round(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return the 1,525 real people."""
    workspace = new_workspace(tmp_path_factory.mktemp("analysis") / "iqitems", real="iqitems")
    take_in(workspace)
    return workspace
