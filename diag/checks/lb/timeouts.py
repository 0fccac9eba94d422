"""Request time-outs: the hop that cuts a request first allows what is declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.routes import arrivals_by_routes
from diag.checks.lb.views import BACK, FRONT, SERVERLESS_DOCS, BalancerView, balancers, place_flags, seconds
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import last, relative
from diag.facts.lb import UrlMap
from diag.facts.url_map import Action
from diag.facts.world import World
from diag.paths.backend import Arrival, Asked, arrivals, masked, nowhere, serverless, service_of
from diag.paths.find import find
from diag.paths.matching import Paths
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import LoadBalancer, Requirements
from diag.values import dataclass

SERVERLESS_LIMIT = 3600.0
"""Seconds: the load balancer's own limit to a serverless NEG, which cannot be changed [BS-04]."""


@dataclass(frozen=True)
class Use:
    """A backend service as the domains of one load balancer use it."""

    balancer: LoadBalancer
    link: str
    """Empty when no domain is served, or no rule for them leads to a backend."""
    rules: tuple[tuple[UrlMap, Action], ...]


def used_backends(world: World, declared: Requirements) -> Iterator[Subject[Use] | Gap]:
    """Each backend that a declared domain's rules lead to, of load balancers with a declared time-out."""
    for subject in balancers(world, declared, lambda balancer: balancer.request_timeout is not None):
        if isinstance(subject, Gap):
            yield subject
        else:
            yield from _uses(subject)


def _uses(subject: Subject[BalancerView]) -> Iterator[Subject[Use] | Gap]:
    balancer = subject.item.balancer
    place = balancer.at("request_timeout")
    rules: dict[str, dict[tuple[str, str, str], tuple[UrlMap, Action]]] = {}
    matchers: set[tuple[str, str]] = set()
    seen_all = True
    for found in subject.item.entries():
        if isinstance(found, Gap):
            seen_all = False
            yield found
            continue
        key = (found.front.url_map.name, found.taken.matcher.name)
        if key in matchers:
            continue
        matchers.add(key)
        for action in found.taken.matcher.actions():
            for share in action.taking:
                rules.setdefault(relative(share.backend), {})[*key, action.where] = (found.front.url_map, action)
    for link, used in rules.items():
        yield Subject(link, Use(balancer, link, tuple(used.values())), place, subject.critical)
    if not rules and seen_all:
        yield Subject(balancer.name, Use(balancer, "", ()), place, subject.critical)


@dataclass(frozen=True)
class _Hop:
    """One place where a request can be cut."""

    limit: float
    shown: str
    evidence: Evidence
    fix: str = ""


@check(
    "lb.request-timeout-too-short",
    Severity.HIGH,
    used_backends,
    reads=(*FRONT, *BACK, "revisions"),
    facts=("BS-03", "BS-04", "BS-05", "BS-06", "RUN-01"),
    docs=("https://cloud.google.com/load-balancing/docs/backend-service", SERVERLESS_DOCS),
)
def request_timeout_too_short(subject: Subject[Use], world: World, declared: Requirements) -> Verdict:
    """Requests are cut before the declared time-out.

    The shortest hop binds. Before a serverless NEG the backend service's `timeoutSec` means nothing:
    the load balancer allows 60 minutes, and the Cloud Run revision's own time-out cuts the request.

    Reads the time-outs of the rules, the backend services, and every revision that takes traffic.

    Raise the time-out of the hop that the finding names.
    """
    use = subject.item
    if not use.link:
        return skips(f"no rule for the domains of {use.balancer.name} leads to a backend: see lb.domain-unserved")
    wanted = use.balancer.request_timeout or 0.0
    if "/backendBuckets/" in use.link:
        return skips(f"{last(use.link)} is a backend bucket, which has no request time-out")
    backend = find(world.backend_services(), use.link, world)
    if backend is None or not backend.groups:
        return skips(f"{last(use.link)} leads to nothing: see lb.backend-empty")
    hops = [hop for url_map, action in use.rules if (hop := _rule(url_map, action))]
    if serverless(world, backend):
        if wanted > SERVERLESS_LIMIT:
            why = "60 minutes are the most that a load balancer allows before a serverless NEG: see req.infeasible"
            return skips(why, required=seconds(wanted))
        found, unjudged, gap = _cloud_run(use, world, declared)
        hops += [*found, _Hop(SERVERLESS_LIMIT, "the load balancer", backend.evidence("backends", "serverless NEG"))]
        if min(hop.limit for hop in hops) >= wanted:
            if gap:
                raise Unseen(gap)
            if unjudged:
                return skips(unjudged, required=seconds(wanted))
    else:
        evidence = backend.evidence("timeoutSec", backend.timeout, default=not backend.doc_text("timeoutSec"))
        update = f"gcloud compute backend-services update {backend.short} {place_flags(backend)}"
        fix = f"{update} --timeout {wanted:g}s"
        hops.append(_Hop(backend.timeout, f"backend service {backend.short}", evidence, fix))
    return _judged(hops, wanted, backend.short)


def _judged(hops: list[_Hop], wanted: float, backend: str) -> Verdict:
    binding = min(hops, key=lambda hop: hop.limit)
    required, observed = seconds(wanted), f"{seconds(binding.limit)} by {binding.shown}"
    evidence = tuple(hop.evidence for hop in hops)
    if binding.limit >= wanted:
        return passes(required=required, observed=observed, evidence=evidence)
    short = [hop for hop in hops if hop.limit < wanted]
    return fails(
        required=required,
        observed=observed,
        reason=f"a request by {backend} is cut after {seconds(binding.limit)} by {binding.shown}",
        evidence=evidence,
        fix=tuple(Fix(fix) for fix in dict.fromkeys(hop.fix for hop in short) if fix),
    )


def _rule(url_map: UrlMap, action: Action) -> _Hop | None:
    if action.timeout is None:
        return None
    where = f"{action.where}.routeAction.timeout" if "Rules[" in action.where else f"{action.where}.defaultRouteAction"
    edit = f"gcloud compute url-maps edit {url_map.short} {place_flags(url_map)}"
    shown = f"the time-out of a rule of {url_map.short}"
    return _Hop(action.timeout, shown, url_map.evidence(where.lstrip("."), seconds(action.timeout)), edit)


def _cloud_run(use: Use, world: World, declared: Requirements) -> tuple[list[_Hop], str, Gap | None]:
    """The hops of the revisions behind the NEGs; why a part of them has none; the gap that hides another part."""
    hops: dict[str, _Hop] = {}
    unjudged, gap = "", None
    for arrival in _arrivals(use, world, declared):
        try:
            why = nowhere(world, arrival)
            service = service_of(world, arrival) if arrival.service and not why else None
            if service is None:
                unread = f"{last(use.link)} leads to {arrival.shown}, whose time-out diag does not read"
                unjudged = f"{why}: see lb.backend-empty" if why else unread
                continue
            if service.never_ran:
                unjudged = service.never_ran
                continue
            for revision in _revisions(service, arrival, world):
                hops[revision.name] = _revision(service, revision, use.balancer.request_timeout or 0.0)
        except Unseen as unseen:
            gap = gap or unseen.gap
    if not hops and not unjudged:
        unjudged = f"{last(use.link)} picks the service by a URL mask, and no declared route goes by it"
    return list(hops.values()), unjudged, gap


def _arrivals(use: Use, world: World, declared: Requirements) -> Collection[Arrival]:
    """Where the backend service leads, each place once."""
    if masked(world, use.link):
        found = tuple(arrivals_by_routes(world, declared, use.link))
    else:
        found = arrivals(world, use.link, Asked("", Paths("/", True)))
    return {arrival.shown: arrival for arrival in found}.values()


def _revision(service: run.Service, revision: run.Revision, wanted: float) -> _Hop:
    default = not revision.doc_text("timeout")
    evidence = revision.evidence("timeout", seconds(revision.timeout), default=default)
    update = f"gcloud run services update {service.short} --region {service.region} --project {service.project}"
    return _Hop(revision.timeout, f"revision {revision.short}", evidence, f"{update} --timeout {wanted:g}")


def _revisions(service: run.Service, arrival: Arrival, world: World) -> tuple[run.Revision, ...]:
    """The revision of the NEG's tag, else those that take traffic."""
    if not arrival.tag:
        return world.serving(service)
    tagged = next(share.revision for share in service.traffic if share.tag == arrival.tag)
    revision = world.revision(f"{service.name}/revisions/{tagged}")
    if revision is None:
        said = f"{service.short} says that {tagged} carries the tag {arrival.tag}, and it could not be found"
        raise Unseen(Gap(GapKind.UNDECIDED, said, service.origin.call))
    return (revision,)
