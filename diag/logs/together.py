"""What no single line shows: failed requests of one revision that all ended in the same instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from diag.facts.base import instant
from diag.facts.logs import RUN, LogEntry
from diag.logs.found import Line
from diag.logs.signatures import Signature, signatures
from diag.values import dataclass

ENDED_TOGETHER = "cr-503-end-time-convergence"
LEAST = 3
"""Requests from which on it is no chance."""
INSTANT, SPREAD = timedelta(seconds=0.5), timedelta(seconds=5)
"""How close together they ended, and how far apart they began at the least."""


@dataclass(frozen=True)
class _Request:
    entry: LogEntry
    began: datetime
    ended: datetime


def ended_together(entries: Iterable[LogEntry]) -> Iterator[Line[Signature]]:
    """A line for each such group: its last request stands for all."""
    by_revision: dict[str, list[_Request]] = {}
    for entry in entries:
        if entry.kind == RUN and entry.revision and (entry.status or 0) >= 500:
            by_revision.setdefault(entry.revision, []).extend(_timed(entry))
    for requests in by_revision.values():
        for group in _groups(sorted(requests, key=lambda one: one.ended)):
            last = group[-1]
            over = _spread(group).total_seconds()
            said = f"{len(group)} requests that began over {over:.0f} s ended at {last.ended:%H:%M:%S}"
            yield Line(signatures()[ENDED_TOGETHER], last.entry, said)


def _timed(entry: LogEntry) -> Iterator[_Request]:
    """The request with its times, if they can be read."""
    try:
        began = instant(entry.at)
    except ValueError:
        return
    if entry.latency_s is not None:
        yield _Request(entry, began, began + timedelta(seconds=entry.latency_s))


def _groups(requests: Sequence[_Request]) -> Iterator[Sequence[_Request]]:
    """Runs of requests that ended within an instant and began far apart."""
    start = 0
    for index, request in enumerate(requests):
        if request.ended - requests[start].ended > INSTANT:
            yield from _group(requests[start:index])
            start = index
    yield from _group(requests[start:])


def _group(requests: Sequence[_Request]) -> Iterator[Sequence[_Request]]:
    if len(requests) >= LEAST and _spread(requests) >= SPREAD:
        yield requests


def _spread(requests: Sequence[_Request]) -> timedelta:
    began = [one.began for one in requests]
    return max(began) - min(began)
