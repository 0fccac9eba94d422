"""Made-up log entries; and for each signature lines that show it, and lines that only look so."""

from __future__ import annotations

from typing import Any

from diag.calls import Call
from diag.facts.base import Origin
from diag.facts.logs import LogEntry

PROJECT = "netra-staging"
SERVICE = "netra-backend-staging"
REVISION = f"{SERVICE}-00097-k7m"
AT = "2025-09-18T08:30:00Z"
_CALL = Call.of(
    "logging.entries.list",
    **{"resource_names[0]": f"projects/{PROJECT}", "order_by": "timestamp desc", "filter": "synthetic"},
)
_ON_RUN = {
    "type": "cloud_run_revision",
    "labels": {
        "project_id": PROJECT,
        "location": "us-central1",
        "service_name": SERVICE,
        "revision_name": REVISION,
        "configuration_name": SERVICE,
    },
}
_RESOURCES: dict[str, dict[str, Any]] = {
    "run-log": _ON_RUN,
    "sql-log": {"type": "cloudsql_database", "labels": {"database_id": f"{PROJECT}:db", "region": "us-central1"}},
    "balancer-log": {"type": "http_load_balancer", "labels": {"backend_service_name": "staging-backend"}},
    "nat-log": {"type": "nat_gateway", "labels": {"gateway_name": "staging-nat", "region": "us-central1"}},
    "audit-log": _ON_RUN,
}
_LOGS = {
    "run-log": "run.googleapis.com%2Fstderr",
    "sql-log": "cloudsql.googleapis.com%2Fpostgres.log",
    "balancer-log": "requests",
    "nat-log": "compute.googleapis.com%2Fnat_flows",
    "audit-log": "cloudaudit.googleapis.com%2Fsystem_event",
}


def entry(text: str = "", kind: str = "run-log", at: str = AT, log: str = "", **fields: Any) -> LogEntry:
    """An entry of a kind of log; `fields` are its further fields as the API gives them."""
    said = {"protoPayload": {"status": {"code": 9, "message": text}}} if kind == "audit-log" else {"textPayload": text}
    doc = {
        "timestamp": at,
        "resource": _RESOURCES[kind],
        "logName": f"projects/{PROJECT}/logs/{log or _LOGS[kind]}",
        **(said if text else {}),
        **fields,
    }
    return LogEntry(doc, Origin(_CALL, AT))


def request(details: str, status: int, kind: str = "balancer-log") -> LogEntry:
    """A line of a load balancer's request log."""
    return entry(kind=kind, jsonPayload={"statusDetails": details}, httpRequest={"status": status})


SOCKET = "/cloudsql/netra-staging:us-central1:db/.s.PGSQL.5432"

LINES: dict[str, tuple[str, ...]] = {
    "dns-public-record-wrong": ("curl: (6) Could not resolve host: api.staging.example.ai", "host api: NXDOMAIN"),
    "tls-hostname-mismatch": (
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, "
        "certificate is not valid for 'api.staging.example.ai'. (_ssl.c:1006)",
        "x509: certificate is valid for *.example.ai, not api.staging.example.ai",
        "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames",
    ),
    "tls-verify-failed-other": (
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)",
        "x509: certificate signed by unknown authority",
    ),
    "tls-handshake-failed": (
        "ssl.SSLError: [SSL: TLSV1_UNRECOGNIZED_NAME] tlsv1 unrecognized name (_ssl.c:1006)",
        "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)",
    ),
    "cert-managed-failed-not-visible": ("domainStatus: {app.staging.example.ai: FAILED_NOT_VISIBLE}",),
    "cert-managed-ca-refused": ("authorizationAttemptInfo: [{state: FAILED, failureReason: CAA}]",),
    "cert-managed-not-active": ("managed: {status: RENEWAL_FAILED, domains: [staging.example.ai]}",),
    "lb-timeoutsec-unsupported": (
        "Invalid value for field 'resource.timeoutSec': '86400'. Timeout sec is not supported for a backend service "
        "with Serverless network endpoint groups.",
    ),
    "cr-no-available-instance": ("The request was aborted because there was no available instance. See docs",),
    "cr-malformed-response-503": (
        "The request failed because either the HTTP response was malformed or connection to the instance had an error.",
    ),
    "cr-instance-could-not-start-500": ("The request failed because the instance could not start successfully.",),
    "cr-readiness-check-failed-503": ("The request failed because the instance failed the readiness check.",),
    "cr-request-timeout-504": (
        "The request has been terminated because it has reached the maximum request timeout. To change this limit",
    ),
    "cr-upstream-reset-before-headers": (
        "upstream connect error or disconnect/reset before headers. reset reason: remote reset",
    ),
    "cr-invoker-denied": (
        "The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization "
        "header. Read more at https://cloud.google.com/run/docs/securing/authenticating",
    ),
    "cr-startup-probe-failed": (
        'Default STARTUP TCP probe failed 1 time consecutively for container "backend-1" on port 8080. The instance '
        "was not started. Connection failed with status DEADLINE_EXCEEDED.",
        'LIVENESS HTTP probe failed 3 times consecutively for container "app" on port 8080 path "/health".',
    ),
    "cr-container-exit": ("Container called exit(3).", "Uncaught signal: 6, pid=12, tid=12, fault_addr=0."),
    "cr-memory-limit": ("Memory limit of 512 MiB exceeded with 524 MiB used. Consider increasing the memory limit",),
    "cr-revision-not-ready": (
        "Ready condition status changed to False for Revision backend-00740-47l with message: Container failed.",
        "Revision 'backend-00740-47l' is not ready and cannot serve traffic. The user-provided container failed to "
        "start and listen on the port defined provided by the PORT=8080 environment variable.",
        "Image 'us-central1-docker.pkg.dev/p/app/backend@sha256:1' not found.",
    ),
    "cr-secret-denied": (
        "Permission denied on secret: projects/123/secrets/redis-host/versions/latest for Revision service account "
        "123-compute@developer.gserviceaccount.com.",
        "403 Permission 'secretmanager.versions.access' denied for resource 'projects/p/secrets/jwt/versions/latest'",
        "Secret Version [projects/1/secrets/jwt/versions/3] is in DISABLED state.",
    ),
    "cr-gunicorn-worker-timeout": ("[2025-11-01 06:36:42 +0000] [2] [CRITICAL] WORKER TIMEOUT (pid:4)",),
    "py-startup-failed": (
        "ModuleNotFoundError: No module named 'auth_service'",
        "ERROR:    Application startup failed. Exiting.",
    ),
    "cr-direct-vpc-ip-exhausted": (
        "Instance failed to start because of insufficient free IP addresses in the subnetwork "
        "https://www.googleapis.com/compute/v1/projects/p/regions/us-central1/subnetworks/run-subnet",
    ),
    "cr-connector-unusable-at-deploy": (
        "VPC connector projects/p/locations/us-central1/connectors/staging-connector does not exist, or Cloud Run does "
        "not have permission to use it.",
    ),
    "vpcac-create-failed": (
        "An internal error occurred: VPC Access connector failed to get healthy. Please check GCE quotas, logs and "
        "org policies and recreate.",
    ),
    "vpcac-state-not-ready": ("connectors/staging-connector  state: ERROR",),
    "egress-internet-timeout": (
        "(Caused by ConnectTimeoutError(<HTTPSConnection(host='api.openai.com')>, 'Connection to api.openai.com timed "
        "out. (connect timeout=10)'))",
        "dial tcp 104.18.7.192:443: i/o timeout",
    ),
    "csql-dial-3307-timeout": (
        'Cloud SQL connection failed. dial error: failed to dial (connection name = "p:us-central1:db"): dial tcp '
        "34.171.0.10:3307: i/o timeout",
        "connection to Cloud SQL instance at 10.1.0.3:3307 failed: timed out after 10s",
    ),
    "csql-handshake-eof": ('dial error: handshake failed (connection name = "p:europe-north1:pg"): EOF',),
    "csql-403": (
        "googleapi: Error 403: The client is not authorized to make this request., notAuthorized",
        "Cloud SQL Admin API has not been used in project 123 before or it is disabled.",
    ),
    "csql-instance-not-running": (
        "googleapi: Error 400: Invalid request: Invalid request since instance is not running., invalid",
    ),
    "csql-target-mismatch": (
        "CloudSQLIPTypeError: Cloud SQL instance does not have any IP addresses matching preference: PRIVATE",
        'instance does not have IP of type "PUBLIC"',
    ),
    "csql-refresh-failed": ('refresh failed: context deadline exceeded (connection name = "p:us-central1:db")',),
    "csql-quota-429": (
        "googleapi: Error 429: Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of "
        "service 'sqladmin.googleapis.com' for consumer 'project_number:1'., rateLimitExceeded",
    ),
    "csql-100-connections": ("Exceeded maximum of 100 connections per instance for p:us-central1:db",),
    "pg-connection-slots": (
        f'connection to server on socket "{SOCKET}" failed: FATAL:  remaining connection slots are reserved for roles '
        "with the SUPERUSER attribute",
        "FATAL:  sorry, too many clients already",
    ),
    "pg-query-cancelled": ("QueryCanceledError: canceling statement due to statement timeout", "deadlock detected"),
    "pg-shutdown-or-starting": (
        "FATAL:  terminating connection due to administrator command",
        "FATAL:  the database system is starting up",
    ),
    "pg-hba-or-tls-rejected": (
        'FATAL:  no pg_hba.conf entry for host "10.2.0.5", user "app", database "app", no encryption',
    ),
    "pg-password-or-object": (
        f'"{SOCKET}" failed: FATAL:  password authentication failed for user "app_user"',
        'FATAL:  database "netra" does not exist',
    ),
    "pg-iam-auth-failed": ('FATAL:  Cloud SQL IAM service account authentication failed for user "backend@p.iam"',),
    "pg-socket-missing": (
        f'connection to server on socket "{SOCKET}" failed: No such file or directory\n\tIs the server running locally',
        "OSError: AF_UNIX path too long",
        f"Error: connect ENOENT {SOCKET}",
    ),
    "pg-socket-refused": (f'connection to server on socket "{SOCKET}" failed: Connection refused',),
    "pg-tcp-timeout": ('connection to server at "10.103.0.3", port 5432 failed: timeout expired',),
    "pg-tcp-refused": (
        "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)",
        'connection to server at "10.103.0.3", port 5432 failed: No route to host',
    ),
    "pg-server-closed": (
        f'connection to server on socket "{SOCKET}" failed: server closed the connection unexpectedly\n\tThis probably '
        "means the server terminated abnormally",
    ),
    "pg-resource-exhausted": ('ERROR:  could not extend file "base/16386/24591": No space left on device',),
    "pg-empty-timeout": (
        "Traceback (most recent call last):\n  File x\nTimeoutError",
        "asyncio.exceptions.TimeoutError",
    ),
    "gai-failure-generic": (
        'could not translate host name "db.internal" to address: Temporary failure in name resolution',
        "socket.gaierror: [Errno -2] Name or service not known",
        "Error: getaddrinfo EAI_AGAIN db.internal",
        "dial tcp: lookup db.internal on 169.254.169.254:53: no such host",
    ),
    "sa-queuepool-exhausted": (
        "sqlalchemy.exc.TimeoutError: QueuePool limit of size 10 overflow 15 reached, connection timed out, timeout "
        "600.00 (Background on this error at: https://sqlalche.me/e/20/3o7r)",
    ),
    "app-dependency-timer": (
        "CRITICAL STARTUP FAILURE: Database initialization timeout after 25.0s in staging environment.",
        "Database connection validation timeout exceeded (15s)",
    ),
    "redis-gai-again": (
        "redis.exceptions.ConnectionError: Error -3 connecting to 10.166.204.83:6379. Try again.",
        "Error -3 connecting to 10.166.204.83\\n:6379. Temporary failure in name resolution.",
    ),
    "redis-gai-noname": (
        "redis.exceptions.ConnectionError: Error -2 connecting to 10.166.204.83\n:6379. Name or service not known.",
    ),
    "redis-connect-timeout": (
        "redis.exceptions.TimeoutError: Timeout connecting to server",
        "Error 110 connecting to 10.166.204.83:6379. Connection timed out.",
        "dial tcp 10.166.204.83:6379: i/o timeout",
    ),
    "redis-connect-refused": ("Error 111 connecting to localhost:6379. Connection refused.",),
    "redis-unreachable": ("Error 113 connecting to 10.166.204.84:6379. No route to host.",),
    "redis-read-timeout": ("redis.exceptions.TimeoutError: Timeout reading from socket",),
    "redis-reset": ("Error while reading from 10.0.0.3:6378 : (104, 'Connection reset by peer')",),
    "redis-auth": (
        "AuthenticationError: invalid username-password pair or user is disabled.",
        "NOAUTH Authentication required.",
    ),
    "redis-tls-verify": (
        "Error 1 connecting to 10.0.0.3:6378. [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed "
        "certificate in certificate chain (_ssl.c:1006).",
    ),
    "redis-maxclients": ("redis.exceptions.ConnectionError: max number of clients reached",),
    "redis-server-state": (
        "redis.exceptions.ReadOnlyError: You can't write against a read only replica.",
        "OOM command not allowed when used memory > 'maxmemory'.",
    ),
    "ws-handshake-403": (
        "websockets.exceptions.InvalidStatus: server rejected WebSocket connection: HTTP 403",
        'INFO:     169.254.1.1:0 - "WebSocket /ws" 403',
    ),
    "ws-handshake-500": ("server rejected WebSocket connection: HTTP 500",),
    "ws-handshake-5xx-gateway": ("server rejected WebSocket connection: HTTP 503",),
    "ws-upgrade-not-understood": (
        "WARNING:  No supported WebSocket library detected. Please use \"pip install 'uvicorn[standard]'\"",
        "no subprotocols supported",
    ),
    "ws-abnormal-close": ("websockets.exceptions.ConnectionClosedError: no close frame received or sent",),
    "iam-permission-denied": (
        "google.api_core.exceptions.PermissionDenied: 403 Permission 'run.services.get' denied on resource",
        "rpc error: code = PermissionDenied desc = PERMISSION_DENIED",
    ),
    "quota-resource-exhausted": (
        "The request failed because the project exceeded its quota limit for run.googleapis.com/cpu_allocation.",
    ),
    "policy-constraint-violated": (
        "Constraint constraints/run.allowedVPCEgress violated for attempting UpdateService with annotation",
    ),
    "gauth-metadata-or-adc": (
        "google.auth.exceptions.RefreshError: Failed to retrieve http://metadata.google.internal/computeMetadata/v1/",
    ),
    "secret-value-whitespace": (
        "SERVICE_ID contained whitespace - sanitized from 'acme-backend\\n' to 'acme-backend'",
    ),
}
"""Signature → lines of which each shows it, and no other."""

LOOK_ALIKE: dict[str, tuple[str, ...]] = {
    "dns-public-record-wrong": ("resolved host api.staging.example.ai to 203.0.113.10",),
    "tls-hostname-mismatch": ("certificate verify failed: certificate has expired",),
    "tls-verify-failed-other": ("certificate verify succeeded",),
    "tls-handshake-failed": ("TLS handshake complete, TLSv1.3",),
    "cert-managed-failed-not-visible": ("domainStatus: {staging.example.ai: ACTIVE}",),
    "cert-managed-ca-refused": ("authorizationAttemptInfo: [{state: AUTHORIZED}]",),
    "cert-managed-not-active": ("managed: {status: ACTIVE}",),
    "lb-timeoutsec-unsupported": ("timeoutSec: 30",),
    "cr-no-available-instance": ("The request was aborted by the client",),
    "cr-malformed-response-503": ("The HTTP response was malformed JSON",),
    "cr-instance-could-not-start-500": (
        "Starting new instance. Reason: AUTOSCALING - Instance started due to traffic",
    ),
    "cr-readiness-check-failed-503": ("readiness check passed",),
    "cr-request-timeout-504": ("maximum request timeout is set to 600 s",),
    "cr-upstream-reset-before-headers": ("upstream answered 200",),
    "cr-invoker-denied": ("The request was authenticated",),
    "cr-startup-probe-failed": (
        'Default STARTUP TCP probe succeeded after 1 attempt for container "backend-1" on port 8080.',
    ),
    "cr-container-exit": ("Container called exit(0).",),
    "cr-memory-limit": ("Memory limit of 512 MiB is in force",),
    "cr-revision-not-ready": (
        "Ready condition status changed to True for Revision backend-00740-47l.",
        "Image '/uploads/avatar.png' not found",
    ),
    "cr-secret-denied": ("Secret projects/1/secrets/jwt was read",),
    "cr-gunicorn-worker-timeout": ("[INFO] Worker exiting (pid: 4)",),
    "py-startup-failed": ("INFO:     Application startup complete.",),
    "cr-direct-vpc-ip-exhausted": ("free IP addresses in the subnetwork: 212",),
    "cr-connector-unusable-at-deploy": ("VPC connector projects/p/locations/us-central1/connectors/c is used",),
    "vpcac-create-failed": ("VPC Access connector is healthy",),
    "vpcac-state-not-ready": ("connectors/staging-connector  state: READY",),
    "egress-internet-timeout": ("connect timeout is 10 s",),
    "csql-dial-3307-timeout": ("dial tcp 34.171.0.10:443: i/o timeout",),
    "csql-handshake-eof": ("handshake done (connection name = p:r:i)",),
    "csql-403": ("the client is authorized", "HTTP 401: code NOT_AUTHORIZED"),
    "csql-instance-not-running": ("instance is running",),
    "csql-target-mismatch": ("instance has any IP address",),
    "csql-refresh-failed": ("refresh of connection info done",),
    "csql-quota-429": ("sqladmin.googleapis.com answered 200",),
    "csql-100-connections": ("maximum of 100 connections per instance is configured",),
    "pg-connection-slots": ("connection slots: 100",),
    "pg-query-cancelled": ("statement timeout is 30s",),
    "pg-shutdown-or-starting": ("LOG:  database system is ready to accept connections",),
    "pg-hba-or-tls-rejected": ("LOG:  connection authorized: user=app database=app SSL enabled",),
    "pg-password-or-object": ('LOG:  connection authenticated: identity="app_user"',),
    "pg-iam-auth-failed": ("Cloud SQL IAM service account authentication succeeded",),
    "pg-socket-missing": ("FileNotFoundError: [Errno 2] No such file or directory: 'config.toml'",),
    "pg-socket-refused": ('connection to server at "10.0.0.3", port 5432 failed: Connection refused',),
    "pg-tcp-timeout": ("connection to server at 10.0.0.3 opened",),
    "pg-tcp-refused": ('connection to server at "10.0.0.3", port 5432 failed: timeout expired',),
    "pg-server-closed": ("server closed the connection after 900 s as configured",),
    "pg-resource-exhausted": ("OSError: [Errno 28] No space left on device: '/tmp/x'",),
    "pg-empty-timeout": ("asyncpg TimeoutError: connecting took 5 s",),
    "gai-failure-generic": ("OSError: [Errno -1] unknown",),
    "sa-queuepool-exhausted": ("QueuePool limit is 25",),
    "app-dependency-timer": ("Database connection timeout 30s",),
    "redis-gai-again": ("Error 111 connecting to 10.166.204.83:6379. Connection refused.",),
    "redis-gai-noname": ("Error -3 connecting to redis:6379. Try again.",),
    "redis-connect-timeout": ("connecting to server",),
    "redis-connect-refused": ("Error 110 connecting to localhost:6379. Connection timed out.",),
    "redis-unreachable": ("Error 111 connecting to 10.166.204.84:6379.",),
    "redis-read-timeout": ("reading from socket took 2 ms",),
    "redis-reset": ("Connection closed by client",),
    "redis-auth": ("HTTP 401: Authentication required",),
    "redis-tls-verify": ("Error 111 connecting to 10.0.0.3:6378. Connection refused.",),
    "redis-maxclients": ("number of clients: 24",),
    "redis-server-state": ("Redis is ready to accept connections",),
    "ws-handshake-403": ("server rejected WebSocket connection: HTTP 500",),
    "ws-handshake-500": ('INFO:     169.254.1.1:0 - "WebSocket /ws" [accepted]',),
    "ws-handshake-5xx-gateway": ("server rejected WebSocket connection: HTTP 403",),
    "ws-upgrade-not-understood": ("server rejected WebSocket connection: HTTP 503",),
    "ws-abnormal-close": ("WebSocket connection closed: 1000",),
    "iam-permission-denied": ("permission granted",),
    "quota-resource-exhausted": ("quota left: 80 %",),
    "policy-constraint-violated": ("Constraint constraints/run.allowedIngress is satisfied",),
    "gauth-metadata-or-adc": ("credentials found: default service account",),
    "secret-value-whitespace": ("SERVICE_ID is acme-backend",),
}
"""Signature → lines that are near it and do not show it."""

DETAILS: dict[str, tuple[LogEntry, ...]] = {
    "lb-5xx-response-sent-by-backend": (request("response_sent_by_backend", 503),),
    "lb-no-usable-backend": (request("failed_to_pick_backend", 503), request("failed_to_connect_to_backend", 502)),
    "lb-backend-timeout": (request("backend_timeout", 504), request("backend_timeout", 101)),
    "lb-backend-connection-closed": (request("backend_connection_closed_before_data_sent_to_client", 502),),
    "lb-serverless-neg-routing-failed": (request("serverless_neg_routing_failed", 404),),
    "lb-client-disconnected": (request("client_disconnected_before_any_response", 0),),
    "lb-denied-by-policy": (request("denied_by_security_policy", 403),),
    "lb-config-propagation": (request("config_not_found", 404),),
    "lb-websocket-status": (request("websocket_handshake_failed", 502),),
    "nat-dropped-packets": (entry(kind="nat-log", jsonPayload={"allocation_status": "DROPPED"}),),
}
"""Signature → entries that show it by the value of a field."""

OTHER_DETAILS: dict[str, tuple[LogEntry, ...]] = {
    "lb-5xx-response-sent-by-backend": (request("response_sent_by_backend", 200),),
    "lb-no-usable-backend": (request("response_sent_by_backend", 503),),
    "lb-backend-timeout": (request("response_sent_by_backend", 504),),
    "lb-backend-connection-closed": (request("backend_connection_closed_after_partial_response_sent", 101),),
    "lb-serverless-neg-routing-failed": (request("response_sent_by_backend", 404),),
    "lb-client-disconnected": (request("response_from_cache", 200),),
    "lb-denied-by-policy": (request("response_sent_by_backend", 403),),
    "lb-config-propagation": (request("response_sent_by_backend", 404),),
    "lb-websocket-status": (request("websocket_closed", 101),),
    "nat-dropped-packets": (entry(kind="nat-log", jsonPayload={"allocation_status": "OK"}),),
}
"""Signature → entries that are near it and do not show it."""

NO_LINE = frozenset(
    {
        "cr-503-end-time-convergence",
        "cr-404-before-container",
        "vpcac-saturated",
        "run-egress-setting-changed",
        "direct-vpc-warmup-timeouts",
        "latency-plateau-5s",
    }
)
"""Signatures that no single line shows: they are derived from many, or from a metric."""
