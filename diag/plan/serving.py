"""Calls that follow from Cloud Run, connectors, Cloud SQL and Memorystore.

A list that is empty, partial or refused proves nothing absent: what is declared, or what a serving
revision or a NEG names, is then asked for by name. Whichever arrives later, list or namer, asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diag.calls import Answer, Call, Gap
from diag.facts.base import dig, last, relative, same, segment
from diag.facts.run import number_in
from diag.facts.sql import ConnectionName
from diag.plan.operating import measured
from diag.plan.planned import HOST_TOPICS, PROJECT_TOPICS, Planned
from diag.plan.reading import dicts, listed, missing, objects, scoped

# Cloud Run


def after_services(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The revisions of every service; by name what is declared, or named by a NEG, and was not seen."""
    parent = call["parent"]
    wanted = {f"{parent}/services/{item.name}" for item in plan.declared.services.values() if _lies_in(item, parent)}
    wanted |= {name for name in _services_behind(plan) if name.startswith(f"{parent}/")}
    docs = objects(answer, "services")
    for doc in docs:
        yield from _revisions_of(doc)
    yield from _tagged(docs, _tags_behind(plan))
    yield from _by_name("run.services.get", missing(wanted, docs, answer))


def after_service(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """Its revisions."""
    if isinstance(answer, Answer):
        yield from _revisions_of(answer.doc)
        yield from _tagged([answer.doc], _tags_behind(plan))


def after_groups(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The services of a region that only a serverless NEG names, and the revisions of the tags that NEGs name."""
    tags = _tags_behind(plan)
    for _, services in plan.answered("run.services.list"):
        yield from _tagged(objects(services, "services"), tags)
    for name in _names_in_groups(call["project"], answer):
        parent = name.partition("/services/")[0]
        yield Call.of("run.services.list", parent=parent)
        yield from _confirm(plan, Call.of("run.services.list", parent=parent), "run.services.get", [name])


def _services_behind(plan: Planned) -> Iterator[str]:
    """Full names of the services that the serverless NEGs name, as far as they have arrived."""
    for call, answer in plan.answered("compute.networkEndpointGroups.aggregatedList"):
        yield from _names_in_groups(call["project"], answer)


def _names_in_groups(project: str, answer: Answer | Gap) -> Iterator[str]:
    for group in scoped(answer, "networkEndpointGroups"):
        region = last(str(dig(group, "region") or ""))
        if dig(group, "cloudRun") and region:
            # With a URL mask the request picks the service, and the NEG names none.
            yield f"projects/{project}/locations/{region}/services/{dig(group, 'cloudRun.service') or ''}"


def _tags_behind(plan: Planned) -> frozenset[tuple[str, str]]:
    """Short name of the service, and the tag, of each NEG that names a tag."""
    groups = [
        group
        for _, answer in plan.answered("compute.networkEndpointGroups.aggregatedList")
        for group in scoped(answer, "networkEndpointGroups")
    ]
    named = ((dig(group, "cloudRun.service"), dig(group, "cloudRun.tag")) for group in groups)
    return frozenset((str(service), str(tag)) for service, tag in named if tag)


def _tagged(services: Iterable[object], tags: frozenset[tuple[str, str]]) -> Iterator[Call]:
    """The revisions of these tags, which answer there without a share of the traffic."""
    for service in services if tags else ():
        name = str(dig(service, "name") or "")
        for share in listed(service, "trafficStatuses") or listed(service, "traffic"):
            revision = dig(share, "revision") or dig(service, "latestReadyRevision")
            if revision and (last(name), dig(share, "tag")) in tags:
                yield Call.of("run.revisions.get", name=f"{name}/revisions/{last(str(revision))}")


def _revisions_of(service: object) -> Iterator[Call]:
    """The revisions that take traffic, and the newest one."""
    name = str(dig(service, "name") or "")
    shares = listed(service, "trafficStatuses") or listed(service, "traffic") or [{"percent": 100}]
    latest = dig(service, "latestReadyRevision")
    found = [dig(share, "revision") or latest for share in shares if dig(share, "percent")]
    for revision in dict.fromkeys(last(str(item)) for item in [*found, dig(service, "latestCreatedRevision")] if item):
        yield Call.of("run.revisions.get", name=f"{name}/revisions/{revision}")


def after_revision(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What it names: a connector, Cloud SQL instances, and a Shared VPC host's network."""
    doc = answer.doc if isinstance(answer, Answer) else {}
    for name in _connectors_of(call, doc):
        parent = name.partition("/connectors/")[0]
        if any(same(parent, f"projects/{project}/locations/{region}") for project, region in plan.declared.scopes()):
            listing = Call.of("vpcaccess.connectors.list", parent=parent)
            yield from _confirm(plan, listing, "vpcaccess.connectors.get", [name])
        else:
            yield Call.of("vpcaccess.connectors.get", name=name)
    for project, instance in _instances_of(doc):
        yield from _named_instance(plan, project, instance)
    for interface in dicts(doc, "vpcAccess.networkInterfaces"):
        for field in ("network", "subnetwork"):
            yield from _host(plan, str(dig(interface, field) or ""))


# Connectors


def _connectors_of(call: Call, revision: object) -> Iterator[str]:
    """The full name of the connector that a revision names; a short one lies beside its service [G-07]."""
    name = str(dig(revision, "vpcAccess.connector") or "")
    if name.startswith("projects/"):
        yield from [name] if name.count("/") == 5 else []
    elif name:
        yield f"{'/'.join(call['name'].split('/')[:4])}/connectors/{name}"


def after_connectors(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The host networks that they lead into; by name what is declared, or used, and was not seen."""
    parent = call["parent"]
    declared = plan.declared.connectors.values()
    wanted = {f"{parent}/connectors/{item.name}" for item in declared if _lies_in(item, parent)}
    for revision, found in plan.answered("run.revisions.get"):
        if isinstance(found, Answer):
            wanted |= {name for name in _connectors_of(revision, found.doc) if name.startswith(f"{parent}/")}
    docs = objects(answer, "connectors")
    for doc in docs:
        yield from after_connector(plan, call, Answer(doc))
    yield from _by_name("vpcaccess.connectors.get", missing(wanted, docs, answer))


def after_connector(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The network that it leads into, of its Shared VPC host or of its own project, and what is measured there."""
    if isinstance(answer, Answer):
        yield from measured(plan, segment(call.target, "projects") or plan.declared.project, "vpcaccess.googleapis.com")
        host, network = dig(answer.doc, "subnet.projectId"), str(dig(answer.doc, "network") or "")
        own = str(dig(answer.doc, "name") or "")
        yield from _host(plan, f"projects/{host}/global" if host else network if "/" in network else own)


def _host(plan: Planned, link: str) -> Iterator[Call]:
    """The network reads of a Shared VPC host project, when a link names one."""
    project = segment(relative(link), "projects")
    if project and not _is_own(plan, project):
        yield from (Call.of(PROJECT_TOPICS[topic], project=project) for topic in HOST_TOPICS)
        yield from measured(plan, project, "router.googleapis.com")


def _is_own(plan: Planned, project: str) -> bool:
    """Whether an id or number is that of the project itself; a number that no address of a service shows may be."""
    if not project.isdigit():
        return project == plan.declared.project
    own = (
        answer
        for call, answer in plan.answered("run.services.list")
        if segment(call["parent"], "projects") == plan.declared.project
    )
    docs = (doc for answer in own for doc in objects(answer, "services"))
    shown = (number_in(str(url) for url in listed(doc, "urls")) for doc in docs)
    return next(filter(None, shown), project) == project


# Cloud SQL and Memorystore


def _instances_of(revision: object) -> Iterator[tuple[str, str]]:
    """Project and name of each instance that a revision attaches by socket [ATT-01, ATT-02]."""
    for volume in dicts(revision, "volumes"):
        for text in listed(volume, "cloudSqlInstance.instances"):
            for name in filter(None, map(ConnectionName.parse, str(text).split(","))):
                yield name.project, name.instance


def _named_instance(plan: Planned, project: str, instance: str) -> Iterator[Call]:
    request = {"project": project, "instance": instance}
    if project not in plan.declared.projects():
        yield Call.of("sql.instances.get", **request)
        return
    answer = plan.answers.get(Call.of("sql.instances.list", project=project))
    if answer is not None and missing({instance}, objects(answer, "items"), answer):
        yield Call.of("sql.instances.get", **request)


def after_instances(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """Operations of every instance; by name what is declared, or attached, and was not seen; tiers where needed."""
    project = call["project"]
    docs = objects(answer, "items")
    wanted = {item.name for item in plan.declared.sql_instances.values() if item.project == project}
    for _, revision in plan.answered("run.revisions.get"):
        if isinstance(revision, Answer):
            wanted |= {name for attached, name in _instances_of(revision.doc) if attached == project}
    for name in sorted(missing(wanted, docs, answer)):
        yield Call.of("sql.instances.get", project=project, instance=name)
    for doc in docs:
        yield Call.of("sql.operations.list", project=project, instance=str(dig(doc, "name")))
    if any(not _memory_in_name(str(dig(doc, "settings.tier") or "")) for doc in docs):
        yield Call.of("sql.tiers.list", project=project)


def _memory_in_name(tier: str) -> bool:
    return tier.startswith("db-custom-") or tier in ("db-f1-micro", "db-g1-small")


def after_instance(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """Its operations, and the tiers where its tier does not say the memory."""
    if isinstance(answer, Answer):
        yield Call.of("sql.operations.list", project=call["project"], instance=call["instance"])
        if not _memory_in_name(str(dig(answer.doc, "settings.tier") or "")):
            yield Call.of("sql.tiers.list", project=call["project"])


def after_caches(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """By name what is declared and was not seen."""
    parent = call["parent"]
    declared = plan.declared.redis_instances.values()
    wanted = {f"{parent}/instances/{item.name}" for item in declared if _lies_in(item, parent)}
    yield from _by_name("redis.instances.get", missing(wanted, objects(answer, "instances"), answer))


def _lies_in(item: object, parent: str) -> bool:
    return f"projects/{getattr(item, 'project', '')}/locations/{getattr(item, 'region', '')}" == parent


def _by_name(key: str, names: Iterable[str]) -> Iterator[Call]:
    yield from (Call.of(key, name=name) for name in sorted(names) if last(name) and not name.endswith("/"))


def _confirm(plan: Planned, listing: Call, key: str, names: Iterable[str]) -> Iterator[Call]:
    """By name what a list that has arrived does not show; one that is still to come looks for itself."""
    answer = plan.answers.get(listing)
    if answer is not None:
        yield from _by_name(key, missing(set(names), objects(answer, listing.method.items), answer))
