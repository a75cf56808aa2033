"""Where a figure or a table comes from: run, notebook, cell and hash of its inputs, written into the page."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape

__all__ = ["Lineage", "begin", "stamp"]


@dataclass
class Lineage:
    """The run that is showing things, and how many it has shown.

    Attributes
    ----------
    run, notebook, inputs : str
        Run id, notebook name and short hash of the inputs.
    shown : int
    """

    run: str = ""
    notebook: str = ""
    inputs: str = ""
    shown: int = 0


_current: ContextVar[Lineage | None] = ContextVar("workbench_lineage", default=None)


def begin(run: str, notebook: str) -> None:
    """Start the lineage of a notebook; the run id ends with the hash of its inputs."""
    _current.set(Lineage(run or "manual", notebook, (run or "manual").rsplit("-", 1)[-1]))


def stamp() -> tuple[str, str]:
    """Return the ``data-`` attributes and the footer text of the next figure or table."""
    lineage = _current.get() or Lineage("manual", "", "manual")
    lineage.shown += 1
    attributes = (
        f'data-run="{escape(lineage.run)}" data-notebook="{escape(lineage.notebook)}" data-cell="{_cell()}" '
        f'data-item="{lineage.shown}" data-input="{escape(lineage.inputs)}"'
    )
    return attributes, f"{lineage.run} · {lineage.shown}"


def _cell() -> int:
    """Return the number of the notebook cell that is running, 0 outside a notebook."""
    interactive = sys.modules.get("IPython")
    shell = interactive.get_ipython() if interactive is not None else None
    return int(shell.execution_count) if shell is not None else 0
