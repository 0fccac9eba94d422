"""The defaults that proto3 gives to absent fields, read from the client libraries' own message types."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from diag.rules.kinds import KINDS
from tests.fixtures.messages import RESPONSES

_DEEPEST = 7
_NUMBERS = {FieldDescriptor.CPPTYPE_DOUBLE: 0.0, FieldDescriptor.CPPTYPE_FLOAT: 0.0}
_LARGE = {FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64}


def shapes() -> str:
    """The JSON that `diag.rules.defaults` reads."""
    found = {kind.method: _shape(_resource(kind.method), ()) for kind in KINDS.values()}
    return json.dumps(dict(sorted(found.items())), indent=1, sort_keys=True) + "\n"


def _resource(method: str) -> Descriptor:
    """The type of one resource; of a list, that of its items."""
    kind = RESPONSES[method]
    descriptor: Descriptor = kind.pb(kind()).DESCRIPTOR
    if method.endswith(".list"):
        repeated = [field for field in descriptor.fields if field.is_repeated and field.message_type]
        descriptor = repeated[0].message_type
    return descriptor


def _shape(descriptor: Descriptor, above: tuple[str, ...]) -> dict[str, Any]:
    if descriptor.full_name in above or len(above) >= _DEEPEST or descriptor.full_name.startswith("google.protobuf."):
        return {}
    inside = (*above, descriptor.full_name)
    return {field.json_name: _default(field, inside) for field in descriptor.fields if not _has_no_default(field)}


def _has_no_default(field: FieldDescriptor) -> bool:
    """A scalar with presence, and a message that is written as text (times, durations)."""
    if field.is_repeated:
        return False
    if field.message_type:
        return field.containing_oneof is not None or field.message_type.full_name.startswith("google.protobuf.")
    return bool(field.has_presence)


def _default(field: FieldDescriptor, above: tuple[str, ...]) -> Any:
    if field.message_type and field.message_type.GetOptions().map_entry:
        return {}
    if field.message_type:
        shape = _shape(field.message_type, above)
        return {"messages": shape} if field.is_repeated else {"message": shape}
    if field.is_repeated:
        return []
    if field.enum_type:
        return field.enum_type.values[0].name
    if field.cpp_type in _LARGE:
        return "0"
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return False
    return "" if field.cpp_type == FieldDescriptor.CPPTYPE_STRING else _NUMBERS.get(field.cpp_type, 0)
