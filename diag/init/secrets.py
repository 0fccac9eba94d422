"""The secrets of a starter file: those that the services take, by reference."""

from __future__ import annotations

from collections.abc import Iterator

from diag.errors import Unseen
from diag.facts.base import last, segment
from diag.facts.run import Service
from diag.facts.secrets import references
from diag.facts.world import World
from diag.render.starter import Item, Line


def secrets(world: World, project: str, region: str) -> Iterator[Item]:
    """The line of every secret that a revision which takes traffic names, as a variable or a volume."""
    names: set[str] = set()
    try:
        services = list(world.services(region, project))
    except Unseen:
        return  # the section `services` says so
    for service in services:
        try:
            taken = [one.secret for revision in world.serving(service) for one in references(revision)]
        except Unseen:
            continue  # as above, of this service
        names.update(as_written(name, service) for name in taken)
    if names:
        yield Line("secrets", tuple(sorted(names)))


def as_written(name: str, service: Service) -> str:
    """A secret as the file names it: short in the service's own project, else the full name."""
    own = segment(name, "projects") in (None, service.project, service.project_number)
    return last(name) if own else name
