"""Cuts from judgements: closed forms, hand-worked panels, and whether the stated error is right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import t

from workbench.psychometrics import irt, standard_setting

RP = 2 / 3


def two_pl(slopes: list[float], difficulties: list[float]) -> pd.DataFrame:
    names = [f"I{j}" for j in range(len(slopes))]
    return pd.DataFrame({"item_id": names, "model": "2PL", "categories": 2, "a": slopes, "b": difficulties})


def graded() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item_id": ["G1", "G2"],
            "model": "GRM",
            "categories": [3, 4],
            "a": [1.2, 0.8],
            "b1": [-1.0, -0.5],
            "b2": [0.8, 0.4],
            "b3": [np.nan, 1.9],
        }
    )


def panel(values: dict[str, list[float]], items: list[str], level: int = 3, name: str = "P1") -> pd.DataFrame:
    """Ratings of one level: a rater's values in the order of the items."""
    rows = [
        (name, rater, level, item, value)
        for rater, own in values.items()
        for item, value in zip(items, own, strict=True)
    ]
    return pd.DataFrame(rows, columns=["panel", "rater", "level", "item_id", "value"])


def marks(pages: dict[str, int], level: int = 3, name: str = "P1") -> pd.DataFrame:
    rows = [(name, rater, level, page) for rater, page in pages.items()]
    return pd.DataFrame(rows, columns=["panel", "rater", "level", "value"])


@pytest.mark.parametrize("rp", [0.5, RP, 0.8])
def test_entries_of_the_booklet_lie_where_the_closed_form_puts_them(rp):
    mixed = pd.concat([two_pl([1.0, 1.5], [0.2, -0.7]), graded()], ignore_index=True)
    booklet = standard_setting.ordered_booklet(mixed, rp)
    # Two-parameter and graded: a (theta - b) = logit(rp) for the item or the step.
    wanted = [
        (row["item_id"], step, b + logit(rp) / row["a"])
        for row in mixed.to_dict("records")
        for step, b in enumerate([row[c] for c in ("b", "b1", "b2", "b3") if np.isfinite(row[c])], start=1)
    ]
    wanted.sort(key=lambda entry: entry[2])
    assert list(zip(booklet["item_id"], booklet["step"], strict=True)) == [entry[:2] for entry in wanted]
    assert booklet["theta"].to_numpy() == pytest.approx([entry[2] for entry in wanted], abs=1e-4)
    assert booklet["page"].tolist() == list(range(1, len(wanted) + 1))


def test_an_entry_that_nobody_masters_has_no_page():
    easy = pd.DataFrame({"item_id": ["X", "Y"], "model": "3PL", "categories": 2, "a": 1.0, "b": 0.0, "c": [0.7, 0.2]})
    booklet = standard_setting.ordered_booklet(easy, RP)
    assert booklet["item_id"].tolist() == ["Y", "X"]
    assert booklet["page"].isna().tolist() == [False, True]
    assert booklet["theta"].iloc[0] == pytest.approx(logit((RP - 0.2) / 0.8), abs=1e-4)


def test_bookmarks_by_hand():
    booklet = standard_setting.ordered_booklet(two_pl([1.0] * 5, [-1.0, -0.4, 0.0, 0.6, 1.4]), 0.5)
    found = standard_setting.bookmark(marks({"a": 2, "b": 3, "c": 3}), booklet)
    # Between -0.4 and 0.0, twice between 0.0 and 0.6: -0.2, 0.3, 0.3.
    own = np.array([-0.2, 0.3, 0.3])
    row = found.cuts.iloc[0]
    assert row["theta"] == pytest.approx(own.mean(), abs=1e-4)
    assert row["standard_error"] == pytest.approx(own.std(ddof=1) / np.sqrt(3), abs=1e-4)
    half = 4.302653 * own.std(ddof=1) / np.sqrt(3)  # t of two degrees of freedom
    assert (row["low"], row["high"]) == pytest.approx((own.mean() - half, own.mean() + half), abs=1e-3)
    # Chi-square of two degrees of freedom: 7.377759 and 0.050636.
    sd = own.std(ddof=1)
    assert row["rater_sd_low"] == pytest.approx(sd * np.sqrt(2 / 7.377759), rel=1e-3)
    assert row["rater_sd_high"] == pytest.approx(sd * np.sqrt(2 / 0.050636), rel=1e-3)
    there = standard_setting.bookmark(marks({"a": 2, "b": 3, "c": 3}), booklet, rule="location")
    assert there.cuts["theta"].iloc[0] == pytest.approx(np.mean([-0.4, 0.0, 0.0]), abs=1e-4)


def test_angoff_with_one_item_is_the_logit_of_the_mean():
    values = {"a": [0.6], "b": [0.7], "c": [0.8]}
    found = standard_setting.angoff(panel(values, ["I0"]), two_pl([1.0], [0.5]))
    row = found.cuts.iloc[0]
    assert row["theta"] == pytest.approx(0.5 + logit(0.7), abs=1e-4)
    # By the delta method: error of the mean over the slope of the curve, p (1 - p).
    assert row["standard_error"] == pytest.approx(0.1 / np.sqrt(3) / (0.7 * 0.3), rel=1e-3)
    assert sorted(found.by_rater["theta"]) == pytest.approx([0.5 + logit(p) for p in (0.6, 0.7, 0.8)], abs=1e-4)


def test_angoff_on_ordered_items_solves_for_the_expected_score():
    items = graded()
    values = {"a": [1.0, 1.4], "b": [1.2, 1.9], "c": [0.9, 1.6]}
    found = standard_setting.angoff(panel(values, ["G1", "G2"]), items)
    calibration = irt.Calibration.from_items(items)
    wanted = np.mean([sum(own) for own in values.values()])
    root = brentq(lambda theta: irt.expected_score(calibration, theta)[0] - wanted, -6, 6)
    assert found.cuts["theta"].iloc[0] == pytest.approx(root, abs=1e-4)


def test_three_panels_are_what_was_sampled():
    ratings = pd.concat(
        [panel({f"{name}{k}": [p] for k, p in enumerate(own)}, ["I0"], name=name) for name, own in PANELS.items()],
        ignore_index=True,
    )
    row = standard_setting.angoff(ratings, two_pl([1.0], [0.0])).cuts.iloc[0]
    means = np.array([np.mean(own) for own in PANELS.values()])
    p = means.mean()
    assert row["error_from"] == "panels"
    assert row["panels"] == 3
    # Equal panels: standard deviation of their means over the root of their number.
    assert row["standard_error"] == pytest.approx(means.std(ddof=1) / np.sqrt(3) / (p * (1 - p)), rel=1e-3)
    two = standard_setting.angoff(ratings[ratings["panel"] != "C"], two_pl([1.0], [0.0]))
    assert two.cuts["error_from"].iloc[0] == "panels"  # half the difference of two panels is larger than that of raters
    assert any("Dua panel" in sentence for sentence in two.sentences)


PANELS = {"A": [0.50, 0.52, 0.54], "B": [0.60, 0.62, 0.64], "C": [0.70, 0.72, 0.74]}


def test_few_raters_one_panel_and_crossed_cuts_are_said():
    booklet = standard_setting.ordered_booklet(two_pl([1.0] * 6, [-1.0, -0.4, 0.0, 0.6, 1.4, 2.0]), 0.5)
    rows = pd.concat([marks({"a": 3, "b": 1, "c": 1}, level=2), marks({"a": 3, "b": 4, "c": 5}, level=3)])
    found = standard_setting.bookmark(rows, booklet)
    said = " ".join(found.sentences)
    assert "Hanya 3 penilai" in said
    assert "Satu panel" in said
    assert said.endswith("tidak naik dari level ke level: a.")


def test_change_between_rounds_is_paired():
    booklet = standard_setting.ordered_booklet(two_pl([1.0] * 5, [-1.0, -0.5, 0.0, 0.5, 1.0]), 0.5)
    first = standard_setting.bookmark(marks({"a": 1, "b": 2, "c": 4, "d": 4}), booklet)
    second = standard_setting.bookmark(marks({"a": 2, "b": 3, "c": 4}), booklet)
    row = standard_setting.changes({1: first, 2: second}).iloc[0]
    gap = np.array([0.5, 0.5, 0.0])  # rater d did not come back
    assert row["raters"] == 3
    assert row["change"] == pytest.approx(gap.mean(), abs=1e-4)
    assert row["change_se"] == pytest.approx(gap.std(ddof=1) / np.sqrt(3), abs=1e-4)
    assert row["sd_after"] < row["sd_before"]


@pytest.mark.parametrize("method", ["bookmark", "angoff"])
@pytest.mark.parametrize(
    ("panels", "raters", "between", "covered"),
    # Two panels that differ are the weak case, which is said with such cuts.
    [(1, 5, 0.0, 0.95), (1, 8, 0.0, 0.95), (1, 15, 0.0, 0.95), (6, 4, 0.25, 0.95), (2, 8, 0.25, 0.81)],
)
def test_stated_errors_are_right_over_many_panels(method, panels, raters, between, covered, seed):
    """Raters differ in severity, panels too: over many panels the interval contains the cut that they aim at.

    All panels are computed at once by arithmetic of its own; on the first ones it must equal the package.
    """
    rng = np.random.default_rng(seed)
    repetitions, aim = 3000, 0.4
    items = two_pl([1.0, 1.3, 0.8, 1.1] * 6, list(np.linspace(-1.8, 2.4, 24)))
    booklet = standard_setting.ordered_booklet(items)
    places = booklet["theta"].to_numpy(float)
    slope, difficulty = items["a"].to_numpy(), items["b"].to_numpy()
    who = np.repeat(np.arange(panels), raters)
    own = aim + rng.normal(0, between, (repetitions, panels))[:, who] + rng.normal(0, 0.3, (repetitions, who.size))
    if method == "bookmark":
        pages = np.clip(np.searchsorted(places, own), 1, places.size - 1)
        judged = (places[pages - 1] + places[pages]) / 2
    else:
        noise = rng.normal(0, 0.5, (repetitions, who.size, slope.size))
        values = expit(slope * (own[..., None] - difficulty) + noise)
        judged = values.sum(-1)
    cut, low, high, stated = by_arithmetic(judged, who, slope, difficulty, on_theta=method == "bookmark")
    people = pd.DataFrame(
        {"panel": [f"P{k}" for k in who], "rater": [f"R{k:02d}" for k in range(who.size)], "level": 3}
    )
    for k in range(3):
        if method == "bookmark":
            found = standard_setting.bookmark(people.assign(value=pages[k].astype(float)), booklet).cuts.iloc[0]
        else:
            rows = people.loc[people.index.repeat(slope.size)]
            rows = rows.assign(item_id=np.tile(items["item_id"], who.size), value=values[k].ravel())
            found = standard_setting.angoff(rows, items).cuts.iloc[0]
        assert found[["theta", "low", "high"]].tolist() == pytest.approx([cut[k], low[k], high[k]], abs=2e-3)
        assert found["standard_error"] == pytest.approx(stated[k], rel=2e-2)
    inside = float(((low <= cut.mean()) & (cut.mean() <= high)).mean())
    assert abs(inside - covered) < 0.025, inside
    if panels != 2:
        assert np.sqrt(np.mean(stated**2)) / cut.std() == pytest.approx(1, abs=0.06)


def by_arithmetic(judged, who, slope, difficulty, *, on_theta):
    """Return cut, interval and standard error of many panels at once: rows of raters, thetas or sums."""
    grid = np.linspace(-4, 4, 4001)
    curves = expit(slope * (grid[:, None] - difficulty))
    score, gradient = curves.sum(1), (slope * curves * (1 - curves)).sum(1)
    n, panels = who.size, who.max() + 1
    mean = judged.mean(1)
    error = judged.std(1, ddof=1) / np.sqrt(n)
    df = np.full(mean.size, n - 1)
    if panels > 1:
        means = np.stack([judged[:, who == k].mean(1) for k in range(panels)], axis=1)
        between = means.std(1, ddof=1) / np.sqrt(panels)
        error = between if panels > 2 else np.maximum(error, between)
        df = np.full(mean.size, panels - 1 if panels > 2 else n - 1)
    half = t.ppf(0.975, df) * error
    if on_theta:
        return mean, mean - half, mean + half, error
    cut, low, high = (np.interp(x, score, grid) for x in (mean, mean - half, mean + half))
    return cut, low, high, error / np.interp(cut, grid, gradient)


@settings(max_examples=12, deadline=None)
@given(
    values=st.lists(st.floats(0.1, 0.85), min_size=9, max_size=9),
    order=st.permutations(range(9)),
    more=st.floats(0.01, 0.1),
)
def test_order_of_rows_changes_nothing_and_higher_ratings_raise_the_cut(values, order, more):
    items = two_pl([1.0, 0.7, 1.4], [-0.5, 0.0, 0.9])
    rows = panel({f"R{k}": values[3 * k : 3 * k + 3] for k in range(3)}, list(items["item_id"]))
    first = standard_setting.angoff(rows, items).cuts
    again = standard_setting.angoff(rows.iloc[list(order)], items).cuts
    assert again["theta"].iloc[0] == pytest.approx(first["theta"].iloc[0])
    assert again["standard_error"].iloc[0] == pytest.approx(first["standard_error"].iloc[0])
    higher = standard_setting.angoff(rows.assign(value=rows["value"] + more), items).cuts
    assert higher["theta"].iloc[0] > first["theta"].iloc[0]


GOOD = panel({"a": [0.6], "b": [0.7], "c": [0.8]}, ["I0"])


@pytest.mark.parametrize(
    ("ratings", "words"),
    [
        (GOOD.head(2), "Hanya 2 penilai"),
        (GOOD.head(0), "kosong"),
        (GOOD.drop(columns="value"), "tanpa kolom value"),
        ("tabel", "tanpa kolom panel"),
        (GOOD.assign(value=[0.6, 0.7, 1.2]), "di luar 0 sampai 1"),
        (GOOD.assign(value=[0.6, -0.1, 0.7]), "di luar 0 sampai 1"),
        (GOOD.assign(value=[0.6, 0.7, np.nan]), "sel kosong"),
        (GOOD.assign(value=[0.6, 0.7, np.inf]), "sel kosong"),
        (GOOD.assign(value=["0.6", "0.7", "0.8"]), "teks"),
        (GOOD.assign(rater=["a", "a", "b"]), "dua kali"),
        (GOOD.assign(rater=["a", None, "b"]), "sel kosong"),
        (GOOD.assign(item_id="X9"), "tidak ada di bank"),
        (GOOD.assign(value=0.0), "tidak dapat dicapai"),
        (GOOD.assign(value=1.0), "tidak dapat dicapai"),
        (pd.concat([GOOD, GOOD.assign(level=4)]), "Batas level 4 tidak lebih tinggi"),
        (pd.concat([GOOD, GOOD.assign(level=4).head(2)]), "belum menilai butir I0 pada level 4"),
    ],
)
def test_angoff_refuses_with_a_sentence(ratings, words):
    with pytest.raises(ValueError, match=r"\.$") as raised:
        standard_setting.angoff(ratings, two_pl([1.0], [0.0]))
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("pages", "rule", "words"),
    [
        ({"a": 1, "b": 2, "c": 0}, "midpoint", "halaman 0"),
        ({"a": 1, "b": 2, "c": 5}, "midpoint", "pakai 1 sampai 4"),
        ({"a": 1, "b": 2, "c": 1.5}, "midpoint", "halaman 1.5"),
        ({"a": 1, "b": 2, "c": 3}, "median", "tidak dikenal"),
        ({"a": 1, "b": 2}, "midpoint", "Hanya 2 penilai"),
    ],
)
def test_bookmark_refuses_with_a_sentence(pages, rule, words):
    booklet = standard_setting.ordered_booklet(two_pl([1.0] * 5, [-1.0, -0.5, 0.0, 0.5, 1.0]))
    with pytest.raises(ValueError, match=r"\.$") as raised:
        standard_setting.bookmark(marks(pages), booklet, rule)
    assert words in str(raised.value)


@pytest.mark.parametrize("rp", [0, 1, -1, float("nan"), "0.6", None, [0.5, 0.6]])
def test_a_booklet_needs_a_probability(rp):
    with pytest.raises(ValueError, match=r"\.$"):
        standard_setting.ordered_booklet(two_pl([1.0], [0.0]), rp)


def test_items_that_fall_with_theta_set_no_cut():
    with pytest.raises(ValueError, match="daya beda positif"):
        standard_setting.ordered_booklet(two_pl([1.0, -0.5], [0.0, 0.0]))
