"""Hop by hop from a revision to a destination: what carries the packet, and the first hop that stops it.

A hop is good, stopped (with the check that reports it) or not seen (with the gap). `first_stop` of a
path is what `vpc.unreachable` names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.run import Revision
from diag.facts.world import World
from diag.paths import ranges, routes
from diag.paths.egress import Attachment, Egress, Missing, leave
from diag.paths.nat import described, google_access, is_google, near, public_nat
from diag.paths.private import Target, carry
from diag.report import Evidence
from diag.values import dataclass


@dataclass(frozen=True)
class Hop:
    """One station on the way."""

    name: str
    """`connector`, `egress`, `route`, `nat`, `peering` or `address`."""
    said: str
    evidence: tuple[Evidence, ...] = ()
    reported_by: str = ""
    """The check that reports it, when nothing passes this hop; empty for a good hop."""
    gap: Gap | None = None
    """Why this hop was not seen."""

    @property
    def good(self) -> bool:
        """Whether a packet passes."""
        return not self.reported_by and self.gap is None


Path = tuple[Hop, ...]


def first_stop(path: Iterable[Hop]) -> Hop | None:
    """The first hop that is stopped or was not seen; None when every hop is good."""
    return next((hop for hop in path if not hop.good), None)


def to_internet(world: World, revision: Revision, host: str) -> Path:
    """The way to a host on the internet, given with or without `:port`; a name takes the default route."""
    return _path(_internet(world, revision, host))


def to_private(world: World, revision: Revision, target: Target) -> Path:
    """The way to a private address [NET-11, NET-14]."""
    return _path(_private(world, revision, target))


def _path(hops: Iterator[Hop]) -> Path:
    """The hops up to and with the first that is not good."""
    found: list[Hop] = []
    try:
        for hop in hops:
            found.append(hop)
            if not hop.good:
                break
    except Unseen as unseen:
        found.append(Hop("unseen", unseen.gap.message, gap=unseen.gap))
    return tuple(found)


def _internet(world: World, revision: Revision, host: str) -> Iterator[Hop]:
    where = ranges.address(host)
    egress = leave(world, revision)
    yield _attached(egress)
    if isinstance(egress, Missing):
        return
    if egress.attachment is Attachment.NONE or not (egress.all_traffic if where is None else egress.enters(where)):
        yield Hop("egress", "leaves directly to the internet", egress.evidence())
        return
    yield from _ready(egress)
    yield _seen("route", lambda: _route(world, egress, where, host))
    yield _seen("nat", lambda: _nat(world, egress, host))


def _private(world: World, revision: Revision, target: Target) -> Iterator[Hop]:
    egress = leave(world, revision)
    yield _attached(egress)
    if isinstance(egress, Missing):
        return
    yield from _ready(egress)
    yield _seen("peering", lambda: _peering(world, egress, target))


def _attached(egress: Egress | Missing) -> Hop:
    if isinstance(egress, Missing):
        return Hop("connector", f"connector {last(egress.resource)} is not there", reported_by=egress.reported_by)
    return Hop("egress", f"leaves by {egress.attachment.value}", egress.evidence())


def _ready(egress: Egress) -> Iterator[Hop]:
    if egress.connector:
        state = egress.connector.state
        stopped = "" if state == "READY" else "vpc.connector-not-ready"
        said = f"connector {egress.connector.short} is {state}"
        yield Hop("connector", said, (egress.connector.evidence("state", state),), stopped)


def _seen(name: str, hop: Callable[[], Hop]) -> Hop:
    try:
        return hop()
    except Unseen as unseen:
        return Hop(name, unseen.gap.message, gap=unseen.gap)


def _route(world: World, egress: Egress, where: IPv4Address | None, host: str) -> Hop:
    table = routes.of_network(world, egress)
    found = routes.winner(table, ranges.single(where)) if where else routes.default(table)
    if found is None and is_google(host):
        routes.require_not_google(table, host)
    if found is None:
        return Hop("route", f"{last(egress.network)} has no default route", reported_by="vpc.default-route-missing")
    seen = (found.evidence("destRange"), found.evidence(found.next_hop.path))
    if found.next_hop.kind != "internet":
        said = f"route {found.short} leads to {found.next_hop}, not to the internet"
        return Hop("route", said, seen, "vpc.default-route-missing")
    aside = [] if where else routes.detours(table)
    if aside:
        said = f"route {aside[0].short} takes {aside[0].destination} aside, where the host may lie"
        raise Unseen(Gap(GapKind.UNDECIDED, said, aside[0].origin.call))
    routes.require_no_learned(world, egress)
    return Hop("route", f"route {found.short} leads to the internet", seen)


def _nat(world: World, egress: Egress, host: str) -> Hop:
    found = public_nat(world, egress)
    if found:
        return Hop("nat", f"NAT {found.nat.name} covers it", found.evidence())
    if is_google(host) and google_access(world, egress):
        return Hop("nat", "Private Google Access reaches it")
    return Hop("nat", described(near(world, egress), egress), reported_by="vpc.nat-missing")


def _peering(world: World, egress: Egress, target: Target) -> Hop:
    found = carry(world, egress, target)
    evidence = (*egress.evidence(), *found.evidence)
    return Hop("peering", found.why or found.observed, evidence, "vpc.peering-missing" if found.stop else "")
