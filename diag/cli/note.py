"""`diag note`: a line for the next status update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from diag.cli import options as o
from diag.errors import UsageError

MAX_NOTE = 2000
"""Characters of a note."""

Text = Annotated[str, typer.Argument(metavar="TEXT", help="What is being done, or was found out.")]


def note(
    text: Text,
    requirements: o.Requirements = None,
    env: o.Env = None,
    project: o.Project = None,
) -> None:
    """Keep a note for the next status update: what is being done, or was found out.

    No network. What looks like a secret or a person's address in it is not kept.
    """
    from diag.bundle.redact import People
    from diag.bundle.secrets import redact_free_text
    from diag.cli.kept import declared_in, opened, scope_in
    from diag.cli.output import print_text

    said = " ".join(text.split())
    if not said:
        raise UsageError('the note is empty; write for example: diag note "raised the pool to 20"')
    if len(said) > MAX_NOTE:
        raise UsageError(f"the note has {len(said)} characters, and {MAX_NOTE} are kept; write a shorter one")
    kept = People().redact(redact_free_text(said))
    declared = declared_in(requirements, env, project)
    with opened(declared, create=True) as history:
        scope = scope_in(history, declared, project)
        history.note(scope, kept)
    if kept != said:
        typer.echo("diag: what looks like a secret or a person's address was left out of the note", err=True)
    print_text(f"noted for {scope}; the next update tells it: diag report")


COMMANDS: Mapping[str, Callable[..., None]] = {"note": note}
