"""Expected accuracy and consistency against what simulated people really got, twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from workbench.psychometrics import decision, irt

CUTS = np.array([-0.4, 0.7, 1.6])


def test_rudner_of_two_people_by_hand() -> None:
    ours = decision.rudner([0.0, 1.0], [0.5, 0.4], [0.5])
    below = norm.cdf([(0.5 - 0.0) / 0.5, (0.5 - 1.0) / 0.4])
    assert ours.accuracy == pytest.approx((below[0] + 1 - below[1]) / 2, rel=1e-12)
    assert ours.consistency == pytest.approx((below**2 + (1 - below) ** 2).mean(), rel=1e-12)
    assert ours.by_cut["accuracy"][0] == pytest.approx(ours.accuracy, rel=1e-12)


def test_rudner_for_estimates_that_are_right_on_average() -> None:
    """Every person has the same theta: two normal estimates agree as often as the squares of the shares say."""
    shares = np.diff([0, *norm.cdf((CUTS - 0.6) / 0.45), 1])
    ours = decision.rudner([0.6], [0.45], CUTS)
    assert ours.consistency == pytest.approx((shares**2).sum(), rel=1e-12)
    for k, cut in enumerate(CUTS):
        below = norm.cdf((cut - 0.6) / 0.45)
        assert ours.by_cut["consistency"][k] == pytest.approx(below**2 + (1 - below) ** 2, rel=1e-12)


def test_posterior_means_in_the_normal_case() -> None:
    """Theta and two tests jointly normal, reliability .8: accuracy and consistency by integration over the mean."""
    r, cut = 0.8, 0.5
    grid = np.linspace(-4, 4, 4001) * np.sqrt(r)
    weight = norm.pdf(grid, scale=np.sqrt(r))
    ours = [decision.of_posterior([m], [np.sqrt(1 - r)], [cut]) for m in grid[::40]]
    share = weight[::40] / weight[::40].sum()
    accuracy = sum(w * one.accuracy for w, one in zip(share, ours, strict=True))
    consistency = sum(w * one.consistency for w, one in zip(share, ours, strict=True))

    def both(correlation: float, first_sd: float, second_sd: float) -> float:
        """Return the probability that two correlated normal variables lie on the same side of the cut."""
        rest = second_sd * np.sqrt(1 - correlation**2)

        def same(x: float) -> float:
            below = norm.cdf((cut - correlation * second_sd / first_sd * x) / rest)
            return norm.pdf(x, scale=first_sd) * (below if x < cut else 1 - below)

        return quad(same, -8, 8, points=[cut], limit=400)[0]

    sd = np.sqrt(r)
    assert accuracy == pytest.approx(both(sd, sd, 1.0), abs=5e-3)
    assert consistency == pytest.approx(both(r, sd, sd), abs=5e-3)


@pytest.mark.parametrize("items", [10, 30])
def test_posterior_means_of_real_scores(items: int, seed: int) -> None:
    """Simulated people take two tests made of the same kind of items; the model is right, so the forecast must be."""
    rng = np.random.default_rng(seed)
    people = 8000
    a, b = rng.uniform(0.7, 1.5, items), rng.normal(0.1, 0.8, items)
    bank = irt.Calibration.from_items(pd.DataFrame({"item_id": [f"item{j + 1}" for j in range(items)], "a": a, "b": b}))
    theta = rng.standard_normal(people)
    first, second = (
        irt.score(bank, (rng.random((people, items)) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))).astype(int))
        for _test in range(2)
    )
    ours = decision.of_posterior(first["theta"], first["se"], CUTS)
    level, again, truth = (np.searchsorted(CUTS, x, side="right") for x in (first["theta"], second["theta"], theta))
    chance = 4.5 * np.sqrt(0.25 / people)
    # The accuracy is exact under the model; the consistency takes posteriors as normal, which costs up to two points
    # in a test of ten items.
    assert ours.accuracy == pytest.approx((level == truth).mean(), abs=chance), seed
    assert ours.consistency == pytest.approx((level == again).mean(), abs=chance + 0.02), seed
    for k, cut in enumerate(CUTS):
        same = ((first["theta"] >= cut) == (second["theta"] >= cut)).mean()
        right = ((first["theta"] >= cut) == (theta >= cut)).mean()
        assert ours.by_cut["accuracy"][k] == pytest.approx(right, abs=chance + 0.005), (seed, cut)
        assert ours.by_cut["consistency"][k] == pytest.approx(same, abs=chance + 0.02), (seed, cut)
