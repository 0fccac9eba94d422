"""Health pages that never move, pointed out beside what was probed."""

from __future__ import annotations

from collections.abc import Mapping

from diag.report import Report
from diag.requirements.model import Requirements


def pointed_out(report: Report, declared: Requirements, environ: Mapping[str, str]) -> Report:
    """The report with what the history knows of its health pages; as it was where that is nothing."""
    if not any(finding.probe and finding.probe.claim for finding in report.findings):
        return report
    from diag.history.glance import unmoved
    from diag.render.claims import beside

    return beside(report, unmoved(declared, environ))
