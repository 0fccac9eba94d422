"""`diag init`: a starter requirements file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from diag.cli import options as o
from diag.errors import UsageError


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
    """
    from diag.cli.output import print_text, write_text
    from diag.cli.session import survey

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
    text = survey(said)
    if output:
        write_text(output, text)
        print_text(f"{output} written; decide on each line marked `check:`, then type: diag check")
    else:
        print_text(text)


COMMANDS: Mapping[str, Callable[..., None]] = {"init": init}
