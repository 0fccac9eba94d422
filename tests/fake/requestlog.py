"""What was asked of the fake, when, and over which connection."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.fake.recorded import Request


@dataclass(slots=True)
class Entry:
    """One request; times are seconds of the monotonic clock, `end` is 0 while it is being answered."""

    method: str
    request: Request
    page_token: str
    wire: str
    """`grpc` or `rest`."""
    connection: str
    """The client's address: one per TCP connection."""
    verb: str
    """`GET`, or `POST` for gRPC."""
    start: float = field(default_factory=time.monotonic)
    end: float = 0.0


class RequestLog:
    """Requests in the order of their arrival; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._in_flight = 0
        self._peak = 0

    def began(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)

    def ended(self, entry: Entry) -> None:
        with self._lock:
            entry.end = time.monotonic()
            self._in_flight -= 1

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every request so far."""
        with self._lock:
            return tuple(self._entries)

    def methods(self) -> Counter[str]:
        """How many requests each method had."""
        return Counter(entry.method for entry in self.entries)

    def duplicates(self) -> list[tuple[str, Request]]:
        """Calls that were made more than once (the same page of the same request)."""
        counts = Counter((entry.method, entry.request, entry.page_token) for entry in self.entries)
        return [(method, request) for (method, request, _), count in counts.items() if count > 1]

    def peak_in_flight(self) -> int:
        """The most requests that were being answered at one time."""
        return self._peak

    def connections(self, wire: str) -> frozenset[str]:
        """The connections that a wire's requests came over."""
        return frozenset(entry.connection for entry in self.entries if entry.wire == wire)

    def connections_per_worker(self, wire: str, workers: int) -> float:
        """Connections of a wire for each of the client's workers; more than 1 means that some were not kept."""
        return len(self.connections(wire)) / workers
