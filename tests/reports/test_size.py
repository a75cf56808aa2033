"""A report does not grow with its people: the same round sixty times over stays small."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from workbench.reports import leadership, method, placement, sections
from workbench.reports.instansi import InstansiReport, read_instansi
from workbench.workspace import Workspace

COPIES = 60  # of 1,002 people: a little over sixty thousand


def copied(frame: pd.DataFrame) -> pd.DataFrame:
    parts = [frame.assign(participant_id=frame["participant_id"] + f"x{n}") for n in range(COPIES)]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def cities(cirebon) -> tuple[InstansiReport, InstansiReport]:
    small = read_instansi(Workspace(cirebon), "Pemerintah Kota Cirebon")
    large = replace(
        small, boxes=copied(small.boxes), levels=copied(small.levels), participants=copied(small.participants)
    )
    return small, large


def pages(report: InstansiReport) -> str:
    parts = (
        leadership.first_page,
        sections.participants,
        sections.levels,
        placement.boxes,
        placement.pool,
        placement.reviewed,
        sections.development,
        method.method,
    )
    return "".join(part(report)._repr_html_() for part in parts)


def test_sixty_thousand_people_stay_under_three_megabytes(cities, page_of):
    small, large = cities
    html = pages(large)
    assert len(large.boxes) > 60_000
    assert len(html.encode("utf-8")) < 3_000_000
    assert len(html) < 2.5 * len(pages(small))
    page = page_of(html)
    placed = small.placed
    stated = [int(row["Dinyatakan"].replace(".", "")) for row in page.table("Sembilan kotak talenta")]
    assert stated == [COPIES * int((placed["box"] == b).sum()) for b in range(1, 10)]
    listed = page.table("Anggota kumpulan talenta: Pelaksana")
    assert len(listed) == placement.LONGEST_LIST
    assert "selengkapnya, dengan NIP, di participants.xlsx" in page.text


def test_three_findings_and_three_things_to_do(cities):
    for report in cities:
        for lines in (leadership.findings(report), leadership.actions(report)):
            assert len(lines) == len(set(lines)) == 3
            assert all(line.endswith(".") and "nan" not in line.split() for line in lines)
