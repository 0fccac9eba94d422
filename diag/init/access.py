"""The roles of a starter file: what the project's policy gives the accounts that services run as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.run import Revision
from diag.facts.world import World
from diag.render.starter import Item, Line, Note


def roles(revisions: Sequence[Revision], world: World) -> Iterator[Item]:
    """The roles that the project grants the one account of the revisions by its name, on no condition."""
    accounts = {last(revision.service_account) for revision in revisions}
    if len(accounts) != 1 or "" in accounts:
        return  # `service_account` says so
    account = accounts.pop()
    try:
        bindings = world.policy(revisions[0].project).bindings
    except Unseen as unseen:
        yield Note(f"roles: not seen: {unseen.gap.message}")
        return
    own = [one for one in bindings if f"serviceaccount:{account.lower()}" in (each.lower() for each in one.members)]
    plain = sorted({one.role for one in own if not one.condition})
    if plain:
        yield Line("roles", tuple(plain))
    else:
        yield Note(f"roles: the project grants {account} none; check: does it hold what it needs elsewhere?")
    for one in own:
        if one.condition:
            yield Note(f"roles: {one.role} on a condition ({one.condition}); check: does it always hold?")
