"""CPU and memory that go together, and pools that carry what an instance takes."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario

NAME, REVISION = "netra-backend-staging", "netra-backend-staging-00096-h4d"
HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
SIZED = f"{HEAD}services: {{{NAME}: {{cpu: 1, memory: 512Mi}}}}\n"
POOL = f"""{HEAD}sql_instances: {{staging-shared-postgres: {{}}}}
services: {{{NAME}: {{database_pool: {{instance: staging-shared-postgres, size: 10, max_overflow: 10}}}}}}
"""
PAIR, BELOW = "run.pair-impossible", "run.pool-below-concurrency"


def limits(cpu: str, memory: str) -> Patch:
    def patch(estate: Estate) -> None:
        container = estate.resource("run.revisions", REVISION)["containers"][0]
        container["resources"]["limits"] = {"cpu": cpu, "memory": memory}

    return patch


def generation(number: int, cpu: str, memory: str) -> Patch:
    """The same limits in the execution environment of that generation."""

    def patch(estate: Estate) -> None:
        limits(cpu, memory)(estate)
        estate.resource("run.revisions", REVISION)["executionEnvironment"] = f"EXECUTION_ENVIRONMENT_GEN{number}"

    return patch


def concurrency(value: int) -> Patch:
    def patch(estate: Estate) -> None:
        estate.resource("run.revisions", REVISION)["maxInstanceRequestConcurrency"] = value

    return patch


def refused(estate: Estate) -> None:
    estate.gap("run.revisions.get", GapKind.DENIED)


SCENARIOS = (
    Scenario("6Gi with 4 CPUs", PAIR, Status.PASS, declared=SIZED, resource=REVISION),
    Scenario("16Gi with 4 CPUs", PAIR, Status.PASS, limits("4", "16Gi"), SIZED),
    Scenario("17Gi with 4 CPUs", PAIR, Status.FAIL, limits("4", "17Gi"), SIZED, says="17Gi"),
    Scenario("1Gi with 4 CPUs", PAIR, Status.FAIL, limits("4000m", "1Gi"), SIZED),
    Scenario("2Gi with half a CPU", PAIR, Status.FAIL, limits("500m", "2Gi"), SIZED),
    Scenario("256Mi with one CPU", PAIR, Status.PASS, generation(1, "1", "256Mi"), SIZED),
    Scenario("256Mi in the second generation", PAIR, Status.FAIL, generation(2, "1", "256Mi"), SIZED, says="second"),
    Scenario("512Mi in the second generation", PAIR, Status.PASS, generation(2, "1", "512Mi"), SIZED),
    Scenario("16 CPUs", PAIR, Status.UNKNOWN, limits("16", "32Gi"), SIZED, says="16 CPUs"),
    Scenario("refused", PAIR, Status.UNKNOWN, refused, SIZED),
    Scenario("20 of 20", BELOW, Status.PASS, declared=POOL, resource=REVISION),
    Scenario("21 of 20", BELOW, Status.FAIL, concurrency(21), POOL, says="1 of the requests"),
    Scenario("unset is 80", BELOW, Status.FAIL, concurrency(0), POOL),
    Scenario("refused", BELOW, Status.UNKNOWN, refused, POOL),
)
