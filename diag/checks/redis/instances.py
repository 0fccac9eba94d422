"""What the checks of Memorystore are judged over: the declared instances, and those in view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, skips
from diag.errors import Unseen
from diag.facts.redis import RedisInstance
from diag.facts.world import World
from diag.requirements.model import RedisInstance as DeclaredRedis
from diag.requirements.model import Requirements, Service
from diag.values import dataclass

DOCS = "https://cloud.google.com/memorystore/docs/redis/general-best-practices"


@dataclass(frozen=True)
class Cache:
    """A declared instance: what was found of it, None when it is proved absent, a gap when it was not seen."""

    wanted: DeclaredRedis
    found: RedisInstance | Gap | None


def full_name(wanted: DeclaredRedis) -> str:
    """The full resource name of a declared instance."""
    return f"projects/{wanted.project}/locations/{wanted.region}/instances/{wanted.name}"


def declared_caches(world: World, declared: Requirements) -> Iterator[Subject[Cache]]:
    """Each declared instance, there or not."""
    for wanted in declared.redis_instances.values():
        name = full_name(wanted)
        found: RedisInstance | Gap | None
        try:
            found = world.redis_instances(wanted.region or "", wanted.project).find(name)
        except Unseen as unseen:
            found = unseen.gap
        yield Subject(name, Cache(wanted, found), wanted.at(), wanted.critical)


JudgeThere = Callable[[RedisInstance, DeclaredRedis, World, Requirements], Verdict | Iterable[Verdict]]
JudgeCache = Callable[[Subject[Cache], World, Requirements], Verdict | Iterable[Verdict]]


def if_there(judge: JudgeThere) -> JudgeCache:
    """The judge of a check for instances that are there; a missing one is skipped, an unseen one is unknown."""

    @wraps(judge)
    def judged(subject: Subject[Cache], world: World, declared: Requirements) -> Verdict | Iterable[Verdict]:
        match subject.item.found:
            case Gap() as gap:
                raise Unseen(gap)
            case None:
                return skips(f"{subject.item.wanted.name} does not exist; see redis.instance-missing")
            case found:
                return judge(found, subject.item.wanted, world, declared)

    return judged


def clients(wanted: DeclaredRedis, declared: Requirements) -> Iterator[Service]:
    """The declared services that say that they reach this instance."""
    keys = {key for key, item in declared.redis_instances.items() if item is wanted}
    for service in declared.services.values():
        if any(destination.redis in keys for destination in service.reaches):
            yield service


def gcloud(command: str, instance: RedisInstance | DeclaredRedis, rest: str = "") -> str:
    """`gcloud redis instances COMMAND` with the instance's own name, region and project."""
    name = instance.short if isinstance(instance, RedisInstance) else instance.name
    where = f"--region {instance.region} --project {instance.project}"
    return f"gcloud redis instances {command} {name} {where} {rest}".rstrip()
