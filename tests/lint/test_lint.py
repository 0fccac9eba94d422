"""The whole of lint: the incident, the restored file, the contract's example, any file, and confirmation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diag.errors import RequirementsError
from diag.lint import lint
from diag.lint.coverage import COVERAGE
from diag.lint.table import BY_NAME
from diag.pipeline import by_the_file_alone
from diag.report import Finding, Place, Severity, Status
from diag.requirements.catalogue import CHECK_IDS
from diag.requirements.load import load, without_file
from diag.requirements.spec import FILE
from tests.lint.conftest import EXAMPLE, FIXTURES, Declared
from tests.requirements.test_properties import example, fixed_keys

WISHED = """
services:
  netra-backend-staging:
    critical: true
    request_timeout: 600s
    startup_window: 240s
    max_instances: 20
    concurrency: 80
    egress: {connector: staging-connector, mode: all-traffic}
    reaches: [{sql: staging-shared-postgres, via: socket}]
    database_pool: {instance: staging-shared-postgres, size: 10, max_overflow: 15}
connectors:
  staging-connector: {machine_type: e2-standard-8, min_instances: 12, max_instances: 120, concurrent_connections: 50}
sql_instances:
  staging-shared-postgres: {max_connections: 100, connection_time: {warn: 25s, fail: 600s}}
load_balancers:
  staging:
    domains: {api-staging.netrasystems.ai: {routes: {/: netra-backend-staging}}}
    certificates: {covers: ["*.netrasystems.ai"]}
    request_timeout: 600s
    health_check: {timeout: 600s}
"""


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    return [(one.check, one.status.value, one.declared_at.line if one.declared_at else 0) for one in findings]


def test_what_the_incident_asked_for_is_named_line_by_line(declared: Declared) -> None:
    assert told(lint(declared(WISHED))) == [
        ("req.contradiction", "warn", 11),  # 80 requests, 25 connections
        ("req.contradiction", "warn", 12),  # the socket under all-traffic
        ("req.contradiction", "warn", 14),  # 20 × 25 connections of 100
        ("req.infeasible", "fail", 16),  # e2-standard-8
        ("req.infeasible", "fail", 16),  # 12 instances at least
        ("req.infeasible", "fail", 16),  # 120 instances at most
        ("req.unobservable", "warn", 16),  # 50 connections of a connector
        ("req.unobservable", "warn", 18),  # the time to connect
        ("req.contradiction", "warn", 18),  # 600 s to connect, 600 s for the request, 240 s for the start
        ("req.infeasible", "warn", 22),  # the wildcard
        ("req.infeasible", "fail", 24),  # the health check
    ]


def test_the_recorded_incident_is_named_and_the_restored_file_is_silent() -> None:
    found = lint(load([FIXTURES / "staging-incident" / "diag.yaml"]))
    assert {one.title for one in found} == {
        "Health check outside the bounds of any health check",
        "Wildcard that Google's classic managed certificates cannot hold",
        "Cloud SQL socket under all-traffic egress",
        "Pools that take more connections than the database allows",
        "More requests at once than the pool has connections",
        "Connections of a connector, which nothing counts",
    }
    assert lint(load([FIXTURES / "staging-restored" / "diag.yaml"])) == ()


def test_the_contracts_example() -> None:
    assert [(check, status) for check, status, _ in told(lint(load([EXAMPLE])))] == [
        ("req.contradiction", "warn"),
        ("req.contradiction", "warn"),
        ("req.contradiction", "warn"),
        ("req.unobservable", "warn"),
        ("req.unobservable", "warn"),
        ("req.contradiction", "warn"),
        ("req.infeasible", "warn"),
        ("req.infeasible", "fail"),
    ]


def test_nothing_declared_is_nothing_to_say() -> None:
    assert lint(without_file("netra-staging", None)) == ()


def test_a_critical_resource_raises_the_severity(declared: Declared) -> None:
    [high] = lint(declared("services: {web: {request_timeout: 2h}}"))
    [critical] = lint(declared("services: {web: {request_timeout: 2h, critical: true}}"))
    assert (high.severity, critical.severity) == (Severity.HIGH, Severity.CRITICAL)


def test_an_overlay_is_judged_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "diag.yaml"
    path.write_text(
        "version: 1\nproject: netra-staging\nservices: {web: {request_timeout: 10m}}\n"
        "environments:\n  slow:\n    services: {web: {request_timeout: 2h}}\n"
    )
    assert lint(load([path])) == ()
    [finding] = lint(load([path], environment="slow"))
    assert finding.declared_at
    assert (finding.declared_at.file, finding.declared_at.line) == (str(path), 6)


# A contradiction warns from the file alone, and fails once a check has seen it


CONTRADICTION = "services: {web: {min_instances: 3, max_instances: 2}}"
SERVICE = "projects/netra-staging/locations/us-central1/services/web"


def judged(check: str, status: Status = Status.FAIL, resource: str = SERVICE, at: Place | None = None) -> Finding:
    return Finding(check, status, Severity.HIGH, "", resource, declared_at=at)


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (judged("run.max-instances"), Status.FAIL),
        (judged("run.max-instances", resource=f"{SERVICE}/revisions/web-1"), Status.FAIL),
        (judged("run.max-instances", status=Status.UNKNOWN), Status.WARN),
        (judged("run.max-instances", resource=SERVICE.replace("web", "other")), Status.WARN),
        (judged("run.concurrency"), Status.WARN),
    ],
)
def test_a_contradiction_fails_when_a_check_confirms_it(declared: Declared, seen: Finding, status: Status) -> None:
    [finding] = lint(declared(CONTRADICTION), [seen])
    assert finding.status is status
    assert bool(finding.not_consulted) == (status is Status.WARN)


def test_a_check_of_the_same_line_confirms_it_too(declared: Declared) -> None:
    requirements = declared(CONTRADICTION)
    place = requirements.services["web"].at("min_instances")
    [finding] = lint(requirements, [judged("run.min-instances", resource="elsewhere", at=place)])
    assert finding.status is Status.FAIL


def test_a_check_of_the_domain_confirms_it_too(declared: Declared) -> None:
    text = "load_balancers: {front: {certificates: {covers: ['*.a.org']}, domains: {a.org: {}, b.a.org: {}}}}"
    missing = {name: judged("lb.certificate-missing", resource=name) for name in ("a.org", "b.a.org")}
    assert [one.status for one in lint(declared(text), [missing["a.org"]])] == [Status.WARN, Status.FAIL]
    assert [one.status for one in lint(declared(text), [missing["b.a.org"]])] == [Status.WARN, Status.WARN]


def test_what_fails_of_another_destination_does_not_confirm_it(declared: Declared) -> None:
    reaches = "reaches: [{sql: db, via: socket}, {redis: cache}]"
    text = f"services: {{web: {{egress: {{network: a, mode: all-traffic}}, {reaches}}}}}"
    requirements = declared(f"{text}\nsql_instances: {{db: {{}}}}\nredis_instances: {{cache: {{}}}}")
    socket, cache = requirements.services["web"].reaches
    seen = {one: judged("vpc.unreachable", at=one.at(key)) for one, key in ((socket, "sql"), (cache, "redis"))}
    assert [one.status for one in lint(requirements, [seen[cache]])] == [Status.WARN]
    assert [one.status for one in lint(requirements, [seen[socket]])] == [Status.FAIL]


def test_what_only_warns_for_want_of_documents_is_not_confirmed_by_a_check(declared: Declared) -> None:
    [finding] = lint(declared("services: {web: {concurrency: 1001}}"), [judged("run.concurrency")])
    assert finding.status is Status.WARN


# What is reported once


def test_what_is_infeasible_excuses_the_resource_and_a_pool_that_is_too_large_excuses_no_database(
    declared: Declared,
) -> None:
    file = declared(
        "services:\n  web: {request_timeout: 2h, reaches: [{sql: db, via: socket}], "
        "database_pool: {instance: db, size: 10, max_overflow: 15, workers: 5}}\nsql_instances: {db: {}}"
    )
    web = file.services["web"]
    assert web.database_pool is not None
    slow = judged("run.request-timeout-too-short", at=web.at("request_timeout"))
    full = judged("sql.connection-budget", resource="projects/netra-staging/instances/db", at=web.database_pool.at())
    found = {one.check: one.status for one in by_the_file_alone(file, [slow, full]) if one.check != "req.infeasible"}
    assert found["run.request-timeout-too-short"] is Status.SKIP
    assert found["sql.connection-budget"] is Status.FAIL


# The rows of the sheet


def test_every_row_of_the_sheet_has_an_answer() -> None:
    assert list(COVERAGE) == [f"X-{number:02}" for number in range(1, 41)]
    for answer in COVERAGE.values():
        assert answer.why
        assert set(answer.rules) <= BY_NAME.keys()
        assert set(answer.checks) <= set(CHECK_IDS)


# Any file that loads


WORDS = {
    "ingress": ("all", "internal"),
    "mode": ("all-traffic", "private-ranges-only"),
    "via": ("socket", "private-ip", "public-ip"),
    "machine_type": ("e2-standard-8", "f1-micro"),
    "network": ("other", "projects/netra-host/global/networks/other"),
    "private_network": ("other",),
    "region": ("europe-west1",),
    "database_version": ("MYSQL_8_0", "POSTGRES_17"),
    "url": ("https://[1:2:3]/x", "wss://netra-backend-staging-a.run.app", "ws://a", "https://*.a"),
    "postgres": ("/cloudsql/a:b:staging-shared-postgres", "/var/run", "[::1]:1"),
    "host": ("10.0.0.9",),
    "concurrent_connections": (1,),
}
SHAPES = {
    r"[0-9.]+[smhd]": ("0.001s", "1s", "30s", "600s", "3600s", "2h", "999999999d"),
    r"[0-9.]+[KMGT]i?": ("1K", "128Mi", "6Gi", "33Gi", "999999999Ti"),
    r"[0-9.]+%": ("0%", "100%", "0.001%"),
    r"[0-9]+": (1, 2, 3, 14, 100, 1_000_000),
    r"(?i:true|false)": (True, False),
}


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


def values(path: tuple[str | int, ...]) -> tuple[Any, ...]:
    """Values of the shape that the example has at `path`, far from it; none for a key whose names refer."""
    shown = str(at(example(), path))
    fitting = (values for pattern, values in SHAPES.items() if re.fullmatch(pattern, shown))
    return WORDS.get(str(path[-1]), next(fitting, ()))


CHANGES = [(path, value) for path in fixed_keys(example(), FILE) for value in values(path)]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6),
    removed=st.lists(st.sampled_from(fixed_keys(example(), FILE)), max_size=1),
)
def test_lint_never_raises_on_a_file_that_loads_and_every_finding_lies_in_it(
    tmp_path: Path, changes: list[tuple[tuple[str | int, ...], Any]], removed: list[tuple[str | int, ...]]
) -> None:
    data = example()
    for path, value in changes:
        put(data, path, value)
    for path in removed:
        put(data, path, None, remove=True)
    file = tmp_path / "diag.yaml"
    file.write_text(json.dumps(data, indent=1))
    try:
        requirements = load([file])
    except RequirementsError:
        return
    lines = file.read_text().splitlines()
    for finding in lint(requirements):
        assert finding.declared_at is not None
        assert finding.declared_at.file == str(file)
        assert 1 <= finding.declared_at.line <= len(lines)


def put(data: Any, path: tuple[str | int, ...], value: Any, *, remove: bool = False) -> None:
    """Set or remove what stands at `path`, where an earlier change has left a way to it."""
    for part in path[:-1]:
        if not isinstance(data, dict | list) or (isinstance(data, dict) and part not in data):
            return
        data = data[part]  # type: ignore[index]
    if isinstance(data, dict):
        if remove:
            data.pop(path[-1], None)
        else:
            data[path[-1]] = value
