"""Cloud SQL connections: whether the pools of all services fit into what the server allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.run.declared import update
from diag.checks.sql.instances import Seen, declared_instance, declaring, gcloud, on_declared, on_instance
from diag.checks.sql.limit import ConnectionLimit, connection_limit
from diag.checks.subjects import InstanceView, service_name
from diag.errors import Unseen
from diag.facts import run
from diag.facts.sql import Instance
from diag.facts.sql_limits import RESERVED_CONNECTIONS
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import DatabasePool, Requirements, Service, SqlInstance
from diag.values import dataclass

FLAGS_DOCS = "https://cloud.google.com/sql/docs/postgres/flags"
MAX_DOCS = "https://cloud.google.com/run/docs/configuring/max-instances"
ROLLOUT = 2
"""While one revision replaces another, both run [SCL-07, ARI-06]."""


@dataclass(frozen=True)
class Term:
    """What one service may take: instances × workers × (size + overflow)."""

    service: run.Service
    pool: DatabasePool
    instances: int | None
    """The most instances at once; None when nothing bounds them [SCL-01]."""
    evidence: tuple[Evidence, ...]

    @property
    def connections(self) -> int:
        """Connections at the most; 0 where the instances are not bounded."""
        return (self.instances or 0) * self.pool.per_instance

    def __str__(self) -> str:
        pool = self.pool
        many = f"{self.instances} instances" if self.instances is not None else "instances without a maximum"
        total = self.connections if self.instances is not None else "unbounded"
        return f"{self.service.short}: {many} × {pool.workers} × ({pool.size} + {pool.max_overflow}) = {total}"


@dataclass(frozen=True)
class Demand:
    """What all services together may take of one instance."""

    terms: tuple[Term, ...]
    missing: tuple[str, ...]
    """Declared services that do not exist."""
    gaps: tuple[Gap, ...]
    """Why a service or its revisions were not seen."""

    @property
    def total(self) -> int:
        """Connections of the services whose instances are bounded; never more than the real demand."""
        return sum(term.connections for term in self.terms)

    @property
    def unbounded(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.instances is None)


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
    the default of the instance's memory, less 3 reserved connections. It warns when twice the sum, as
    during a rollout, does not fit, and when a service has no maximum.

    Lower `--max-instances` or the pool, raise max_connections (the database restarts), or pool in front.
    """
    instance = view.instance
    limit = connection_limit(instance, world)
    demand = _demand(_users(view, declared), world)
    details = _figures(limit, demand)
    if demand.total > limit.usable:
        reason = f"at full load {demand.total} connections are asked of {instance.short}, which allows {limit.usable}"
        return fails(reason=reason, fix=_remedy(instance, limit, demand, 1), **details)
    if demand.gaps:
        raise Unseen(demand.gaps[0])
    if demand.missing:
        why = f"{', '.join(demand.missing)} not found: run.service-missing reports it; the sum lacks its connections"
        return skips(why, **details)
    if demand.unbounded:
        return _without_maximum(demand, limit, details)
    if demand.total * ROLLOUT > limit.usable:
        reason = (
            f"while a rollout runs old and new revisions side by side, up to {demand.total} × {ROLLOUT} = "
            f"{demand.total * ROLLOUT} connections are asked of {instance.short}, which allows {limit.usable}"
        )
        return warns(reason=reason, fix=_remedy(instance, limit, demand, ROLLOUT), **details)
    return passes(**details)


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
    left = (limit.usable - demand.total * ROLLOUT) // ROLLOUT
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


def _users(view: InstanceView, declared: Requirements) -> Iterator[tuple[Service, DatabasePool]]:
    """The declared services with a pool for this instance."""
    keys = {key for key, wanted in declared.sql_instances.items() if wanted is view.wanted}
    for service in declared.services.values():
        if service.database_pool and service.database_pool.instance in keys:
            yield service, service.database_pool


def _demand(users: Iterator[tuple[Service, DatabasePool]], world: World) -> Demand:
    terms, missing, gaps = [], [], []
    for wanted, pool in users:
        try:
            service = world.services(wanted.region or "", wanted.project).find(service_name(wanted))
            if service is None:
                missing.append(wanted.name)
            else:
                terms.append(_term(service, pool, world.serving(service)))
        except Unseen as unseen:
            gaps.append(unseen.gap)
    return Demand(tuple(terms), tuple(missing), tuple(gaps))


def _term(service: run.Service, pool: DatabasePool, revisions: Sequence[run.Revision]) -> Term:
    manual = service.manual_instances
    if manual is not None:
        return Term(service, pool, manual, (service.evidence("scaling.manualInstanceCount", manual),))
    path = "scaling.maxInstanceCount"
    seen = ((service, service.max_instances), *((revision, revision.max_instances) for revision in revisions))
    evidence = tuple(fact.evidence(path, most or "unset", default=not most) for fact, most in seen)
    return Term(service, pool, most_instances(service, revisions), evidence)


def most_instances(service: run.Service, revisions: Sequence[run.Revision]) -> int | None:
    """Instances of all serving revisions together, at the most; None when nothing bounds them.

    The service's maximum is shared among its revisions, each of which has its own besides [SCL-02, SCL-04].
    """
    own = [revision.max_instances for revision in revisions]
    bounded = [most for most in own if most is not None]
    limits = [sum(bounded)] if len(bounded) == len(own) else []
    if service.max_instances is not None:
        limits.append(service.max_instances)
    return min(limits, default=None)


def _remedy(instance: Instance, limit: ConnectionLimit, demand: Demand, times: int) -> tuple[Fix, ...]:
    """Fewer instances of the hungriest service where that suffices, and a higher limit."""
    hungriest = max(demand.terms, key=lambda term: term.connections)
    left = limit.usable // times - (demand.total - hungriest.connections)
    most = left // hungriest.pool.per_instance if hungriest.pool.per_instance else 0
    fewer = _bound(hungriest.service, most) if most >= 1 else ()
    return (*fewer, _raise(instance, demand.total * times + RESERVED_CONNECTIONS))


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
