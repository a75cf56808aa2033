"""DRAF until the minutes, FINAL while reports equal them, DRAF again as soon as somebody votes after them."""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path

import openpyxl
import pytest

from workbench.reports.instansi import check_edition, read_instansi
from workbench.review.store import Store
from workbench.workspace import Workspace

POOL = (7, 8, 9)


def vote(folder: Path, position: int, box: int) -> str:
    """Vote on the case at a position of the queue; return the person."""
    store = Store(Workspace(folder).database_url)
    case = store.cases()[position]
    store.submit(
        actor="Ani",
        case_id=case.case_id,
        action="box",
        box=box,
        reason_code="record",
        reason="riwayat jabatan mendukung",
        confidence=3,
        idempotency_key=secrets.token_hex(16),
    )
    store.close()
    return case.participant_id


def test_a_report_is_final_exactly_while_it_equals_the_minutes(
    pekalongan, tmp_path, workbench, reports_of, page_of, copied_round
):
    folder = copied_round(pekalongan, tmp_path / "pk")
    stated = Workspace(folder).read("boxes").set_index("participant_id")["box"]
    decided = {vote(folder, 0, 9): 9, vote(folder, 1, 1): 1}
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

    vote(folder, 2, 5)
    again = workbench("run", folder, "--json")
    assert again.returncode == 0, again.stderr
    assert len(json.loads(again.stdout)["ran"]) == 1
    (open_again,) = reports_of(folder).values()
    assert open_again.page.words(".state strong") == ["DRAF"]
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
