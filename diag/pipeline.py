"""The whole program on one page: requirements and a source in, a report out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property

from diag import waivers
from diag.calls import Answer, Call, Gap, Source, Verb
from diag.checks.catalogue import CHECKS
from diag.checks.check import Check
from diag.collect import Progress, collect, replay
from diag.errors import UsageError
from diag.evaluate import evaluate, nothing_there
from diag.facts.world import World
from diag.lint import IDS as LINT_IDS
from diag.lint import lint
from diag.lint.rule import INFEASIBLE
from diag.plan import Plan, with_needs
from diag.report import Finding, Origin, Report, Severity, Status
from diag.requirements.catalogue import CHECK_IDS
from diag.requirements.model import DeclaredLine, Requirements
from diag.rules import own_checks
from diag.select import Selection
from diag.snapshot import Snapshot
from diag.values import dataclass

_IDS = re.compile(r"[a-z]+\.[a-z0-9-]+")
"""Ids of checks in a sentence."""


@dataclass(frozen=True)
class Run:
    """What one run is asked to do."""

    declared: Requirements
    selection: Selection

    @cached_property
    def every(self) -> Mapping[str, Check]:
        """Every check by its id: those of the catalogue, then the file's own rules."""
        return {**CHECKS, **{check.id: check for check in own_checks(self.declared)}}

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The selected checks of this version, in the order of the catalogue; raises `UsageError` on none."""
        chosen = self.selection.ids(dict.fromkeys((*self.every, *CHECK_IDS)))
        found = tuple(check for id, check in self.every.items() if id in chosen)
        if not found and set(chosen) & set(waivers.STALE):  # only what a waiver names shows whether it is needed
            named = [waiver.check for waiver in self.declared.waivers]
            return tuple(check for id, check in self.every.items() if any(fnmatchcase(id, one) for one in named))
        if not found and not set(chosen) & set(LINT_IDS):
            raise UsageError(f"this version has no check for {', '.join(chosen)}; see `diag checks`")
        return found

    @property
    def topics(self) -> frozenset[str]:
        """What the selected checks read, and what has to be read first.

        Where IAM is read anyway, the account's own permissions are asked for too: what will be refused is
        then known before it is missed.
        """
        topics = with_needs(frozenset().union(*(one.reads for one in self.checks)))
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
    """Judge a snapshot: every selected check, what no check judges, the file by itself, and then the waivers.

    `started` is `time.perf_counter()` at the start of the run.
    """
    world = World(snapshot)
    found = [*evaluate(run.checks, world, run.declared), *not_judged(run)]
    if not run.declared.files:
        found += nothing_there(run.checks, world, found)
    elsewhere = list(_reported_elsewhere(run, world, found))
    found += elsewhere
    found = by_the_file_alone(run.declared, found) if INFEASIBLE in run.selection else _by_their_own_checks(run, found)
    ids = [*(one.id for one in run.checks), *LINT_IDS]
    shown = {finding.check for finding in elsewhere}
    findings = waivers.apply(found, run.declared, snapshot.taken_at, ids)
    return Report(
        project=run.declared.project,
        region=run.declared.region,
        environment=run.declared.environment,
        origin=origin,
        duration_s=round(time.perf_counter() - started, 3),
        findings=tuple(finding for finding in findings if finding.check in run.selection or finding.check in shown),
        notes=tuple(_notes(run, snapshot)),
    )


def _reported_elsewhere(run: Run, world: World, found: Sequence[Finding]) -> Iterator[Finding]:
    """The failures to which findings point that do not apply for their sake, of checks that were not selected.

    A service that is not there is reported once. A run of one product would else end well beside it; what the
    command line names by its id is all that is shown.
    """
    pointing: dict[str, list[Finding]] = {}
    for one in found:
        for id in _IDS.findall(one.reason) if one.status is Status.SKIP else ():
            pointing.setdefault(id, []).append(one)
    for id in (id for id in run.every if id in pointing):
        if id in run.selection or run.selection.leaves_out(id):
            continue
        for finding in evaluate([run.every[id]], world, run.declared):
            name = finding.resource.rpartition("/")[2]
            meant = any(one.resource == finding.resource or name in one.reason for one in pointing[id])
            if finding.status is Status.FAIL and meant:
                yield finding


def not_judged(run: Run) -> Iterator[Finding]:
    """A finding for each declared line that the selection covers and no check of this version judges."""
    for line in run.declared.lines:
        asked = [id for id in line.judged_by if id in run.selection]
        if asked and not any(id in run.every or id in LINT_IDS for id in line.judged_by):
            yield _not_judged(line, asked)


def by_the_file_alone(declared: Requirements, found: Sequence[Finding]) -> list[Finding]:
    """The findings, after those about the file itself.

    What the platform cannot do at any setting is reported once, as such: a resource that does not meet
    it is not at fault.
    """
    own = lint(declared, found)
    infeasible = {one.declared_at for one in own if _is_infeasible(one)}
    return [*own, *(_excused(one) if one.declared_at in infeasible else one for one in found)]


def _by_their_own_checks(run: Run, found: Sequence[Finding]) -> list[Finding]:
    """The findings of a run that does not ask for those about the file, where nothing else says what cannot be met.

    A line that the platform cannot meet at any setting fails its own check, be the resource as large as can be.
    """
    failing = [one for one in found if one.status is Status.FAIL]
    judged_by = {line.place: line.judged_by for line in run.declared.lines}
    result = list(found)
    for one in filter(_is_infeasible, lint(run.declared, found)):
        ids = judged_by.get(one.declared_at, ()) if one.declared_at else ()
        asked = [id for id in ids if id in run.every and id in run.selection]
        said = any(
            other.check in asked and (other.declared_at == one.declared_at or other.resource == one.resource)
            for other in failing
        )
        if asked and not said:
            result.append(replace(one, check=asked[0]))
    return result


def _is_infeasible(finding: Finding) -> bool:
    return finding.check == INFEASIBLE and finding.status is Status.FAIL


def _excused(finding: Finding) -> Finding:
    if finding.status not in (Status.FAIL, Status.WARN):
        return finding
    why = f"no setting can meet what is declared: see {INFEASIBLE}"
    return replace(finding, status=Status.SKIP, reason=why, fix=())


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
