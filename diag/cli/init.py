"""`diag init`: a starter requirements file."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from diag.cli import options as o
from diag.errors import UsageError
from diag.requirements.load import FILE_NAME


def init(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there; else it is printed.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    bundle: o.From = None,
    project: o.Project = None,
    region: o.Region = None,
    impersonate: o.Impersonate = None,
    billing_project: o.Billing = None,
    timeout: o.Timeout = "60s",
) -> None:
    """Write a starter diag.yaml: services, connectors, SQL instances and domains as they are now.

    Doubtful values are marked; what could not be seen is said in a comment. Nothing secret is written.

    Exit code 0: everything was read; 3: something could not be seen, and the file says what.
    """
    from diag.cli.output import check_output, print_text, write_text
    from diag.cli.session import survey

    if output:
        check_output(output)
    if output and output.exists() and not force:
        raise UsageError(f"{output} exists already; name another file with -o, or overwrite it with --force")
    said = o.Options(
        bundle=bundle,
        project=project,
        region=region,
        impersonate=impersonate,
        billing_project=billing_project,
        timeout_s=o.duration("--timeout", timeout),
    )
    found = survey(said)
    if output:
        write_text(output, found.text)
        print_text(f"{output} written; decide on each line marked `check:`, then type: {next_step(output, bundle)}")
    else:
        print_text(found.text)
    if found.gaps:
        typer.echo(f"diag: {len(found.gaps)} things were not seen; the file says which, and why", err=True)
        raise typer.Exit(3)


def next_step(file: Path, bundle: Path | None) -> str:
    """The command that judges the file that was written."""
    given = "" if file == Path(FILE_NAME) else f" -r {shlex.quote(str(file))}"
    return f"diag check{given}" + (f" --from {shlex.quote(str(bundle))}" if bundle else "")


COMMANDS: Mapping[str, Callable[..., None]] = {"init": init}
