"""Ranges that revisions leave from: clear of the others, and large enough."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import HEAD, SERVING, direct, made_from_range, other_network, subnetwork

OVERLAP, SMALL = "vpc.range-overlaps", "vpc.subnet-too-small"
CACHE = (
    f"{HEAD}services: {{netra-backend-staging: {{reaches: [{{redis: cache}}]}}}}\n"
    "redis_instances: {cache: {host: 10.8.0.3}}\n"
)


def from_range(cidr: str) -> Patch:
    return lambda estate: made_from_range(estate, cidr)


def beside(cidr: str, *, elsewhere: bool = False) -> Patch:
    """Another subnet has this range; of another network when `elsewhere`."""

    def patch(estate: Estate) -> None:
        made_from_range(estate)
        subnetwork(estate, "reports", cidr)
        if elsewhere:
            other_network(estate)
            where = estate.resource("compute.networks", "other-vpc")["selfLink"]
            estate.resource("compute.subnetworks", "reports")["network"] = where

    return patch


def secondary(cidr: str) -> Patch:
    """A subnet's secondary range."""

    def patch(estate: Estate) -> None:
        made_from_range(estate)
        ranges = [{"rangeName": "pods", "ipCidrRange": cidr}]
        estate.resource("compute.subnetworks", "staging-subnet")["secondaryIpRanges"] = ranges

    return patch


def second_connector(cidr: str) -> Patch:
    def patch(estate: Estate) -> None:
        made_from_range(estate)
        doc = dict(estate.resource("vpcaccess.connectors", "staging-connector"))
        doc |= {"name": doc["name"].replace("staging-connector", "second"), "ipCidrRange": cidr}
        estate.add("vpcaccess.connectors", doc)

    return patch


def leaves_from(cidr: str, most: int | None = None) -> Patch:
    """Backend and auth leave directly from a subnet of this range, each with this largest number of instances."""

    def patch(estate: Estate) -> None:
        direct(estate)
        estate.resource("compute.subnetworks", "staging-subnet")["ipCidrRange"] = cidr
        for service, serving in SERVING.items():
            for doc in (estate.resource("run.services", service), estate.resource("run.revisions", serving)):
                scaling = {key: value for key, value in doc.get("scaling", {}).items() if key != "maxInstanceCount"}
                doc["scaling"] = scaling | ({"maxInstanceCount": most} if most else {})

    return patch


def routes_refused(estate: Estate) -> None:
    estate.gap("compute.routes.list", GapKind.DENIED)


def subnetworks_refused(estate: Estate) -> None:
    direct(estate)
    estate.gap("compute.subnetworks.aggregatedList", GapKind.DENIED)


OVERLAP_SCENARIOS = (
    Scenario("a range of its own", OVERLAP, Status.PASS, resource="staging-connector"),
    Scenario("made from a free range", OVERLAP, Status.PASS, made_from_range),
    Scenario("inside Cloud SQL's own range", OVERLAP, Status.FAIL, from_range("172.17.4.0/28"), says="172.17.0.0/16"),
    Scenario("next to Cloud SQL's own range", OVERLAP, Status.PASS, from_range("172.18.0.0/28")),
    Scenario("another subnet", OVERLAP, Status.FAIL, beside("10.8.0.0/24"), says="subnet reports"),
    Scenario("a subnet of another network", OVERLAP, Status.PASS, beside("10.8.0.0/24", elsewhere=True)),
    Scenario("a secondary range", OVERLAP, Status.FAIL, secondary("10.8.0.0/20"), says="staging-subnet"),
    Scenario("another connector", OVERLAP, Status.FAIL, second_connector("10.8.0.0/28"), says="connector second"),
    Scenario("the next connector's range", OVERLAP, Status.PASS, second_connector("10.8.0.16/28")),
    Scenario("the range of a peering", OVERLAP, Status.FAIL, from_range("10.166.200.0/28"), says="peering"),
    Scenario("a declared destination", OVERLAP, Status.FAIL, made_from_range, CACHE, says="Redis cache"),
    Scenario("Direct VPC egress", OVERLAP, Status.PASS, direct, resource="staging-subnet"),
    Scenario("routes refused", OVERLAP, Status.UNKNOWN, routes_refused),
)

SMALL_SCENARIOS = (
    Scenario("/20 for few instances", SMALL, Status.PASS, leaves_from("10.166.0.0/20", 20), resource="staging-subnet"),
    Scenario("below /26", SMALL, Status.FAIL, leaves_from("10.166.0.0/27", 2), says="10.166.0.0/27"),
    Scenario("/26, and more instances than fit", SMALL, Status.FAIL, leaves_from("10.166.0.0/26", 20)),
    Scenario("/26, and as many as fit", SMALL, Status.PASS, leaves_from("10.166.0.0/26", 15)),
    Scenario("/24, and no maximum", SMALL, Status.WARN, leaves_from("10.166.0.0/24"), says="100"),
    Scenario("/20, and no maximum", SMALL, Status.PASS, leaves_from("10.166.0.0/20")),
    Scenario("subnets refused", SMALL, Status.UNKNOWN, subnetworks_refused),
)

SCENARIOS = OVERLAP_SCENARIOS + SMALL_SCENARIOS
