"""A health page's answer as digests: what is the same answer, and what in it should have moved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diag.probes.claim import claim_of
from diag.report import Claim

PAGE = {"status": "healthy", "parts": {"database": {"status": "healthy", "latency_ms": 12.31}}, "request": "a7"}
CLAIMS = {"status": "healthy", "parts.database.status": "healthy"}


def claim(page: Any, claims: dict[str, Any] | None = None) -> Claim:
    """The claim of a page, `CLAIMS` if nothing else."""
    found = claim_of(200, json.dumps(page).encode(), page, CLAIMS if claims is None else claims)
    assert found
    return found


def moving(**values: Any) -> tuple[str, ...]:
    """Which of these values of a page should move."""
    return claim(values).moving


def test_a_page_that_claims_nothing_is_no_claim() -> None:
    assert claim_of(200, b'{"version": "1.2"}', {"version": "1.2"}, {}) is None


def test_the_same_answer_is_known_again_and_another_is_told_apart() -> None:
    assert claim(PAGE) == claim(dict(PAGE))
    other = claim({**PAGE, "request": "b8"})
    assert other.answer != claim(PAGE).answer
    assert (other.parts, other.values) == (claim(PAGE).parts, claim(PAGE).values)
    assert claim(PAGE, {**CLAIMS, "status": "degraded"}).parts != claim(PAGE).parts
    assert claim_of(503, json.dumps(PAGE).encode(), PAGE, CLAIMS) != claim(PAGE)


def test_nothing_of_the_page_is_in_it() -> None:
    page = {"status": "healthy", "password": "hunter2", "jane@example.com latency": 12.31}
    assert "hunter2" not in repr(claim(page))
    assert "jane" not in repr(claim(page))


def test_a_page_that_speaks_of_itself_alone_claims_nothing_of_parts() -> None:
    assert claim({"status": "ok"}, {"status": "ok"}).parts == ""


@pytest.mark.parametrize(("value", "well"), [("healthy", True), ("Degraded", False), (False, False), (True, True)])
def test_whether_anything_is_claimed_to_be_ill(value: Any, well: bool) -> None:
    assert claim(PAGE, {"database.connected": value}).well is well


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timestamp", "2025-09-16T17:42:52Z"),
        ("checkedAt", "2025-09-16 17:42:52.120"),
        ("server_time", "Tue, 16 Sep 2025 17:42:52 GMT"),
        ("now", 1758044572),
        ("response_time_ms", 5031),
        ("responseTime", "12.31 ms"),
        ("latency", 0.0187),
        ("uptime_seconds", 86_423),
    ],
)
def test_what_should_move(name: str, value: Any) -> None:
    assert moving(**{name: value}) == (name,)
    assert moving(parts=[{name: value}]) == (f"parts.0.{name}",)
    assert claim({name: value}).values


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("started_at_timestamp", "2025-09-16T17:42:52Z"),
        ("build_time", "2025-09-16T17:42:52Z"),
        ("timestamp", "2025-09-16"),
        ("timestamp", None),
        ("latency_ms", 12),
        ("latency_ms", 5000),
        ("latency", True),
        ("response_timeout_ms", 12_345),
        ("avg_latency_ms", 12.31),
        ("uptime_days", 123),
        ("uptime", "99.98 %"),
        ("version", 1758044572),
        ("timeline", 12.31),
        ("time_zone", 1758044572),
    ],
)
def test_what_may_stay_the_same_for_good_reason(name: str, value: Any) -> None:
    assert moving(**{name: value}) == ()
