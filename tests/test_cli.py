"""The command line as a person or a program meets it: sentences, one object, exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VERBS = {
    *("new", "check", "run", "review", "lab", "minutes", "verify", "appeal", "doctor"),
    *("policy", "bank", "what-if", "twin", "backup", "restore", "export-log", "export", "erase", "progress"),
}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run",), "Perintah tidak dapat dijalankan: FOLDER belum disebut; lihat 'workbench run --help'."),
        (
            ("run", "x", "--laju", "3"),
            "Perintah tidak dapat dijalankan: opsi --laju tidak dikenal; lihat 'workbench run",
        ),
        (("run", "x", "--jobs", "dua"), "Perintah tidak dapat dijalankan: "),
        (("lari", "x"), "Perintah tidak dapat dijalankan: "),
        (("run", "tidak-ada"), "tidak-ada bukan ruang kerja"),
        (("check", "tidak-ada"), "tidak-ada bukan ruang kerja"),
        (("minutes", "tidak-ada"), "tidak-ada bukan ruang kerja"),
        (("verify", "tidak-ada"), "tidak-ada bukan ruang kerja"),
        (("new", "x"), "Sebut tepat satu: --cohort, --real, --from, atau --template."),
        (("new", "x", "--cohort", "cirebon-2024", "--real", "iqitems"), "Sebut tepat satu"),
        (("new", "x", "--cohort", "bandung"), ""),
        (("policy", "explain", "perda-1"), "Kebijakan 'perda-1' tidak ada; yang tersedia: kepka-bkn-411-2025, "),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_what_cannot_be_done_is_one_sentence_and_exit_status_two(workbench, tmp_path, arguments, sentence, as_json):
    target = [str(tmp_path / word) if word == "x" else word for word in arguments]
    finished = workbench(*target, *(["--json"] if as_json else []))
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr
    assert len(finished.stderr.strip().splitlines()) == 1
    if as_json:
        said = json.loads(finished.stdout)
        assert said["exit_status"] == 2
        assert said["errors"] == [said["error"]]
        assert said["error"] == finished.stderr.strip()
    else:
        assert finished.stdout == ""
        assert finished.stderr.startswith(sentence)
    assert list(tmp_path.iterdir()) == []


def test_help_lists_the_verbs_that_exist_and_no_others(workbench):
    finished = workbench("--help")
    assert finished.returncode == 0
    listed = re.findall(r"^  ([a-z][a-z-]*)  +\S", finished.stdout, flags=re.MULTILINE)
    assert set(listed) == VERBS
    bare = workbench()
    assert "Usage" in bare.stdout + bare.stderr


BANK_VERBS = ("make", "list", "compare", "apply", "ratings", "cuts")


@pytest.mark.parametrize("verb", [*sorted(VERBS - {"policy", "bank"}), *(f"bank {name}" for name in BANK_VERBS)])
def test_every_verb_says_what_it_does(workbench, verb):
    finished = workbench(*verb.split(), "--help")
    assert finished.returncode == 0
    assert "--debug" in finished.stdout


def test_with_debug_the_exception_comes_through(workbench, tmp_path):
    finished = workbench("run", tmp_path, "--debug")
    assert finished.returncode == 1
    assert "Traceback" in finished.stderr
    assert "ValueError" in finished.stderr


def test_a_file_that_cannot_be_read_is_named(workbench, tmp_path):
    (tmp_path / "workbench.toml").mkdir()
    (tmp_path / "putaran").mkdir()
    settings = tmp_path / "putaran" / "workbench.toml"
    settings.symlink_to(settings)
    finished = workbench("check", tmp_path / "putaran")
    assert finished.returncode == 2
    assert len(finished.stderr.strip().splitlines()) == 1
    assert str(tmp_path / "putaran") in finished.stderr


def test_new_answers_as_one_object(workbench, tmp_path):
    finished = workbench("new", tmp_path / "w", "--cohort", "pekalongan-2024", "--size", "40", "--json")
    assert finished.returncode == 0
    assert json.loads(finished.stdout) == {"exit_status": 0, "folder": str(tmp_path / "w"), "warnings": []}
    assert (tmp_path / "w" / "workbench.toml").is_file()
    templates = workbench("new", tmp_path / "t", "--template", "--json")
    assert json.loads(templates.stdout)["folder"] == str(tmp_path / "t")


def test_check_answers_in_words_and_as_one_object(pekalongan, workbench, fingerprint):
    before = fingerprint(pekalongan)
    words = workbench("check", pekalongan)
    assert words.returncode == 0
    assert words.stdout.startswith("Berkas masukan sah")
    said = json.loads(workbench("check", pekalongan, "--json").stdout)
    assert said["problems"] == []
    assert fingerprint(pekalongan) == before


def test_verify_answers_in_words_and_as_one_object(pekalongan, workbench):
    finished = workbench("verify", pekalongan, "--json")
    assert finished.returncode == 0
    assert json.loads(finished.stdout)["sound"] is True


def test_minutes_without_votes_are_refused(pekalongan, workbench, fingerprint):
    before = fingerprint(pekalongan, "r*/**/*")
    finished = workbench("minutes", pekalongan, "--json")
    assert finished.returncode == 2
    assert "telaah dahulu dengan 'workbench review'" in json.loads(finished.stdout)["error"]
    assert fingerprint(pekalongan, "r*/**/*") == before


def test_a_policy_is_explained_rule_by_rule(workbench):
    said = workbench("policy", "explain", "permenpanrb-3-2020").stdout
    assert "Kumpulan talenta: 7, 8, 9" in said
    assert "16,67 %" in said
    assert "[p] " in said


def test_the_module_is_the_command(workbench):
    script = subprocess.run(
        [str(Path(sys.executable).parent / "workbench"), "doctor"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ},
    )
    module = workbench("doctor")
    assert script.returncode == module.returncode == 0
    assert script.stdout == module.stdout
    assert module.stdout.count("ok  ") == module.stdout.count("\n")
