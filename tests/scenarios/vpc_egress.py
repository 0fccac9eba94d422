"""How revisions leave, against what is declared; private services access."""

from __future__ import annotations

from diag.calls import Json
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    BACKEND,
    FRONTEND,
    HEAD,
    PRIVATE,
    all_traffic,
    direct,
    other_network,
    revision,
    subnetwork,
)

EGRESS, PEERING = "vpc.egress-wrong", "vpc.peering-missing"


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


def split(estate: Estate) -> None:
    """An older revision that sends everything still takes a tenth of the traffic."""
    name = "netra-backend-staging-00095-b7t"
    new: Json = estate.add("run.revisions", revision(estate))
    old = estate.add("run.revisions", {**new, "name": f"{new['name'].rpartition('/')[0]}/{name}"})
    old["vpcAccess"]["egress"] = "ALL_TRAFFIC"
    shares = [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": BACKEND, "percent": 90}]
    shares.append({**shares[0], "revision": name, "percent": 10})
    service = estate.resource("run.services", "netra-backend-staging")
    service |= {"traffic": shares, "trafficStatuses": shares}


def interface(**fields: str) -> Patch:
    return by(networkInterfaces=[fields], egress="PRIVATE_RANGES_ONLY")


def same_name(estate: Estate) -> None:
    """Only the network is named: the subnet of its name is used."""
    interface(network="staging-vpc")(estate)
    subnetwork(estate, "staging-vpc", "10.3.0.0/24")


def without_connector(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", "staging-connector")


EGRESS_SCENARIOS = (
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
        split,
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


def peering(**fields: object) -> Patch:
    def patch(estate: Estate) -> None:
        estate.resource("compute.networks", "staging-vpc")["peerings"][0] |= fields

    return patch


def no_peering(estate: Estate) -> None:
    estate.resource("compute.networks", "staging-vpc")["peerings"] = []


def held(value: str, service: str = BACKEND) -> Patch:
    """A plain variable of a revision that serves holds this host."""

    def patch(estate: Estate) -> None:
        variables = revision(estate, service)["containers"][0]["env"]
        variables.append({"name": "REPORTS_HOST", "value": value})

    return patch


def held_and_no_peering(estate: Estate) -> None:
    held("10.166.193.5:5432")(estate)
    no_peering(estate)


def instance_elsewhere(estate: Estate) -> None:
    other_network(estate)
    settings = estate.resource("sql.instances", "staging-shared-postgres")["settings"]["ipConfiguration"]
    settings["privateNetwork"] = "projects/netra-staging/global/networks/other-vpc"


def connector_elsewhere(estate: Estate) -> None:
    other_network(estate)
    connector = estate.resource("vpcaccess.connectors", "staging-connector")
    connector |= {"network": "other-vpc", "ipCidrRange": "10.9.0.0/28"}
    del connector["subnet"]


def on_no_network(estate: Estate) -> None:
    del estate.resource("sql.instances", "staging-shared-postgres")["settings"]["ipConfiguration"]["privateNetwork"]


def by_service_connect(estate: Estate) -> None:
    on_no_network(estate)
    settings = estate.resource("sql.instances", "staging-shared-postgres")["settings"]["ipConfiguration"]
    settings["pscConfig"] = {"pscEnabled": True}


def instance_gone(estate: Estate) -> None:
    estate.remove("sql.instances", "staging-shared-postgres")


def held_and_refused(estate: Estate) -> None:
    held("10.166.193.5")(estate)
    estate.gap("sql.instances.list", "denied")


def in_the_host_project(estate: Estate) -> None:
    """A network of a Shared VPC host, which this run did not read."""
    connector = estate.resource("vpcaccess.connectors", "staging-connector")
    connector |= {"network": "projects/host-project/global/networks/shared", "ipCidrRange": "10.9.0.0/28"}
    del connector["subnet"]
    settings = estate.resource("sql.instances", "staging-shared-postgres")["settings"]["ipConfiguration"]
    settings["privateNetwork"] = "projects/host-project/global/networks/shared"


PEERING_SCENARIOS = (
    Scenario("declared, and peered", PEERING, Status.PASS, declared=PRIVATE, resource=BACKEND, says="ACTIVE"),
    Scenario("a variable holds the address", PEERING, Status.PASS, held("10.166.193.5"), resource=BACKEND),
    Scenario(
        "the variable has a port",
        PEERING,
        Status.FAIL,
        held_and_no_peering,
    ),
    Scenario("nothing private is known", PEERING, Status.SKIP, no_peering),
    Scenario("no peering", PEERING, Status.FAIL, no_peering, PRIVATE, says="no peering"),
    Scenario("the peering is inactive", PEERING, Status.FAIL, peering(state="INACTIVE"), PRIVATE, says="INACTIVE"),
    Scenario("a state never seen", PEERING, Status.UNKNOWN, peering(state="DREAMING"), PRIVATE, says="DREAMING"),
    Scenario("only another peering", PEERING, Status.FAIL, peering(name="hub"), PRIVATE),
    Scenario("the instance is on another network", PEERING, Status.FAIL, instance_elsewhere, PRIVATE, says="other-vpc"),
    Scenario(
        "the connector is on another network", PEERING, Status.FAIL, connector_elsewhere, PRIVATE, says="other-vpc"
    ),
    Scenario(
        "no VPC egress", PEERING, Status.FAIL, held("10.166.193.5", FRONTEND), resource=FRONTEND, says="no VPC egress"
    ),
    Scenario("the instance is on no network", PEERING, Status.FAIL, on_no_network, PRIVATE, says="no network"),
    Scenario("by Private Service Connect", PEERING, Status.UNKNOWN, by_service_connect, PRIVATE),
    Scenario("no instance", PEERING, Status.SKIP, instance_gone, PRIVATE, says="sql.instance-missing"),
    Scenario("a variable, instances refused", PEERING, Status.UNKNOWN, held_and_refused),
    Scenario("networks refused", PEERING, Status.UNKNOWN, lambda e: e.gap("compute.networks.list", "denied"), PRIVATE),
    Scenario("a host project that was not read", PEERING, Status.UNKNOWN, in_the_host_project, PRIVATE),
)

SCENARIOS = EGRESS_SCENARIOS + PEERING_SCENARIOS
