"""How Alembic reaches the review database: on the connection, and in the transaction, of whoever opens it."""

from __future__ import annotations

from alembic import context

from workbench.review.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
