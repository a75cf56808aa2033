"""The pack of a participant who objects: it adds up, shows no item or assessor, opens no identity without a reason."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from workbench.cli import main
from workbench.workspace import Workspace


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return int(ended.value.code or 0)


def pack_of(folder: Path, person: str) -> tuple[Path, BeautifulSoup]:
    path = folder / "reports" / "appeals" / f"{person}.html"
    return path, BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def number(text: str) -> float:
    return float(text.replace(".", "").replace(",", ".").replace("\N{MINUS SIGN}", "-"))


def rows_of(page: BeautifulSoup, caption: str) -> list[list[str]]:
    table = next(t for t in page.select("table") if t.caption is not None and t.caption.get_text() == caption)
    return [[" ".join(c.get_text(" ").split()) for c in row.select("th,td")] for row in table.select("tbody tr")]


def test_the_pack_adds_up_and_opens_no_item(own_pekalongan: Path) -> None:
    work = Workspace(own_pekalongan)
    boxes = work.read("boxes")
    person = str(boxes.loc[boxes["risk"].idxmax(), "participant_id"])
    assert run("appeal", own_pekalongan, person) == 0
    path, page = pack_of(own_pekalongan, person)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    row = boxes[boxes["participant_id"] == person].iloc[0]
    for axis in ("potensial", "kinerja"):
        *parts, total = rows_of(page, f"Susunan sumbu {axis}")
        assert number(total[4]) == pytest.approx(sum(number(cells[4]) for cells in parts), abs=0.1 * len(parts))
        assert number(total[3]) == pytest.approx(100, abs=0.1)
        for cells in parts:
            assert number(cells[4]) == pytest.approx(number(cells[2]) * number(cells[3]) / 100, abs=0.1)
    # Kinerja carries no error here, so that its parts make up the very figure of the boxes.
    assert number(rows_of(page, "Susunan sumbu kinerja")[-1][4]) == pytest.approx(row["kinerja"], abs=0.051)
    chances = rows_of(page, "Peluang tiap kotak, yang terbesar dahulu")
    assert chances[0][0] == str(max(range(1, 10), key=lambda b: row[f"p_box_{b}"]))
    words = page.get_text(" ")
    items = set(work.read("items")["item_id"])
    assert not [item for item in items if item in words]
    identity = pd.read_parquet(own_pekalongan / "identities.parquet").set_index("participant_id").loc[person]
    assert identity["name"] not in words
    assert identity["nip"] not in words
    assert not (own_pekalongan / "identities.log").exists() or person not in (
        own_pekalongan / "identities.log"
    ).read_text(encoding="utf-8")


def test_a_name_is_opened_with_a_reason_only_and_that_is_written_down(own_pekalongan: Path, capsys) -> None:
    identity = pd.read_parquet(own_pekalongan / "identities.parquet").iloc[3]
    person = identity["participant_id"]
    before = set((own_pekalongan / "reports").rglob("*"))
    assert run("appeal", own_pekalongan, identity["nip"]) == 2
    assert "sebutkan alasannya dengan --reason" in capsys.readouterr().err
    assert run("appeal", own_pekalongan, "P0000000000AB") == 2
    assert "tidak ada pada putaran ini" in capsys.readouterr().err
    assert set((own_pekalongan / "reports").rglob("*")) == before
    assert run("appeal", own_pekalongan, identity["nip"], "--reason", "sanggahan 7/2026", "--json") == 0
    assert json.loads(capsys.readouterr().out)["participant"] == person
    _path, page = pack_of(own_pekalongan, person)
    assert identity["name"] in page.select_one(".meta").get_text()
    entry = json.loads((own_pekalongan / "identities.log").read_text(encoding="utf-8").splitlines()[-1])
    assert entry["purpose"] == "sanggahan 7/2026"


def test_who_is_withheld_reads_what_is_lacking(own_pekalongan: Path) -> None:
    boxes = Workspace(own_pekalongan).read("boxes")
    held = boxes[boxes["withheld_reason"] != ""]
    assert len(held)
    for person, reason in zip(held["participant_id"], held["withheld_reason"], strict=True):
        assert run("appeal", own_pekalongan, person) == 0
        _path, page = pack_of(own_pekalongan, person)
        assert reason in page.get_text()
        assert "akan membuat kotak dapat dihitung" in page.get_text()
        assert not [c for c in page.select("caption") if c.get_text().startswith("Peluang tiap kotak")]


def test_votes_stay_blind_until_they_are_signed_and_nameless_after(own_pekalongan: Path, capsys, cast_vote) -> None:
    case = cast_vote(own_pekalongan, actor="Asesor Rahasia", reason="rekam kerja <b>baik</b>")
    assert run("appeal", own_pekalongan, case.participant_id) == 0
    assert "rekam kerja" not in pack_of(own_pekalongan, case.participant_id)[1].get_text()
    from workbench.reports.signing import make_minutes

    make_minutes(own_pekalongan)
    assert run("appeal", own_pekalongan, case.participant_id) == 0
    path, page = pack_of(own_pekalongan, case.participant_id)
    assert "rekam kerja <b>baik</b>" in page.get_text()
    assert "Asesor Rahasia" not in path.read_text(encoding="utf-8")
    assert page.select_one(".state strong").get_text() == "FINAL"
