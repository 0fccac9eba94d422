"""Which of the kept runs say how things stand now.

Runs are taken by their date, not by the order in which they were kept: a recording of last month that was judged
a minute ago says nothing of today. A run with a date to come, which a wrong clock gave it, counts as the oldest.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select

from diag.history import codec, standing, tables
from diag.history.reading import findings_of, in_scope, past_run, whole_findings
from diag.history.standing import CLOCKS_DIFFER, LOOK_BACK, Look, Standing
from diag.history.tables import Moment
from diag.update import PastRun, Scope

_R, _F, _J = tables.runs, tables.findings, tables.judgements


def present(connection: Connection, scope: Scope, now: datetime, every: timedelta) -> tuple[PastRun | None, Standing]:
    """The newest run, and how things stand by what each check last saw."""
    dated = _date(now)
    newest = _first(connection, select(_R).where(in_scope(_R, scope)), dated)
    gate = _first(connection, select(_R).where(in_scope(_R, scope), _R.c.gate_restored.is_not(None)), dated)
    gated = standing.gated(gate, findings_of(connection, gate.id)) if gate else None
    return newest, standing.standing(_looks(connection, scope, now, dated), newest, gated, now, every)


def _date(now: datetime) -> ColumnElement[Any]:
    """When a run was taken; one of a later day as if long ago."""
    long_ago = literal(now - LOOK_BACK, Moment)
    return case((_R.c.taken_at > literal(now + CLOCKS_DIFFER, Moment), long_ago), else_=_R.c.taken_at)


def _first(connection: Connection, asked: Select[Any], dated: ColumnElement[Any]) -> PastRun | None:
    row = connection.execute(asked.order_by(dated.desc(), _R.c.id.desc()).limit(1)).mappings().first()
    return past_run(row) if row else None


def _looks(connection: Connection, scope: Scope, now: datetime, dated: ColumnElement[Any]) -> tuple[Look, ...]:
    """The findings of each check by the newest run that looked at it; none of the past."""
    looked = (
        select(_J.c.check_id, _R.c.id.label("run_id"), dated.label("dated"))
        .select_from(_F)
        .join(_J, _J.c.id == _F.c.judgement_id)
        .join(_R, _R.c.id == _F.c.run_id)
        .where(in_scope(_R, scope), _R.c.taken_at >= now - LOOK_BACK)
        .distinct()
        .subquery()
    )
    order = (looked.c.dated.desc(), looked.c.run_id.desc())
    place = func.row_number().over(partition_by=looked.c.check_id, order_by=order).label("place")
    placed = select(looked.c.check_id, looked.c.run_id, place).subquery()
    asked = (
        whole_findings()
        .join(placed, and_(placed.c.check_id == _J.c.check_id, placed.c.run_id == _F.c.run_id, placed.c.place == 1))
        .join(_R, _R.c.id == _F.c.run_id)
        .add_columns(_R.c.id.label("run"), _R.c.taken_at)
        .order_by(_F.c.run_id, _F.c.position)
    )
    rows = connection.execute(asked).mappings()
    return tuple(Look(row["run"], row["taken_at"], codec.finding_of(row)) for row in rows)
