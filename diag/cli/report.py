"""`diag report`: the status update since the last one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diag.cli import options as o

if TYPE_CHECKING:
    from diag.update import StatusUpdate

Format = Annotated[
    str | None,
    typer.Option("--format", "-f", metavar="FORMAT", help="text or markdown; default by the name of the output."),
]
Draft = Annotated[
    bool, typer.Option("--draft", help="Only show it: the next update then begins where this one does, too.")
]


def report(
    requirements: o.Requirements = None,
    env: o.Env = None,
    project: o.Project = None,
    format: Format = None,
    output: o.Output = None,
    draft: Draft = False,
) -> None:
    """Write the status update since the last one, from the runs that `watch` and `validate` kept. No network.

    How things stand, the impact, what turned, the first broken hop of each path, what is being done (`diag
    note`), pass rate and trend, owner, escalation, and when the next one is due.
    """
    from diag.cli.kept import declared_in, opened, scope_in
    from diag.cli.output import check_output, print_text, write_text

    chosen = _format(format, output)
    if output:
        check_output(output)
    declared = declared_in(requirements, env, project)
    with opened(declared, create=True) as history:
        update = history.status_update(scope_in(history, declared, project), declared)
        if output:
            write_text(output, _rendered(update, chosen, terminal=False))
            print_text(f"{update.state}   {update.said}\nreport: {output}")
        else:
            print_text(_rendered(update, chosen, terminal=True))
        if not draft:
            history.told(update)  # after it is out: one that could not be written is told again
    if not update.notes:
        typer.echo('diag: nothing was noted since the last update; type: diag note "…"', err=True)


def _format(format: str | None, output: Path | None) -> str:
    if format is not None:
        o.one_of("--format", format, ("text", "markdown"))
        return format
    return "markdown" if output and output.suffix.lower() in (".md", ".markdown") else "text"


def _rendered(update: StatusUpdate, format: str, *, terminal: bool) -> str:
    from diag.cli.output import page_width
    from diag.render import update as render

    if format == "markdown":
        return render.markdown(update)
    return render.text(update, page_width() if terminal else None)


COMMANDS: Mapping[str, Callable[..., None]] = {"report": report}
