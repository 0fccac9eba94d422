"""What a bundle is made of: the manifest, one JSON file a call, and the bounds of both.

    manifest.json                        what was recorded, and the size of every file
    calls/<method key>/<slug>.json       {"method": …, "request": {…}, "answer": {…}} or "gap" instead

A bundle is a folder of that shape, or a .zip of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from diag.calls import METHODS, Answer, Call, Gap, GapKind, Json, Verb
from diag.values import dataclass

FORMAT = "diag-bundle"
VERSION = 1
MANIFEST = "manifest.json"
CALLS = "calls"

MAX_TOTAL_BYTES = 256 * 2**20
MAX_FILE_BYTES = 64 * 2**20
MAX_FILES = 100_000
MAX_DEPTH = 100
"""Levels of nesting in one JSON file; the deepest API message has about thirty."""


class FormatError(ValueError):
    """A document that is not of this format; the message says what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a bundle says about its recording."""

    project: str
    region: str | None
    regions: tuple[str, ...]
    """Every region that was looked at."""
    taken_at: str
    """RFC 3339, UTC."""
    principal: str | None = None
    tool: str = ""
    """Version of diag that recorded it."""
    synthetic: str | None = None
    """A sentence that says so, when the data is made up."""


def manifest_document(manifest: Manifest, calls: int, files: Mapping[str, int]) -> Json:
    """The manifest as JSON; `files` maps each path to its size in bytes."""
    doc: Json = {
        "format": FORMAT,
        "version": VERSION,
        "tool": manifest.tool,
        "project": manifest.project,
        "region": manifest.region,
        "regions": list(manifest.regions),
        "taken_at": manifest.taken_at,
        "principal": manifest.principal,
        "calls": calls,
    }
    if manifest.synthetic:
        doc["synthetic"] = manifest.synthetic
    doc["files"] = dict(sorted(files.items()))
    return doc


def parse_manifest(doc: Json) -> Manifest:
    """The manifest of its JSON, format and version already checked; raises `FormatError`."""
    return Manifest(
        project=_text(doc, "project"),
        region=_optional_text(doc, "region"),
        regions=tuple(_texts(doc, "regions")),
        taken_at=_moment(_text(doc, "taken_at")),
        principal=_optional_text(doc, "principal"),
        tool=_text(doc, "tool"),
        synthetic=_optional_text(doc, "synthetic"),
    )


def parse_files(doc: Json) -> dict[str, int]:
    """The paths and sizes that a manifest lists; raises `FormatError`."""
    files = doc.get("files")
    if not isinstance(files, dict):
        raise FormatError('"files" is not an object of path: size')
    for path, size in files.items():
        if not _is_call_path(path):
            raise FormatError(f'"files" names {path!r}, which is no file under {CALLS}/')
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise FormatError(f'"files" gives {path} no size in bytes')
    if len(files) != doc.get("calls"):
        raise FormatError(f'"calls" is {doc.get("calls")!r}, but "files" lists {len(files)}')
    return files


def _is_call_path(path: str) -> bool:
    return bool(re.fullmatch(rf"{CALLS}/[A-Za-z_]+(?:\.[A-Za-z_]+)+/[A-Za-z0-9_-][A-Za-z0-9._-]*\.json", path))


def call_document(call: Call, answer: Answer | Gap) -> Json:
    """One call with its answer or gap as JSON."""
    doc: Json = {"method": call.method.key, "request": dict(call.request)}
    if isinstance(answer, Gap):
        return {**doc, "gap": _gap_document(answer)}
    doc["answer"] = answer.doc
    if answer.partial:
        doc["partial"] = [_gap_document(gap) for gap in answer.partial]
    return doc


def _gap_document(gap: Gap) -> Json:
    doc: Json = {"kind": gap.kind.value, "message": gap.message}
    if gap.permission:
        doc["permission"] = gap.permission
    if gap.advice:
        doc["advice"] = gap.advice
    return doc


def parse_call(doc: Any) -> tuple[Call, Answer | Gap]:
    """The call and its answer or gap; raises `FormatError`."""
    if not isinstance(doc, dict):
        raise FormatError("it is not a JSON object")
    call = _parse_request(doc)
    if ("answer" in doc) == ("gap" in doc):
        raise FormatError('it needs either "answer" or "gap"')
    if "gap" in doc:
        return call, _parse_gap(doc["gap"], call)
    answer = doc["answer"]
    _check_shape(call, answer)
    partial = doc.get("partial", [])
    if not isinstance(partial, list):
        raise FormatError('"partial" is not a list')
    return call, Answer(answer, tuple(_parse_gap(gap, call) for gap in partial))


def _parse_request(doc: Json) -> Call:
    key, request = doc.get("method"), doc.get("request")
    if not isinstance(key, str) or key not in METHODS:
        raise FormatError(f"its method {key!r} is not one that this version of diag knows; a newer diag recorded it")
    if not isinstance(request, dict) or not all(isinstance(value, str) for value in request.values()):
        raise FormatError('"request" is not an object of strings')
    wanted = re.findall(r"\{(\w+)", METHODS[key].http)
    missing = [field for field in wanted if not request.get(field)]
    if missing:
        raise FormatError(f'"request" lacks {", ".join(missing)}')
    return Call.of(key, **request)


def _parse_gap(doc: Any, call: Call) -> Gap:
    if not isinstance(doc, dict):
        raise FormatError("a gap is not an object")
    kinds = {kind.value: kind for kind in GapKind}
    kind = doc.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise FormatError(f"a gap is of kind {kind!r}; known are {', '.join(kinds)}")
    message, advice = _text(doc, "message"), _optional_text(doc, "advice") or ""
    return Gap(kinds[kind], message, call, _optional_text(doc, "permission"), advice)


def _check_shape(call: Call, answer: Any) -> None:
    """Raises `FormatError` where the answer has not the outline that the method gives."""
    if not isinstance(answer, dict):
        raise FormatError('"answer" is not an object')
    items = call.method.items
    if call.method.verb is Verb.AGGREGATED_LIST:
        scopes = answer.get("items", {})
        if not isinstance(scopes, dict) or not all(isinstance(scope, dict) for scope in scopes.values()):
            raise FormatError('"answer.items" is not an object of scopes')
        for name, scope in scopes.items():
            _check_resources(scope.get(items, []), f"answer.items.{name}.{items}")
    elif call.method.verb is Verb.LIST:
        _check_resources(answer.get(items, []), f"answer.{items}")


def _check_resources(resources: Any, where: str) -> None:
    if not isinstance(resources, list) or not all(isinstance(item, dict) for item in resources):
        raise FormatError(f'"{where}" is not a list of resources')


def dump(doc: Json) -> str:
    """JSON to read and to compare: indent 2, fields in the order given, a newline at the end."""
    return json.dumps(doc, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def paths(calls: Iterable[Call]) -> dict[Call, str]:
    """A readable path for each call, the same for the same calls in whatever order."""
    taken: set[str] = set()
    named: dict[Call, str] = {}
    for call in sorted(calls, key=lambda call: (call.method.key, call.request)):
        stem = f"{CALLS}/{call.method.key}/{_slug(call)}"
        path = stem
        number = 2
        while path.lower() in taken:
            path, number = f"{stem}-{number}", number + 1
        taken.add(path.lower())
        named[call] = path + ".json"
    return named


def _slug(call: Call) -> str:
    """What the call asks about: the ids in its request, collection names left out."""
    request = dict(call.request)
    named = request.get("name") or request.get("parent") or request.get("resource_names[0]")
    ids = named.split("/")[1::2] if named else [value for _, value in sorted(call.request, key=_project_first)]
    words = [re.sub(r"[^A-Za-z0-9.-]+", "-", word).strip(".-") for word in ids]
    return "_".join(word for word in words if word)[-120:].strip("._-") or "call"


def _project_first(field: tuple[str, str]) -> tuple[bool, str]:
    return (field[0] != "project", field[0])


def _text(doc: Json, field: str) -> str:
    value = doc.get(field)
    if not isinstance(value, str) or not value:
        raise FormatError(f'"{field}" is not a text')
    return value


def _optional_text(doc: Json, field: str) -> str | None:
    return None if doc.get(field) is None else _text(doc, field)


def _texts(doc: Json, field: str) -> list[str]:
    value = doc.get(field)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FormatError(f'"{field}" is not a list of texts')
    return value


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FormatError(f'"taken_at" is {text!r}, not a time such as 2026-01-01T00:00:00Z') from None
    if moment.utcoffset() != timedelta(0):
        raise FormatError(f'"taken_at" is {text!r}, which is not in UTC')
    return text
