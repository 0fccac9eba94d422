"""Connection pools against what the database, one instance of Cloud Run, and the requests allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from diag.lint.cloud_sql import flag, is_postgres
from diag.lint.rule import Issue, contradiction, infeasible
from diag.lint.words import of, where
from diag.requirements.model import DatabasePool, Requirements, Service, SqlInstance

RESERVED = 3
"""Connections that PostgreSQL keeps for superusers [5.5]."""
HIGHEST_DEFAULT = 1000
"""`max_connections` of the largest tiers, when no flag is set [5.5]."""
UNBOUNDED_INSTANCES = 100
"""What a service without a maximum may grow to, at least [ARI-02]."""
SOCKET_CONNECTIONS = 100


class _User(NamedTuple):
    """A service with a pool for an instance."""

    service: Service
    pool: DatabasePool

    @property
    def connections(self) -> int:
        """Connections at full load."""
        return (self.service.max_instances or UNBOUNDED_INSTANCES) * self.pool.per_instance

    def __str__(self) -> str:
        most, pool = self.service.max_instances, self.pool
        many = f"{most}" if most is not None else f"{UNBOUNDED_INSTANCES} or more (no max_instances)"
        return (
            f"{self.service.name}: {many} instances × {pool.workers} × ({pool.size} + {pool.max_overflow}) = "
            f"{self.connections}"
        )


def pooled(declared: Requirements) -> Iterator[_User]:
    """Each service that declares a pool."""
    for service in declared.services.values():
        if service.database_pool:
            yield _User(service, service.database_pool)


@contradiction("ARI-01", "ARI-02", "5.5", confirmed_by=("sql.connection-budget",))
def pools_above_limit(declared: Requirements) -> Iterator[Issue]:
    """Pools that take more connections than the database allows.

    Under load every instance of every service fills its pool: max_instances × workers × (size +
    max_overflow). Their sum must fit into `max_connections` less the reserved ones. Where neither
    `max_connections` nor its flag is declared, the highest default of any tier stands.
    """
    by_instance: dict[str, list[_User]] = {}
    for user in pooled(declared):
        by_instance.setdefault(user.pool.instance, []).append(user)
    for name, users in by_instance.items():
        instance = declared.sql_instances[name]
        demand, (limit, source) = sum(user.connections for user in users), _limit(instance)
        if not is_postgres(instance) or demand <= limit - RESERVED:
            continue
        largest = max(users, key=lambda user: user.connections)
        yield Issue(
            at=largest.pool.at(),
            of=of(instance),
            required=f"{demand} connections at full load: {'; '.join(map(str, users))}",
            observed=f"{limit - RESERVED} connections: {limit} ({source}) less {RESERVED} reserved",
            reason=f"{instance.name} refuses what is above its max_connections, to whichever service asks last",
            instead=_smaller(largest, limit - RESERVED - demand + largest.connections)
            + f"max_connections: {demand + RESERVED} or more, or a pooler in front",
        )


def _limit(instance: SqlInstance) -> tuple[int, str]:
    """The declared limit and where it stands, else the highest default there is."""
    exact = flag(instance, "max_connections")
    if exact is not None:
        return exact, f"flags.max_connections{where(instance.at('flags.max_connections'))}"
    if instance.max_connections is not None:
        return instance.max_connections, f"max_connections{where(instance.at('max_connections'))}"
    return HIGHEST_DEFAULT, "the default of the largest tiers; none is declared"


def _smaller(user: _User, left: int) -> str:
    """Fewer instances of the hungriest service, where that suffices."""
    most = left // user.pool.per_instance
    return f"max_instances: {most} on {user.service.name}, a smaller pool, " if most >= 1 else "smaller pools, "


@infeasible("CON-06")
def pool_above_socket_limit(declared: Requirements) -> Iterator[Issue]:
    """Pool of one instance above what its Cloud SQL socket carries.

    The built-in socket of Cloud Run carries 100 connections of one instance to a database; each worker
    process holds a pool of its own.
    """
    for service, pool in pooled(declared):
        if pool.per_instance > SOCKET_CONNECTIONS and _by_socket(service, pool.instance):
            # The pool as a whole is what the application takes, which checks judge beside: only a number is impossible.
            yield Issue(
                at=pool.at("workers" if pool.workers > 1 else "size"),
                of=of(service),
                required=f"{pool.per_instance} connections: {pool.workers} × ({pool.size} + {pool.max_overflow})",
                observed=f"at most {SOCKET_CONNECTIONS} an instance by socket",
                reason="the connections above it are refused, whatever the database allows",
                instead=f"fewer workers or a smaller pool, {SOCKET_CONNECTIONS} connections together, or "
                "via: private-ip, which has no such limit",
            )


def _by_socket(service: Service, instance: str) -> bool:
    return any(one.sql == instance and one.via == "socket" for one in service.reaches)


@contradiction("RUN-04", "ARI-04", confirmed_by=("run.pool-below-concurrency",))
def concurrency_above_pool(declared: Requirements) -> Iterator[Issue]:
    """More requests at once than the pool has connections.

    What is above the pool waits for a connection and fails at the pool's own time-out, although the
    database is idle.
    """
    for service, pool in pooled(declared):
        if service.concurrency and service.concurrency > pool.per_instance:
            yield Issue(
                at=service.at("concurrency"),
                of=of(service),
                required=f"concurrency: {service.concurrency}",
                observed=f"{pool.per_instance} connections an instance{where(pool.at())}",
                reason=f"{service.concurrency - pool.per_instance} of {service.concurrency} requests may wait for a "
                "connection while the database is idle",
                instead=f"concurrency: {pool.per_instance} at the most, or a larger pool",
            )
