"""Metric queries: which time series is read, how it is aligned, and the call that reads it.

One query a metric type gives every resource of the project over the window; nothing is reduced across
series, so that a check sees each with its labels (facts MON-01..03,
https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from diag.calls import Call
from diag.values import dataclass

DEFAULT_WINDOW_S = 3600.0
"""How far back metrics and logs are read, in seconds, where `logs.window` says nothing."""

TOPIC = "metrics/"
"""A topic of a check is this and a metric type: `metrics/run.googleapis.com/request_count`."""

PERIOD_S = 60
"""The shortest alignment period that there is [MON-02]."""

MOST_POINTS = 60
"""Points a series at the most: a longer window is aligned to longer periods."""


@dataclass(frozen=True)
class Window:
    """The time that logs and metrics are read for: RFC 3339, UTC."""

    start: str
    end: str

    @classmethod
    def before(cls, taken_at: str, seconds: float = DEFAULT_WINDOW_S) -> Window:
        """The window that ends at `taken_at`."""
        end = datetime.fromisoformat(taken_at).astimezone(UTC)
        return cls(_text(end - timedelta(seconds=seconds)), _text(end))

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (datetime.fromisoformat(self.end) - datetime.fromisoformat(self.start)).total_seconds()


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


ALIGNERS: Mapping[str, str] = {
    "vpcaccess.googleapis.com/connector/cpu/utilizations": "ALIGN_PERCENTILE_95",
    "vpcaccess.googleapis.com/connector/instances": "ALIGN_MAX",
    "vpcaccess.googleapis.com/connector/sent_bytes_count": "ALIGN_DELTA",
    "vpcaccess.googleapis.com/connector/received_bytes_count": "ALIGN_DELTA",
    "router.googleapis.com/nat/dropped_sent_packets_count": "ALIGN_DELTA",
    "router.googleapis.com/nat/nat_allocation_failed": "ALIGN_COUNT_TRUE",
    "router.googleapis.com/nat/port_usage": "ALIGN_MAX",
    "cloudsql.googleapis.com/database/up": "ALIGN_MIN",
    "cloudsql.googleapis.com/database/cpu/utilization": "ALIGN_MEAN",
    "cloudsql.googleapis.com/database/memory/utilization": "ALIGN_MEAN",
    "cloudsql.googleapis.com/database/disk/utilization": "ALIGN_MEAN",
    "cloudsql.googleapis.com/database/postgresql/num_backends": "ALIGN_MAX",
    "cloudsql.googleapis.com/database/network/connections": "ALIGN_MAX",
    "run.googleapis.com/request_count": "ALIGN_DELTA",
    "run.googleapis.com/container/instance_count": "ALIGN_MAX",
    "run.googleapis.com/container/memory/utilizations": "ALIGN_PERCENTILE_95",
    "run.googleapis.com/container/startup_latencies": "ALIGN_PERCENTILE_95",
    "redis.googleapis.com/stats/memory/usage_ratio": "ALIGN_MEAN",
    "redis.googleapis.com/clients/connected": "ALIGN_MAX",
}
"""Every metric type that is read, and how each of its series is aligned: gauges by mean, maximum or, where the
value is a distribution, its 95th percentile; counts by their sum over the period."""

NOT_ALWAYS = frozenset({"cloudsql.googleapis.com/database/network/connections"})
"""Metric types that a run asks for only once a resource was seen that has them: MySQL and SQL Server [SM-10]."""

_RESOURCES: Mapping[str, str] = {
    "vpcaccess.googleapis.com": "vpc_access_connector",
    "router.googleapis.com": "nat_gateway",
    "cloudsql.googleapis.com": "cloudsql_database",
    "run.googleapis.com": "cloud_run_revision",
    "redis.googleapis.com": "redis_instance",
}


def query(metric_type: str, project: str, window: Window) -> Call:
    """The call that reads a metric of all resources of a project."""
    period = max(PERIOD_S, -int(-window.seconds // MOST_POINTS // PERIOD_S) * PERIOD_S)
    resource = _RESOURCES[metric_type.partition("/")[0]]
    return Call.of(
        "monitoring.timeSeries.list",
        **{
            "name": f"projects/{project}",
            "filter": f'metric.type="{metric_type}" AND resource.type="{resource}"',
            "interval.start_time": window.start,
            "interval.end_time": window.end,
            "aggregation.alignment_period": f"{period}s",
            "aggregation.per_series_aligner": ALIGNERS[metric_type],
        },
    )


def topic_of(call: Call) -> str:
    """The topic of any call: that of its method, for a metric with its type."""
    if call.method.topic != TOPIC.rstrip("/"):
        return call.method.topic
    found = re.search(r'metric\.type="([^"]+)"', call["filter"])
    return TOPIC + (found.group(1) if found else "?")
