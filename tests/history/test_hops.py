"""The first broken hop of each declared path."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.history.hops import Map, lasting, paths_of
from diag.report import Finding, Status
from diag.requirements.load import load
from diag.requirements.model import Requirements
from diag.update import Paths
from tests.history.reports import REVISION, SERVICE, finding, probed

FILE = """\
version: 1
project: netra-staging
region: us-central1
services:
  netra-backend-staging:
    reaches:
      - {sql: orders, via: socket}
      - internet: ["api.openai.com:443", "openai.com:443"]
sql_instances: {orders: {}, orders-2: {}}
load_balancers:
  staging:
    domains:
      api.netra.example: {routes: {/: netra-backend-staging}}
"""
CLIENT = "https://api.netra.example/ → netra-backend-staging"
DATABASE = "netra-backend-staging → orders"
INTERNET = "netra-backend-staging → api.openai.com:443"


@pytest.fixture
def declared(tmp_path: Path) -> Requirements:
    """Requirements with four paths."""
    (tmp_path / "diag.yaml").write_text(FILE, encoding="utf-8")
    return load([tmp_path / "diag.yaml"])


def whole(**status: Status) -> list[Finding]:
    """Findings about every hop; those named are of that status, the others pass."""

    def one(name: str, check: str, resource: str, required: str = "") -> Finding:
        said = finding(status.get(name, Status.PASS), check, resource)
        return Finding(said.check, said.status, said.severity, name, resource, required or None, reason=name)

    revision = f"{REVISION}00097-k7m"
    return [
        one("dns", "lb.dns-elsewhere", "api.netra.example"),
        one("served", "lb.domain-unserved", "api.netra.example"),
        one("certificate", "lb.certificate-missing", "api.netra.example"),
        one("route", "lb.wrong-service", "api.netra.example/"),
        one("service", "run.not-serving", revision),
        one("ready", "run.not-ready", SERVICE),
        one("egress_sql", "vpc.unreachable", revision, "netra-backend-staging-00097-k7m reaches orders by its socket"),
        one("egress_web", "vpc.unreachable", revision, "netra-backend-staging-00097-k7m reaches api.openai.com:443"),
        one("egress_short", "vpc.unreachable", revision, "netra-backend-staging-00097-k7m reaches openai.com:443"),
        one("socket", "sql.socket-not-attached", revision, "netra-staging:us-central1:orders"),
        one("database", "sql.not-running", "projects/netra-staging/instances/orders"),
        one("other", "sql.not-running", "projects/netra-staging/instances/orders-2"),
    ]


def broken(paths: Paths) -> dict[str, tuple[str, str]]:
    """Path → its first broken hop, and what is said of it."""
    return {hop.path: (hop.hop, hop.said) for hop in paths.broken}


def test_when_nothing_is_wrong_every_path_holds(declared: Requirements) -> None:
    assert paths_of(declared, whole()) == Paths(total=4)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (["dns", "certificate", "service"], {CLIENT: ("DNS", "dns")}),
        (["certificate", "route"], {CLIENT: ("certificate", "certificate")}),
        (["ready", "service"], {CLIENT: ("service", "service")}),
        (["egress_sql", "socket", "database"], {DATABASE: ("egress", "egress_sql")}),
        (["socket", "database"], {DATABASE: ("socket", "socket")}),
        (["database"], {DATABASE: ("database", "database")}),
        (["egress_web", "other"], {INTERNET: ("egress", "egress_web")}),
        (["egress_short"], {"netra-backend-staging → openai.com:443": ("egress", "egress_short")}),
    ],
)
def test_of_each_path_the_hop_nearest_its_beginning_is_named(
    bad: list[str], expected: dict[str, tuple[str, str]], declared: Requirements
) -> None:
    assert broken(paths_of(declared, whole(**dict.fromkeys(bad, Status.FAIL)))) == expected


def test_a_hop_that_could_not_be_seen_before_a_broken_one_is_told(declared: Requirements) -> None:
    (hop,) = paths_of(declared, whole(dns=Status.UNKNOWN, route=Status.FAIL)).broken
    assert (hop.hop, hop.status, hop.unseen) == ("route", Status.FAIL, ("DNS",))


def test_a_path_of_which_nothing_fails_and_something_is_unseen_is_not_known(declared: Requirements) -> None:
    (hop,) = paths_of(declared, whole(certificate=Status.UNKNOWN)).broken
    assert (hop.hop, hop.status) == ("certificate", Status.UNKNOWN)


def test_a_path_that_was_not_looked_at_does_not_hold(declared: Requirements) -> None:
    without = [each for each in whole() if each.check != "lb.wrong-service"]
    assert paths_of(declared, without) == Paths(total=4, not_looked_at=1)
    assert paths_of(declared, []) == Paths(total=4, not_looked_at=4)


def test_each_probe_is_a_path_of_its_own() -> None:
    paths = paths_of(None, [probed(Status.FAIL), probed(name="frontend")])
    assert paths.total == 2
    assert broken(paths) == {
        "probe backend-health: https://api-staging.netrasystems.ai/health": (
            "first-byte",
            "first-byte at 203.0.113.10:443: status 503",
        )
    }


@pytest.mark.parametrize(
    ("resource", "stays"),
    [(f"{REVISION}00097-k7m", SERVICE), (SERVICE, SERVICE), ("netra.example/revisions", "netra.example/revisions")],
)
def test_the_resource_that_outlives_a_deployment(resource: str, stays: str) -> None:
    assert lasting(resource) == stays


# Where a finding lies


def spot(declared: Requirements, check: str, resource: str) -> tuple[int, frozenset[str]]:
    """Its place from the client on, and whose requests pass there."""
    found = Map(declared).spot(finding(Status.FAIL, check, resource))
    return found.hop, found.paths


def test_hops_come_in_one_order_for_what_decides_them_and_what_does_not(declared: Requirements) -> None:
    ids = (
        "lb.dns-elsewhere",
        "lb.certificate-missing",
        "lb.wrong-service",
        "run.not-ready",
        "vpc.connector-not-ready",
        "sql.socket-not-attached",
        "sql.not-running",
        "api.disabled",
    )
    places = [spot(declared, check, "api.netra.example")[0] for check in ids]
    assert places == sorted(set(places))
    assert spot(declared, "run.memory-short", SERVICE)[0] == spot(declared, "run.not-ready", SERVICE)[0]


@pytest.mark.parametrize(
    ("check", "resource"),
    [
        ("lb.dns-elsewhere", "api.netra.example"),
        ("lb.wrong-service", "api.netra.example/"),
        ("run.not-ready", SERVICE),
        ("run.not-serving", f"{REVISION}00097-k7m"),
        ("sql.not-running", "projects/netra-staging/instances/orders"),
    ],
)
def test_whose_requests_pass_there(declared: Requirements, check: str, resource: str) -> None:
    assert spot(declared, check, resource)[1] == {"netra-backend-staging"}


def test_what_lies_on_no_declared_way_stands_for_itself(declared: Requirements) -> None:
    assert spot(declared, "sql.not-running", "projects/netra-staging/instances/orders-2")[1] == {
        "sql.not-running projects/netra-staging/instances/orders-2"
    }


def test_of_an_address_the_declared_route_counts_and_else_its_domain(tmp_path: Path) -> None:
    (tmp_path / "diag.yaml").write_text(
        "version: 1\nproject: netra-staging\nregion: us-central1\nservices: {web: {}, auth: {}}\n"
        "load_balancers: {edge: {domains: {netra.example: {routes: {/: web, /auth: auth}}}}}\n"
        "probes: {login: {url: 'https://netra.example/auth'}, other: {url: 'https://netra.example/x'}}\n",
        encoding="utf-8",
    )
    declared = load([tmp_path / "diag.yaml"])
    lies = Map(declared)
    assert lies.spot(probed(Status.FAIL, name="login")).paths == {"auth"}
    assert lies.spot(probed(Status.FAIL, name="other")).paths == {"web", "auth"}
    assert spot(declared, "lb.wrong-service", "netra.example/auth")[1] == {"auth"}
    assert spot(declared, "lb.dns-elsewhere", "netra.example")[1] == {"web", "auth"}
