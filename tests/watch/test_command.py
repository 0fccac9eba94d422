"""`diag watch` as a process: turns, messages, the lock, signals, and what outlasts a kill."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from diag.history.store import open_history
from diag.update import Scope
from tests.cli.shell import HEAD, RESTORED, Shell
from tests.fake import Fake
from tests.probes.servers import listening, page
from tests.watch.test_notify import Hook

WORDS = ("watch", "--only", "probe.*", "--interval", "0.1s", "--up-after", "2")


class Web:
    """A server that answers 200 or 500, as it is told."""

    def __init__(self) -> None:
        self.up = True

    def __call__(self, sock: socket.socket) -> None:
        page(b"", "200 OK" if self.up else "500 No")(sock)


@pytest.fixture
def web(diag: Shell) -> Iterator[Web]:
    """A server that is declared as the probe `web`."""
    one = Web()
    with listening(one) as port:
        probes = {"web": {"url": f"http://127.0.0.1:{port}/"}}
        diag.write("diag.yaml", HEAD + f"probes: {json.dumps(probes)}\n")
        yield one


@contextmanager
def watching(diag: Shell, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """`diag watch`, which is ended when it has not yet."""
    with diag.start(*WORDS, *words) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[bytes], wanted: str) -> str:
    """The first line of stdout that says so."""
    assert process.stdout
    for line in process.stdout:
        if wanted in line.decode():
            return line.decode()
    raise AssertionError(process.stderr.read().decode() if process.stderr else "")


def titles(hook: Hook) -> list[str]:
    """What was sent."""
    return [body["title"] for body in hook.bodies]


def test_a_turn_is_shown_and_announced_and_so_is_the_restoration(diag: Shell, web: Web) -> None:
    hook = Hook()
    with listening(hook) as port, watching(diag, "--notify", f"json://127.0.0.1:{port}/hook") as process:
        until(process, "1 pass")
        web.up = False
        assert "probe.http web: pass → fail after" in until(process, "→")
        web.up = True
        assert "probe.http web: fail → pass after" in until(process, "→")
        until(process, "1 pass")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (143, b"diag: terminated\n")
    assert titles(hook) == ["DOWN web (probe.http)", "RESTORED web (probe.http)"]


def test_on_a_terminal_there_is_a_live_view(diag: Shell, web: Web) -> None:
    ours, theirs = os.openpty()
    diag.export(TERM="xterm", COLUMNS="80", LINES="24")
    with diag.start(*WORDS, stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        while b"\x1b[2K" not in shown:  # drawn once, and drawn anew
            shown += os.read(ours, 65536)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    os.close(ours)
    assert "✓ pass" in shown.decode()
    assert process.returncode == 143


def test_ctrl_c_ends_it(diag: Shell, web: Web) -> None:
    with watching(diag) as process:
        until(process, "1 pass")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"diag: interrupted\n")


def test_one_watch_at_a_time(diag: Shell, web: Web) -> None:
    with watching(diag) as process:
        until(process, "1 pass")
        diag("watch", "--only", "probe.*").refused(2, f"as process {process.pid}", "kill")
    with watching(diag) as process:
        until(process, "1 pass")


def test_after_a_kill_no_turn_is_announced_twice_and_none_is_lost(diag: Shell, web: Web) -> None:
    hook = Hook()
    with listening(hook) as port:
        notify = ("--notify", f"json://127.0.0.1:{port}/hook")
        with watching(diag, *notify) as process:
            until(process, "1 pass")
            web.up = False
            until(process, "→ fail")
            assert hook.came.acquire(timeout=30)
            until(process, "1 fail")
            until(process, "1 fail")
        with watching(diag, *notify) as process:
            for _ in range(5):
                until(process, "1 fail")
        assert titles(hook) == ["DOWN web (probe.http)"]
        web.up = True
        with watching(diag, *notify) as process:
            until(process, "→ pass")
            assert hook.came.acquire(timeout=30)
    assert titles(hook) == ["DOWN web (probe.http)", "RESTORED web (probe.http)"]


def test_a_turn_that_was_kept_and_not_sent_is_sent_after_the_restart(diag: Shell, web: Web) -> None:
    hook = Hook()
    asked: list[int] = []

    def hanging(sock: socket.socket) -> None:
        asked.append(1)
        while sock.recv(65536):
            pass

    with listening(hanging) as dead, watching(diag, "--notify", f"json://127.0.0.1:{dead}/") as process:
        until(process, "1 pass")
        web.up = False
        until(process, "→ fail")
        while not asked:
            until(process, "1 fail")
        process.kill()
    with listening(hook) as port, watching(diag, "--notify", f"json://127.0.0.1:{port}/") as process:
        assert hook.came.acquire(timeout=30)
    assert titles(hook) == ["DOWN web (probe.http)"]


def test_checks_of_the_project_are_watched_too(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD)
    with Fake(RESTORED) as fake:
        diag.export(**fake.env)
        with diag.start("watch", "--only", "sql.public-access", "--interval", "0.1s") as process:
            for _ in range(5):
                until(process, "1 pass")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    assert len([entry for entry in fake.log.entries if entry.method == "sql.instances.list"]) == 1


def test_a_status_update_is_written_and_sent_when_nothing_changed(diag: Shell) -> None:
    hook = Hook()
    diag.write("diag.yaml", HEAD + "incident: {owner: platform}\n")
    words = ("--only", "sql.public-access", "--interval", "0.1s", "--update-every", "0.01s")
    with Fake(RESTORED) as fake, listening(hook) as port:
        diag.export(**fake.env)
        with diag.start("watch", *words, "--notify", f"json://127.0.0.1:{port}/") as process:
            assert "STATUS UPDATE" in until(process, "STATUS UPDATE")
            assert hook.came.acquire(timeout=30)
            process.kill()
    assert titles(hook)[0].startswith("STATUS UPDATE netra-staging")
    assert "platform" in hook.bodies[0]["message"]
    assert "1 of 1" in hook.bodies[0]["message"]
    promised = re.search(r"next update\W+(\S+ \S+Z)", hook.bodies[0]["message"].replace("`", ""))
    assert promised
    looked, due = map(datetime.fromisoformat, (hook.bodies[0]["at"], promised[1]))
    assert due - looked <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--interval", "0s"), "--interval 0s is not a duration"),
        (("--notify", "json://127.0.0.1:0/"), "is no address"),
        (("--notify", "json://${NOWHERE}/"), "export NOWHERE="),
        (("--listen", "0.0.0.0:0"), "DIAG_LISTEN_TOKEN"),
        (("--down-after", "0"), "down-after"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_looked_at(
    diag: Shell, web: Web, words: tuple[str, ...], said: str
) -> None:
    done = diag("watch", *words)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_it_needs_a_requirements_file(diag: Shell) -> None:
    diag("watch").refused(2, "-r")


def test_piped_each_look_is_a_line_whatever_is_watched(diag: Shell) -> None:
    with listening(page(b"")) as good, listening(page(b"", "500 No")) as bad, Fake(RESTORED) as fake:
        names = [f"the-health-endpoint-of-the-backend-in-staging-{number}" for number in range(5)]
        probes = {name: {"url": f"http://127.0.0.1:{bad}/{name}"} for name in names}
        probes["good"] = {"url": f"http://127.0.0.1:{good}/"}
        diag.write("diag.yaml", HEAD + f"probes: {json.dumps(probes)}\n")
        diag.export(**fake.env, COLUMNS="40")
        words = ("--only", "probe.*", "--only", "sql.public-access", "--interval", "0.1s")
        with diag.start("watch", *words) as process:
            line = until(process, "fail")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    assert f"5 fail ({', '.join(names[:3])} and 2 more) · 2 pass · next look in" in line
    assert "\x1b" not in line


def test_an_update_that_fell_due_while_nobody_watched_is_sent_once(diag: Shell, web: Web) -> None:
    hook, ago, scope = Hook(), datetime.now(UTC) - timedelta(hours=3), Scope("netra-staging")
    file = diag.folder / "history.db"
    with (diag.folder / "diag.yaml").open("a") as declared:
        declared.write(f"history: sqlite:///{file}\n")
    with open_history(f"sqlite:///{file}") as history:
        history.told(history.status_update(scope, None, ago))
    with listening(hook) as port:
        words = ("--update-every", "2h", "--notify", f"json://127.0.0.1:{port}/")
        with watching(diag, *words) as process:
            assert hook.came.acquire(timeout=30)
            with open_history(f"sqlite:///{file}") as history:
                while history.counts_from(scope, "watch") == ago:
                    until(process, "1 pass")
        with watching(diag, *words) as process:
            for _ in range(5):
                until(process, "1 pass")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    assert [title.partition(":")[0] for title in titles(hook)] == ["STATUS UPDATE netra-staging"]


def test_a_history_that_is_held_by_another_program_stops_no_announcement(diag: Shell, web: Web) -> None:
    hook, file = Hook(), diag.folder / "history.db"
    with (diag.folder / "diag.yaml").open("a") as declared:
        declared.write(f"history: 'sqlite:///{file}?timeout=0.01'\n")
    with listening(hook) as port, watching(diag, "--notify", f"json://127.0.0.1:{port}/") as process:
        until(process, "1 pass")
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        assert "is locked by another program" in until(process, "DOWN history")
        web.up = False
        until(process, "1 fail (web) · not kept")
        until(process, "→ fail")
        web.up = True
        until(process, "→ pass")
        holder.close()
        until(process, "RESTORED history")
        until(process, "1 pass · next look")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    down, restored = "DOWN web (probe.http)", "RESTORED web (probe.http)"
    assert titles(hook) == [
        "DOWN history: runs are not kept",
        down,
        restored,
        "RESTORED history: runs are kept again",
    ]
    with open_history(f"sqlite:///{file}") as history:
        assert [turn.after.value for turn in history.turns_since(Scope("netra-staging"))] == ["fail", "pass"]
        assert history.unannounced(Scope("netra-staging"), "watch") == ()
