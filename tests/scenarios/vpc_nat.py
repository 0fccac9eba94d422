"""All-traffic egress: a NAT for what has to be reached on the internet."""

from __future__ import annotations

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    INTERNET,
    OTHER_NETWORK,
    PRIVATE,
    SERVING,
    all_traffic,
    connector,
    direct_all_traffic,
    made_from_range,
    nat,
    no_service,
    only_backend,
    other_network,
    revision,
    sending_all,
    subnetwork,
    without_router,
    without_sockets,
)

NAT = "vpc.nat-missing"


def with_nat(**fields: object) -> Patch:
    """All-traffic egress, and these fields of the NAT."""
    return sending_all(lambda estate: nat(estate).update(fields))


def listed(subnet: str, *ranges: str) -> Patch:
    """The NAT lists one subnet."""
    entry: Json = {"name": f"{ids.REGIONAL}/subnetworks/{subnet}", "sourceIpRangesToNat": list(ranges)}
    return with_nat(sourceSubnetworkIpRangesToNat="LIST_OF_SUBNETWORKS", subnetworks=[entry])


def on_another_network(estate: Estate) -> None:
    other_network(estate)
    estate.resource("compute.routers", "staging-router")["network"] = OTHER_NETWORK


def in_another_region(estate: Estate) -> None:
    router = estate.remove("compute.routers", "staging-router")
    for field in ("region", "selfLink"):
        router[field] = router[field].replace("us-central1", "us-east1")
    estate.add("compute.routers", router)


def private_only(estate: Estate) -> None:
    instance = estate.resource("sql.instances", "staging-shared-postgres")
    instance["settings"]["ipConfiguration"]["ipv4Enabled"] = False
    instance["ipAddresses"] = [item for item in instance["ipAddresses"] if item["type"] == "PRIVATE"]


def pinned_to_an_older(estate: Estate) -> None:
    """The service's newest revision sends private ranges only; the one that serves sends everything."""
    all_traffic(estate)
    without_router(estate)
    service = estate.resource("run.services", "netra-backend-staging")
    service["template"]["vpcAccess"]["egress"] = "PRIVATE_RANGES_ONLY"


def instances_denied(estate: Estate) -> None:
    estate.gap("sql.instances.list", GapKind.DENIED)


def without_connector(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", "staging-connector")


def of_mode(value: object) -> Patch:
    def patch(estate: Estate) -> None:
        revision(estate)["vpcAccess"]["egress"] = value

    return patch


def private_beside_public(estate: Estate) -> None:
    nats = estate.resource("compute.routers", "staging-router")["nats"]
    nats.insert(0, {**nats[0], "name": "private-nat", "type": "PRIVATE"})


def shared(*patches: Patch) -> Patch:
    """Every service leaves by Direct VPC egress from a subnet of a host project."""

    def patch(estate: Estate) -> None:
        all_traffic(estate)
        place = {
            "network": f"{HOST}/global/networks/shared",
            "subnetwork": f"{HOST}/regions/us-central1/subnetworks/run",
        }
        for name in SERVING.values():
            revision(estate, name)["vpcAccess"] = {"networkInterfaces": [place], "egress": "ALL_TRAFFIC"}
        links = {"network": f"{COMPUTE}/{place['network']}", "selfLink": f"{COMPUTE}/{place['subnetwork']}"}
        subnetwork(estate, "run", "10.9.0.0/24", **links)
        for one in patches:
            one(estate)

    return patch


def host_connector(*patches: Patch) -> Patch:
    """Every service leaves by a connector of a host project, which names its own network in short."""

    def patch(estate: Estate) -> None:
        name = f"{HOST}/locations/us-central1/connectors/hub"
        fields = {"name": name, "network": "shared", "subnet": {"name": "run"}, "connectedProjects": ["netra-staging"]}
        estate.add("vpcaccess.connectors", {**connector(estate), **fields})
        shared(*patches)(estate)
        for serving in SERVING.values():
            revision(estate, serving)["vpcAccess"] = {"connector": name, "egress": "ALL_TRAFFIC"}

    return patch


def nat_in_host(estate: Estate) -> None:
    router = dict(estate.resource("compute.routers", "staging-router"))
    router |= {"name": "host-router", "network": f"{COMPUTE}/{HOST}/global/networks/shared"}
    estate.add("compute.routers", {**router, "selfLink": f"{COMPUTE}/{HOST}/regions/us-central1/routers/host-router"})


COMPUTE, HOST = "https://www.googleapis.com/compute/v1", "projects/hub-project"


def by_another_region(estate: Estate) -> None:
    """The backend leaves by a connector of a region without NAT."""
    name = "projects/netra-staging/locations/us-east1/connectors/far"
    estate.add("vpcaccess.connectors", {**connector(estate), "name": name})
    revision(estate)["vpcAccess"]["connector"] = name


def router_without_network(estate: Estate) -> None:
    del estate.resource("compute.routers", "staging-router")["network"]


def ipv6_only(estate: Estate) -> None:
    """The NAT says subnets of IPv6, and none of IPv4."""
    del nat(estate)["sourceSubnetworkIpRangesToNat"]
    nat(estate)["sourceSubnetworkIpRangesToNat64"] = "ALL_IPV6_SUBNETWORKS"


SCENARIOS = (
    Scenario("a router that names no network", NAT, Status.UNKNOWN, sending_all(router_without_network), INTERNET),
    Scenario("for IPv6 only", NAT, Status.FAIL, sending_all(ipv6_only), INTERNET, says="IPv6 only"),
    Scenario("all subnets of the region", NAT, Status.PASS, all_traffic, resource="staging-connector"),
    Scenario("private ranges only", NAT, Status.SKIP, says="directly"),
    Scenario("a mode never seen", NAT, Status.UNKNOWN, of_mode("SOME_TRAFFIC"), says="SOME_TRAFFIC"),
    Scenario("a socket, and no router", NAT, Status.FAIL, sending_all(without_router), says="34.171.0.1:3307"),
    Scenario(
        "a declared host, and no router", NAT, Status.FAIL, sending_all(without_sockets, without_router), INTERNET
    ),
    Scenario("nothing known to reach", NAT, Status.WARN, sending_all(without_sockets, without_router)),
    Scenario(
        "only a private address declared",
        NAT,
        Status.PASS,
        sending_all(without_sockets, without_router, only_backend),
        PRIVATE,
    ),
    Scenario("attached, without public address", NAT, Status.PASS, sending_all(private_only, without_router)),
    Scenario("a private NAT", NAT, Status.FAIL, with_nat(type="PRIVATE"), says="private"),
    Scenario("no type is public", NAT, Status.PASS, sending_all(lambda estate: nat(estate).pop("type"))),
    Scenario("a type never seen", NAT, Status.UNKNOWN, with_nat(type="HYBRID"), says="HYBRID"),
    Scenario("for load balancers only", NAT, Status.FAIL, with_nat(endpointTypes=["ENDPOINT_TYPE_MANAGED_PROXY_LB"])),
    Scenario("an endpoint never seen", NAT, Status.UNKNOWN, with_nat(endpointTypes=["ENDPOINT_TYPE_MOON"])),
    Scenario("its subnet is listed", NAT, Status.PASS, listed("staging-connector-subnet", "ALL_IP_RANGES")),
    Scenario("listed without ranges is all", NAT, Status.PASS, listed("staging-connector-subnet")),
    Scenario("another subnet is listed", NAT, Status.FAIL, listed("staging-subnet", "ALL_IP_RANGES")),
    Scenario(
        "secondary ranges only", NAT, Status.FAIL, listed("staging-connector-subnet", "LIST_OF_SECONDARY_IP_RANGES")
    ),
    Scenario("a range never seen", NAT, Status.UNKNOWN, listed("staging-connector-subnet", "EVEN_ADDRESSES")),
    Scenario(
        "primary ranges of all subnets",
        NAT,
        Status.PASS,
        with_nat(sourceSubnetworkIpRangesToNat="ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES"),
    ),
    Scenario(
        "a made range, and a list of others",
        NAT,
        Status.FAIL,
        sending_all(listed("staging-subnet"), made_from_range),
        says="does not list",
    ),
    Scenario(
        "a made range, and a list with one that is not shown",
        NAT,
        Status.UNKNOWN,
        sending_all(listed("aet-hidden"), made_from_range),
        says="aet-hidden",
    ),
    Scenario(
        "a made range that a listed subnet has",
        NAT,
        Status.PASS,
        sending_all(
            listed("aet-hidden"), made_from_range, lambda estate: subnetwork(estate, "aet-hidden", "10.8.0.0/28")
        ),
    ),
    Scenario("a made range, and all subnets", NAT, Status.PASS, sending_all(made_from_range)),
    Scenario("private, beside a public one", NAT, Status.PASS, sending_all(private_beside_public)),
    Scenario(
        "machines, and an endpoint never seen",
        NAT,
        Status.PASS,
        with_nat(endpointTypes=["ENDPOINT_TYPE_MOON", "ENDPOINT_TYPE_VM"]),
    ),
    Scenario(
        "the primary range, and one never seen",
        NAT,
        Status.PASS,
        listed("staging-connector-subnet", "EVEN_ADDRESSES", "PRIMARY_IP_RANGE"),
    ),
    Scenario("on another network", NAT, Status.FAIL, sending_all(on_another_network), says="staging-vpc has no router"),
    Scenario("in another region", NAT, Status.FAIL, sending_all(in_another_region)),
    Scenario("Direct VPC egress, covered", NAT, Status.PASS, direct_all_traffic, resource="staging-subnet"),
    Scenario(
        "Direct VPC egress, not covered",
        NAT,
        Status.FAIL,
        sending_all(direct_all_traffic, without_router),
        says="10.166.0.0/20",
    ),
    Scenario("the revision that serves counts", NAT, Status.FAIL, pinned_to_an_older),
    Scenario("no connector", NAT, Status.SKIP, sending_all(without_connector), says="vpc.connector-missing"),
    Scenario("a connector of another region", NAT, Status.FAIL, sending_all(by_another_region), says="in us-east1"),
    Scenario("Shared VPC, covered in the host", NAT, Status.PASS, shared(nat_in_host), resource="run"),
    Scenario("a connector of the host, covered there", NAT, Status.PASS, host_connector(nat_in_host), resource="hub"),
    Scenario("a connector of the host, not covered there", NAT, Status.FAIL, host_connector(), resource="hub"),
    Scenario("Shared VPC, not covered in the host", NAT, Status.FAIL, shared(), says="shared has no router"),
    Scenario(
        "routers refused",
        NAT,
        Status.UNKNOWN,
        sending_all(lambda estate: estate.gap("compute.routers.aggregatedList", "denied")),
    ),
    Scenario(
        "routers in part",
        NAT,
        Status.UNKNOWN,
        sending_all(without_router, lambda estate: estate.partial("compute.routers.aggregatedList")),
    ),
    Scenario("no NAT, instances refused", NAT, Status.UNKNOWN, sending_all(without_router, instances_denied)),
    Scenario(
        "no NAT, instances refused, a declared host",
        NAT,
        Status.FAIL,
        sending_all(without_router, instances_denied),
        INTERNET,
    ),
    Scenario("no service", NAT, Status.SKIP, no_service, PRIVATE, "netra-backend-staging", "run.service-missing"),
)
