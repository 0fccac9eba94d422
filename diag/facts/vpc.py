"""Serverless VPC Access, VPC networks and their subnets, from API JSON (vpcaccess v1, compute v1)."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Network

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, last, relative
from diag.values import dataclass

CONNECTOR_STATES = frozenset({"STATE_UNSPECIFIED", "READY", "CREATING", "DELETING", "UPDATING", "ERROR"})
MACHINE_TYPES = frozenset({"f1-micro", "e2-micro", "e2-standard-4"})
PEERING_STATES = frozenset({"ACTIVE", "INACTIVE"})
FIREWALL_ORDERS = frozenset({"AFTER_CLASSIC_FIREWALL", "BEFORE_CLASSIC_FIREWALL"})
ROUTING_MODES = frozenset({"REGIONAL", "GLOBAL"})

THROUGHPUT = {"f1-micro": 50, "e2-micro": 100, "e2-standard-4": 1600}
"""Mbps that one connector instance of a machine type adds: the ranges of [VPC-05] for 2 to 10 instances."""
DEFAULT_MIN_INSTANCES, DEFAULT_MAX_INSTANCES = 2, 10
HIGHEST_MIN_INSTANCES, HIGHEST_MAX_INSTANCES = 9, 10
"""The most that either bound can be set to [VPC-04]."""


class Connector(Resource):
    """A Serverless VPC Access connector [VPC-02]."""

    @property
    def state(self) -> str:
        """Its state, of which only READY is good [VPC-01]; raises `Unseen` for a new one, and when it is not said."""
        found = self.choice("state", CONNECTOR_STATES, "STATE_UNSPECIFIED").read()
        if found == "STATE_UNSPECIFIED":
            raise Unseen(Gap(GapKind.MALFORMED, f"{self.name}: the answer does not say its state", self.origin.call))
        return found

    @property
    def host_project(self) -> str:
        """The project of its subnet: another one under Shared VPC, else its own."""
        return self.text("subnet.projectId") or self.project

    @property
    def network(self) -> str:
        """Its network as `projects/P/global/networks/N`, or empty when it names only a subnet."""
        named = self.text("network")
        if not named or "/" in named:
            return relative(named)
        return f"projects/{self.host_project}/global/networks/{named}"

    @property
    def subnetwork(self) -> str:
        """Its own subnet as `projects/P/regions/R/subnetworks/S`, or empty when it was made from a range."""
        named = self.text("subnet.name")
        return f"projects/{self.host_project}/regions/{self.region}/subnetworks/{last(named)}" if named else ""

    @property
    def range(self) -> IPv4Network | None:
        """The range that it was made from; None when it has a subnet of its own [VPC-12]."""
        return ipv4(self, "ipCidrRange")

    @property
    def connected_projects(self) -> tuple[str, ...]:
        """The projects that use it, as the platform lists them [VPC-16]."""
        return tuple(str(item) for item in self.items("connectedProjects"))

    @property
    def machine_type(self) -> Choice:
        """The type of its instances; default e2-micro [VPC-03]."""
        return self.choice("machineType", MACHINE_TYPES, "e2-micro")

    @property
    def min_instances(self) -> int:
        """Least number of instances; default 2 [VPC-04]; without it as `minThroughput` says [VPC-06]."""
        return self._instances("minInstances", "minThroughput", DEFAULT_MIN_INSTANCES)

    @property
    def max_instances(self) -> int:
        """Largest number of instances; default 10 [VPC-04]; without it as `maxThroughput` says [VPC-06]."""
        return self._instances("maxInstances", "maxThroughput", DEFAULT_MAX_INSTANCES)

    def _instances(self, field: str, throughput: str, default: int) -> int:
        count, mbps = self.integer(field), self.integer(throughput)
        if count or not mbps:
            return count or default
        if self.machine_type.value != "e2-micro":
            said = f"{self.name} states {throughput} and no {field}, which is documented of e2-micro alone"
            raise Unseen(Gap(GapKind.UNDECIDED, said, self.origin.call))
        return mbps // THROUGHPUT["e2-micro"]

    @property
    def tags(self) -> frozenset[str]:
        """Network tags of its instances; the API does not list them, their form is documented [VPC-30]."""
        return frozenset({"vpc-connector", f"vpc-connector-{self.region}-{self.short}"})


@dataclass(frozen=True)
class Peering:
    """A peering of a network."""

    name: str
    network: str
    """The network on the other side, from `projects/` on."""
    state: Choice
    imports_custom_routes: bool
    path: str
    """Where it stands in the network's JSON."""


class Network(Resource):
    """A VPC network, peerings included."""

    @cached_property
    def peerings(self) -> tuple[Peering, ...]:
        """Its peerings, in the order of the API."""
        return tuple(self._peering(f"peerings[{index}]") for index in range(len(self.objects("peerings"))))

    def _peering(self, path: str) -> Peering:
        return Peering(
            self.text(f"{path}.name"),
            relative(self.text(f"{path}.network")),
            self.choice(f"{path}.state", PEERING_STATES),
            self.flag(f"{path}.importCustomRoutes"),
            path,
        )

    @property
    def firewall_order(self) -> str:
        """Whether policies of the network come before its own rules or, as by default, after them."""
        path = "networkFirewallPolicyEnforcementOrder"
        return self.choice(path, FIREWALL_ORDERS, "AFTER_CLASSIC_FIREWALL").read()

    @property
    def routing_mode(self) -> str:
        """REGIONAL: learned routes hold in their router's region only; GLOBAL: in every region."""
        return self.choice("routingConfig.routingMode", ROUTING_MODES, "REGIONAL").read()


class Subnetwork(Resource):
    """A subnet."""

    @property
    def region(self) -> str | None:
        """The region that it lies in."""
        return last(self.text("region")) or super().region

    @property
    def network(self) -> str:
        """Its network as `projects/P/global/networks/N`."""
        return relative(self.text("network"))

    @property
    def range(self) -> IPv4Network | None:
        """Its primary IPv4 range; None for a subnet that has IPv6 only."""
        return ipv4(self, "ipCidrRange")

    @cached_property
    def ranges(self) -> tuple[tuple[str, IPv4Network], ...]:
        """Its primary and secondary IPv4 ranges, each with the path that it was read at."""
        count = len(self.objects("secondaryIpRanges"))
        paths = ["ipCidrRange", *(f"secondaryIpRanges[{index}].ipCidrRange" for index in range(count))]
        return tuple((path, found) for path in paths if (found := ipv4(self, path)))

    @property
    def private_google_access(self) -> bool:
        """Whether hosts without an external address reach Google APIs [EGR-11]; absent is off [G-03]."""
        return self.flag("privateIpGoogleAccess")


def ipv4(resource: Resource, path: str) -> IPv4Network | None:
    """The IPv4 range at `path`; None when absent; raises `Unseen` for anything else."""
    text = resource.text(path)
    if not text:
        return None
    try:
        return IPv4Network(text)
    except ValueError:
        raise Unseen(resource.malformed(path, text)) from None
