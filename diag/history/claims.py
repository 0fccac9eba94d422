"""Health pages that answer the same run after run: how long, and what turned meanwhile.

Of each page three digests are kept, one row each: of the whole answer, of what it claims of its parts, and of the
values that move on a page which measures. A row is one answer and how often it was given one time after the other;
nothing of the page itself is kept, and no more for a thousand runs than for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from diag.history import codec, tables
from diag.history.reading import in_scope
from diag.history.writing import Recorded, subject_of
from diag.report import Claim, Status
from diag.update import Aspect, Scope, Subject, Unmoved

MIN_RUNS = 5
MIN_SPAN = timedelta(minutes=5)
"""Less than this is no news: an answer may come from a cache, and two looks may see the same second."""

_STATES_SEEN_TO = timedelta(days=1)
"""How exactly it is kept when a state was last seen."""

_C, _T, _S = tables.claims, tables.turns, tables.states

_Same = Mapping[Aspect, codec.Row]
"""The rows of one page."""


# Keeping


def keep(connection: Connection, run: Recorded) -> None:
    """Counts the answers of the run's health pages on, each from anew when it is another one than before."""
    claims = {subject_of(each): each.probe.claim for each in run.report.findings if each.probe and each.probe.claim}
    if not claims:
        return
    before = _rows(connection, run.scope)
    fresh: list[dict[str, Any]] = []
    known: list[dict[str, Any]] = []
    for subject, claim in claims.items():
        own = before.get(subject, {})
        for aspect, digest in _digests(claim).items():
            row = _counted(own.get(aspect), digest, run.at) | _about(claim)
            if aspect in own:
                known.append(row | {"row": own[aspect]["id"]})
            else:
                fresh.append(row | _place(run.scope, subject) | {"aspect": aspect.value})
    if fresh:
        connection.execute(insert(_C), fresh)
    if known:
        connection.execute(update(_C).where(_C.c.id == bindparam("row")), known)


def _digests(claim: Claim) -> dict[Aspect, str]:
    return {Aspect.ANSWER: claim.answer, Aspect.PARTS: claim.parts, Aspect.VALUES: claim.values}


def _about(claim: Claim) -> dict[str, Any]:
    return {"moving": json.dumps([codec.plain(each) for each in claim.moving]), "well": claim.well}


def _place(scope: Scope, subject: Subject) -> dict[str, str]:
    return {
        "project": scope.project,
        "environment": scope.environment,
        "check_id": subject.check,
        "resource": subject.resource,
        "vantage": subject.vantage,
    }


def _counted(before: codec.Row | None, digest: str, at: datetime) -> dict[str, Any]:
    """How often the answer was given by now; a clock that jumped back makes no time longer."""
    if before is None or before["digest"] != digest:
        return {"digest": digest, "since": at, "seen_at": at, "runs": 1}
    return {"digest": digest, "since": min(before["since"], at), "seen_at": at, "runs": before["runs"] + 1}


def _rows(connection: Connection, scope: Scope) -> dict[Subject, dict[Aspect, codec.Row]]:
    found: dict[Subject, dict[Aspect, codec.Row]] = {}
    for row in connection.execute(select(_C).where(in_scope(_C, scope))).mappings():
        subject = Subject(row["check_id"], row["resource"], row["vantage"])
        found.setdefault(subject, {})[Aspect(row["aspect"])] = row
    return found


# Reading


def unmoved(connection: Connection, scope: Scope, subject: Subject | None = None) -> tuple[Unmoved, ...]:
    """Of each health page, or of one, what it said more than once without a change; the most telling of it."""
    rows = _rows(connection, scope)
    asked = rows if subject is None else {subject: rows[subject]} if subject in rows else {}
    found = ((each, list(_candidates(connection, scope, each, own))) for each, own in asked.items())
    return tuple(next((one for one in own if one.notable), own[0]) for _, own in found if own)


def _candidates(connection: Connection, scope: Scope, subject: Subject, own: _Same) -> Iterator[Unmoved]:
    for aspect in Aspect:
        row = own.get(aspect)
        if row and row["digest"] and row["runs"] > 1:
            since, until = row["since"], max(row["since"], row["seen_at"])
            moving = own.get(Aspect.VALUES)
            one = Unmoved(
                subject=subject,
                aspect=aspect,
                digest=row["digest"],
                runs=row["runs"],
                since=since,
                until=until,
                # When the whole answer is the same, so are the values in it.
                values=_names(row) if aspect is not Aspect.PARTS and moving and moving["digest"] else (),
                turned=_turned(connection, scope, subject, since, until),
                failing=_failing(connection, scope, subject, since, until),
            )
            yield replace(one, notable=_is_notable(one, well=row["well"]))


def _is_notable(one: Unmoved, *, well: bool) -> bool:
    """Whether it is to be pointed out: often and long enough, while something else moved or should have.

    A page that always says the same is no news by itself: all may have been the same.
    """
    if one.runs < MIN_RUNS or one.until - one.since < MIN_SPAN:
        return False
    match one.aspect:
        case Aspect.ANSWER:
            return bool(one.values or one.turned or (one.failing and well))
        case Aspect.PARTS:
            return bool(one.turned)
        case Aspect.VALUES:
            return True


def _names(row: codec.Row) -> tuple[str, ...]:
    return codec.sentences(row["moving"])


def _turned(connection: Connection, scope: Scope, subject: Subject, since: datetime, until: datetime) -> int:
    """How many other requirements turned to fail, or from it, in that time."""
    bad = Status.FAIL.value
    asked = select(_T.c.check_id, _T.c.resource).where(
        in_scope(_T, scope), _T.c.at > since, _T.c.at <= until, or_(_T.c.before == bad, _T.c.after == bad)
    )
    return _others(connection, asked, subject)


def _failing(connection: Connection, scope: Scope, subject: Subject, since: datetime, until: datetime) -> int:
    """How many other probes have failed all that time."""
    asked = select(_S.c.check_id, _S.c.resource).where(
        and_(in_scope(_S, scope), _S.c.status == Status.FAIL.value, _S.c.check_id.startswith("probe.")),
        _S.c.since <= since,
        _S.c.seen_at >= until - _STATES_SEEN_TO,
    )
    return _others(connection, asked, subject)


def _others(connection: Connection, asked: Any, subject: Subject) -> int:
    found = {(check, resource) for check, resource in connection.execute(asked.distinct())}
    return len(found - {(subject.check, subject.resource)})
