"""Connectors and NAT gateways at their limits."""

from __future__ import annotations

from diag.checks.vpc.usage import CPU, DROPPED, FAILED, INSTANCES, PORTS, RECEIVED, SENT
from diag.report import Status
from fixtures.estate import Estate
from fixtures.measured import integers, one
from tests.scenarios.metrics_shared import refused, steady, without_points, without_series
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import HEAD, all_traffic, without_router

SATURATED, EXHAUSTED = "vpc.connector-saturated", "vpc.nat-exhausted"
DECLARED = f"{HEAD}connectors: {{staging-connector: {{}}}}\n"
STRICT = f"{HEAD}connectors: {{staging-connector: {{utilization: {{warn: 15%, fail: 20%}}}}}}\n"
MBPS = 10**6 // 8 * 600
"""Bytes of ten minutes at one Mbps."""


def together(*patches: Patch) -> Patch:
    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


def drops(reason: str = "OUT_OF_RESOURCES") -> Patch:
    """The NAT dropped packets."""

    def patch(estate: Estate) -> None:
        all_traffic(estate)
        router = estate.resource("compute.routers", "staging-router")
        on = {
            "project_id": "netra-staging",
            "region": "us-central1",
            "router_id": router["id"],
            "gateway_name": "staging-nat",
        }
        values = integers([0, 7, 0])
        labels = {"reason": reason, "ip_protocol": "6"}
        made = one(DROPPED, "nat_gateway", on, "2025-09-18T09:00:00Z", values, labels=labels, delta=True)
        estate.put("monitoring.timeSeries", "drops", made)

    return patch


def gone(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", "staging-connector")


SCENARIOS = (
    Scenario(
        "quiet", SATURATED, Status.PASS, declared=DECLARED, resource="staging-connector", says="2 of 10 instances"
    ),
    Scenario("CPU 90 %", SATURATED, Status.WARN, steady(CPU, 0.9), DECLARED, says="90 %"),
    Scenario("CPU 96 %", SATURATED, Status.FAIL, steady(CPU, 0.96), DECLARED, says="96 %"),
    Scenario("CPU 24 % of a declared 20 %", SATURATED, Status.FAIL, declared=STRICT),
    Scenario("970 of 1000 Mbps", SATURATED, Status.FAIL, steady(SENT, 970 * MBPS), DECLARED, says="97 %"),
    Scenario("900 of 1000 Mbps received", SATURATED, Status.WARN, steady(RECEIVED, 900 * MBPS), DECLARED),
    Scenario("all instances run", SATURATED, Status.WARN, steady(INSTANCES, 10), DECLARED, says="10 of 10"),
    Scenario("no CPU", SATURATED, Status.UNKNOWN, without_points(CPU), DECLARED, says="no point"),
    Scenario("no bytes", SATURATED, Status.PASS, together(without_series(SENT), without_series(RECEIVED)), DECLARED),
    Scenario("refused", SATURATED, Status.UNKNOWN, refused, DECLARED),
    Scenario("no connector", SATURATED, Status.SKIP, gone, DECLARED, says="vpc.connector-missing"),
    Scenario("no failed allocation", EXHAUSTED, Status.PASS, all_traffic, resource="staging-connector"),
    Scenario("packets dropped", EXHAUSTED, Status.FAIL, drops(), says="7 packets"),
    Scenario("dropped for another reason", EXHAUSTED, Status.PASS, drops("ENDPOINT_INDEPENDENCE_CONFLICT")),
    Scenario("addresses do not suffice", EXHAUSTED, Status.FAIL, together(all_traffic, steady(FAILED, 1))),
    Scenario(
        "nothing counted, and ports are in use", EXHAUSTED, Status.SKIP, together(all_traffic, without_series(FAILED))
    ),
    Scenario(
        "nothing measured",
        EXHAUSTED,
        Status.UNKNOWN,
        together(all_traffic, without_series(FAILED), without_series(PORTS)),
    ),
    Scenario("refused", EXHAUSTED, Status.UNKNOWN, together(all_traffic, refused)),
    Scenario("no NAT", EXHAUSTED, Status.SKIP, together(all_traffic, without_router), says="vpc.nat-missing"),
    Scenario("private ranges only", EXHAUSTED, Status.SKIP),
)
