"""Private services access: the peering by which private addresses are reached."""

from __future__ import annotations

from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import BACKEND, FRONTEND, PRIVATE, other_network, revision

PEERING = "vpc.peering-missing"


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


SCENARIOS = (
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
