"""The connection to the database: SQLite with a write-ahead log, or PostgreSQL; one writer at a time on both."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError

from diag.errors import HistoryError
from diag.history.trouble import explained

_WRITERS = 0x64696167
"""The advisory lock of PostgreSQL that a writer holds: `diag` in ASCII."""

_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg"}


class Database:
    """A database, its name for messages, and the two kinds of transaction."""

    def __init__(self, url: str, environ: Mapping[str, str], wait_s: float) -> None:
        self.url = _parsed(url, environ)
        self.wait_s = wait_s
        self.file = Path(self.url.database or "") if self.url.drivername == "sqlite" else None
        self.name = str(self.file) if self.file else _without_user(self.url)
        self.engine = self._engine()

    @property
    def exists(self) -> bool:
        """Whether it is there; what a server has, only a connection tells."""
        return self.file is None or self.file.exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment; raises `HistoryError` for whatever goes wrong with the database."""
        with explained(self.name, self.wait_s), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept whole or not at all, and in which nobody else writes."""
        with explained(self.name, self.wait_s), self._writer.begin() as connection:
            if self.file is None:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS})"))
            yield connection

    def let_readers_read(self) -> None:
        """Has SQLite keep a write-ahead log, so that readers need not wait for a writer; the file remembers it."""
        if self.file:
            # Whatever is wrong shows when it is written to; and another process may be doing the same.
            with suppress(sqlite3.Error, DBAPIError), closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        """Gives back what it holds of the database."""
        self.engine.dispose()

    def _engine(self) -> Engine:
        if self.file is None:
            return create_engine(self.url, pool_pre_ping=True, connect_args=self._server_settings())
        engine = create_engine(self.url, connect_args={} if "timeout" in self.url.query else {"timeout": self.wait_s})
        event.listen(engine, "connect", self._prepare_sqlite)
        event.listen(engine, "checkout", self._must_be_in_place)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _prepare_sqlite(self, connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `_begin_sqlite` says, and nowhere else
        connection.execute("PRAGMA foreign_keys = ON")
        record.info["file"] = self._identity()

    def _must_be_in_place(self, _connection: Any, record: Any, _proxy: object) -> None:
        """Has a connection made anew whose file was moved or removed: what is written there, nobody finds."""
        if record.info["file"] != self._identity():
            raise DisconnectionError

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.file or "")
        except OSError:
            return None
        return found.st_dev, found.st_ino

    @property
    def _writer(self) -> Engine:
        # A transaction that only begins to write after it has read may find that another one wrote meanwhile.
        return self.engine.execution_options(diag_begin="BEGIN IMMEDIATE")

    def _server_settings(self) -> dict[str, Any]:
        milliseconds = round(self.wait_s * 1000)
        bounds = f"-c lock_timeout={milliseconds} -c statement_timeout={max(30_000, 3 * milliseconds)}"
        said = self.url.query.get("options", "")
        return {
            "connect_timeout": max(2, round(self.wait_s)),
            "application_name": "diag",
            "options": f"{bounds} {said if isinstance(said, str) else ' '.join(said)}".strip(),
        }


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("diag_begin", "BEGIN"))


def _parsed(url: str, environ: Mapping[str, str]) -> URL:
    """The URL with its variables put in and its driver named; raises `HistoryError` when it is none."""
    try:
        parsed = make_url(url)
        driver = _DRIVERS[parsed.drivername]
        return parsed.set(
            drivername=driver,
            username=_expanded(parsed.username, environ),
            password=_expanded(parsed.password, environ),
            host=_expanded(parsed.host, environ),
            database=_expanded(parsed.database, environ),
        )
    except (ArgumentError, KeyError, ValueError):
        raise HistoryError(
            "history: the address is none that diag can use; "
            "write sqlite:////path/to/history.db or postgresql://host/database"
        ) from None


def _expanded(value: str | None, environ: Mapping[str, str]) -> str | None:
    """The text with each `${NAME}` replaced by the variable's value."""
    if value is None:
        return None

    def of(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in environ:
            raise HistoryError(f"history: names the variable {name}, which is not set; type: export {name}=…")
        return environ[name]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", of, value)


def _without_user(url: URL) -> str:
    """The server and database, without who asks and how."""
    where = {key: value for key, value in url.query.items() if key in ("host", "port")}
    named = URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database, query=where)
    return named.render_as_string()
