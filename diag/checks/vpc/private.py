"""The private addresses that revisions have to reach: declared ones, and those that a plain variable holds."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap, GapKind
from diag.checks.check import Verdict, skips
from diag.checks.run.declared import read, undecided
from diag.checks.subjects import RevisionView, instance_name
from diag.errors import Unseen
from diag.facts.base import relative
from diag.facts.sql import Instance
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.private import Target
from diag.report import Evidence, Place
from diag.requirements.model import Destination, RedisInstance, Requirements, SqlInstance
from diag.values import dataclass

NETWORK = "settings.ipConfiguration.privateNetwork"


@dataclass(frozen=True)
class Private:
    """A private address that a revision has to reach, and what says so."""

    target: Target
    declared_at: Place | None
    evidence: tuple[Evidence, ...]
    instance: Instance | None = None
    """The Cloud SQL instance whose address it is."""


def private_addresses(view: RevisionView, world: World, declared: Requirements) -> Iterator[Private | Verdict]:
    """Declared ones first; one that another finding reports, or that was not seen, is its verdict."""
    told: set[str] = set()
    for destination in view.wanted.reaches if view.wanted else ():
        wanted = declared.sql_instances.get(destination.sql or "")
        cache = declared.redis_instances.get(destination.redis or "")
        if wanted and destination.via == "private-ip":
            told.add(instance_name(wanted))
            yield _database(wanted, destination, world)
        elif cache:
            yield from _cache(cache, destination)
        yield from _listed(destination)
    for one in _by_variable(view, world, declared):
        if one.instance and one.instance.name not in told:
            told.add(one.instance.name)
            yield one


def _database(wanted: SqlInstance, destination: Destination, world: World) -> Private | Verdict:
    place = destination.at("sql")
    try:
        found = world.instances(wanted.project).find(instance_name(wanted))
        if found is None:
            return skips(f"{wanted.name} is not there; see sql.instance-missing", declared_at=place)
        if not found.private_network and wanted.private_network:
            return skips(f"{wanted.name} is on no network; see sql.private-network-wrong", declared_at=place)
        return Private(_target(found), place, (read(found, NETWORK, "not set"),), found)
    except Unseen as unseen:
        return undecided(unseen.gap, place)


def _target(instance: Instance) -> Target:
    network = instance.private_network
    if not network and instance.has_endpoints:
        said = f"{instance.short} is reached by Private Service Connect, which this version of diag does not judge"
        raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call))
    return Target(instance.short, ranges.address(instance.address("PRIVATE")), network, by_service=True)


def _cache(cache: RedisInstance, destination: Destination) -> Iterator[Private]:
    """Only where the file says its address."""
    where = ranges.address(cache.host or "")
    if where:
        network = relative(cache.network or "")
        yield Private(Target(f"Redis {cache.name}", where, network), destination.at("redis"), ())


def _listed(destination: Destination) -> Iterator[Private]:
    """Private addresses among the hosts to reach: of machines in the network, or beyond a peering of it."""
    for host in destination.internet:
        where = ranges.address(host)
        if where and ranges.internal(where):
            yield Private(Target(host, where, ""), destination.at("internet"), ())


def _by_variable(view: RevisionView, world: World, declared: Requirements) -> Iterator[Private]:
    """The instances whose private address a plain variable holds, alone or with a port."""
    held = [(variable, where) for variable in view.revision.env if (where := ranges.address(variable.value or ""))]
    hosts = [(variable, where) for variable, where in held if ranges.internal(where)]
    if not hosts:
        return
    for project in declared.projects():
        listing = world.instances(project)
        known = {ranges.address(instance.address("PRIVATE")): instance for instance in listing}
        for variable, where in hosts:
            if instance := known.get(where):
                seen = view.revision.evidence(f"{variable.path}.value", str(where))
                path = instance.address_path("PRIVATE")
                yield Private(_target(instance), None, (seen, instance.evidence(path)), instance)
        unmatched = [where for _, where in hosts if where not in known]
        if unmatched and listing.gaps:
            raise Unseen(listing.gaps[0])
