"""Policies side by side: cross tables by hand, and the reason of a golden case in words."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.policy import load_policy
from workbench.talent import policies_compared as compared
from workbench.talent import standing
from workbench.talent.axes import Rule
from workbench.talent.people import assemble

KEPKA, PERMENPANRB = "kepka-bkn-411-2025", "permenpanrb-3-2020"


def under(small_round, policy) -> compared.UnderPolicy:
    posterior = standing.posterior(small_round.scores, small_round.bank.population)
    people = assemble(small_round.records, policy)
    boxes = standing.place(posterior, people, policy, small_round.bank, seed=3)
    everyone = posterior.of(people["participant_id"].to_numpy(object))
    rule = Rule(policy, small_round.bank, people, {s: everyone.taken[:, j] for j, s in enumerate(everyone.scales)})
    return compared.under_policy(rule, people, everyone, boxes)


@pytest.fixture(scope="module")
def both(small_round) -> tuple[compared.UnderPolicy, compared.UnderPolicy]:
    return under(small_round, load_policy(PERMENPANRB)), under(small_round, load_policy(KEPKA))


def test_cross_tables_are_counts_of_pairs(both):
    first, second = both
    a, b = first.boxes["box"].fillna(0), second.boxes["box"].fillna(0)
    table = compared.cross_boxes(first, second).set_index("box")
    assert table.to_numpy().sum() == len(first.boxes)
    for box in (2, 5, 8, 0):
        for other in (3, 5, 7, 0):
            name = str(other) if other else "withheld"
            assert table.loc[box, name] == ((a == box) & (b == other)).sum()
    pool = compared.cross_pool(first, second).iloc[0]
    inside = [7, 8, 9]
    placed = (a > 0) & (b > 0)
    assert pool["both"] == (placed & a.isin(inside) & b.isin(inside)).sum()
    assert pool["only_first"] == (placed & a.isin(inside) & ~b.isin(inside)).sum()
    assert pool[["both", "only_first", "only_second", "neither"]].sum() == pool["placed"] == placed.sum()


def test_counts_have_the_interval_of_their_probabilities(both):
    table = compared.counts_side_by_side(both)
    for one in both:
        rows = table[table["policy"] == one.policy.key].set_index("box")
        p = one.boxes["p_pool"].dropna().to_numpy()
        assert rows.loc["pool", "expected"] == pytest.approx(p.sum())
        assert rows.loc["pool", "high"] - rows.loc["pool", "expected"] == pytest.approx(
            1.96 * np.sqrt((p * (1 - p)).sum()), rel=1e-3
        )
        assert rows["placed"].iloc[0] + rows["withheld"].iloc[0] == len(one.boxes)


def test_components_add_up_to_the_axis(both):
    kepka = both[1]
    weights = [part.weight / 100 for part in kepka.policy.kinerja]
    points = kepka.components["kinerja"].to_numpy() @ np.array(weights)
    known = kepka.boxes["kinerja"].notna()
    assert points[known] == pytest.approx(kepka.boxes.loc[known, "kinerja"])
    weights = [part.weight / 100 for part in kepka.policy.potensial]
    potensial = kepka.components["potensial"].to_numpy() @ np.array(weights)
    # At the posterior mean, beside the mean over draws.
    assert np.abs(potensial - kepka.boxes["potensial"])[known].median() < 1.5


def test_every_difference_has_a_reason_that_names_its_axis(both):
    first, second = both
    found = compared.differences(first, second)
    differs = first.boxes["box"].fillna(0) != second.boxes["box"].fillna(0)
    assert found["participant_id"].tolist() == first.boxes.loc[differs, "participant_id"].tolist()
    assert (found["reason"].str.len() > 10).all()
    for axis in ("kinerja", "potensial"):
        named = found["axes"].str.contains(axis)
        assert named.sum() > 10
        assert (found["reason"].str.contains(f"{axis}: ") == named).all()
    held = found["axes"] == "ditahan"
    assert (found["first_box"].isna() | found["second_box"].isna()).equals(held)
    assert found.loc[held, "reason"].str.startswith("ditahan menurut").all()
    assert compared.differences(first, first).empty
    # The axes are those whose place in the grid differs.
    grid = {4: (0, 2), 7: (1, 2), 9: (2, 2), 2: (0, 1), 5: (1, 1), 8: (2, 1), 1: (0, 0), 3: (1, 0), 6: (2, 0)}
    for row in found[~held].to_dict("records"):
        (column, line), (other_column, other_line) = grid[row["first_box"]], grid[row["second_box"]]
        axes = [
            name for name, change in (("kinerja", line != other_line), ("potensial", column != other_column)) if change
        ]
        assert row["axes"] == "+".join(axes)


def test_good_without_award_and_team_is_told_so(both):
    """Baik without award and team task, 360 of 87: 48 + 0 + 0 + 8.7 = 56.7, below; the work results say as expected."""
    first, second = both
    components = second.components["kinerja"]
    found = compared.differences(first, second).set_index("participant_id")
    who = second.boxes["participant_id"][(components["penghargaan"] == 0) & (components["penugasan_tim"] == 0)]
    rows = found.loc[[p for p in who if p in found.index]]
    rows = rows[rows["axes"].str.contains("kinerja") & rows["reason"].str.contains("'sesuai'")]
    assert len(rows) > 3
    points = second.boxes.set_index("participant_id")["kinerja"]
    for person, row in rows.iterrows():
        said = f"{points[person]:.1f}".replace(".", ",")
        assert (
            f"kinerja: hasil kerja 'sesuai' lawan {said} poin karena tanpa penghargaan dan tanpa penugasan"
            in row["reason"]
        )


def test_cuts_are_named_where_they_differ(small_round, both):
    kepka = both[1]
    cuts = kepka.policy.cuts.model_copy(update={"potensial": (78.0, 90.0)})
    own = kepka.policy.model_copy(update={"cuts": cuts, "key": "milik-sendiri"})
    found = compared.differences(kepka, under(small_round, own))
    assert len(found) > 30
    assert set(found["axes"]) == {"potensial"}
    assert found["reason"].str.contains(r"poin \(batas 60 dan 80\).* lawan .*poin \(batas 78 dan 90\)").all()


def test_different_people_are_refused(both):
    first, second = both
    fewer = compared.UnderPolicy(second.policy, second.boxes.iloc[1:], second.components, second.hasil_kerja)
    with pytest.raises(ValueError, match="orang yang berbeda"):
        compared.differences(first, fewer)
