"""All-traffic egress: NAT, default route and Private Google Access."""

from __future__ import annotations

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    HEAD,
    INTERNET,
    OTHER_NETWORK,
    PRIVATE,
    all_traffic,
    default_route,
    direct,
    made_from_range,
    nat,
    other_network,
    revision,
    static_route,
    subnetwork,
    without_router,
    without_sockets,
)

NAT, ROUTE, ACCESS = "vpc.nat-missing", "vpc.default-route-missing", "vpc.private-google-access-off"
VPN = f"{ids.REGIONAL}/vpnTunnels/office"
ALL_TRAFFIC_DECLARED = (
    f"{HEAD}services: {{netra-backend-staging: {{egress: {{connector: staging-connector, mode: all-traffic}}}}}}\n"
    "connectors: {staging-connector: {}}\n"
)


def together(*patches: Patch) -> Patch:
    """One patch after the other."""

    def apply(estate: Estate) -> None:
        for patch in (all_traffic, *patches):
            patch(estate)

    return apply


def with_nat(**fields: object) -> Patch:
    """All-traffic egress, and these fields of the NAT."""
    return together(lambda estate: nat(estate).update(fields))


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


def direct_all_traffic(estate: Estate) -> None:
    direct(estate)
    all_traffic(estate)


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


def revision_private(estate: Estate) -> None:
    """The auth service leaves by private ranges, so that only what the backend needs counts."""
    revision(estate, "netra-auth-service-00041-w8c")["vpcAccess"]["egress"] = "PRIVATE_RANGES_ONLY"


NAT_SCENARIOS = (
    Scenario("all subnets of the region", NAT, Status.PASS, all_traffic, resource="staging-connector"),
    Scenario("private ranges only", NAT, Status.SKIP, says="directly"),
    Scenario("a mode never seen", NAT, Status.UNKNOWN, of_mode("SOME_TRAFFIC"), says="SOME_TRAFFIC"),
    Scenario("a socket, and no router", NAT, Status.FAIL, together(without_router), says="34.171.0.1:3307"),
    Scenario("a declared host, and no router", NAT, Status.FAIL, together(without_sockets, without_router), INTERNET),
    Scenario("nothing known to reach", NAT, Status.WARN, together(without_sockets, without_router)),
    Scenario(
        "only a private address declared",
        NAT,
        Status.PASS,
        together(without_sockets, without_router, revision_private),
        PRIVATE,
    ),
    Scenario("attached, without public address", NAT, Status.PASS, together(private_only, without_router)),
    Scenario("a private NAT", NAT, Status.FAIL, with_nat(type="PRIVATE"), says="private"),
    Scenario("no type is public", NAT, Status.PASS, together(lambda estate: nat(estate).pop("type"))),
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
    Scenario("a made range, and a list", NAT, Status.UNKNOWN, together(listed("staging-subnet"), made_from_range)),
    Scenario(
        "a made range that a listed subnet has",
        NAT,
        Status.PASS,
        together(listed("aet-hidden"), made_from_range, lambda estate: subnetwork(estate, "aet-hidden", "10.8.0.0/28")),
    ),
    Scenario("a made range, and all subnets", NAT, Status.PASS, together(made_from_range)),
    Scenario("on another network", NAT, Status.FAIL, together(on_another_network), says="staging-vpc has no router"),
    Scenario("in another region", NAT, Status.FAIL, together(in_another_region)),
    Scenario("Direct VPC egress, covered", NAT, Status.PASS, direct_all_traffic, resource="staging-subnet"),
    Scenario(
        "Direct VPC egress, not covered",
        NAT,
        Status.FAIL,
        together(direct_all_traffic, without_router),
        says="10.166.0.0/20",
    ),
    Scenario("the revision that serves counts", NAT, Status.FAIL, pinned_to_an_older),
    Scenario("no connector", NAT, Status.SKIP, together(without_connector), says="vpc.connector-missing"),
    Scenario(
        "routers refused",
        NAT,
        Status.UNKNOWN,
        together(lambda estate: estate.gap("compute.routers.aggregatedList", "denied")),
    ),
    Scenario(
        "routers in part",
        NAT,
        Status.UNKNOWN,
        together(without_router, lambda estate: estate.partial("compute.routers.aggregatedList")),
    ),
    Scenario("no NAT, instances refused", NAT, Status.UNKNOWN, together(without_router, instances_denied)),
    Scenario(
        "no NAT, instances refused, a declared host",
        NAT,
        Status.FAIL,
        together(without_router, instances_denied),
        INTERNET,
    ),
)


def no_default(estate: Estate) -> None:
    estate.remove("compute.routes", default_route(estate)["name"])


def vpn(cidr: str, priority: int = 900, **fields: object) -> Patch:
    return lambda estate: static_route(estate, "office", cidr, nextHopVpnTunnel=VPN, priority=priority, **fields)


def two_halves(estate: Estate) -> None:
    static_route(estate, "low", "0.0.0.0/1", nextHopVpnTunnel=VPN)
    static_route(estate, "high", "128.0.0.0/1", nextHopVpnTunnel=VPN)


def default_for(*tags: str) -> Patch:
    return lambda estate: default_route(estate).update(tags=list(tags))


def learning(region: str = "us-central1") -> Patch:
    def patch(estate: Estate) -> None:
        router = estate.resource("compute.routers", "staging-router")
        link = f"{ids.COMPUTE}/regions/{region}"
        peer = {"name": "office", "peerAsn": 64512, "peerIpAddress": "169.254.0.2"}
        doc = {**router, "name": "vpn-router", "nats": [], "region": link, "selfLink": f"{link}/routers/vpn-router"}
        estate.add("compute.routers", {**doc, "bgpPeers": [peer]})

    return patch


def everywhere(estate: Estate) -> None:
    estate.resource("compute.networks", "staging-vpc")["routingConfig"]["routingMode"] = "GLOBAL"


def importing(estate: Estate) -> None:
    network = estate.resource("compute.networks", "staging-vpc")
    network["peerings"].append({**network["peerings"][0], "name": "hub", "importCustomRoutes": True})


def of_a_new_hop(estate: Estate) -> None:
    default_route(estate).pop("nextHopGateway")


ROUTE_SCENARIOS = (
    Scenario("the default route", ROUTE, Status.PASS, all_traffic, resource="staging-connector"),
    Scenario("private ranges only", ROUTE, Status.SKIP),
    Scenario("no default route", ROUTE, Status.FAIL, together(no_default), says="no default route"),
    Scenario("no default route, nothing to reach", ROUTE, Status.WARN, together(no_default, without_sockets)),
    Scenario("a VPN of better priority wins", ROUTE, Status.FAIL, together(vpn("0.0.0.0/0")), says="vpn office"),
    Scenario("a VPN of worse priority loses", ROUTE, Status.PASS, together(vpn("0.0.0.0/0", 2000))),
    Scenario("a VPN of equal priority", ROUTE, Status.UNKNOWN, together(vpn("0.0.0.0/0", 1000)), says="same"),
    Scenario("a VPN for tagged machines", ROUTE, Status.PASS, together(vpn("0.0.0.0/0", tags=["web"]))),
    Scenario("a VPN for connectors", ROUTE, Status.FAIL, together(vpn("0.0.0.0/0", tags=["vpc-connector"]))),
    Scenario(
        "a default for this connector",
        ROUTE,
        Status.PASS,
        together(default_for("vpc-connector-us-central1-staging-connector")),
    ),
    Scenario("a default for other machines", ROUTE, Status.FAIL, together(default_for("web"))),
    Scenario("two halves win over the whole", ROUTE, Status.FAIL, together(two_halves)),
    Scenario("a narrower route takes the database", ROUTE, Status.FAIL, together(vpn("34.171.0.0/16"))),
    Scenario("a narrower route elsewhere", ROUTE, Status.PASS, together(vpn("52.1.0.0/16"))),
    Scenario("a host may lie in a narrower route", ROUTE, Status.UNKNOWN, together(vpn("52.1.0.0/16")), INTERNET),
    Scenario("a private route does not matter", ROUTE, Status.PASS, together(vpn("192.168.0.0/16")), INTERNET),
    Scenario("routes learned in this region", ROUTE, Status.UNKNOWN, together(learning()), says="BGP"),
    Scenario("routes learned in another region", ROUTE, Status.PASS, together(learning("us-east1"))),
    Scenario("learned elsewhere, routing global", ROUTE, Status.UNKNOWN, together(learning("us-east1"), everywhere)),
    Scenario("routes imported from a peer", ROUTE, Status.UNKNOWN, together(importing), says="hub"),
    Scenario("a next hop never seen", ROUTE, Status.UNKNOWN, together(of_a_new_hop)),
    Scenario(
        "a status never seen", ROUTE, Status.UNKNOWN, together(lambda e: default_route(e).update(routeStatus="ODD"))
    ),
    Scenario(
        "a route that is dropped",
        ROUTE,
        Status.FAIL,
        together(lambda e: default_route(e).update(routeStatus="DROPPED")),
    ),
    Scenario(
        "routes refused", ROUTE, Status.UNKNOWN, together(lambda estate: estate.gap("compute.routes.list", "denied"))
    ),
    Scenario(
        "no network seen, no route",
        ROUTE,
        Status.UNKNOWN,
        together(lambda e: e.resources["compute.networks"].clear(), lambda e: e.resources["compute.routes"].clear()),
    ),
)


def access_off(estate: Estate) -> None:
    for name in ("staging-connector-subnet", "staging-subnet"):
        estate.resource("compute.subnetworks", name)["privateIpGoogleAccess"] = False


ACCESS_SCENARIOS = (
    Scenario("on", ACCESS, Status.PASS, together(without_router), resource="staging-connector"),
    Scenario("off, with NAT", ACCESS, Status.PASS, together(access_off), says="staging-nat"),
    Scenario(
        "off, without NAT", ACCESS, Status.FAIL, together(access_off, without_router), says="staging-connector-subnet"
    ),
    Scenario("private ranges only", ACCESS, Status.SKIP, access_off),
    Scenario(
        "absent is off",
        ACCESS,
        Status.FAIL,
        together(
            lambda e: e.resource("compute.subnetworks", "staging-connector-subnet").pop("privateIpGoogleAccess"),
            without_router,
        ),
    ),
    Scenario("a hidden subnet, with NAT", ACCESS, Status.PASS, together(made_from_range)),
    Scenario("a hidden subnet, without NAT", ACCESS, Status.UNKNOWN, together(made_from_range, without_router)),
    Scenario("Direct VPC egress, off", ACCESS, Status.FAIL, together(direct_all_traffic, access_off, without_router)),
    Scenario(
        "subnets refused",
        ACCESS,
        Status.UNKNOWN,
        together(lambda e: e.gap("compute.subnetworks.aggregatedList", "denied")),
    ),
)

SCENARIOS = NAT_SCENARIOS + ROUTE_SCENARIOS + ACCESS_SCENARIOS
