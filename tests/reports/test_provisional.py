"""A round without an item bank says so wherever it prints; one with a bank nowhere."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from workbench.apps.queue.model import QueueModel
from workbench.reports.publish import publish_reports
from workbench.reports.reading import publish_pages
from workbench.reports.signing import make_minutes
from workbench.review.prepare import prepare_cases
from workbench.review.store import Store
from workbench.workspace import Workspace

MARK = "SEMENTARA: putaran ini dinilai dengan kalibrasinya sendiri"


def published(workspace: Workspace, stage: str) -> list[str]:
    path = workspace.path / "results" / stage / "published.json"
    return list(json.loads(path.read_text(encoding="utf-8"))["runs"])


def print_again(workspace: Workspace) -> None:
    """Write everything that readers receive once more, from the runs that are there."""
    shutil.rmtree(workspace.path / "reports")
    for stage, name in (("items", "item_analysis"), ("scores", "score_validation")):
        runs = {workspace.manifest(run)["label"]: run for run in published(workspace, stage)}
        publish_pages(workspace, name, runs)
    names = sorted(workspace.read("participants")["instansi"].unique())
    assert publish_reports(workspace, published(workspace, "reports"), names) == {}
    prepare_cases(workspace, published(workspace, "boxes")[0])


def what_is_printed(workspace: Workspace) -> dict[str, str]:
    """Return the text of everything that readers receive."""
    folder = workspace.path / "reports"
    texts = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    for path in folder.rglob("*.xlsx"):
        texts[str(path.relative_to(folder))] = pd.read_excel(
            path, sheet_name="Keterangan", header=None, engine="calamine"
        ).to_string()
    store = Store(workspace.database_url)
    case_id = store.case_heads()[0][0]
    case = store.case(case_id)
    assert case is not None
    texts["case"] = json.dumps(case.content, ensure_ascii=False)
    model = QueueModel(store, actor="Ani", account="ani", title=f"x{workspace.mark_in_title}")
    texts["screen"] = json.dumps(model.view()["case"], ensure_ascii=False) + model.view()["title"]
    store.close()
    return texts


@pytest.fixture
def provisional(own_pekalongan: Path) -> Workspace:
    """The results of a complete round, printed as one that names no bank.

    A round of this size cannot be calibrated on itself; what is tested is what prints, not what is computed.
    """
    settings = own_pekalongan / "workbench.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^bank = .*$", 'bank = ""', text), encoding="utf-8")
    workspace = Workspace(own_pekalongan)
    print_again(workspace)
    return workspace


def test_every_page_of_a_round_without_a_bank_says_so(provisional, cast_vote):
    texts = what_is_printed(provisional)
    kinds = {
        name.split("/")[-1] if "/" not in name or name.endswith((".xlsx", "report.html")) else name.split("/")[0]
        for name in texts
    }
    assert {"index.html", "report.html", "participants.xlsx", "item_analysis", "score_validation", "case"} <= kinds
    assert [name for name, text in texts.items() if MARK not in text] == []
    assert texts["screen"].endswith("x · SEMENTARA")
    cast_vote(provisional.path)
    make_minutes(provisional.path, "Ani")
    document = (provisional.path / "reports" / "berita-acara.html").read_text(encoding="utf-8")
    assert MARK in document


def test_no_page_of_a_round_with_a_bank_says_so(pekalongan):
    texts = what_is_printed(Workspace(pekalongan))
    assert [name for name, text in texts.items() if "SEMENTARA" in text] == []


def test_the_notebooks_of_a_round_without_a_bank_say_so_themselves(iqitems):
    for run in (iqitems / "runs").glob("*/notebook.ipynb"):
        cells = json.loads(run.read_text(encoding="utf-8"))["cells"]
        shown = "".join(
            "".join(output.get("data", {}).get("text/html", ""))
            for cell in cells
            if cell["cell_type"] == "code"
            for output in cell["outputs"]
        )
        assert MARK in shown, run.parent.name
