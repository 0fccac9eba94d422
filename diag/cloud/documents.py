"""What a client library returns, as proto3 JSON: the same as REST and `gcloud --format=json` show."""

from __future__ import annotations

import importlib
from typing import Any

from diag.calls import Json

_AUDIT_LOG = "google.cloud.audit.audit_log_pb2"
"""The type that audit log entries carry in an `Any`; it has to be known before one can be read."""


def document(response: Any) -> Json:
    """One page or resource as JSON; raises what protobuf raises for a message that cannot be read."""
    if isinstance(response, dict):
        return response
    pages = getattr(response, "pages", None)
    message = next(iter(pages)) if pages is not None else response
    # IAM's policies are plain protobuf messages; all else is proto-plus around one.
    plain = type(message).pb(message) if hasattr(type(message), "pb") else message
    if plain.DESCRIPTOR.full_name == "google.logging.v2.ListLogEntriesResponse":
        return _log_entries(plain)
    return _json(plain)


def _json(message: Any) -> Json:
    doc: Json = importlib.import_module("google.protobuf.json_format").MessageToDict(message)
    return doc


def _log_entries(page: Any) -> Json:
    """A page of log entries; a payload of a type that nobody here knows leaves its entry without one."""
    importlib.import_module(_AUDIT_LOG)
    entries = [_log_entry(entry) for entry in page.entries]
    return {"entries": entries, **({"nextPageToken": page.next_page_token} if page.next_page_token else {})}


def _log_entry(entry: Any) -> Json:
    try:
        return _json(entry)
    except TypeError:
        kind = entry.proto_payload.type_url
        entry.ClearField("proto_payload")
        return {**_json(entry), "protoPayload": {"@type": kind}}
