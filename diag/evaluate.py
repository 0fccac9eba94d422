"""Runs each check over its subjects; what was not seen becomes *unknown* here, and only here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from diag.calls import Gap, GapKind
from diag.checks.check import Check, Subject, Verdict
from diag.errors import Unseen
from diag.facts.world import World
from diag.report import Evidence, Finding, Severity, Status, advised
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


def nothing_there(checks: Sequence[Check], world: World, found: Iterable[Finding]) -> Iterator[Finding]:
    """An unknown finding for each check that had nothing to judge in a region in which nothing at all was seen.

    For a run without declarations: there, a misspelt region looks like one in which all is well.
    """
    region = world.snapshot.region
    if region is None or _seen_in(region, world):
        return
    where = f"projects/{world.project}/locations/{region}"
    said = f"no Cloud Run service, connector or Cloud SQL instance was seen in {region}; is it the right region?"
    gap = Gap(GapKind.UNDECIDED, said, advice=f"gcloud run services list --project {world.project}")
    judged = {finding.check for finding in found}
    for one in checks:
        if one.always and one.id not in judged and one.reads & {"services", "connectors"}:
            yield unknown(one, gap, Subject(where, None))


def _seen_in(region: str, world: World) -> bool:
    """Whether something lies in the region; what was not seen counts, since it is unknown already."""
    lists = (
        lambda: list(world.services(region)),
        lambda: list(world.connectors(region)),
        lambda: [instance for instance in world.instances() if instance.region == region],
    )
    return any(_seen(read) for read in lists)


def _seen(read: Callable[[], Sequence[object]]) -> bool:
    try:
        return bool(read())
    except Unseen as unseen:
        return unseen.gap.kind is not GapKind.NOT_COLLECTED


def _of_a_list(gap: Gap) -> bool:
    """Whether the gap concerns every check that reads its list; lines of declared patterns concern theirs alone."""
    if gap.call is None:
        return True
    method = gap.call.method
    lines = gap.kind is GapKind.NOT_COLLECTED and method.topic == "log_entries"
    return method.verb.lists and not method.optional and not lines


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
            yield _finding(one, subject, verdict, world)
    except Unseen as unseen:
        named = replace(subject, resource=_by_id(subject.resource, world))
        yield unknown(one, unseen.gap, named)


def _by_id(resource: str, world: World) -> str:
    """The resource's name with the project's id where it was named by its number: a link may hold either [G-05]."""
    start, _, rest = resource.partition("/")
    number, _, path = rest.partition("/")
    own = start == "projects" and path and number.isdigit() and number == world.number
    return f"projects/{world.project}/{path}" if own else resource


def _finding(one: Check, subject: Subject[object], verdict: Verdict, world: World) -> Finding:
    if verdict.gap:
        named = _by_id(verdict.resource or subject.resource, world)
        return unknown(one, verdict.gap, Subject(named, None, verdict.declared_at))
    return Finding(
        check=one.id,
        status=verdict.status,
        severity=_severity(one, subject),
        title=subject.title or one.title,
        resource=_by_id(verdict.resource or subject.resource, world),
        required=verdict.required,
        observed=verdict.observed,
        evidence=verdict.evidence,
        declared_at=verdict.declared_at or subject.declared_at,
        reason=verdict.reason,
        fix=verdict.fix,
        docs=verdict.docs or one.docs,
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
        fix=(advised(gap.advice),) if gap.advice else (),
        docs=one.docs,
        permission=gap.permission,
    )


def _severity(one: Check, subject: Subject[object]) -> Severity:
    severity = subject.severity or one.severity
    return severity.raised() if subject.critical else severity


def _where(gap: Gap, world: World) -> str:
    return gap.call.target if gap.call else f"projects/{world.project}"
