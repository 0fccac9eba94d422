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


def connectors_refused(estate: Estate) -> None:
    for verb in ("list", "get"):
        estate.gap(f"vpcaccess.connectors.{verb}", "denied")


def named(full: str) -> Patch:
    return by(connector=full, egress="PRIVATE_RANGES_ONLY")


ELSEWHERE = (
    f"{HEAD}services: {{netra-backend-staging: {{egress: {{connector: staging-connector}}}}}}\n"
    "connectors: {staging-connector: {region: us-east1}}\n"
)
HOST = "projects/hub-project"

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
        declared(connector="staging-connector", mode="private-ranges-only"),
        says="vpc.connector-missing",
    ),
    Scenario("no connector, and another mode", EGRESS, Status.FAIL, without_connector, declared(mode="all-traffic")),
    Scenario(
        "the connector that it names is gone, and another than declared",
        EGRESS,
        Status.FAIL,
        named("projects/netra-staging/locations/us-central1/connectors/gone"),
        declared(connector="staging-connector"),
    ),
    Scenario(
        "connectors refused, and another mode",
        EGRESS,
        Status.FAIL,
        connectors_refused,
        declared(connector="staging-connector", mode="all-traffic"),
    ),
    Scenario("connectors refused", EGRESS, Status.UNKNOWN, connectors_refused, declared(mode="private-ranges-only")),
    Scenario(
        "another connector, and a mode never seen",
        EGRESS,
        Status.FAIL,
        by(connector="staging-connector", egress="MOST"),
        declared(connector="other", mode="all-traffic"),
    ),
    Scenario(
        "its project is a number",
        EGRESS,
        Status.PASS,
        named("projects/701982941522/locations/us-central1/connectors/staging-connector"),
        declared(connector="staging-connector"),
    ),
    Scenario(
        "its name is short", EGRESS, Status.PASS, named("staging-connector"), declared(connector="staging-connector")
    ),
    Scenario("a connector of that name in another region", EGRESS, Status.FAIL, declared=ELSEWHERE, says="us-central1"),
    Scenario(
        "an unspecified mode",
        EGRESS,
        Status.PASS,
        by(connector="staging-connector", egress="VPC_EGRESS_UNSPECIFIED"),
        declared(mode="private-ranges-only"),
    ),
    Scenario(
        "empty settings are no VPC egress",
        EGRESS,
        Status.FAIL,
        by(connector=""),
        declared(mode="all-traffic"),
        says="no VPC egress",
    ),
    Scenario(
        "network and subnet in full",
        EGRESS,
        Status.PASS,
        interface(
            network="projects/netra-staging/global/networks/staging-vpc",
            subnetwork="https://www.googleapis.com/compute/v1/projects/netra-staging/regions/us-central1/subnetworks/staging-subnet",
        ),
        declared(network="staging-vpc", subnet="projects/netra-staging/regions/us-central1/subnetworks/staging-subnet"),
    ),
    Scenario(
        "the host's network in full, its subnet in short",
        EGRESS,
        Status.PASS,
        interface(network=f"{HOST}/global/networks/shared", subnetwork="run"),
        declared(subnet=f"{HOST}/regions/us-central1/subnetworks/run"),
    ),
    Scenario(
        "a network of that name in another project",
        EGRESS,
        Status.FAIL,
        interface(network="staging-vpc", subnetwork="staging-subnet"),
        declared(network=f"{HOST}/global/networks/staging-vpc"),
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
