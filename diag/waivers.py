"""Waivers: exceptions with a reason, an owner and a day on which they end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from fnmatch import fnmatchcase

from diag.report import Finding, Severity, Status
from diag.requirements.model import Requirements, Waiver

STALE = ("req.waiver-unused", "req.waiver-expired")


def apply(findings: Iterable[Finding], declared: Requirements, taken_at: str, judged: Sequence[str]) -> list[Finding]:
    """The findings with every covered failure or warning *waived*, and a warning for each stale waiver.

    A waiver holds through the day before `expires`, by the day of `taken_at` in UTC. `judged` are the
    ids that this run selected: a waiver of another check is neither used nor unused here, nor is one of
    a check that could not be decided somewhere.
    """
    today = datetime.fromisoformat(taken_at.replace("Z", "+00:00")).date()
    valid = [waiver for waiver in declared.waivers if today < waiver.expires]
    used: set[int] = set()
    result = [_waived(finding, valid, used) for finding in findings]
    concerned = [waiver for waiver in declared.waivers if any(fnmatchcase(id, waiver.check) for id in judged)]
    idle = [waiver for waiver in concerned if id(waiver) not in used]
    # Of what was not seen nobody knows whether a waiver covers it.
    unseen = {finding.check for finding in result if finding.status is Status.UNKNOWN}
    result += [
        _stale(waiver, declared, today)
        for waiver in idle
        if today >= waiver.expires or not any(fnmatchcase(id, waiver.check) for id in unseen)
    ]
    return result


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether the waiver names this check and resource: full name, last segment, or a glob of either."""
    names = (finding.resource, finding.resource.rpartition("/")[2])
    return fnmatchcase(finding.check, waiver.check) and any(fnmatchcase(name, waiver.resource) for name in names)


def _waived(finding: Finding, valid: Sequence[Waiver], used: set[int]) -> Finding:
    if finding.status not in (Status.FAIL, Status.WARN):
        return finding
    covering = [waiver for waiver in valid if covers(waiver, finding)]
    if not covering:
        return finding
    used |= {id(waiver) for waiver in covering}
    first = covering[0]
    return replace(finding, status=Status.WAIVED, waiver=f"until {first.expires}, {first.owner}: {first.reason}")


def _stale(waiver: Waiver, declared: Requirements, today: date) -> Finding:
    expired = today >= waiver.expires
    return Finding(
        check="req.waiver-expired" if expired else "req.waiver-unused",
        status=Status.WARN,
        severity=Severity.LOW,
        title="Waiver has expired" if expired else "Waiver covers nothing",
        resource=f"projects/{declared.project}",
        required=f"a waiver of {waiver.check} on {waiver.resource} that is in force and needed",
        observed=f"expired on {waiver.expires}" if expired else "no failing finding matches it",
        declared_at=waiver.at("expires" if expired else "check"),
        reason="it waives nothing any more; renew it with a reason, or remove it"
        if expired
        else "what it excused is met, or its check or resource is misspelt; remove or correct it",
    )
