"""How the database is kept: availability, backups, protection, version, flags, who may connect."""

from __future__ import annotations

from collections.abc import Callable

from diag.calls import GapKind, Json
from diag.checks.sql.state import UP
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.metrics_shared import refused as metrics_refused
from tests.scenarios.metrics_shared import steady, valued, without_series
from tests.scenarios.scenario import Patch, Scenario

NAME = "staging-shared-postgres"
HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
DECLARED = f"{HEAD}sql_instances: {{{NAME}: {{}}}}\n"
AVAILABLE, BACKUPS, PITR = "sql.availability-wrong", "sql.backups-off", "sql.pitr-off"
DELETION, GROWS, SHARED = "sql.deletion-unprotected", "sql.autoresize-off", "sql.shared-core"
END, FLAGS, ENFORCED, RUNNING = (
    "sql.version-end-of-life",
    "sql.flags-differ",
    "sql.connector-enforced",
    "sql.not-running",
)


def declared(**settings: object) -> str:
    lines = ", ".join(f"{key}: {value}" for key, value in settings.items())
    return f"{HEAD}sql_instances: {{{NAME}: {{{lines}}}}}\n"


def reaching(via: str) -> str:
    service = f"services: {{netra-backend-staging: {{reaches: [{{sql: {NAME}, via: {via}}}]}}}}\n"
    return f"{DECLARED}{service}"


def with_(change: Callable[[Json], object]) -> Patch:
    """The instance with a change."""

    def patch(estate: Estate) -> None:
        change(estate.resource("sql.instances", NAME))

    return patch


def settings(**values: object) -> Patch:
    return with_(lambda doc: doc["settings"].update(values))


def backup(**values: object) -> Patch:
    return with_(lambda doc: doc["settings"]["backupConfiguration"].update(values))


def version(name: str) -> Patch:
    return with_(lambda doc: doc.update(databaseVersion=name))


def replica(estate: Estate) -> None:
    estate.resource("sql.instances", NAME)["instanceType"] = "READ_REPLICA_INSTANCE"
    backup(enabled=False, pointInTimeRecoveryEnabled=False)(estate)


def refused(estate: Estate) -> None:
    estate.gap("sql.instances.list", GapKind.DENIED)
    estate.gap("sql.instances.get", GapKind.DENIED)


OFF = with_(lambda doc: doc["settings"].pop("backupConfiguration"))
UNPROTECTED = settings(deletionProtectionEnabled=False)

SCENARIOS = (
    Scenario("regional, and nothing declared", AVAILABLE, Status.PASS, settings(availabilityType="REGIONAL"), DECLARED),
    Scenario("zonal, as declared", AVAILABLE, Status.PASS, declared=declared(availability="zonal")),
    Scenario("zonal, and regional declared", AVAILABLE, Status.FAIL, declared=declared(availability="regional")),
    Scenario("zonal, and nothing declared", AVAILABLE, Status.WARN, declared=DECLARED, resource=NAME),
    Scenario("a type never seen", AVAILABLE, Status.UNKNOWN, settings(availabilityType="GLOBAL"), DECLARED),
    Scenario("refused", AVAILABLE, Status.UNKNOWN, refused, DECLARED),
    *(
        scenario
        for check, field, off in (
            (BACKUPS, "backups", OFF),
            (PITR, "point_in_time_recovery", OFF),
            (DELETION, "deletion_protection", UNPROTECTED),
        )
        for scenario in (
            Scenario("on", check, Status.PASS, declared=declared(**{field: "true"}), resource=NAME),
            Scenario("off, and declared", check, Status.FAIL, off, declared(**{field: "true"})),
            Scenario("off, and nothing declared", check, Status.WARN, off, DECLARED),
            Scenario("off, as declared", check, Status.SKIP, off, declared(**{field: "false"})),
            Scenario("refused", check, Status.UNKNOWN, refused, DECLARED),
            Scenario("no setting told", check, Status.UNKNOWN, with_(lambda doc: doc.pop("settings")), DECLARED),
        )
    ),
    Scenario("a replica", BACKUPS, Status.SKIP, replica, DECLARED, says="replica"),
    Scenario("a replica", PITR, Status.SKIP, replica, DECLARED, says="replica"),
    Scenario("a setting of another shape", BACKUPS, Status.UNKNOWN, backup(enabled="maybe"), DECLARED),
    Scenario("grows", GROWS, Status.PASS, declared=DECLARED),
    Scenario("unset grows", GROWS, Status.PASS, with_(lambda doc: doc["settings"].pop("storageAutoResize")), DECLARED),
    Scenario("does not grow", GROWS, Status.WARN, settings(storageAutoResize=False), DECLARED),
    Scenario("refused", GROWS, Status.UNKNOWN, refused, DECLARED),
    Scenario("dedicated", SHARED, Status.PASS, declared=DECLARED),
    Scenario("db-f1-micro", SHARED, Status.WARN, settings(tier="db-f1-micro"), DECLARED, says="db-f1-micro"),
    Scenario("refused", SHARED, Status.UNKNOWN, refused, DECLARED),
    Scenario("14, a year before its end", END, Status.PASS, declared=DECLARED, says="2026-11-12"),
    Scenario("13, two months before its end", END, Status.WARN, version("POSTGRES_13"), DECLARED, says="56 days"),
    Scenario("12, past its end", END, Status.FAIL, version("POSTGRES_12"), DECLARED, says="ended"),
    Scenario(
        "12, past its end and asked for",
        END,
        Status.WARN,
        version("POSTGRES_12"),
        declared(database_version="POSTGRES_12"),
    ),
    Scenario("a version never seen", END, Status.UNKNOWN, version("POSTGRES_99"), DECLARED),
    Scenario("refused", END, Status.UNKNOWN, refused, DECLARED),
    Scenario("as declared", FLAGS, Status.PASS, declared=declared(flags='{log_min_duration_statement: "1000"}')),
    Scenario("another value", FLAGS, Status.FAIL, declared=declared(flags='{max_connections: "400"}'), says="restarts"),
    Scenario("the same number", FLAGS, Status.PASS, declared=declared(flags='{log_min_duration_statement: "1000.0"}')),
    Scenario("not set", FLAGS, Status.FAIL, declared=declared(flags='{log_lock_waits: "on"}'), says="not set"),
    Scenario("refused", FLAGS, Status.UNKNOWN, refused, declared(flags='{log_lock_waits: "on"}')),
    Scenario("no settings", ENFORCED, Status.UNKNOWN, with_(lambda doc: doc.pop("settings")), reaching("private-ip")),
    Scenario("not enforced", ENFORCED, Status.PASS, declared=reaching("private-ip"), resource=NAME),
    Scenario(
        "enforced", ENFORCED, Status.FAIL, settings(connectorEnforcement="REQUIRED"), reaching("private-ip"), NAME
    ),
    Scenario(
        "a word never seen", ENFORCED, Status.UNKNOWN, settings(connectorEnforcement="SOME"), reaching("public-ip")
    ),
    Scenario("refused", ENFORCED, Status.UNKNOWN, refused, reaching("private-ip")),
    Scenario("RUNNABLE and up", RUNNING, Status.PASS, resource=NAME, says="up 1"),
    Scenario("RUNNABLE and not up", RUNNING, Status.FAIL, steady(UP, 0), resource=NAME, says="up 0"),
    Scenario("it came up again", RUNNING, Status.PASS, valued(UP, [1, 1, 0, 0, 1, 1]), resource=NAME),
    Scenario("RUNNABLE and nothing measured", RUNNING, Status.UNKNOWN, without_series(UP), says="no point"),
    Scenario("metrics refused", RUNNING, Status.UNKNOWN, metrics_refused),
)
