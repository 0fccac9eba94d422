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
NAME = f"netra-staging:us-central1:{INSTANCE}"


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


def volumes(*attached: list[str]) -> Callable[[Json], object]:
    """Each list of names is a volume of its own, and all are mounted."""

    def change(doc: Json) -> None:
        doc["volumes"] = [
            {"name": f"sql-{number}", "cloudSqlInstance": {"instances": names}} for number, names in enumerate(attached)
        ]
        mounts = [{"name": volume["name"], "mountPath": "/cloudsql"} for volume in doc["volumes"]]
        doc["containers"][0]["volumeMounts"] = mounts

    return change


def mounted(path: str) -> Callable[[Json], object]:
    return lambda doc: doc["containers"][0]["volumeMounts"][0].update(mountPath=path)


def service_unseen(estate: Estate) -> None:
    for verb in ("list", "get"):
        estate.gap(f"run.services.{verb}", GapKind.DENIED)


def of_an_unreadable_project(estate: Estate) -> None:
    attached("other-project:us-central1:db")(estate.resource("run.revisions", REVISION))
    estate.gap("sql.instances.get", GapKind.DENIED)


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
    """The list comes back empty."""
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
    Scenario(
        "among several in several volumes",
        "sql.socket-not-attached",
        Status.PASS,
        revision(volumes(["netra-staging:us-central1:other"], [NAME])),
        BY_SOCKET,
        REVISION,
    ),
    Scenario(
        "in one text with another",
        "sql.socket-not-attached",
        Status.PASS,
        revision(attached(f"netra-staging:us-central1:other, {NAME}")),
        BY_SOCKET,
        REVISION,
    ),
    Scenario("mounted without a path", "sql.socket-not-attached", Status.PASS, revision(mounted("")), BY_SOCKET),
    Scenario(
        "mounted where nobody looks",
        "sql.socket-not-attached",
        Status.FAIL,
        revision(mounted("/sql")),
        BY_SOCKET,
        REVISION,
        "no container mounts",
    ),
    Scenario(
        "the service was not seen",
        "sql.socket-not-attached",
        Status.UNKNOWN,
        service_unseen,
        BY_SOCKET,
        BACKEND,
    ),
    Scenario("no region is declared", "sql.socket-needs-public-ip", Status.PASS, declared=WITHOUT_REGION),
    Scenario(
        "no region is declared and nothing is attached",
        "sql.socket-needs-public-ip",
        Status.FAIL,
        nothing_attached_and_private,
        WITHOUT_REGION,
        INSTANCE,
    ),
    Scenario(
        "attached in another region than it is in",
        "sql.socket-needs-public-ip",
        Status.SKIP,
        revision(attached(f"netra-staging:europe-west1:{INSTANCE}")),
        BY_SOCKET,
        f"netra-staging:europe-west1:{INSTANCE}",
        "sql.attachment-dangling",
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
    Scenario("an empty list, and a get confirms it", "sql.attachment-dangling", Status.FAIL, forgotten),
    Scenario(
        "one of two in one text is gone",
        "sql.attachment-dangling",
        Status.FAIL,
        revision(attached(f"{NAME},netra-staging:us-central1:other")),
        resource=REVISION,
        says="attaches netra-staging:us-central1:other",
    ),
    Scenario(
        "of a project that may not be read",
        "sql.attachment-dangling",
        Status.UNKNOWN,
        of_an_unreadable_project,
        resource=REVISION,
    ),
    Scenario(
        "the instance does not tell its region",
        "sql.attachment-dangling",
        Status.UNKNOWN,
        instance(lambda doc: doc.pop("region")),
        resource=REVISION,
    ),
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
