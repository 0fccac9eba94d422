"""What a Memorystore instance uses of what it has: memory and connected clients."""

from __future__ import annotations

from diag.checks.check import Verdict, check
from diag.checks.measured import SHARE_LIMITS, Figure, Limits, gauge, judged, percent, rounded
from diag.checks.redis.instances import declared_caches, gcloud, if_there
from diag.facts.metrics import TimeSeries
from diag.facts.redis import RedisInstance
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import RedisInstance as DeclaredRedis
from diag.requirements.model import Requirements

METRICS_DOCS = "https://cloud.google.com/memorystore/docs/redis/supported-monitoring-metrics"
MEMORY, CLIENTS = "redis.googleapis.com/stats/memory/usage_ratio", "redis.googleapis.com/clients/connected"
MOST_CLIENTS = 65_000
"""Clients that one instance takes at the same time (https://cloud.google.com/memorystore/docs/redis/quotas)."""


def _on(world: World, metric: str, found: RedisInstance) -> tuple[TimeSeries, ...]:
    """The series of its primary node; a replica's follow it."""
    series = [
        one
        for name in (found.name, found.short)
        for one in world.series(metric, found.project, by="instance_id", value=name)
    ]
    primary = [one for one in series if one.labels.get("role", "primary") in ("primary", "master")]
    return tuple(primary or series)


@check(
    "redis.memory-high",
    Severity.HIGH,
    declared_caches,
    reads=("redis_instances", f"metrics/{MEMORY}"),
    docs=(METRICS_DOCS,),
)
@if_there
def memory_high(found: RedisInstance, wanted: DeclaredRedis, world: World, declared: Requirements) -> Verdict:
    """The Redis instance's memory is nearly full.

    A full instance evicts keys, or refuses writes, by its policy.

    Reads `stats/memory/usage_ratio` of the primary over the window: the 95th percentile.

    Enlarge the instance, or let keys expire.
    """
    figure = gauge(_on(world, MEMORY, found), f"{MEMORY} of {found.short}", max)
    observed = f"{percent(figure.value)} at the 95th percentile, {percent(figure.highest)} at most"
    fix = Fix(gcloud("update", found, "--size GIGABYTES"))
    return judged(figure, Limits(*SHARE_LIMITS), observed, f"{found.short} has little memory left", fix=(fix,))


@check(
    "redis.clients-high",
    Severity.HIGH,
    declared_caches,
    reads=("redis_instances", f"metrics/{CLIENTS}"),
    docs=(METRICS_DOCS,),
)
@if_there
def clients_high(found: RedisInstance, wanted: DeclaredRedis, world: World, declared: Requirements) -> Verdict:
    """The Redis instance has nearly as many clients as it takes.

    Reads `clients/connected` of the primary over the window against the `maxclients` that is set, else
    the 65,000 that the platform allows.

    Close what is left open; share connections.
    """
    most = int(found.text("redisConfigs.maxclients") or MOST_CLIENTS)
    figure = gauge(_on(world, CLIENTS, found), f"{CLIENTS} of {found.short}", max)
    share = Figure(figure.value / most, figure.highest / most, figure.points, figure.evidence)
    observed = f"{rounded(figure.value):g} of {most} at the 95th percentile: {percent(share.value)}"
    fix = Fix(gcloud("describe", found), mutates=False)
    return judged(share, Limits(*SHARE_LIMITS), observed, f"{found.short} soon takes no further client", fix=(fix,))
