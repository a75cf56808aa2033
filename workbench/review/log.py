"""The append-only log: events chained by hashes, payloads apart so that a person's can be erased.

An event commits to its payload by a salted hash. Erasing the payload (UU 27/2022) leaves the chain whole; changing
anything breaks it at that event.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from workbench.i18n import _
from workbench.review.schema import bring_up_to_date, events_table, payloads_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Column, Select
    from sqlalchemy.engine import Connection

__all__ = [
    "GENESIS",
    "Event",
    "Verification",
    "append",
    "append_within",
    "canonical",
    "check_key",
    "events_after",
    "exists",
    "file_of",
    "open_engine",
    "rows",
    "verify",
    "writing",
]

GENESIS = "0" * 64
_SQLITE = "sqlite:///"
BUSY_MILLISECONDS = 10_000  # how long a writer waits for the others
LOOK_MILLISECONDS = 20  # SQLite looks after 1, 2, 5, 10 and 2 of them
# What the sender chose; the rest of a payload is added here and may differ when the same submission comes twice.
_FROM_THE_SENDER = (
    *("action", "box", "reason_code", "reason", "confidence", "supersedes"),
    *("instrument", "item_id", "option", "present", "dissent"),
)


@dataclass(frozen=True)
class Event:
    """One event with its payload; the payload is None where it was erased."""

    seq: int
    at_utc: str
    actor: str
    role: str
    case_id: str
    kind: str
    payload: dict[str, Any] | None
    prev_hash: str
    hash: str


@dataclass(frozen=True)
class Verification:
    """Whether the chain holds.

    Attributes
    ----------
    sound : bool
    events : int
        Events that fit, from the first.
    head : str
        Hash of the last of them.
    broken_at : int or None
        First event that does not fit.
    erased : int
        Payloads that were erased; the chain holds without them.
    sentence : str
    """

    sound: bool
    events: int
    head: str
    broken_at: int | None
    erased: int
    sentence: str


def exists(url: str) -> bool:
    """Return whether the database is there; a server is assumed to be."""
    path = file_of(url)
    return path is None or path.is_file()


def file_of(url: str) -> Path | None:
    """Return the file of an SQLite database; None for a server."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def open_engine(url: str) -> Engine:
    """Open the database and bring its tables up to date; SQLite writes ahead and waits for the disk before it answers.

    Raises
    ------
    ValueError
        When the database cannot be opened, or a newer version made it.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _durable(connection: Any, _record: object) -> None:
            # SQLAlchemy, not the driver, says when a transaction begins, so that a writer can take the lock at once.
            connection.isolation_level = None
            # A changed byte may not be UTF-8 any more; verification must still read it to name the event.
            connection.text_factory = _read_text
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            if connection.get_execution_options().get("immediate", False):
                _take_the_lock(connection)
            else:
                connection.exec_driver_sql("BEGIN")

    try:
        # The lock is taken first: two processes that open a new database at the same time make its tables once.
        with _locked(engine) as connection:
            bring_up_to_date(connection)
    except ValueError:
        engine.dispose()
        raise
    except DBAPIError as problem:
        engine.dispose()
        raise ValueError(
            _("Catatan telaah tidak dapat dibuka ({problem}); pulihkan dari cadangan.").format(problem=problem.orig)
        ) from None
    return engine


def _take_the_lock(connection: Connection) -> None:
    """Begin a transaction that writes.

    SQLite looks for the lock ever more seldom the longer somebody waits, at last ten times a second, so that of many
    writers those who have just written come first again and one may wait for ever. Here everybody looks equally often.
    """
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    connection.exec_driver_sql(f"PRAGMA busy_timeout={LOOK_MILLISECONDS}")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as problem:
                code = getattr(problem.orig, "sqlite_errorcode", 0) & 0xFF
                if code != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            else:
                return
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that nobody else can write into; what it read stays true until it is committed.

    Raises
    ------
    ValueError
        When the database cannot be written; nothing of the transaction is then there.
    """
    try:
        with _locked(engine) as connection:
            yield connection
    except DBAPIError as problem:
        raise ValueError(
            _("Catatan telaah tidak dapat ditulis ({problem}); belum tersimpan, ulangi sebentar lagi.").format(
                problem=problem.orig
            )
        ) from None


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    with engine.execution_options(immediate=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(411)"))
        yield connection


def canonical(content: Mapping[str, Any]) -> str:
    """Return JSON with one spelling only: sorted keys, no spaces, no escapes."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=repr)


def check_key(idempotency_key: str) -> None:
    """Refuse a key that is too short to be drawn at random, or too long to be stored.

    Raises
    ------
    ValueError
        When it has fewer than 16 or more than 64 characters.
    """
    if not 16 <= len(idempotency_key) <= 64:
        raise ValueError(_("Kunci pengiriman tidak sah; muat ulang halaman."))


def append(
    engine: Engine,
    *,
    actor: str,
    role: str,
    kind: str,
    payload: Mapping[str, Any],
    case_id: str = "",
    idempotency_key: str | None = None,
    guard: Callable[[Connection], None] | None = None,
) -> tuple[int, bool]:
    """Append one event in one transaction; it is on the disk when this returns.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    actor, role, kind, case_id : str
    payload : mapping
    idempotency_key : str, optional
        A second event with the same key is not written.
    guard : callable, optional
        Called inside the transaction, before anything is written; raises ValueError to refuse.

    Returns
    -------
    seq : int
    new : bool
        False when an event with the same idempotency key was already there; nothing is then written.

    Raises
    ------
    ValueError
        When the key was used for something else, the guard refuses, or the log cannot be written.
    """
    with writing(engine) as connection:
        if idempotency_key is not None:
            found = _already(connection, idempotency_key)
            if found is not None:
                _same(found, actor, case_id, kind, payload)
                return int(found.seq), False
        if guard is not None:
            guard(connection)
        return append_within(connection, actor, role, case_id, kind, payload, idempotency_key), True


def append_within(
    connection: Connection,
    actor: str,
    role: str,
    case_id: str,
    kind: str,
    payload: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> int:
    """Append one event to a transaction opened by `writing`; return its number."""
    last = connection.execute(
        select(events_table.c.seq, events_table.c.hash).order_by(events_table.c.seq.desc()).limit(1)
    ).first()
    salt, payload_json = secrets.token_bytes(16), canonical(payload)
    row: dict[str, Any] = {
        "seq": 1 if last is None else last.seq + 1,
        "at_utc": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "actor": actor,
        "role": role,
        "case_id": case_id,
        "kind": kind,
        "payload_commitment": _commitment(salt, payload_json),
        "prev_hash": GENESIS if last is None else last.hash,
        "idempotency_key": idempotency_key,
    }
    row["hash"] = _event_hash(row)
    connection.execute(insert(events_table).values(row))
    connection.execute(insert(payloads_table).values(seq=row["seq"], salt=salt, payload_json=payload_json))
    return int(row["seq"])


def events_after(connection: Connection, seq: int) -> list[Event]:
    """Return the events behind a number, in order."""
    query = _in_order(payloads_table.c.payload_json).where(events_table.c.seq > seq)
    return [
        Event(
            row.seq,
            row.at_utc,
            row.actor,
            row.role,
            row.case_id,
            row.kind,
            json.loads(row.payload_json) if row.payload_json is not None else None,
            row.prev_hash,
            row.hash,
        )
        for row in connection.execute(query)
    ]


def _in_order(*of_payloads: Column[Any]) -> Select[Any]:
    """Return the query of all events in order, with columns of their payloads where these were not erased."""
    joined = select(events_table, *of_payloads).join(
        payloads_table, payloads_table.c.seq == events_table.c.seq, isouter=True
    )
    return joined.order_by(events_table.c.seq)


def rows(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield every event with all its columns and its payload, in order; the payload is None where it was erased."""
    for row in connection.execute(_in_order(payloads_table.c.payload_json)):
        columns = dict(row._mapping)
        payload_json = columns.pop("payload_json")
        yield {**columns, "payload": None if payload_json is None else json.loads(payload_json)}


def verify(engine: Engine) -> Verification:
    """Recompute the chain and say at which event it breaks."""
    query = _in_order(payloads_table.c.salt, payloads_table.c.payload_json)
    number, previous, erased, reason = 0, GENESIS, 0, ""
    try:
        with engine.connect() as connection:
            for number, row in enumerate(connection.execute(query), start=1):
                reason = _misfit(row, number, previous)
                if reason:
                    break
                previous = row.hash
                erased += row.payload_json is None
    except (DBAPIError, TypeError) as problem:
        number, reason = number + 1, str(problem.orig if isinstance(problem, DBAPIError) else problem)
    if reason:
        sentence = _("Catatan telaah rusak pada peristiwa {seq}: {reason}.").format(seq=number, reason=reason)
        return Verification(False, number - 1, previous, number, erased, sentence)
    sentence = _("Catatan telaah utuh: {n} peristiwa, kepala rantai {head}.").format(n=number, head=previous[:16])
    if erased:
        sentence += " " + _("{n} muatan telah dihapus.").format(n=erased)
    return Verification(True, number, previous, None, erased, sentence)


def _misfit(row: Any, number: int, previous: str) -> str:
    """Return why an event does not fit behind the one before it, or an empty text."""
    if row.seq != number:
        return _("nomor urut meloncat")
    if row.prev_hash != previous:
        return _("tidak bersambung dengan peristiwa sebelumnya")
    if _event_hash(row._mapping) != row.hash:
        return _("isi peristiwa berubah")
    if row.salt is None:
        return _("muatan hilang")
    if row.payload_json is not None and _commitment(row.salt, row.payload_json) != row.payload_commitment:
        return _("muatan berubah")
    return ""


def _already(connection: Connection, key: str) -> Any:
    query = (
        select(events_table, payloads_table.c.payload_json)
        .join(payloads_table, payloads_table.c.seq == events_table.c.seq)
        .where(events_table.c.idempotency_key == key)
    )
    return connection.execute(query).first()


def _same(found: Any, actor: str, case_id: str, kind: str, payload: Mapping[str, Any]) -> None:
    """Refuse a key that was used for something else: acknowledging it would lose what is sent now."""
    before = payload if found.payload_json is None else json.loads(found.payload_json)
    alike = all(before.get(name) == payload.get(name) for name in _FROM_THE_SENDER)
    if not alike or (found.actor, found.case_id, found.kind) != (actor, case_id, kind):
        raise ValueError(_("Kunci pengiriman ini sudah dipakai untuk keputusan lain; muat ulang halaman."))


def _read_text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _sha256(*parts: str | bytes) -> str:
    content = b"".join(p if isinstance(p, bytes) else p.encode("utf-8", "surrogateescape") for p in parts)
    return hashlib.sha256(content).hexdigest()


def _commitment(salt: bytes, payload_json: str) -> str:
    return _sha256(salt, payload_json)


def _event_hash(row: Mapping[str, Any]) -> str:
    names = ("seq", "at_utc", "actor", "role", "case_id", "kind", "payload_commitment", "prev_hash", "idempotency_key")
    return _sha256(canonical({name: row[name] for name in names}))
