"""How a revision leaves: by a connector, by Direct VPC interfaces or straight to the internet, into which network.

`leave` says it from the revision, its connector and, where only a subnet is named, that subnet.
Which route, NAT or peering then carries a packet is in `routes`, `nat` and `reach`.
"""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv4Address, IPv4Network

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import last, relative, same, segment
from diag.facts.run import NetworkInterface, Revision
from diag.facts.vpc import Connector, Network, Subnetwork
from diag.facts.world import World
from diag.paths import ranges
from diag.report import Evidence
from diag.values import dataclass


class Attachment(Enum):
    """By what a revision enters a VPC; the value is the phrase in messages."""

    CONNECTOR = "connector"
    DIRECT = "Direct VPC egress"
    NONE = "no VPC egress"


@dataclass(frozen=True)
class Missing:
    """A resource on the way that is proved not to be there, and the check that reports it."""

    resource: str
    reported_by: str


@dataclass(frozen=True)
class Egress:
    """The way out of one revision, as far as its own settings and its connector's decide it."""

    revision: Revision
    attachment: Attachment
    connector: Connector | None = None
    network: str = ""
    """`projects/P/global/networks/N`; empty without a VPC."""
    subnet_name: str = ""
    """`projects/P/regions/R/subnetworks/S`; empty without a VPC, and for a connector made from a range."""
    tags: frozenset[str] = frozenset()
    """Network tags that routes and firewall rules see [VPC-30, DVE-11]."""

    @property
    def all_traffic(self) -> bool:
        """Whether everything enters the VPC [EGR-05]."""
        return self.revision.all_traffic

    @property
    def region(self) -> str:
        """The region that it leaves from: its connector's, else its own."""
        return (self.connector or self.revision).region or ""

    def enters(self, where: IPv4Address) -> bool:
        """Whether what is sent to this address enters the VPC; raises `Unseen` where no document says it [EGR-04]."""
        if self.attachment is Attachment.NONE:
            return False
        return self.all_traffic or ranges.private(where)

    def evidence(self) -> tuple[Evidence, ...]:
        """What says so: attachment and mode of the revision, network of the connector."""
        into = (self.connector.evidence("network", last(self.network)),) if self.connector else ()
        return (*settings_evidence(self.revision), *into)


def connector_evidence(revision: Revision) -> Evidence:
    """The connector that it names, in full."""
    return revision.evidence("vpcAccess.connector", revision.connector)


def mode_evidence(revision: Revision) -> Evidence:
    """The egress mode as it stands; unset is the documented default [EGR-01]."""
    if revision.doc_text("vpcAccess.egress"):
        return revision.evidence("vpcAccess.egress")
    return revision.evidence("vpcAccess.egress", "PRIVATE_RANGES_ONLY", default=True)


def attachment(revision: Revision) -> Attachment:
    """By what a revision enters a VPC, as its settings say; raises `Unseen` where they say no one way."""
    if revision.connector and revision.interfaces:
        raise _undecided(revision, "names both a connector and a network interface, which the platform does not allow")
    if len(revision.interfaces) > 1:
        raise _undecided(revision, "has more than one network interface, where the platform documents one [DVE-01]")
    if revision.connector:
        return Attachment.CONNECTOR
    if revision.interfaces:
        return Attachment.DIRECT
    if any(revision.mapping("vpcAccess").values()):
        raise _undecided(revision, "has VPC access settings that name neither a connector nor a network interface")
    return Attachment.NONE


def settings_evidence(revision: Revision) -> tuple[Evidence, ...]:
    """What a revision's own settings say of its way out: attachment and mode."""
    if not revision.connector and not revision.interfaces:
        return (revision.evidence("vpcAccess", "not set", default=True),)
    by = connector_evidence(revision) if revision.connector else revision.evidence("vpcAccess.networkInterfaces")
    return by, mode_evidence(revision)


def leave(world: World, revision: Revision) -> Egress | Missing:
    """How this revision leaves; `Missing` when its connector is not there; raises `Unseen`."""
    match attachment(revision):
        case Attachment.CONNECTOR:
            return _by_connector(world, revision)
        case Attachment.DIRECT:
            return _by_interface(world, revision, revision.interfaces[0])
        case Attachment.NONE:
            return Egress(revision, Attachment.NONE)


def _by_connector(world: World, revision: Revision) -> Egress | Missing:
    connector = world.connector(revision.connector)
    if connector is None:
        return Missing(revision.connector, "vpc.connector-missing")
    into = connector_network(world, connector)
    return Egress(revision, Attachment.CONNECTOR, connector, into, connector.subnetwork, connector.tags)


def _by_interface(world: World, revision: Revision, interface: NetworkInterface) -> Egress:
    links = (relative(interface.subnetwork), relative(interface.network))
    project = next((found for link in links if (found := segment(link, "projects"))), revision.project)
    # Without a subnet the one of the network's name is used [DVE-02].
    short = last(interface.subnetwork or interface.network)
    subnet = f"projects/{project}/regions/{revision.region}/subnetworks/{short}"
    named = last(interface.network)
    network = f"projects/{project}/global/networks/{named}" if named else _network_of(world, subnet)
    return Egress(revision, Attachment.DIRECT, network=network, subnet_name=subnet, tags=frozenset(interface.tags))


def _undecided(revision: Revision, what: str) -> Unseen:
    return Unseen(Gap(GapKind.UNDECIDED, f"revision {revision.short} {what}", revision.origin.call))


def network_project(world: World, name: str) -> str:
    """The project whose networks hold the resource of that name; a project's number stands for its id."""
    project = segment(name, "projects") or world.project
    return world.project if world.is_own(project) else project


def network(world: World, name: str) -> Network:
    """The network of that full name; raises `Unseen` when it was not seen or is not there."""
    found = world.networks(network_project(world, name)).find(name)
    if found is None:
        raise Unseen(Gap(GapKind.UNDECIDED, f"network {last(name)} is not among the networks of its project"))
    return found


def _network_of(world: World, subnet: str) -> str:
    return _subnet(world, subnet).network


def _subnet(world: World, name: str) -> Subnetwork:
    found = world.subnetworks(network_project(world, name)).find(name)
    if found is None:
        raise Unseen(Gap(GapKind.UNDECIDED, f"subnet {last(name)} is not among the subnets of its project"))
    return found


def connector_network(world: World, connector: Connector) -> str:
    """The full name of the network that a connector leads into; its subnet's where it names only that."""
    if not connector.network and not connector.subnetwork:
        said = f"connector {connector.short} names neither a network nor a subnet"
        raise Unseen(Gap(GapKind.MALFORMED, said, connector.origin.call))
    return connector.network or _network_of(world, connector.subnetwork)


def connector_range(world: World, connector: Connector) -> IPv4Network:
    """The addresses that the VPC sees a connector send from [VPC-13]."""
    block = connector.range or (_subnet(world, connector.subnetwork).range if connector.subnetwork else None)
    if block is None:
        said = f"connector {connector.short} has neither a range nor a subnet with one"
        raise Unseen(Gap(GapKind.MALFORMED, said, connector.origin.call))
    return block


def subnet(world: World, egress: Egress) -> Subnetwork | None:
    """The subnet that it leaves from; None where it cannot be known: a connector made from a range hides it.

    A subnet of that network and region with the connector's very range is it: no network has a range twice.
    """
    if egress.subnet_name:
        return _subnet(world, egress.subnet_name)
    if egress.connector is None:
        return None
    block = egress.connector.range
    for found in world.subnetworks(network_project(world, egress.network)):
        if found.region == egress.region and same(found.network, egress.network) and block and found.range == block:
            return found
    return None


def source(world: World, egress: Egress) -> IPv4Network:
    """The addresses that the VPC sees it send from; raises `Unseen` without a VPC or where they are not known."""
    if egress.connector:
        return connector_range(world, egress.connector)
    found = subnet(world, egress)
    if found is None or found.range is None:
        raise _undecided(egress.revision, "leaves from no IPv4 range that was seen")
    return found.range
