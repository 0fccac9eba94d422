"""Connectors: network, place and size, against what is declared and who uses them."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import BACKEND, HEAD, SERVING, made_from_range, other_network, revision

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
    Scenario("no connector", SIZE, Status.SKIP, removed, declared(min_instances=2), says="connector-missing"),
    Scenario("refused", SIZE, Status.UNKNOWN, refused, declared(min_instances=2)),
)

SCENARIOS = NETWORK_SCENARIOS + PLACE_SCENARIOS + SIZE_SCENARIOS
