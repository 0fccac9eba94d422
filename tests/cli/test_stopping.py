"""Signals and streams: a run that is stopped leaves nothing half-written, and a closed stream is no defect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import INCIDENT, RESTORED, Shell, files_below
from tests.fake import Fake, Fault

PLACE = ("--project", "netra-staging", "--region", "us-central1")
DEMO = ("check", "--from", str(INCIDENT), "-r", str(INCIDENT / "diag.yaml"))


@pytest.fixture
def silent(diag: Shell) -> Iterator[Fake]:
    """The restored project behind APIs that never answer."""
    with Fake(RESTORED, faults={"*": Fault.HANG}) as started:
        diag.export(**started.env)
        yield started


def stopped(diag: Shell, fake: Fake, number: signal.Signals, *words: str) -> tuple[int, str]:
    """The exit code and stderr of a command that gets the signal when its first call is under way."""
    with diag.start(*words) as process:
        while not fake.log.entries and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert out == b""
    return process.returncode, err.decode()


RECORD = ("record", "-o", "run.zip")


@pytest.mark.parametrize(
    ("words", "number", "code", "said"),
    [
        (("check", "--record", "run"), signal.SIGINT, 130, "diag: interrupted\n"),
        (("init", "-o", "diag.yaml"), signal.SIGINT, 130, "diag: interrupted\n"),
        (RECORD, signal.SIGINT, 130, "diag: interrupted\n"),
        (RECORD, signal.SIGTERM, 143, "diag: terminated\n"),
        (RECORD, signal.SIGHUP, 129, "diag: the terminal went away\n"),
    ],
    ids=["check", "init", "record", "terminated", "hung up"],
)
def test_a_run_that_is_stopped_says_so_and_leaves_nothing(
    words: tuple[str, ...], number: signal.Signals, code: int, said: str, diag: Shell, silent: Fake
) -> None:
    assert stopped(diag, silent, number, *words, *PLACE) == (code, said)
    assert files_below(diag.folder) == set()


WRITING = """
import os, signal, sys
from diag.bundle import write
from diag.cli import main
whole = write.layout.dump
def dump(doc):
    os.kill(os.getpid(), signal.{name}) if doc.get("method") == "sql.instances.list" else None
    return whole(doc)
write.layout.dump = dump
sys.argv = ["diag", "check", "--from", {bundle!r}, "--record", {target!r}]
main.main()
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize("target", ["run", "run.zip"])
def test_a_half_written_bundle_is_removed(target: str, name: str, code: int, diag: Shell) -> None:
    program = WRITING.format(name=name, bundle=str(RESTORED), target=target)
    done = subprocess.run([sys.executable, "-c", program], cwd=diag.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr
    assert files_below(diag.folder) == set()


@pytest.mark.parametrize("words", [DEMO, (*DEMO, "-f", "json")], ids=["short", "long"])
def test_a_reader_that_went_away_changes_no_exit_code(words: tuple[str, ...], diag: Shell) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = diag.start(*words, stdout=writer)
    os.close(writer)
    _, err = process.communicate()
    assert (process.returncode, err) == (1, b"")


@pytest.mark.parametrize(("redirect", "code"), [(">&-", 1), ("2>&-", 1), (">&- 2>&-", 1)])
def test_a_stream_that_the_caller_closed_is_no_defect(redirect: str, code: int, diag: Shell) -> None:
    command = f'"{sys.executable}" -m diag {" ".join(DEMO)} {redirect}'
    done = subprocess.run(["sh", "-c", command], cwd=diag.folder, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [DEMO, ("schema",)], ids=["short", "long"])
def test_output_that_finds_no_room_is_said(words: tuple[str, ...], diag: Shell) -> None:
    with open("/dev/full", "w") as full:
        process = diag.start(*words, stdout=full)
        _, err = process.communicate()
    assert process.returncode == 2
    assert err == b"diag: the output could not be written: No space left on device; name a file with -o\n"


def test_a_terminal_of_another_encoding_is_no_defect(diag: Shell) -> None:
    diag.export(PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    process = diag.start(*DEMO)
    out, err = process.communicate()
    assert (process.returncode, err) == (1, b"")
    assert b"NOT MET" in out
