"""The JSON Schema (draft 2020-12) of `diag.yaml`, from the same specification that validates it.

It is for editors: what a schema cannot say (names that refer, an order of thresholds) only `diag lint` finds.
"""

from __future__ import annotations

from typing import Any

from diag.requirements.shape import Keys, Leaf, Many, Named, Overlays, Shape, WordOr
from diag.requirements.spec import FILE, OVERLAY

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema as a new dict, ready for `json.dumps`."""
    return {
        "$schema": _DIALECT,
        "title": "diag.yaml",
        **_schema(FILE, complete=True),
        "$defs": {"overlay": _schema(OVERLAY, complete=False)},
    }


def _schema(shape: Shape, *, complete: bool) -> dict[str, Any]:
    """The schema of one element; `complete` False drops what a part of a file need not have."""
    match shape:
        case Leaf():
            body = dict(shape.kind.schema)
        case Many():
            body = {"type": "array", "items": _schema(shape.item, complete=complete)}
            body |= {"minItems": 1} if shape.nonempty else {}
        case Named():
            body = {
                "type": "object",
                "propertyNames": dict(shape.name.schema),
                "additionalProperties": _schema(shape.value, complete=complete),
            }
            body |= {"minProperties": 1} if shape.nonempty else {}
        case Keys():
            body = _object(shape, complete=complete)
        case WordOr():
            parts = (shape.word, shape.table)
            body = {"anyOf": [_schema(part, complete=complete) for part in parts]}
        case Overlays():
            body = {
                "type": "object",
                "propertyNames": dict(shape.name.schema),
                "additionalProperties": {"$ref": "#/$defs/overlay"},
            }
        case _:
            raise TypeError(f"no schema for {type(shape).__name__}")
    return {"description": shape.doc, **body}


def _object(shape: Keys, *, complete: bool) -> dict[str, Any]:
    properties = {key: _schema(value, complete=complete) for key, value in shape.keys.items()}
    body: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if not complete:
        return body
    if shape.required:
        body["required"] = list(shape.required)
    if shape.one_of:
        body["oneOf"] = [{"required": [key]} for key in shape.one_of]
    if shape.some_of:
        body["anyOf"] = [{"required": [key]} for key in shape.some_of]
    return body
