"""The log as a list of events, and the three verbs that keep it safe, as the command line offers them."""

from __future__ import annotations

import csv
import json
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.reports.log_export import COLUMNS, export_log
from workbench.review import Store
from workbench.review.store import Case
from workbench.settings import Settings
from workbench.workspace import Workspace

PERSONAL = "sakit sejak Maret"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "putaran", Settings(name="putaran", title="Putaran"))
    content = {"box": 5, "risk": 0.4}
    with closing(Store.of(made)) as store:
        store.replace_cases(
            [Case(f"K{n}", "run-1", n, f"P{n}", "Instansi A", "pengawas", content) for n in (1, 2)], run="run-1"
        )
        for case_id, actor, reason in (("K1", "=1+1", PERSONAL), ("K2", "budi", "level konsisten, “cukup”\nbaris dua")):
            store.submit(
                actor=actor,
                case_id=case_id,
                action="box",
                box=8,
                reason_code="record",
                reason=reason,
                confidence=2,
                idempotency_key=secrets.token_hex(16),
            )
    return made


def erase(workspace: Workspace, seq: int) -> None:
    connection = sqlite3.connect(workspace.path / "review.sqlite")
    connection.execute("UPDATE payloads SET payload_json = NULL WHERE seq = ?", (seq,))
    connection.commit()
    connection.close()


def test_every_event_is_a_line_and_what_was_erased_is_absent(workspace: Workspace, tmp_path: Path) -> None:
    erase(workspace, 1)
    check = export_log(workspace, tmp_path / "log.jsonl")
    export_log(workspace, tmp_path / "log.csv")
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [set(line) for line in lines] == [set(row) for row in rows] == [set(COLUMNS)] * 2
    assert [line["hash"] for line in lines] == [row["hash"] for row in rows]
    assert lines[-1]["hash"] == check.head
    assert (lines[0]["payload"], rows[0]["payload"]) == (None, "")
    assert lines[1]["payload"] == json.loads(rows[1]["payload"])
    assert lines[1]["payload"]["reason"].endswith("“cukup”\nbaris dua")
    assert (lines[0]["actor"], rows[0]["actor"]) == ("=1+1", "'=1+1")
    for name in ("log.jsonl", "log.csv"):
        assert PERSONAL not in (tmp_path / name).read_text(encoding="utf-8")


def test_votes_that_are_still_blind_are_listed_without_what_they_say(workspace: Workspace, tmp_path: Path) -> None:
    settings = workspace.path / "workbench.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("votes_required = 1", "votes_required = 2"), encoding="utf-8")
    export_log(Workspace(workspace.path), tmp_path / "log.jsonl")
    written = (tmp_path / "log.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["payload"] for line in written.splitlines()] == [{"blind": True}] * 2


def test_an_export_is_refused_in_a_sentence_and_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    empty = Workspace.create(tmp_path / "kosong", Settings(name="kosong", title="Kosong"))
    for wanted, sentence, of in (
        ("log.txt", "harus berakhir .csv atau .jsonl", workspace),
        ("log.csv", "belum ada", empty),
        ("putaran/workbench.toml", "harus berakhir", workspace),
    ):
        with pytest.raises(ValueError, match=sentence):
            export_log(of, tmp_path / wanted)
    connection = sqlite3.connect(workspace.path / "review.sqlite")
    connection.execute("UPDATE events SET actor = 'zaki' WHERE seq = 2")
    connection.commit()
    connection.close()
    with pytest.raises(ValueError, match="rusak pada peristiwa 2"):
        export_log(workspace, tmp_path / "log.csv")
    assert not list(tmp_path.glob("*log*"))


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out + said.err


def test_one_command_each_on_the_command_line(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, log = tmp_path / "cadangan.sqlite", tmp_path / "log.csv"
    status, said = run(capsys, "backup", workspace.path, kept)
    assert (status, said.split(". ")[0]) == (0, f"Cadangan ada di {kept}")
    status, said = run(capsys, "restore", kept, workspace.path)
    assert status == 2
    assert "tidak ditimpa" in said
    fresh = Workspace.create(tmp_path / "baru", Settings(name="baru", title="Baru"))
    status, said = run(capsys, "restore", kept, fresh.path, "--json")
    assert (status, json.loads(said)["events"]) == (0, 2)
    status, said = run(capsys, "export-log", fresh.path, log)
    assert status == 0
    assert "utuh: 2 peristiwa" in said
    assert log.is_file()
