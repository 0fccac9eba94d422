"""Cloud SQL: network, public access, TLS, server CA, sockets, operations."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario

INSTANCE = "staging-shared-postgres"
BACKEND = "netra-backend-staging"
HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"


def sql(line: str) -> str:
    return f"{HEAD}sql_instances:\n  {INSTANCE}: {{{line}}}\n"


BY_SOCKET = f"{sql('')}services:\n  {BACKEND}:\n    reaches: [{{sql: {INSTANCE}, via: socket}}]\n"


def instance(change: Callable[[Json], object]) -> Patch:
    return lambda estate: _apply(change, estate.resource("sql.instances", INSTANCE))


def _apply(change: Callable[[Json], object], doc: Json) -> None:
    change(doc)


def ip(**fields: object) -> Patch:
    return instance(lambda doc: doc["settings"]["ipConfiguration"].update(fields))


def refused(estate: Estate) -> None:
    estate.gap("sql.instances.list", GapKind.DENIED)


def services_refused(estate: Estate) -> None:
    estate.gap("run.services.list", GapKind.DENIED)


def operations_refused(estate: Estate) -> None:
    estate.gap("sql.operations.list", GapKind.DENIED)


def operation(**fields: object) -> Patch:
    doc = {
        "kind": "sql#operation",
        "name": "synthetic-operation",
        "targetId": INSTANCE,
        "targetProject": "netra-staging",
        "operationType": "UPDATE",
        "status": "DONE",
        "insertTime": "2025-09-18T08:30:00Z",
        "startTime": "2025-09-18T08:30:00Z",
        "endTime": "2025-09-18T08:40:00Z",
        **fields,
    }

    def patch(estate: Estate) -> None:
        estate.add("sql.operations", doc)

    return patch


def attaching(name: str) -> Patch:
    def patch(estate: Estate) -> None:
        service = estate.resource("run.services", BACKEND)
        for revision in estate.wanted_revisions():
            if f"/services/{BACKEND}/" in revision:
                doc = estate.resource("run.revisions", revision.rpartition("/")[2])
                doc["volumes"] = [{"name": "cloudsql", "cloudSqlInstance": {"instances": [name]}}] if name else []
        service["template"].pop("volumes", None)

    return patch


def long_name(estate: Estate) -> None:
    doc = deepcopy(estate.resource("sql.instances", INSTANCE))
    doc |= {"name": "a" * 70, "connectionName": LONG, "selfLink": doc["selfLink"].replace(INSTANCE, "a" * 70)}
    estate.add("sql.instances", doc)
    attaching(LONG)(estate)


def no_address(doc: Json) -> None:
    doc["settings"]["ipConfiguration"]["ipv4Enabled"] = False
    doc["ipAddresses"] = [item for item in doc["ipAddresses"] if item["type"] != "PRIMARY"]


LONG = "netra-staging:us-central1:" + "a" * 70

SCENARIOS = (
    Scenario("as declared", "sql.private-network-wrong", Status.PASS, declared=sql("private_network: staging-vpc")),
    Scenario("another", "sql.private-network-wrong", Status.FAIL, declared=sql("private_network: other-vpc")),
    Scenario(
        "none",
        "sql.private-network-wrong",
        Status.FAIL,
        ip(privateNetwork=""),
        sql("private_network: staging-vpc"),
        says="no private network",
    ),
    Scenario("refused", "sql.private-network-wrong", Status.UNKNOWN, refused, sql("private_network: staging-vpc")),
    Scenario("no authorised network", "sql.public-access", Status.PASS),
    Scenario("everybody", "sql.public-access", Status.FAIL, ip(authorizedNetworks=[{"value": "0.0.0.0/0"}])),
    Scenario(
        "everybody in two halves",
        "sql.public-access",
        Status.FAIL,
        ip(authorizedNetworks=[{"value": "0.0.0.0/1"}, {"value": "128.0.0.0/1"}]),
    ),
    Scenario(
        "everybody, until yesterday",
        "sql.public-access",
        Status.PASS,
        ip(authorizedNetworks=[{"value": "0.0.0.0/0", "expirationTime": "2025-09-17T00:00:00Z"}]),
    ),
    Scenario("an office", "sql.public-access", Status.PASS, ip(authorizedNetworks=[{"value": "198.51.100.0/24"}])),
    Scenario("not a range", "sql.public-access", Status.UNKNOWN, ip(authorizedNetworks=[{"value": "office"}])),
    Scenario(
        "encrypted only", "sql.ssl-not-enforced", Status.PASS, ip(sslMode="ENCRYPTED_ONLY"), sql("ssl: encrypted-only")
    ),
    Scenario(
        "stricter",
        "sql.ssl-not-enforced",
        Status.PASS,
        ip(sslMode="TRUSTED_CLIENT_CERTIFICATE_REQUIRED"),
        sql("ssl: encrypted-only"),
    ),
    Scenario(
        "anything goes",
        "sql.ssl-not-enforced",
        Status.FAIL,
        ip(sslMode="ALLOW_UNENCRYPTED_AND_ENCRYPTED"),
        sql("ssl: encrypted-only"),
    ),
    Scenario(
        "a mode never seen", "sql.ssl-not-enforced", Status.UNKNOWN, ip(sslMode="QUANTUM"), sql("ssl: encrypted-only")
    ),
    Scenario("years left", "sql.server-ca-expiring", Status.PASS),
    Scenario(
        "twenty days left",
        "sql.server-ca-expiring",
        Status.WARN,
        instance(lambda doc: doc["serverCaCert"].update(expirationTime="2025-10-08T09:00:00Z")),
    ),
    Scenario(
        "three days left",
        "sql.server-ca-expiring",
        Status.FAIL,
        instance(lambda doc: doc["serverCaCert"].update(expirationTime="2025-09-21T09:00:00Z")),
    ),
    Scenario("not said", "sql.server-ca-expiring", Status.UNKNOWN, instance(lambda doc: doc.pop("serverCaCert"))),
    Scenario("public address", "sql.socket-needs-public-ip", Status.PASS, declared=BY_SOCKET),
    Scenario("private address only", "sql.socket-needs-public-ip", Status.FAIL, instance(no_address), BY_SOCKET),
    Scenario("instances refused", "sql.socket-needs-public-ip", Status.UNKNOWN, refused, BY_SOCKET),
    Scenario("attached", "sql.socket-not-attached", Status.PASS, declared=BY_SOCKET),
    Scenario("not attached", "sql.socket-not-attached", Status.FAIL, attaching(""), BY_SOCKET, says="none"),
    Scenario("services refused", "sql.socket-not-attached", Status.UNKNOWN, services_refused, BY_SOCKET),
    Scenario("all there", "sql.attachment-dangling", Status.PASS),
    Scenario(
        "wrong region", "sql.attachment-dangling", Status.FAIL, attaching(f"netra-staging:europe-west1:{INSTANCE}")
    ),
    Scenario("another project", "sql.attachment-dangling", Status.UNKNOWN, attaching("other-project:us-central1:db")),
    Scenario("short enough", "sql.socket-path-too-long", Status.PASS),
    Scenario("96 bytes", "sql.socket-path-too-long", Status.FAIL, long_name),
    Scenario("services refused", "sql.socket-path-too-long", Status.UNKNOWN, services_refused),
    Scenario("nothing going on", "sql.operation-pending", Status.PASS),
    Scenario("a backup ended lately", "sql.operation-pending", Status.PASS, operation(operationType="BACKUP_VOLUME")),
    Scenario("running", "sql.operation-pending", Status.FAIL, operation(status="RUNNING", endTime=""), says="RUNNING"),
    Scenario("restarted lately", "sql.operation-pending", Status.FAIL, operation(operationType="RESTART")),
    Scenario(
        "the last one failed",
        "sql.operation-pending",
        Status.FAIL,
        operation(error={"errors": [{"code": "INTERNAL", "message": "synthetic"}]}),
        says="INTERNAL",
    ),
    Scenario("refused", "sql.operation-pending", Status.UNKNOWN, operations_refused),
    Scenario("a status never seen", "sql.operation-pending", Status.UNKNOWN, operation(status="PAUSED")),
)
