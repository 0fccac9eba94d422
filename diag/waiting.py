"""Waiting in short turns: a signal that arrives just as a wait begins is seen only when that wait ends."""

from __future__ import annotations

import time
from collections.abc import Iterator

TURN_S = 0.25
"""The longest that the main thread waits at once, in seconds."""


def turns(seconds: float) -> Iterator[float]:
    """The time in turns, each to be waited for, until it is over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        yield min(left, TURN_S)
