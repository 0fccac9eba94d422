"""The memory that outlasts the process: the history, whose turns say what was announced."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock

from diag.errors import HistoryError
from diag.history.store import History
from diag.history.turning import Patience
from diag.report import Finding, Report, Status
from diag.update import Scope, Subject, Turn, Unmoved
from diag.watch.announce import stamp
from diag.watch.memory import COMMAND, Forgetful

LATE_FINDINGS = 20_000
"""Findings of runs that wait to be kept; beyond that the oldest runs are given up."""
PAUSE = 10
"""How many times as long as a try took that failed, until there is another: a lock must not hold up every look."""


class Remembering(Forgetful):
    """The states of one project and environment, kept in the history as well; `Memory` of the watch.

    What a reader was last told of a subject is its newest announced turn. A turn that was kept and not announced,
    since the process ended in between, is announced after the restart. While the history takes nothing, states turn
    and are announced by what this process remembers; its runs are kept later, and what was announced meanwhile then
    counts as announced.
    """

    def __init__(
        self,
        history: History,
        scope: Scope,
        patience: Patience,
        monotonic: Callable[[], float] = time.monotonic,
        most_late: int = LATE_FINDINGS,
    ) -> None:
        super().__init__(patience)
        self._history, self._scope = history, scope
        self._monotonic, self._most_late = monotonic, most_late
        self._states = history.states(scope, COMMAND)
        turns = history.turns_since(scope, None, COMMAND)
        waiting = {turn.id for turn in history.unannounced(scope, COMMAND)}
        self._turned = {turn.subject for turn in turns}
        last = {turn.subject: turn for turn in turns if turn.id not in waiting}
        self._announced = {subject: turn.at for subject, turn in last.items() if turn.after is Status.FAIL}
        self._lock = Lock()
        self._open = [turn for turn in turns if turn.id in waiting]
        """Kept, and not announced."""
        self._done: list[Turn] = []
        """Kept and announced, which is not kept yet."""
        self._ahead: list[Turn] = []
        """Turns of runs that are not kept yet, by the ids of this process."""
        self._told: set[int] = set()
        """Those of them that were announced."""
        self._late: deque[tuple[Report, str]] = deque()
        self._again = 0.0

    def keep(self, report: Report, fresh: Iterable[Finding], at: datetime, maintenance: str) -> Sequence[Turn]:
        """As `Memory`; a look that saw the probes alone is kept as a run of these."""
        fresh = tuple(fresh)
        turns = super().keep(report, fresh, at, maintenance)
        run = replace(report, findings=fresh, origin=replace(report.origin, taken_at=stamp(at)))
        with self._lock:
            self._ahead += turns
        self._late.append((run, maintenance))
        self._catch_up()
        return turns

    def unmoved(self) -> Sequence[Unmoved]:
        """As `Memory`."""
        try:
            return () if self.trouble else self._history.unmoved(self._scope)
        except HistoryError:
            return ()  # the next look is not kept either, and that is said

    def told(self, subject: Subject, at: str, *, down: bool) -> None:
        """As `Memory`."""
        with self._lock:
            self._told |= {turn.id for turn in _told_of(self._ahead, subject, at, down)}
            done = _told_of(self._open, subject, at, down)
            self._done += done
            self._open = [turn for turn in self._open if turn not in done]
        try:
            self._keep_done()
        except HistoryError:
            return  # tried again after the next look; if the process ends before, it is said twice, not never

    def close(self) -> None:
        """As `Memory`."""
        self._history.close()

    def _catch_up(self) -> None:
        """Keeps every run that is not kept yet, oldest first."""
        began = self._monotonic()
        if began < self._again:
            self._give_up_the_oldest()
            return
        try:
            if self.trouble:
                self._history.mend()
            while self._late:
                run, maintenance = self._late[0]
                kept = self._history.record(run, COMMAND, patience=self._patience, maintenance=maintenance)
                self._late.popleft()
                self._match(kept.turns)
            self._keep_done()
            self.trouble = ""
        except HistoryError as error:
            self.trouble = str(error)
            ended = self._monotonic()
            self._again = ended + PAUSE * (ended - began)
            self._give_up_the_oldest()

    def _match(self, kept: Iterable[Turn]) -> None:
        """Knows turns that were kept by those that this process saw: announced already, or still to be."""
        with self._lock:
            for turn in kept:
                own = next((one for one in self._ahead if (one.subject, one.after) == (turn.subject, turn.after)), None)
                (self._done if own and own.id in self._told else self._open).append(turn)
                self._ahead = [one for one in self._ahead if one is not own]
            if not self._late:
                self._ahead, self._told = [], set()

    def _keep_done(self) -> None:
        with self._lock:
            done = tuple(self._done)
        self._history.announced(done)
        with self._lock:
            self._done = [turn for turn in self._done if turn not in done]

    def _give_up_the_oldest(self) -> None:
        while len(self._late) > 1 and sum(len(run.findings) for run, _ in self._late) > self._most_late:
            self._late.popleft()


def _told_of(turns: Sequence[Turn], subject: Subject, at: str, down: bool) -> list[Turn]:
    """Of the turns those that a message of that moment tells: a slow one must not take a later one along."""
    told = [turn for turn in turns if turn.subject == subject and stamp(turn.at) <= at]
    while told and down and told[-1].after is not Status.FAIL:
        told.pop()
    return told
