"""Time series of shapes that nobody documented: not seen, never a defect."""

from __future__ import annotations

from typing import Any

import pytest

from diag.calls import Call
from diag.errors import Unseen
from diag.facts.base import Origin
from diag.facts.metrics import read_series

ORIGIN = Origin(Call.of("monitoring.timeSeries.list", name="projects/p"), "2026-01-01T00:00:00Z")


def test_a_series_without_points_and_labels_has_none() -> None:
    assert read_series({}, ORIGIN).points == ()


@pytest.mark.parametrize("odd", [5, "some text", [None], [5]])
@pytest.mark.parametrize("place", ["metric", "metric.labels", "resource", "resource.labels", "points"])
def test_another_shape_is_not_seen(place: str, odd: Any) -> None:
    first, _, last = place.partition(".")
    with pytest.raises(Unseen, match="a shape that was not expected"):
        read_series({first: {last: odd} if last else odd}, ORIGIN)


@pytest.mark.parametrize(
    "distribution",
    [
        {"bucketCounts": ["many"], "bucketOptions": {"explicitBuckets": {"bounds": [1]}}},
        {"bucketCounts": 5},
        {"mean": "much"},
        {"bucketCounts": ["1"], "bucketOptions": {"linearBuckets": {"width": "wide"}}},
    ],
)
def test_a_distribution_of_another_shape_is_not_seen(distribution: dict[str, Any]) -> None:
    point = {"interval": {"endTime": "2026-01-01T00:00:00Z"}, "value": {"distributionValue": distribution}}
    with pytest.raises(Unseen, match="has a shape that was not expected"):
        read_series({"points": [point]}, ORIGIN)
