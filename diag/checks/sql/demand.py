"""What the connection pools of services may take of a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diag.calls import Gap
from diag.checks.subjects import InstanceView, service_name
from diag.errors import Unseen
from diag.facts import run
from diag.facts.world import World
from diag.report import Evidence
from diag.requirements.model import DatabasePool, Requirements, Service
from diag.values import dataclass

ROLLOUT = 2
"""While one revision replaces another, both run [SCL-07, ARI-06]."""


@dataclass(frozen=True)
class Bound:
    """The most instances that a service may have at once."""

    now: int
    """With the revisions that serve."""
    rollout: int
    """While a revision is replaced; no more than now where so many serve side by side already."""
    said: str
    """How it adds up: `15 instances`, `2 revisions of 15 + 15 = 30 instances`."""


@dataclass(frozen=True)
class Term:
    """What one service may take: instances × workers × (size + overflow)."""

    service: run.Service
    pool: DatabasePool
    bound: Bound | None
    """None when nothing bounds its instances [SCL-01]."""
    evidence: tuple[Evidence, ...]

    @property
    def connections(self) -> int:
        """Connections at the most; 0 where the instances are not bounded."""
        return self.bound.now * self.pool.per_instance if self.bound else 0

    @property
    def during_rollout(self) -> int:
        """The same while a new revision replaces one that serves."""
        return self.bound.rollout * self.pool.per_instance if self.bound else 0

    def __str__(self) -> str:
        pool = self.pool
        many = self.bound.said if self.bound else "instances without a maximum"
        total = self.connections if self.bound else "unbounded"
        return f"{self.service.short}: {many} × {pool.workers} × ({pool.size} + {pool.max_overflow}) = {total}"


@dataclass(frozen=True)
class Demand:
    """What all services together may take of one instance."""

    terms: tuple[Term, ...]
    missing: tuple[str, ...]
    """Of each declared service that runs nothing: why, and which check reports it."""
    gaps: tuple[Gap, ...]
    """Why a service or its revisions were not seen."""

    @property
    def total(self) -> int:
        """Connections of the services whose instances are bounded; never more than the real demand."""
        return sum(term.connections for term in self.terms)

    @property
    def during_rollout(self) -> int:
        """Connections while every service replaces a revision."""
        return sum(term.during_rollout for term in self.terms)

    @property
    def unbounded(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.bound is None)


def users(view: InstanceView, declared: Requirements) -> Iterator[tuple[Service, DatabasePool]]:
    """The declared services with a pool for this instance."""
    keys = {key for key, wanted in declared.sql_instances.items() if wanted is view.wanted}
    for service in declared.services.values():
        if service.database_pool and service.database_pool.instance in keys:
            yield service, service.database_pool


def demand_of(using: Iterator[tuple[Service, DatabasePool]], world: World) -> Demand:
    terms, missing, gaps = [], [], []
    for wanted, pool in using:
        try:
            service = world.services(wanted.region or "", wanted.project).find(service_name(wanted))
            if service is None:
                missing.append(f"{wanted.name} is not there; see run.service-missing")
            elif service.never_ran:
                missing.append(service.never_ran)
            else:
                terms.append(_term(service, pool, world.serving(service)))
        except Unseen as unseen:
            gaps.append(unseen.gap)
    return Demand(tuple(terms), tuple(missing), tuple(gaps))


def _term(service: run.Service, pool: DatabasePool, revisions: Sequence[run.Revision]) -> Term:
    manual = service.manual_instances
    if manual is not None:
        bound = Bound(manual, manual * ROLLOUT, _instances(manual))
        return Term(service, pool, bound, (service.evidence("scaling.manualInstanceCount", manual),))
    path = "scaling.maxInstanceCount"
    seen = ((service, service.max_instances), *((revision, revision.max_instances) for revision in revisions))
    evidence = tuple(fact.evidence(path, most or "unset", default=not most) for fact, most in seen)
    return Term(service, pool, most_instances(service, revisions), evidence)


def most_instances(service: run.Service, revisions: Sequence[run.Revision]) -> Bound | None:
    """Instances of all serving revisions together, at the most; None when nothing bounds them.

    The service's maximum is shared among its revisions, each of which has its own besides [SCL-02, SCL-04].
    """
    shared, own = service.max_instances, [revision.max_instances for revision in revisions]
    bounded = [most if shared is None else min(most, shared) for most in own if most is not None]
    if len(bounded) < len(own):
        return Bound(shared, shared * ROLLOUT, _instances(shared)) if shared is not None else None
    together = sum(bounded)
    now = together if shared is None else min(together, shared)
    said = _instances(now)
    if len(bounded) > 1:
        parts = f"{len(bounded)} revisions of {' + '.join(map(str, bounded))} = {together}"
        said = f"{parts} instances" if now == together else f"{parts}, {shared} of the service: {said}"
    return Bound(now, max(now, max(bounded, default=0) * ROLLOUT), said)


def _instances(count: int) -> str:
    return f"{count} instance{'' if count == 1 else 's'}"
