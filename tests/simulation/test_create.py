from __future__ import annotations

import hashlib
import stat

import pandas as pd
import pytest

from workbench.simulation import new_workspace, simulate


def digests(folder):
    """SHA-256 of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_equal_seeds_give_equal_files(tmp_path):
    first, second = (
        new_workspace(tmp_path / name, cohort="pekalongan-2024", seed=4, defects="ordinary") for name in ("a", "b")
    )
    assert digests(first.path) == digests(second.path)


def test_small_rounds_are_csv_and_hold_what_was_simulated(tmp_path):
    workspace = new_workspace(tmp_path / "w", cohort="pekalongan-2024", seed=9)
    cohort = simulate("pekalongan-2024", seed=9)
    assert {path.suffix for path in workspace.inputs.iterdir()} == {".csv"}
    people = pd.read_csv(workspace.inputs / "participants.csv", dtype="str")
    assert people["nip"].tolist() == cohort.inputs["participants"]["nip"].tolist()
    education = pd.read_csv(workspace.inputs / "education.csv", dtype="str")
    assert set(education["field_match"]) == {"true", "false"}
    for (instrument, form), frame in cohort.responses.items():
        written = pd.read_csv(workspace.inputs / f"responses_{instrument}__{form}.csv", dtype="str")
        assert written.equals(frame.astype("str"))


def test_large_rounds_are_parquet_with_dictionary_columns(tmp_path):
    workspace = new_workspace(tmp_path / "w", cohort="kaltim-2024", size=5001)
    assert {path.suffix for path in workspace.inputs.iterdir()} == {".parquet"}
    answers = pd.read_parquet(workspace.inputs / "responses_potensi__K3.parquet")
    assert isinstance(answers.iloc[:, 1].dtype, pd.CategoricalDtype)
    assert len(list(workspace.inputs.glob("responses_*.parquet"))) == 20


def test_truth_lies_apart_and_the_salt_is_private(tmp_path):
    workspace = new_workspace(tmp_path / "w", cohort="pekalongan-2024")
    names = {path.stem for path in (workspace.path / "truth").glob("*.parquet")}
    assert names == {"theta", "standing", "performance", "items", "planted"}
    assert len(pd.read_parquet(workspace.path / "truth" / "theta.parquet").columns) == 34
    standing = pd.read_parquet(workspace.path / "truth" / "standing.parquet")
    assert list(standing.columns) == ["participant_id", "box", "in_pool", "potensial", "kinerja"]
    known = standing.dropna(subset="box")
    assert (known["in_pool"] == known["box"].isin([7, 8, 9])).all()
    assert 0.95 <= len(known) / len(standing) < 1
    salt = workspace.path / "identities.salt"
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600


def test_settings_come_from_the_design_and_the_arguments(tmp_path):
    settings = new_workspace(tmp_path / "a", cohort="cirebon-2024", size=30, seed=5).settings
    assert (settings.name, settings.simulated, settings.seed) == ("cirebon-2024", "cirebon-2024", 5)
    assert (settings.policy, settings.bank) == ("permenpanrb-3-2020", "nasional-2023-demo")
    settings = new_workspace(tmp_path / "b", cohort="national-2023", size=30, policy="permenpanrb-3-2020").settings
    assert (settings.policy, settings.bank) == ("permenpanrb-3-2020", "")


def test_nothing_is_left_behind_when_it_fails(tmp_path):
    with pytest.raises(ValueError, match="Kohor 'bandung' tidak dikenal"):
        new_workspace(tmp_path / "w", cohort="bandung")
    with pytest.raises(ValueError, match="Jumlah peserta -1 tidak mungkin"):
        new_workspace(tmp_path / "w", cohort="cirebon-2024", size=-1)
    with pytest.raises(ValueError, match="kohor simulasi"):
        new_workspace(tmp_path / "w")
    assert not (tmp_path / "w").exists()
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("x")
    with pytest.raises(ValueError, match="tidak kosong"):
        new_workspace(full, cohort="pekalongan-2024")
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ValueError, match="Cacat"):
        new_workspace(empty, cohort="pekalongan-2024", defects="salah")
    assert list(empty.iterdir()) == []
