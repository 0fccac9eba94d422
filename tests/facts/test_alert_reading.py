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
        (f"100 * {CPU} > 70", 0.7),
        (f"max({CPU}) * 100 > 70", 0.7),
        (f"100 * (max by (connector_name) ({CPU})) > 70", 0.7),
        (f"{CPU} / 10 > 0.07", 0.7),
        (f"{CPU} > bool 0.7", 0.7),
        (f"{CPU} / 0 > 0.7", None),
        (f"0 * {CPU} > 0.7", None),
        (f"100 * {CPU} + 1 > 70", None),
        (f"1 - {CPU} > 0.3", None),
        (f"{CPU} > 0.7 and on() hour() > 8", None),
        (f"0.7 < {CPU}", 0.7),
        (f"deriv({CPU}[5m]) > 0.7", None),
        (f"{CPU} > 0.7.1", None),
        (f"{CPU} == 1", None),
        (CPU, None),
    ],
)
def test_a_threshold_is_read_where_the_query_is_a_figure_above_a_number(query: str, threshold: float | None) -> None:
    found = read(query)
    assert list(found.metrics) == [CPU]
    assert found.threshold == (None if threshold is None else pytest.approx(threshold))
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


@pytest.mark.parametrize("query", [f"{CPU} < 0.7", f"0.7 > {CPU}", f"100 * {CPU} <= 70"])
def test_a_figure_below_a_number_is_low(query: str) -> None:
    assert read(query).low
    assert not read(f"{CPU} > 0.7").low


SQL_CPU = "cloudsql.googleapis.com/database/cpu/utilization"


@pytest.mark.parametrize(
    ("query", "threshold"),
    [
        (f"fetch cloudsql_database::{SQL_CPU} | condition val() > 0.8", 0.8),
        (f"fetch cloudsql_database\n| metric '{SQL_CPU}'\n| every 1m\n| condition val() >= 0.8 '10^2.%'", 0.8),
        (f"fetch cloudsql_database | metric '{SQL_CPU}' | condition gt(val(), 80 '%')", 0.8),
        (f"fetch x | metric '{SQL_CPU}' | group_by 1m, [v: mean(value.utilization)] | condition val() > 0.8", 0.8),
        (
            f"fetch x | metric '{SQL_CPU}' | group_by 1m, [v: 100 * mean(value.utilization)] | condition val() > 80",
            None,
        ),
        (f"fetch x | metric '{SQL_CPU}' | align rate(1m) | condition val() > 0.8", None),
        (f"fetch x | {{ metric '{SQL_CPU}' ; ident }} | ratio | condition val() > 0.8", None),
        (f"fetch x | metric '{SQL_CPU}' | condition val() > 0.8 'By'", None),
        (f"fetch x | metric '{SQL_CPU}' | absent_for 5m", None),
    ],
)
def test_mql_is_read_where_it_ends_in_a_figure_above_a_number(query: str, threshold: float | None) -> None:
    found = read_condition(AlertCondition("conditions[0]", "mql", "", query=query))
    assert found
    assert list(found.metrics) == [promql_name(SQL_CPU)]
    assert found.threshold == threshold
    assert bool(found.unread) is (threshold is None)
    assert not found.low


@pytest.mark.parametrize(
    ("filter", "covers"),
    [
        ("resource.database_id == 'p:i'", True),
        ("(resource.database_id == 'p:other' && resource.region == 'r')", False),
        ("resource.database_id =~ 'p:.*'", True),
        ("resource.database_id == 'p:i' || resource.region == 'r'", None),
    ],
)
def test_mql_restricts_its_resources(filter: str, covers: bool | None) -> None:
    query = f"fetch x | metric '{SQL_CPU}' | filter {filter} | condition val() < 0.1"
    found = read_condition(AlertCondition("conditions[0]", "mql", "", query=query))
    assert found
    assert found.filter.covers({"database_id": "p:i", "region": "r"}) is covers
    assert found.low


@pytest.mark.parametrize("kind", ["promql", "mql"])
@pytest.mark.parametrize("piece", ["max(", "a.", "a_", "conn", "{", "a{", "x_googleapis_com:", '"', "> 1 ", "1/"])
def test_a_long_query_ends_and_tells_no_threshold(kind: str, piece: str) -> None:
    found = read_condition(AlertCondition("conditions[0]", kind, "", query=piece * 100_000))
    assert found
    assert found.threshold is None
    assert found.unread
