"""People placed without draws: who is certain by the normal path is so by draws, and everybody else is drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.policy import list_policies, load_policy
from workbench.talent import standing
from workbench.talent.axes import Rule
from workbench.talent.counting import CERTAIN
from workbench.talent.normal_path import NormalPath
from workbench.talent.people import assemble

BOXES = [f"p_box_{b}" for b in range(1, 10)]
BOTH = pytest.mark.parametrize("key", list_policies())


@pytest.fixture(scope="module")
def placed(small_round) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """The round by draws for everybody, and by draws where they matter."""
    result = {}
    for key in list_policies():
        policy = load_policy(key)
        posterior = standing.posterior(small_round.scores, small_round.bank.population)
        people = assemble(small_round.records, policy)
        result[key] = tuple(
            standing.place(posterior, people, policy, small_round.bank, only_open=only_open)
            for only_open in (False, True)
        )
    return result


@BOTH
def test_nobody_ends_on_the_wrong_side(key, placed):
    full, quick = placed[key]
    known = (full["withheld_reason"] == "").to_numpy()
    assert list(quick.columns) == list(full.columns)
    assert (quick["withheld_reason"] == full["withheld_reason"]).all()
    inside = [frame.loc[known, "box"].isin([7, 8, 9]).to_numpy() for frame in (full, quick)]
    assert (inside[0] == inside[1]).all()
    without = known & quick["monte_carlo_error"].isna().to_numpy()
    assert without.sum() > 0.5 * known.sum()
    p = quick.loc[without, "p_pool"]
    assert ((p < CERTAIN) | (p > 1 - CERTAIN)).all()
    # By draws such a person may be a little less sure, never in doubt.
    assert full.loc[without, "risk"].max() < 0.04
    assert (quick.loc[without, "p_pool"] - full.loc[without, "p_pool"]).abs().mean() < 0.001


@BOTH
def test_who_is_drawn_has_exactly_the_draws_of_a_full_run(key, placed):
    full, quick = placed[key]
    drawn = quick["monte_carlo_error"].notna().to_numpy()
    assert drawn.sum() > 10
    columns = [*BOXES, "p_pool", "risk", "potensial", "potensial_sd", "monte_carlo_error"]
    # Other chunks add in another order.
    assert np.abs(quick.loc[drawn, columns] - full.loc[drawn, columns]).to_numpy().max() < 0.02
    assert (quick.loc[drawn, "p_pool"] == full.loc[drawn, "p_pool"]).mean() > 0.95


@BOTH
def test_probabilities_sum_to_one_and_are_near_those_of_draws(key, placed):
    full, quick = placed[key]
    known = full["withheld_reason"] == ""
    assert np.abs(quick.loc[known, BOXES].sum(axis=1) - 1).max() < 1e-9
    categories = [c for c in full if c.startswith("p_category_")]
    assert np.abs(quick.loc[known, categories].sum(axis=1) - 1).max() < 1e-9
    gap = (quick.loc[known, BOXES + categories] - full.loc[known, BOXES + categories]).abs().to_numpy()
    assert gap.mean() < 0.005
    assert gap.max() < 0.15  # three to four standard errors of 200 draws


@BOTH
@pytest.mark.parametrize("capping", ["none", "total", "per_competency"])
def test_mean_and_spread_of_the_axis_are_those_of_many_draws(key, capping, small_round, seed):
    shipped = load_policy(key)
    policy = shipped.model_copy(update={"jpm": shipped.jpm.model_copy(update={"capping": capping})})
    people = assemble(small_round.records, policy)
    # Whoever was absent has the whole population for a posterior, and is withheld.
    people = people[people["participant_id"].isin(small_round.scores["participant_id"])].iloc[:60]
    everyone = standing.posterior(small_round.scores, small_round.bank.population).of(
        people["participant_id"].to_numpy(object)
    )
    rule = Rule(policy, small_round.bank, people, {s: everyone.taken[:, j] for j, s in enumerate(everyone.scales)})
    columns = [everyone.scales.index(s) for s in rule.scales]
    mean, covariance = everyone.moments(slice(0, 60))
    mean, covariance = mean[:, columns], covariance[:, columns][:, :, columns]
    found = NormalPath(rule, np.zeros((len(columns), len(columns)))).place(np.arange(60), mean, covariance)
    rng = np.random.default_rng(seed)
    theta = mean[:, :, None] + np.linalg.cholesky(covariance) @ rng.standard_normal((60, len(columns), 4000))
    values = {s: theta[:, j] for j, s in enumerate(rule.scales)}
    levels = rule.levels(values)
    _box, points, _kinerja = rule.place(values, levels, np.arange(60))
    # Five standard errors of 4,000 draws beside what the approximation leaves.
    gap = np.abs(found.potensial[:, 0] - points.mean(axis=1))
    assert (gap < 0.25 + 5 * points.std(axis=1) / np.sqrt(4000)).all(), seed
    wide = points.std(axis=1) > 0.3
    assert found.potensial[wide, 1] == pytest.approx(points.std(axis=1)[wide], rel=0.2), seed
    jpm = rule.jpm_of(policy.competency_instrument, levels, np.arange(60), printed=True)
    bounds = [c.from_ for c in policy.categories.categories]
    share = np.stack([(jpm >= bound - 1e-9).mean(axis=1) for bound in bounds], axis=1)
    gap = np.abs(np.cumsum(found.categories, axis=1) - share)
    assert gap.max() < 0.12, seed
    assert gap.mean() < 0.006, seed
