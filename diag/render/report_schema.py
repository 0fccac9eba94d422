"""The JSON Schema of the JSON report, which `diag schema --report` prints."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from diag.report import Severity, Status

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def report_schema() -> Schema:
    """The schema (draft 2020-12) of every report of `schema_version` 1; unknown fields are allowed, as
    later versions add some."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "diag report",
        **_object(
            {
                "schema_version": {"const": 1},
                "tool": _object({"name": {"const": "diag"}, "version": _TEXT}),
                "project": _TEXT,
                "region": _TEXT_OR_NULL,
                "environment": _TEXT_OR_NULL,
                "source": {"$ref": "#/$defs/source"},
                "duration_s": {"type": "number", "minimum": 0, "description": "Wall-clock seconds of the run."},
                "summary": _object({status.value: _COUNT for status in Status}, closed=True),
                "notes": _described(_TEXTS, "Sentences about the run itself."),
                "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
            },
            optional={"gate": {"$ref": "#/$defs/gate"}},
        ),
        "$defs": {
            "source": _source(),
            "finding": _finding(),
            "evidence": _evidence(),
            "control": _control(),
            "gate": _gate(),
            "place": _object(
                {
                    "file": _TEXT,
                    "line": {"type": "integer", "minimum": 1},
                    "column": {"type": "integer", "minimum": 1},
                }
            ),
            "fix": _object(
                {"command": _TEXT, "mutates": {"type": "boolean", "description": "Whether it changes the project."}}
            ),
        },
    }


def _source() -> Schema:
    return _object(
        {
            "kind": {"enum": ["live", "bundle", "file", "history"]},
            "principal": _described(_TEXT_OR_NULL, "Whose credentials were used, when known."),
            "taken_at": _described(_TEXT, "RFC 3339, UTC: when collection began, or when the bundle was recorded."),
            "project_from": _described(_TEXT_OR_NULL, "Which place named the project."),
            "quota_project": _TEXT_OR_NULL,
            "path": _described(_TEXT_OR_NULL, "The bundle, as it was named."),
            "calls": _described(_COUNT, "How many API calls the facts come from."),
        }
    )


def _finding() -> Schema:
    return _object(
        {
            "check": _described({"type": "string", "pattern": r"^[a-z0-9_-]+(\.[A-Za-z0-9_-]+)+$"}, "Id of the check."),
            "status": {"enum": [status.value for status in Status]},
            "severity": {"enum": [severity.word for severity in reversed(Severity)]},
            "title": _TEXT,
            "resource": _described(_TEXT, "Full resource name, or the declared name of what should be there."),
            "required": {"description": "Any JSON value; null when nothing is to be compared."},
            "observed": {"description": "Any JSON value; of an unknown finding, the kind of the gap."},
            "evidence": {"type": "array", "items": {"$ref": "#/$defs/evidence"}},
            "declared_at": {"anyOf": [{"$ref": "#/$defs/place"}, {"type": "null"}]},
            "reason": _TEXT,
            "fix": {"type": "array", "items": {"$ref": "#/$defs/fix"}},
            "docs": _TEXTS,
            "permission": _described(_TEXT_OR_NULL, "The IAM permission whose lack made this unknown."),
            "waiver": _described(_TEXT_OR_NULL, "Reason, owner and expiry of the waiver that covers it."),
            "not_consulted": _described(_TEXTS, "What else bears on this, but was not read."),
        },
        optional={"controls": {"type": "array", "items": {"$ref": "#/$defs/control"}}, **_probe()},
    )


def _probe() -> Mapping[str, Schema]:
    """What the finding of a probe has besides; no other finding has any of it."""
    seconds: Schema = {"type": "number", "minimum": 0}
    seconds_or_null: Schema = {"type": ["number", "null"], "minimum": 0}
    samples = _object(
        {
            "taken": _COUNT,
            "lost": _COUNT,
            "loss": {"type": "number", "minimum": 0, "maximum": 1},
            "median_s": seconds_or_null,
            "p95_s": seconds_or_null,
        }
    )
    return {
        "phase": _described(_TEXT, "Of a probe: the phase that failed, or else the one that took longest."),
        "timings_s": _described({"type": "object", "additionalProperties": seconds}, "Phase → seconds."),
        "class": {"enum": ["infrastructure", "application"]},
        "address": _described(_TEXT_OR_NULL, "The address that it spoke to."),
        "vantage": _described(_TEXT, "Where it ran."),
        "samples": _described({"anyOf": [samples, {"type": "null"}]}, "The distribution, where one was asked for."),
    }


def _evidence() -> Schema:
    return _object(
        {
            "api": _TEXT,
            "method": _TEXT,
            "field": _TEXT,
            "value": {"description": "Any JSON value, redacted where it may be secret."},
            "at": _described(_TEXT, "RFC 3339, UTC; empty when nothing was read."),
            "resource": _TEXT,
            "default": _described({"type": "boolean"}, "Whether the platform's documented default stands here."),
        }
    )


def _gate() -> Schema:
    """Of `diag validate` only."""
    share: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    truth: Schema = {"type": "boolean"}
    category = _object(
        {
            "critical": truth,
            "complete": _described(truth, "Whether something counts in it, and none of that fails or is unknown."),
            **dict.fromkeys(("pass", "warn", "fail", "unknown"), _COUNT),
        }
    )
    standing = _object({"path": _TEXT, "sha256": _TEXT, "how": _described(_TEXT, "The command that computes it anew.")})
    run = _object({"ended_at": _TEXT, "clean": truth, "whole": truth, "said": _TEXT})
    return _object(
        {
            "restored": truth,
            "said": _TEXT,
            "passed": _COUNT,
            "counted": _described(_COUNT, "Requirements that pass, warn, fail or are unknown."),
            "rate": share,
            "pass_rate": _described(share, "The share that must pass."),
            "categories": {"type": "object", "additionalProperties": category},
            "clean_runs": _object({"required": _COUNT, "seen": _COUNT}),
            "runs": {"type": "array", "items": run},
            "bundle": {"anyOf": [standing, {"type": "null"}]},
            "requirements": {"type": "array", "items": standing},
        }
    )


def _control() -> Schema:
    return _object(
        {
            "framework": _described(_TEXT, "Id of a published benchmark of one version: cis-gcp-5.0."),
            "version": _TEXT,
            "id": _described(_TEXT, "Of the control, as the benchmark numbers it: 6.5."),
            "partial": _described({"type": "boolean"}, "Whether the check judges only a part of the control."),
        }
    )


def _object(
    properties: Mapping[str, Schema], *, optional: Mapping[str, Schema] = MappingProxyType({}), closed: bool = False
) -> Schema:
    """An object all of whose known fields but the optional ones are always there."""
    schema: Schema = {"type": "object", "properties": {**properties, **optional}, "required": list(properties)}
    return {**schema, "additionalProperties": False} if closed else schema


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}
