"""What a check is: a pure function over one subject, and the facts about it that reports need."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Generic, TypeVar

from diag.calls import Gap
from diag.facts.world import World
from diag.report import Evidence, Fix, JsonValue, Place, Severity, Status
from diag.requirements.model import Requirements
from diag.values import dataclass, field

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject(Generic[T]):
    """What one check judges once: a resource, and the declaration that asks for it, if any."""

    resource: str
    """Full resource name, or the declared name of what should be there."""
    item: T
    declared_at: Place | None = None
    critical: bool = False
    """Whether the declared resource says `critical: true`: its findings are raised by one level."""
    severity: Severity | None = None
    """In place of the check's own, where each subject has one of its own."""
    title: str = ""
    """In place of the check's own headline, where the subject says what is wrong more closely."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a check says of one subject; `evaluate` adds id, severity, title and documentation."""

    status: Status
    required: JsonValue = None
    observed: JsonValue = None
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    fix: tuple[Fix, ...] = ()
    declared_at: Place | None = None
    """The line that asked for this; the subject's own place stands when None."""
    resource: str = ""
    """The resource that is at fault, when it is not the subject itself."""
    not_consulted: tuple[str, ...] = field(default=())
    docs: tuple[str, ...] = ()
    """Pages about this finding, in place of the check's own."""
    gap: Gap | None = None
    """For an unknown that belongs to another resource than the subject."""


def passes(**details: Any) -> Verdict:
    """The requirement is met."""
    return Verdict(status=Status.PASS, **details)


def warns(**details: Any) -> Verdict:
    """Met, but not for long, or not by much."""
    return Verdict(status=Status.WARN, **details)


def fails(**details: Any) -> Verdict:
    """Not met."""
    return Verdict(status=Status.FAIL, **details)


def skips(why: str, **details: Any) -> Verdict:
    """Does not apply here; `why` says what makes it so, or which finding reports the missing resource."""
    return Verdict(status=Status.SKIP, reason=why, **details)


Subjects = Callable[[World, Requirements], Iterable[Subject[T] | Gap]]
Judge = Callable[[T, World, Requirements], Verdict | Iterable[Verdict]]


@dataclass(frozen=True)
class Check:
    """One entry of the catalogue; made by `@check`."""

    id: str
    severity: Severity
    over: Subjects[Any]
    judge: Callable[[Subject[Any], World, Requirements], Verdict | Iterable[Verdict]]
    reads: frozenset[str]
    """Topics of the method table that it may ask for."""
    always: bool
    """Whether it is judged without being declared."""
    facts: tuple[str, ...]
    docs: tuple[str, ...]

    @property
    def product(self) -> str:
        """The first part of its id."""
        return self.id.partition(".")[0]

    @property
    def text(self) -> str:
        """Its documentation: headline, why it matters, what it reads, what to do."""
        return inspect.cleandoc(self.judge.__doc__ or "")

    @cached_property
    def title(self) -> str:
        """The headline: what is wrong when it fails."""
        return (self.judge.__doc__ or "").strip().partition("\n")[0].rstrip(" .")


def check(
    id: str,
    severity: Severity,
    over: Subjects[T],
    *,
    reads: tuple[str, ...],
    always: bool = False,
    facts: tuple[str, ...] = (),
    docs: tuple[str, ...] = (),
) -> Callable[[Callable[[Subject[T], World, Requirements], Verdict | Iterable[Verdict]]], Check]:
    """Make a `Check` of a function over one subject; its docstring is the check's documentation."""

    def make(judge: Callable[[Subject[T], World, Requirements], Verdict | Iterable[Verdict]]) -> Check:
        return Check(id, severity, over, judge, frozenset(reads), always, facts, docs)

    return make
