"""Cloud SQL sockets: several revisions, projects, kinds of database, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Scenario
from tests.scenarios.sql_network import BACKEND, BY_SOCKET, INSTANCE, instance, no_address, services_refused, sql

REVISION = "netra-backend-staging-00096-h4d"
OLD = "netra-backend-staging-00095-syn"


def revision(change: Callable[[Json], object]) -> Callable[[Estate], None]:
    def patch(estate: Estate) -> None:
        change(estate.resource("run.revisions", REVISION))

    return patch


def without_mount(doc: Json) -> None:
    doc["containers"][0].pop("volumeMounts")


def two_serve_and_one_has_no_socket(estate: Estate) -> None:
    old = deepcopy(estate.resource("run.revisions", REVISION))
    old["name"] = old["name"].replace(REVISION, OLD)
    old.pop("volumes")
    estate.add("run.revisions", old)
    estate.resource("run.services", BACKEND)["trafficStatuses"] = [
        {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": name, "percent": 50} for name in (REVISION, OLD)
    ]


def attached(name: object) -> Callable[[Json], object]:
    return lambda doc: doc["volumes"][0]["cloudSqlInstance"].update(instances=[name])


def service_gone(estate: Estate) -> None:
    estate.remove("run.services", BACKEND)


def instance_gone(estate: Estate) -> None:
    estate.remove("sql.instances", INSTANCE)


def nothing_attached_and_private(estate: Estate) -> None:
    for doc in estate.resources["run.revisions"].values():
        doc.pop("volumes", None)
    no_address(estate.resource("sql.instances", INSTANCE))


def private_and_services_refused(estate: Estate) -> None:
    no_address(estate.resource("sql.instances", INSTANCE))
    services_refused(estate)


def named(length: int, version: str) -> Callable[[Estate], None]:
    """An instance whose connection name has that many bytes, attached by the backend."""
    short = "a" * (length - len("netra-staging:us-central1:"))

    def patch(estate: Estate) -> None:
        doc = deepcopy(estate.resource("sql.instances", INSTANCE))
        link = doc["selfLink"].replace(INSTANCE, short)
        connection = f"netra-staging:us-central1:{short}"
        estate.add(
            "sql.instances",
            doc | {"name": short, "selfLink": link, "connectionName": connection, "databaseVersion": version},
        )
        attached(connection)(estate.resource("run.revisions", REVISION))

    return patch


def long_name_and_instances_refused(estate: Estate) -> None:
    named(84, "POSTGRES_14")(estate)
    for verb in ("list", "get"):
        estate.gap(f"sql.instances.{verb}", GapKind.DENIED)


def forgotten(estate: Estate) -> None:
    """The list comes back empty, and no get says NOT_FOUND."""
    estate.resources["sql.instances"].clear()


WITHOUT_REGION = (
    f"version: 1\nproject: netra-staging\nsql_instances:\n  {INSTANCE}: {{}}\n"
    f"services:\n  {BACKEND}:\n    region: us-central1\n    reaches: [{{sql: {INSTANCE}, via: socket}}]\n"
)

SCENARIOS = (
    Scenario(
        "a volume that no container mounts",
        "sql.socket-not-attached",
        Status.FAIL,
        revision(without_mount),
        BY_SOCKET,
        REVISION,
        "no container mounts",
    ),
    Scenario(
        "one of two serving revisions has none",
        "sql.socket-not-attached",
        Status.FAIL,
        two_serve_and_one_has_no_socket,
        BY_SOCKET,
        OLD,
    ),
    Scenario(
        "the other one passes all the same",
        "sql.socket-not-attached",
        Status.PASS,
        declared=BY_SOCKET,
        resource=REVISION,
    ),
    Scenario(
        "the instance of another region",
        "sql.socket-not-attached",
        Status.FAIL,
        revision(attached(f"netra-staging:europe-west1:{INSTANCE}")),
        BY_SOCKET,
        REVISION,
        "europe-west1",
    ),
    Scenario("no region is declared", "sql.socket-not-attached", Status.PASS, declared=WITHOUT_REGION),
    Scenario(
        "the service does not exist",
        "sql.socket-not-attached",
        Status.SKIP,
        service_gone,
        BY_SOCKET,
        BACKEND,
        "run.service-missing",
    ),
    Scenario(
        "a revision without containers was not seen",
        "sql.socket-not-attached",
        Status.UNKNOWN,
        revision(lambda doc: doc.pop("containers")),
        BY_SOCKET,
    ),
    Scenario("attached without being declared", "sql.socket-needs-public-ip", Status.FAIL, instance(no_address)),
    Scenario(
        "declared without being attached",
        "sql.socket-needs-public-ip",
        Status.FAIL,
        nothing_attached_and_private,
        BY_SOCKET,
        INSTANCE,
        BACKEND,
    ),
    Scenario(
        "the attached instance does not exist",
        "sql.socket-needs-public-ip",
        Status.SKIP,
        instance_gone,
        sql(""),
        INSTANCE,
        "sql.instance-missing",
    ),
    Scenario(
        "who attaches it was not seen", "sql.socket-needs-public-ip", Status.UNKNOWN, private_and_services_refused
    ),
    Scenario(
        "its addresses were not seen",
        "sql.socket-needs-public-ip",
        Status.UNKNOWN,
        instance(lambda doc: doc["settings"].pop("ipConfiguration")),
    ),
    Scenario(
        "a flag that is absent, and an address that is there",
        "sql.socket-needs-public-ip",
        Status.PASS,
        instance(lambda doc: doc["settings"]["ipConfiguration"].pop("ipv4Enabled")),
    ),
    Scenario(
        "not a connection name",
        "sql.attachment-dangling",
        Status.FAIL,
        revision(attached(INSTANCE)),
        resource=REVISION,
        says="project:region:instance",
    ),
    Scenario(
        "not a text",
        "sql.attachment-dangling",
        Status.UNKNOWN,
        revision(attached({"name": INSTANCE})),
    ),
    Scenario(
        "the instance is gone and a get confirms it",
        "sql.attachment-dangling",
        Status.FAIL,
        instance_gone,
        sql(""),
        REVISION,
    ),
    Scenario("no get confirms it", "sql.attachment-dangling", Status.UNKNOWN, forgotten),
    Scenario("83 bytes", "sql.socket-path-too-long", Status.PASS, named(83, "POSTGRES_14"), says="83"),
    Scenario("84 bytes", "sql.socket-path-too-long", Status.FAIL, named(84, "POSTGRES_14"), resource=REVISION),
    Scenario("84 bytes, to MySQL", "sql.socket-path-too-long", Status.PASS, named(84, "MYSQL_8_0"), says="97"),
    Scenario("98 bytes, to MySQL", "sql.socket-path-too-long", Status.FAIL, named(98, "MYSQL_8_0"), resource=REVISION),
    Scenario(
        "84 bytes, to a database that was not seen",
        "sql.socket-path-too-long",
        Status.UNKNOWN,
        long_name_and_instances_refused,
        resource=REVISION,
    ),
)
