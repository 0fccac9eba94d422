"""Cloud SQL connections: whether the pools of all services fit into what the server allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.run.declared import update
from diag.checks.sql.demand import ROLLOUT, Demand, demand_of, users
from diag.checks.sql.instances import Seen, declared_instance, declaring, gcloud, on_declared, on_instance
from diag.checks.sql.limit import ConnectionLimit, connection_limit
from diag.checks.subjects import InstanceView
from diag.errors import Unseen
from diag.facts import run
from diag.facts.sql import Instance
from diag.facts.sql_limits import RESERVED_CONNECTIONS
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements, SqlInstance

FLAGS_DOCS = "https://cloud.google.com/sql/docs/postgres/flags"
MAX_DOCS = "https://cloud.google.com/run/docs/configuring/max-instances"


def pooled(world: World, declared: Requirements) -> Iterator[Subject[Seen]]:
    """Each declared instance that a declared service has a pool for."""
    wanted = {service.database_pool.instance for service in declared.services.values() if service.database_pool}
    for key, instance in declared.sql_instances.items():
        if key in wanted:
            yield declared_instance(instance, world)


@check(
    "sql.connection-budget",
    Severity.CRITICAL,
    pooled,
    reads=("instances", "tiers", "services", "revisions"),
    facts=("ARI-01", "ARI-02", "ARI-06", "SCL-01", "SCL-02", "SCL-07"),
    docs=(FLAGS_DOCS, MAX_DOCS),
)
@on_instance
def connection_budget(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """The services' connection pools exceed what the database allows.

    Under load every instance of every service fills its pool. The server refuses what is above
    max_connections ("remaining connection slots are reserved"), to whichever service asks last.

    Adds up, for each declared service with a `database_pool` for this instance: the most instances
    (the smaller of the service's maximum and that of its serving revisions together; under manual scaling
    their fixed number) × workers × (size + overflow). Compares the sum with the flag `max_connections`, or
    the default of the instance's memory, less 3 reserved connections. It warns when a rollout does not fit,
    which runs an old and a new revision side by side and so takes twice as many; a service that serves with
    two revisions, a canary say, takes as many already. It warns also when a service has no maximum.

    Lower `--max-instances` or the pool, raise max_connections (the database restarts), or pool in front.
    """
    instance = view.instance
    limit = connection_limit(instance, world)
    demand = demand_of(users(view, declared), world)
    details = _figures(limit, demand)
    if demand.total > limit.usable:
        reason = f"at full load {demand.total} connections are asked of {instance.short}, which allows {limit.usable}"
        return fails(reason=reason, fix=_remedy(instance, limit, demand, 1), **details)
    if demand.gaps:
        raise Unseen(demand.gaps[0])
    if demand.missing:
        return skips(f"{'; '.join(demand.missing)}; the sum lacks its connections", **details)
    if demand.unbounded:
        return _without_maximum(demand, limit, details)
    if demand.during_rollout > limit.usable:
        reason = (
            f"while a rollout runs old and new revisions side by side, up to {_of_rollout(demand)} connections are "
            f"asked of {instance.short}, which allows {limit.usable}"
        )
        return warns(reason=reason, fix=_remedy(instance, limit, demand, ROLLOUT), **details)
    return passes(**details)


def _of_rollout(demand: Demand) -> str:
    """How many connections a rollout may take, and how they add up."""
    total = demand.during_rollout
    if total == demand.total * ROLLOUT:
        return f"{demand.total} × {ROLLOUT} = {total}"
    each = " + ".join(f"{term.during_rollout} of {term.service.short}" for term in demand.terms)
    return f"{each} = {total}" if len(demand.terms) > 1 else f"{total}"


def _figures(limit: ConnectionLimit, demand: Demand) -> dict[str, Any]:
    """Both sides of the comparison, whatever comes of it."""
    return {
        "required": f"at most {limit.usable} connections: {limit.total} ({limit.source}) "
        f"− {RESERVED_CONNECTIONS} reserved",
        "observed": _arithmetic(demand),
        "evidence": (*limit.evidence, *(item for term in demand.terms for item in term.evidence)),
        "declared_at": next((term.pool.at() for term in demand.terms), None),
    }


def _without_maximum(demand: Demand, limit: ConnectionLimit, details: Mapping[str, Any]) -> Verdict:
    names = ", ".join(term.service.short for term in demand.unbounded)
    reason = (
        f"no maximum of instances is set for {names}, and the platform then allows 100 or more; "
        f"each takes up to {demand.unbounded[0].pool.per_instance} of {limit.usable} connections"
    )
    left = (limit.usable - demand.during_rollout) // ROLLOUT
    fixes: list[Fix] = []
    for term in demand.unbounded:
        most = left // len(demand.unbounded) // max(1, term.pool.per_instance)
        fixes += _bound(term.service, max(1, most))
    return warns(reason=reason, fix=tuple(fixes), **details)


def _arithmetic(demand: Demand) -> str:
    """The sum, term by term."""
    terms = "; ".join(str(term) for term in demand.terms)
    if demand.unbounded:
        return f"{terms}; sum of the bounded ones {demand.total}"
    return f"{demand.total} connections: {terms}" if terms else "no service seen"


def _remedy(instance: Instance, limit: ConnectionLimit, demand: Demand, times: int) -> tuple[Fix, ...]:
    """Fewer instances of the hungriest service where that suffices, and a higher limit."""
    total = demand.total if times == 1 else demand.during_rollout
    hungriest = max(demand.terms, key=lambda term: term.connections)
    others = total - (hungriest.connections if times == 1 else hungriest.during_rollout)
    most = (limit.usable - others) // times // hungriest.pool.per_instance if hungriest.pool.per_instance else 0
    fewer = _bound(hungriest.service, most) if most >= 1 else ()
    return (*fewer, _raise(instance, total + RESERVED_CONNECTIONS))


def _bound(service: run.Service, most: int) -> tuple[Fix, ...]:
    """The command that allows no more instances."""
    if service.manual_instances is not None:
        return (Fix(f"gcloud run services update {service.short} --region {service.region} --scaling {most}"),)
    return update(service, f"--max-instances {most}")


def _raise(instance: Instance, connections: int) -> Fix:
    """The command that raises max_connections; it names every flag, because it replaces the whole list [SET-07]."""
    flags = {flag.name: flag.value for flag in instance.flags} | {"max_connections": str(connections)}
    listed = ",".join(f"{name}={value}" for name, value in flags.items())
    return Fix(gcloud("patch", instance, f'--database-flags "{listed}"'))


@check(
    "sql.max-connections-too-low",
    Severity.HIGH,
    declaring("max_connections"),
    reads=("instances", "tiers"),
    facts=("SET-01", "SET-07"),
    docs=(FLAGS_DOCS,),
)
@on_declared
def max_connections_too_low(instance: Instance, wanted: SqlInstance, world: World) -> Verdict:
    """The database allows fewer connections than declared.

    Connections above max_connections are refused.

    Reads the flag `max_connections`; where it is not set, PostgreSQL's default by the memory of the
    largest instance in the replication chain.

    Set the flag (the database restarts), or choose a tier with more memory.
    """
    least = wanted.max_connections or 0
    limit = connection_limit(instance, world)
    observed = f"{limit.total} ({limit.source})"
    place = wanted.at("max_connections")
    if limit.total >= least:
        return passes(required=least, observed=observed, evidence=limit.evidence, declared_at=place)
    return fails(
        required=least,
        observed=observed,
        reason=f"{instance.short} refuses connections above {limit.total}",
        evidence=limit.evidence,
        declared_at=place,
        fix=(_raise(instance, least),),
    )
