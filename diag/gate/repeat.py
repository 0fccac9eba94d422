"""Runs of the gate, one after the other, until enough were clean or one was not."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from diag.gate.rule import Rule
from diag.gate.tally import Tally, tally
from diag.gate.words import said
from diag.report import Gate, GateRun, Report, Status
from diag.values import dataclass

KEPT = 100
"""How many runs, the last ones, a report lists."""


class Looks(Protocol):
    """What a run looks at."""

    @property
    def rule(self) -> Rule:
        """The rule of the gate; known after the first run."""

    @property
    def last(self) -> bool:
        """Whether another run would see nothing that was not seen."""

    def whole(self) -> Report:
        """Every check and probe."""

    def again(self, before: Report) -> Report:
        """The report with whatever did not pass in it looked at anew."""


class Clock(Protocol):
    """Time as it passes."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def sleep(self, seconds: float, /) -> None:
        """Returns after that time."""

    def stamp(self) -> str:
        """The moment by the calendar: RFC 3339, UTC."""


@dataclass(frozen=True)
class Pace:
    """When there is another run."""

    interval_s: float
    """Between the end of one and the start of the next."""
    wait_s: float = 0.0
    """How long after the start a run that was not clean is still followed by another."""
    fail_on: Status = Status.FAIL


def repeat(looks: Looks, pace: Pace, clock: Clock, told: Callable[[GateRun], None]) -> tuple[Report, Gate]:
    """The last run's report, and the gate; stops at the first run that is not clean, or as `pace` says later.

    After a run that is not clean only what did not pass is looked at again; once nothing of it keeps the gate
    closed, all is looked at once more, and only such whole runs count as clean.
    """
    end = clock.monotonic() + pace.wait_s
    runs: deque[GateRun] = deque(maxlen=KEPT)
    report, seen, whole = looks.whole(), 0, True
    while True:
        count = tally(report.findings, looks.rule, pace.fail_on)
        seen = seen + 1 if whole and count.clean else 0
        runs.append(GateRun(clock.stamp(), whole and count.clean, said(count), whole))
        told(runs[-1])
        given_up = not count.clean and clock.monotonic() + pace.interval_s > end
        if seen >= looks.rule.clean_runs or given_up or looks.last:
            return report, gate_of(count, seen, tuple(runs))
        clock.sleep(pace.interval_s)
        whole = count.clean
        report = looks.whole() if whole else looks.again(report)


def gate_of(count: Tally, seen: int, runs: tuple[GateRun, ...] = ()) -> Gate:
    """The gate after a run with that count, the last of `seen` clean ones in a row."""
    restored = seen >= count.rule.clean_runs
    return Gate(
        restored=restored,
        # Clean, and yet not often enough: what is missing is further runs, which nobody saw.
        undecided=not restored and (count.clean or count.undecided),
        said=said(count),
        passed=count.passed,
        counted=count.counted,
        rate=count.rate,
        pass_rate=float(count.rule.pass_rate),
        categories=count.categories,
        runs_required=count.rule.clean_runs,
        runs_seen=seen,
        runs=runs,
    )
