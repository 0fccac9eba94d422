"""Call, Answer, Gap and the method table: every read that `diag` can make of the platform.

The table is the only list of API methods. The live source calls by it, the wire-level fake of the
tests serves by it, `diag role` derives permissions from it. Imports no google package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

Json = dict[str, Any]


class Verb(Enum):
    """What a method does; no verb here changes anything."""

    GET = "get"
    LIST = "list"
    AGGREGATED_LIST = "aggregatedList"


@dataclass(frozen=True, slots=True)
class Method:
    """One read method of one API: a row of the table."""

    key: str
    """Our name: `api.collection.verb`."""
    topic: str
    """The kind of fact it gives; checks name topics in `reads`."""
    api: str
    name: str
    """The name that evidence shows."""
    verb: Verb
    permission: str
    client: str
    """Path of the client library's method below `google.cloud`: `package.services.service.Client.method`."""
    http: str
    """REST path with the request's fields in braces; `{parent=…}` fields span slashes."""
    rpc: str = ""
    """gRPC path `/package.Service/Method`; empty where the client library speaks REST."""
    items: str = ""
    """The field that holds a list's resources; of an aggregated list, the field within each scope."""
    partial: tuple[str, ...] = ()
    """Top-level fields that, when not empty, say that the answer is not whole."""


def _run(service: str, collection: str, verb: Verb, name: str) -> Method:
    singular = service[:-1].lower()
    listing = verb is Verb.LIST
    function = f"list_{singular}s" if listing else f"get_{singular}"
    return Method(
        key=f"run.{collection}.{verb.value}",
        topic=collection,
        api="run.googleapis.com",
        name=name,
        verb=verb,
        permission=f"run.{collection}.{verb.value}",
        client=f"run_v2.services.{collection}.{service}Client.{function}",
        http=f"/v2/{{parent}}/{collection}" if listing else "/v2/{name}",
        rpc=f"/google.cloud.run.v2.{service}/{name}",
        items=collection if listing else "",
        partial=("unreachable",) if listing else (),
    )


def _sql(service: str, collection: str, verb: Verb, permission: str) -> Method:
    listing = verb is Verb.LIST
    path = f"/v1/projects/{{project}}/{collection}"
    return Method(
        key=f"sql.{collection}.{verb.value}",
        topic="operations" if collection == "operations" else collection,
        api="sqladmin.googleapis.com",
        name=f"{collection}.{verb.value}",
        verb=verb,
        permission=permission,
        client=f"sqladmin_v1.services.sql_{collection}_service.{service}Client.{verb.value}",
        http=path if listing else f"{path}/{{instance}}",
        rpc=f"/google.cloud.sql.v1.{service}/{verb.value.capitalize()}",
        items="items" if listing else "",
        partial=("warnings",) if listing and collection == "instances" else (),
    )


def _vpcaccess(verb: Verb, name: str) -> Method:
    listing = verb is Verb.LIST
    return Method(
        key=f"vpcaccess.connectors.{verb.value}",
        topic="connectors",
        api="vpcaccess.googleapis.com",
        name=name,
        verb=verb,
        permission=f"vpcaccess.connectors.{verb.value}",
        client="vpcaccess_v1.services.vpc_access_service.VpcAccessServiceClient."
        + ("list_connectors" if listing else "get_connector"),
        http="/v1/{parent}/connectors" if listing else "/v1/{name}",
        rpc=f"/google.cloud.vpcaccess.v1.VpcAccessService/{name}",
        items="connectors" if listing else "",
    )


def _certificates(topic: str, function: str, name: str, permission: str, path: str, items: str) -> Method:
    listing = bool(items)
    verb = Verb.LIST if listing else Verb.GET
    return Method(
        key=f"certificatemanager.{topic}.{verb.value}",
        topic=topic,
        api="certificatemanager.googleapis.com",
        name=name,
        verb=verb,
        permission=f"certificatemanager.{permission}.{verb.value}",
        client=f"certificate_manager_v1.services.certificate_manager.CertificateManagerClient.{function}",
        http=path,
        rpc=f"/google.cloud.certificatemanager.v1.CertificateManager/{name}",
        items=items,
        partial=("unreachable",) if listing else (),
    )


_SNAKE = {
    "networks": "networks",
    "subnetworks": "subnetworks",
    "routes": "routes",
    "routers": "routers",
    "forwardingRules": "forwarding_rules",
    "targetHttpsProxies": "target_https_proxies",
    "targetHttpProxies": "target_http_proxies",
    "urlMaps": "url_maps",
    "backendServices": "backend_services",
    "networkEndpointGroups": "network_endpoint_groups",
    "sslCertificates": "ssl_certificates",
    "sslPolicies": "ssl_policies",
    "healthChecks": "health_checks",
}


def _compute(collection: str, verb: Verb) -> Method:
    snake = _SNAKE[collection]
    client = "".join(part.capitalize() for part in snake.split("_"))
    aggregated = verb is Verb.AGGREGATED_LIST
    path = f"aggregated/{collection}" if aggregated else f"global/{collection}"
    return Method(
        key=f"compute.{collection}.{verb.value}",
        topic=snake,
        api="compute.googleapis.com",
        name=f"{collection}.{verb.value}",
        verb=verb,
        permission=f"compute.{collection}.list",
        client=f"compute_v1.services.{snake}.{client}Client.{'aggregated_list' if aggregated else 'list'}",
        http=f"/compute/v1/projects/{{project}}/{path}",
        items=collection if aggregated else "items",
        partial=("unreachables", "warning") if aggregated else ("warning",),
    )


METHODS: Mapping[str, Method] = {
    method.key: method
    for method in (
        _run("Services", "services", Verb.LIST, "ListServices"),
        _run("Services", "services", Verb.GET, "GetService"),
        _run("Revisions", "revisions", Verb.GET, "GetRevision"),
        _vpcaccess(Verb.LIST, "ListConnectors"),
        _vpcaccess(Verb.GET, "GetConnector"),
        _sql("SqlInstancesService", "instances", Verb.LIST, "cloudsql.instances.list"),
        _sql("SqlInstancesService", "instances", Verb.GET, "cloudsql.instances.get"),
        _sql("SqlOperationsService", "operations", Verb.LIST, "cloudsql.instances.get"),
        _sql("SqlTiersService", "tiers", Verb.LIST, "cloudsql.instances.list"),
        _compute("networks", Verb.LIST),
        _compute("subnetworks", Verb.AGGREGATED_LIST),
        _compute("routes", Verb.LIST),
        _compute("routers", Verb.AGGREGATED_LIST),
        _compute("forwardingRules", Verb.AGGREGATED_LIST),
        _compute("targetHttpsProxies", Verb.AGGREGATED_LIST),
        _compute("targetHttpProxies", Verb.AGGREGATED_LIST),
        _compute("urlMaps", Verb.AGGREGATED_LIST),
        _compute("backendServices", Verb.AGGREGATED_LIST),
        _compute("networkEndpointGroups", Verb.AGGREGATED_LIST),
        _compute("sslCertificates", Verb.AGGREGATED_LIST),
        _compute("sslPolicies", Verb.AGGREGATED_LIST),
        _compute("healthChecks", Verb.AGGREGATED_LIST),
        _certificates(
            "certificates",
            "list_certificates",
            "ListCertificates",
            "certs",
            "/v1/{parent}/certificates",
            "certificates",
        ),
        _certificates("certificates", "get_certificate", "GetCertificate", "certs", "/v1/{name}", ""),
        _certificates(
            "certificate_map_entries",
            "list_certificate_map_entries",
            "ListCertificateMapEntries",
            "certmapentries",
            "/v1/{parent}/certificateMapEntries",
            "certificateMapEntries",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Call:
    """One read: a method of the table and the request's fields, in a form that can key a dict."""

    method: Method
    request: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, key: str, **request: str) -> Call:
        """The call of the table's method `key`, e.g. `Call.of("run.services.list", parent="projects/…")`."""
        return cls(METHODS[key], tuple(sorted(request.items())))

    def __getitem__(self, field: str) -> str:
        return dict(self.request)[field]

    def __str__(self) -> str:
        return f"{self.method.api} {self.method.name} {' '.join(value for _, value in self.request)}".rstrip()

    @property
    def target(self) -> str:
        """The resource or collection that is read: `projects/…`, for messages and for unknown findings."""
        request = dict(self.request)
        if "name" in request or "parent" in request:
            return request.get("name") or request["parent"]
        if self.method.verb is Verb.GET:
            return f"projects/{request['project']}/{self.method.key.split('.')[1]}/{request['instance']}"
        return f"projects/{request['project']}"


class GapKind(Enum):
    """Why a call, or a field, gave no answer; the value is the word in bundles."""

    DENIED = "denied"
    DISABLED = "disabled"
    NOT_FOUND = "not-found"
    UNAUTHENTICATED = "unauthenticated"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate-limited"
    REFUSED = "refused"
    MALFORMED = "malformed"
    PARTIAL = "partial"
    NOT_COLLECTED = "not-collected"
    UNDOCUMENTED = "undocumented"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Gap:
    """A call that gave no answer, or a value that cannot be read: why, and what would help."""

    kind: GapKind
    message: str
    """One sentence: what was not seen and why."""
    call: Call | None = None
    permission: str | None = None
    """The IAM permission that was missing."""
    advice: str = ""
    """What to type or grant next."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave: proto3 JSON as the REST API shows it, all pages merged into one."""

    doc: Json
    partial: tuple[Gap, ...] = ()
    """What the API itself said was left out (`unreachable`, `warning`, a page that failed)."""


class Source(Protocol):
    """The one seam: live APIs, a recorded bundle and the tests answer calls through it."""

    def fetch(self, call: Call, timeout_s: float) -> Answer | Gap:
        """The answer or the gap of one call, within `timeout_s` seconds; raises nothing of the transport's."""
        ...
