"""What was found in logs: lines of one thing on one resource, counted, with the first, the last and an example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Generic, TypeVar

from diag.facts.base import instant
from diag.facts.logs import LogEntry
from diag.report import Evidence
from diag.values import dataclass

T = TypeVar("T")

SHOWN = 10
"""Revisions that evidence names."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Line(Generic[T]):
    """An entry that shows something, and the part of it that does."""

    what: T
    entry: LogEntry
    excerpt: str

    @property
    def at(self) -> datetime:
        """When it was logged; the beginning of time where that cannot be read."""
        try:
            return instant(self.entry.at)
        except ValueError:
            return _NEVER


@dataclass(frozen=True)
class Found(Generic[T]):
    """All lines that show one thing on one resource, the earliest first."""

    what: T
    resource: str
    lines: tuple[Line[T], ...]

    @property
    def observed(self) -> str:
        """How often and when, with the last of them as an example."""
        count = f"{len(self.lines)} lines" if len(self.lines) > 1 else "1 line"
        first, last = self.lines[0].entry.at, self.lines[-1].entry.at
        when = f"from {first} to {last}" if len(self.lines) > 1 else f"at {last}"
        return f"{count} {when}: {self.lines[-1].excerpt}"

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """For each revision that logged it: how often, when first and last, and one example."""
        return tuple(_evidence(lines) for lines in list(self.by_revision.values())[:SHOWN])

    @property
    def by_revision(self) -> Mapping[str, list[Line[T]]]:
        """The lines of each revision, or of what else logged them."""
        found: dict[str, list[Line[T]]] = {}
        for line in self.lines:
            found.setdefault(line.entry.revision, []).append(line)
        return found


def counted(lines: Iterable[Line[T]]) -> list[Found[T]]:
    """The lines of each thing and resource together."""
    found: dict[tuple[T, str], list[Line[T]]] = {}
    for line in lines:
        found.setdefault((line.what, line.entry.source), []).append(line)
    return [
        Found(what, resource, tuple(sorted(each, key=lambda line: line.at))) for (what, resource), each in found.items()
    ]


def _evidence(lines: list[Line[T]]) -> Evidence:
    last = lines[-1]
    return last.entry.evidence(
        {"count": len(lines), "first": lines[0].entry.at, "last": last.entry.at, "example": last.excerpt}
    )
