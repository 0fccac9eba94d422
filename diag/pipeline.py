"""The whole program on one page: requirements and a source in, a report out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from diag import waivers
from diag.calls import Answer, Call, Gap, Source, Verb
from diag.checks.catalogue import CHECKS
from diag.checks.check import Check
from diag.collect import Progress, collect, replay
from diag.errors import UsageError
from diag.evaluate import evaluate, nothing_there
from diag.facts.world import World
from diag.plan import Plan, with_needs
from diag.report import Finding, Origin, Report, Severity, Status
from diag.requirements.catalogue import CHECK_IDS
from diag.requirements.model import DeclaredLine, Requirements
from diag.select import Selection
from diag.snapshot import Snapshot
from diag.values import dataclass


@dataclass(frozen=True)
class Run:
    """What one run is asked to do."""

    declared: Requirements
    selection: Selection

    def checks(self) -> tuple[Check, ...]:
        """The selected checks of this version, in the order of the catalogue; raises `UsageError` on none."""
        chosen = self.selection.ids(dict.fromkeys((*CHECKS, *CHECK_IDS)))
        found = tuple(CHECKS[id] for id in CHECKS if id in chosen)
        if not found:
            raise UsageError(f"this version has no check for {', '.join(chosen)}; see `diag checks`")
        return found

    @property
    def topics(self) -> frozenset[str]:
        """What the selected checks read, and what has to be read first.

        Where IAM is read anyway, the account's own permissions are asked for too: what will be refused is
        then known before it is missed.
        """
        topics = with_needs(frozenset().union(*(one.reads for one in self.checks())))
        return topics | {"permissions"} if "project_policy" in topics else topics

    def plan(self, taken_at: str) -> Plan:
        """Which calls the selected checks need at that moment (RFC 3339, UTC)."""
        return Plan.of(self.declared, self.topics, taken_at)


def take(
    run: Run, source: Source, taken_at: str, timeout_s: float | None, progress: Progress | None = None
) -> Snapshot:
    """Collect everything that the run's checks read; `timeout_s` None means a source that answers at once."""
    plan = run.plan(taken_at)
    answers = replay(plan, source) if timeout_s is None else collect(plan, source, timeout_s, progress)
    return Snapshot(run.declared.project, run.declared.region, taken_at, answers)


def judge(run: Run, snapshot: Snapshot, origin: Origin, started: float) -> Report:
    """Judge a snapshot: every selected check, then what no check judges, then the waivers.

    `started` is `time.perf_counter()` at the start of the run.
    """
    checks = run.checks()
    world = World(snapshot)
    found = [*evaluate(checks, world, run.declared), *not_judged(run)]
    if not run.declared.files:
        found += nothing_there(checks, world, found)
    ids = [one.id for one in checks]
    findings = waivers.apply(found, run.declared, snapshot.taken_at, ids)
    return Report(
        project=run.declared.project,
        region=run.declared.region,
        environment=run.declared.environment,
        origin=origin,
        duration_s=round(time.perf_counter() - started, 3),
        findings=tuple(finding for finding in findings if finding.check in run.selection),
        notes=tuple(_notes(run, snapshot)),
    )


def not_judged(run: Run) -> Iterator[Finding]:
    """A finding for each declared line that the selection covers and no check of this version judges."""
    for line in run.declared.lines:
        asked = [id for id in line.judged_by if id in run.selection]
        if asked and not any(id in CHECKS for id in line.judged_by):
            yield _not_judged(line, asked)


def _not_judged(line: DeclaredLine, asked: Sequence[str]) -> Finding:
    return Finding(
        check=asked[0],
        status=Status.UNKNOWN,
        severity=Severity.MEDIUM,
        title="Declared, but not judged by this version",
        resource=line.resource,
        required=line.path,
        observed="not-judged",
        declared_at=line.place,
        reason=f"this version of diag has no check for `{line.path}`; nothing is known about it",
    )


def _notes(run: Run, snapshot: Snapshot) -> Iterator[str]:
    missing = sorted({name for call, answer in snapshot.answers.items() for name in _refused(call, answer)})
    if missing:
        yield f"the account lacks {len(missing)} of the permissions that this run needs: {', '.join(missing)}"
    if snapshot.answers and not any(isinstance(answer, Answer) for answer in snapshot.answers.values()):
        yield "no call was answered: nothing is known about the project; the reasons stand below"
    lists = [
        answer.doc.get(call.method.items) if call.method.verb is Verb.LIST else _scopes(answer, call.method.items)
        for call, answer in snapshot.answers.items()
        if isinstance(answer, Answer) and call.method.verb.lists
    ]
    if lists and not any(lists):
        place = f"{run.declared.project} / {run.declared.region}"
        yield f"every list came back empty: is {place} the right project and region?"


def _refused(call: Call, answer: Answer | Gap) -> set[str]:
    """The permissions that were asked about and are not held."""
    if call.method.verb is not Verb.TEST_IAM_PERMISSIONS or isinstance(answer, Gap):
        return set()
    asked = {value for field, value in call.request if field.startswith("permissions")}
    return asked - {str(name) for name in answer.doc.get("permissions") or ()}


def _scopes(answer: Answer, items: str) -> bool:
    return any(scope.get(items) for scope in (answer.doc.get("items") or {}).values())
