"""Synthetic runs: reports of a few findings at a minute of one day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from diag.history.store import History
from diag.history.turning import Patience
from diag.history.writing import Kept
from diag.report import Category, Finding, Gate, Origin, ProbeDetails, Report, Severity, Status
from diag.update import Scope, Subject

START = datetime(2025, 9, 16, 12, 0, tzinfo=UTC)
STAGING = Scope("netra-staging", "staging")
CONNECTOR = "projects/netra-staging/locations/us-central1/connectors/staging-connector"
SERVICE = "projects/netra-staging/locations/us-central1/services/netra-backend-staging"
REVISION = f"{SERVICE}/revisions/netra-backend-staging-"
HERE = "laptop or server outside Google Cloud"
NAT = Subject("vpc.nat-missing", CONNECTOR)
PROBE = Subject("probe.http", "backend-health", HERE)


def minute(number: float) -> datetime:
    """The moment so many minutes after noon."""
    return START + timedelta(minutes=number)


def finding(status: Status = Status.PASS, check: str = "vpc.nat-missing", resource: str = CONNECTOR) -> Finding:
    """What a check says of a resource."""
    return Finding(
        check=check,
        status=status,
        severity=Severity.CRITICAL,
        title="All-traffic egress has no way to the internet",
        resource=resource,
        required="a public NAT for 10.2.0.0/28",
        observed="none" if status is Status.FAIL else "nat-1",
        reason="what enters the VPC cannot leave it" if status is Status.FAIL else "",
    )


def probed(status: Status = Status.PASS, took: float = 0.2, name: str = "backend-health") -> Finding:
    """What a probe of an HTTP endpoint says."""
    return Finding(
        check="probe.http",
        status=status,
        severity=Severity.HIGH,
        title="HTTP endpoint does not answer as it must",
        resource=name,
        required={"target": "https://api-staging.netrasystems.ai/health", "within_s": 10.0},
        observed={"status": 200 if status is Status.PASS else 503, "took_s": took},
        reason="" if status is Status.PASS else "first-byte at 203.0.113.10:443: status 503",
        probe=ProbeDetails(
            phase="first-byte",
            timings_s={"dns": 0.01, "tcp": 0.02, "tls": 0.05, "first-byte": took - 0.08},
            cause="application",
            address="203.0.113.10:443",
            vantage=HERE,
        ),
    )


def report(at: datetime, *findings: Finding, gate: Gate | None = None, scope: Scope = STAGING) -> Report:
    """A run that began at that moment."""
    return Report(
        project=scope.project,
        region="us-central1",
        environment=scope.environment or None,
        origin=Origin(kind="live", taken_at=at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), principal="jane@example.com"),
        duration_s=0.9,
        findings=findings,
        gate=gate,
    )


def gate(passed: int, counted: int, *, restored: bool = False, undecided: bool = False) -> Gate:
    """What a restoration gate said."""
    return Gate(
        restored=restored,
        undecided=undecided,
        said=f"{passed} of {counted}, {passed * 1000 // counted / 10} %; critical 2 of 3: database fails",
        passed=passed,
        counted=counted,
        rate=passed / counted,
        pass_rate=0.8,
        categories=(Category("database", critical=True, failed=1),),
        runs_required=3,
        runs_seen=3 if restored else 0,
    )


def seen(history: History, statuses: str, *, patience: Patience | None = None, begin: int = 0) -> list[Kept]:
    """A run each minute in which the connector's NAT was seen as `p`ass, `f`ail, `u`nknown, `w`arn or `s`kip."""
    meant = {status.value[0]: status for status in (Status.PASS, Status.FAIL, Status.UNKNOWN, Status.WARN, Status.SKIP)}
    return [
        history.record(report(minute(number), finding(meant[letter])), "watch", patience=patience)
        for number, letter in enumerate(statuses, begin)
    ]
