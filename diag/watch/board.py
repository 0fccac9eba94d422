"""What the newest look gave, for whoever asks; asking starts no look."""

from __future__ import annotations

import threading
import time
from collections import Counter

from diag.gate.rule import Rule
from diag.gate.tally import Tally, tally
from diag.report import Report, Status
from diag.values import dataclass
from diag.watch.loop import Seen

STALE_AFTER = 3
"""Looks that may be missed before what was seen counts as over."""


@dataclass(frozen=True)
class Posted:
    """The newest look, with what is counted over all."""

    report: Report
    tally: Tally
    at_s: float
    """Seconds since the epoch."""
    fresh: bool
    """Whether the last look came about, and in time."""
    kept: bool
    """Whether it is in the history."""
    looks: int
    troubles: int
    turns: Counter[str]
    """State after the turn → turns."""

    @property
    def healthy(self) -> bool:
        """Whether nothing fails or is unknown by a look that is not too old."""
        return self.fresh and self.report.exit_code(Status.FAIL) == 0


class Board:
    """Holds the newest look; safe to ask from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Seen | None = None
        self._rule = Rule()
        self._due = 0.0
        self._looks = self._troubles = 0
        self._turns = Counter[str]()

    def post(self, seen: Seen, rule: Rule) -> None:
        """Puts up what a look gave."""
        with self._lock:
            self._seen, self._rule = seen, rule
            self._due = time.monotonic() + STALE_AFTER * max(seen.next_in_s, 10.0)
            self._looks += 1
            self._troubles += bool(seen.trouble)
            self._turns.update(turn.after.value for turn in seen.turns)

    def read(self) -> Posted | None:
        """The newest look; None before the first."""
        with self._lock:
            if self._seen is None:
                return None
            return Posted(
                report=self._seen.report,
                tally=tally(self._seen.report.findings, self._rule),
                at_s=self._seen.at.timestamp(),
                fresh=not self._seen.trouble and time.monotonic() < self._due,
                kept=not self._seen.unkept,
                looks=self._looks,
                troubles=self._troubles,
                turns=Counter(self._turns),
            )
