"""The tables of the review database: an old file is brought up to date, a newer one refused, and nothing is lost."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from workbench.review import Store, log
from workbench.review.schema import HEAD, metadata

VOTES = Callable[..., tuple[int, bool]]
STEPS = Path(log.__file__).parent / "migrations" / "versions"
# As the files looked before there were versions; the oldest had no items.
OLDEST = """
CREATE TABLE events (seq INTEGER NOT NULL, at_utc VARCHAR(32) NOT NULL, actor VARCHAR(128) NOT NULL,
  role VARCHAR(32) NOT NULL, case_id VARCHAR(64) NOT NULL, kind VARCHAR(32) NOT NULL,
  payload_commitment VARCHAR(64) NOT NULL, prev_hash VARCHAR(64) NOT NULL, hash VARCHAR(64) NOT NULL,
  idempotency_key VARCHAR(64), PRIMARY KEY (seq), UNIQUE (prev_hash), UNIQUE (hash), UNIQUE (idempotency_key));
CREATE TABLE payloads (seq INTEGER NOT NULL, salt BLOB NOT NULL, payload_json TEXT, PRIMARY KEY (seq));
CREATE TABLE cases (case_id VARCHAR(64) NOT NULL, run VARCHAR(96) NOT NULL, position INTEGER NOT NULL,
  participant_id VARCHAR(32) NOT NULL, instansi TEXT NOT NULL, jenjang VARCHAR(32) NOT NULL,
  payload_json TEXT NOT NULL, PRIMARY KEY (case_id));
CREATE INDEX cases_by_position ON cases (position);
"""
TABLES = ("events", "payloads", "cases")


def path_of(address: str) -> Path:
    return Path(address.removeprefix("sqlite:///"))


def version_of(address: str) -> str:
    connection = sqlite3.connect(path_of(address))
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        connection.close()


def differences(engine: Engine) -> list[object]:
    """What lies in the database against what the code describes: tables, columns, types, indexes and unique columns."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


@pytest.fixture
def old_file(store: Store, vote: VOTES, address: str, tmp_path: Path) -> str:
    """A file of the oldest kind, with votes in it."""
    vote(store, 1)
    vote(store, 2, "budi", box=7)
    path = tmp_path / "lama.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(OLDEST)
    connection.execute("ATTACH ? AS new", (str(path_of(address)),))
    for table in TABLES:
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
        connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table}")
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def test_a_new_file_carries_the_last_version_and_the_tables_of_the_code(store: Store, address: str) -> None:
    assert version_of(address) == HEAD
    assert differences(store.engine) == []


def test_an_old_file_is_brought_up_to_date_and_keeps_every_event(old_file: str, store: Store, vote: VOTES) -> None:
    upgraded = Store(old_file)
    assert version_of(old_file) == HEAD
    assert differences(upgraded.engine) == []
    assert upgraded.events() == store.events()
    assert upgraded.verify() == store.verify()
    assert upgraded.cases() == store.cases()
    assert upgraded.cases(known=True) == upgraded.cases()  # nobody there is a known case
    assert vote(upgraded, 3) == (3, True)
    assert upgraded.verify().sound
    upgraded.close()
    again = Store(old_file)
    assert len(again.events()) == 3
    again.close()


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_was(store: Store, address: str) -> None:
    store.close()
    connection = sqlite3.connect(path_of(address))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    before = list(connection.iterdump())
    with pytest.raises(ValueError, match=r"versi yang lebih baru \(skema 9999\); perbarui"):
        Store(address)
    assert list(connection.iterdump()) == before
    connection.close()


def test_steps_stand_in_one_line_up_to_the_last() -> None:
    found = {}
    for path in STEPS.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        down = re.search(r"^down_revision = (.*)$", text, re.MULTILINE)
        revision = re.search(r'^revision = "(\d{4})"$', text, re.MULTILINE)
        assert down is not None
        assert revision is not None
        assert path.stem == f"revision_{revision[1]}"
        found[down[1].strip('"')] = revision[1]
    line, at = [], "None"
    while at in found:
        at = found[at]
        line.append(at)
    assert len(line) == len(found)
    assert line[-1] == HEAD


def test_a_page_that_opens_an_up_to_date_file_imports_no_alembic(store: Store, address: str) -> None:
    store.close()
    code = (
        f"import sys; from workbench.review import Store; Store({address!r}).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
