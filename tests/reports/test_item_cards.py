"""The page of one item: small, escaped, accessible, and honest about what it lacks."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from workbench.analysis.gates import Gate, gate_frame
from workbench.analysis.item_pages import CHECK_KEY, DROP, KEEP, REVISE, ItemPage
from workbench.i18n import use_locale
from workbench.psychometrics import classical, irt
from workbench.reports import item_cards, item_drawings, item_summary

THETA = np.linspace(-3.5, 3.5, 71)
HOSTILE = "<script>alert(1)</script> \"&'"
LARGEST = 12_000  # bytes of a card


def answers(forms: tuple[str, ...], seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Statistics and options of item I0 on some forms: A is right, B draws the others."""
    rng = np.random.default_rng(seed)
    statistics, options = [], []
    for place, form in enumerate(forms, start=1):
        theta = rng.standard_normal(400)
        right = theta[:, None] + rng.logistic(size=(400, 6)) > 0
        raw = np.where(right, "A", np.where(rng.random((400, 6)) < 0.7, "B", "<C>"))
        names = [f"I{j}" for j in range(6)]
        table = classical.item_statistics(pd.DataFrame(right.astype(int), columns=names))
        statistics.append(
            table[table["item_id"] == "I0"].assign(form=form, position=place, omitted=0.01, not_reached=0)
        )
        chosen = classical.options(pd.DataFrame(raw, columns=names), dict.fromkeys(names, "A"))
        options.append(chosen[chosen["item_id"] == "I0"].assign(form=form))
    return pd.concat(statistics, ignore_index=True), pd.concat(options, ignore_index=True)


def dif_rows(number: int, large: int = 0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "comparison": [f"kelompok {n} dibanding acuan" for n in range(number)],
            "n_reference": 900,
            "n_focal": 300,
            "effect": np.linspace(-0.4, 0.4, number),
            "effect_low": np.linspace(-0.9, -0.1, number),
            "effect_high": np.linspace(0.1, 0.9, number),
            "ets": ["C" if n < large else "A" for n in range(number)],
            "p_bh": 0.00001,
            "difference": np.linspace(-0.05, 0.04, number),
            "difference_low": np.linspace(-0.09, 0.0, number),
            "difference_high": np.linspace(0.0, 0.09, number),
        }
    )


def page(seed: int = 1, forms: tuple[str, ...] = ("K1",), **changes: object) -> ItemPage:
    calibration = irt.Calibration.from_items(
        pd.DataFrame({"item_id": ["I0"], "model": "2PL", "a": [1.0], "a_se": [0.1], "b": [0.2], "b_se": [0.05]})
    )
    statistics, options = answers(forms, seed)
    fitted = irt.expected_score(calibration, THETA)
    at = np.linspace(-1.8, 1.8, 10)
    seen = np.interp(at, THETA, fitted)
    made = ItemPage(
        instrument="potensi",
        item_id="I0",
        scale="kemampuan_intelektual",
        kind="mc",
        statistics=statistics,
        options=options,
        parameters=calibration.items.assign(a_se=0.1, b_se=0.05),
        theta=THETA,
        fitted=fitted,
        information=irt.information(calibration, THETA)["total"].to_numpy(),
        observed=pd.DataFrame({"theta": at, "observed": seen, "low": seen - 0.05, "high": seen + 0.05, "n": 40}),
        fit=pd.DataFrame(
            {"sx2": [14.2], "df": [12], "p": [0.29], "rmsea": [0.01], "rmsea_low": [0.0], "rmsea_high": [0.03]}
        ).assign(infit=0.98, outfit=1.02, rmsd=0.02),
        dif=dif_rows(6),
        flags=pd.DataFrame(
            {
                "rule_set": ["ebel", "irtq"],
                "form": forms[0],
                "rule": "item_rest",
                "status": ["raised", "watch"],
                "reason": ["daya beda rendah (r 0,10 < 0,20)", HOSTILE],
            }
        ),
        history=pd.DataFrame(
            {
                "source": ["bank-2023"],
                "n": [900],
                "a": [1.1],
                "a_se": [0.1],
                "b": [0.1],
                "b_se": [0.1],
                "drifted": [True],
            }
        ),
        recommendation=REVISE,
        reasons=("Daya bedanya rendah.",),
        proposed_key="",
        not_computed=(),
    )
    return replace(made, **changes)


def bare(recommendation: str = KEEP, **changes: object) -> ItemPage:
    """A page of which nothing could be computed, as at a dozen people."""
    full = page()
    nothing = {
        name: getattr(full, name).head(0)
        for name in ("statistics", "options", "parameters", "observed", "fit", "dif", "flags", "history")
    }
    return replace(
        full,
        **nothing,
        fitted=np.zeros(0),
        information=np.zeros(0),
        recommendation=recommendation,
        reasons=("Belum dapat dinilai: statistik butir ini tidak dihitung.",),
        not_computed=("Statistik butir: tidak dihitung.", "DIF: tidak dihitung."),
        **changes,
    )


def tree(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def tables(html: str) -> dict[str, list[list[str]]]:
    return {
        table.caption.get_text(): [[c.get_text() for c in row.find_all(["th", "td"])] for row in table.select("tr")]
        for table in tree(html).select("table")
    }


def test_a_card_is_small_even_on_five_forms_with_large_dif(seed):
    crowded = page(seed, forms=("K1", "K2", "K3", "K4", "K5"), dif=dif_rows(12, large=3))
    assert len(item_cards.card(crowded, {}).encode()) < LARGEST
    assert len(item_cards.card(page(seed), {}).encode()) < 8_000


def test_a_card_says_everything_that_is_known(seed):
    html = item_cards.card(page(seed), {"kemampuan_intelektual": "Kemampuan intelektual"})
    shown = tables(html)
    statistics = page(seed).statistics.iloc[0]
    row = shown["Statistik menurut paket"][1]
    assert row[:3] == ["K1", "1", "400"]
    assert row[3].startswith(f"{statistics['difficulty']:.2f} [".replace(".", ","))
    assert [r[0] for r in shown["Opsi: seluruhnya, dan di kelompok skor 1 (rendah) sampai 5"][1:]] == [
        "<C>",
        "A kunci",
        "B",
    ]
    assert shown["Kecocokan dengan model"][1][:4] == ["14,2", "12", "0,290", "0,010 [0,000; 0,030]"]
    assert shown["Riwayat"][1] == ["bank-2023", "900", "1,10 (0,10)", "0,10 (0,10)", "ya"]
    assert {row[0] for row in shown["Tanda menurut kumpulan aturan"][1:]} == {"ebel", "irtq"}
    text = tree(html).get_text(" ")
    assert "Perbaiki." in text
    assert "Kemampuan intelektual · pilihan ganda · potensi · K1 nomor 1" in text
    assert "Parameter 2PL: a = 1,00 (SE 0,10); b = 0,20 (SE 0,05)." in text


def test_every_large_dif_is_listed_and_of_small_ones_the_largest_with_a_sentence_on_the_rest():
    caption = "DIF: kelompok fokal dibanding acuan pada kemampuan setara"
    many = item_cards.card(page(dif=dif_rows(12, large=5)), {})
    assert [row[4] for row in tables(many)[caption][1:]] == ["C"] * 5
    assert "7 perbandingan lain berkelas A; selisih terbesar" in tree(many).get_text()
    few = item_cards.card(page(dif=dif_rows(2)), {})
    assert len(tables(few)[caption]) == 3
    assert "perbandingan lain" not in few


def test_a_card_without_anything_computed_says_so_and_shows_no_number():
    html = item_cards.card(bare(), {})
    assert tables(html) == {}
    assert "<svg" not in html
    assert "menandai" not in html
    assert "DIF: tidak dihitung." in html


def test_few_people_are_not_divided_into_score_groups():
    few = page()
    html = item_cards.card(replace(few, options=few.options.assign(n=99)), {})
    assert "Pilihan menurut kelompok skor: tidak ditampilkan, 99 orang < 100." in tree(html).get_text()
    assert [len(row) for row in tables(html)["Opsi"]] == [3, 3, 3, 3]
    assert len(tree(html).select("svg")) == 1  # the curve alone


@pytest.mark.parametrize("drop", ["options", "parameters", "observed", "fit", "dif", "flags", "history"])
def test_a_card_stands_without_any_one_of_its_parts(drop):
    full = page()
    html = item_cards.card(replace(full, **{drop: getattr(full, drop).head(0)}), {})
    assert tree(html).select_one("article h3").get_text() == "I0"
    assert ">nan" not in html


def test_hostile_text_stays_text():
    nasty = page(item_id=HOSTILE, scale=HOSTILE, instrument=HOSTILE, reasons=(HOSTILE,), not_computed=(HOSTILE,))
    nasty = replace(nasty, proposed_key=HOSTILE, recommendation=CHECK_KEY)
    html = item_cards.card(nasty, {}) + item_summary.worklist([nasty], {})._repr_html_()
    assert "<script" not in html
    assert HOSTILE in tree(html).get_text()
    assert tree(html).select_one("article")["id"] == tree(html).select_one("a")["href"].removeprefix("#")


def test_a_card_asks_for_nothing_from_outside_and_has_parts_that_a_screen_reader_needs(seed):
    parsed = tree(item_cards.card(page(seed), {}))
    assert not parsed.select("script, link, iframe, img, [src]")
    assert "http" not in str(parsed)
    article = parsed.select_one("article")
    assert article["lang"] == "id"
    assert parsed.find(id=article["aria-labelledby"]).name == "h3"
    ids = [tag["id"] for tag in parsed.select("[id]")]
    assert len(ids) == len(set(ids))
    for table in parsed.select("table"):
        assert table.caption
        assert all(th.get("scope") == "col" for th in table.select("thead th"))
        assert all(row.find("th")["scope"] == "row" for row in table.select("tbody tr"))
    for svg in parsed.select("svg"):
        assert svg["role"] == "img"
        assert svg.find("title").get_text()
        assert svg.find("desc").get_text()


def test_anchors_differ_where_names_differ_only_in_signs():
    names = [("a", "b-c"), ("a", "b.c"), ("a.b", "c"), ("a", "b_c"), ("a", "b c")]
    anchors = {item_cards.anchor(page(instrument=i, item_id=j)) for i, j in names}
    assert len(anchors) == len(names)
    assert all(a.replace("-", "").replace("_", "").isalnum() for a in anchors)


def test_the_table_of_cards_is_what_the_review_page_reads():
    table = item_cards.card_table([page(forms=("K1", "K2")), bare(DROP, item_id="I1")])
    assert table.columns.tolist() == [
        *("instrument", "item_id", "scale", "form", "position", "recommendation", "reason", "flag", "html"),
    ]
    assert table["form"].tolist() == ["K1,K2", ""]
    assert table["position"].tolist() == ["1,2", ""]
    assert table["flag"].tolist() == ["raised", ""]
    assert table["html"].str.startswith("<style>").all()
    assert item_cards.card_table([]).columns.tolist() == table.columns.tolist()


def test_in_english_a_card_is_english():
    with use_locale("en"):
        html = item_cards.card(page(), {})
    assert 'lang="en"' in html
    assert "Revise" in html
    assert "Paket" not in html


# Drawings


def paths(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter("path"))


def test_the_key_is_thick_and_other_options_have_dashes_of_their_own(seed):
    _statistics, options = answers(("K1",), seed)
    svg, sentence = item_drawings.options_drawing(options)
    dashes = [p.get("stroke-dasharray") for p in paths(svg) if p.get("stroke-dasharray")]
    assert len(dashes) == len(set(dashes)) == 2
    assert len([p for p in paths(svg) if p.get("stroke-width") == "3"]) == 1
    words = "".join(ElementTree.fromstring(svg).itertext())
    assert "A kunci" in words
    key = options[options["is_key"]].iloc[0]
    assert f"{100 * key['share_1']:.0f}\N{NO-BREAK SPACE}%" in sentence
    assert len(svg) < 3_000


def test_categories_are_stacked_to_the_whole_in_every_group():
    shares = pd.DataFrame(
        {"option": ["0", "1", "2"], "is_key": False, "share_1": [0.6, 0.3, 0.0], "share_2": [0.0, 0.2, 0.8]}
    )
    svg, sentence = item_drawings.categories_drawing(shares)
    bars = [p for p in paths(svg) if p.get("stroke-width") == ".6"]
    assert len({bar.get("fill") for bar in bars}) == 3
    assert bars[-1].get("d").count("V10") == 2  # the top of the frame
    assert sentence.startswith("Kategori 2: 0")


def test_a_curve_that_misses_its_intervals_says_how_many():
    full = page()
    off = full.observed.assign(observed=0.9, low=0.85, high=0.95)
    svg, sentence = item_drawings.curve_drawing(full.theta, full.fitted, off, full.information)
    expected = np.interp(off["theta"], full.theta, full.fitted)
    outside = int(((expected < 0.85) | (expected > 0.95)).sum())
    assert f"{outside} dari 10 rentang" in sentence
    assert len(svg) < 3_000
    _svg, alone = item_drawings.curve_drawing(full.theta, full.fitted, off.head(0), np.zeros(0))
    assert alone.startswith("Kurva model saja")


# Summary


GATES = gate_frame([Gate("kunci", "potensi", False, "Kunci I3 diragukan."), Gate("kalibrasi", "s", True, "Konvergen.")])


def round_of_four() -> list[ItemPage]:
    return [
        page(item_id="I1", recommendation=KEEP, dif=dif_rows(2, large=1)),
        page(item_id="I2", recommendation=REVISE),
        page(item_id="I3", recommendation=CHECK_KEY, proposed_key="B", reasons=("Kunci A diragukan.",)),
        page(item_id="I4", recommendation=DROP),
    ]


def test_the_summary_counts_says_what_is_first_and_names_the_gates_that_hold():
    lines = item_summary.findings(round_of_four(), GATES, ["Skala x: tidak dihitung."])
    assert len(lines) <= 8
    text = " ".join(lines)
    assert "4 butir diperiksa pada 1 paket, tiap butir dijawab 400 orang" in text
    assert "periksa kunci 1; keluarkan 1; perbaiki 1; pertahankan 1" in text
    assert "Mulai dari I3 (periksa kunci): Kunci A diragukan." in text
    assert "DIF diperiksa pada 4 butir; 1 berkelas C: I1." in text
    assert "1 PASS, 1 HOLD (kunci potensi)" in text
    assert "Tidak dihitung: 1 hal untuk instrumen" in text


def test_the_worklist_is_in_order_of_urgency_and_leads_to_the_pages():
    pages = round_of_four()
    html = item_summary.worklist(pages, {})._repr_html_()
    assert [a.get_text() for a in tree(html).select("a")] == ["I3", "I4", "I2"]
    cards = [item_cards.card(one, {}) for one in pages]
    whole = tree(html + item_summary.item_pages(pages, cards, {})._repr_html_())
    for link in whole.select("a"):
        assert whole.find(id=link["href"].removeprefix("#")).name == "article"
    folded = {d.select_one("h3").get_text(): d.has_attr("open") for d in whole.select("details")}
    assert folded == {"I3": True, "I4": True, "I2": True, "I1": False}


def test_where_nobody_is_needed_the_first_page_stands_open():
    pages = [page(item_id="I1", recommendation=KEEP), page(item_id="I2", recommendation=KEEP)]
    html = item_summary.item_pages(pages, ["<h3>1</h3>", "<h3>2</h3>"], {})._repr_html_()
    assert len(tree(html).select("details[open]")) == 1
    assert "tidak ada." in item_summary.worklist(pages, {})._repr_html_()
    assert "Tidak ada butir yang perlu ditindaklanjuti." in item_summary.findings(pages, GATES, [])


def test_the_summary_of_nothing_computed_is_still_a_summary():
    lines = item_summary.findings([bare()], gate_frame([]), ["Statistik tidak dihitung."])
    assert lines[0] == "1 butir; statistiknya tidak dapat dihitung."
    assert "Daya beda tidak dapat dihitung." in lines
    assert "nan" not in " ".join(lines).split()
    assert item_summary.findings([], gate_frame([]), []) == ["Tidak ada butir yang dapat diperiksa."]


def test_rule_sets_stand_side_by_side_with_the_items_on_which_they_differ():
    counts = pd.DataFrame({"rule_set": ["ebel"], "title": ["Ebel <1965>"], "raised": [2], "watch": [1], "none": [9]})
    differing = pd.DataFrame({"item_id": ["I1"], "scale": ["s"], "ebel": ["watch"]})
    shown = tables(item_summary.rule_set_tables(counts, differing)._repr_html_())
    assert shown["Kumpulan aturan berdampingan: banyaknya butir"][1] == ["Ebel <1965>", "2", "1", "9"]
    assert shown["Butir yang dinilai berbeda oleh kumpulan aturan"] == [["Butir", "Ebel <1965>"], ["I1", "diamati"]]


def test_the_largest_instrument_of_a_national_round_stays_under_three_megabytes(seed):
    """324 items, of which 93 stand on all five forms; what else a notebook shows takes less than 400 kB."""
    common, own = page(seed, forms=("K1", "K2", "K3", "K4", "K5"), dif=dif_rows(12)), page(seed, dif=dif_rows(12))
    pages = [replace(common if n < 93 else own, item_id=f"KIN{n}", recommendation=KEEP) for n in range(324)]
    cards = [item_cards.card(one, {}) for one in pages]
    assert len(item_summary.item_pages(pages, cards, {})._repr_html_().encode()) < 2_600_000
