"""Reading back the report of another vantage, from its file or its log, and setting both side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from diag.errors import UsageError
from diag.probes.findings import NOT_FROM_HERE
from diag.report import Evidence, Finding, ProbeDetails, Samples, Severity, Status

_MAX_BYTES = 32 * 1024 * 1024


def read_findings(path: Path) -> tuple[Finding, ...]:
    """The probes' findings of the newest report in a file; raises `UsageError` when there is none.

    The file is a JSON report, or a job's log: its lines, or what `gcloud logging read --format json` prints.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--merge {path}: {error.strerror or error}; name a report or a log that exists") from error
    reports = list(_reports(content.decode("utf-8", "replace"))) if len(content) <= _MAX_BYTES else []
    found = [finding for report in reports[-1:] for finding in _findings(report)]
    if not found:
        raise UsageError(
            f"--merge {path}: no report with probes is in it; give what `diag probe --format json` wrote, "
            "or the job's log as `gcloud logging read --format json` prints it"
        )
    return tuple(found)


def _reports(text: str) -> Iterator[Mapping[str, Any]]:
    """Every report in the text, the newest last."""
    whole = _parsed(text)
    if isinstance(whole, list):
        yield from _logged([entry for entry in whole if isinstance(entry, dict)])
    elif isinstance(whole, dict) and not _is_report(whole):
        yield from _logged([whole])
    else:
        yield from _embedded(text)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _logged(entries: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The reports in log entries: one as a structured payload, or one spread over lines of text."""
    ordered = sorted(entries, key=lambda entry: (str(entry.get("timestamp", "")), str(entry.get("insertId", ""))))
    yield from _embedded("\n".join(str(entry.get("textPayload", "")) for entry in ordered))
    for entry in ordered:
        payload = entry.get("jsonPayload")
        if isinstance(payload, dict) and _is_report(payload):
            yield payload


def _embedded(text: str) -> Iterator[Mapping[str, Any]]:
    """The reports that stand in a text among other lines."""
    decoder = json.JSONDecoder()
    for start in re.finditer(r'\{\s*"schema_version"', text):
        try:
            found, _ = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        if _is_report(found):
            yield found


def _is_report(document: Mapping[str, Any]) -> bool:
    return document.get("schema_version") == 1 and isinstance(document.get("findings"), list)


def _findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    for written in report["findings"]:
        if isinstance(written, dict) and str(written.get("check", "")).startswith("probe."):
            try:
                yield _finding(written)
            except (KeyError, TypeError, ValueError) as error:
                raise UsageError(f"--merge: a finding of the report cannot be read ({error}); write it anew") from error


def _finding(written: Mapping[str, Any]) -> Finding:
    return Finding(
        check=str(written["check"]),
        status=Status(written["status"]),
        severity=Severity[str(written["severity"]).upper()],
        title=str(written["title"]),
        resource=str(written["resource"]),
        required=written.get("required"),
        observed=written.get("observed"),
        evidence=tuple(_evidence(one) for one in written.get("evidence", ())),
        reason=str(written.get("reason", "")),
        probe=ProbeDetails(
            phase=str(written["phase"]),
            timings_s={str(phase): float(seconds) for phase, seconds in written["timings_s"].items()},
            cause={"application": "application"}.get(written["class"], "infrastructure"),
            address=None if written.get("address") is None else str(written["address"]),
            vantage=str(written["vantage"]),
            samples=_samples(written.get("samples")),
        ),
    )


def _evidence(written: Mapping[str, Any]) -> Evidence:
    api, method, field, at, resource = (
        str(written.get(key, "")) for key in ("api", "method", "field", "at", "resource")
    )
    return Evidence(api, method, field, written.get("value"), at, resource)


def _samples(written: Mapping[str, Any] | None) -> Samples | None:
    if not written:
        return None
    times = (None if written[key] is None else float(written[key]) for key in ("median_s", "p95_s"))
    return Samples(max(1, int(written["taken"])), int(written["lost"]), *times)


def merged(own: Sequence[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
    """Both vantages, probe by probe; of the other, those probes that were run here too.

    What could not be judged from here is left to the vantage that could; what passes at one and fails at the
    other says so.
    """
    theirs: dict[tuple[str, str], Finding] = {(each.check, each.resource): each for each in others}
    found: list[Finding] = []
    for mine in own:
        other = theirs.get((mine.check, mine.resource))
        if not other:
            found.append(mine)
            continue
        found += [_deferring(mine, other), _compared(other, mine)]
    return tuple(found)


def _deferring(mine: Finding, other: Finding) -> Finding:
    if mine.status is not Status.UNKNOWN or mine.observed != NOT_FROM_HERE or not other.probe:
        return mine
    return replace(mine, status=Status.SKIP, reason=f"{mine.reason}; judged from {other.probe.vantage} instead", fix=())


def _compared(other: Finding, mine: Finding) -> Finding:
    """The other vantage's finding, declared where mine is, with what the difference means."""
    reason = other.reason
    if mine.probe and other.status is Status.FAIL and mine.status in (Status.PASS, Status.WARN):
        reason = f"{reason}; it answers at {mine.probe.vantage}: what differs is the way there"
    return replace(other, reason=reason, severity=mine.severity, declared_at=mine.declared_at, fix=mine.fix)
