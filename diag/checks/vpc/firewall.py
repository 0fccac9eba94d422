"""Firewall rules on the way of what revisions send, and of what connectors need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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

DOCS = "https://cloud.google.com/vpc/docs/firewall-policies-overview"


_OPENING = Opening("INGRESS", "tcp:667,udp:665-666,icmp", ",".join(map(str, CONNECTOR_NEEDS)), "vpc-connector")


def with_egress(world: World, declared: Requirements) -> Iterator[Subject[RevisionView] | Gap]:
    """Every serving revision that leaves into a VPC."""
    for subject in revisions(world, declared):
        if isinstance(subject, Gap) or subject.item.revision.mapping("vpcAccess"):
            yield subject


@check(
    "vpc.firewall-blocks",
    Severity.HIGH,
    with_egress,
    reads=(*WAY_OUT, "networks", "firewalls", "instances", "redis_instances"),
    always=True,
    facts=("VPC-30", "VPC-31", "VPC-32", "VPC-34", "VPC-36"),
    docs=(DOCS, "https://cloud.google.com/vpc/docs/configure-serverless-vpc-access"),
)
def firewall_blocks(subject: Subject[RevisionView], world: World, declared: Requirements) -> Iterator[Verdict]:
    """A firewall rule stops what a service sends.

    A denied packet is dropped without a word: connections time out. Rules of the organization and of
    folders come before the network's own.

    Reads the firewall in force of the network that each serving revision leaves into, for every declared
    destination that lies beyond it, by address, port and network tags; whether a rule that names the range
    or the tags of the connector keeps out what comes from there; and, of the connector, whether Google's
    infrastructure and health checks may reach it.

    Allow the destination with a rule of better priority, or remove the denial.
    """
    view = subject.item
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
    if egress.connector:
        yield from _connector(egress, world)
    elif not packets:
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


def _connector(egress: Egress, world: World) -> Iterator[Verdict]:
    """Only what a rule denies: the rules that a connector brings along are not always shown [VPC-35]."""
    connector = egress.connector
    assert connector is not None
    for block, needs in CONNECTOR_NEEDS.items():
        details = {"required": f"{block} reaches connector {connector.short} by {', '.join(map(_traffic, needs))}"}
        packets = [Packet(None, port, "INGRESS", block, protocol=protocol) for protocol, port in needs]
        try:
            rule = next(filter(None, (blocking(world, egress, packet) for packet in packets)), None)
        except Unseen as unseen:
            yield replace(undecided(unseen.gap), resource=connector.name)
            continue
        if rule is None or after_own_rules(rule, world, egress):
            yield passes(
                **details,
                observed=f"{rule.shown} comes after the connector's own rules" if rule else "no rule denies it",
                evidence=(connector.evidence("state"), rule.evidence if rule else looked_through(world, egress)),
                resource=connector.name,
            )
            continue
        yield fails(
            **details,
            observed=f"{rule.shown} denies it",
            reason=f"{rule.shown} keeps Google's own traffic from {connector.short}, which then gets unhealthy",
            evidence=(rule.evidence,),
            fix=allow(rule, _OPENING, egress),
            resource=connector.name,
        )


def _traffic(need: tuple[str, int]) -> str:
    protocol, port = need
    return f"{protocol}:{port}" if port else protocol
