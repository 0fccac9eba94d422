"""SARIF 2.1.0: by the schema of its makers, and what GitHub reads of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.described import documentation
from diag.render.sarif import render
from diag.report import Place, Report, Status
from tests.formats.samples import NASTY, hostile_report, strings
from tests.render import reports
from tests.render.test_text import PAGES

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def run(report: Report, **more: Any) -> dict[str, Any]:
    """The one run of the report's log, which is valid."""
    rules = documentation(finding.check for finding in report.findings)
    log = json.loads(render(report, rules, **more))
    VALID.validate(log)
    [only] = log["runs"]
    return dict(only)


@pytest.mark.parametrize("name", PAGES)
def test_a_report_is_valid(name: str) -> None:
    run(PAGES[name][0])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20) | st.sampled_from(NASTY))
def test_a_report_is_valid_whatever_a_text_holds(text: str) -> None:
    found = run(hostile_report(text))
    for message in (result["message"]["text"] for result in found["results"]):
        assert "](" not in message, "it would be a link"
        assert "{" not in message.replace("{{", ""), "it would be a placeholder"


def test_the_schema_refuses_what_is_no_log() -> None:
    for wrong in ({}, {"version": "2.0.0", "runs": []}, {"version": "2.1.0", "runs": [{"results": []}]}):
        with pytest.raises(jsonschema.ValidationError):
            VALID.validate(wrong)


@pytest.mark.parametrize(
    ("status", "kind", "level"),
    [
        (Status.FAIL, "fail", "error"),
        (Status.WARN, "fail", "warning"),
        (Status.UNKNOWN, "open", "none"),
        (Status.WAIVED, "fail", "warning"),
    ],
)
def test_each_status_has_its_kind_and_level(status: Status, kind: str, level: str) -> None:
    [result] = run(reports.report(replace(reports.NAT_MISSING, status=status)))["results"]
    assert (result["kind"], result["level"]) == (kind, level)
    assert ("suppressions" in result) == (status is Status.WAIVED)


def test_what_is_met_is_counted_and_not_listed() -> None:
    found = run(reports.MET)
    assert [result["suppressions"][0]["justification"] for result in found["results"]] == [reports.WAIVED.waiver]
    assert found["properties"]["summary"] == reports.MET.summary()


def test_a_result_stands_at_the_line_that_declares_it() -> None:
    [result] = run(reports.report(reports.NAT_MISSING), named=lambda file: f"infra {file}")["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "infra%20diag.yaml"
    assert place["region"] == {"startLine": 23, "startColumn": 7}


def test_what_nobody_declared_stands_at_the_head_of_the_file() -> None:
    undeclared = replace(reports.NAT_MISSING, declared_at=None)
    elsewhere = replace(reports.NAT_MISSING, status=Status.PASS, declared_at=Place("infra/diag.yaml", 9))
    [result] = run(reports.report(undeclared, elsewhere))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("infra/diag.yaml", 1)


def test_a_rule_is_the_checks_documentation() -> None:
    [rule] = run(reports.report(reports.NAT_MISSING))["tool"]["driver"]["rules"]
    assert rule["id"] == "vpc.nat-missing"
    assert "Reads" in rule["help"]["markdown"]
    assert rule["helpUri"].startswith("https://")
    assert rule["properties"]["security-severity"] == "9.5"


def test_results_name_their_rules_by_index() -> None:
    found = run(reports.FAILING)
    rules = found["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in found["results"])


def test_a_control_is_a_tag() -> None:
    finding = replace(reports.NAT_MISSING, check="sql.flags-differ", required="log_connections = on")
    [result] = run(reports.report(finding))["results"]
    assert result["properties"]["tags"] == ["cis-gcp-4.0:6.2.2", "cis-gcp-5.0:6.2.2"]


def fingerprints(report: Report) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run(report)["results"]]


def test_a_fingerprint_stays_when_the_line_moves_and_the_reason_changes() -> None:
    moved = replace(reports.NAT_MISSING, declared_at=Place("diag.yaml", 99), reason="now", observed="less")
    assert fingerprints(reports.report(reports.NAT_MISSING)) == fingerprints(reports.report(moved))


def test_a_fingerprint_is_of_one_result() -> None:
    findings = [
        reports.NAT_MISSING,
        replace(reports.NAT_MISSING, resource="another"),
        replace(reports.NAT_MISSING, required="more"),
        reports.NAT_MISSING,
    ]
    found = fingerprints(reports.report(*findings))
    assert len(set(found)) == len(findings)
    production = replace(reports.report(*findings), environment="production")
    assert not set(found) & set(fingerprints(production))


def test_what_could_not_be_seen_is_a_notification_too() -> None:
    [invocation] = run(reports.UNDECIDED)["invocations"]
    assert [note["message"]["text"] for note in invocation["toolExecutionNotifications"]] == [
        "compute.routes.list denied on projects/netra-staging"
    ]
    [nothing] = run(reports.EMPTY)["invocations"][0]["toolExecutionNotifications"]
    assert nothing["level"] == "error"


def test_all_of_it_is_ascii() -> None:
    assert render(hostile_report("\x1b[2J漢"), {}).isascii()
    assert not any("\x1b" in text for text in strings(run(hostile_report("\x1b[2J"))))
