"""Declared patterns in the logs: what must not appear, and how long a phase may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.logs.entries import NOTHING_SEEN, Log, declaration, logs
from diag.checks.logs.signature import LOG_DOCS
from diag.errors import Unseen
from diag.facts.base import segment
from diag.facts.world import World
from diag.logs.declared import Forbidden, PhaseTime, forbidden, phase_time
from diag.logs.found import Found
from diag.logs.matching import Phase, Timed, forbidden_lines, phases
from diag.report import Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

QUERY_DOCS = "https://cloud.google.com/logging/docs/view/logging-query-language"
SHOWN = 5
"""Phases that a finding names; a pattern may take anything for a phase."""
_ADVICE = "let the group `seconds` of logs.phase_time.pattern match a number alone"


@dataclass(frozen=True)
class Absent:
    """A declared pattern without a line in a log that was read whole."""

    wanted: Forbidden
    log: Log


def forbidden_in_logs(world: World, declared: Requirements) -> Iterator[Subject[Found[Forbidden] | Absent] | Gap]:
    """Each declared pattern: by what logged such a line, or else once for the log of each project."""
    wanted = tuple(forbidden(declared))
    for log in logs(world, declared) if wanted else ():
        if isinstance(log, Gap):
            yield log
            continue
        for pattern in wanted:
            title = f"Forbidden log line: {pattern.id}"
            found = forbidden_lines(pattern, log.entries)
            for one in found:
                owner = declaration(one.resource, declared)
                yield Subject(one.resource, one, pattern.place, bool(owner and owner.critical), pattern.severity, title)
            if not found and not log.declared_gaps:
                where = f"projects/{log.project}"
                yield Subject(where, Absent(pattern, log), pattern.place, False, pattern.severity, title)
        yield from log.declared_gaps


@check(
    "logs.forbidden",
    Severity.MEDIUM,
    forbidden_in_logs,
    reads=("log_entries",),
    facts=("LOG-02", "LOG-04", "PAG-04"),
    docs=(QUERY_DOCS, LOG_DOCS),
)
def forbidden_line(subject: Subject[Found[Forbidden] | Absent], world: World, declared: Requirements) -> Verdict:
    """A log line that must not appear does.

    An application says in its own words that something is wrong long before anything else shows it. A
    pattern that is declared under `logs.forbidden` fails with the severity that is declared with it.

    Reads the log entries of the window; a line is looked at whatever its severity, since what a container
    prints has none. Patterns are RE2 and search the text of an entry and every text of a structured one.

    Read the lines around it; the finding says how many there are, since when, and which revisions wrote
    them.
    """
    item = subject.item
    if isinstance(item, Absent) and not item.log.counts:
        return skips(NOTHING_SEEN)
    if isinstance(item, Absent):
        observed = f"{item.log.searched}, none like it"
        return passes(required=_required(item.wanted), observed=observed, evidence=item.log.evidence)
    return fails(
        required=_required(item.what),
        observed=item.observed,
        reason=f"the requirements forbid lines like {item.what.id}",
        evidence=item.evidence,
        fix=(_look(item.resource),),
    )


def _required(wanted: Forbidden) -> str:
    return f"no line like {wanted.id}: {wanted.pattern}"


def _look(resource: str) -> Fix:
    service, region = segment(resource, "services"), segment(resource, "locations")
    project = segment(resource, "projects")
    if service:
        command = f"gcloud run services logs read {service} --region {region} --project {project} --limit 100"
        return Fix(command, mutates=False)
    return Fix(f"gcloud logging read 'severity>=WARNING' --project {project} --freshness 1h", mutates=False)


@dataclass(frozen=True)
class Phases:
    """What one resource logged of its phases, or that nothing was logged of any."""

    wanted: PhaseTime
    timed: Timed | None


def phases_in_logs(world: World, declared: Requirements) -> Iterator[Subject[Phases] | Gap]:
    """What each resource logged of its phases."""
    wanted = phase_time(declared)
    for log in logs(world, declared) if wanted else ():
        if isinstance(log, Gap):
            yield log
        elif wanted:
            found = phases(wanted, log.entries)
            for resource, timed in found.items():
                owner = declaration(resource, declared)
                yield Subject(resource, Phases(wanted, timed), wanted.place, bool(owner and owner.critical))
            if not found and not log.declared_gaps:
                yield Subject(f"projects/{log.project}", Phases(wanted, None), wanted.place)
            yield from log.declared_gaps


@check(
    "logs.phase-slow",
    Severity.MEDIUM,
    phases_in_logs,
    reads=("log_entries",),
    facts=("LOG-02", "LOG-04"),
    docs=(QUERY_DOCS,),
)
def phase_slow(subject: Subject[Phases], world: World, declared: Requirements) -> Verdict:
    """A phase took longer than declared, by the application's own log.

    A start that gets slower is seen in the time of its phases before it exceeds the start-up probe.

    Reads the log entries of the window for lines that match `logs.phase_time.pattern`, whose groups
    `phase` and `seconds` say which phase took how long; the slowest time of each phase counts.

    Look at what that phase waits for; the finding names the line and when it was written.
    """
    wanted, timed = subject.item.wanted, subject.item.timed
    if timed is None:
        return skips("no line of the window tells the time of a phase: nothing started, or the pattern fits no line")
    slowest = sorted(timed.slowest.values(), key=lambda one: -one.seconds)
    failed, slow = _over(slowest, wanted.fail), _over(slowest, wanted.warn)
    if timed.unread and not (failed or slow):
        raise Unseen(Gap(GapKind.UNDECIDED, f"the time of a phase is no number: {timed.unread[0]}", advice=_ADVICE))
    shown = (failed or slow or slowest)[:SHOWN]
    details = {
        "required": _allowed(wanted),
        "observed": "; ".join(f"{one.said} took {one.seconds:g} s" for one in shown),
        "evidence": tuple(one.entry.evidence(one.excerpt) for one in shown),
    }
    if not (failed or slow):
        return passes(**details)
    judge = fails if failed else warns
    many = f"{len(failed or slow)} phases" if len(failed or slow) > 1 else shown[0].said
    return judge(reason=f"{many} took longer than declared", fix=(_look(subject.resource),), **details)


def _over(phases: Sequence[Phase], limit: float | None) -> list[Phase]:
    return [one for one in phases if limit is not None and one.seconds > limit]


def _allowed(wanted: PhaseTime) -> str:
    parts = [f"at most {wanted.fail:g} s"] if wanted.fail is not None else []
    parts += [f"warns above {wanted.warn:g} s"] if wanted.warn is not None else []
    return "; ".join(parts)
