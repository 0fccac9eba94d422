"""What a Cloud SQL instance uses of what it has: connections, CPU, memory, disk."""

from __future__ import annotations

from diag.checks.check import Verdict, check
from diag.checks.measured import SHARE_LIMITS, Figure, Join, Limits, gauge, judged, percent, rounded
from diag.checks.sql.connections import FLAGS_DOCS
from diag.checks.sql.instances import declared_instances, gcloud, on_hosted
from diag.checks.sql.limit import connection_limit
from diag.checks.subjects import InstanceView
from diag.facts.sql import Instance
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements

METRICS_DOCS = "https://cloud.google.com/sql/docs/postgres/admin-api/metrics"
BASE = "cloudsql.googleapis.com/database"
BACKENDS, CPU, MEMORY, DISK = (
    f"{BASE}/{name}"
    for name in ("postgresql/num_backends", "cpu/utilization", "memory/utilization", "disk/utilization")
)
CONNECTIONS = f"{BASE}/network/connections"
"""What MySQL and SQL Server have in place of the backends of PostgreSQL [SM-10]."""


def _figure(instance: Instance, metric: str, world: World, join: Join) -> Figure:
    series = world.series(metric, instance.project, by="database_id", value=f"{instance.project}:{instance.short}")
    return gauge(series, f"{metric} of {instance.short}", join)


def _utilisation(view: InstanceView, metric: str, field: str, world: World, why: str, fix: Fix) -> Verdict:
    figure = _figure(view.instance, metric, world, max)
    limits = Limits.of(view.wanted, field, SHARE_LIMITS)
    observed = f"{percent(figure.value)} at the 95th percentile, {percent(figure.highest)} at most"
    return judged(figure, limits, observed, f"{view.instance.short} {why}", fix=(fix,))


@check(
    "sql.connections-high",
    Severity.HIGH,
    declared_instances,
    reads=("instances", "tiers", f"metrics/{BACKENDS}", f"metrics/{CONNECTIONS}"),
    facts=("SM-07", "ARI-07", "SM-10"),
    docs=(METRICS_DOCS, FLAGS_DOCS),
)
@on_hosted
def connections_high(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """The database's connection table is nearly full.

    The server refuses a connection beyond max_connections, to whichever client asks for it.

    Reads `postgresql/num_backends` over the window, its databases added up, or `network/connections` of
    MySQL and SQL Server, against the flag `max_connections`, else, of PostgreSQL, the default of the tier.

    Close what is left open, make the pools smaller, or raise max_connections (the database restarts).
    """
    limit = connection_limit(view.instance, world)
    postgres = view.instance.version.engine == "POSTGRES"
    backends = _figure(view.instance, BACKENDS if postgres else CONNECTIONS, world, sum)
    share = Figure(backends.value / limit.total, backends.highest / limit.total, backends.points, backends.evidence)
    observed = (
        f"{rounded(backends.value):g} of {limit.total} ({limit.source}) at the 95th percentile, "
        f"{rounded(backends.highest):g} at most: {percent(share.value)}"
    )
    return judged(
        share,
        Limits.of(view.wanted, "connections", SHARE_LIMITS),
        observed,
        f"{view.instance.short} has few connections left of the {limit.total} that it allows",
        evidence=limit.evidence,
        fix=(Fix(gcloud("describe", view.instance, '--format "value(settings.databaseFlags)"'), mutates=False),),
    )


@check(
    "sql.cpu-high",
    Severity.HIGH,
    declared_instances,
    reads=("instances", f"metrics/{CPU}"),
    facts=("SM-04",),
    docs=(METRICS_DOCS,),
)
@on_hosted
def cpu_high(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """The database's CPU is nearly used up.

    Queries wait for CPU; logins and health checks time out with them.

    Reads `cpu/utilization` over the window: the 95th percentile is judged.

    Find the queries that take it (Query Insights), or choose a tier with more vCPUs (the database restarts).
    """
    fix = Fix(gcloud("patch", view.instance, "--tier TIER"))
    return _utilisation(view, CPU, "cpu", world, "has little CPU left: queries and logins wait", fix)


@check(
    "sql.memory-high",
    Severity.HIGH,
    declared_instances,
    reads=("instances", f"metrics/{MEMORY}"),
    facts=("SM-05",),
    docs=(METRICS_DOCS,),
)
@on_hosted
def memory_high(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """The database's memory is nearly used up.

    Without memory the server is killed and recovers; every connection is cut.

    Reads `memory/utilization` over the window: the 95th percentile is judged.

    Lower max_connections or work_mem, or choose a tier with more memory (the database restarts).
    """
    fix = Fix(gcloud("patch", view.instance, "--tier TIER"))
    return _utilisation(view, MEMORY, "memory", world, "has little memory left: it may be killed and restart", fix)


@check(
    "sql.disk-high",
    Severity.HIGH,
    declared_instances,
    reads=("instances", f"metrics/{DISK}"),
    facts=("SM-06", "SET-06"),
    docs=(METRICS_DOCS,),
)
@on_hosted
def disk_high(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """The database's disk is nearly full.

    A full disk stops the database.

    Reads `disk/utilization` over the window: the 95th percentile is judged.

    Enlarge the disk, or let it grow by itself; it never shrinks.
    """
    size = view.instance.integer("settings.dataDiskSizeGb") or 10
    fix = Fix(gcloud("patch", view.instance, f"--storage-size {size * 2}GB"))
    return _utilisation(view, DISK, "disk", world, "has little room left on its disk, and stops when it is full", fix)
