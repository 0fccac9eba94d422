"""Reading a REST path as it stands, for the APIs that have no client library of their own (Cloud DNS)."""

from __future__ import annotations

import importlib
import re
from typing import Any

from diag.calls import Json, Method
from diag.values import dataclass


@dataclass(frozen=True)
class Reader:
    """One method of the table over a session with credentials; called as a client library's function is."""

    method: Method
    base: str
    session: Any

    def __call__(self, *, request: Json, retry: None, timeout: float) -> Json:
        """The JSON of one page.

        Raises `GoogleAPICallError`, what `requests` raises, or `ValueError` for an answer of another shape.
        """
        fields = dict(request)
        path = re.sub(r"{(\w+)}", lambda found: str(fields.pop(found.group(1))), self.method.http)
        query = {_camel(name): value for name, value in fields.items()}
        response = self.session.get(self.base + path, params=query, timeout=timeout, max_allowed_time=timeout)
        if response.status_code != 200:
            raise importlib.import_module("google.api_core.exceptions").from_http_response(response)
        doc = response.json()
        if not isinstance(doc, dict):
            raise ValueError(f"the answer is a JSON {type(doc).__name__}, not an object")
        items = doc.get(self.method.items, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ValueError(f"{self.method.items} is no list of objects")
        return doc


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
