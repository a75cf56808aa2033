"""What the tests of reports share: a page as a tree, and each report beside the frame it is made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from workbench.workspace import Workspace


class Page:
    """A page for readers, by what a reader sees."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.tree = BeautifulSoup(html, "html.parser")

    @property
    def text(self) -> str:
        return " ".join(self.tree.get_text(" ").split())

    def all(self, selector: str) -> list[Tag]:
        return list(self.tree.select(selector))

    def words(self, selector: str) -> list[str]:
        return [" ".join(tag.get_text(" ").split()) for tag in self.tree.select(selector)]

    def table(self, caption: str) -> list[dict[str, str]]:
        """Return the rows of the table with this caption, by heading; one shown twice is the figure's own first."""
        for table in self.tree.select("table"):
            if table.caption is not None and table.caption.get_text() == caption:
                head = [" ".join(th.get_text(" ").split()) for th in table.select("thead th")]
                rows = [
                    [" ".join(c.get_text(" ").split()) for c in tr.find_all(["th", "td"])]
                    for tr in table.select("tbody tr")
                ]
                return [dict(zip(head, row, strict=True)) for row in rows]
        raise AssertionError(f"no table '{caption}' among {[c.get_text() for c in self.tree.select('caption')]}")

    def people(self) -> set[str]:
        """Return the pseudonyms of everybody who is named."""
        return {tag.get_text() for tag in self.tree.select("small.id")}


@dataclass(frozen=True)
class Report:
    """One published report."""

    instansi: str
    folder: Path
    run: str
    page: Page
    boxes: pd.DataFrame

    @property
    def placed(self) -> pd.DataFrame:
        return self.boxes[self.boxes["withheld_reason"] == ""]


def _reports(folder: Path) -> dict[str, Report]:
    workspace = Workspace(folder)
    boxes = workspace.read("boxes").merge(
        workspace.read("participants", ["participant_id", "unit"]), on="participant_id"
    )
    found = {}
    for run in json.loads((folder / "results" / "reports" / "published.json").read_text("utf-8"))["runs"]:
        name = workspace.manifest(run)["parameters"]["instansi"]
        (path,) = [p for p in (folder / "reports").glob("*/report.html") if f'data-run="{run}"' in p.read_text("utf-8")]
        found[name] = Report(name, path.parent, run, Page(path.read_text("utf-8")), boxes[boxes["instansi"] == name])
    return found


@pytest.fixture(scope="session")
def page_of() -> type[Page]:
    return Page


@pytest.fixture(scope="session")
def reports_of() -> Callable[[Path], dict[str, Report]]:
    return _reports


@pytest.fixture(scope="session")
def reports(three_instansi: Path) -> dict[str, Report]:
    """The three reports of the round of three instansi, by instansi."""
    found = _reports(three_instansi)
    assert len(found) == 3
    return found
