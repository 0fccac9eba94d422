"""What the fake says to one request, before it is put on a wire: pages, faults, recorded gaps."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from diag.calls import Json, Method, Verb
from diag.methods.access import ACCESS
from tests.fake.faults import Error, Fault, error_of, fault_of_gap
from tests.fake.recorded import Bundle, Recorded, Request
from tests.fake.secrets import Secrets, access

Faults = Mapping[str, Fault | tuple[Fault, int]]
"""Method key, or `*` for all → a fault, or a fault and how many requests of the method it hits."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Exactly one of: a document, an error, `hang`, or a document that is put on the wire damaged."""

    doc: Json | None = None
    error: Error | None = None
    hang: bool = False
    damaged: bool = False


class Responder:
    """Answers requests from a bundle; safe to use from many threads."""

    def __init__(
        self, bundle: Bundle, page_size: int | None, faults: Faults, retry_after_s: int, secrets: Secrets
    ) -> None:
        self._bundle = bundle
        self._secrets = secrets
        self._page_size = page_size
        self._faults = dict(faults)
        self._retry_after_s = retry_after_s
        self._hits: dict[str, int] = {}
        self._lock = threading.Lock()

    def reply(self, method: Method, request: Request, page_token: str, asked_size: int = 0) -> Reply:
        """The reply to one request for one page."""
        fault = self._fault(method)
        if fault is Fault.PARTIAL:
            return self._partial(method, request, page_token, asked_size)
        if fault is not None:
            return self._failed(fault, method, request)
        if method is ACCESS:
            said = access(self._secrets, dict(request)["name"])
            return Reply(said) if isinstance(said, dict) else Reply(error=said)
        if method.verb is Verb.TEST_IAM_PERMISSIONS:
            return Reply({"permissions": [value for key, value in request if key.startswith("permissions")]})
        found = self._bundle.find(method, request)
        if found is None:
            return Reply(error=error_of(Fault.NOT_FOUND, method, _project(request)))
        if found.answer is None:
            return self._gap(found)
        return Reply(self._page(method, found.answer, page_token, asked_size))

    def _fault(self, method: Method) -> Fault | None:
        found = self._faults.get(method.key, self._faults.get("*"))
        if not isinstance(found, tuple):
            return found
        with self._lock:
            hits = self._hits[method.key] = self._hits.get(method.key, 0) + 1
        return found[0] if hits <= found[1] else None

    def _failed(self, fault: Fault, method: Method, request: Request, permission: str = "") -> Reply:
        match fault:
            case Fault.HANG:
                return Reply(hang=True)
            case Fault.MALFORMED:
                return Reply(damaged=True)
            case Fault.EMPTY:
                return Reply({})
        return Reply(error=error_of(fault, method, _project(request), permission, self._retry_after_s))

    def _gap(self, found: Recorded) -> Reply:
        gap = found.gap or {}
        fault = fault_of_gap(gap.get("kind", ""))
        return self._failed(fault, found.method, found.request, gap.get("permission") or "")

    def _partial(self, method: Method, request: Request, page_token: str, asked_size: int) -> Reply:
        """Incomplete in the way that the method has: its own field, a last page that fails, a body cut short."""
        if page_token == _LOST_PAGE:
            return Reply(error=error_of(Fault.UNAVAILABLE, method, _project(request)))
        found = self._bundle.find(method, request)
        doc = copy.deepcopy(self._page(method, (found.answer if found else None) or {}, page_token, asked_size))
        if method.partial and not page_token:
            doc.update(_left_out(method))
        elif method.verb.lists and method.key != "sql.tiers.list":
            doc["nextPageToken"] = _LOST_PAGE
        else:
            return Reply(damaged=True)
        return Reply(doc)

    def _page(self, method: Method, doc: Json, token: str, asked_size: int) -> Json:
        size = min(filter(None, (self._page_size, asked_size)), default=0)
        if not method.verb.lists or method.key == "sql.tiers.list":
            return doc
        start = int(token or 0)
        cut = _cut_scopes if method.verb is Verb.AGGREGATED_LIST else _cut
        return cut(doc, method.items, start, size)


_LOST_PAGE = "9999999"


def _cut(doc: Json, field: str, start: int, size: int) -> Json:
    items = doc.get(field, [])
    end = start + size if size else len(items)
    rest = {key: value for key, value in doc.items() if key != field}
    return rest | {field: items[start:end]} | _next(end, len(items))


def _cut_scopes(doc: Json, field: str, start: int, size: int) -> Json:
    """A page of an aggregated list: scopes without a resource on it carry the API's harmless warning."""
    scopes = doc.get("items", {})
    flat = [(scope, item) for scope, content in scopes.items() for item in content.get(field, [])]
    end = start + size if size else len(flat)
    page: Json = {scope: {key: content[key] for key in content if key != field} for scope, content in scopes.items()}
    for scope, item in flat[start:end]:
        page[scope].setdefault(field, []).append(item)
    for scope in ("global", *page):
        if not page.setdefault(scope, {}):
            said = f"There are no results for scope '{scope}' on this page."
            data = [{"key": "scope", "value": scope}]
            page[scope] = {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": said, "data": data}}
    rest = {key: value for key, value in doc.items() if key != "items"}
    return rest | {"items": page} | _next(end, len(flat))


def _next(end: int, total: int) -> Json:
    return {"nextPageToken": str(end)} if end < total else {}


def _left_out(method: Method) -> Json:
    """The method's own way to say that a region is missing."""
    region = "us-east1"
    said: dict[str, Json | list[Json] | list[str]] = {
        "unreachable": [f"projects/synthetic/locations/{region}"],
        "executionErrors": [{"code": 14, "message": f"The region {region} is unreachable."}],
        "unreachables": [f"regions/{region}"],
        "warning": {"code": "UNREACHABLE", "message": f"The region {region} is unreachable."},
        "warnings": [
            {"code": "REGION_UNREACHABLE", "message": f"The region {region} is unreachable.", "region": region}
        ],
    }
    return {method.partial[0]: said[method.partial[0]]}


def _project(request: Request) -> str:
    fields = dict(request)
    named = (fields.get(key) for key in ("name", "parent", "resource", "resource_names[0]"))
    return fields.get("project") or next(filter(None, named), "/unknown").split("/")[1]
