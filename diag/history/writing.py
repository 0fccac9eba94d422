"""One run into the tables: its findings, its probes, and how states turned by it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from diag import __version__
from diag.history import codec, tables
from diag.history.hops import lasting
from diag.history.turning import Change, Patience, Seen, State, advanced, first, together
from diag.report import Finding, Report, Status
from diag.update import Scope, Subject, Turn
from diag.values import dataclass

_SEEN_TO = timedelta(days=1)
"""How exactly it is kept when a state was last seen: nothing is written for a state that stays."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A run that was kept: its number, and what turned by it."""

    run: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class KnownState:
    """A state and the id of its row; `seen_at` is when a run last looked at it, to the day."""

    id: int
    state: State
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A run to keep, and how its findings turn states."""

    report: Report
    command: str
    patience: Patience = Patience()
    maintenance: str = ""

    @property
    def scope(self) -> Scope:
        """Whose states it may turn."""
        return scope_of(self.report)

    @property
    def at(self) -> datetime:
        """When the run began to look."""
        return codec.moment(self.report.origin.taken_at)


def scope_of(report: Report) -> Scope:
    """The project and environment of a report."""
    return Scope(report.project, report.environment or "")


def subject_of(finding: Finding) -> Subject:
    """What the finding's state is the state of; a new revision of a service is no new subject."""
    vantage = finding.probe.vantage if finding.probe else ""
    return Subject(codec.plain(finding.check), codec.plain(lasting(finding.resource)), codec.plain(vantage))


def write(connection: Connection, run: Recorded) -> Kept:
    """Keeps the run whole, in the transaction of `connection`."""
    id = _run(connection, run)
    _findings(connection, id, run.report.findings)
    return Kept(run=id, turns=_turned(connection, id, run))


def _run(connection: Connection, run: Recorded) -> int:
    report, gate = run.report, run.report.gate
    row = {
        "project": run.scope.project,
        "environment": run.scope.environment,
        "taken_at": run.at,
        "region": report.region or "",
        "command": run.command,
        "source": report.origin.kind,
        "tool_version": __version__,
        "exit_code": gate.exit_code if gate else report.exit_code(),
        "duration_s": max(0.0, report.duration_s),
        "summary": json.dumps(report.summary()),
        "notes": json.dumps([codec.plain(note) for note in report.notes]),
        "gate_restored": gate.restored if gate else None,
        "gate_passed": gate.passed if gate else None,
        "gate_counted": gate.counted if gate else None,
        "gate_said": codec.plain(f"{gate.said}; clean runs {gate.runs_seen} of {gate.runs_required}") if gate else "",
    }
    return int(connection.execute(insert(tables.runs).values(row).returning(tables.runs.c.id)).scalar_one())


def _findings(connection: Connection, run: int, found: Sequence[Finding]) -> None:
    rows = [codec.judgement(finding) for finding in found]
    ids = _judgements(connection, {row["digest"]: row for row in rows})
    kept = [{"run_id": run, "position": at, "judgement_id": ids[row["digest"]]} for at, row in enumerate(rows)]
    probed = [
        {"run_id": run, "position": at, **codec.probe(finding.probe)}
        for at, finding in enumerate(found)
        if finding.probe
    ]
    for table, values in ((tables.findings, kept), (tables.probes, probed)):
        if values:
            connection.execute(insert(table), values)


def _judgements(connection: Connection, rows: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """The id of each judgement by its digest; those that were never made before are added."""
    table = tables.judgements
    known = select(table.c.digest, table.c.id).where(table.c.digest.in_(rows))
    ids = {row.digest: int(row.id) for row in connection.execute(known)}
    missing = [dict(row) for digest, row in rows.items() if digest not in ids]
    if missing:
        added = connection.execute(insert(table).returning(table.c.digest, table.c.id), missing)
        ids |= {row.digest: int(row.id) for row in added}
    return ids


def _turned(connection: Connection, run_id: int, run: Recorded) -> tuple[Turn, ...]:
    """Moves the state of each subject of the run on, and keeps what turned."""
    before = states_of(connection, run.scope, run.command)
    subjects: dict[Subject, list[Finding]] = {}
    for finding in run.report.findings:
        subjects.setdefault(subject_of(finding), []).append(finding)
    fresh: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    changes: list[tuple[Subject, Finding, Change]] = []
    for subject, found in subjects.items():
        seen = Seen(together(each.status for each in found), run.at)
        if subject not in before:
            fresh.append(_state_row(first(seen), run.at) | _place(run, subject))
            continue
        known = before[subject]
        state, change = advanced(known.state, seen, run.patience)
        if state != known.state or run.at - known.seen_at > _SEEN_TO:
            moved.append(_state_row(state, run.at) | {"state_id": known.id})
        if change:
            changes.append((subject, _telling(found, seen.status), change))
    if fresh:
        connection.execute(insert(tables.states), fresh)
    if moved:
        connection.execute(update(tables.states).where(tables.states.c.id == bindparam("state_id")), moved)
    return _turns(connection, run_id, run, changes)


def states_of(connection: Connection, scope: Scope, command: str) -> dict[Subject, KnownState]:
    """The states that runs of a command gave."""
    table = tables.states
    asked = select(table).where(
        table.c.project == scope.project, table.c.environment == scope.environment, table.c.command == command
    )
    return {
        Subject(row["check_id"], row["resource"], row["vantage"]): KnownState(
            row["id"], codec.state_of(row), row["seen_at"]
        )
        for row in connection.execute(asked).mappings()
    }


def _state_row(state: State, seen_at: datetime) -> dict[str, Any]:
    return {
        "status": state.status.value,
        "since": state.since,
        "seen_at": seen_at,
        "otherwise": codec.sights(state.otherwise),
    }


def _place(run: Recorded, subject: Subject) -> dict[str, str]:
    """The columns that say whose state or turn it is."""
    return {
        "project": run.scope.project,
        "environment": run.scope.environment,
        "command": run.command,
        "check_id": subject.check,
        "resource": subject.resource,
        "vantage": subject.vantage,
    }


def _telling(found: Sequence[Finding], status: Status) -> Finding:
    """The finding that gave its subject the status."""
    return next((each for each in found if each.status is status), found[0])


def _turns(
    connection: Connection, run_id: int, run: Recorded, changes: Sequence[tuple[Subject, Finding, Change]]
) -> tuple[Turn, ...]:
    if not changes:
        return ()
    rows = [
        {
            "run_id": run_id,
            **_place(run, subject),
            "severity": finding.severity.word,
            "title": codec.plain(finding.title),
            "reason": codec.plain(finding.reason),
            "before": change.before.value,
            "after": change.after.value,
            "at": change.at,
            "lasted_s": change.lasted_s,
            "maintenance": codec.plain(run.maintenance),
        }
        for subject, finding, change in changes
    ]
    table = tables.turns
    added = connection.execute(insert(table).returning(table, sort_by_parameter_order=True), rows)
    return tuple(turn_of(row) for row in added.mappings())


def turn_of(row: codec.Row) -> Turn:
    """The turn of its row."""
    return Turn(
        id=row["id"],
        at=row["at"],
        command=row["command"],
        subject=Subject(row["check_id"], row["resource"], row["vantage"]),
        severity=codec.severity(row["severity"]),
        title=row["title"],
        reason=row["reason"],
        before=Status(row["before"]),
        after=Status(row["after"]),
        lasted_s=row["lasted_s"],
        maintenance=row["maintenance"],
    )
