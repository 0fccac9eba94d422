"""What a revision has to reach on the internet, as far as the file and its attachments say it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

from diag.calls import Gap
from diag.checks.check import Verdict, fails, passes, warns
from diag.checks.subjects import RevisionView, instance_name
from diag.errors import Unseen
from diag.facts.sql import Instance
from diag.facts.world import World
from diag.paths import ranges
from diag.report import Evidence, Place
from diag.requirements.model import Destination, Requirements

PROXY_PORT, POSTGRES_PORT = 3307, 5432
"""Where the socket's built-in proxy connects to on the instance, and where PostgreSQL itself listens."""


@dataclass(frozen=True)
class Need:
    """One destination on the internet."""

    what: str
    """As a phrase: `api.openai.com:443`, `its Cloud SQL socket to 34.171.0.1:3307`."""
    where: IPv4Address | None
    """Its address; None for a host name."""
    declared_at: Place | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Needs:
    """Everything that one revision has to reach on the internet."""

    found: tuple[Need, ...] = ()
    silent: bool = False
    """Nothing is declared to be reached, and no Cloud SQL socket is attached."""
    gaps: tuple[Gap, ...] = field(default=())
    """Attachments of which it could not be seen whether they need the internet."""

    def judged(self, **details: Any) -> Verdict:
        """The verdict where the way to the internet is broken; raises `Unseen` when that may not matter."""
        if self.found:
            return fails(**{"declared_at": self.declared_at, **details})
        if self.gaps:
            raise Unseen(self.gaps[0])
        return warns(**details) if self.silent else passes(**details)

    @property
    def declared_at(self) -> Place | None:
        """The first line that asks for one of them."""
        return next((need.declared_at for need in self.found if need.declared_at), None)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was read to know of them."""
        return tuple(item for need in self.found for item in need.evidence)

    def phrase(self) -> str:
        """For a reason: `, api.openai.com:443 and its Cloud SQL socket to 34.171.0.1:3307 included`."""
        names = [need.what for need in self.found]
        return f", {' and '.join(names)} included" if names else ""


def internet_needs(view: RevisionView, world: World, declared: Requirements) -> Needs:
    """What this revision has to reach on the internet: declared hosts, and Cloud SQL by its public address."""
    needs: dict[str, Need] = {}
    gaps: list[Gap] = []
    reaches = view.wanted.reaches if view.wanted else ()
    for destination in reaches:
        for host in destination.internet:
            where = ranges.address(host)
            if where is None or ranges.public(ranges.single(where)):
                needs.setdefault(host, Need(host, where, destination.at("internet")))
    for key, make in _database_ways(view, world, declared, reaches):
        try:
            found = make()
        except Unseen as unseen:
            gaps.append(unseen.gap)
            continue
        if found:
            needs.setdefault(key, found)
    return Needs(tuple(needs.values()), not reaches and not view.revision.sql_attachments, tuple(gaps))


Way = tuple[str, Callable[[], Need | None]]


def _database_ways(
    view: RevisionView, world: World, declared: Requirements, reaches: tuple[Destination, ...]
) -> Iterator[Way]:
    """Each way to an instance that may need the internet: key, and what says whether it does."""
    for destination in reaches:
        wanted = declared.sql_instances.get(destination.sql or "")
        if wanted and destination.via in ("socket", "public-ip"):
            name, via, place = instance_name(wanted), destination.via, destination.at("sql")
            yield f"{via} {name}", lambda name=name, via=via, place=place: _need(world, name, via, place, ())  # type: ignore[misc]
    for index, attached in enumerate(view.revision.sql_attachments):
        name = attached_instance(attached)
        seen = (view.revision.evidence(f"volumes.cloudSqlInstance.instances[{index}]", attached),)
        yield f"socket {name}", lambda name=name, seen=seen: _need(world, name, "socket", None, seen)  # type: ignore[misc]


def attached_instance(connection_name: str) -> str:
    """`projects/P/instances/I` of a connection name `P:R:I`, P with a domain included [SQL-08]."""
    project, _, instance = connection_name.rpartition(":")
    return f"projects/{project.rpartition(':')[0]}/instances/{instance}"


def _need(world: World, name: str, via: str, place: Place | None, seen: tuple[Evidence, ...]) -> Need | None:
    instance = world.instances(name.split("/")[1]).find(name)
    # A missing instance is reported by sql.*; one without a public address by sql.socket-needs-public-ip.
    if instance is None or not (instance.has_public_address or instance.address("PRIMARY")):
        return None
    path = _address_path(instance)
    where = ranges.address(instance.text(path)) if path else None
    port = PROXY_PORT if via == "socket" else POSTGRES_PORT
    target = f"{where}:{port}" if where else f"the public address of {instance.short}"
    what = f"its Cloud SQL socket to {target}" if via == "socket" else f"{instance.short} at {target}"
    said = (instance.evidence(path) if path else instance.evidence("settings.ipConfiguration.ipv4Enabled"),)
    return Need(what, where, place, (*seen, *said))


def _address_path(instance: Instance) -> str:
    kinds = [item.get("type") for item in instance.objects("ipAddresses")]
    return f"ipAddresses[{kinds.index('PRIMARY')}].ipAddress" if "PRIMARY" in kinds else ""
