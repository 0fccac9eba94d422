"""What a database says when something is wrong with it → one line: what, why, what to type."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from diag.errors import HistoryError

_MOVE = "nothing of it was changed; keep it and begin anew: mv {file} {file}.damaged"
_SQLITE: Mapping[str, str] = {
    "BUSY": "is locked by another program, for longer than {wait:g} s; see which: fuser -v {file}",
    "LOCKED": "is locked by another program, for longer than {wait:g} s; see which: fuser -v {file}",
    "PROTOCOL": "is locked by another program, for longer than {wait:g} s; see which: fuser -v {file}",
    "FULL": "cannot grow, its disk is full, and nothing was added; make room and try again: df -h {folder}",
    "CORRUPT": "is damaged ({said}); " + _MOVE,
    "NOTADB": "is no SQLite database, or is damaged ({said}); " + _MOVE,
    "READONLY": "cannot be written by this user; see who may: ls -l {file}",
    "PERM": "cannot be written by this user; see who may: ls -l {file}",
    "CANTOPEN": "cannot be opened; see who may: ls -ld {folder} {file}",
    "IOERR": "could not be read or written by its disk ({said}); look at it: df -h {folder}",
}
"""The middle of SQLite's error name → what to say."""

_POSTGRES: Mapping[str, str] = {
    "28": "does not let this user in; put the password where libpq looks, PGPASSWORD or ~/.pgpass, and try: {psql}",
    "3D": "does not exist; create it on the server: createdb {database}",
    "42501": "does not allow this user to do that; grant it CREATE and USAGE on its schema: {psql}",
    "25006": "takes no writes (a standby, or set read-only); name the primary in `history:`",
    "53100": "cannot grow, its disk is full, and nothing was added; make room on the server and try again",
    "53300": "has no connection left; see who holds them: {psql} -c 'select * from pg_stat_activity'",
    "55P03": "is locked by another program, for longer than {wait:g} s; see which: {psql} -c 'select * from pg_locks'",
    "57014": "did not answer in time; see what it does: {psql} -c 'select * from pg_stat_activity'",
    "57P": "is being stopped or started; try again when this says yes: {ready}",
    "XX": "is damaged ({said}); nothing of it was changed; ask who runs the server to look at its log",
}
"""SQLSTATE, or the beginning of it → what to say."""


@contextmanager
def explained(name: str, wait_s: float) -> Iterator[None]:
    """Raises `HistoryError` for whatever a database, or what it holds, may do wrong inside."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise HistoryError(f"the history {name} {_said(error, name, wait_s)}") from error
    except ValueError as error:  # a value that no `diag` wrote
        words = _filled(_SQLITE["CORRUPT"], name, wait_s, _first_line(error))
        raise HistoryError(f"the history {name} {words}") from error


def _said(error: DBAPIError | sqlite3.Error, name: str, wait_s: float) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = _first_line(cause)
    if isinstance(cause, sqlite3.Error):
        kind = getattr(cause, "sqlite_errorname", "").removeprefix("SQLITE_").split("_")[0]
        words = _SQLITE.get(kind, "is not as diag left it ({said}); " + _MOVE)
    else:
        state = getattr(cause, "sqlstate", None) or _state_in(said)
        found = [words for code, words in _POSTGRES.items() if state.startswith(code)]
        words = found[0] if found else "is not as diag left it ({said}); look at it: {psql}"
        if not state:
            words = "cannot be reached ({said}); see whether it answers: {ready}"
    return _filled(words, name, wait_s, said)


def _state_in(said: str) -> str:
    """The SQLSTATE of a connection that the server refused, which only its text tells; "" for another reason."""
    refusals = {"authentication failed": "28", "no password supplied": "28", 'FATAL:  role "': "28"}
    refusals |= {'FATAL:  database "': "3D"}
    refusals |= {"too many clients": "53300", "connection slots": "53300", "starting up": "57P", "shutting down": "57P"}
    return next((state for words, state in refusals.items() if words in said), "")


def _filled(words: str, name: str, wait_s: float, said: str) -> str:
    file = shlex.quote(name)
    folder = shlex.quote(name.rpartition("/")[0] or ".")
    database = shlex.quote(name.rpartition("/")[2].partition("?")[0])
    return words.format(
        file=file,
        folder=folder,
        database=database,
        wait=wait_s,
        said=said,
        psql=f"psql {file}",
        ready=f"pg_isready -d {file}",
    )


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
