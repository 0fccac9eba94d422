"""What a JSON answer says: the declared expectations, which service speaks, and what it claims of others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from diag.probes.attempt import APPLICATION, INFRASTRUCTURE, Attempt, Stopped, Verdict
from diag.probes.claim import ILL, claim_of
from diag.probes.declared import Probe
from diag.report import JsonValue, Status

_MAX_CLAIMS = 50
_CLAIMING = frozenset({"status", "state", "overall", "healthy", "connected", "degraded_count"})
_MISSING = object()


def judge_json(declared: Probe, body: bytes, attempt: Attempt) -> Verdict:
    """The verdict on a body that was read whole; one that is not JSON passes when no JSON is expected."""
    page = _parsed(body)
    if page is _MISSING and declared.json:
        raise Stopped("the body is not JSON, and the probe expects values in it", cause=APPLICATION)
    _note(body, page, attempt)
    wrong = list(_unmet(declared, page, attempt))
    if wrong:
        return Verdict(Status.FAIL, "; ".join(wrong), "body", APPLICATION)
    return _answering(declared, page, attempt) or _admitted(declared, attempt) or Verdict()


def note_claims(body: bytes, attempt: Attempt) -> None:
    """Notes what a page claims of itself and its parts; nothing when it is not JSON."""
    _note(body, _parsed(body), attempt)


def _note(body: bytes, page: object, attempt: Attempt) -> None:
    attempt.claims.update(_claims(page))
    attempt.claim = claim_of(attempt.seen.get("status"), body, page, attempt.claims)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _MISSING


def _unmet(declared: Probe, page: object, attempt: Attempt) -> Iterator[str]:
    for path, wanted in declared.json.items():
        found = at_path(page, path)
        if found is _MISSING:
            yield f"{path} is not in the body"
            continue
        attempt.seen[path] = shown(found)
        if not _same(found, wanted):
            yield f"{path} is {json.dumps(shown(found))}, not {json.dumps(wanted)}"


def at_path(page: object, path: str) -> object:
    """The value at a dotted path; a key may hold dots itself, and a number counts in a list."""
    if not path:
        return page
    parts = path.split(".")
    if isinstance(page, list):
        index = parts[0]
        inside = index.isdecimal() and int(index) < len(page)
        return at_path(page[int(index)], ".".join(parts[1:])) if inside else _MISSING
    if not isinstance(page, dict):
        return _MISSING
    for size in range(len(parts), 0, -1):
        key = ".".join(parts[:size])
        if key in page:
            found = at_path(page[key], ".".join(parts[size:]))
            if found is not _MISSING:
                return found
    return _MISSING


def _same(found: object, wanted: JsonValue) -> bool:
    """Equal as JSON has it: `true` is neither 1 nor "true"."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def shown(value: object) -> JsonValue:
    """The value as a report may show it: plain words and numbers only, since a page may say anything."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if re.fullmatch(r"[\w .:/+-]{0,60}", value) else f"text of {len(value)} characters"
    return f"a {'list' if isinstance(value, list) else 'mapping'} of {len(value)}"  # type: ignore[arg-type]


def _claims(page: object, path: str = "", depth: int = 0) -> dict[str, JsonValue]:
    """What a health page says of its parts: dotted path → value."""
    found: dict[str, JsonValue] = {}
    if not isinstance(page, dict) or depth > 4:
        return found
    for key, value in page.items():
        here = f"{path}.{key}" if path else str(key)
        if key in _CLAIMING and not isinstance(value, dict | list):
            found[here] = shown(value)
        found.update(_claims(value, here, depth + 1))
        if len(found) >= _MAX_CLAIMS:
            break
    return dict(list(found.items())[:_MAX_CLAIMS])


def _answering(declared: Probe, page: object, attempt: Attempt) -> Verdict | None:
    """A failure when the body says that another service answered than the declared route leads to."""
    name = page.get("service") if isinstance(page, dict) else None
    if not isinstance(name, str):
        return None
    attempt.seen["service"] = shown(name)
    wanted = declared.service
    if wanted is None or "service" in declared.json or _alike(name, wanted):
        return None
    others = [other for other in declared.services if other != wanted and _alike(name, other)]
    if others:
        said = f"the body says that {shown(name)} answered, and the declared route leads to {wanted}"
        return Verdict(Status.FAIL, said, "body", INFRASTRUCTURE)
    said = (
        f"the body calls its service {shown(name)}, and the declared route leads to {wanted}: "
        f"write expect.json.service to settle whether they are the same"
    )
    return Verdict(Status.WARN, said, "body", INFRASTRUCTURE)


def _alike(name: str, service: str) -> bool:
    """Whether a name can stand for the service: all its words are in the other, or the reverse."""
    mine, theirs = (set(re.split(r"[^a-z0-9]+", text.lower())) for text in (name, service))
    return mine <= theirs or theirs <= mine


def _admitted(declared: Probe, attempt: Attempt) -> Verdict | None:
    """A warning when the page answers well and says of itself, or of a part, that it is not well."""
    ill = [
        f"{path} {value}"
        for path, value in attempt.claims.items()
        if path not in declared.json and (value is False or str(value).lower() in ILL)
    ]
    if not ill:
        return None
    return Verdict(Status.WARN, f"the answer is as declared, and claims: {', '.join(ill[:5])}", "body", APPLICATION)
