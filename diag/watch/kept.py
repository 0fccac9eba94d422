"""The memory that outlasts the process: the history, whose turns say what was announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from diag.errors import HistoryError
from diag.history.store import History
from diag.history.turning import Patience, State
from diag.report import Finding, Report, Status
from diag.update import Scope, Subject, Turn
from diag.watch.announce import stamp

COMMAND = "watch"


class Remembering:
    """The states of one project and environment in the history; `Memory` of the watch.

    What a reader was last told of a subject is its newest announced turn. A turn that was kept and not announced,
    since the process ended in between, is announced after the restart.
    """

    def __init__(self, history: History, scope: Scope, patience: Patience) -> None:
        self._history, self._scope, self._patience = history, scope, patience
        self._states = history.states(scope, COMMAND)
        self._turns = list(history.turns_since(scope, None, COMMAND))
        self._open = {turn.id for turn in history.unannounced(scope, COMMAND)}
        last = {turn.subject: turn for turn in self._turns if turn.id not in self._open}
        self._announced = {subject: turn.at for subject, turn in last.items() if turn.after is Status.FAIL}

    def keep(self, report: Report, fresh: Iterable[Finding], at: datetime, maintenance: str) -> Sequence[Turn]:
        """As `Memory`; a look that saw the probes alone is kept as a run of these."""
        origin = replace(report.origin, taken_at=stamp(at))
        run = replace(report, findings=tuple(fresh), origin=origin)
        kept = self._history.record(run, COMMAND, patience=self._patience, maintenance=maintenance)
        self._states = self._history.states(self._scope, COMMAND)
        self._turns += kept.turns
        self._open |= {turn.id for turn in kept.turns}
        return kept.turns

    def states(self) -> Mapping[Subject, State]:
        """As `Memory`."""
        return self._states

    def announced(self) -> Mapping[Subject, datetime]:
        """As `Memory`."""
        return self._announced

    def known(self) -> Mapping[Subject, datetime]:
        """As `Memory`."""
        turned = {turn.subject for turn in self._turns}
        return {
            subject: state.since
            for subject, state in self._states.items()
            if state.status is Status.FAIL and subject not in turned
        }

    def announce(self, subject: Subject, at: datetime | None) -> None:
        """As `Memory`; kept only by `told`."""
        if at:
            self._announced[subject] = at
        else:
            self._announced.pop(subject, None)

    def told(self, subject: Subject) -> None:
        """As `Memory`."""
        done = [turn for turn in self._turns if turn.subject == subject and turn.id in self._open]
        try:
            self._history.announced(done)
        except HistoryError:
            return  # said again after a restart: better twice than never
        self._open -= {turn.id for turn in done}

    def close(self) -> None:
        """As `Memory`."""
        self._history.close()
