"""What Cloud Run services use of what they have, over the window: memory, instances, errors, time to start."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, passes, skips, warns
from diag.checks.measured import SHARE_LIMITS, Figure, Limits, gauge, joined, judged, percent, rounded, total
from diag.checks.run.declared import DeclaredRevision, on_revision, update
from diag.errors import Unseen
from diag.facts import run
from diag.facts.metrics import TimeSeries, percentile
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements, Service
from diag.values import dataclass

METRICS_DOCS = "https://cloud.google.com/run/docs/monitoring"
BASE = "run.googleapis.com"
REQUESTS, INSTANCES, MEMORY, STARTS = (
    f"{BASE}/{name}"
    for name in (
        "request_count",
        "container/instance_count",
        "container/memory/utilizations",
        "container/startup_latencies",
    )
)
ERROR_LIMITS = (0.05, 0.25)
"""The share of 5xx answers at which it warns and fails, as a ratio."""


def on(world: World, metric: str, revision: run.Revision) -> tuple[TimeSeries, ...]:
    """The series of a metric on one revision; a revision's name is unique in its region."""
    found = world.series(metric, revision.project, by="revision_name", value=revision.short)
    return tuple(one for one in found if one.resource.get("location", revision.region) == revision.region)


def require_gauge(world: World, revision: run.Revision) -> None:
    """Raises `Unseen` when not even a gauge of the revision has a point: then no event is no knowledge."""
    if not any(one.points for one in on(world, INSTANCES, revision)):
        said = f"{revision.short} has no point of {INSTANCES} in the window, so that nothing counted means nothing"
        raise Unseen(Gap(GapKind.UNDECIDED, said, revision.origin.call, advice="send it a request, then look again"))


def _everywhere(wanted: Service, declared: Requirements) -> bool:
    """These are judged of every declared service, whatever it declares."""
    return True


@on_revision(
    "run.memory-high",
    Severity.HIGH,
    "memory",
    applies=_everywhere,
    also_reads=(f"metrics/{MEMORY}",),
    facts=("RM-08", "SCL-14"),
    docs=(METRICS_DOCS, "https://cloud.google.com/run/docs/configuring/services/memory-limits"),
)
def memory_high(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Containers are close to their memory limit.

    An instance that exceeds its limit is stopped, and the requests in it fail.

    Reads `container/memory/utilizations` of each serving revision over the window: the 95th percentile, of
    several containers that of the fullest.

    Raise the limit, or find what holds the memory.
    """
    service, revision = subject.item.service, subject.item.revision
    figure = gauge(on(world, MEMORY, revision), f"{MEMORY} of {revision.short}", max)
    observed = f"{percent(figure.value)} of its limit at the 95th percentile, {percent(figure.highest)} at most"
    reason = f"instances of {revision.short} may exceed their memory limit and be stopped with the requests in them"
    limits = Limits.of(None, "", SHARE_LIMITS)
    more = f"--memory {int(revision.memory * 2 / 2**20)}Mi"
    return judged(figure, limits, observed, reason, fix=update(service, more, revision))


@on_revision(
    "run.at-max-instances",
    Severity.HIGH,
    "max_instances",
    applies=_everywhere,
    also_reads=(f"metrics/{INSTANCES}",),
    facts=("RM-04", "RUN-13", "SCL-04"),
    docs=(METRICS_DOCS, "https://cloud.google.com/run/docs/configuring/max-instances"),
)
def at_max_instances(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """The service runs as many instances as it may.

    With every instance busy a request waits up to 30 s for one and then fails.

    Reads `container/instance_count` of each serving revision over the window, active and idle together,
    against the revision's maximum, and those of all serving revisions together against the service's. It
    warns and never fails: a maximum that is reached may be what was wanted.

    Raise the maximum, as far as the database's connections allow it, or the concurrency.
    """
    service, revision = subject.item.service, subject.item.revision
    own = gauge(on(world, INSTANCES, revision), f"{INSTANCES} of {revision.short}")
    if service.manual_instances is not None:
        return skips("its number of instances is fixed, so none is reached", evidence=own.evidence)
    bounds = list(_bounds(service, revision, own, world))
    if not bounds:
        return skips("it has no maximum, so none is reached", evidence=own.evidence)
    reached = [one for one in bounds if one.figure.highest >= one.most]
    tight = min(reached or bounds, key=lambda one: one.most - one.figure.highest)
    figure, settings = tight.figure, (service.evidence("scaling"), revision.evidence("scaling.maxInstanceCount"))
    details = {
        "required": f"fewer than {tight.most} instances",
        "observed": f"{rounded(figure.highest):g} at most, {rounded(figure.value):g} at the 95th percentile",
        "evidence": (*figure.evidence, *settings),
    }
    if not reached:
        return passes(**details)
    reason = f"{tight.of} ran all of its {tight.most} instances: a request beyond them waits, and fails after 30 s"
    return warns(reason=reason, fix=tuple(fix for one in reached for fix in one.fix), **details)


@dataclass(frozen=True)
class _Bound:
    """A maximum, and what ran under it."""

    of: str
    most: int
    figure: Figure
    fix: tuple[Fix, ...]
    """The commands that double it."""


def _bounds(service: run.Service, revision: run.Revision, own: Figure, world: World) -> Iterator[_Bound]:
    """The revision's own maximum, and the service's, which all that take traffic share [SCL-02, SCL-04]."""
    if revision.max_instances is not None:
        fix = update(service, f"--max-instances {revision.max_instances * 2}")
        yield _Bound(revision.short, revision.max_instances, own, fix)
    if service.max_instances is not None:
        series = [one for each in world.serving(service) for one in on(world, INSTANCES, each)]
        together = gauge(series, f"{INSTANCES} of {service.short}")
        place = f"{service.short} --region {service.region}"
        # gcloud took `--max` into its general commands later than into `beta`.
        raised = Fix(f"gcloud beta run services update {place} --max {service.max_instances * 2}")
        yield _Bound(service.short, service.max_instances, together, (raised,))


@on_revision(
    "run.errors-high",
    Severity.HIGH,
    "name",
    applies=_everywhere,
    also_reads=(f"metrics/{REQUESTS}", f"metrics/{INSTANCES}"),
    facts=("RM-01", "MON-04"),
    docs=(METRICS_DOCS,),
)
def errors_high(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Many of the service's answers are server errors.

    Reads `request_count` of each serving revision over the window: the share of answers 5xx. It warns
    from 5 % and fails from 25 %; without a request there is nothing to judge.

    Read the revision's log for the errors; `diag diagnose` ranks their causes.
    """
    service, revision = subject.item.service, subject.item.revision
    answers = answered(world, revision)
    if answers is None:
        return skips(f"{revision.short} answered no request in the window")
    reason = f"{percent(answers.value)} of what {revision.short} answers are server errors"
    look = Fix(f"gcloud run services logs read {service.short} --region {service.region} --limit 100", mutates=False)
    return judged(answers, Limits.of(None, "", ERROR_LIMITS), said(answers), reason, fix=(look,))


def answered(world: World, revision: run.Revision) -> Figure | None:
    """The share of 5xx among the answers of the window, as a ratio; None when there was none.

    Raises `Unseen` when nothing at all was measured of the revision: then no request is no knowledge.
    """
    series = on(world, REQUESTS, revision)
    every = total(series)
    if not every:
        require_gauge(world, revision)
        return None
    bad = total(one for one in series if _is_error(one))
    evidence = (series[0].evidence("5xx", rounded(bad)), series[0].evidence("total", rounded(every)))
    return Figure(bad / every, bad / every, int(every), evidence)


def said(answers: Figure) -> str:
    """`310 of 430 answers are 5xx (72.1 %)`."""
    return f"{round(answers.value * answers.points)} of {answers.points} answers are 5xx ({percent(answers.value)})"


def _is_error(series: TimeSeries) -> bool:
    labels = series.labels
    return labels.get("response_code_class", "") == "5xx" or labels.get("response_code", "").startswith("5")


@on_revision(
    "run.startup-slow",
    Severity.HIGH,
    "startup_window",
    applies=_everywhere,
    also_reads=(f"metrics/{STARTS}", f"metrics/{INSTANCES}"),
    facts=("RM-06", "PRB-07", "PRB-08"),
    docs=(METRICS_DOCS, "https://cloud.google.com/run/docs/configuring/healthchecks"),
)
def startup_slow(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Containers need nearly all of the time that they have to start.

    A container that is not ready when its start-up window ends is shut down, and the next one begins anew.

    Reads `container/startup_latencies` of each serving revision over the window (95th percentile)
    against the declared start-up window, else the window of the probe in force.

    Make the start shorter, or widen the start-up probe.
    """
    revision = subject.item.revision
    series = on(world, STARTS, revision)
    seconds = [value / 1000 for value in joined(series, max)]
    if not seconds:
        require_gauge(world, revision)
        return skips(f"no container of {revision.short} was started in the window")
    window = subject.item.required or revision.startup_probe.window
    slow, slowest = percentile(seconds, 0.95), max(seconds)
    evidence = (series[0].evidence("p95 s", rounded(slow)), series[0].evidence("max s", rounded(slowest)))
    figure = Figure(slow / window, slowest / window, len(seconds), evidence)
    observed = f"{slow:.1f} s at the 95th percentile, {slowest:.1f} s at most: {percent(figure.value)} of {window:g} s"
    reason = f"containers of {revision.short} need {slow:.1f} s of the {window:g} s that they have to start"
    fix = Fix("diag explain run.startup-window-too-short", mutates=False)
    return judged(figure, Limits.of(None, "", SHARE_LIMITS), observed, reason, fix=(fix,))
