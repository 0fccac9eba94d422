"""How revisions leave, against what is declared."""

from __future__ import annotations

from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    FRONTEND,
    HEAD,
    all_traffic,
    direct,
    revision,
    split,
    subnetwork,
)

EGRESS = "vpc.egress-wrong"


def declared(service: str = "netra-backend-staging", **egress: str) -> str:
    lines = ", ".join(f"{key}: {value}" for key, value in egress.items())
    connectors = "connectors: {staging-connector: {}, other: {}}\n"
    return f"{HEAD}services: {{{service}: {{egress: {{{lines}}}}}}}\n{connectors}"


def by(**fields: object) -> Patch:
    """The backend's revision that serves leaves like this."""

    def patch(estate: Estate) -> None:
        revision(estate)["vpcAccess"] = dict(fields)

    return patch


def unset_mode(estate: Estate) -> None:
    del revision(estate)["vpcAccess"]["egress"]


def a_tenth_sends_everything(estate: Estate) -> None:
    """An older revision that sends everything still takes a tenth of the traffic."""
    split(estate)["vpcAccess"]["egress"] = "ALL_TRAFFIC"


def interface(**fields: str) -> Patch:
    return by(networkInterfaces=[fields], egress="PRIVATE_RANGES_ONLY")


def same_name(estate: Estate) -> None:
    """Only the network is named: the subnet of its name is used."""
    interface(network="staging-vpc")(estate)
    subnetwork(estate, "staging-vpc", "10.3.0.0/24")


def without_connector(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", "staging-connector")


SCENARIOS = (
    Scenario(
        "as declared", EGRESS, Status.PASS, declared=declared(connector="staging-connector", mode="private-ranges-only")
    ),
    Scenario(
        "an unset mode is private ranges only", EGRESS, Status.PASS, unset_mode, declared(mode="private-ranges-only")
    ),
    Scenario("another mode", EGRESS, Status.FAIL, declared=declared(mode="all-traffic"), says="private-ranges-only"),
    Scenario("all traffic, as declared", EGRESS, Status.PASS, all_traffic, declared(mode="all-traffic")),
    Scenario("another connector", EGRESS, Status.FAIL, declared=declared(connector="other"), says="not other"),
    Scenario(
        "no VPC egress",
        EGRESS,
        Status.FAIL,
        declared=declared("netra-frontend-staging", mode="all-traffic"),
        resource=FRONTEND,
    ),
    Scenario(
        "a revision that takes a tenth counts",
        EGRESS,
        Status.FAIL,
        a_tenth_sends_everything,
        declared(mode="private-ranges-only"),
        "netra-backend-staging-00095-b7t",
    ),
    Scenario("a connector in place of the network", EGRESS, Status.FAIL, declared=declared(network="staging-vpc")),
    Scenario(
        "Direct VPC egress", EGRESS, Status.PASS, direct, declared(network="staging-vpc", subnet="staging-subnet")
    ),
    Scenario("another subnet", EGRESS, Status.FAIL, direct, declared(subnet="staging-connector-subnet")),
    Scenario(
        "only a subnet is named",
        EGRESS,
        Status.PASS,
        interface(subnetwork="staging-subnet"),
        declared(network="staging-vpc"),
    ),
    Scenario("only a network is named", EGRESS, Status.PASS, same_name, declared(subnet="staging-vpc")),
    Scenario(
        "Direct VPC egress in place of the connector",
        EGRESS,
        Status.FAIL,
        direct,
        declared(connector="staging-connector"),
    ),
    Scenario(
        "no connector",
        EGRESS,
        Status.SKIP,
        without_connector,
        declared(mode="all-traffic"),
        says="vpc.connector-missing",
    ),
    Scenario(
        "a mode never seen",
        EGRESS,
        Status.UNKNOWN,
        by(connector="staging-connector", egress="MOST"),
        declared(mode="all-traffic"),
    ),
    Scenario("settings without a way", EGRESS, Status.UNKNOWN, by(egress="ALL_TRAFFIC"), declared(mode="all-traffic")),
    Scenario(
        "a subnet that is not there",
        EGRESS,
        Status.UNKNOWN,
        interface(subnetwork="gone"),
        declared(network="staging-vpc"),
    ),
    Scenario(
        "both ways at once",
        EGRESS,
        Status.UNKNOWN,
        by(connector="staging-connector", networkInterfaces=[{"network": "staging-vpc"}]),
        declared(mode="private-ranges-only"),
    ),
    Scenario(
        "revisions refused",
        EGRESS,
        Status.UNKNOWN,
        lambda estate: estate.gap("run.revisions.get", "denied"),
        declared(mode="all-traffic"),
    ),
)
