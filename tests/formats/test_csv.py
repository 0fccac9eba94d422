"""CSV: RFC 4180 as Python's reader takes it, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.render.csv import render
from diag.report import Report
from tests.formats.samples import NASTY, hostile_report
from tests.render import reports


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(report), newline=""), strict=True))


def test_each_finding_is_a_row_in_the_order_of_the_report() -> None:
    said = rows(reports.FAILING)
    assert [(row["check"], row["status"]) for row in said] == [
        (finding.check, finding.status.value) for finding in reports.FAILING.findings
    ]
    assert {row["project"] for row in said} == {"netra-staging"}
    nat = next(row for row in said if row["check"] == "vpc.nat-missing")
    assert (nat["file"], nat["line"], nat["severity"]) == ("diag.yaml", "23", "critical")
    assert nat["fix"].count("gcloud ") == 2


def test_lines_end_as_the_rfc_wants() -> None:
    said = render(reports.FAILING)
    assert said.endswith("\r\n")
    assert said.count("\n") == said.count("\r\n") == len(reports.FAILING.findings) + 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20) | st.sampled_from(NASTY))
def test_no_cell_is_a_formula_and_no_row_is_torn(text: str) -> None:
    said = rows(hostile_report(text))
    assert len(said) == 6
    for row in said:
        assert None not in row
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "＝1"])
def test_what_would_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert rows(hostile_report(text))[0]["title"] == f"'{text}"


def test_nothing_judged_is_a_header_alone() -> None:
    assert render(reports.EMPTY).count("\r\n") == 1
