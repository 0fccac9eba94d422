"""Runs each check over its subjects; what was not seen becomes *unknown* here, and only here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from diag.calls import Gap
from diag.checks.check import Check, Subject, Verdict
from diag.errors import Unseen
from diag.facts.world import World
from diag.report import Evidence, Finding, Fix, Severity, Status
from diag.requirements.model import Requirements


def evaluate(checks: Sequence[Check], world: World, declared: Requirements) -> Iterator[Finding]:
    """Every finding of the checks, in their order: one for each subject, passes included.

    A check that met a gap in a list it reads, and yet found nothing unknown, says so in one more finding:
    what it judged stands, what it could not see is not green. A `get` is of one resource, and its gap
    concerns the checks that need that resource: they meet it themselves.
    """
    for one in checks:
        findings = list(_judged(one, world, declared))
        yield from findings
        if not any(finding.status is Status.UNKNOWN for finding in findings):
            gaps = {gap.call or gap.message: gap for gap in world.snapshot.gaps(one.reads) if _of_a_list(gap)}
            yield from (unknown(one, gap, Subject(_where(gap, world), None)) for gap in gaps.values())


def _of_a_list(gap: Gap) -> bool:
    return gap.call is None or gap.call.method.verb.lists


def _judged(one: Check, world: World, declared: Requirements) -> Iterator[Finding]:
    try:
        for subject in one.over(world, declared):
            if isinstance(subject, Gap):
                yield unknown(one, subject, Subject(_where(subject, world), None))
            else:
                yield from _judge(one, subject, world, declared)
    except Unseen as unseen:
        yield unknown(one, unseen.gap, Subject(_where(unseen.gap, world), None))


def _judge(one: Check, subject: Subject[object], world: World, declared: Requirements) -> Iterator[Finding]:
    try:
        said = one.judge(subject, world, declared)
        verdicts: Iterable[Verdict] = [said] if isinstance(said, Verdict) else said
        for verdict in verdicts:
            yield _finding(one, subject, verdict)
    except Unseen as unseen:
        yield unknown(one, unseen.gap, subject)


def _finding(one: Check, subject: Subject[object], verdict: Verdict) -> Finding:
    if verdict.gap:
        return unknown(one, verdict.gap, Subject(verdict.resource or subject.resource, None, verdict.declared_at))
    return Finding(
        check=one.id,
        status=verdict.status,
        severity=_severity(one, subject),
        title=one.title,
        resource=verdict.resource or subject.resource,
        required=verdict.required,
        observed=verdict.observed,
        evidence=verdict.evidence,
        declared_at=verdict.declared_at or subject.declared_at,
        reason=verdict.reason,
        fix=verdict.fix,
        docs=one.docs,
        not_consulted=verdict.not_consulted,
    )


def unknown(one: Check, gap: Gap, subject: Subject[object]) -> Finding:
    """The finding for something that could not be decided: why, and what would help."""
    method = gap.call.method if gap.call else None
    evidence = (
        (Evidence(method.api, method.name, "", gap.kind.value, "", gap.call.target),) if gap.call and method else ()
    )
    return Finding(
        check=one.id,
        status=Status.UNKNOWN,
        severity=_severity(one, subject),
        title=one.title,
        resource=subject.resource,
        observed=gap.kind.value,
        evidence=evidence,
        declared_at=subject.declared_at,
        reason=gap.message,
        fix=(Fix(gap.advice, mutates=False),) if gap.advice else (),
        docs=one.docs,
        permission=gap.permission,
    )


def _severity(one: Check, subject: Subject[object]) -> Severity:
    return one.severity.raised() if subject.critical else one.severity


def _where(gap: Gap, world: World) -> str:
    return gap.call.target if gap.call else f"projects/{world.project}"
