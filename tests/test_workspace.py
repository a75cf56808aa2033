from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.workspace import ENVIRONMENT_VARIABLE, SETTINGS_FILE, Settings, Workspace, replaced_on_success

MADE = Settings(name="putaran-1", title='Putaran "satu" \\ 2024', policy="kepka-bkn-411-2025", people=("Ani", "Budi"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "putaran", MADE)


def test_settings_come_back_as_they_were_written(workspace):
    assert Workspace(workspace.path).settings == MADE


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x7f"), max_size=40),
    seed=st.integers(0, 2**53),
)
def test_every_title_survives_the_settings_file(tmp_path, title, seed):
    made = Settings(name="a", title=title, seed=seed)
    (tmp_path / SETTINGS_FILE).write_text(made.to_toml(), encoding="utf-8")
    assert Workspace(tmp_path).settings == made


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ('title = "b"\nname = "Putaran Satu"', "isian 'name' tidak sah"),
        ('title = "b"\nname = "a"\nlocale = "fr"', "isian 'locale' tidak sah"),
        ('title = "b"\nname = "a"\ndraws = 3', "isian 'draws' tidak sah"),
        ('title = "b"\nname = "a"\nsandi = "x"', "isian 'sandi' tidak sah"),
        ('title = "b"', "isian 'name' tidak sah"),
        ("title =", "tidak dapat dibaca"),
    ],
)
def test_wrong_settings_are_one_sentence_with_the_field(tmp_path, change, sentence):
    (tmp_path / SETTINGS_FILE).write_text(change, encoding="utf-8")
    with pytest.raises(ValueError, match=sentence) as problem:
        Workspace(tmp_path)
    assert str(problem.value).startswith(SETTINGS_FILE)
    assert "\n" not in str(problem.value).replace("\n", "", 1) or "tidak dapat dibaca" in str(problem.value)


def test_a_folder_that_is_no_workspace_is_named(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="bukan ruang kerja"):
        Workspace(tmp_path)
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    with pytest.raises(ValueError, match=ENVIRONMENT_VARIABLE):
        Workspace("")


def test_an_empty_path_means_the_environment(workspace, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(workspace.path))
    assert Workspace("").path == workspace.path


def test_nothing_is_made_over_something_that_exists(workspace, tmp_path):
    with pytest.raises(ValueError, match="sudah ada dan tidak kosong"):
        Workspace.create(workspace.path, MADE)
    file = tmp_path / "berkas"
    file.write_text("x", encoding="utf-8")
    with pytest.raises(ValueError, match="sudah ada"):
        Workspace.create(file, MADE)
    (tmp_path / "kosong").mkdir()
    assert Workspace.create(tmp_path / "kosong", MADE).settings == MADE


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a" / "b.txt"
    with replaced_on_success(path) as temporary:
        temporary.write_text("lama", encoding="utf-8")

    def stopped() -> None:
        with replaced_on_success(path) as half:
            half.write_text("setengah", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert path.read_text(encoding="utf-8") == "lama"
    assert [found.name for found in path.parent.iterdir()] == ["b.txt"]


def test_tables_and_results_are_read_by_name_alone(workspace):
    frame = pd.DataFrame({"participant_id": ["001"], "box": [5]})
    workspace.write("participants", frame)
    workspace.write("boxes", frame, "boxes")
    pd.testing.assert_frame_equal(workspace.read("boxes"), frame, check_dtype=False)
    assert list(workspace.read("participants", ["box"])) == ["box"]
    assert workspace.read("participants")["participant_id"].tolist() == ["001"]
    assert workspace.has("boxes")
    assert not workspace.has("scores")
    with pytest.raises(ValueError, match="Tabel 'scores' belum ada di putaran; jalankan 'workbench run' dahulu"):
        workspace.read("scores")


def test_responses_lie_by_instrument_and_form(workspace):
    frame = pd.DataFrame({"participant_id": ["P1"], "I1": ["A"]})
    for form in ("K2", "K1"):
        workspace.write_responses("potensi", form, frame)
    workspace.write_responses("potensi-lain", "K9", frame)
    assert workspace.response_forms("potensi") == ("K1", "K2")
    assert workspace.read_responses("potensi", "K1")["I1"].tolist() == ["A"]


def test_a_manifest_is_read_by_run(workspace):
    run = workspace.run("items-a-1")
    run.write("t", pd.DataFrame({"x": [1]}))
    with pytest.raises(ValueError, match="Proses 'items-a-1' tidak ada"):
        workspace.manifest("items-a-1")
    (run.path / "manifest.json").write_text(json.dumps({"run": run.id}), encoding="utf-8")
    assert workspace.manifest("items-a-1") == {"run": "items-a-1"}
    assert workspace.run().id == "manual"


def test_the_lock_is_held_by_one_and_leaves_no_trace(workspace, fingerprint):
    before = fingerprint(workspace.path)
    with (
        workspace.lock(),
        pytest.raises(ValueError, match="sedang dikerjakan proses lain"),
        Workspace(workspace.path).lock(),
    ):
        pass
    with workspace.lock():
        pass
    assert fingerprint(workspace.path) == before


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("sqlite:///review.sqlite", "sqlite:///{folder}/review.sqlite"),
        ("sqlite:////data/review.sqlite", "sqlite:////data/review.sqlite"),
        ("postgresql://db/review", "postgresql://db/review"),
    ],
)
def test_a_relative_database_lies_in_the_workspace(tmp_path, url, absolute):
    made = Workspace.create(tmp_path / "w", Settings(name="w", title="W", database=url))
    assert made.database_url == absolute.format(folder=made.path)
