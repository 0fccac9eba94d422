"""Whether a policy fires where a declared alert must: its metric, its resources, its threshold."""

from __future__ import annotations

import re
from enum import IntEnum

from diag.calls import Gap, GapKind
from diag.checks.alerts.watched import (
    ERRORS,
    OTHER,
    PERCENT,
    QUOTAS,
    RATIO,
    WORDS,
    Target,
    limit_of,
    units_of,
)
from diag.checks.measured import percent
from diag.errors import Unseen
from diag.facts.alert_reading import Divisor, Reading, read_condition
from diag.facts.alerts import AlertCondition, AlertPolicy
from diag.facts.metric_filter import MetricFilter
from diag.facts.world import World
from diag.requirements.kinds import Bound
from diag.values import dataclass

_OWN = re.compile(r"(?:logging_googleapis_com:user_|(?:custom|workload|external|prometheus)_googleapis_com:)")
"""Metrics that a project makes itself: of its logs, or by its programs."""
_TOLERANCE = 1e-9
_HINTS = 1000
"""Characters of a name or query in which a hint is looked for."""


class Fit(IntEnum):
    """How a policy serves an alert; the larger the better."""

    WRONG = 1
    """It watches a metric that is meant for it and does not exist for it, or shows something else."""
    LATE = 2
    UNCLEAR = 3
    FIRES = 4


@dataclass(frozen=True)
class Match:
    """A policy that has to do with an alert, and how it serves it."""

    fit: Fit
    said: str
    """The metric and threshold, or what is not clear."""
    path: str
    """Where the condition stands in the policy's JSON."""
    gap: Gap | None = None
    """Of an unclear one: why."""


@dataclass(frozen=True)
class Alert:
    """A declared alert."""

    word: str
    above: Bound | None

    def __str__(self) -> str:
        return f"{self.word} above {shown(self.above)}" if self.above else self.word


def shown(bound: Bound) -> str:
    """The bound as the file may write it."""
    return {"ratio": percent(bound.value), "seconds": f"{bound.value:g}s"}.get(bound.unit, f"{bound.value:g}")


def match(policy: AlertPolicy, alert: Alert, target: Target, world: World) -> Match | None:
    """How a policy serves an alert for one target; None when it has nothing to do with it."""
    try:
        conditions, combiner = policy.conditions, policy.combiner.value
    except Unseen as unseen:
        return _unclear(f"policy {policy.title} could not be read", "", unseen.gap)
    found = [_condition(policy, condition, alert, target, world) for condition in conditions]
    matches = [one for one in found if one]
    if not matches:
        return None
    if len(found) == 1 or combiner in ("OR", "COMBINE_UNSPECIFIED"):
        return max(matches, key=lambda one: one.fit)
    worst = min(matches, key=lambda one: one.fit)
    if len(matches) == len(found) or worst.fit is Fit.LATE:
        return worst
    return _unclear(f"policy {policy.title} fires only when other conditions are met as well", worst.path)


def _unclear(said: str, path: str, gap: Gap | None = None) -> Match:
    return Match(Fit.UNCLEAR, said, path, gap or Gap(GapKind.UNDECIDED, said, advice="see the policy itself"))


def _condition(
    policy: AlertPolicy, condition: AlertCondition, alert: Alert, target: Target, world: World
) -> Match | None:
    reading = read_condition(condition)
    if alert.word == "run-errors" and condition.filter.lstrip().startswith("select_slo_"):
        return _unclear(f"which answers the objective of policy {policy.title} counts", condition.path)
    try:
        if WORDS[alert.word].hint:
            return _of_the_application(policy, condition, reading, alert)
        return _of_the_platform(policy, condition, reading, alert, target, world) if reading else None
    except Unseen as unseen:
        return _unclear(f"policy {policy.title}: {unseen.gap.message}", condition.path, unseen.gap)


def _of_the_platform(
    policy: AlertPolicy, condition: AlertCondition, reading: Reading, alert: Alert, target: Target, world: World
) -> Match | None:
    """A condition on a metric that the platform measures."""
    units = units_of(alert.word, target)
    name = next((name for name in reading.metrics if name in units), "")
    covers = reading.filter.covers(target.labels) if target.name else True
    if covers is False or reading.low:
        return None
    if not name:
        return _meant(alert, reading, condition)
    if units[name] == ERRORS and (errors := _errors(reading.filter)) is not True:
        return None if errors is False else _unclear(f"{policy.title}: which answers it counts", condition.path)
    if reading.threshold is None:
        return _unclear(f"the threshold of {policy.title} cannot be read: {reading.unread}", condition.path)
    if covers is None:
        return _unclear(f"whether {policy.title} watches {target.name} is not plain from its filter", condition.path)
    return _compared(units[name], reading, condition, alert, target, world)


def _meant(alert: Alert, reading: Reading, condition: AlertCondition) -> Match | None:
    """A condition on a metric that looks like the right one and is not."""
    wrong = [written for name, written in reading.metrics.items() if WORDS[alert.word].meant.match(name)]
    return Match(Fit.WRONG, wrong[0], condition.path) if wrong else None


def _errors(found: MetricFilter) -> bool | None:
    """Whether a filter on requests takes those that were answered with 5xx, and no others."""
    classes = list(found.of("metric.labels.response_code_class"))
    codes = list(found.of("metric.labels.response_code"))
    if not classes and not codes:
        return False
    if not found.plain:
        return None
    for one in codes:
        if one.operator in (">=", ">") and one.values and one.values[0] in ("499", "500"):
            return True
    tests = [(one, "5xx", ("2xx", "4xx")) for one in classes] + [(one, "500", ("200", "404")) for one in codes]
    held = [(one.holds(error), [one.holds(other) for other in others]) for one, error, others in tests]
    if any(error is None or None in others for error, others in held):
        return None
    return all(error and not any(others) for error, others in held)


def _compared(
    unit: str, reading: Reading, condition: AlertCondition, alert: Alert, target: Target, world: World
) -> Match:
    """Fires at or below what is declared, or later; unclear where the figures cannot be compared."""
    threshold = reading.threshold or 0.0
    if unit != OTHER and (alert.above is None or (unit == ERRORS and threshold == 0)):
        return Match(Fit.FIRES, f"above {threshold:g}", condition.path)
    if reading.rate and unit != ERRORS:
        return _unclear("it compares how fast the figure changes", condition.path)
    if reading.divisor:
        unit = _divided(unit, reading, reading.divisor)
    if unit == PERCENT:
        used = list(reading.filter.of("metric.labels.component"))
        unit, threshold = (RATIO if used and used[0].holds("Usage") else OTHER), threshold / 100
    bound = _in_unit(alert.above, unit) if alert.above else None
    if bound is None or (unit == ERRORS and reading.rate):
        return _unclear(f"above {threshold:g} ({unit}) cannot be compared with {alert}", condition.path)
    said = percent(threshold) if unit == RATIO else f"{threshold:g}"
    if bound.unit == "ratio" and unit != RATIO:
        limit = limit_of(unit, target, world)
        said, threshold = f"{said} of {limit:g} {unit} ({percent(threshold / limit)})", threshold / limit
    early = threshold <= bound.value + _TOLERANCE
    return Match(Fit.FIRES if early else Fit.LATE, f"above {said}", condition.path)


def _divided(unit: str, reading: Reading, divisor: Divisor) -> str:
    """The unit of a figure that is divided by another one."""
    if unit == ERRORS:
        all_requests = divisor.metrics <= reading.metrics.keys() and _errors(divisor.filter) is False
        return RATIO if divisor.metrics and all_requests else OTHER
    return RATIO if unit in QUOTAS and divisor.metrics == {QUOTAS[unit]} else OTHER


def _in_unit(above: Bound, unit: str) -> Bound | None:
    """The declared bound as a ratio, or as a number of the unit; None where it is neither."""
    if unit == OTHER or above.unit == "seconds":
        return None
    if above.unit == "ratio":
        return None if unit == ERRORS else above
    if unit != RATIO:
        return above
    return Bound(above.value if above.value <= 1 else above.value / 100, "ratio") if above.value <= 100 else None


def _of_the_application(
    policy: AlertPolicy, condition: AlertCondition, reading: Reading | None, alert: Alert
) -> Match | None:
    """A condition on a metric of the project's own: its name has to tell what it measures."""
    word = WORDS[alert.word]
    texts = (*(reading.metrics if reading else ()), condition.query, condition.title, policy.title)
    hinted = bool(word.hint and any(word.hint.search(text[:_HINTS]) for text in texts))
    if reading is None:
        logs = condition.kind in ("log", "sql", "") and hinted
        return _unclear(f"what policy {policy.title} takes from the logs", condition.path) if logs else None
    own = any(_OWN.match(name) for name in reading.metrics) or not reading.metrics
    if not own:
        return _meant(alert, reading, condition)
    if reading.low or (reading.counts and not hinted):
        return None
    if not hinted or reading.counts or reading.threshold is None:
        what = reading.unread or f"whether it measures {alert.word} is not plain from its names"
        return _unclear(f"policy {policy.title}: {what}", condition.path)
    return _seconds(policy, condition, reading, alert)


def _seconds(policy: AlertPolicy, condition: AlertCondition, reading: Reading, alert: Alert) -> Match:
    """A time against the declared one; where the name does not say the unit, it may be milliseconds."""
    threshold, name = reading.threshold or 0.0, " ".join(reading.metrics)
    if alert.above is None:
        return Match(Fit.FIRES, f"above {threshold:g}", condition.path)
    milliseconds = bool(re.search(r"(?i)_ms\b|milli", name))
    seconds = bool(re.search(r"(?i)_s\b|_secs?\b|second", name)) and not milliseconds
    least = threshold if seconds else threshold / 1000
    most = threshold / 1000 if milliseconds else threshold
    if most <= alert.above.value + _TOLERANCE:
        return Match(Fit.FIRES, f"above {threshold:g}", condition.path)
    if least > alert.above.value + _TOLERANCE:
        return Match(Fit.LATE, f"above {threshold:g}", condition.path)
    said = f"policy {policy.title} fires above {threshold:g}, in a unit that the metric's name does not say"
    return _unclear(said, condition.path)
