"""How many instances, and how many requests in each."""

from __future__ import annotations

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, fails, passes
from diag.checks.run.declared import DeclaredRevision, on_revision, read, update
from diag.errors import Unseen
from diag.facts import run
from diag.facts.world import World
from diag.report import Evidence, Severity
from diag.requirements.model import Requirements

MIN_DOCS = "https://cloud.google.com/run/docs/configuring/min-instances"
MAX_DOCS = "https://cloud.google.com/run/docs/configuring/max-instances"
CONCURRENCY_DOCS = "https://cloud.google.com/run/docs/configuring/concurrency"

DEFAULT_MAXIMUM = 100
"""Instances where no maximum is set, by one page of the documentation; by another the quota decides [SCL-01]."""


@on_revision("run.min-instances", Severity.MEDIUM, "min_instances", facts=("SCL-01", "SCL-02"), docs=(MIN_DOCS,))
def min_instances(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Fewer instances are kept than declared.

    Without an instance kept warm the first request waits for a whole start, its database connection
    included.

    Reads the minimum of the revision and of the service, the larger of which holds; under manual
    scaling, the fixed number of instances. Unset is 0.

    Raise it with `--min-instances`.
    """
    service, revision, required = subject.item.service, subject.item.revision, subject.item.required
    manual = service.manual_instances
    kept = max(service.min_instances, revision.min_instances) if manual is None else manual
    seen = _bounds(service, revision, "minInstanceCount", service.min_instances, revision.min_instances)
    if kept >= required:
        return passes(required=required, observed=kept, evidence=seen)
    return fails(
        required=required,
        observed=kept,
        reason=f"{revision.short} keeps {kept} of {required} instances, so that a request may wait for a whole start",
        evidence=seen,
        fix=update(service, f"--min-instances {required}" if manual is None else f"--scaling {required}"),
    )


@on_revision(
    "run.max-instances", Severity.MEDIUM, "max_instances", facts=("SCL-01", "SCL-02", "SCL-04"), docs=(MAX_DOCS,)
)
def max_instances(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """More instances may start than declared.

    Every instance brings its own connection pool: more instances than planned for take more
    connections than the database has.

    Reads the maximum of the revision and of the service, the smaller of which holds; under manual
    scaling, the fixed number of instances. Unset leaves it to the platform, which allows 100 instances
    by one page of its documentation and as many as the region's quota holds by another: it exceeds a
    declared maximum below 100, and of a larger one nothing can be said.

    Set it with `--max-instances`.
    """
    service, revision, required = subject.item.service, subject.item.revision, subject.item.required
    manual = service.manual_instances
    limits = [limit for limit in (service.max_instances, revision.max_instances) if limit is not None]
    most = manual if manual is not None else min(limits, default=None)
    seen = _bounds(service, revision, "maxInstanceCount", service.max_instances, revision.max_instances)
    if most is not None and most <= required:
        return passes(required=required, observed=most, evidence=seen)
    if most is None and required >= DEFAULT_MAXIMUM:
        said = f"{revision.short} has no maximum; the documentation does not agree on what then holds"
        raise Unseen(Gap(GapKind.UNDECIDED, said, revision.origin.call, advice="set one with --max-instances"))
    many = f"up to {most}" if most is not None else "as many as the platform allows, 100 or more,"
    return fails(
        required=required,
        observed=most if most is not None else "unset",
        reason=f"{many} instances of {revision.short} may run at once, each with connections of its own",
        evidence=seen,
        fix=update(service, f"--max-instances {required}" if manual is None else f"--scaling {required}"),
    )


def _bounds(
    service: run.Service, revision: run.Revision, field: str, on_service: int | None, on_revision: int | None
) -> tuple[Evidence, ...]:
    path = f"scaling.{field}"
    if service.manual_instances is not None:
        return (read(service, "scaling.manualInstanceCount", service.manual_instances),)
    values = ((service, on_service), (revision, on_revision))
    return tuple(read(fact, path, "unset" if value is None else value) for fact, value in values)


@on_revision(
    "run.concurrency", Severity.MEDIUM, "concurrency", facts=("RUN-04", "RUN-05", "RUN-06"), docs=(CONCURRENCY_DOCS,)
)
def concurrency(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """More requests enter one instance at once than declared.

    Requests beyond what an instance can work on wait inside it, for a connection of the pool or for
    the CPU, and time out there although other instances could be started.

    Reads the revision's `maxInstanceRequestConcurrency`; unset is 80, or 1 below one CPU.

    Lower it with `--concurrency`.
    """
    revision, required = subject.item.revision, subject.item.required
    seen = (read(revision, "maxInstanceRequestConcurrency", revision.concurrency),)
    if revision.concurrency <= required:
        return passes(required=required, observed=revision.concurrency, evidence=seen)
    return fails(
        required=required,
        observed=revision.concurrency,
        reason=f"an instance of {revision.short} takes {revision.concurrency} requests at once; those above "
        f"{required} wait inside it",
        evidence=seen,
        fix=update(subject.item.service, f"--concurrency {required}"),
    )
