from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from workbench.i18n import use_locale
from workbench.psychometrics import irt
from workbench.reports import box_figures, figures
from workbench.reports.canvas import Figure, Gallery, axes, finish, local_number, spread

GRID = ((4, 7, 9), (2, 5, 8), (1, 3, 6))
TITLES = {"integritas": "Integritas", "komunikasi": "Komunikasi"}


def statistics() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item_id": ["I<1>", "I2", "I3"],
            "difficulty": [0.2, 0.5, 0.9],
            "item_rest": [-0.1, 0.3, 0.1],
            "flag": ["raised", "", "watch"],
            "reason": ["terbalik", "", "lemah"],
        }
    )


def information() -> pd.DataFrame:
    items = pd.DataFrame({"item_id": ["a", "b"], "model": "2PL", "a": [1.0, 1.5], "b": [0.0, 1.0]})
    return irt.information(irt.Calibration.from_items(items), np.linspace(-3.5, 3.5, 71))


def counts() -> pd.DataFrame:
    expected = np.arange(9) * 137.4 + 0.2
    stated = np.round(expected).astype(int)
    return pd.DataFrame(
        {"box": range(1, 10), "stated": stated, "expected": expected, "low": expected * 0.9, "high": expected * 1.1}
    )


LEVELS = pd.DataFrame({"competency": ["integritas", "komunikasi"], "level": [2.1, 2.4], "required": [2.3, 2.0]})
GAPS = pd.DataFrame(
    {"label": ["<Integritas>", "Komunikasi"], "share": [0.4, 0.1], "expected": [0.38, 0.12], "n": [100, 90]}
)
POOL = pd.DataFrame(
    {
        "label": ["Administrator", "Pengawas"],
        "n": [40, 90],
        "stated": [8, 10],
        "expected": [8.4, 9.1],
        "low": [6, 7],
        "high": [11, 12],
    }
)
HONEST = pd.DataFrame(
    {"n": [500, 40], "stated": [0.02, 0.9], "observed": [0.03, 0.85], "low": [0.02, 0.7], "high": [0.05, 0.93]}
)

DRAWN: dict[str, Callable[[], Figure]] = {
    "item_map": lambda: figures.item_map(statistics()),
    "wright_map": lambda: figures.wright_map(
        pd.DataFrame(
            {
                "scale": ["integritas", "integritas", "komunikasi"],
                "item_id": ["a", "b", "c"],
                "b1": [-1, 0.2, 5.0],
                "b2": [0, 1, np.nan],
            }
        ),
        TITLES,
    ),
    "test_information": lambda: figures.test_information("Integritas", information(), (-0.4, 0.7)),
    "score_distribution": lambda: figures.score_distribution(
        "Skor", np.arange(200.0, 800.0), "Skor skala", (460.0, 570.0)
    ),
    "reliability_diagram": lambda: figures.reliability_diagram(HONEST, "kumpulan talenta"),
    "nine_boxes": lambda: box_figures.nine_boxes(counts(), GRID, (7, 8, 9)),
    "doubt_curve": lambda: box_figures.doubt_curve(np.concatenate([np.full(20, 0.4), np.zeros(80)])),
    "pool_by_group": lambda: box_figures.pool_by_group(POOL, "Kumpulan talenta menurut jenjang"),
    "level_profile": lambda: box_figures.level_profile(LEVELS, TITLES),
    "gap_bars": lambda: box_figures.gap_bars(GAPS, "Di bawah standar"),
}


def texts(figure: Figure) -> list[str]:
    return ["".join(t.itertext()) for t in ElementTree.fromstring(figure.svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_is_a_drawing_with_text_a_sentence_and_its_numbers(name, page_of):
    figure = DRAWN[name]()
    svg = ElementTree.fromstring(figure.svg)
    assert svg.get("aria-hidden") == "true"
    assert svg.get("width") is None
    assert "max-width" in svg.get("style")
    assert texts(figure)
    assert len(figure.svg) < 60_000
    assert figure.sentence.endswith(".")
    assert not re.search(r"\bnan\b", figure.sentence)
    page = page_of(figure._repr_html_())
    assert page.all("[role=img]")[0]["aria-label"] == f"{figure.title}. {figure.sentence}"
    assert len(page.all("details tbody tr")) == min(len(figure.table), 40)
    assert not page.all("script, b, i")


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_the_same_each_time_it_is_drawn(name):
    assert DRAWN[name]().svg == DRAWN[name]().svg


@pytest.mark.parametrize("name", DRAWN)
def test_numbers_on_axes_have_the_separators_of_the_locale(name):
    assert not [t for t in texts(DRAWN[name]()) if re.search(r"\d\.\d{1,2}\b", t)]


def test_the_locale_chooses_the_separators():
    def drawn() -> list[str]:
        canvas, ax = axes()
        ax.plot([-1.5, 1.5], [0, 12_000])
        return texts(finish(canvas, "T", "S.", LEVELS, {"level": "Level"}))

    assert {"−1,5", "0,5", "12.000"} <= set(drawn())
    with use_locale("en"):
        assert {"−1.5", "0.5", "12,000"} <= set(drawn())
    assert local_number("") == ""


def test_the_grid_shows_stated_and_expected_in_the_cells_of_the_rule():
    figure = DRAWN["nine_boxes"]()
    shown = texts(figure)
    for row in counts().to_dict("records"):
        assert f"Kotak {row['box']}" in shown
        assert f"{row['stated']:,}".replace(",", ".") in shown
    assert "harapan 1.099" in shown
    assert "(989–1.209)" in shown
    # x and y of each box's name follow the grid: columns to the right, rows downwards
    svg = ElementTree.fromstring(figure.svg)
    place = {
        int("".join(t.itertext()).split()[1]): (float(t.get("x")), float(t.get("y")))
        for t in svg.iter("{http://www.w3.org/2000/svg}text")
        if "".join(t.itertext()).startswith("Kotak ")
    }
    for line in GRID:
        assert place[line[0]][0] < place[line[1]][0] < place[line[2]][0]
    for column in range(3):
        assert place[GRID[0][column]][1] < place[GRID[1][column]][1] < place[GRID[2][column]][1]


def test_the_doubt_curve_counts_what_review_finds():
    table = DRAWN["doubt_curve"]().table.set_index("share")["caught"]
    assert table[10] == pytest.approx(50)  # twenty of a hundred hold all the doubt, so ten hold half of it
    assert table[25] == pytest.approx(100)
    assert box_figures.doubt_curve(np.zeros(5)).sentence.startswith(
        "Dari 5 keputusan, kira-kira 0,0 diperkirakan keliru."
    )


def test_labels_of_curves_that_end_together_do_not_lie_on_each_other():
    placed = spread(np.array([1.0, 0.5, 1.2, 99.0, 98.0]), 6.5)
    order = np.sort(placed)
    assert (np.diff(order) >= 6.5 - 1e-9).all()
    assert placed.max() <= 100
    assert list(np.argsort(placed)) == [1, 0, 2, 4, 3]


def test_a_gallery_shows_every_figure(page_of):
    page = page_of(Gallery([DRAWN["item_map"](), DRAWN["gap_bars"]()])._repr_html_())
    assert len(page.all("figure")) == 2
