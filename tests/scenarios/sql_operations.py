"""Cloud SQL operations: which one matters, and for how long."""

from __future__ import annotations

from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.sql_network import HEAD, INSTANCE, operation

CHECK = "sql.operation-pending"
FAILED = {"errors": [{"code": "INTERNAL", "message": "synthetic"}]}


def at(when: str, **fields: object) -> Patch:
    """An operation that began and ended then."""
    return operation(insertTime=when, startTime=when, endTime=when, **fields)


def failed_then_done(estate: Estate) -> None:
    """Listed in another order than they were made."""
    at("2025-09-17T08:00:00Z", error=FAILED, name="first")(estate)
    at("2025-09-17T09:00:00Z", name="second")(estate)


def never_seen_and_running(estate: Estate) -> None:
    operation(status="PAUSED", name="first")(estate)
    operation(status="RUNNING", endTime="", name="second")(estate)


def none_at_all(estate: Estate) -> None:
    """The list says that it is one, and holds nothing."""
    estate.resources["sql.operations"].clear()


def hollow(estate: Estate) -> None:
    estate.hollow.add("sql.operations.list")


SCENARIOS = (
    *(
        Scenario(f"{kind} inside the window", CHECK, Status.FAIL, operation(operationType=kind), says=kind)
        for kind in ("AUTO_RESTART", "FAILOVER", "MAINTENANCE", "SELF_SERVICE_MAINTENANCE", "CLUSTER_MAINTENANCE")
    ),
    *(
        Scenario(f"{kind} inside the window", CHECK, Status.PASS, operation(operationType=kind))
        for kind in ("UPDATE", "DEFER_MAINTENANCE", "RESCHEDULE_MAINTENANCE")
    ),
    Scenario(
        "a restart that ended at the window's edge",
        CHECK,
        Status.FAIL,
        at("2025-09-18T08:00:00Z", operationType="RESTART"),
    ),
    Scenario(
        "a restart that began before the window and ended inside",
        CHECK,
        Status.FAIL,
        operation(operationType="RESTART", startTime="2025-09-18T07:50:00Z", endTime="2025-09-18T08:10:00Z"),
    ),
    Scenario("a restart before the window", CHECK, Status.PASS, at("2025-09-18T07:59:59Z", operationType="RESTART")),
    Scenario(
        "a restart inside a declared window",
        CHECK,
        Status.FAIL,
        at("2025-09-18T06:00:00Z", operationType="RESTART"),
        f"{HEAD}logs: {{window: 4h}}\n",
        INSTANCE,
    ),
    Scenario("waits", CHECK, Status.FAIL, operation(status="PENDING", startTime="", endTime=""), says="PENDING"),
    Scenario("the last one failed long ago", CHECK, Status.FAIL, at("2025-09-17T08:00:00Z", error=FAILED)),
    Scenario("one failed and a later one did not", CHECK, Status.PASS, failed_then_done),
    Scenario("a type never seen inside the window", CHECK, Status.UNKNOWN, operation(operationType="POLISH")),
    Scenario(
        "a type never seen before the window", CHECK, Status.PASS, at("2025-09-18T07:00:00Z", operationType="POLISH")
    ),
    Scenario("a status never seen beside one that runs", CHECK, Status.FAIL, never_seen_and_running, says="RUNNING"),
    Scenario("none at all", CHECK, Status.PASS, none_at_all, says="no operation"),
    Scenario("no answer to speak of", CHECK, Status.UNKNOWN, hollow, says="without a word"),
)
