"""Errors that everybody shares: how large they are, and that probabilities with them are honest over rounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.policy import load_policy
from workbench.psychometrics import irt
from workbench.records.bank import Bank, load_bank
from workbench.talent import standing
from workbench.talent.axes import Rule
from workbench.talent.honesty import calibration_line
from workbench.talent.people import assemble
from workbench.talent.shared import draw_shared_errors, item_error

ROUNDS, PEOPLE = 120, 130
CUT_ERROR, ITEM_ERROR = 0.2, 0.2
POLICY = load_policy("permenpanrb-3-2020")


def with_errors(bank: Bank, cut: float, item: float) -> Bank:
    """Return a bank that states these standard errors of every level cut and every difficulty."""
    errors = {
        c: np.where(bank.item_parameters[c[:-3]].notna(), item, np.nan) for c in ("b_se", "b1_se", "b2_se", "b3_se")
    }
    return replace(
        bank,
        level_cuts=bank.level_cuts.assign(standard_error=cut),
        item_parameters=bank.item_parameters.assign(**errors),
    )


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank("nasional-2023-demo")


def test_the_demo_bank_states_no_error_of_its_assumed_cuts(bank):
    assert (bank.level_cuts["standard_error"] == 0).all()
    assert set(bank.level_cuts["method"]) == {"assumed"}


def test_no_stated_error_means_no_shared_error(bank):
    assert draw_shared_errors(with_errors(bank, 0.0, 0.0), bank.scales, 200, 1) is None


def test_cuts_of_one_panel_move_together_each_by_its_own_error(bank):
    error = bank.level_cuts["level"].map({2: 0.05, 3: 0.1, 4: 0.15, 5: 0.2})
    half = bank.scales[: len(bank.scales) // 2]
    panel = np.where(bank.level_cuts["scale"].isin(half), "Panel A", "Panel B")
    stated = replace(with_errors(bank, 0.0, 0.0), level_cuts=bank.level_cuts.assign(standard_error=error, panel=panel))
    shared = draw_shared_errors(stated, bank.scales, 400, 7)
    assert shared is not None
    first, second, last = (shared.cuts[s] - bank.cuts(s) for s in (half[0], half[1], bank.scales[-1]))
    assert np.abs(first.mean(axis=0)).max() < 1e-3
    assert first.std(axis=0) == pytest.approx([0.05, 0.1, 0.15, 0.2], rel=0.02)
    assert first == pytest.approx(second)
    assert np.corrcoef(first[:, 0], first[:, 3])[0, 1] == pytest.approx(1)
    assert abs(np.corrcoef(first[:, 0], last[:, 0])[0, 1]) < 0.2
    assert not any(shift.any() for shift in shared.theta.values())
    again = draw_shared_errors(stated, bank.scales, 400, 7)
    assert all((again.cuts[s] == shared.cuts[s]).all() for s in bank.scales)


class Linked:
    """A bank whose version states the error of its link."""

    def __init__(self, bank: Bank, table: pd.DataFrame) -> None:
        self._bank, self.linking_errors = bank, table

    def __getattr__(self, name: str) -> object:
        return getattr(self._bank, name)


def test_the_error_of_a_link_is_one_shift_for_everybody(bank):
    first, second = bank.scales[:2]
    table = pd.DataFrame({"scale": [first], "standard_error": [0.08]})
    shared = draw_shared_errors(Linked(with_errors(bank, 0.0, 0.0), table), (first, second), 400, 5)
    assert shared is not None
    assert shared.theta[first].std() == pytest.approx(0.08, rel=0.02)
    assert not shared.theta[second].any()
    both = draw_shared_errors(Linked(with_errors(bank, 0.0, ITEM_ERROR), table), (first,), 400, 5)
    assert both is not None
    size = np.hypot(0.08, item_error(with_errors(bank, 0.0, ITEM_ERROR), first))
    assert both.theta[first].std() == pytest.approx(size, rel=0.02)
    for wrong in ([-0.1], [np.nan], [0.1, 0.1]):
        bad = pd.DataFrame({"scale": first, "standard_error": wrong})
        with pytest.raises(ValueError, match=f"galat penyetaraan skala {first} harus satu bilangan"):
            draw_shared_errors(Linked(bank, bad), (first,), 10, 1)


@pytest.mark.parametrize("scale", ["komunikasi", "kemampuan_intelektual"])
def test_item_error_is_what_redrawn_difficulties_do_to_scores(bank, scale, seed):
    # Score the same average answers with the difficulties redrawn by their errors: the spread of the maximum of the
    # expected log-likelihood over redraws is the stated error.
    rng = np.random.default_rng(seed)
    stated = with_errors(bank, 0.0, ITEM_ERROR)
    items = stated.items(scale, reference=True)
    items = items[[c for c in items.columns if not c.startswith("d")]]  # the intercepts would hold the old places
    mean = float(bank.population.loc[bank.population["scale"] == scale, "mean"].iloc[0])
    columns = [c for c in ("b", "b1", "b2", "b3") if items[c].notna().any()]
    expected = irt.expected_score(irt.Calibration.from_items(items), np.array([mean]))[0]
    grid = np.linspace(mean - 1, mean + 1, 401)
    moved = []
    for _redraw in range(400):
        # All thresholds of an item together, as the formula takes them.
        shift = rng.normal(0, ITEM_ERROR, len(items))
        redrawn = items.assign(**{c: items[c] + shift for c in columns})
        curve = irt.expected_score(irt.Calibration.from_items(redrawn), grid)
        moved.append(np.interp(expected, curve, grid) - mean)
    # Five standard errors of a standard deviation from 400 redraws, and the curvature that the formula leaves out.
    assert np.std(moved) == pytest.approx(item_error(stated, scale), rel=0.25), seed


@pytest.fixture(scope="module")
def many_placements(bank, small_round, draw_seed) -> dict[bool, standing.Placement]:
    """120 rounds of 130 people; in each the cuts and the items truly lie elsewhere than the bank says.

    Each round is an instansi of its own. Returns the placed people by whether the probabilities took shared errors into
    account, with round and truth.
    """
    seed = draw_seed("many rounds")
    rng = np.random.default_rng(seed)
    stated = with_errors(bank, CUT_ERROR, ITEM_ERROR)
    scales, n = bank.scales, ROUNDS * PEOPLE
    covariance = bank.population[list(scales)].to_numpy(float)
    theta = rng.multivariate_normal(bank.population["mean"].to_numpy(float), covariance, n)
    number = np.repeat(np.arange(ROUNDS), PEOPLE)
    names = np.array([f"R{r:03d}-{i:03d}" for r, i in zip(number, np.tile(np.arange(PEOPLE), ROUNDS), strict=True)])
    scores = []
    for j, scale in enumerate(scales):
        items = stated.items(scale, reference=True)
        b = items[[c for c in ("b", "b1", "b2", "b3") if items[c].notna().any()]].to_numpy(float)
        true_b = b + rng.normal(0, ITEM_ERROR, (ROUNDS, len(items), 1))
        reach = 1 / (1 + np.exp(-items["a"].to_numpy()[None, :, None] * (theta[:, j, None, None] - true_b[number])))
        answers = (rng.random((n, len(items), 1)) < reach).sum(axis=2)
        matrix = pd.DataFrame(answers, columns=list(items["item_id"]))
        eap = irt.score(irt.Calibration.from_items(items), matrix, "EAP")
        scores.append(pd.DataFrame({"participant_id": names, "scale": scale, "eap": eap["theta"], "eap_se": eap["se"]}))
    everybody = assemble(small_round.records, POLICY)
    complete = everybody[everybody["hasil_kerja"].notna()].iloc[:PEOPLE]
    people = pd.concat([complete] * ROUNDS, ignore_index=True).assign(
        participant_id=names, instansi=[f"R{r:03d}" for r in number]
    )
    posterior = standing.posterior(pd.concat(scores), bank.population)
    rule = Rule(POLICY, bank, people, {s: np.ones(n, dtype=bool) for s in scales})
    severity = CUT_ERROR * rng.standard_normal(ROUNDS)
    values = {s: theta[:, j] for j, s in enumerate(scales) if s in rule.scales}
    true_levels = {s: 1 + (v[:, None] >= bank.cuts(s) + severity[number, None]).sum(axis=1) for s, v in values.items()}
    box, _potensial, _kinerja = rule.place(values, true_levels, slice(0, n))
    result = {}
    for shared in (True, False):
        placement = standing.place_and_tally(posterior, people, POLICY, stated, seed=seed, shared_errors=shared)
        placed = placement.boxes.assign(round=number, truth=np.isin(box, POLICY.boxes.pool), true_box=box)
        assert (placed["withheld_reason"] == "").all()
        result[shared] = standing.Placement(placed, placement.draw_counts)
    return result


@pytest.fixture(scope="module")
def many_rounds(many_placements) -> dict[bool, pd.DataFrame]:
    """The people alone."""
    return {shared: placement.boxes for shared, placement in many_placements.items()}


def test_intervals_of_counts_hold_the_truth_over_rounds(many_placements):
    placement = many_placements[True]
    by_round = dict(list(placement.draw_counts.groupby("instansi")))
    held, independent, width = [], [], []
    for name, people in placement.boxes.groupby("instansi"):
        p, truth = people["p_pool"].to_numpy(float), int(people["truth"].sum())
        _expected, low, high = standing.expected_people(p, standing.people_by_draw(by_round[name], POLICY.boxes.pool))
        held.append(low <= truth <= high)
        _expected, alone_low, alone_high = standing.expected_people(p)
        independent.append(alone_low <= truth <= alone_high)
        width.append((high - low) / (alone_high - alone_low))
    print(f"held {np.mean(held):.3f}, independent {np.mean(independent):.3f}, wider {np.mean(width):.2f}")
    # Of 120 rounds 114 are expected; 104 or fewer come by chance in one of twenty thousand.
    assert sum(held) > 104
    assert sum(independent) < 104
    assert np.mean(width) > 1.2
    # In all rounds together the shared error hardly averages out, while independent errors nearly vanish.
    p = placement.boxes["p_pool"].to_numpy(float)
    _expected, low, high = standing.expected_people(
        p, standing.people_by_draw(placement.draw_counts, POLICY.boxes.pool)
    )
    _expected, alone_low, alone_high = standing.expected_people(p)
    assert (high - low) > 4 * (alone_high - alone_low)


def test_draws_are_counted_by_instansi_and_tier(many_placements):
    placement = many_placements[True]
    counts, boxes = placement.draw_counts, placement.boxes
    columns = [f"box_{b}" for b in range(1, 10)]
    people = boxes.groupby(["instansi", "jenjang"]).size()
    assert (counts.groupby(["instansi", "jenjang"]).size() == 200).all()
    totals = counts.set_index(["instansi", "jenjang"])[columns].sum(axis=1)
    assert (totals == people.reindex(totals.index)).all()
    # The mean over draws is the sum of the probabilities, as near as the draws of those counted afresh allow.
    expected = boxes[[f"p_box_{b}" for b in range(1, 10)]].sum().to_numpy()
    assert counts.groupby("draw")[columns].sum().mean().to_numpy() == pytest.approx(expected, rel=0.01, abs=3)
    assert many_placements[False].draw_counts.empty
    table = standing.expected_counts(boxes, counts)
    alone = standing.expected_counts(boxes)
    assert (table["expected"] == alone["expected"]).all()
    assert (table["high"] - table["low"] >= alone["high"] - alone["low"] - 1e-9).all()
    assert standing.people_by_draw(None, (7, 8, 9)) is None
    assert standing.people_by_draw(counts.iloc[:0], (7, 8, 9)) is None


def test_each_draw_carries_one_error_for_everybody_however_many_draws_a_person_has(bank):
    stated = with_errors(bank, 0.1, 0.1)
    shared = draw_shared_errors(stated, bank.scales[:2], 50, 3)
    assert shared is not None
    longer = shared.repeated(200)
    for scale in bank.scales[:2]:
        assert (longer.theta[scale].reshape(4, 50) == shared.theta[scale]).all()
        assert (longer.cuts[scale].reshape(4, 50, 4) == shared.cuts[scale]).all()
    with pytest.raises(ValueError, match="120 penarikan bukan kelipatan 50 galat bersama"):
        shared.repeated(120)
    found = shared.covariance(bank.scales[:2], {s: bank.cuts(s) for s in bank.scales})
    # One panel: its severity is common to both scales; the item errors are not.
    assert found[0, 1] == pytest.approx(0.01, abs=0.005)
    assert found[0, 0] == pytest.approx(0.01 + item_error(stated, bank.scales[0]) ** 2, rel=0.3)


def over_rounds(values: np.ndarray, number: np.ndarray) -> tuple[float, float]:
    """Return the mean and its standard error where people of one round are not independent."""
    by_round = np.bincount(number, weights=values) / PEOPLE
    return float(by_round.mean()), float(by_round.std(ddof=1) / np.sqrt(ROUNDS))


def test_with_shared_errors_risk_is_the_error_rate_over_rounds(many_rounds):
    gaps = {}
    for shared, frame in many_rounds.items():
        wrong = frame["box"].isin(POLICY.boxes.pool) != frame["truth"]
        gap, error = over_rounds((wrong - frame["risk"]).to_numpy(float), frame["round"].to_numpy())
        gaps[shared] = gap / error
        print(f"shared {shared}: risk {frame['risk'].mean():.4f}, wrong {wrong.mean():.4f}, z {gap / error:.1f}")
    assert abs(gaps[True]) < 3.5, gaps
    assert gaps[False] > 5, gaps  # without them people are told less risk than there is


def test_with_shared_errors_probabilities_are_calibrated_over_rounds(many_rounds):
    slopes = {}
    for shared, frame in many_rounds.items():
        p, truth, number = frame["p_pool"].to_numpy(), frame["truth"].to_numpy(), frame["round"].to_numpy()
        whole = calibration_line(p, truth).set_index("term").loc["slope", "estimate"]
        # Leave out one round at a time: the jackknife knows that a round shares its error.
        left = [
            calibration_line(p[number != r], truth[number != r]).set_index("term").loc["slope", "estimate"]
            for r in range(ROUNDS)
        ]
        error = np.sqrt((ROUNDS - 1) * np.var(left))
        slopes[shared] = (float(whole), float((whole - 1) / error))
        mean, se = over_rounds(truth - p, number)
        if shared:
            assert abs(mean / se) < 3.5, (mean, se)
    assert abs(slopes[True][1]) < 3.5, slopes
    assert slopes[False][1] < -5, slopes  # too sure of themselves


def test_one_round_alone_shows_the_shift_that_it_shares(many_rounds):
    # Within a round people err to one side together: the spread between rounds is far beyond independent people's.
    frame = many_rounds[True]
    p, truth = frame["p_pool"].to_numpy(), frame["truth"].to_numpy()
    gap = np.bincount(frame["round"], weights=truth - p)
    independent = np.bincount(frame["round"], weights=p * (1 - p))
    assert (gap**2).sum() / independent.sum() > 1.5
