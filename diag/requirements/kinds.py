"""The kinds of value that the file knows: how each is read, what its JSON Schema is, what to write.

A kind reads one scalar into the unit of the model (seconds, bytes, ratio, cores) or raises `Wrong`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from diag.requirements.document import Scalar
from diag.requirements.patterns import compiled
from diag.values import dataclass

Schema = Mapping[str, object]


MAX_TEXT = 2000
"""The longest text in characters; it also bounds what a pattern may cost."""

_MANY_WORDS = 500


class Wrong(Exception):
    """A value is not of its kind: what is wrong (after the path of the key), and what to write."""

    def __init__(self, what: str, write: str) -> None:
        self.what = what
        self.write = write


@dataclass(frozen=True)
class Kind:
    """One kind of scalar; `read` returns the value in the unit of the model or raises `Wrong`."""

    noun: str
    write: str
    """What to write, by example."""
    read: Callable[[Scalar], object]
    schema: Schema
    words: tuple[str, ...] = ()
    """The only allowed words, when it is a choice."""
    free_text: bool = False
    """True when any scalar is taken as it is written."""


_SHOWN = r"[\w.:/%+*~-]{1,40}"


def shown(scalar: Scalar) -> str:
    """The value as a message may show it: short plain values only, since any other may hold a secret."""
    if scalar.value is None:
        return "no value"
    return f'"{scalar.text}"' if re.fullmatch(_SHOWN, scalar.text) else "this value"


def _text_of(scalar: Scalar, noun: str, write: str) -> str:
    if isinstance(scalar.value, str):
        return scalar.value
    if scalar.value is None:
        raise Wrong("has no value", f"write {write}, or remove the key")
    raise Wrong(f"{shown(scalar)} is not {noun}", f"write {write} in quotes")


def text(noun: str, write: str, pattern: str = r"^[\s\S]*\S[\s\S]*$", *, secretive: bool = False) -> Kind:
    """Text that matches `pattern` (valid in Python and ECMAScript); `secretive` values are never shown."""

    def read(scalar: Scalar) -> str:
        value = _text_of(scalar, noun, write)
        if len(value) > MAX_TEXT:
            raise Wrong(f"is longer than {MAX_TEXT} characters", f"write {write}")
        # `fullmatch`: in Python `$` would let a final newline pass.
        if not re.fullmatch(pattern, value):
            raise Wrong(f"{'this value' if secretive else shown(scalar)} is not {noun}", f"write {write}")
        return value

    return Kind(noun, write, read, {"type": "string", "pattern": pattern, "maxLength": MAX_TEXT})


def choice(*words: str) -> Kind:
    """One of some words."""
    listed = " | ".join(words)

    def read(scalar: Scalar) -> str:
        if isinstance(scalar.value, str) and scalar.value in words:
            return scalar.value
        if not isinstance(scalar.value, str) and scalar.text in words:
            raise Wrong(f"{scalar.text} is a number here, not text", f'write "{scalar.text}" in quotes')
        raise Wrong(f"{shown(scalar)} is not one of {listed}", _hint(scalar.text, words) or "write one of them")

    return Kind(f"one of {listed}", listed, read, {"enum": list(words)}, words)


def _hint(word: str, words: tuple[str, ...]) -> str:
    found = closest(word, words)
    return f'did you mean "{found}"? write {found}' if found else ""


def closest(word: str, words: tuple[str, ...]) -> str | None:
    """The word of `words` that `word` is most likely a slip of, or None."""
    import difflib

    if len(words) > _MANY_WORDS:
        return None  # a guess for each of many slips among many names would take minutes
    by_lower = {known.lower(): known for known in words}
    found = difflib.get_close_matches(word[:80].lower().replace("-", "_"), by_lower, n=1)
    found = found or difflib.get_close_matches(word[:80].lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def _read_boolean(scalar: Scalar) -> bool:
    if isinstance(scalar.value, bool):
        return scalar.value
    yes, no = ("yes", "on", "y", "true", "1"), ("no", "off", "n", "false", "0")
    word = scalar.text.lower()
    write = "write true" if word in yes else "write false" if word in no else "write true or false"
    raise Wrong(f"{shown(scalar)} is not a boolean", write)


BOOLEAN = Kind("a boolean", "true or false", _read_boolean, {"type": "boolean"})


def whole(least: int = 0, most: int = 1_000_000) -> Kind:
    """A whole number between two bounds, both allowed."""
    noun = f"a whole number from {least} to {most}"

    def read(scalar: Scalar) -> int:
        value = scalar.value
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) < 10:
            raise Wrong(f'"{value}" is text here, not a number', f"write {int(value)} without quotes")
        raise Wrong(f"{shown(scalar)} is not {noun}", f"write a number such as {max(least, 1)}")

    return Kind(noun, str(max(least, 1)), read, {"type": "integer", "minimum": least, "maximum": most})


def _read_version(scalar: Scalar) -> int:
    if scalar.value == 1 and isinstance(scalar.value, int) and not isinstance(scalar.value, bool):
        return 1
    raise Wrong(f"{shown(scalar)} is not a version of this file that diag knows", "write `version: 1`")


VERSION = Kind("the version 1", "1", _read_version, {"const": 1})


def measured(
    noun: str, write: str, pattern: str, units: Mapping[str, float], *, per: int = 1, exact: bool = False
) -> Kind:
    """A number with a unit, read as number × `units[unit]` / `per`; an int when `exact`."""

    def read(scalar: Scalar) -> float | int:
        found = re.fullmatch(pattern, scalar.text) if isinstance(scalar.value, str) else None
        if found:
            value = float(found["number"]) * units[found["unit"]] / per
            return int(value) if exact else value
        if isinstance(scalar.value, int | float) and not isinstance(scalar.value, bool):
            raise Wrong(f"{shown(scalar)} has no unit", f"write {noun} such as {write}")
        raise Wrong(f"{shown(scalar)} is not {noun}", f"write {write}")

    plain = pattern.replace("?P<number>", "").replace("?P<unit>", "")
    return Kind(noun, write, read, {"type": "string", "pattern": f"^{plain}$"})


DURATION = measured(
    "a duration",
    "600s, 10m, 1h or 30d",
    r"(?=.*[1-9])(?P<number>[0-9]{1,9}(?:\.[0-9]{1,3})?)(?P<unit>[smhd])",
    {"s": 1, "m": 60, "h": 3600, "d": 86400},
)
PERCENT = measured(
    "a percentage from 0% to 100%",
    "70%",
    r"(?P<number>100(?:\.0{1,3})?|[0-9]{1,2}(?:\.[0-9]{1,3})?)(?P<unit>%)",
    {"%": 1},
    per=100,
)
_BINARY = {unit: 1024.0**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti"), 1)}
_DECIMAL = {unit: 1000.0**power for power, unit in enumerate(("K", "M", "G", "T"), 1)}
SIZE = measured(
    "a size",
    "512Mi or 6Gi",
    r"(?=.*[1-9])(?P<number>[0-9]{1,9}(?:\.[0-9]{1,3})?)(?P<unit>[KMGT]i?)",
    {**_BINARY, **_DECIMAL},
    exact=True,
)


def _read_cpu(scalar: Scalar) -> float:
    found = re.fullmatch(_CPU, scalar.text) if not isinstance(scalar.value, bool) else None
    if not found:
        raise Wrong(f"{shown(scalar)} is not a number of CPUs", "write 4, 0.5 or 500m")
    return float(found[1]) / (1000 if found[2] else 1)


_CPU = r"(?=.*[1-9])([0-9]{1,5}(?:\.[0-9]{1,3})?)(m)?"
CPU = Kind(
    "a number of CPUs",
    "4, 0.5 or 500m",
    _read_cpu,
    {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": f"^{_CPU}$"}]},
)


def _read_date(scalar: Scalar) -> date:
    if isinstance(scalar.value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", scalar.value):
        try:
            return date.fromisoformat(scalar.value)
        except ValueError:
            raise Wrong(f"{shown(scalar)} is no day of the calendar", "write a date such as 2026-12-31") from None
    raise Wrong(f"{shown(scalar)} is not a date", "write a date such as 2026-12-31")


DATE = Kind("a date", "2026-12-31", _read_date, {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})


def _read_time(scalar: Scalar) -> datetime:
    if not (isinstance(scalar.value, str) and re.fullmatch(_TIME, scalar.value)):
        raise Wrong(f"{shown(scalar)} is not a time with its zone", "write 2026-12-01T02:00:00Z")
    try:
        return datetime.fromisoformat(scalar.value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Wrong(f"{shown(scalar)} is no moment of the calendar", "write 2026-12-01T02:00:00Z") from None


_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
TIME = Kind("a time", "2026-12-01T02:00:00Z", _read_time, {"type": "string", "pattern": _TIME})


def _read_as_written(scalar: Scalar) -> str:
    if scalar.value is None:
        raise Wrong("has no value", 'write the value, or "" for an empty one')
    return scalar.text


AS_WRITTEN = Kind(
    "a value",
    "the value in quotes",
    _read_as_written,
    {"type": ["string", "number", "boolean"]},
    free_text=True,
)
"""Text that the platform keeps as text; `8080` and `true` are taken as they are written."""

JSON_SCALAR = Kind(
    "a JSON value",
    "the value",
    lambda scalar: scalar.value,
    {"type": ["string", "number", "boolean", "null"]},
    free_text=True,
)


@dataclass(frozen=True)
class Bound:
    """A limit whose unit the file chose: `ratio` (0–1), `seconds` or `number`."""

    value: float
    unit: str


def _read_bound(scalar: Scalar) -> Bound:
    for kind, unit in ((PERCENT, "ratio"), (DURATION, "seconds")):
        try:
            value = kind.read(scalar)
        except Wrong:
            continue
        if isinstance(value, float):
            return Bound(value, unit)
    if isinstance(scalar.value, int | float) and not isinstance(scalar.value, bool) and 0 <= scalar.value < 1e12:
        return Bound(float(scalar.value), "number")
    raise Wrong(f"{shown(scalar)} is not a percentage, a duration or a number", "write 70%, 25s or 80")


BOUND = Kind(
    "a percentage, a duration or a number",
    "70%, 25s or 80",
    _read_bound,
    {"anyOf": [dict(PERCENT.schema), dict(DURATION.schema), {"type": "number", "minimum": 0}]},
)


_NOT_RE2 = (
    r"\\[1-9]|\\Z|\(\?(?:[=!>(]|<[=!]|P=)|[*+?}]\+|\{[0-9]*,?[0-9]{4,}\}"
    r"|(?P<passed>\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\])"
)


def _read_pattern(scalar: Scalar) -> str:
    value = _text_of(scalar, "a regular expression", "it")
    for found in re.finditer(_NOT_RE2, value):
        if found["passed"] is None:
            what = f"{found.group()} in the pattern is not RE2: no look-around, back-reference or possessive repeat"
            raise Wrong(what, "write the pattern without it: Cloud Logging searches with RE2")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise Wrong(
            f"the pattern does not compile: {error}", "correct it, in single quotes so that \\d stays"
        ) from None
    try:
        compiled(value)
    except ValueError as error:
        write = "write the pattern without it: Cloud Logging searches with RE2"
        raise Wrong(f"the pattern is not RE2: {error}", write) from None
    return value


PATTERN = Kind("a regular expression", "a regular expression", _read_pattern, {"type": "string", "format": "regex"})
