"""Declared WebSocket routes: how long a connection may last."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.timeouts import SERVERLESS_LIMIT
from diag.checks.lb.views import BACK, FRONT, DomainView, domains, over_entries, place_flags, seconds, unserved
from diag.facts.base import last
from diag.facts.lb import BackendService
from diag.facts.world import World
from diag.paths.backend import Asked, arrivals, nowhere, serverless, service_of
from diag.paths.find import find
from diag.paths.frontend import Entry
from diag.paths.matching import Paths
from diag.paths.url import follow
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

DAY = 86_400.0
"""Seconds after which the global external load balancer closes a WebSocket [WS-01]."""


@dataclass(frozen=True)
class Socket:
    """A declared WebSocket route of a domain."""

    view: DomainView
    path: str


@dataclass(frozen=True)
class _Cut:
    limit: float
    by: str
    evidence: Evidence
    fix: str


def sockets(world: World, declared: Requirements) -> Iterator[Subject[Socket] | Gap]:
    """Each declared WebSocket route."""
    if not any(
        domain.websocket for balancer in declared.load_balancers.values() for domain in balancer.domains.values()
    ):
        return
    for subject in domains(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        for path in subject.item.domain.websocket:
            name = f"wss://{subject.item.domain.name}{path}"
            yield Subject(name, Socket(subject.item, path), subject.item.domain.at("websocket"), subject.critical)


@check(
    "lb.websocket-cut",
    Severity.MEDIUM,
    sockets,
    reads=(*FRONT, *BACK, "revisions"),
    facts=("WS-01", "WS-02", "WS-03", "RUN-03"),
    docs=(
        "https://cloud.google.com/load-balancing/docs/https",
        "https://cloud.google.com/run/docs/triggering/websockets",
    ),
)
def websocket_cut(subject: Subject[Socket], world: World, declared: Requirements) -> Verdict:
    """WebSocket connections are cut before the declared time-out.

    A WebSocket is one request: Cloud Run cuts it at the revision's time-out. The classic load balancer
    cuts it at the backend service's time-out, whether it is idle or not; the global external one after a
    day.

    Reads the kind of load balancer, the backend service behind the declared path, and the time-out of
    every revision that takes its traffic, against the load balancer's declared `request_timeout`.

    Raise the time-out of the hop that the finding names; clients connect again when they are cut.
    """
    view, wanted = subject.item.view, subject.item.view.balancer.request_timeout
    if wanted is None:
        return skips(
            f"no request_timeout is declared for {view.balancer.name}, so nothing says how long is long enough"
        )
    served = view.served()
    if not served.entries:
        return unserved(view.domain.name)
    return over_entries(served, served.maps, lambda entry: _judged(subject.item, entry, wanted, world))


def _judged(socket: Socket, entry: Entry, wanted: float, world: World) -> Verdict:
    cuts: list[_Cut] = []
    for link in _backends(socket, entry):
        backend = find(world.backend_services(), link, world) if "/backendBuckets/" not in link else None
        if backend is None:
            return skips(f"{last(link)} leads to nothing that speaks WebSocket: see lb.backend-empty")
        cuts += _cuts(backend, socket, entry, wanted, world)
    if not cuts:
        return skips(f"{socket.path} leads to no Cloud Run service: see lb.wrong-service")
    first = min(cuts, key=lambda cut: cut.limit)
    details = {
        "required": f"at least {seconds(wanted)}",
        "observed": f"{seconds(first.limit)} by {first.by}",
        "evidence": tuple(cut.evidence for cut in cuts),
    }
    if first.limit >= wanted:
        return passes(**details)
    reason = (
        f"a WebSocket on {socket.path} is cut after {seconds(first.limit)} by {first.by}, whether it is idle or not"
    )
    return fails(reason=reason, fix=(Fix(first.fix),) if first.fix else (), **details)


def _backends(socket: Socket, entry: Entry) -> Iterator[str]:
    for part in follow(entry.taken.matcher, Paths.declared(socket.path)):
        yield from (share.backend for share in part.action.taking)


def _cuts(backend: BackendService, socket: Socket, entry: Entry, wanted: float, world: World) -> Iterator[_Cut]:
    scheme = entry.front.rule.scheme.read()
    evidence = entry.front.rule.evidence("loadBalancingScheme", scheme)
    if not serverless(world, backend):
        limit = DAY if scheme == "EXTERNAL_MANAGED" and not entry.front.rule.region else backend.timeout
        fix = f"gcloud compute backend-services update {backend.short} {place_flags(backend)} --timeout {wanted:g}s"
        seen = backend.evidence("timeoutSec", backend.timeout, default=not backend.doc_text("timeoutSec"))
        yield _Cut(limit, f"the {_kind(scheme)} load balancer", seen, fix)
        return
    yield _Cut(SERVERLESS_LIMIT, f"the {_kind(scheme)} load balancer before Cloud Run", evidence, "")
    for arrival in arrivals(world, backend.name, Asked(socket.view.domain.name, Paths.declared(socket.path))):
        service = service_of(world, arrival) if arrival.service and not nowhere(world, arrival) else None
        if service is None or service.never_ran:
            continue
        for revision in world.serving(service):
            seen = revision.evidence("timeout", seconds(revision.timeout), default=not revision.doc_text("timeout"))
            fix = f"gcloud run services update {service.short} --region {service.region} --timeout {wanted:g}"
            yield _Cut(revision.timeout, f"revision {revision.short}", seen, fix)


def _kind(scheme: str) -> str:
    return "classic" if scheme == "EXTERNAL" else "internal" if scheme.startswith("INTERNAL") else "external"
