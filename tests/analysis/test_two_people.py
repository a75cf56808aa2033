"""Whether one person stands above another."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from workbench.analysis.boxes import place_cohort
from workbench.analysis.two_people import difference
from workbench.talent import counting
from workbench.talent.axes import Rule
from workbench.talent.shared import draw_shared_errors
from workbench.workspace import Workspace


def test_the_probability_is_that_of_a_normal_difference():
    found = difference(72.0, 3.0, 67.0, 4.0)
    assert (found.points, found.error) == (5.0, 5.0)
    assert found.p_above == pytest.approx(0.841345, abs=1e-6)
    assert found.within


def test_who_is_named_first_does_not_matter():
    one, other = difference(80.0, 2.0, 71.0, 3.0), difference(71.0, 3.0, 80.0, 2.0)
    assert one.p_above == pytest.approx(1 - other.p_above)
    assert (one.within, other.within) == (False, False)
    assert one.points == -other.points


@pytest.mark.parametrize(("gap", "within"), [(1.95, True), (1.97, False)])
def test_within_the_error_is_within_the_interval_of_the_difference(gap, within):
    assert difference(50 + gap, math.sqrt(0.5), 50.0, math.sqrt(0.5)).within is within


def test_an_error_that_nobody_states_gives_no_probability():
    found = difference(80.0, None, 60.0, 3.0)
    assert (found.points, found.error, found.p_above, found.within) == (20.0, None, None, None)


def test_axes_without_error_are_certain():
    assert difference(80.0, 0.0, 60.0, 0.0).p_above == 1
    assert difference(60.0, 0.0, 80.0, 0.0).p_above == 0
    assert difference(60.0, 0.0, 60.0, 0.0).p_above == 0.5
    assert difference(60.0, 0.0, 60.0, 0.0).within


def test_draws_that_share_their_errors_say_nearly_the_same(pekalongan: Path, draw_seed):
    """The second way: both people drawn together, under the same errors of bank and cuts in each draw."""
    workspace, draws, some = Workspace(pekalongan), 1600, 150
    result = place_cohort(workspace)
    everyone = result.posterior.of(result.people["participant_id"].to_numpy(object))
    people = result.people.set_index("participant_id").loc[everyone.participant_id].reset_index()
    taken = {scale: everyone.taken[:, j] for j, scale in enumerate(everyone.scales)}
    rule = Rule(result.policy, result.bank, people, taken)
    placed = result.boxes.set_index("participant_id")["withheld_reason"].loc[everyone.participant_id] == ""
    rng = np.random.default_rng(draw_seed("pairs"))
    who = np.sort(rng.choice(np.flatnonzero(placed), some, replace=False))
    shared = draw_shared_errors(rule.bank, rule.scales, draws, 0)
    drawn = [d.potensial for d in counting.draw(rule, everyone, who, draws, 0, shared=shared)]
    potensial = np.concatenate(drawn)
    rows = result.boxes.set_index("participant_id").loc[everyone.participant_id[who]]
    mean, sd = rows["potensial"].to_numpy(float), rows["potensial_sd"].to_numpy(float)
    off = []
    for i, j in rng.choice(some, (2000, 2)):
        if i != j:
            gap = potensial[i] - potensial[j]
            joint = float((gap > 0).mean() + 0.5 * (gap == 0).mean())
            off.append(abs(joint - difference(mean[i], sd[i], mean[j], sd[j]).p_above))
    assert np.mean(off) < 0.02
    assert np.max(off) < 0.15
