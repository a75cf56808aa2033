"""What takes a second or more and is computed beside the page: the checklist and the findings, as plain JSON.

NumPy and pandas are imported here and only when something is asked for: opening the page must stay quick.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workbench.review import Store
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.analysis.review_value import ValueOfReview

__all__ = ["POINTS", "checklist", "curve_of", "findings"]

POINTS = 160  # of the curve: more than a screen can show


def checklist(folder: Path, actor: str) -> dict[str, Any]:
    """Return what stands between now and FINAL, as one person is told it.

    Returns
    -------
    dict
        seq (the last event it knows), sentence, lines.
    """
    from workbench.reports.release import release_of

    release = release_of(Workspace(folder), actor)
    return {"seq": release.seq, "sentence": release.sentence, "lines": [asdict(line) for line in release.lines]}


def findings(folder: Path) -> dict[str, Any]:
    """Return what the review says about itself, and what it is worth.

    Returns
    -------
    dict
        seq (the last event it knows), findings, curve (see `curve_of`).
    """
    from workbench.analysis.review_findings import findings_and_value

    with closing(Store.of(Workspace(folder))) as store:
        seq = store.ledger().seq  # events that come while it is computed are not said to be in it
        found, worth = findings_and_value(store)
        return {"seq": seq, "findings": [asdict(one) for one in found], "curve": curve_of(worth)}


def curve_of(value: ValueOfReview) -> dict[str, Any]:
    """Return the curve for the page, at most `POINTS` points with the first and the last.

    Returns
    -------
    dict
        cases, contained, contained_low, contained_high, net, net_low, net_high (None before they can be told),
        random_order (None where it is not known), rests_on.
    """
    last = len(value.cases) - 1
    kept = sorted({round(i * last / (POINTS - 1)) for i in range(POINTS)}) if value.cases else []
    names = ("contained", "contained_low", "contained_high", "net", "net_low", "net_high", "random_order")
    lines = {name: getattr(value, name) for name in names}
    return {
        **{name: [line[i] for i in kept] if line else None for name, line in lines.items()},
        "cases": [value.cases[i] for i in kept],
        "rests_on": value.rests_on,
    }
