"""Collecting: every call of a plan through one source, each as soon as its own input is there.

All calls run at once under one bound of workers and one deadline; a call is made once, however
often the plan asks for it.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from diag.calls import Answer, Call, Gap, GapKind, Source
from diag.waiting import TURN_S

if TYPE_CHECKING:
    from concurrent.futures import Future

WORKERS = 16
"""Calls in flight at once: above it, two cores gain nothing and quotas are met sooner."""

SHARE = 12
"""Calls of one method in flight at once: a method that does not answer leaves workers to the others."""


class Plans(Protocol):
    """What collecting asks of a plan."""

    def first(self) -> Iterable[Call]: ...
    def next(self, call: Call, answer: Answer | Gap) -> Iterable[Call]: ...


Progress = Callable[[int, int], None]
"""Told how many calls were answered, and how many are known so far."""


def collect(
    plan: Plans, source: Source, timeout_s: float, progress: Progress | None = None
) -> dict[Call, Answer | Gap]:
    """Answer or gap of every call of the plan, within `timeout_s` seconds; what came too late is a gap."""
    return _Collection(plan, source, time.monotonic() + timeout_s, progress).run()


def replay(plan: Plans, source: Source) -> dict[Call, Answer | Gap]:
    """The same from a source that answers at once (a bundle): no threads."""
    answers: dict[Call, Answer | Gap] = {}
    waiting = list(plan.first())
    while waiting:
        call = waiting.pop(0)
        if call not in answers:
            answers[call] = source.fetch(call, 0.0)
            waiting.extend(plan.next(call, answers[call]))
    return answers


class _Collection:
    """One run of `collect`; only the calling thread touches its state."""

    def __init__(self, plan: Plans, source: Source, deadline: float, progress: Progress | None) -> None:
        from concurrent.futures import ThreadPoolExecutor  # 3 ms that a bundle need not pay

        self._plan, self._source, self._deadline, self._progress = plan, source, deadline, progress
        self._answers: dict[Call, Answer | Gap] = {}
        self._order: list[Call] = []
        self._known: set[Call] = set()
        self._running: dict[Future[Answer | Gap], Call] = {}
        self._busy: dict[str, int] = defaultdict(int)
        self._held: dict[str, deque[Call]] = defaultdict(deque)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="diag-call")

    def run(self) -> dict[Call, Answer | Gap]:
        from concurrent.futures import FIRST_COMPLETED, wait

        try:
            self._start(self._plan.first())
            while self._running and self._left() > 0:
                done, _ = wait(self._running, timeout=min(self._left(), TURN_S), return_when=FIRST_COMPLETED)
                for future in done:
                    self._arrived(self._running.pop(future), future.result())
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
        return {call: self._answers.get(call) or _late(call) for call in self._order}

    def _start(self, calls: Iterable[Call]) -> None:
        for call in calls:
            if call not in self._known:
                self._known.add(call)
                self._order.append(call)
                self._held[call.method.key].append(call)
                self._submit(call.method.key)

    def _submit(self, method: str) -> None:
        """Hands the next call of the method to the workers, where there is one and the method has its share left."""
        if self._held[method] and self._busy[method] < SHARE:
            call = self._held[method].popleft()
            self._busy[method] += 1
            self._running[self._pool.submit(self._fetch, call)] = call

    def _fetch(self, call: Call) -> Answer | Gap:
        left = self._left()
        return self._source.fetch(call, left) if left > 0 else _late(call)

    def _arrived(self, call: Call, answer: Answer | Gap) -> None:
        self._answers[call] = answer
        self._busy[call.method.key] -= 1
        self._submit(call.method.key)
        self._start(self._plan.next(call, answer))
        if self._progress:
            self._progress(len(self._answers), len(self._order))

    def _left(self) -> float:
        return self._deadline - time.monotonic()


def _late(call: Call) -> Gap:
    said = f"{call} gave no answer within the time of the run"
    return Gap(GapKind.TIMEOUT, said, call, advice="give it more with --timeout")
