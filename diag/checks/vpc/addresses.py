"""The address ranges that revisions leave from: clear of every other range, and large enough."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, warns
from diag.checks.subjects import RevisionView, instance_name
from diag.checks.vpc.connector import connectors_in_view
from diag.checks.vpc.senders import Direct, Sender, direct_senders, sender_of, senders
from diag.checks.vpc.way import WAY_OUT
from diag.errors import Unseen
from diag.facts.base import last, same
from diag.facts.run import Service
from diag.facts.vpc import Connector
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.egress import connector_network, network_project
from diag.paths.find import some
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

SMALLEST_PREFIX = 26
"""A subnet for Direct VPC egress is /26 or larger [DVE-04]."""
ADDRESSES_PER_INSTANCE = 2
"""To plan for each running instance of Direct VPC egress [DVE-05]."""
DEFAULT_MAX_INSTANCES = 100
"""What an unset maximum is at least; the platform may allow more [SCL-01]."""


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
def range_overlaps(subject: Subject[Sender | Verdict | Gap], world: World, declared: Requirements) -> Verdict:
    """An egress range overlaps another range.

    An address that is in two ranges is looked for in the nearer one: what a revision sends to it, or
    the answer to what it sent, ends there. Cloud SQL uses 172.17.0.0/16 itself and cannot answer a
    client in it.

    Reads the range of each connector and of each subnet of Direct VPC egress; the other subnets of the
    network, other connectors, the ranges of peerings, and the declared private destinations.

    Move the connector or the interface to a range of its own; ranges cannot be changed.
    """
    sender = subject.item
    if isinstance(sender, Verdict):
        return sender
    if isinstance(sender, Gap):
        raise Unseen(sender)
    others = list(_others(sender, subject.resource, world, declared))
    found = [other for other in others if isinstance(other, Other) and other.block.overlaps(sender.block)]
    required = f"{sender.block} overlaps no other range of {last(sender.network)}"
    if not found:
        gap = next((other for other in others if isinstance(other, Gap)), None)
        if gap:
            raise Unseen(gap)
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


def _others(sender: Sender, name: str, world: World, declared: Requirements) -> Iterator[Other | Gap]:
    """Every range that the sender's must not overlap, and what of them was not seen."""
    yield Other(ranges.INSIDE_CLOUD_SQL, "the range inside Cloud SQL")
    for part in (
        _subnets(sender, world),
        _connectors(sender, name, world, declared),
        _peerings(sender, world),
        _destinations(world, declared),
    ):
        try:
            yield from part
        except Unseen as unseen:
            yield unseen.gap


def _subnets(sender: Sender, world: World) -> Iterator[Other]:
    """The ranges of the network's subnets, but for the sender's own; a hidden one is known by its very range."""
    for other in world.subnetworks(network_project(world, sender.network)).whole():
        if not same(sender.network, other.network):
            continue
        for path, block in other.ranges:
            hidden = not sender.subnet and other.region == sender.region and block == sender.block
            own = same(other.name, sender.subnet) and path == "ipCidrRange"
            if not (hidden or own):
                yield Other(block, f"subnet {other.short}", (other.evidence(path),))


def _connectors(sender: Sender, name: str, world: World, declared: Requirements) -> Iterator[Other | Gap]:
    """The ranges of other connectors on the network; one on the sender's own subnet has the same range."""
    for subject in connectors_in_view(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif isinstance(subject.item, Gap):
            yield subject.item
        elif isinstance(subject.item, Connector) and not same(subject.resource, name):
            yield from _connector(sender, subject.item, world)


def _connector(sender: Sender, connector: Connector, world: World) -> Iterator[Other | Gap]:
    if not same(sender.network, connector_network(world, connector)):
        return
    other = sender_of(world, connector)
    if isinstance(other, Gap):
        yield other
    elif not (sender.subnet and same(sender.subnet, other.subnet)):
        yield Other(other.block, f"connector {connector.short}", other.evidence)


def _peerings(sender: Sender, world: World) -> Iterator[Other]:
    """The ranges beyond the network's peerings, as its routes show them."""
    for route in some(world.routes(network_project(world, sender.network))):
        block = route.destination
        if same(sender.network, route.network) and isinstance(block, IPv4Network) and route.next_hop.kind == "peering":
            yield Other(block, f"peering {route.next_hop.target}", (route.evidence("destRange"),))


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
def subnet_too_small(subject: Subject[Direct | Gap], world: World, declared: Requirements) -> Verdict:
    """The subnet for Direct VPC egress has too few addresses.

    Each instance takes addresses of the subnet, and holds them for a while after it ended. Without a
    free address no further instance starts.

    Reads the subnet's primary range, and the largest number of instances of every service in view that
    leaves from it, two addresses each. An unset maximum counts as 100 and can only warn.

    Use a larger subnet, or lower the largest number of instances.
    """
    direct = subject.item
    if isinstance(direct, Gap):
        raise Unseen(direct)
    sender, users = direct.sender, direct.users
    if sender.block.prefixlen > SMALLEST_PREFIX:
        return fails(
            required=f"/{SMALLEST_PREFIX} or larger",
            observed=str(sender.block),
            reason=f"{last(sender.subnet)} is smaller than /{SMALLEST_PREFIX}, the least for Direct VPC egress",
            evidence=sender.evidence,
            fix=(_expand(sender, SMALLEST_PREFIX),),
        )
    return _counted(sender, users)


def _counted(sender: Sender, users: tuple[RevisionView, ...]) -> Verdict:
    """Whether the subnet has addresses for as many instances as its users may run."""
    services = {view.service.name: view.service for view in users}
    limits = [_most(service, users) for service in services.values()]
    needed = ADDRESSES_PER_INSTANCE * sum(limit or DEFAULT_MAX_INSTANCES for limit in limits)
    certain = ADDRESSES_PER_INSTANCE * sum(limit or 0 for limit in limits)
    usable = ranges.usable(sender.block)
    details = {
        "required": f"/{SMALLEST_PREFIX} or larger, with {needed} addresses",
        "observed": f"{sender.block} with {usable} addresses",
        "evidence": (*sender.evidence, *_limit_evidence(services, users)),
        "not_consulted": ("addresses that other resources of the subnet hold",),
    }
    if usable >= needed:
        return passes(**details)
    names = " and ".join(last(name) for name in services)
    said = f"{names} may run instances that take {needed} addresses of {last(sender.subnet)}, which has {usable}"
    details["fix"] = (_expand(sender, _prefix_for(needed)),)
    if usable < certain:
        return fails(**details, reason=said)
    return warns(**details, reason=f"{said}; an unset maximum is counted as {DEFAULT_MAX_INSTANCES}")


def _expand(sender: Sender, prefix: int) -> Fix:
    place = f"--region {sender.region} --project {sender.network.split('/')[1]}"
    return Fix(
        f"gcloud compute networks subnets expand-ip-range {last(sender.subnet)} {place} --prefix-length {prefix}"
    )


def _most(service: Service, views: tuple[RevisionView, ...]) -> int | None:
    """The largest number of instances that a service may run; None when it is unset somewhere."""
    if service.manual_instances is not None:
        return service.manual_instances
    own = [view.revision for view in views if view.service.name == service.name]
    limits = [min(filter(None, (service.max_instances, one.max_instances)), default=None) for one in own]
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None


def _limit_evidence(services: dict[str, Service], views: tuple[RevisionView, ...]) -> tuple[Evidence, ...]:
    facts = [*services.values(), *(view.revision for view in views)]
    paths = ("scaling.maxInstanceCount", "scaling.manualInstanceCount")
    return tuple(fact.evidence(path) for fact in facts for path in paths if fact.doc_text(path))


def _prefix_for(addresses: int) -> int:
    """The narrowest prefix, /26 at most, with that many usable addresses."""
    fitting = (
        length
        for length in range(SMALLEST_PREFIX, 0, -1)
        if 2 ** (32 - length) - ranges.RESERVED_ADDRESSES >= addresses
    )
    return next(fitting)
