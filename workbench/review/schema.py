"""The tables of the review database, and their versions.

A file made by an older version is brought up to date when it is opened; one made by a newer version is refused. The
steps stand in ``migrations/versions``, one file a version, and are run by Alembic, which is imported only then: opening
a page must stay quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
)

from workbench.i18n import _

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = [
    "HEAD",
    "bring_up_to_date",
    "cases_table",
    "events_table",
    "items_table",
    "leases_table",
    "metadata",
    "payloads_table",
]

HEAD = "0003"  # the last of migrations/versions, which the tables below describe
_MIGRATIONS = Path(__file__).parent / "migrations"

metadata = MetaData()

events_table = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at_utc", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("role", String(32), nullable=False),
    Column("case_id", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("payload_commitment", String(64), nullable=False),
    Column("prev_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("idempotency_key", String(64), nullable=True, unique=True),
)
payloads_table = Table(
    "payloads",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("salt", LargeBinary(16), nullable=False),
    Column("payload_json", Text, nullable=True),
)
cases_table = Table(
    "cases",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("run", String(96), nullable=False),
    Column("position", Integer, nullable=False),
    Column("participant_id", String(32), nullable=False),
    Column("instansi", Text, nullable=False),
    Column("jenjang", String(32), nullable=False),
    Column("payload_json", Text, nullable=False),
    Column("truth_json", Text, nullable=True),  # of known cases only, which count for nothing but the analysis
    Index("cases_by_position", "position"),
)
items_table = Table(
    "items",
    metadata,
    Column("instrument", String(64), primary_key=True),
    Column("item_id", String(64), primary_key=True),
    Column("run", String(96), nullable=False),
    Column("position", Integer, nullable=False),
    Column("payload_json", Text, nullable=False),
    Column("html", Text, nullable=False),
)
leases_table = Table(
    "leases",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("actor", String(128), nullable=False),
    Column("until_utc", String(32), nullable=False),
    UniqueConstraint("case_id", "actor", name="one_lease_each"),
)
# Alembic's own table, so that a new database carries its version without any step being run.
_version_table = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def bring_up_to_date(connection: Connection) -> None:
    """Make the tables of a new database, or bring those of an old one to the present version.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Within a transaction that nobody else can write into; it is all or nothing.

    Raises
    ------
    ValueError
        When a newer version made the database.
    """
    names = set(inspect(connection).get_table_names())
    if "events" not in names:
        metadata.create_all(connection)
        _version_table.create(connection, checkfirst=True)
        connection.execute(insert(_version_table).values(version_num=HEAD))
        return
    known = _version_table.name in names
    version = connection.execute(select(_version_table.c.version_num)).scalar() if known else None
    if version != HEAD:
        _upgrade(connection, version)


def _upgrade(connection: Connection, version: str | None) -> None:
    """Run the steps behind a version; files from before there were versions begin at the first."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    steps = {step.revision for step in ScriptDirectory.from_config(settings).walk_revisions()}
    if version is not None and version not in steps:
        raise ValueError(
            _(
                "Catatan telaah dibuat oleh versi yang lebih baru (skema {version}); perbarui meja kerja ini dahulu."
            ).format(version=version)
        )
    settings.attributes["connection"] = connection
    command.upgrade(settings, HEAD)
