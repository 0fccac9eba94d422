"""The bundled recordings give what they are said to give: the same findings, the same exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diag.report import Status
from tests.wire.runs import INCIDENT, RESTORED, recorded


@pytest.mark.parametrize("bundle", [INCIDENT, RESTORED], ids=lambda path: path.name)
def test_the_report_is_what_the_fixture_expects(bundle: Path) -> None:
    report = recorded(bundle, bundle).report
    expected = json.loads((bundle / "expected.json").read_text())
    for status in (Status.FAIL, Status.WARN, Status.UNKNOWN):
        found = [[f.check, f.resource.rpartition("/")[2]] for f in report.findings if f.status is status]
        assert sorted(found) == sorted(expected[status.value]), status
    assert report.exit_code() == expected["exit"]


def test_every_failure_says_evidence_place_and_fix() -> None:
    """A failing requirement of the incident is one that an engineer can act upon.

    What the file alone shows to be impossible was seen on no resource.
    """
    for finding in recorded(INCIDENT, INCIDENT).report.findings:
        if finding.status is Status.FAIL:
            assert finding.required is not None, finding
            assert finding.observed is not None, finding
            assert finding.reason, finding
            assert finding.fix, finding
            assert finding.evidence or finding.check.startswith("req."), finding


def test_nothing_is_unknown_once_restored() -> None:
    report = recorded(RESTORED, RESTORED).report
    assert report.summary()["unknown"] == 0
    assert report.exit_code() == 0
