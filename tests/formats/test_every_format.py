"""What holds for every format: reviewed pages, no control characters, no secrets, large reports, several in one run."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from diag.cli.formats import FORMATS, Look
from diag.report import Category, Gate, Status
from tests.formats.samples import NASTY, STEERING, SUFFIXES, hostile_report, large, rendered
from tests.render import reports
from tests.render.test_text import PAGES

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("format", SUFFIXES)
def test_page_is_as_reviewed(format: str, name: str) -> None:
    """After a wanted change: `UPDATE_GOLDEN=1 pytest tests/formats`, then review the difference."""
    report, exit_code = PAGES[name]
    page = GOLDEN / f"{name}.{SUFFIXES[format]}"
    said = rendered(format, report)
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(said, encoding="utf-8", newline="")
    assert said == page.read_bytes().decode()
    assert report.exit_code() == exit_code


def test_every_format_has_its_pages_and_every_page_is_read() -> None:
    assert set(SUFFIXES) == set(FORMATS) - {"text"}
    assert {page.name for page in GOLDEN.iterdir()} == {f"{name}.{end}" for name in PAGES for end in SUFFIXES.values()}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_no_text_steers_a_terminal(format: str, text: str) -> None:
    said = rendered(format, hostile_report(f"x{text}{STEERING}"))
    allowed = "\r\n" if format == "csv" else "\n"
    assert {letter for letter in said if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")} <= set(allowed)


@pytest.mark.parametrize("format", FORMATS)
def test_each_finding_that_is_not_met_is_said(format: str) -> None:
    said = rendered(format, reports.FAILING)
    for finding in reports.FAILING.findings:
        if finding.status in (Status.FAIL, Status.WARN, Status.UNKNOWN):
            assert finding.check in said or finding.reason in said.replace("`", "")


@pytest.mark.parametrize("format", FORMATS)
def test_ten_thousand_findings_render(format: str) -> None:
    """Were it quadratic, this would not come back."""
    said = rendered(format, large(10_000))
    assert "connector-9998" in said


GATE = Gate(
    restored=False,
    undecided=False,
    said="11 of 12 (91.6 %)",
    passed=11,
    counted=12,
    rate=0.916,
    pass_rate=1.0,
    categories=(Category("data <b>|base", True, 11, 0, 1, 0),),
    runs_required=3,
    runs_seen=0,
)


@pytest.mark.parametrize(
    ("format", "closed"), [("junit", "<failure"), ("github", "::error"), ("sarif", "NOT RESTORED")]
)
def test_a_gate_that_is_not_open_is_not_green_although_every_finding_passes(format: str, closed: str) -> None:
    passing = reports.report(*reports.passed(3))
    assert closed not in rendered(format, replace(passing, gate=replace(GATE, restored=True)))
    assert closed in rendered(format, replace(passing, gate=GATE))
    undecided = rendered(format, replace(passing, gate=replace(GATE, undecided=True)))
    assert {"junit": "<error", "github": "::warning", "sarif": "UNDECIDED"}[format] in undecided


def test_a_tickets_gate_shows_its_categories() -> None:
    said = rendered("markdown", replace(reports.report(*reports.passed(3)), gate=GATE))
    assert said.startswith("# Restoration gate: NOT RESTORED\n\n11 of 12 (91.6 %); clean runs 0 of 3")
    assert "  critical  data <b>|base" in said


@pytest.mark.parametrize("format", ["junit", "github"])
def test_warnings_count_as_not_met_when_asked_to(format: str) -> None:
    report = reports.report(reports.SHARED_CORE)
    assert ("failure" if format == "junit" else "::error") not in rendered(format, report).replace("failures", "")
    strict = rendered(format, report, Look(fail_on=Status.WARN)).replace("failures", "")
    assert ("failure" if format == "junit" else "::error") in strict
