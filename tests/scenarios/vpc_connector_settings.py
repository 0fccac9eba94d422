"""Connectors: network, place and size, against what is declared and who uses them."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import BACKEND, HEAD, SERVING, made_from_range, other_network, revision, together

NETWORK, PLACE, SIZE = "vpc.connector-wrong-network", "vpc.connector-wrong-place", "vpc.connector-undersized"
CONNECTOR = "staging-connector"


def declared(**settings: object) -> str:
    lines = ", ".join(f"{key}: {value}" for key, value in settings.items())
    return f"{HEAD}connectors: {{{CONNECTOR}: {{{lines}}}}}\n"


def with_(**fields: object) -> Patch:
    """The connector with these fields."""
    return lambda estate: estate.resource("vpcaccess.connectors", CONNECTOR).update(fields)


def elsewhere(estate: Estate) -> None:
    """Made from a range of another network."""
    other_network(estate)
    made_from_range(estate)
    with_(network="other-vpc")(estate)


def removed(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", CONNECTOR)


def refused(estate: Estate) -> None:
    estate.gap("vpcaccess.connectors.list", GapKind.DENIED)
    estate.gap("vpcaccess.connectors.get", GapKind.DENIED)


def without(*fields: str) -> Patch:
    def patch(estate: Estate) -> None:
        for field in fields:
            del estate.resource("vpcaccess.connectors", CONNECTOR)[field]

    return patch


def named(region: str = "us-central1", project: str = "netra-staging", name: str = CONNECTOR) -> Patch:
    """Every service names a connector of this place."""

    def patch(estate: Estate) -> None:
        for serving in SERVING.values():
            full = f"projects/{project}/locations/{region}/connectors/{name}"
            revision(estate, serving)["vpcAccess"]["connector"] = full

    return patch


def sized_by_throughput(least: int, most: int, machine: str = "e2-micro", **fields: object) -> Patch:
    """As connectors were sized before instances could be named."""

    def patch(estate: Estate) -> None:
        without("minInstances", "maxInstances")(estate)
        with_(minThroughput=least, maxThroughput=most, machineType=machine, **fields)(estate)

    return patch


def in_project(project: str, **fields: object) -> Patch:
    """Every service leaves by a connector of this project."""

    def patch(estate: Estate) -> None:
        doc = estate.remove("vpcaccess.connectors", CONNECTOR)
        doc["name"] = doc["name"].replace("netra-staging", project)
        estate.add("vpcaccess.connectors", {**doc, **fields})
        named(project=project)(estate)

    return patch


FULL = "https://www.googleapis.com/compute/v1/projects/netra-staging/global/networks/staging-vpc"

NETWORK_SCENARIOS = (
    Scenario("as declared", NETWORK, Status.PASS, declared=declared(network="staging-vpc"), resource=CONNECTOR),
    Scenario("the subnet too", NETWORK, Status.PASS, declared=declared(subnet="staging-connector-subnet")),
    Scenario("another network", NETWORK, Status.FAIL, elsewhere, declared(network="staging-vpc"), says="other-vpc"),
    Scenario("another subnet", NETWORK, Status.FAIL, declared=declared(subnet="staging-subnet")),
    Scenario(
        "a range in place of the declared subnet",
        NETWORK,
        Status.FAIL,
        made_from_range,
        declared(subnet="staging-connector-subnet"),
        says="made from a range",
    ),
    Scenario(
        "the network is its subnet's",
        NETWORK,
        Status.PASS,
        without("network"),
        declared(network="staging-vpc"),
        says="staging-vpc",
    ),
    Scenario(
        "both in full",
        NETWORK,
        Status.PASS,
        with_(network=FULL),
        declared(network="projects/netra-staging/global/networks/staging-vpc"),
    ),
    Scenario(
        "a network of that name in another project",
        NETWORK,
        Status.FAIL,
        with_(network="projects/hub-project/global/networks/staging-vpc"),
        declared(network="projects/netra-staging/global/networks/staging-vpc"),
        says="hub-project",
    ),
    Scenario(
        "its project is a number",
        NETWORK,
        Status.PASS,
        with_(network="projects/701982941522/global/networks/staging-vpc"),
        declared(network="projects/netra-staging/global/networks/staging-vpc"),
    ),
    Scenario(
        "another subnet, and the subnets were refused",
        NETWORK,
        Status.FAIL,
        together(without("network"), lambda estate: estate.gap("compute.subnetworks.aggregatedList", "denied")),
        declared(network="staging-vpc", subnet="other-subnet"),
        says="other-subnet",
    ),
    Scenario("no connector", NETWORK, Status.SKIP, removed, declared(network="staging-vpc"), says="connector-missing"),
    Scenario("refused", NETWORK, Status.UNKNOWN, refused, declared(network="staging-vpc")),
)

PLACE_SCENARIOS = (
    Scenario("region and project of the service", PLACE, Status.PASS, resource=BACKEND),
    Scenario("another region", PLACE, Status.FAIL, named("us-east1"), resource=BACKEND, says="us-east1"),
    Scenario(
        "a connector of another project that is not there",
        PLACE,
        Status.SKIP,
        named(project="host-project"),
        says="connector-missing",
    ),
    Scenario("its project by number", PLACE, Status.PASS, named(project="701982941522"), resource=BACKEND),
    Scenario(
        "another project that shares its network with this one",
        PLACE,
        Status.PASS,
        in_project("hub-project", connectedProjects=["netra-staging"]),
        resource=BACKEND,
    ),
    Scenario(
        "both on the network of a host",
        PLACE,
        Status.PASS,
        in_project("other-project", subnet={"name": "staging-connector-subnet", "projectId": "hub-project"}),
        resource=BACKEND,
    ),
    Scenario(
        "another project that shares nothing",
        PLACE,
        Status.FAIL,
        in_project("other-project", connectedProjects=["other-project"]),
        resource=BACKEND,
        says="not shared",
    ),
    Scenario(
        "revisions refused",
        PLACE,
        Status.UNKNOWN,
        lambda estate: estate.gap("run.revisions.get", GapKind.DENIED),
    ),
)

SIZE_SCENARIOS = (
    Scenario("as declared", SIZE, Status.PASS, declared=declared(machine_type="e2-micro", max_instances=10)),
    Scenario("larger than declared", SIZE, Status.PASS, with_(machineType="e2-standard-4"), declared(max_instances=8)),
    Scenario("fewer instances at least", SIZE, Status.FAIL, declared=declared(min_instances=3), says="min_instances"),
    Scenario("fewer instances at most", SIZE, Status.FAIL, with_(maxInstances=3), declared(max_instances=10)),
    Scenario(
        "a smaller machine",
        SIZE,
        Status.FAIL,
        with_(machineType="f1-micro"),
        declared(machine_type="e2-micro"),
        says="f1-micro",
    ),
    Scenario(
        "unset machine and bounds are the defaults",
        SIZE,
        Status.PASS,
        without("machineType", "minInstances", "maxInstances"),
        declared(machine_type="e2-micro", min_instances=2, max_instances=10),
    ),
    Scenario(
        "a machine never seen",
        SIZE,
        Status.UNKNOWN,
        with_(machineType="e9-colossal"),
        declared(machine_type="e2-micro"),
        says="e9-colossal",
    ),
    Scenario(
        "a machine never seen, and fewer instances",
        SIZE,
        Status.FAIL,
        with_(machineType="e9-colossal", maxInstances=3),
        declared(machine_type="e2-micro", max_instances=10),
        says="max_instances",
    ),
    Scenario(
        "only instances are declared", SIZE, Status.PASS, with_(machineType="e9-colossal"), declared(max_instances=10)
    ),
    Scenario(
        "a larger machine, fewer of them",
        SIZE,
        Status.FAIL,
        with_(machineType="e2-standard-4", maxInstances=3),
        declared(machine_type="e2-micro", max_instances=10),
    ),
    Scenario(
        "more than any connector has", SIZE, Status.SKIP, declared=declared(max_instances=12), says="req.infeasible"
    ),
    Scenario(
        "more than any has, and fewer than it could",
        SIZE,
        Status.SKIP,
        with_(maxInstances=3),
        declared(max_instances=12),
        says="req.infeasible",
    ),
    Scenario(
        "too small in one, and another that none can have",
        SIZE,
        Status.FAIL,
        with_(maxInstances=3),
        declared(min_instances=12, max_instances=8),
        says="max_instances 3 of 8",
    ),
    Scenario(
        "large enough in one, and another that none can have",
        SIZE,
        Status.PASS,
        declared=declared(machine_type="e2-standard-8", max_instances=10),
    ),
    Scenario(
        "a machine that no connector has",
        SIZE,
        Status.SKIP,
        declared=declared(machine_type="e2-standard-8"),
        says="req.infeasible",
    ),
    Scenario(
        "sized by throughput",
        SIZE,
        Status.PASS,
        sized_by_throughput(200, 1000),
        declared(min_instances=2, max_instances=10),
    ),
    Scenario("sized by less throughput", SIZE, Status.FAIL, sized_by_throughput(200, 300), declared(max_instances=10)),
    Scenario(
        "instances win over throughput",
        SIZE,
        Status.PASS,
        sized_by_throughput(200, 300, maxInstances=10),
        declared(max_instances=10),
    ),
    Scenario(
        "throughput of another machine",
        SIZE,
        Status.UNKNOWN,
        sized_by_throughput(200, 1000, "e2-standard-4"),
        declared(max_instances=10),
    ),
    Scenario("no connector", SIZE, Status.SKIP, removed, declared(min_instances=2), says="connector-missing"),
    Scenario("refused", SIZE, Status.UNKNOWN, refused, declared(min_instances=2)),
)

SCENARIOS = NETWORK_SCENARIOS + PLACE_SCENARIOS + SIZE_SCENARIOS
