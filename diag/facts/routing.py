"""Routes, Cloud Routers and their NATs, from API JSON (compute v1)."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, last, relative
from diag.values import dataclass

ROUTE_STATES = frozenset({"ACTIVE", "DROPPED", "INACTIVE", "PENDING"})
NAT_TYPES = frozenset({"PUBLIC", "PRIVATE"})
NAT_RANGES = frozenset(
    {"ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES", "LIST_OF_SUBNETWORKS"}
)
NAT_SUBNET_RANGES = frozenset({"ALL_IP_RANGES", "PRIMARY_IP_RANGE", "LIST_OF_SECONDARY_IP_RANGES"})
NAT_ENDPOINTS = frozenset({"ENDPOINT_TYPE_VM", "ENDPOINT_TYPE_SWG", "ENDPOINT_TYPE_MANAGED_PROXY_LB"})


@dataclass(frozen=True)
class NextHop:
    """Where a route leads."""

    kind: str
    """`internet`, `subnet`, `peering`, `instance`, `address`, `load-balancer`, `vpn`, `hub` or `interconnect`."""
    target: str
    """The link or address, or the name of the peering."""
    path: str

    def __str__(self) -> str:
        return self.kind if self.kind in ("internet", "subnet") else f"{self.kind} {last(self.target)}"


_NEXT_HOPS = {
    "nextHopNetwork": "subnet",
    "nextHopPeering": "peering",
    "nextHopInstance": "instance",
    "nextHopIp": "address",
    "nextHopIlb": "load-balancer",
    "nextHopVpnTunnel": "vpn",
    "nextHopHub": "hub",
    "nextHopInterconnectAttachment": "interconnect",
}


class Route(Resource):
    """A route of a network: static, of a subnet, or of a peering; learned ones are not in this list."""

    @property
    def network(self) -> str:
        """Its network as `projects/P/global/networks/N`."""
        return relative(self.text("network"))

    @cached_property
    def destination(self) -> IPv4Network | IPv6Network:
        """The range that it takes."""
        try:
            return ip_network(self.text("destRange"))
        except ValueError:
            raise Unseen(self.malformed("destRange", self.text("destRange"))) from None

    @property
    def priority(self) -> int:
        """The lower number wins among equal destinations; default 1000 (doc:vpc/docs/routes)."""
        priority = self.integer("priority", 1000)
        return 1000 if priority is None else priority

    @property
    def tags(self) -> frozenset[str]:
        """Network tags of the instances that it holds for; empty means all of them."""
        return frozenset(self.words("tags"))

    @property
    def active(self) -> bool:
        """Whether it carries traffic; a route without a status does."""
        return self.choice("routeStatus", ROUTE_STATES, "ACTIVE").read() == "ACTIVE"

    @property
    def next_hop(self) -> NextHop:
        """Where it leads; raises `Unseen` for a kind that this version does not know."""
        gateway = self.text("nextHopGateway")
        if last(gateway) == "default-internet-gateway":
            return NextHop("internet", gateway, "nextHopGateway")
        for field, kind in _NEXT_HOPS.items():
            if target := self.text(field):
                return NextHop(kind, target, field)
        said = f"route {self.short} has a next hop that this version of diag does not know"
        raise Unseen(Gap(GapKind.UNDOCUMENTED, said, self.origin.call, advice="see whether a newer diag knows it"))


@dataclass(frozen=True)
class NatSubnet:
    """One entry of a NAT's list of subnets."""

    name: str
    """`projects/P/regions/R/subnetworks/S`."""
    ranges: tuple[Choice, ...]

    @property
    def primary(self) -> bool:
        """Whether the primary range is translated; raises `Unseen` where only a new value may say so."""
        return _holds(self.ranges, {"ALL_IP_RANGES", "PRIMARY_IP_RANGE"})


@dataclass(frozen=True)
class Nat:
    """A NAT of a Cloud Router [EGR-06, EGR-07]."""

    name: str
    type: Choice
    """PUBLIC, which is the default, or PRIVATE: the latter gives no internet [EGR-07]."""
    ranges: Choice
    subnets: tuple[NatSubnet, ...]
    endpoints: tuple[Choice, ...]
    """What it translates for; an empty list means virtual machines."""
    path: str
    """Where it stands in the router's JSON."""
    ipv6_only: bool = False
    """Whether it translates for addresses of IPv6 alone (NAT64): it says subnets of these, and none of IPv4."""

    @property
    def public_for_machines(self) -> bool:
        """Whether it gives machines (connectors and Direct VPC egress count as such) the internet."""
        if self.type.read() != "PUBLIC":
            return False
        return not self.endpoints or _holds(self.endpoints, {"ENDPOINT_TYPE_VM"})


def _holds(choices: Sequence[Choice], wanted: Set[str]) -> bool:
    """Whether one of the values is wanted; what the others are then does not matter, known or new."""
    return any(choice.value in wanted for choice in choices) or any(choice.read() in wanted for choice in choices)


class Router(Resource):
    """A Cloud Router and its NATs."""

    @property
    def region(self) -> str | None:
        """The region that it serves."""
        return last(self.text("region")) or super().region

    @property
    def network(self) -> str:
        """Its network as `projects/P/global/networks/N`."""
        return relative(self.text("network"))

    @property
    def learns_routes(self) -> bool:
        """Whether it has a BGP session that is not switched off: what it learns is in no list."""
        return any(str(peer.get("enable", "TRUE")).upper() != "FALSE" for peer in self.objects("bgpPeers"))

    @cached_property
    def nats(self) -> tuple[Nat, ...]:
        """Its NATs, in the order of the API."""
        return tuple(self._nat(f"nats[{index}]") for index in range(len(self.objects("nats"))))

    def _nat(self, path: str) -> Nat:
        subnets = (
            self._nat_subnet(f"{path}.subnetworks[{i}]") for i in range(len(self.objects(f"{path}.subnetworks")))
        )
        endpoints = range(len(self.items(f"{path}.endpointTypes")))
        return Nat(
            self.text(f"{path}.name"),
            self.choice(f"{path}.type", NAT_TYPES, "PUBLIC"),
            self.choice(f"{path}.sourceSubnetworkIpRangesToNat", NAT_RANGES),
            tuple(subnets),
            tuple(self.choice(f"{path}.endpointTypes[{i}]", NAT_ENDPOINTS) for i in endpoints),
            path,
            not self.text(f"{path}.sourceSubnetworkIpRangesToNat")
            and bool(self.text(f"{path}.sourceSubnetworkIpRangesToNat64")),
        )

    def _nat_subnet(self, path: str) -> NatSubnet:
        field = f"{path}.sourceIpRangesToNat"
        count = len(self.items(field))
        named = [self.choice(f"{field}[{index}]", NAT_SUBNET_RANGES) for index in range(count)]
        return NatSubnet(
            relative(self.text(f"{path}.name")),
            tuple(named) or (self.choice(field + "[0]", NAT_SUBNET_RANGES, "ALL_IP_RANGES"),),
        )
