"""The tables as they were before there were versions; those that an old file lacks are made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what is not there."""
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at_utc", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("payload_commitment", sa.String(64), nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("idempotency_key", sa.String(64), nullable=True, unique=True),
        if_not_exists=True,
    )
    op.create_table(
        "payloads",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("payload_json", sa.Text, nullable=True),
        if_not_exists=True,
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(64), primary_key=True),
        sa.Column("run", sa.String(96), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("participant_id", sa.String(32), nullable=False),
        sa.Column("instansi", sa.Text, nullable=False),
        sa.Column("jenjang", sa.String(32), nullable=False),
        sa.Column("payload_json", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index("cases_by_position", "cases", ["position"], if_not_exists=True)
    op.create_table(
        "items",
        sa.Column("instrument", sa.String(64), primary_key=True),
        sa.Column("item_id", sa.String(64), primary_key=True),
        sa.Column("run", sa.String(96), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("payload_json", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        if_not_exists=True,
    )
