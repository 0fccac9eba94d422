"""What every follow-up call may ask of the plan, and the topics that are read for a whole project or region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

from diag.calls import Answer, Call, Gap
from diag.requirements.model import Requirements

T = TypeVar("T")

REGIONAL_CALLS: Mapping[str, str] = {
    "services": "run.services.list",
    "connectors": "vpcaccess.connectors.list",
    "redis_instances": "redis.instances.list",
}
"""Topic → the list that is asked for region by region."""

REGIONAL_TOPICS = frozenset(REGIONAL_CALLS)

PROJECT_TOPICS: Mapping[str, str] = {
    "instances": "sql.instances.list",
    "networks": "compute.networks.list",
    "subnetworks": "compute.subnetworks.aggregatedList",
    "routes": "compute.routes.list",
    "routers": "compute.routers.aggregatedList",
    "forwarding_rules": "compute.forwardingRules.aggregatedList",
    "target_https_proxies": "compute.targetHttpsProxies.aggregatedList",
    "target_http_proxies": "compute.targetHttpProxies.aggregatedList",
    "url_maps": "compute.urlMaps.aggregatedList",
    "backend_services": "compute.backendServices.aggregatedList",
    "network_endpoint_groups": "compute.networkEndpointGroups.aggregatedList",
    "ssl_certificates": "compute.sslCertificates.aggregatedList",
    "ssl_policies": "compute.sslPolicies.aggregatedList",
    "health_checks": "compute.healthChecks.aggregatedList",
    "dns_zones": "dns.managedZones.list",
}
"""Topic → the list that is asked for once a project, by its `project` field."""

HOST_TOPICS = ("networks", "subnetworks", "routes", "routers")
"""What has to be read in a Shared VPC host project as well."""


class Planned(Protocol):
    """The plan, as a follow-up call sees it."""

    @property
    def declared(self) -> Requirements: ...

    @property
    def taken_at(self) -> str: ...

    @property
    def answers(self) -> Mapping[Call, Answer | Gap]:
        """What has arrived so far."""
        ...

    def answered(self, key: str) -> Iterator[tuple[Call, Answer | Gap]]:
        """The calls of one method that have arrived, with what came of them."""
        ...

    def once(self, call: Call, parse: Callable[[Call, Answer | Gap], T]) -> T:
        """What `parse` makes of a call that has arrived; each is parsed once."""
        ...

    def first_time(self, what: object) -> bool:
        """Whether this was not asked before: so that what is the same for many is given once."""
        ...
