"""The firewall in force of a network, from API JSON (compute v1, networks.getEffectiveFirewalls)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from ipaddress import IPv4Network, ip_network

from diag.calls import Json
from diag.errors import Unseen
from diag.facts.base import Resource, same
from diag.facts.firewall_besides import MACHINES, NOTHING, Besides, of_match, unread
from diag.report import Evidence
from diag.values import dataclass

DIRECTIONS = frozenset({"INGRESS", "EGRESS"})
ACTIONS = frozenset({"allow", "deny", "goto_next"})
POLICY_TYPES = frozenset(
    {"HIERARCHY", "NETWORK", "NETWORK_REGIONAL", "SYSTEM", "SYSTEM_GLOBAL", "SYSTEM_REGIONAL", "UNSPECIFIED"}
)
_NOWHERE = (IPv4Network("255.255.255.255/32"),)
_ABOVE = ("HIERARCHY", "SYSTEM", "SYSTEM_GLOBAL", "SYSTEM_REGIONAL")
Ports = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Traffic:
    """A protocol that a rule takes, and its destination ports; no port is all of them."""

    protocol: str
    """`tcp`, `udp`, …, `all`."""
    ports: Ports


@dataclass(frozen=True)
class Rule:
    """One rule of the firewall, of the network or of a policy."""

    shown: str
    """For messages: `rule deny-all`, `rule 1000 of policy org-baseline`."""
    direction: str
    action: str
    priority: int
    ranges: tuple[IPv4Network, ...]
    """Destinations of an EGRESS rule, sources of an INGRESS rule; empty is anywhere."""
    traffic: tuple[Traffic, ...]
    """Empty is everything."""
    tags: frozenset[str]
    """Network tags that it is for; empty is for all."""
    doubtful: str
    """What keeps open whether it is meant; empty when address, port and tags decide."""
    evidence: Evidence
    besides: Besides = NOTHING
    level: str = ""
    """`HIERARCHY`, `NETWORK`, … of the policy that it is of; empty for a rule of the network itself."""
    holder: str = ""
    """The policy's name, as commands take it; of a rule of the network its own name."""


class EffectiveFirewalls(Resource):
    """A network's own rules and those of every policy above it [VPC-36]."""

    @property
    def size(self) -> Evidence:
        """How many rules of its own and policies there are."""
        own, policies = len(self.objects("firewalls")), len(self.objects("firewallPolicys"))
        return self.evidence("firewalls", f"{own} of its own, {policies} policies")

    def levels(self, network: str, order: str) -> Iterator[list[Rule]]:
        """The rules that are on, level after level as they are evaluated, each by priority; denials first among equals.

        `network` is the network's full name, `order` its networkFirewallPolicyEnforcementOrder.
        """
        above: list[list[Rule]] = []
        beside: list[list[Rule]] = []
        for index, policy in enumerate(self.objects("firewallPolicys")):
            path = f"firewallPolicys[{index}]"
            kind = self.choice(f"{path}.type", POLICY_TYPES, "UNSPECIFIED").read()
            rules = _sorted(self._of_policy(path, policy, network))
            (above if kind in _ABOVE or kind == "UNSPECIFIED" else beside).append(rules)
        own = [self._own_rules]
        yield from above
        yield from (*beside, *own) if order == "BEFORE_CLASSIC_FIREWALL" else (*own, *beside)

    @cached_property
    def _own_rules(self) -> list[Rule]:
        return _sorted(self._own())

    def _own(self) -> Iterator[Rule]:
        for index, doc in enumerate(self.objects("firewalls")):
            path = f"firewalls[{index}]"
            if self.flag(f"{path}.disabled"):
                continue
            direction = self.choice(f"{path}.direction", DIRECTIONS, "INGRESS").read()
            denied, allowed = bool(self.items(f"{path}.denied")), bool(self.items(f"{path}.allowed"))
            listed = f"{path}.{'denied' if denied else 'allowed'}"
            ranges = f"{path}.{'destinationRanges' if direction == 'EGRESS' else 'sourceRanges'}"
            other = "destinationRanges" if direction == "INGRESS" else "sourceRanges"
            doubts = [name for name in ("targetServiceAccounts", other) if doc.get(name)]
            doubts += [] if denied or allowed else ["an action that it does not say"]
            yield Rule(
                shown=f"rule {self.text(f'{path}.name')}",
                direction=direction,
                action="deny" if denied else "allow" if allowed else "",
                priority=self.integer(f"{path}.priority", 1000) or 0,
                ranges=self._ranges(ranges, any(doc.get(name) for name in MACHINES)),
                traffic=self._traffic(listed, "IPProtocol"),
                tags=frozenset(self.words(f"{path}.targetTags")),
                doubtful=", ".join(doubts),
                evidence=self.evidence(path, f"{self.text(f'{path}.name')}: {'deny' if denied else 'allow'}"),
                besides=Besides(frozenset(self.words(f"{path}.sourceTags"))),
                holder=self.text(f"{path}.name"),
            )

    def _of_policy(self, path: str, policy: Json, network: str) -> Iterator[Rule]:
        title = str(policy.get("shortName") or policy.get("displayName") or policy.get("name") or "?")
        for index, doc in enumerate(self.objects(f"{path}.rules")):
            place = f"{path}.rules[{index}]"
            targets = [str(item) for item in self.items(f"{place}.targetResources")]
            if self.flag(f"{place}.disabled") or (targets and not any(same(item, network) for item in targets)):
                continue
            direction = self.choice(f"{place}.direction", DIRECTIONS).read()
            priority = self.integer(f"{place}.priority", 0) or 0
            match = self.mapping(f"{place}.match")
            end = "dest" if direction == "EGRESS" else "src"
            besides = of_match(self, f"{place}.match", end)
            machines = any(match.get(name) for name in MACHINES)
            # Whatever else a rule asks, known here or not, no address and port alone decide.
            doubts = unread(match, end)
            doubts += [name for name in ("targetServiceAccounts", "targetSecureTags") if doc.get(name)]
            action = self.text(f"{place}.action")
            doubts += [] if action in ACTIONS else [f"action {action}"]
            yield Rule(
                shown=f"rule {priority} of policy {title}",
                direction=direction,
                action=action,
                priority=priority,
                ranges=self._ranges(f"{place}.match.{end}IpRanges", machines or bool(besides.shown)),
                traffic=self._traffic(f"{place}.match.layer4Configs", "ipProtocol"),
                tags=frozenset(),
                doubtful=", ".join(doubts),
                evidence=self.evidence(place, f"{title} {priority}: {action}"),
                besides=besides,
                level=self.text(f"{path}.type") or "UNSPECIFIED",
                holder=str(policy.get("name") or title),
            )

    def _ranges(self, path: str, otherwise: bool) -> tuple[IPv4Network, ...]:
        """Its ranges: empty, where it says nothing else of what it takes (`otherwise`), is anywhere."""
        found = []
        listed = self.items(path)
        for text in listed:
            try:
                block = ip_network(str(text), strict=False)
            except ValueError:
                raise Unseen(self.malformed(path, text)) from None
            if isinstance(block, IPv4Network):
                found.append(block)
        # A rule for IPv6 ranges alone is for no IPv4 address.
        return tuple(found) if found or not (listed or otherwise) else _NOWHERE

    def _traffic(self, path: str, field: str) -> tuple[Traffic, ...]:
        return tuple(
            Traffic(_NUMBERS.get(protocol, protocol), self._ports(f"{path}[{index}].ports"))
            for index in range(len(self.objects(path)))
            if (protocol := (self.text(f"{path}[{index}].{field}") or "all").lower())
        )

    def _ports(self, path: str) -> Ports:
        found = []
        for text in self.items(path):
            low, _, high = str(text).partition("-")
            if not low.isdigit() or (high and not high.isdigit()):
                raise Unseen(self.malformed(path, text))
            found.append((int(low), int(high or low)))
        return tuple(found)


_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp"}


def _sorted(rules: Iterator[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: (rule.priority, rule.action != "deny"))
