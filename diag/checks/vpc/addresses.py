"""The address ranges that revisions leave from: clear of every other range, and large enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, warns
from diag.checks.subjects import RevisionView, connectors, instance_name, revisions
from diag.checks.vpc.way import WAY_OUT
from diag.errors import Unseen
from diag.facts.base import last, same
from diag.facts.run import Service
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.egress import Missing, connector_network, connector_range, leave, network_project, source, subnet
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass, field

SMALLEST_PREFIX = 26
"""A subnet for Direct VPC egress is /26 or larger [DVE-04]."""
ADDRESSES_PER_INSTANCE = 2
"""To plan for each running instance of Direct VPC egress [DVE-05]."""
DEFAULT_MAX_INSTANCES = 100
"""What an unset maximum is at least; the platform may allow more [SCL-01]."""


@dataclass(frozen=True)
class Sender:
    """A range that the network sees traffic of Cloud Run come from."""

    block: IPv4Network
    network: str
    region: str
    subnet: str
    """The subnet's full name; empty for a connector made from a range."""
    evidence: tuple[Evidence, ...]
    users: tuple[RevisionView, ...] = field(default=())
    """The serving revisions that leave by it; of Direct VPC egress only."""


def connector_senders(world: World, declared: Requirements) -> Iterator[Subject[Sender] | Gap]:
    """The range of each connector in view."""
    for subject in connectors(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        connector = subject.item.connector
        try:
            block, into = connector_range(world, connector), connector_network(world, connector)
        except Unseen as unseen:
            yield unseen.gap
            continue
        path = "subnet.name" if connector.subnetwork else "ipCidrRange"
        item = Sender(block, into, connector.region or "", connector.subnetwork, (connector.evidence(path),))
        yield Subject(connector.name, item, subject.declared_at, subject.critical)


def direct_senders(world: World, declared: Requirements) -> Iterator[Subject[Sender] | Gap]:
    """Each subnet that serving revisions leave from by Direct VPC egress, with those revisions."""
    found: dict[str, Sender] = {}
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif subject.item.revision.interfaces:
            try:
                sender = _direct_sender(subject.item, world)
            except Unseen as unseen:
                yield unseen.gap
                continue
            known = found.setdefault(sender.subnet, sender)
            found[sender.subnet] = replace(known, users=(*known.users, subject.item))
    for name, sender in found.items():
        yield Subject(name, sender, critical=any(view.wanted and view.wanted.critical for view in sender.users))


def _direct_sender(view: RevisionView, world: World) -> Sender:
    egress = leave(world, view.revision)
    assert not isinstance(egress, Missing), "only a connector can be missing"
    block, own = source(world, egress), subnet(world, egress)
    seen = (own.evidence("ipCidrRange"),) if own else ()
    return Sender(block, egress.network, egress.region, egress.subnet_name, seen)


def senders(world: World, declared: Requirements) -> Iterator[Subject[Sender] | Gap]:
    """Every range that revisions leave from, or may: connectors, and subnets of Direct VPC egress."""
    yield from connector_senders(world, declared)
    yield from direct_senders(world, declared)


@dataclass(frozen=True)
class Other:
    """A range that a sender's must not overlap."""

    block: IPv4Network
    what: str
    evidence: tuple[Evidence, ...] = ()


@check(
    "vpc.range-overlaps",
    Severity.HIGH,
    senders,
    reads=(*WAY_OUT, "routes", "instances"),
    always=True,
    facts=("NET-13", "VPC-12", "VPC-13"),
    docs=("https://cloud.google.com/vpc/docs/serverless-vpc-access", "https://cloud.google.com/vpc/docs/subnets"),
)
def range_overlaps(subject: Subject[Sender], world: World, declared: Requirements) -> Verdict:
    """An egress range overlaps another range.

    An address that is in two ranges is looked for in the nearer one: what a revision sends to it, or
    the answer to what it sent, ends there. Cloud SQL uses 172.17.0.0/16 itself and cannot answer a
    client in it.

    Reads the range of each connector and of each subnet of Direct VPC egress; the other subnets of the
    network, other connectors, the ranges of peerings, and the declared private destinations.

    Move the connector or the interface to a range of its own; ranges cannot be changed.
    """
    sender = subject.item
    found = [other for other in _others(subject, world, declared) if other.block.overlaps(sender.block)]
    required = f"{sender.block} overlaps no other range of {last(sender.network)}"
    if not found:
        return passes(required=required, observed="no overlap", evidence=sender.evidence)
    names = " and ".join(f"{other.what} ({other.block})" for other in found)
    return fails(
        required=required,
        observed=f"overlaps {names}",
        reason=f"an address of {sender.block} is ambiguous with {names}: what is sent to it, or its answers, get lost",
        evidence=(*sender.evidence, *(item for other in found for item in other.evidence)),
        fix=(_another_range(sender),),
    )


def _another_range(sender: Sender) -> Fix:
    name, project = last(sender.network), sender.network.split("/")[1]
    return Fix(
        f"gcloud compute networks subnets create NEW_SUBNET --network {name} --region {sender.region} "
        f"--project {project} --range FREE_RANGE"
    )


def _others(subject: Subject[Sender], world: World, declared: Requirements) -> Iterator[Other]:
    sender = subject.item
    yield Other(ranges.INSIDE_CLOUD_SQL, "the range inside Cloud SQL")
    yield from _subnets(sender, world)
    for other in connector_senders(world, declared):
        if isinstance(other, Gap):
            raise Unseen(other)
        if (
            other.resource != subject.resource
            and not _is(sender, other.item)
            and _same_network(sender, other.item.network)
        ):
            yield Other(other.item.block, f"connector {last(other.resource)}", other.item.evidence)
    for route in world.routes(network_project(world, sender.network)).whole():
        block = route.destination
        if _same_network(sender, route.network) and isinstance(block, IPv4Network) and route.next_hop.kind == "peering":
            yield Other(block, f"peering {route.next_hop.target}", (route.evidence("destRange"),))
    yield from _destinations(world, declared)


def _same_network(sender: Sender, name: str) -> bool:
    return same(sender.network, name)


def _is(sender: Sender, other: Sender) -> bool:
    """Whether both are the same subnet, seen by a connector and by an interface."""
    return bool(sender.subnet) and same(sender.subnet, other.subnet)


def _subnets(sender: Sender, world: World) -> Iterator[Other]:
    """The ranges of the network's subnets, but for the sender's own; a hidden one is known by its very range."""
    for other in world.subnetworks(network_project(world, sender.network)).whole():
        if not _same_network(sender, other.network):
            continue
        for path, block in other.ranges:
            hidden = not sender.subnet and other.region == sender.region and block == sender.block
            own = same(other.name, sender.subnet) and path == "ipCidrRange"
            if not (hidden or own):
                yield Other(block, f"subnet {other.short}", (other.evidence(path),))


def _destinations(world: World, declared: Requirements) -> Iterator[Other]:
    """The private addresses that the file says are reached."""
    for service in declared.services.values():
        for destination in service.reaches:
            wanted = declared.sql_instances.get(destination.sql or "")
            if wanted and destination.via == "private-ip":
                instance = world.instances(wanted.project).find(instance_name(wanted))
                path = instance.address_path("PRIVATE") if instance else ""
                where = ranges.address(instance.text(path)) if instance and path else None
                if instance and where:
                    yield Other(ranges.single(where), f"Cloud SQL {instance.short}", (instance.evidence(path),))
            cache = declared.redis_instances.get(destination.redis or "")
            where = ranges.address(cache.host) if cache and cache.host else None
            if cache and where:
                yield Other(ranges.single(where), f"Redis {cache.name}")


@check(
    "vpc.subnet-too-small",
    Severity.MEDIUM,
    direct_senders,
    reads=("services", "revisions", "subnetworks"),
    always=True,
    facts=("DVE-04", "DVE-05", "SCL-01"),
    docs=("https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",),
)
def subnet_too_small(subject: Subject[Sender], world: World, declared: Requirements) -> Verdict:
    """The subnet for Direct VPC egress has too few addresses.

    Each instance takes addresses of the subnet, and holds them for a while after it ended. Without a
    free address no further instance starts.

    Reads the subnet's primary range, and the largest number of instances of every service in view that
    leaves from it, two addresses each. An unset maximum counts as 100 and can only warn.

    Use a larger subnet, or lower the largest number of instances.
    """
    sender = subject.item
    services = {view.service.name: view.service for view in sender.users}
    limits = {name: _most(service, sender.users) for name, service in services.items()}
    needed = ADDRESSES_PER_INSTANCE * sum(limit or DEFAULT_MAX_INSTANCES for limit in limits.values())
    certain = ADDRESSES_PER_INSTANCE * sum(limit or 0 for limit in limits.values())
    usable = ranges.usable(sender.block)
    details = {
        "required": f"/{SMALLEST_PREFIX} or larger, with {needed} addresses",
        "observed": f"{sender.block} with {usable} addresses",
        "evidence": (*sender.evidence, *_limit_evidence(services, sender.users)),
        "not_consulted": ("addresses that other resources of the subnet hold",),
    }
    names = ", ".join(last(name) for name in services)
    if sender.block.prefixlen <= SMALLEST_PREFIX and usable >= needed:
        return passes(**details)
    fix = (
        Fix(
            f"gcloud compute networks subnets expand-ip-range {last(sender.subnet)} --region {sender.region} "
            f"--project {sender.network.split('/')[1]} --prefix-length {_prefix_for(needed)}"
        ),
    )
    said = f"{names} may run instances that take {needed} addresses of {last(sender.subnet)}, which has {usable}"
    if sender.block.prefixlen > SMALLEST_PREFIX or usable < certain:
        return fails(**details, reason=said, fix=fix)
    return warns(**details, reason=f"{said}; an unset maximum is counted as {DEFAULT_MAX_INSTANCES}", fix=fix)


def _most(service: Service, views: tuple[RevisionView, ...]) -> int | None:
    """The largest number of instances that a service may run; None when it is unset somewhere."""
    if service.manual_instances is not None:
        return service.manual_instances
    own = [view.revision for view in views if view.service.name == service.name]
    limits = [min(filter(None, (service.max_instances, one.max_instances)), default=None) for one in own]
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None


def _limit_evidence(services: dict[str, Service], views: tuple[RevisionView, ...]) -> tuple[Evidence, ...]:
    path = "scaling.maxInstanceCount"
    facts = [*services.values(), *(view.revision for view in views)]
    return tuple(fact.evidence(path) for fact in facts if fact.doc_text(path))


def _prefix_for(addresses: int) -> int:
    """The narrowest prefix, /26 at most, with that many usable addresses."""
    fitting = (
        length
        for length in range(SMALLEST_PREFIX, 0, -1)
        if 2 ** (32 - length) - ranges.RESERVED_ADDRESSES >= addresses
    )
    return next(fitting)
