"""What an absent field reads as: proto3's default where its message type gives it one.

proto3 JSON leaves out what is zero, false or empty. The types are data (`defaults.json`, written from the
client libraries by `python docs/generate.py`), so that judging a bundle needs no client library. A field
with presence (all of compute's) has no default: absent stays absent.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from diag.calls import Json

Shape = Mapping[str, Any]
"""Field → default of a scalar, `[]` or `{}`; `{"message": shape}` or `{"messages": shape}` for what holds fields."""


@functools.cache
def shapes() -> Mapping[str, Shape]:
    """Method key → shape of its resource."""
    loaded: Mapping[str, Shape] = json.loads((files("diag.rules") / "defaults.json").read_text("utf-8"))
    return loaded


def filled(doc: Json, shape: Shape, *, absent_messages: bool) -> Json:
    """The resource with every default in its place; messages that are absent too, when that is asked for."""
    whole = dict(doc)
    for name, default in shape.items():
        present = name in whole
        match default:
            case {"message": inner}:
                if present and isinstance(whole[name], dict):
                    whole[name] = filled(whole[name], inner, absent_messages=absent_messages)
                elif not present and absent_messages:
                    whole[name] = filled({}, inner, absent_messages=True)
            case {"messages": inner}:
                items = whole.get(name, [])
                if isinstance(items, list):
                    whole[name] = [
                        filled(item, inner, absent_messages=absent_messages) if isinstance(item, dict) else item
                        for item in items
                    ]
            case _ if not present:
                whole[name] = default
    return whole
