"""Cloud SQL operations: one that runs now, one that failed, one that interrupted the database lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from diag.calls import Gap, GapKind
from diag.checks.check import Verdict, check, fails, passes
from diag.checks.sql.instances import all_instances, on_hosted
from diag.checks.subjects import InstanceView
from diag.errors import Unseen
from diag.facts.base import Choice, Listing, instant
from diag.facts.sql import Instance, Operation
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

DEFAULT_WINDOW_S = 3600.0
INTERRUPTING = frozenset(
    {
        "RESTART",
        "AUTO_RESTART",
        "FAILOVER",
        "SWITCHOVER",
        "SWITCHOVER_TO_REPLICA",
        "SWITCHOVER_BLUE_GREEN_DEPLOYMENT",
        "MAINTENANCE",
        "SELF_SERVICE_MAINTENANCE",
        "CLUSTER_MAINTENANCE",
        "RESTORE_VOLUME",
        "MAJOR_VERSION_UPGRADE",
    }
)
"""Operations during which the database is not available for a while [SQL-09, SQL-10]."""
SHOWN = 5
"""Operations that a finding names; an instance may have hundreds."""


@dataclass(frozen=True)
class Trouble:
    """One operation that matters, and why."""

    operation: Operation
    field: str
    """The field that shows it."""
    said: str

    @property
    def evidence(self) -> tuple[Evidence, Evidence]:
        """What it does, and the field that shows the trouble."""
        return self.operation.evidence("operationType"), self.operation.evidence(self.field)


@check(
    "sql.operation-pending",
    Severity.MEDIUM,
    all_instances,
    reads=("instances", "operations"),
    always=True,
    facts=("SQL-09", "SQL-10"),
    docs=("https://cloud.google.com/sql/docs/postgres/maintenance",),
)
@on_hosted
def operation_pending(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Operation on the Cloud SQL instance is under way, failed, or interrupted it lately.

    A restart, failover or maintenance explains minutes of refused connections; a failed change means
    that the instance is not what was asked for; a running one blocks the next.

    Reads the instance's operations: `status`, `error`, `operationType` and times. *Lately* is
    `logs.window` of the file, one hour by default.

    Wait for it to end, or look at the error; clients have to connect again after an interruption.
    """
    instance = view.instance
    operations = world.operations(instance)
    since = instant(world.taken_at) - timedelta(seconds=_window_s(declared))
    troubles = [*_under_way(operations), *_failed(operations), *_interruptions(operations, since)]
    required = f"none under way, the last one not failed, no interruption since {_time(since)}"
    if not troubles:
        return _settled(instance, _whole(instance, operations, since), required)
    shown = troubles[:SHOWN]
    look = f"gcloud sql operations list --instance {instance.short} --project {instance.project} --limit 10"
    return fails(
        required=required,
        observed="; ".join(trouble.said for trouble in shown),
        reason=f"{instance.short} may refuse connections, or not be what was last asked for",
        evidence=tuple(item for trouble in shown for item in trouble.evidence),
        fix=(Fix(look, mutates=False),),
    )


def _settled(instance: Instance, operations: list[Operation], required: str) -> Verdict:
    if not operations:
        seen = instance.evidence("name", "no operation on it is listed")
        return passes(required=required, observed="no operation", evidence=(seen,))
    last = _last(operations)
    evidence = tuple(last.evidence(field) for field in ("operationType", "status", "endTime"))
    return passes(
        required=required, observed=f"last: {last.type} {last.status} at {_time(last.ended)}", evidence=evidence
    )


def _under_way(operations: Listing[Operation]) -> Iterator[Trouble]:
    for one in operations:
        if one.status.value in ("PENDING", "RUNNING"):
            yield Trouble(one, "status", f"{one.type} {one.status} since {_time(one.began)}")


def _failed(operations: Listing[Operation]) -> Iterator[Trouble]:
    """The last operation, when it failed; only a whole list shows which one is the last."""
    over = [one for one in operations if one.status.value == "DONE"]
    if over and not operations.gaps and _last(over).error:
        one = _last(over)
        yield Trouble(one, "error", f"{one.type} failed at {_time(one.ended)}: {one.error}")


def _interruptions(operations: Listing[Operation], since: datetime) -> Iterator[Trouble]:
    for one in operations:
        if one.status.value == "DONE" and one.type.value in INTERRUPTING and one.ended >= since:
            yield Trouble(one, "endTime", f"{one.type} ended at {_time(one.ended)}")


def _last(operations: list[Operation]) -> Operation:
    return max(operations, key=lambda one: one.began)


def _whole(instance: Instance, operations: Listing[Operation], since: datetime) -> list[Operation]:
    """Every operation, each understood; raises `Unseen` when one could hide what was not found."""
    whole = list(operations.whole())
    if not whole and not operations.stated:
        said = f"the list of operations on {instance.short} came back without a word, and nothing shows that it is one"
        raise Unseen(Gap(GapKind.PARTIAL, said, instance.origin.call, advice="run diag again"))
    for one in whole:
        _understood(one, one.status)
        if one.ended >= since:
            _understood(one, one.type)
    return whole


def _understood(operation: Operation, choice: Choice) -> None:
    if choice.read().endswith("_UNSPECIFIED"):
        raise Unseen(Gap(GapKind.UNDECIDED, f"{choice.where} is not stated", operation.origin.call))


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def _window_s(declared: Requirements) -> float:
    """How far back an interruption still matters, in seconds."""
    logs = declared.sections.get("logs") or {}
    return float(logs.get("window") or DEFAULT_WINDOW_S)
