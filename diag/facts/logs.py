"""Log entries, from API JSON (logging v2)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import unquote

from diag.calls import Json
from diag.facts.base import Origin, dig
from diag.report import Evidence
from diag.values import dataclass

_TEXTS = (
    "textPayload",
    "jsonPayload.message",
    "jsonPayload.msg",
    "jsonPayload.textPayload",
    "protoPayload.status.message",
)
"""Where the text of an entry stands, the first that is there."""


@dataclass(frozen=True)
class LogEntry:
    """One entry, redacted at the seam."""

    doc: Json
    origin: Origin

    @property
    def at(self) -> str:
        """When it was logged: RFC 3339, UTC; when it was received where it has no time."""
        return str(dig(self.doc, "timestamp") or dig(self.doc, "receiveTimestamp") or "")

    @property
    def severity(self) -> str:
        """`ERROR`, `WARNING`, …; `DEFAULT` where there is none, as of everything that a container prints."""
        return str(dig(self.doc, "severity") or "DEFAULT")

    @property
    def log(self) -> str:
        """The log's id: `run.googleapis.com/stderr`."""
        return unquote(str(dig(self.doc, "logName") or "").partition("/logs/")[2])

    @property
    def resource_type(self) -> str:
        """The kind of monitored resource: `cloud_run_revision`, `cloudsql_database`, …"""
        return str(dig(self.doc, "resource.type") or "")

    @property
    def resource(self) -> Mapping[str, str]:
        """The labels of the monitored resource."""
        labels = dig(self.doc, "resource.labels")
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
    def text(self) -> str:
        """What it says; empty when no known field holds a text."""
        return next((found for path in _TEXTS if isinstance(found := dig(self.doc, path), str)), "")

    def field(self, path: str) -> object:
        """The value at a dotted path of the entry, None when absent."""
        found: object = dig(self.doc, path)
        return found

    def evidence(self, value: str) -> Evidence:
        """What was found in it."""
        method = self.origin.call.method
        return Evidence(method.api, method.name, self.log, value, self.at, self.revision or self.service)
