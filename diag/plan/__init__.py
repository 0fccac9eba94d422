"""Which calls a run makes: the first ones from what the checks read, the next from what arrived.

`Plan.next` gives a call's successors as soon as its own answer is there (service → serving revisions →
connector elsewhere, proxy → certificate map → certificates); nothing waits for a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from diag.calls import Answer, Call, Gap
from diag.metrics import NOT_ALWAYS, TOPIC, topic_of
from diag.plan import access, balancing, operating, secrets, serving
from diag.plan.planned import PROJECT_TOPICS, REGIONAL_CALLS, REGIONAL_TOPICS, T
from diag.requirements.model import Requirements

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "revisions": ("services",),
    "operations": ("instances",),
    **{f"{TOPIC}{metric}": ("instances",) for metric in NOT_ALWAYS},
    "tiers": ("instances",),
    "certificates": ("target_https_proxies",),
    "certificate_map_entries": ("target_https_proxies",),
    "firewalls": ("networks",),
    "backend_health": ("backend_services",),
    "dns_records": ("dns_zones",),
    "ancestor_policies": ("projects", "project_policy"),
    "folders": ("projects", "project_policy"),
    "roles": ("project_policy", "services", "revisions"),
    "secret_versions": ("secrets", "services", "revisions"),
    "secret_policies": ("project_policy", "secrets", "services", "revisions"),
}
"""Topics that can only be asked for once another has answered."""


def with_needs(reads: frozenset[str]) -> frozenset[str]:
    """The topics, and those that have to be read first."""
    return reads | {need for topic in reads for need in _NEEDS.get(topic, ())}


@dataclass
class Plan:
    """The calls of one run: `first` at once, `next` from each answer; the same call may be given twice."""

    declared: Requirements
    topics: frozenset[str]
    taken_at: str
    """RFC 3339, UTC: the end of the time that metrics and logs are read for."""
    answers: dict[Call, Answer | Gap] = field(default_factory=dict)
    """What has arrived; `next` adds to it, and is called by one thread."""
    _by_method: dict[str, list[Call]] = field(default_factory=dict)
    _parsed: dict[tuple[Call, object], Any] = field(default_factory=dict)
    _told: set[object] = field(default_factory=set)

    @classmethod
    def of(cls, declared: Requirements, reads: frozenset[str], taken_at: str) -> Plan:
        """The plan for all topics in `reads` and those that they need first."""
        return cls(declared, with_needs(reads), taken_at)

    def first(self) -> Iterator[Call]:
        """Calls that need nothing but the requirements; the ones with the most successors come first."""
        for topic, key in REGIONAL_CALLS.items():
            if topic in self.topics:
                for project, region in self.declared.scopes():
                    yield Call.of(key, parent=f"projects/{project}/locations/{region}")
        for topic, key in PROJECT_TOPICS.items():
            if topic in self.topics:
                projects = self.declared.projects() if topic == "instances" else (self.declared.project,)
                yield from (Call.of(key, project=project) for project in projects)
        yield from operating.first(self, self.topics)

    def next(self, call: Call, answer: Answer | Gap) -> Iterator[Call]:
        """Calls that `answer` makes possible or necessary."""
        self.answers[call] = answer
        self._by_method.setdefault(call.method.key, []).append(call)
        for follow in _FOLLOW.get(call.method.key, ()):
            yield from (found for found in follow(self, call, answer) if topic_of(found) in self.topics)

    def answered(self, key: str) -> Iterator[tuple[Call, Answer | Gap]]:
        """The calls of one method that have arrived, with what came of them."""
        yield from ((call, self.answers[call]) for call in self._by_method.get(key, ()))

    def once(self, call: Call, parse: Callable[[Call, Answer | Gap], T]) -> T:
        """What `parse` makes of a call that has arrived; each is parsed once."""
        key = (call, parse)
        if key not in self._parsed:
            self._parsed[key] = parse(call, self.answers[call])
        found: T = self._parsed[key]
        return found

    def first_time(self, what: object) -> bool:
        """Whether this was not asked before: so that what is the same for many is given once."""
        before = len(self._told)
        self._told.add(what)
        return len(self._told) > before


Follow = Callable[[Plan, Call, Answer | Gap], Iterator[Call]]
_FOLLOW: Mapping[str, tuple[Follow, ...]] = {
    "run.services.list": (serving.after_services,),
    "run.services.get": (serving.after_service,),
    "run.revisions.get": (serving.after_revision, secrets.after_revision, access.after_revision),
    "vpcaccess.connectors.list": (serving.after_connectors,),
    "vpcaccess.connectors.get": (serving.after_connector,),
    "redis.instances.list": (serving.after_caches,),
    "sql.instances.list": (serving.after_instances, operating.after_instances),
    "sql.instances.get": (serving.after_instance, operating.after_instances),
    "compute.targetHttpsProxies.aggregatedList": (balancing.after_proxies,),
    "compute.networkEndpointGroups.aggregatedList": (serving.after_groups,),
    "compute.backendServices.aggregatedList": (balancing.after_backends,),
    "compute.networks.list": (balancing.after_networks,),
    "certificatemanager.certificate_map_entries.list": (balancing.after_entries,),
    "dns.managedZones.list": (balancing.after_zones,),
    "cloudresourcemanager.projects.get": (access.after_project,),
    "cloudresourcemanager.folders.get": (access.after_folder,),
    "cloudresourcemanager.projects.getIamPolicy": (access.after_project,),
    "cloudresourcemanager.folders.getIamPolicy": (access.after_policy,),
    "cloudresourcemanager.organizations.getIamPolicy": (access.after_policy,),
    "secretmanager.secrets.getIamPolicy": (access.after_secret_policy,),
    "secretmanager.secrets.list": (secrets.after_secrets, access.after_secrets),
    "secretmanager.secrets.get": (secrets.after_secret, access.after_secrets),
    "secretmanager.versions.list": (secrets.after_versions,),
}

__all__ = ["REGIONAL_TOPICS", "Plan", "with_needs"]
