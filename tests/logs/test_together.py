"""Failed requests that end in the same instant: an instance died."""

from __future__ import annotations

from typing import Any

from diag.facts.logs import LogEntry
from diag.logs.search import search
from diag.logs.together import ENDED_TOGETHER
from tests.logs.lines import entry

DIED = ((14.491, 8.996), (19.832, 3.658), (9.233, 14.256), (3.972, 19.516))
"""Seconds at which requests began, and how long they took: as recorded of one instance that exited."""


def failed(began: float, took: float, status: int = 503, **fields: Any) -> LogEntry:
    request = {"status": status, "latency": f"{took}s"}
    at = f"2025-09-18T08:36:{began:06.3f}Z"
    return entry(log="run.googleapis.com%2Frequests", at=at, httpRequest=request, **fields)


def found(*entries: LogEntry) -> list[str]:
    return [one.what.id for one in search(entries)]


def test_requests_that_began_apart_and_ended_together() -> None:
    (one,) = search([failed(*times) for times in DIED])
    assert one.what.id == ENDED_TOGETHER
    assert one.lines[0].excerpt == "4 requests that began over 16 s ended at 08:36:23"


def test_two_are_chance() -> None:
    assert found(*(failed(*times) for times in DIED[:2])) == []


def test_requests_that_began_together_as_well_are_not_it() -> None:
    assert found(*(failed(10 + number / 10, 5) for number in range(5))) == []


def test_a_time_out_ends_requests_at_the_same_age() -> None:
    assert found(*(failed(second, 10) for second in range(0, 40, 2))) == []


def test_answers_that_did_not_fail_are_not_it() -> None:
    assert found(*(failed(*times, status=200) for times in DIED)) == []


def test_without_a_latency_nothing_is_known() -> None:
    lines = [failed(*times) for times in DIED]
    for line in lines:
        line.doc["httpRequest"]["latency"] = "soon"
    assert found(*lines) == []
