"""From every version to the newest, with what is kept; and no further."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from diag.errors import HistoryError
from diag.history.engine import Database
from diag.history.migrate import MIGRATIONS, VERSION, VERSION_TABLE
from diag.history.store import open_history
from diag.history.tables import metadata
from diag.report import Status
from tests.history.reports import STAGING, finding, minute, report, seen

OLD_RUN = """INSERT INTO diag_runs (project, environment, taken_at, region, command, source, tool_version, exit_code,
    duration_s, summary, gate_said) VALUES ('netra-staging', 'staging', '2025-09-16 12:00:00', 'us-central1', 'watch',
    'live', '0.1.0', 1, 0.9, '{"pass": 1, "warn": 0, "fail": 1, "unknown": 0, "skip": 0, "waived": 0}', '')"""
OLD_TURN = """INSERT INTO diag_turns (run_id, project, environment, command, check_id, resource, vantage, severity,
    title, reason, "before", "after", at, lasted_s, maintenance) VALUES (1, 'netra-staging', 'staging', 'watch',
    'vpc.nat-missing', 'staging-connector', '', 'critical', 'no NAT', '', 'pass', 'fail', '2025-09-16 12:00:00', 60,
    '')"""


def upgrade(connection: Connection, revision: str) -> None:
    """Brings a database up to a revision, as an older `diag` did."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty database."""
    opened = Database(url, {}, 10)
    yield opened
    opened.close()


def test_the_version_in_the_program_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [VERSION]


def test_the_migrations_make_the_tables_that_the_program_uses(database: Database, url: str) -> None:
    open_history(url).close()
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, metadata)
    assert differences == []


@pytest.mark.parametrize("version", [f"{n:04}" for n in range(1, int(VERSION) + 1)])
def test_what_an_older_version_kept_is_there(version: str, database: Database, url: str) -> None:
    with database.writing() as connection:
        upgrade(connection, version)
        connection.execute(text(OLD_RUN))
        connection.execute(text(OLD_TURN))
    with open_history(url) as history:
        assert [(run.id, run.at, run.verdict) for run in history.runs()] == [(1, minute(0), "NOT MET")]
        (turn,) = history.turns_since(STAGING)
        assert (turn.after, turn.at, turn.subject.resource) == (Status.FAIL, minute(0), "staging-connector")
        assert [turn.title for turn in history.status_update(STAGING, None, minute(1)).turns] == ["no NAT"]
        assert history.record(report(minute(1), finding()), "watch").run == 2


def test_a_database_that_had_the_notes_of_runs_early_is_brought_up_too(database: Database, url: str) -> None:
    with database.writing() as connection:
        upgrade(connection, "0002")
        connection.execute(text("ALTER TABLE diag_runs ADD COLUMN notes TEXT NOT NULL"))
    with open_history(url) as history:
        seen(history, "p")
        assert [run.notes for run in history.runs()] == [()]


def test_opening_again_changes_nothing(url: str) -> None:
    with open_history(url) as history:
        seen(history, "pf")
    with open_history(url) as history:
        assert len(history.runs()) == 2


def test_a_newer_database_is_left_as_it_is(database: Database, url: str) -> None:
    with open_history(url) as history:
        seen(history, "p")
    with database.writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0099'"))
    with pytest.raises(HistoryError, match=r"written by a newer diag .*0099.*; type: pip install --upgrade diag"):
        open_history(url)
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM diag_runs")).scalar() == 1


def test_tables_of_others_are_left_alone(database: Database, url: str) -> None:
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('f00dbeef')"))
        connection.execute(text("CREATE TABLE runs (legs INTEGER)"))
    open_history(url).close()
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "f00dbeef"
        assert {"runs", "alembic_version", "diag_runs"} <= set(inspect(connection).get_table_names())
