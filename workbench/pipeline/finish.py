"""How stages end: item cards, joint posterior, review cases, index of reports.

Called by the pipeline, known to no notebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.scores import add_joint_posterior

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from workbench.workspace import Workspace

__all__ = [
    "finish_boxes",
    "finish_items",
    "finish_reports",
    "finish_scores",
    "guard_boxes",
    "known_cases",
    "signed",
]


def finish_items(workspace: Workspace, _run_ids: Sequence[str], _units: Sequence[str]) -> dict[str, str]:
    """Prepare the item cards of this run for review."""
    from workbench.review.prepare_items import prepare_items

    prepare_items(workspace)
    return {}


def finish_scores(workspace: Workspace, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Fill mean and standard deviation of the joint posterior, which no single instrument knows."""
    scores, population = add_joint_posterior(workspace, tables["scores"])
    return {**tables, "scores": scores, "population": population}


def finish_boxes(workspace: Workspace, run_ids: Sequence[str], _units: Sequence[str]) -> dict[str, str]:
    """Prepare the review cases of this run."""
    from workbench.review.prepare import prepare_cases

    prepare_cases(workspace, run_ids[0])
    return {}


def finish_reports(workspace: Workspace, run_ids: Sequence[str], units: Sequence[str]) -> dict[str, str]:
    """Render the reports of finished runs, and the index over all instansi; return what failed, by instansi."""
    from workbench.reports.publish import publish_reports

    return publish_reports(workspace, run_ids, units)


def known_cases(workspace: Workspace) -> dict[str, str]:
    """Return which known cases the queue is to have; a round without any stays at the address that it had."""
    settings = workspace.settings
    if not settings.known_share:
        return {}
    return {"known_cases": f"{settings.known_share:g} {settings.known_from}"}


def guard_boxes(workspace: Workspace) -> None:
    """Refuse to replace boxes on which people have voted, unless the run was told why."""
    from workbench.review.prepare import check_permission

    check_permission(workspace)


def signed(workspace: Workspace) -> dict[str, str]:
    """Return what the minutes say now: new minutes, or votes after them, make new reports."""
    from workbench.reports.signed import signed_state

    final, words = signed_state(workspace)
    return {"signed": f"{'FINAL' if final else 'DRAF'}: {words}"}
