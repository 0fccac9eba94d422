"""What a rule is: a pure function over the requirements, and what all its findings have in common."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence

from diag.lint.facts import FACTS
from diag.report import Finding, Fix, JsonValue, Place, Severity, Status
from diag.requirements.model import Requirements
from diag.values import dataclass

INFEASIBLE = "req.infeasible"
CONTRADICTION = "req.contradiction"
UNOBSERVABLE = "req.unobservable"

SEVERITY = {INFEASIBLE: Severity.HIGH, CONTRADICTION: Severity.HIGH, UNOBSERVABLE: Severity.MEDIUM}


@dataclass(frozen=True)
class Named:
    """The declared resource, or probe, that an issue belongs to."""

    name: str
    critical: bool = False


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One thing that a rule found."""

    at: Place | None
    of: Named
    required: JsonValue
    """What is declared, as `key: value`."""
    observed: JsonValue
    """The limit, or what it collides with."""
    reason: str
    """Why that cannot hold, as a sentence without its full stop."""
    instead: str
    """What to declare instead, as it follows the word *declare*."""
    doubt: str = ""
    """Why it only warns although its facts are documented."""
    facts: tuple[str, ...] = ()
    """The facts that this one stands on, when not on all those of the rule."""
    seen_on: str = ""
    """What a check that confirms it judges, when that is not the resource itself: a domain, say."""
    destination: Place | None = None
    """The line of the one destination that it is about: what fails of the service's others does not confirm it."""


Find = Callable[[Requirements], Iterator[Issue]]


@dataclass(frozen=True)
class Rule:
    """One row of the table of rules; made by one of the decorators below."""

    check: str
    find: Find
    facts: tuple[str, ...]
    confirmed_by: tuple[str, ...] = ()
    """Checks of collected facts; one that fails on the same resource or line makes a contradiction fail."""

    @property
    def name(self) -> str:
        """The rule's own name, `startup_too_long`."""
        return self.find.__name__

    @property
    def text(self) -> str:
        """Its documentation: headline, and why."""
        return inspect.cleandoc(self.find.__doc__ or "")

    @property
    def title(self) -> str:
        """The headline."""
        return self.text.partition("\n")[0].rstrip(".")

    def __call__(self, declared: Requirements, failed: Sequence[Finding] = ()) -> Iterator[Finding]:
        """A finding for each issue; `failed` are the findings that may confirm a contradiction."""
        failed = [one for one in failed if one.check in self.confirmed_by]
        names = {name for one in failed for name in one.resource.split("/")}
        places = {one.declared_at for one in failed if one.declared_at}
        for issue in self.find(declared):
            named = not issue.destination and not names.isdisjoint((issue.of.name, issue.seen_on))
            seen = named or not places.isdisjoint((issue.at, issue.destination))
            yield self._finding(issue, confirmed=seen)

    def _finding(self, issue: Issue, *, confirmed: bool) -> Finding:
        facts = issue.facts or self.facts
        undocumented = [fact for fact in facts if FACTS[fact].confidence != "D"]
        certain = self.check == INFEASIBLE and not issue.doubt and not undocumented
        doubt = issue.doubt or (_undocumented(undocumented) if self.check == INFEASIBLE and undocumented else "")
        severity = SEVERITY[self.check]
        source = f" [{', '.join(facts)}]" if facts else ""
        return Finding(
            check=self.check,
            status=Status.FAIL if certain or confirmed else Status.WARN,
            severity=severity.raised() if issue.of.critical else severity,
            title=self.title,
            resource=issue.of.name,
            required=issue.required,
            observed=issue.observed,
            declared_at=issue.at,
            reason=f"{issue.reason}{source}" + (f"; it only warns, because {doubt}" if doubt else ""),
            fix=(Fix(f"declare {issue.instead}", mutates=False),),
            docs=tuple(dict.fromkeys(FACTS[fact].page for fact in facts)),
            not_consulted=("the project itself",) if self.check == CONTRADICTION and not confirmed else (),
        )


def _undocumented(facts: Sequence[str]) -> str:
    how = {"D2": "at second hand", "I": "by inference", "C": "from sources that conflict"}
    known = dict.fromkeys(how[FACTS[fact].confidence] for fact in facts)
    return f"{', '.join(facts)} {'is' if len(facts) == 1 else 'are'} known {' and '.join(known)} only"


def infeasible(*facts: str) -> Callable[[Find], Rule]:
    """A rule for what the platform cannot do at any setting; it fails where all its facts are documented."""
    return lambda find: Rule(INFEASIBLE, find, facts)


def contradiction(*facts: str, confirmed_by: tuple[str, ...]) -> Callable[[Find], Rule]:
    """A rule for requirements that cannot hold together; it warns until a check confirms it."""
    return lambda find: Rule(CONTRADICTION, find, facts, confirmed_by)


def unobservable(*facts: str) -> Callable[[Find], Rule]:
    """A rule for what nothing in the platform shows; it warns."""
    return lambda find: Rule(UNOBSERVABLE, find, facts)
