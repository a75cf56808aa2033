"""Published reports of three instansi against the frames, and against what must never be in them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from workbench.i18n import format_number
from workbench.policy import load_policy
from workbench.review.prepare import RISK_LINE
from workbench.workspace import Workspace

POOL = (7, 8, 9)


def whole(value: float) -> str:
    return format_number(float(value))


def test_the_first_page_says_the_numbers_of_its_own_instansi(reports, three_instansi):
    levels = Workspace(three_instansi).read("levels")
    first_pages = set()
    for report in reports.values():
        tested = levels[levels["participant_id"].isin(report.boxes["participant_id"])]["participant_id"].nunique()
        placed = report.placed
        pool = placed["box"].isin(POOL)
        wrong = placed["p_pool"].where(~pool, 1 - placed["p_pool"]).sum()
        shown = report.page.words(".tile b")
        assert shown[:3] == [whole(tested), whole(len(placed)), whole(pool.sum())]
        assert shown[3] == (whole(wrong) if wrong >= 1 else "< 1")
        first_pages.add(tuple(report.page.words(".tile")))
    assert len(first_pages) == 3  # no report shows the figures of another


def test_the_grid_counts_its_own_people(reports):
    for report in reports.values():
        rows = report.page.table("Sembilan kotak talenta")
        for box, row in enumerate(rows, start=1):
            p = report.placed[f"p_box_{box}"]
            assert row["Kotak"] == str(box)
            assert row["Dinyatakan"] == whole((report.placed["box"] == box).sum())
            assert row["Harapan"] == format_number(p.sum(), 1)
        drawing = report.page.all("figure .drawing")[0]
        stated = [whole((report.placed["box"] == b).sum()) for b in (4, 7, 9, 2, 5, 8, 1, 3, 6)]
        assert [t.get_text() for t in drawing.select("text") if "20px" in t["style"]] == stated


def test_certainty_adds_up_to_everybody_who_is_placed(reports):
    for report in reports.values():
        rows = report.page.table("Seberapa yakin: masuk atau tidaknya ke kumpulan talenta")
        wrong = report.placed["risk"]
        assert [row["Orang"] for row in rows] == [
            whole((wrong < RISK_LINE).sum()),
            whole(((wrong >= RISK_LINE) & (wrong < 0.25)).sum()),
            whole((wrong >= 0.25).sum()),
        ]
        assert sum(int(row["Orang"]) for row in rows) == len(report.placed)


def test_boxes_by_tier_and_unit_are_cross_tables_of_the_frame(reports):
    title_of = load_policy("kepka-bkn-411-2025").competencies.title_of
    for report in reports.values():
        for caption, column, head in (
            ("Jumlah orang tiap kotak menurut jenjang", "jenjang", "Jenjang"),
            ("Jumlah orang tiap kotak menurut unit kerja", "unit", "Unit kerja"),
        ):
            groups = report.placed.groupby(column)
            rows = {row[head]: row for row in report.page.table(caption)}
            assert len(rows) == len(groups)
            for name, part in groups:
                row = rows[title_of(name) if column == "jenjang" else " ".join(name.split())]
                assert row["Orang"] == str(len(part))
                assert [row[str(b)] for b in range(1, 10)] == [str((part["box"] == b).sum()) for b in range(1, 10)]
                assert row["Kumpulan talenta"] == str(part["box"].isin(POOL).sum())


def test_the_pool_names_its_own_members_tier_by_tier_and_the_surest_first(reports):
    title_of = load_policy("kepka-bkn-411-2025").competencies.title_of
    for report in reports.values():
        inside = report.placed[report.placed["box"].isin(POOL)].set_index("participant_id")
        listed = []
        for tier, part in inside.groupby("jenjang"):
            rows = report.page.table(f"Anggota kumpulan talenta: {title_of(tier)}")
            people = [row["Peserta"].rsplit(" ", 1)[1] for row in rows]
            assert set(people) == set(part.index)
            assert list(part.loc[people, "p_pool"]) == sorted(part["p_pool"], reverse=True)
            assert [row["Kotak"] for row in rows] == [str(box) for box in part.loc[people, "box"]]
            listed += people
        assert len(listed) == len(inside)
    named = [report.page.people() for report in reports.values()]
    assert all(not a & b for i, a in enumerate(named) for b in named[i + 1 :])


def test_gaps_are_shares_of_the_levels(reports, three_instansi):
    policy = load_policy("kepka-bkn-411-2025")
    titles = {s.title: s.key for i in policy.instruments.values() for s in i.scales}
    levels = Workspace(three_instansi).read("levels")
    levels = levels[levels["required"] > 1]  # nobody is below level 1
    for report in reports.values():
        own = levels[levels["participant_id"].isin(report.boxes["participant_id"])]
        rows = report.page.table("Di bawah standar menurut kompetensi")
        assert len(rows) == len(policy.competencies.competencies)
        for row in rows:
            part = own[own["competency"] == titles[row["Kompetensi"]]]
            below = (part["level"] < part["required"].astype(int)).mean()
            under = sum(
                float(p) * (k < need)
                for k in range(1, 6)
                for p, need in zip(part[f"p_level_{k}"], part["required"], strict=True)
            )
            assert row["Tercetak"] == format_number(below, 2)
            assert row["Harapan"] == format_number(under / len(part), 2)
            assert row["Orang"] == whole(len(part))


def test_people_without_a_box_are_counted_with_the_reason(reports):
    for report in reports.values():
        held = report.boxes.loc[report.boxes["withheld_reason"] != "", "withheld_reason"].value_counts()
        rows = report.page.table("Peserta tanpa kotak dan sebabnya") if len(held) else []
        assert {row["Sebab"]: int(row["Orang"]) for row in rows} == held.to_dict()


def test_no_code_no_parameter_and_nothing_from_outside_is_in_the_page(reports, three_instansi):
    for report in reports.values():
        html = report.page.html
        assert not re.search(r"\bimport |read_instansi|first_page\(|<pre|<code|class=.input|In\s*\[", html)
        assert str(three_instansi) not in html
        assert "edition" not in html
        assert not report.page.all("script, link, iframe, img, object, embed, form")
        assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org/)", html)
        assert all(a["href"].startswith("#") for a in report.page.all("a"))
        for anchor in report.page.all("nav a"):
            assert report.page.all(f'h2[id="{anchor["href"][1:]}"]'), anchor


def test_the_page_says_its_language_its_state_and_its_edition(reports):
    for report in reports.values():
        assert report.page.all("html[lang=id]")
        assert report.page.words(".state strong") == ["DRAF"]
        assert report.page.words("h1") == [" ".join(report.instansi.split())]
        assert "Edisi internal, terbatas" in report.page.text
        assert "SIMULASI" in report.page.text
        assert "ASUMSI: batas level kompetensi" in report.page.text


def test_every_figure_and_table_carries_where_it_came_from(reports):
    for report in reports.values():
        shown = report.page.all("figure, .tablewrap, p.empty")
        assert len(shown) > 12
        for tag in shown:
            assert tag["data-run"] == report.run
            assert tag["data-notebook"] == "04_instansi_report"
            assert tag["data-input"] == report.run.rsplit("-", 1)[1]
            assert int(tag["data-cell"]) > 1
        items = [int(tag["data-item"]) for tag in shown]
        assert len(set(items)) == len(items)
        for tag in report.page.all("figure, .tablewrap"):
            assert f"{report.run} · {tag['data-item']}" in tag.get_text()


def test_every_chart_has_a_sentence_and_a_table_behind_it(reports):
    for report in reports.values():
        for figure in report.page.all("figure"):
            label = figure.select_one("[role=img]")["aria-label"]
            assert label.count(".") >= 2
            assert figure.figcaption.get_text()
            assert figure.select("details table tbody tr")
            assert figure.svg["aria-hidden"] == "true"


def people_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "inputs" / "participants.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_no_nip_is_in_pages_notebooks_parameters_or_names_of_files(three_instansi):
    nips = re.compile("|".join(row["nip"] for row in people_of(three_instansi)))
    looked_at = 0
    for folder in ("reports", "runs", "results"):
        for path in (three_instansi / folder).rglob("*"):
            assert not nips.search(str(path.relative_to(three_instansi)))
            if path.suffix in {".html", ".ipynb", ".json"}:
                assert not nips.search(path.read_text(encoding="utf-8")), path
                looked_at += 1
    assert looked_at > 20


def test_names_reach_the_page_of_their_own_instansi_and_no_notebook(reports, three_instansi):
    names: dict[str, set[str]] = {}
    for row in people_of(three_instansi):
        if row["name"].count(" ") >= 2:
            names.setdefault(row["name"], set()).add(row["instansi"])
    own = {name: places.pop() for name, places in names.items() if len(places) == 1}
    shown = {report.instansi: {name for name in own if name in report.page.text} for report in reports.values()}
    for instansi, found in shown.items():
        assert found
        assert {own[name] for name in found} == {instansi}
    for path in (three_instansi / "runs").rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in own if name in text], path


def test_hostile_names_are_shown_and_do_nothing(reports, hostile):
    instansi, names = hostile
    report = reports[instansi]
    assert report.folder.name == "dinas-b-uji-b-satu"
    assert report.folder.parent.name == "reports"
    assert report.page.words("h1") == [instansi]
    units = report.page.table("Jumlah orang tiap kotak menurut unit kerja")
    assert f"{names[0]} unit" in {
        row["Unit kerja"]
        for r in reports.values()
        for row in r.page.table("Jumlah orang tiap kotak menurut unit kerja")
    }
    assert units
    for page in reports.values():
        assert "<script" not in page.page.html
        assert "<b>Uji" not in page.page.html


def test_the_index_lists_every_instansi_with_its_numbers(three_instansi, reports, page_of):
    index = page_of((three_instansi / "reports" / "index.html").read_text(encoding="utf-8"))
    rows = {row["Instansi"]: row for row in index.table("Laporan tiap instansi")}
    assert set(rows) == {" ".join(name.split()) for name in reports}
    for report in reports.values():
        row = rows[report.instansi]
        assert row["Peserta"] == whole(len(report.boxes))
        assert row["Ditempatkan"] == whole(len(report.placed))
        assert row["Kumpulan talenta"] == whole(report.placed["box"].isin(POOL).sum())
        assert row["Harapan"] == whole(report.placed["p_pool"].sum())
    total = index.words("tfoot td")
    assert total[0] == whole(sum(len(report.boxes) for report in reports.values()))
    for link in index.all("tbody a"):
        assert (three_instansi / "reports" / re.sub("%..", "", link["href"])).is_file()


def test_readers_of_identities_are_on_record(three_instansi):
    lines = (three_instansi / "identities.log").read_text(encoding="utf-8").splitlines()
    assert any("laporan" in json.loads(line)["purpose"] for line in lines)


@pytest.mark.parametrize("limit", [3_000_000])
def test_reports_are_small(reports, limit):
    assert max(len(report.page.html.encode("utf-8")) for report in reports.values()) < limit


def test_risk_and_probabilities_of_the_frame_are_those_of_the_page(reports):
    for report in reports.values():
        waiting = report.placed[report.placed["risk"] >= RISK_LINE].nlargest(20, "risk")
        if len(waiting):
            rows = report.page.table("Keputusan yang paling tidak pasti")
            assert [row["Peserta"].rsplit(" ", 1)[1] for row in rows] == list(waiting["participant_id"])
            assert isinstance(waiting, pd.DataFrame)
