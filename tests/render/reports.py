"""Synthetic reports for the renderers' tests; nothing in them was read from a real project."""

from __future__ import annotations

from dataclasses import replace

from diag.report import Evidence, Finding, Fix, Origin, Place, Report, Severity, Status

AT = "2025-09-16T17:45:03Z"
PLACE = "projects/netra-staging/locations/us-central1"
CONNECTOR = f"{PLACE}/connectors/staging-connector"
REVISION = f"{PLACE}/services/netra-auth-service/revisions/netra-auth-service-00042-kex"
INSTANCE = "projects/netra-staging/instances/staging-shared-postgres"

NAT_MISSING = Finding(
    check="vpc.nat-missing",
    status=Status.FAIL,
    severity=Severity.CRITICAL,
    title="all-traffic egress has no way to the internet",
    resource=CONNECTOR,
    required="a public NAT for 10.2.0.0/28 on staging-vpc in us-central1",
    observed="staging-vpc has no router with NAT in us-central1",
    evidence=(
        Evidence("compute.googleapis.com", "routers.aggregatedList", "nats", [], AT, "projects/netra-staging", True),
    ),
    declared_at=Place("diag.yaml", 23, 7),
    reason="everything netra-auth-service sends enters the VPC, its Cloud SQL socket to 34.171.0.1:3307 included, "
    "and nothing there can leave it",
    fix=(
        Fix(
            "gcloud compute routers nats create staging-nat --router staging-router --region us-central1 "
            "--project netra-staging --nat-all-subnet-ip-ranges --auto-allocate-nat-external-ips"
        ),
        Fix("gcloud compute routers list --regions us-central1", mutates=False),
    ),
    docs=("https://cloud.google.com/nat/docs/overview",),
)

TIMEOUT_SHORT = Finding(
    check="run.request-timeout-too-short",
    status=Status.FAIL,
    severity=Severity.HIGH,
    title="request time-out is shorter than declared",
    resource=REVISION,
    required="600s",
    observed="300s",
    evidence=(Evidence("run.googleapis.com", "GetRevision", "timeout", "300s", AT, REVISION),),
    declared_at=Place("diag.yaml", 9, 5),
    reason="a request that takes longer is cut with 504",
    not_consulted=("the log of requests",),
)

SHARED_CORE = Finding(
    check="sql.shared-core",
    status=Status.WARN,
    severity=Severity.MEDIUM,
    title="instance runs on a shared core",
    resource=INSTANCE,
    required="a dedicated core",
    observed="db-g1-small",
    evidence=(Evidence("sqladmin.googleapis.com", "instances.list", "settings.tier", "db-g1-small", AT, INSTANCE),),
    reason="no service level covers it",
)


def denied(check: str, permission: str, method: str) -> Finding:
    """What a refusal of one list leaves undecided."""
    return Finding(
        check=check,
        status=Status.UNKNOWN,
        severity=Severity.HIGH,
        title="not shown for an unknown finding",
        resource="projects/netra-staging",
        observed="denied",
        evidence=(Evidence("compute.googleapis.com", method, "", "denied", "", "projects/netra-staging"),),
        reason=f"{permission} denied on projects/netra-staging",
        permission=permission,
    )


DISABLED = Finding(
    check="lb.certificate-not-active",
    status=Status.UNKNOWN,
    severity=Severity.CRITICAL,
    title="certificate is not ACTIVE",
    resource="projects/netra-staging/locations/global",
    observed="disabled",
    evidence=(
        Evidence(
            "certificatemanager.googleapis.com",
            "ListCertificates",
            "",
            "disabled",
            "",
            "projects/netra-staging/locations/global",
        ),
    ),
    reason="certificatemanager.googleapis.com is disabled in netra-staging",
)

NOT_JUDGED = Finding(
    check="run.startup-slow",
    status=Status.UNKNOWN,
    severity=Severity.HIGH,
    title="start-up takes too long",
    resource="netra-auth-service",
    observed="not-judged",
    declared_at=Place("diag.yaml", 31, 5),
    reason="services.netra-auth-service.startup_time: no check of this version judges it",
)

WAIVED = Finding(
    check="sql.public-access",
    status=Status.WAIVED,
    severity=Severity.HIGH,
    title="the whole internet may connect",
    resource=INSTANCE,
    waiver="migration under way; owner platform; expires 2026-12-31",
)

SKIPPED = Finding(
    check="lb.websocket-cut",
    status=Status.SKIP,
    severity=Severity.MEDIUM,
    title="WebSocket is cut early",
    resource="staging",
    reason="no WebSocket route is declared",
)


def passed(number: int) -> tuple[Finding, ...]:
    """That many met requirements."""
    one = replace(TIMEOUT_SHORT, status=Status.PASS, observed="600s", reason="", not_consulted=())
    return tuple(replace(one, resource=f"{PLACE}/services/service-{index}") for index in range(number))


def report(*findings: Finding, live: bool = True) -> Report:
    """A report of those findings, as staging would give it."""
    origin = Origin("live", AT, "viewer@netra-staging.iam.gserviceaccount.com", "the file", "netra-billing", calls=14)
    recorded = Origin("bundle", AT, path="runs/2025-09-16", project_from="the bundle", calls=14)
    return Report("netra-staging", "us-central1", "staging", origin if live else recorded, 0.94, findings)


FAILING = replace(
    report(
        TIMEOUT_SHORT,
        NAT_MISSING,
        SHARED_CORE,
        denied("vpc.default-route-missing", "compute.routes.list", "routes.list"),
        denied("vpc.unreachable", "compute.routes.list", "routes.list"),
        denied("vpc.nat-exhausted", "compute.routers.list", "routers.aggregatedList"),
        DISABLED,
        NOT_JUDGED,
        WAIVED,
        SKIPPED,
        *passed(5),
    ),
    notes=("this report is synthetic",),
)
MET = report(*passed(12), SKIPPED, WAIVED)
UNDECIDED = report(denied("vpc.default-route-missing", "compute.routes.list", "routes.list"), *passed(3), live=False)
EMPTY = Report("netra-staging", None, None, Origin("live", AT), 0.0, ())
