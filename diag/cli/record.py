"""`diag record`: save every API answer of a run as a bundle."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from diag.cli import options as o


def record(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="PATH", help="The bundle: a folder, or a .zip.")],
    requirements: o.Requirements = None,
    env: o.Env = None,
    project: o.Project = None,
    region: o.Region = None,
    impersonate: o.Impersonate = None,
    billing_project: o.Billing = None,
    timeout: o.Timeout = "60s",
) -> None:
    """Save every API answer that `diag check` would read as a bundle, redacted, for --from.

    Exit code 0: everything was read; 3: something was refused or did not answer, and the bundle says so.
    """
    from diag.cli.output import print_text
    from diag.cli.session import perform
    from diag.render.layout import visible

    said = o.Options(
        requirements=tuple(requirements or ()),
        env=env,
        record=output,
        project=project,
        region=region,
        impersonate=impersonate,
        billing_project=billing_project,
        timeout_s=o.duration("--timeout", timeout),
    )
    result = perform("check", said)
    gaps = list(result.snapshot.gaps())
    lines = [f"{len(result.snapshot.answers)} calls recorded in {output}, {len(gaps)} without a whole answer"]
    lines += [f"  ? {visible(gap.message)}" for gap in gaps]
    lines += [f"Next: {_next_step(output, said)}"]
    print_text("\n".join(lines))
    raise typer.Exit(3 if gaps else 0)


def _next_step(output: Path, said: o.Options) -> str:
    files = [f"-r {shlex.quote(str(file))}" for file in said.requirements]
    env = [f"--env {shlex.quote(said.env)}"] if said.env else []
    return " ".join(["diag check", "--from", shlex.quote(str(output)), *files, *env])


COMMANDS: Mapping[str, Callable[..., None]] = {"record": record}
