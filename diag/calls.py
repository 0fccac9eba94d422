"""Call, Answer, Gap and Source: one read of the platform, what came of it, and who answers it.

The methods that can be called are the rows of `diag.methods`.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Protocol

from diag.methods import METHODS, Json, Method, Verb
from diag.values import dataclass


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
        # A filter is long and for machines; of a metric it names the one that is meant.
        metric = re.search(r'metric\.type="([^"]+)"', dict(self.request).get("filter", ""))
        what = " ".join(value for field, value in self.request if field.partition(".")[0] not in _FOR_MACHINES)
        return " ".join(filter(None, (self.method.api, self.method.name, what, metric and metric.group(1))))

    @property
    def target(self) -> str:
        """The resource or collection that is read: `projects/…`, for messages and for unknown findings."""
        request = dict(self.request)
        for field in ("name", "parent", "resource", "resource_names[0]"):
            if field in request:
                return request[field]
        if self.method.verb.lists:
            return f"projects/{request['project']}"
        path = re.sub(r"{(\w+)}", lambda found: request[found.group(1)], self.method.http)
        return path[path.index("projects/") :].removesuffix(f"/{self.method.name.rpartition('.')[2]}")

    def body(self) -> Json:
        """The request's fields as the API nests them: `a.b` below `a`, `a[0]` in a list."""
        nested: Json = {}
        for field, value in self.request:
            *path, leaf = field.split(".")
            place = nested
            for step in path:
                place = place.setdefault(step, {})
            name, bracket, _ = leaf.partition("[")
            if bracket:
                place.setdefault(name, []).append(value)
            else:
                place[leaf] = value
        return nested


_FOR_MACHINES = ("filter", "interval", "aggregation", "order_by")


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


@dataclass(frozen=True)
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


__all__ = ["METHODS", "Answer", "Call", "Gap", "GapKind", "Json", "Method", "Source", "Verb"]
