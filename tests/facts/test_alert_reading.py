"""Conditions in PromQL: the metric, what it is restricted to, and the threshold where it can be read."""

from __future__ import annotations

import pytest

from diag.facts.alert_reading import Reading, promql_name, read_condition
from diag.facts.alerts import AlertCondition

CPU = "vpcaccess_googleapis_com:connector_cpu_utilizations"


def read(query: str) -> Reading:
    found = read_condition(AlertCondition("conditions[0]", "promql", "", query=query))
    assert found
    return found


def test_the_first_slash_becomes_a_colon() -> None:
    assert promql_name("vpcaccess.googleapis.com/connector/cpu/utilizations") == CPU


@pytest.mark.parametrize(
    ("query", "threshold"),
    [
        (f"{CPU} > 0.7", 0.7),
        (f'max({CPU}{{connector_name="a"}}) >= 7e-1', 0.7),
        (f"avg_over_time({CPU}[5m]) > .7", 0.7),
        (f"histogram_quantile(0.95, sum by (le) (rate({CPU}_bucket[5m]))) > 0.7", 0.7),
        ('max({"vpcaccess.googleapis.com/connector/cpu/utilizations"}) > 0.7', 0.7),
        (f'{{__name__="{CPU}"}} > 0.7', 0.7),
        (f"100 * {CPU} > 70", None),
        (f"{CPU} > 0.7 and on() hour() > 8", None),
        (f"0.7 < {CPU}", None),
        (f"{CPU} < 0.7", None),
        (f"deriv({CPU}[5m]) > 0.7", None),
        (f"{CPU} > 0.7.1", None),
        (f"{CPU} == 1", None),
        (CPU, None),
    ],
)
def test_a_threshold_is_read_where_the_query_is_a_figure_above_a_number(query: str, threshold: float | None) -> None:
    found = read(query)
    assert list(found.metrics) == [CPU]
    assert found.threshold == threshold
    assert bool(found.unread) is (threshold is None)


def test_labels_of_the_resource_are_told_from_those_of_the_metric() -> None:
    found = read(f'{CPU}{{connector_name="a", monitored_resource="vpc_access_connector", kind="b"}} > 0.7')
    assert [one.key for one in found.filter.comparisons] == ["resource.labels.connector_name", "metric.labels.kind"]


def test_a_share_is_a_figure_over_another() -> None:
    errors = 'sum(rate(run_googleapis_com:request_count{response_code_class="5xx"}[5m]))'
    found = read(f"{errors} / sum(rate(run_googleapis_com:request_count[5m])) > 0.05")
    assert found.divisor
    assert found.divisor.metrics == {"run_googleapis_com:request_count"}
    assert list(found.divisor.filter.comparisons) == []
    assert found.threshold == 0.05


def test_mql_names_its_metric_and_no_threshold() -> None:
    query = "fetch cloudsql_database::cloudsql.googleapis.com/database/cpu/utilization | condition val() > 0.8"
    found = read_condition(AlertCondition("conditions[0]", "mql", "", query=query))
    assert found
    assert list(found.metrics) == ["cloudsql_googleapis_com:database_cpu_utilization"]
    assert found.threshold is None


@pytest.mark.parametrize("kind", ["promql", "mql"])
@pytest.mark.parametrize("piece", ["max(", "a.", "a_", "conn", "{", "a{", "x_googleapis_com:", '"', "> 1 ", "1/"])
def test_a_long_query_ends_and_tells_no_threshold(kind: str, piece: str) -> None:
    found = read_condition(AlertCondition("conditions[0]", kind, "", query=piece * 100_000))
    assert found
    assert found.threshold is None
    assert found.unread
