"""How many connections a server allows: what its flag says, or the default of its memory."""

from __future__ import annotations

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.sql import Instance
from diag.facts.sql_limits import GIB, RESERVED_CONNECTIONS, default_max_connections, memory_in_tier
from diag.facts.world import World
from diag.report import Evidence
from diag.values import dataclass


@dataclass(frozen=True)
class ConnectionLimit:
    """`max_connections` in force, and where the number comes from."""

    total: int
    source: str
    evidence: tuple[Evidence, ...]

    @property
    def usable(self) -> int:
        """What is left for applications [5.5]."""
        return max(0, self.total - RESERVED_CONNECTIONS)


def connection_limit(instance: Instance, world: World) -> ConnectionLimit:
    """The connections that the server allows; raises `Unseen` where neither flag nor documentation says it.

    The default is PostgreSQL's by the memory of the largest instance in the replication chain [5.5].
    https://cloud.google.com/sql/docs/postgres/flags
    """
    flag = next((flag for flag in instance.flags if flag.name == "max_connections"), None)
    if flag:
        total = instance.integer(flag.path)
        if total is None or total < 1:
            said = f"{instance.short} has the flag max_connections = {flag.value!r}, which is no number of connections"
            raise Unseen(Gap(GapKind.MALFORMED, said, instance.origin.call))
        return ConnectionLimit(total, "flag max_connections", (instance.evidence(flag.path, total),))
    if instance.version.engine != "POSTGRES":
        said = (
            f"{instance.short} is {instance.text('databaseVersion')}, whose default max_connections diag does not know"
        )
        raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call, advice="set the flag max_connections"))
    largest, memory = max(((one, memory_of(one, world)) for one in _chain(instance, world)), key=lambda pair: pair[1])
    total = default_max_connections(memory)
    if total is None:
        said = f"no default max_connections is documented for the {memory / GIB:.2f} GiB of {largest.short}"
        raise Unseen(Gap(GapKind.UNDECIDED, said, largest.origin.call, advice="set the flag max_connections"))
    return ConnectionLimit(
        total,
        f"default for {memory / GIB:.4g} GiB ({largest.tier})",
        (largest.evidence("settings.tier"), instance.evidence("settings.databaseFlags", total, default=True)),
    )


def _chain(instance: Instance, world: World) -> list[Instance]:
    """The instance, its primary, and the replicas of both, as far as Cloud SQL runs them.

    Raises `Unseen` when one was not seen.
    """
    found = {instance.name: instance}
    waiting = list(instance.relatives)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        one = world.instances(name.split("/")[1]).find(name)
        if one is None:
            said = f"{name} is in the replication chain of {instance.short} and was not found"
            raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call))
        found[name] = one
        waiting += one.relatives
    return [one for one in found.values() if not one.is_external]


def memory_of(instance: Instance, world: World) -> int:
    """Its memory in bytes, by the tier's name or the list of tiers [SET-01]; raises `Unseen`."""
    said = memory_in_tier(instance.tier)
    if said is not None:
        return said
    tier = world.tiers(instance.project).find(f"projects/{instance.project}/tiers/{instance.tier}")
    if tier is None:
        why = f"{instance.short} is of tier {instance.tier}, whose memory is not in the list of tiers"
        raise Unseen(Gap(GapKind.UNDECIDED, why, instance.origin.call, advice="set the flag max_connections"))
    return tier.memory
