"""Health checks: as declared where they count, and not where they have no effect."""

from __future__ import annotations

from diag.report import Status
from fixtures import lb
from fixtures.estate import Estate
from tests.scenarios.lb_shared import (
    balancer,
    vm_backend,
)
from tests.scenarios.scenario import Patch, Scenario

WRONG, USELESS = "lb.health-check-wrong", "lb.health-check-useless"
HEALTH = balancer("health_check: {protocol: https, port: 443, path: /health, interval: 10s, timeout: 5s}")


def check_gone(estate: Estate) -> None:
    with_check()(estate)
    estate.remove("compute.healthChecks", "staging-backend-health")


def legacy_check(estate: Estate) -> None:
    vm_backend(estate, healthChecks=[lb.link("httpHealthChecks", "old")])


def check_on_unreached(estate: Estate) -> None:
    """A serverless backend service that no URL map names, with a health check."""
    service = dict(estate.resource("compute.backendServices", "staging-auth"))
    check_on_serverless(estate)
    del estate.resource("compute.backendServices", "staging-auth")["healthChecks"]
    service |= {"name": "spare", "selfLink": lb.link("backendServices", "spare")}
    service["healthChecks"] = [lb.link("healthChecks", "staging-backend-health")]
    estate.add("compute.backendServices", service)


def no_backends_at_all(estate: Estate) -> None:
    for name in lb.BACKENDS:
        estate.resource("compute.backendServices", name)["backends"] = []


def with_check(**fields: object) -> Patch:
    """Virtual machines behind auth, checked as the incident's health check, with these fields."""

    def patch(estate: Estate) -> None:
        link = lb.link("healthChecks", "staging-backend-health")
        vm_backend(estate, healthChecks=[link])
        estate.add("compute.healthChecks", {**lb.health_check(), **fields})

    return patch


def check_on_serverless(estate: Estate) -> None:
    estate.add("compute.healthChecks", lb.health_check())
    service = estate.resource("compute.backendServices", "staging-auth")
    service["healthChecks"] = [lb.link("healthChecks", "staging-backend-health")]


def denied_groups(estate: Estate) -> None:
    estate.gap("compute.networkEndpointGroups.aggregatedList", "denied")


def denied_checks(estate: Estate) -> None:
    with_check()(estate)
    estate.gap("compute.healthChecks.aggregatedList", "denied")


SCENARIOS = (
    Scenario("as declared", WRONG, Status.PASS, with_check(), HEALTH),
    Scenario(
        "another path and port",
        WRONG,
        Status.FAIL,
        with_check(httpsHealthCheck={"port": 8443}),
        HEALTH,
        "staging-backend-health",
        "path is /, declared /health",
    ),
    Scenario("another interval", WRONG, Status.FAIL, with_check(checkIntervalSec=30), HEALTH, says="interval is 30"),
    Scenario("another protocol", WRONG, Status.FAIL, with_check(type="TCP", tcpHealthCheck={"port": 443}), HEALTH),
    Scenario(
        "the backends' own port",
        WRONG,
        Status.UNKNOWN,
        with_check(httpsHealthCheck={"portSpecification": "USE_SERVING_PORT"}),
        HEALTH,
    ),
    Scenario("a named port", WRONG, Status.UNKNOWN, with_check(httpsHealthCheck={"portName": "https"}), HEALTH),
    Scenario("it is gone", WRONG, Status.FAIL, check_gone, HEALTH, says="does not exist"),
    Scenario("a legacy one", WRONG, Status.UNKNOWN, legacy_check, HEALTH, says="legacy"),
    Scenario("none in effect", WRONG, Status.SKIP, declared=HEALTH, resource="staging", says="in effect"),
    Scenario(
        "longer than any can be",
        WRONG,
        Status.SKIP,
        with_check(),
        balancer("health_check: {timeout: 600s}"),
        says="req.infeasible",
    ),
    Scenario("a type never seen", WRONG, Status.UNKNOWN, with_check(type="PIGEON"), HEALTH, says="PIGEON"),
    Scenario("health checks denied", WRONG, Status.UNKNOWN, denied_checks, HEALTH),
    Scenario("healthy", USELESS, Status.PASS),
    Scenario("on virtual machines", USELESS, Status.PASS, with_check(), HEALTH),
    Scenario("before a serverless NEG", USELESS, Status.FAIL, check_on_serverless, resource="staging-auth"),
    Scenario("on a backend service that nothing uses", USELESS, Status.FAIL, check_on_unreached, resource="spare"),
    Scenario("no backend at all", USELESS, Status.SKIP, no_backends_at_all, HEALTH, "staging", "lb.backend-empty"),
    Scenario("a declared one cannot exist", USELESS, Status.FAIL, declared=HEALTH, resource="staging"),
    Scenario("groups denied", USELESS, Status.UNKNOWN, denied_groups, HEALTH, resource="staging"),
)
