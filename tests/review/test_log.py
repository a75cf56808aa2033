"""The log: nothing in it can change unseen, nothing acknowledged is lost, nothing is written twice."""

from __future__ import annotations

import multiprocessing
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.review import log


def path_of(address: str) -> Path:
    return Path(address.removeprefix("sqlite:///"))


@cache
def content_of(events: int) -> bytes:
    """A closed log, as bytes: every append waits for the disk, so one is made for many tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "review.sqlite"
        engine = log.open_engine(f"sqlite:///{path}")
        for n in range(events):
            log.append(
                engine,
                actor="ani",
                role="assessor",
                case_id=f"K{n}",
                kind="vote",
                payload={"box": n % 9 + 1, "reason": f"alasan {n} — “kutip” é"},
                idempotency_key=f"kunci-{n:012d}",
            )
        engine.dispose()
        return path.read_bytes()


def filled(address: str, events: int = 6) -> None:
    path_of(address).write_bytes(content_of(events))


def checked(address: str) -> log.Verification:
    engine = log.open_engine(address)
    try:
        return log.verify(engine)
    finally:
        engine.dispose()


def run_sql(address: str, *statements: tuple[str, tuple[Any, ...]]) -> None:
    connection = sqlite3.connect(path_of(address))
    with connection:
        for statement, values in statements:
            connection.execute(statement, values)
    connection.close()


def test_chain_holds_and_names_its_head(address: str) -> None:
    filled(address)
    check = checked(address)
    assert check.sound
    assert check.events == 6
    assert check.broken_at is None
    assert check.head[:16] in check.sentence


def test_empty_log_is_sound(address: str) -> None:
    check = checked(address)
    assert (check.sound, check.events, check.head) == (True, 0, log.GENESIS)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("events", name)
        for name in (
            "at_utc",
            "actor",
            "role",
            "case_id",
            "kind",
            "payload_commitment",
            "prev_hash",
            "hash",
            "idempotency_key",
        )
    ]
    + [("payloads", "salt"), ("payloads", "payload_json")],
)
@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_changed_byte_is_found_and_the_event_named(
    address: str, table: str, column: str, data: st.DataObject
) -> None:
    filled(address)
    seq = data.draw(st.integers(1, 6), label="event")
    connection = sqlite3.connect(path_of(address))
    ((value, kind),) = connection.execute(f"SELECT {column}, typeof({column}) FROM {table} WHERE seq = ?", (seq,))
    content = bytearray(value if kind == "blob" else value.encode())
    place = data.draw(st.integers(0, len(content) - 1), label="byte")
    content[place] ^= data.draw(st.integers(1, 255), label="change")
    with connection:
        as_text = "" if kind == "blob" else "CAST(? AS TEXT)"
        connection.execute(f"UPDATE {table} SET {column} = {as_text or '?'} WHERE seq = ?", (bytes(content), seq))
    connection.close()
    check = checked(address)
    assert not check.sound
    assert check.broken_at == seq
    assert str(seq) in check.sentence


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE seq = 3",
        "DELETE FROM payloads WHERE seq = 3",
        "UPDATE events SET seq = 30 WHERE seq = 3",
        "UPDATE payloads SET seq = 30 WHERE seq = 3",
        "UPDATE events SET idempotency_key = NULL WHERE seq = 3",
    ],
)
def test_missing_or_moved_rows_are_found(address: str, statement: str) -> None:
    filled(address)
    run_sql(address, (statement, ()))
    check = checked(address)
    assert not check.sound
    assert check.broken_at == 3


def test_rewriting_one_event_with_its_hash_breaks_the_next(address: str) -> None:
    filled(address)
    run_sql(
        address,
        ("UPDATE events SET actor = 'orang lain' WHERE seq = 3", ()),
    )
    engine = log.open_engine(address)
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM events WHERE seq = 3").mappings().one()
    engine.dispose()
    forged = log._event_hash(row)
    run_sql(address, ("UPDATE events SET hash = ? WHERE seq = 3", (forged,)))
    assert checked(address).broken_at == 4


def test_erased_payload_keeps_the_chain_and_is_told(address: str) -> None:
    filled(address)
    run_sql(address, ("UPDATE payloads SET payload_json = NULL, salt = x'' WHERE seq = 2", ()))
    check = checked(address)
    assert check.sound
    assert check.erased == 1
    assert "1" in check.sentence.split("kepala rantai")[1]


def test_a_byte_of_the_file_that_makes_it_unreadable_is_one_sentence(address: str) -> None:
    filled(address, 60)
    content = bytearray(path_of(address).read_bytes())
    size = int.from_bytes(content[16:18], "big")
    connection = sqlite3.connect(path_of(address))
    ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'payloads'")
    connection.close()
    content[(page - 1) * size] = 0  # no page of a table is of this kind
    path_of(address).write_bytes(content)
    check = checked(address)
    assert not check.sound
    assert check.broken_at == 1
    assert "\n" not in check.sentence


def test_same_key_writes_once(address: str) -> None:
    engine = log.open_engine(address)
    key = secrets.token_hex(16)
    same = {"actor": "ani", "role": "assessor", "case_id": "K1", "kind": "vote", "idempotency_key": key}
    first = log.append(engine, **same, payload={"box": 8, "run": "a"})
    again = log.append(engine, **same, payload={"box": 8, "run": "b"})
    assert first == (1, True)
    assert again == (1, False)
    for changed in ({"payload": {"box": 7}}, {"payload": {"box": 8}, "actor": "budi"}):
        with pytest.raises(ValueError, match="Kunci pengiriman"):
            log.append(engine, **{**same, **changed})
    assert log.verify(engine).events == 1
    engine.dispose()


def test_a_guard_that_refuses_leaves_nothing_behind(address: str) -> None:
    engine = log.open_engine(address)

    def refuse(_connection: object) -> None:
        raise ValueError("tidak boleh")

    with pytest.raises(ValueError, match="tidak boleh"):
        log.append(engine, actor="ani", role="assessor", kind="vote", payload={}, guard=refuse)
    assert log.verify(engine).events == 0
    assert log.append(engine, actor="ani", role="assessor", kind="vote", payload={}) == (1, True)
    engine.dispose()


def test_a_log_that_cannot_be_written_is_one_sentence(address: str) -> None:
    engine = log.open_engine(address)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.commit()
    with pytest.raises(ValueError, match="tidak dapat ditulis"):
        log.append(engine, actor="ani", role="assessor", kind="vote", payload={})
    engine.dispose()


def test_a_file_that_is_no_database_is_one_sentence(address: str) -> None:
    path_of(address).write_text("bukan basis data " * 100)
    with pytest.raises(ValueError, match="tidak dapat dibuka"):
        log.open_engine(address)


def append_many(address: str, actor: str, count: int, barrier: Any) -> None:
    barrier.wait()
    engine = log.open_engine(address)
    for n in range(count):
        log.append(engine, actor=actor, role="assessor", case_id=f"K{n}", kind="vote", payload={"n": n})
    engine.dispose()


def test_several_processes_append_at_once(address: str) -> None:
    # They also open the new database at the same moment.
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(4)
    workers = [context.Process(target=append_many, args=(address, f"orang {w}", 25, barrier)) for w in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        assert worker.exitcode == 0
    check = checked(address)
    assert check.sound, check.sentence
    assert check.events == 100
    engine = log.open_engine(address)
    with engine.connect() as connection:
        events = log.events_after(connection, 0)
    engine.dispose()
    for w in range(4):
        mine = [event.payload for event in events if event.actor == f"orang {w}"]
        assert mine == [{"n": n} for n in range(25)]


def test_of_many_who_write_without_a_pause_nobody_waits_for_all_the_others(address: str) -> None:
    log.open_engine(address).dispose()
    written: list[int] = []
    barrier = threading.Barrier(8)

    def write(actor: str) -> None:
        engine = log.open_engine(address)
        barrier.wait()
        number, until = 0, time.monotonic() + 1
        while time.monotonic() < until:
            log.append(engine, actor=actor, role="assessor", kind="vote", payload={"n": number})
            number += 1
        engine.dispose()
        written.append(number)

    writers = [threading.Thread(target=write, args=(f"orang {n}",)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert len(written) == 8
    assert min(written) > 1, written


WRITER = """
import sys
from workbench.review import log
engine = log.open_engine(sys.argv[1])
while True:
    print(log.append(engine, actor="ani", role="assessor", kind="vote", payload={"text": "x" * 3000})[0], flush=True)
"""


def test_what_was_acknowledged_outlives_a_killed_writer(address: str) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, address], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    acknowledged = [int(writer.stdout.readline()) for _ in range(30)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in writer.communicate()[0].splitlines() if line.isdigit()]
    check = checked(address)
    assert check.sound, check.sentence
    assert check.events >= max(acknowledged)


def test_sqlite_waits_for_the_disk(address: str) -> None:
    engine = log.open_engine(address)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


def test_readers_see_the_last_complete_state_while_somebody_writes(address: str) -> None:
    filled(address, 3)
    writer, reader = log.open_engine(address), log.open_engine(address)
    with log.writing(writer) as open_transaction:
        log.append_within(open_transaction, "budi", "assessor", "K9", "vote", {"box": 1})
        with reader.connect() as connection:
            assert len(log.events_after(connection, 0)) == 3
    with reader.connect() as connection:
        assert [event.seq for event in log.events_after(connection, 2)] == [3, 4]
    writer.dispose()
    reader.dispose()
