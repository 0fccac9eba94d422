"""Cloud SQL: there, running, with room, of the right version, with connections for everybody."""

from __future__ import annotations

from collections.abc import Callable

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.sql_network import BACKEND, HEAD, INSTANCE, instance, refused, services_refused, sql


def removed(estate: Estate) -> None:
    estate.remove("sql.instances", INSTANCE)


def elsewhere(estate: Estate) -> None:
    doc = estate.resource("sql.instances", INSTANCE)
    doc["region"] = "europe-west1"
    doc["connectionName"] = f"netra-staging:europe-west1:{INSTANCE}"


def partial(estate: Estate) -> None:
    estate.remove("sql.instances", INSTANCE)
    estate.partial("sql.instances.list")
    estate.gap("sql.instances.get", GapKind.UNAVAILABLE)


def tier(name: str, flags: list[dict[str, str]] | None = None) -> Patch:
    return instance(lambda doc: doc["settings"].update(tier=name, databaseFlags=flags or []))


def most(count: int | None) -> Patch:
    def patch(estate: Estate) -> None:
        service = estate.resource("run.services", BACKEND)
        service.setdefault("scaling", {}).pop("maxInstanceCount", None)
        for revision in estate.wanted_revisions():
            if f"/services/{BACKEND}/" in revision:
                scaling = estate.resource("run.revisions", revision.rpartition("/")[2]).setdefault("scaling", {})
                scaling.pop("maxInstanceCount", None)
                if count:
                    scaling["maxInstanceCount"] = count

    return patch


def updated(**fields: object) -> Callable[[Json], object]:
    return lambda doc: doc.update(fields)


def external(doc: Json) -> None:
    """What Cloud SQL knows of a server that replicas read from."""
    for field in ("serverCaCert", "ipAddresses", "outOfDiskReport"):
        del doc[field]
    doc |= {"instanceType": "ON_PREMISES_INSTANCE", "settings": {"tier": "db-custom-1-3840"}}


def growing(**settings: str | bool) -> Patch:
    return instance(lambda doc: doc["settings"].update(settings))


def without_size(doc: Json) -> None:
    del doc["settings"]["dataDiskSizeGb"]


def without_size_under_a_limit(doc: Json) -> None:
    without_size(doc)
    doc["settings"]["storageAutoResizeLimit"] = "50"


def version(least: str, expect: Status, observed: str, installed: str = "") -> Scenario:
    patch = instance(updated(databaseVersion=observed, databaseInstalledVersion=installed))
    name = f"{least} is wanted of {installed or observed}"
    return Scenario(name, "sql.version-too-old", expect, patch, sql(f"database_version: {least}"), INSTANCE)


DECLARED = sql("")
POOL = f"{sql('')}services:\n  {BACKEND}:\n    database_pool: {{instance: {INSTANCE}, size: 10, max_overflow: 15}}\n"
MISSING = f"{HEAD}sql_instances:\n  staging-shared-postgre: {{}}\n"

SCENARIOS = (
    Scenario("there", "sql.instance-missing", Status.PASS, declared=DECLARED),
    Scenario("gone", "sql.instance-missing", Status.FAIL, removed, DECLARED),
    Scenario("misspelt", "sql.instance-missing", Status.FAIL, declared=MISSING, says=f"did you mean {INSTANCE}"),
    Scenario("in another region", "sql.instance-missing", Status.FAIL, elsewhere, DECLARED, says="europe-west1"),
    Scenario(
        "in the region that it declares itself",
        "sql.instance-missing",
        Status.PASS,
        elsewhere,
        sql("region: europe-west1"),
    ),
    Scenario(
        "the connection name has the project's number",
        "sql.instance-missing",
        Status.PASS,
        instance(updated(connectionName=f"701982941522:us-central1:{INSTANCE}")),
        DECLARED,
    ),
    Scenario(
        "the connection name says another project",
        "sql.instance-missing",
        Status.FAIL,
        instance(updated(connectionName=f"example.com:netra-staging:us-central1:{INSTANCE}")),
        DECLARED,
        INSTANCE,
    ),
    Scenario(
        "no region is told",
        "sql.instance-missing",
        Status.UNKNOWN,
        instance(lambda doc: doc.pop("region")),
        DECLARED,
        INSTANCE,
    ),
    Scenario("part of the list is missing", "sql.instance-missing", Status.UNKNOWN, partial, DECLARED),
    Scenario("runs", "sql.not-running", Status.PASS, resource=INSTANCE),
    Scenario(
        "stopped by its owner",
        "sql.not-running",
        Status.FAIL,
        instance(lambda doc: doc["settings"].update(activationPolicy="NEVER")),
        says="NEVER",
    ),
    Scenario(
        "suspended for billing",
        "sql.not-running",
        Status.FAIL,
        instance(lambda doc: doc.update(state="SUSPENDED", suspensionReason=["BILLING_ISSUE"])),
        says="BILLING_ISSUE",
    ),
    *(
        Scenario(f"is {state}", "sql.not-running", Status.FAIL, instance(updated(state=state)), says=state)
        for state in (
            "SUSPENDED",
            "PENDING_DELETE",
            "PENDING_CREATE",
            "MAINTENANCE",
            "ONLINE_MAINTENANCE",
            "FAILED",
            "REPAIRING",
        )
    ),
    Scenario(
        "activated on demand",
        "sql.not-running",
        Status.FAIL,
        instance(lambda doc: doc["settings"].update(activationPolicy="ON_DEMAND")),
        says="ON_DEMAND",
    ),
    Scenario(
        "no activation policy",
        "sql.not-running",
        Status.UNKNOWN,
        instance(lambda doc: doc["settings"].pop("activationPolicy")),
        says="activationPolicy is not stated",
    ),
    Scenario("no state", "sql.not-running", Status.UNKNOWN, instance(lambda doc: doc.pop("state")), says="state"),
    Scenario(
        "stopped, in a state never seen",
        "sql.not-running",
        Status.FAIL,
        instance(lambda doc: (doc.update(state="ASLEEP"), doc["settings"].update(activationPolicy="NEVER"))),
    ),
    *(
        Scenario("stands for a server elsewhere", check, Status.SKIP, instance(external), DECLARED, INSTANCE, "outside")
        for check in (
            "sql.not-running",
            "sql.operation-pending",
            "sql.out-of-disk",
            "sql.public-access",
            "sql.server-ca-expiring",
        )
    ),
    Scenario(
        "suspended, whatever its state says",
        "sql.not-running",
        Status.FAIL,
        instance(updated(suspensionReason=["LEGAL_ISSUE"])),
        says="LEGAL_ISSUE",
    ),
    Scenario("a state never seen", "sql.not-running", Status.UNKNOWN, instance(lambda doc: doc.update(state="ASLEEP"))),
    Scenario("room", "sql.out-of-disk", Status.PASS),
    Scenario(
        "shut down",
        "sql.out-of-disk",
        Status.FAIL,
        instance(lambda doc: doc.update(outOfDiskReport={"sqlOutOfDiskState": "SOFT_SHUTDOWN"})),
    ),
    Scenario(
        "at the limit of its growth",
        "sql.out-of-disk",
        Status.WARN,
        instance(lambda doc: doc["settings"].update(dataDiskSizeGb="50", storageAutoResizeLimit="50")),
    ),
    Scenario(
        "one GB below the limit of its growth",
        "sql.out-of-disk",
        Status.PASS,
        growing(dataDiskSizeGb="50", storageAutoResizeLimit="51"),
    ),
    Scenario(
        "does not grow by itself",
        "sql.out-of-disk",
        Status.PASS,
        growing(dataDiskSizeGb="50", storageAutoResizeLimit="50", storageAutoResize=False),
    ),
    Scenario("no size, and no limit", "sql.out-of-disk", Status.PASS, instance(without_size)),
    Scenario(
        "no size under a limit",
        "sql.out-of-disk",
        Status.UNKNOWN,
        instance(without_size_under_a_limit),
    ),
    Scenario("no report", "sql.out-of-disk", Status.PASS, instance(lambda doc: doc.pop("outOfDiskReport"))),
    Scenario(
        "no report, and down",
        "sql.out-of-disk",
        Status.UNKNOWN,
        instance(lambda doc: (doc.pop("outOfDiskReport"), doc.update(state="SUSPENDED"))),
        says="sql.not-running",
    ),
    Scenario("a report that says nothing", "sql.out-of-disk", Status.UNKNOWN, instance(updated(outOfDiskReport={}))),
    Scenario(
        "a report never seen",
        "sql.out-of-disk",
        Status.UNKNOWN,
        instance(lambda doc: doc.update(outOfDiskReport={"sqlOutOfDiskState": "ODD"})),
    ),
    Scenario("as declared", "sql.version-too-old", Status.PASS, declared=sql("database_version: POSTGRES_14")),
    Scenario("older", "sql.version-too-old", Status.FAIL, declared=sql("database_version: POSTGRES_15")),
    Scenario(
        "nine is before fourteen",
        "sql.version-too-old",
        Status.FAIL,
        instance(lambda doc: doc.update(databaseVersion="POSTGRES_9_6")),
        sql("database_version: POSTGRES_14"),
    ),
    Scenario(
        "a version never seen",
        "sql.version-too-old",
        Status.UNKNOWN,
        instance(lambda doc: doc.update(databaseVersion="POSTGRES_99")),
        sql("database_version: POSTGRES_14"),
    ),
    version("MYSQL_8_0_31", Status.PASS, "MYSQL_8_0_31"),
    version("MYSQL_8_0_31", Status.FAIL, "MYSQL_8_0_30"),
    version("MYSQL_8_0_31", Status.PASS, "MYSQL_8_4"),
    version("MYSQL_8_0_31", Status.UNKNOWN, "MYSQL_8_0"),
    version("MYSQL_8_0_31", Status.PASS, "MYSQL_8_0", "MYSQL_8_0_37"),
    version("POSTGRES_14_19", Status.FAIL, "POSTGRES_14", "POSTGRES_14_18"),
    version("POSTGRES_9_6", Status.PASS, "POSTGRES_17"),
    version("POSTGRES_14", Status.FAIL, "MYSQL_8_4"),
    version("SQLSERVER_2019_STANDARD", Status.PASS, "SQLSERVER_2022_STANDARD"),
    version("SQLSERVER_2019_ENTERPRISE", Status.UNKNOWN, "SQLSERVER_2022_EXPRESS"),
    Scenario("fits", "sql.max-connections-too-low", Status.PASS, declared=sql("max_connections: 100")),
    Scenario(
        "the tier's default is too low",
        "sql.max-connections-too-low",
        Status.FAIL,
        tier("db-g1-small"),
        sql("max_connections: 100"),
        says="50",
    ),
    Scenario(
        "the flag wins",
        "sql.max-connections-too-low",
        Status.FAIL,
        tier("db-custom-2-7680", [{"name": "max_connections", "value": "60"}]),
        sql("max_connections: 100"),
        says="60",
    ),
    Scenario(
        "a tier without known memory",
        "sql.max-connections-too-low",
        Status.UNKNOWN,
        tier("db-odd-1"),
        sql("max_connections: 9"),
    ),
    Scenario("a pool that fits twice", "sql.connection-budget", Status.PASS, most(4), POOL),
    Scenario("too many", "sql.connection-budget", Status.FAIL, most(40), POOL, says="1000"),
    Scenario("exactly what is usable but not in a rollout", "sql.connection-budget", Status.WARN, most(20), POOL),
    Scenario("no maximum", "sql.connection-budget", Status.WARN, most(None), POOL),
    Scenario("services refused", "sql.connection-budget", Status.UNKNOWN, services_refused, POOL),
    Scenario("instances refused", "sql.connection-budget", Status.UNKNOWN, refused, POOL),
)
