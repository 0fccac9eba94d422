"""The history: open it, keep runs in it, ask it what happened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from sqlalchemy import insert, update

from diag.errors import HistoryError
from diag.history import claims, codec, reading, retention, tables, telling, writing
from diag.history.engine import Database
from diag.history.migrate import bring_up, is_current
from diag.history.retention import Retention
from diag.history.telling import LastUpdate
from diag.history.turning import Patience, State
from diag.history.writing import Kept, Recorded
from diag.report import Report
from diag.requirements.model import Requirements
from diag.update import Note, PastRun, Rate, Scope, StatusUpdate, Subject, Trend, Turn, Unmoved

WAIT_S = 10.0
"""Seconds to wait for another program that holds the database."""


def open_history(
    url: str,
    *,
    create: bool = True,
    environ: Mapping[str, str] | None = None,
    keep: Retention | None = None,
    wait_s: float = WAIT_S,
) -> History:
    """The history at a `sqlite:///` or `postgresql://` address, its tables made or brought up to this version.

    `${NAME}` in the address is a variable of `environ` (default the process's). With `create=False` a file that is
    not there is an error. Raises `HistoryError` for whatever is wrong with it, as every method of it does.
    """
    database = Database(url, os.environ if environ is None else environ, wait_s)
    if not database.exists:
        if not create:
            raise HistoryError(
                f"nothing is kept yet: there is no {database.name}; "
                "`diag watch` and `diag validate` keep their runs there"
            )
        _make_folder(database)
    history = History(database, keep or Retention())
    try:
        bring_up(database)
    except BaseException:
        history.close()
        raise
    return history


@contextmanager
def glimpse(url: str, environ: Mapping[str, str], wait_s: float) -> Iterator[History | None]:
    """The history to read in as it is; None when it is not there, or of another version: neither is mended."""
    database = Database(url, environ, wait_s)
    with History(database, Retention()) as history:
        yield history if database.exists and is_current(database) else None


def _make_folder(database: Database) -> None:
    folder = database.file.parent if database.file else None
    try:
        if folder:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HistoryError(
            f"the history {database.name} cannot be made: {error.filename}: {error.strerror}; "
            f"make the folder first: mkdir -p {folder}"
        ) from error


class History:
    """Runs of any projects and environments; a context manager. Each method is one transaction."""

    def __init__(self, database: Database, keep: Retention) -> None:
        self._database = database
        self._keep = keep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives the database back."""
        with suppress(Exception):  # what was kept is kept; nothing is lost by a close that fails
            self._database.close()

    @property
    def name(self) -> str:
        """The file, or the server and database."""
        return self._database.name

    def mend(self) -> None:
        """Makes the tables anew where the database was moved away, or emptied, since it was opened."""
        bring_up(self._database)

    # Runs

    def record(self, report: Report, command: str, *, patience: Patience | None = None, maintenance: str = "") -> Kept:
        """Keeps a run, whole or not at all, and says what turned by it.

        States belong to a project, an environment and a command: the runs of `watch`, which waits until a state
        is sure, and those of `validate` do not turn each other's. What a run did not look at keeps its state.
        `maintenance` is the reason of the window that it fell into. What is too old is removed.
        """
        run = Recorded(report=report, command=command, patience=patience or Patience(), maintenance=maintenance)
        with self._database.writing() as connection:
            kept = writing.write(connection, run)
            claims.keep(connection, run)
            retention.prune(connection, self._keep)
        return kept

    def runs(self, last: int = 20, project: str | None = None, environment: str | None = None) -> tuple[PastRun, ...]:
        """The newest runs, newest first."""
        with self._database.reading() as connection:
            return reading.runs(connection, last, project, environment)

    def report(self, run: int) -> Report:
        """The report of a run as far as it is kept: no evidence, no fixes. Raises `HistoryError` without such a run."""
        with self._database.reading() as connection:
            found = reading.report(connection, run)
        if found is None:
            raise HistoryError(f"the history {self.name} has no run {run}; see which it has: diag history list")
        return found

    def scopes(self) -> tuple[Scope, ...]:
        """Every project and environment of which something is kept."""
        with self._database.reading() as connection:
            return reading.scopes(connection)

    # States and turns

    def states(self, scope: Scope, command: str) -> dict[Subject, State]:
        """The state of each subject as the runs of a command left it."""
        with self._database.reading() as connection:
            found = writing.states_of(connection, scope, command)
        return {subject: known.state for subject, known in found.items()}

    def last_state(self, scope: Scope, command: str, subject: Subject) -> State | None:
        """The state of one subject; None when no run of the command looked at it."""
        return self.states(scope, command).get(subject)

    def turns_since(self, scope: Scope, since: datetime | None = None, command: str | None = None) -> tuple[Turn, ...]:
        """The turns from that moment on (default all), in the order in which they were seen."""
        with self._database.reading() as connection:
            return reading.turns(connection, scope, since=since, command=command)

    def unannounced(self, scope: Scope, command: str) -> tuple[Turn, ...]:
        """The turns of a command's runs that `announced` was not told of, also from before a restart."""
        with self._database.reading() as connection:
            return reading.turns(connection, scope, command=command, where=tables.turns.c.announced_at.is_(None))

    def announced(self, turns: Iterable[Turn], at: datetime | None = None) -> None:
        """Keeps that these turns were announced, or were not to be."""
        ids = [turn.id for turn in turns]
        if ids:
            with self._database.writing() as connection:
                done = update(tables.turns).where(tables.turns.c.id.in_(ids)).values(announced_at=at or _now())
                connection.execute(done)

    # Trends

    def unmoved(self, scope: Scope) -> tuple[Unmoved, ...]:
        """The health pages that said the same in several runs, and what turned meanwhile."""
        with self._database.reading() as connection:
            return claims.unmoved(connection, scope)

    def trends(
        self, scope: Scope, name: str, *, resource: str | None = None, last: int = 60, now: datetime | None = None
    ) -> tuple[Trend, ...]:
        """The trend of a check (one for each resource) or of a probe (one for each vantage)."""
        asked = reading.Asked(name=name, resource=resource, last=last)
        with self._database.reading() as connection:
            found = reading.trends(connection, scope, asked, now or _now())
            unmoved = {one.subject: one for one in claims.unmoved(connection, scope)}
        return tuple(replace(each, unmoved=unmoved.get(each.subject)) for each in found)

    def rates(self, scope: Scope, last: int = 60) -> tuple[Rate, ...]:
        """The pass rates of the gate's newest runs, oldest first."""
        with self._database.reading() as connection:
            return reading.rates(connection, scope, last)

    # Notes and updates

    def note(self, scope: Scope, text: str, at: datetime | None = None) -> None:
        """Keeps a note for the next update. Its text has been redacted by the caller."""
        row = {
            "project": scope.project,
            "environment": scope.environment,
            "at": at or _now(),
            "text": codec.plain(text, codec.MAX_NOTE),
        }
        with self._database.writing() as connection:
            connection.execute(insert(tables.notes).values(row))

    def notes_since(self, scope: Scope, since: datetime | None = None) -> tuple[Note, ...]:
        """The notes from that moment on (default all), oldest first."""
        with self._database.reading() as connection:
            return reading.notes(connection, scope, since)

    def status_update(self, scope: Scope, declared: Requirements | None, now: datetime | None = None) -> StatusUpdate:
        """The update that is due: what is new since the one that `told` was called with, and how things stand."""
        with self._database.reading() as connection:
            return telling.compose(connection, scope, declared, now or _now())

    def told(self, sent: StatusUpdate) -> None:
        """Keeps that an update went out: the next one begins where it ended."""
        with self._database.writing() as connection:
            telling.told(connection, sent)

    def counts_from(self, scope: Scope, command: str) -> datetime | None:
        """When the time until the next update begins: at the last one, before the first at the command's first run."""
        with self._database.reading() as connection:
            last = telling.last_update(connection, scope)
            return last.at if last else reading.first_run(connection, scope, command)

    def last_update(self, scope: Scope) -> LastUpdate | None:
        """The newest update that went out."""
        with self._database.reading() as connection:
            return telling.last_update(connection, scope)


def _now() -> datetime:
    return datetime.now(UTC)
