"""What is old enough to go, and what is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from diag.history.retention import Retention
from diag.history.store import History, open_history
from diag.report import Status
from tests.history.reports import NAT, STAGING, finding, gate, minute, report

DAY = 1440


def record(history: History, at: datetime, number: int, status: Status = Status.PASS) -> None:
    """A run whose finding nobody made before."""
    said = finding(status, resource=f"projects/p/connectors/{number}")
    history.record(report(at, said, gate=gate(number % 5, 5)), "watch")


def kept(history: History) -> list[int]:
    """The numbers of the runs that are kept, oldest first."""
    return [run.id for run in reversed(history.runs(1000))]


def test_at_most_so_many_runs_are_kept(url: str) -> None:
    with open_history(url, keep=Retention(runs=5)) as history:
        for number in range(12):
            record(history, minute(number), number)
        assert kept(history) == [8, 9, 10, 11, 12]
        assert history.trends(STAGING, "vpc.nat-missing", resource="6") == ()
        assert len(history.trends(STAGING, "vpc.nat-missing", resource="7")) == 1


def test_old_runs_turns_notes_and_states_go(url: str) -> None:
    with open_history(url, keep=Retention(days=90)) as history:
        history.note(STAGING, "long ago", minute(0))
        record(history, minute(0), 1)
        record(history, minute(1), 1, Status.FAIL)
        assert len(history.turns_since(STAGING)) == 1
        for number in range(11):
            record(history, minute(91 * DAY + number), 2)
        assert kept(history) == list(range(3, 14))
        assert history.turns_since(STAGING) == ()
        assert history.notes_since(STAGING) == ()
        assert [each.resource for each in history.states(STAGING, "watch")] == ["projects/p/connectors/2"]


def test_turns_outlive_the_runs_that_saw_them(url: str) -> None:
    with open_history(url, keep=Retention(runs=1)) as history:
        for number, status in enumerate((Status.PASS, Status.FAIL, Status.PASS)):
            history.record(report(minute(number), finding(status)), "watch")
        assert kept(history) == [3]
        assert [turn.after for turn in history.turns_since(STAGING)] == [Status.FAIL, Status.PASS]
        assert history.states(STAGING, "watch")[NAT].since == minute(2)


def test_a_clock_that_jumps_ahead_for_a_while_takes_nothing_away(url: str) -> None:
    with open_history(url, keep=Retention(days=90)) as history:
        for number in range(12):
            record(history, minute(number), number)
        for number in range(9):
            record(history, minute(number) + timedelta(days=10_000), 50 + number)
        assert len(kept(history)) == 21


def test_findings_that_stay_the_same_are_kept_once(file: Path) -> None:
    with open_history(f"sqlite:///{file}", keep=Retention(runs=5)) as history:
        for number in range(9):
            history.record(report(minute(number), finding()), "watch")
            record(history, minute(number), number)
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        judgements = connection.execute(text("SELECT count(*) FROM diag_judgements")).scalar()
        findings = connection.execute(text("SELECT count(*) FROM diag_findings")).scalar()
    engine.dispose()
    assert (judgements, findings) == (4, 5)


@pytest.mark.parametrize(("days", "runs"), [(0, 5), (-1, 5), (90, 0)])
def test_something_is_always_kept(days: float, runs: int) -> None:
    with pytest.raises(ValueError, match="at least one run"):
        Retention(days=days, runs=runs)
