"""What the database uses of what it has."""

from __future__ import annotations

from diag.checks.sql.usage import BACKENDS, CONNECTIONS, CPU, DISK, MEMORY
from diag.report import Status
from fixtures import ids, sql
from fixtures.estate import Estate
from fixtures.measured import integers, one
from tests.scenarios.metrics_shared import refused, steady, valued, without_points, without_series
from tests.scenarios.scenario import Patch, Scenario

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
DECLARED = f"{HEAD}sql_instances: {{staging-shared-postgres: {{}}}}\n"
CHECKS = {
    "sql.cpu-high": (CPU, "cpu"),
    "sql.memory-high": (MEMORY, "memory"),
    "sql.disk-high": (DISK, "disk"),
}


def limits(field: str, warn: str, fail: str) -> str:
    return f"{HEAD}sql_instances: {{staging-shared-postgres: {{{field}: {{warn: {warn}, fail: {fail}}}}}}}\n"


def gone(estate: Estate) -> None:
    estate.remove("sql.instances", "staging-shared-postgres")


def unset_flag(estate: Estate) -> None:
    """400 connections, the default of the tier."""
    settings = estate.resource("sql.instances", "staging-shared-postgres")["settings"]
    settings["databaseFlags"] = []


def of_mysql(estate: Estate) -> None:
    """MySQL with the same flag; it has no backends, and no metric of its own is there yet."""
    estate.resource("sql.instances", "staging-shared-postgres")["databaseVersion"] = "MYSQL_8_0"
    without_series(BACKENDS)(estate)


def mysql(connections: int) -> Patch:
    """MySQL with that many connections all the time."""

    def patch(estate: Estate) -> None:
        of_mysql(estate)
        labels = {"project_id": ids.PROJECT, "region": ids.REGION, "database_id": f"{ids.PROJECT}:{sql.NAME}"}
        made = one(CONNECTIONS, "cloudsql_database", labels, estate.taken_at, integers([connections] * 6))
        estate.put("monitoring.timeSeries", "mysql", made)

    return patch


def together(*patches: Patch) -> Patch:
    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


UTILISATION = tuple(
    scenario
    for check, (metric, field) in CHECKS.items()
    for scenario in (
        Scenario("quiet", check, Status.PASS, declared=DECLARED, resource="staging-shared-postgres"),
        Scenario("84 %", check, Status.PASS, steady(metric, 0.84), DECLARED),
        Scenario("85 %", check, Status.WARN, steady(metric, 0.85), DECLARED, says="85 %"),
        Scenario("95 %", check, Status.FAIL, steady(metric, 0.95), DECLARED, says="95 %"),
        Scenario("60 % of a declared 50 %", check, Status.FAIL, steady(metric, 0.6), limits(field, "40%", "50%")),
        Scenario("60 % of a declared 80 %", check, Status.PASS, steady(metric, 0.6), limits(field, "70%", "80%")),
        Scenario("97 % of a declared 99 %", check, Status.WARN, steady(metric, 0.97), limits(field, "90%", "99%")),
        Scenario("no point", check, Status.UNKNOWN, without_points(metric), DECLARED, says="no point"),
        Scenario("no series", check, Status.UNKNOWN, without_series(metric), DECLARED, says="no point"),
        Scenario("refused", check, Status.UNKNOWN, refused, DECLARED),
        Scenario("no instance", check, Status.SKIP, gone, DECLARED, says="sql.instance-missing"),
    )
)

SCENARIOS = (
    *UTILISATION,
    Scenario("41 of 1000", "sql.connections-high", Status.PASS, declared=DECLARED, says="of 1000"),
    Scenario("850 of 1000", "sql.connections-high", Status.WARN, steady(BACKENDS, 850), DECLARED),
    Scenario("950 of 1000", "sql.connections-high", Status.FAIL, steady(BACKENDS, 950), DECLARED, says="950 of 1000"),
    Scenario(
        "390 of the tier's 400",
        "sql.connections-high",
        Status.FAIL,
        together(unset_flag, steady(BACKENDS, 390)),
        DECLARED,
        says="of 400 (default",
    ),
    Scenario(
        "one peak of six points is the 95th percentile",
        "sql.connections-high",
        Status.FAIL,
        valued(BACKENDS, [40, 40, 990, 40, 40, 40]),
        DECLARED,
    ),
    Scenario(
        "more than a declared 10 %",
        "sql.connections-high",
        Status.FAIL,
        steady(BACKENDS, 101),
        limits("connections", "5%", "10%"),
    ),
    Scenario("no series", "sql.connections-high", Status.UNKNOWN, without_series(BACKENDS), DECLARED),
    Scenario("MySQL, 500 of 1000", "sql.connections-high", Status.PASS, mysql(500), DECLARED, says="500 of 1000"),
    Scenario("MySQL, 960 of 1000", "sql.connections-high", Status.FAIL, mysql(960), DECLARED, says="960 of 1000"),
    Scenario(
        "MySQL without a flag",
        "sql.connections-high",
        Status.UNKNOWN,
        together(mysql(960), unset_flag),
        DECLARED,
        says="MYSQL_8_0",
    ),
    Scenario("MySQL without a series", "sql.connections-high", Status.UNKNOWN, of_mysql, DECLARED, says="no point"),
    Scenario("refused", "sql.connections-high", Status.UNKNOWN, refused, DECLARED),
)
