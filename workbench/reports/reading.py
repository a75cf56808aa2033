"""Analysis notebooks as pages for readers, without code: ``reports/item_analysis/potensi.html`` and so on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from workbench.i18n import _, use_locale
from workbench.reports.publish import folder_names
from workbench.reports.render import render_analysis
from workbench.workspace import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.workspace import Workspace

__all__ = ["publish_pages"]


def publish_pages(workspace: Workspace, name: str, runs: Mapping[str, str]) -> list[Path]:
    """Write the page of each executed notebook of one kind; pages of what is no longer analysed go.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Name of the folder; with an underscore, which no folder of an instansi has.
    runs : mapping of str to str
        Run id by instrument; the talent boxes of a round have one, by the name of the round.

    Returns
    -------
    list of Path
    """
    folder = workspace.path / "reports" / name
    titles = workspace.read("instruments").set_index("instrument")["title"].astype(str).to_dict()
    written = []
    with use_locale(workspace.settings.locale):
        heading = _("Level yang diterima") if name == "received_levels" else _("Kotak talenta")
        for instrument, file in folder_names(list(runs)).items():
            run = runs[instrument]
            made = datetime.fromisoformat(workspace.manifest(run)["finished_utc"]).astimezone().date()
            page = render_analysis(
                workspace.path / "runs" / run / "notebook.ipynb",
                workspace.settings.title,
                titles.get(instrument, heading),
                run,
                made,
                workspace.provisional_mark,
            )
            written.append(folder / f"{file}.html")
            write_text(written[-1], page)
    for old in folder.glob("*.html"):
        if old not in written:
            old.unlink()
    return written
