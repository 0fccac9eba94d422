"""What a finding says, in lines that every format for readers shares; none of them can steer a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diag.frameworks import references
from diag.render.layout import value, visible
from diag.render.verdict import verdict
from diag.report import Evidence, Finding, Report, Severity, Status


def facts(finding: Finding) -> Iterator[tuple[str, str]]:
    """Required, observed, why, and from where: a label and one line each."""
    if finding.required is not None:
        yield "required", value(finding.required)
    if finding.observed is not None:
        yield "observed", value(finding.observed)
    if finding.reason:
        yield "why", visible(finding.reason)
    if finding.probe:
        yield "from", visible(finding.probe.vantage)


def evidence_line(evidence: Evidence) -> str:
    """One value that was read: API, method, field, value, and when."""
    by_default = " (the platform's default: the field is absent)" if evidence.default else ""
    said = f"{evidence.api} {evidence.method} {evidence.field} = ".replace("  ", " ") + value(evidence.value)
    return visible(f"{said}{by_default} at {evidence.at}" if evidence.at else f"{said}{by_default}")


def lines(finding: Finding) -> Iterator[str]:
    """Everything that there is to say of a finding, below its title."""
    yield f"resource: {visible(finding.resource)}"
    yield from (f"{label}: {said}" for label, said in facts(finding))
    if finding.declared_at:
        yield f"declared: {visible(str(finding.declared_at))}"
    if finding.permission:
        yield f"permission: {visible(finding.permission)}"
    if finding.waiver:
        yield f"waiver: {visible(finding.waiver)}"
    yield from (f"{'fix' if fix.mutates else 'look'}: {visible(fix.command)}" for fix in finding.fix)
    if finding.not_consulted:
        yield f"not consulted: {visible(', '.join(finding.not_consulted))}"
    yield from (f"evidence: {evidence_line(evidence)}" for evidence in finding.evidence)
    if named := controls(finding):
        yield f"controls: {named}"
    yield from (f"see: {visible(url)}" for url in finding.docs)


def controls(finding: Finding) -> str:
    """The controls of published benchmarks that it is about, by commas; empty without any."""
    return ", ".join(map(str, references(finding.check, finding.required)))


def of_the_whole(report: Report) -> Finding | None:
    """What holds for the report as a whole and is in none of its findings, as one more finding.

    That nothing was judged, which is no good news (of a file judged by itself it is); or how the gate stands.
    """
    word, said = verdict(report)
    if report.gate:
        status = {0: Status.PASS, 3: Status.UNKNOWN}.get(report.gate.exit_code, Status.FAIL)
        return Finding("diag.restored", status, Severity.CRITICAL, word, report.project, reason=said)
    if report.findings or report.origin.kind == "file":
        return None
    return Finding("diag.judged", Status.UNKNOWN, Severity.CRITICAL, word, report.project, reason=said)


def some(names: Iterable[str], separator: str = ", ", most: int = 20) -> str:
    """The distinct names, of many the first ones and how many more there are."""
    distinct = list(dict.fromkeys(names))
    left = len(distinct) - most
    return separator.join(distinct if left <= 0 else [*distinct[:most], f"and {left} more"])


def short_name(resource: str) -> str:
    """The last segment of a resource's name; a declared name with slashes (`host/path`) stays whole."""
    return resource.rpartition("/")[2] if resource.startswith("projects/") else resource
