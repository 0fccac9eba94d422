"""Declared patterns: RE2 takes them, none of them hurts, and what one finds is told with where it was asked for."""

from __future__ import annotations

import pytest

from diag.logs.declared import DEFAULT_SEVERITY, Forbidden, PhaseTime, forbidden, phase_time
from diag.logs.matching import forbidden_lines, phases
from diag.report import Severity
from tests.logs.lines import entry
from tests.scenarios.scenario import requirements

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"


def wanted(pattern: str) -> Forbidden:
    return Forbidden("x", pattern, Severity.HIGH, None)


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(a|a)*b", r"(a|aa)+$b", r"(.*a){20}b", r".*.*.*.*=x", r"(\w+\s?)*!"])
def test_a_pattern_that_was_written_to_hurt_does_not(pattern: str) -> None:
    assert forbidden_lines(wanted(pattern), [entry("a" * 200_000)]) == []


def test_a_match_is_shown_where_it_stands_whatever_stands_before_it() -> None:
    (found,) = forbidden_lines(wanted(r"order \d+ lost"), [entry("é𝒳 " * 200 + "order 7 lost")])
    assert found.lines[0].excerpt.endswith("order 7 lost")


def test_severity_and_place_are_those_of_the_line() -> None:
    entries = "    - {id: a, pattern: 'one thing', severity: low}\n    - {id: b, pattern: two}\n"
    text = f"{HEAD}logs:\n  forbidden:\n{entries}"
    first, second = forbidden(requirements(text))
    assert (first.severity, second.severity) == (Severity.LOW, DEFAULT_SEVERITY)
    assert first.place is not None
    assert second.place is not None
    assert (first.place.line, second.place.line) == (6, 7)


def test_nothing_is_declared() -> None:
    assert list(forbidden(requirements(HEAD))) == []
    assert phase_time(requirements(HEAD)) is None


def test_the_slowest_time_of_each_phase_counts() -> None:
    lines = [entry(f"phase {name} took {seconds}s") for name, seconds in (("db", 4), ("db", 9.5), ("cache", 2))]
    timed = phases(PhaseTime(r"phase (?P<phase>\w+) took (?P<seconds>[\d.]+)s", 5, None, None), lines)
    (one,) = timed.values()
    assert {name: phase.seconds for name, phase in one.slowest.items()} == {"db": 9.5, "cache": 2}


def test_a_time_that_is_no_number_is_kept_apart() -> None:
    timed = phases(PhaseTime(r"took (?P<seconds>\S+)s", 5, None, None), [entry("took 1.2.3s"), entry("took infs")])
    (one,) = timed.values()
    assert one.unread == ["took 1.2.3s", "took infs"]
    assert not one.slowest
