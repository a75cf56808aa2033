"""Copies of the notebooks for JupyterLab: filled in, and never over what somebody changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.pipeline.lab import copy_notebooks
from workbench.pipeline.parameters import declared_parameters
from workbench.workspace import Settings, Workspace

INSTRUMENTS = ("mansoskul", "literasi-digital", "emerging-skills", "potensi")


@pytest.fixture
def round_to_copy(pekalongan: Path, tmp_path: Path) -> Workspace:
    """The tables of a round, which is all that copying reads."""
    folder = tmp_path / "ruang 'kerja'"
    (folder / "tables").mkdir(parents=True)
    for path in (pekalongan / "workbench.toml", *(pekalongan / "tables").glob("*.parquet")):
        (folder / path.relative_to(pekalongan)).symlink_to(path)
    return Workspace(folder)


def values(workspace: Workspace, name: str) -> dict[str, Any]:
    declared = declared_parameters(workspace.path / "lab" / name)
    return {parameter: default for parameter, (_kind, default) in declared.items()}


def change(path: Path, source: str = "1 + 1") -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][-1]["source"] = [source]
    path.write_text(json.dumps(content), encoding="utf-8")


def test_every_notebook_is_there_with_the_parameters_of_this_round(round_to_copy: Workspace) -> None:
    assert copy_notebooks(round_to_copy) == []
    names = {path.name for path in (round_to_copy.path / "lab").iterdir()}
    per_instrument = {f"01_{i}_item_analysis.ipynb" for i in INSTRUMENTS} | {
        f"02_{i}_score_validation.ipynb" for i in INSTRUMENTS
    }
    assert names == per_instrument | {
        "03_talent_boxes.ipynb",
        "04_instansi_report.ipynb",
        "mulai.ipynb",
        "standard_setting.ipynb",
    }
    where = str(round_to_copy.path)
    assert values(round_to_copy, "01_potensi_item_analysis.ipynb") == {
        "workspace": where,
        "run": "",
        "instrument": "potensi",
    }
    assert values(round_to_copy, "04_instansi_report.ipynb")["instansi"] == "Pemerintah Kota Pekalongan"
    assert values(round_to_copy, "mulai.ipynb") == {"workspace": where}


def test_again_changes_nothing(round_to_copy: Workspace, fingerprint: Any) -> None:
    copy_notebooks(round_to_copy)
    before = fingerprint(round_to_copy.path / "lab")
    assert copy_notebooks(round_to_copy) == []
    assert fingerprint(round_to_copy.path / "lab") == before


def test_a_changed_copy_stays_and_gets_the_new_one_beside_it_once(round_to_copy: Workspace) -> None:
    copy_notebooks(round_to_copy)
    mine = round_to_copy.path / "lab" / "mulai.ipynb"
    change(mine)
    before = mine.read_bytes()
    (said,) = copy_notebooks(round_to_copy)
    assert "mulai.ipynb sudah diubah" in said
    assert "mulai-2.ipynb" in said
    assert mine.read_bytes() == before
    assert copy_notebooks(round_to_copy) == []
    change(mine.with_name("mulai-2.ipynb"))
    assert "mulai-3.ipynb" in copy_notebooks(round_to_copy)[0]


def test_an_untouched_copy_of_an_older_version_is_renewed_and_an_executed_one_is_kept(
    round_to_copy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_notebooks(round_to_copy)
    old = round_to_copy.path / "lab" / "03_talent_boxes.ipynb"
    executed = round_to_copy.path / "lab" / "mulai.ipynb"
    content = json.loads(executed.read_text(encoding="utf-8"))
    content["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["hasil saya"]}]
    executed.write_text(json.dumps(content), encoding="utf-8")
    # The same cells, only executed: nothing new to put beside it.
    assert copy_notebooks(round_to_copy) == []

    newer = round_to_copy.path.parent / "notebooks"
    newer.mkdir()
    from workbench.pipeline import lab

    for path in lab.NOTEBOOKS.glob("*.ipynb"):
        (newer / path.name).write_bytes(path.read_bytes())
        change(newer / path.name, "# versi baru")
    monkeypatch.setattr(lab, "NOTEBOOKS", newer)
    said = copy_notebooks(round_to_copy)
    assert "versi baru" in old.read_text(encoding="utf-8")
    assert "hasil saya" in executed.read_text(encoding="utf-8")
    assert len(said) == 1
    assert "mulai-2.ipynb" in said[0]


def test_what_is_no_notebook_is_left_alone(round_to_copy: Workspace) -> None:
    (round_to_copy.path / "lab").mkdir()
    theirs = round_to_copy.path / "lab" / "mulai.ipynb"
    theirs.write_text("bukan buku", encoding="utf-8")
    copy_notebooks(round_to_copy)
    assert theirs.read_text(encoding="utf-8") == "bukan buku"
    assert theirs.with_name("mulai-2.ipynb").is_file()


def test_before_the_first_run_it_says_which_command_to_give(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "baru", Settings(name="baru", title="Baru"))
    with pytest.raises(ValueError, match="workbench run"):
        copy_notebooks(workspace)
    assert not (workspace.path / "lab").exists()
