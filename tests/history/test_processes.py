"""Several processes at once, and one that is killed; on SQLite and on PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from diag.history.store import open_history
from diag.report import Status
from tests.history.reports import NAT, STAGING

ROOT = Path(__file__).parents[2]

TOGETHER = """
    import sys
    from diag.history.store import open_history
    from diag.report import Status
    from tests.history.reports import finding, minute, probed, report
    sys.stdin.readline()
    with open_history(sys.argv[1]) as history:
        for number in range(10):
            status = Status.FAIL if number % 2 else Status.PASS
            own = finding(status, resource=f"projects/p/connectors/{sys.argv[2]}")
            history.record(report(minute(number), finding(), own, probed()), "watch")
"""


def test_processes_that_begin_at_once_share_one_history(url: str) -> None:
    """The tables are made once; no run, no turn and no state is lost or doubled."""
    command = [sys.executable, "-c", textwrap.dedent(TOGETHER), url]
    processes = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, text=True, cwd=ROOT) for number in range(3)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]
    with open_history(url) as history:
        runs = history.runs(100)
        assert sorted(run.id for run in runs) == list(range(1, 31))
        assert {len(history.report(run.id).findings) for run in runs} == {3}
        turns = history.turns_since(STAGING)
        assert [turn.subject.resource[-1] for turn in turns].count("0") == 9
        assert len(turns) == 27
        assert len(history.states(STAGING, "watch")) == 5


KILLED = """
    import itertools, os, sys
    from diag.history.store import open_history
    from diag.history.turning import Patience
    from diag.report import Status
    from tests.history.reports import finding, minute, report
    with open_history(sys.argv[1]) as history:
        for number in itertools.count():
            status = Status.FAIL if number % 2 else Status.PASS
            kept = history.record(report(minute(number), finding(status)), "watch")
            print(kept.run, flush=True)
"""


def test_a_process_that_is_killed_loses_nothing_that_it_kept(url: str) -> None:
    """Each run is there whole with its turn, or not at all; what nobody announced is still to be announced."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), url], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout
        told = [int(process.stdout.readline()) for _ in range(20)][-1]
        process.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in process.stdout if line.strip())])
    with open_history(url) as history:
        runs = len(history.runs(5000))
        assert runs in (told, told + 1)
        assert all(len(history.report(run.id).findings) == 1 for run in history.runs(5000))
        assert len(history.unannounced(STAGING, "watch")) == runs - 1
        assert history.states(STAGING, "watch")[NAT].status is (Status.PASS if runs % 2 else Status.FAIL)
