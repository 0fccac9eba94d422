"""Which calls a run makes: the first ones from what the checks read, the next from what arrived.

`next_calls` gives a call's successors as soon as its own answer is there (service → serving
revisions → connector elsewhere, proxy → certificate map → certificates); nothing waits for a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from diag.calls import Answer, Call, Gap, GapKind, Json
from diag.facts.base import dig, last, relative, same
from diag.requirements.model import Requirements

_REGIONAL: Mapping[str, str] = {"services": "run.services.list", "connectors": "vpcaccess.connectors.list"}
_PROJECT: Mapping[str, str] = {
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
}
_HOST_TOPICS = ("networks", "subnetworks", "routes", "routers")
"""What has to be read in a Shared VPC host project as well."""

REGIONAL_TOPICS = frozenset(_REGIONAL)
"""Topics that have to be asked for region by region."""

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "revisions": ("services",),
    "operations": ("instances",),
    "tiers": ("instances",),
    "certificates": ("target_https_proxies",),
    "certificate_map_entries": ("target_https_proxies",),
}
"""Topics that can only be asked for once another has answered."""


@dataclass(frozen=True)
class Plan:
    """The calls of one run: `first` at once, `next` from each answer; the same call may be given twice."""

    declared: Requirements
    topics: frozenset[str]

    @classmethod
    def of(cls, declared: Requirements, reads: frozenset[str]) -> Plan:
        """The plan for all topics in `reads` and those that they need first."""
        needed = {need for topic in reads for need in _NEEDS.get(topic, ())}
        return cls(declared, reads | needed)

    def first(self) -> Iterator[Call]:
        """Calls that need nothing but the requirements; the ones with the most successors come first."""
        for topic, key in _REGIONAL.items():
            if topic in self.topics:
                for project, region in self.declared.scopes():
                    yield Call.of(key, parent=f"projects/{project}/locations/{region}")
        for topic, key in _PROJECT.items():
            if topic in self.topics:
                projects = self.declared.projects() if topic == "instances" else (self.declared.project,)
                yield from (Call.of(key, project=project) for project in projects)

    def next(self, call: Call, answer: Answer | Gap) -> Iterator[Call]:
        """Calls that `answer` makes possible or necessary."""
        follow = _FOLLOW.get(call.method.key)
        if follow:
            yield from (found for found in follow(self, call, answer) if found.method.topic in self.topics)


def _after_services(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    wanted = {
        f"{call['parent']}/services/{item.name}"
        for item in plan.declared.services.values()
        if f"projects/{item.project}/locations/{item.region}" == call["parent"]
    }
    docs = _objects(answer, "services")
    for doc in docs:
        yield from _revisions_of(doc)
    yield from (Call.of("run.services.get", name=name) for name in sorted(_missing(wanted, docs, answer)))


def _after_service(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    if isinstance(answer, Answer):
        yield from _revisions_of(answer.doc)


def _revisions_of(service: object) -> Iterator[Call]:
    """The revisions that take traffic, and the newest one."""
    name = str(dig(service, "name") or "")
    shares = _list(service, "trafficStatuses") or _list(service, "traffic") or [{"percent": 100}]
    latest = dig(service, "latestReadyRevision")
    found = [dig(share, "revision") or latest for share in shares if dig(share, "percent")]
    for revision in dict.fromkeys(last(str(item)) for item in [*found, dig(service, "latestCreatedRevision")] if item):
        yield Call.of("run.revisions.get", name=f"{name}/revisions/{revision}")


def _after_revision(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """A connector of another project or region than was listed; a Shared VPC host's network."""
    if not isinstance(answer, Answer):
        return
    parts = call["name"].split("/")
    project, region = parts[1], parts[3]
    connector = str(dig(answer.doc, "vpcAccess.connector") or "")
    if connector.startswith("projects/"):
        segments = connector.split("/")
        listed = any(same(f"projects/{p}/locations/{r}", "/".join(segments[:4])) for p, r in plan.declared.scopes())
        if len(segments) == 6 and not listed:
            yield Call.of("vpcaccess.connectors.get", name=connector)
    elif connector and (project, region) not in plan.declared.scopes():
        yield Call.of("vpcaccess.connectors.get", name=f"projects/{project}/locations/{region}/connectors/{connector}")
    for interface in _dicts(answer.doc, "vpcAccess.networkInterfaces"):
        for field in ("network", "subnetwork"):
            yield from _host(plan, str(dig(interface, field) or ""))


def _after_connectors(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    docs = _objects(answer, "connectors")
    wanted = {
        f"{call['parent']}/connectors/{item.name}"
        for item in plan.declared.connectors.values()
        if f"projects/{item.project}/locations/{item.region}" == call["parent"]
    }
    for doc in docs:
        yield from _after_connector(plan, call, Answer(doc))
    yield from (Call.of("vpcaccess.connectors.get", name=name) for name in sorted(_missing(wanted, docs, answer)))


def _after_connector(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    if isinstance(answer, Answer):
        host = dig(answer.doc, "subnet.projectId")
        yield from _host(plan, f"projects/{host}/global" if host else str(dig(answer.doc, "network") or ""))


def _host(plan: Plan, link: str) -> Iterator[Call]:
    """The network reads of a Shared VPC host project, when a link names one."""
    parts = relative(link).split("/")
    if (
        parts[0] == "projects"
        and len(parts) > 1
        and not same(f"projects/{parts[1]}", f"projects/{plan.declared.project}")
    ):
        yield from (Call.of(_PROJECT[topic], project=parts[1]) for topic in _HOST_TOPICS)


def _after_instances(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    docs = _objects(answer, "items")
    wanted = {item.name for item in plan.declared.sql_instances.values() if item.project == call["project"]}
    seen = {str(dig(doc, "name")) for doc in docs}
    if _incomplete(answer, docs):
        for name in sorted(wanted - seen):
            yield Call.of("sql.instances.get", project=call["project"], instance=name)
    for name in sorted(seen):
        yield Call.of("sql.operations.list", project=call["project"], instance=name)
    if any(not _memory_in_name(str(dig(doc, "settings.tier") or "")) for doc in docs):
        yield Call.of("sql.tiers.list", project=call["project"])


def _memory_in_name(tier: str) -> bool:
    return tier.startswith("db-custom-") or tier in ("db-f1-micro", "db-g1-small")


def _after_instance(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    if isinstance(answer, Answer):
        yield Call.of("sql.operations.list", project=call["project"], instance=call["instance"])


def _after_proxies(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """Entries of each certificate map, and Certificate Manager certificates that a proxy names itself."""
    for proxy in _scoped(answer, "targetHttpsProxies"):
        named = str(dig(proxy, "certificateMap") or "")
        if named:
            yield Call.of("certificatemanager.certificate_map_entries.list", parent=relative(named))
        for link in _list(proxy, "sslCertificates"):
            if "/locations/" in str(link):
                yield Call.of("certificatemanager.certificates.get", name=relative(str(link)))


def _after_entries(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    for entry in _objects(answer, "certificateMapEntries"):
        for name in _list(entry, "certificates"):
            yield Call.of("certificatemanager.certificates.get", name=relative(str(name)))


def _after_groups(plan: Plan, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The services of a region that only a serverless NEG names."""
    for group in _scoped(answer, "networkEndpointGroups"):
        region = last(str(dig(group, "region") or ""))
        if dig(group, "cloudRun") and region:
            yield Call.of("run.services.list", parent=f"projects/{call['project']}/locations/{region}")


def _objects(answer: Answer | Gap, field: str) -> list[Json]:
    return _dicts(answer.doc, field) if isinstance(answer, Answer) else []


def _scoped(answer: Answer | Gap, collection: str) -> list[Json]:
    """The resources of an aggregated list, of every scope."""
    scopes = dig(answer.doc, "items") if isinstance(answer, Answer) else {}
    return [doc for scope in (scopes or {}).values() for doc in _dicts(scope, collection)]


def _dicts(doc: object, path: str) -> list[Json]:
    """The objects of a list; another shape gives none here and is *unknown* once a check reads it."""
    return [item for item in _list(doc, path) if isinstance(item, dict)]


def _list(doc: object, path: str) -> list[object]:
    found = dig(doc, path)
    return found if isinstance(found, list) else []


def _incomplete(answer: Answer | Gap, docs: list[Json]) -> bool:
    """Whether absence from this list has to be confirmed by a `get`."""
    return isinstance(answer, Gap) or bool(answer.partial) or not docs


def _missing(wanted: set[str], docs: list[Json], answer: Answer | Gap) -> set[str]:
    if not _incomplete(answer, docs):
        return set()
    if isinstance(answer, Gap) and answer.kind in (GapKind.DISABLED, GapKind.UNAUTHENTICATED):
        return set()
    return wanted - {str(dig(doc, "name")) for doc in docs}


Follow = Callable[[Plan, Call, Answer | Gap], Iterator[Call]]
_FOLLOW: Mapping[str, Follow] = {
    "run.services.list": _after_services,
    "run.services.get": _after_service,
    "run.revisions.get": _after_revision,
    "vpcaccess.connectors.list": _after_connectors,
    "vpcaccess.connectors.get": _after_connector,
    "sql.instances.list": _after_instances,
    "sql.instances.get": _after_instance,
    "compute.targetHttpsProxies.aggregatedList": _after_proxies,
    "compute.networkEndpointGroups.aggregatedList": _after_groups,
    "certificatemanager.certificate_map_entries.list": _after_entries,
}
