"""Findings and states ↔ rows: short texts that every database takes, and back."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping

from diag.history.turning import Seen, State
from diag.report import Finding, JsonValue, ProbeDetails, Samples, Severity, Status

MAX_TEXT = 500
"""The longest text that is kept of a value, in characters."""

MAX_NOTE = 2000
"""The longest note, in characters."""

Row = RowMapping

_NOT_KEPT = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that PostgreSQL or UTF-8 has no place for."""

_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def plain(text: str, longest: int = MAX_TEXT) -> str:
    """The text as it is kept: cut when long, and without characters that a database refuses."""
    kept = _NOT_KEPT.sub(_UNKNOWN, text)
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def moment(text: str) -> datetime:
    """An RFC 3339 time in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def stamp(at: datetime) -> str:
    """A moment in RFC 3339 to the second, as reports have it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def judgement(finding: Finding) -> dict[str, str]:
    """The row of what a finding says, with the digest by which the same one is known again.

    Of a waiver only its day stays: reason and owner are in the requirements file, and an owner may be a person.
    """
    kept = {
        "check_id": plain(finding.check),
        "resource": plain(finding.resource),
        "status": finding.status.value,
        "severity": finding.severity.word,
        "title": plain(finding.title),
        "required": _value(finding.required),
        "observed": _value(_lasting(finding)),
        "reason": plain(finding.reason),
        "permission": plain(finding.permission or ""),
        "waiver": plain((finding.waiver or "").partition(",")[0]),
    }
    return kept | {"digest": hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:32]}


def probe(details: ProbeDetails) -> dict[str, Any]:
    """The row of how a probe went."""
    samples = details.samples
    return {
        "phase": plain(details.phase),
        "cause": plain(details.cause),
        "address": plain(details.address or ""),
        "vantage": plain(details.vantage),
        "took_s": sum(seconds for phase, seconds in details.timings_s.items() if phase != "hold"),
        "timings": json.dumps(details.timings_s),
        "samples": json.dumps([samples.taken, samples.lost, samples.median_s, samples.p95_s]) if samples else "",
    }


@contextmanager
def _written_by_diag() -> Iterator[None]:
    """Raises `ValueError` for a row that has not the shape that `diag` writes: the database is damaged."""
    try:
        yield
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"a row that diag did not write: {error}") from error


@_written_by_diag()
def finding_of(row: Row) -> Finding:
    """The finding of a judgement's row, joined with the probe's where there is one."""
    return Finding(
        check=row["check_id"],
        status=Status(row["status"]),
        severity=severity(row["severity"]),
        title=row["title"],
        resource=row["resource"],
        required=_loaded(row["required"]),
        observed=_loaded(row["observed"]),
        reason=row["reason"],
        permission=row["permission"] or None,
        waiver=row["waiver"] or None,
        probe=_details(row) if row["phase"] is not None else None,
    )


def sights(seen: Sequence[Seen]) -> str:
    """What was seen one after the other, as it is kept in a state's row."""
    return json.dumps([[each.status.value, each.at.isoformat()] for each in seen])


@_written_by_diag()
def state_of(row: Row) -> State:
    """The state of its row."""
    seen = tuple(Seen(Status(word), moment(at)) for word, at in json.loads(row["otherwise"]))
    return State(Status(row["status"]), row["since"], seen)


@_written_by_diag()
def counts(text: str) -> dict[str, int]:
    """How many findings have each status."""
    loaded = json.loads(text)
    return {status.value: int(loaded[status.value]) for status in Status}


@_written_by_diag()
def sentences(text: str) -> tuple[str, ...]:
    """The notes of a run."""
    return tuple(str(each) for each in json.loads(text))


@_written_by_diag()
def severity(word: str) -> Severity:
    """The severity of its word."""
    return Severity[word.upper()]


def _details(row: Row) -> ProbeDetails:
    listed = json.loads(row["samples"]) if row["samples"] else None
    timings = json.loads(row["timings"])
    return ProbeDetails(
        phase=row["phase"],
        timings_s={phase: float(seconds) for phase, seconds in timings.items()},
        cause=row["cause"],
        address=row["address"] or None,
        vantage=row["vantage"],
        samples=Samples(*listed) if listed else None,
    )


def _lasting(finding: Finding) -> JsonValue:
    """What was observed, without the time that a probe took: that has a place of its own."""
    if finding.probe and isinstance(finding.observed, dict):
        return {name: value for name, value in finding.observed.items() if name != "took_s"}
    return finding.observed


def _value(value: JsonValue) -> str:
    """The value as JSON, or the beginning of it as a text when it is long."""
    whole = _json(_finite(value))
    return whole if len(whole) <= MAX_TEXT else _json(f"{whole[: MAX_TEXT // 3]}…")


def _json(value: object) -> str:
    return _NOT_KEPT.sub(_UNKNOWN, json.dumps(value, ensure_ascii=False, default=str))


def _finite(value: object) -> object:
    """The value with infinities and NaN, which JSON lacks, as texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(item) for item in value]
    return value


def _loaded(text: str) -> JsonValue:
    loaded: JsonValue = json.loads(text)
    return loaded
