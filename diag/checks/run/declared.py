"""How a check of a declared value is made: whom it judges, and what it says when the service is not there.

Such a check judges the services that declare the value and no other: every revision that takes
traffic [RDY-11], or the service itself where the value lives there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar

from diag.calls import Gap
from diag.checks.check import Check, Subject, Subjects, Verdict, check, skips
from diag.checks.subjects import declared_revisions, declared_services, service_name
from diag.facts import run
from diag.facts.base import Resource
from diag.facts.world import World
from diag.report import Evidence, Fix, JsonValue, Severity
from diag.requirements.model import Requirements, Service


@dataclass(frozen=True)
class DeclaredService:
    """A declared service that is there."""

    service: run.Service
    wanted: Service
    required: Any
    """The value of the field that the check asks for, in the unit of the requirements' model."""


@dataclass(frozen=True)
class DeclaredRevision(DeclaredService):
    """A revision that takes traffic, of a declared service."""

    revision: run.Revision


@dataclass(frozen=True)
class Absent:
    """A declared service that is proved not to be there."""

    wanted: Service


D = TypeVar("D", bound=DeclaredService)
Judge = Callable[[Subject[D], World, Requirements], Verdict | Iterable[Verdict]]
Applies = Callable[[Service, Requirements], bool]


def on_service(
    id: str,
    severity: Severity,
    field: str,
    *,
    applies: Applies | None = None,
    facts: tuple[str, ...] = (),
    docs: tuple[str, ...] = (),
) -> Callable[[Judge[DeclaredService]], Check]:
    """Make a check of the services that declare `field`, or of those to which it `applies`."""

    def over(world: World, declared: Requirements) -> Iterator[Subject[DeclaredService | Absent] | Gap]:
        for wanted, narrowed in _asking(field, applies, declared):
            found = [*declared_services(world, narrowed)] or [_absent(wanted)]
            for one in found:
                if isinstance(one, Subject) and not isinstance(one.item, Absent):
                    item = DeclaredService(one.item.service, wanted, getattr(wanted, field))
                    yield Subject(one.resource, item, wanted.at(field), wanted.critical)
                else:
                    yield one

    return lambda judge: check(id, severity, over, reads=("services",), facts=facts, docs=docs)(_if_there(judge))


def on_revision(
    id: str,
    severity: Severity,
    field: str,
    *,
    applies: Applies | None = None,
    facts: tuple[str, ...] = (),
    docs: tuple[str, ...] = (),
) -> Callable[[Judge[DeclaredRevision]], Check]:
    """Make a check of the serving revisions of the services that declare `field`, or to which it `applies`."""

    def over(world: World, declared: Requirements) -> Iterator[Subject[DeclaredRevision | Absent] | Gap]:
        for wanted, narrowed in _asking(field, applies, declared):
            found = [*declared_revisions(world, narrowed)] or [_absent(wanted)]
            for one in found:
                if isinstance(one, Subject) and not isinstance(one.item, Absent):
                    item = DeclaredRevision(one.item.service, wanted, getattr(wanted, field), one.item.revision)
                    yield Subject(one.resource, item, wanted.at(field), wanted.critical)
                else:
                    yield one

    reads = ("services", "revisions")
    return lambda judge: check(id, severity, over, reads=reads, facts=facts, docs=docs)(_if_there(judge))
