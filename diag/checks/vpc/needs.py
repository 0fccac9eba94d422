"""What revisions have to reach on the internet, as far as the file and their attachments say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from diag.calls import Gap
from diag.checks.check import Verdict, fails, passes, warns
from diag.checks.sql.attachments import attached_instance
from diag.checks.subjects import RevisionView
from diag.checks.vpc.way import Way
from diag.errors import Unseen
from diag.facts.sql import ConnectionName, Instance
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.nat import is_google
from diag.report import Evidence, Place
from diag.requirements.model import Destination, Requirements
from diag.values import dataclass, field

PROXY_PORT = 3307
"""Where the socket's built-in proxy connects to on the instance."""
_PORTS: Mapping[str, int] = {"POSTGRES": 5432, "MYSQL": 3306, "SQLSERVER": 1433}


def database_port(instance: Instance | None) -> int:
    """Where the database itself listens; PostgreSQL's of one that was not seen."""
    return _PORTS.get(instance.version.engine if instance else "", _PORTS["POSTGRES"])


@dataclass(frozen=True)
class Need:
    """One destination on the internet."""

    what: str
    """As a phrase: `api.openai.com:443`, `Cloud SQL socket to 34.171.0.1:3307`."""
    where: IPv4Address | None
    """Its address; None for a host name."""
    declared_at: Place | None = None
    evidence: tuple[Evidence, ...] = ()
    socket: bool = False
    google: bool = False
    """Whether Private Google Access reaches it without a NAT [EGR-11]."""


@dataclass(frozen=True)
class Needs:
    """Everything that the users of one way have to reach on the internet."""

    found: tuple[Need, ...] = ()
    silent: bool = False
    """For one of them nothing is declared to be reached, and no Cloud SQL socket is attached."""
    gaps: tuple[Gap, ...] = field(default=())
    """Attachments of which it could not be seen whether they need the internet."""

    def judged(self, **details: Any) -> Verdict:
        """The verdict where the way to the internet is broken; raises `Unseen` when that may not matter."""
        if self.found:
            return fails(**{"declared_at": self.declared_at, **details})
        if self.gaps:
            raise Unseen(self.gaps[0])
        return warns(**details) if self.silent else passes(**{**details, "fix": ()})

    @property
    def declared_at(self) -> Place | None:
        """The first line that asks for one of them."""
        return next((need.declared_at for need in self.found if need.declared_at), None)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was read to know of them."""
        return tuple(item for need in self.found for item in need.evidence)

    def without_google(self) -> Needs:
        """What needs more than Private Google Access."""
        return replace(self, found=tuple(need for need in self.found if not need.google))

    def phrase(self, users: int) -> str:
        """For a reason: `, api.openai.com:443 and its Cloud SQL socket to 34.171.0.1:3307 included`."""
        whose = "its " if users == 1 else "their "
        names = [f"{whose if need.socket else ''}{need.what}" for need in self.found]
        return f", {' and '.join(names)} included" if names else ""


def internet_needs(way: Way, world: World, declared: Requirements) -> Needs:
    """What these revisions have to reach on the internet: declared hosts, and Cloud SQL by its public address."""
    needs: dict[str, Need] = {}
    gaps: list[Gap] = []
    silent = False
    for view in way.users:
        reaches = view.wanted.reaches if view.wanted else ()
        for need in _hosts(reaches):
            needs.setdefault(need.what, need)
        try:
            attached = view.revision.sql_attachments
        except Unseen as unseen:
            gaps.append(unseen.gap)
            continue
        silent |= not reaches and not attached
        for one in _database_ways(view, declared, reaches):
            try:
                found = _database_need(one, world)
            except Unseen as unseen:
                gaps.append(unseen.gap)
                continue
            if found:
                needs.setdefault(found.what, found)
    return Needs(tuple(needs.values()), silent, tuple(gaps))


def _hosts(reaches: tuple[Destination, ...]) -> Iterator[Need]:
    for destination in reaches:
        for host in destination.internet:
            where = ranges.address(host)
            if where is None or ranges.public(ranges.single(where)):
                yield Need(host, where, destination.at("internet"), google=is_google(host))


@dataclass(frozen=True)
class _DatabaseWay:
    """One way to an instance that may lead over the internet."""

    name: ConnectionName
    socket: bool
    declared_at: Place | None = None
    evidence: tuple[Evidence, ...] = ()


def _database_ways(
    view: RevisionView, declared: Requirements, reaches: tuple[Destination, ...]
) -> Iterator[_DatabaseWay]:
    """Declared ways first, so that a finding names the line; then the sockets that are attached."""
    for destination in reaches:
        wanted = declared.sql_instances.get(destination.sql or "")
        if wanted and destination.via in ("socket", "public-ip"):
            name = ConnectionName(wanted.project, wanted.region or "", wanted.name)
            yield _DatabaseWay(name, destination.via == "socket", destination.at("sql"))
    for socket in view.revision.sql_sockets:
        if attached := ConnectionName.parse(socket.connection_name):
            yield _DatabaseWay(attached, True, evidence=(view.revision.evidence(socket.path),))


def _database_need(way: _DatabaseWay, world: World) -> Need | None:
    instance = attached_instance(way.name, world)
    # A missing instance is reported by sql.*; one without a public address by sql.socket-needs-public-ip.
    if instance is None or not instance.has_public_address:
        return None
    path = instance.address_path("PRIMARY")
    where = ranges.address(instance.text(path)) if path else None
    port = PROXY_PORT if way.socket else database_port(instance)
    target = f"{where}:{port}" if where else f"the public address of {instance.short}"
    what = f"Cloud SQL socket to {target}" if way.socket else f"{instance.short} at {target}"
    seen = instance.evidence(path or "settings.ipConfiguration.ipv4Enabled")
    return Need(what, where, way.declared_at, (*way.evidence, seen), way.socket)
