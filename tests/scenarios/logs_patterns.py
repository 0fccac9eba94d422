"""Declared patterns in the logs: forbidden lines, and the time of phases."""

from __future__ import annotations

from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.logs_shared import logged, refused, truncated
from tests.scenarios.scenario import Scenario

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
CRITICAL = f"{HEAD}services: {{netra-backend-staging: {{critical: true}}}}\n"
FORBIDDEN = "logs: {forbidden: [{id: smd-phase-3, pattern: 'SMD Phase 3 .*timeout', severity: high}]}\n"
TWO = "logs: {forbidden: [{id: one, pattern: 'first thing'}, {id: other, pattern: 'second thing'}]}\n"
LINE = "SMD Phase 3 (DATABASE) timeout after 60 s"

PHASES = "logs: {{phase_time: {{pattern: 'SMD Phase (?P<phase>\\d+) took (?P<seconds>\\S+?)s', {limits}}}}}\n"
WARNS = HEAD + PHASES.format(limits="warn: 45s")
FAILS = HEAD + PHASES.format(limits="warn: 45s, fail: 60s")
UNNAMED = f"{HEAD}logs: {{phase_time: {{pattern: 'start took (?P<seconds>[\\d.]+)s', fail: 1m}}}}\n"


def took(*seconds: str) -> tuple[str, ...]:
    return tuple(f"SMD Phase {number} took {text}s" for number, text in enumerate(seconds, 1))


def in_a_field(estate: Estate) -> None:
    """The text stands in a field of a structured line."""
    logged("x")(estate)
    (doc,) = estate.resources["logging.entries"].values()
    del doc["textPayload"]
    doc["jsonPayload"] = {"event": "startup", "error": {"detail": LINE}}


FORBIDDEN_LINES = (
    Scenario("no such line", "logs.forbidden", Status.PASS, logged("SMD Phase 3 took 4s"), HEAD + FORBIDDEN),
    Scenario("an empty log, and nothing else seen", "logs.forbidden", Status.SKIP, declared=HEAD + FORBIDDEN),
    Scenario(
        "printed to stdout",
        "logs.forbidden",
        Status.FAIL,
        logged(LINE, log="stdout"),
        HEAD + FORBIDDEN,
        resource="netra-backend-staging",
        says="1 line at 2025-09-18T08:30:00Z: SMD Phase 3",
    ),
    Scenario("in a field", "logs.forbidden", Status.FAIL, in_a_field, HEAD + FORBIDDEN, says=LINE),
    Scenario("of a critical service", "logs.forbidden", Status.FAIL, logged(LINE), CRITICAL + FORBIDDEN),
    Scenario("one of two", "logs.forbidden", Status.FAIL, logged("the second thing"), HEAD + TWO, says="other"),
    Scenario("more lines than were read", "logs.forbidden", Status.UNKNOWN, truncated(), HEAD + FORBIDDEN),
    Scenario("found all the same", "logs.forbidden", Status.FAIL, truncated(LINE), HEAD + FORBIDDEN),
    Scenario("refused", "logs.forbidden", Status.UNKNOWN, refused, HEAD + FORBIDDEN),
)

PHASE_TIMES = (
    Scenario("in time", "logs.phase-slow", Status.PASS, logged(*took("4.2", "45")), WARNS, says="phase 2 took 45 s"),
    Scenario("above the warning", "logs.phase-slow", Status.WARN, logged(*took("4", "45.1")), WARNS, says="45.1 s"),
    Scenario("between both", "logs.phase-slow", Status.WARN, logged(*took("50")), FAILS, says="warns above 45 s"),
    Scenario("above the limit", "logs.phase-slow", Status.FAIL, logged(*took("50", "61")), FAILS, says="phase 2"),
    Scenario(
        "the slowest counts", "logs.phase-slow", Status.FAIL, logged(*took("61"), *took("2")), FAILS, says="took 61 s"
    ),
    Scenario(
        "a phase without a name", "logs.phase-slow", Status.FAIL, logged("start took 70s"), UNNAMED, says="the phase"
    ),
    Scenario("not logged", "logs.phase-slow", Status.SKIP, logged("ready"), WARNS, says="nothing started"),
    Scenario("no number", "logs.phase-slow", Status.UNKNOWN, logged(*took("4", "1.2.3")), WARNS, says="1.2.3"),
    Scenario("not a number", "logs.phase-slow", Status.UNKNOWN, logged(*took("nan")), WARNS, says="no number"),
    Scenario("more lines than were read", "logs.phase-slow", Status.UNKNOWN, truncated(), WARNS),
    Scenario("refused", "logs.phase-slow", Status.UNKNOWN, refused, WARNS),
)

SCENARIOS = (*FORBIDDEN_LINES, *PHASE_TIMES)
