"""A bundle as a source of answers: the folder that `diag record` writes, read directly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from google.protobuf import json_format

from diag.calls import METHODS, Json, Method, Verb
from diag.facts.base import same
from tests.fake.messages import parse

Request = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded call: an answer, or the gap that it left."""

    method: Method
    request: Request
    answer: Json | None
    gap: Json | None


def request_key(fields: Mapping[str, object]) -> Request:
    """The request's own fields in one order; paging, options and times are not part of what was asked."""
    left_out = ("page_size", "page_token", "max_results", "pageToken", "maxResults", "options.", "interval.")
    flat = {key: _TIME.sub("TIME", value) for key, value in _flat(fields)}
    return tuple(sorted((key, value) for key, value in flat.items() if not key.startswith(left_out)))


_TIME = re.compile(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"')


def _flat(fields: Mapping[str, object], within: str = "") -> Iterator[tuple[str, str]]:
    """Nested fields as a `Call` holds them: `a.b`, `a[0]`."""
    for key, value in fields.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{within}{key}.")
        elif isinstance(value, list):
            yield from ((f"{within}{key}[{index}]", str(item)) for index, item in enumerate(value))
        else:
            yield f"{within}{key}", str(value)


class Bundle:
    """Answers by exact call; a `get` also from the lists, and a list that was not recorded is empty."""

    def __init__(self, folder: Path) -> None:
        """Reads and checks every file; raises `ValueError` for one that the client libraries would not take."""
        self.manifest: Json = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        found = [_read(path) for path in sorted((folder / "calls").rglob("*.json"))]
        self._calls = {(item.method.key, item.request): item for item in found}

    @property
    def calls(self) -> tuple[Recorded, ...]:
        """Every recorded call."""
        return tuple(self._calls.values())

    def find(self, method: Method, request: Request) -> Recorded | None:
        """What `method` gives for `request`; None is NOT_FOUND."""
        exact = self._calls.get((method.key, request))
        if exact is not None:
            return exact
        if method.verb.lists:
            return Recorded(method, request, {}, None)
        doc = next((item for item in self._listed(method, dict(request)) if _is(item, dict(request))), None)
        return Recorded(method, request, doc, None) if doc is not None else None

    def services(self, project: str) -> Iterator[Json]:
        """Every recorded Cloud Run service of a project, listed or read by name."""
        for item in self.calls:
            if item.method.topic == "services" and item.answer and dict(item.request):
                docs = [item.answer] if item.method.verb is Verb.GET else item.answer.get("services", [])
                yield from (doc for doc in docs if str(doc.get("name", "")).startswith(f"projects/{project}/"))

    def _listed(self, method: Method, request: Mapping[str, str]) -> Iterator[Json]:
        for item in self.calls:
            asked = dict(item.request)
            if item.method.topic != method.topic or item.method.verb is not Verb.LIST or item.answer is None:
                continue
            if asked.get("project") == request.get("project"):
                yield from item.answer.get(item.method.items, [])


def _is(item: Json, request: Mapping[str, str]) -> bool:
    return same(str(item.get("name")), request.get("name") or request.get("instance") or "")


def _read(path: Path) -> Recorded:
    doc = json.loads(path.read_text(encoding="utf-8"))
    if doc["method"] not in METHODS:
        raise ValueError(f"{path}: no method {doc['method']!r} in the table")
    method = METHODS[doc["method"]]
    answer = doc.get("answer")
    if answer is not None:
        try:
            parse(method, answer)
        except json_format.ParseError as error:
            raise ValueError(f"{path}: {error}") from error
    return Recorded(method, request_key(doc["request"]), answer, doc.get("gap"))
