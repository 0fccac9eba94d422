"""Past runs as a list, and the trend of a check, a probe or the pass rate as a small plot; both as JSON too."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from diag.render.claims import sentence
from diag.render.layout import columns, visible
from diag.render.plot import GAP
from diag.render.plot import columns as plotted
from diag.render.text import SYMBOLS
from diag.render.times import fraction, moment, span
from diag.report import Status
from diag.update import Outage, PastRun, Point, Rate, Trend, Turn, Unmoved

HEIGHT = 5
"""Lines of a plot."""

_PAGE = 100
"""Columns of a plot at most, when there is no terminal to fit."""
_AXIS = 11
_TURNS = 8

_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.WAIVED, Status.PASS, Status.SKIP)

Plain = dict[str, object]
_T = TypeVar("_T")


# Runs


def runs(found: Sequence[PastRun], width: int | None) -> str:
    """One line a run, newest first; `width` in cells, None wraps nothing."""
    number = max(3, *(len(str(run.id)) for run in found))
    scopes = {run.scope for run in found}
    lines = [visible(str(found[0].scope)), ""] if len(scopes) == 1 else []
    lines.append(f"{'run':>{number}}  {'when':<20}  {'command':<8}  {'verdict':<12}  what counts")
    for run in found:
        place = "" if len(scopes) == 1 else f"  {run.scope}"
        head = f"{run.id:>{number}}  {moment(run.at)}  {run.command:<8}  {run.verdict:<12}  "
        lines += columns(visible(head), visible(_counts(run) + place), width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _counts(run: PastRun) -> str:
    if run.rate:
        return fraction(run.rate)
    bad = [f"{run.summary[word]} {word}" for word in ("fail", "unknown", "warn") if run.summary[word]]
    return ", ".join(bad) or f"{run.summary['pass']} pass"


def runs_document(found: Sequence[PastRun]) -> str:
    """The same as JSON, ending in a newline; times in RFC 3339 UTC, durations in seconds."""
    return _json({"runs": [_run(run) for run in found]})


def _run(run: PastRun) -> Plain:
    gate = run.rate and {
        "restored": run.restored,
        "passed": run.rate.passed,
        "counted": run.rate.counted,
        "said": run.gate,
    }
    return {
        "run": run.id,
        "project": run.scope.project,
        "environment": run.scope.environment or None,
        "taken_at": _time(run.at),
        "command": run.command,
        "source": run.source,
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "duration_s": run.duration_s,
        "summary": dict(run.summary),
        "gate": gate,
    }


# Trends


def trend(found: Trend, width: int | None) -> str:
    """The subject run by run: of a probe its times as a curve, the states, the last turns, how long outages took."""
    groups = _grouped(found.points, width)
    lines = columns("", f"{visible(found.subject.check)}  {visible(found.subject.resource)}", width)
    if found.subject.vantage:
        lines += [f"from {visible(found.subject.vantage)}"]
    times = [max((point.value for point in group if point.value is not None), default=None) for group in groups]
    top = max((value for value in times if value is not None), default=None)
    if top is not None:
        lines += _curve(times, top, _seconds(top), "0 s")
    lines += [_label("status") + "".join(SYMBOLS[_worst(group)] for group in groups)]
    lines += columns(_label(""), _extent([point.at for point in found.points], len(groups)), width)
    lines += columns(_label(""), _legend(found.points), width)
    if found.unmoved:
        lines += _list("claims", [visible(sentence(found.unmoved))], width)
    lines += _list("turned", [_turn(turn) for turn in found.turns[-_TURNS:]], width)
    lines += _list("restored", _restored(found.outages), width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def rates(found: Sequence[Rate], width: int | None) -> str:
    """The pass rate of the gate run by run as a curve from 0 to 100 %, and where it stands."""
    groups = _grouped(found, width)
    shares = [min((rate.passed / rate.counted for rate in group if rate.counted), default=None) for group in groups]
    lines = ["pass rate of the restoration gate", *_curve(shares, 1.0, "100 %", "0 %")]
    lines += columns(_label(""), _extent([rate.at for rate in found], len(groups)), width)
    lines += columns(_label("now"), fraction(found[-1]), width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _grouped(points: Sequence[_T], width: int | None) -> list[Sequence[_T]]:
    """The points by columns: one each, or as many as it takes to fit."""
    room = max(10, min(width or _PAGE, _PAGE) - _AXIS)
    each = -(-len(points) // room)
    return [points[at : at + each] for at in range(0, len(points), each)]


def _curve(values: Sequence[float | None], top: float, high: str, low: str) -> Iterator[str]:
    labels = {0: high, HEIGHT - 1: low}
    for line, blocks in enumerate(plotted(values, top, HEIGHT)):
        yield f"{labels.get(line, ''):>{_AXIS - 3}} {'┤' if line in labels else '│'} {blocks}"


def _seconds(value: float) -> str:
    if value >= 0.9995:
        return f"{value:.3g} s"
    return f"{value * 1000:.0f} ms" if value >= 0.01 else f"{value * 1000:.2g} ms"


def _worst(group: Sequence[Point]) -> Status:
    return min((point.status for point in group), key=_WORST_FIRST.index)


def _label(text: str) -> str:
    """What stands before a line: the label, or nothing of the same width."""
    return f"{text:>{_AXIS - 3}}   "


def _list(label: str, entries: Sequence[str], width: int | None) -> Iterator[str]:
    for number, entry in enumerate(entries):
        yield from columns(_label("" if number else label), entry, width)


def _extent(times: Sequence[datetime], columns: int) -> str:
    """From when to when, how many runs, and how many in a column."""
    runs = f"{len(times)} runs" if len(times) > 1 else "1 run"
    many = f", {-(-len(times) // columns)} a column" if len(times) > columns else ""
    return f"{moment(times[0])} to {moment(times[-1], times[0])}, {runs}{many}"


def _legend(points: Sequence[Point]) -> str:
    seen = {point.status for point in points}
    said = "  ".join(f"{SYMBOLS[status]} {status.value}" for status in _WORST_FIRST if status in seen)
    gap = (
        f"  {GAP} no time" if any(p.value is None for p in points) and any(p.value is not None for p in points) else ""
    )
    return said + gap


def _turn(turn: Turn) -> str:
    said = f"{turn.before.value} → {turn.after.value} at {moment(turn.at)}, {turn.before.value} for "
    kept = f", in maintenance: {visible(turn.maintenance)}" if turn.maintenance else ""
    return f"{said}{span(turn.lasted_s)} before (diag {visible(turn.command)}){kept}"


def _restored(outages: Sequence[Outage]) -> list[str]:
    """How often it was restored and how long that took, and whether it fails now."""
    ended = [outage.lasted_s for outage in outages if outage.ended]
    times = "once, after" if len(ended) == 1 else f"{len(ended)} times, median"
    said = [f"{times} {span(statistics.median(ended))}"] if ended else []
    return said + [f"not yet, for {span(outage.lasted_s)}" for outage in outages if not outage.ended]


def trends_document(name: str, found: Sequence[Trend]) -> str:
    """The trends as JSON, ending in a newline; times in RFC 3339 UTC, durations in seconds."""
    return _json({"name": name, "trends": [_trend(each) for each in found]})


def _trend(found: Trend) -> Plain:
    return {
        "check": found.subject.check,
        "resource": found.subject.resource,
        "vantage": found.subject.vantage or None,
        "points": [
            {"run": each.run, "at": _time(each.at), "status": each.status.value, "took_s": each.value}
            for each in found.points
        ],
        "turns": [_turned(each) for each in found.turns],
        "outages": [
            {"began": _time(each.began), "ended": each.ended and _time(each.ended), "lasted_s": each.lasted_s}
            for each in found.outages
        ],
        "unmoved": found.unmoved and _unmoved(found.unmoved),
    }


def _unmoved(one: Unmoved) -> Plain:
    return {
        "what": one.aspect.value,
        "runs": one.runs,
        "since": _time(one.since),
        "until": _time(one.until),
        "values": list(one.values),
        "others_turned": one.turned,
        "others_failing": one.failing,
        "notable": one.notable,
        "said": sentence(one),
    }


def _turned(turn: Turn) -> Plain:
    return {
        "at": _time(turn.at),
        "from": turn.before.value,
        "to": turn.after.value,
        "lasted_s": turn.lasted_s,
        "command": turn.command,
        "maintenance": turn.maintenance or None,
    }


def rates_document(found: Sequence[Rate]) -> str:
    """The pass rates as JSON, ending in a newline."""
    return _json({"rates": [{"at": _time(each.at), "passed": each.passed, "counted": each.counted} for each in found]})


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(document: Plain) -> str:
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
