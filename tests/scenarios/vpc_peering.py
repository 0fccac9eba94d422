"""Private services access: the peering by which private addresses are reached."""

from __future__ import annotations

from diag.calls import Json
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    BACKEND,
    CONNECTOR,
    FRONTEND,
    PRIVATE,
    SERVING,
    all_traffic,
    no_service,
    other_network,
    reaching,
    revision,
    static_route,
    together,
)

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


def held_here_and_refused(estate: Estate) -> None:
    held("127.0.0.1", FRONTEND)(estate)
    estate.gap("sql.instances.list", "denied")


def second_peering(estate: Estate) -> None:
    peerings = estate.resource("compute.networks", "staging-vpc")["peerings"]
    peerings.insert(0, {**peerings[0], "name": "hub"})
    peerings[1]["state"] = "INACTIVE"


def connector_gone(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", CONNECTOR)


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


def cache(settings: str) -> str:
    """The backend reaches a cache that is declared so."""
    return f"{reaching('redis: cache')}redis_instances: {{cache: {{{settings}}}}}\n"


def in_a_host_project_that_was_read(estate: Estate) -> None:
    """The network, its routes and the connector's way into it are those of a Shared VPC host."""
    link = f"{ids.COMPUTE}/global/networks/shared".replace(f"projects/{ids.PROJECT}/", "projects/host-project/")
    estate.add("compute.networks", {**estate.resource("compute.networks", "staging-vpc"), "name": "shared"})
    estate.resource("compute.networks", "shared")["selfLink"] = link
    for route in estate.resources["compute.routes"].values():
        route["network"] = link
    connector = estate.resource("vpcaccess.connectors", CONNECTOR)
    connector |= {"network": "projects/host-project/global/networks/shared", "ipCidrRange": "10.9.0.0/28"}
    del connector["subnet"]


AT, NOWHERE = cache("host: 10.166.204.83"), cache("host: 10.200.0.3")
ON_NETWORK = PRIVATE.replace("postgres: {}", "postgres: {private_network: staging-vpc}")
PUBLIC = "34.1.2.3"


def address(where: str) -> Patch:
    """The database has this private address."""

    def patch(estate: Estate) -> None:
        addresses = estate.resource("sql.instances", "staging-shared-postgres")["ipAddresses"]
        next(item for item in addresses if item["type"] == "PRIVATE")["ipAddress"] = where

    return patch


def without_vpc(estate: Estate) -> None:
    for name in SERVING.values():
        del revision(estate, name)["vpcAccess"]


def peering_route(estate: Estate) -> Json:
    return next(doc for doc in estate.resources["compute.routes"].values() if "nextHopPeering" in doc)


def renamed(estate: Estate) -> None:
    """The peering and its route have another name."""
    peering(name="hub")(estate)
    peering_route(estate)["nextHopPeering"] = "hub"


def without_peering_route(estate: Estate) -> None:
    estate.remove("compute.routes", peering_route(estate)["name"])


def down(estate: Estate) -> None:
    """A peering that is down shows no routes."""
    peering(state="INACTIVE")(estate)
    without_peering_route(estate)


def office(estate: Estate) -> None:
    """What lies in 10.200.0.0/16 is reached by VPN."""
    static_route(estate, "office", "10.200.0.0/16", nextHopVpnTunnel=f"{ids.REGIONAL}/vpnTunnels/office")


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
    Scenario("the peering has another name", PEERING, Status.PASS, renamed, PRIVATE, says="hub"),
    Scenario("two peerings, the right one down", PEERING, Status.FAIL, second_peering, PRIVATE, says="INACTIVE"),
    Scenario(
        "no network, and one was declared",
        PEERING,
        Status.SKIP,
        on_no_network,
        ON_NETWORK,
        says="sql.private-network-wrong",
    ),
    Scenario("of RFC 6598, private ranges only", PEERING, Status.PASS, address("100.64.0.5"), PRIVATE),
    Scenario(
        "public, used privately, private ranges only",
        PEERING,
        Status.FAIL,
        address(PUBLIC),
        PRIVATE,
        says=PUBLIC,
    ),
    Scenario(
        "public, used privately, all traffic", PEERING, Status.PASS, together(address(PUBLIC), all_traffic), PRIVATE
    ),
    Scenario("no connector", PEERING, Status.SKIP, connector_gone, PRIVATE, says="vpc.connector-missing"),
    Scenario("a cache on the peering", PEERING, Status.PASS, declared=AT, resource=BACKEND, says="ACTIVE"),
    Scenario(
        "a cache on another network",
        PEERING,
        Status.FAIL,
        declared=cache("host: 10.166.204.83, network: other-vpc"),
        says="other-vpc",
    ),
    Scenario(
        "a cache on a network of a host project, named in short",
        PEERING,
        Status.PASS,
        in_a_host_project_that_was_read,
        cache("host: 10.166.204.83, network: shared"),
        resource=BACKEND,
    ),
    Scenario("a cache, and the peering is down", PEERING, Status.FAIL, down, AT),
    Scenario("a cache beyond no peering", PEERING, Status.FAIL, declared=NOWHERE, says="no active peering"),
    Scenario("a cache beyond a VPN", PEERING, Status.UNKNOWN, office, NOWHERE, says="vpn office"),
    Scenario("a cache in the network itself", PEERING, Status.PASS, declared=cache("host: 10.166.0.9"), says="itself"),
    Scenario("a cache, and no route of a peering is shown", PEERING, Status.UNKNOWN, without_peering_route, AT),
    Scenario("a cache, and no VPC egress", PEERING, Status.FAIL, without_vpc, AT, says="no VPC egress"),
    Scenario("a cache whose address is not declared", PEERING, Status.SKIP, declared=cache("auth: true")),
    Scenario("a variable holds the machine itself", PEERING, Status.SKIP, held_here_and_refused, resource=FRONTEND),
    Scenario("no service", PEERING, Status.SKIP, no_service, PRIVATE, "netra-backend-staging", "run.service-missing"),
)
