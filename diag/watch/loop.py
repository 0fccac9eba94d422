"""The loop: look, remember, tell, show, wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event
from typing import Protocol

from diag.errors import DiagError
from diag.history.hops import Map
from diag.render.claims import beside, sentence
from diag.report import Finding, Report
from diag.requirements.model import Requirements
from diag.update import Subject, Turn
from diag.values import dataclass
from diag.waiting import turns
from diag.watch.announce import Announcer, Message, of_history
from diag.watch.memory import Memory, moment
from diag.watch.pace import Pace
from diag.watch.periodic import Periodic

SETTLES = timedelta(minutes=5)
"""How long after a turn looks come faster."""


class Looks(Protocol):
    """What is looked at."""

    @property
    def declared(self) -> Requirements:
        """The requirements; known after the first look."""

    def whole(self) -> Report:
        """Every check and probe."""

    def probed(self, before: Report) -> Report:
        """The report with its probes measured anew."""


class Clock(Protocol):
    """Time as it passes."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def time(self) -> float:
        """Seconds since the epoch."""

    def wait(self, seconds: float) -> bool:
        """Returns after that time, or earlier and then True where the watch is to end."""


class SystemClock:
    """The machine's own."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)

    def __init__(self) -> None:
        self.end = Event()

    def wait(self, seconds: float) -> bool:
        """As `Clock`."""
        return any(self.end.wait(turn) for turn in turns(seconds)) or self.end.is_set()


@dataclass(frozen=True)
class Seen:
    """What one look gave; what failed in a look, so that nothing new is known, is `trouble`."""

    report: Report
    at: datetime
    turns: tuple[Turn, ...]
    messages: tuple[Message, ...]
    maintenance: str
    next_in_s: float
    trouble: str = ""
    unkept: str = ""
    """Why the look is not in the history."""
    said: tuple[str, ...] = ()
    """Sentences that are news by this look."""


class Watch:
    """One watch; `run` ends when the clock says so."""

    def __init__(
        self,
        looks: Looks,
        memory: Memory,
        clock: Clock,
        interval_s: float | None,
        show: Callable[[Seen], None],
        send: Callable[[Message], None],
        update: Periodic | None = None,
    ) -> None:
        self._looks, self._memory, self._clock = looks, memory, clock
        self._show, self._send, self._update = show, send, update
        self._unkept = ""
        self._unmoved: frozenset[Subject] = frozenset()
        self._announcer = Announcer(memory)
        self._pace = Pace(interval_s, clock.monotonic())
        self._report: Report | None = None
        self._turned_at: datetime | None = None

    def run(self) -> None:
        """Looks until the clock ends it; raises `DiagError` where the first look cannot be made."""
        while True:
            self.step()
            if self._clock.wait(max(0.0, self._pace.due - self._clock.monotonic())):
                return

    def step(self) -> None:
        """One look, what follows from it, and when the next one is due."""
        trouble = ""
        try:
            report, fresh = self._look()
        except DiagError as error:
            if self._report is None:
                raise
            report, fresh, trouble = self._report, (), str(error)
        now = moment(self._clock.time())
        maintenance = window(self._looks.declared, now)
        turns = tuple(self._memory.keep(report, fresh, now, maintenance)) if fresh else ()
        self._report = report
        self._turned_at = now if turns else self._turned_at
        messages = self._announcer.messages(report.findings, Map(self._looks.declared), now, maintenance)
        messages += self._updates(now)
        of_history = [] if maintenance else self._of_history(now)
        messages += of_history
        for message in messages:
            self._send(message)
        report, said = self._pointed_out(report)
        said += [f"{one.title}: {' · '.join(one.body.splitlines())}" for one in of_history]
        self._pace = self._pace.after(self._clock.monotonic(), self._unsettled(now))
        wait_s = max(0.0, self._pace.due - self._clock.monotonic())
        unkept = self._memory.trouble
        self._show(Seen(report, now, turns, tuple(messages), maintenance, wait_s, trouble, unkept, tuple(said)))

    def _look(self) -> tuple[Report, Sequence[Finding]]:
        """The report, and those of its findings that were looked at now."""
        if self._report is None or self._pace.checks:
            report = self._looks.whole()
            return report, report.findings
        report = self._looks.probed(self._report)
        return report, [finding for finding in report.findings if finding.probe]

    def _updates(self, now: datetime) -> list[Message]:
        if not self._update:
            return []
        message = self._update.due(now, self._clock.monotonic())
        return [message] if message else []

    def _of_history(self, now: datetime) -> list[Message]:
        before, self._unkept = self._unkept, self._memory.trouble
        return [of_history(self._unkept, now)] if bool(before) is not bool(self._unkept) else []

    def _pointed_out(self, report: Report) -> tuple[Report, list[str]]:
        """The report with the health pages that do not move, and of those that are new among them a sentence each."""
        found = [one for one in self._memory.unmoved() if one.notable]
        new = [one for one in found if one.subject not in self._unmoved]
        self._unmoved = frozenset(one.subject for one in found)
        return beside(report, found), [f"{one.subject.resource}: {sentence(one)}" for one in new]

    def _unsettled(self, now: datetime) -> bool:
        """Whether a state turned lately, or what was seen last is not the state that counts."""
        if self._turned_at and timedelta(0) <= now - self._turned_at < SETTLES:  # not after a clock was set back
            return True
        return any(state.otherwise for state in self._memory.states().values())


def window(declared: Requirements, now: datetime) -> str:
    """Why nothing is announced at that moment; "" where no maintenance window says so."""
    for begin, end, reason in declared.maintenance:
        if begin <= now < end:
            return f"maintenance until {end:%Y-%m-%dT%H:%M:%SZ}{f': {reason}' if reason else ''}"
    return ""
