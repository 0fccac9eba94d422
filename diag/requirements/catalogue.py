"""The ids of the catalogue of checks: contracts that waivers, selections and the requirements file name.

An id is listed here whether or not this version judges it, so that a declared line can say which check
would judge it, and a waiver may be written before the check exists.
"""

from __future__ import annotations

VPC = (
    "vpc.connector-missing",
    "vpc.connector-not-ready",
    "vpc.connector-wrong-network",
    "vpc.connector-wrong-place",
    "vpc.connector-undersized",
    "vpc.connector-saturated",
    "vpc.range-overlaps",
    "vpc.subnet-too-small",
    "vpc.egress-wrong",
    "vpc.nat-missing",
    "vpc.default-route-missing",
    "vpc.private-google-access-off",
    "vpc.nat-exhausted",
    "vpc.firewall-blocks",
    "vpc.peering-missing",
    "vpc.unreachable",
)

SQL = (
    "sql.instance-missing",
    "sql.not-running",
    "sql.operation-pending",
    "sql.connection-budget",
    "sql.connections-high",
    "sql.max-connections-too-low",
    "sql.cpu-high",
    "sql.memory-high",
    "sql.disk-high",
    "sql.out-of-disk",
    "sql.private-network-wrong",
    "sql.socket-needs-public-ip",
    "sql.socket-not-attached",
    "sql.attachment-dangling",
    "sql.socket-path-too-long",
    "sql.connector-enforced",
    "sql.public-access",
    "sql.ssl-not-enforced",
    "sql.server-ca-expiring",
    "sql.version-too-old",
    "sql.version-end-of-life",
    "sql.availability-wrong",
    "sql.backups-off",
    "sql.pitr-off",
    "sql.deletion-unprotected",
    "sql.autoresize-off",
    "sql.shared-core",
    "sql.flags-differ",
)

LB = (
    "lb.domain-unserved",
    "lb.wrong-service",
    "lb.backend-empty",
    "lb.certificate-missing",
    "lb.certificate-not-active",
    "lb.certificate-expiring",
    "lb.certificate-ignored",
    "lb.wildcard-impossible",
    "lb.deprecated-domain",
    "lb.tls-too-old",
    "lb.http-not-redirected",
    "lb.request-timeout-too-short",
    "lb.health-check-wrong",
    "lb.health-check-useless",
    "lb.backend-unhealthy",
    "lb.websocket-cut",
    "lb.logging-off",
    "lb.dns-elsewhere",
)

RUN = (
    "run.service-missing",
    "run.not-ready",
    "run.revision-failed",
    "run.not-serving",
    "run.startup-probe-weak",
    "run.image-unpinned",
    "run.traffic-wrong",
    "run.request-timeout-too-short",
    "run.startup-window-too-short",
    "run.cpu-too-small",
    "run.memory-too-small",
    "run.pair-impossible",
    "run.min-instances",
    "run.max-instances",
    "run.concurrency",
    "run.memory-high",
    "run.at-max-instances",
    "run.errors-high",
    "run.startup-slow",
    "run.ingress-open",
    "run.env-missing",
    "run.env-differs",
    "run.env-malformed",
    "run.secret-not-used",
    "run.secret-missing",
    "run.secret-disabled",
    "run.service-account-wrong",
    "run.role-missing",
    "run.service-agent-missing",
    "run.pool-over-instance-limit",
    "run.pool-below-concurrency",
)

REDIS = (
    "redis.instance-missing",
    "redis.not-ready",
    "redis.network-wrong",
    "redis.host-differs",
    "redis.auth-mismatch",
    "redis.memory-high",
    "redis.clients-high",
)

OTHERS = (
    "logs.signature",
    "logs.forbidden",
    "logs.phase-slow",
    "alerts.missing",
    "alerts.disabled",
    "alerts.no-channel",
    "alerts.wrong-metric",
    "api.disabled",
)

LINT = (
    "req.infeasible",
    "req.contradiction",
    "req.unobservable",
    "req.waiver-unused",
    "req.waiver-expired",
)

PROBES = ("probe.dns", "probe.http", "probe.postgres", "probe.redis", "probe.tls", "probe.websocket")

CHECK_IDS: tuple[str, ...] = (*VPC, *SQL, *LB, *RUN, *REDIS, *OTHERS, *LINT)
"""Every id of the catalogue, in its order."""

FINDING_IDS: tuple[str, ...] = (*CHECK_IDS, *PROBES)
"""Every id that a finding, and so a waiver, may name; a file's own rules come on top."""

CATEGORY_BY_PRODUCT = {
    "vpc": "connectivity",
    "lb": "connectivity",
    "run": "startup",
    "sql": "database",
    "redis": "database",
}
"""The category of the restoration gate into which a check counts, by the word before its dot."""
