"""The report as SARIF 2.1.0: results at the lines of the requirements file, rules from the checks' documentation.

What is met and what does not apply is counted, not listed: GitHub shows every result as an alert, whatever its
`kind`. It also wants a line for each, so what nobody declared stands at the first line of the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote

from diag import __version__
from diag.frameworks import references
from diag.render import remedy
from diag.render.detail import evidence_line, facts, of_the_whole, short_name
from diag.render.explain import Description
from diag.render.layout import value, visible
from diag.report import Finding, Place, Report, Severity, Status

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Plain = dict[str, object]

_LISTED = (Status.FAIL, Status.WARN, Status.UNKNOWN, Status.WAIVED)
_KINDS = {Status.UNKNOWN: "open"}
_LEVELS = {Status.FAIL: "error", Status.WARN: "warning", Status.WAIVED: "warning"}
"""Of what is open there is no level: SARIF has it `none` for every kind but `fail`."""

_OF_A_URL = ":/?#[]@!$&'()*+,;=%~"
"""Characters that a URL has of itself: any other one is written as its code."""

_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""Each in the middle of the range that GitHub gives the word to."""


def render(report: Report, rules: Mapping[str, Description], named: Callable[[str], str] = str) -> str:
    """One SARIF log with one run, in ASCII, ending in a newline.

    `rules` documents checks by their ids; `named` gives a file's path in the repository.
    """
    return json.dumps(document(report, rules, named), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(report: Report, rules: Mapping[str, Description], named: Callable[[str], str] = str) -> Plain:
    """The same as plain data."""
    findings = [finding for finding in report.findings if finding.status in _LISTED]
    checks: dict[str, Finding] = {}
    for finding in findings:
        checks.setdefault(finding.check, finding)
    index = {id: number for number, id in enumerate(checks)}
    driver: Plain = {
        "name": "diag",
        "version": __version__,
        "rules": [_rule(first, rules.get(id)) for id, first in checks.items()],
    }
    run: Plain = {
        "tool": {"driver": driver},
        "automationDetails": {"id": _category(report)},
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": list(_notifications(report, index))}
        ],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(report, findings, index, named)),
        "properties": _about(report),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


# Rules


def _rule(first: Finding, known: Description | None) -> Plain:
    """The rule of a check; one without documentation, such as a rule of the file, by its first finding."""
    title = known.title if known else first.title
    text = known.text if known and known.text else f"{title}."
    docs = known.docs if known else first.docs
    severity = Severity[known.severity.upper()] if known else first.severity
    tags = [first.check.partition(".")[0], *map(str, references(first.check))]
    rule: Plain = {
        "id": first.check,
        "shortDescription": {"text": _message(f"{visible(title)}.")},
        "fullDescription": {"text": _message(_paragraph(text))},
        "help": {"text": _message(_lines(text)), "markdown": _message(_lines(text))},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": tags, "security-severity": _SCORES[severity]},
    }
    return {**rule, "helpUri": quote(docs[0], safe=_OF_A_URL)} if docs else rule


def _paragraph(text: str) -> str:
    return visible(" ".join(text.split("\n\n")[0].split()))


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


# Results


def _results(
    report: Report, findings: Sequence[Finding], index: Mapping[str, int], named: Callable[[str], str]
) -> Iterator[Plain]:
    seen: Counter[str] = Counter()
    places = (finding.declared_at for finding in report.findings)
    head = Place(next((place.file for place in places if place), "diag.yaml"), 1)
    for finding in findings:
        fingerprint = _fingerprint(report, finding)
        seen[fingerprint] += 1
        result: Plain = {
            "ruleId": finding.check,
            "ruleIndex": index[finding.check],
            "kind": _KINDS.get(finding.status, "fail"),
            "level": _LEVELS.get(finding.status, "none"),
            "message": {"text": _message(_text(finding))},
            "locations": [_location(finding, finding.declared_at or head, named)],
            "partialFingerprints": _fingerprints(f"{fingerprint}:{seen[fingerprint]}"),
            "properties": _properties(finding),
        }
        if finding.status is Status.WAIVED:
            result["suppressions"] = [_suppression(finding)]
        yield result


def _text(finding: Finding) -> str:
    """The first sentence stands alone where a viewer shows no more."""
    undecided = "Could not be decided: " if finding.status is Status.UNKNOWN else ""
    said = [f"{undecided}{visible(finding.title)}: {visible(short_name(finding.resource))}."]
    said += [f"{label}: {text}" for label, text in facts(finding)]
    said += [f"{'fix' if fix.mutates else 'look'}: {visible(fix.command)}" for fix in finding.fix]
    if not finding.declared_at:
        said.append("(No line of the file is behind it.)")
    return "\n".join(said)


def _message(text: str) -> str:
    """As SARIF writes a message (3.11.5, 3.11.6): braces doubled, and nothing that reads as an embedded link."""
    return re.sub(r"\](?=\()", "] ", text).replace("{", "{{").replace("}", "}}") or "-"


def _location(finding: Finding, place: Place, named: Callable[[str], str]) -> Plain:
    uri = quote(named(place.file), safe="/")
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": place.line, "startColumn": place.column},
        },
        "logicalLocations": [
            {
                "name": visible(short_name(finding.resource)),
                "fullyQualifiedName": visible(finding.resource),
                "kind": "resource",
            }
        ],
    }


def _fingerprint(report: Report, finding: Finding) -> str:
    """The same for the same requirement of the same resource, wherever its line has moved to."""
    required = "" if finding.required is None else value(finding.required)
    about = (report.project, report.environment or "", finding.check, finding.resource, required)
    return hashlib.sha256("\0".join(about).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _fingerprints(fingerprint: str) -> dict[str, str]:
    """GitHub compares `primaryLocationLineHash` alone; where that is missing, it makes one of the line's text."""
    return {"primaryLocationLineHash": fingerprint, "diagFinding/v1": fingerprint}


def _suppression(finding: Finding) -> Plain:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": visible(finding.waiver or "no reason is given"),
    }


def _properties(finding: Finding) -> Plain:
    return {
        "tags": [str(control) for control in references(finding.check, finding.required)],
        "status": finding.status.value,
        "severity": finding.severity.word,
        "security-severity": _SCORES[finding.severity],
        "evidence": [evidence_line(evidence) for evidence in finding.evidence],
    }


# The run


def _category(report: Report) -> str:
    """Keeps the alerts of one project and environment apart from those of another."""
    parts = ("diag", report.project, report.environment or "")
    return "/".join(quote(part, safe="") for part in parts if part) + "/"


def _notifications(report: Report, index: Mapping[str, int]) -> Iterator[Plain]:
    """What holds for the whole, unless it is good; and what could not be seen, once for each reason."""
    whole = of_the_whole(report)
    if whole and whole.status is not Status.PASS:
        yield {"level": "error", "message": {"text": _message(f"{whole.title}: {visible(whole.reason)}")}}
    for group in remedy.by_reason(remedy.unseen(report)):
        first = group[0]
        yield {
            "level": "warning",
            "message": {"text": _message(visible(first.reason or first.title))},
            "associatedRule": {"id": first.check, "index": index[first.check]},
        }


def _about(report: Report) -> Plain:
    return {
        "project": visible(report.project),
        "region": report.region and visible(report.region),
        "environment": report.environment and visible(report.environment),
        "taken_at": visible(report.origin.taken_at),
        "summary": report.summary(),
        "notes": [visible(note) for note in report.notes],
    }
