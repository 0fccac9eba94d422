"""The ranges that the network sees traffic of Cloud Run come from: of connectors, and of Direct VPC egress."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from diag.calls import Gap
from diag.checks.check import Subject, Verdict
from diag.checks.subjects import RevisionView, revisions
from diag.checks.vpc.connector import connectors_in_view
from diag.errors import Unseen
from diag.facts.vpc import Connector
from diag.facts.world import World
from diag.paths.egress import Missing, connector_network, connector_range, leave, source, subnet
from diag.report import Evidence
from diag.requirements.model import Requirements
from diag.values import dataclass


@dataclass(frozen=True)
class Sender:
    """A range that the network sees traffic of Cloud Run come from."""

    block: IPv4Network
    network: str
    region: str
    subnet: str
    """The subnet's full name; empty for a connector made from a range."""
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Direct:
    """A subnet of Direct VPC egress, and the serving revisions that leave from it."""

    sender: Sender
    users: tuple[RevisionView, ...]


def senders(world: World, declared: Requirements) -> Iterator[Subject[Sender | Verdict | Gap] | Gap]:
    """Every range that revisions leave from, or may: connectors, and subnets of Direct VPC egress."""
    for subject in connectors_in_view(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        found = subject.item
        item = sender_of(world, found) if isinstance(found, Connector) else found
        yield Subject(subject.resource, item, subject.declared_at, subject.critical)
    for direct in direct_senders(world, declared):
        if isinstance(direct, Gap):
            yield direct
            continue
        item = direct.item.sender if isinstance(direct.item, Direct) else direct.item
        yield Subject(direct.resource, item, direct.declared_at, direct.critical)


def sender_of(world: World, connector: Connector) -> Sender | Gap:
    """The range of a connector, or why it was not seen."""
    try:
        block, into = connector_range(world, connector), connector_network(world, connector)
    except Unseen as unseen:
        return unseen.gap
    evidence = connector.evidence("subnet.name" if connector.subnetwork else "ipCidrRange")
    return Sender(block, into, connector.region or "", connector.subnetwork, (evidence,))


def direct_senders(world: World, declared: Requirements) -> Iterator[Subject[Direct | Gap] | Gap]:
    """Each subnet that serving revisions leave from by Direct VPC egress, once.

    A revision of which it was not seen from which subnet it leaves is a subject with its gap.
    """
    found: dict[str, Direct] = {}
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif subject.item.revision.interfaces:
            try:
                sender = _direct_sender(subject.item, world)
            except Unseen as unseen:
                yield Subject(subject.resource, unseen.gap, subject.declared_at, subject.critical)
                continue
            known = found.get(sender.subnet, Direct(sender, ()))
            found[sender.subnet] = replace(known, users=(*known.users, subject.item))
    for name, direct in found.items():
        wanted = [view.wanted for view in direct.users if view.wanted]
        place = wanted[0].at("egress.subnet") if wanted else None
        yield Subject(name, direct, place, any(item.critical for item in wanted))


def _direct_sender(view: RevisionView, world: World) -> Sender:
    egress = leave(world, view.revision)
    if isinstance(egress, Missing):
        raise TypeError(f"{view.revision.name} leaves by no connector")
    block, own = source(world, egress), subnet(world, egress)
    evidence = (own.evidence("ipCidrRange"),) if own else ()
    return Sender(block, egress.network, egress.region, egress.subnet_name, evidence)
