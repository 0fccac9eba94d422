"""Whether each declared destination can be reached, hop by hop, and which hop stops it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.run.declared import undecided
from diag.checks.subjects import RevisionView, revisions, service_name
from diag.checks.vpc.destinations import Destined, destinations
from diag.checks.vpc.firewall import stopping
from diag.checks.vpc.way import NAT_DOCS, RUN_VPC_DOCS, WAY_OUT, absent_services
from diag.errors import Unseen
from diag.facts.base import last, same
from diag.facts.connectivity import ConnectivityTest
from diag.facts.run import Revision
from diag.facts.world import World
from diag.paths import ranges, reach
from diag.paths.egress import Attachment, Egress, Missing, leave, source
from diag.paths.private import Target
from diag.paths.reach import Hop
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements, Service


def reaching(world: World, declared: Requirements) -> Iterator[Subject[RevisionView | Service | Verdict] | Gap]:
    """Every serving revision of the services that declare what they reach, and each such service that is not there.

    One that never ran is a subject with its `skip`.
    """
    if not any(service.reaches for service in declared.services.values()):
        return
    gone = {subject.resource: subject for subject in absent_services(world, declared)}
    for wanted in declared.services.values():
        absent = gone.get(service_name(wanted))
        if absent and wanted.reaches:
            there = world.services(wanted.region or "", wanted.project).find(absent.resource)
            yield Subject(absent.resource, absent.item if there else wanted, absent.declared_at, absent.critical)
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif subject.item.wanted and subject.item.wanted.reaches:
            yield Subject(subject.resource, subject.item, subject.declared_at, subject.critical)


@check(
    "vpc.unreachable",
    Severity.CRITICAL,
    reaching,
    reads=(
        *WAY_OUT,
        "networks",
        "routes",
        "routers",
        "firewalls",
        "instances",
        "redis_instances",
        "connectivity_tests",
    ),
    facts=("EGR-01", "EGR-04", "EGR-05", "NET-11", "NET-14", "CON-02", "CON-07", "VPC-36"),
    docs=(RUN_VPC_DOCS, NAT_DOCS),
)
def unreachable(
    subject: Subject[RevisionView | Service | Verdict], world: World, declared: Requirements
) -> Iterator[Verdict]:
    """A declared destination has no working way.

    Follows what each serving revision sends, hop by hop: attachment, connector, egress mode, network,
    firewall, route, NAT or peering, and the address of the destination. The first hop that stops it is
    named, with the finding that says how to mend it.

    Reads all of these, and the result of a Connectivity Test from the revision or its network to that
    address, where somebody ran one; the newest result stands beside what was worked out.

    Mend the hop that is named.
    """
    if isinstance(subject.item, Verdict):
        yield subject.item
        return
    if isinstance(subject.item, Service):
        yield from (_from_nowhere(subject.item, one) for one in destinations(subject.item, world, declared))
        return
    for one in destinations(subject.item.wanted, world, declared):
        try:
            yield _judged(subject.item, one, world)
        except Unseen as unseen:
            yield undecided(unseen.gap, one.declared_at)


def _from_nowhere(wanted: Service, one: Destined) -> Verdict:
    return fails(
        required=f"{wanted.name} reaches {one.what}",
        observed=f"{wanted.name} is not there",
        reason=f"nothing is sent to {one.what}: {wanted.name} is not there, see run.service-missing",
        fix=(Fix("diag explain run.service-missing", mutates=False),),
        declared_at=one.declared_at,
    )


def _judged(view: RevisionView, one: Destined, world: World) -> Verdict:
    if one.gap:
        raise Unseen(one.gap)
    hops = list(_hops(view, one, world))
    stop = reach.first_stop(hops)
    if stop and stop.gap:
        raise Unseen(stop.gap)
    tested, unread = _tested(view, one, world)
    details = {
        "required": f"{view.revision.short} reaches {one.what}",
        "observed": " → ".join(hop.said for hop in hops),
        "evidence": (*(item for hop in hops for item in hop.evidence), *(tested.seen if tested else ())),
        "declared_at": one.declared_at,
        "not_consulted": unread,
    }
    if stop:
        reason = f"what {view.service.short} sends to {one.what} stops at the {stop.name}: {stop.said}"
        return fails(reason=reason, fix=(Fix(f"diag explain {stop.reported_by}", mutates=False),), **details)
    if tested and tested.unreachable:
        reason = f"a Connectivity Test says that {one.what} is unreachable: {tested.said}"
        return fails(reason=reason, fix=(Fix(tested.look, mutates=False),), **details)
    return passes(**details)


_LACKS = {
    "sql.socket-needs-public-ip": "the instance has no public address",
    "sql.private-network-wrong": "the instance has no private address",
}
"""What a destination lacks, by the check that reports it."""


def _hops(view: RevisionView, one: Destined, world: World) -> Iterator[Hop]:
    """The hops to a destination up to the first that is not good; its own lack of an address is the last."""
    if one.reported_by:
        lacks = _LACKS.get(one.reported_by, "it does not exist")
        yield Hop("address", f"{one.what}: {lacks}", reported_by=one.reported_by)
        return
    private = one.way in ("private-ip", "redis", "internal")
    egress = leave(world, view.revision)
    if isinstance(egress, Missing):
        yield Hop("connector", f"connector {last(egress.resource)} is not there", reported_by=egress.reported_by)
        return
    hops = reach.to_private(world, view.revision, _target(one)) if private else _public(world, view, one)
    for hop in hops:
        yield hop
        if not hop.good:
            return
    if egress.attachment is not Attachment.NONE and one.enters(egress):
        yield _firewall(world, egress, one)


def _public(world: World, view: RevisionView, one: Destined) -> reach.Path:
    host = f"{one.address}:{one.port}" if one.address else one.what
    return reach.to_internet(world, view.revision, host)


def _target(one: Destined) -> Target:
    if one.instance:
        return Target(one.instance.short, one.address, one.instance.private_network, by_service=True)
    network = one.cache.network if one.cache else ""
    return Target(one.what, one.address, network)


def _firewall(world: World, egress: Egress, one: Destined) -> Hop:
    try:
        rule = stopping(world, egress, one)
    except Unseen as unseen:
        return Hop("firewall", unseen.gap.message, gap=unseen.gap)
    if rule is None:
        return Hop("firewall", "the firewall lets it out")
    return Hop("firewall", f"{rule.shown} denies it", (rule.evidence,), "vpc.firewall-blocks")


class _Tested:
    """What a Connectivity Test that somebody ran says about this way."""

    def __init__(self, test: ConnectivityTest) -> None:
        self.unreachable = test.result.read() == "UNREACHABLE"
        self.said = f"{test.short}, verified at {test.verified_at}"
        self.seen: tuple[Evidence, ...] = (test.evidence("reachabilityDetails.result"),)
        self.look = f"gcloud network-management connectivity-tests describe {test.short} --project {test.project}"


def _tested(view: RevisionView, one: Destined, world: World) -> tuple[_Tested | None, tuple[str, ...]]:
    """The newest test from this revision, or labelled for its service, to this address; and what was not read of them.

    Where the API is off there are none.
    """
    listing = world.connectivity_tests(view.revision.project)
    unread = tuple(f"Connectivity Tests: {gap.message}" for gap in listing.gaps if gap.kind is not GapKind.DISABLED)
    meant = [test for test in listing if _to(test, one) and test.verified_at and _from(test, view, world)]
    newest = max(meant, key=lambda test: test.verified_at, default=None)
    told = newest and newest.result.value in ("REACHABLE", "UNREACHABLE")
    return (_Tested(newest) if newest and told else None), unread


def _from(test: ConnectivityTest, view: RevisionView, world: World) -> bool:
    """Whether it starts at the revision, is labelled for its service, or starts where the network sees it send from."""
    named, own = test.source_revision, view.revision
    if view.service.short in (test.labels.get("service"), test.labels.get("diag-service")):
        return True
    if named:
        return same(named, f"projects/{own.project}/locations/{own.region}/revisions/{own.short}")
    where = ranges.address(test.source_address)
    return where is not None and _sends_from(where, test.source_network, own, world)


def _sends_from(where: IPv4Address, network: str, revision: Revision, world: World) -> bool:
    egress = leave(world, revision)
    if isinstance(egress, Missing) or egress.attachment is Attachment.NONE:
        return False
    return where in source(world, egress) and (not network or same(network, egress.network))


def _to(test: ConnectivityTest, one: Destined) -> bool:
    if not test.asks(one.port):
        return False
    if one.instance and test.sql_instance:
        return last(test.sql_instance) == one.instance.short
    if one.cache and test.redis_instance:
        return same(test.redis_instance, one.cache.name)
    host = one.what.rpartition(":")[0]
    return bool(one.address and test.address == str(one.address)) or bool(host and test.host == host)
