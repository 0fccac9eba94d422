"""Backend services: something is behind each one that requests are sent to."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.routes import arrivals_by_routes
from diag.checks.lb.views import BACK, FRONT, SERVERLESS_DOCS, place_flags
from diag.errors import Unseen
from diag.facts.base import last, relative
from diag.facts.lb import BackendService, ForwardingRule, NetworkEndpointGroup, UrlMap
from diag.facts.world import World
from diag.paths.find import find
from diag.paths.frontend import reached_maps
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass


@dataclass(frozen=True)
class Reached:
    """A backend service that requests are sent to, and what sends them: a URL map, or a forwarding rule itself."""

    link: str
    sender: UrlMap | ForwardingRule
    where: str

    @property
    def edit(self) -> Fix:
        """The command that points the sender elsewhere."""
        what, how = ("url-maps", "edit") if isinstance(self.sender, UrlMap) else ("forwarding-rules", "describe")
        return Fix(f"gcloud compute {what} {how} {self.sender.short} {place_flags(self.sender)}", mutates=how == "edit")


def reached(world: World, declared: Requirements) -> Iterator[Subject[Reached] | Gap]:
    """Each backend service that a forwarding rule leads to, once."""
    seen: set[str] = set()
    for found in _reached(world):
        if isinstance(found, Gap):
            yield found
        elif found.link not in seen:
            seen.add(found.link)
            yield Subject(found.link, found)


def _reached(world: World) -> Iterator[Reached | Gap]:
    for rule in world.forwarding_rules():
        if rule.backend_service:
            yield Reached(rule.backend_service, rule, "backendService")
    for url_map in reached_maps(world):
        if isinstance(url_map, Gap):
            yield url_map
            continue
        try:
            for share in (share for action in url_map.actions() for share in action.taking):
                # A backend bucket holds no service.
                if "/backendBuckets/" not in share.backend:
                    yield Reached(relative(share.backend), url_map, share.where)
        except Unseen as unseen:
            yield unseen.gap


@dataclass(frozen=True)
class _Behind:
    """What one group of a backend service holds."""

    wrong: str = ""
    seen: str = ""
    evidence: tuple[Evidence, ...] = ()
    fix: tuple[Fix, ...] = ()
    unread: str = ""
    """What it points to when diag cannot tell whether that exists."""


@check(
    "lb.backend-empty",
    Severity.CRITICAL,
    reached,
    reads=(*FRONT, "target_http_proxies", *BACK),
    always=True,
    facts=("BS-08", "BS-11", "BS-12"),
    docs=(SERVERLESS_DOCS,),
)
def backend_empty(subject: Subject[Reached], world: World, declared: Requirements) -> Verdict:
    """Backend service leads to nothing.

    Requests that a URL map sends to a backend service without a backend, or to a NEG whose Cloud Run
    service or tag is not there, are answered by the load balancer with an error.

    Reads the backend services that a forwarding rule leads to, their network endpoint groups, and the
    Cloud Run services of those groups' regions. A URL mask is worked out for the declared routes.

    Add the backend, or point the NEG at a service that exists.
    """
    link, sender = subject.item.link, subject.item.sender
    backend = find(world.backend_services(), link, world)
    required = "a backend that exists"
    if backend is None:
        return fails(
            required=required,
            observed="does not exist",
            reason=f"{sender.short} sends requests to backend service {last(link)}, which does not exist",
            evidence=(sender.evidence(subject.item.where),),
            fix=(subject.item.edit,),
        )
    if not backend.groups:
        reason = f"{sender.short} sends requests to {backend.short}, which has no backend to answer them"
        return fails(
            required=required,
            observed="no backend",
            reason=reason,
            evidence=(backend.evidence("backends", "not set", default=True),),
            fix=(Fix(_add_backend(backend)),),
        )
    behind = [_behind(world, declared, backend, group) for group in backend.groups]
    evidence = tuple(item for one in behind for item in one.evidence)
    wrong = [one for one in behind if one.wrong]
    if wrong:
        return fails(
            required=required,
            observed=[one.wrong for one in wrong],
            reason=f"what {sender.short} sends to {backend.short} is not answered: {wrong[0].wrong}",
            evidence=evidence,
            fix=tuple(dict.fromkeys(fix for one in wrong for fix in one.fix)),
        )
    unread = [one.unread for one in behind if one.unread]
    if unread:
        return skips(f"{backend.short}: {unread[0]}", evidence=evidence)
    return passes(required=required, observed=[one.seen for one in behind], evidence=evidence)


def _behind(world: World, declared: Requirements, backend: BackendService, group: str) -> _Behind:
    if "/networkEndpointGroups/" not in group:
        return _Behind(seen=f"instance group {last(group)}", evidence=(backend.evidence("backends"),))
    neg = find(world.network_endpoint_groups(), group, world)
    if neg is None:
        said = f"{backend.short} names the endpoint group {last(group)}, which does not exist"
        return _Behind(wrong=said, evidence=(backend.evidence("backends"),), fix=(Fix(_add_backend(backend)),))
    if not neg.serverless:
        return _Behind(seen=f"{neg.short} ({neg.type})", evidence=(neg.evidence("networkEndpointType"),))
    target = neg.cloud_run
    if target is None:
        said = f"{neg.short} points to {neg.shown}, and diag does not read whether that exists"
        return _Behind(unread=said, evidence=(neg.evidence("networkEndpointType"),))
    if target.url_mask:
        return _masked(world, declared, backend, neg)
    name = f"projects/{world.project}/locations/{neg.place}/services/{target.service}"
    return _named(world, neg, name, target.tag, "cloudRun.service")


def _named(world: World, neg: NetworkEndpointGroup, name: str, tag: str, field: str) -> _Behind:
    service = world.services(neg.place).find(name) if last(name) else None
    evidence = (neg.evidence(field),)
    if service is None:
        said = f"{neg.short} names the Cloud Run service {last(name)}, which does not exist in {neg.place}"
        show = Fix(f"gcloud run services list --region {neg.place} --project {world.project}", mutates=False)
        update = f"gcloud compute network-endpoint-groups create NAME {place_flags(neg)}"
        point = Fix(f"{update} --network-endpoint-type serverless --cloud-run-service SERVICE")
        return _Behind(wrong=said, evidence=evidence, fix=(show, point))
    if tag and tag not in {share.tag for share in service.traffic}:
        said = f"{neg.short} names the tag {tag}, which no revision of {service.short} carries"
        update = f"gcloud run services update-traffic {service.short} --region {neg.place} --project {world.project}"
        return _Behind(
            wrong=said,
            evidence=(*evidence, service.evidence("trafficStatuses")),
            fix=(Fix(f"{update} --update-tags {tag}=REVISION"),),
        )
    return _Behind(seen=f"{neg.short} → {service.short} in {neg.place}", evidence=(*evidence, service.evidence("name")))


def _masked(world: World, declared: Requirements, backend: BackendService, neg: NetworkEndpointGroup) -> _Behind:
    """A NEG whose mask picks the service: judged for the services that declared routes reach by it."""
    mask = neg.evidence("cloudRun.urlMask")
    found = arrivals_by_routes(world, declared, backend.name)
    names = {arrival.service: arrival.tag for arrival in found if f"/locations/{neg.place}/" in arrival.service}
    if not names:
        said = f"{neg.short} picks the service by the URL mask {mask.value}, and no declared route goes by it"
        return _Behind(unread=said, evidence=(mask,))
    behind = [_named(world, neg, name, tag, "cloudRun.urlMask") for name, tag in names.items()]
    return next((one for one in behind if one.wrong), behind[0])


def _add_backend(backend: BackendService) -> str:
    group = "--network-endpoint-group NEG --network-endpoint-group-region REGION"
    return f"gcloud compute backend-services add-backend {backend.short} {place_flags(backend)} {group}"
