"""Connectivity Tests that somebody ran: from where, to where, and by what port they speak of a declared way."""

from __future__ import annotations

from collections.abc import Mapping

from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import BACKEND, HEAD, PRIVATE, together

REACH = "vpc.unreachable"
CACHE = (
    f"{HEAD}services: {{netra-backend-staging: {{reaches: [{{redis: staging-redis}}]}}}}\n"
    "redis_instances: {staging-redis: {}}\n"
)
PLACE = f"projects/{ids.PROJECT}/locations/us-central1"
REVISION = {"cloudRunRevision": {"uri": f"{PLACE}/revisions/{BACKEND}"}}
IN_FULL = {"cloudRunRevision": {"uri": f"{PLACE}/services/netra-backend-staging/revisions/{BACKEND}"}}
OLDER = {"cloudRunRevision": {"uri": f"{PLACE}/revisions/netra-backend-staging-00001-aaa"}}
DATABASE = {"ipAddress": "10.166.193.5", "port": 5432}
STAGING = f"projects/{ids.PROJECT}/global/networks/staging-vpc"


def ran(
    source: Mapping[str, object],
    destination: Mapping[str, object],
    result: str = "UNREACHABLE",
    at: str = "08",
    **fields: str,
) -> Patch:
    """Somebody ran a test at that hour."""

    def patch(estate: Estate) -> None:
        name = f"projects/{ids.PROJECT}/locations/global/connectivityTests/at-{at}"
        told = {"result": result, "verifyTime": f"2025-09-18T{at}:00:00Z"}
        doc = {"name": name, "source": source, "destination": destination, "reachabilityDetails": told, **fields}
        estate.add("networkmanagement.connectivityTests", doc)

    return patch


def inside(address: str, network: str = STAGING) -> dict[str, object]:
    return {"ipAddress": address, "network": network}


SCENARIOS = (
    Scenario("from the revision", REACH, Status.FAIL, ran(REVISION, DATABASE), PRIVATE, says="Connectivity Test"),
    Scenario("from the revision, named in full", REACH, Status.FAIL, ran(IN_FULL, DATABASE), PRIVATE, says="at-08"),
    Scenario("from an older revision", REACH, Status.PASS, ran(OLDER, DATABASE), PRIVATE),
    Scenario("from its range", REACH, Status.FAIL, ran(inside("10.2.0.5"), DATABASE), PRIVATE, says="at-08"),
    Scenario("from another range", REACH, Status.PASS, ran(inside("10.166.0.9"), DATABASE), PRIVATE),
    Scenario(
        "from its range in another network",
        REACH,
        Status.PASS,
        ran(inside("10.2.0.5", STAGING.replace("staging-vpc", "other-vpc")), DATABASE),
        PRIVATE,
    ),
    Scenario("to another port", REACH, Status.PASS, ran(REVISION, {**DATABASE, "port": 22}), PRIVATE),
    Scenario("of another protocol", REACH, Status.PASS, ran(REVISION, DATABASE, protocol="ICMP"), PRIVATE),
    Scenario(
        "to the instance by name",
        REACH,
        Status.FAIL,
        ran(REVISION, {"cloudSqlInstance": f"projects/{ids.PROJECT}/instances/staging-shared-postgres"}),
        PRIVATE,
        says="at-08",
    ),
    Scenario(
        "to the cache by name",
        REACH,
        Status.FAIL,
        ran(REVISION, {"redisInstance": f"{PLACE}/instances/staging-redis", "port": 6379}),
        CACHE,
        says="at-08",
    ),
    Scenario(
        "the newest counts",
        REACH,
        Status.PASS,
        together(ran(REVISION, DATABASE, at="07"), ran(REVISION, DATABASE, "REACHABLE")),
        PRIVATE,
    ),
)
