"""Where simulated people truly stand: the shares that were tried, under both policies, and the metric of the norm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.policy import load_policy
from workbench.simulation import simulate
from workbench.simulation.designs import cohort_names, load_cohort, scale_keys
from workbench.simulation.memory import stored_records
from workbench.simulation.standing import true_standing

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"
COLUMNS = {"low": (1, 2, 4), "middle": (3, 5, 7), "top": (6, 8, 9)}
ROWS = {"below": (1, 3, 6), "as": (2, 5, 8), "above": (4, 7, 9)}


@pytest.fixture(scope="module")
def standings(national) -> dict[str, pd.DataFrame]:
    records = stored_records(national)
    return {key: true_standing(national.truth["theta"], records, load_policy(key)) for key in (KEPKA, PERMENPANRB)}


@pytest.mark.parametrize(
    ("key", "columns", "rows", "pool"),
    [
        (KEPKA, (0.05, 0.85, 0.10), (0.21, 0.73, 0.06), 0.13),
        # Kinerja is independent of ability, so that .23 x .84 + .43 x .08 = .23 of the people are in the pool.
        (PERMENPANRB, (0.34, 0.43, 0.23), (0.16, 0.76, 0.08), 0.225),
    ],
)
def test_columns_rows_and_pool_are_those_that_were_tried(key, columns, rows, pool, standings):
    known = standings[key].dropna(subset="box")
    shares = known["box"].value_counts(normalize=True)
    for groups, expected in ((COLUMNS, columns), (ROWS, rows)):
        found = [float(shares.reindex(boxes).sum()) for boxes in groups.values()]
        assert found == pytest.approx(expected, abs=0.013)
    assert known["in_pool"].mean() == pytest.approx(pool, abs=0.01)


@pytest.mark.parametrize("name", cohort_names())
def test_the_pool_has_the_share_that_the_design_expects(name):
    design = load_cohort(name)
    shares: dict[str, list[float]] = {key: [] for key in design.expected_pool_share}
    size = min(design.size, 6000)
    for seed in range(3 if size > 1000 else 12):
        cohort = simulate(name, size=size, seed=seed)
        records = stored_records(cohort)
        for key, found in shares.items():
            found.append(float(true_standing(cohort.truth["theta"], records, load_policy(key))["in_pool"].mean()))
    for key, found in shares.items():
        error = np.std(found, ddof=1) / np.sqrt(len(found))
        assert np.mean(found) == pytest.approx(design.expected_pool_share[key], abs=0.01 + 3 * error), (key, found)


def test_the_standing_is_empty_where_a_record_is_missing(standings, national):
    for key, lacking in ((KEPKA, 0.02), (PERMENPANRB, 0.02 / 6)):
        empty = standings[key]["box"].isna()
        assert empty.mean() == pytest.approx(lacking, abs=0.003)
        assert (standings[key]["in_pool"].isna() == empty).all()
    pd.testing.assert_frame_equal(national.truth["standing"], standings[national.policy])


def test_the_norm_round_sets_the_metric(national, national_sample):
    theta = national.truth["theta"][list(scale_keys())].to_numpy()
    assert np.abs(theta.mean(axis=0)).max() < 1e-12
    assert np.abs(theta.std(axis=0) - 1).max() < 1e-12
    # A part of it is a sample, with the sampling error of one.
    part = national_sample.truth["theta"][list(scale_keys())].to_numpy()
    assert 1e-4 < np.abs(part.mean(axis=0)).max() < 4.5 / np.sqrt(len(part))
    assert [name for name in cohort_names() if load_cohort(name).norm] == ["national-2023"]


def test_an_able_round_has_more_in_the_pool_and_ability_decides(standings, national):
    theta = national.truth["theta"].set_index("participant_id")[list(scale_keys())].mean(axis=1)
    for frame in standings.values():
        known = frame.dropna(subset="box").set_index("participant_id")
        general = theta.loc[known.index]
        inside = known["in_pool"].astype(bool)
        assert general[inside].mean() > general[~inside].mean() + 0.3
        assert np.corrcoef(general, known["potensial"])[0, 1] > 0.45
        assert abs(np.corrcoef(general, known["kinerja"])[0, 1]) < 0.02
