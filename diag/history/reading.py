"""What the tables hold, as values: runs, their reports, trends, turns and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, true

from diag.history import codec, tables
from diag.history.hops import lasting
from diag.history.restoring import outages
from diag.history.turning import badness, together
from diag.history.writing import turn_of
from diag.report import Finding, Origin, Report, Status
from diag.update import Note, PastRun, Point, Rate, Scope, Subject, Trend, Turn
from diag.values import dataclass

_R, _F, _J, _P = tables.runs, tables.findings, tables.judgements, tables.probes


def in_scope(table: Any, scope: Scope) -> ColumnElement[bool]:
    """The condition that a row belongs to the scope."""
    return and_(table.c.project == scope.project, table.c.environment == scope.environment)


def scopes(connection: Connection) -> tuple[Scope, ...]:
    """Every project and environment that runs or notes are kept of."""
    found = {
        Scope(project, environment)
        for table in (_R, tables.notes)
        for project, environment in connection.execute(select(table.c.project, table.c.environment).distinct())
    }
    return tuple(sorted(found, key=lambda scope: (scope.project, scope.environment)))


def runs(connection: Connection, last: int, project: str | None, environment: str | None) -> tuple[PastRun, ...]:
    """The newest runs, newest first, of all projects and environments or of the named ones."""
    asked = select(_R).order_by(_R.c.id.desc()).limit(last)
    if project is not None:
        asked = asked.where(_R.c.project == project)
    if environment is not None:
        asked = asked.where(_R.c.environment == environment)
    return tuple(past_run(row) for row in connection.execute(asked).mappings())


def first_run(connection: Connection, scope: Scope, command: str) -> datetime | None:
    """When the oldest run of a command was taken; None without any."""
    asked = select(_R.c.taken_at).where(in_scope(_R, scope), _R.c.command == command).order_by(_R.c.id).limit(1)
    return connection.execute(asked).scalar()


def rates(connection: Connection, scope: Scope, last: int) -> tuple[Rate, ...]:
    """The pass rates of the gate's newest runs, oldest first."""
    asked = select(_R).where(in_scope(_R, scope), _R.c.gate_counted.is_not(None)).order_by(_R.c.id.desc()).limit(last)
    found = [past_run(row).rate for row in connection.execute(asked).mappings()]
    return tuple(rate for rate in reversed(found) if rate)


def report(connection: Connection, run: int) -> Report | None:
    """The report of a run as far as it is kept (no evidence, no fixes); None when there is no such run."""
    row = connection.execute(select(_R).where(_R.c.id == run)).mappings().first()
    if row is None:
        return None
    past = past_run(row)
    return Report(
        project=past.scope.project,
        region=row["region"] or None,
        environment=past.scope.environment or None,
        origin=Origin(kind="history", taken_at=codec.stamp(past.at), path=f"run {run}"),
        duration_s=past.duration_s,
        findings=tuple(findings_of(connection, run)),
        notes=(*past.notes, *([f"the gate said: {past.gate}"] if past.gate else [])),
    )


def findings_of(connection: Connection, run: int) -> Iterator[Finding]:
    """The findings of a run, in the order of its report."""
    asked = whole_findings().where(_F.c.run_id == run).order_by(_F.c.position)
    yield from (codec.finding_of(row) for row in connection.execute(asked).mappings())


def whole_findings() -> Select[Any]:
    """Findings with all that is kept of them."""
    return _joined().add_columns(_J, *(column for column in _P.c if column.name not in ("run_id", "position")))


def _joined() -> Select[Any]:
    """Findings with what they say and, of probes, how they went."""
    of_probe = and_(_P.c.run_id == _F.c.run_id, _P.c.position == _F.c.position)
    return select().select_from(_F).join(_J, _J.c.id == _F.c.judgement_id).join(_P, of_probe, isouter=True)


def past_run(row: codec.Row) -> PastRun:
    """The run of its row."""
    counted = row["gate_counted"]
    return PastRun(
        id=row["id"],
        scope=Scope(row["project"], row["environment"]),
        at=row["taken_at"],
        command=row["command"],
        source=row["source"],
        exit_code=row["exit_code"],
        duration_s=row["duration_s"],
        summary=codec.counts(row["summary"]),
        notes=codec.sentences(row["notes"]),
        gate=row["gate_said"],
        restored=row["gate_restored"],
        rate=None if counted is None else Rate(row["taken_at"], row["gate_passed"], counted),
    )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which trend is asked for."""

    name: str
    """The id of a check, or the name of a probe."""
    resource: str | None = None
    """A resource's full name, or the last segment of it; None for all."""
    last: int = 60
    """How many runs at most."""

    def condition(self) -> ColumnElement[bool]:
        """The condition on a judgement."""
        probe = and_(_J.c.check_id.startswith("probe."), _J.c.resource == self.name)
        return (_J.c.check_id == self.name) | probe

    def means(self, resource: str) -> bool:
        """Whether a resource is asked for."""
        return self.resource is None or self.resource in (resource, resource.rpartition("/")[2])


def trends(connection: Connection, scope: Scope, asked: Asked, now: datetime) -> tuple[Trend, ...]:
    """The trend of each subject that the name means, by the newest runs that looked at it; the worst now first."""
    ids = (
        select(_R.c.id)
        .where(in_scope(_R, scope), _R.c.id == _F.c.run_id, _J.c.id == _F.c.judgement_id, asked.condition())
        .distinct()
        .order_by(_R.c.id.desc())
        .limit(asked.last)
        .correlate(None)
    )
    rows = (
        _joined()
        .join(_R, _R.c.id == _F.c.run_id)
        .add_columns(_R.c.id, _R.c.taken_at, _J.c.check_id, _J.c.resource, _J.c.status, _P.c.vantage, _P.c.took_s)
        .where(_R.c.id.in_(ids), asked.condition())
        .order_by(_R.c.id, _F.c.position)
    )
    seen: dict[Subject, dict[int, list[codec.Row]]] = {}
    for row in connection.execute(rows).mappings():
        subject = Subject(row["check_id"], lasting(row["resource"]), row["vantage"] or "")
        if asked.means(subject.resource):
            seen.setdefault(subject, {}).setdefault(row["id"], []).append(row)
    found = [_trend(connection, scope, subject, by_run, now) for subject, by_run in seen.items()]
    return tuple(sorted(found, key=lambda each: badness(each.points[-1].status), reverse=True))


def _trend(
    connection: Connection, scope: Scope, subject: Subject, by_run: dict[int, list[codec.Row]], now: datetime
) -> Trend:
    points = tuple(
        Point(run, rows[0]["taken_at"], together(Status(row["status"]) for row in rows), rows[0]["took_s"])
        for run, rows in by_run.items()
    )
    turned = turns(connection, scope, subject=subject)
    failing = _failing(connection, scope, subject)
    return Trend(subject, points, turned, outages(turned, failing, now))


def _failing(connection: Connection, scope: Scope, subject: Subject) -> dict[Subject, datetime]:
    """The subject and since when it fails, if it does for any command."""
    table = tables.states
    asked = select(func.min(table.c.since)).where(
        in_scope(table, scope), _is_of(table, subject), table.c.status == Status.FAIL.value
    )
    since = connection.execute(asked).scalar()
    return {subject: since} if since else {}


def _is_of(table: Any, subject: Subject) -> ColumnElement[bool]:
    return and_(
        table.c.check_id == subject.check, table.c.resource == subject.resource, table.c.vantage == subject.vantage
    )


def turns(
    connection: Connection,
    scope: Scope,
    *,
    since: datetime | None = None,
    command: str | None = None,
    subject: Subject | None = None,
    where: ColumnElement[bool] | None = None,
) -> tuple[Turn, ...]:
    """The turns of a scope in the order in which they were seen."""
    table = tables.turns
    conditions = [in_scope(table, scope), where if where is not None else true()]
    if since is not None:
        conditions.append(table.c.at >= since)
    if command is not None:
        conditions.append(table.c.command == command)
    if subject is not None:
        conditions.append(_is_of(table, subject))
    asked = select(table).where(*conditions).order_by(table.c.id)
    return tuple(turn_of(row) for row in connection.execute(asked).mappings())


def notes(
    connection: Connection, scope: Scope, since: datetime | None = None, where: ColumnElement[bool] | None = None
) -> tuple[Note, ...]:
    """The notes of a scope in the order in which they were written."""
    table = tables.notes
    conditions: Sequence[ColumnElement[bool]] = (
        in_scope(table, scope),
        table.c.at >= since if since is not None else true(),
        where if where is not None else true(),
    )
    asked = select(table.c.id, table.c.at, table.c.text).where(*conditions).order_by(table.c.id)
    return tuple(Note(*row) for row in connection.execute(asked))
