"""Whole rounds without answers, from the files of a small agency to report, review, minutes and appeal."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from workbench.apps.queue.model import QueueModel
from workbench.pipeline.command import appeal_command
from workbench.pipeline.intake import BadInputsError, take_in
from workbench.pipeline.own_files import workspace_from_files
from workbench.pipeline.run import stages_to_run
from workbench.pipeline.stages import stages_of
from workbench.policy import load_policy
from workbench.reports.signing import make_minutes, verify_workspace
from workbench.review.prepare import NEAR, RISK_LINE
from workbench.review.store import Store
from workbench.workspace import Workspace

KINDS = [(kind, declared) for kind in ("levels", "component_sheet") for declared in (True, False)]
NAMES = [f"{kind} {'dengan' if declared else 'tanpa'} galat" for kind, declared in KINDS]
POLICY = load_policy("kepka-bkn-411-2025")


@pytest.fixture(scope="module")
def rounds(received_round) -> Callable[[str, bool], Workspace]:
    """A complete run of each entry point, each made once; read only."""
    return lambda kind, declared: Workspace(received_round(kind, declared))


def text_of(page: Path) -> str:
    return " ".join(BeautifulSoup(page.read_text("utf-8"), "html.parser").get_text(" ").split())


@pytest.mark.parametrize(("kind", "declared"), KINDS, ids=NAMES)
def test_every_page_says_whose_figures_it_rests_on(rounds, kind, declared):
    work = rounds(kind, declared)
    pages = sorted((work.path / "reports").rglob("*.html"))
    assert {"index.html", "report.html"} <= {page.name for page in pages}
    assert len(pages) == (4 if kind == "levels" else 3)
    words = (
        (
            "berdasarkan galat yang dinyatakan pemilik instrumen, bukan dihitung dari jawaban",
            "Pusat Penilaian Kompetensi",
        )
        if declared
        else ("TANPA PELUANG", "galatnya tidak dinyatakan pemilik instrumen")
    )
    for page in pages:
        text = text_of(page)
        assert all(one in text for one in words), page.name
        assert " nan" not in text.lower(), page.name
    book = text_of(next(page for page in pages if page.parent.name == "talent_boxes"))
    for what in ("Bagaimana jika suatu butir", "DIF pada orang", "Kebergantungan butir"):
        assert f"{what}" in book
    assert "tidak ada jawaban butir" in book
    with closing(Store(work.database_url)) as store:
        model = QueueModel(store, actor="Ani", account="ani", title=f"x{work.mark_in_title}")
        view = model.view()
    json.dumps(view, allow_nan=False)
    assert view["title"].endswith("GALAT DINYATAKAN" if declared else "TANPA PELUANG")
    assert all(one in view["case"]["mark"] for one in words)
    assert (view["case"]["p"] is None) != declared


@pytest.mark.parametrize(("kind", "declared"), KINDS, ids=NAMES)
def test_boxes_have_probabilities_exactly_where_an_error_is_declared(rounds, kind, declared):
    work = rounds(kind, declared)
    boxes = work.read("boxes")
    placed = boxes[boxes["withheld_reason"] == ""]
    assert len(placed) == 60
    assert placed["box"].notna().all()
    stated = [c for c in boxes if c.startswith("p_box") or c in ("p_pool", "risk")]
    assert placed[stated].notna().all(axis=None) if declared else placed[stated].isna().all(axis=None)
    if declared:
        assert placed[[f"p_box_{b}" for b in range(1, 10)]].sum(axis=1).to_numpy() == pytest.approx(1)
    else:
        assert placed["box"].equals(placed["box_printed"])
    with closing(Store(work.database_url)) as store:
        cases = [store.case(case_id) for case_id, _n in store.case_heads()]
    wanted = placed["risk"] >= RISK_LINE if declared else placed["flip_distance"] <= NEAR
    assert set(placed.loc[wanted, "participant_id"]) <= {case.participant_id for case in cases}
    book = next((work.path / "reports").rglob("participants.xlsx"))
    notes = pd.read_excel(book, header=None, sheet_name="Keterangan", engine="openpyxl").set_index(0)[1]
    assert notes["Dasar peluang"] == work.provisional_mark
    assert notes["Peluang"].startswith("kosong") != declared


def test_levels_are_printed_as_they_came_and_the_jpm_is_theirs(rounds):
    work = rounds("levels", True)
    received = work.read("received_levels").set_index("participant_id")
    table = (
        work.read("levels")
        if not work.table_path("levels", "boxes").is_file()
        else pd.read_parquet(work.table_path("levels", "boxes"))
    )
    for row in table.sample(80, random_state=1).to_dict("records"):
        assert row["level"] == received.loc[row["participant_id"], row["competency"]]
    assert table[[f"p_level_{k}" for k in range(1, 6)]].sum(axis=1).to_numpy() == pytest.approx(1)
    names = list(POLICY.competencies.competencies)
    boxes = work.read("boxes").set_index("participant_id")
    required = boxes["jenjang"].map(POLICY.competencies.required)
    jpm = 100 * received.loc[boxes.index, names].sum(axis=1).astype(float) / (9 * required)
    assert boxes["jpm"].to_numpy() == pytest.approx(jpm.to_numpy())
    assert work.read("scores")["wle"].isna().all()


def test_a_sheet_is_the_weighted_sum_and_what_contradicts_it_is_named_by_row(rounds):
    work = rounds("component_sheet", True)
    sheet = work.read("component_sheet").set_index("participant_id")
    boxes = work.read("boxes").set_index("participant_id").loc[sheet.index]
    kinerja = sum(part.weight / 100 * sheet[part.measured_by] for part in work.policy.kinerja)
    assert boxes["kinerja"].to_numpy() == pytest.approx(kinerja.to_numpy())
    found = work.read("sheet_findings")
    assert set(zip(found["column"], found["row"], strict=True)) == {("Nilai X", 5), ("Box", 8)}
    before = pd.read_csv(work.inputs / "component_sheet.csv", dtype=str)
    assert before.loc[3, "Nilai X"] == "99.25"
    report = BeautifulSoup(next((work.path / "reports").rglob("report.html")).read_text("utf-8"), "html.parser")
    assert "Isi lembar yang bertentangan dengan hitungan kebijakan" in report.get_text()
    person = str(found.loc[found["column"] == "Box", "participant_id"].iloc[0])
    assert boxes.loc[person, "box_source"].startswith("computed; sheet: ")


@pytest.mark.parametrize(("kind", "declared"), [KINDS[0], KINDS[3]], ids=[NAMES[0], NAMES[3]])
def test_people_vote_sign_and_object_as_on_any_round(rounds, tmp_path, kind, declared):
    folder = tmp_path / "putaran"
    shutil.copytree(rounds(kind, declared).path, folder)
    work = Workspace(folder)
    with closing(Store(work.database_url)) as store:
        (case_id, _n), *_rest = store.case_heads()
        case = store.case(case_id)
        for actor in ("Ani", "Budi"):
            store.submit(
                actor=actor,
                account=actor,
                case_id=case_id,
                run=case.run,
                action="box",
                box=9,
                reason_code="evidence",
                reason="bukti cukup",
                confidence=2,
                idempotency_key=f"kunci-{actor}-123456",
            )
    page = make_minutes(folder).with_suffix(".html")
    assert "berdasarkan galat" in page.read_text("utf-8") or not declared
    assert verify_workspace(folder)["signed"]
    assert appeal_command(folder, case.participant_id, as_json=True) == 0
    pack = text_of(folder / "reports" / "appeals" / f"{case.participant_id}.html")
    assert work.provisional_mark[:60] in pack
    assert " nan" not in pack.lower()


def test_a_declared_error_that_comes_later_gives_probabilities(rounds, agency_files, tmp_path):
    folder = tmp_path / "putaran"
    shutil.copytree(rounds("levels", False).path, folder)
    work = Workspace(folder)
    assert stages_to_run(work) == []
    assert [stage.notebook for stage in stages_of(work)][1] == "03_received_boxes"
    declared = agency_files(tmp_path / "berkas", "levels") / "declared_errors.csv"
    shutil.copy(declared, work.inputs)
    assert stages_to_run(work) == ["scores", "boxes", "reports"]
    take_in(work)
    assert [stage.notebook for stage in stages_of(work)][1] == "03_talent_boxes"
    half = pd.read_csv(declared).iloc[:1]
    half.to_csv(work.inputs / "declared_errors.csv", index=False)
    take_in(work)
    assert work.received.undeclared == POLICY.scales_of("potensi")
    assert not work.has_probabilities


def test_a_workspace_keeps_its_door(agency_files, tmp_path):
    folder = tmp_path / "putaran"
    workspace_from_files(folder, [agency_files(tmp_path / "a", "levels", people=12)])
    work = Workspace(folder)
    take_in(work)
    (work.inputs / "received_levels.csv").unlink()
    (work.inputs / "declared_errors.csv").unlink()
    shutil.copy(agency_files(tmp_path / "b", "component_sheet", people=12) / "component_sheet.csv", work.inputs)
    with pytest.raises(BadInputsError, match="berganti dari 'levels' menjadi 'component_sheet'"):
        take_in(work)
    assert work.table_path("received_levels").is_file()


def test_what_lacks_ends_the_chain_with_its_reason_and_a_sheet_asks_for_its_policy(agency_files, tmp_path):
    files = agency_files(tmp_path / "a", "levels", people=12)
    levels = pd.read_csv(files / "received_levels.csv", dtype=str)
    levels.drop(columns=list(POLICY.scales_of("potensi"))).to_csv(files / "received_levels.csv", index=False)
    workspace_from_files(tmp_path / "w", [files])
    settings = Workspace(tmp_path / "w").settings
    assert (settings.entry, settings.ends_after, settings.draws) == ("levels", "scores", 800)
    assert "tidak mengukur 8 dari" in settings.ends_because
    sheet = agency_files(tmp_path / "b", "component_sheet", people=12)
    with pytest.raises(ValueError, match="tidak cocok dengan kebijakan permenpanrb-3-2020"):
        workspace_from_files(tmp_path / "v", [sheet], "permenpanrb-3-2020")
    assert not (tmp_path / "v").exists()
    report = workspace_from_files(tmp_path / "v", [sheet])
    rows = [str(warning) for warning in report.warnings]
    assert any("baris 5, kolom Nilai X: tertulis 99,25" in row for row in rows)
    assert any("baris 8, kolom Box: tertulis" in row for row in rows)


def test_commands_about_items_refuse_in_one_sentence(rounds, workbench, tmp_path):
    work = rounds("levels", True)
    for command in (
        ("what-if", work.path, "KIN01", "--drop"),
        ("twin", work.path, tmp_path / "t"),
        ("bank", "make", work.path, "x1"),
    ):
        said = workbench(*command)
        assert said.returncode == 2
        assert "putaran ini tidak memuat jawaban" in said.stderr
        assert len(said.stderr.strip().splitlines()) == 1
    assert np.isfinite(work.read("boxes")["p_pool"]).all()
