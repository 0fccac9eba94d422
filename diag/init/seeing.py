"""Reading facts for a starter file: what was not seen becomes a comment, here and only here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from diag.errors import Unseen
from diag.facts.base import Listing, Resource
from diag.render.starter import Block, Item, Line, Note, Value

R = TypeVar("R", bound=Resource)


def seen(key: str, read: Callable[[], Value | Item | None], comment: str = "") -> Iterator[Item]:
    """`key` with what `read` gives, or the item it gives; nothing for None; a comment when it was not seen."""
    try:
        value = read()
    except Unseen as unseen:
        yield Note(f"{key}: not seen: {unseen.gap.message}")
        return
    if isinstance(value, Line | Note | Block):
        yield value
    elif value is not None:
        yield Line(key, value, comment)


def listed(read: Callable[[], Listing[R]], block: Callable[[R], Item], what: str) -> Iterator[Item]:
    """A block for each resource of a list, and a comment for all that the list did not show."""
    try:
        listing = read()
    except Unseen as unseen:
        yield Note(f"{what} not seen: {unseen.gap.message}")
        return
    yield from gathered(listing, block)
    yield from (Note(f"not seen: {gap.message}") for gap in listing.gaps)


def gathered(resources: Iterable[R], block: Callable[[R], Item]) -> Iterator[Item]:
    """A block for each resource; one that shares its name with an earlier one is a comment."""
    names: set[str] = set()
    for resource in resources:
        if resource.short in names:
            yield Note(f"check: {resource.name} has the name of one above, and is left out")
            continue
        names.add(resource.short)
        try:
            yield block(resource)
        except Unseen as unseen:
            yield Block(resource.short, (Note(f"not seen: {unseen.gap.message}"),))


def shortened(name: str, project: str) -> str:
    """A network or subnet as the file names it: short in the own project, else the full name."""
    own = name.startswith(f"projects/{project}/") or "/" not in name
    return name.rpartition("/")[2] if own else name
