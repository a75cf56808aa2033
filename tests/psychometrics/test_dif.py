"""Mantel-Haenszel against statsmodels; orientation, classes and the second pass."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.psychometrics import dif


def two_groups(seed: int, shift: float, people: int = 1500, items: int = 10) -> tuple[pd.DataFrame, np.ndarray]:
    """Item 0 is harder by `shift` logits for the focal group, who are also half a standard deviation lower."""
    rng = np.random.default_rng(seed)
    focal = rng.random(people) < 0.4
    theta = rng.standard_normal(people) - 0.5 * focal
    difficulty = np.linspace(-1, 1, items) + np.where(np.arange(items) == 0, shift, 0.0) * focal[:, None]
    scored = (rng.random((people, items)) < 1 / (1 + np.exp(-1.3 * (theta[:, None] - difficulty)))).astype(int)
    return pd.DataFrame(scored, columns=[f"B{j}" for j in range(items)]), focal


def test_against_statsmodels(seed: int) -> None:
    from statsmodels.stats.contingency_tables import StratifiedTable

    scored, focal = two_groups(seed, 0.6)
    ours = dif.mantel_haenszel(scored, focal).set_index("item_id")
    total = scored.sum(axis=1)
    for item in scored:
        tables = []
        for score in np.unique(total):
            here = total == score
            table = np.array(
                [
                    [((focal[here] == group) & (scored.loc[here, item] == answer)).sum() for answer in (1, 0)]
                    for group in (False, True)
                ]
            )
            if table.sum(axis=0).all() and table.sum(axis=1).all():
                tables.append(table.astype(float))
        stratified = StratifiedTable(tables)
        test = stratified.test_null_odds(correction=True)
        row = ours.loc[item]
        assert row["odds_ratio"] == pytest.approx(stratified.oddsratio_pooled, rel=1e-9), (seed, item)
        assert row["delta_se"] == pytest.approx(2.35 * stratified.logodds_pooled_se, rel=1e-9), (seed, item)
        low, high = stratified.oddsratio_pooled_confint()
        assert row["odds_ratio_low"] == pytest.approx(low, rel=1e-9), (seed, item)
        assert row["odds_ratio_high"] == pytest.approx(high, rel=1e-9), (seed, item)
        gap = abs(sum(t[0, 0] - t[0].sum() * t[:, 0].sum() / t.sum() for t in tables))
        if gap >= 0.5:  # below, R leaves the correction out and statsmodels does not
            assert row["chi2"] == pytest.approx(test.statistic, rel=1e-9), (seed, item)
            assert row["p"] == pytest.approx(test.pvalue, rel=1e-9), (seed, item)
        else:
            bare = stratified.test_null_odds(correction=False)
            assert row["chi2"] == pytest.approx(bare.statistic, rel=1e-9), (seed, item)


def test_the_correction_is_left_out_below_half_a_person() -> None:
    """Two score levels with tables by hand: 10 of 20 against 11 of 20, and the same the other way round."""
    levels = []
    for lower, higher in ((10, 11), (11, 10)):
        levels.append([[lower, 20 - lower], [higher, 20 - higher]])
    rows, focal = [], []
    for level, table in enumerate(levels):
        for group, (right, wrong) in enumerate(table):
            # Items 2 and 3 bring everybody of a level to the same total.
            rows += [[1, level, 0]] * right + [[0, level, 1]] * wrong
            focal += [bool(group)] * (right + wrong)
    ours = dif.mantel_haenszel(np.array(rows), np.array(focal))
    assert ours["chi2"][0] == 0
    assert ours["p"][0] == 1
    assert ours["odds_ratio"][0] == pytest.approx(1)


def test_orientation_is_that_of_ets(seed: int) -> None:
    for shift, side in ((1.2, -1), (-1.2, 1)):
        scored, focal = two_groups(seed, shift, people=4000)
        first = dif.mantel_haenszel(scored, focal).iloc[0]
        assert np.sign(first["delta"]) == side, seed
        assert (first["odds_ratio"] > 1) == (side < 0), seed
        assert first["delta"] == pytest.approx(-2.35 * np.log(first["odds_ratio"]), rel=1e-12), seed
        assert first["ets"] == "C", seed
        turned = dif.mantel_haenszel(scored, ~focal).iloc[0]
        assert turned["delta"] == pytest.approx(-first["delta"], rel=1e-9), seed
        assert (turned["n_focal"], turned["n_reference"]) == (first["n_reference"], first["n_focal"])


def test_classes_of_ets(seed: int) -> None:
    """A below one unit or not significant, C from 1.5 units and significantly above one, B between."""
    classes = set()
    for shift in (0.0, 0.4, 0.6, 1.5):
        for people in (200, 3000):
            ours = dif.mantel_haenszel(*two_groups(seed, shift, people))
            size = ours["delta"].abs()
            a = (size < 1) | (ours["p"] > 0.05)
            c = ~a & (size >= 1.5) & ((size - 1) / ours["delta_se"] > 1.6448536)
            expected = np.where(a, "A", np.where(c, "C", "B"))
            assert list(ours["ets"]) == list(expected), (seed, shift, people)
            classes |= set(expected)
    assert {"A", "C"} <= classes


def test_purification_takes_class_c_out_of_the_matching_score(seed: int) -> None:
    scored, focal = two_groups(seed, 2.0, people=4000)
    plain = dif.mantel_haenszel(scored, focal)
    assert plain["ets"][0] == "C", seed
    purified = dif.mantel_haenszel(scored, focal, purify=True)
    bad = plain.loc[plain["ets"] == "C", "item_id"].tolist()
    clean = [item for item in scored if item not in bad]
    # The others by a match on the clean items alone; the item itself with itself added.
    alone = dif.mantel_haenszel(scored[clean], focal).set_index("item_id")
    for item in clean:
        row = purified.set_index("item_id").loc[item]
        assert row["odds_ratio"] == pytest.approx(alone.loc[item, "odds_ratio"], rel=1e-12), (seed, item)
    with_itself = dif.mantel_haenszel(scored[[*clean, "B0"]], focal).set_index("item_id")
    assert purified["odds_ratio"][0] == pytest.approx(with_itself.loc["B0", "odds_ratio"], rel=1e-12), seed
    # What the bad item did to the good ones is gone.
    others = [item for item in clean if item != "B0"]
    mean = {
        name: frame.set_index("item_id").loc[others, "delta"].mean()
        for name, frame in (("plain", plain), ("pure", purified))
    }
    assert abs(mean["pure"]) < abs(mean["plain"]), (seed, mean)


def test_without_a_real_difference_one_item_in_twenty_is_significant(binomial_bounds, seed: int) -> None:
    """Under equal abilities: the share below .05, with the continuity correction at most that."""
    rng = np.random.default_rng(seed)
    found = 0
    for _round in range(40):
        theta = rng.standard_normal(600)
        scored = (rng.random((600, 10)) < 1 / (1 + np.exp(-theta[:, None]))).astype(int)
        found += int((dif.mantel_haenszel(scored, rng.random(600) < 0.5)["p"] < 0.05).sum())
    # Items of a round share their matching score, so the bounds are those of half as many trials.
    _low, high = binomial_bounds(200, 0.05)
    assert found <= 2 * high, (seed, found)
    assert found >= 3, (seed, found)


def test_an_item_without_an_informative_table_has_no_number_and_no_class() -> None:
    scored, focal = two_groups(4, 0.0, people=300)
    ours = dif.mantel_haenszel(scored.assign(B0=1), focal).iloc[0]
    assert ours[["chi2", "p", "odds_ratio", "delta", "delta_se"]].isna().all()
    assert ours["ets"] == ""
