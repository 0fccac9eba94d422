"""Figures over the window, against the thresholds at which they warn and fail.

A gauge without points is unknown, never zero [MON-04]. A count of events without points is no event at
all where the gauges of the same resource have some, and then there is nothing to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from diag.calls import Gap, GapKind
from diag.checks.check import Verdict, fails, passes, warns
from diag.errors import Unseen
from diag.facts.metrics import TimeSeries, percentile
from diag.report import Evidence, Fix, JsonValue, Place
from diag.requirements.model import Section, Thresholds
from diag.values import dataclass

Join = Callable[[Iterable[float]], float]
"""How values of one moment become one: `sum` or `max`."""

P95 = 0.95
"""The share of the window's points that a judged figure covers: one peak is not a lasting state."""

SHARE_LIMITS = (0.85, 0.95)
"""Where a utilisation warns and fails, as a ratio, when the file says nothing."""


@dataclass(frozen=True)
class Limits:
    """Where a figure warns and where it fails; None where it never does."""

    warn: float | None
    fail: float | None
    declared_at: Place | None = None

    @classmethod
    def of(cls, section: Section | None, field: str, default: tuple[float | None, float | None]) -> Limits:
        """The declared thresholds of a resource; a word that is not declared keeps its default."""
        declared = getattr(section, field, None)
        if not isinstance(declared, Thresholds) or section is None:
            return cls(*default)
        warn = default[0] if declared.warn is None else declared.warn
        fail = default[1] if declared.fail is None else declared.fail
        # A declared threshold moves the other's default out of its way.
        if declared.fail is None and warn is not None and fail is not None:
            fail = max(warn, fail)
        if declared.warn is None and warn is not None and fail is not None:
            warn = min(warn, fail)
        return cls(warn, fail, section.at(field))

    def said(self, show: Callable[[float], str]) -> str:
        """For `required`: `below 95 %; warns from 85 %`."""
        parts = [f"below {show(self.fail)}"] if self.fail is not None else []
        parts += [f"warns from {show(self.warn)}"] if self.warn is not None else []
        return "; ".join(parts)


@dataclass(frozen=True)
class Figure:
    """One number worked out of the points of the window."""

    value: float
    """What is judged: by default the 95th percentile over the window."""
    highest: float
    points: int
    evidence: tuple[Evidence, ...]


def percent(ratio: float) -> str:
    """`71.4 %` of a ratio 0–1."""
    return f"{ratio * 100:.4g} %"


def gauge(series: Sequence[TimeSeries], what: str, join: Join = sum) -> Figure:
    """The 95th percentile of a gauge, series of one resource joined; raises `Unseen` without a point.

    Numbers of things add up. Shares do not: of the containers of an instance, say, the fullest counts (`max`).
    """
    values = joined(series, join)
    if not values:
        said = f"{what} has no point in the window"
        call = series[0].origin.call if series else None
        raise Unseen(Gap(GapKind.UNDECIDED, said, call, advice="see whether it runs, and whether its metrics arrive"))
    value, highest = percentile(values, P95), max(values)
    first = series[0]
    evidence = (first.evidence("p95", rounded(value)), first.evidence("max", rounded(highest)))
    return Figure(value, highest, len(values), evidence)


def joined(series: Iterable[TimeSeries], join: Join) -> list[float]:
    """What the series are together at each moment: of one database's backends the sum over its databases, say."""
    moments: dict[datetime, list[float]] = {}
    for one in series:
        for point in one.points:
            moments.setdefault(point.end, []).append(point.value)
    return [join(values) for values in moments.values()]


def total(series: Iterable[TimeSeries]) -> float:
    """All events of the window: the sum of every point of a count."""
    return sum(point.value for one in series for point in one.points)


def rounded(value: float) -> float:
    """Four significant digits, as evidence shows it."""
    return float(f"{value:.4g}")


def judged(
    figure: Figure,
    limits: Limits,
    observed: str,
    reason: str,
    *,
    show: Callable[[float], str] = percent,
    fix: tuple[Fix, ...] = (),
    evidence: tuple[Evidence, ...] = (),
    required: JsonValue = None,
) -> Verdict:
    """Pass, warn or fail by the thresholds; a figure that reaches one passes it no more."""
    details = {
        "required": limits.said(show) if required is None else required,
        "observed": observed,
        "evidence": (*figure.evidence, *evidence),
        "declared_at": limits.declared_at,
    }
    if limits.fail is not None and figure.value >= limits.fail:
        return fails(reason=reason, fix=fix, **details)
    if limits.warn is not None and figure.value >= limits.warn:
        return warns(reason=reason, fix=fix, **details)
    return passes(**details)
