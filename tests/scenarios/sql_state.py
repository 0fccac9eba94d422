"""Cloud SQL: there, running, with room, of the right version, with connections for everybody."""

from __future__ import annotations

from diag.calls import GapKind
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


DECLARED = sql("")
POOL = f"{sql('')}services:\n  {BACKEND}:\n    database_pool: {{instance: {INSTANCE}, size: 10, max_overflow: 15}}\n"
MISSING = f"{HEAD}sql_instances:\n  staging-shared-postgre: {{}}\n"

SCENARIOS = (
    Scenario("there", "sql.instance-missing", Status.PASS, declared=DECLARED),
    Scenario("gone", "sql.instance-missing", Status.FAIL, removed, DECLARED),
    Scenario("misspelt", "sql.instance-missing", Status.FAIL, declared=MISSING, says=f"did you mean {INSTANCE}"),
    Scenario("in another region", "sql.instance-missing", Status.FAIL, elsewhere, DECLARED, says="europe-west1"),
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
