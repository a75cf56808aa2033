"""What the review says about itself: read from a log, and recovered from assessors of whom everything is known."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.review import RULES, SCENES, measure
from workbench.analysis.review_agreement import agreement_findings, error_rate_finding
from workbench.analysis.review_anchoring import anchoring, anchoring_finding
from workbench.analysis.review_data import ReviewData, review_data
from workbench.analysis.review_findings import Finding, private_mirror, review_findings, value_of_review
from workbench.analysis.review_influence import fatigue_findings, influence_finding, sessions
from workbench.analysis.review_known import corrections, known_findings
from workbench.analysis.review_mirror import mirror
from workbench.analysis.review_severity import drift, moves, severity, severity_findings
from workbench.analysis.review_value import net_corrected, value
from workbench.i18n import use_locale
from workbench.review import Store, pleno
from workbench.review.outcomes import Truth
from workbench.review.permissions import Permissions
from workbench.review.store import Case
from workbench.settings import Person
from workbench.simulation.assessors import GRID, POOL, Assessor, draw_cases, draw_votes

KEYS = ("value", "error_rate", "agreement_random", "agreement_all", "known", "anchoring", "severity", "drift")
KEYS += ("influence", "fatigue_hour", "fatigue_place", "known_people")
PEOPLE = (
    Person(name="ani", roles=("assessor",), seniority=20),
    Person(name="budi", roles=("assessor",), seniority=5),
    Person(name="dewi", roles=("chair",)),
)


def case(number: int, **changed: Any) -> Case:
    content = {"box": 5, "risk": round(0.5 - number / 100, 2), "jenjang": "", "random": number % 2 == 0}
    content |= {"grid": [list(line) for line in GRID], "pool": list(POOL), "hidden": number % 3 == 0, **changed}
    return Case(f"K{number:02d}", "run-1", number, f"P{number}", "Instansi A", "pengawas", content)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'review.sqlite'}", votes_required=2, permissions=Permissions(PEOPLE))
    cases = [case(n) for n in range(1, 13)]
    cases[11] = replace(cases[11], truth=Truth(8, True))
    opened.replace_cases(cases, run="run-1")
    yield opened
    opened.close()


def vote(store: Store, number: int, actor: str, box: int = 5, **changed: Any) -> int:
    ballot: dict[str, Any] = {
        "action": "box",
        "box": box,
        "reason_code": "evidence",
        "reason": "bukti",
        "confidence": 2,
    }
    key = secrets.token_hex(16)
    return store.submit(actor=actor, case_id=f"K{number:02d}", idempotency_key=key, **(ballot | changed))[0]


def decide(store: Store, number: int, box: int) -> None:
    case_id = f"K{number:02d}"
    given: dict[str, Any] = {"actor": "dewi", "case_id": case_id, "reason": "dibahas"}
    pleno.bring_before(store, **given, idempotency_key=secrets.token_hex(16))
    present = ["ani", "budi", "dewi"]
    key = secrets.token_hex(16)
    pleno.decide(store, **given, action="box", box=box, present=present, dissent={}, idempotency_key=key)


def simulated(cases: pd.DataFrame, votes: pd.DataFrame, **changed: Any) -> ReviewData:
    """A review of simulated assessors in which every case is decided as its first vote says."""
    box = votes.drop_duplicates("case_id").set_index("case_id")["box"]
    frame = cases.assign(status="agreed", box=cases["case_id"].map(box).astype("Int64"), complete=True)
    known = frame[frame["known"] & frame["box"].notna()]
    votes = votes.drop(columns=["true_box", "true_pool"], errors="ignore")
    return ReviewData(votes, frame[~frame["known"]], known, RULES, {}, frozenset(), **changed)


@pytest.fixture
def random(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def text_of(finding: Finding) -> str:
    return " ".join([finding.title, finding.sentence, finding.caution, *(" ".join(row) for row in finding.rows)])


# from the log


def test_an_untouched_queue_has_every_finding_and_says_why_there_is_nothing_yet(store: Store) -> None:
    found = review_findings(store)
    assert tuple(finding.key for finding in found) == KEYS
    for finding in found:
        assert finding.sentence
        assert all(len(row) == len(finding.columns) for row in finding.rows)
        assert "nan" not in text_of(finding)
    assert [f.key for f in private_mirror(store, "ani")] == ["pace"]


def test_an_empty_database_has_every_finding_too(tmp_path: Path) -> None:
    opened = Store(f"sqlite:///{tmp_path / 'kosong.sqlite'}")
    assert tuple(finding.key for finding in review_findings(opened)) == KEYS
    worth = value_of_review(opened)
    assert (worth.cases, worth.net) == ((), None)
    assert "Tidak ada peluang" in worth.rests_on
    opened.close()


def test_votes_are_read_with_what_was_known_when_they_were_given(store: Store) -> None:
    seq = vote(store, 3, "ani", 8)
    store.undo(actor="ani", case_id="K03", seq=seq, idempotency_key=secrets.token_hex(16))
    vote(store, 3, "ani")
    vote(store, 4, "budi", action="retest", box=None)
    vote(store, 5, "budi", action="postpone", box=None)
    vote(store, 12, "ani", 7)
    votes = review_data(store).votes
    assert votes[["case_id", "box", "hidden", "first", "in_force", "random", "known"]].to_numpy().tolist() == [
        ["K03", 8, True, True, False, False, False],
        ["K03", 5, False, False, True, False, False],
        ["K04", 0, False, True, True, True, False],
        ["K12", 7, True, True, True, False, True],
    ]
    anchored = next(f for f in review_findings(store) if f.key == "anchoring")
    assert anchored.rows[1][1].startswith("0 dari 1")
    assert anchored.rows[2][1].startswith("1 dari 1")  # voted for the stated box once it was seen


def test_cases_are_counted_once_their_votes_are_open(store: Store) -> None:
    vote(store, 2, "ani", 8)
    assert not review_data(store).cases["complete"].any()
    assert "Belum ada kasus dengan dua suara" in agreement_findings(review_data(store))[0].sentence
    vote(store, 2, "budi", 8)
    vote(store, 1, "ani", 5)
    vote(store, 1, "budi", 7)
    data = review_data(store)
    at_random, everywhere = agreement_findings(data)
    assert (at_random.rows[0][2][:9], everywhere.rows[0][2][:9]) == ("1 dari 1 ", "1 dari 2 ")
    assert "1 dari 1 kasus acak" in error_rate_finding(data).sentence


def test_known_cases_enter_their_own_finding_and_no_other(store: Store) -> None:
    for actor in ("ani", "budi"):
        vote(store, 12, actor, 8)
    data = review_data(store)
    assert len(data.of_people) == len(data.unbiased) == 0
    assert "K12" not in set(data.cases["case_id"])
    known, by_person = known_findings(data)
    assert known.rows[0][1].startswith("1 dari 1")
    assert [row[0] for row in by_person.rows] == ["ani", "budi"]
    others = [f for f in review_findings(store) if not f.key.startswith(("known", "value"))]
    assert not any("dari 1 " in text_of(finding) for finding in others)
    assert len(value_of_review(store).cases) == 11


def test_whom_the_pleno_follows_is_counted_against_chance(store: Store) -> None:
    for number in range(1, 12):
        vote(store, number, "budi", 7)
        vote(store, number, "ani", 5)
        decide(store, number, 5 if number <= 9 else 7)
    finding = influence_finding(review_data(store))
    assert [row[1][:10] for row in finding.rows] == ["9 dari 11 ", "2 dari 11 "]
    assert [row[2][:2] for row in finding.rows] == ["50", "50"]


def test_findings_are_written_in_english_too(store: Store) -> None:
    with use_locale("en"):
        found = review_findings(store)
    assert not any(word in text_of(finding) for finding in found for word in ("kasus", "Belum", "suara"))


# from assessors of whom everything is known


def test_anchoring_is_recovered(random: np.random.Generator) -> None:
    people = [Assessor(f"A{k}", anchoring=0.8) for k in range(6)]
    cases = draw_cases(1500, random)
    data = simulated(cases, draw_votes(cases, people, random))
    found = anchoring(data.unbiased)
    assert found.low > 0.1
    assert anchoring_finding(data).sentence.startswith("Ya")
    few = simulated(cases, data.votes[data.votes["case_id"] < "K00080"])
    assert "Terlalu sedikit" in anchoring_finding(few).sentence


def test_severity_and_drift_are_recovered_and_told_apart(random: np.random.Generator) -> None:
    shifts = (-0.4, -0.1, 0.0, 0.0, 0.1, 0.4)
    people = [Assessor(f"A{k}", severity=s, drift=-s) for k, s in enumerate(shifts)]
    cases = draw_cases(1200, random)
    data = simulated(cases, draw_votes(cases, people, random))
    frame = moves(data.unbiased, RULES)
    for find, truth in ((severity, np.array(shifts)), (drift, -np.array(shifts))):
        names, found = find(frame)
        assert names == [person.name for person in people]
        assert np.corrcoef(found.value, truth)[0, 1] > 0.8
    _names, found = severity(frame)
    assert found.high_all[0] < 0 < found.low_all[5]
    assert "acak" in severity_findings(data)[0].caution


def test_one_assessor_alone_has_no_severity(random: np.random.Generator) -> None:
    cases = draw_cases(100, random)
    data = simulated(cases, draw_votes(cases, [Assessor("A")], random, votes_each=1))
    assert {finding.rows for finding in severity_findings(data)} == {()}


def test_what_review_corrects_is_counted_by_side_and_by_box() -> None:
    truth = pd.Series([8, 8, 5, 5, 5])
    found = corrections(pd.Series([8, 5, 5, 7, 5]), pd.Series([5, 5, 5, 5, 7]), truth)
    assert (found.wrong, found.corrected, found.right, found.spoiled) == (3, 2, 2, 1)


def test_net_corrected_is_what_happens(random: np.random.Generator) -> None:
    person = Assessor("A", corrects=0.6, spoils=0.1)
    cases = draw_cases(4000, random, known=0.5)
    data = simulated(cases, draw_votes(cases, [person], random, votes_each=1, unrest=0.0))
    worth = value(data)
    assert worth.net is not None
    assert worth.net_low is not None
    assert worth.net_high is not None
    people = data.cases
    was = people["true_pool"] == people["stated"].isin(POOL)
    now = people["true_pool"] == people["box"].isin(POOL)
    assert worth.net_low[-1] < int(now.sum()) - int(was.sum()) < worth.net_high[-1]
    assert worth.contained_low[-1] <= int((~was).sum()) <= worth.contained_high[-1]
    assert list(worth.cases) == list(range(1, len(people) + 1))
    assert worth.random_order[-1] == pytest.approx(people.loc[people["random"], "risk"].mean() * len(people))
    assert "tidak" not in worth.rests_on.split("Bersih")[1]
    with pytest.raises(ZeroDivisionError):
        net_corrected(people["risk"].to_numpy(), corrections(*(pd.Series([], dtype="int64"),) * 3))


def test_sessions_begin_after_a_pause() -> None:
    at = pd.to_datetime(["2024-11-04T01:00Z", "2024-11-04T01:02Z", "2024-11-04T03:00Z", "2024-11-04T03:01Z"], utc=True)
    found = sessions(pd.DataFrame({"actor": "ani", "at": at}))
    assert found["place"].tolist() == [1, 2, 1, 2]
    assert found["seconds"].fillna(-1).tolist() == [-1, 120, -1, 60]


def test_tiring_people_are_seen_only_where_risk_is_alike(random: np.random.Generator) -> None:
    people = [Assessor(f"A{k}") for k in range(4)]
    cases = draw_cases(800, random)
    data = simulated(cases, draw_votes(cases, people, random))
    calm = fatigue_findings(data)[1]
    frame = sessions(data.votes)
    tired = data.votes["box"].where((frame["place"] <= 10) | (random.random(len(frame)) < 0.6), 1)
    weary = fatigue_findings(simulated(cases, data.votes.assign(box=tired)))[1]
    assert len(calm.rows) == len(weary.rows) == 3
    assert "(\N{MINUS SIGN}" in weary.sentence
    assert "sampai \N{MINUS SIGN}" in weary.sentence
    assert "sampai \N{MINUS SIGN}" not in calm.sentence


# the mirror


def test_a_mirror_names_nobody_and_compares_with_no_fewer_than_three(random: np.random.Generator) -> None:
    cases = draw_cases(400, random, known=0.3)
    for number, compared in ((3, False), (6, True)):
        people = [Assessor(f"Asesor{k}", corrects=0.5) for k in range(number)]
        found = {f.key: f for f in mirror(simulated(cases, draw_votes(cases, people, random)), "Asesor0")}
        assert list(found) == ["pace", "moves", "agreement", "anchoring", "known"]
        assert ("di antara yang lain" in found["agreement"].sentence) == compared
        assert not any("Asesor" in text_of(finding) for finding in found.values())
        assert all(finding.rows == () for finding in found.values())
    assert "kasus seperti itu: " in found["known"].sentence


def test_a_mirror_says_nothing_of_few_known_cases(random: np.random.Generator) -> None:
    cases = draw_cases(60, random, known=0.2)
    votes = draw_votes(cases, [Assessor("A"), Assessor("B")], random)
    found = {f.key: f for f in mirror(simulated(cases, votes), "A")}
    assert "setelah 20" in found["known"].sentence
    assert "Belum dapat dikatakan" in found["anchoring"].sentence


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_intervals_cover_what_is_true(scene: str, draw_seed: Callable[[str], int]) -> None:
    found = measure(scene, 200, draw_seed(scene))
    assert found["covered"] > 0.90
