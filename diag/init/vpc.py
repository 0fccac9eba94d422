"""Connectors of a starter file: those of the region, and those elsewhere that a service leaves by."""

from __future__ import annotations

from collections.abc import Iterator

from diag.errors import Unseen
from diag.facts.base import last, same, segment
from diag.facts.vpc import Connector
from diag.facts.world import World
from diag.init.seeing import gathered, seen, shortened
from diag.render.starter import Block, Item, Line, Note


def connectors(world: World, project: str, region: str) -> Iterator[Item]:
    """Every connector of the region, and each other one that a revision which takes traffic names.

    One that is named is declared even when it was not seen: the services refer to it.
    """
    found: list[Connector] = []
    notes: list[Item] = []
    try:
        listing = world.connectors(region, project)
        found += listing
        notes += [Note(f"not seen: {gap.message}") for gap in listing.gaps]
    except Unseen as unseen:
        notes.append(Note(f"connectors not seen: {unseen.gap.message}"))
    names = {connector.short for connector in found}
    yield from gathered(found, lambda connector: block(connector, project, region))
    for name in _named(world, project, region):
        if any(same(connector.name, name) for connector in found):
            continue
        if last(name) in names:
            yield Note(f"check: {name} has the name of one above, and is left out")
            continue
        names.add(last(name))
        yield _elsewhere(world, name, project, region)
    yield from notes


def _named(world: World, project: str, region: str) -> list[str]:
    """Full names of the connectors that revisions which take traffic leave by."""
    names: dict[str, None] = {}
    try:
        services = list(world.services(region, project))
    except Unseen:
        return []  # the section `services` says so
    for service in services:
        try:
            names.update(dict.fromkeys(item.connector for item in world.serving(service) if item.connector))
        except Unseen:
            continue  # as above, of this service
    return list(names)


def _elsewhere(world: World, name: str, project: str, region: str) -> Item:
    try:
        connector = world.connector(name)
    except Unseen as unseen:
        return Block(last(name), (*_place(name, project, region), Note(f"not seen: {unseen.gap.message}")))
    if connector:
        return block(connector, project, region)
    return Block(last(name), (*_place(name, project, region), Note("check: a service names it, and it does not exist")))


def block(connector: Connector, project: str, region: str) -> Block:
    """The connector as `diag.yaml` declares it."""
    items: list[Item] = list(_place(connector.name, project, region))
    if connector.network:
        items += seen("network", lambda: shortened(connector.network, project))
    if connector.subnetwork:
        items += seen("subnet", lambda: shortened(connector.subnetwork, project))
    items += seen("min_instances", lambda: connector.min_instances)
    items += seen("max_instances", lambda: connector.max_instances)
    items += seen("machine_type", connector.machine_type.read)
    return Block(connector.short, tuple(items))


def _place(name: str, project: str, region: str) -> Iterator[Item]:
    """Project and region where they differ from the file's."""
    own_project, own_region = segment(name, "projects") or project, segment(name, "locations") or region
    if not same(f"projects/{own_project}", f"projects/{project}"):
        yield Line("project", own_project)
    if own_region != region:
        yield Line("region", own_region)
