"""One attempt at one address: its bound, the phase it is in, what it saw, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from diag.report import Claim, JsonValue, Status
from diag.values import dataclass

INFRASTRUCTURE = "infrastructure"
APPLICATION = "application"

_OF_APPLICATION = frozenset({"request", "first-byte", "body", "upgrade", "ping", "auth"})


def cause_of(phase: str) -> str:
    """To whom a phase belongs when nothing more is known: the way there, or what answers at its end."""
    return APPLICATION if phase in _OF_APPLICATION else INFRASTRUCTURE


@dataclass(frozen=True)
class Verdict:
    """How an attempt ended, in the words of its protocol."""

    status: Status = Status.PASS
    said: str = ""
    phase: str | None = None
    """The phase it speaks of, when that is not the one in which the attempt ended."""
    cause: str | None = None
    """`infrastructure` or `application`, when the phase alone does not tell."""


class Stopped(Exception):
    """Ends an attempt with a verdict."""

    def __init__(self, said: str, *, status: Status = Status.FAIL, phase: str | None = None, cause: str | None = None):
        super().__init__(said)
        self.verdict = Verdict(status, said, phase, cause)


class Attempt:
    """The stopwatch and notebook of one attempt; nothing that it bounds lasts longer than `left()`."""

    def __init__(self, bound_s: float, run_end: float) -> None:
        """`bound_s` is the attempt's own bound; `run_end` (monotonic) is when the whole run is cut."""
        self._own_end = time.monotonic() + bound_s
        self._run_end = run_end
        self.phase = ""
        self.timings: dict[str, float] = {}
        self.seen: dict[str, JsonValue] = {}
        """What was observed so far, whatever becomes of the attempt."""
        self.claims: dict[str, JsonValue] = {}
        """What the endpoint says of itself and others: path → value; nobody measured it."""
        self.claim: Claim | None = None
        """The same as digests, to be compared with later answers."""

    def branch(self) -> Attempt:
        """An attempt that goes on from here by itself, as at each of several addresses of a name."""
        other = Attempt(0, self._run_end)
        other._own_end, other.phase, other.timings = self._own_end, self.phase, dict(self.timings)
        return other

    @property
    def cut(self) -> bool:
        """Whether the end of the run comes before the attempt's own bound."""
        return self._run_end < self._own_end

    def left(self) -> float:
        """Seconds until the bound, above zero; raises `TimeoutError` once there are none."""
        rest = min(self._own_end, self._run_end) - time.monotonic()
        if rest <= 0:
            raise TimeoutError
        return rest

    def extend(self, seconds: float) -> None:
        """Put the attempt's own bound off, for a phase that is meant to last."""
        self._own_end += seconds

    @contextmanager
    def during(self, phase: str) -> Iterator[None]:
        """Time a phase, whether it ends well or not."""
        self.phase = phase
        started = time.monotonic()
        try:
            yield
        finally:
            self.timings[phase] = self.timings.get(phase, 0.0) + time.monotonic() - started
