"""The JSON report: it validates against its schema, says everything, and steers no terminal."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import jsonschema  # type: ignore[import-untyped]
import pytest

from diag.render.json import document, render
from diag.render.report_schema import report_schema
from diag.report import Finding, ProbeDetails, Report, Samples
from tests.render import reports
from tests.render.test_text import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_report_validates_against_its_schema(name: str) -> None:
    report, exit_code = PAGES[name]
    jsonschema.Draft202012Validator.check_schema(report_schema())
    jsonschema.validate(json.loads(render(report)), report_schema())
    assert report.exit_code() == exit_code


@pytest.mark.parametrize(
    ("field", "value"),
    [("schema_version", 2), ("summary", {"pass": 1}), ("findings", [{}]), ("environment", 5), ("source", {})],
)
def test_schema_refuses_what_is_not_a_report(field: str, value: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document(reports.FAILING), field: value}, report_schema())


def test_every_field_of_a_finding_is_written() -> None:
    [written] = json.loads(render(reports.report(reports.NAT_MISSING)))["findings"]
    assert list(written) == [*(field.name for field in fields(Finding) if field.name != "probe"), "controls"]
    assert written["declared_at"] == {"file": "diag.yaml", "line": 23, "column": 7}
    assert written["fix"][0]["mutates"] is True
    assert written["evidence"][0]["default"] is True


def test_the_controls_that_a_finding_is_about_are_named() -> None:
    finding = replace(reports.NAT_MISSING, check="sql.flags-differ", required="log_connections = on")
    said = json.loads(render(reports.report(finding)))
    jsonschema.validate(said, report_schema())
    assert said["findings"][0]["controls"] == [
        {"framework": "cis-gcp-4.0", "version": "4.0", "id": "6.2.2", "partial": False},
        {"framework": "cis-gcp-5.0", "version": "5.0", "id": "6.2.2", "partial": False},
    ]


def test_a_probes_details_are_fields_of_its_finding() -> None:
    samples = Samples(taken=4, lost=1, median_s=0.1, p95_s=0.2)
    details = ProbeDetails("tls", {"tcp": 0.01, "tls": 0.2}, "infrastructure", "127.0.0.1:443", "laptop", samples)
    said = json.loads(render(reports.report(replace(reports.NAT_MISSING, check="probe.tls", probe=details))))
    jsonschema.validate(said, report_schema())
    [written] = said["findings"]
    assert written["class"] == "infrastructure"
    assert {key: written[key] for key in ("phase", "timings_s", "address", "vantage")} == {
        "phase": "tls",
        "timings_s": {"tcp": 0.01, "tls": 0.2},
        "address": "127.0.0.1:443",
        "vantage": "laptop",
    }
    assert written["samples"] == {"taken": 4, "lost": 1, "loss": 0.25, "median_s": 0.1, "p95_s": 0.2}


def test_keys_keep_the_order_of_the_schema() -> None:
    assert list(json.loads(render(reports.FAILING))) == report_schema()["required"]


def test_summary_has_all_six_statuses() -> None:
    summary = json.loads(render(reports.FAILING))["summary"]
    assert summary == {"pass": 5, "warn": 1, "fail": 2, "unknown": 5, "skip": 1, "waived": 1}


@pytest.mark.parametrize("observed", [float("nan"), float("inf"), "\x1b[2J\u202e", ("a", 1), {"k": None}, True])
def test_any_value_is_ascii_json(observed: object) -> None:
    finding = replace(reports.NAT_MISSING, observed=observed)  # type: ignore[arg-type]
    said = render(reports.report(finding))
    assert said.isascii()
    assert "\x1b" not in said
    jsonschema.validate(json.loads(said), report_schema())


def test_nothing_known_is_null_and_not_missing() -> None:
    empty: Report = reports.EMPTY
    said = json.loads(render(empty))
    assert (said["region"], said["environment"], said["source"]["principal"]) == (None, None, None)
