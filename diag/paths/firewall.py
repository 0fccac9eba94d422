"""Whether the firewall in force lets a packet out: the first rule that takes it decides [VPC-36].

Rules of folders and the organization come first, then the network's own and its policies in the order that
the network says; what no rule takes leaves. Whether a rule takes a host whose address is not known, or
stands on a service account or a name, cannot be told: it is unknown unless the answer is the same anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from ipaddress import IPv4Address, IPv4Network

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import same
from diag.facts.firewall import Rule
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.egress import Egress, network, network_project, source
from diag.report import Evidence
from diag.values import dataclass

_HEALTH = (("tcp", 667),)
CONNECTOR_NEEDS = {
    IPv4Network("35.199.224.0/19"): (*_HEALTH, ("udp", 665), ("udp", 666), ("icmp", 0)),
    IPv4Network("35.191.0.0/16"): _HEALTH,
    IPv4Network("130.211.0.0/22"): _HEALTH,
}
"""Google's infrastructure and health checks, which must reach a connector [VPC-31, VPC-32]."""
OWN_PRIORITY = 100
"""Of the rules that a connector brings along to let Google's traffic in [VPC-35]."""
OWN_WAY_PRIORITY = 1000
"""Of those that let what the connector sends into the whole network [VPC-36]."""


class _Match(Enum):
    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


@dataclass(frozen=True)
class Packet:
    """What is sent: to an address (None for a host of the internet whose address is not known) and a port."""

    address: IPv4Address | None
    port: int
    direction: str = "EGRESS"
    source: IPv4Network | None = None
    """Of an INGRESS packet, where it comes from."""
    host: str = ""
    """The name that it is sent to; empty when an address says it all."""
    protocol: str = "tcp"

    @property
    def internet(self) -> bool:
        """Whether the other end may be a host of the internet; what reaches a connector comes from Google's inside."""
        if self.direction == "INGRESS":
            return False
        return self.address is None or ranges.public(ranges.single(self.address))


def blocking(world: World, egress: Egress, packet: Packet) -> Rule | None:
    """The rule that stops it, None when it passes; raises `Unseen` where that cannot be told."""
    doubt: Rule | None = None
    for level in _levels(world, egress):
        for rule in level:
            match = _takes(rule, packet, egress)
            if match is _Match.NO:
                continue
            if match is _Match.MAYBE:
                doubt = doubt or rule
                continue
            if rule.action == "goto_next":
                break
            return _decided(rule, doubt, egress)
    if doubt and doubt.action != "allow":
        raise _undecided(doubt, egress)
    return None


def looked_through(world: World, egress: Egress) -> Evidence:
    """What was gone through where no rule stops anything."""
    return world.firewalls(network(world, egress.network).name).size


def refusing(world: World, egress: Egress, port: int) -> Rule | None:
    """The rule that names the range or the tags that it sends from, and keeps what comes from there out [VPC-36].

    A denial of everything from everywhere is no such rule, nor is one for certain machines: a database or a cache
    is none. None too where it is not seen from which range it sends.
    """
    try:
        block = source(world, egress)
    except Unseen:
        return None
    for level in _levels(world, egress):
        for rule in level:
            if rule.direction != "INGRESS" or rule.tags or rule.doubtful or not _protocol(rule, port):
                continue
            named = _names_sender(rule, block, egress)
            if rule.action == "deny" and named:
                return None if brings_rules(world, egress) and _after(rule, OWN_WAY_PRIORITY) else rule
            if not (named or anywhere(rule)):
                continue
            if rule.action == "allow":
                return None
            if rule.action == "goto_next":
                break
    return None


def _names_sender(rule: Rule, block: IPv4Network, egress: Egress) -> bool:
    by_range = any(block.subnet_of(one) for one in rule.ranges if one != ranges.ANYWHERE)
    return by_range or bool(egress.connector and rule.besides.tags & egress.tags)


def anywhere(rule: Rule) -> bool:
    """Whether it takes every IPv4 address."""
    return not rule.ranges or ranges.cover(rule.ranges, ranges.ANYWHERE)


def _after(rule: Rule, priority: int) -> bool:
    return not rule.level and rule.priority > priority


def after_own_rules(rule: Rule, world: World, egress: Egress) -> bool:
    """Whether a denial of everything leaves the rules standing that let Google's traffic to the connector.

    They are not always shown [VPC-35, VPC-37].
    """
    return anywhere(rule) and _after(rule, OWN_PRIORITY) and brings_rules(world, egress)


def brings_rules(world: World, egress: Egress) -> bool:
    """Whether it leaves by a connector of the network's own project, which brings rules of its own along [VPC-37]."""
    network_of = network_project(world, egress.network)
    return egress.connector is not None and same(f"projects/{egress.connector.project}", f"projects/{network_of}")


def _decided(rule: Rule, doubt: Rule | None, egress: Egress) -> Rule | None:
    """The answer of a rule that takes the packet, unless one before it may have given another."""
    if doubt and doubt.action != rule.action:
        raise _undecided(doubt, egress)
    return rule if rule.action == "deny" else None


def _undecided(rule: Rule, egress: Egress) -> Unseen:
    on = ", ".join(filter(None, (rule.doubtful, rule.besides.shown or rule.besides.context)))
    why = f", which depends on {on}" if on else ", as the host's address is not known"
    said = f"whether {rule.shown} takes what {egress.revision.short} sends cannot be told here{why}"
    return Unseen(Gap(GapKind.UNDECIDED, said))


def _levels(world: World, egress: Egress) -> Iterator[list[Rule]]:
    own = network(world, egress.network)
    yield from world.firewalls(own.name).levels(own.name, own.firewall_order)


def _takes(rule: Rule, packet: Packet, egress: Egress) -> _Match:
    if rule.direction != packet.direction or not _protocol(rule, packet.port, packet.protocol):
        return _Match.NO
    if rule.tags and not rule.tags & egress.tags:
        return _Match.NO
    where = _beside(rule, packet, _range(rule, packet))
    if where is not _Match.NO and rule.doubtful:
        return _Match.MAYBE
    return where


def _beside(rule: Rule, packet: Packet, where: _Match) -> _Match:
    """The match by ranges, with what the rule takes beside them and the kind of traffic that it is for alone."""
    besides = rule.besides
    if packet.host.lower().rstrip(".") in besides.hosts:
        where = _Match.YES
    elif where is _Match.NO and (besides.anything or (besides.internet and packet.internet)):
        where = _Match.MAYBE
    if where is _Match.NO or not besides.context:
        return where
    if packet.internet:
        return _Match.MAYBE  # Google's own addresses may count as either
    return where if besides.context == "NON_INTERNET" else _Match.NO


def _protocol(rule: Rule, port: int, protocol: str = "tcp") -> bool:
    if not rule.traffic:
        return True
    return any(
        item.protocol in (protocol, "all") and (not item.ports or any(low <= port <= high for low, high in item.ports))
        for item in rule.traffic
    )


def _range(rule: Rule, packet: Packet) -> _Match:
    if not rule.ranges:
        return _Match.YES
    if packet.direction == "INGRESS":
        source = packet.source or ranges.ANYWHERE
        if any(source.subnet_of(block) for block in rule.ranges):
            return _Match.YES
        # What denies a part of a range keeps out some of what has to get in.
        partly = rule.action == "deny" and any(block.subnet_of(source) for block in rule.ranges)
        return _Match.YES if partly else _Match.NO
    address = packet.address
    if address is not None:
        return _Match.YES if any(address in block for block in rule.ranges) else _Match.NO
    if ranges.cover(rule.ranges, ranges.ANYWHERE):
        return _Match.YES
    return _Match.MAYBE if any(ranges.public(block) for block in rule.ranges) else _Match.NO
