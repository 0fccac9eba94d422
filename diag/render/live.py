"""The live view on a terminal: how everything stands, what turned, when the next look is."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from diag.render.layout import visible
from diag.render.text import SYMBOLS
from diag.render.watch import look_line, turn_row
from diag.report import Finding, Report, Status
from diag.update import Turn

_STYLES = {Status.FAIL: "red", Status.UNKNOWN: "magenta", Status.WARN: "yellow", Status.PASS: "green"}
_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.WARN)
_ROWS, _TURNS = 20, 8
_LEAST = 3
"""Lines that the table has on the smallest screen."""


class View:
    """A screen that is drawn anew after each look; a context manager. `console` is the terminal unless it is given."""

    def __init__(self, colour: bool, console: Console | None = None) -> None:
        self._console = console or Console(no_color=not colour)
        self._live = Live(console=self._console, auto_refresh=False, redirect_stderr=False)
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
        """Draws what a look gave: all that turned lately, and as much of the table as the screen has room for."""
        self._turns.extend(turns)
        head = Text(look_line(report, at, next_in_s, trouble, kept=kept, named=False), style="bold")
        below = Group(
            *(Text(turn_row(turn), no_wrap=True, overflow="ellipsis") for turn in self._turns),
            *(Text(visible(said), style="yellow") for said in self._said),
            Text(""),  # the line on which a collection tells its progress
        )
        room = self._console.size.height - self._lines(head) - self._lines(below)
        self._live.update(Group(head, self._fitting(report, max(_LEAST, room)), below), refresh=True)

    def write(self, text: str) -> None:
        """A text of several lines above the table, where it stays."""
        self._console.print(Text("\n".join(visible(line) for line in text.splitlines())))

    def say(self, text: str) -> None:
        """A line below the table, from the next look on."""
        self._said.append(text)

    def _fitting(self, report: Report, room: int) -> Table:
        """The table with as many rows as there is room for."""
        rows = _rows(report)
        for number in range(min(len(rows), _ROWS), 1, -1):
            table = _table(rows, number)
            if self._lines(table) <= room:
                return table
        return _table(rows, 1)

    def _lines(self, shown: Text | Table | Group) -> int:
        return len(self._console.render_lines(shown, pad=False))


def _rows(report: Report) -> list[Finding]:
    """The probes, and the checks that are not met, the worst first."""
    bad = [one for one in report.findings if one.status in (Status.FAIL, Status.UNKNOWN, Status.WARN)]
    rows = sorted(bad, key=lambda one: (_WORST_FIRST.index(one.status), -one.severity))
    return rows + [one for one in report.findings if one.probe and one not in bad]


def _table(rows: Sequence[Finding], number: int) -> Table:
    """The first rows, and how many more there are."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=2)
    table.add_column(overflow="fold", ratio=3)
    for one in rows[:number]:
        state = Text(f"{SYMBOLS[one.status]} {one.status.value}", style=_STYLES.get(one.status, ""))
        table.add_row(state, Text(visible(_name(one))), Text(visible(_said(one))))
    if len(rows) > number:
        table.add_row("", f"and {len(rows) - number} more", "")
    return table


def _name(finding: Finding) -> str:
    return finding.resource if finding.probe else f"{finding.check} {finding.resource.rpartition('/')[2]}"


def _said(finding: Finding) -> str:
    """How long a probe took, and what is wrong."""
    took = [f"{sum(finding.probe.timings_s.values()):.3f} s"] if finding.probe else []
    return " · ".join(took + ([] if finding.status is Status.PASS else [finding.reason or finding.title]))
