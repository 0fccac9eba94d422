"""Monitoring's filters: which metric, and whether a resource is taken."""

from __future__ import annotations

import pytest

from diag.facts.metric_filter import parse_filter

DATABASE = {"database_id": "acme:orders", "project_id": "acme", "region": "us-central1"}


@pytest.mark.parametrize(
    ("text", "covers"),
    [
        ('metric.type = "a/b"', True),
        ('metric.type="a/b" resource.type="cloudsql_database"', True),
        ('metric.type = "a/b" AND resource.labels.database_id = "acme:orders"', True),
        ('metric.type = "a/b" AND resource.label."database_id" = "acme:orders"', True),
        ('metric.type = "a/b" AND resource.labels.database_id = "acme:other"', False),
        ('metric.type = "a/b" AND resource.labels.database_id != "acme:other"', True),
        ('metric.type = "a/b" AND resource.labels.database_id = one_of("acme:x", "acme:orders")', True),
        ('metric.type = "a/b" AND resource.labels.database_id = starts_with("acme:")', True),
        ('metric.type = "a/b" AND resource.labels.database_id = has_substring("orders")', True),
        ('metric.type = "a/b" AND resource.labels.database_id = ends_with("other")', False),
        ('metric.type = "a/b" AND resource.labels.database_id = monitoring.regex.full_match("acme:.*")', True),
        ('metric.type = "a/b" AND resource.labels.database_id =~ "acme:o.*"', True),
        ('metric.type = "a/b" AND resource.labels.database_id !~ "acme:o.*"', False),
        ('metric.type = "a/b" AND resource.labels.database_id = monitoring.regex.full_match("(a+)+:x")', None),
        ('metric.type = "a/b" AND metric.labels.database = "app"', True),
        ('metric.type = "a/b" AND resource.labels.zone = "x"', None),
        ('metric.type = "a/b" AND metadata.user_labels.team = "x"', None),
        ('metric.type = "a/b" AND (resource.labels.region = "x" OR resource.labels.region = "us-central1")', None),
        ('metric.type = "a/b" AND NOT resource.labels.region = "x"', None),
        ('metric.type = "a/b" AND resource.labels.database_id = "acme:or', None),
    ],
)
def test_which_resources_a_filter_takes(text: str, covers: bool | None) -> None:
    found = parse_filter(text)
    assert found.metric_types == ("a/b",)
    assert found.covers(DATABASE) is covers


@pytest.mark.parametrize("text", ["", "metric.type", "metric.type =", "x = (", ")))", "= = =", 'a."b', "\x00\x1b[2J"])
def test_whatever_stands_there_is_read_without_a_slip(text: str) -> None:
    assert parse_filter(text).metric_types == ()


def test_a_long_filter_ends() -> None:
    text = 'resource.labels.x = monitoring.regex.full_match("' + "(a*)*" * 2000 + '") AND ' * 2000
    assert parse_filter(text).metric_types == ()
