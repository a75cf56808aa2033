from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from workbench.analysis.items import MINIMUM_CALIBRATION
from workbench.pipeline.intake import BadInputsError
from workbench.pipeline.own_files import DEFAULT_POLICY, workspace_from_files
from workbench.policy import load_policy
from workbench.records.bank import bank_hash, load_bank, save_bank
from workbench.simulation import new_workspace
from workbench.workspace import Workspace


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    """The files of a simulated round, as somebody might bring them."""
    return new_workspace(tmp_path_factory.mktemp("rounds") / "pk", cohort="pekalongan-2024").inputs


@pytest.fixture
def files(exported, tmp_path) -> Path:
    folder = tmp_path / "berkas"
    folder.mkdir()
    for path in exported.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def renamed_items(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        if "item_id" in frame:
            frame["item_id"] = "X-" + frame["item_id"]
        if path.stem.startswith("responses"):
            frame.columns = ["nip", *("X-" + frame.columns[1:])]
        frame.to_csv(path, index=False)


def test_files_are_copied_as_they_are_and_the_bank_that_knows_the_items_scores_them(files, tmp_path):
    report = workspace_from_files(tmp_path / "Putaran Saya 2025", [files])
    assert report.problems == []
    workspace = Workspace(tmp_path / "Putaran Saya 2025")
    copied = {path.name: path.read_bytes() for path in workspace.inputs.iterdir()}
    assert copied == {path.name: path.read_bytes() for path in files.iterdir()}
    settings = workspace.settings
    assert (settings.name, settings.title) == ("putaran-saya-2025", "Putaran Saya 2025")
    assert (settings.policy, settings.bank) == (DEFAULT_POLICY, "nasional-2023-demo")
    assert settings.simulated == settings.ends_after == settings.ends_because == ""
    assert sorted(path.name for path in workspace.path.iterdir()) == ["inputs", "workbench.toml"]


def test_single_files_and_folders_may_be_mixed(files, tmp_path):
    apart = tmp_path / "jawaban"
    apart.mkdir()
    for path in files.glob("responses_*"):
        path.rename(apart / path.name)
    workspace_from_files(tmp_path / "w", [*files.iterdir(), apart, next(apart.iterdir())], seed=7)
    assert Workspace(tmp_path / "w").settings.seed == 7


def test_items_that_no_bank_knows_make_a_provisional_round_that_needs_people(files, tmp_path):
    renamed_items(files)
    workspace_from_files(tmp_path / "w", [files])
    settings = Workspace(tmp_path / "w").settings
    assert settings.bank == ""
    assert settings.ends_after == "items"
    assert f"sedikitnya {MINIMUM_CALIBRATION} orang" in settings.ends_because


def own_bank(folder: Path) -> Path:
    """A bank of one's own, in a folder that is no version that ships."""
    shipped = load_bank("nasional-2023-demo")
    cuts = shipped.level_cuts.assign(bank_version="milik-sendiri")
    save_bank(replace(shipped, version="milik-sendiri", level_cuts=cuts), folder / "bank")
    return folder / "bank"


def test_a_bank_of_ones_own_scores_the_round_and_comes_along(files, tmp_path):
    source = own_bank(tmp_path)
    workspace_from_files(tmp_path / "w", [files], bank=str(source))
    workspace = Workspace(tmp_path / "w")
    assert workspace.settings.bank == "milik-sendiri"
    assert bank_hash(workspace.banks / "milik-sendiri") == bank_hash(source)
    workspace_from_files(tmp_path / "v", [files], bank="nasional-2023-demo")
    assert Workspace(tmp_path / "v").settings.bank == "nasional-2023-demo"
    assert not Workspace(tmp_path / "v").banks.exists()


def test_a_named_bank_that_is_not_there_or_lacks_items_is_refused_and_nothing_made(files, tmp_path):
    source = own_bank(tmp_path)
    with pytest.raises(ValueError, match="Bank butir 'tidak-ada' tidak ada"):
        workspace_from_files(tmp_path / "w", [files], bank="tidak-ada")
    renamed_items(files)
    with pytest.raises(ValueError, match="Bank milik-sendiri tidak dapat menilai putaran ini"):
        workspace_from_files(tmp_path / "w", [files], bank=str(source))
    assert not (tmp_path / "w").exists()


def test_a_bank_that_knows_only_some_items_does_not_score_the_round(files, tmp_path):
    for name in ("items", "forms", "keys", "responses_potensi__K1"):
        path = files / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("KIN11", "KIN99"), encoding="utf-8")
    workspace_from_files(tmp_path / "w", [files])
    assert Workspace(tmp_path / "w").settings.bank == ""


def test_without_performance_the_chain_ends_after_the_scores_and_says_why(files, tmp_path):
    (files / "performance.csv").unlink()
    workspace_from_files(tmp_path / "w", [files])
    settings = Workspace(tmp_path / "w").settings
    assert (settings.ends_after, settings.policy) == ("scores", "")
    assert "tanpa catatan kinerja" in settings.ends_because


def test_without_a_scale_that_the_policy_needs_the_chain_ends_after_the_scores(files, tmp_path):
    (files / "responses_potensi__K1.csv").unlink()
    report = workspace_from_files(tmp_path / "w", [files])
    settings = Workspace(tmp_path / "w").settings
    lacking = len(load_policy(DEFAULT_POLICY).scales_of("potensi"))
    assert settings.ends_after == "scores"
    assert f"tidak mengukur {lacking} dari" in settings.ends_because
    assert any("potensi" in str(warning) for warning in report.warnings)


def test_an_empty_table_is_not_copied_and_a_warning_says_so(files, tmp_path):
    (files / "conflicts.csv").write_text("assessor,instansi\n", encoding="utf-8")
    (files / "data-dictionary.md").write_text("x", encoding="utf-8")
    report = workspace_from_files(tmp_path / "w", [files])
    assert ["conflicts.csv" in str(warning) for warning in report.warnings] == [True]
    names = {path.name for path in Workspace(tmp_path / "w").inputs.iterdir()}
    assert not names & {"conflicts.csv", "data-dictionary.md"}


def break_date(folder: Path) -> None:
    path = folder / "participants.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[5, "date_in_post"] = "2024-02-30"
    frame.to_csv(path, index=False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (break_date, "baris 7, kolom date_in_post"),
        (lambda f: (f / "foto.jpg").write_bytes(b"x"), "foto.jpg: jenis berkas"),
        (lambda f: (f / "lama").mkdir(), "lama: folder di dalam folder"),
        (lambda f: (f / "items.csv").unlink(), "berkas wajib ini tidak ada"),
        (lambda f: (f / "workbench.toml").write_text("x"), "sebut folder 'inputs' di dalamnya"),
    ],
)
def test_on_any_problem_nothing_is_made(files, tmp_path, change, words):
    change(files)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(BadInputsError) as raised:
        workspace_from_files(tmp_path / "dalam" / "w", [files])
    assert words in str(raised.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_file_that_is_not_there_and_two_of_one_name_are_problems(files, tmp_path):
    other = tmp_path / "lain"
    other.mkdir()
    (other / "items.csv").write_bytes((files / "items.csv").read_bytes())
    with pytest.raises(BadInputsError) as raised:
        workspace_from_files(tmp_path / "w", [files, other, tmp_path / "tidak-ada"])
    found = [problem.sentence for problem in raised.value.problems]
    assert ["sudah disebut" in found[0], "tidak ada; periksa jalurnya" in found[1]] == [True, True]


def test_a_folder_in_use_and_an_unknown_policy_are_refused(files, tmp_path):
    with pytest.raises(ValueError, match=r"sudah ada dan tidak kosong; pilih folder lain\.$"):
        workspace_from_files(files, [files])
    with pytest.raises(ValueError, match="Kebijakan 'x' tidak ada"):
        workspace_from_files(tmp_path / "w", [files], "x")
    assert not (tmp_path / "w").exists()


def test_the_command_lists_problems_with_status_2_and_makes_nothing(files, tmp_path, workbench):
    break_date(files)
    (files / "foto.jpg").write_bytes(b"x")
    said = workbench("new", tmp_path / "w", "--from", *sorted(files.iterdir()))
    assert said.returncode == 2
    assert said.stdout == ""
    assert [line.split(":")[0] for line in said.stderr.splitlines()] == [
        "foto.jpg",
        "participants.csv, baris 7, kolom date_in_post",
    ]
    assert not (tmp_path / "w").exists()
    said = workbench("new", tmp_path / "w", files, "--cohort", "pekalongan-2024")
    assert said.returncode == 2
    assert "setelah --from" in said.stderr


def test_templates_through_the_command(tmp_path, workbench):
    assert workbench("new", tmp_path / "templat", "--template").returncode == 0
    said = workbench("new", tmp_path / "w", "--from", tmp_path / "templat")
    assert said.returncode == 2
    assert "participants.csv: hanya ada judul kolom tanpa isi; isi atau hapus berkas ini." in said.stderr.splitlines()
    assert not (tmp_path / "w").exists()


@pytest.mark.slow
def test_the_files_of_a_round_give_the_boxes_of_that_round(pekalongan, tmp_path, workbench):
    # The same inputs under the same bank, policy and seed: only the pseudonyms differ.
    folder = tmp_path / "sendiri"
    assert workbench("new", folder, "--from", pekalongan / "inputs").returncode == 0
    finished = workbench("run", folder, "--stage", "items", "--stage", "scores", "--stage", "boxes")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    boxes = []
    for path in (pekalongan, folder):
        identities = pd.read_parquet(path / "identities.parquet").set_index("participant_id")["nip"]
        frame = Workspace(path).read("boxes")
        boxes.append(frame.assign(nip=frame["participant_id"].map(identities)).set_index("nip").sort_index())
    left, right = boxes
    assert left["box_printed"].equals(right["box_printed"])
    assert left["jpm"].equals(right["jpm"])
    assert (left["p_pool"] - right["p_pool"]).abs().max() < 0.25
