"""Alembic runs this for every command: on the connection, and in the transaction, of `diag.history.migrate`."""

from __future__ import annotations

from alembic import context

from diag.history.migrate import VERSION_TABLE
from diag.history.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
