"""Matching declared patterns: forbidden lines, and the times of phases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

from diag.facts.logs import LogEntry
from diag.logs.declared import Forbidden, PhaseTime
from diag.logs.excerpts import excerpt, harmless
from diag.logs.found import Found, Line, counted
from diag.logs.fragments import fragments
from diag.requirements.patterns import compiled
from diag.values import dataclass, field


@dataclass(frozen=True)
class Phase:
    """One phase, its time in seconds, and the line that says it."""

    name: str
    seconds: float
    excerpt: str
    entry: LogEntry

    @property
    def said(self) -> str:
        """`phase 3`, or `the phase` where the pattern does not name it."""
        return f"phase {self.name}" if self.name else "the phase"


@dataclass(frozen=True)
class Timed:
    """What one resource logged of its phases."""

    slowest: dict[str, Phase] = field(default_factory=dict)
    """The slowest time of each phase."""
    unread: list[str] = field(default_factory=list)
    """Lines whose time is no number."""


def forbidden_lines(wanted: Forbidden, entries: Iterable[LogEntry]) -> list[Found[Forbidden]]:
    """The lines that a declared pattern forbids, by what logged them."""
    return counted(Line(wanted, entry, shown) for entry, _, shown in _matches(wanted.pattern, entries))


def phases(wanted: PhaseTime, entries: Iterable[LogEntry]) -> Mapping[str, Timed]:
    """What each resource logged of its phases."""
    named = "phase" in compiled(wanted.pattern).groupindex
    timed: dict[str, Timed] = {}
    for entry, found, shown in _matches(wanted.pattern, entries):
        here = timed.setdefault(entry.source, Timed())
        seconds = _seconds(found["seconds"])
        name = (found["phase"] or "") if named else ""
        if seconds is None:
            here.unread.append(shown)
        elif name not in here.slowest or here.slowest[name].seconds < seconds:
            here.slowest[name] = Phase(harmless(name), seconds, shown, entry)
    return timed


def _matches(pattern: str, entries: Iterable[LogEntry]) -> Iterator[tuple[LogEntry, Any, str]]:
    """The entries that match, each with its match and the excerpt that shows it."""
    needed, search = fragments(pattern), compiled(pattern).search
    for entry in entries:
        if needed and not any(text in entry.lowered for text in needed):
            continue
        found = search(entry.said)
        if found:
            yield entry, found, excerpt(entry.said, found.start(), found.end())


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if isfinite(seconds) else None
