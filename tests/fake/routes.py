"""HTTP paths of the method table, and the older ones that gcloud asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from diag.calls import METHODS, Method, Verb
from diag.methods.access import ACCESS

_PAIRS = "[^/]+/[^/:]+(?:/[^/]+/[^/:]+)*"

_OLDER = ((re.compile(r"^/sql/v1beta4/"), "/v1/"), (re.compile(r"^/v1beta4/"), "/v1/"))
"""Cloud SQL's paths before v1: the resources have the same shape."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and the pattern of its path."""

    method: Method
    pattern: re.Pattern[str]


def _pattern(method: Method) -> re.Pattern[str]:
    # A resource name's collection tells two methods apart that share the path `/v2/{name}`.
    collection = method.key.split(".")[1]
    named = _PAIRS if method.verb is Verb.LIST else f"(?:[^/]+/[^/]+/)*{collection}/[^/:]+"
    shapes = {"name": named, "resource": named, "parent": _PAIRS}

    def field(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"(?P<{name}>{shapes.get(name, '[^/]+')})"

    return re.compile("^" + re.sub(r"\\\{(\w+)(?:=[^}]*)?\\\}", field, re.escape(method.http)) + "$")


ROUTES = tuple(Route(method, _pattern(method)) for method in (*METHODS.values(), ACCESS))


def route(path: str) -> tuple[Method, dict[str, str]] | None:
    """The method that a path asks for and the request's fields in it."""
    for older, newer in _OLDER:
        path = older.sub(newer, path)
    for candidate in ROUTES:
        match = candidate.pattern.match(path)
        if match:
            return candidate.method, match.groupdict()
    return None
