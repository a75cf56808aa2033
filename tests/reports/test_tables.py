from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.i18n import format_range, use_locale
from workbench.reports import lineage
from workbench.reports.tables import html_table, person, probability, shaded

FRAME = pd.DataFrame(
    {
        "unit": ["Dinas <A> & B", None],
        "n": pd.array([12345, None], dtype="Int64"),
        "share": [0.5, float("nan")],
        "sure": [True, False],
    }
)


def shown(page_of, *arguments, **options):
    return page_of(html_table(*arguments, **options)._repr_html_())


def test_cells_are_typed_escaped_and_in_the_separators_of_the_locale(page_of):
    page = shown(page_of, FRAME, "Judul <x>")
    assert page.words("caption") == ["Judul <x>"]
    assert page.words("thead th[scope=col]") == ["unit", "n", "share", "sure"]
    assert page.words("tbody tr:first-child > *") == ["Dinas <A> & B", "12.345", "0,50", "ya"]
    assert page.words("tbody tr:last-child > *") == ["–", "–", "–", "tidak"]
    assert [tag.name for tag in page.all("tbody tr:first-child > *")] == ["th", "td", "td", "td"]
    with use_locale("en"):
        assert shown(page_of, FRAME, "T").words("tbody tr:first-child > *")[1:] == ["12,345", "0.50", "yes"]


def test_numbers_and_their_headings_stand_at_the_right(page_of):
    page = shown(page_of, FRAME, "T", numbers=["unit"])
    assert [tag.get("class") for tag in page.all("thead th")] == [["n"], ["n"], ["n"], None]
    assert [tag.get("class") for tag in page.all("tbody tr:first-child > td")] == [["n"], ["n"], None]


def test_a_table_that_is_cut_says_so(page_of):
    frame = pd.DataFrame({"x": range(1500)})
    page = shown(page_of, frame, "T", limit=1000, note="Catatan.")
    assert len(page.all("tbody tr")) == 1000
    assert page.words(".note") == ["Catatan.", "Ditampilkan 1.000 dari 1.500 baris."]
    assert "short" not in page.all(".tablewrap")[0]["class"]


def test_an_empty_table_says_that_there_is_nothing(page_of):
    page = shown(page_of, FRAME.head(0), "Kosong")
    assert page.text == "Kosong: tidak ada."
    assert page.all("p[data-run]")


def test_columns_are_chosen_ordered_and_written_as_asked(page_of):
    page = shown(page_of, FRAME, "T", titles={"share": "Bagian", "unit": "Unit"}, formats={"share": probability})
    assert page.words("thead th") == ["Bagian", "Unit"]
    assert page.words("tbody tr:first-child > *") == ["50 %", "Dinas <A> & B"]
    assert page.words("tbody tr:last-child > *")[0] == "–"  # what is not there is not formatted


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "> 99 %"),
        (0.995, "> 99 %"),
        (0.9949, "99 %"),
        (0.5, "50 %"),
        (0.005, "< 1 %"),
        (0.0049, "< 1 %"),
        (0, "< 1 %"),
    ],
)
def test_a_probability_never_claims_certainty(p, text):
    assert probability(p).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_range_that_rounds_to_one_number_is_one_number():
    assert format_range(27.6, 34.2) == "28–34"
    assert format_range(0.9, 1.2) == "1"
    assert format_range(1234.0, 2345.0) == "1.234–2.345"


@given(st.text(max_size=60))
def test_no_text_of_a_cell_becomes_markup(text):
    html = html_table(pd.DataFrame({"a": [text]}), text)._repr_html_()
    for piece in (html, person(text), shaded(0.4, text)):
        inside = (
            piece.replace("&lt;", "")
            .replace("&gt;", "")
            .replace("&amp;", "")
            .replace("&quot;", "")
            .replace("&#x27;", "")
        )
        tags = {"div", "table", "caption", "thead", "tr", "th", "span", "tbody", "td", "p"}
        assert all(part.lstrip("/").split(">")[0].split(" ")[0] in tags for part in inside.split("<")[1:])


@given(st.floats(-2, 3))
def test_shading_stays_light_enough_for_black_text(share):
    strength = int(shaded(share, "x").split("--share:")[1].split("%")[0])
    assert 0 <= strength <= 38


def test_the_stamp_names_run_notebook_and_input_and_counts():
    lineage.begin("reports-kota-0123456789ab", "04_instansi_report")
    first, footer = lineage.stamp()
    second, _footer = lineage.stamp()
    assert 'data-run="reports-kota-0123456789ab"' in first
    assert 'data-notebook="04_instansi_report"' in first
    assert 'data-input="0123456789ab"' in first
    assert 'data-item="1"' in first
    assert 'data-item="2"' in second
    assert footer == "reports-kota-0123456789ab · 1"
