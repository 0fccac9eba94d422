"""What carries a packet from a way out to a private address: the network itself, or a peering of it."""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv4Address

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import last, same, told_apart
from diag.facts.routing import Route
from diag.facts.vpc import Network, Peering
from diag.facts.world import World
from diag.paths import ranges, routes
from diag.paths.egress import Attachment, Egress, network
from diag.paths.routes import SERVICE_PEERING
from diag.report import Evidence
from diag.values import dataclass


@dataclass(frozen=True)
class Target:
    """A private address to reach."""

    what: str
    """Of whom, for messages: `staging-shared-postgres`."""
    address: IPv4Address | None
    network: str
    """The network from which it is reached, in full or as the file names it; empty when that is not known."""
    by_service: bool = False
    """Whether it lies on the peering of private services access, as Cloud SQL's do [NET-11]."""

    def __str__(self) -> str:
        return str(self.address) if self.address else self.what


class Stop(Enum):
    """Why nothing gets there."""

    NETWORK = "another network"
    MODE = "not sent into the VPC"
    ABSENT = "no peering"
    INACTIVE = "an inactive peering"


@dataclass(frozen=True)
class Carriage:
    """How it is carried, or what stops it."""

    observed: str
    evidence: tuple[Evidence, ...] = ()
    stop: Stop | None = None
    why: str = ""


def carry(world: World, egress: Egress, target: Target) -> Carriage:
    """Whether a private address is reached by this way out; raises `Unseen` [NET-11, NET-14, CON-01]."""
    elsewhere = _is_elsewhere(target, egress)
    network_name = told_apart(egress.network, target.network) if elsewhere else last(egress.network)
    into = network_name or egress.attachment.value
    if egress.attachment is Attachment.NONE or elsewhere:
        lies = f"on a peering of {told_apart(target.network, egress.network)}" if target.network else "in a VPC"
        why = f"has {into}" if egress.attachment is Attachment.NONE else f"leaves into {into}"
        return Carriage(into, stop=Stop.NETWORK, why=f"{why}, and {target} lies {lies}, which nothing else reaches")
    if target.address and not egress.enters(target.address):
        why = f"sends only private ranges into {into}, and {target} is in none"
        return Carriage("private-ranges-only", stop=Stop.MODE, why=why)
    found = network(world, egress.network)
    named = next((item for item in found.peerings if item.name == SERVICE_PEERING), None)
    if target.by_service and named:
        return _by_peering(found, named, target)
    return _by_route(world, egress, found, target)


def _is_elsewhere(target: Target, egress: Egress) -> bool:
    """Whether it lies on a peering of another network; one that is declared in short may be a Shared VPC host's."""
    if "/" in target.network:
        return not same(egress.network, target.network)
    return bool(target.network) and target.network != last(egress.network)


def _by_peering(found: Network, peering: Peering, target: Target) -> Carriage:
    state = peering.state.read()
    seen = (found.evidence(f"{peering.path}.state", state),)
    if state == "ACTIVE":
        return Carriage(f"{found.short}, peering {peering.name} {state}", seen)
    why = f"reaches {found.short}, and {target} lies beyond its peering {peering.name}, which is {state}"
    return Carriage(f"peering {peering.name} is {state}", seen, Stop.INACTIVE, why)


def _by_route(world: World, egress: Egress, found: Network, target: Target) -> Carriage:
    """By the route that takes its address; a peering shows its routes while it is active."""
    table = routes.of_network(world, egress)
    route = routes.winner(table, ranges.single(target.address)) if target.address else None
    if route and route.next_hop.kind == "peering":
        peering = next((item for item in found.peerings if item.name == last(route.next_hop.target)), None)
        return _by_peering(found, peering, target) if peering else _no_peering(found, target)
    if route and route.next_hop.kind == "subnet":
        return Carriage(f"{found.short} itself", (route.evidence("destRange"),))
    if route and route.next_hop.kind != "internet":
        said = f"route {route.short} takes {target} to {route.next_hop}, and what lies there was not read"
        raise Unseen(Gap(GapKind.UNDECIDED, said, route.origin.call))
    if not target.by_service:
        _require_telling(world, egress, found, table, target)
    return _no_peering(found, target)


def _require_telling(world: World, egress: Egress, found: Network, table: list[Route], target: Target) -> None:
    """Raises `Unseen` when that no route takes an address does not show that no peering does."""
    active = [item for item in found.peerings if item.state.read() == "ACTIVE"]
    if active and not any(route.next_hop.kind == "peering" for route in table):
        said = f"the routes of {found.short} show none of its peerings, so which of them holds {target} is not known"
        raise Unseen(Gap(GapKind.UNDECIDED, said, found.origin.call))
    routes.require_no_learned(world, egress)


def _no_peering(found: Network, target: Target) -> Carriage:
    which = f"has no peering {SERVICE_PEERING}" if target.by_service else f"has no active peering that holds {target}"
    seen = (found.evidence("peerings", [f"{item.name} {item.state}" for item in found.peerings]),)
    why = f"reaches {found.short}, and {target} lies beyond a peering that {found.short} does not have"
    if not target.by_service:
        why = f"reaches {found.short}, and neither a subnet nor a peering of it holds {target}"
    return Carriage(f"{found.short} {which}", seen, Stop.ABSENT, why)
