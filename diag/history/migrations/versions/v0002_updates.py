"""Status updates, notes for them, and which update told a turn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From runs and turns alone."""
    op.create_table(
        "diag_updates",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("diag_updates_of_scope", "diag_updates", ["project", "environment"])
    op.create_table(
        "diag_notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("update_id", sa.Integer(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("diag_notes_of_scope", "diag_notes", ["project", "environment"])
    op.add_column("diag_turns", sa.Column("update_id", sa.Integer(), nullable=True))
