"""Intake through the real command line: sentences, exit status, and a folder that bad input leaves as it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from workbench.pipeline.intake import BadInputsError, is_taken_in, take_in
from workbench.records.tables import TABLES
from workbench.simulation import new_workspace
from workbench.workspace import Workspace

PEOPLE = 24


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A small round that nothing has been done with yet; read only."""
    return new_workspace(tmp_path_factory.mktemp("rounds") / "kecil", cohort="pekalongan-2024", size=PEOPLE).path


@pytest.fixture
def fresh(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "kecil"))


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def cell(folder: Path, name: str, row: int, column: str, value: str) -> None:
    path = folder / "inputs" / f"{name}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[row - 2, column] = value
    frame.to_csv(path, index=False, lineterminator="\n")


def latin(folder: Path) -> None:
    path = folder / "inputs" / "participants.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].replace(lines[4].split(",")[1], "José")
    path.write_bytes("\n".join(lines).encode("latin-1"))


def sheet_of_numbers(folder: Path) -> None:
    path = folder / "inputs" / "awards.csv"
    frame = pd.read_csv(path)
    frame.to_excel(path.with_suffix(".xlsx"), index=False)
    path.unlink()


BROKEN = {
    "date": (
        lambda f: cell(f, "participants", 7, "date_in_post", "2024-02-30"),
        "participants.csv, baris 7, kolom date_in_post: tanggal '2024-02-30' tidak ada pada kalender; perbaiki.",
    ),
    "encoding": (
        latin,
        "participants.csv, baris 5, kolom name: ada huruf yang bukan UTF-8; simpan ulang sebagai CSV UTF-8.",
    ),
    "numbers": (
        sheet_of_numbers,
        "awards.xlsx, baris 2, kolom nip: NIP tersimpan sebagai bilangan sehingga angkanya hilang; "
        "format kolom itu sebagai teks, isi ulang.",
    ),
    "empty": (
        lambda f: (f / "inputs" / "keys.csv").write_bytes(b""),
        "keys.csv: berkas kosong; isi atau hapus berkas ini.",
    ),
    "name": (
        lambda f: (f / "inputs" / "training.csv").rename(f / "inputs" / "pelatihan.csv"),
        "pelatihan.csv: nama berkas tidak dikenal; "
        "pakai nama tabel pada kamus data, atau responses_<instrumen>__<paket>.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_check_and_run_say_the_same_sentence_and_change_nothing(fresh, workbench, name):
    change, sentence = BROKEN[name]
    change(fresh)
    before = hashes(fresh)
    for verb in ("check", "run"):
        said = workbench(verb, fresh)
        assert said.returncode == 2, said.stdout + said.stderr
        assert said.stderr.splitlines()[0] == sentence
        assert "Traceback" not in said.stderr
        assert hashes(fresh) == before, f"workbench {verb} left a trace"


def test_a_round_that_has_run_stays_as_it_was_when_its_inputs_break(pekalongan, tmp_path, workbench):
    folder = Path(shutil.copytree(pekalongan, tmp_path / "pekalongan-2024"))
    cell(folder, "participants", 4, "jenjang", "eselon iv")
    cell(folder, "performance", 9, "feedback_360", "87,5")
    before = hashes(folder)
    said = workbench("run", folder)
    assert said.returncode == 2
    assert [line.split(":")[0] for line in said.stderr.splitlines()] == [
        "participants.csv, baris 4, kolom jenjang",
        "performance.csv, baris 9, kolom feedback_360",
    ]
    assert hashes(folder) == before


def test_check_prints_one_json_object_and_nothing_else(fresh, workbench):
    said = workbench("check", fresh, "--json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == {"problems": [], "warnings": [], "quarantine": []}
    cell(fresh, "participants", 7, "unit", "")
    said = workbench("check", fresh, "--json")
    assert said.returncode == 2
    assert json.loads(said.stdout)["problems"] == [
        {"file": "participants.csv", "row": 7, "column": "unit", "sentence": "sel wajib ini kosong; isi"}
    ]
    assert said.stderr == ""


def test_check_lists_who_would_be_kept_back(fresh, workbench):
    path = fresh / "inputs" / "responses_potensi__K1.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.iloc[3, 1:] = ""
    frame.to_csv(path, index=False)
    said = workbench("check", fresh)
    assert said.returncode == 0, said.stderr
    assert "Karantina: responses_potensi__K1.csv, baris 5: semua jawaban kosong." in said.stdout.splitlines()


@pytest.mark.parametrize("arguments", [["check"], ["run"]])
def test_a_folder_that_is_no_workspace_gets_a_sentence(tmp_path, workbench, arguments):
    said = workbench(*arguments, tmp_path / "tidak-ada")
    assert said.returncode == 2
    assert "bukan ruang kerja" in said.stderr
    assert not (tmp_path / "tidak-ada").exists()


def test_tables_are_made_once_and_again_when_an_input_changes(fresh):
    workspace = Workspace(fresh)
    assert not is_taken_in(workspace)
    assert take_in(workspace)
    assert is_taken_in(workspace)
    before = hashes(fresh)
    assert not take_in(workspace)
    assert hashes(fresh) == before
    for path in (fresh / "tables").glob("*.parquet"):
        if path.stem in TABLES:
            TABLES[path.stem].schema.validate(pd.read_parquet(path))
    cell(fresh, "participants", 7, "unit", "Unit lain")
    assert not is_taken_in(workspace)
    assert take_in(workspace)
    assert "Unit lain" in set(workspace.read("participants")["unit"])


def test_a_table_that_is_no_longer_given_is_no_longer_there(fresh):
    workspace = Workspace(fresh)
    take_in(workspace)
    assert workspace.has("awards")
    (fresh / "inputs" / "awards.csv").unlink()
    take_in(workspace)
    assert not workspace.has("awards")


def test_bad_inputs_raise_with_every_problem_and_keep_the_old_tables(fresh):
    workspace = Workspace(fresh)
    take_in(workspace)
    cell(fresh, "participants", 7, "unit", "")
    cell(fresh, "items", 3, "options", "A")
    before = hashes(fresh)
    with pytest.raises(BadInputsError) as raised:
        take_in(workspace)
    assert [(p.file, p.row) for p in raised.value.problems] == [("participants.csv", 7), ("items.csv", 3)]
    assert hashes(fresh) == before


def test_inputs_that_are_gone_are_named(fresh, workbench):
    shutil.rmtree(fresh / "inputs")
    said = workbench("check", fresh)
    assert said.returncode == 2
    assert said.stderr.splitlines()[0] == "inputs: folder masukan ini tidak ada; buat folder itu dan isi dengan berkas."
