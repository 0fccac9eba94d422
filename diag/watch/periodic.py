"""The status update that goes out every so often, even when nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from diag.errors import HistoryError
from diag.watch.announce import Message

Write = Callable[[datetime], Message]
Last = Callable[[], datetime | None]
"""Gives when the time until the next one began: with the last one, whoever sent it; None where none is known."""


class Periodic:
    """Counts from the last update that is kept, so that a restart, or `diag report`, neither skips nor repeats one."""

    def __init__(self, every_s: float, write: Write, last: Last, tell: Callable[[str], None]) -> None:
        self._every_s, self._write, self._last, self._tell = every_s, write, last, tell
        self._known: datetime | None = None
        self._began: float | None = None
        self._failed = False

    def due(self, now: datetime, monotonic: float) -> Message | None:
        """The update if it is due at that look; one that cannot be made is tried again at the next."""
        if self._began is not None and monotonic - self._began < self._every_s:
            return None
        try:
            self._count(now, monotonic)
            if self._began is None or monotonic - self._began < self._every_s:
                return None
            message = self._write(now)
        except HistoryError as error:
            if not self._failed:
                self._tell(f"no status update can be made: {error}")
            self._failed = True
            return None
        self._failed, self._began, self._known = False, monotonic, now
        return message

    def _count(self, now: datetime, monotonic: float) -> None:
        """Begins to count at the last update that is kept, unless that one is known."""
        last = self._last()
        if self._began is None or (last and self._known and last > self._known):
            passed = (now - last).total_seconds() if last else 0.0  # less than none by a clock that was set back
            self._began = monotonic - min(max(0.0, passed), self._every_s)
            self._known = last or now
