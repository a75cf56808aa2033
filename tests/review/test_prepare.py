"""The cases of a real round: who comes to the queue, in which order, and what the screen may know of them."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from workbench.pipeline.finish import known_cases
from workbench.policy import load_policy
from workbench.review import Store
from workbench.review.prepare import (
    HIDDEN_SHARE,
    RANDOM_SHARE,
    RISK_LINE,
    check_permission,
    make_cases,
    permit_new_boxes,
    prepare_cases,
)
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


def test_a_tenth_hides_the_box_whoever_is_drawn_at_random(tables: dict[str, pd.DataFrame], policy) -> None:
    everybody = set(tables["boxes"].loc[tables["boxes"]["withheld_reason"] == "", "participant_id"])

    def drawn(seed: int, **changed: float) -> tuple[set[str], set[str]]:
        boxes = tables["boxes"].assign(**changed)
        made = make_cases({**tables, "boxes": boxes}, policy, "run-1", seed=seed, always=everybody)
        assert len(made) == len(everybody)
        return tuple({c.participant_id for c in made if c.content[name]} for name in ("hidden", "random"))

    assert drawn(0) == drawn(0, risk=0.0)
    found = [drawn(seed) for seed in range(6)]
    n = len(everybody) * len(found)
    hidden, both = sum(len(h) for h, _r in found), sum(len(h & r) for h, r in found)
    assert abs(hidden / n - HIDDEN_SHARE) < 4 * math.sqrt(HIDDEN_SHARE / n)
    expected = HIDDEN_SHARE * RANDOM_SHARE * n
    assert abs(both - expected) < 4 * math.sqrt(expected)


@pytest.fixture
def with_twin(own_pekalongan: Path, tmp_path: Path) -> Path:
    """The round beside its own people under other names, as far as known cases need a twin."""
    twin = tmp_path / "kembaran"
    for part in ("results/boxes", "results/quality", "tables", "truth"):
        shutil.copytree(own_pekalongan / part, twin / part)
    shutil.copy(own_pekalongan / "workbench.toml", twin)
    for path in [*twin.rglob("*.parquet")]:
        frame = pd.read_parquet(path)
        if "participant_id" in frame:
            frame.assign(participant_id="P9" + frame["participant_id"].str[2:]).to_parquet(path, index=False)
    return own_pekalongan


def set_known(folder: Path, share: float, source: str) -> Workspace:
    settings = folder / "workbench.toml"
    text = re.sub(r"(?m)^known_.*\n", "", settings.read_text(encoding="utf-8"))
    settings.write_text(f'{text}known_share = {share}\nknown_from = "{source}"\n', encoding="utf-8")
    return Workspace(folder)


def test_known_cases_stand_where_their_risk_puts_them(with_twin: Path) -> None:
    workspace = set_known(with_twin, 0.2, "../kembaran")
    prepare_cases(workspace, "run-2")
    with closing(Store.of(workspace)) as store:
        everybody, people = store.cases(known=True), store.cases()
    known = [case for case in everybody if case.truth is not None]
    assert len(known) == round(0.2 * len(people))
    assert [c.position for c in everybody] == list(range(1, len(everybody) + 1))
    assert [c.content["risk"] for c in everybody] == sorted((c.content["risk"] for c in everybody), reverse=True)
    fifths = [len([c for c in known if c.position * 5 > k * len(everybody)]) for k in range(5)]
    assert all(abs(n - (5 - k) / 5 * len(known)) < 2 for k, n in enumerate(fifths))
    assert {frozenset(c.content) for c in known} <= {frozenset(c.content) for c in people}
    assert {len(c.case_id) for c in known} == {len(c.case_id) for c in people}
    assert not {c.participant_id for c in known} & set(workspace.read("participants")["participant_id"])
    truth = pd.read_parquet(with_twin.parent / "kembaran" / "truth" / "standing.parquet").set_index("participant_id")
    for case in known:
        assert case.truth is not None
        assert (case.truth.box, case.truth.in_pool) == tuple(truth.loc[case.participant_id, ["box", "in_pool"]])
        assert not case.content["random"]


def test_the_same_people_come_again_with_the_next_run(with_twin: Path) -> None:
    workspace = set_known(with_twin, 0.1, "../kembaran")
    found = []
    for run in ("run-2", "run-3"):
        prepare_cases(workspace, run)
        with closing(Store.of(workspace)) as store:
            found.append([c.case_id for c in store.cases(known=True) if c.truth is not None])
            assert [e.kind for e in store.events()] == ["known"]
    assert found[0] == found[1] != []
    assert known_cases(workspace) != known_cases(set_known(with_twin, 0.2, "../kembaran"))
    assert known_cases(set_known(with_twin, 0, "")) == {}


def test_known_cases_from_nowhere_are_refused_before_the_run(with_twin: Path) -> None:
    for source, words in (("", "known_from"), (".", "bukan kembaran"), ("../tidak-ada", "bukan ruang kerja")):
        workspace = set_known(with_twin, 0.1, source)
        if source == ".":
            shutil.rmtree(with_twin / "truth")
        with pytest.raises(ValueError, match=words):
            check_permission(workspace)
    other = with_twin.parent / "kembaran" / "workbench.toml"
    other.write_text(re.sub(r"(?m)^policy = .*$", 'policy = "lain"', other.read_text(encoding="utf-8")), "utf-8")
    with pytest.raises(ValueError, match="kebijakan lain"):
        check_permission(set_known(with_twin, 0.1, "../kembaran"))


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
