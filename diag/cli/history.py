"""`diag history`: the runs that are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from diag.cli import options as o
from diag.errors import UsageError
from diag.values import dataclass

if TYPE_CHECKING:
    from diag.history.store import History
    from diag.requirements.model import Requirements
    from diag.update import Scope

ACTIONS = ("list", "show", "trend")
FORMATS = ("text", "json")
MOST = 10_000
"""Runs that a list or a trend shows at most."""

Action = Annotated[str, typer.Argument(metavar="list|show|trend", help="Default list.")]
Name = Annotated[
    str | None,
    typer.Argument(metavar="RUN|NAME", help="show: a run's number, default the newest. trend: a check or a probe."),
]
Resource = Annotated[
    str | None,
    typer.Option("--resource", metavar="NAME", help="trend: only of this resource, by its full or last name."),
]
Last = Annotated[str | None, typer.Option("--last", metavar="N", help="How many runs: list 20, trend 60 by default.")]
Format = Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="text or json.")]


def history(
    action: Action = "list",
    name: Name = None,
    requirements: o.Requirements = None,
    env: o.Env = None,
    project: o.Project = None,
    resource: Resource = None,
    last: Last = None,
    format: Format = "text",
    output: o.Output = None,
    no_color: o.NoColor = False,
) -> None:
    """The runs that `watch` and `validate` kept: list them, show one, or the trend of a check or a probe. No network.

    `diag history trend` without a name is the trend of the gate's pass rate.
    """
    from diag.cli.kept import declared_in, opened, scope_in
    from diag.cli.output import check_output, page_width, print_text, write_text

    o.one_of("diag history", action, ACTIONS)
    o.one_of("--format", format, FORMATS)
    if output:
        check_output(output)
    look = _Look(format == "json", None if output else page_width(), colour=not no_color)
    declared = declared_in(requirements, env, project)
    with opened(declared) as kept:
        if action == "list":
            text = _list(kept, declared, env, project, _count(last, 20), look)
        elif action == "show":
            text = _show(kept, declared, project, name, look)
        else:
            text = _trend(kept, scope_in(kept, declared, project), name, resource, _count(last, 60), look)
    if output:
        write_text(output, text)
        print_text(f"history: {output}")
    else:
        print_text(text)


@dataclass(frozen=True)
class _Look:
    """How the answer is to be shown."""

    as_json: bool
    width: int | None
    colour: bool


def _count(last: str | None, default: int) -> int:
    if last is None:
        return default
    if not last.isdecimal() or not 0 < int(last) <= MOST:
        raise UsageError(f"--last {last} is not a number of runs; write one from 1 to {MOST}")
    return int(last)


def _list(
    kept: History, declared: Requirements | None, env: str | None, project: str | None, last: int, look: _Look
) -> str:
    from diag.render import history as render

    found = kept.runs(last, declared.project if declared else project, env)
    if look.as_json:
        return render.runs_document(found)
    if not found:
        of = f" of {declared.project if declared else project}" if declared or project else ""
        return f"no run{of} is kept in {kept.name}; `diag watch` and `diag validate` keep theirs"
    return render.runs(found, look.width)


def _show(kept: History, declared: Requirements | None, project: str | None, name: str | None, look: _Look) -> str:
    from diag.cli.formats import RENDERERS
    from diag.cli.formats import Look as Shown
    from diag.cli.output import colour_wanted

    if name is not None and not name.isdecimal():
        raise UsageError(f"diag history show {name}: a run has a number; see which there are: diag history list")
    newest = () if name else kept.runs(1, declared.project if declared else project)
    if not (name or newest):
        raise UsageError("no run is kept yet; `diag watch` and `diag validate` keep theirs")
    report = kept.report(int(name) if name else newest[0].id)
    colour = look.width is not None and look.colour and colour_wanted()
    return "".join(RENDERERS["json" if look.as_json else "text"](report, Shown(width=look.width, colour=colour)))


def _trend(kept: History, scope: Scope, name: str | None, resource: str | None, last: int, look: _Look) -> str:
    from diag.render import history as render

    if name is None:
        rates = kept.rates(scope, last)
        if not rates:
            raise UsageError(f"no pass rate of {scope} is kept; `diag validate` keeps them, or name a check or a probe")
        return render.rates_document(rates) if look.as_json else render.rates(rates, look.width)
    found = kept.trends(scope, name, resource=resource, last=last)
    if not found:
        on = f" on {resource}" if resource else ""
        raise UsageError(f"no run of {scope} looked at {name}{on}; see what one looked at: diag history show -f json")
    if look.as_json:
        return render.trends_document(name, found)
    return "\n".join(render.trend(each, look.width) for each in found)


COMMANDS: Mapping[str, Callable[..., None]] = {"history": history}
