"""The report as CSV (RFC 4180): one row a finding, for a spreadsheet or a database."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping

from diag.render.detail import controls
from diag.render.layout import value, visible
from diag.report import Finding, Report

_FORMULA = tuple("=+-@＝＋－＠")
"""What a spreadsheet takes for the start of a formula, the full-width signs included."""


def render(report: Report) -> str:
    """A header and one row for each finding, in the order of the report; lines end in CR LF.

    Control characters are written as escapes. A cell that a spreadsheet would compute begins with an
    apostrophe instead.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*_OF_FINDING, *_OF_REPORT])
    run = [_cell(read(report)) for read in _OF_REPORT.values()]
    writer.writerows([*(_cell(read(finding)) for read in _OF_FINDING.values()), *run] for finding in report.findings)
    return text.getvalue()


def _cell(text: str | None) -> str:
    shown = visible(text or "")
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


def _said(thing: object) -> str:
    return "" if thing is None else value(thing)


_OF_FINDING: Mapping[str, Callable[[Finding], str | None]] = {
    "status": lambda finding: finding.status.value,
    "severity": lambda finding: finding.severity.word,
    "check": lambda finding: finding.check,
    "title": lambda finding: finding.title,
    "resource": lambda finding: finding.resource,
    "required": lambda finding: _said(finding.required),
    "observed": lambda finding: _said(finding.observed),
    "reason": lambda finding: finding.reason,
    "file": lambda finding: finding.declared_at.file if finding.declared_at else "",
    "line": lambda finding: str(finding.declared_at.line) if finding.declared_at else "",
    "fix": lambda finding: "; ".join(fix.command for fix in finding.fix),
    "docs": lambda finding: " ".join(finding.docs),
    "permission": lambda finding: finding.permission,
    "waiver": lambda finding: finding.waiver,
    "controls": controls,
}
_OF_REPORT: Mapping[str, Callable[[Report], str | None]] = {
    "project": lambda report: report.project,
    "region": lambda report: report.region,
    "environment": lambda report: report.environment,
    "taken_at": lambda report: report.origin.taken_at,
}
