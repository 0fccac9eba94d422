"""Log entries, from API JSON (logging v2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from urllib.parse import unquote

from diag.calls import Json
from diag.facts.base import Origin, dig, relative
from diag.report import Evidence, JsonValue
from diag.values import dataclass

RUN, SQL, BALANCER, NAT, AUDIT = "run-log", "sql-log", "balancer-log", "nat-log", "audit-log"
"""Kinds of logs, in the words of the known signatures."""

_KINDS: Mapping[str, str] = {
    "cloud_run_revision": RUN,
    "cloudsql_database": SQL,
    "http_load_balancer": BALANCER,
    "http_external_regional_lb_rule": BALANCER,
    "internal_http_lb_rule": BALANCER,
    "nat_gateway": NAT,
}
_AUDIT_LOGS = ("cloudaudit.googleapis.com/activity", "cloudaudit.googleapis.com/system_event")
_TEXTS = (
    ("textPayload",),
    ("jsonPayload", "message"),
    ("jsonPayload", "msg"),
    ("jsonPayload", "textPayload"),
    ("protoPayload", "status", "message"),
)
"""Where the text of an entry stands, the first that is there."""
_MOST_TEXTS, _DEEPEST = 100, 5
"""Of a structured payload, how many texts are looked at, and how deep they may lie."""


@dataclass(frozen=True)
class LogEntry:
    """One entry, redacted at the seam."""

    doc: Json
    origin: Origin

    @property
    def at(self) -> str:
        """When it was logged: RFC 3339, UTC; when it was received where it has no time."""
        return str(self.doc.get("timestamp") or self.doc.get("receiveTimestamp") or "")

    @property
    def severity(self) -> str:
        """`ERROR`, `WARNING`, …; `DEFAULT` where there is none, as of everything that a container prints."""
        return str(self.doc.get("severity") or "DEFAULT")

    @cached_property
    def log(self) -> str:
        """The log's id: `run.googleapis.com/stderr`."""
        return unquote(str(self.doc.get("logName") or "").partition("/logs/")[2])

    @property
    def resource_type(self) -> str:
        """The kind of monitored resource: `cloud_run_revision`, `cloudsql_database`, …"""
        return str(_at(self.doc, "resource", "type") or "")

    @cached_property
    def kind(self) -> str:
        """Which kind of log it is in; empty for one that nothing is looked for in."""
        if self.log.startswith("cloudaudit."):
            return AUDIT if self.log in _AUDIT_LOGS else ""
        return _KINDS.get(self.resource_type, "")

    @cached_property
    def resource(self) -> Mapping[str, str]:
        """The labels of the monitored resource."""
        labels = _at(self.doc, "resource", "labels")
        return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}

    @property
    def service(self) -> str:
        """The Cloud Run service that logged it; empty when it is none."""
        return self.resource.get("service_name", "")

    @property
    def revision(self) -> str:
        """The Cloud Run revision that logged it; empty when it is none."""
        return self.resource.get("revision_name", "")

    @cached_property
    def source(self) -> str:
        """The full name of what it is about: a Cloud Run service, an instance, a backend service, a router."""
        labels = self.resource
        project = labels.get("project_id") or self.origin.call.target.removeprefix("projects/")
        place = labels.get("location") or labels.get("region") or "global"
        if self.service:
            return f"projects/{project}/locations/{place}/services/{self.service}"
        if "database_id" in labels:
            owner, _, instance = labels["database_id"].rpartition(":")
            return f"projects/{owner or project}/instances/{instance}"
        if self.kind == NAT:
            router = _at(self.doc, "jsonPayload", "gateway_identifiers", "router_name")
            return f"projects/{project}/regions/{place}/routers/{router or labels.get('gateway_name', '?')}"
        if self.kind == BALANCER:
            return f"projects/{project}/{_balancer(labels, place)}"
        named = str(_at(self.doc, "protoPayload", "resourceName") or "")
        return relative(named) if "projects/" in named else f"projects/{project}"

    @property
    def text(self) -> str:
        """What it says; empty when no known field holds a text."""
        return next((found for path in _TEXTS if isinstance(found := _at(self.doc, *path), str)), "")

    @cached_property
    def said(self) -> str:
        """Every text in it: what it says, and on lines of their own the other texts of a structured payload."""
        payload = self.doc.get("jsonPayload")
        more = islice(_texts(payload), _MOST_TEXTS) if isinstance(payload, dict) else ()
        text = "\n".join(dict.fromkeys(part for part in (self.text, *more) if part))
        return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")

    @cached_property
    def lowered(self) -> str:
        """The same in lower case."""
        return self.said.lower()

    @property
    def status(self) -> int | None:
        """The status that a request was answered with; None when it is about none."""
        found = _at(self.doc, "httpRequest", "status")
        return int(found) if isinstance(found, int) or (isinstance(found, str) and found.isdecimal()) else None

    @property
    def latency_s(self) -> float | None:
        """How long the request took, in seconds; None when that is not said."""
        found = _at(self.doc, "httpRequest", "latency")
        try:
            return float(found[:-1]) if isinstance(found, str) and found.endswith("s") else None
        except ValueError:
            return None

    def field(self, path: str) -> object:
        """The value at a dotted path of the entry, None when absent."""
        found: object = dig(self.doc, path)
        return found

    def evidence(self, value: JsonValue) -> Evidence:
        """What was found in it."""
        method = self.origin.call.method
        return Evidence(method.api, method.name, self.log, value, self.at, self.revision or self.service)


def _at(doc: object, *path: str) -> object:
    """What stands at a path of names; None when a step is absent. Entries come by the ten thousand."""
    for step in path:
        if not isinstance(doc, dict):
            return None
        doc = doc.get(step)
    return doc


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """Every text below a structured payload, in its order."""
    if isinstance(value, str):
        yield value
    elif depth < _DEEPEST and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item, depth + 1)


def _balancer(labels: Mapping[str, str], place: str) -> str:
    """The backend service that a request went to, or else the URL map or rule that took it."""
    scope = "global" if place == "global" else f"regions/{place}"
    for collection, names in (
        ("backendServices", ("backend_service_name", "backend_target_name")),
        ("urlMaps", ("url_map_name",)),
        ("forwardingRules", ("forwarding_rule_name",)),
    ):
        for name in names:
            if labels.get(name):
                return f"{scope}/{collection}/{labels[name]}"
    return scope
