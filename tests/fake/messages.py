"""The client libraries' own message types: what the fake says has passed through them, strictly."""

from __future__ import annotations

import functools
import importlib
import re
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
    importlib.import_module("google.cloud.audit.audit_log_pb2")  # what log entries hold in an Any
    hints = typing.get_type_hints(getattr(load(path), name))
    request = typing.get_args(hints["request"])[0]
    returned = hints["return"]
    response = typing.get_type_hints(returned.__init__)["response"] if hasattr(returned, "pages") else returned
    return Types(_plain(request), _plain(response))


def _plain(message: Any) -> Any:
    """The protobuf class; IAM's policies have no proto-plus class around it."""
    return type(message.pb(message())) if hasattr(message, "pb") else message


def canonical(method: Method, doc: Json) -> Json:
    """`doc` as it comes back from the method's response message; an API without a client library has none."""
    return json_format.MessageToDict(parse(method, doc)) if method.client else doc


def parse(method: Method, doc: Json) -> Any:
    """`doc` as the method's response; raises `json_format.ParseError` for a field that the library does not know."""
    return json_format.ParseDict(doc, types_of(method).response()) if method.client else doc


def request_fields(method: Method, body: bytes) -> Mapping[str, Any]:
    """The fields of a gRPC request, by their proto names."""
    message = types_of(method).request.FromString(body)
    fields: Mapping[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return fields


def body_fields(method: Method, body: Json) -> Mapping[str, Any]:
    """The fields of a POST's body; compute's stand below the field that the client library has for the body."""
    request = types_of(method).request
    whole = [field for field in request.DESCRIPTOR.fields if field.name.endswith("_resource")]
    doc = {whole[0].json_name: body} if whole else body
    message = json_format.ParseDict(doc, request())
    fields: Mapping[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return fields


def query_fields(method: Method, query: Mapping[str, str]) -> dict[str, str]:
    """The request's fields that REST puts into the query string, by their proto names."""
    if not method.client:
        return dict(query)
    known = {field.json_name: field.name for field in types_of(method).request.DESCRIPTOR.fields}
    named = {".".join(_snake(part) for part in key.split(".")): value for key, value in query.items()}
    return {key: value for key, value in named.items() if key.partition(".")[0] in known.values()}


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
