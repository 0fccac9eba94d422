"""What the checks of Cloud SQL are judged over: instances in view, and declared ones that may be missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps

from diag.calls import Gap
from diag.checks.check import Subject, Subjects, Verdict, skips
from diag.checks.subjects import InstanceView, instance_name
from diag.errors import Unseen
from diag.facts.base import same
from diag.facts.sql import Instance
from diag.facts.world import World
from diag.requirements.model import Requirements, SqlInstance
from diag.values import dataclass


@dataclass(frozen=True)
class Missing:
    """A declared instance that is proved absent; sql.instance-missing reports it."""

    wanted: SqlInstance


Seen = InstanceView | Missing | Gap
"""An instance, the proof that there is none, or why neither was seen."""


def declared_instances(world: World, declared: Requirements) -> Iterator[Subject[Seen]]:
    """Each declared instance, there or not."""
    for wanted in declared.sql_instances.values():
        yield declared_instance(wanted, world)


def declared_instance(wanted: SqlInstance, world: World) -> Subject[Seen]:
    """The subject for one declared instance."""
    name = instance_name(wanted)
    seen: Seen
    try:
        found = world.instances(wanted.project).find(name)
        seen = InstanceView(found, wanted) if found else Missing(wanted)
    except Unseen as unseen:
        seen = unseen.gap
    return Subject(name, seen, wanted.at(), wanted.critical)


def all_instances(world: World, declared: Requirements) -> Iterator[Subject[Seen] | Gap]:
    """Each declared instance, and every other one in view."""
    subjects = list(declared_instances(world, declared))
    yield from subjects
    told = {subject.item for subject in subjects if isinstance(subject.item, Gap)}
    for project in declared.projects():
        listing = world.instances(project)
        for instance in listing:
            if not any(same(instance.name, subject.resource) for subject in subjects):
                yield Subject(instance.name, InstanceView(instance, None))
        yield from (gap for gap in listing.gaps if gap not in told)


def declaring(field: str) -> Subjects[Seen]:
    """Each declared instance for which the file says `field`."""

    def over(world: World, declared: Requirements) -> Iterator[Subject[Seen]]:
        for wanted in declared.sql_instances.values():
            if getattr(wanted, field) is not None:
                yield declared_instance(wanted, world)

    return over


JudgeView = Callable[[InstanceView, World, Requirements], Verdict | Iterable[Verdict]]
JudgeDeclared = Callable[[Instance, SqlInstance, World], Verdict]
JudgeSeen = Callable[[Subject[Seen], World, Requirements], Verdict | Iterable[Verdict]]


def on_instance(judge: JudgeView) -> JudgeSeen:
    """The judge of a check for instances that are there; a missing one is skipped, an unseen one is unknown."""

    @wraps(judge)
    def judged(subject: Subject[Seen], world: World, declared: Requirements) -> Verdict | Iterable[Verdict]:
        match subject.item:
            case Gap() as gap:
                raise Unseen(gap)
            case Missing(wanted):
                return skips(f"{wanted.name} does not exist: sql.instance-missing reports it", observed="not found")
            case view:
                return judge(view, world, declared)

    return judged


def on_hosted(judge: JudgeView) -> JudgeSeen:
    """As `on_instance`, for what holds only of a server that Cloud SQL runs itself."""

    @wraps(judge)
    def judged(view: InstanceView, world: World, declared: Requirements) -> Verdict | Iterable[Verdict]:
        if view.instance.is_external:
            why = f"{view.instance.short} stands for a server outside Cloud SQL, which is not seen here"
            return skips(why, evidence=(view.instance.evidence("instanceType"),))
        return judge(view, world, declared)

    return on_instance(judged)


def on_declared(judge: JudgeDeclared) -> JudgeSeen:
    """As `on_instance`, for a check of which every subject is declared."""

    @wraps(judge)
    def judged(view: InstanceView, world: World, declared: Requirements) -> Verdict:
        if view.wanted is None:
            raise TypeError(f"{view.instance.name} is judged by a declared value and is not declared")
        return judge(view.instance, view.wanted, world)

    return on_instance(judged)


def gcloud(command: str, instance: Instance | SqlInstance, rest: str = "") -> str:
    """`gcloud sql instances COMMAND` with the instance's own name and project."""
    name = instance.short if isinstance(instance, Instance) else instance.name
    return f"gcloud sql instances {command} {name} --project {instance.project} {rest}".rstrip()
