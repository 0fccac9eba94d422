"""Collecting under one bound of workers, with a source that answers when it is told to."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable

from diag.calls import Answer, Call, Gap
from diag.collect import WORKERS, collect

_SILENT = "monitoring.timeSeries.list"
_NAMED = [
    Call.of("run.revisions.get", name=f"projects/p/locations/us-central1/services/s/revisions/r{number}")
    for number in range(3)
]


class _Chain:
    """More calls of one method than there are workers, then a chain of calls of another."""

    def first(self) -> Iterable[Call]:
        silent = (Call.of(_SILENT, name="projects/p", filter=f"metric {number}") for number in range(3 * WORKERS))
        return (*silent, _NAMED[0])

    def next(self, call: Call, answer: Answer | Gap) -> Iterable[Call]:
        followed = dict(itertools.pairwise(_NAMED))
        return (followed[call],) if call in followed else ()


class _SilentUntilTheEnd:
    """Leaves one method unanswered until the chain has come to its end."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def fetch(self, call: Call, timeout_s: float) -> Answer | Gap:
        if call.method.key == _SILENT:
            return Answer({"waited": self._ended.wait(timeout_s)})
        if call == _NAMED[-1]:
            self._ended.set()
        return Answer({})


def test_a_method_that_does_not_answer_leaves_workers_to_the_others() -> None:
    answers = collect(_Chain(), _SilentUntilTheEnd(), 5.0)
    assert len(answers) == 3 * WORKERS + len(_NAMED)
    assert all(isinstance(answers[call], Answer) for call in _NAMED)
    assert [answer for answer in answers.values() if isinstance(answer, Gap)] == []
