"""All-traffic egress: a route to the internet that wins."""

from __future__ import annotations

from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    INTERNET,
    PRIVATE,
    all_traffic,
    default_route,
    only_backend,
    sending_all,
    static_route,
    without_sockets,
)

ROUTE = "vpc.default-route-missing"
VPN = f"{ids.REGIONAL}/vpnTunnels/office"


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


HALVES = ("0.0.0.0/1", "128.0.0.0/1")
GATEWAY = f"{ids.COMPUTE}/global/gateways/default-internet-gateway"


def halves_to_the_internet(estate: Estate) -> None:
    for index, cidr in enumerate(HALVES):
        static_route(estate, f"half-{index}", cidr, nextHopGateway=GATEWAY)
    no_default(estate)


def beaten_vpn(estate: Estate) -> None:
    """A VPN to a part of the internet loses to the gateway."""
    vpn("52.1.0.0/16", 1000)(estate)
    static_route(estate, "back", "52.1.0.0/16", nextHopGateway=GATEWAY, priority=900)


def default_by(**hop: str) -> Patch:
    """The default route leads to this next hop."""

    def patch(estate: Estate) -> None:
        route = default_route(estate)
        del route["nextHopGateway"]
        route.update(hop)

    return patch


def ipv6_only(estate: Estate) -> None:
    default_route(estate)["destRange"] = "::/0"


HOPS = {
    "nextHopInstance": f"{ids.COMPUTE}/zones/us-central1-a/instances/firewall",
    "nextHopIp": "10.166.0.9",
    "nextHopIlb": f"{ids.REGIONAL}/forwardingRules/firewall",
    "nextHopVpnTunnel": VPN,
    "nextHopHub": "https://networkconnectivity.googleapis.com/v1/projects/p/locations/global/hubs/hub",
    "nextHopInterconnectAttachment": f"{ids.REGIONAL}/interconnectAttachments/office",
}

SCENARIOS = (
    Scenario("the default route", ROUTE, Status.PASS, all_traffic, resource="staging-connector"),
    Scenario("private ranges only", ROUTE, Status.SKIP),
    Scenario("no default route", ROUTE, Status.FAIL, sending_all(no_default), says="no default route"),
    Scenario("no default route, nothing to reach", ROUTE, Status.WARN, sending_all(no_default, without_sockets)),
    Scenario("a VPN of better priority wins", ROUTE, Status.FAIL, sending_all(vpn("0.0.0.0/0")), says="vpn office"),
    Scenario("a VPN of worse priority loses", ROUTE, Status.PASS, sending_all(vpn("0.0.0.0/0", 2000))),
    Scenario("a VPN of equal priority", ROUTE, Status.UNKNOWN, sending_all(vpn("0.0.0.0/0", 1000)), says="same"),
    Scenario("a VPN for tagged machines", ROUTE, Status.PASS, sending_all(vpn("0.0.0.0/0", tags=["web"]))),
    Scenario("a VPN for connectors", ROUTE, Status.FAIL, sending_all(vpn("0.0.0.0/0", tags=["vpc-connector"]))),
    Scenario(
        "a default for this connector",
        ROUTE,
        Status.PASS,
        sending_all(default_for("vpc-connector-us-central1-staging-connector")),
    ),
    Scenario("a default for other machines", ROUTE, Status.FAIL, sending_all(default_for("web"))),
    Scenario("two halves win over the whole", ROUTE, Status.FAIL, sending_all(two_halves)),
    Scenario("a narrower route takes the database", ROUTE, Status.FAIL, sending_all(vpn("34.171.0.0/16"))),
    Scenario("a narrower route elsewhere", ROUTE, Status.PASS, sending_all(vpn("52.1.0.0/16"))),
    Scenario("a host may lie in a narrower route", ROUTE, Status.UNKNOWN, sending_all(vpn("52.1.0.0/16")), INTERNET),
    Scenario("a private route does not matter", ROUTE, Status.PASS, sending_all(vpn("192.168.0.0/16")), INTERNET),
    *(
        Scenario(f"a default route by {field}", ROUTE, Status.FAIL, sending_all(default_by(**{field: hop})))
        for field, hop in HOPS.items()
    ),
    Scenario("two halves to the internet are a default", ROUTE, Status.PASS, sending_all(halves_to_the_internet)),
    Scenario("a narrower route that loses", ROUTE, Status.PASS, sending_all(beaten_vpn), INTERNET),
    Scenario("a default route of IPv6 alone", ROUTE, Status.FAIL, sending_all(ipv6_only), says="no default route"),
    Scenario(
        "no default route, only a private address",
        ROUTE,
        Status.PASS,
        sending_all(no_default, without_sockets, only_backend),
        PRIVATE,
    ),
    Scenario("routes learned in this region", ROUTE, Status.UNKNOWN, sending_all(learning()), says="BGP"),
    Scenario("routes learned in another region", ROUTE, Status.PASS, sending_all(learning("us-east1"))),
    Scenario("learned elsewhere, routing global", ROUTE, Status.UNKNOWN, sending_all(learning("us-east1"), everywhere)),
    Scenario("routes imported from a peer", ROUTE, Status.UNKNOWN, sending_all(importing), says="hub"),
    Scenario(
        "a route that names no network",
        ROUTE,
        Status.UNKNOWN,
        sending_all(vpn("0.0.0.0/0"), lambda e: e.resource("compute.routes", "office").pop("network")),
        says="network",
    ),
    Scenario("tags of another shape", ROUTE, Status.UNKNOWN, sending_all(vpn("0.0.0.0/0", tags=[{}])), says="tags"),
    Scenario("a next hop never seen", ROUTE, Status.UNKNOWN, sending_all(of_a_new_hop)),
    Scenario(
        "a status never seen", ROUTE, Status.UNKNOWN, sending_all(lambda e: default_route(e).update(routeStatus="ODD"))
    ),
    Scenario(
        "a route that is dropped",
        ROUTE,
        Status.FAIL,
        sending_all(lambda e: default_route(e).update(routeStatus="DROPPED")),
    ),
    Scenario(
        "routes refused", ROUTE, Status.UNKNOWN, sending_all(lambda estate: estate.gap("compute.routes.list", "denied"))
    ),
    Scenario(
        "no network seen, no route",
        ROUTE,
        Status.UNKNOWN,
        sending_all(lambda e: e.resources["compute.networks"].clear(), lambda e: e.resources["compute.routes"].clear()),
    ),
)
