"""The version of a database, and its way up to the one that this program knows."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from diag.errors import HistoryError
from diag.history.engine import Database

VERSION = "0003"
"""The newest migration in `migrations/versions`; a test holds the two together."""

VERSION_TABLE = "diag_version"
MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up(database: Database) -> None:
    """Makes the tables, or what is missing of them; what is kept stays. Raises `HistoryError` for a newer database."""
    with database.reading() as connection:
        if _is_current(_version(connection), database):
            return
    database.let_readers_read()
    with database.writing() as connection:
        # Another process may have done it while this one waited for its turn.
        if not _is_current(_version(connection), database):
            _upgrade(connection)


def is_current(database: Database) -> bool:
    """Whether the database is there and of this version; nothing of it is changed."""
    with database.reading() as connection:
        return _version(connection) == VERSION


def _is_current(version: str | None, database: Database) -> bool:
    """Whether there is nothing to do; raises `HistoryError` where this program is too old."""
    if version is not None and version > VERSION:
        raise HistoryError(
            f"the history {database.name} was written by a newer diag (its version {version}, this diag knows "
            f"{VERSION}); nothing of it was changed; type: pip install --upgrade diag"
        )
    return version == VERSION


def _version(connection: Connection) -> str | None:
    """The migration that the database has reached; None for one that holds nothing of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return str(found) if found is not None else None


def _upgrade(connection: Connection) -> None:
    """Every migration that is missing, in the transaction of `connection`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, VERSION)
