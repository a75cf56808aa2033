"""Known cases: the truth of those that stand in the queue to measure the review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column of the truth; all cases that are there are cases of people."""
    op.add_column("cases", sa.Column("truth_json", sa.Text, nullable=True))
