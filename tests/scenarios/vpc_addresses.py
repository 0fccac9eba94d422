"""Ranges that revisions leave from: clear of the others, and large enough."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    BACKEND,
    CONNECTOR,
    HEAD,
    PRIVATE,
    SERVING,
    connector,
    direct,
    made_from_range,
    other_network,
    revision,
    subnetwork,
    together,
)

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


def without_routes(estate: Estate) -> None:
    """The answer is an empty object, as no list of routes is."""
    estate.hollow.add("compute.routes.list")


def subnetworks_refused(estate: Estate) -> None:
    direct(estate)
    estate.gap("compute.subnetworks.aggregatedList", GapKind.DENIED)


def named_in_another_region(estate: Estate) -> None:
    """A revision leaves by a connector of another region, which lies inside Cloud SQL's own range."""
    doc = dict(connector(estate))
    del doc["subnet"]
    name = doc["name"].replace("us-central1", "us-east1").replace(CONNECTOR, "far")
    estate.add("vpcaccess.connectors", {**doc, "name": name, "ipCidrRange": "172.17.0.0/28"})
    revision(estate)["vpcAccess"]["connector"] = name


def on_a_subnet_that_is_gone(estate: Estate) -> None:
    estate.remove("compute.subnetworks", "staging-connector-subnet")


def limits(service: int | None = None, revision_: int | None = None, manual: int | None = None) -> Patch:
    """The backend leaves from a /26 by Direct VPC egress, with these most instances; the auth service does not."""

    def patch(estate: Estate) -> None:
        leaves_from("10.166.0.0/26", revision_)(estate)
        del revision(estate, SERVING["netra-auth-service"])["vpcAccess"]
        scaling = estate.resource("run.services", "netra-backend-staging")["scaling"]
        scaling |= {"maxInstanceCount": service} if service else {}
        scaling |= {"scalingMode": "MANUAL", "manualInstanceCount": manual} if manual else {}

    return patch


def both_ways(estate: Estate) -> None:
    direct(estate)
    revision(estate)["vpcAccess"]["connector"] = CONNECTOR


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
    Scenario(
        "the private address of a database",
        OVERLAP,
        Status.FAIL,
        from_range("10.166.193.0/28"),
        PRIVATE,
        says="Cloud SQL",
    ),
    Scenario(
        "a connector elsewhere that a revision names", OVERLAP, Status.FAIL, named_in_another_region, resource="far"
    ),
    Scenario("its subnet is gone", OVERLAP, Status.UNKNOWN, on_a_subnet_that_is_gone, resource=CONNECTOR),
    Scenario(
        "routes refused, and an overlap all the same",
        OVERLAP,
        Status.FAIL,
        together(from_range("172.17.4.0/28"), routes_refused),
        says="172.17.0.0/16",
    ),
    Scenario("routes refused", OVERLAP, Status.UNKNOWN, routes_refused, resource=CONNECTOR),
    Scenario("an answer without routes", OVERLAP, Status.UNKNOWN, without_routes, resource=CONNECTOR),
)

SMALL_SCENARIOS = (
    Scenario("/20 for few instances", SMALL, Status.PASS, leaves_from("10.166.0.0/20", 20), resource="staging-subnet"),
    Scenario("below /26", SMALL, Status.FAIL, leaves_from("10.166.0.0/27", 2), says="10.166.0.0/27"),
    Scenario("/26, and more instances than fit", SMALL, Status.FAIL, leaves_from("10.166.0.0/26", 20)),
    Scenario("/26, and as many as fit", SMALL, Status.PASS, leaves_from("10.166.0.0/26", 15)),
    Scenario("/24, and no maximum", SMALL, Status.WARN, leaves_from("10.166.0.0/24"), says="100"),
    Scenario("/20, and no maximum", SMALL, Status.PASS, leaves_from("10.166.0.0/20")),
    Scenario("the revision's maximum is the smaller", SMALL, Status.PASS, limits(service=40, revision_=20)),
    Scenario("the service's maximum is the smaller", SMALL, Status.PASS, limits(service=20, revision_=40)),
    Scenario("both are too large", SMALL, Status.FAIL, limits(service=40, revision_=40)),
    Scenario("scaled by hand", SMALL, Status.PASS, limits(revision_=40, manual=20)),
    Scenario("scaled by hand to too many", SMALL, Status.FAIL, limits(revision_=20, manual=40)),
    Scenario("both ways at once", SMALL, Status.UNKNOWN, both_ways, resource=BACKEND),
    Scenario("subnets refused", SMALL, Status.UNKNOWN, subnetworks_refused),
)

SCENARIOS = OVERLAP_SCENARIOS + SMALL_SCENARIOS
