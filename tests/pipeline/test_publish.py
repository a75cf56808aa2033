from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from workbench.pipeline.publish import holds, mark_published, publish, published, sweep
from workbench.pipeline.stages import STAGES, Stage
from workbench.workspace import Settings, Workspace

ITEMS = STAGES[0]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "putaran", Settings(name="putaran", title="Putaran"))


def finished_run(workspace: Workspace, run_id: str, **tables: pd.DataFrame) -> str:
    run = workspace.run(run_id)
    for name, frame in tables.items():
        run.write(name, frame)
    (run.path / "manifest.json").write_text("{}", encoding="utf-8")
    return run_id


def test_parts_come_together_in_the_order_of_the_runs_with_the_run_on_every_row(workspace):
    ids = [finished_run(workspace, f"items-{n}", item_statistics=pd.DataFrame({"item_id": [n]})) for n in ("b", "a")]
    publish(workspace, ITEMS, ids)
    assert workspace.read("item_statistics").to_dict("list") == {
        "item_id": ["b", "a"],
        "run_id": ["items-b", "items-a"],
    }


def test_an_empty_part_changes_no_types_and_a_table_nobody_writes_any_more_goes(workspace):
    full = pd.DataFrame({"item_id": ["a"], "p": [0.5]})
    ids = [
        finished_run(workspace, "items-a", dif=full),
        finished_run(workspace, "items-b", dif=full.head(0).astype(object)),
    ]
    workspace.write("left_over", full, "items")
    publish(workspace, ITEMS, ids)
    assert workspace.read("dif")["p"].dtype == float
    assert not workspace.has("left_over")


def test_a_failure_while_publishing_leaves_the_last_results_whole_but_not_marked_as_current(workspace):
    old = finished_run(workspace, "items-old", a=pd.DataFrame({"x": [1]}), b=pd.DataFrame({"x": [1]}))
    publish(workspace, ITEMS, [old])
    mark_published(workspace, ITEMS, [old])
    assert published(workspace, ITEMS) == [old]
    unwritable = pd.DataFrame({"x": [1], "y": [2]}).set_axis(
        ["x", "x"], axis=1
    )  # Parquet refuses two columns of one name
    stage = Stage(
        "items", "", "", (), (), finish=lambda _workspace, tables: {"a": tables["a"].assign(x=2), "b": unwritable}
    )
    with pytest.raises(ValueError, match=r"[Dd]uplicate"):
        publish(workspace, stage, [old])
    assert workspace.read("a")["x"].tolist() == workspace.read("b")["x"].tolist() == [1]
    assert published(workspace, ITEMS) == []
    assert not list((workspace.path / "results").rglob("*.part"))


def test_the_sweep_takes_what_a_killed_process_left_and_nothing_else(workspace):
    kept = [finished_run(workspace, "items-a", t=pd.DataFrame({"x": [1]})), "items-b.failed", "manual"]
    for name in (*kept[1:], "items-c"):
        (workspace.path / "runs" / name).mkdir(parents=True)
        (workspace.path / "runs" / name / "notebook.ipynb").write_text("{}", encoding="utf-8")
    for place in ("results/items/.dif.parquet.77.part", "reports/kota/.report.html.7.part", "tables/.a.parquet.1.part"):
        path = workspace.path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    workspace.write("whole", pd.DataFrame({"x": [1]}), "items")
    sweep(workspace)
    assert sorted(path.name for path in (workspace.path / "runs").iterdir()) == sorted(kept)
    assert not list(workspace.path.rglob("*.part"))
    assert workspace.has("whole")


def test_holds_are_sentences_of_every_stage(workspace):
    gates = pd.DataFrame(
        {
            "gate": ["kunci", "kunci"],
            "scope": ["a", "b"],
            "status": ["PASS", "HOLD"],
            "sentence": ["baik", "Kunci B diragukan."],
        }
    )
    workspace.write("gates", gates, "items")
    workspace.write("gates", gates.head(1), "scores")
    assert holds(workspace, ("items", "scores", "boxes")) == ["HOLD items, kunci, b: Kunci B diragukan."]


def test_nothing_is_published_before_the_first_run(workspace):
    assert published(workspace, ITEMS) == []
    mark_published(workspace, ITEMS, ["items-a"])
    assert json.loads((workspace.path / "results/items/published.json").read_text(encoding="utf-8")) == {
        "runs": ["items-a"]
    }
