"""The command line in an empty folder, and findings to count."""

from __future__ import annotations

from diag.report import Finding, ProbeDetails, Severity, Status
from tests.cli.conftest import diag

__all__ = ["diag"]


def finding(check: str, status: str, resource: str = "it") -> Finding:
    """A finding of that check; of a probe where the check is one."""
    details = ProbeDetails("tcp", {}, "infrastructure", None, "here") if check.startswith("probe.") else None
    return Finding(check, Status(status), Severity.HIGH, "A title", resource, probe=details)
