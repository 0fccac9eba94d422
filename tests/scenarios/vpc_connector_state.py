"""Connectors: there and READY."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import BACKEND, CONNECTOR, HEAD, connector, revision, split

MISSING, NOT_READY = "vpc.connector-missing", "vpc.connector-not-ready"
DECLARED = f"{HEAD}connectors: {{staging-connector: {{}}}}\n"
IN_ANOTHER_REGION = f"{HEAD}connectors: {{far: {{region: us-east1}}}}\n"
IN_ANOTHER_PROJECT = f"{HEAD}connectors: {{far: {{project: hub-project}}}}\n"


def removed(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", CONNECTOR)


def refused(estate: Estate) -> None:
    estate.gap("vpcaccess.connectors.list", GapKind.DENIED)


def of_state(state: str) -> Patch:
    return lambda estate: connector(estate).update(state=state)


def without_state(estate: Estate) -> None:
    del connector(estate)["state"]


def in_error_and_sized_by_throughput(estate: Estate) -> None:
    """What the fix would say of its size is not documented; that it is in ERROR is plain all the same."""
    for field in ("minInstances", "maxInstances"):
        del connector(estate)[field]
    connector(estate).update(state="ERROR", machineType="e9-colossal")


def named(full: str) -> Patch:
    """The backend's revision that serves names this connector."""
    return lambda estate: revision(estate)["vpcAccess"].update(connector=full)


def far(region: str = "us-east1", project: str = "netra-staging", state: str = "READY") -> Patch:
    """A second connector, of another place."""

    def patch(estate: Estate) -> None:
        name = f"projects/{project}/locations/{region}/connectors/far"
        estate.add("vpcaccess.connectors", {**connector(estate), "name": name, "state": state})

    return patch


def far_and_named(state: str) -> Patch:
    def patch(estate: Estate) -> None:
        far(state=state)(estate)
        named("projects/netra-staging/locations/us-east1/connectors/far")(estate)

    return patch


def only_a_tag_names_it(estate: Estate) -> None:
    """A revision without traffic, that only its tag reaches, names a connector that is gone."""
    old = split(estate, percent=0, tag="old")
    old["vpcAccess"]["connector"] = old["vpcAccess"]["connector"].replace(CONNECTOR, "gone")


def a_tenth_names_it(estate: Estate) -> None:
    old = split(estate, percent=10)
    old["vpcAccess"]["connector"] = old["vpcAccess"]["connector"].replace(CONNECTOR, "gone")


def nothing_serves(estate: Estate) -> None:
    """The first revision of the backend never became ready."""
    estate.resource("run.services", "netra-backend-staging").update(
        traffic=[], trafficStatuses=[], latestReadyRevision=""
    )


MISSING_SCENARIOS = (
    Scenario("declared and there", MISSING, Status.PASS, declared=DECLARED, resource=CONNECTOR),
    Scenario("the list was refused", MISSING, Status.UNKNOWN, refused, DECLARED),
    Scenario("the only connector is gone and a get confirms it", MISSING, Status.FAIL, removed, DECLARED, CONNECTOR),
    Scenario("a revision names one that is gone", MISSING, Status.FAIL, named("gone"), resource="gone", says=BACKEND),
    Scenario("its name is short", MISSING, Status.PASS, named(CONNECTOR), resource=CONNECTOR),
    Scenario(
        "its project is a number",
        MISSING,
        Status.PASS,
        named("projects/701982941522/locations/us-central1/connectors/staging-connector"),
        DECLARED,
        CONNECTOR,
    ),
    Scenario(
        "its project is a number, and it is gone",
        MISSING,
        Status.FAIL,
        named("projects/701982941522/locations/us-central1/connectors/gone"),
        resource="gone",
    ),
    Scenario(
        "its project is another's number",
        MISSING,
        Status.UNKNOWN,
        named("projects/110220330440/locations/us-central1/connectors/hub"),
        resource="hub",
    ),
    Scenario("a revision with a tenth names it", MISSING, Status.FAIL, a_tenth_names_it, resource="gone"),
    Scenario("a revision without traffic names it", MISSING, Status.PASS, only_a_tag_names_it),
    Scenario("declared in another region, and there", MISSING, Status.PASS, far(), IN_ANOTHER_REGION, "far"),
    Scenario("declared in another region than it is", MISSING, Status.FAIL, far("us-west1"), IN_ANOTHER_REGION, "far"),
    Scenario(
        "declared in another project",
        MISSING,
        Status.PASS,
        far("us-central1", "hub-project"),
        IN_ANOTHER_PROJECT,
        "far",
    ),
    Scenario("not in the other project", MISSING, Status.FAIL, declared=IN_ANOTHER_PROJECT, resource="far"),
)

NOT_READY_SCENARIOS = (
    Scenario("READY", NOT_READY, Status.PASS, resource=CONNECTOR),
    *(
        Scenario(state, NOT_READY, Status.FAIL, of_state(state), resource=CONNECTOR, says=state)
        for state in ("CREATING", "UPDATING", "DELETING", "ERROR")
    ),
    Scenario("a state never seen", NOT_READY, Status.UNKNOWN, of_state("HIBERNATING"), says="HIBERNATING"),
    Scenario("an unspecified state", NOT_READY, Status.UNKNOWN, of_state("STATE_UNSPECIFIED")),
    Scenario("no state", NOT_READY, Status.UNKNOWN, without_state, resource=CONNECTOR),
    Scenario("ERROR, and its size cannot be told", NOT_READY, Status.FAIL, in_error_and_sized_by_throughput),
    Scenario("elsewhere, and a revision leaves by it", NOT_READY, Status.FAIL, far_and_named("ERROR"), resource="far"),
    Scenario("elsewhere, READY", NOT_READY, Status.PASS, far_and_named("READY"), resource="far"),
    Scenario("elsewhere, and nobody uses it", NOT_READY, Status.PASS, far(state="ERROR"), resource=CONNECTOR),
    Scenario("a service that serves nothing names none", NOT_READY, Status.PASS, nothing_serves, resource=CONNECTOR),
    Scenario("no connector", NOT_READY, Status.SKIP, removed, DECLARED, CONNECTOR, "vpc.connector-missing"),
    Scenario("refused", NOT_READY, Status.UNKNOWN, refused),
)

SCENARIOS = MISSING_SCENARIOS + NOT_READY_SCENARIOS
