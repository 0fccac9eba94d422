"""`/health/infrastructure` in the shape that the health pages of services have, measured instead of claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diag.report import Category, Finding, Report, Severity, Status

Plain = dict[str, object]

_COMPONENTS = {
    "connectors": "vpc_connector",
    "instances": "cloud_sql",
    "services": "cloud_run",
}
"""Collection in a resource's name → the word for its kind."""
_WORDS = {"fail": "unhealthy", "unknown": "unknown", "warn": "degraded", "pass": "healthy"}
_ORDER = (Status.PASS, Status.WARN, Status.UNKNOWN, Status.FAIL)


def document(report: Report, categories: Sequence[Category], fresh: bool, service: str = "diag") -> Plain:
    """The page as plain data; what is not fresh is not called healthy."""
    groups: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.status in _ORDER:
            groups.setdefault(_name(finding), []).append(finding)
    components = {name: _component(found) for name, found in groups.items()}
    ways = [found for found in groups.values() if any(one.check.startswith("vpc.") for one in found)]
    poor = [found for found in ways if _worst(found) is not Status.PASS]
    return {
        "service": service,
        "environment": report.environment or report.project,
        "status": _whole(components, fresh),
        "taken_at": report.origin.taken_at,
        "infrastructure_components": components,
        "vpc_connectivity": {
            "overall": fresh and not any(_worst(found) in _ORDER[2:] for found in ways) if ways else None,
            "degraded_count": len(poor),
        },
        "categories": {one.name: {"complete": one.complete, "critical": one.critical} for one in categories},
        "infrastructure_team_actions": _actions(groups),
    }


def _whole(components: Mapping[str, Plain], fresh: bool) -> str:
    if not fresh or not components:
        return "unknown"
    found = {component["status"] for component in components.values()}
    return next((word for word in _WORDS.values() if word in found), "unknown")


def _component(found: Sequence[Finding]) -> Plain:
    first = found[0]
    kind = first.check if first.probe else _kind(first)
    critical = any(one.severity is Severity.CRITICAL for one in found)
    return {"status": _WORDS[_worst(found).value], "component": kind, "critical": critical}


def _kind(finding: Finding) -> str:
    parts = finding.resource.split("/")
    return _COMPONENTS.get(parts[-2] if len(parts) > 1 else "", finding.check.partition(".")[0])


def _name(finding: Finding) -> str:
    return finding.resource if finding.probe else finding.resource.rpartition("/")[2]


def _worst(found: Sequence[Finding]) -> Status:
    return max((one.status for one in found), key=_ORDER.index)


def _actions(groups: Mapping[str, Sequence[Finding]]) -> dict[str, list[str]]:
    """What to type for each component that fails, as each finding says first."""
    return {
        name: actions
        for name, found in groups.items()
        if (actions := [one.fix[0].command for one in found if one.status is Status.FAIL and one.fix])
    }
