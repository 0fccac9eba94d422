"""Status updates: what to tell since the last one, and that it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from diag.history import reading, tables
from diag.history.claims import unmoved
from diag.history.hops import paths_of
from diag.history.present import present
from diag.requirements.model import Requirements
from diag.update import Contact, Rate, Scope, StatusUpdate
from diag.values import dataclass

UPDATE_EVERY_S = 7200.0
"""Seconds between two updates when the file does not say."""

_RATES = 30


@dataclass(frozen=True)
class LastUpdate:
    """The newest update that was told."""

    at: datetime
    state: str
    rate: Rate | None


def update_every_s(declared: Requirements | None) -> float:
    """Seconds between two updates, as the file declares it."""
    return float(_incident(declared).get("update_every", UPDATE_EVERY_S))


def _incident(declared: Requirements | None) -> Mapping[str, Any]:
    section: Mapping[str, Any] = declared.sections.get("incident", {}) if declared else {}
    return section


def last_update(connection: Connection, scope: Scope) -> LastUpdate | None:
    """The newest update of the scope; None before the first."""
    table = tables.updates
    asked = select(table).where(reading.in_scope(table, scope)).order_by(table.c.id.desc()).limit(1)
    row = connection.execute(asked).mappings().first()
    if row is None:
        return None
    rate = Rate(row["at"], row["passed"], row["counted"]) if row["counted"] is not None else None
    return LastUpdate(row["at"], row["state"], rate)


def compose(connection: Connection, scope: Scope, declared: Requirements | None, now: datetime) -> StatusUpdate:
    """The update that is due now: what turned and was noted and has not been told, and how things stand."""
    before = last_update(connection, scope)
    every = timedelta(seconds=update_every_s(declared))
    run, stands = present(connection, scope, now, every)
    incident = _incident(declared)
    return StatusUpdate(
        scope=scope,
        at=now,
        state=stands.state,
        said=stands.said,
        run=run,
        since=before.at if before else None,
        impact=incident.get("impact", ""),
        owner=incident.get("owner", ""),
        rates=reading.rates(connection, scope, _RATES),
        rate_before=before.rate if before else None,
        turns=reading.turns(connection, scope, where=tables.turns.c.update_id.is_(None)),
        paths=paths_of(declared, stands.findings),
        unmoved=tuple(one for one in unmoved(connection, scope) if one.notable and one.until >= now - every),
        notes=reading.notes(connection, scope, where=tables.notes.c.update_id.is_(None)),
        escalation=tuple(Contact(one["role"], one.get("contact", "")) for one in incident.get("escalation", ())),
        next_at=now + every,
    )


def told(connection: Connection, sent: StatusUpdate) -> None:
    """Keeps that the update was told, so that the next one begins where it ended."""
    rate = sent.rates[-1] if sent.rates else None
    row = {
        "project": sent.scope.project,
        "environment": sent.scope.environment,
        "at": sent.at,
        "state": sent.state,
        "passed": rate.passed if rate else None,
        "counted": rate.counted if rate else None,
    }
    id = int(connection.execute(insert(tables.updates).values(row).returning(tables.updates.c.id)).scalar_one())
    for table, items in ((tables.turns, sent.turns), (tables.notes, sent.notes)):
        _mark(connection, table, [item.id for item in items], id)


def _mark(connection: Connection, table: Any, ids: Sequence[int], update_id: int) -> None:
    for some in (ids[at : at + 500] for at in range(0, len(ids), 500)):
        connection.execute(update(table).where(table.c.id.in_(some)).values(update_id=update_id))
