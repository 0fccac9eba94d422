"""Known failure signatures in the logs."""

from __future__ import annotations

from diag.calls import Json
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.logs_shared import SERVICE, logged, refused, truncated
from tests.scenarios.scenario import Patch, Scenario

CHECK = "logs.signature"
HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
CRITICAL = f"{HEAD}services: {{netra-backend-staging: {{critical: true}}}}\n"
REDIS = "Error -3 connecting to 10.166.204.83:6379. Try again."
TIMER = "Database connection validation timeout exceeded (15s)"
WHITESPACE = "SERVICE_ID contained whitespace - sanitized from 'x\\n' to 'x'"


def put(kind: str, labels: Json, log: str, **fields: Json | str) -> Patch:
    """One entry about another resource than a service."""
    name = log.replace("/", "%2F")

    def patch(estate: Estate) -> None:
        doc: Json = {
            "insertId": "synthetic-1",
            "resource": {"type": kind, "labels": {"project_id": ids.PROJECT, **labels}},
            "timestamp": "2025-09-18T08:30:00Z",
            "logName": f"projects/{ids.PROJECT}/logs/{name}",
            **fields,
        }
        estate.put("logging.entries", log, doc)

    return patch


def balancer(details: str, status: int) -> Patch:
    labels = {"backend_service_name": "staging-backend", "url_map_name": "staging-map"}
    payload = {"statusDetails": details}
    return put("http_load_balancer", labels, "requests", jsonPayload=payload, httpRequest={"status": status})


SLOTS = put(
    "cloudsql_database",
    {"database_id": f"{ids.PROJECT}:staging-shared-postgres", "region": "us-central1"},
    "cloudsql.googleapis.com/postgres.log",
    textPayload="FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
)
DROPPED = put(
    "nat_gateway",
    {"gateway_name": "staging-nat", "region": "us-central1"},
    "compute.googleapis.com/nat_flows",
    jsonPayload={"allocation_status": "DROPPED", "gateway_identifiers": {"router_name": "staging-router"}},
)
FAILED = put(
    "cloud_run_revision",
    {"service_name": SERVICE, "revision_name": "x", "location": "us-central1"},
    "cloudaudit.googleapis.com/system_event",
    protoPayload={
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "status": {"code": 9, "message": "Ready condition status changed to False for Revision x with message: failed"},
    },
)

SCENARIOS = (
    Scenario(
        "an empty log, and nothing else seen", CHECK, Status.SKIP, resource="netra-staging", says="nothing at all"
    ),
    Scenario(
        "lines that mean nothing", CHECK, Status.PASS, logged("Application startup complete."), says="1 entry searched"
    ),
    Scenario("a cause's mechanism", CHECK, Status.FAIL, logged(REDIS), resource=SERVICE, says="redis-gai-again"),
    Scenario("counted", CHECK, Status.FAIL, logged(REDIS, REDIS), says="2 lines from 2025-09-18T08:30:00Z to"),
    Scenario("whatever the log", CHECK, Status.FAIL, logged(REDIS, log="stdout"), says="Try again."),
    Scenario("a symptom", CHECK, Status.WARN, logged(TIMER), resource=SERVICE, says="app-dependency-timer"),
    Scenario("context", CHECK, Status.SKIP, logged(WHITESPACE), resource=SERVICE, says="as evidence only"),
    Scenario("of a critical service", CHECK, Status.FAIL, logged(REDIS), CRITICAL),
    Scenario("of PostgreSQL", CHECK, Status.FAIL, SLOTS, resource="staging-shared-postgres"),
    Scenario("of NAT", CHECK, Status.FAIL, DROPPED, resource="staging-router", says="nat-dropped-packets"),
    Scenario("of a deployment", CHECK, Status.FAIL, FAILED, resource=SERVICE, says="cr-revision-not-ready"),
    Scenario(
        "of the load balancer",
        CHECK,
        Status.FAIL,
        balancer("serverless_neg_routing_failed", 404),
        resource="staging-backend",
    ),
    Scenario("the service's own error", CHECK, Status.WARN, balancer("response_sent_by_backend", 503)),
    Scenario("the service's own answer", CHECK, Status.PASS, balancer("response_sent_by_backend", 200)),
    Scenario("more lines than were read", CHECK, Status.UNKNOWN, truncated()),
    Scenario("found all the same", CHECK, Status.FAIL, truncated(REDIS), resource=SERVICE),
    Scenario("refused", CHECK, Status.UNKNOWN, refused),
)
