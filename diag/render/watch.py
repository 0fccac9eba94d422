"""The watch in lines: one for each look, each turn and each message."""

from __future__ import annotations

from datetime import datetime

from diag.render.layout import visible
from diag.report import Report, Status
from diag.update import Turn


def look_line(
    report: Report, at: datetime, next_in_s: float, trouble: str, *, kept: bool = True, named: bool = True
) -> str:
    """How everything stands after one look; `named` says what fails."""
    if trouble:
        return visible(f"{_stamp(at)}  could not look: {trouble.splitlines()[0]}; what was seen before may be over")
    count = report.summary()
    bad = names(report, Status.FAIL)
    shown = f" ({', '.join(bad[:3])}{f' and {len(bad) - 3} more' if len(bad) > 3 else ''})" if bad and named else ""
    words = ("fail", "unknown", "warn", "pass")
    parts = [f"{count[word]} {word}{shown if word == 'fail' else ''}" for word in words if count[word]] or ["nothing"]
    parts += [] if kept else ["not kept"]
    return visible(f"{_stamp(at)}  {' · '.join(parts)} · next look in {next_in_s:.0f} s")


def turn_line(turn: Turn) -> str:
    """From what to what, and how long the old state had lasted."""
    subject = turn.subject
    quiet = f"; not announced: {turn.maintenance}" if turn.maintenance else ""
    said = f"{subject.check} {subject.resource.rpartition('/')[2]}: {turn.before.value} → {turn.after.value}"
    lasted = f"after {spoken(turn.lasted_s)}"
    reason = f": {turn.reason}" if turn.reason and turn.after is not Status.PASS else ""
    return visible(f"{_stamp(turn.at)}  {said} {lasted}{quiet}{reason}")


def turn_row(turn: Turn) -> str:
    """The same for one line of a screen, which may be cut at its end: the most telling part first."""
    subject = turn.subject
    quiet = "; not announced" if turn.maintenance else ""
    turned = f"{turn.before.value} → {turn.after.value} after {spoken(turn.lasted_s)}{quiet}"
    return visible(f"{_stamp(turn.at)}  {turned}: {subject.check} {subject.resource.rpartition('/')[2]}")


def said_line(said: str, at: datetime) -> str:
    """A sentence that is news by one look."""
    return visible(f"{_stamp(at)}  {' '.join(said.split())}")


def names(report: Report, status: Status) -> list[str]:
    """What has that status, probes by their name."""
    found = [finding for finding in report.findings if finding.status is status]
    shown = [one.resource if one.probe else f"{one.check} {one.resource.rpartition('/')[2]}" for one in found]
    return list(dict.fromkeys(shown))


def spoken(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 20 min`."""
    minutes = round(seconds / 60)
    if seconds < 120:
        return f"{max(0, round(seconds))} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
