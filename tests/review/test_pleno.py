"""From conflict to minutes: the pleno, its quorum and dissent, and cases that leave the review."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pytest

from workbench.reports.minutes import render_page
from workbench.reports.minutes_content import Signatures, describe
from workbench.review import Store, pleno
from workbench.review.decisions import Minutes, collect_minutes, final_boxes, record_minutes
from workbench.review.permissions import Permissions
from workbench.review.store import Case
from workbench.settings import Person

VOTES = Callable[..., tuple[int, bool]]
PRESENT = ("ani", "budi", "eko")


def bring(store: Store, number: int = 1, **changed: Any) -> tuple[int, bool]:
    given = {"actor": "eko", "reason": "suara berbeda", "idempotency_key": secrets.token_hex(16), **changed}
    return pleno.bring_before(store, case_id=f"K{number:04d}", **given)


def decide(store: Store, number: int = 1, **changed: Any) -> tuple[int, bool]:
    given = {
        "actor": "eko",
        "action": "box",
        "box": 7,
        "reason": "rekam kinerja lebih kuat",
        "present": PRESENT,
        "dissent": {"budi": "bukti tes lebih kuat"},
        "idempotency_key": secrets.token_hex(16),
        **changed,
    }
    return pleno.decide(store, case_id=f"K{number:04d}", **given)


def withdraw(store: Store, number: int = 1, **changed: Any) -> tuple[int, bool]:
    given = {"actor": "eko", "reason": "mengundurkan diri", "idempotency_key": secrets.token_hex(16), **changed}
    return pleno.withdraw(store, case_id=f"K{number:04d}", **given)


@pytest.fixture
def pair(open_store: Callable[..., Store], made_up_case: Callable[..., Case], vote: VOTES) -> Store:
    """Two votes a case: a conflict, an agreement, one vote of two, and none."""
    store = open_store(votes_required=2)
    store.replace_cases([made_up_case(n) for n in range(1, 5)], run="run-1")
    for number, actor, box in ((1, "ani", 8), (1, "budi", 5), (2, "ani", 8), (2, "budi", 8), (3, "ani", 8)):
        vote(store, number, actor, box=box)
    return store


@pytest.fixture
def boxes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "participant_id": [f"P{n:04d}" for n in range(1, 5)],
            "instansi": "Instansi A",
            "box": 5,
            "withheld_reason": "",
            "run_id": "run-1",
        }
    )


def minutes_of(store: Store, boxes: pd.DataFrame, made_by: str) -> Minutes:
    return collect_minutes(
        store,
        boxes,
        title="Putaran",
        rules=(),
        made_by=made_by,
        account="kantor",
        at_utc="2026-01-05T03:00:00+00:00",
        inputs={},
    )


def signers(store: Store, boxes: pd.DataFrame, made_by: str) -> list[tuple[str, str]]:
    (block,) = (
        block
        for section in describe(minutes_of(store, boxes, made_by)).sections
        for block in section.blocks
        if isinstance(block, Signatures)
    )
    return list(block.people)


def statuses(store: Store) -> list[str]:
    return [store.state(f"K{n:04d}").status for n in range(1, 5)]


def test_a_conflict_goes_through_the_pleno_to_a_decision(pair: Store, vote: VOTES) -> None:
    assert statuses(pair) == ["conflict", "agreed", "voting", "new"]
    assert pair.ledger().shown_to("citra", "K0003").votes == ()
    bring(pair)
    assert pair.state("K0001").status == "pleno"
    with pytest.raises(ValueError, match="dibawa ke pleno"):
        vote(pair, 1, "ani", box=7)
    decide(pair)
    state = pair.state("K0001")
    assert (state.status, state.box, [v.box for v in state.votes]) == ("decided", 7, [8, 5])
    assert state.pleno is not None
    assert (state.pleno.present, state.pleno.quorum) == (PRESENT, 3)
    assert state.pleno.dissent == (("budi", "bukti tes lebih kuat"),)
    decide(pair, box=8)
    assert pair.state("K0001").box == 8


def test_the_pleno_may_decide_on_a_retest_or_a_withdrawal(pair: Store) -> None:
    for number, action in ((1, "retest"), (2, "withdraw")):
        bring(pair, number)
        decide(pair, number, action=action, box=None)
    assert statuses(pair)[:2] == ["retest", "withdrawn"]


def test_a_named_case_is_brought_before_the_pleno_but_not_in_the_middle_of_blind_voting(pair: Store) -> None:
    with pytest.raises(ValueError, match="belum lengkap"):
        bring(pair, 3)
    bring(pair, 4)
    bring(pair, 2)
    assert statuses(pair) == ["conflict", "pleno", "voting", "pleno"]
    with pytest.raises(ValueError, match="sudah dibawa ke pleno"):
        bring(pair, 2)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"action": "keep"}, "tidak dikenal"),
        ({"box": None}, "1 sampai 9"),
        ({"reason": " "}, "Tulis alasan"),
        ({"present": ("ani", "budi")}, "Kuorum pleno 3 orang, tercatat hadir 2"),
        ({"present": ("ani", "ani", "budi", "eko")}, "satu kali"),
        ({"dissent": {"zaki": "lain"}}, "zaki berbeda pendapat tetapi tidak tercatat hadir"),
        ({"dissent": {"ani": ""}}, "Tulis alasan"),
        ({"present": ("ani", "Ani ", "eko")}, "Kuorum pleno 3 orang, tercatat hadir 2"),
        ({"present": ("ani", "budi", "citra")}, "eko memimpin pleno tetapi tidak tercatat hadir"),
        ({"present": ("ani", "budi", "eko", " ")}, "1 sampai 128 huruf"),
        ({"present": ("ani", "budi", "eko", "x" * 129)}, "1 sampai 128 huruf"),
        ({"present": ("ani", "budi", "eko", "z\u202e")}, "1 sampai 128 huruf"),
        ({"idempotency_key": "pendek"}, "Kunci pengiriman"),
    ],
)
def test_an_incomplete_decision_is_refused_and_leaves_nothing(
    pair: Store, changed: dict[str, Any], sentence: str
) -> None:
    bring(pair)
    before = len(pair.events())
    with pytest.raises(ValueError, match=sentence):
        decide(pair, **changed)
    assert len(pair.events()) == before


def test_what_is_not_before_the_pleno_is_not_decided(pair: Store) -> None:
    with pytest.raises(ValueError, match="belum dibawa ke pleno"):
        decide(pair)
    for act in (bring, decide, withdraw):
        with pytest.raises(ValueError, match="K0099"):
            act(pair, 99)


def test_a_decision_sent_twice_is_one_and_the_key_serves_no_other(pair: Store) -> None:
    bring(pair)
    key = secrets.token_hex(16)
    seq, _new = decide(pair, idempotency_key=key)
    assert decide(pair, idempotency_key=key) == (seq, False)
    with pytest.raises(ValueError, match="Kunci pengiriman"):
        decide(pair, idempotency_key=key, dissent={})


def test_a_withdrawn_case_stays_withdrawn(pair: Store, vote: VOTES) -> None:
    withdraw(pair, 4)
    withdraw(pair, 3)
    assert statuses(pair)[2:] == ["withdrawn", "withdrawn"]
    for act in (lambda: vote(pair, 4), lambda: bring(pair, 4), lambda: decide(pair, 4), lambda: withdraw(pair, 4)):
        with pytest.raises(ValueError, match="sudah ditarik"):
            act()


def test_only_the_chair_leads_and_nobody_with_a_conflict_takes_part(pair: Store) -> None:
    people = (
        Person(name="eko", roles=("chair",)),
        Person(name="ani", roles=("assessor", "secretary")),
        *(Person(name=name, roles=("assessor",)) for name in ("budi", "citra")),
        Person(name="fajar", roles=("observer",)),
    )
    pair.permissions = Permissions(people, frozenset({("budi", "instansi a")}))
    for act in (bring, withdraw):
        with pytest.raises(ValueError, match="tidak boleh memimpin pleno"):
            act(pair, actor="ani")
    bring(pair)
    with pytest.raises(ValueError, match="budi punya benturan kepentingan"):
        decide(pair)
    for missing, sentence in (("fajar", "tidak boleh ikut memutuskan"), ("zaki", "tidak ada pada daftar")):
        with pytest.raises(ValueError, match=f"{missing}.*{sentence}"):
            decide(pair, present=("ani", "eko", missing), dissent={})
    decide(pair, present=("ani", "citra", "eko"), dissent={})
    assert pair.state("K0001").box == 7


def test_a_chair_with_a_conflict_of_interest_leads_nothing_about_that_case(pair: Store) -> None:
    bring(pair)
    before = len(pair.events())
    pair.permissions = Permissions((), frozenset({("eko", "instansi a")}))
    for act in (lambda: bring(pair, 2), lambda: decide(pair), lambda: withdraw(pair, 4)):
        with pytest.raises(ValueError, match="eko punya benturan kepentingan"):
            act()
    assert len(pair.events()) == before


def test_a_decision_takes_the_place_of_the_one_that_its_sender_saw_only(pair: Store) -> None:
    bring(pair)
    first, _new = decide(pair, supersedes=0)
    key = secrets.token_hex(16)
    for act in (lambda: decide(pair, box=8, supersedes=0), lambda: withdraw(pair, supersedes=0)):
        with pytest.raises(ValueError, match="eko baru saja memutuskan"):
            act()
    second, _new = decide(pair, box=8, supersedes=first, idempotency_key=key)
    assert decide(pair, box=8, supersedes=first, idempotency_key=key) == (second, False)
    bring(pair, 2)
    with pytest.raises(ValueError, match="tidak berlaku lagi"):
        decide(pair, 2, supersedes=first)
    assert pair.state("K0001").box == 8


def test_a_decision_about_the_case_of_an_earlier_run_is_refused(pair: Store) -> None:
    bring(pair, run="run-1")
    for act in (lambda: bring(pair, 2, run="run-0"), lambda: decide(pair, run="run-0")):
        with pytest.raises(ValueError, match="proses baru"):
            act()
    decide(pair, run="run-1")


def test_of_two_who_decide_at_once_from_processes_of_their_own_one_does(
    pair: Store, open_store: Callable[..., Store]
) -> None:
    bring(pair)
    stores = [open_store(votes_required=2) for _ in range(6)]
    start = threading.Barrier(len(stores))

    def attempt(store: Store, box: int) -> str:
        start.wait()
        try:
            decide(store, box=box, supersedes=0)
        except ValueError as problem:
            return str(problem)
        return ""

    with ThreadPoolExecutor(len(stores)) as pool:
        said = list(pool.map(attempt, stores, range(1, 7)))
    assert sorted(bool(sentence) for sentence in said) == [False] + [True] * 5
    assert all("baru saja memutuskan" in sentence for sentence in said if sentence)
    assert pair.state("K0001").box == said.index("") + 1
    assert [event.kind for event in pair.events()][-2:] == ["pleno", "decision"]
    assert pair.verify().sound


def test_a_new_run_reopens_a_decision_whose_ground_has_moved(pair: Store, made_up_case: Callable[..., Case]) -> None:
    for number in (1, 4):
        bring(pair, number)
        decide(pair, number)
    fresh = [made_up_case(1, run="run-2", box=8), *(made_up_case(n, run="run-2") for n in (2, 3, 4))]
    with pytest.raises(ValueError, match="--reopen"):
        pair.replace_cases(fresh, run="run-2")
    reopened, kept = pair.replace_cases(fresh, run="run-2", reason="kunci keliru")
    assert (reopened, kept) == (["K0001"], ["K0002", "K0003", "K0004"])
    assert statuses(pair) == ["new", "agreed", "voting", "decided"]


def test_who_led_and_who_kept_the_minutes_sign_as_such_whoever_made_the_document(
    pair: Store, boxes: pd.DataFrame
) -> None:
    people = [Person(name=name, roles=("assessor",)) for name in ("ani", "budi", "citra")]
    people += [Person(name="dewi", roles=("secretary",)), Person(name="eko", roles=("chair", "assessor"))]
    pair.permissions = Permissions(tuple(people))
    bring(pair)
    decide(pair, present=("ani", "citra", "dewi", "eko"), dissent={})
    rest = [("Asesor", "ani"), ("Asesor", "budi"), ("Anggota pleno", "citra")]
    assert signers(pair, boxes, "dewi") == [("Ketua tim telaah", "eko"), ("Sekretaris", "dewi"), *rest]
    # A chair who makes the minutes is no secretary; the place of one stays to be filled in.
    there = [
        ("Sekretaris", ""),
        ("Asesor", "ani"),
        ("Asesor", "budi"),
        ("Anggota pleno", "citra"),
        ("Anggota pleno", "dewi"),
    ]
    assert signers(pair, boxes, "eko") == [("Ketua tim telaah", "eko"), *there]


def test_where_no_roles_are_listed_who_makes_the_minutes_is_the_secretary(pair: Store, boxes: pd.DataFrame) -> None:
    rest = [("Asesor", "ani"), ("Asesor", "budi")]
    assert signers(pair, boxes, "citra") == [("Ketua tim telaah", ""), ("Sekretaris", "citra"), *rest]


def test_minutes_carry_the_pleno_with_quorum_and_dissent_and_close_what_is_decided(
    pair: Store, boxes: pd.DataFrame
) -> None:
    bring(pair)
    decide(pair)
    withdraw(pair, 4)
    assert list(final_boxes(pair, boxes)["box"]) == [7, 8, 5, 5]
    minutes = minutes_of(pair, boxes, "eko")
    page = render_page(describe(minutes))
    for words in (
        "hadir 3 (kuorum 3): ani, budi, eko; dipimpin eko",
        "budi berbeda pendapat: bukti tes lebih kuat",
        "eko</b>: ditarik dari telaah. mengundurkan diri",
    ):
        assert words in page
    record_minutes(pair, minutes, page.encode("utf-8"), {})
    assert statuses(pair) == ["minuted", "minuted", "voting", "withdrawn"]
    assert pair.state("K0001").box == 7
    with pytest.raises(ValueError, match="berita acara"):
        decide(pair, box=8)
