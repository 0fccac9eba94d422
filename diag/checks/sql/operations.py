"""Cloud SQL operations: one that runs now, one that failed, one that interrupted the database lately."""

from __future__ import annotations

from datetime import datetime, timedelta

from diag.calls import Gap, GapKind
from diag.checks.check import Verdict, check, fails, passes
from diag.checks.sql.instances import all_instances, on_instance
from diag.checks.subjects import InstanceView
from diag.errors import Unseen
from diag.facts.base import instant
from diag.facts.sql import Operation
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements

INTERRUPTING = frozenset(
    {
        "RESTART",
        "AUTO_RESTART",
        "FAILOVER",
        "MAINTENANCE",
        "SELF_SERVICE_MAINTENANCE",
        "CLUSTER_MAINTENANCE",
        "RESTORE_VOLUME",
        "MAJOR_VERSION_UPGRADE",
    }
)
"""Operations during which the database is not available for a while [SQL-09, SQL-10]."""
DEFAULT_WINDOW_S = 3600.0


@check(
    "sql.operation-pending",
    Severity.MEDIUM,
    all_instances,
    reads=("instances", "operations"),
    always=True,
    facts=("SQL-09", "SQL-10"),
    docs=("https://cloud.google.com/sql/docs/postgres/instance-info",),
)
@on_instance
def operation_pending(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Operation on the Cloud SQL instance is under way, failed, or interrupted it lately.

    A restart, failover or maintenance explains minutes of refused connections; a failed change means
    that the instance is not what was asked for; a running one blocks the next.

    Reads the instance's operations: `status`, `error`, `operationType`, `startTime`, `endTime`. *Lately* is
    the log window of the file, one hour by default.

    Wait for it, or look at the error.
    """
    instance = view.instance
    operations = world.operations(instance).whole()
    if not operations:
        return passes(required="no operation running, failed or lately interrupting", observed="no operation")
    newest = max(operations, key=lambda operation: operation.began)
    since = instant(world.taken_at) - timedelta(seconds=_window_s(declared))
    found = [_trouble(operation, newest, since) for operation in operations]
    said = [text for text in found if text]
    told = [operation for operation, text in zip(operations, found, strict=True) if text]
    details = {"required": "no operation running, failed or lately interrupting"}
    if not said:
        return passes(observed=f"last: {newest.type} {newest.status}", evidence=_seen(newest), **details)
    look = f"gcloud sql operations list --instance {instance.short} --project {instance.project} --limit 10"
    return fails(
        observed="; ".join(said[:5]),
        reason=f"{instance.short} may refuse connections, or not be what was last asked for",
        evidence=tuple(item for operation in told[:5] for item in _seen(operation)),
        fix=(Fix(look, mutates=False),),
        **details,
    )


def _trouble(operation: Operation, newest: Operation, since: datetime) -> str:
    """What is wrong with one operation, in words; empty when nothing is."""
    status = operation.status.read()
    if status.endswith("_UNSPECIFIED"):
        raise Unseen(Gap(GapKind.UNDECIDED, f"{operation.name} does not say its status", operation.origin.call))
    if status != "DONE":
        return f"{operation.type} {status} since {operation.began:%Y-%m-%d %H:%MZ}"
    if operation.error and operation is newest:
        return f"{operation.type} failed at {operation.ended:%Y-%m-%d %H:%MZ}: {operation.error}"
    if operation.type.value in INTERRUPTING and operation.ended >= since:
        return f"{operation.type} ended at {operation.ended:%Y-%m-%d %H:%MZ}"
    return ""


def _seen(operation: Operation) -> tuple[Evidence, ...]:
    fields = ("operationType", "status", *(["error"] if operation.error else []))
    return tuple(operation.evidence(field) for field in fields)


def _window_s(declared: Requirements) -> float:
    logs = declared.sections.get("logs")
    window = logs.get("window") if isinstance(logs, dict) else None
    return float(window) if isinstance(window, int | float) else DEFAULT_WINDOW_S
