"""Declared routes: which Cloud Run service a host and a path reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.views import (
    BACK,
    FRONT,
    SERVERLESS_DOCS,
    URL_MAP_DOCS,
    DomainView,
    domains,
    over_entries,
    place_flags,
    unserved,
)
from diag.errors import Unseen
from diag.facts.base import same
from diag.facts.url_map import Action, Share, shown_backend
from diag.facts.world import World
from diag.paths.backend import Arrival, Asked, arrivals, nowhere
from diag.paths.frontend import Entry
from diag.paths.matching import Paths
from diag.paths.url import Part, follow
from diag.report import Evidence, Fix, Severity, Status
from diag.requirements.model import Requirements, Service
from diag.values import dataclass


@dataclass(frozen=True)
class RouteView:
    """A declared route of a domain."""

    view: DomainView
    path: str
    service: str
    """Name of the Cloud Run service that it must reach."""
    others: Declared

    @property
    def paths(self) -> Paths:
        """The paths that the route stands for."""
        return Paths.declared(self.path)

    @property
    def url(self) -> str:
        """For messages: `https://api.example.com/auth/*`."""
        return f"https://{self.view.domain.name}{self.path}"


@dataclass(frozen=True)
class Declared:
    """All declared routes of one domain."""

    routes: Mapping[str, str]

    @cached_property
    def _paths(self) -> frozenset[Paths]:
        return frozenset(Paths.declared(route) for route in self.routes)

    def narrower(self, part: Paths, than: Paths) -> bool:
        """Whether another declared route, narrower than `than`, speaks for the whole of `part`."""
        if not part.below and part != than and Paths(part.value, False) in self._paths:
            return True
        ends = (at + 1 for at, letter in enumerate(part.value) if letter == "/")
        wider = (Paths(part.value[:end], True) for end in ends if end > len(than.value))
        return any(paths in self._paths for paths in wider)


def routes(world: World, declared: Requirements) -> Iterator[Subject[RouteView] | Gap]:
    """Each declared route of each declared domain."""
    for subject in domains(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        domain = subject.item.domain
        others = Declared(domain.routes)
        for path, service in domain.routes.items():
            wanted = declared.services.get(service)
            critical = subject.critical or bool(wanted and wanted.critical)
            route = RouteView(subject.item, path, service, others)
            yield Subject(f"{domain.name}{path}", route, domain.at(f"routes.{path}"), critical)


def arrivals_by_routes(world: World, declared: Requirements, link: str) -> Iterator[Arrival]:
    """Where the declared routes arrive that go through a backend service: a URL mask makes it of the request."""
    for subject in routes(world, declared):
        if isinstance(subject, Gap):
            raise Unseen(subject)
        route = subject.item
        for entry in route.view.served().maps:
            for part in follow(entry.taken.matcher, route.paths):
                if any(same(share.backend, link) for share in part.action.taking):
                    yield from arrivals(world, link, Asked(route.view.domain.name, part.paths))


@check(
    "lb.wrong-service",
    Severity.CRITICAL,
    routes,
    reads=(*FRONT, *BACK),
    facts=("FE-01", "FE-03", "FE-04", "FE-05", "FE-06", "BS-11", "BS-12"),
    docs=(URL_MAP_DOCS, SERVERLESS_DOCS),
)
def wrong_service(subject: Subject[RouteView], world: World, declared: Requirements) -> Verdict:
    """Declared route reaches another service.

    The URL map decides by host, then by path: the longest path rule wins, or the first route rule by
    priority. One longer rule is enough to send a part of a route elsewhere.

    Reads the forwarding rule, proxy and URL map that take the domain, each rule that takes some of the
    route's paths, and the backend services, serverless NEGs and Cloud Run services behind them.

    Correct the rule that the finding names, or declare what it sends elsewhere as a route of its own.
    """
    route = subject.item
    served = route.view.served()
    if not served.entries:
        return unserved(served.host)
    return over_entries(served, served.maps, lambda entry: _route(route, entry, world, declared))


@dataclass(frozen=True)
class _Outcome:
    """What becomes of one part of a route."""

    part: Part
    status: Status
    said: str
    evidence: tuple[Evidence, ...] = ()
    gap: Gap | None = None


def _route(route: RouteView, entry: Entry, world: World, declared: Requirements) -> Verdict:
    wanted = declared.services.get(route.service)
    outcomes = [
        _outcome(part, route, wanted, world)
        for part in follow(entry.taken.matcher, route.paths)
        if not route.others.narrower(part.paths, route.paths)
    ]
    deciding = _deciding(outcomes)
    if deciding is None or deciding.gap:
        raise Unseen(deciding.gap if deciding and deciding.gap else _undecided(outcomes, entry))
    url_map = entry.front.url_map
    way = (
        entry.front.rule.evidence("target"),
        url_map.evidence(entry.taken.where, entry.taken.shown),
        url_map.evidence(deciding.part.action.where or "defaultService", deciding.part.rule),
    )
    # Evidence may hold lists, which cannot key a dict.
    evidence = tuple({(item.resource, item.field): item for item in (*way, *deciding.evidence)}.values())
    required = route.service
    if deciding.status is Status.PASS:
        return passes(required=required, observed=deciding.said, evidence=evidence)
    if deciding.status is Status.SKIP:
        return skips(f"{deciding.said}: see lb.backend-empty", required=required, evidence=evidence)
    by = f"{deciding.part.rule} of {url_map.short}" + (f" ({entry.taken.shown})" if entry.taken.pattern else "")
    reason = f"{by} takes {deciding.part.paths} of {route.url} and sends it to {deciding.said}"
    fix = Fix(f"gcloud compute url-maps edit {url_map.short} {place_flags(url_map)}")
    return fails(required=required, observed=deciding.said, reason=reason, evidence=evidence, fix=(fix,))


def _deciding(outcomes: list[_Outcome]) -> _Outcome | None:
    """The outcome that settles the route; None when a rule that cannot be decided keeps it open.

    What stands before such a rule, or does not meet it, is sure; behind it only what is the same
    whether or not it takes the request.
    """
    open_before: list[Paths] = []
    for outcome in outcomes:
        sure = not outcome.part.undecided and not any(paths.meets(outcome.part.paths) for paths in open_before)
        if outcome.part.undecided:
            open_before.append(outcome.part.paths)
        if sure and outcome.status is Status.FAIL:
            return outcome
    statuses = {outcome.status for outcome in outcomes}
    if open_before and len(statuses) > 1:
        return None
    order = (Status.FAIL, Status.UNKNOWN, Status.SKIP, Status.PASS)
    # Of several that pass, the last is what the most general rule does.
    return min(reversed(outcomes), key=lambda outcome: order.index(outcome.status), default=None)


def _undecided(outcomes: list[_Outcome], entry: Entry) -> Gap:
    part = next((outcome.part for outcome in outcomes if outcome.part.undecided), None)
    if part is None:
        return Gap(GapKind.UNDECIDED, f"{entry.front.url_map.short} shows no rule that takes this route")
    said = (
        f"{part.rule} of {entry.front.url_map.short} may take {part.paths}: {part.undecided}, "
        "which a host and a path do not settle"
    )
    advice = f"gcloud compute url-maps describe {entry.front.url_map.short} {place_flags(entry.front.url_map)}"
    return Gap(GapKind.UNDECIDED, said, entry.front.url_map.origin.call, advice=advice)


def _outcome(part: Part, route: RouteView, wanted: Service | None, world: World) -> _Outcome:
    try:
        return _settled(part, route, wanted, world)
    except Unseen as unseen:
        return _Outcome(part, Status.UNKNOWN, "", gap=unseen.gap)


def _settled(part: Part, route: RouteView, wanted: Service | None, world: World) -> _Outcome:
    action = part.action
    if action.redirect:
        to = action.redirect
        # The route is asked for on 443, and a redirect without `httpsRedirect` keeps the scheme.
        target = f"https://{to.host or route.view.domain.name}{to.path or to.prefix or '…'}"
        return _Outcome(part, Status.FAIL, f"a redirect to {target}")
    shown: list[str] = []
    evidence: list[Evidence] = []
    worst = Status.PASS
    for share in taking(action, part.rule):
        status, said, seen = _share(share, Asked(route.view.domain.name, part.paths), route.service, wanted, world)
        worst = min(worst, status, key=(Status.FAIL, Status.SKIP, Status.PASS).index)
        weight = "" if share.weight is None else f" (weight {share.weight})"
        shown.append(f"{said}{weight}")
        evidence += seen
    rewrite = f", the path rewritten to {action.rewrite}" if action.rewrite else ""
    return _Outcome(part, worst, " and ".join(shown) + rewrite, tuple(evidence))


def taking(action: Action, rule: str) -> tuple[Share, ...]:
    """The backends that take requests under an action; raises `Unseen` when it names none that does."""
    if not action.taking:
        said = f"{rule} names no backend that takes requests"
        raise Unseen(Gap(GapKind.MALFORMED, said))
    return action.taking


def _share(
    share: Share, asked: Asked, name: str, wanted: Service | None, world: World
) -> tuple[Status, str, tuple[Evidence, ...]]:
    found = arrivals(world, share.backend, asked)
    evidence = tuple(item for arrival in found for item in arrival.evidence)
    here = [arrival for arrival in found if _is(arrival, name, wanted, world)]
    region = wanted.region if wanted else None
    if region and not any(f"/locations/{region}/" in arrival.service for arrival in here):
        here = []
    elsewhere = [arrival for arrival in found if arrival not in here and not _leads_nowhere(world, arrival)]
    said = f"{', '.join(arrival.shown for arrival in elsewhere or here)} by {shown_backend(share.backend)}"
    if elsewhere:
        return Status.FAIL, said, evidence
    nothing = [why for arrival in found if (why := nowhere(world, arrival))]
    return (Status.SKIP, nothing[0], evidence) if nothing else (Status.PASS, said, evidence)


def _leads_nowhere(world: World, arrival: Arrival) -> bool:
    """Whether it is proved that nothing answers there; where that was not seen, its name alone is wrong enough."""
    try:
        return bool(nowhere(world, arrival))
    except Unseen:
        return False


def _is(arrival: Arrival, name: str, wanted: Service | None, world: World) -> bool:
    project = wanted.project if wanted else world.project
    return arrival.service.endswith(f"/services/{name}") and arrival.service.startswith(f"projects/{project}/")
