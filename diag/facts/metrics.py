"""Time series of Cloud Monitoring, from API JSON (monitoring v3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from diag.calls import Gap, GapKind, Json
from diag.errors import Unseen
from diag.facts.base import Origin, brief, dig, instant
from diag.report import Evidence, JsonValue
from diag.values import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One aligned value; of a count, the sum over the time from `start` to `end`."""

    start: datetime
    end: datetime
    value: float


@dataclass(frozen=True)
class TimeSeries:
    """One series: a metric with its labels on one resource, the newest point first."""

    type: str
    labels: Mapping[str, str]
    """Labels of the metric."""
    resource: Mapping[str, str]
    """Labels of the monitored resource: `service_name`, `database_id`, …"""
    points: tuple[Point, ...]
    origin: Origin

    @property
    def values(self) -> tuple[float, ...]:
        """The values of all points, the newest first."""
        return tuple(point.value for point in self.points)

    def evidence(self, field: str, value: JsonValue) -> Evidence:
        """A figure that was worked out of the points, under a name such as `p95` or `max`."""
        call = self.origin.call
        said = f"{self.type} {field}"
        return Evidence(call.method.api, call.method.name, said, value, self.origin.at, call.target)


def read_series(doc: Json, origin: Origin) -> TimeSeries:
    """The series of its JSON; raises `Unseen` for a value that is no single number, and for another shape."""
    try:
        return _series(doc, origin)
    except (AttributeError, TypeError, ValueError):
        said = f"a time series has a shape that was not expected: {brief(doc)}"
        raise Unseen(Gap(GapKind.MALFORMED, said, origin.call)) from None


def _series(doc: Json, origin: Origin) -> TimeSeries:
    metric, resource = dig(doc, "metric") or {}, dig(doc, "resource") or {}
    points = tuple(_point(item, doc, origin) for item in dig(doc, "points") or ())
    return TimeSeries(
        str(metric.get("type") or ""),
        {str(key): str(value) for key, value in (metric.get("labels") or {}).items()},
        {str(key): str(value) for key, value in (resource.get("labels") or {}).items()},
        points,
        origin,
    )


def _point(doc: Json, series: Json, origin: Origin) -> Point:
    end = dig(doc, "interval.endTime")
    try:
        last = instant(str(end))
        first = instant(str(dig(doc, "interval.startTime") or end))
    except ValueError:
        raise _odd(doc, series, origin) from None
    return Point(first, last, _value(doc, series, origin))


def _value(doc: Json, series: Json, origin: Origin) -> float:
    value = dig(doc, "value")
    match value:
        case {"doubleValue": int() | float() | str() as number} | {"int64Value": int() | str() as number}:
            try:
                found = float(number)
            except ValueError:
                raise _odd(doc, series, origin) from None
            if math.isfinite(found):
                return found
        case {"boolValue": bool() as flag}:
            return float(flag)
        case {"distributionValue": {**distribution}}:
            return _percentile_95({str(key): item for key, item in distribution.items()})
        case {} if not value:
            return 0.0  # proto3 JSON leaves a zero out
    raise _odd(doc, series, origin)


def _odd(doc: Json, series: Json, origin: Origin) -> Unseen:
    kind = dig(series, "metric.type")
    said = f"{kind} has a point of a shape that was not expected: {brief(doc)}"
    return Unseen(Gap(GapKind.MALFORMED, said, origin.call))


def _percentile_95(distribution: Mapping[str, object]) -> float:
    """The 95th percentile of a distribution that came unaligned: the upper bound of its bucket, else the mean."""
    counts = [int(str(count)) for count in dig(distribution, "bucketCounts") or ()]
    bounds = _bounds(dig(distribution, "bucketOptions") or {}, len(counts))
    if not counts or not bounds:
        return float(dig(distribution, "mean") or 0.0)
    wanted, seen = 0.95 * sum(counts), 0
    for index, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return bounds[min(index, len(bounds) - 1)]
    return bounds[-1]


def _bounds(options: Mapping[str, object], buckets: int) -> list[float]:
    """The upper bound of each bucket but the last, which has none."""
    explicit = dig(options, "explicitBuckets.bounds")
    if explicit:
        return [float(bound) for bound in explicit]
    linear = dig(options, "linearBuckets")
    if linear:
        width, offset = float(linear.get("width", 0)), float(linear.get("offset", 0))
        return [offset + width * index for index in range(buckets)]
    exponential = dig(options, "exponentialBuckets")
    if exponential:
        growth, scale = float(exponential.get("growthFactor", 0)), float(exponential.get("scale", 0))
        return [scale * growth**index for index in range(buckets)]
    return []


def percentile(values: tuple[float, ...] | list[float], share: float) -> float:
    """The value below which `share` (0–1) of the values lie, by nearest rank; raises `ValueError` on none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
