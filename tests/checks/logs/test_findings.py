"""What the findings of logs say: severity, headline, place, evidence and what to do; and what they leave unsaid."""

from __future__ import annotations

from diag.calls import Gap
from diag.checks.catalogue import CHECKS
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.logs.signatures import signatures
from diag.report import Finding, Severity, Status
from diag.snapshot import Snapshot
from fixtures.healthy import healthy
from tests.scenarios.logs_shared import SERVICE, logged, refused, truncated
from tests.scenarios.scenario import Patch, requirements

TAKEN_AT = "2025-09-18T09:00:00Z"
HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
CRITICAL = f"{HEAD}services:\n  {SERVICE}: {{critical: true}}\n"
FORBIDDEN = "logs:\n  forbidden:\n    - {id: a, pattern: 'one thing', severity: low}\n    - {id: b, pattern: two}\n"
REDIS = "Error -3 connecting to 10.166.204.83:6379. Try again."
SLOW = "logs: {phase_time: {pattern: 'took (?P<seconds>\\S+)s', warn: 1s, fail: 9s}}\n"


def found(check: str, patch: Patch, declared: str = HEAD, *more: str) -> list[Finding]:
    """The findings of a check over the log as patched, with nothing else read."""
    wanted = requirements(declared)
    estate = healthy().patched(patch)
    estate.taken_at = TAKEN_AT
    answers = estate.answers(wanted, frozenset({"log_entries", *more}))
    return list(evaluate([CHECKS[check]], World(Snapshot(wanted.project, wanted.region, TAKEN_AT, answers)), wanted))


def test_a_signature_has_its_own_severity_headline_and_pages() -> None:
    one, whole = found("logs.signature", logged(REDIS))
    known = signatures()["redis-gai-again"]
    assert (one.severity, one.title, one.docs) == (known.severity, known.title, known.docs)
    assert known.meaning in one.reason
    assert (whole.status, whole.resource) == (Status.PASS, "projects/netra-staging")
    assert whole.observed == "1 entry searched, 1 found"


def test_a_critical_service_raises_it_and_says_where_it_is_declared() -> None:
    one, _ = found("logs.signature", logged("Container called exit(3)."), CRITICAL)
    assert one.severity is Severity.CRITICAL
    assert one.declared_at is not None
    assert one.declared_at.line == 5


def test_commands_name_the_service_and_looking_comes_first() -> None:
    one, _ = found("logs.signature", logged(REDIS))
    commands = [fix.command for fix in one.fix]
    where = f"{SERVICE} --region us-central1 --project netra-staging"
    assert f"gcloud run services update {where} --update-secrets REDIS_HOST=SECRET:latest" in commands
    assert [fix.mutates for fix in one.fix] == sorted(fix.mutates for fix in one.fix)
    assert not [command for command in commands if "{" in command]


def test_what_is_more_than_was_read_is_unknown_and_nothing_passes() -> None:
    for check, more in (("logs.signature", ""), ("logs.forbidden", FORBIDDEN), ("logs.phase-slow", SLOW)):
        (one,) = found(check, truncated(), HEAD + more)
        assert one.status is Status.UNKNOWN, check


def test_a_log_that_is_refused_is_told_once_with_the_permission() -> None:
    (one,) = found("logs.signature", refused)
    assert (one.status, one.permission) == (Status.UNKNOWN, "logging.logEntries.list")


def test_each_declared_pattern_is_judged_with_its_own_severity_and_line() -> None:
    first, second = found("logs.forbidden", logged("the one thing"), HEAD + FORBIDDEN)
    assert (first.status, first.severity, first.title) == (Status.FAIL, Severity.LOW, "Forbidden log line: a")
    assert (second.status, second.severity) == (Status.PASS, Severity.MEDIUM)
    assert first.declared_at is not None
    assert second.declared_at is not None
    assert (first.declared_at.line, second.declared_at.line) == (6, 7)
    assert second.observed == "1 entry searched, none like it"


def test_the_slow_phases_are_named_the_slowest_first() -> None:
    (one,) = found("logs.phase-slow", logged("took 2s", "took 12s"), HEAD + SLOW)
    assert one.observed == "the phase took 12 s"
    assert one.required == "at most 9 s; warns above 1 s"
    assert [item.value for item in one.evidence] == ["took 12s"]


def test_an_empty_log_passes_where_something_else_was_seen() -> None:
    statuses = [one.status for one in found("logs.signature", lambda _: None, HEAD, "apis")]
    assert statuses == [Status.PASS]


def test_an_entry_that_is_none_is_a_gap() -> None:
    wanted = requirements(HEAD)
    estate = healthy()
    answers = estate.answers(wanted, frozenset({"log_entries"}))
    (call,) = answers
    answer = answers[call]
    assert not isinstance(answer, Gap)
    answer.doc["entries"] = ["no entry"]
    world = World(Snapshot(wanted.project, wanted.region, TAKEN_AT, answers))
    (one,) = evaluate([CHECKS["logs.signature"]], world, wanted)
    assert (one.status, one.observed) == (Status.UNKNOWN, "malformed")
