"""From options to a watch: what it looks at, where it remembers, whom it tells and what it serves."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from diag.cli.gating import Looking
from diag.cli.options import Options
from diag.cli.output import colour_wanted, print_text
from diag.cli.probing import requirements
from diag.errors import HistoryError
from diag.gate.repeat import gate_of
from diag.gate.tally import tally
from diag.history.place import history_url
from diag.history.store import History, open_history
from diag.history.turning import Patience
from diag.report import Report
from diag.requirements.model import Requirements
from diag.update import Scope
from diag.values import dataclass
from diag.watch.announce import Message, stamp
from diag.watch.kept import Remembering
from diag.watch.lock import alone
from diag.watch.loop import Seen, SystemClock, Watch
from diag.watch.memory import COMMAND
from diag.watch.notify import Channels
from diag.watch.periodic import Periodic


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command line of a watch says besides."""

    interval_s: float | None
    patience: Patience
    notify: tuple[str, ...] = ()
    update_every_s: float | None = None
    listen: str | None = None


Show = Callable[[Seen], None]

HISTORY_WAIT_S = 5.0
"""Seconds that a look waits for another program which holds the history."""


def watch(options: Options, wishes: Wishes, environ: Mapping[str, str]) -> None:
    """Watches until a signal ends it; raises `DiagError` for whatever a user can cause at its start."""
    declared = requirements(options)
    looking = Looking(options, (), options.timeout_s, environ)
    with ExitStack() as stack:
        stack.enter_context(alone(_folder(environ), _what(declared), _names(declared)))
        view = _Lines(options.quiet) if not _on_terminal(options) else stack.enter_context(_live(options))
        url = history_url(declared, environ)
        history = stack.enter_context(open_history(url, environ=environ, wait_s=HISTORY_WAIT_S))
        memory = Remembering(history, Scope(declared.project, declared.environment or ""), wishes.patience)

        def told(message: Message) -> None:
            if message.subject:
                memory.told(message.subject, message.at, down=message.kind == "failure")
            if message.done:
                message.done()

        addresses = [*declared.sections.get("notify", ()), *wishes.notify]
        channels = Channels(addresses, environ, view.say, told)
        stack.callback(channels.close)
        show: Show = view.show
        if wishes.listen:
            show = _posting(stack, wishes.listen, environ, looking, show)
        update = _update(history, declared, wishes.update_every_s, view)
        Watch(_Gated(looking), memory, SystemClock(), wishes.interval_s, show, channels.put, update).run()


def _update(history: History, declared: Requirements, every_s: float | None, view: _View) -> Periodic | None:
    """The status update that is written and sent every so often."""
    if every_s is None:
        return None
    from diag.render import update as render

    scope = Scope(declared.project, declared.environment or "")

    def written(now: datetime) -> Message:
        due = replace(history.status_update(scope, declared, now), next_at=now + timedelta(seconds=every_s))
        view.write(render.text(due, None))

        def done() -> None:
            try:
                history.told(due)  # after it is out: one that nobody got is sent after a restart
            except HistoryError as error:
                view.say(f"the next update tells again what this one told: {error}")

        title = f"STATUS UPDATE {due.scope}: {due.state}"
        return Message(title, render.markdown(due), "info", stamp(now), done=done)

    return Periodic(every_s, written, lambda: history.counts_from(scope, COMMAND), view.say)


class _Gated:
    """The looks of a watch, each whole one with the gate's count, so that updates have a rate and its trend."""

    def __init__(self, looking: Looking) -> None:
        self._looking = looking
        self._clean = 0

    @property
    def declared(self) -> Requirements:
        """As `Looks`."""
        return self._looking.declared

    def whole(self) -> Report:
        """As `Looks`."""
        report = self._looking.whole()
        count = tally(report.findings, self._looking.rule)
        self._clean = self._clean + 1 if count.clean else 0
        return replace(report, gate=gate_of(count, self._clean))

    def probed(self, before: Report) -> Report:
        """As `Looks`; what looks at the probes alone opens no gate, but may close it."""
        report = replace(self._looking.probed(before), gate=None)
        if not tally(report.findings, self._looking.rule).clean:
            self._clean = 0
        return report


def _posting(stack: ExitStack, listen: str, environ: Mapping[str, str], looking: Looking, show: Show) -> Show:
    """Starts the server, and gives what shows a look there as well."""
    from diag.watch.board import Board
    from diag.watch.serve import Server

    board = Board()
    server = stack.enter_context(Server(listen, board, environ.get("DIAG_LISTEN_TOKEN")))
    print(f"listening on {listen.rpartition(':')[0]}:{server.port}", file=sys.stderr, flush=True)

    def posting(seen: Seen) -> None:
        board.post(seen, looking.rule)
        show(seen)

    return posting


def _what(declared: Requirements) -> str:
    return f"{declared.project}{f' ({declared.environment})' if declared.environment else ''}"


def _names(declared: Requirements) -> list[str]:
    files = [str(Path(file).resolve()) for file in declared.files]
    return [declared.project, declared.environment or "", *files]


def _folder(environ: Mapping[str, str]) -> Path:
    named = Path(environ.get("XDG_DATA_HOME", ""))
    return (named if named.is_absolute() else Path(environ.get("HOME", ".")) / ".local" / "share") / "diag"


def _on_terminal(options: Options) -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not options.quiet


class _View(Protocol):
    """Where a person sees the watch."""

    def write(self, text: str) -> None:
        """A status update, whole."""

    def say(self, text: str) -> None:
        """A warning."""


class _Lines:
    """Plain lines, for pipes and logs; `quiet` leaves the turns."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def show(self, seen: Seen) -> None:
        """Prints what a look gave."""
        from diag.render.watch import look_line, said_line, turn_line

        lines = [turn_line(turn) for turn in seen.turns] + [said_line(said, seen.at) for said in seen.said]
        if seen.trouble or not self._quiet:
            lines += [look_line(seen.report, seen.at, seen.next_in_s, seen.trouble, kept=not seen.unkept)]
        if lines:
            print_text("\n".join(lines))

    def write(self, text: str) -> None:
        """A status update, whole."""
        print_text(text)

    def say(self, text: str) -> None:
        """A warning, on stderr."""
        with suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)


class _live:
    """The live view."""

    def __init__(self, options: Options) -> None:
        from diag.render.live import View

        self._view = View(not options.no_color and colour_wanted())
        self.say, self.write = self._view.say, self._view.write

    def __enter__(self) -> _live:
        self._view.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._view.__exit__(*error)

    def show(self, seen: Seen) -> None:
        """Draws what a look gave."""
        for said in seen.said:
            self._view.say(said)
        self._view.show(seen.report, seen.at, seen.turns, seen.next_in_s, seen.trouble, kept=not seen.unkept)
