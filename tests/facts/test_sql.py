"""Names, versions, enums and memory of Cloud SQL."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import sqladmin_v1

from diag.facts import sql_enums
from diag.facts.sql import ConnectionName, Version
from diag.facts.sql_limits import default_max_connections, memory_in_tier

ENUMS: dict[str, Any] = {
    "STATES": sqladmin_v1.DatabaseInstance.SqlInstanceState,
    "DISK_STATES": sqladmin_v1.DatabaseInstance.SqlOutOfDiskReport.SqlOutOfDiskState,
    "ACTIVATION": sqladmin_v1.Settings.SqlActivationPolicy,
    "ENFORCEMENTS": sqladmin_v1.Settings.ConnectorEnforcement,
    "SSL_MODES": sqladmin_v1.IpConfiguration.SslMode,
    "OPERATION_STATUSES": sqladmin_v1.Operation.SqlOperationStatus,
    "OPERATION_TYPES": sqladmin_v1.Operation.SqlOperationType,
}


@pytest.mark.parametrize("name", ENUMS)
def test_the_enums_are_those_of_the_client_library(name: str) -> None:
    assert getattr(sql_enums, name) == set(ENUMS[name].__members__)


def test_a_version_that_is_not_stated_is_none() -> None:
    known: set[str] = set(sqladmin_v1.SqlDatabaseVersion.__members__)
    assert known - sql_enums.DATABASE_VERSIONS == {"SQL_DATABASE_VERSION_UNSPECIFIED"}


@pytest.mark.parametrize("version", sorted(sql_enums.DATABASE_VERSIONS))
def test_every_known_version_can_be_compared(version: str) -> None:
    assert Version.parse(version)


@pytest.mark.parametrize(
    ("text", "engine", "number", "edition"),
    [
        ("POSTGRES_9_6", "POSTGRES", (9, 6), ""),
        ("POSTGRES_14_18", "POSTGRES", (14, 18), ""),
        ("MYSQL_8_0_31", "MYSQL", (8, 0, 31), ""),
        ("SQLSERVER_2019_STANDARD", "SQLSERVER", (2019,), "STANDARD"),
    ],
)
def test_a_version_is_an_engine_a_number_and_an_edition(
    text: str, engine: str, number: tuple[int, ...], edition: str
) -> None:
    assert Version.parse(text) == Version(engine, number, edition)


@pytest.mark.parametrize("text", ["", "POSTGRES", "ORACLE_19", "POSTGRES_14.2", "SQL_DATABASE_VERSION_UNSPECIFIED"])
def test_what_says_no_version_is_none(text: str) -> None:
    assert Version.parse(text) is None


def test_a_connection_name_has_three_parts_and_a_domain_in_its_project_makes_four() -> None:
    assert ConnectionName.parse("p:us-central1:db") == ConnectionName("p", "us-central1", "db")
    assert ConnectionName.parse("example.com:p:us-central1:db") == ConnectionName("example.com:p", "us-central1", "db")
    assert [ConnectionName.parse(text) for text in ("", "db", "p:db", "p::db", ":us-central1:db")] == [None] * 5


def test_a_wanted_name_without_a_region_is_met_in_any() -> None:
    found = ConnectionName("p", "us-central1", "db")
    assert found.fits(ConnectionName("p", "", "db"))
    assert not found.fits(ConnectionName("p", "europe-west1", "db"))
    assert not found.fits(ConnectionName("q", "", "db"))


@pytest.mark.parametrize(
    ("tier", "connections"),
    [
        ("db-f1-micro", 25),
        ("db-g1-small", 50),
        ("db-custom-1-3839", None),
        ("db-custom-1-3840", 100),
        ("db-custom-2-6143", 100),
        ("db-custom-2-6144", 200),
        ("db-custom-2-7679", 200),
        ("db-custom-2-7680", 400),
        ("db-custom-4-15359", 400),
        ("db-custom-4-15360", 500),
        ("db-custom-8-30719", 500),
        ("db-custom-8-30720", 600),
        ("db-custom-16-61439", 600),
        ("db-custom-16-61440", 800),
        ("db-custom-32-122879", 800),
        ("db-custom-32-122880", 1000),
        ("db-custom-96-638976", 1000),
    ],
)
def test_the_default_of_max_connections_goes_by_steps_of_memory(tier: str, connections: int | None) -> None:
    memory = memory_in_tier(tier)
    assert memory is not None
    assert default_max_connections(memory) == connections


@pytest.mark.parametrize("tier", ["db-perf-optimized-N-8", "db-n1-standard-1", "db-custom-2", ""])
def test_the_memory_of_another_tier_is_not_in_its_name(tier: str) -> None:
    assert memory_in_tier(tier) is None
