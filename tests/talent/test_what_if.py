"""What-if against full recomputation, single items against brute force, cliffs against other policies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.policy import load_policy
from workbench.psychometrics import irt
from workbench.records.scoring import score
from workbench.simulation.memory import stored_responses
from workbench.talent import standing, what_if
from workbench.talent.people import assemble

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"
SCALE = "kemampuan_intelektual"


def placed(small_round, key, posterior=None, draws=200):
    policy = load_policy(key)
    posterior = posterior or standing.posterior(small_round.scores, small_round.bank.population)
    people = assemble(small_round.records, policy)
    boxes = standing.place(posterior, people, policy, small_round.bank, draws=draws, seed=7)
    return what_if.Placing(posterior, people, policy, small_round.bank, boxes, *posterior.joint(), draws, 7)


@pytest.fixture(scope="module")
def kepka(small_round) -> what_if.Placing:
    return placed(small_round, KEPKA)


@pytest.fixture(scope="module")
def answers(small_round) -> dict[str, tuple[np.ndarray, irt.Calibration, pd.DataFrame]]:
    """By scale: people, calibration, categories of those who answered."""
    items = small_round.cohort.inputs["items"]
    table = small_round.cohort.inputs["keys"]
    keys = dict(zip(table["item_id"], table["key"], strict=True))
    result = {}
    for (instrument, _form), stored in stored_responses(small_round.cohort).items():
        here = items[items["instrument"] == instrument]
        scored = score(stored, here, keys, purpose="people")
        matrix = pd.DataFrame(scored.categories, columns=list(scored.item_ids))
        order = np.argsort(scored.participant_id)
        for scale in here["scale"].unique():
            known = small_round.bank.items(str(scale))
            known = known[known["item_id"].isin(scored.item_ids)]
            part = matrix[list(known["item_id"])].iloc[order].reset_index(drop=True)
            result[str(scale)] = (scored.participant_id[order], irt.Calibration.from_items(known), part)
    return result


def without(placing, answers, scale, item):
    people, calibration, matrix = answers[scale]
    scores = irt.score(calibration, matrix.assign(**{item: -1}), "EAP")
    return what_if.with_scale(placing.posterior, scale, people, scores["theta"].to_numpy(), scores["se"].to_numpy())


@given(m=st.floats(-3, 3), v=st.floats(0.05, 1), d=st.floats(-0.04, 4), w=st.floats(-3, 3))
def test_total_variation_is_the_integral_of_the_positive_part(m, v, d, w):
    mean, variance = what_if.moved(np.array([m]), np.array([v]), np.array([d]), np.array([w]))
    found = what_if.total_variation(np.array([m]), np.array([v]), mean, variance)[0]
    grid = np.linspace(-12, 12, 40_001)
    before = norm.pdf(grid, m, np.sqrt(v))
    after = norm.pdf(grid, mean[0], np.sqrt(variance[0]))
    assert found == pytest.approx(np.trapezoid(np.maximum(after - before, 0), grid), abs=2e-4)
    assert 0 <= found <= 1


def test_the_rank_one_update_is_the_joint_posterior_computed_anew(kepka, answers):
    item = answers[SCALE][1].item_ids[0]
    after = without(kepka, answers, SCALE, item)
    j = after.scales.index(SCALE)
    before = kepka.posterior
    change = after.precision[:, j] - before.precision[:, j]
    weight = after.precision[:, j] * after.location[:, j] - before.precision[:, j] * before.location[:, j]
    mean, variance = what_if.moved(kepka.mean[:, j], kepka.sd[:, j] ** 2, change, weight)
    m, sd = after.joint()
    assert mean == pytest.approx(m[:, j], abs=1e-9)
    assert np.sqrt(variance) == pytest.approx(sd[:, j], abs=1e-9)


@pytest.mark.parametrize("key", [KEPKA, PERMENPANRB])
def test_the_changed_list_is_that_of_a_full_recomputation(small_round, answers, key):
    placing = placed(small_round, key)
    found = []
    for scale in (SCALE, "integritas", "motivasi_komitmen" if "motivasi_komitmen" in answers else "komunikasi"):
        for item in answers[scale][1].item_ids[:3]:
            after = without(placing, answers, scale, item)
            quick = what_if.changed_people(placing, after)
            full = what_if.changed_list(placing.boxes, placing.again(after), placing.policy)
            pd.testing.assert_frame_equal(quick, full, check_dtype=False)
            found.append(len(full))
    assert sum(found) > 5  # the comparison was not of empty lists
    assert what_if.changed_people(placing, placing.posterior).empty
