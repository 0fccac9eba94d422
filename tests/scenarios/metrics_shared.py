"""What the scenarios of metrics share: series with other values, without points, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from diag.calls import GapKind, Json
from fixtures.estate import Estate
from fixtures.measured import doubles, integers
from tests.scenarios.scenario import Patch

KEY = "monitoring.timeSeries"


def _of(estate: Estate, metric: str, **labels: str) -> list[Json]:
    """The series of a metric whose labels, of metric or resource, are these."""
    found = []
    for doc in estate.resources[KEY].values():
        own = {**doc["resource"]["labels"], **doc["metric"].get("labels", {})}
        if doc["metric"]["type"] == metric and labels.items() <= own.items():
            found.append(doc)
    assert found, f"no series of {metric}"
    return found


def valued(metric: str, values: Sequence[float], **labels: str) -> Patch:
    """The series of the metric have these values, the newest first."""

    def patch(estate: Estate) -> None:
        for doc in _of(estate, metric, **labels):
            whole = doc["valueType"] == "INT64"
            made = integers([int(value) for value in values]) if whole else doubles(list(values))
            for point, value in zip(doc["points"], made, strict=False):
                point["value"] = dict(value)
            doc["points"] = doc["points"][: len(values)]

    return patch


def steady(metric: str, value: float, **labels: str) -> Patch:
    """Every point of the metric has this value."""
    return lambda estate: valued(metric, [value] * len(_of(estate, metric)[0]["points"]), **labels)(estate)


def beside(metric: str, value: float, **labels: str) -> Patch:
    """Another series beside each of the metric, with these labels more, whose points have this value."""

    def patch(estate: Estate) -> None:
        for number, doc in enumerate(_of(estate, metric)):
            other: Json = deepcopy(doc)
            other["metric"].setdefault("labels", {}).update(labels)
            for point in other["points"]:
                point["value"] = dict(doubles([value])[0])
            estate.put(KEY, f"{metric} {number} {labels}", other)

    return patch


def without_points(metric: str) -> Patch:
    """The metric is there and has no point."""

    def patch(estate: Estate) -> None:
        for doc in _of(estate, metric):
            doc["points"] = []

    return patch


def without_series(metric: str) -> Patch:
    """Nothing of the metric comes."""

    def patch(estate: Estate) -> None:
        kept = estate.resources[KEY]
        estate.resources[KEY] = {key: doc for key, doc in kept.items() if doc["metric"]["type"] != metric}

    return patch


def as_distribution(metric: str, mean: float) -> Patch:
    """The points come unaligned, as distributions with one bucket each."""

    def patch(estate: Estate) -> None:
        for doc in _of(estate, metric):
            doc["valueType"] = "DISTRIBUTION"
            for point in doc["points"]:
                point["value"] = {"distributionValue": {"count": "10", "mean": mean}}

    return patch


def refused(estate: Estate) -> None:
    """Metrics may not be read."""
    estate.gap("monitoring.timeSeries.list", GapKind.DENIED)
