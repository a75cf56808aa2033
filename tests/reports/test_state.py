"""DRAF until the minutes, FINAL while reports equal them, DRAF again as soon as somebody votes after them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from workbench.reports.instansi import check_edition, read_instansi
from workbench.workspace import Workspace

POOL = (7, 8, 9)


def test_a_report_is_final_exactly_while_it_equals_the_minutes(
    pekalongan, tmp_path, workbench, reports_of, page_of, copied_round, cast_vote
):
    folder = copied_round(pekalongan, tmp_path / "pk")
    stated = Workspace(folder).read("boxes").set_index("participant_id")["box"]
    decided = {cast_vote(folder, place, box).participant_id: box for place, box in enumerate((9, 1))}
    # votes alone change nothing: the report on the disk is still the draft of the run
    (draft,) = reports_of(folder).values()
    assert draft.page.words(".state strong") == ["DRAF"]

    signed = workbench("minutes", folder, "--as", "Budi", "--json")
    assert signed.returncode == 0, signed.stderr
    answer = json.loads(signed.stdout)
    assert Path(answer["minutes"]).is_file()
    assert len(answer["ran"]) == 1
    (final,) = reports_of(folder).values()
    assert final.page.words(".state strong") == ["FINAL"]
    assert final.run != draft.run
    after = stated.dropna().astype(int)
    after.update(decided)
    rows = final.page.table("Sembilan kotak talenta")
    assert [int(row["Dinyatakan"]) for row in rows] == [int((after == b).sum()) for b in range(1, 10)]
    changed = final.page.table("Kotak yang berubah dalam telaah")
    assert {row["Peserta"].rsplit(" ", 1)[1]: row["Menjadi"] for row in changed} == {
        p: str(b) for p, b in decided.items() if stated[p] != b
    }
    assert final.page.table("Seberapa yakin: masuk atau tidaknya ke kumpulan talenta")[0]["Orang"] == "2"
    sheet = openpyxl.load_workbook(final.folder / "participants.xlsx")["Peserta"]
    head = [cell.value for cell in sheet[1]]
    people = {
        row[head.index("Peserta")]: row[head.index("Kotak setelah telaah")]
        for row in sheet.iter_rows(min_row=2, values_only=True)
    }
    assert {p: b for p, b in people.items() if b is not None} == after.to_dict()
    index = page_of((folder / "reports" / "index.html").read_text(encoding="utf-8"))
    assert index.words(".state strong") == ["FINAL"]
    assert index.table("Laporan tiap instansi")[0]["Kumpulan talenta"] == str(int(after.isin(POOL).sum()))

    # The decisions of groups: those of the minutes beside the stated ones, on a page of the same state.
    fair = page_of((folder / "reports" / "fairness.html").read_text(encoding="utf-8"))
    assert fair.words(".state strong") == ["FINAL"]
    rows = fair.table("Tingkat masuk kumpulan talenta menurut kelompok")
    sex = Workspace(folder).read("protected_groups").set_index("participant_id")["sex"].reindex(after.index)
    counted = {row["Keputusan"]: row["Di kumpulan"] for row in rows if row["Kelompok"].startswith("perempuan")}
    assert counted == {
        "dinyatakan": str(int((stated.reindex(after.index).isin(POOL) & (sex == "P")).sum())),
        "final": str(int((after.isin(POOL) & (sex == "P")).sum())),
    }
    assert "2 orang diputuskan dalam telaah" in fair.text

    cast_vote(folder, 2, 5)
    again = workbench("run", folder, "--json")
    assert again.returncode == 0, again.stderr
    assert len(json.loads(again.stdout)["ran"]) == 1
    (open_again,) = reports_of(folder).values()
    assert open_again.page.words(".state strong") == ["DRAF"]
    fair = page_of((folder / "reports" / "fairness.html").read_text(encoding="utf-8"))
    assert fair.words(".state strong") == ["DRAF"]
    assert "Keputusan final belum ada" in fair.text
    assert "Keputusan" not in fair.table("Tingkat masuk kumpulan talenta menurut kelompok")[0]
    rows = open_again.page.table("Sembilan kotak talenta")
    assert [int(row["Dinyatakan"]) for row in rows] == [int((stated == b).sum()) for b in range(1, 10)]


def test_decided_boxes_of_other_boxes_do_not_enter_a_report(pekalongan, tmp_path):
    folder = Path(shutil.copytree(pekalongan, tmp_path / "pk"))
    workspace = Workspace(folder)
    boxes = workspace.read("boxes")
    wrong = boxes[boxes["withheld_reason"] == ""].assign(box_stated=5, box=9, changed=True, decided=True)
    workspace.write(
        "final_boxes", wrong[["participant_id", "instansi", "box_stated", "box", "changed", "decided"]], "final"
    )
    report = read_instansi(workspace, "Pemerintah Kota Pekalongan")
    assert not report.signed
    assert set(report.placed["box"]) != {9}


def test_only_the_internal_edition_can_be_made(pekalongan):
    check_edition("internal")
    with pytest.raises(ValueError, match="penekanan sel kecil belum tersedia"):
        read_instansi(Workspace(pekalongan), "Pemerintah Kota Pekalongan", edition="publishable")
    with pytest.raises(ValueError, match="Edisi 'umum' tidak dikenal"):
        check_edition("umum")
    with pytest.raises(ValueError, match="Instansi 'Kota Lain' tidak punya peserta"):
        read_instansi(Workspace(pekalongan), "Kota Lain")
