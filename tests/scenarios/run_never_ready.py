"""A service whose first deployment failed: run.not-ready says so, and nothing else is left open by it."""

from __future__ import annotations

from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.run_shared import DATABASE, HEAD, NAME, backend, never_ready, of_service
from tests.scenarios.scenario import Scenario

NAMED = "a first deployment that failed"
BY_SOCKET = backend("reaches: [{sql: staging-shared-postgres, via: socket}]", rest=DATABASE)
POOLED = backend("database_pool: {instance: staging-shared-postgres, size: 5, max_overflow: 5}", rest=DATABASE)
CACHE = "redis_instances: {staging-redis: {auth: false}}\n"
CACHED = backend("reaches: [{redis: staging-redis}]", rest=CACHE)
BALANCED = f"{HEAD}load_balancers: {{staging: {{request_timeout: 300s, domains: {{staging.netrasystems.ai: {{}}}}}}}}\n"


def untold(estate: Estate) -> None:
    """No revision is named that takes traffic, and the service says that all is well."""
    never_ready(estate)
    of_service(terminalCondition={"type": "Ready", "state": "CONDITION_SUCCEEDED"})(estate)


SCENARIOS: tuple[Scenario, ...] = (
    *(
        Scenario(NAMED, check, Status.PASS, never_ready)
        for check in (
            "vpc.connector-missing",
            "vpc.firewall-blocks",
            "sql.socket-needs-public-ip",
            "sql.attachment-dangling",
            "sql.socket-path-too-long",
            "redis.host-differs",
            "api.disabled",
            "run.not-serving",
        )
    ),
    Scenario(NAMED, "vpc.unreachable", Status.SKIP, never_ready, BY_SOCKET, NAME, "run.not-ready"),
    Scenario(NAMED, "sql.socket-not-attached", Status.SKIP, never_ready, BY_SOCKET, NAME, "run.not-ready"),
    Scenario(NAMED, "sql.connection-budget", Status.SKIP, never_ready, POOLED, says="run.not-ready"),
    Scenario(NAMED, "redis.network-wrong", Status.SKIP, never_ready, CACHED, says="run.not-ready"),
    Scenario(NAMED, "redis.auth-mismatch", Status.SKIP, never_ready, CACHED, says="run.not-ready"),
    Scenario(NAMED, "lb.request-timeout-too-short", Status.SKIP, never_ready, BALANCED, "staging-backend"),
    Scenario("none is named, and all is well", "vpc.nat-missing", Status.UNKNOWN, untold, says="takes traffic"),
    Scenario("none is named, and all is well", "vpc.unreachable", Status.UNKNOWN, untold, BY_SOCKET),
)
