"""Where a backend service leads: its groups, and the Cloud Run service behind a serverless NEG [BS-11, BS-12]."""

from __future__ import annotations

import re

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import last, relative
from diag.facts.lb import BackendService, CloudRunTarget, NetworkEndpointGroup
from diag.facts.url_map import shown_backend
from diag.facts.world import World
from diag.paths.find import find
from diag.paths.matching import Paths
from diag.report import Evidence
from diag.values import dataclass


@dataclass(frozen=True)
class Asked:
    """The request that a URL mask picks the service from."""

    host: str
    paths: Paths


@dataclass(frozen=True)
class Arrival:
    """Where a backend service sends a request by one of its groups."""

    shown: str
    """For messages: `netra-auth-service in us-central1`, `App Engine default`."""
    service: str = ""
    """Full name of the Cloud Run service that the group names, there or not; empty when it is something else."""
    tag: str = ""
    nothing: str = ""
    """Why it leads nowhere; empty when it leads somewhere. lb.backend-empty reports it."""
    evidence: tuple[Evidence, ...] = ()


def arrivals(world: World, link: str, asked: Asked) -> tuple[Arrival, ...]:
    """Where the backend that a rule names leads; one for each of its groups."""
    link = relative(link)
    if "/backendBuckets/" in link:
        return (Arrival(f"{shown_backend(link)}, which is not Cloud Run"),)
    backend = find(world.backend_services(), link, world)
    if backend is None:
        return (Arrival("nothing", nothing=f"backend service {last(link)} does not exist"),)
    if not backend.groups:
        return (Arrival("nothing", nothing=f"backend service {backend.short} has no backend"),)
    return tuple(_through(world, backend, group, asked) for group in backend.groups)


def _through(world: World, backend: BackendService, group: str, asked: Asked) -> Arrival:
    if "/networkEndpointGroups/" not in group:
        return Arrival(
            f"instance group {last(group)}, which is not Cloud Run", evidence=(backend.evidence("backends"),)
        )
    neg = find(world.network_endpoint_groups(), group, world)
    if neg is None:
        said = f"{backend.short} names the endpoint group {last(group)}, which does not exist"
        return Arrival("nothing", nothing=said, evidence=(backend.evidence("backends"),))
    target = neg.cloud_run
    if neg.outward:
        said = f"{neg.short} ({neg.type}) leads out of the project, and diag does not read where it ends"
        raise Unseen(Gap(GapKind.UNDECIDED, said, neg.origin.call))
    if target is None:
        return Arrival(f"{neg.shown}, which is not Cloud Run", evidence=(neg.evidence("networkEndpointType"),))
    return _cloud_run(world, neg, target, asked)


def _cloud_run(world: World, neg: NetworkEndpointGroup, target: CloudRunTarget, asked: Asked) -> Arrival:
    if not target.url_mask:
        return _service(world, neg, target.service, target.tag, "cloudRun.service")
    found = worked_out(target.url_mask, asked)
    if found is None:
        said = f"no service: the URL mask {target.url_mask} of {neg.short} does not match"
        return Arrival(said, evidence=(neg.evidence("cloudRun.urlMask"),))
    return _service(world, neg, found.get("service", target.service), found.get("tag", target.tag), "cloudRun.urlMask")


def _service(world: World, neg: NetworkEndpointGroup, service: str, tag: str, field: str) -> Arrival:
    if not service:
        raise Unseen(Gap(GapKind.MALFORMED, f"{neg.name} names no Cloud Run service", neg.origin.call))
    shown = f"{service} in {neg.place}" + (f", tag {tag}" if tag else "")
    full = f"projects/{world.project}/locations/{neg.place}/services/{service}"
    return Arrival(shown, full, tag, evidence=(neg.evidence(field),))


def service_of(world: World, arrival: Arrival) -> run.Service | None:
    """The Cloud Run service of an arrival; None when proved absent."""
    parts = arrival.service.split("/")
    return world.services(parts[3]).find(arrival.service)


def nowhere(world: World, arrival: Arrival) -> str:
    """Why an arrival leads nowhere, its service or tag not being there included; empty when it leads somewhere."""
    if not arrival.service:
        return arrival.nothing
    service = service_of(world, arrival)
    if service is None:
        return f"{arrival.shown} does not exist"
    tags = {share.tag for share in service.traffic}
    return "" if arrival.tag in ("", *tags) else f"no revision of {service.short} carries the tag {arrival.tag}"


def kinds(world: World, backend: BackendService) -> frozenset[str]:
    """What its groups are, of those that exist: types of endpoint group, or `INSTANCE_GROUP`."""
    found = set()
    for group in backend.groups:
        neg = _endpoint_group(world, group)
        if neg or "/networkEndpointGroups/" not in group:
            found.add(neg.type if neg else "INSTANCE_GROUP")
    return frozenset(found)


def serverless(world: World, backend: BackendService) -> bool:
    """Whether its backends are serverless NEGs [HC-08]: kinds cannot be mixed [BS-08], so one settles it."""
    return "SERVERLESS" in kinds(world, backend)


def _endpoint_group(world: World, group: str) -> NetworkEndpointGroup | None:
    return find(world.network_endpoint_groups(), group, world) if "/networkEndpointGroups/" in group else None


def masked(world: World, link: str) -> bool:
    """Whether some NEG of a backend service picks the Cloud Run service by a URL mask."""
    backend = find(world.backend_services(), link, world)
    negs = [_endpoint_group(world, group) for group in (backend.groups if backend else ())]
    return any(neg and neg.cloud_run and neg.cloud_run.url_mask for neg in negs)


def worked_out(mask: str, asked: Asked) -> dict[str, str] | None:
    """`service` and `tag` that a URL mask reads from a request, None when it does not match.

    A mask without a path takes every path of the host; its path need only begin the request's. Raises
    `Unseen` when the answer differs between the paths that were asked.
    """
    if "<service>" not in mask and "<tag>" not in mask:
        raise Unseen(Gap(GapKind.MALFORMED, f"the URL mask {mask!r} holds neither <service> nor <tag>"))
    host, _, path = mask.partition("/")
    found = _read(host, asked.host) if host else {}
    if found is None:
        return None
    wanted = path.split("/") if path else []
    known = asked.paths.value.split("/")[1:]
    # Of `/p/*` the last segment is what was not declared: any path may stand there.
    known = known[:-1] if asked.paths.below else known
    for mine, theirs in zip(wanted, known, strict=False):
        part = _read(mine, theirs)
        if part is None:
            return None
        found |= part
    if len(wanted) > len(known):
        if not asked.paths.below:
            return None
        said = f"the URL mask {mask} picks the service by the path, so {asked.host}{asked.paths} reaches several"
        raise Unseen(Gap(GapKind.UNDECIDED, said, advice="declare a route for each service of the mask"))
    return found


def _read(template: str, text: str) -> dict[str, str] | None:
    pattern = re.escape(template)
    for name in ("service", "tag"):
        pattern = pattern.replace(re.escape(f"<{name}>"), f"(?P<{name}>[a-z0-9-]+)", 1)
    found = re.fullmatch(pattern, text)
    return found.groupdict() if found else None
