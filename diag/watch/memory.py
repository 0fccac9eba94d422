"""What a watch remembers of each subject: its state, since when, and whether it was announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from diag.history.turning import Patience, Seen, State, advanced, first, together
from diag.history.writing import subject_of
from diag.report import Finding, Report, Status
from diag.update import Subject, Turn, Unmoved

COMMAND = "watch"
"""What the runs, states and turns of a watch are kept as."""


class Memory(Protocol):
    """States that outlast a look and, where they are kept, a restart."""

    trouble: str
    """Why the last look is not kept; "" where it is, or is not to be."""

    def keep(self, report: Report, fresh: Iterable[Finding], at: datetime, maintenance: str) -> Sequence[Turn]:
        """Remembers one look, of which `fresh` was looked at now; the turns that it made, in the report's order."""

    def states(self) -> Mapping[Subject, State]:
        """The state of every subject that was ever seen and still is."""

    def announced(self) -> Mapping[Subject, datetime]:
        """What was announced as down and not yet as restored, and when."""

    def known(self) -> Mapping[Subject, datetime]:
        """What was down when it was first seen and is so since, and when that was: no news."""

    def announce(self, subject: Subject, at: datetime | None) -> None:
        """Remembers that it was announced as down at that moment; None: that it is down no more."""

    def told(self, subject: Subject, at: str, *, down: bool) -> None:
        """Keeps that what was announced of it then has gone out, or was given up; a restart does not repeat it.

        `at` is RFC 3339; `down` is false where it was announced as restored. What turned later is still to tell.
        """

    def unmoved(self) -> Sequence[Unmoved]:
        """The health pages that said the same in several runs."""

    def close(self) -> None:
        """Lets go of whatever is open."""


def subjects(findings: Iterable[Finding]) -> dict[Subject, list[Finding]]:
    """The findings of each subject."""
    found: dict[Subject, list[Finding]] = {}
    for finding in findings:
        found.setdefault(subject_of(finding), []).append(finding)
    return found


def moment(at: float) -> datetime:
    """Seconds since the epoch as a moment in UTC."""
    return datetime.fromtimestamp(at, UTC)


class Forgetful:
    """A memory that ends with the process."""

    trouble = ""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._states: dict[Subject, State] = {}
        self._announced: dict[Subject, datetime] = {}
        self._turned: set[Subject] = set()
        self._turns = 0

    def keep(self, report: Report, fresh: Iterable[Finding], at: datetime, maintenance: str) -> Sequence[Turn]:
        """As `Memory`."""
        return [
            turn
            for subject, findings in subjects(fresh).items()
            if (turn := self._seen(subject, findings, at, maintenance))
        ]

    def states(self) -> Mapping[Subject, State]:
        """As `Memory`."""
        return self._states

    def announced(self) -> Mapping[Subject, datetime]:
        """As `Memory`."""
        return self._announced

    def known(self) -> Mapping[Subject, datetime]:
        """As `Memory`."""
        return {
            subject: state.since
            for subject, state in self._states.items()
            if state.status is Status.FAIL and subject not in self._turned
        }

    def announce(self, subject: Subject, at: datetime | None) -> None:
        """As `Memory`."""
        if at:
            self._announced[subject] = at
        else:
            self._announced.pop(subject, None)

    def told(self, subject: Subject, at: str, *, down: bool) -> None:
        """As `Memory`."""

    def unmoved(self) -> Sequence[Unmoved]:
        """As `Memory`."""
        return ()

    def close(self) -> None:
        """As `Memory`."""

    def _seen(self, subject: Subject, findings: Sequence[Finding], at: datetime, maintenance: str) -> Turn | None:
        status = together(finding.status for finding in findings)
        decides = next(finding for finding in findings if finding.status is status)
        before = self._states.get(subject)
        if before is None:
            self._states[subject] = first(Seen(status, at))
            return None
        self._states[subject], change = advanced(before, Seen(status, at), self._patience)
        if change is None:
            return None
        self._turns += 1
        self._turned.add(subject)
        return Turn(
            id=self._turns,
            at=change.at,
            command=COMMAND,
            subject=subject,
            severity=decides.severity,
            title=decides.title,
            reason=decides.reason,
            before=change.before,
            after=change.after,
            lasted_s=change.lasted_s,
            maintenance=maintenance,
        )
