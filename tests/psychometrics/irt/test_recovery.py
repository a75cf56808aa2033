"""Known parameters come back: groups that took different forms, and intervals that hold as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.psychometrics import irt

MEANS, SDS = np.array([0.0, 0.6, -0.5, 1.2]), np.array([1.0, 1.3, 0.8, 1.1])


def test_groups_and_items_with_forms_by_design(draw_answers, seed: int) -> None:
    """Four groups, each with 8 common and 6 own items; items are 2PL and graded.

    Bounds: every estimate within 4.5 of its standard errors (of some 100, by chance less than one test in 1,500 leaves
    them), and the squared distances together as large as the errors say.
    """
    rng = np.random.default_rng(seed)
    people, common, own = 2500, 8, 6
    items = common + own * MEANS.size
    slope = rng.uniform(0.8, 2.0, items)
    intercepts = [np.array([d]) for d in rng.normal(0, 1, items)]
    for j in range(0, items, 3):
        intercepts[j] = np.sort(rng.normal(0, 0.4, 3) + np.array([-1.3, 0.0, 1.3]))[::-1]
    groups = np.repeat(np.arange(MEANS.size), people)
    theta = MEANS[groups] + SDS[groups] * rng.standard_normal(groups.size)
    answers = draw_answers(rng, theta, slope, intercepts)
    for g in range(MEANS.size):
        away = np.ones(items, dtype=bool)
        away[:common] = away[common + g * own : common + (g + 1) * own] = False
        answers[np.ix_(groups == g, away)] = -1
    model = ["GRM" if d.size > 1 else "2PL" for d in intercepts]
    ours = irt.calibrate(answers, model, groups=groups)
    assert ours.converged, (seed, ours.problems)
    z = []
    for j, row in enumerate(ours.items.to_dict("records")):
        z.append((row["a"] - slope[j]) / row["a_se"])
        names = ["d"] if intercepts[j].size == 1 else ["d1", "d2", "d3"]
        z.extend((row[name] - d) / row[f"{name}_se"] for name, d in zip(names, intercepts[j], strict=True))
    for g, row in enumerate(ours.groups.to_dict("records")[1:], start=1):
        z.append((row["mean"] - MEANS[g]) / row["mean_se"])
        z.append((row["sd"] - SDS[g]) / row["sd_se"])
    assert np.abs(z).max() < 4.5, seed
    # Errors are correlated through the metric, so the mean square varies more than that of as many independent ones.
    assert 0.4 < np.mean(np.square(z)) < 2.2, seed


def test_missing_at_random_costs_precision_and_nothing_else(draw_answers, seed: int) -> None:
    """A third of the answers missing anywhere: standard errors grow, by up to sqrt(3/2) and some for lost ability."""
    rng = np.random.default_rng(seed)
    slope, intercepts = rng.uniform(0.8, 1.8, 12), [np.array([d]) for d in rng.normal(0, 1, 12)]
    answers = draw_answers(rng, rng.standard_normal(4000), slope, intercepts)
    holes = np.where(rng.random(answers.shape) < 1 / 3, -1, answers)
    full, part = irt.calibrate(answers), irt.calibrate(holes)
    assert part.converged, (seed, part.problems)
    for letter in ("a", "d"):
        error = part.items[f"{letter}_se"]
        truth = slope if letter == "a" else np.concatenate(intercepts)
        assert (np.abs(part.items[letter] - truth) < 4.5 * error).all(), seed
        ratio = (error / full.items[f"{letter}_se"]).mean()
        assert 1.1 < ratio < 1.6, seed


@pytest.mark.parametrize("kind", ["2PL", "Rasch", "GRM"])
def test_intervals_of_95_per_cent_hold(kind: str, draw_answers, binomial_bounds, seed: int) -> None:
    """Sixty small rounds. Only one parameter of each round is looked at, so that the trials are independent."""
    rng = np.random.default_rng(seed)
    rounds, people = 60, 800
    slope = np.ones(8) if kind == "Rasch" else np.linspace(0.9, 1.7, 8)
    borders = [np.array([1.2, 0.0, -1.2]) + x if kind == "GRM" else np.array([x]) for x in np.linspace(-1, 1, 8)]
    sd = 1.2 if kind == "Rasch" else 1.0
    held = {"a": 0, "d": 0, "b": 0}
    for number in range(rounds):
        answers = draw_answers(rng, sd * rng.standard_normal(people), slope, borders)
        ours = irt.calibrate(answers, kind)
        j = number % 8
        row = ours.items.iloc[j]
        last = "1" if kind == "GRM" else ""
        truth = {"a": slope[j], "d": borders[j][0], "b": -borders[j][0] / slope[j]}
        for letter, value in truth.items():
            name = letter if letter == "a" else letter + last
            held[letter] += abs(row[name] - value) < 1.959964 * row[f"{name}_se"]
        if kind == "Rasch":
            group = ours.groups.iloc[0]
            held["a"] += abs(group["sd"] - sd) < 1.959964 * group["sd_se"]
    low, high = binomial_bounds(rounds, 0.95)
    for letter, count in held.items():
        assert low <= count <= high, (seed, kind, letter, held)
