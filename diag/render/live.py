"""The live view on a terminal: how everything stands, what turned, when the next look is."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from diag.render.layout import visible
from diag.render.text import SYMBOLS
from diag.render.watch import look_line, turn_line
from diag.report import Finding, Report, Status
from diag.update import Turn

_STYLES = {Status.FAIL: "red", Status.UNKNOWN: "magenta", Status.WARN: "yellow", Status.PASS: "green"}
_ROWS, _TURNS = 20, 8


class View:
    """A screen that is drawn anew after each look; a context manager."""

    def __init__(self, colour: bool) -> None:
        self._live = Live(console=Console(no_color=not colour), auto_refresh=False, redirect_stderr=False)
        self._turns: deque[Turn] = deque(maxlen=_TURNS)
        self._said: deque[str] = deque(maxlen=3)

    def __enter__(self) -> View:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(
        self,
        report: Report,
        at: datetime,
        turns: tuple[Turn, ...],
        next_in_s: float,
        trouble: str,
        *,
        kept: bool = True,
    ) -> None:
        """Draws what a look gave."""
        self._turns.extend(turns)
        parts: list[Text | Table] = [
            Text(look_line(report, at, next_in_s, trouble, kept=kept), style="bold"),
            _table(report),
            *(Text(turn_line(turn)) for turn in self._turns),
            *(Text(visible(said), style="yellow") for said in self._said),
            Text(""),  # the line on which a collection tells its progress
        ]
        self._live.update(Group(*parts), refresh=True)

    def write(self, text: str) -> None:
        """A text of several lines above the table, where it stays."""
        self._live.console.print(Text("\n".join(visible(line) for line in text.splitlines())))

    def say(self, text: str) -> None:
        """A line below the table, from the next look on."""
        self._said.append(text)


def _table(report: Report) -> Table:
    """The probes, and the checks that are not met, the worst first."""
    table = Table(box=None, pad_edge=False, show_header=False)
    bad = [one for one in report.findings if one.status in (Status.FAIL, Status.UNKNOWN, Status.WARN)]
    rows = sorted(bad, key=lambda one: (one.status is not Status.FAIL, -one.severity))
    rows += [one for one in report.findings if one.probe and one not in bad]
    for one in rows[:_ROWS]:
        state = Text(f"{SYMBOLS[one.status]} {one.status.value}", style=_STYLES.get(one.status, ""))
        table.add_row(state, Text(visible(_name(one))), Text(visible(_said(one))))
    if len(rows) > _ROWS:
        table.add_row("", f"and {len(rows) - _ROWS} more", "")
    return table


def _name(finding: Finding) -> str:
    return finding.resource if finding.probe else f"{finding.check} {finding.resource.rpartition('/')[2]}"


def _said(finding: Finding) -> str:
    took = f"{sum(finding.probe.timings_s.values()):.3f} s " if finding.probe else ""
    return f"{took}{finding.reason if finding.status is not Status.PASS else ''}".strip()
