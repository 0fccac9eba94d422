"""The report as JSON, `schema_version` 1: fields may be added, none is renamed or removed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace

from diag import __version__
from diag.frameworks import references
from diag.render import gate
from diag.report import Evidence, Finding, Origin, Place, ProbeDetails, Report, Samples

SCHEMA_VERSION = 1

Plain = dict[str, object]
EMPTY = '"findings": []'
"""As the encoder writes the list of no finding; inside a string its quotes would be escaped."""


def render(report: Report) -> str:
    """The report as one JSON document with a final newline; its key order is that of `report_schema()`.

    Pure ASCII: no character of a resource's text can steer a terminal that shows it.
    """
    return "".join(parts(report))


def parts(report: Report) -> Iterator[str]:
    """The same document in parts, a finding at a time: a whole large one takes more memory than all that is in it."""
    about = document(replace(report, findings=())) | {"summary": report.summary()}
    before, empty, after = _text(about).partition(EMPTY)
    if not report.findings:
        yield f"{before}{empty}{after}\n"
        return
    yield f"{before}{EMPTY[:-1]}"
    for number, finding in enumerate(report.findings):
        shown = _text(_finding(finding)).replace("\n", "\n    ")
        yield f"{',' if number else ''}\n    {shown}"
    yield f"\n  ]{after}\n"


def _text(plain: Plain) -> str:
    return json.dumps(plain, indent=2, ensure_ascii=True, allow_nan=False)


def document(report: Report) -> Plain:
    """The report as plain data, times in RFC 3339 UTC and the duration in seconds."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "diag", "version": __version__},
        "project": report.project,
        "region": report.region,
        "environment": report.environment,
        "source": _source(report.origin),
        "duration_s": round(report.duration_s, 3),
        "summary": report.summary(),
        "notes": list(report.notes),
        "findings": [_finding(finding) for finding in report.findings],
        **({"gate": gate.document(report.gate)} if report.gate else {}),
    }


def _source(origin: Origin) -> Plain:
    return {
        "kind": origin.kind,
        "principal": origin.principal,
        "taken_at": origin.taken_at,
        "project_from": origin.project_from,
        "quota_project": origin.quota_project,
        "path": origin.path,
        "calls": origin.calls,
    }


def _finding(finding: Finding) -> Plain:
    return {
        "check": finding.check,
        "status": finding.status.value,
        "severity": finding.severity.word,
        "title": finding.title,
        "resource": finding.resource,
        "required": _value(finding.required),
        "observed": _value(finding.observed),
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "declared_at": _place(finding.declared_at),
        "reason": finding.reason,
        "fix": [{"command": fix.command, "mutates": fix.mutates} for fix in finding.fix],
        "docs": list(finding.docs),
        "permission": finding.permission,
        "waiver": finding.waiver,
        "not_consulted": list(finding.not_consulted),
        "controls": [asdict(control) for control in references(finding.check, finding.required)],
        **(_probe(finding.probe) if finding.probe else {}),
    }


def _probe(details: ProbeDetails) -> Plain:
    return {
        "phase": details.phase,
        "timings_s": {phase: round(seconds, 6) for phase, seconds in details.timings_s.items()},
        "class": details.cause,
        "address": details.address,
        "vantage": details.vantage,
        "samples": _samples(details.samples) if details.samples else None,
    }


def _samples(samples: Samples) -> Plain:
    return {
        "taken": samples.taken,
        "lost": samples.lost,
        "loss": round(samples.loss, 6),
        "median_s": samples.median_s,
        "p95_s": samples.p95_s,
    }


def _evidence(evidence: Evidence) -> Plain:
    return {
        "api": evidence.api,
        "method": evidence.method,
        "field": evidence.field,
        "value": _value(evidence.value),
        "at": evidence.at,
        "resource": evidence.resource,
        "default": evidence.default,
    }


def _place(place: Place | None) -> Plain | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None


def _value(value: object) -> object:
    """The value in plain JSON types; JSON has no infinity and no NaN, so these become text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str) or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _value(item) for key, item in value.items()}
    return [_value(item) for item in value] if isinstance(value, Sequence) else str(value)
