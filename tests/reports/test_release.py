"""What stands between now and FINAL, line by line, each condition made true and seen."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.log_commands import progress
from workbench.reports.release import BLOCKING, PASSED, UNFINISHED, Line, Release, release_of
from workbench.reports.signing import make_minutes
from workbench.review import Store, pleno
from workbench.settings import Settings
from workbench.workspace import Workspace


def lines_of(folder: Path, actor: str = "") -> dict[str, Line]:
    return {line.key: line for line in release_of(Workspace(folder), actor).lines}


def test_before_anybody_votes_every_case_is_open_and_minutes_are_refused(
    own_pekalongan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = release_of(Workspace(own_pekalongan))
    lines = {line.key: line for line in release.lines}
    assert [key for key, line in lines.items() if line.state == BLOCKING] == ["minutes", "reports"]
    assert (lines["new"].state, lines["voting"].state) == (UNFINISHED, PASSED)
    assert "Putuskan sedikitnya satu kasus" in lines["minutes"].to_do
    assert lines["reports"].sentence.startswith("1 laporan berstatus DRAF")
    assert release.sentence.startswith("2 hal menghalangi FINAL")
    assert all(line.to_do for line in release.lines if line.state != PASSED)
    assert not any(line.to_do for line in release.lines if line.state == PASSED)

    progress(own_pekalongan, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert [line["key"] for line in said["lines"]] == list(lines)
    assert said["progress"]["statuses"]["new"] == said["progress"]["whole"]["votes"] > 0
    progress(own_pekalongan)
    told = capsys.readouterr().out
    assert "menghalangi: Berita acara." in told
    assert "Laju belum dapat dihitung" in told


def test_conflicts_wait_for_a_quorum_and_minutes_close_the_gate(
    own_pekalongan: Path, cast_vote: Callable[..., Any]
) -> None:
    cast_vote(own_pekalongan, 0, 9)
    cast_vote(own_pekalongan, 0, 1, actor="Budi")
    cast_vote(own_pekalongan, 1, 9)
    lines = lines_of(own_pekalongan, "Ani")
    assert (lines["conflict"].state, lines["conflict"].cases) == (UNFINISHED, (1,))
    assert "daftar people hanya memuat 2" in lines["quorum"].sentence
    assert f"workbench minutes {own_pekalongan.name} --as Ani" in lines["minutes"].to_do
    assert "Konflik: 1" in lines["minutes"].to_do
    assert "--as NAMA" in lines_of(own_pekalongan, "Orang Lain")["minutes"].to_do

    with closing(Store(Workspace(own_pekalongan).database_url, quorum=2)) as store:
        disputed = store.cases()[0].case_id
        given = {"actor": "Ani", "case_id": disputed, "reason": "dibahas"}
        pleno.bring_before(store, **given, idempotency_key=secrets.token_hex(16))
        waiting = lines_of(own_pekalongan)
        assert (waiting["conflict"].state, waiting["pleno"].cases) == (PASSED, (1,))
        pleno.decide(
            store,
            **given,
            action="box",
            box=9,
            present=["Ani", "Budi"],
            dissent={},
            idempotency_key=secrets.token_hex(16),
        )
    decided = lines_of(own_pekalongan)
    assert (decided["quorum"].state, decided["pleno"].state) == (PASSED, PASSED)
    assert decided["quorum"].sentence.startswith("1 keputusan pleno")

    make_minutes(own_pekalongan, "Ani")
    after = lines_of(own_pekalongan)
    assert after["minutes"].state == PASSED
    assert (after["reports"].state, after["reports"].to_do) == (BLOCKING, "Jalankan 'workbench run --stage reports'.")
    cast_vote(own_pekalongan, 2, 9)
    assert "Ada peristiwa setelah berita acara" in lines_of(own_pekalongan)["minutes"].sentence


def test_held_gates_a_provisional_scale_and_other_boxes_are_named(own_pekalongan: Path) -> None:
    workspace = Workspace(own_pekalongan)
    gates = pd.read_parquet(workspace.table_path("gates", "scores"))
    gates.loc[0, ["status", "sentence"]] = ["HOLD", "Reliabilitas 0,61."]
    workspace.write("gates", gates, "scores")
    settings = own_pekalongan / "workbench.toml"
    settings.write_text(
        settings.read_text("utf-8").replace(f'bank = "{workspace.settings.bank}"', 'bank = ""'), "utf-8"
    )
    lines = lines_of(own_pekalongan)
    assert lines["gates"].state == UNFINISHED
    assert lines["gates"].details == (
        f"HOLD skor, {gates.loc[0, 'gate']}, {gates.loc[0, 'scope']}: Reliabilitas 0,61.",
    )
    assert (lines["bank"].state, lines["bank"].sentence[:9]) == (UNFINISHED, "SEMENTARA")

    boxes = workspace.read("boxes")
    first = next(iter(_cases(own_pekalongan)))
    moved = boxes["participant_id"] == first.participant_id
    boxes.loc[moved, "box"] = boxes.loc[moved, "box"] % 9 + 1
    workspace.write("boxes", boxes, "boxes")
    assert "yang pertama nomor 1" in lines_of(own_pekalongan)["boxes"].sentence
    workspace.write("boxes", boxes.assign(run_id="boxes-lain"), "boxes")
    other = lines_of(own_pekalongan)["boxes"]
    assert (other.state, other.sentence) == (
        BLOCKING,
        "Kasus telaah berasal dari proses lain daripada kotak yang sekarang.",
    )


def _cases(folder: Path) -> list[Any]:
    with closing(Store(Workspace(folder).database_url)) as store:
        return store.cases()


def test_a_broken_chain_stands_in_the_way(own_pekalongan: Path, cast_vote: Callable[..., Any]) -> None:
    cast_vote(own_pekalongan, 0, 9)
    with closing(Store(Workspace(own_pekalongan).database_url)) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE events SET actor = 'Orang Lain' WHERE seq = 1")
    line = lines_of(own_pekalongan)["chain"]
    assert (line.state, line.to_do) == (BLOCKING, "Pulihkan catatan dari cadangan dengan 'workbench restore'.")
    assert "rusak pada peristiwa 1" in line.sentence


def test_when_nothing_is_left_the_sentence_says_final() -> None:
    done = Release(3, (Line("chain", "Rantai", PASSED, "utuh"),))
    assert done.sentence == "Tidak ada yang menghalangi; laporan putaran ini FINAL."


def test_a_round_without_cases_has_no_progress(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "kosong", Settings(name="kosong", title="Kosong"))
    with pytest.raises(ValueError, match="Belum ada kasus untuk ditelaah"):
        progress(tmp_path / "kosong")
    assert not (tmp_path / "kosong" / "review.sqlite").exists()
