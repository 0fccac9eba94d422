"""A declared alert, and every policy that has to do with it, for each resource that it must watch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from diag.calls import Gap, GapKind
from diag.checks.alerts.matching import Alert, Fit, Match, match
from diag.checks.alerts.watched import WORDS, Target, targets
from diag.checks.check import Subject, Verdict, skips
from diag.checks.run.declared import undecided
from diag.facts.alerts import AlertPolicy
from diag.facts.world import World
from diag.report import Evidence, Status
from diag.requirements.model import Requirements
from diag.values import dataclass


@dataclass(frozen=True)
class Found:
    """A policy that has to do with an alert."""

    policy: AlertPolicy
    match: Match

    def __str__(self) -> str:
        return f"policy {self.policy.title} ({self.match.said})"

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Its condition."""
        return (self.policy.evidence(self.match.path),) if self.match.path else ()


@dataclass(frozen=True)
class Watch:
    """An alert for one resource, and every policy that has to do with it."""

    alert: Alert
    target: Target
    found: tuple[Found, ...]
    gap: Gap | None
    """Why other policies may exist."""

    def of(self, fit: Fit) -> tuple[Found, ...]:
        """The policies that serve it so."""
        return tuple(one for one in self.found if one.match.fit is fit)

    @property
    def required(self) -> str:
        """For the report."""
        return f"{self.alert} on {self.target.name}" if self.target.name else str(self.alert)

    @property
    def mistaken(self) -> bool:
        """Whether all that there is watches a metric that does not exist for it."""
        return bool(self.found) and all(one.match.fit is Fit.WRONG for one in self.found)

    @property
    def elsewhere(self) -> Verdict:
        """What a check says that needs a policy in time, where none is known: undecided if one may be unseen."""
        unseen = self.gap or next((one.match.gap for one in self.of(Fit.UNCLEAR) if one.match.gap), None)
        if unseen:
            return undecided(unseen)
        other = "alerts.wrong-metric" if self.mistaken else "alerts.missing"
        return skips(
            f"no policy is known that fires for {self.alert.word} in time; see {other}", required=self.required
        )


Study = Sequence[Watch | str]
"""The watches of one alert; why there is nothing to watch in place of one."""


def declared_alerts(world: World, declared: Requirements) -> Iterator[Subject[Study]]:
    """Each alert of the file."""
    for index, item in enumerate(declared.sections.get("alerts", ())):
        alert = Alert(item["metric"], item.get("above"))
        name = f"projects/{declared.project}/alerts/{alert.word}"
        yield Subject(name, tuple(_studied(alert, world, declared)), declared.at(f"alerts.{index}"))


def _studied(alert: Alert, world: World, declared: Requirements) -> Iterator[Watch | str]:
    policies = world.alert_policies(declared.project)
    gap = next(iter(policies.gaps), None)
    if not policies.resources and not world.anything:
        said = f"the list of {policies.what} came back empty, and nothing else of {declared.project} was seen"
        gap = gap or Gap(GapKind.PARTIAL, said, advice="check that the project is the right one")
    for target in targets(WORDS[alert.word], world, declared):
        if isinstance(target, str):
            yield target
            continue
        matches = ((policy, match(policy, alert, target, world)) for policy in policies)
        yield Watch(alert, target, tuple(Found(policy, one) for policy, one in matches if one), gap)


def worst(study: Study, judge: Callable[[Watch], Verdict]) -> Verdict:
    """The worst verdict over what an alert must watch."""
    verdicts = [skips(watch) if isinstance(watch, str) else judge(watch) for watch in study]
    order = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.SKIP)
    return min(verdicts, key=lambda verdict: order.index(verdict.status))
