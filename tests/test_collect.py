"""Collecting under one bound of workers, with a source that answers when it is told to."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterable

import pytest

from diag import waiting
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


class _Interrupted(Exception):
    """What the signal raises."""


class _Signalling:
    """Sends the process a signal from a worker; `seen` tells whether it was handled while the call was under way."""

    def __init__(self) -> None:
        self.handled = threading.Event()
        self.seen = False
        self.ended = threading.Event()

    def fetch(self, call: Call, timeout_s: float) -> Answer | Gap:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
        time.sleep(waiting.TURN_S / 2)  # by now the other thread waits
        os.kill(os.getpid(), signal.SIGUSR1)
        self.seen = self.handled.wait(20 * waiting.TURN_S)
        self.ended.set()
        return Answer({})


class _One:
    """One call."""

    def first(self) -> Iterable[Call]:
        return (_NAMED[0],)

    def next(self, call: Call, answer: Answer | Gap) -> Iterable[Call]:
        return ()


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no such signals here")
def test_a_signal_that_does_not_wake_the_wait_is_handled_before_the_call_ends() -> None:
    """As where it comes just before the wait begins: here the waiting thread itself does not take it."""
    source = _Signalling()

    def handle(number: int, frame: object) -> None:
        source.handled.set()
        raise _Interrupted

    before = signal.signal(signal.SIGUSR1, handle)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        with pytest.raises(_Interrupted):
            collect(_One(), source, 60.0)
        assert source.ended.wait(30)
        assert source.seen
    finally:
        signal.signal(signal.SIGUSR1, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})


def test_a_wait_is_taken_in_turns() -> None:
    turns = waiting.turns(3 * waiting.TURN_S)
    assert [next(turns), next(turns)] == [waiting.TURN_S] * 2
    assert list(waiting.turns(0.0)) == []
