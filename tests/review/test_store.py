"""Votes and cases: only complete votes on open cases of the run that was looked at, each once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest

from workbench.apps.queue.model import QueueModel
from workbench.review import Store, log
from workbench.review.schema import payloads_table
from workbench.review.store import Case


def test_a_vote_is_in_force_and_an_event(store: Store, vote: Callable[..., tuple[int, bool]]) -> None:
    seq, new = vote(store, 1, reason="  level konsisten  ")
    assert (seq, new) == (1, True)
    state = store.state("K0001")
    assert (state.status, state.box) == ("agreed", 8)
    (event,) = store.events("K0001")
    assert event.payload is not None
    assert event.payload["reason"] == "level konsisten"
    assert (event.payload["run"], event.payload["stated"], event.payload["risk"]) == ("run-1", 5, 0.499)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"action": "delete"}, "tidak dikenal"),
        ({"box": 0}, "1 sampai 9"),
        ({"box": 10}, "1 sampai 9"),
        ({"box": None}, "1 sampai 9"),
        ({"box": True}, "1 sampai 9"),
        ({"box": "8"}, "1 sampai 9"),
        ({"reason_code": "because"}, "kode alasan"),
        ({"reason": "  a  "}, "Tulis alasan"),
        ({"reason": "a" * 2001}, "Tulis alasan"),
        ({"confidence": 4}, "Keyakinan"),
        ({"confidence": True}, "Keyakinan"),
        ({"idempotency_key": "pendek"}, "Kunci pengiriman"),
        ({"run": "run-0"}, "proses baru"),
    ],
)
def test_an_incomplete_vote_is_refused_and_leaves_nothing(
    store: Store, changed: dict[str, Any], sentence: str, vote: Callable[..., tuple[int, bool]]
) -> None:
    with pytest.raises(ValueError, match=sentence):
        vote(store, 1, **changed)
    assert store.events() == []


def test_a_case_that_does_not_exist_is_refused(store: Store, vote: Callable[..., tuple[int, bool]]) -> None:
    with pytest.raises(ValueError, match="K0099"):
        vote(store, 99)


def test_a_reason_that_cannot_be_stored_is_made_storable(store: Store, vote: Callable[..., tuple[int, bool]]) -> None:
    vote(store, 1, reason="pasangan \ud800 lepas")
    assert store.state("K0001").votes[0].reason == "pasangan ? lepas"
    assert store.verify().sound


def test_a_double_submission_is_one_vote_and_another_content_is_refused(
    store: Store, vote: Callable[..., tuple[int, bool]]
) -> None:
    key = secrets.token_hex(16)
    assert vote(store, 1, idempotency_key=key) == (1, True)
    assert vote(store, 1, idempotency_key=key) == (1, False)
    with pytest.raises(ValueError, match="Kunci pengiriman"):
        vote(store, 1, idempotency_key=key, box=7)
    assert [e.seq for e in store.events()] == [1]
    assert store.state("K0001").box == 8


def test_a_retry_is_acknowledged_also_after_the_case_was_minuted(
    store: Store, vote: Callable[..., tuple[int, bool]]
) -> None:
    key = secrets.token_hex(16)
    vote(store, 1, idempotency_key=key)
    store.record_minutes(actor="ani", payload={"cases": {"K0001": 8}}, head=store.ledger().head)
    assert vote(store, 1, idempotency_key=key) == (1, False)


@pytest.mark.parametrize("payload", ["{", "{}", "[]", '{"action": "box"}'])
def test_an_event_that_cannot_be_read_is_never_passed_over(
    store: Store, open_store: Callable[..., Store], vote: Callable[..., tuple[int, bool]], payload: str
) -> None:
    vote(store, 1)
    vote(store, 2)
    with store.engine.begin() as connection:
        connection.execute(payloads_table.update().where(payloads_table.c.seq == 2).values(payload_json=payload))
    later = open_store()
    for attempt in (later.ledger, later.ledger, lambda: vote(later, 3)):
        with pytest.raises(ValueError, match="Catatan telaah tidak terbaca setelah peristiwa"):
            attempt()
    assert later.verify().broken_at == 2


def test_a_log_that_somebody_else_keeps_locked_is_one_sentence_and_can_still_be_read(
    store: Store, open_store: Callable[..., Store], vote: Callable[..., tuple[int, bool]], monkeypatch
) -> None:
    monkeypatch.setattr(log, "BUSY_MILLISECONDS", 100)
    pair = open_store(votes_required=2)
    with log.writing(store.engine):
        with pytest.raises(ValueError, match="belum tersimpan, ulangi"):
            vote(pair, 1)
        with pytest.raises(ValueError, match="belum tersimpan, ulangi"):
            pair.claim(actor="ani", case_id="K0001")
        assert QueueModel(pair, actor="ani", account="", title="").view()["case"]["case_id"] == "K0001"
    assert vote(pair, 1) == (1, True)


def test_undo_withdraws_the_named_vote_and_nothing_else(store: Store, vote: Callable[..., tuple[int, bool]]) -> None:
    first, _new = vote(store, 1)
    second, _new = vote(store, 1, box=7)
    key = secrets.token_hex(16)
    with pytest.raises(ValueError, match="tidak berlaku lagi"):
        store.undo(actor="ani", case_id="K0001", seq=first, idempotency_key=secrets.token_hex(16))
    with pytest.raises(ValueError, match="tidak berlaku lagi"):
        store.undo(actor="budi", case_id="K0001", seq=second, idempotency_key=secrets.token_hex(16))
    assert store.undo(actor="ani", case_id="K0001", seq=second, idempotency_key=key) == (3, True)
    assert store.undo(actor="ani", case_id="K0001", seq=second, idempotency_key=key) == (3, False)
    assert store.state("K0001").status == "new"
    assert [e.kind for e in store.events()] == ["vote", "vote", "undo"]


def test_two_processes_see_each_other_and_the_same_state(
    store: Store, open_store: Callable[..., Store], vote: Callable[..., tuple[int, bool]]
) -> None:
    other = open_store()
    vote(store, 1, "ani", box=8)
    assert other.state("K0001").box == 8
    vote(other, 1, "budi", box=7)
    assert store.state("K0001").status == "conflict"
    assert list(store.ledger().own("ani")) == ["K0001"]
    assert store.states() == other.states() == open_store().states()


def test_two_votes_can_be_required(
    address: str,
    open_store: Callable[..., Store],
    made_up_case: Callable[..., Case],
    vote: Callable[..., tuple[int, bool]],
) -> None:
    store = open_store(votes_required=2)
    store.replace_cases([made_up_case(1)], run="run-1")
    vote(store, 1, "ani")
    assert store.state("K0001").status == "voting"
    vote(store, 1, "budi")
    assert (store.state("K0001").status, store.state("K0001").box) == ("agreed", 8)


def test_a_minuted_case_cannot_be_changed(
    store: Store, open_store: Callable[..., Store], vote: Callable[..., tuple[int, bool]]
) -> None:
    seq, _new = vote(store, 1)
    page = open_store()
    assert page.state("K0001").status == "agreed"
    store.record_minutes(actor="ani", payload={"cases": {"K0001": 8}}, head=store.ledger().head)
    with pytest.raises(ValueError, match="berita acara"):
        vote(page, 1, box=7)
    with pytest.raises(ValueError, match="berita acara"):
        page.undo(actor="ani", case_id="K0001", seq=seq, idempotency_key=secrets.token_hex(16))
    vote(page, 2)
    assert page.state("K0001").box == 8


def test_minutes_refuse_a_head_that_has_moved(
    store: Store, open_store: Callable[..., Store], vote: Callable[..., tuple[int, bool]]
) -> None:
    vote(store, 1)
    head = store.ledger().head
    vote(open_store(), 2)
    with pytest.raises(ValueError, match="suara baru"):
        store.record_minutes(actor="ani", payload={"cases": {}}, head=head)
    assert store.ledger().minutes is None


# a new run


def test_new_boxes_need_a_reason_once_there_are_votes(
    store: Store, made_up_case: Callable[..., Case], vote: Callable[..., tuple[int, bool]]
) -> None:
    store.replace_cases([made_up_case(n) for n in range(1, 4)], run="run-2")
    vote(store, 1)
    with pytest.raises(ValueError, match="--reopen"):
        store.replace_cases([made_up_case(1, run="run-3")], run="run-3")
    assert store.count_cases() == 3


def test_only_cases_whose_ground_moved_are_reopened(
    store: Store, made_up_case: Callable[..., Case], vote: Callable[..., tuple[int, bool]]
) -> None:
    for number in range(1, 6):
        vote(store, number)
    risk = {n: made_up_case(n).content["risk"] for n in range(1, 6)}
    fresh = [
        made_up_case(1, run="run-2"),
        made_up_case(2, run="run-2", box=8),
        made_up_case(3, run="run-2", risk=risk[3] - 0.0501),
        made_up_case(4, run="run-2", risk=risk[4] + 0.0499),
        made_up_case(6, run="run-2"),
    ]
    reopened, kept = store.replace_cases(fresh, run="run-2", reason="kunci butir 41 keliru")
    assert (reopened, kept) == (["K0002", "K0003", "K0005"], ["K0001", "K0004"])
    assert {c: store.state(c).status for c in ("K0001", "K0002", "K0003", "K0004", "K0005")} == {
        "K0001": "agreed",
        "K0002": "new",
        "K0003": "new",
        "K0004": "agreed",
        "K0005": "new",
    }
    events = store.events()
    assert [e.kind for e in events] == ["vote"] * 5 + ["reopen"]
    assert events[-1].payload == {
        "reason": "kunci butir 41 keliru",
        "run": "run-2",
        "cases": reopened,
        "kept": kept,
    }


def test_risk_that_drifts_over_several_runs_reopens(
    store: Store, made_up_case: Callable[..., Case], vote: Callable[..., tuple[int, bool]]
) -> None:
    # Compared with what the voter saw, not with the run before.
    vote(store, 1)
    start = made_up_case(1).content["risk"]
    for run, drift in (("run-2", 0.03), ("run-3", 0.049)):
        assert store.replace_cases([made_up_case(1, run=run, risk=start + drift)], run=run, reason="ulang")[0] == []
    assert store.replace_cases([made_up_case(1, run="run-4", risk=start + 0.06)], run="run-4", reason="ulang")[0] == [
        "K0001"
    ]


def test_a_page_that_looks_at_the_old_run_is_told(
    store: Store,
    open_store: Callable[..., Store],
    made_up_case: Callable[..., Case],
    vote: Callable[..., tuple[int, bool]],
) -> None:
    page = open_store()
    case = page.case("K0002")
    assert case is not None
    vote(store, 1)
    store.replace_cases([made_up_case(n, run="run-2", box=4) for n in (1, 2)], run="run-2", reason="ulang")
    with pytest.raises(ValueError, match="proses baru"):
        vote(page, 2, run=case.run)
    vote(page, 2, run="run-2")
    assert page.state("K0002").votes[0].stated == 4


def test_reopening_ends_the_minutes(
    store: Store, made_up_case: Callable[..., Case], vote: Callable[..., tuple[int, bool]]
) -> None:
    vote(store, 1)
    vote(store, 2)
    store.record_minutes(actor="ani", payload={"cases": {"K0001": 8, "K0002": 8}}, head=store.ledger().head)
    fresh = [made_up_case(1, run="run-2"), made_up_case(2, run="run-2", box=1)]
    with pytest.raises(ValueError, match="--reopen"):
        store.replace_cases(fresh, run="run-2")
    store.replace_cases(fresh, run="run-2", reason="data kinerja diperbaiki")
    assert (store.state("K0001").status, store.state("K0002").status) == ("agreed", "new")
    assert store.ledger().minutes is None
    assert store.ledger().had_minutes
    vote(store, 1, box=7)
    assert store.state("K0001").box == 7


# many


def test_a_page_stays_quick_with_many_cases_and_events(
    open_store: Callable[..., Store], made_up_case: Callable[..., Case]
) -> None:
    from workbench.apps.queue.model import QueueModel
    from workbench.review import log

    writer = open_store()
    writer.replace_cases([made_up_case(n) for n in range(1, 3001)], run="run-1")
    payload = {
        "action": "box",
        "box": 5,
        "reason_code": "level",
        "reason": "dekat batas",
        "confidence": 2,
        "run": "run-1",
        "stated": 5,
        "risk": 0.2,
    }
    with log.writing(writer.engine) as connection:
        for n in range(20_000):
            log.append_within(connection, f"orang {n % 7}", "assessor", f"K{n % 3000 + 1:04d}", "vote", payload)
    model = QueueModel(open_store(), actor="orang 1", account="kantor", title="Putaran")
    started = time.perf_counter()
    for _ in range(20):
        assert model.handle({"kind": "next"})["kind"] == "state"
    # Folding the whole log for each action took over a second; a generous bound for a busy machine.
    assert (time.perf_counter() - started) / 20 < 0.1
