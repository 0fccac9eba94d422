"""The kinds of resource that an own rule may judge, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from diag.calls import Gap
from diag.errors import Unseen
from diag.facts.base import Listing, Resource
from diag.facts.world import World
from diag.requirements.model import Requirements
from diag.values import dataclass

Found = Iterator[Resource | Gap]


@dataclass(frozen=True)
class RuleKind:
    """One kind: the topics that bring it, the method whose schema it has, and how it is listed."""

    reads: tuple[str, ...]
    method: str
    """Key of the method table; its answer says which fields there are."""
    resources: Callable[[World, Requirements], Found]


def _regional(get: Callable[[World, str, str], Listing[Any]]) -> Callable[[World, Requirements], Found]:
    def found(world: World, declared: Requirements) -> Found:
        for project, region in declared.scopes():
            yield from _all(get(world, region, project))

    return found


def _of_project(get: Callable[[World, str], Listing[Any]]) -> Callable[[World, Requirements], Found]:
    def found(world: World, declared: Requirements) -> Found:
        yield from _all(get(world, declared.project))

    return found


def _all(listing: Listing[Any]) -> Found:
    yield from listing.resources
    yield from listing.gaps


def _revisions(world: World, declared: Requirements) -> Found:
    """Every revision that takes traffic."""
    for project, region in declared.scopes():
        listing = world.services(region, project)
        yield from listing.gaps
        for service in listing:
            try:
                yield from world.serving(service)
            except Unseen as unseen:
                yield unseen.gap


def _compute(topic: str, key: str, get: Callable[[World, str], Listing[Any]]) -> RuleKind:
    return RuleKind((topic,), key, _of_project(get))


KINDS: Mapping[str, RuleKind] = {
    "run.service": RuleKind(
        ("services",), "run.services.get", _regional(lambda world, region, project: world.services(region, project))
    ),
    "run.revision": RuleKind(("services", "revisions"), "run.revisions.get", _revisions),
    "vpc.connector": RuleKind(
        ("connectors",),
        "vpcaccess.connectors.get",
        _regional(lambda world, region, project: world.connectors(region, project)),
    ),
    "sql.instance": RuleKind(
        ("instances",), "sql.instances.get", _of_project(lambda world, project: world.instances(project))
    ),
    "redis.instance": RuleKind(
        ("redis_instances",),
        "redis.instances.get",
        _regional(lambda world, region, project: world.redis_instances(region, project)),
    ),
    "vpc.network": _compute("networks", "compute.networks.list", lambda world, project: world.networks(project)),
    "vpc.subnetwork": _compute(
        "subnetworks", "compute.subnetworks.aggregatedList", lambda world, project: world.subnetworks(project)
    ),
    "vpc.route": _compute("routes", "compute.routes.list", lambda world, project: world.routes(project)),
    "vpc.router": _compute("routers", "compute.routers.aggregatedList", lambda world, project: world.routers(project)),
    "lb.forwarding_rule": _compute(
        "forwarding_rules", "compute.forwardingRules.aggregatedList", lambda world, project: world.forwarding_rules()
    ),
    "lb.target_https_proxy": _compute(
        "target_https_proxies",
        "compute.targetHttpsProxies.aggregatedList",
        lambda world, project: world.target_https_proxies(),
    ),
    "lb.url_map": _compute("url_maps", "compute.urlMaps.aggregatedList", lambda world, project: world.url_maps()),
    "lb.backend_service": _compute(
        "backend_services", "compute.backendServices.aggregatedList", lambda world, project: world.backend_services()
    ),
    "lb.ssl_certificate": _compute(
        "ssl_certificates", "compute.sslCertificates.aggregatedList", lambda world, project: world.ssl_certificates()
    ),
    "lb.ssl_policy": _compute(
        "ssl_policies", "compute.sslPolicies.aggregatedList", lambda world, project: world.ssl_policies()
    ),
    "secret.secret": RuleKind(
        ("secrets",), "secretmanager.secrets.get", _of_project(lambda world, project: world.secrets(project))
    ),
    "monitoring.alert_policy": RuleKind(
        ("alert_policies",),
        "monitoring.alertPolicies.list",
        _of_project(lambda world, project: world.alert_policies(project)),
    ),
}
"""Word of the file → kind. The words are those of `diag.requirements.names.RULE_KINDS`."""
