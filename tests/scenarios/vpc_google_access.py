"""All-traffic egress: Google APIs by Private Google Access or NAT."""

from __future__ import annotations

from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Scenario
from tests.scenarios.vpc_shared import direct_all_traffic, made_from_range, sending_all, without_router

ACCESS = "vpc.private-google-access-off"


def access_off(estate: Estate) -> None:
    for name in ("staging-connector-subnet", "staging-subnet"):
        estate.resource("compute.subnetworks", name)["privateIpGoogleAccess"] = False


SCENARIOS = (
    Scenario("on", ACCESS, Status.PASS, sending_all(without_router), resource="staging-connector"),
    Scenario("off, with NAT", ACCESS, Status.PASS, sending_all(access_off), says="staging-nat"),
    Scenario(
        "off, without NAT",
        ACCESS,
        Status.FAIL,
        sending_all(access_off, without_router),
        says="staging-connector-subnet",
    ),
    Scenario("private ranges only", ACCESS, Status.SKIP, access_off),
    Scenario(
        "absent is off",
        ACCESS,
        Status.FAIL,
        sending_all(
            lambda e: e.resource("compute.subnetworks", "staging-connector-subnet").pop("privateIpGoogleAccess"),
            without_router,
        ),
    ),
    Scenario("a hidden subnet, with NAT", ACCESS, Status.PASS, sending_all(made_from_range)),
    Scenario("a hidden subnet, without NAT", ACCESS, Status.UNKNOWN, sending_all(made_from_range, without_router)),
    Scenario(
        "Direct VPC egress, off", ACCESS, Status.FAIL, sending_all(direct_all_traffic, access_off, without_router)
    ),
    Scenario(
        "subnets refused",
        ACCESS,
        Status.UNKNOWN,
        sending_all(lambda e: e.gap("compute.subnetworks.aggregatedList", "denied")),
    ),
)
