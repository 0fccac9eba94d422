"""Names of variables, and that no check shows a value that it was given unredacted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diag.calls import Answer, Call, Gap
from diag.checks.catalogue import CHECKS
from diag.checks.run.variables import kind_of
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.report import Finding, Status
from diag.snapshot import Snapshot
from fixtures.estate import Estate
from fixtures.healthy import healthy
from tests.scenarios.run_shared import SERVING, backend, variable
from tests.scenarios.scenario import TAKEN_AT, requirements

PLANTED = "Planted-Synthetic-7f3a9"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("HOST", "host"),
        ("PGHOST", "host"),
        ("db_hostname", "host"),
        ("REDIS_PORT", "port"),
        ("DATABASE_URL", "url"),
        ("CALLBACK_URI", "url"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "address"),
        ("VAULT_ADDR", "address"),
        ("REDIS_HOST_2", "host"),
        ("DB_PORT1", "port"),
        ("redisHost", "host"),
        ("apiBaseUrl", "url"),
        ("MAILHOST", "host"),
        ("SUPPORT", None),
        ("EXPORT", None),
        ("GHOST", None),
        ("EMAIL_FROM_ADDRESS", None),
        ("mailAddress", None),
        ("REDIS_ADDRESS", "address"),
        ("REPORT", None),
        ("IMPORT", None),
        ("CURL", None),
        ("HOSTNAME_PREFIX", None),
        ("PORT_RANGE", None),
        ("ALLOWED_HOSTS", None),
        ("ENVIRONMENT", None),
    ],
)
def test_the_last_word_of_a_name_says_what_it_holds(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


def unredacted(estate: Estate) -> dict[Call, Answer | Gap]:
    """The answers of an estate with the serving revision as the API gives it, values included."""
    answers = estate.answers()
    doc = estate.resource("run.revisions", SERVING)
    call = Call.of("run.revisions.get", name=str(doc["name"]))
    whole = answers[call]
    assert isinstance(whole, Answer)
    return answers | {call: replace(whole, doc=doc)}


def findings(check: str, estate: Estate, declared: str) -> list[Finding]:
    wanted = requirements(declared)
    world = World(Snapshot(wanted.project, wanted.region, TAKEN_AT, unredacted(estate)))
    return list(evaluate([CHECKS[check]], world, wanted))


@pytest.mark.parametrize(
    ("check", "name", "value", "declared"),
    [
        ("run.env-differs", "MODE", PLANTED, backend("env: {MODE: other}")),
        ("run.env-differs", "MODE", "other", backend(f"env: {{MODE: {PLANTED}}}")),
        ("run.env-missing", "OTHER", PLANTED, backend(f"env: {{MODE: {PLANTED}}}")),
        ("run.env-malformed", "APP_URL", f"redis://:{PLANTED}@10.1.2.3 ", backend()),
        ("run.env-malformed", "APP_PORT", PLANTED, backend()),
        ("run.secret-not-used", "DATABASE_URL", PLANTED, backend("secrets: {DATABASE_URL: database-url}")),
    ],
)
def test_a_finding_never_shows_a_value(check: str, name: str, value: str, declared: str) -> None:
    estate = healthy()
    variable(name, value)(estate)
    found = findings(check, estate, declared)
    assert Status.FAIL in {finding.status for finding in found}
    assert PLANTED not in repr(found)
