"""What a revision has to reach, declared destination by destination: by which way, to which address and port."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from diag.calls import Gap, GapKind
from diag.checks.redis.instances import full_name
from diag.checks.subjects import instance_name
from diag.checks.vpc.needs import PROXY_PORT, database_port
from diag.errors import Unseen
from diag.facts.redis import RedisInstance
from diag.facts.sql import Instance
from diag.facts.sql_settings import unsaid
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.egress import Egress
from diag.report import Place
from diag.requirements.model import Destination, Requirements, Service, SqlInstance
from diag.requirements.model import RedisInstance as DeclaredRedis
from diag.values import dataclass


@dataclass(frozen=True)
class Destined:
    """One declared destination of one service."""

    what: str
    """As a phrase: `api.openai.com:443`, `staging-shared-postgres by its private address`."""
    address: IPv4Address | None
    """None for a host of the internet, and where it was not seen or is missing."""
    port: int
    declared_at: Place | None
    way: str
    """`internet`, `socket`, `private-ip`, `public-ip`, `redis`, or `internal` for another private address."""
    gap: Gap | None = None
    """Why the destination itself was not seen."""
    reported_by: str = ""
    """The finding that reports that it is missing, or has no such address."""
    instance: Instance | None = None
    cache: RedisInstance | None = None

    @property
    def host(self) -> str:
        """The name of a host of the internet; empty for everything else."""
        return self.what.rpartition(":")[0] if self.way == "internet" and self.address is None else ""

    def enters(self, egress: Egress) -> bool:
        """Whether what is sent there goes into the VPC; one that is missing goes nowhere."""
        if self.reported_by or self.gap:
            return bool(self.gap)
        return egress.all_traffic if self.address is None else egress.enters(self.address)


def destinations(wanted: Service | None, world: World, declared: Requirements) -> Iterator[Destined]:
    """Each destination that the service declares, in the order of the file."""
    for destination in wanted.reaches if wanted else ():
        database = declared.sql_instances.get(destination.sql or "")
        cache = declared.redis_instances.get(destination.redis or "")
        for host in destination.internet:
            name, _, port = host.rpartition(":")
            where = ranges.address(name)
            way = "internal" if where and ranges.internal(where) else "internet"
            yield Destined(host, where, int(port), destination.at("internet"), way)
        if database:
            yield _database(database, destination, world)
        if cache:
            yield _cache(cache, destination, world)


_WAYS = {
    "socket": ("PRIMARY", "its Cloud SQL socket"),
    "public-ip": ("PRIMARY", "its public address"),
    "private-ip": ("PRIVATE", "its private address"),
}


def _database(wanted: SqlInstance, destination: Destination, world: World) -> Destined:
    way = destination.via or "socket"
    kind, by = _WAYS[way]
    port = PROXY_PORT if way == "socket" else database_port(None)
    what, place = f"{wanted.name} by {by}", destination.at("sql")
    try:
        found = world.instances(wanted.project).find(instance_name(wanted))
    except Unseen as unseen:
        return Destined(what, None, port, place, way, gap=unseen.gap)
    if found is None:
        return Destined(what, None, port, place, way, reported_by="sql.instance-missing")
    address = ranges.address(found.address(kind))
    try:
        port = port if way == "socket" else database_port(found)
        lacks = _lacks(found, kind, address)
    except Unseen as unseen:
        return Destined(what, None, port, place, way, gap=unseen.gap)
    return Destined(what, address, port, place, way, reported_by=lacks, instance=found)


def _lacks(instance: Instance, kind: str, address: IPv4Address | None) -> str:
    """The check that reports that it has no such address; raises `Unseen` when it has one that is not told."""
    if kind == "PRIMARY":
        return "" if instance.has_public_address else "sql.socket-needs-public-ip"
    if address is None and instance.private_network:
        raise unsaid(instance, "its private address")
    if address is None and instance.has_endpoints:
        said = f"{instance.short} is reached by Private Service Connect, whose endpoints diag does not read"
        raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call))
    return "" if address else "sql.private-network-wrong"


def _cache(wanted: DeclaredRedis, destination: Destination, world: World) -> Destined:
    what, place = f"Redis {wanted.name}", destination.at("redis")
    try:
        found = world.redis_instances(wanted.region or "", wanted.project).find(full_name(wanted))
    except Unseen as unseen:
        return Destined(what, None, 6379, place, "redis", gap=unseen.gap)
    if found is None:
        return Destined(what, None, 6379, place, "redis", reported_by="redis.instance-missing")
    try:
        where = ranges.address(found.host)
        if where is None:
            raise Unseen(found.malformed("host", found.host))
        return Destined(what, where, found.port, place, "redis", cache=found)
    except Unseen as unseen:
        return Destined(what, None, 6379, place, "redis", gap=unseen.gap)
