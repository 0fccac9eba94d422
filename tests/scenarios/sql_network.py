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


def everybody_and(enforcement: str) -> Patch:
    """Everybody is authorised, under a connector enforcement."""

    def change(doc: Json) -> None:
        doc["settings"]["connectorEnforcement"] = enforcement
        doc["settings"]["ipConfiguration"]["authorizedNetworks"] = [{"value": "0.0.0.0/0"}]

    return instance(change)


def network(link: str, expect: Status, declared: str = "staging-vpc") -> Scenario:
    wanted = sql(f"private_network: {declared}")
    name = f"{declared} is wanted of {link}"
    return Scenario(name, "sql.private-network-wrong", expect, ip(privateNetwork=link), wanted, INSTANCE)


def ssl(declared: str, expect: Status, mode: str = "", legacy: bool | None = None, version: str = "") -> Scenario:
    def change(doc: Json) -> None:
        settings = doc["settings"]["ipConfiguration"]
        settings |= {"sslMode": mode, "requireSsl": legacy}
        doc["settings"]["ipConfiguration"] = {key: value for key, value in settings.items() if value not in ("", None)}
        doc["databaseVersion"] = version or doc["databaseVersion"]

    name = f"{declared} is wanted of {mode or 'no mode'}, {legacy}, {version or 'PostgreSQL'}"
    return Scenario(name, "sql.ssl-not-enforced", expect, instance(change), sql(f"ssl: {declared}"), INSTANCE)


def expires(when: str, expect: Status, declared: str = "") -> Scenario:
    patch = instance(lambda doc: doc["serverCaCert"].update(expirationTime=when))
    name = f"expires {when}, {declared or 'nothing declared'}"
    return Scenario(name, "sql.server-ca-expiring", expect, patch, sql(declared), INSTANCE)


NETWORK = "projects/netra-staging/global/networks/staging-vpc"
PLAIN, ENCRYPTED, CLIENT = (
    "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
    "ENCRYPTED_ONLY",
    "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
)
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
    network("projects/701982941522/global/networks/staging-vpc", Status.PASS, NETWORK),
    network(f"https://www.googleapis.com/compute/v1/{NETWORK}", Status.PASS, NETWORK),
    network("staging-vpc", Status.PASS, NETWORK),
    network("projects/other-project/global/networks/staging-vpc", Status.FAIL, NETWORK),
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
    Scenario(
        "everybody, beside what is no range",
        "sql.public-access",
        Status.FAIL,
        ip(authorizedNetworks=[{"value": "an office"}, {"value": "0.0.0.0/0"}]),
    ),
    Scenario(
        "an office, beside what is no range",
        "sql.public-access",
        Status.UNKNOWN,
        ip(authorizedNetworks=[{"value": "198.51.100.0/24"}, {"value": "an office"}]),
    ),
    Scenario("an office", "sql.public-access", Status.PASS, ip(authorizedNetworks=[{"value": "198.51.100.0/24"}])),
    Scenario("half of everybody", "sql.public-access", Status.FAIL, ip(authorizedNetworks=[{"value": "0.0.0.0/1"}])),
    Scenario("everybody by IPv6", "sql.public-access", Status.FAIL, ip(authorizedNetworks=[{"value": "::/0"}])),
    Scenario(
        "everybody, until tomorrow",
        "sql.public-access",
        Status.FAIL,
        ip(authorizedNetworks=[{"value": "0.0.0.0/0", "expirationTime": "2025-09-19T00:00:00Z"}]),
    ),
    Scenario(
        "everybody, and no public address",
        "sql.public-access",
        Status.PASS,
        ip(authorizedNetworks=[{"value": "0.0.0.0/0"}], ipv4Enabled=False),
    ),
    Scenario(
        "everybody, and connectors only",
        "sql.public-access",
        Status.PASS,
        everybody_and("REQUIRED"),
        says="out of force",
    ),
    Scenario(
        "everybody, and an enforcement never seen", "sql.public-access", Status.UNKNOWN, everybody_and("SOMETIMES")
    ),
    Scenario(
        "an enforcement never seen that does not matter",
        "sql.public-access",
        Status.PASS,
        instance(lambda doc: doc["settings"].update(connectorEnforcement="SOMETIMES")),
    ),
    Scenario(
        "everybody, as declared",
        "sql.public-access",
        Status.SKIP,
        ip(authorizedNetworks=[{"value": "0.0.0.0/0"}]),
        sql("public_access: true"),
        INSTANCE,
    ),
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
    ssl("any", Status.PASS, PLAIN),
    ssl("client-certificate", Status.FAIL, ENCRYPTED),
    ssl("client-certificate", Status.PASS, CLIENT),
    ssl("encrypted-only", Status.FAIL),
    ssl("encrypted-only", Status.FAIL, legacy=False),
    ssl("client-certificate", Status.PASS, legacy=True),
    ssl("client-certificate", Status.PASS, "SSL_MODE_UNSPECIFIED", legacy=True),
    ssl("encrypted-only", Status.PASS, legacy=True, version="SQLSERVER_2022_STANDARD"),
    ssl("client-certificate", Status.FAIL, legacy=True, version="SQLSERVER_2022_STANDARD"),
    ssl("encrypted-only", Status.FAIL, PLAIN, legacy=True),
    expires("2025-10-18T09:00:01Z", Status.PASS),
    expires("2025-10-18T09:00:00Z", Status.WARN),
    expires("2025-09-25T09:00:01Z", Status.WARN),
    expires("2025-09-25T09:00:00Z", Status.FAIL),
    expires("2025-09-18T08:00:00Z", Status.FAIL),
    expires("2025-11-10T00:00:00Z", Status.WARN, "server_ca_expires_in: {warn: 60d, fail: 14d}"),
    expires("2025-10-01T00:00:00Z", Status.FAIL, "server_ca_expires_in: {warn: 60d, fail: 14d}"),
    expires("2025-09-25T00:00:00Z", Status.PASS, "server_ca_expires_in: {warn: 5d, fail: 2d}"),
    expires("soon", Status.UNKNOWN),
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
    Scenario(
        "another project, where it is not",
        "sql.attachment-dangling",
        Status.FAIL,
        attaching("other-project:us-central1:db"),
    ),
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
