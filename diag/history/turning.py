"""When a state counts as turned: a pure function of what was seen one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from diag.report import Status
from diag.values import dataclass

_BADNESS = {
    Status.PASS: 0,
    Status.SKIP: 1,
    Status.WAIVED: 2,
    Status.WARN: 3,
    Status.UNKNOWN: 4,
    Status.FAIL: 5,
}
"""From good to bad. What does not apply any more, or is excused, is not as good as seen well."""


@dataclass(frozen=True)
class Patience:
    """How many runs one after the other must agree before a state counts as turned."""

    down_after: int = 1
    """To a worse state."""
    up_after: int = 1
    """To a better one."""

    def __post_init__(self) -> None:
        if self.down_after < 1 or self.up_after < 1:
            raise ValueError("a state turns after one run at the least")


@dataclass(frozen=True)
class Seen:
    """A status and the moment at which a run saw it."""

    status: Status
    at: datetime


@dataclass(frozen=True)
class State:
    """The state of one subject that counts, and the latest runs that saw it otherwise."""

    status: Status
    since: datetime
    otherwise: tuple[Seen, ...] = ()
    """Oldest first; empty when the last run saw the state itself."""


@dataclass(frozen=True)
class Change:
    """From one state to another; `lasted_s` is how long the old one had lasted, never negative."""

    before: Status
    after: Status
    at: datetime
    lasted_s: float


def first(seen: Seen) -> State:
    """The state of what was never seen before: what is seen, at once; that is no turn."""
    return State(seen.status, seen.at)


def advanced(state: State, seen: Seen, patience: Patience) -> tuple[State, Change | None]:
    """The state after one more run, and the change if it turned.

    Only what all of the last runs agree on turns a state: the mildest of them when all are worse, the worst
    of them when all are better. So a `fail` that alternates with `unknown` never passes for its old `pass`,
    and one good run after two that saw nothing restores nothing. The new state counts from its first sight.
    """
    if seen.status is state.status:
        return State(state.status, state.since), None
    recent = (*state.otherwise, seen)[-max(patience.down_after, patience.up_after) :]
    down, up = recent[-patience.down_after :], recent[-patience.up_after :]
    mildest = min((each.status for each in down), key=badness)
    worst = max((each.status for each in up), key=badness)
    if len(down) == patience.down_after and badness(mildest) > badness(state.status):
        return _turned(state, mildest, down[0].at, recent)
    if len(up) == patience.up_after and badness(worst) < badness(state.status):
        return _turned(state, worst, up[0].at, recent)
    return State(state.status, state.since, recent), None


def _turned(old: State, status: Status, at: datetime, recent: tuple[Seen, ...]) -> tuple[State, Change]:
    lasted = max(0.0, (at - old.since).total_seconds())  # a clock may have jumped back
    last = max(number for number, each in enumerate(recent) if each.status is status)
    return State(status, at, recent[last + 1 :]), Change(old.status, status, at, lasted)


def badness(status: Status) -> int:
    """The place of a status between pass, 0, and fail."""
    return _BADNESS[status]


def together(statuses: Iterable[Status]) -> Status:
    """The one status of several findings of a subject: the worst, of those that count if there are any."""
    found = set(statuses)
    counting = found - {Status.SKIP, Status.WAIVED}
    return max(counting or found, key=badness)
