"""What a health page answered, as digests by which the same answer is known again; nothing of the page is in them.

A page that measures something says so by values that move: the moment of the check, how long it took, how long the
server has been up. Which these are is told by their names and by what they look like, and rather one too few than one
too many: when it was built, a time-out, an average or a number of two digits may stay the same for good reason.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice

from diag.report import Claim, JsonValue

ILL = frozenset({"degraded", "unhealthy", "down", "error", "failed", "failing", "critical", "unavailable"})
"""What a page says of a part that is not well."""

_MOMENT = frozenset({"timestamp", "ts", "now", "checked"})
_OF_NOW = frozenset({"current", "server", "check", "checked", "response"})
_PAST = frozenset(
    {"boot", "build", "built", "commit", "created", "deploy", "deployed", "deployment", "expires", "expiry", "release"}
    | {"released", "since", "start", "started", "startup", "updated", "version"}
)
_LENGTH = frozenset({"duration", "elapsed", "latency", "rtt", "took", "uptime"})
_NOT_OF_NOW = frozenset(
    {"allowed", "average", "avg", "budget", "day", "days", "hour", "hours", "interval", "last", "limit", "max", "mean"}
    | {"median", "min", "p50", "p90", "p95", "p99", "startup", "target", "threshold", "timeout", "total", "window"}
)
_DATED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d")
_TIMED = re.compile(r"(\d+(?:\.\d+)?) ?(?:ns|us|µs|ms|s|sec|seconds|milliseconds)?")
_MOST, _LOOKED_AT, _DEPTH = 20, 2000, 6


def claim_of(status: JsonValue, body: bytes, page: object, claims: Mapping[str, JsonValue]) -> Claim | None:
    """The digests of an answer that claims something; None of a page that claims nothing.

    `claims` is what it says of itself and, under dotted paths, of its parts.
    """
    if not claims:
        return None
    moving = _moving(page)
    parts = {path: value for path, value in claims.items() if "." in path}
    return Claim(
        answer=_digest(f"{status}\n".encode() + body),
        parts=_digest(_plain(claims)) if parts else "",
        values=_digest(_plain(moving)) if moving else "",
        moving=tuple(path for path in moving if re.fullmatch(r"[\w.-]{1,60}", path)),
        well=not any(value is False or str(value).lower() in ILL for value in claims.values()),
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _plain(values: Mapping[str, JsonValue]) -> bytes:
    return json.dumps(values, sort_keys=True).encode()


def _moving(page: object) -> dict[str, JsonValue]:
    """The values that a page which measures does not say twice, by their dotted paths."""
    looked_at = islice(_values(page), _LOOKED_AT)
    found = ((path, value) for path, key, value in looked_at if _moves(_words(key), value))
    return dict(islice(found, _MOST))


def _values(page: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, str, JsonValue]]:
    """Every value that is no list or mapping: its dotted path, its key, itself."""
    if depth > _DEPTH or not isinstance(page, dict | list):
        return
    for key, value in page.items() if isinstance(page, dict) else enumerate(page):
        here = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict | list):
            yield from _values(value, here, depth + 1)
        else:
            yield here, str(key), value


def _moves(words: frozenset[str], value: object) -> bool:
    return _is_moment(words, value) or _is_length(words, value)


def _words(key: str) -> frozenset[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key[:80])
    return frozenset(re.findall(r"[a-z]+\d*", apart.lower()))


def _is_moment(words: frozenset[str], value: object) -> bool:
    named = words & _MOMENT or words == {"time"} or ({"time"} <= words and words & _OF_NOW)
    if not named or words & _PAST or isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return 1e9 < value < 1e20
    return isinstance(value, str) and bool(_DATED.match(value[:40]))


def _is_length(words: frozenset[str], value: object) -> bool:
    named = words & _LENGTH or {"response", "time"} <= words
    if not named or words & _NOT_OF_NOW or isinstance(value, bool):
        return False
    if not isinstance(value, int | float | str) or not (found := _TIMED.fullmatch(str(value)[:40])):
        return False
    # Two digits are the same again by chance, or by rounding.
    return len(found[1].replace(".", "").strip("0")) >= 3
