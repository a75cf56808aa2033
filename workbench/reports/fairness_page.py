"""The page on fairness of a round: decisions by protected group, as stated and, where minutes hold, as decided.

It is written with the reports and not by notebook 03: the notebook makes the boxes that are reviewed, and must not
depend on what the review then says.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from workbench.analysis.fairness import decisions_by_group
from workbench.i18n import _, format_number
from workbench.reports import fairness_tables, lineage
from workbench.reports.index import page
from workbench.reports.render import focusable
from workbench.workspace import write_text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.policy import Policy
    from workbench.workspace import Workspace

__all__ = ["FILE", "write_fairness_page"]

FILE = "fairness.html"


def write_fairness_page(
    workspace: Workspace, policy: Policy, boxes: pd.DataFrame, final: pd.DataFrame | None, state: str, words: str
) -> bool:
    """Write ``reports/fairness.html``; return whether there is one.

    Parameters
    ----------
    workspace : Workspace
    policy : Policy
    boxes : pandas.DataFrame
        The result table ``boxes``.
    final : pandas.DataFrame or None
        The table ``final_boxes`` while the reports equal the minutes; None otherwise.
    state, words : str
        DRAF or FINAL, and what that means.

    Returns
    -------
    bool
        False in a round without the table ``protected_groups``; a page that stood there before goes.
    """
    path = workspace.path / "reports" / FILE
    impact, left_out = decisions_by_group(workspace, boxes, policy.boxes.pool, final)
    if impact.empty:
        path.unlink(missing_ok=True)
        return False
    lineage.begin(str(boxes["run_id"].iloc[0]), "fairness")
    placed = int((boxes["withheld_reason"] == "").sum())
    parts = [
        fairness_tables.findings(impact, placed, [_review(final), *left_out]),
        fairness_tables.impact_table(impact),
        fairness_tables.instansi_impact(impact),
    ]
    body = focusable("".join(part._repr_html_() for part in parts))
    if workspace.provisional_mark:
        body = f'<p class="state provisional">{escape(workspace.provisional_mark)}</p>{body}'
    heading = _("Keadilan keputusan menurut kelompok")
    write_text(path, page(workspace.settings.title, heading, state, words, policy.title, body))
    return True


def _review(final: pd.DataFrame | None) -> str:
    if final is None:
        return _(
            "Keputusan final belum ada: sebelum berita acara suara masih tertutup, dan yang dihitung hanya kotak yang "
            "dinyatakan."
        )
    return _(
        "Keputusan final: kotak menurut berita acara. {decided} orang diputuskan dalam telaah, {changed} di antaranya "
        "berpindah kotak; yang lain, juga yang diminta uji ulang, dihitung pada kotak yang dinyatakan."
    ).format(decided=format_number(int(final["decided"].sum())), changed=format_number(int(final["changed"].sum())))
