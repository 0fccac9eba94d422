"""Runs one after the other: clean ones in a row, flapping, and how long the gate goes on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from diag.gate.repeat import Pace, repeat
from diag.gate.rule import Rule
from diag.report import Finding, Gate, Origin, Report
from tests.gate.conftest import finding

EMPTY = Report("netra-staging", "us-central1", None, Origin("live", "2026-01-01T00:00:00Z"), 0.0, ())


@dataclass
class Hand:
    """A clock that moves only when somebody sleeps."""

    at: float = 0.0

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    def stamp(self) -> str:
        return f"{self.at:g}"


@dataclass
class Script:
    """Each look gives the next of these statuses for one check; the last one stays."""

    statuses: list[str]
    rule: Rule = field(default_factory=Rule)
    last: bool = False
    asked: list[str] = field(default_factory=list)

    def whole(self) -> Report:
        return self._next("whole")

    def again(self, before: Report) -> Report:
        return self._next("again")

    def _next(self, how: str) -> Report:
        self.asked.append(how)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        found: tuple[Finding, ...] = (finding("sql.not-running", status),)
        return replace(EMPTY, findings=found)


def gate(script: Script, clock: Hand, wait_s: float = 0.0) -> Gate:
    """The gate after that script."""
    return repeat(script, Pace(10.0, wait_s), clock, lambda run: None)[1]


def test_restored_takes_as_many_clean_runs_as_declared_an_interval_apart() -> None:
    script, clock = Script(["pass"]), Hand()
    found = gate(script, clock)
    assert (found.restored, found.runs_seen, found.exit_code, clock.at) == (True, 3, 0, 20.0)
    assert [run.ended_at for run in found.runs] == ["0", "10", "20"]


@pytest.mark.parametrize(("status", "code"), [("fail", 1), ("unknown", 3), ("warn", 1)])
def test_it_stops_at_the_first_run_that_is_not_clean(status: str, code: int) -> None:
    script, clock = Script(["pass", "pass", status, "pass"]), Hand()
    found = gate(script, clock)
    assert (found.restored, found.runs_seen, found.exit_code) == (False, 0, code)
    assert script.asked == ["whole"] * 3


def test_flapping_never_adds_up() -> None:
    script, clock = Script(["pass", "pass", "fail"] * 20 + ["fail"]), Hand()
    found = gate(script, clock, wait_s=300.0)
    assert (found.restored, found.runs_seen) == (False, 0)
    assert 300.0 <= clock.at < 330.0


def test_with_wait_what_does_not_pass_is_looked_at_again_and_then_all_of_it() -> None:
    script, clock = Script(["fail", "fail", "pass"]), Hand()
    found = gate(script, clock, wait_s=60.0)
    assert script.asked == ["whole", "again", "again", "whole", "whole", "whole"]
    assert (found.restored, found.runs_seen) == (True, 3)
    assert [run.clean for run in found.runs] == [False, False, False, True, True, True]


def test_the_wait_ends_no_row_of_clean_runs() -> None:
    script, clock = Script(["fail", "pass"]), Hand()
    assert gate(script, clock, wait_s=15.0).restored
    assert clock.at == 40.0


def test_where_nothing_new_can_be_seen_a_clean_run_too_few_is_undecided() -> None:
    found = gate(Script(["pass"], last=True), Hand())
    assert (found.restored, found.undecided, found.runs_seen, found.exit_code) == (False, True, 1, 3)
    assert gate(Script(["pass"], Rule(clean_runs=1), last=True), Hand()).restored
    assert gate(Script(["fail"], last=True), Hand()).exit_code == 1
