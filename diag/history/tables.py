"""The tables of the history, as the newest migration leaves them.

A run's findings are short rows that name a judgement. Most judgements are the same from run to run, so each
is kept once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect

metadata = MetaData()
"""All names begin with `diag_`: a PostgreSQL database may hold tables of others."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As the database keeps it."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As the program knows it."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _key() -> Column[Any]:
    return Column("id", Integer, primary_key=True)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


def _scope() -> tuple[Column[Any], Column[Any]]:
    return _text("project"), _text("environment")


def _subject() -> tuple[Column[Any], Column[Any], Column[Any]]:
    return _text("check_id"), _text("resource"), _text("vantage")


runs = Table(
    "diag_runs",
    metadata,
    _key(),
    *_scope(),
    Column("taken_at", Moment, nullable=False),
    _text("region"),
    _text("command"),
    _text("source"),
    _text("tool_version"),
    Column("exit_code", Integer, nullable=False),
    Column("duration_s", Float, nullable=False),
    _text("summary"),
    _text("notes"),
    Column("gate_restored", Boolean),
    Column("gate_passed", Integer),
    Column("gate_counted", Integer),
    _text("gate_said"),
    Index("diag_runs_of_scope", "project", "environment"),
    sqlite_autoincrement=True,
)

judgements = Table(
    "diag_judgements",
    metadata,
    _key(),
    Column("digest", Text, nullable=False, unique=True),
    _text("check_id"),
    _text("resource"),
    _text("status"),
    _text("severity"),
    _text("title"),
    _text("required"),
    _text("observed"),
    _text("reason"),
    _text("permission"),
    _text("waiver"),
    Index("diag_judgements_of_check", "check_id"),
)

findings = Table(
    "diag_findings",
    metadata,
    Column("run_id", ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("judgement_id", ForeignKey(judgements.c.id), nullable=False),
    Index("diag_findings_of_judgement", "judgement_id"),
    sqlite_with_rowid=False,
)

probes = Table(
    "diag_probes",
    metadata,
    Column("run_id", ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    _text("phase"),
    _text("cause"),
    _text("address"),
    _text("vantage"),
    Column("took_s", Float, nullable=False),
    _text("timings"),
    _text("samples"),
)

states = Table(
    "diag_states",
    metadata,
    _key(),
    *_scope(),
    _text("command"),
    *_subject(),
    _text("status"),
    Column("since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    _text("otherwise"),
    Index("diag_states_of_scope", "project", "environment", "command"),
)

turns = Table(
    "diag_turns",
    metadata,
    _key(),
    Column("run_id", Integer, nullable=False),
    *_scope(),
    _text("command"),
    *_subject(),
    _text("severity"),
    _text("title"),
    _text("reason"),
    _text("before"),
    _text("after"),
    Column("at", Moment, nullable=False),
    Column("lasted_s", Float, nullable=False),
    _text("maintenance"),
    Column("announced_at", Moment),
    Column("update_id", Integer),
    Index("diag_turns_of_scope", "project", "environment"),
    sqlite_autoincrement=True,
)

claims = Table(
    "diag_claims",
    metadata,
    _key(),
    *_scope(),
    *_subject(),
    _text("aspect"),
    _text("digest"),
    Column("since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("runs", Integer, nullable=False),
    _text("moving"),
    Column("well", Boolean, nullable=False),
    Index("diag_claims_of_scope", "project", "environment"),
)

updates = Table(
    "diag_updates",
    metadata,
    _key(),
    *_scope(),
    Column("at", Moment, nullable=False),
    _text("state"),
    Column("passed", Integer),
    Column("counted", Integer),
    Index("diag_updates_of_scope", "project", "environment"),
    sqlite_autoincrement=True,
)

notes = Table(
    "diag_notes",
    metadata,
    _key(),
    *_scope(),
    Column("at", Moment, nullable=False),
    _text("text"),
    Column("update_id", Integer),
    Index("diag_notes_of_scope", "project", "environment"),
    sqlite_autoincrement=True,
)
