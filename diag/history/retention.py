"""What is old enough to go."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete, exists, func, select

from diag.history import tables
from diag.values import dataclass

_NEWEST = 10
"""Runs that never go by age, and from the oldest of which age is counted: a clock that jumps ahead for a while
must not take away what was kept."""


@dataclass(frozen=True)
class Retention:
    """How long, and how many runs; turns, notes, updates and claims go by age alone."""

    days: float = 90.0
    runs: int = 10_000

    def __post_init__(self) -> None:
        if self.days <= 0 or self.runs < 1:
            raise ValueError("at least one run is kept, and for some time")


def prune(connection: Connection, keep: Retention) -> None:
    """Removes what is older or more than is to be kept."""
    _by_number(connection, keep.runs)
    _by_age(connection, timedelta(days=keep.days))


def _by_number(connection: Connection, number: int) -> None:
    ids = tables.runs.c.id
    lowest, highest = connection.execute(select(func.min(ids), func.max(ids))).one()
    if lowest is None or highest - lowest < number:
        return
    first_to_go = connection.execute(select(ids).order_by(ids.desc()).offset(number).limit(1)).scalar()
    if first_to_go is not None:
        _remove(connection, list(connection.execute(select(ids).where(ids <= first_to_go)).scalars()))


def _by_age(connection: Connection, age: timedelta) -> None:
    runs = tables.runs.c
    newest = select(runs.id, runs.taken_at).order_by(runs.id.desc()).limit(_NEWEST)
    found = connection.execute(newest).all()
    if len(found) < _NEWEST:
        return
    oldest_id, counted_from = found[-1]
    until = counted_from - age
    _remove(
        connection,
        list(connection.execute(select(runs.id).where(runs.id < oldest_id, runs.taken_at < until)).scalars()),
    )
    for table, at in (
        (tables.turns, tables.turns.c.at),
        (tables.notes, tables.notes.c.at),
        (tables.updates, tables.updates.c.at),
        (tables.states, tables.states.c.seen_at),
        (tables.claims, tables.claims.c.seen_at),
    ):
        connection.execute(delete(table).where(at < until))


def _remove(connection: Connection, runs: list[int]) -> None:
    """Removes runs, and the judgements that no other run made."""
    findings, judgements = tables.findings.c, tables.judgements.c
    for some in (runs[at : at + 500] for at in range(0, len(runs), 500)):
        said = list(
            connection.execute(select(findings.judgement_id).where(findings.run_id.in_(some)).distinct()).scalars()
        )
        connection.execute(delete(tables.runs).where(tables.runs.c.id.in_(some)))
        for few in (said[at : at + 500] for at in range(0, len(said), 500)):
            unused = ~exists().where(findings.judgement_id == judgements.id)
            connection.execute(delete(tables.judgements).where(judgements.id.in_(few), unused))
