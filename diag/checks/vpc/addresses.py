"""The address ranges that revisions leave from: clear of every other range, and large enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.subjects import RevisionView, connectors, revisions
from diag.errors import Unseen
from diag.facts.base import last, same
from diag.facts.run import Service
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.egress import Attachment, connector_network, connector_range, leave, network_project, source
from diag.report import Evidence, Fix, JsonValue, Severity
from diag.requirements.model import Requirements

SMALLEST_PREFIX = 26
"""A subnet for Direct VPC egress is /26 or larger [DVE-04]."""
ADDRESSES_PER_INSTANCE = 2
"""To plan for each running instance of Direct VPC egress [DVE-05]."""
DEFAULT_MAX_INSTANCES = 100
"""What an unset maximum is at least; the platform may allow more [SCL-01]."""


@dataclass(frozen=True)
class Sender:
    """A range that revisions send from."""

    block: IPv4Network
    network: str
    region: str
    subnet: str
    """The subnet's full name; empty for a connector made from a range."""
    evidence: tuple[Evidence, ...]
    users: tuple[RevisionView, ...] = field(default=())
    """The serving revisions that leave by it; of Direct VPC egress only."""


def _connector_senders(world: World, declared: Requirements) -> Iterator[Subject[Sender] | Gap]:
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
        seen = (connector.evidence(path), connector.evidence("network", last(into)))
        item = Sender(block, into, connector.region or "", connector.subnetwork, seen)
        yield Subject(subject.resource, item, subject.declared_at, subject.critical)


def direct_subnets(world: World, declared: Requirements) -> Iterator[Subject[Sender] | Gap]:
    """Each subnet that serving revisions leave from by Direct VPC egress, with the revisions that do."""
    users: dict[str, list[RevisionView]] = {}
    found: dict[str, Sender] = {}
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        revision = subject.item.revision
        if not revision.interfaces:
            continue
        try:
            egress = leave(world, revision)
            if not isinstance(egress, Missing) and egress.attachment is Attachment.DIRECT:
                block = source(world, egress)
                seen = (revision.evidence("vpcAccess.networkInterfaces"),)
                found.setdefault(
                    egress.subnet_name, Sender(block, egress.network, egress.region, egress.subnet_name, seen)
                )
                users.setdefault(egress.subnet_name, []).append(subject.item)
        except Unseen as unseen:
            yield unseen.gap
    for name, sender in found.items():
        yield Subject(name, replace(sender, users=tuple(users[name])))
