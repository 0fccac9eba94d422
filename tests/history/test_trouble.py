"""Whatever is wrong with the database: one line that says what to type, and what was kept stays."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from diag.errors import HistoryError
from diag.history.store import History, open_history
from diag.report import Status
from tests.history.conftest import on_server, server_url
from tests.history.reports import STAGING, finding, gate, minute, probed, report, seen
from tests.probes.conftest import Postgres, free_port

ROOT = Path(__file__).parents[2]


def said(error: pytest.ExceptionInfo[HistoryError]) -> str:
    """The message, which is one line and no one's secret."""
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 600
    assert "hunter2" not in message
    return message


def refused(url: str, *words: str, wait_s: float = 2.0) -> None:
    """Asserts that opening the history, or keeping a run in it, fails with one line that says all these words."""
    with pytest.raises(HistoryError) as error, open_history(url, wait_s=wait_s) as history:
        seen(history, "p")
    for word in words:
        assert word in said(error), said(error)


@pytest.fixture
def kept(file: Path) -> str:
    """The address of a SQLite history with three runs."""
    with open_history(f"sqlite:///{file}") as history:
        seen(history, "pfp")
        history.note(STAGING, "raised the pool", minute(1))
    return f"sqlite:///{file}"


# SQLite


def test_a_file_that_another_program_holds(kept: str, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    refused(kept, f"{file} is locked by another program, for longer than 0.2 s", f"fuser -v {file}", wait_s=0.2)
    other.execute("ROLLBACK")
    other.close()
    with open_history(kept) as history:
        assert len(history.runs()) == 3


def test_readers_do_not_wait_for_a_writer(kept: str, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_history(kept, wait_s=0.1) as history:
        assert len(history.runs()) == 3
        assert len(history.status_update(STAGING, None).turns) == 2
    other.close()


def test_a_writer_does_not_wait_for_readers(kept: str, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM diag_runs").fetchone() == (3,)
    with open_history(kept, wait_s=0.1) as history:
        seen(history, "f", begin=3)
    other.close()


@pytest.mark.parametrize("content", [b"not a database at all\n" * 200, b"{}", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_something_else(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    refused(f"sqlite:///{file}", str(file), f"mv {file} {file}.damaged")
    assert file.read_bytes() == content


def test_a_folder_where_the_file_should_be(file: Path) -> None:
    file.mkdir()
    refused(f"sqlite:///{file}", "cannot be opened", f"ls -ld {file.parent} {file}")


def test_a_folder_that_cannot_be_made(file: Path) -> None:
    file.write_text("a file", encoding="utf-8")
    refused(f"sqlite:///{file}/deeper/history.db", "cannot be made", f"mkdir -p {file}/deeper")


def test_a_folder_that_is_missing_is_made_for_this_user_alone(file: Path) -> None:
    deeper = file.parent / "share" / "diag"
    with open_history(f"sqlite:///{deeper}/history.db") as history:
        seen(history, "p")
    assert deeper.stat().st_mode & 0o777 == 0o700


def test_a_truncated_file(kept: str, file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    refused(kept, "is damaged", f"mv {file} {file}.damaged")
    assert file.read_bytes() == whole[: len(whole) // 2]


def ask_everything(history: History) -> None:
    """Everything that a command asks, and a run more."""
    for run in history.runs():
        history.report(run.id)
    history.scopes()
    history.states(STAGING, "watch")
    history.unannounced(STAGING, "watch")
    history.trends(STAGING, "vpc.nat-missing")
    history.trends(STAGING, "backend-health")
    history.rates(STAGING)
    history.notes_since(STAGING)
    history.told(history.status_update(STAGING, None, minute(9)))
    history.record(report(minute(9), finding(Status.FAIL), probed()), "watch")


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_damaged_is_said_in_one_line(seed: int, file: Path) -> None:
    with open_history(f"sqlite:///{file}") as history:
        for number in range(4):
            said_of = [finding(resource=f"projects/p/connectors/{n}") for n in range(20)]
            history.record(report(minute(number), *said_of, probed(), gate=gate(3, 5)), "watch")
        seen(history, "fp", begin=5)
    chance = random.Random(seed)
    content = bytearray(file.read_bytes())
    for _ in range(chance.choice((1, 8, 200))):
        start = chance.randrange(len(content))
        for at in range(start, min(start + chance.choice((1, 16, 512)), len(content))):
            content[at] = chance.randrange(256)
    file.write_bytes(content)
    message = ""
    try:
        with open_history(f"sqlite:///{file}", wait_s=0.1) as history:
            ask_everything(history)
    except HistoryError as error:
        message = str(error)
    assert "\n" not in message
    assert not message or str(file) in message


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE diag_runs SET summary = '[]'",
        "UPDATE diag_runs SET summary = 'nonsense'",
        "UPDATE diag_runs SET notes = '7'",
        "UPDATE diag_runs SET taken_at = 'yesterday'",
        "UPDATE diag_judgements SET status = 'splendid'",
        "UPDATE diag_judgements SET observed = '{'",
        "UPDATE diag_probes SET timings = '[1]'",
        "UPDATE diag_probes SET samples = '3'",
        "UPDATE diag_states SET otherwise = '{}', status = 'x'",
        "UPDATE diag_states SET otherwise = '[[1, 2]]'",
        "UPDATE diag_turns SET severity = 'dire'",
        "DROP TABLE diag_turns",
    ],
)
def test_rows_that_diag_did_not_write(statement: str, kept: str, file: Path) -> None:
    with open_history(kept) as history:
        history.record(report(minute(5), probed()), "watch")
    with sqlite3.connect(file) as other:
        other.execute(statement)
    other.close()
    with open_history(kept) as history, pytest.raises(HistoryError) as error:
        ask_everything(history)
    assert f"mv {file} {file}.damaged" in said(error)


AS_NOBODY = """
    import os, sys
    import sqlalchemy.dialects.sqlite
    from diag.errors import HistoryError
    from diag.history.store import open_history
    from diag.update import Scope
    if os.geteuid() == 0:
        os.setgroups([]), os.setgid(65534), os.setuid(65534)
"""
"""Ahead of a program: what follows may not write everywhere, as a superuser may."""


def run(program: str, *arguments: str) -> list[str]:
    """The lines that a program of its own prints."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True).stdout.splitlines()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="diag-history-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


READ_THEN_NOTE = f"""{AS_NOBODY}
    with open_history(sys.argv[1]) as history:
        print(len(history.runs()))
        try:
            history.note(Scope("p"), "a note")
        except HistoryError as error:
            print(error)
"""


def test_a_file_that_may_only_be_read_is_read(kept: str, file: Path, open_folder: Path) -> None:
    there = open_folder / "history.db"
    shutil.copy(file, there)
    there.chmod(0o444)
    open_folder.chmod(0o777)  # SQLite keeps its index of the log beside the file
    runs, message = run(textwrap.dedent(READ_THEN_NOTE), f"sqlite:///{there}")
    assert runs == "3"
    assert message == f"the history {there} cannot be written by this user; see who may: ls -l {there}"


OPEN = f"""{AS_NOBODY}
    try:
        open_history(sys.argv[1])
    except HistoryError as error:
        print(error)
"""


@pytest.mark.parametrize(
    ("name", "words"), [("history.db", "cannot be opened"), ("deeper/history.db", "cannot be made")]
)
def test_a_folder_that_may_not_be_written(name: str, words: str, open_folder: Path) -> None:
    open_folder.chmod(0o555)
    (message,) = run(textwrap.dedent(OPEN), f"sqlite:///{open_folder}/{name}")
    assert f"the history {open_folder}/{name} {words}" in message


FILL = """
    import resource, sys
    from dataclasses import replace
    from diag.errors import HistoryError
    from diag.history.store import open_history
    from tests.history.reports import finding, minute, report
    if len(sys.argv) > 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
    kept = 0
    try:
        with open_history(sys.argv[1]) as history:
            for kept in range(1000):
                found = [replace(finding(resource=f"{kept}-{n}"), reason="x" * 400) for n in range(50)]
                history.record(report(minute(kept), *found), "watch")
    except HistoryError as error:
        print(kept)
        print(error)
"""


def full(url: str, *limit: str) -> tuple[int, str]:
    """Keeps runs until there is no room; how many, and what is said then."""
    number, message = run(textwrap.dedent(FILL), url, *limit)
    return int(number), message


def test_a_disk_that_takes_no_more_bytes(file: Path) -> None:
    number, message = full(f"sqlite:///{file}", "2000000")
    assert f"df -h {file.parent}" in message
    with open_history(f"sqlite:///{file}") as history:
        assert len(history.runs(2000)) == number
        assert len(history.report(number).findings) == 50
        seen(history, "p")


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("takes the right to mount a small disk")
    try:
        number, message = full(f"sqlite:///{disk}/history.db")
        assert message == (
            f"the history {disk}/history.db cannot grow, its disk is full, and nothing was added; "
            f"make room and try again: df -h {disk}"
        )
        with open_history(f"sqlite:///{disk}/history.db") as history:
            assert len(history.runs(2000)) == number
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    "url",
    ["mysql://host/database", "postgresql+asyncpg://host/database", "nonsense", "postgresql://host:port/database"],
)
def test_an_address_that_is_none(url: str) -> None:
    refused(url, "history: the address is none that diag can use; write sqlite:////path/to/history.db")


def test_a_variable_of_the_address_that_is_not_set() -> None:
    with pytest.raises(HistoryError, match=r"names the variable DIAG_DB, which is not set; type: export DIAG_DB=…"):
        open_history("postgresql://diag:${DIAG_DB}@127.0.0.1/history", environ={})


# PostgreSQL


def test_a_server_that_is_not_there() -> None:
    port = free_port()
    refused(
        f"postgresql://diag:hunter2@127.0.0.1:{port}/history",
        "cannot be reached",
        f"pg_isready -d postgresql://127.0.0.1:{port}/history",
    )


def test_a_database_that_is_not_there(postgres: Postgres) -> None:
    refused(server_url(postgres, "nowhere"), "does not exist; create it on the server: createdb nowhere")


def test_a_user_whom_the_server_does_not_let_in(postgres: Postgres) -> None:
    url = f"postgresql://app:hunter2@127.0.0.1:{postgres.port}/orders"
    refused(url, "does not let this user in; put the password where libpq looks, PGPASSWORD or ~/.pgpass")


def test_a_password_from_a_variable_lets_in_whatever_is_in_it(postgres: Postgres) -> None:
    odd = "p@ss/word:${X}%41 "
    on_server(postgres, f"ALTER ROLE app PASSWORD '{odd}'", "GRANT CREATE ON DATABASE orders TO app")
    on_server(postgres, "ALTER DATABASE orders OWNER TO app")
    try:
        url = "postgresql://app:${DIAG_DB}@127.0.0.1:" + f"{postgres.port}/orders"
        with open_history(url, environ={"DIAG_DB": odd}) as history:
            seen(history, "p")
            assert history.name == f"postgresql://127.0.0.1:{postgres.port}/orders"
    finally:
        on_server(postgres, f"ALTER ROLE app PASSWORD '{postgres.password}'")


def test_a_user_who_may_not_make_tables(postgres: Postgres, fresh: str) -> None:
    database = fresh.partition("/history")[2].partition("?")[0]
    on_server(postgres, "DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN")
    refused(server_url(postgres, f"history{database}", "guest"), "does not allow this user to do that; grant it")


def test_a_database_that_takes_no_writes(fresh: str) -> None:
    open_history(fresh).close()
    read_only = f"{fresh}&options=-c%20default_transaction_read_only=on"
    refused(read_only, "takes no writes (a standby, or set read-only)")
    with open_history(read_only) as history:
        assert history.runs() == ()


def test_a_table_that_another_program_holds(postgres: Postgres, fresh: str) -> None:
    open_history(fresh).close()
    database = fresh.partition("@/")[2].partition("?")[0]
    with psycopg.connect(host=postgres.folder, port=postgres.port, user="postgres", dbname=database) as other:
        other.execute("LOCK TABLE diag_runs")
        refused(fresh, "is locked by another program, for longer than 0.3 s", "pg_locks", wait_s=0.3)


def test_a_server_whose_connections_are_all_taken(postgres: Postgres, fresh: str) -> None:
    with ExitStack() as taken:
        with suppress(psycopg.OperationalError):
            while True:
                other = psycopg.connect(host=postgres.folder, port=postgres.port, user="postgres")
                taken.callback(other.close)
        refused(fresh, "has no connection left; see who holds them: psql")


def test_a_connection_that_the_server_ended_is_made_anew(postgres: Postgres, fresh: str) -> None:
    with open_history(fresh) as history:
        seen(history, "p")
        on_server(postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'diag'")
        seen(history, "f", begin=1)
        assert len(history.runs()) == 2


def test_a_file_that_is_moved_away_gets_nothing_more_and_a_new_one_can_be_begun(file: Path) -> None:
    with open_history(f"sqlite:///{file}") as history:
        history.record(report(minute(0), finding()), "watch")
        for left in file.parent.glob(f"{file.name}*"):
            left.rename(left.with_name(f"old-{left.name}"))
        with pytest.raises(HistoryError, match="is not as diag left it"):
            history.record(report(minute(1), finding()), "watch")
        history.mend()
        history.record(report(minute(2), finding()), "watch")
        assert [run.at for run in history.runs()] == [minute(2)]
    with open_history(f"sqlite:///{file.with_name('old-history.db')}") as old:
        assert [run.at for run in old.runs()] == [minute(0)]
