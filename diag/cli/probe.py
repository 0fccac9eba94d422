"""`diag probe`: active tests of the declared endpoints, from here or from inside the VPC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from diag.cli import options as o
from diag.cli.light import given
from diag.errors import UsageError

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Names of probes; default all.")]
Bound = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        help="Bound on the whole run; default 60s, or what the longest probe may take. Late is unknown.",
    ),
]
InVpc = Annotated[
    bool, typer.Option("--in-vpc", help="Print the commands that probe from inside; nothing is deployed.")
]
Merge = Annotated[
    Path | None,
    typer.Option("--merge", metavar="FILE", help="Also show the report, or the job's log, of another vantage."),
]


def probe(
    ctx: typer.Context,
    names: Names = None,
    requirements: o.Requirements = None,
    env: o.Env = None,
    project: o.Project = None,
    region: o.Region = None,
    impersonate: o.Impersonate = None,
    billing_project: o.Billing = None,
    in_vpc: InVpc = False,
    merge: Merge = None,
    format: o.Formats = None,
    output: o.Outputs = None,
    fail_on: o.FailOn = "fail",
    timeout: Bound = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Test the declared endpoints, all at once, each timed by phase: DNS, TCP, TLS, HTTP, WebSocket, databases.

    What is measured holds for where it ran. Exit code 0: all met; 1: a probe fails; 2: bad usage or file;
    3: something could not be decided from here.
    """
    from diag.cli.formats import targets
    from diag.cli.output import deliver
    from diag.cli.probing import commands, perform

    said = o.Options(
        requirements=tuple(requirements or ()),
        env=env,
        project=project,
        region=region,
        impersonate=impersonate,
        billing_project=billing_project,
        targets=targets(format or (), output or (), given(ctx)),
        fail_on=fail_on,
        timeout_s=o.duration("--timeout", timeout) if timeout else 0.0,
        quiet=quiet,
        verbose=verbose,
        no_color=no_color,
    )
    if in_vpc and merge:
        raise UsageError("--in-vpc prints the commands whose report --merge reads; give one of them at a time")
    if in_vpc:
        if len(said.targets) > 1 or said.targets[0].format not in ("text", "json"):
            raise UsageError("--in-vpc prints commands, as text or with -f json; give one --format of these")
        commands(tuple(names or ()), said)
        return
    raise typer.Exit(deliver(perform(tuple(names or ()), said, merge), said))


COMMANDS: Mapping[str, Callable[..., None]] = {"probe": probe}
