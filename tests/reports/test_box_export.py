"""Final boxes are handed on with the minutes that they equal, or not at all."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.records.identities import read_identities
from workbench.reports.box_export import COLUMNS, export_boxes
from workbench.reports.signing import make_minutes
from workbench.workspace import Workspace


def test_nothing_leaves_before_the_minutes_and_after_them_only_what_they_say(
    own_pekalongan: Path, cast_vote: Callable[..., Any], workbench: Callable[..., Any]
) -> None:
    workspace = Workspace(own_pekalongan)
    case = cast_vote(own_pekalongan, 0, box=9)
    with pytest.raises(ValueError, match=r"^Kotak final belum dapat diekspor: .*\.$"):
        export_boxes(workspace, actor="Ani")
    assert not (own_pekalongan / "export").exists()

    make_minutes(own_pekalongan, "Ani")
    finished = workbench("export", own_pekalongan, "--as", "Ani", "--json")
    assert finished.returncode == 0, finished.stderr
    said = json.loads(finished.stdout)
    (file,) = (own_pekalongan / "export").glob("*/kotak-final.csv")
    with file.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert tuple(rows[0]) == COLUMNS
    boxes = workspace.read("boxes").set_index("participant_id")
    stated = boxes.loc[boxes["withheld_reason"] == "", "box"]
    assert {row["participant_id"]: int(row["box_stated"]) for row in rows} == stated.astype(int).to_dict()
    moved = {row["participant_id"]: row["box"] for row in rows if row["changed"] == "True"}
    assert moved == {case.participant_id: "9"}
    assert [row["participant_id"] for row in rows if row["decided"] == "True"] == [case.participant_id]
    assert {(row["state"], row["minutes_event"], row["minutes_hash"]) for row in rows} == {
        ("FINAL", str(said["minutes_event"]), said["minutes_hash"])
    }
    known = read_identities(own_pekalongan, purpose="uji").set_index("participant_id")
    assert all(row["nip"] == known.loc[row["participant_id"], "nip"] for row in rows)
    lines = (own_pekalongan / "identities.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["actor"] for line in lines if "mengekspor" in line] == ["Ani"]
    book = pd.read_excel(file.with_suffix(".xlsx"), sheet_name=None, dtype="str", engine="openpyxl")
    assert book["Peserta"]["Kotak final"].tolist() == [row["box"] for row in rows]
    assert said["minutes_hash"] in book["Keterangan"].to_string()

    # A vote after the minutes: what was exported is no longer what the log says, and nothing new leaves.
    cast_vote(own_pekalongan, 1, box=9)
    before = file.read_bytes()
    refused = workbench("export", own_pekalongan, "--as", "Ani")
    assert refused.returncode == 2
    assert "Kotak final belum dapat diekspor: Ada peristiwa setelah berita acara" in refused.stderr
    assert file.read_bytes() == before


def test_names_go_only_to_those_who_need_them(own_pekalongan: Path, cast_vote: Callable[..., Any]) -> None:
    cast_vote(own_pekalongan, 0)
    make_minutes(own_pekalongan, "Ani")
    settings = own_pekalongan / "workbench.toml"
    people = 'people = [{ name = "Ani", roles = ["assessor"] }, { name = "Budi", roles = ["secretary"] }]'
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^people = .*$", people, text), encoding="utf-8")
    workspace = Workspace(own_pekalongan)
    with pytest.raises(ValueError, match="tidak boleh membaca nama dan NIP"):
        export_boxes(workspace, actor="Ani")
    assert export_boxes(workspace, actor="Budi").people > 0
