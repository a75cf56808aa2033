"""The cases of a real round: who comes to the queue, in which order, and what the screen may know of them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from workbench.policy import load_policy
from workbench.review import Store
from workbench.review.prepare import RANDOM_SHARE, RISK_LINE, check_permission, make_cases, permit_new_boxes
from workbench.review.store import Case
from workbench.workspace import Workspace


@pytest.fixture(scope="module")
def tables(pekalongan: Path) -> dict[str, pd.DataFrame]:
    workspace = Workspace(pekalongan)
    return {n: workspace.read(n) for n in ("boxes", "levels", "participants", "flags", "performance", "flips")}


@pytest.fixture(scope="module")
def policy(pekalongan: Path):
    return load_policy(Workspace(pekalongan).settings.policy)


@pytest.fixture(scope="module")
def cases(tables: dict[str, pd.DataFrame], policy) -> list[Case]:
    return make_cases(tables, policy, "run-1")


def test_the_run_put_the_same_queue_into_the_database(pekalongan: Path, cases: list[Case]) -> None:
    store = Store(Workspace(pekalongan).database_url)
    stored = store.cases()
    store.close()
    assert [(c.case_id, c.position, c.content) for c in stored] == [(c.case_id, c.position, c.content) for c in cases]
    assert {c.run for c in stored} == set(Workspace(pekalongan).read("boxes")["run_id"])


def test_everybody_above_the_risk_line_and_five_per_cent_at_random(
    tables: dict[str, pd.DataFrame], cases: list[Case]
) -> None:
    boxes = tables["boxes"]
    placed = boxes[boxes["withheld_reason"] == ""]
    risky = set(placed.loc[placed["risk"] >= RISK_LINE, "participant_id"])
    at_random = {c.participant_id for c in cases if c.content["random"]}
    assert len(at_random) == math.ceil(RANDOM_SHARE * len(placed))
    assert {c.participant_id for c in cases} == risky | at_random
    assert len({c.case_id for c in cases}) == len(cases)


def test_the_riskiest_comes_first(cases: list[Case]) -> None:
    risks = [c.content["risk"] for c in cases]
    assert risks == sorted(risks, reverse=True)
    assert [c.position for c in cases] == list(range(1, len(cases) + 1))


def test_chance_looks_at_the_seed_alone(tables: dict[str, pd.DataFrame], policy) -> None:
    def drawn(seed: int, risk: float | None = None) -> set[str]:
        boxes = tables["boxes"] if risk is None else tables["boxes"].assign(risk=risk)
        return {
            c.participant_id
            for c in make_cases({**tables, "boxes": boxes}, policy, "run-1", seed=seed)
            if c.content["random"]
        }

    assert drawn(0) == drawn(0, risk=0.0)
    assert len({frozenset(drawn(seed)) for seed in range(20)}) > 15


def test_a_case_says_what_the_round_says(tables: dict[str, pd.DataFrame], cases: list[Case]) -> None:
    boxes = tables["boxes"].set_index("participant_id")
    levels = tables["levels"].set_index(["participant_id", "competency"])
    for case in cases:
        row, shown = boxes.loc[case.participant_id], case.content
        assert shown["p"] == pytest.approx([row[f"p_box_{b}"] for b in range(1, 10)], abs=5.1e-5)
        assert sum(shown["p"]) == pytest.approx(1, abs=1e-3)
        assert (shown["box"], shown["box_printed"]) == (row["box"], row["box_printed"])
        assert shown["p_pool"] == pytest.approx(sum(shown["p"][b - 1] for b in shown["pool"]), abs=1e-3)
        assert [v["level"] for v in shown["levels"]] == [
            levels.loc[(case.participant_id, c)]["level"]
            for c in load_policy(row["policy"]).competencies.competencies
            if (case.participant_id, c) in levels.index
        ]
        assert all(v["low"] <= v["level"] <= v["high"] for v in shown["levels"])


def test_a_case_names_the_items_that_turn_the_decision(pekalongan: Path, cases: list[Case]) -> None:
    turning = Workspace(pekalongan).read("flip_items").groupby("participant_id")["item_id"].agg(list)
    named = [case for case in cases if case.participant_id in turning.index]
    assert named
    for case in cases:
        mine = turning.get(case.participant_id, [])
        assert sum(item in case.content["flip"] for item in mine) == min(len(mine), 3)
        assert ("tanpa salah satu butir ini" in case.content["flip"]) == bool(mine)


def test_a_case_names_nobody(pekalongan: Path, cases: list[Case]) -> None:
    identities = pd.read_parquet(pekalongan / "identities.parquet")
    text = json.dumps([c.content for c in cases])
    wanted = identities[identities["participant_id"].isin([c.participant_id for c in cases])]
    assert len(wanted) == len(cases)
    for row in wanted.to_dict("records"):
        assert str(row["nip"]) not in text
        assert str(row["name"]) not in text


def test_who_was_voted_on_stays_in_the_queue(tables: dict[str, pd.DataFrame], policy, cases: list[Case]) -> None:
    boxes = tables["boxes"]
    outside = boxes.loc[
        (boxes["withheld_reason"] == "") & ~boxes["participant_id"].isin([c.participant_id for c in cases]),
        "participant_id",
    ].iloc[0]
    again = make_cases(tables, policy, "run-1", always={str(outside)})
    assert len(again) == len(cases) + 1


def test_new_boxes_over_votes_need_a_reason(own_pekalongan: Path, cast_vote: Callable[..., Case]) -> None:
    workspace = Workspace(own_pekalongan)
    check_permission(workspace)
    cast_vote(own_pekalongan, 0, 8)
    with pytest.raises(ValueError, match="--reopen"):
        check_permission(workspace)
    with pytest.raises(ValueError, match="--reopen"), permit_new_boxes("  "):
        check_permission(workspace)
    with permit_new_boxes("kunci diperbaiki"):
        check_permission(workspace)
