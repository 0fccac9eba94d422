"""Runs, their findings and probes, the state of each subject, and how states turned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _of_run() -> sa.Column[int]:
    return sa.Column("run_id", sa.Integer(), sa.ForeignKey("diag_runs.id", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    """From nothing."""
    _runs()
    _findings()
    _states()
    _turns()


def _runs() -> None:
    op.create_table(
        "diag_runs",
        sa.Column("id", sa.Integer(), primary_key=True),
        *map(_text, ("project", "environment")),
        _moment("taken_at"),
        *map(_text, ("region", "command", "source", "tool_version")),
        _number("exit_code"),
        sa.Column("duration_s", sa.Float(), nullable=False),
        _text("summary"),
        sa.Column("gate_restored", sa.Boolean(), nullable=True),
        _number("gate_passed", nullable=True),
        _number("gate_counted", nullable=True),
        _text("gate_said"),
        sqlite_autoincrement=True,
    )
    op.create_index("diag_runs_of_scope", "diag_runs", ["project", "environment"])


def _findings() -> None:
    op.create_table(
        "diag_judgements",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False, unique=True),
        *map(_text, ("check_id", "resource", "status", "severity", "title")),
        *map(_text, ("required", "observed", "reason", "permission", "waiver")),
    )
    op.create_index("diag_judgements_of_check", "diag_judgements", ["check_id"])
    op.create_table(
        "diag_findings",
        _of_run(),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("judgement_id", sa.Integer(), sa.ForeignKey("diag_judgements.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("diag_findings_of_judgement", "diag_findings", ["judgement_id"])
    op.create_table(
        "diag_probes",
        _of_run(),
        sa.Column("position", sa.Integer(), primary_key=True),
        *map(_text, ("phase", "cause", "address", "vantage")),
        sa.Column("took_s", sa.Float(), nullable=False),
        *map(_text, ("timings", "samples")),
    )


def _states() -> None:
    op.create_table(
        "diag_states",
        sa.Column("id", sa.Integer(), primary_key=True),
        *map(_text, ("project", "environment", "command", "check_id", "resource", "vantage", "status")),
        _moment("since"),
        _moment("seen_at"),
        _text("otherwise"),
    )
    op.create_index("diag_states_of_scope", "diag_states", ["project", "environment", "command"])


def _turns() -> None:
    op.create_table(
        "diag_turns",
        sa.Column("id", sa.Integer(), primary_key=True),
        _number("run_id"),
        *map(_text, ("project", "environment", "command", "check_id", "resource", "vantage")),
        *map(_text, ("severity", "title", "reason", "before", "after")),
        _moment("at"),
        sa.Column("lasted_s", sa.Float(), nullable=False),
        _text("maintenance"),
        _moment("announced_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("diag_turns_of_scope", "diag_turns", ["project", "environment"])
