"""Time to restore: from the first failure of a subject until it was seen well again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from diag.report import Status
from diag.update import Outage, Subject, Turn

WELL = frozenset({Status.PASS, Status.WARN})
"""What ends an outage; a state that nobody sees, or that is excused, does not."""


def outages(turns: Iterable[Turn], failing: Mapping[Subject, datetime], now: datetime) -> tuple[Outage, ...]:
    """Every outage that the turns (in their order) tell of, by subject; none has a negative length.

    `failing` holds the subjects that fail now and since when, for those that never turned.
    """
    began: dict[Subject, datetime] = {}
    found: list[Outage] = []
    for turn in turns:
        if turn.before is Status.FAIL and turn.subject not in began:
            began[turn.subject] = turn.at - timedelta(seconds=turn.lasted_s)
        if turn.after is Status.FAIL:
            began.setdefault(turn.subject, turn.at)
        elif turn.after in WELL and turn.subject in began:
            found.append(_outage(turn.subject, began.pop(turn.subject), turn.at))
    for subject, since in {**failing, **began}.items():
        found.append(Outage(subject, since, None, _seconds(since, now)))
    return tuple(found)


def _outage(subject: Subject, began: datetime, ended: datetime) -> Outage:
    return Outage(subject, began, ended, _seconds(began, ended))


def _seconds(begin: datetime, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds())
