"""CEL expressions of the file's own rules: compiled where they are read, so that a fault has its place.

The library is Google's (https://github.com/google/cel-spec); it is imported when a file has rules.
"""

from __future__ import annotations

import importlib
from typing import Any

from diag.requirements.document import Scalar
from diag.requirements.kinds import Kind, Wrong, text

_TEXT = text("a CEL expression of at most 2000 characters", "an expression", r"^(?=[\s\S]*\S)[\s\S]{1,2000}$")


def compiled(expression: str) -> Any:
    """The compiled expression over `resource`; raises `ValueError` with the compiler's own words."""
    cel = importlib.import_module("cel_expr_python.cel")
    try:
        return cel.NewEnv(variables={"resource": cel.Type.DYN}).compile(expression)
    except RuntimeError as error:
        first = str(error).partition("\n")[0]
        raise ValueError(first.removeprefix("INVALID_ARGUMENT: ERROR: <input>:").strip()) from None


def _read(scalar: Scalar) -> object:
    value = str(_TEXT.read(scalar))
    try:
        kind = str(compiled(value).return_type())
    except ValueError as error:
        raise Wrong(f"does not compile, at {error}", "correct it; it sees the resource's JSON as `resource`") from None
    if not any(word in kind.upper() for word in ("BOOL", "DYN")):
        raise Wrong(f"gives {kind}, not true or false", "compare it with something: resource.name == '…'")
    return value


EXPRESSION = Kind(_TEXT.noun, "an expression such as resource.name != ''", _read, _TEXT.schema)
