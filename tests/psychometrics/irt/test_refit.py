"""One item fitted anew: what made the answers is found, and everything else stays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.psychometrics import irt
from workbench.psychometrics.irt.refit import refit_item

ITEMS = pd.DataFrame(
    {
        "item_id": [f"B{j:02d}" for j in range(20)],
        "model": "2PL",
        "a": np.linspace(0.8, 1.8, 20),
        "b": np.linspace(-1.5, 1.5, 20),
    }
)


@pytest.fixture(scope="module")
def known() -> irt.Calibration:
    return irt.Calibration.from_items(ITEMS)


@pytest.fixture(scope="module")
def answers(known, draw_seed) -> pd.DataFrame:
    rng = np.random.default_rng(draw_seed("refit"))
    return pd.DataFrame(irt.draw_answers(known, rng.standard_normal(6000), rng), columns=list(known.item_ids))


def test_the_parameters_that_made_the_answers_are_found(known, answers):
    started = irt.Calibration.from_items(ITEMS.assign(a=ITEMS["a"].mask(ITEMS["item_id"] == "B07", 0.3), b=ITEMS["b"]))
    found = refit_item(started, answers, "B07", answers["B07"].to_numpy())
    row, true = found.items.set_index("item_id").loc["B07"], ITEMS.set_index("item_id").loc["B07"]
    assert row["a"] == pytest.approx(true["a"], abs=0.17)  # four standard errors
    assert row["b"] == pytest.approx(true["b"], abs=0.12)
    others = found.items["item_id"] != "B07"
    pd.testing.assert_frame_equal(
        found.items.loc[others, ["item_id", "a", "b", "d"]], known.items.loc[others, ["item_id", "a", "b", "d"]]
    )


def test_it_agrees_with_a_calibration_that_anchors_all_other_items(known, answers):
    from scipy.optimize import minimize

    found = refit_item(known, answers, "B07", answers["B07"].to_numpy()).items.set_index("item_id").loc["B07"]
    # The marginal likelihood itself, maximised directly: nodes, posterior of the others, two parameters.
    theta = np.linspace(-6, 6, 121)
    logs = np.zeros((len(answers), theta.size)) - 0.5 * theta**2
    for row in ITEMS[ITEMS["item_id"] != "B07"].to_dict("records"):
        p = 1 / (1 + np.exp(-row["a"] * (theta - row["b"])))
        logs += np.where(answers[row["item_id"]].to_numpy()[:, None] == 1, np.log(p), np.log(1 - p))
    weights = np.exp(logs - logs.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    right = answers["B07"].to_numpy() == 1

    def loss(x):
        p = 1 / (1 + np.exp(-x[0] * (theta - x[1])))
        share = weights @ p
        return -np.log(np.where(right, share, 1 - share)).sum()

    best = minimize(loss, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-6}).x
    assert found["a"] == pytest.approx(best[0], abs=0.01)
    assert found["b"] == pytest.approx(best[1], abs=0.01)


def test_a_reversed_item_has_a_reversed_slope_and_says_the_same(known, answers):
    straight = refit_item(known, answers, "B07", answers["B07"].to_numpy())
    turned = refit_item(known, answers, "B07", 1 - answers["B07"].to_numpy())
    a = [c.items.set_index("item_id").loc["B07", "a"] for c in (straight, turned)]
    assert a[0] == pytest.approx(-a[1], rel=0.02)
    scores = irt.score(straight, answers), irt.score(turned, answers.assign(B07=1 - answers["B07"]))
    assert np.abs(scores[0]["theta"] - scores[1]["theta"]).max() < 0.01


def test_the_column_of_the_item_is_not_read(known, answers):
    given = answers["B07"].to_numpy()
    pd.testing.assert_frame_equal(
        refit_item(known, answers, "B07", given).items,
        refit_item(known, answers.assign(B07=-1), "B07", given).items,
    )


@pytest.mark.parametrize(
    ("item", "change", "sentence"),
    [
        ("X", lambda g: g, "Butir X tidak ada pada kalibrasi"),
        ("B07", lambda g: g[:10], "satu kategori 0 sampai 1 tiap orang"),
        ("B07", lambda g: np.where(g == 1, 2, g), "satu kategori 0 sampai 1 tiap orang"),
        ("B07", lambda g: g * np.nan, "satu kategori 0 sampai 1 tiap orang"),
        ("B07", lambda g: np.ones_like(g), r"tidak dihitung: 6000 jawaban, tersebar 0/6000"),
        ("B07", lambda g: np.where(np.arange(g.size) < 99, g, -1), "tidak dihitung: 99 jawaban"),
    ],
)
def test_bad_input_yields_no_parameters(known, answers, item, change, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        refit_item(known, answers, item, change(answers["B07"].to_numpy()))
    assert "\n" not in str(caught.value)
