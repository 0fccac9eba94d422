"""Private addresses among the hosts that a service must reach: machines of the network, or what lies beyond it."""

from __future__ import annotations

from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.scenario import Scenario
from tests.scenarios.vpc_shared import BACKEND, all_traffic, default_route, reaching, revision, static_route, together

REACH, PEERING, ROUTE = "vpc.unreachable", "vpc.peering-missing", "vpc.default-route-missing"
MACHINE = reaching("internet: ['10.166.0.9:9000']")
BEYOND = reaching("internet: ['10.166.193.77:9000']")
NOWHERE = reaching("internet: ['192.168.7.9:9000']")
GOOGLE = reaching("internet: ['storage.googleapis.com:443']")


def no_egress(estate: Estate) -> None:
    del revision(estate)["vpcAccess"]


def by_vpn(estate: Estate) -> None:
    tunnel = f"{ids.REGIONAL}/vpnTunnels/office"
    static_route(estate, "office", "192.168.0.0/16", nextHopVpnTunnel=tunnel)


def only_google(estate: Estate) -> None:
    """All traffic, no socket, and a route to Google's restricted addresses in place of the default route."""
    all_traffic(estate)
    for doc in estate.resources["run.revisions"].values():
        doc.pop("volumes", None)
    gateway = default_route(estate)["nextHopGateway"]
    static_route(estate, "restricted", "199.36.153.4/30", nextHopGateway=gateway)
    estate.remove("compute.routes", default_route(estate)["name"])


SCENARIOS = (
    Scenario("a machine of the network", REACH, Status.PASS, declared=MACHINE, resource=BACKEND, says="staging-vpc"),
    Scenario("a machine of the network, all traffic", REACH, Status.PASS, all_traffic, MACHINE),
    Scenario("beyond a peering", REACH, Status.PASS, declared=BEYOND, says="servicenetworking"),
    Scenario("a machine, and no VPC egress", REACH, Status.FAIL, no_egress, MACHINE, says="no VPC egress"),
    Scenario("beyond a tunnel", REACH, Status.UNKNOWN, by_vpn, NOWHERE, says="vpn office"),
    Scenario("nothing holds it", REACH, Status.FAIL, declared=NOWHERE, says="neither a subnet nor a peering"),
    Scenario("a machine among the hosts", PEERING, Status.PASS, declared=MACHINE, resource=BACKEND),
    Scenario("nothing holds the host", PEERING, Status.FAIL, together(all_traffic), NOWHERE, says="192.168.7.9"),
    Scenario("Google alone, by its restricted addresses", REACH, Status.UNKNOWN, only_google, GOOGLE, says="DNS"),
    Scenario("Google alone, no default route", ROUTE, Status.UNKNOWN, only_google, GOOGLE, says="restricted"),
    Scenario(
        "another host, no default route but Google's",
        ROUTE,
        Status.FAIL,
        only_google,
        reaching("internet: ['api.openai.com:443']"),
        says="no default route",
    ),
)
