"""A history on SQLite and on a real PostgreSQL, empty for each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from diag.history.store import History, open_history
from tests.cli.conftest import diag  # noqa: F401
from tests.probes.conftest import Postgres, postgres  # noqa: F401

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's own PostgreSQL settings or data folder reaches a test."""
    for name in [name for name in os.environ if name.startswith(("PG", "XDG_DATA"))]:
        monkeypatch.delenv(name)


def server_url(server: Postgres, database: str = "postgres", user: str = "postgres") -> str:
    """The address of a database of the tests' server, by its socket."""
    return f"postgresql://{user}@/{database}?host={server.folder}&port={server.port}"


def on_server(server: Postgres, *statements: str) -> None:
    """Runs SQL as the server's owner."""
    with psycopg.connect(
        host=server.folder, port=server.port, user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def fresh(postgres: Postgres) -> str:  # noqa: F811
    """The address of an empty database on PostgreSQL."""
    name = f"history_{next(_numbers)}"
    on_server(postgres, f"CREATE DATABASE {name}")
    return server_url(postgres, name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the SQLite database of a test is."""
    return tmp_path / "history.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, file: Path) -> str:
    """The address of an empty database, of each kind."""
    return f"sqlite:///{file}" if request.param == "sqlite" else str(request.getfixturevalue("fresh"))


@pytest.fixture
def history(url: str) -> Iterator[History]:
    """An empty history, of each kind."""
    with open_history(url) as opened:
        yield opened
