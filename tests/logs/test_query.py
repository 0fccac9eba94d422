"""The one query: bounded, and it asks for every line in which something is looked for."""

from __future__ import annotations

import re

import pytest

from diag.logs.query import LONGEST, covers, log_filter
from diag.logs.signatures import signatures
from diag.metrics import Window
from diag.requirements.model import Requirements
from tests.logs.lines import LINES
from tests.scenarios.scenario import requirements

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
WINDOW = Window.before("2025-09-18T09:00:00Z")


def declared(*patterns: str) -> Requirements:
    entries = "\n".join(f"    - {{id: p-{number}, pattern: '{text}'}}" for number, text in enumerate(patterns))
    return requirements(f"{HEAD}logs:\n  forbidden:\n{entries}\n")


def asked_for(query: str, field: str, text: str) -> bool:
    """Whether the query's pattern for a field finds the text; no text at all where it has none."""
    found = re.search(rf'{re.escape(field)}=~"([^"]*)"', query)
    return bool(found and re.search(found[1], text))


NOTHING = requirements(HEAD)
PRINTED = '(resource.type="cloud_run_revision" AND NOT logName:"requests")'
RUN_LINES = [(id, line) for id, lines in LINES.items() for line in lines if "run-log" in signatures()[id].where]


def test_it_is_bounded_in_time_and_length() -> None:
    query = log_filter(NOTHING, WINDOW)
    assert query.startswith('timestamp>="2025-09-18T08:00:00Z" AND timestamp<="2025-09-18T09:00:00Z" AND (')
    assert len(query) <= LONGEST
    assert query.count("(") == query.count(")")
    assert "\\" not in query, "nothing that is read in two ways"


@pytest.mark.parametrize(("id", "line"), RUN_LINES)
@pytest.mark.parametrize("field", ["textPayload", "jsonPayload.message", "jsonPayload.msg"])
def test_a_line_without_severity_is_asked_for_by_its_text(field: str, id: str, line: str) -> None:
    assert asked_for(log_filter(NOTHING, WINDOW), field, line)


@pytest.mark.parametrize("field", ["level", "levelname"])
def test_a_structured_line_with_its_text_elsewhere_is_asked_for_by_its_level(field: str) -> None:
    query = log_filter(NOTHING, WINDOW)
    assert re.search(rf'jsonPayload\.{field}=\([^)]*"error"[^)]*"FATAL"', query)
    older = query.partition(" OR jsonPayload.level=")[0] + "))"
    assert covers(older, query), "a log that was recorded without them still serves"


def test_a_line_that_means_nothing_is_not_asked_for() -> None:
    assert not asked_for(log_filter(NOTHING, WINDOW), "textPayload", 'INFO: "GET /health HTTP/1.1" 200 OK')


def test_a_declared_pattern_is_asked_for_by_its_own_text() -> None:
    line = "INFO order 7 was shipped twice"
    assert not asked_for(log_filter(NOTHING, WINDOW), "textPayload", line)
    assert asked_for(log_filter(declared(r"order \d+ was shipped twice"), WINDOW), "textPayload", line)


def test_so_are_the_times_of_phases() -> None:
    phases = requirements(HEAD + "logs: {phase_time: {pattern: 'stage took (?P<seconds>\\d+)s', warn: 4s}}\n")
    assert asked_for(log_filter(phases, WINDOW), "textPayload", "stage took 12s")


def test_a_pattern_without_text_of_its_own_asks_for_all_that_is_printed() -> None:
    query = log_filter(declared(r"\d{3}ms"), WINDOW)
    assert PRINTED in query
    assert "textPayload" not in query


def test_more_patterns_than_fit_ask_for_all_that_is_printed() -> None:
    query = log_filter(declared(*(f"something of its own {number:04}" for number in range(1)), "x" * 30), WINDOW)
    assert "textPayload" in query
    many = declared(*(f"{number:04} is a number of its own" for number in range(400)))
    assert PRINTED in log_filter(many, WINDOW)
    assert len(log_filter(many, WINDOW)) <= LONGEST


def test_a_load_balancer_is_asked_for_failures_and_not_for_what_it_served() -> None:
    query = log_filter(NOTHING, WINDOW)
    assert '"failed_to_pick_backend"' in query
    assert "response_sent_by_backend" not in query, "with status 500 and more it is asked for by its status"
    assert "httpRequest.status>=500" in query


SHIPPED, CANCELLED, ALL = r"order \d+ was shipped twice", r"order \d+ was cancelled", r"\d{3}ms"


@pytest.mark.parametrize(
    ("recorded", "asked", "expected"),
    [
        ((SHIPPED,), (), True),
        ((), (SHIPPED,), False),
        ((SHIPPED, CANCELLED), (CANCELLED,), True),
        ((SHIPPED,), (CANCELLED,), False),
        ((ALL,), (SHIPPED,), True),
        ((SHIPPED,), (ALL,), False),
        ((ALL,), (ALL,), True),
    ],
)
def test_a_log_recorded_for_more_serves_who_asks_for_less(
    recorded: tuple[str, ...], asked: tuple[str, ...], expected: bool
) -> None:
    held, wanted = (log_filter(declared(*patterns) if patterns else NOTHING, WINDOW) for patterns in (recorded, asked))
    assert covers(held, wanted) is expected


def test_a_log_of_another_time_serves_nobody() -> None:
    assert not covers(log_filter(NOTHING, Window.before("2025-09-18T08:59:00Z")), log_filter(NOTHING, WINDOW))
