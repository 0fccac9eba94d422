"""JUnit XML: by the schema of the Jenkins plugin, which pytest keeps to as well, and by another reader."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.render.junit import render
from diag.report import Origin, Report, Status
from tests.formats.samples import NASTY, hostile_report
from tests.render import reports
from tests.render.test_text import PAGES

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")
ELEMENTS = {
    Status.PASS: None,
    Status.WARN: "system-out",
    Status.FAIL: "failure",
    Status.UNKNOWN: "error",
    Status.SKIP: "skipped",
    Status.WAIVED: "skipped",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_report_is_valid(name: str) -> None:
    SCHEMA.validate(render(PAGES[name][0]))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20) | st.sampled_from(NASTY))
def test_a_report_is_valid_whatever_a_text_holds(text: str) -> None:
    SCHEMA.validate(render(hostile_report(text)))


def cases(report: Report) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(render(report)).iter("testcase"))


def test_each_status_has_its_element() -> None:
    report = hostile_report("x")
    found = [next(iter(case), None) for case in cases(report)]
    assert [None if element is None else element.tag for element in found] == [
        ELEMENTS[finding.status] for finding in report.findings
    ]


def test_a_suite_is_a_product_and_its_counts_are_those_of_its_cases() -> None:
    root = ElementTree.fromstring(render(reports.FAILING))
    assert {suite.get("name") for suite in root} == {"run", "vpc", "sql", "lb"}
    for suite in root:
        tags = Counter(element.tag for case in suite.iter("testcase") for element in case)
        counted = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
        listed = [len(suite.findall("testcase")), tags["failure"], tags["error"], tags["skipped"]]
        assert counted == [str(count) for count in listed]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("15", "2", "5")
    assert root.get("skipped") is None, "the schema knows no such attribute here"


def test_a_failure_says_everything() -> None:
    [case] = cases(reports.report(reports.NAT_MISSING))
    failure = case[0]
    assert (case.get("classname"), failure.get("type")) == ("vpc.nat-missing", "critical")
    for part in (
        "required: a public NAT",
        "observed: staging-vpc has",
        "declared: diag.yaml:23",
        "fix: gcloud",
        "nats",
    ):
        assert part in (failure.text or "")


def test_findings_of_one_check_on_one_resource_are_told_apart() -> None:
    names = [case.get("name") for case in cases(reports.report(*reports.passed(1), *reports.passed(1)))]
    assert all(name and name.endswith(": 600s") for name in names)


def test_a_report_that_judged_nothing_is_not_green() -> None:
    [case] = cases(reports.EMPTY)
    assert case[0].tag == "error"
    of_a_file = Report("netra-staging", None, None, Origin("file", reports.AT), 0.0, ())
    assert cases(of_a_file) == [], "of a file judged by itself, silence is good news"
