"""Looking up what a link names, and lists that must hold something: absence is proved or unseen."""

from __future__ import annotations

from typing import TypeVar

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Listing, Resource, segment
from diag.facts.world import World

R = TypeVar("R", bound=Resource)


def find(listing: Listing[R], link: str, world: World) -> R | None:
    """The resource that a link names, None when proved absent; raises `Unseen` for another project's."""
    project = segment(link, "projects")
    if not project:
        said = f"the link {link!r} names no project, so what it means in {listing.what} is not known"
        raise Unseen(Gap(GapKind.MALFORMED, said))
    if not world.is_own(project):
        said = f"{link} lies in project {project}, whose {listing.what} this run did not read"
        raise Unseen(Gap(GapKind.NOT_COLLECTED, said, advice=f"diag lb --project {project}"))
    return listing.find(link)


def some(listing: Listing[R]) -> tuple[R, ...]:
    """All of a whole list; raises `Unseen` when it has a gap, or is empty and does not say so itself."""
    found = listing.whole()
    if not found and not listing.stated:
        said = f"the list of {listing.what} came back empty, and nothing confirmed that there are none"
        raise Unseen(Gap(GapKind.PARTIAL, said, advice="check that the project is the right one"))
    return found
