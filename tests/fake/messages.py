"""The client libraries' own message types: what the fake says has passed through them, strictly."""

from __future__ import annotations

import functools
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format

from diag.calls import Json, Method
from diag.cloud.lazy import load


@dataclass(frozen=True, slots=True)
class Types:
    """Request and response of one method, as protobuf classes."""

    request: Any
    response: Any


@functools.cache
def types_of(method: Method) -> Types:
    """The types that the client library's function is annotated with; a pager says what it pages over."""
    path, _, name = method.client.rpartition(".")
    hints = typing.get_type_hints(getattr(load(path), name))
    request = typing.get_args(hints["request"])[0]
    returned = hints["return"]
    response = typing.get_type_hints(returned.__init__)["response"] if hasattr(returned, "pages") else returned
    return Types(type(request.pb(request())), type(response.pb(response())))


def parse(method: Method, doc: Json) -> Any:
    """`doc` as the method's response; raises `json_format.ParseError` for a field that the library does not know."""
    return json_format.ParseDict(doc, types_of(method).response())


def request_fields(method: Method, body: bytes) -> Mapping[str, Any]:
    """The fields of a gRPC request, by their proto names."""
    message = types_of(method).request.FromString(body)
    fields: Mapping[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return fields


def query_fields(method: Method, query: Mapping[str, str]) -> dict[str, str]:
    """The request's fields that REST puts into the query string, by their proto names."""
    known = {field.json_name: field.name for field in types_of(method).request.DESCRIPTOR.fields}
    return {known[key]: value for key, value in query.items() if key in known}
