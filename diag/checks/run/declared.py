"""How a check of a declared value is made: whom it judges, and what it says when the service is not there.

Such a check judges the services that declare the value and no other: every revision that takes
traffic [RDY-11], or the service itself where the value lives there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from diag.calls import Gap
from diag.checks.check import Check, Subject, Subjects, Verdict, check, skips
from diag.checks.subjects import RevisionView, ServiceView, declared_revisions, declared_services, service_name
from diag.facts import run
from diag.facts.base import Resource
from diag.facts.world import World
from diag.report import Evidence, Fix, JsonValue, Place, Severity, Status
from diag.requirements.model import Requirements, Service
from diag.values import dataclass


@dataclass(frozen=True)
class DeclaredService:
    """A declared service that is there."""

    service: run.Service
    wanted: Service
    required: Any
    """The value of the field that the check asks for, in the unit of the requirements' model."""


@dataclass(frozen=True)
class DeclaredRevision(DeclaredService):
    """A revision that takes traffic, of a declared service."""

    revision: run.Revision


@dataclass(frozen=True)
class Absent:
    """A declared service that is proved not to be there."""

    wanted: Service


D = TypeVar("D", bound=DeclaredService)
V = TypeVar("V")
Judge = Callable[[Subject[D], World, Requirements], Verdict | Iterable[Verdict]]
Applies = Callable[[Service, Requirements], bool]


def on_service(
    id: str,
    severity: Severity,
    field: str,
    *,
    applies: Applies | None = None,
    facts: tuple[str, ...] = (),
    docs: tuple[str, ...] = (),
) -> Callable[[Judge[DeclaredService]], Check]:
    """Make a check of the services that declare `field`, or of those to which it `applies`."""

    def item(view: ServiceView, wanted: Service) -> DeclaredService:
        return DeclaredService(view.service, wanted, getattr(wanted, field))

    over = _over(field, applies or _declares(field), declared_services, item)
    return lambda judge: check(id, severity, over, reads=("services",), facts=facts, docs=docs)(_if_there(judge))


def on_revision(
    id: str,
    severity: Severity,
    field: str,
    *,
    applies: Applies | None = None,
    also_reads: tuple[str, ...] = (),
    facts: tuple[str, ...] = (),
    docs: tuple[str, ...] = (),
) -> Callable[[Judge[DeclaredRevision]], Check]:
    """Make a check of the serving revisions of the services that declare `field`, or to which it `applies`.

    It reads services, revisions and the topics of `also_reads`.
    """

    def item(view: RevisionView, wanted: Service) -> DeclaredRevision:
        return DeclaredRevision(view.service, wanted, getattr(wanted, field), view.revision)

    over = _over(field, applies or _declares(field), declared_revisions, item)
    reads = ("services", "revisions", *also_reads)
    return lambda judge: check(id, severity, over, reads=reads, facts=facts, docs=docs)(_if_there(judge))


def _declares(field: str) -> Applies:
    return lambda wanted, declared: getattr(wanted, field) not in (None, (), {})


def _over(field: str, applies: Applies, views: Subjects[V], item: Callable[[V, Service], D]) -> Subjects[D | Absent]:
    """The subjects of one check; a service that is not there is a subject too, so that it is not passed over."""

    def over(world: World, declared: Requirements) -> Iterator[Subject[D | Absent] | Gap]:
        for wanted in declared.services.values():
            if not applies(wanted, declared):
                continue
            place, critical = wanted.at(field), wanted.critical
            found = list(views(world, replace(declared, services={wanted.name: wanted})))
            if not found:
                yield Subject(service_name(wanted), Absent(wanted), place, critical)
            for one in found:
                yield one if isinstance(one, Gap) else Subject(one.resource, item(one.item, wanted), place, critical)

    return over


def _if_there(judge: Judge[D]) -> Callable[[Subject[D | Absent], World, Requirements], Verdict | Iterable[Verdict]]:
    @wraps(judge)
    def judged(subject: Subject[D | Absent], world: World, declared: Requirements) -> Verdict | Iterable[Verdict]:
        if isinstance(subject.item, Absent):
            return skips(f"{subject.item.wanted.name} is not there; see run.service-missing")
        return judge(cast("Subject[D]", subject), world, declared)

    return judged


def undecided(gap: Gap, place: Place | None = None) -> Verdict:
    """One of several verdicts about a subject is unknown, and the others stand."""
    return Verdict(status=Status.UNKNOWN, gap=gap, declared_at=place)


def read(fact: Resource, path: str, value: JsonValue = None) -> Evidence:
    """Evidence for `path`; when the field is absent, `value` is the platform's default and is marked so."""
    return fact.evidence(path, value, default=not fact.doc_text(path))


def update(service: run.Service, flags: str, revision: run.Revision | None = None) -> tuple[Fix, ...]:
    """The command that sets `flags`; with a `revision` of several containers, on the one that takes requests.

    Traffic that is pinned to a revision would leave the new one idle [RDY-11]: then a second command moves it.
    """
    place = f"{service.short} --region {service.region}"
    several = revision is not None and len(revision.containers) > 1 and revision.main_container
    container = f" --container {revision.main_container}" if revision and several else ""
    fixes = [Fix(f"gcloud run services update {place}{container} {flags}")]
    if not any(share.latest for share in service.traffic if share.percent):
        fixes.append(Fix(f"gcloud run services update-traffic {place} --to-latest"))
    return tuple(fixes)
