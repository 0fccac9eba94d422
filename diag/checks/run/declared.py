"""How a check of Cloud Run settings is made: whom it judges, and what it says when there is nothing to judge.

A check of a declared value judges the services that declare it and no other; an *always* one every service
in view. Either judges each revision that takes traffic [RDY-11], or the service where the value lives there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from diag.calls import Gap
from diag.checks.check import Check, Subject, Verdict, check, skips
from diag.checks.subjects import RevisionView, ServiceView, revisions_of, service_name, services
from diag.errors import Unseen
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
class Nothing:
    """There is nothing to judge: what another finding reports, or a gap."""

    because: str | Gap


D = TypeVar("D")
Judge = Callable[[Subject[D], World, Requirements], Verdict | Iterable[Verdict]]
Applies = Callable[[Service, Requirements], bool]
Wanted = Callable[[World, Requirements], Iterable[Service]]


def each_declared(world: World, declared: Requirements) -> Iterable[Service]:
    """The services of the requirements file."""
    return declared.services.values()


def on_service(
    id: str,
    severity: Severity,
    field: str,
    *,
    applies: Applies | None = None,
    wanted: Wanted = each_declared,
    facts: tuple[str, ...] = (),
    docs: tuple[str, ...] = (),
) -> Callable[[Judge[DeclaredService]], Check]:
    """Make a check of the services that declare `field`, or of those among `wanted` to which it `applies`."""

    def judged(world: World, service: run.Service, item: Service) -> Iterator[Subject[DeclaredService]]:
        yield Subject(service.name, DeclaredService(service, item, getattr(item, field)))

    over = _over(field, applies or _declares(field), wanted, judged)
    return lambda judge: check(id, severity, over, reads=("services",), facts=facts, docs=docs)(if_any(judge))


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

    def judged(world: World, service: run.Service, item: Service) -> Iterator[Subject[DeclaredRevision | Nothing]]:
        for subject in _serving(world, Subject(service.name, ServiceView(service, item))):
            match subject.item:
                case RevisionView(revision=revision):
                    yield Subject(subject.resource, DeclaredRevision(service, item, getattr(item, field), revision))
                case Nothing() as nothing:
                    yield Subject(subject.resource, nothing)

    over = _over(field, applies or _declares(field), each_declared, judged)
    reads = ("services", "revisions", *also_reads)
    return lambda judge: check(id, severity, over, reads=reads, facts=facts, docs=docs)(if_any(judge))


def on_every_revision(
    id: str, severity: Severity, *, facts: tuple[str, ...] = (), docs: tuple[str, ...] = ()
) -> Callable[[Judge[RevisionView]], Check]:
    """Make a check of every serving revision in view, declared or not."""

    def over(world: World, declared: Requirements) -> Iterator[Subject[RevisionView | Nothing] | Gap]:
        for subject in services(world, declared):
            if isinstance(subject, Gap):
                yield subject
            else:
                yield from _serving(world, subject)

    reads = ("services", "revisions")
    return lambda judge: check(id, severity, over, reads=reads, always=True, facts=facts, docs=docs)(if_any(judge))


def _declares(field: str) -> Applies:
    return lambda wanted, declared: getattr(wanted, field) not in (None, (), {})


def _over(
    field: str,
    applies: Applies,
    wanted: Wanted,
    judged: Callable[[World, run.Service, Service], Iterable[Subject[Any]]],
) -> Callable[[World, Requirements], Iterator[Subject[Any]]]:
    """The subjects of one check; a service that is not there, or not seen, is one too: it is not passed over."""

    def over(world: World, declared: Requirements) -> Iterator[Subject[Any]]:
        for item in wanted(world, declared):
            if not applies(item, declared):
                continue
            for subject in _of_service(world, item, judged):
                yield replace(subject, declared_at=item.at(field), critical=item.critical)

    return over


def _of_service(
    world: World, wanted: Service, judged: Callable[[World, run.Service, Service], Iterable[Subject[Any]]]
) -> Iterator[Subject[Any]]:
    try:
        service = world.services(wanted.region or "", wanted.project).find(service_name(wanted))
    except Unseen as unseen:
        yield Subject(service_name(wanted), Nothing(unseen.gap))
        return
    if service is None:
        yield Subject(service_name(wanted), Nothing(f"{wanted.name} is not there; see run.service-missing"))
    else:
        yield from judged(world, service, wanted)


def serving_of(world: World, wanted: Service) -> Iterator[Subject[RevisionView | Nothing]]:
    """Every revision of a declared service that takes traffic; what there is instead where there is none."""
    yield from _of_service(
        world, wanted, lambda world, service, item: _serving(world, Subject(service.name, ServiceView(service, item)))
    )


def _serving(world: World, subject: Subject[ServiceView]) -> Iterator[Subject[RevisionView | Nothing]]:
    """Every revision of a service that takes traffic; the service itself where there is none."""
    service = subject.item.service

    def nothing(because: str | Gap, resource: str = service.name) -> Subject[RevisionView | Nothing]:
        return Subject(resource, Nothing(because), subject.declared_at, subject.critical)

    try:
        if service.never_ran:
            yield nothing(service.never_ran)
            return
    except Unseen as unseen:
        yield nothing(unseen.gap)
        return
    for found in revisions_of(subject, world):
        if not isinstance(found, Gap):
            yield Subject(found.resource, found.item, found.declared_at, found.critical)
        elif found.call and found.call.target.startswith(f"{service.name}/"):
            yield nothing(found, found.call.target)
        else:
            yield nothing(found)


def if_any(judge: Judge[D]) -> Callable[[Subject[D | Nothing], World, Requirements], Verdict | Iterable[Verdict]]:
    """The judge of a check whose subjects may be `Nothing`: then it is skipped, or unknown."""

    @wraps(judge)
    def judged(subject: Subject[D | Nothing], world: World, declared: Requirements) -> Verdict | Iterable[Verdict]:
        match subject.item:
            case Nothing(because=Gap() as gap):
                raise Unseen(gap)
            case Nothing(because=str() as why):
                return skips(why)
        return judge(cast("Subject[D]", subject), world, declared)

    return judged


def undecided(gap: Gap, place: Place | None = None) -> Verdict:
    """One of several verdicts about a subject is unknown, and the others stand."""
    return Verdict(status=Status.UNKNOWN, gap=gap, declared_at=place)


def read(fact: Resource, path: str, value: JsonValue = None) -> Evidence:
    """Evidence for `path`; when the field is absent, `value` is the platform's default and is marked so."""
    return fact.evidence(path, value, default=not fact.doc_text(path))


def update(service: run.Service, flags: str, revision: run.Revision | None = None, at: str = "") -> tuple[Fix, ...]:
    """The command that sets `flags`; with a `revision` of several containers, on one of them.

    That is the one in which the field `at` stands (`containers[1].env[0]`), else the one that takes requests.
    Traffic that is pinned to a revision would leave the new one idle [RDY-11]: then a second command moves it.
    """
    place = f"{service.short} --region {service.region}"
    several = revision is not None and len(revision.containers) > 1
    name = revision.container_at(at or revision.main_path) if revision and several else ""
    container = f" --container {name}" if name else ""
    fixes = [Fix(f"gcloud run services update {place}{container} {flags}")]
    if not any(share.latest for share in service.traffic if share.percent):
        fixes.append(Fix(f"gcloud run services update-traffic {place} --to-latest"))
    return tuple(fixes)
