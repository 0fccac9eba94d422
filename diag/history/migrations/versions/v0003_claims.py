"""How long health pages have answered the same; the notes of a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From runs, turns and updates."""
    texts = ("project", "environment", "check_id", "resource", "vantage", "aspect", "digest")
    op.create_table(
        "diag_claims",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("moving", sa.Text(), nullable=False),
        sa.Column("well", sa.Boolean(), nullable=False),
    )
    op.create_index("diag_claims_of_scope", "diag_claims", ["project", "environment"])
    # Databases of a diag between two versions have it.
    if "notes" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("diag_runs")}:
        op.add_column("diag_runs", sa.Column("notes", sa.Text(), nullable=False, server_default="[]"))
