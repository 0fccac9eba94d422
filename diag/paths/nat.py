"""Which Cloud NAT gives a way out the internet."""

from __future__ import annotations

from diag.calls import METHODS, Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import last, same
from diag.facts.routing import Nat, Router
from diag.facts.world import World
from diag.paths.egress import Egress, network_project, subnet
from diag.report import Evidence
from diag.values import dataclass


@dataclass(frozen=True)
class Translation:
    """A NAT and its router."""

    router: Router
    nat: Nat

    def evidence(self) -> tuple[Evidence, ...]:
        """What says which subnets it covers, and whether it gives the internet."""
        path, listed = self.nat.path, [last(item.name) for item in self.nat.subnets]
        return (
            self.router.evidence(f"{path}.sourceSubnetworkIpRangesToNat"),
            *([self.router.evidence(f"{path}.subnetworks", listed)] if listed else []),
            self.router.evidence(f"{path}.type", self.nat.type.value, default=not self.router.text(f"{path}.type")),
        )


def near(world: World, egress: Egress) -> list[Translation]:
    """Every NAT of the network and region that it leaves into, whatever it covers; raises `Unseen`."""
    return [Translation(router, nat) for router in _routers(world, egress) for nat in router.nats]


def _routers(world: World, egress: Egress) -> list[Router]:
    routers = world.routers(network_project(world, egress.network)).whole()
    near = [one for one in routers if one.region == egress.region]
    for router in near:
        if not router.network:
            raise Unseen(router.malformed("network", ""))
    return [one for one in near if same(one.network, egress.network)]


def routers_evidence(world: World, egress: Egress) -> Evidence:
    """The routers of that network and region, which may be none."""
    method, names = METHODS["compute.routers.aggregatedList"], [one.short for one in _routers(world, egress)]
    return Evidence(method.api, method.name, "routers", names, world.taken_at, egress.network)


def public_nat(world: World, egress: Egress) -> Translation | None:
    """A public NAT that covers what it leaves from [EGR-06, EGR-07]; None when none does; raises `Unseen`."""
    unseen: Unseen | None = None
    for found in near(world, egress):
        try:
            if found.nat.public_for_machines and _covers(world, found.nat, egress):
                return found
        except Unseen as reason:
            unseen = reason
    if unseen:
        raise unseen
    return None


def _covers(world: World, nat: Nat, egress: Egress) -> bool:
    if nat.ipv6_only:
        return False
    if nat.ranges.read() != "LIST_OF_SUBNETWORKS":
        return True
    hidden = None if egress.subnet_name else subnet(world, egress)
    own = egress.subnet_name or (hidden.name if hidden else "")
    if own:
        return any(same(item.name, own) and item.primary for item in nat.subnets)
    _require_shown(world, nat, egress)
    return False


def _require_shown(world: World, nat: Nat, egress: Egress) -> None:
    """Raises `Unseen` when the NAT lists a subnet that no list shows: it may be the connector's hidden one."""
    for item in nat.subnets:
        if world.subnetworks(network_project(world, item.name)).find(item.name) is None:
            connector = egress.connector.short if egress.connector else ""
            said = (
                f"NAT {nat.name} lists {last(item.name)}, which may be the subnet that connector {connector} was given"
            )
            fix = f"let NAT {nat.name} cover all subnets, or give the connector a subnet of its own"
            raise Unseen(Gap(GapKind.UNDECIDED, said, advice=fix))


def is_google(host: str) -> bool:
    """Whether Private Google Access reaches that host, given with or without `:port` [EGR-11]."""
    name = host.partition(":")[0].lower().rstrip(".")
    return any(name == domain or name.endswith(f".{domain}") for domain in _GOOGLE)


_GOOGLE = (
    "googleapis.com",
    "run.app",
    "gcr.io",
    "pkg.dev",
    "cloudfunctions.net",
    "appspot.com",
    "accounts.google.com",
    "gstatic.com",
)
"""Google APIs and sign-in, other Cloud Run services, functions and App Engine, registries."""


def google_access(world: World, egress: Egress) -> bool:
    """Whether its subnet has Private Google Access; raises `Unseen` for a subnet that no list shows."""
    own = subnet(world, egress)
    if own is None:
        raise hidden(egress)
    return own.private_google_access


def hidden(egress: Egress) -> Unseen:
    """Nothing is known of the subnet of a connector that was made from a range."""
    name = egress.connector.short if egress.connector else last(egress.subnet_name)
    said = f"the subnet of {name}, which was made from a range, is not shown, and no NAT covers it"
    return Unseen(Gap(GapKind.UNDECIDED, said, advice="give the connector a subnet of its own, or add a NAT"))


def described(found: list[Translation], egress: Egress) -> str:
    """Why none of these gives it the internet: `NAT a is private; NAT b lists other subnets`."""
    if not found:
        return f"{last(egress.network)} has no router with NAT in {egress.region}"
    return "; ".join(_defect(item.nat) for item in found)


def _defect(nat: Nat) -> str:
    if nat.type.value != "PUBLIC":
        return f"NAT {nat.name} is {nat.type.value.lower()} and gives no internet"
    if not nat.public_for_machines:
        return f"NAT {nat.name} serves {', '.join(str(item) for item in nat.endpoints)} only"
    if nat.ipv6_only:
        return f"NAT {nat.name} translates for IPv6 only"
    return f"NAT {nat.name} does not list the subnet's primary range"
