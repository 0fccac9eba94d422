"""Firewall rules on the way of what revisions send, and of what connectors need."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.run.declared import undecided
from diag.checks.subjects import RevisionView, revisions
from diag.checks.vpc.allow import Opening, allow
from diag.checks.vpc.connector import not_there
from diag.checks.vpc.destinations import Destined, destinations
from diag.checks.vpc.way import WAY_OUT
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.firewall import Rule
from diag.facts.vpc import Connector
from diag.facts.world import World
from diag.paths.egress import Attachment, Egress, Missing, leave, source
from diag.paths.firewall import (
    CONNECTOR_NEEDS,
    Packet,
    after_own_rules,
    blocking,
    looked_through,
    refusing,
)
from diag.report import Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

DOCS = "https://cloud.google.com/vpc/docs/firewall-policies-overview"


_OPENING = Opening("INGRESS", "tcp:667,udp:665-666,icmp", ",".join(map(str, CONNECTOR_NEEDS)), "vpc-connector")


@dataclass(frozen=True)
class Sending:
    """A serving revision that leaves into a VPC; or the connector of one, which Google itself has to reach."""

    view: RevisionView
    connector: bool = False


def sending(world: World, declared: Requirements) -> Iterator[Subject[Sending] | Gap]:
    """Every serving revision that leaves into a VPC, and each of their connectors once."""
    seen: set[str] = set()
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif subject.item.revision.mapping("vpcAccess"):
            yield Subject(subject.resource, Sending(subject.item), subject.declared_at, subject.critical)
            name = subject.item.revision.connector
            if name and name not in seen:
                seen.add(name)
                yield Subject(name, Sending(subject.item, connector=True), critical=subject.critical)


@check(
    "vpc.firewall-blocks",
    Severity.HIGH,
    sending,
    reads=(*WAY_OUT, "networks", "firewalls", "instances", "redis_instances"),
    always=True,
    facts=("VPC-30", "VPC-31", "VPC-32", "VPC-34", "VPC-36"),
    docs=(DOCS, "https://cloud.google.com/vpc/docs/configure-serverless-vpc-access"),
)
def firewall_blocks(subject: Subject[Sending], world: World, declared: Requirements) -> Iterator[Verdict]:
    """A firewall rule stops what a service sends.

    A denied packet is dropped without a word: connections time out. Rules of the organization and of
    folders come before the network's own.

    Reads the firewall in force of the network that each serving revision leaves into, for every declared
    destination that lies beyond it, by address, port and network tags; whether a rule that names the range
    or the tags of the connector keeps out what comes from there; and, of the connector, whether Google's
    infrastructure and health checks may reach it.

    Allow the destination with a rule of better priority, or remove the denial.
    """
    view = subject.item.view
    if subject.item.connector:
        yield from _of_connector(view, world)
        return
    egress = leave(world, view.revision)
    if isinstance(egress, Missing):
        yield not_there(egress.resource)
        return
    if egress.attachment is Attachment.NONE:
        yield skips(f"{view.revision.short} has no VPC egress: no firewall of a VPC is on its way")
        return
    packets = [one for one in destinations(view.wanted, world, declared) if one.enters(egress)]
    for one in packets:
        yield _judged(one, egress, world)
    if not packets:
        yield skips(f"nothing is known that {view.revision.short} must reach through the VPC")


def _judged(one: Destined, egress: Egress, world: World) -> Verdict:
    try:
        if one.gap:
            raise Unseen(one.gap)
        rule = stopping(world, egress, one)
    except Unseen as unseen:
        return undecided(unseen.gap, one.declared_at)
    details = {
        "required": f"what {egress.revision.short} sends to {one.what} is let through",
        "observed": f"{rule.shown} denies it" if rule else "no rule denies it",
        "evidence": (*egress.evidence(), rule.evidence if rule else looked_through(world, egress)),
        "declared_at": one.declared_at,
    }
    if rule is None:
        return passes(**details)
    sent = f"what {egress.revision.short} sends to {one.what}"
    if rule.direction == "INGRESS":
        block = source(world, egress)
        reason = f"{rule.shown} of {last(egress.network)} keeps out {sent}, as it comes from {block}"
        return fails(
            reason=reason, fix=allow(rule, Opening("INGRESS", f"tcp:{one.port}", str(block)), egress), **details
        )
    to = f"{one.address}/32" if one.address else "0.0.0.0/0"
    reason = f"{rule.shown} of {last(egress.network)} drops {sent}"
    return fails(reason=reason, fix=allow(rule, Opening("EGRESS", f"tcp:{one.port}", to), egress), **details)


def stopping(world: World, egress: Egress, one: Destined) -> Rule | None:
    """The rule that stops what is sent there: that lets it not out, or keeps it from what is private in the network."""
    rule = blocking(world, egress, Packet(one.address, one.port, host=one.host))
    private = one.way in ("private-ip", "redis", "internal")
    return rule or (refusing(world, egress, one.port) if private else None)


def _of_connector(view: RevisionView, world: World) -> Iterator[Verdict]:
    """Nothing of a connector that is missing or was not seen: its revisions tell that."""
    try:
        egress = leave(world, view.revision)
    except Unseen:
        return
    if isinstance(egress, Egress) and egress.connector:
        yield _reached(egress, egress.connector, world)


def _reached(egress: Egress, connector: Connector, world: World) -> Verdict:
    """Only what a rule denies: the rules that a connector brings along are not always shown [VPC-35]."""
    found: dict[str, Rule] = {}
    gap: Gap | None = None
    for block, needs in CONNECTOR_NEEDS.items():
        packets = [Packet(None, port, "INGRESS", block, protocol=protocol) for protocol, port in needs]
        try:
            rules = [rule for packet in packets if (rule := blocking(world, egress, packet))]
        except Unseen as unseen:
            gap = gap or unseen.gap
            continue
        found |= {str(block): rule for rule in rules[:1]}
    stopping = {block: rule for block, rule in found.items() if not after_own_rules(rule, world, egress)}
    details = {
        "required": f"{', '.join(map(str, CONNECTOR_NEEDS))} reach connector {connector.short}",
        "observed": "; ".join(f"{rule.shown} denies {block}" for block, rule in found.items()) or "no rule denies it",
    }
    if stopping:
        first, evidence = next(iter(stopping.values())), tuple(rule.evidence for rule in stopping.values())
        reason = f"{first.shown} keeps Google's own traffic from {connector.short}, which then gets unhealthy"
        return fails(**details, reason=reason, evidence=evidence, fix=allow(first, _OPENING, egress))
    if gap:
        raise Unseen(gap)
    if found:
        details["observed"] += ", and comes after the connector's own rules"
    evidence = tuple(rule.evidence for rule in found.values()) or (looked_through(world, egress),)
    return passes(**details, evidence=(connector.evidence("state"), *dict.fromkeys(evidence)))
