"""The stages of the chain: notebook, what it runs over, what it depends on, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.pipeline.finish import (
    finish_boxes,
    finish_items,
    finish_reports,
    finish_scores,
    guard_boxes,
    known_cases,
    signed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from workbench.workspace import Workspace

__all__ = ["EVERY_STAGE", "STAGES", "Stage", "stage_names", "stages_of"]


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes
    ----------
    name, notebook : str
    over : str
        ``instrument``, ``cohort`` or ``instansi``: one run of the notebook for each.
    reads : tuple of str
        Patterns of files inside the workspace; ``{instrument}`` is filled in.
    settings : tuple of str
        Fields of the workspace settings that its results depend on; ``policy`` and ``bank`` bring their files along.
    own_calibration : tuple of str
        Patterns read beside `reads` in a round without an item bank, which is scored on its own calibration.
    pages : str
        Folder of the pages that its notebooks become; by default that of the notebook's name without its number.
    also : callable, optional
        Called with the workspace; returns what else the results depend on, by name.
    finish : callable, optional
        Called with the workspace and the stage's tables before they are published; returns what to publish.
    after : callable, optional
        Called with the workspace, the run ids that are published and every unit of the stage; returns the sentence of
        each thing that failed, by unit.
    guard : callable, optional
        Called with the workspace before results that exist are replaced; raises where that is not permitted.
    """

    name: str
    notebook: str
    over: str
    reads: tuple[str, ...]
    settings: tuple[str, ...]
    own_calibration: tuple[str, ...] = ()
    pages: str = ""
    also: Callable[[Workspace], dict[str, str]] | None = None
    finish: Callable[[Workspace, dict[str, pd.DataFrame]], dict[str, pd.DataFrame]] | None = None
    after: Callable[[Workspace, Sequence[str], Sequence[str]], dict[str, str]] | None = None
    guard: Callable[[Workspace], None] | None = None


_MATERIAL = ("items", "keys", "forms", "instruments", "participants", "protected_groups", "attendance_counts")
_RESPONSES = (*(f"tables/{name}.parquet" for name in _MATERIAL), "tables/responses_{instrument}__*.parquet")
_RECORDS = tuple(
    f"tables/{name}.parquet"
    for name in (
        "participants",
        "performance",
        "positions",
        "education",
        "training",
        "awards",
        "assignments",
        "discipline",
        "official_results",
        "quarantine",
        "attendance_counts",
        *("received_levels", "component_sheet", "component_sheet_rows", "declared_errors"),
    )
)
# Fairness and lists about talent: nothing of these tables enters a score, level or box.
_LISTS = tuple(
    f"tables/{name}.parquet"
    for name in (
        *("protected_groups", "sittings", "response_times", "posts", "vacancies", "competency_development"),
        *("instruments", "items", "forms", "keys", "responses_*"),
    )
)
_CALIBRATION = ("results/items/item_parameters.parquet", "tables/forms.parquet")
# Scores rest on the bank; that the round's own calibration still agrees with it is checked beside them.
_VALIDATION = ("tables/sittings.parquet", "results/items/item_parameters.parquet")
# What-if asks about single answers, the items in doubt, and an instansi's own policies.
_QUESTIONS = (
    "tables/items.parquet",
    "tables/keys.parquet",
    "tables/forms.parquet",
    "tables/instruments.parquet",
    "tables/responses_*.parquet",
    "results/items/item_recommendations.parquet",
    "results/items/item_flags.parquet",
    "policies/*.toml",
)

STAGES = (
    Stage(
        "items",
        "01_item_analysis",
        "instrument",
        _RESPONSES,
        ("locale", "item_rules", "bank", "seed"),
        after=finish_items,
    ),
    Stage(
        "scores",
        "02_score_validation",
        "instrument",
        (*_RESPONSES, *_VALIDATION),
        ("locale", "name", "bank", "seed"),
        own_calibration=_CALIBRATION,
        finish=finish_scores,
    ),
    Stage(
        "boxes",
        "03_talent_boxes",
        "cohort",
        (
            *_RECORDS,
            *_LISTS,
            "results/scores/*.parquet",
            "results/items/dif.parquet",
            *_QUESTIONS,
        ),
        ("locale", "name", "policy", "bank", "seed", "draws"),
        own_calibration=_CALIBRATION,
        also=known_cases,
        after=finish_boxes,
        guard=guard_boxes,
    ),
    Stage(
        "reports",
        "04_instansi_report",
        "instansi",
        (
            *_RECORDS,
            "tables/instruments.parquet",
            "tables/protected_groups.parquet",
            "results/boxes/*.parquet",
            "results/scores/gates.parquet",
            "results/scores/reliability.parquet",
            "results/items/gates.parquet",
            "results/quality/flags.parquet",
        ),
        ("locale", "name", "title", "policy", "bank", "draws", "simulated"),
        also=signed,
        after=finish_reports,
    ),
)

_RECEIVED = ("tables/received_levels.parquet", "tables/declared_errors.parquet", "tables/instruments.parquet")
# In place of answers: levels become scores in a notebook of their own, and where there is no posterior, or nothing is
# known of its error, a shorter notebook places people.
_RECEIVED_SCORES = Stage(
    "scores",
    "02_received_levels",
    "cohort",
    _RECEIVED,
    ("locale", "name", "policy", "bank", "entry"),
    finish=finish_scores,
)
_BOXES, _REPORTS = STAGES[2:]
_RECEIVED_BOXES = replace(
    _BOXES,
    notebook="03_received_boxes",
    reads=(*_RECORDS, *_LISTS, "results/scores/*.parquet", "policies/*.toml"),
    settings=(*_BOXES.settings, "entry"),
    own_calibration=(),
    pages="talent_boxes",
)
EVERY_STAGE = (*STAGES, _RECEIVED_SCORES, _RECEIVED_BOXES)


def stages_of(workspace: Workspace) -> tuple[Stage, ...]:
    """Return the stages of a round: those of answers, or those of what came in place of them."""
    entry = workspace.settings.entry
    if entry == "responses":
        return STAGES
    if entry == "component_sheet":
        return (_RECEIVED_BOXES, _REPORTS)
    known = workspace.table_path("received_levels").is_file() and workspace.has_probabilities
    return (_RECEIVED_SCORES, _BOXES if known else _RECEIVED_BOXES, _REPORTS)


def stage_names() -> tuple[str, ...]:
    """Return the names of the stages, in order."""
    return tuple(stage.name for stage in STAGES)
