"""What a log entry is about, and what it says, whatever shape it came in."""

from __future__ import annotations

from typing import Any

import pytest

from diag.facts.logs import LogEntry
from tests.logs.lines import entry

P = "projects/netra-staging"


def of(kind: str, log: str = "x", **labels: str) -> LogEntry:
    resource = {"type": kind, "labels": {"project_id": "netra-staging", **labels}}
    return entry("text", resource=resource, logName=f"{P}/logs/{log}")


@pytest.mark.parametrize(
    ("found", "kind", "source"),
    [
        (
            of("cloud_run_revision", location="us-central1", service_name="api", revision_name="api-1"),
            "run-log",
            f"{P}/locations/us-central1/services/api",
        ),
        (of("cloudsql_database", database_id="netra-staging:db", region="r"), "sql-log", f"{P}/instances/db"),
        (of("cloudsql_database", database_id="other:db"), "sql-log", "projects/other/instances/db"),
        (of("http_load_balancer", backend_service_name="b"), "balancer-log", f"{P}/global/backendServices/b"),
        (
            of("http_load_balancer", backend_service_name="", url_map_name="m"),
            "balancer-log",
            f"{P}/global/urlMaps/m",
        ),
        (
            of("http_external_regional_lb_rule", region="r", backend_target_name="b"),
            "balancer-log",
            f"{P}/regions/r/backendServices/b",
        ),
        (of("internal_http_lb_rule", forwarding_rule_name="f"), "balancer-log", f"{P}/global/forwardingRules/f"),
        (of("http_load_balancer"), "balancer-log", f"{P}/global"),
        (of("nat_gateway", gateway_name="n", region="r"), "nat-log", f"{P}/regions/r/routers/n"),
        (of("gce_instance"), "", P),
    ],
)
def test_an_entry_is_about_the_resource_that_logged_it(found: LogEntry, kind: str, source: str) -> None:
    assert (found.kind, found.source) == (kind, source)


def test_an_audit_entry_is_about_what_was_changed() -> None:
    connector = f"{P}/locations/us-central1/connectors/c"
    log = "cloudaudit.googleapis.com%2Factivity"
    found = of("audited_resource", log)
    found.doc["protoPayload"] = {"resourceName": f"//vpcaccess.googleapis.com/{connector}"}
    assert (found.kind, found.source) == ("audit-log", connector)
    assert of("audited_resource", log).source == P


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"textPayload": "a"}, "a"),
        ({"jsonPayload": {"message": "a", "level": "b", "n": 3, "deep": {"list": ["c", "a"]}}}, "a\nb\nc"),
        ({"jsonPayload": {"msg": "a"}}, "a"),
        ({"protoPayload": {"status": {"message": "a"}}}, "a"),
        ({"jsonPayload": ["a"]}, ""),
        ({}, ""),
    ],
)
def test_every_text_of_an_entry_is_said_once(fields: dict[str, Any], said: str) -> None:
    assert entry(**fields).said == said


def test_a_payload_without_end_is_read_to_a_bound() -> None:
    deep: dict[str, Any] = {"text": "deepest"}
    for _ in range(50):
        deep = {"inner": deep}
    assert entry(jsonPayload=deep).said == ""
    assert entry(jsonPayload={"many": [str(number) for number in range(1000)]}).said.count("\n") < 1000


@pytest.mark.parametrize(
    ("answered", "status", "latency"),
    [
        ({"status": 503, "latency": "3.658s"}, 503, 3.658),
        ({"status": "503", "latency": "0s"}, 503, 0.0),
        ({"status": "x", "latency": "fast"}, None, None),
        ({"latency": 3}, None, None),
        (None, None, None),
    ],
)
def test_a_request_has_a_status_and_a_latency(answered: object, status: int | None, latency: float | None) -> None:
    found = entry(httpRequest=answered)
    assert (found.status, found.latency_s) == (status, latency)
